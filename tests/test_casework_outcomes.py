"""What became of alerts: counted by hand on generated histories, intervals, small counts."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antipoverty.casework import Precision, advance, open_cases, precision, report
from antipoverty.codes import AreaCode
from antipoverty.errors import InvalidArgumentError
from antipoverty.model import Keeper
from antipoverty.periods import Period
from casework_books import DAY, ENTRY, VILLAGE, alerts, empty, walk

RULES = ("disaster", "traffic-accident")
FATES = ("open", "checked", "refuted", "confirmed")
OTHER = "610703100200"


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["none", "question", *RULES]),
            st.sampled_from(FATES),
            st.sampled_from([VILLAGE, OTHER]),
        ),
        max_size=6,
    )
)
def test_outcomes_are_those_of_the_histories(made: list[tuple[str, str, str]]) -> None:
    """Each case is one alert of its rule, settled as its history was; reports are no alerts."""
    book = empty()
    hand: dict[str, Counter[str]] = {}
    for number, (rule, fate, area) in enumerate(made):
        id_ = f"h{number}"
        if rule == "none":
            book, _ = report(book, id_, area=area, on=DAY, by="platform", token="t", consent=True)
        elif rule == "question":
            book, *_ = open_cases(book, alerts((id_, RULES[0], "undecided"), area=area), as_of=DAY)
        else:
            book, *_ = open_cases(book, alerts((id_, rule), area=area), as_of=DAY)
        finding = {"visited": True}
        if rule == "question" and fate != "open":
            by = {"by": "keeper-1", "on": DAY, "finding": finding}
            outcome = None if fate == "refuted" else "risk"
            book, _ = advance(book, id_, "verify_facts", outcome=outcome, **by)
        if fate == "refuted" and rule != "question":
            book, _ = advance(
                book,
                id_,
                "home_check",
                by="keeper-1",
                on=DAY + timedelta(days=6),
                finding=finding,
                outcome="no-risk",
            )
        elif fate in ("checked", "confirmed"):
            book, _, _ = walk(book, id_, ENTRY[: 1 if fate == "checked" else None], DAY)
        for key in (area[:6],):
            counts = hand.setdefault(key, Counter())
            warned = rule in RULES
            if warned:
                counts["alerts"] += 1
                counts[fate] += 1
                counts["visited"] += fate != "open"
                counts["days"] += 6 * (fate != "open")
            counts["entered"] += fate == "confirmed"
            counts["missed"] += fate == "confirmed" and not warned
            counts["report"] += fate == "confirmed" and rule == "none"
            counts["undecided"] += fate == "confirmed" and rule == "question"
    found = {one.key: one for one in precision(book, by="county")}
    for key, counts in hand.items():
        if not sum(counts.values()):
            assert key not in found
            continue
        one = found[key]
        assert (one.alerts, one.confirmed, one.refuted, one.open) == (
            counts["alerts"],
            counts["confirmed"],
            counts["refuted"],
            counts["open"] + counts["checked"],
        )
        assert (one.visited, one.days) == (counts["visited"], counts["days"])
        assert (one.entered, one.missed) == (counts["entered"], counts["missed"])
        how = {word: counts[word] for word in ("report", "undecided") if counts[word]}
        assert dict(one.sources) == how
    by_rule = {one.key: one for one in precision(book)}
    assert {key: one.alerts for key, one in by_rule.items() if key} == Counter(
        rule for rule, _, _ in made if rule in RULES
    )
    assert precision(book, period=Period.parse("2021-01")) == ()
    staff = [Keeper(keeper_id="k1", grids=(AreaCode(VILLAGE),)), Keeper(keeper_id="k2", grids=())]
    span = Period.parse("2022-Q1")
    by_keeper = {one.key: one for one in precision(book, by="keeper", period=span, keepers=staff)}
    mine = [rule for rule, _, area in made if area == VILLAGE and rule in RULES]
    assert by_keeper["k1"].alerts == len(mine)
    assert by_keeper["k1"].load == Fraction(len(mine), 3)
    others = [rule for rule, _, area in made if area == OTHER and rule in RULES]
    assert (by_keeper[""].alerts if "" in by_keeper else 0) == len(others)


def settled(confirmed: int, refuted: int) -> Precision:
    """Outcomes of so many alerts."""
    return Precision("r", confirmed + refuted, confirmed, refuted, 0, 0, 0, 0, 0)


def test_a_share_of_few_is_withheld() -> None:
    """Nine settled alerts give no share, ten do."""
    assert settled(5, 4).share is settled(5, 4).interval is None
    assert settled(5, 5).share == Fraction(1, 2)


@pytest.mark.parametrize("count", [10, 40, 200])
def test_the_interval_holds_the_share_as_often_as_it_says(count: int) -> None:
    """Summed over the binomial chances, about nineteen times in twenty; never an empty one."""
    for share in (Fraction(1, 10), Fraction(1, 2), Fraction(4, 5)):
        held = Fraction(0)
        for confirmed in range(count + 1):
            found = settled(confirmed, count - confirmed).interval
            assert found is not None
            assert 0 <= found[0] <= Fraction(confirmed, count) <= found[1] <= 1
            if found[0] <= share <= found[1]:
                held += (
                    comb(count, confirmed) * share**confirmed * (1 - share) ** (count - confirmed)
                )
        assert Fraction(91, 100) < held < Fraction(99, 100)


def test_the_days_of_few_visits_are_withheld_too() -> None:
    """The mean of nine visits tells of households, that of ten of a rule."""
    few, many = (Precision("r", 10, 0, 0, 10, count, 30, 0, 0) for count in (9, 10))
    assert few.mean_days is few.load is None
    assert many.mean_days == 3


def test_keepers_are_needed_for_keepers_alone() -> None:
    """A list by village would else look like one by keeper."""
    for wrong in ({"by": "keeper"}, {"by": "village", "keepers": []}):
        with pytest.raises(InvalidArgumentError, match="keepers"):
            precision(empty(), **wrong)


def test_outcomes_are_told_apart_by_what_is_known() -> None:
    """Anything else is refused with the choices."""
    with pytest.raises(InvalidArgumentError, match="rule, department"):
        precision(empty(), by="grid")
    book, *_ = open_cases(empty(), alerts(("h1", "disaster")), as_of=date(2022, 2, 1))
    assert [one.key for one in precision(book, by="department")] == ["emergency"]
    assert [one.key for one in precision(book, by="village")] == [VILLAGE]
