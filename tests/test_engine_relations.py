"""Relations between an engine's own answers: the library's keep them, planted faults do not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from antipoverty.engines import Engine, Verdicts
from antipoverty.errors import FailedCheckError
from antipoverty.model import Household, Record
from antipoverty.rules import Pack, Verdict
from antipoverty.testing import engine_checks
from antipoverty.testing._conformance.engines import reference  # private: the right answers
from antipoverty.testing._conformance.relations import RELATIONS  # private: to name them all

Given = Callable[[Household], Household]


def given(change: Given) -> Engine:
    """The reference, of households that are read wrongly."""

    def engine(households: Sequence[Household], pack: Pack, day: date, /) -> Verdicts:
        return reference(list(map(change, households)), pack, day)

    return engine


def rows_of(household: Household, change: Callable[[tuple[Any, ...]], Any]) -> Household:
    """The household with each table read otherwise."""
    tables = {name: tuple(change(getattr(household, name))) for name in household.tables_of_row()}
    return household.model_copy(update=tables)


def records_as(change: Callable[[Record], Record]) -> Given:
    """The household with each record read otherwise."""
    return lambda one: one.model_copy(update={"records": tuple(map(change, one.records or ()))})


def distinct(rows: tuple[Any, ...]) -> Any:
    """Equal rows once."""
    return {str(row.model_dump(exclude={row.KEY})): row for row in rows}.values()


def coarse(household: Household) -> Household:
    """Amounts of records in tens of yuan."""
    records = tuple(
        one if one.amount is None else one.model_copy(update={"amount": one.amount // 1000 * 1000})
        for one in household.records or ()
    )
    return household.model_copy(update={"records": records})


def short(household: Household) -> Household:
    """Amounts of records in 31 bits."""
    records = tuple(
        one if one.amount is None else one.model_copy(update={"amount": one.amount % 2**31})
        for one in household.records or ()
    )
    return household.model_copy(update={"records": records})


def a_day_late(households: Sequence[Household], pack: Pack, day: date, /) -> Verdicts:
    """From 2030 on the day of the answer is the day before."""
    return reference(households, pack, day - timedelta(days=day.year >= 2030))


def first_thirty(households: Sequence[Household], pack: Pack, day: date, /) -> Verdicts:
    """A page of households is judged, and no other."""
    return reference(households[:30], pack, day)


def ids_as_numbers(households: Sequence[Household], pack: Pack, day: date, /) -> Verdicts:
    """Whose id begins with a zero is lost."""
    return reference([one for one in households if one.household_id[0] != "0"], pack, day)


def one_warning_each(households: Sequence[Household], pack: Pack, day: date, /) -> Verdicts:
    """Only the first warning of each household is given."""
    found: dict[tuple[str, str], Verdict] = {}
    warned = set()
    for key, verdict in reference(households, pack, day).items():
        if verdict is not Verdict.WARN or key[0] not in warned:
            found[key] = verdict
        if verdict is Verdict.WARN:
            warned.add(key[0])
    return found


class KeptById:
    """What was said of a household is said again, whatever it has become."""

    def __init__(self) -> None:
        self.said: dict[tuple[str, str, date], Verdicts] = {}

    def __call__(self, households: Sequence[Household], pack: Pack, day: date, /) -> Verdicts:
        """Judge whom it has not met, by id."""
        found: dict[tuple[str, str], Verdict] = {}
        rules = " ".join(str(one.when) for one in pack.rules.values())
        for one in households:
            key = one.household_id, rules, day
            if key not in self.said:
                self.said[key] = reference([one], pack, day)
            found |= self.said[key]
        return found


def lower_case(households: Sequence[Household], pack: Pack, day: date, /) -> Verdicts:
    """Ids are told in small letters, and read back by them."""
    whose = {one.household_id.lower(): one.household_id for one in households}
    found = reference(households, pack, day)
    return {(whose[key[0].lower()], key[1]): verdict for key, verdict in found.items()}


def read_of_text(households: Sequence[Household], pack: Pack, day: date, /) -> Verdicts:
    """Ids went through a file, of which a reader takes some words for nothing."""
    known = [one for one in households if one.household_id not in ("NA", "null", "nan", "None")]
    return reference(known, pack, day)


def as_numbers(households: Sequence[Household], pack: Pack, day: date, /) -> Verdicts:
    """Ids that are the same number are one."""
    kept: dict[object, Household] = {}
    for one in households:
        id_ = one.household_id
        kept.setdefault(float(id_) if id_.replace(".", "").isdigit() else id_, one)
    return reference(list(kept.values()), pack, day)


def no_words(row: Record) -> Record:
    """Kinds of record went through a file, of which a reader takes some words for nothing."""
    return row.model_copy(update={"kind": None if row.kind in ("null", "nan") else row.kind})


def of_somebody(households: Sequence[Household], pack: Pack, day: date, /) -> Verdicts:
    """It asks for the first household, and there is none."""
    assert households[0].area
    return reference(households, pack, day)


def since_1970(row: Record) -> Record:
    """Days are counted from 1970 on, and none is below nothing."""
    return row.model_copy(update={"day": row.day and max(row.day, date(1970, 1, 1))})


def of_twelve_letters(row: Record) -> Record:
    """A column of words has room for so many."""
    return row.model_copy(update={"kind": row.kind and row.kind[:12]})


PLANTS: dict[str, tuple[Engine, str]] = {
    "equal rows once": (given(lambda one: rows_of(one, distinct)), "rows-doubled"),
    "a day late in later years": (a_day_late, "days-shifted"),
    "amounts in tens": (given(coarse), "amounts-scaled"),
    "amounts in 31 bits": (given(short), "amounts-scaled"),
    "a page of households": (first_thirty, "population-split"),
    "ids that read as nothing": (read_of_text, "ids"),
    "ids that are the same number": (as_numbers, "ids"),
    "words that read as nothing": (given(records_as(no_words)), "words"),
    "the first row of each table": (given(lambda one: rows_of(one, lambda r: r[:1])), "order"),
    "ids as numbers": (ids_as_numbers, "ids"),
    "ids in small letters": (lower_case, "ids"),
    "days from 1970 on": (given(records_as(since_1970)), "days-shifted"),
    "words of twelve letters": (given(records_as(of_twelve_letters)), "words"),
    "answers kept by id": (KeptById(), "asked-again"),
    "one warning a household": (one_warning_each, "rules-apart"),
}


def checks(engine: Engine) -> dict[str, Any]:
    """The checks of an engine's relations by name."""
    names = {one.name for one in RELATIONS}
    return {one.name: one for one in engine_checks(engine, name="it") if one.name in names}


def test_an_engine_must_answer_for_nobody_too() -> None:
    """A village may have no household on the list."""
    with pytest.raises(FailedCheckError, match="IndexError"):
        checks(of_somebody)["population-split"]()


def test_every_relation_has_a_fault_that_breaks_it() -> None:
    """A relation that nothing breaks would be no check."""
    assert {name for _, name in PLANTS.values()} == {one.name for one in RELATIONS}


@pytest.mark.slow
@pytest.mark.parametrize("name", [one.name for one in RELATIONS])
def test_the_reference_keeps_every_relation(name: str) -> None:
    """And has answered warn, clear and undecided in each."""
    checks(reference)[name]()


@pytest.mark.slow
@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_fault_breaks_its_relation(plant: str) -> None:
    """The message says how the question was changed, and shows a rule and a household."""
    engine, name = PLANTS[plant]
    with pytest.raises(FailedCheckError, match=r"it says .+, of rule .+ for a household in") as bad:
        checks(engine)[name]()
    assert len(str(bad.value)) < 1200  # in both languages


@pytest.mark.parametrize("name", [one.name for one in RELATIONS])
def test_an_engine_that_says_nothing_keeps_no_relation(name: str) -> None:
    """It never says otherwise, and that is no proof."""
    with pytest.raises(FailedCheckError, match="it says warn of none"):
        checks(lambda *_: {})[name]()
