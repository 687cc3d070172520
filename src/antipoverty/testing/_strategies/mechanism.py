"""Notices for double consecutive and plans for double random, each valid by itself.

Histories of notices cross years, have gaps, and are corrected and withdrawn.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from antipoverty.codes import AreaCode, Level
from antipoverty.model import AreaTree
from antipoverty.periods import Period
from antipoverty.sampling import Design, Plan, Stage, within
from antipoverty.scoring import Notice, NoticeVerdict
from antipoverty.testing._strategies.choices import Choice, each_of, one_of
from antipoverty.testing._strategies.grid import area_trees

STARTS = ("2020-W50", "2021-W51", "2026-W51", "2023-10", "2024-01", "2022-Q3", "2023-H1", "2021")
"""Each series soon crosses a year; 2020 and 2026 have 53 weeks, 2024 a 29 February."""

UNITS = ("610701", "610702", "610703")
"""The counties that invented notices are on."""

_USUAL = (NoticeVerdict.COMMENDED,) * 6 + (NoticeVerdict.CRITICISED, NoticeVerdict.NEITHER)
_MATTER = tuple[str, Period, Level]


_LATER = (*_USUAL, NoticeVerdict.WITHDRAWN)
_DAYS = (0, 5, 40, 200)
_LENGTHS = (1, 1, 1, 1, 1, 1, 2, 3)
_FIRST, _NEXT = len(_DAYS) * len(_USUAL), len(_DAYS) * len(_LATER)
_SKIPPED = 6
"""One matter in so many has no notice."""
_SERIES = st.integers(0, _SKIPPED * len(_LENGTHS) * _FIRST * _NEXT * _NEXT - 1)
"""All choices of one series as one number, for speed: whether there is one comes first."""


def _chain(number: int, serials: itertools.count[int], matter: _MATTER) -> list[Notice]:
    """A first notice and up to two corrections of it, which may withdraw; or nothing."""
    unit, period, level = matter
    number, third = divmod(number, _NEXT)
    number, second = divmod(number, _NEXT)
    number, first = divmod(number, _FIRST)
    skipped, length = divmod(number, len(_LENGTHS))
    if skipped == _SKIPPED - 1:
        return []
    made: list[Notice] = []
    issued_on = period.last
    for one in (first, second, third)[: _LENGTHS[length]]:
        verdicts = _LATER if made else _USUAL
        issued_on += timedelta(days=_DAYS[one // len(verdicts)])
        made.append(
            Notice(
                notice_id=f"n{next(serials)}",
                unit=AreaCode(unit),
                period=period,
                verdict=verdicts[one % len(verdicts)],
                level=level,
                issued_on=issued_on,
                replaces=made[-1].notice_id if made else None,
            )
        )
    return made


_STEPS = st.integers(2, 9)


@functools.cache
def _one_or_two(options: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(options), min_size=1, max_size=2, unique=True)


@st.composite
def histories(
    draw: st.DrawFn, *, starts: Sequence[str] = STARTS, units: Sequence[str] = UNITS
) -> tuple[Notice, ...]:
    """Draw notices that `assess` takes: one or two units, over up to ten periods in a row.

    Each unit, period and issuing level has one chain: a first notice, issued when the
    period has ended, and its corrections. Mostly they commend, so that there are runs
    long enough to be broken.

    Args:
        draw: Given by Hypothesis.
        starts: The periods that series may begin with.
        units: The units they may be on.
    """
    serials = itertools.count()
    found: dict[_MATTER, list[Notice]] = {}
    for start in draw(_one_or_two(tuple(starts))):
        first = Period.parse(start)
        chosen = draw(_one_or_two(tuple(units)))
        levels = one_of(draw, ((Level.PROVINCE,), (Level.PROVINCE, Level.CITY)))
        for unit, level in itertools.product(chosen, levels):
            for step in range(draw(_STEPS)):
                matter = unit, first.shift(step), level
                if not found.get(matter):
                    found[matter] = _chain(draw(_SERIES), serials, matter)
    return tuple(itertools.chain.from_iterable(found.values()))


def notices() -> st.SearchStrategy[Notice]:
    """Draw the first notice of a history; `histories` draws series with corrections."""
    return histories().filter(bool).map(lambda found: found[0])


_AREAS = area_trees()
_PLAN = each_of(
    {
        "levels": Choice((("village",), ("county", "village"), ("township", "village"))),
        "strata": Choice(("county", "city")),
        "coverage": Choice(("independent", "cycle", "within")),
        "within": Choice(range(50, 61)),
        "first": Choice((1, 2)),
        "second": Choice((1, 2)),
        "rural": Choice((False, True)),
    }
)


def plans(*, areas: st.SearchStrategy[AreaTree] | None = None) -> st.SearchStrategy[Plan]:
    """Draw a plan with the areas it draws from: villages, or first a coarser unit.

    Args:
        areas: Draws the areas; by default a small province.
    """
    return st.builds(_plan, _AREAS if areas is None else areas, _PLAN)


def _plan(tree: AreaTree, chosen: dict[str, Any]) -> Plan:
    levels, coverage = chosen["levels"], chosen["coverage"]
    stages = [
        Stage(
            level,
            take=chosen["second" if position else "first"],
            coverage="independent"
            if position
            else within(chosen["within"])
            if coverage == "within"
            else coverage,
        )
        for position, level in enumerate(levels)
    ]
    strata = "city" if levels[0] == "county" else chosen["strata"]
    return Plan(Design("made", strata, tuple(stages), rural=chosen["rural"]), tree)


__all__ = ["STARTS", "UNITS", "histories", "notices", "plans"]
