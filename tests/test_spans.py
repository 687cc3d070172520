"""Sums, leasts and greatests of scores keep both ends of what they can be, on every engine."""

from __future__ import annotations

from datetime import date

import pytest

from antipoverty.conditions import Setting, parse, span, truth
from antipoverty.model import Household, Member
from antipoverty.screening import Tables, screen
from engines import EAGER, rows, tables_as
from test_engines import made_pack

DAY = date(2022, 1, 1)
AGES: dict[str, list[int | None]] = {
    "sure": [70, 65],
    "open": [70, None],
    "never": [70, 30],
    "all-open": [None, None],
    "young": [30, None],
    "none": [],
}
"""The ages of a household's members; ``None`` is not known.

Of the household without ages one member did not come, of whom nothing is known.
"""
ASKED: dict[str, dict[str, bool | None]] = {
    # text -> what it is for each household, worked out by hand
    "sum(members, score((1, age >= 60))) >= 2": {
        "sure": True,
        "open": None,
        "never": False,
        "all-open": None,
        "young": False,
        "none": False,
    },
    "sum(members, 0 - score((2, age >= 60))) < -2": {
        "sure": True,
        "open": None,
        "never": False,
        "all-open": None,
        "young": False,
        "none": False,
    },
    "min(members, score((1, age >= 60))) >= 1": {
        "sure": True,
        "open": None,
        "never": False,
        "all-open": None,
        "young": False,
        "none": None,
    },
    "max(members, score((1, age >= 60))) < 1": {
        "sure": False,
        "open": False,
        "never": False,
        "all-open": None,
        "young": None,
        "none": None,
    },
    "sum(members, score((1, age >= 60))) is known": {
        "sure": True,
        "open": False,
        "never": True,
        "all-open": False,
        "young": False,
        "none": False,
    },
}


def homes() -> list[Household]:
    """A household for each list of ages."""
    return [
        Household(
            household_id=name,
            area="610702001001",
            size=max(len(ages), 1),
            members=tuple(
                Member(member_id=f"{name}-{number}", age=age) for number, age in enumerate(ages)
            ),
        )
        for name, ages in AGES.items()
    ]


@pytest.mark.parametrize("text", ASKED)
def test_the_reference_keeps_both_ends_of_scores(text: str) -> None:
    """The reference answers as the list worked out by hand says."""
    condition, setting = parse(text), Setting(DAY)
    found = {home.household_id: truth(condition, home, setting) for home in homes()}
    assert found == ASKED[text]


@pytest.mark.parametrize("kind", EAGER)
def test_every_engine_keeps_both_ends_of_scores(kind: str) -> None:
    """Screening answers as the list worked out by hand says, with the fact to settle it."""
    # `made_pack` keeps every third rule to Hanzhong (6107), where these households live
    pack = made_pack([parse(text) for text in ASKED])
    screening = screen(tables_as(Tables.of(homes()), kind), pack, as_of=DAY)
    assert screening.rejected_counts == {}
    words = {True: "warn", None: "undecided"}
    expected = {
        (name, "610702001001", f"r{number}", words[held])
        for number, answers in enumerate(ASKED.values())
        for name, held in answers.items()
        if held is not False
    }
    assert rows(screening.alerts) == expected
    to_settle = {(row[0], row[2]): row[3] for row in rows(screening.undecided())}
    assert to_settle["open", "r0"] == to_settle["young", "r3"] == "members.age"


def test_a_flag_is_a_fact_that_a_sum_reads() -> None:
    """A score of flags alone can be added up over the rows whose flags they are."""
    condition = parse("sum(members, score((1, insured))) >= 1")
    assert str(condition) == "sum(members, score((1, insured))) >= 1"
    home = Household(
        household_id="h",
        area="610702001001",
        size=2,
        members=(Member(member_id="a", insured=True), Member(member_id="b")),
    )
    assert span(condition.left, home, Setting(DAY)) == (1, 2)
    assert truth(condition, home, Setting(DAY)) is True
