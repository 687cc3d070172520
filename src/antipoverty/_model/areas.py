"""Areas form one tree by their codes; a tree with a hole is never made.

Provinces, cities, counties, townships, villages and group grids are all areas.
An area that was renamed, merged or split keeps its entry, with the day it ended
and the codes that succeeded it, so that old records still find their place.
"""

from __future__ import annotations

import functools
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from graphlib import CycleError, TopologicalSorter
from itertools import islice
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Unpack

import attrs

from antipoverty._base.collecting import nothing_collected
from antipoverty._base.csvfiles import DIGITS_LOST, ENOUGH, enough, lost_digits, read_rows
from antipoverty._base.days import days
from antipoverty._base.validity import Dated
from antipoverty._model.facts import Fact, Row
from antipoverty._model.given import AreaFacts
from antipoverty.codes import AreaCode, Level
from antipoverty.errors import (
    AntipovertyError,
    InvalidAreasError,
    InvalidArgumentError,
    InvalidCodeError,
    LineError,
    UnknownAreaError,
    did_you_mean,
    phrase,
)

AreaFault = Literal["unknown-area", "area-not-begun", "area-ended"]
"""Why a code names no one area on a day."""


class Area(Dated, Row):
    """One area (行政区划) or grid (网格), with the days its code was in use.

    >>> Area(code=AreaCode("610702"), name="汉台区").level
    <Level.COUNTY: 'county'>
    """

    if TYPE_CHECKING:  # facts are read as they are given, not as they are held

        def __init__(self, /, **facts: Unpack[AreaFacts]) -> None: ...

    KEY: ClassVar[str] = "code"
    LABEL: ClassVar[tuple[str, str]] = ("区划", "areas")

    code: Annotated[AreaCode, Fact(zh="代码", en="code")]
    name: Annotated[str, Fact(zh="名称", en="name")]
    since: Annotated[date | None, Fact(zh="启用日", en="first day in use")] = None
    until: Annotated[date | None, Fact(zh="最后启用日", en="last day in use")] = None
    successors: Annotated[tuple[AreaCode, ...], Fact(zh="后继代码", en="successor codes")] = ()

    def __repr__(self) -> str:
        ended = f", ended {self.until}" if self.until else ""
        return f"<Area {self.code} {self.name}{ended}>"

    @property
    def level(self) -> Level:
        """The level of the area, from its code."""
        return self.code.level


@attrs.frozen
class Filed:
    """The codes under which what lies in an area may have been filed, over the years.

    Attributes:
        within: The area's code and those of what became part of it.
        without: Codes that may begin like these, of what belongs elsewhere now.
    """

    within: tuple[str, ...]
    without: tuple[str, ...] = ()

    def holds(self, code: str) -> bool:
        """Tell whether something filed under a code lies in the area: the longest code says."""
        inside = max((len(one) for one in self.within if code.startswith(one)), default=-1)
        return inside > max((len(one) for one in self.without if code.startswith(one)), default=-1)

    @property
    def begins(self) -> tuple[str, ...]:
        """The shortest codes with which every code of the area begins."""
        kept: list[str] = []
        for code in self.within:
            if not kept or not code.startswith(kept[-1]):
                kept.append(code)
        return tuple(kept)


class AreaTree:
    """All areas of a country, a province or a county, by code.

    Args:
        areas: Every area once, in any order. The tops may be of any level, as
            long as they are of one level; everything below a top has its parent.

    Raises:
        InvalidAreasError: Duplicates, orphans, or successors that are not in the
            tree or go in a circle; every one is listed and no tree is made.
    """

    def __init__(self, areas: Iterable[Area]) -> None:
        listed = list(areas)
        _refuse(_problems(list(enumerate(listed, 1))))
        self._keep(listed)

    def _keep(self, listed: Iterable[Area]) -> None:
        """Order areas of which nothing is wrong."""
        self._areas: dict[str, Area] = {
            area.code: area for area in sorted(listed, key=lambda area: area.code)
        }
        children: dict[str | None, list[Area]] = {}
        for area in self._areas.values():
            above = area.code.parent
            children.setdefault(above if above in self._areas else None, []).append(area)
        self._children = {code: tuple(below) for code, below in children.items()}

    def __repr__(self) -> str:
        counts = ", ".join(
            f"{count} {level.value}" for level in Level if (count := self.count(level))
        )
        return f"<AreaTree {counts or 'empty'}>"

    def __len__(self) -> int:
        return len(self._areas)

    def __iter__(self) -> Iterator[Area]:
        return iter(self._areas.values())

    def __contains__(self, code: object) -> bool:
        return code in self._areas

    def __getitem__(self, code: str) -> Area:
        area = self._areas.get(code)
        if area is None:
            hint = did_you_mean(str(code), self._areas) if len(self._areas) < 5000 else ""
            raise UnknownAreaError(
                "area {code!s} is not in the tree of {count} areas{hint}",
                code=code,
                count=len(self),
                hint=hint,
            )
        return area

    @property
    def tops(self) -> tuple[Area, ...]:
        """The areas that have no parent in the tree."""
        return self._children.get(None, ())

    def parent(self, code: str) -> Area | None:
        """The area above, or ``None`` for a top."""
        above = self[code].code.parent
        return self._areas.get(above) if above else None

    def ancestors(self, code: str) -> tuple[Area, ...]:
        """The areas above, nearest first."""
        return tuple(
            self._areas[above] for above in self[code].code.ancestors if above in self._areas
        )

    def children(self, code: str | None = None) -> tuple[Area, ...]:
        """The areas right below an area, or the tops, by code."""
        if code is None:
            return self.tops
        return self._children.get(self[code].code, ())

    def descendants(
        self, code: str | None = None, level: Level | str | None = None
    ) -> tuple[Area, ...]:
        """All areas below an area, or in the whole tree, by code.

        Args:
            code: The area to look under; ``None`` for the whole tree.
            level: Only the areas of this level.
        """
        wanted = None if level is None else Level(level)
        found: list[Area] = []
        waiting = [*reversed(self.children(code))]
        while waiting:
            area = waiting.pop()
            if wanted is None or area.level is wanted:
                found.append(area)
            if area.level is not wanted:
                waiting.extend(reversed(self.children(area.code)))
        return tuple(found)

    def count(self, level: Level | str | None = None, code: str | None = None) -> int:
        """How many areas of a level lie below an area, or in the whole tree."""
        return len(self.descendants(code, level))

    def full_name(self, code: str) -> str:
        """The name with those of the areas above: 陕西省汉中市汉台区."""
        return "".join(area.name for area in (*reversed(self.ancestors(code)), self[code]))

    @days
    def on(self, day: date) -> AreaTree:
        """The tree of the codes in use on a day.

        Raises:
            InvalidAreasError: An area in use has a parent that is not.
        """
        return AreaTree(area.model_copy(update={"successors": ()}) for area in self if area.on(day))

    @days
    def current(self, code: str, day: date) -> tuple[Area, ...]:
        """Follow the successors of a code to the areas in use on a day.

        One area for a renamed or merged one, several for one that was split, none
        for one that ended without a successor or has not begun.
        """
        area = self[code]
        if area.on(day):
            return (area,)
        if area.until is None or day <= area.until:
            return ()
        found: dict[str, Area] = {}
        for successor in area.successors:
            for later in self.current(successor, day):
                found[later.code] = later
        return tuple(found[code] for code in sorted(found))

    @days
    def heirs(self, code: str, day: date) -> tuple[AreaCode, ...]:
        """Give the codes that an area goes by on a day: its own, or those of what succeeded it.

        Unlike `current`, it also finds the place of a code that the tree does not hold:
        a group grid goes with its village, and keeps its number where the village took
        over no other; a part of an area that was renamed has its number in the new one.

        One code for an area in use, renamed or merged, several for one that was split,
        none for one that is not known, has not begun, or ended without a successor.
        """
        known = next((one for one in (code, *AreaCode(code).ancestors) if one in self), None)
        if known is None:
            return ()
        rest = code[len(known) :]
        now = [area.code for area in self.current(known, day)]
        if not rest:
            return (*now, *self._renamed(code, day)) if not now else tuple(now)
        if len(code) != Level.GROUP.digits or len(known) != Level.VILLAGE.digits:
            return self._renamed(code, day)
        if now == [known]:
            return (AreaCode(code),)
        return tuple(AreaCode(one + rest) if self.sole_heir(one) else one for one in now)

    @days
    def fault(self, code: str, day: date) -> AreaFault | None:
        """Say why a code names no one area on a day, or nothing where it does.

        ``unknown-area``: no such code; ``area-not-begun``: it is not in use yet;
        ``area-ended``: it ended, and not one area succeeded it.
        """
        if len(self.heirs(code, day)) == 1:
            return None
        code = AreaCode(code)
        known = next((one for one in (code, *code.ancestors) if one in self), None)
        if known is None:
            return "unknown-area"
        since = self[known].since
        if since is not None and day < since:
            return "area-not-begun"
        grid = len(code) == Level.GROUP.digits and len(known) == Level.VILLAGE.digits
        if known == code or grid or not self[known].on(day):
            return "area-ended"
        return "unknown-area"

    def _renamed(self, code: str, day: date) -> tuple[AreaCode, ...]:
        """The places that a part of an ended area has by its number in what came after it."""
        for above in AreaCode(code).ancestors:
            if above in self and not self[above].on(day):
                places = [one.code + code[len(above) :] for one in self.current(above, day)]
                found = (heir for place in places for heir in self._there(place, day))
                return tuple(dict.fromkeys(found))
        return ()

    def _there(self, place: str, day: date) -> tuple[AreaCode, ...]:
        grid = len(place) == Level.GROUP.digits
        return self.heirs(place, day) if place in self or (grid and place[:12] in self) else ()

    @days
    def now(self, code: str, day: date) -> str:
        """Give the one code an area goes by on a day, or the code itself where there is none."""
        heirs = self.heirs(code, day)
        return heirs[0] if len(heirs) == 1 else code

    @days
    def filed(self, area: str, day: date) -> Filed:
        """Say under which codes what lies in an area on a day may have been filed.

        Args:
            area: Its code, of that day or of before.
            day: The day.
        """
        heads = self.heirs(area, day) or (AreaCode(area),)
        within: set[str] = {str(one) for one in heads}
        without: set[str] = set()
        for one in self:
            heirs = self.heirs(one.code, day) if one.until and one.until < day else ()
            if heirs:
                here = all(heir.startswith(tuple(heads)) for heir in heirs)
                (within if here else without).add(str(one.code))
        return Filed(tuple(sorted(within)), tuple(sorted(without)))

    def sole_heir(self, code: str) -> bool:
        """Tell whether an area succeeded one area alone, so that its parts keep their numbers."""
        return self._predecessors[code] == 1

    @functools.cached_property
    def _predecessors(self) -> Counter[str]:
        return Counter(code for area in self for code in area.successors)

    def with_areas(self, areas: Iterable[Area]) -> AreaTree:
        """Add areas: group grids (村民小组网格) under the villages, or codes that ended.

        An area that is there already is replaced by the one given.
        """
        added = list(areas)
        replaced = {area.code for area in added}
        return AreaTree([*(area for area in self if area.code not in replaced), *added])

    def digest(self) -> str:
        """SHA-256 of the sorted codes, one a line, in lower-case hex."""
        return hashlib.sha256("".join(f"{code}\n" for code in self._areas).encode()).hexdigest()

    @classmethod
    def from_csv(cls, lines: Iterable[str]) -> AreaTree:
        """Read ``level,code,name,parent`` and, where codes ended, ``since,until,successors``.

        Args:
            lines: The lines of the file, the header first. Days are written
                2023-06-30; several successors are separated by blanks.

        Raises:
            InvalidAreasError: Each problem with its line number; no tree is made.
        """
        if isinstance(lines, str | bytes):
            raise InvalidArgumentError("give the lines of the file, as text.splitlines() does")
        with nothing_collected():
            rows, problems = read_rows(lines, ("level", "code", "name", "parent"), None)
            numbered: list[tuple[int, Area]] = []
            for line, row in rows:
                try:
                    numbered.append((line, _area(row)))
                except (InvalidCodeError, ValueError) as problem:
                    problems.append(LineError(line, getattr(problem, "message", str(problem))))
                    if enough(problems, line):
                        _refuse(problems)
            _refuse([*problems, *_problems(numbered)])
            tree = cls.__new__(cls)
            tree._keep(area for _, area in numbered)
            return tree


def _area(row: Mapping[str, str]) -> Area:
    digits = row.get("code", "")
    if lost_digits(digits):
        raise ValueError(DIGITS_LOST)
    code = AreaCode(digits)
    level, parent = row.get("level", ""), row.get("parent", "")
    if code.level.value != level:
        raise ValueError(
            phrase(
                "code {code} has the {count} digits of a {level}, but its level is given as "
                "{level2!r}",
                code=code,
                count=len(code),
                level=code.level.value,
                level2=level,
            )
        )
    if parent and AreaCode(parent) != (code.parent or ""):
        raise ValueError(
            phrase(
                "code {code} begins with {parent}, but its parent is given as {parent2!r}",
                code=code,
                parent=code.parent or "no parent",
                parent2=parent,
            )
        )
    name = row.get("name", "")
    if not name:
        raise ValueError(phrase("code {code} has no name", code=code))
    return Area(
        code=code,
        name=name,
        since=_day(row.get("since", "")),
        until=_day_before(row.get("until", "")),
        successors=tuple(AreaCode(one) for one in row.get("successors", "").split()),
    )


def _day_before(text: str) -> date | None:
    """The last day in use: a file gives the day on which the code was in use no more."""
    day = _day(text)
    if day == date.min:
        raise ValueError("a code that ended on the first of all days was never in use")
    return None if day is None else day - timedelta(days=1)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise ValueError(phrase("{text!r} is not a day; write it as 2023-06-30", text=text))
    return day


def _refuse(problems: Iterable[AntipovertyError]) -> None:
    """Raise all problems together, up to a thousand, in the order of their lines."""
    found = sorted(islice(problems, ENOUGH + 1), key=lambda problem: getattr(problem, "line", 0))
    if found:
        raise InvalidAreasError("the areas cannot be used", found)


def _problems(numbered: list[tuple[int, Area]]) -> Iterator[AntipovertyError]:
    """Find duplicates, orphans, mixed tops and broken successions."""
    first: dict[str, tuple[int, Area]] = {}
    for line, area in numbered:
        there, _ = first.setdefault(area.code, (line, area))
        if there != line:
            said = "code {code} is there already, on {first}"
            yield LineError(line, said, code=area.code, first=there)
    top = min((area.level.digits for _, area in numbered), default=0)
    circle = _circle(area for _, area in first.values())
    for line, area in first.values():
        above = area.code.parent
        if area.level.digits > top and above not in first:
            yield LineError(
                line,
                "{level} {code} is an orphan: {above} is absent",
                level=area.level.value,
                code=area.code,
                above=above,
            )
        if area.never:
            yield LineError(line, "code {code} ends before it begins", code=area.code)
        if area.successors and area.until is None:
            yield LineError(line, "code {code} has successors but no day it ended", code=area.code)
        for code in area.successors:
            if code not in first:
                said = "successor {code} of {code2} is absent"
                yield LineError(line, said, code=code, code2=area.code)
        if area.code in circle:
            yield LineError(line, "the successors of {code} lead back to it", code=area.code)


def _circle(areas: Iterable[Area]) -> set[str]:
    """The first areas found whose successors lead back to them; each is gone through once."""
    try:
        TopologicalSorter({area.code: area.successors for area in areas}).prepare()
    except CycleError as found:
        return {*found.args[1]}
    return set()
