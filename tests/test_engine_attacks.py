"""Engines as people write them: the reference with one slip, of a kind that the kit must see."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import date, timedelta
from fractions import Fraction
from typing import Any
from unittest import mock

import attrs
import pytest

from antipoverty._judging import one as judging  # private: it asks for the truth of rules
from antipoverty._model import counted  # private: it counts full years
from antipoverty.conditions import groups as grouping
from antipoverty.conditions import meaning, unseen, windows
from antipoverty.conditions import tree as nodes
from antipoverty.engines import Engine, Told
from antipoverty.errors import FailedCheckError
from antipoverty.model import Household
from antipoverty.rules import Pack
from antipoverty.testing import engine_checks
from antipoverty.testing._conformance.engines import (  # private: all that `judge` says
    told_by_reference,
)

FIRST, END, BEFORE = windows._first, windows._end, windows.before  # private: each is done wrongly
REDUCED, TRUTH, SPAN, FACT = meaning._reduced, meaning.truth, meaning.span, meaning.fact
HELD, UNDELIVERED = unseen.held_rows, unseen.undelivered
RANKED, BEGINS, FULL_YEARS = meaning._ranked, windows._begins, counted.full_years


def slip(
    *changes: tuple[Any, str, Any], given: Callable[[Household], Household] | None = None
) -> Engine:
    """The reference, with steps of it done wrongly while it answers."""

    def engine(households: Sequence[Household], pack: Pack, day: date, /) -> Told:
        with ExitStack() as stack:
            for kept in (FIRST, END, BEFORE):
                kept.cache_clear()
                stack.callback(kept.cache_clear)
            for place, name, step in changes:
                stack.enter_context(mock.patch.object(place, name, step))
            return told_by_reference(
                list(map(given, households)) if given else households, pack, day
            )

    return engine


def told(change: Callable[[Told, Sequence[Household], Pack, date], Told]) -> Engine:
    """The reference, of which something is told wrongly."""

    def engine(households: Sequence[Household], pack: Pack, day: date, /) -> Told:
        return change(told_by_reference(households, pack, day), households, pack, day)

    return engine


# --- windows and days -------------------------------------------------------------------


def first(change: Callable[[str, int, int, date, date], date]) -> Engine:
    """Windows that begin on another day."""

    def other(unit: str, size: int, back: int, as_of: date) -> date:
        return change(unit, size, back, as_of, FIRST(unit, size, back, as_of))

    return slip((windows, "_first", other))


def end(change: Callable[[str, int, int, date, date], date]) -> Engine:
    """Windows of some time ago that end on another day."""

    def other(unit: str, size: int, back: int, as_of: date) -> date:
        return change(unit, size, back, as_of, END(unit, size, back, as_of))

    return slip((windows, "_end", other))


def back(change: Callable[[date, int, str], date]) -> Engine:
    """Months and years that are reckoned otherwise."""
    return slip((windows, "before", change))


def leap(day: date, count: int, unit: str) -> date:
    """A day that the year lacks becomes the first of March."""
    found = BEFORE(day, count, unit)
    return (
        found + timedelta(days=1) if (day.month, day.day) == (2, 29) and found.day == 28 else found
    )


DAY = timedelta(days=1)


# --- rows -------------------------------------------------------------------------------


def rows(change: Callable[[tuple[Any, ...]], Iterable[Any]], table: str = "records") -> Engine:
    """The rows of one table read otherwise."""
    return slip(
        given=lambda home: home.model_copy(
            update={table: tuple(change(getattr(home, table) or ()))}
        )
    )


def fold(change: Callable[..., Any]) -> Engine:
    """Sums, least and greatest, worked out otherwise: `change` is told what is right."""

    def reduced(operator: str, asked: Any, value: Any, household: Any, setting: Any) -> Any:
        right = REDUCED(operator, asked, value, household, setting)
        return change(operator, right, asked, value, household, setting)

    return slip((meaning, "_reduced", reduced))


def of(change: Callable[[Any, Any, Any], Any], kind: type[Any]) -> Engine:
    """One node of the language evaluated otherwise: `change` is told it and what is right."""
    name, right = ("truth", TRUTH) if issubclass(kind, nodes.Condition) else ("span", SPAN)

    def evaluated(node: Any, household: Any, setting: Any, row: Any = None) -> Any:
        found = right(node, household, setting, row)
        return change(node, found, setting) if isinstance(node, kind) else found

    places = (meaning, judging) if name == "truth" else (meaning,)
    return slip(*((place, name, evaluated) for place in places))


def upper_middle(node: Any, household: Any, setting: Any, row: Any = None) -> Any:
    """The upper of two middle rows."""
    if isinstance(node, nodes.Quantile):
        found = meaning._all_of(node.rows, node.value, household, setting)
        if not found:
            return None
        at = int(node.share * len(found))
        return tuple(sorted(one[n] for one in found)[min(at, len(found) - 1)] for n in (0, 1))
    return SPAN(node, household, setting, row)


def ranked_by_span(operator: str, of_: Any, against: Any, household: Any, setting: Any) -> Any:
    """Compares the median as it was worked out."""
    one, other = (meaning.span(each, household, setting) for each in (of_, against))
    return None if one is None or other is None else meaning.compared(operator, one, other)


def loose_dropped(groups: Any, household: Any, setting: Any) -> Iterator[Any]:
    """Rows of nobody known belong to no group."""
    for one in grouping.groups_of(groups, household, setting):
        if one.there is not None:
            held = tuple(h for h in one.household.held if getattr(h.row, groups.by.field.name))
            yield attrs.evolve(
                one, household=unseen.Grouped(household, str(groups.rows.table.name), held)
            )


def loose_together(groups: Any, household: Any, setting: Any) -> Iterator[Any]:
    """Rows of nobody known are a group of their own."""
    for one in grouping.groups_of(groups, household, setting):
        name, by = str(groups.rows.table.name), groups.by.field.name
        if one.there is None:
            sure = tuple(attrs.evolve(h, there=True) for h in one.household.held)
            yield attrs.evolve(
                one, there=True, times=1, household=unseen.Grouped(household, name, sure)
            )
        else:
            held = tuple(h for h in one.household.held if getattr(h.row, by))
            yield attrs.evolve(one, household=unseen.Grouped(household, name, held))


def rostered(change: Callable[[Any, list[Any]], Iterable[Any]]) -> Engine:
    """Rows that did not come taken otherwise."""

    def held_rows(table: Any, household: Any, setting: Any) -> Iterator[Any]:
        yield from change(table, list(HELD(table, household, setting)))

    return slip((meaning, "held_rows", held_rows), (grouping, "held_rows", held_rows))


def born(household: Household) -> Household:
    """Days of birth are not read, only ages that were written down."""
    members = tuple(one.model_copy(update={"born_on": None}) for one in household.members or ())
    return household.model_copy(update={"members": members})


def at_new_year(household: Household) -> Household:
    """Everybody is born on the first of January."""
    members = tuple(
        one
        if one.born_on is None
        else one.model_copy(update={"born_on": one.born_on.replace(month=1, day=1)})
        for one in household.members or ()
    )
    return household.model_copy(update={"members": members})


def young(since: date, day: date) -> int:
    """Who was born on the 29th of February is a year older on the 28th."""
    born, now = (since.month, since.day), (day.month, day.day)
    return FULL_YEARS(since, day) + (born == (2, 29) and now == (2, 28))


def small_letters(household: Household) -> Household:
    """Members of records are told in small letters, as many a database compares words."""
    records = tuple(
        one.model_copy(update={"member_id": one.member_id and one.member_id.lower()})
        for one in household.records or ()
    )
    return household.model_copy(update={"records": records})


def none_to_come(households: Sequence[Household], pack: Pack, day: date, /) -> Told:
    """Rows of days after that of the answer are not read."""
    known = [
        one.model_copy(
            update={"records": tuple(r for r in one.records or () if not r.day or r.day <= day)}
        )
        for one in households
    ]
    return told_by_reference(known, pack, day)


def sum_in_yuan(how: str, right: Any, asked: Any, value: Any, household: Any, setting: Any) -> Any:
    """Sums of fen are added as floats of yuan."""
    if how != "sum" or right is None or right[0] != right[1]:
        return right
    total = 0.0
    for held, keeps in meaning.looked_at(asked, household, setting):
        if keeps:
            total += (SPAN(value, household, setting, held.row) or (0,))[0] / 100
    return Fraction(total) * 100, Fraction(total) * 100


def float_ranks(operator: str, of_: Any, against: Any, household: Any, setting: Any) -> Any:
    """The place of a quantile is reckoned in floats."""
    found = meaning._all_of(of_.rows, of_.value, household, setting)
    other = SPAN(against, household, setting)
    if not found or other is None:
        return RANKED(operator, of_, against, household, setting)
    at = max(math.ceil(float(of_.share) * len(found)), 1) - 1
    low, high = (sorted(one[n] for one in found)[at] for n in (0, 1))
    return meaning.compared(operator, (low, high), other)


def of_villages(table: Any, sorts: Any, deliveries: Any, area: str, as_of: date) -> Any:
    """What a department delivers for a village is not for the groups in it."""
    mine = [one for one in deliveries if len(one.area) < 12 or one.area == area]
    return UNDELIVERED(table, sorts, mine, area, as_of)


# --- what is told beside verdicts ---------------------------------------------------------


def amounts(change: Callable[[Any, Any], tuple[Any, Any]]) -> Engine:
    """Amounts told otherwise."""

    def changed(found: Told, *_: Any) -> Told:
        return attrs.evolve(
            found, amounts={key: change(*ends) for key, ends in found.amounts.items()}
        )

    return told(changed)


def tiers(change: Callable[[frozenset[str]], frozenset[str]]) -> Engine:
    """Tiers told otherwise."""
    return told(
        lambda found, *_: attrs.evolve(found, tiers={k: change(v) for k, v in found.tiers.items()})
    )


def reversed_ladders(households: Sequence[Household], pack: Pack, day: date, /) -> Told:
    """The last tier that holds is the household's."""
    turned = [attrs.evolve(one, tiers=one.tiers[::-1]) for one in pack.ladders.values()]
    return told_by_reference(households, pack.evolve(ladders=turned), day)


def ladders_everywhere(households: Sequence[Household], pack: Pack, day: date, /) -> Told:
    """A ladder of one city is asked in all."""
    wide = [attrs.evolve(one, area="") for one in pack.ladders.values()]
    return told_by_reference(households, pack.evolve(ladders=wide), day)


def exact_area(households: Sequence[Household], pack: Pack, day: date, /) -> Told:
    """A rule of a city holds for who is registered at the city itself."""
    found = told_by_reference(households, pack, day)
    homes = {one.household_id: one.area for one in households}
    kept = {
        key: one
        for key, one in found.verdicts.items()
        if pack.rules[key[1]].area in ("", homes[key[0]])
    }
    return Told(kept)


def filled(field: Any, household: Any, setting: Any, row: Any = None) -> Any:
    """Facts that are worked out take nothing for what is not known."""
    if not field.inputs:
        return FACT(field, household, setting, row)
    found = FACT(field, household, setting, row)
    return 0 if found is None and field.kind.value == "number" else found


def first_missing(found: Told, *_: Any) -> Told:
    """Only one of the missing facts is told."""
    return attrs.evolve(
        found, missing={k: frozenset(sorted(v)[:1]) for k, v in found.missing.items()}
    )


class KeptValues:
    """Compiled rules are kept by their texts and the day, and their values with them."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, date], Pack] = {}

    def __call__(self, households: Sequence[Household], pack: Pack, day: date, /) -> Told:
        """Ask what was compiled first."""
        texts = " ".join(f"{rule.id}: {rule.when}" for rule in pack.rules.values())
        return told_by_reference(households, self.kept.setdefault((texts, day), pack), day)


ATTACKS: Mapping[str, tuple[Engine, str]] = {
    "the 31st of a month without one is of the next": (
        back(
            lambda day, n, unit: (
                BEFORE(day, n, unit) + (day.day - BEFORE(day, n, unit).day) * DAY
                if unit != "days" and day.day == 31
                else BEFORE(day, n, unit)
            )
        ),
        "windows-of-all-sorts",
    ),
    "the third quarter begins in August": (
        slip(
            (
                windows,
                "_begins",
                lambda day, size: (
                    BEGINS(day, size).replace(month=8)
                    if size == 3 and BEGINS(day, size).month == 7
                    else BEGINS(day, size)
                ),
            )
        ),
        "windows-of-all-sorts",
    ),
    "born on the 29th, older on the 28th": (slip((counted, "full_years", young)), "rows-and-days"),
    "members without regard to capitals": (slip(given=small_letters), "groups"),
    "no rows of days to come": (none_to_come, "rows-and-days"),
    "sums in floats of yuan": (fold(sum_in_yuan), "many-rows"),
    "places of quantiles in floats": (slip((meaning, "_ranked", float_ranks)), "many-rows"),
    "deliveries of a village not for its groups": (
        slip((unseen, "undelivered", of_villages)),
        "deliveries",
    ),
    "a calendar year begins on the second of January": (
        first(lambda unit, size, n, day, right: right + DAY * ((unit, size) == ("calendar", 12))),
        "windows-of-all-sorts",
    ),
    "a calendar year some time ago ends on the thirtieth": (
        end(lambda unit, size, n, day, right: right - DAY * ((unit, size) == ("calendar", 12))),
        "windows-of-all-sorts",
    ),
    "the calendar year of the day itself on New Year's day": (
        first(
            lambda unit, size, n, day, right: (
                day.replace(month=1, day=1) if (unit, size, n) == ("calendar", 12, 0) else right
            )
        ),
        "windows-of-all-sorts",
    ),
    "windows some time ago end a day late": (
        end(lambda unit, size, n, day, right: right + DAY),
        "windows-of-all-sorts",
    ),
    "calendar months are thirty days": (
        first(
            lambda unit, size, n, day, right: (
                day - 30 * DAY if (unit, size, n) == ("calendar", 1, 0) else right
            )
        ),
        "windows-of-all-sorts",
    ),
    "the 29th of February becomes the first of March": (back(leap), "windows-of-all-sorts"),
    "twelve months are 365 days": (
        back(
            lambda day, n, unit: (
                day - 365 * DAY if (unit, n) == ("months", 12) else BEFORE(day, n, unit)
            )
        ),
        "windows-of-all-sorts",
    ),
    "the gap of one row is nothing": (
        fold(lambda how, right, *_: (0, 0) if how == "gap" and right is None else right),
        "rows-and-days",
    ),
    "sums of floats": (
        fold(
            lambda how, right, *_: (
                tuple(int(float(e)) for e in right)
                if how == "sum"
                and right is not None
                and all(isinstance(e, int) for e in right)
                and max(map(abs, right)) > 2**53
                else right
            )
        ),
        "many-rows",
    ),
    "the upper of two middle rows": (
        slip((meaning, "span", upper_middle), (meaning, "_ranked", ranked_by_span)),
        "ranks",
    ),
    "rows of nobody known in no group": (slip((meaning, "groups_of", loose_dropped)), "groups"),
    "rows of nobody known in one group": (slip((meaning, "groups_of", loose_together)), "groups"),
    "one more of the k periods": (
        of(
            lambda node, right, setting: (
                right
                if right is None or len(node.items) != 3 or {w for w, _ in node.items} != {1}
                else (right[0] + 1, right[1] + 1)
            ),
            nodes.Score,
        ),
        "windows-of-all-sorts",
    ),
    "an income below nothing is nothing": (
        slip(
            given=lambda home: (
                home.model_copy(update={"net_income_12m": max(home.net_income_12m, 0)})
                if home.net_income_12m is not None
                else home
            )
        ),
        "rows-and-days",
    ),
    "an unknown word is not the one asked for": (
        of(lambda node, right, setting: False if right is None else right, nodes.Among),
        "missing-facts",
    ),
    "too many members are all sure": (
        rostered(
            lambda table, held: (
                [attrs.evolve(one, there=True) if one.came else one for one in held]
                if table.roster is not None
                else held
            )
        ),
        "rosters",
    ),
    "days of birth are not read": (slip(given=born), "rosters"),
    "everybody turns a year older at New Year": (slip(given=at_new_year), "rosters"),
    "a rule of a city for the city alone": (exact_area, "in-force"),
    "values kept by the texts of rules": (KeptValues(), "in-force"),
    "only rows of the last ten years": (
        rows(lambda found: [row for row in found if row.day is None or row.day.year > 2011]),
        "rows-and-days",
    ),
    "amounts in whole fen": (amounts(lambda low, high: (int(low), int(high))), "amounts-and-tiers"),
    "amounts of the lower end": (amounts(lambda low, high: (low, low)), "amounts-and-tiers"),
    "the last tier that holds": (reversed_ladders, "amounts-and-tiers"),
    "only the first tier that may be": (
        tiers(lambda may: frozenset(sorted(may)[:1])),
        "amounts-and-tiers",
    ),
    "a ladder of a city everywhere": (ladders_everywhere, "amounts-and-tiers"),
    "a fact worked out of nothing is nothing": (slip((meaning, "fact", filled)), "derived-facts"),
    "one missing fact of several": (told(first_missing), "spans"),
    "no missing fact": (told(lambda found, *_: attrs.evolve(found, missing={})), "missing-facts"),
}


@pytest.mark.slow
@pytest.mark.parametrize("attack", ATTACKS)
def test_a_slip_fails_the_check_of_its_sort(attack: str) -> None:
    """The message says what the reference says, or that the engine gave way."""
    engine, name = ATTACKS[attack]
    (check,) = (
        one for one in engine_checks(engine, name="slipped", examples=1) if one.name == name
    )
    with pytest.raises(FailedCheckError, match="the reference says"):
        check()
