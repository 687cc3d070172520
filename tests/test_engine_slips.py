"""Engines with one slip in what they read: ids, words, places, deliveries, facts, ladders, windows.

Each is the reference, which is told its question wrongly or takes one step otherwise, as a join
by numbers, a column of eight bits or a filter of last year's ladders would.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from typing import Any
from unittest import mock

import attrs
import pytest

from antipoverty._judging import one as judging  # private: it asks for the truth of rules
from antipoverty._model import counted  # private: it counts full years
from antipoverty.conditions import fields_read, meaning, unseen, windows
from antipoverty.conditions import tree as nodes
from antipoverty.engines import Engine, Told
from antipoverty.errors import FailedCheckError
from antipoverty.model import Delivery, Field, Household, schema_of
from antipoverty.rules import Ladder, Pack, ParameterValue, Rule
from antipoverty.testing import engine_checks
from antipoverty.testing._conformance.engines import (  # private: all that `judge` says
    told_by_reference,
)
from antipoverty.testing._conformance.facts import each_fact  # private: what the check asks
from test_engine_attacks import BEFORE, BEGINS, DAY, FACT, FULL_YEARS, TRUTH, back, slip

COMBINED, COMPARED, COVERS = meaning._combined, meaning.compared, Delivery.covers  # private: a step
SPELLS = unseen.undelivered_spells


def of_rows(change: Callable[[Any], Any]) -> Engine:
    """Who a record is of, told otherwise."""
    return slip(
        given=lambda home: home.model_copy(
            update={
                "records": tuple(
                    one.model_copy(update={"member_id": one.member_id and change(one.member_id)})
                    for one in home.records or ()
                )
            }
        )
    )


def joined_by(change: Callable[[str], object]) -> Engine:
    """Households that are one under what their ids are joined by."""

    def engine(households: Sequence[Household], pack: Pack, day: date, /) -> Told:
        kept: dict[object, Household] = {}
        for one in households:
            kept.setdefault(change(one.household_id), one)
        return told_by_reference(list(kept.values()), pack, day)

    return engine


def alike(same: Callable[[str, str], bool]) -> Engine:
    """Words compared otherwise than letter by letter."""

    def compared(operator: str, left: Any, right: Any) -> Any:
        if operator == "==" and isinstance(left[0], str):
            return same(left[0], right[0])
        return COMPARED(operator, left, right)

    return slip((meaning, "compared", compared))


def with_patched(of: type[Any], name: str, step: Any) -> Engine:
    """The reference with a method of a class done otherwise."""

    def engine(households: Sequence[Household], pack: Pack, day: date, /) -> Told:
        with mock.patch.object(of, name, step):
            return told_by_reference(households, pack, day)

    return engine


def ladders(change: Callable[[Ladder], dict[str, Any]]) -> Engine:
    """Ladders in force on other days."""

    def engine(households: Sequence[Household], pack: Pack, day: date, /) -> Told:
        changed = [attrs.evolve(one, **change(one)) for one in pack.ladders.values()]
        return told_by_reference(households, pack.evolve(ladders=changed), day)

    return engine


def delivered(keeps: Callable[[Delivery, date], bool]) -> Engine:
    """Some of what departments delivered is not read."""

    def engine(households: Sequence[Household], pack: Pack, day: date, /) -> Told:
        homes = [
            one
            if one.deliveries is None
            else one.model_copy(
                update={"deliveries": tuple(each for each in one.deliveries if keeps(each, day))}
            )
            for one in households
        ]
        return told_by_reference(homes, pack, day)

    return engine


def nested(deliveries: Any, kind: str, area: str, last: date) -> Iterator[tuple[date | None, date]]:
    """A delivery of days within another's begins what nobody has looked for anew."""
    found = [(one.last, one.first or date.min) for one in deliveries if one.covers(kind, area)]
    day = last
    for end, first in sorted(found, reverse=True):
        if end < day:
            yield end + DAY, day
        if first == date.min:
            return
        day = first - DAY
    yield None, day


def of_one_department(deliveries: Any, kind: str, area: str, last: date) -> Any:
    """A kind comes from one department, and no other."""
    mine = [one for one in deliveries if one.covers(kind, area)]
    return SPELLS([one for one in mine if one.department == mine[0].department], kind, area, last)


def fact_as(name: str, change: Callable[[Any], Any]) -> Engine:
    """One fact, where it is known, read otherwise."""

    def fact(field: Field, household: Any, setting: Any, row: Any = None) -> Any:
        found = FACT(field, household, setting, row)
        return change(found) if field.path == name and found is not None else found

    return slip((meaning, "fact", fact))


def years(change: Callable[[date, date], int]) -> Engine:
    """Full years counted otherwise."""
    return slip((counted, "full_years", change))


def truncated(operator: str, one: Any, other: Any) -> Any:
    """Below nothing fractions of a product are cut off toward nothing."""
    return tuple(
        math.trunc(end) if isinstance(end, Fraction) and end < 0 and operator == "*" else end
        for end in COMBINED(operator, one, other)
    )


def second_quarter(day: date, size: int) -> date:
    """The second quarter begins in May."""
    found = BEGINS(day, size)
    return found.replace(month=5) if (size, found.month) == (3, 4) else found


def values(kept: Callable[[list[ParameterValue], date], ParameterValue]) -> Engine:
    """Of the values of an area another is in force."""

    def engine(households: Sequence[Household], pack: Pack, day: date, /) -> Told:
        changed = []
        for one in pack.parameters.values():
            of: dict[str, list[ParameterValue]] = {}
            for value in sorted(one.values, key=lambda each: each.since):
                of.setdefault(value.area, []).append(value)
            some = [
                attrs.evolve(kept(listed, day), since=date(1900, 1, 1), until=None)
                for listed in of.values()
                if kept(listed, day) is not None
            ]
            changed.append(attrs.evolve(one, values=some))
        return told_by_reference(households, pack.evolve(parameters=changed), day)

    return engine


def gone_on(listed: list[ParameterValue], day: date) -> Any:
    """The latest that has begun, whether or not it has ended."""
    return next((one for one in listed[::-1] if one.since <= day), None)


def brought_forward(listed: list[ParameterValue], day: date) -> Any:
    """The first that has not ended, whether or not it has begun."""
    return next((one for one in listed if one.until is None or one.until >= day), None)


def rules(change: Callable[[Rule, Pack], dict[str, Any]]) -> Engine:
    """Rules that take other rules' places otherwise."""

    def engine(households: Sequence[Household], pack: Pack, day: date, /) -> Told:
        changed = [attrs.evolve(one, **change(one, pack)) for one in pack.rules.values()]
        return told_by_reference(households, pack.evolve(rules=changed), day)

    return engine


def without_chains(rule: Rule, pack: Pack) -> dict[str, Any]:
    """A rule that another supersedes leaves in force what it supersedes itself."""
    superseded = {one.supersedes for one in pack.rules.values()}
    return {"supersedes": None} if rule.id in superseded else {}


def of_equal_areas(rule: Rule, pack: Pack) -> dict[str, Any]:
    """A rule supersedes another of the same area alone."""
    other = rule.supersedes and pack.rules[rule.supersedes]
    return {"supersedes": None} if other and other.area != rule.area else {}


def one_stand_in(rule: Rule, pack: Pack) -> dict[str, Any]:
    """Of several rules that stand in for another only the first does."""
    same = [one.id for one in pack.rules.values() if one.instead_of == rule.instead_of]
    return {"instead_of": None} if rule.instead_of and same[0] != rule.id else {}


def not_in(condition: Any, *given: Any) -> Any:
    """A word that is not known is in no list."""
    found = TRUTH(condition, *given)
    among = isinstance(condition, nodes.Not) and isinstance(condition.condition, nodes.Among)
    return True if among and found is None else found


SLIPS: dict[str, tuple[Engine, str]] = {
    "members without leading zeros": (of_rows(lambda id_: id_.lstrip("0")), "ids"),
    "members without signs": (of_rows(lambda id_: re.sub(r"\W", "", id_)), "ids"),
    "members by 32 letters": (of_rows(lambda id_: id_[:32]), "ids"),
    "households as whole numbers": (
        joined_by(lambda id_: int(id_) if id_.isdigit() else id_),
        "ids",
    ),
    "households by 32 letters": (joined_by(lambda id_: id_[:32]), "ids"),
    "words by their beginning": (alike(str.startswith), "words"),
    "words by their end": (alike(str.endswith), "words"),
    "words as patterns": (
        alike(lambda one, other: bool(re.fullmatch(other.replace("_", "."), one))),
        "words",
    ),
    "words without signs": (
        alike(lambda one, other: one.replace("-", "_") == other.replace("-", "_")),
        "words",
    ),
    "rules for codes that hold theirs": (
        with_patched(
            Rule,
            "covers",
            lambda one, area: one.area in area and not area.startswith(tuple(one.outside)),
        ),
        "in-force",
    ),
    "a value that ended goes on": (values(gone_on), "in-force"),
    "a value before its day": (values(brought_forward), "in-force"),
    "what is superseded supersedes nothing": (rules(without_chains), "in-force"),
    "a rule supersedes none of a smaller area": (rules(of_equal_areas), "in-force"),
    "one rule stands in for another": (rules(one_stand_in), "in-force"),
    "a word not known is not in a list": (
        slip((meaning, "truth", not_in), (judging, "truth", not_in)),
        "missing-facts",
    ),
    "ladders down to counties": (
        with_patched(Ladder, "covers", lambda one, area: area[:6].startswith(one.area[:6])),
        "amounts-and-tiers",
    ),
    "ladders of a village not for its groups": (
        with_patched(
            Ladder,
            "covers",
            lambda one, area: (
                area == one.area if len(one.area) == 12 else area.startswith(one.area)
            ),
        ),
        "amounts-and-tiers",
    ),
    "a ladder past its end": (ladders(lambda _: {"until": None}), "amounts-and-tiers"),
    "a ladder before its day": (
        ladders(lambda _: {"since": date(2000, 1, 1)}),
        "amounts-and-tiers",
    ),
    "no deliveries for counties": (delivered(lambda one, _: len(one.area) != 6), "deliveries"),
    "no deliveries for towns": (delivered(lambda one, _: len(one.area) != 9), "deliveries"),
    "deliveries for codes that hold theirs": (
        with_patched(
            Delivery, "covers", lambda one, kind, area: kind in one.kinds and one.area in area
        ),
        "deliveries",
    ),
    "no deliveries that reach beyond the day": (
        delivered(lambda one, day: one.last <= day),
        "deliveries",
    ),
    "no deliveries that came later": (
        delivered(lambda one, day: one.received is None or one.received <= day),
        "deliveries",
    ),
    "no deliveries of no row": (delivered(lambda one, _: one.rows != 0), "deliveries"),
    "deliveries within others": (slip((unseen, "undelivered_spells", nested)), "deliveries"),
    "one department a kind": (
        slip((unseen, "undelivered_spells", of_one_department)),
        "deliveries",
    ),
    "ages of eight bits": (
        fact_as("members.age", lambda age: (age + 128) % 256 - 128),
        "each-fact",
    ),
    "nobody is above 120": (fact_as("members.age", lambda age: min(age, 120)), "each-fact"),
    "an amount of nothing is not known": (
        fact_as("school_cost_year", lambda fen: fen or None),
        "each-fact",
    ),
    "amounts of 31 bits": (fact_as("work_income_year", lambda fen: fen % 2**31), "each-fact"),
    "a word that no list has": (
        fact_as("members.health", lambda word: None if word == "chronic" else word),
        "each-fact",
    ),
    "days from 1970 on": (
        fact_as("monitored_since", lambda day: max(day, date(1970, 1, 1))),
        "each-fact",
    ),
    "years of 365.2425 days": (
        years(lambda since, day: int((day - since).days // 365.2425)),
        "each-fact",
    ),
    "years by the day of the year": (
        years(
            lambda since, day: (
                day.year - since.year - (day.timetuple().tm_yday < since.timetuple().tm_yday)
            )
        ),
        "each-fact",
    ),
    "an age beyond all is the greatest": (
        years(lambda since, day: min(FULL_YEARS(since, day), 130)),
        "each-fact",
    ),
    "two years are 730 days": (
        back(
            lambda day, n, unit: (
                day - timedelta(days=730) if (n, unit) == (2, "years") else BEFORE(day, n, unit)
            )
        ),
        "windows-of-all-sorts",
    ),
    "365 days are a year": (
        back(
            lambda day, n, unit: (
                BEFORE(day, n // 365, "years")
                if unit == "days" and n >= 365
                else BEFORE(day, n, unit)
            )
        ),
        "windows-of-all-sorts",
    ),
    "the second quarter begins in May": (
        slip((windows, "_begins", second_quarter)),
        "windows-of-all-sorts",
    ),
    "thirds below nothing cut off": (slip((meaning, "_combined", truncated)), "fractions"),
}


SORTS = sorted({name for _, name in SLIPS.values()})


@cache
def asked_by(sort: str) -> tuple[tuple[Any, Told], ...]:
    """What a check asks, with the right answers."""
    kept = []

    def engine(*question: Any) -> Told:
        kept.append((question, told_by_reference(*question)))
        return kept[-1][1]

    (check,) = (one for one in engine_checks(engine, name="it", examples=1) if one.name == sort)
    check()
    return tuple(kept)


@pytest.mark.slow
@pytest.mark.parametrize("slipped", SLIPS)
def test_a_slip_in_what_is_read_is_told_by_what_its_check_asks(slipped: str) -> None:
    """Some question of the sort is answered otherwise than the reference does."""
    engine, sort = SLIPS[slipped]
    assert any(engine(*question) != right for question, right in asked_by(sort))


@pytest.mark.slow
@pytest.mark.parametrize("sort", SORTS)
def test_a_slip_fails_its_check(sort: str) -> None:
    """The message says what is right, or how the question was changed, of a rule and household."""
    engine = next(one for one, name in SLIPS.values() if name == sort)
    (check,) = (one for one in engine_checks(engine, name="it", examples=1) if one.name == sort)
    with pytest.raises(FailedCheckError, match=r"the reference says|it says .+, of rule .+ for a"):
        check()


@pytest.mark.slow
def test_every_fact_and_every_word_is_asked() -> None:
    """An engine that reads one of them as not known answers otherwise, whichever it is."""
    (pack, homes, day), *_ = each_fact()
    schema, tried = schema_of(Household), 0
    for table in (schema.household, *schema.tables.values()):
        for field in table.fields.values():
            if field.about.personal or field.name in (table.key, "area", "born_on"):
                continue  # of a day of birth the age is asked
            mine = [one for one in pack.rules.values() if field.path in fields_read(one.when)]
            asked = homes, pack.evolve(rules=mine), day
            right = told_by_reference(*asked)
            for lost in field.about.choices or (None,):
                engine = fact_as(
                    field.path, lambda found, word=lost: None if word in (None, found) else found
                )
                assert engine(*asked) != right, (field.path, lost)
                tried += 1
    assert tried > 40
