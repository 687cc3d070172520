"""Tickets: what is hashed, what cannot stand in one, and that they are fair."""

from __future__ import annotations

import hashlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antipoverty._sampling.tickets import Stratum  # private: a stratum by itself
from antipoverty.errors import InvalidDrawError
from antipoverty.sampling import ticket
from sampling_areas import chi_square, critical

PARTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1).filter(
    lambda text: "|" not in text
)


@given(parts=st.tuples(PARTS, PARTS, PARTS, PARTS, PARTS))
def test_a_ticket_is_the_hash_of_the_stated_text(parts: tuple[str, ...]) -> None:
    """Anybody can compute it from the five parts."""
    text = "|".join(["antipoverty-draw/1", *parts])
    assert ticket(*parts) == hashlib.sha256(text.encode("utf-8")).hexdigest()


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("bad", ["", "a|b", "a\nb", "a\r", "\u2028", "a\x85b", "\ud800", None, 7])
def test_what_would_blur_the_parts_is_refused(place: int, bad: object) -> None:
    """A part that holds a separator, or nothing, could make two draws look like one."""
    parts: list[object] = ["seed", "plan", "2022", "610702", "610702100200"]
    parts[place] = bad
    with pytest.raises(InvalidDrawError):
        ticket(*parts)  # type: ignore[arg-type]


@given(units=st.lists(st.from_regex(r"[0-9]{12}", fullmatch=True), unique=True, max_size=30))
def test_the_ranking_does_not_depend_on_the_order_of_the_list(units: list[str]) -> None:
    """The list may come in any order."""
    tickets = Stratum("seed", "plan", "2022", "610702")
    assert tickets.ranked(units) == tickets.ranked(reversed(units)) == tickets.ranked(sorted(units))


def test_numbers_below_a_limit_are_even() -> None:
    """Chi-square over 7 numbers, at a significance of 1 in 1,000."""
    found = Counter(Stratum("seed", "plan", str(n), "s").below(7, "*") for n in range(7000))
    assert chi_square([found[n] for n in range(7)], [1000.0] * 7) < critical(6, 0.001)


def test_a_ticket_that_would_favour_small_numbers_is_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The highest tickets do not divide evenly; the next name is hashed instead."""
    tickets = Stratum("seed", "plan", "2022", "s")
    answers = {"*": "f" * 64, "*/2": f"{5:064x}"}
    monkeypatch.setattr(tickets, "ticket", answers.__getitem__)
    assert tickets.below(7, "*") == 5
