"""Notices for double consecutive and plans for double random, each valid by itself.

Histories of notices cross years, have gaps, and are corrected and withdrawn.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import timedelta

from hypothesis import strategies as st

from antipoverty.codes import AreaCode, Level
from antipoverty.model import AreaTree
from antipoverty.periods import Period
from antipoverty.sampling import Design, Plan, Stage, within
from antipoverty.scoring import Notice, NoticeVerdict
from antipoverty.testing._strategies.grid import area_trees

STARTS = ("2020-W50", "2021-W51", "2026-W51", "2023-10", "2024-01", "2022-Q3", "2023-H1", "2021")
"""Each series soon crosses a year; 2020 and 2026 have 53 weeks, 2024 a 29 February."""

UNITS = ("610701", "610702", "610703")
"""The counties that invented notices are on."""

_USUAL = (NoticeVerdict.COMMENDED,) * 6 + (NoticeVerdict.CRITICISED, NoticeVerdict.NEITHER)
_MATTER = tuple[str, Period, Level]


@st.composite
def _chains(draw: st.DrawFn, serials: itertools.count[int], matter: _MATTER) -> list[Notice]:
    """A first notice and up to two corrections of it, which may withdraw."""
    unit, period, level = matter
    made: list[Notice] = []
    issued_on = period.last
    for _ in range(draw(st.sampled_from((1, 1, 1, 1, 1, 1, 2, 3)))):
        issued_on += timedelta(days=draw(st.sampled_from((0, 5, 40, 200))))
        allowed = (*_USUAL, NoticeVerdict.WITHDRAWN) if made else _USUAL
        made.append(
            Notice(
                notice_id=f"n{next(serials)}",
                unit=AreaCode(unit),
                period=period,
                verdict=draw(st.sampled_from(allowed)),
                level=level,
                issued_on=issued_on,
                replaces=made[-1].notice_id if made else None,
            )
        )
    return made


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
    for start in draw(st.lists(st.sampled_from(starts), min_size=1, max_size=2, unique=True)):
        first = Period.parse(start)
        chosen = draw(st.lists(st.sampled_from(units), min_size=1, max_size=2, unique=True))
        levels = draw(st.sampled_from(((Level.PROVINCE,), (Level.PROVINCE, Level.CITY))))
        for unit, level in itertools.product(chosen, levels):
            for step in range(draw(st.integers(2, 9))):
                matter = unit, first.shift(step), level
                if matter not in found and draw(st.sampled_from((True,) * 5 + (False,))):
                    found[matter] = draw(_chains(serials, matter))
    return tuple(itertools.chain.from_iterable(found.values()))


def notices() -> st.SearchStrategy[Notice]:
    """Draw the first notice of a history; `histories` draws series with corrections."""
    return histories().filter(bool).map(lambda found: found[0])


@st.composite
def plans(draw: st.DrawFn, *, areas: st.SearchStrategy[AreaTree] | None = None) -> Plan:
    """Draw a plan with the areas it draws from: villages, or first a coarser unit.

    Args:
        draw: Given by Hypothesis.
        areas: Draws the areas; by default a small province.
    """
    tree = draw(area_trees() if areas is None else areas)
    levels = draw(st.sampled_from([("village",), ("county", "village"), ("township", "village")]))
    strata = "city" if levels[0] == "county" else draw(st.sampled_from(["county", "city"]))
    coverage = draw(st.sampled_from(["independent", "cycle", within(draw(st.integers(50, 60)))]))
    stages = [
        Stage(
            level,
            take=draw(st.integers(1, 2)),
            coverage=coverage if position == 0 else "independent",
        )
        for position, level in enumerate(levels)
    ]
    return Plan(Design("made", strata, tuple(stages), rural=draw(st.booleans())), tree)


__all__ = ["STARTS", "UNITS", "histories", "notices", "plans"]
