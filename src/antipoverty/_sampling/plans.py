"""A design says what is drawn from what; a plan applies it to areas or to lists.

Each area of the strata's level is one stratum. The first stage draws units inside it,
the second draws inside each unit drawn, and so on. The frame is what is left of the
area tree after the filters; it is fixed, and its digest published, before the draw.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Literal

import attrs

from antipoverty._base.documents import Line, Part, TextMap, frozen_texts
from antipoverty._base.frozen import Frozen
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
from antipoverty.periods import Cadence, Period

LISTED = "list"
"""The level of the units of a plan that draws from lists, not from areas."""

_LEVELS = [level.value for level in Level]
_WITHIN = re.compile(r"within\(([1-9]\d{0,5})\)")
_SHOWN = 20


def within(rounds: int) -> str:
    """Name the policy under which nobody waits longer than some rounds.

    >>> within(12)
    'within(12)'
    """
    return f"within({rounds})"


def rounds_of(coverage: str) -> int | None:
    """Give the rounds of ``within(n)``; ``None`` for another policy.

    Raises:
        ValueError: It is no policy of coverage.
    """
    found = _WITHIN.fullmatch(coverage)
    if found is None and coverage not in ("independent", "cycle"):
        raise ValueError(
            f"coverage {coverage!r} is not 'independent', 'cycle' or 'within(12)' with a number "
            "of rounds of at least 1"
        )
    return int(found[1]) if found else None


@attrs.frozen
class Stage(Part):
    """One stage of a design: what is drawn inside a stratum.

    Attributes:
        level: The level of the units, such as ``village``; ``list`` for listed units.
        take: How many units are drawn in each stratum.
        by: ``equal`` chance, or chance in proportion to ``size``.
        coverage: ``independent``, ``cycle`` or ``within(n)``.
        replacements: How many replacements the receipt names, in order.
    """

    level: Line
    take: int = 1
    by: Literal["equal", "size"] = "equal"
    coverage: Line = "independent"
    replacements: int = 3


@attrs.frozen
class Design(Part):
    """What is drawn from what; it stands on every receipt.

    Attributes:
        id: The plan's id, which is part of every ticket.
        strata: The level whose areas are the strata; ``list`` for lists.
        stages: One or more, from the coarsest.
        rural: Whether only villagers' committees (村委会) are in the frame.
        excluded: Codes left out, with all below them, and the reason of each.
        cadence: How long the periods are, such as ``week``; empty for any.
        source: The document that fixes these choices; without one they are illustrative.

    Raises:
        InvalidPlanError: The parts do not fit; every problem is listed.
    """

    id: Line
    strata: Line
    stages: tuple[Stage, ...]
    rural: bool = False
    excluded: TextMap = attrs.field(factory=Frozen, converter=frozen_texts)
    cadence: str = ""
    source: str = ""

    def __attrs_post_init__(self) -> None:
        problems = [FieldError(text) for text in _faults(self)]
        if problems:
            raise InvalidPlanError(f"the plan {self.id!r} cannot be used", problems)

    def check_period(self, period: Period) -> None:
        """Refuse a period of another length.

        Raises:
            InvalidDrawError: The plan is for another cadence.
        """
        if self.cadence and period.cadence.value != self.cadence:
            raise InvalidDrawError(
                f"the plan {self.id!r} is drawn every {self.cadence}; {period} is a "
                f"{period.cadence.value}"
            )

    @property
    def illustrative(self) -> bool:
        """Whether no document is named as the source of its choices."""
        return not self.source

    @property
    def listed(self) -> bool:
        """Whether units come from lists, not from the area tree."""
        return self.strata == LISTED


def _faults(design: Design) -> Iterable[str]:
    try:
        part(design.id, "the plan's id")
    except InvalidDrawError as problem:
        yield problem.message
    if design.cadence not in ("", *(one.value for one in Cadence)):
        yield f"the cadence is one of {', '.join(one.value for one in Cadence)}, or empty"
    if not design.stages:
        yield "a plan has at least one stage"
    levels = [design.strata, *(stage.level for stage in design.stages)]
    if design.listed:
        if levels[1:] != [LISTED]:
            yield "a plan on lists has one stage, of level 'list'"
        if design.rural or design.excluded:
            yield "a plan on lists has no filter; filter the lists"
    elif any(level not in _LEVELS for level in levels):
        yield f"levels are {', '.join(_LEVELS)}"
    elif (order := [_LEVELS.index(level) for level in levels]) != sorted(set(order)):
        yield "each stage lies below the one before, and the first below the strata"
    if design.rural and levels[-1] not in ("village", "group"):
        yield "only villages and groups are known to be rural"
    for number, stage in enumerate(design.stages, 1):
        yield from (f"stage {number}: {fault}" for fault in _stage_faults(stage, number))


def _stage_faults(stage: Stage, number: int) -> Iterable[str]:
    if stage.take < 1 or stage.replacements < 0:
        yield "take is at least 1 and replacements at least 0"
    try:
        rounds = rounds_of(stage.coverage)
    except ValueError as problem:
        yield str(problem)
        return
    if rounds is not None and number > 1:
        yield "within(n) needs a draw in every round, so it is for the first stage only"
    if rounds is not None and stage.by == "size" and stage.take > 1:
        yield "within(n) with chances by size takes one unit at a time"


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
    """

    strata: tuple[Mapping[str, tuple[str, ...]], ...] = attrs.field(repr=False)
    skipped: tuple[Skipped, ...] = attrs.field(repr=False)
    sizes: Mapping[str, int] = attrs.field(repr=False)
    digest: str
    sizes_digest: str | None
    count: int


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
        raise InvalidDrawError(f"the plan {design.id!r} draws from {wanted}")
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
            f"the frame of the plan {design.id!r} is empty: no {design.stages[-1].level} is left "
            f"under any {design.strata}"
        )
    needed = _sizes(design, strata, sizes or {})
    return Frame(
        strata,
        tuple(skipped),
        needed,
        _digest(lines),
        _digest(f"{unit} {needed[unit]}\n" for unit in sorted(needed)) if needed else None,
        len(lines),
    )


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def in_use(areas: AreaTree, day: date) -> AreaTree:
    """The tree of the codes in use on a day; the same tree where all are."""
    return areas if all(area.in_use(day) for area in areas) else areas.on(day)


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
                part(unit, f"stratum {stratum}, unit number {number}")
            except InvalidDrawError as problem:
                problems.append(FieldError(problem.message))
                continue
            if unit in seen:
                problems.append(
                    FieldError(f"stratum {stratum}, unit number {number} is there already")
                )
            seen.add(unit)
    if problems:
        raise InvalidPlanError(f"the lists of the plan {design.id!r} cannot be used", problems)
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
                    problems.append(FieldError(f"{unit} has no size of a whole number from 0 up"))
                else:
                    needed[unit] = size
    if problems:
        more = len(problems) - _SHOWN
        if more > 0:
            problems[_SHOWN:] = [FieldError(f"and {more} more without a size")]
        raise InvalidPlanError(f"the plan {design.id!r} draws by size", problems)
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


class Plan:
    """A design on areas or lists: what `draw` is given.

    Args:
        design: What is drawn from what.
        source: The areas; or, for a plan on lists, the units of each stratum.
        sizes: The size of each unit, for chances in proportion to it.
    """

    def __init__(
        self, design: Design, source: Source, sizes: Mapping[str, int] | None = None
    ) -> None:
        self.design = design
        self.source = source
        self.sizes = Frozen(sizes) if sizes else None
        self.dated = isinstance(source, AreaTree) and any(one.since or one.until for one in source)
        self._frames: dict[date | None, Frame] = {}

    def __repr__(self) -> str:
        mark = " (illustrative)" if self.design.illustrative else ""
        stages = ", then ".join(f"{s.take} {s.level} by {s.by}" for s in self.design.stages)
        return f"<Plan {self.design.id}{mark}: {stages} in every {self.design.strata}>"

    def frame(self, day: date) -> Frame:
        """The frame on a day; see `frame_of`."""
        key = day if self.dated else None
        if key not in self._frames:
            self._frames[key] = frame_of(self.design, self.source, day, self.sizes)
        return self._frames[key]


class WeeklyVillagePlan(Plan):
    """One village in every county, every week (每周在每个县随机抽取一个村).

    Args:
        areas: The tree.
        excluded: Codes left out, with all below them, and the reason of each.
        coverage: ``independent``, ``cycle`` or ``within(n)`` over a county's villages.
        replacements: How many replacements the receipt names for each county.
        source: The document that fixes these choices. The mechanism's own text fixes
            one village, every county, every week; nothing else is published.

    Source:
        Shaanxi's double random checks (双随机抽查), 2021.
    """

    def __init__(
        self,
        areas: AreaTree,
        *,
        excluded: Mapping[str, str] | None = None,
        coverage: str = "independent",
        replacements: int = 3,
        source: str = "",
    ) -> None:
        stage = Stage("village", coverage=coverage, replacements=replacements)
        super().__init__(
            Design(
                "weekly-village",
                "county",
                (stage,),
                rural=True,
                excluded=excluded or {},
                cadence="week",
                source=source,
            ),
            areas,
        )


class OnSitePlan(Plan):
    """One county in every city, and one sample village in it (每市抽一县、县抽一村).

    Args:
        areas: The tree.
        excluded: Codes left out, with all below them, and the reason of each.
        coverage: The policy over a city's counties; the default lets none repeat until
            all were drawn, because the mechanism promises that all counties get covered.
        replacements: How many replacements the receipt names for each draw.
        source: The document that fixes these choices, if there is one.

    Source:
        Shaanxi's double random checks (双随机抽查), 2021.
    """

    def __init__(
        self,
        areas: AreaTree,
        *,
        excluded: Mapping[str, str] | None = None,
        coverage: str = "cycle",
        replacements: int = 3,
        source: str = "",
    ) -> None:
        stages = (
            Stage("county", coverage=coverage, replacements=replacements),
            Stage("village", replacements=replacements),
        )
        super().__init__(
            Design("onsite", "city", stages, rural=True, excluded=excluded or {}, source=source),
            areas,
        )


class HouseholdPlan(Plan):
    """Households inside sample villages, none repeated until all were drawn (抽户).

    Args:
        households: The household ids of each village.
        take: How many households in each village.
        coverage: ``cycle`` lets none repeat across rounds.
        replacements: How many replacements the receipt names for each village.
        source: The document that fixes these choices, if there is one.
    """

    def __init__(
        self,
        households: Mapping[str, Sequence[str]],
        *,
        take: int,
        coverage: str = "cycle",
        replacements: int = 3,
        source: str = "",
    ) -> None:
        stage = Stage(LISTED, take, coverage=coverage, replacements=replacements)
        super().__init__(Design("households", LISTED, (stage,), source=source), households)
