"""The frame is what is left of the areas, or of the lists, after the filters of a design.

It is fixed, and its digest published, before the draw.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import attrs

from antipoverty._base.documents import Line, Part
from antipoverty._base.opaque import opaque
from antipoverty._sampling.design import Design
from antipoverty._sampling.tickets import part
from antipoverty.codes import AreaCode, Level
from antipoverty.errors import (
    AntipovertyError,
    EmptyFrameError,
    FieldError,
    InvalidDrawError,
    InvalidPlanError,
)
from antipoverty.model import AreaTree

_SHOWN = 20


@attrs.frozen
class Skipped(Part):
    """A stratum in which nothing could be drawn, and why."""

    stage: int
    stratum: Line
    reason: str


@attrs.frozen
class Frame:
    """What can be drawn on a day.

    Attributes:
        strata: For each stage, the units of each stratum, sorted.
        skipped: The strata without a unit.
        sizes: The size of every unit whose chance depends on it.
        digest: SHA-256 of the sorted units of the last stage, one a line; of listed
            units each line is ``STRATUM|UNIT``.
        sizes_digest: The same over ``UNIT SIZE``; ``None`` where sizes do not matter.
        count: How many units the last stage has.
        lines: The text of the digest, line by line.
    """

    strata: tuple[Mapping[str, tuple[str, ...]], ...] = attrs.field(repr=False)
    skipped: tuple[Skipped, ...] = attrs.field(repr=False)
    sizes: Mapping[str, int] = attrs.field(repr=False)
    digest: str
    sizes_digest: str | None
    count: int
    lines: tuple[str, ...] = attrs.field(repr=False)


Source = AreaTree | Mapping[str, Sequence[str]]


def frame_of(
    design: Design, source: Source, day: date, sizes: Mapping[str, int] | None = None
) -> Frame:
    """Apply the filters of a design to areas or to lists, as they are on a day.

    Args:
        design: What is drawn from what.
        source: The areas; or, for a plan on lists, the units of each stratum.
        day: The codes in use on it count: the first day of the period.
        sizes: The size of each unit, in households or whatever is fair.

    Raises:
        EmptyFrameError: No unit is left.
        InvalidPlanError: Sizes are missing, or a list has a unit twice.
    """
    if isinstance(source, AreaTree) is design.listed:
        wanted = "lists of units by stratum" if design.listed else "an area tree"
        raise InvalidDrawError("the plan {id!r} draws from {wanted}", id=design.id, wanted=wanted)
    if isinstance(source, AreaTree):
        strata, skipped = _of_areas(design, in_use(source, day))
    else:
        strata, skipped = _of_lists(design, source)
    lines = sorted(
        f"{stratum}|{unit}\n" if design.listed else f"{unit}\n"
        for stratum, units in strata[-1].items()
        for unit in units
    )
    if not lines:
        raise EmptyFrameError(
            "the frame of the plan {id!r} is empty: no {level} is left under any {strata}",
            id=design.id,
            level=design.stages[-1].level,
            strata=design.strata,
        )
    needed = _sizes(design, strata, sizes or {})
    return Frame(
        strata,
        tuple(skipped),
        needed,
        _digest(lines),
        _digest(f"{unit} {needed[unit]}\n" for unit in sorted(needed)) if needed else None,
        len(lines),
        tuple(lines),
    )


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def in_use(areas: AreaTree, day: date) -> AreaTree:
    """The tree of the codes in use on a day; the same tree where all are."""
    return areas if all(area.on(day) for area in areas) else areas.on(day)


Strata = tuple[Mapping[str, tuple[str, ...]], ...]


def _of_areas(design: Design, areas: AreaTree) -> tuple[Strata, list[Skipped]]:
    for code in design.excluded:
        areas[code]  # an unknown code is an error, not a filter without effect
    top, *levels = (Level(level) for level in [design.strata, *(s.level for s in design.stages)])
    tops = [area.code for area in areas if area.level is top]
    known = {level: [area.code for area in areas if area.level is level] for level in levels}
    reasons = dict(design.excluded)
    units = [
        code
        for code in known[levels[-1]]
        if (not design.rural or code.rural) and not _excluded(code, reasons)
    ]
    strata: list[Mapping[str, tuple[str, ...]]] = []
    skipped: list[Skipped] = []
    for number in range(len(levels), 0, -1):
        above = levels[number - 2] if number > 1 else top
        found: dict[str, list[str]] = {}
        for code in units:
            found.setdefault(code[: above.digits], []).append(code)
        strata.insert(0, {stratum: tuple(found[stratum]) for stratum in sorted(found)})
        for code in tops if number == 1 else known[above]:
            if code not in found:
                reason = _excluded(code, reasons) or _no_unit(design, levels[number - 1])
                skipped.insert(0, Skipped(number, str(code), reason))
        units = [AreaCode(stratum) for stratum in sorted(found)]
    skipped.sort(key=lambda one: (one.stage, one.stratum))
    return tuple(strata), skipped


def _excluded(code: str, reasons: Mapping[str, str]) -> str:
    if not reasons:
        return ""
    for digits in (2, 4, 6, 9, 12, 14):
        reason = reasons.get(code[:digits]) if digits <= len(code) else None
        if reason is not None:
            return f"已排除 excluded: {reason}"
    return ""


def _no_unit(design: Design, level: Level) -> str:
    rural = design.rural and level is Level.VILLAGE
    zh, en = ("行政村", "rural village") if rural else (level.zh, level.value)
    return f"框内没有{zh} no {en} in the frame"


def _of_lists(design: Design, lists: Mapping[str, Sequence[str]]) -> tuple[Strata, list[Skipped]]:
    problems: list[AntipovertyError] = []
    for stratum, units in lists.items():
        seen: set[str] = set()
        for number, unit in enumerate(units, 1):
            try:
                what = f"stratum {stratum}, unit number {number}"
                part(opaque(unit, what, household=True, area=stratum), what)
            except AntipovertyError as problem:
                problems.append(FieldError(problem.message))
                continue
            if unit in seen:
                problems.append(
                    FieldError(
                        "stratum {stratum}, unit number {number} is there already",
                        stratum=stratum,
                        number=number,
                    )
                )
            seen.add(unit)
    if problems:
        raise InvalidPlanError(
            "the lists of the plan {id!r} cannot be used", problems, id=design.id
        )
    skipped = [
        Skipped(1, stratum, "名单为空 the list is empty")
        for stratum in sorted(lists)
        if not lists[stratum]
    ]
    return ({s: tuple(sorted(lists[s])) for s in sorted(lists) if lists[s]},), skipped


def _sizes(design: Design, strata: Strata, given: Mapping[str, int]) -> dict[str, int]:
    """The sizes that matter; those of a coarser unit are added up where they are not given."""
    needed: dict[str, int] = {}
    problems: list[AntipovertyError] = []
    for stage, parts in zip(design.stages, strata, strict=True):
        if stage.by == "equal":
            continue
        inner = strata[-1]
        for units in parts.values():
            for unit in units:
                size = given.get(unit)
                if size is None and stage is not design.stages[-1]:
                    size = _added_up(unit, inner, given)
                if isinstance(size, bool) or not isinstance(size, int) or size < 0:
                    problems.append(
                        FieldError("{unit} has no size of a whole number from 0 up", unit=unit)
                    )
                else:
                    needed[unit] = size
    if problems:
        more = len(problems) - _SHOWN
        if more > 0:
            problems[_SHOWN:] = [FieldError("and {more} more without a size", more=more)]
        raise InvalidPlanError("the plan {id!r} draws by size", problems, id=design.id)
    return needed


def _added_up(
    unit: str, inner: Mapping[str, Sequence[str]], given: Mapping[str, int]
) -> int | None:
    sizes = [
        given.get(one)
        for stratum, units in inner.items()
        if stratum.startswith(unit)
        for one in units
    ]
    return None if None in sizes else sum(size for size in sizes if size is not None)
