"""A day is brought to one form at every door; what has none is refused before anything is done."""

from __future__ import annotations

import datetime as dt
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from types import FrameType, FunctionType
from typing import Any

import pytest
from pydantic import ValidationError

pytest.importorskip("sqlalchemy", reason="the registers need the extra 'store'")
pytest.importorskip("hypothesis", reason="the kit needs the extra 'testing'")
pytest.importorskip("pandas", reason="its moments are tried")

import numpy as np
import pandas as pd

import antipoverty
from antipoverty._base.days import days  # private: what every door with a day goes through
from antipoverty.casework import Taken, advance_each
from antipoverty.conditions import parse
from antipoverty.errors import AntipovertyError, InvalidArgumentError
from antipoverty.judgement import Signal
from antipoverty.model import Record
from antipoverty.rules import ParameterValue, Rule, Source, Text
from antipoverty.sampling import DOUBLE_COLOUR, Drawing, Outcome
from antipoverty.scoring import Notice
from casework_books import alerts, empty, opened

DAY = dt.date(2022, 2, 3)
MOMENTS = (
    dt.datetime(2022, 2, 3, 8, 30),  # noqa: DTZ001 - as databases give it
    dt.datetime(2022, 2, 3, 23, 59, tzinfo=dt.timezone(dt.timedelta(hours=8))),
    pd.Timestamp("2022-02-03 08:30", tz="Asia/Shanghai"),
)
NO_DAYS = ("2022-02-03", np.datetime64("2022-02-03"), 20220203, pd.NaT, True, [DAY])
PLAIN: dict[str, object] = {
    "str": "x", "str | None": None, "bool": True, "Iterable[str]": ["x"], "Collection[str]": ["x"],
    "int | None": None, "Mapping[str, Any] | None": None,
}  # fmt: skip
"""What stands beside the day where its kind is checked with it."""
WITHIN = {
    "antipoverty.casework": ("Calendar", "ChineseHolidays", "Weekdays", "Signal"),
    "antipoverty.conditions": ("Window",),
    "antipoverty.judgement": ("JudgementRule", "Pattern", "Signal"),
    "antipoverty.model": ("Area", "counted_on"),
    "antipoverty.periods": ("Period",),
    "antipoverty.rules": ("Ladder", "Parameter", "ParameterValue", "RecordKind", "Rule"),
    "antipoverty.sampling": ("HouseholdPlan", "OnSitePlan", "Plan", "WeeklyVillagePlan"),
    "antipoverty.screening": ("line_id",),
    "antipoverty.synthetic": ("Year",),
}
"""What doors ask once for each row, rule or day: they give it the day that they made."""


def doors() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every public function and method that is given a day."""
    seen = set[Any]()
    for one in pkgutil.iter_modules(antipoverty.__path__, "antipoverty."):
        last = one.name.rpartition(".")[2]
        if last.startswith("_") or last in ("cli", "migrations", "testing"):
            continue  # commands read texts; the kit calls the doors
        module = importlib.import_module(one.name)
        for name in getattr(module, "__all__", [*vars(module)]):
            made = getattr(module, name)
            if name[0] == "_" or name in WITHIN.get(one.name, ()):
                continue
            several = {name: made}
            if inspect.isclass(made):
                keys = [key for key in dir(made) if key[0] != "_"]
                several = {f"{name}.{key}": inspect.getattr_static(made, key) for key in keys}
            for called, held in several.items():
                function = getattr(held, "__func__", held)
                own = str(getattr(function, "__module__", "")).startswith("antipoverty")
                if own and isinstance(function, FunctionType) and function not in seen:
                    seen.add(function)
                    if days_of(function):
                        yield f"{last}.{called}", function


def days_of(function: Callable[..., Any]) -> list[str]:
    """The arguments of a function that are days."""
    kinds = inspect.signature(function).parameters.values()
    return [one.name for one in kinds if str(one.annotation) in ("date", "date | None")]


DOORS = dict(doors())


def called(function: Callable[..., Any], name: str, day: object) -> None:
    """Call a function with one odd day; nothing else that it is given is of any use."""
    firsts, named = [], {}
    theirs = days_of(function)
    for one in inspect.signature(function).parameters.values():
        value: object = DAY if one.name in theirs else PLAIN.get(str(one.annotation), object())
        value = day if one.name == name else value
        if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD):
            firsts.append(value)
        elif one.kind is one.KEYWORD_ONLY:
            named[one.name] = value
    found = function(*firsts, **named)
    if inspect.isgenerator(found):
        next(found, None)


def test_the_doors_are_found() -> None:
    """Of every room, so that a new one is tried without being named here."""
    rooms = {name.partition(".")[0] for name in DOORS}
    assert rooms >= {
        "casework", "comparison", "daily", "intake", "judgement", "packs", "plugins", "rules",
        "sampling", "scoring", "screening", "sql", "summaries", "synthetic",
    }  # fmt: skip
    assert {"scoring.assess", "sampling.announce", "rules.judge", "screening.screen"} <= {*DOORS}
    assert {"casework.Casebook.advance", "casework.open_cases", "daily.screen_delta"} <= {*DOORS}


@pytest.mark.parametrize("door", DOORS)
def test_what_is_no_day_is_refused_before_anything_is_done(door: str) -> None:
    """Nothing else that was given is looked at: nothing can have been read or written."""
    for name in days_of(DOORS[door]):
        for given in NO_DAYS:
            with pytest.raises(AntipovertyError) as refused:
                called(DOORS[door], name, given)
            assert refused.value.code == "invalid-argument"
            assert "no day" in refused.value.message


@pytest.mark.parametrize("door", DOORS)
def test_a_moment_is_its_day(door: str) -> None:
    """Seen from within: when the door's own code stops, what it holds is a date."""
    for name in days_of(DOORS[door]):
        for given in MOMENTS:
            held = seen_within(DOORS[door], name, given)
            assert held, f"{door} was not reached"
            assert type(held[-1]) is dt.date
            assert held[-1] == DAY


def seen_within(door: Callable[..., Any], name: str, given: object) -> list[object]:
    """What a door's own code holds as a day, line by line, until it stops."""
    held: list[object] = []
    code = inspect.unwrap(door).__code__  # type: ignore[attr-defined]

    def trace(frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code is not code:
            return None
        there = frame.f_locals
        held.append(there[name] if name in there else there.get("given", {}).get(name))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        with suppress(Exception):
            called(door, name, given)
    finally:
        sys.settrace(before)
    return held


MADE: dict[str, Callable[[Any], Any]] = {
    "Drawing": lambda day: Drawing("x", day, DOUBLE_COLOUR).on,
    "Outcome": lambda day: Outcome("610702100200", "visited", day).on,
    "Taken": lambda day: _step(day),
    "Rule": lambda day: _rule(day).since,
    "ParameterValue": lambda day: ParameterValue(1, day, None, Source("x")).since,
    "Record": lambda day: Record(record_id="r", kind="k", day=day, amount="5").day,
    "scoring.Notice": lambda day: Notice.model_validate(NOTICE | {"issued_on": day}).issued_on,
    "judgement.Signal": lambda day: (
        Signal(id="1", household_id="h", kind="alert", name="x", on=day).on
    ),
}
NOTICE: dict[str, Any] = {
    "notice_id": "n", "unit": "610702", "period": "2024-01", "verdict": "criticised",
    "level": "city",
}  # fmt: skip


def _rule(day: Any) -> Rule:
    return Rule(
        id="a", title=Text("x", "x"), department="d", when=parse("not water_safe"),
        source=Source("x"), since=day,
    )  # fmt: skip


def _step(day: Any) -> dt.date:
    step = Taken("h1", "home_check", "keeper-1", day, {"visited": True})
    _, events, refused = advance_each(opened("h1"), [step])
    if refused:
        raise InvalidArgumentError(refused[0].why)
    return events[0].on


@pytest.mark.parametrize("made", MADE)
@pytest.mark.parametrize("given", [*MOMENTS, *NO_DAYS[:3]], ids=repr)
def test_what_is_made_with_a_day_has_one_or_is_refused(made: str, given: object) -> None:
    """A moment is refused or is its day, and never goes in as it is."""
    try:
        day = MADE[made](given)
    except (AntipovertyError, ValidationError):
        return
    assert type(day) is dt.date
    assert given in MOMENTS or made in ("Record", "scoring.Notice")  # these read texts of files


def test_what_comes_in_any_number_is_not_taken_for_a_day() -> None:
    """A day that is only given by name stands at no place among them."""

    @days
    def read(*streams: str, until: date | None = None) -> tuple[tuple[str, ...], object]:
        return streams, until

    assert read("case/a", "case/b", until=MOMENTS[0]) == (("case/a", "case/b"), DAY)
    assert read("case/a", "case/b", "case/c") == (("case/a", "case/b", "case/c"), None)


@pytest.mark.parametrize("streams", [(), ("case/a",), ("case/a", "case/b", "case/c")])
def test_a_casebook_gives_the_events_of_any_number_of_cases(streams: tuple[str, ...]) -> None:
    """All where none is named."""
    pytest.importorskip("sqlalchemy")
    from antipoverty.casework import Casebook

    with Casebook.open("sqlite://", empty()) as casebook:
        casebook.open_cases(alerts(*((one, "traffic-accident") for one in "abcd")), as_of=DAY)
        found = {one.stream for one in casebook.events(*streams)}
        assert found == set(streams or ("case/a", "case/b", "case/c", "case/d"))
