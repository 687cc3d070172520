"""The pack of today: national texts, with the values that others set left to be given."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

import antipoverty.packs
from antipoverty.errors import ParameterNotSetError
from antipoverty.model import Household, Money
from antipoverty.packs import national_low_income, sources_page
from antipoverty.packs.low_income import LowIncomeHousehold, Supporter
from antipoverty.rules import Verdict, judge, values_from_toml
from antipoverty.screening import Tables, screen
from antipoverty.testing.cases import read_case_files
from antipoverty.testing.conformance import check_pack
from antipoverty.testing.laws import unguarded_shares
from engines import EAGER, rows, tables_as
from low_income import DAY, VALUES, filled_form, given_pack

FOLDER = Path(antipoverty.packs.__file__).parent / "national_low_income"
PACK = national_low_income()
GIVEN = given_pack()
CASES = read_case_files(FOLDER / "cases", GIVEN)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_case_is_answered_as_written(case: Any) -> None:
    """With the values that the cases are for."""
    assert case.fault(GIVEN) is None


@pytest.mark.slow
def test_the_pack_keeps_every_promise_once_values_are_given() -> None:
    """The conformance kit finds nothing."""
    check_pack(GIVEN, cases=CASES)


def test_without_values_the_first_line_says_which_are_needed() -> None:
    """None is guessed: every one that others set is named, and the form has them all."""
    with pytest.raises(ParameterNotSetError) as caught:
        PACK.on(DAY)
    first = str(caught.value).split(";", 1)[0]
    assert first == f"the pack 'national-low-income' has no value on {DAY} of " + ", ".join(
        sorted(VALUES)
    )
    assert {one.parameter.id for one in PACK.lacking(DAY)} == set(VALUES)
    for one in PACK.lacking(DAY):
        assert one.parameter.note is not None
        assert one.parameter.values == ()


def test_every_day_of_the_year_is_answered_once_values_are_given() -> None:
    """From the first of January to the last of December of 2026."""
    day = date(2026, 1, 1)
    while day.year == 2026:
        assert len(GIVEN.on(day).rules) == len(PACK.rules)
        day += timedelta(days=1)
    assert values_from_toml(filled_form(), PACK).lacking(date(2026, 12, 31)) == ()


FACTS: dict[str, Any] = {
    "area": "610702100200",
    "size": 3,
    "co_residents": 4,
    "minimum_living": False,
    "destitute": False,
    "monitored": False,
    "financial_assets": "80000",
    "houses": 1,
    "vehicles": 0,
    "rigid_spending_12m": "0",
    "recognized_as": "other",
    "recognized_on": date(2026, 1, 1),
    "members": (),
    "records": (),
    "supporters": (),
}


def son(support: str) -> Supporter:
    """A son who lives elsewhere and could give."""
    return Supporter(supporter_id="s", able=True, lives_together=False, support_12m=support)


ANSWERS = {
    # income, spending, other facts -> the rules that warn, worked out by hand
    "just under 1.5 times the guarantee": ("35999.99", "0", {}, {"low-income-margin"}),
    "on it, spending on the ratio": ("36000", "28800", {}, set()),
    "on it, spending over the ratio": ("36000", "28800.01", {}, {"rigid-spending-hardship"}),
    "just under disposable income": ("71999.99", "70000", {}, {"rigid-spending-hardship"}),
    "on disposable income": ("72000", "70000", {}, set()),
    "a fen too much in the bank": ("35999.99", "0", {"financial_assets": "80000.01"}, set()),
    "a car": ("35999.99", "0", {"vehicles": 1}, set()),
    "on the guarantee": ("35999.99", "0", {"minimum_living": True}, set()),
    "destitute": ("35999.99", "0", {"destitute": True}, set()),
    "under the line of keeping from poverty": (
        "25499.99",
        "0",
        {},
        {"low-income-margin", "under-prevention-line"},
    ),
    "under it and monitored": ("25499.99", "0", {"monitored": True}, {"low-income-margin"}),
    "recognised a year ago": (
        "90000",
        "0",
        {"recognized_as": "rigid", "recognized_on": date(2025, 11, 29)},
        {"recognition-lapsed"},
    ),
    "recognised a day later": (
        "90000",
        "0",
        {"recognized_as": "rigid", "recognized_on": date(2025, 11, 30)},
        set(),
    ),
    "a son who could give": (
        "90000",
        "0",
        {
            "supporters": (
                Supporter(supporter_id="s", able=True, lives_together=False, support_12m="0"),
            )
        },
        {"support-not-given"},
    ),
    "a son who gives": (
        "90000",
        "0",
        {
            "supporters": (
                Supporter(supporter_id="s", able=True, lives_together=False, support_12m="1"),
            )
        },
        set(),
    ),
}


def made(name: str) -> LowIncomeHousehold:
    """A household of the table above."""
    income, spending, more, _ = ANSWERS[name]
    given = {"net_income_12m": income, "rigid_spending_12m": spending}
    return LowIncomeHousehold.model_validate(
        {**FACTS, **given, **more, "household_id": f"h{list(ANSWERS).index(name)}"}
    )


@pytest.mark.parametrize("name", ANSWERS)
def test_the_texts_mean_what_a_person_works_out(name: str) -> None:
    """By hand, to the fen."""
    found = judge(made(name), GIVEN, as_of=DAY).verdicts
    warned = {rule for rule, held in found.items() if held is Verdict.WARN}
    assert warned == ANSWERS[name][3]


@pytest.mark.parametrize("kind", EAGER)
def test_every_engine_answers_the_same(kind: str) -> None:
    """A supporter is a row like any other."""
    tables = tables_as(Tables.of(map(made, ANSWERS), LowIncomeHousehold), kind)
    found = screen(tables, GIVEN, as_of=DAY)
    assert {(row[0], row[2]) for row in rows(found.alerts) if row[3] == "warn"} == {
        (made(name).household_id, rule) for name in ANSWERS for rule in ANSWERS[name][3]
    }


def test_what_is_not_known_of_assets_leaves_the_test_open() -> None:
    """A household whose assets nobody looked at is not clear."""
    one = made("just under 1.5 times the guarantee").model_copy(update={"financial_assets": None})
    assert judge(one, GIVEN, as_of=DAY).verdicts["low-income-margin"] is Verdict.UNDECIDED
    assert isinstance(one, Household)
    assert Money(8000000) == Money.of("80000")


def test_no_comparison_turns_round_at_a_loss() -> None:
    """A share of an income below nothing is never compared with."""
    assert [one for rule in PACK.rules.values() for one in unguarded_shares(rule.when)] == []


def test_the_page_of_sources_is_the_packs_own() -> None:
    """SOURCES.md says what the pack says, and which values are required."""
    page = (FOLDER / "SOURCES.md").read_text(encoding="utf-8")
    assert page == sources_page(PACK)
    assert page.count("*required*") == len(VALUES)
