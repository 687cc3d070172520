"""Judge all alerts of a screening in one go, household by household, on any frame."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Any

import narwhals as nw

from antipoverty._base.days import days
from antipoverty._base.driver import brought
from antipoverty._judging.answer import last_with_area
from antipoverty._judging.conclusions import Conclusion, EngineName
from antipoverty._judging.judge import Judge, alert_fact
from antipoverty._policy.pack import Pack
from antipoverty._policy.signals import Signal
from antipoverty.errors import (
    AntipovertyError,
    ConflictingFactError,
    InvalidArgumentError,
    InvalidFileError,
    MissingColumnError,
    UnknownReferenceError,
    phrase,
)
from antipoverty.model import AreaTree

_COLUMNS = ("household_id", "area", "rule_id", "verdict")
_SHOWN = 50


@days
def judge_all(
    alerts: Any,
    pack: Pack,
    *,
    as_of: date,
    engine: EngineName = "reference",
    facts: Iterable[Signal] = (),
    areas: AreaTree | None = None,
) -> Any:
    """Judge every household that has an alert, or a fact.

    Args:
        alerts: A frame of ``household_id, area, rule_id, verdict`` as `screen` gives it,
            and, if its alerts are of several days, ``on``. Lazy and remote frames are
            collected, from Spark no more than 2,000,000 rows. The same rule on the same day
            counts once; rows that contradict each other are refused.
        pack: The policy; its judgement rules are used.
        as_of: The day; alerts without a day are of this day, later ones are not known yet.
        engine: Who judges, as for `Judge`.
        facts: More facts: measures, states, figures, earlier alerts.
        areas: The known areas, as for `Judge`.

    Returns:
        A frame of the kind that came in, a row for each conclusion, sorted by household
        and in the order they were drawn: ``household_id, area, conclusion, severity,
        category, rules, facts, illustrative, engine, fell_back``; ``rules`` and ``facts``
        are JSON lists of ids.

    Raises:
        MissingColumnError: The frame lacks a column.
        FrameTooLargeError: More rows would come to Spark's driver: give a county at a time.
        InvalidFileError: Rows that cannot be used; every one is listed.
    """
    import polars as pl

    from antipoverty._base.frames import frame_kind, to_native

    rows: dict[str, list[Any]] = {name: [] for name in _RESULT}
    for one in judge_each(alerts, pack, as_of=as_of, engine=engine, facts=facts, areas=areas):
        _add(rows, one)
    session = getattr(alerts, "sparkSession", None)
    return to_native(pl.DataFrame(rows, schema=_schema(pl)), frame_kind(alerts), session)


@days
def judge_each(
    alerts: Any,
    pack: Pack,
    *,
    as_of: date,
    engine: EngineName = "reference",
    facts: Iterable[Signal] = (),
    areas: AreaTree | None = None,
) -> Iterator[Conclusion]:
    """Judge as `judge_all`, and give the conclusions themselves, one by one."""
    households: dict[str, list[Signal]] = defaultdict(list)
    for fact in (*_facts(nw.from_native(alerts), pack, as_of), *facts):
        if fact.on <= as_of:
            households[fact.household_id].append(fact)
    with Judge(pack, engine=engine, as_of=as_of, areas=areas) as judge:
        for id_ in sorted(households):
            yield from judge.feed(*households.pop(id_)).new
            judge.drop(id_)


_RESULT = (
    "household_id",
    "area",
    "conclusion",
    "severity",
    "category",
    "rules",
    "facts",
    "illustrative",
    "engine",
    "fell_back",
)


def _schema(pl: Any) -> dict[str, Any]:
    return {name: pl.Boolean if name == "illustrative" else pl.String for name in _RESULT}


def _add(rows: dict[str, list[Any]], one: Conclusion) -> None:
    lives = last_with_area(one.facts)
    values = (
        one.household_id,
        lives.area if lives else "",
        one.name,
        one.severity.value,
        one.category,
        json.dumps([ground.rule.id for ground in one.grounds]),
        json.dumps([fact.id for fact in one.facts]),
        one.illustrative,
        one.engine,
        one.fell_back,
    )
    for name, value in zip(_RESULT, values, strict=True):
        rows[name].append(value)


def _facts(given: Any, pack: Pack, as_of: date) -> list[Signal]:
    columns = given.collect_schema().names()
    lacking = [name for name in _COLUMNS if name not in columns]
    if lacking:
        raise MissingColumnError("the alerts have no column {lacking}", lacking=", ".join(lacking))
    wanted = [*_COLUMNS, *(["on"] if "on" in columns else [])]
    chosen = given.select(wanted)
    eager = brought(chosen) if isinstance(chosen, nw.LazyFrame) else chosen
    found: dict[tuple[str, str], Signal] = {}
    problems: list[AntipovertyError] = []
    for number, row in enumerate(eager.iter_rows(), 1):
        household, area, rule_id, verdict, *day = row
        try:
            fact = _fact(household, area, rule_id, verdict, day[0] if day else as_of, pack)
        except AntipovertyError as problem:
            problems.append(problem.within(phrase("row {number}", number=number)))
        else:
            if found.setdefault((household, fact.id), fact) != fact:
                problems.append(
                    ConflictingFactError(
                        "row {number}: an earlier row has the same household, rule and day, and "
                        "another verdict or area",
                        number=number,
                    )
                )
    if problems:
        more = len(problems) - _SHOWN
        shown = problems[:_SHOWN]
        if more > 0:
            shown.append(InvalidArgumentError("and {more:,} more rows", more=more))
        raise InvalidFileError("the alerts cannot be judged", shown)
    return list(found.values())


def _fact(household: Any, area: Any, rule_id: Any, verdict: Any, on: Any, pack: Pack) -> Signal:
    rule = pack.rules.get(rule_id)
    if rule is None:
        raise UnknownReferenceError("the pack has no such rule")
    if verdict not in ("warn", "undecided"):
        raise InvalidArgumentError("the verdict is neither warn nor undecided")
    if isinstance(on, datetime) and on == on and on.time() == time():  # NaT is not itself
        on = on.date()  # pandas has no days, only moments
    if not isinstance(area, str) or type(on) is not date:
        raise InvalidArgumentError("the area is no text, or the day no date")
    return alert_fact(rule, household, area, on, warned=verdict == "warn")
