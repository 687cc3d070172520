"""The published vectors of two anchors, and what holds of the draws here as it does of them."""

from __future__ import annotations

import hashlib
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from antipoverty._sampling.tickets import Stratum  # the ranking has no public name
from antipoverty.sampling import Drawing, HouseholdPlan, Numbers, draw
from sampling_areas import SEED

# --- RFC 3797 --------------------------------------------------------------------------

LOTTERIES = Drawing(
    "three lotteries of the RFC's example",
    date(2004, 6, 1),
    (Numbers(1, 0, 9999), Numbers(5, 1, 12), Numbers(6, 1, 45)),
)
RESULT = "9319+02 05 08 10 12+09 18 26 34 41 45"
PUBLISHED = [
    ("990DD0A5692A029A98B5E01AA28F3459", 17),
    ("3691E55CB63FCC37914430B2F70B5EC6", 7),
    ("FE814EDF564C190AC1D25753979990FA", 2),
    ("1863CCACEB568C31D7DDBDF1D4E91387", 16),
    ("F4AB33DF4889F0AF29C513905BE1D758", 25),
    ("13EAEB529F61ACFB9A29D0BA3A60DE4A", 23),
    ("992DB77C382CA2BDB9727001F3CDCCD9", 8),
    ("63AB4258ECA922976811C7F55C383CE7", 24),
    ("DFBC5AC97CED01B3A6E348E3CC63F40D", 19),
    ("31CB111C4A4EBE9287CEAE16FE51B909", 13),
    ("07FA46C122F164C215BBC72793B189A3", 22),
    ("AC52F8D75CCBE2E61AFEB3387637D501", 5),
    ("53306F73E14FC0B2FBF434218D25948E", 18),
    ("B5D1403501A81F9A47318BE7893B347C", 9),
    ("85B10B356AA06663EF1B1B407765100A", 1),
    ("3269E6CE559ABD57E2BA6AAB495EB9BD", 4),
]
"""Digest and choice of the sixteen selections among 25 of RFC 3797, section 6."""


def rfc_3797(result: str, pool: int, count: int) -> list[tuple[str, int]]:
    """The selection of the RFC from a result in the form of a notice here.

    The key has the numbers of each drawing in rising order, each with a full stop, and a
    slash behind them; round ``n`` hashes the key between two times ``n`` in two bytes, and
    takes the one at that place, modulo how many are left.
    """
    groups = [sorted(map(int, group.split(" "))) for group in result.split("+")]
    key = "".join("".join(f"{number}." for number in group) + "/" for group in groups).encode()
    left = list(range(1, pool + 1))
    found = []
    for step in range(count):
        frame = step.to_bytes(2, "big")
        digest = hashlib.md5(frame + key + frame).hexdigest().upper()
        found.append((digest, left.pop(int(digest, 16) % len(left))))
    return found


def test_a_result_in_the_form_of_a_notice_is_what_the_rfc_selects_by() -> None:
    """The reference results, one by one: nothing that the RFC hashes is lost in the form."""
    assert LOTTERIES.fits(RESULT)
    assert rfc_3797(RESULT, 25, 16) == PUBLISHED
    assert not LOTTERIES.fits("9319+02 05 12 08 10+09 18 26 34 41 45")  # as its file has them


def test_as_in_the_rfc_a_larger_selection_begins_with_the_smaller() -> None:
    """Its sixteen begin with any fewer; so do households, however many are taken."""
    lists = {"610101100200": [f"h{number}" for number in range(25)]}
    drawn = {
        take: draw(HouseholdPlan(lists, take=take), period="2022-W06", seed=SEED).picks()
        for take in range(1, 26)
    }
    for take in range(1, 25):
        assert rfc_3797(RESULT, 25, take) == PUBLISHED[:take] or take > 16
        assert drawn[take] == drawn[take + 1][:take] or take == 24


# --- consistent_sampler ----------------------------------------------------------------

BALLOTS = ["A-1", "A-2", "A-3", "B-1", "B-2", "B-3"]
TICKETS = {
    "B-1": "067332842388",
    "B-3": "176837118841",
    "B-2": "375308191656",
    "A-1": "618091109616",
    "A-2": "878287260903",
    "A-3": "9143300586807",
}
"""The first tickets of the examples in the documentation of the package, seed 31415."""


def first_ticket(ballot: str, seed: int) -> str:
    """The first ticket of a ballot, as the package computes it."""

    def decimal(text: str) -> str:
        return f"{int(hashlib.sha256(text.encode()).hexdigest(), 16) % 10**64:064d}"

    return decimal(decimal(str(seed)) + ballot)


def test_the_published_tickets_of_consistent_sampler() -> None:
    """Each of its examples, and the orders that it prints: of all six, and of three of them."""
    found = {ballot: first_ticket(ballot, 31415) for ballot in BALLOTS}
    assert all(found[ballot].startswith(short) for ballot, short in TICKETS.items())
    assert sorted(BALLOTS, key=found.__getitem__) == list(TICKETS)
    assert sorted(BALLOTS[3:], key=found.__getitem__) == ["B-1", "B-3", "B-2"]


@given(
    units=st.lists(st.from_regex(r"[A-Z]-[0-9]{1,4}", fullmatch=True), unique=True, max_size=25),
    data=st.data(),
)
def test_a_subset_keeps_its_order_here_too(units: list[str], data: st.DataObject) -> None:
    """What stands before another among all stands before it among some: at either end."""
    some = data.draw(st.lists(st.sampled_from(units), unique=True)) if units else []
    for high in (False, True):
        tickets = Stratum(SEED, "plan", "2022-W06", "610702", high=high)
        every = [unit for _, unit in tickets.ranked(units)]
        assert [unit for _, unit in tickets.ranked(some)] == [u for u in every if u in some]
    low = [unit for _, unit in Stratum(SEED, "plan", "2022-W06", "610702").ranked(units)]
    assert low == every[::-1]
