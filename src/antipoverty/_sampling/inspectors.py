"""Who may be sent to check, and who may not check where (回避)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal

import attrs
from dateutil.relativedelta import relativedelta

from antipoverty._base.documents import AreaField, Line, Part, digest_of, plain, read_as
from antipoverty._base.opaque import opaque
from antipoverty._sampling.tickets import part
from antipoverty.codes import AreaCode, Level
from antipoverty.errors import (
    AntipovertyError,
    FieldError,
    InvalidPlanError,
    UnknownAreaError,
    phrase,
)
from antipoverty.model import AreaTree
from antipoverty.periods import Period

Why = Literal["home", "works", "kin", "visited"]
WHYS: tuple[Why, ...] = ("home", "works", "kin", "visited")


def _codes(given: Iterable[str]) -> tuple[AreaCode, ...]:
    return tuple(map(AreaCode, given))


@attrs.frozen
class Visit(Part):
    """One place that an inspector was in, and the period of the draw that sent them."""

    place: AreaField = attrs.field(converter=AreaCode)
    period: Period


@attrs.frozen
class Inspector(Part):
    """Somebody who may be sent to check (检查人员).

    Attributes:
        id: An opaque staff id; never a name.
        home: The area they come from, or ``None``.
        works_in: The areas they are responsible for.
        kin: The areas where their relatives live or hold office.
        visited: Where they were sent before.
    """

    id: Line
    home: AreaField | None = attrs.field(
        default=None, converter=attrs.converters.optional(AreaCode)
    )
    works_in: tuple[AreaField, ...] = attrs.field(default=(), converter=_codes)
    kin: tuple[AreaField, ...] = attrs.field(default=(), converter=_codes)
    visited: tuple[Visit, ...] = ()


@attrs.frozen
class Recusal(Part):
    """Who may not check where (回避); a source is named, or the choices are illustrative.

    Attributes:
        home_level: Nobody checks in the area of this level that they come from.
        months: Nobody checks a place they were sent to in so many months before.
        source: The document that fixes this.
    """

    home_level: Line = "county"
    months: int = 12
    source: str = ""

    def reason(self, inspector: Inspector, place: AreaCode, period: Period) -> Why | None:
        """Say why an inspector may not check a place, or ``None``."""
        level = Level(self.home_level)
        if inspector.home is not None and _touch(inspector.home, place.at(level)):
            return "home"
        if any(_touch(area, place) for area in inspector.works_in):
            return "works"
        if any(_touch(area, place) for area in inspector.kin):
            return "kin"
        since = period.first - relativedelta(months=self.months)
        if any(
            _touch(visit.place, place) and visit.period.last >= since for visit in inspector.visited
        ):
            return "visited"
        return None


def _touch(one: AreaCode, other: AreaCode) -> bool:
    return one.covers(other) or other.covers(one)


def read_inspectors(text: str) -> tuple[Inspector, ...]:
    """Read ``{"inspectors": [{"id": ..., "home": ..., ...}]}``; only ``id`` must be there.

    Raises:
        InvalidDocumentError: It has another form; every problem is listed.
    """
    return read_as(_Staff, text, "list of inspectors").inspectors


@attrs.frozen
class _Staff(Part):
    inspectors: tuple[Inspector, ...]


def staff_digest(staff: Iterable[Inspector]) -> str:
    """SHA-256 of the canonical list of inspectors, by id."""
    listed = sorted(staff, key=lambda one: one.id)
    return digest_of({"inspectors": plain(list(listed))})


def check_staff(staff: Sequence[Inspector], size: int, most: int | None, rules: Recusal) -> None:
    """Refuse a list of inspectors, a size, a load or rules that cannot be used.

    Raises:
        InvalidPlanError: Every problem is listed.
    """
    problems: list[AntipovertyError] = []
    if size < 2:
        problems.append(FieldError("a team has at least two inspectors"))
    if most is not None and most < 1:
        problems.append(FieldError("an inspector has at least one place"))
    if rules.home_level not in [level.value for level in Level] or rules.months < 0:
        problems.append(FieldError("recusal takes a level such as 'county', and months from 0 up"))
    for number, one in enumerate(staff, 1):
        try:
            part(
                opaque(one.id, phrase("the id of inspector number {number}", number=number)),
                "an id",
            )
        except AntipovertyError as problem:
            problems.append(FieldError(problem.message))
    for id_, count in sorted(Counter(one.id for one in staff).items()):
        if count > 1:
            problems.append(FieldError("inspector {id} stands {count} times", id=id_, count=count))
    if problems:
        raise InvalidPlanError("the inspectors cannot be drawn", problems)


def followed(
    staff: Iterable[Inspector], areas: AreaTree, day: date, home_level: Level
) -> list[Inspector]:
    """The same inspectors, with every area by the codes it has on a day.

    What was renamed, merged or split is followed to its successors: nobody escapes a
    recusal because the home county has another code now.

    Raises:
        InvalidPlanError: A code is not in the area tree; each is named with its inspector.
    """
    problems: list[AntipovertyError] = []
    known: dict[str, tuple[AreaCode, ...]] = {}

    def now(code: AreaCode, id_: str, what: str) -> tuple[AreaCode, ...]:
        if code not in known:
            try:
                known[code] = tuple(area.code for area in areas.current(code, day))
            except UnknownAreaError:
                known[code] = ()
        if not known[code]:
            problems.append(
                FieldError(
                    "inspector {id}, {what}: {code} is not in the area tree, or ended without "
                    "successors; correct it, or add the area with the codes it became",
                    id=id_,
                    what=what,
                    code=code,
                )
            )
        return known[code]

    found: list[Inspector] = []
    for one in staff:
        homes = now(one.home, one.id, "home") if one.home is not None else ()
        found.append(
            attrs.evolve(
                one,
                home=homes[0] if homes else None,
                # Of a home that was split, the other parts bar their own counties too.
                works_in=(
                    *(AreaCode(home[: home_level.digits]) for home in homes[1:]),
                    *(c for area in one.works_in for c in now(area, one.id, "works_in")),
                ),
                kin=tuple(c for area in one.kin for c in now(area, one.id, "kin")),
                visited=tuple(
                    Visit(c, visit.period)
                    for visit in one.visited
                    for c in now(visit.place, one.id, "visited")
                ),
            )
        )
    if problems:
        raise InvalidPlanError("the inspectors' areas cannot be followed", problems)
    return found
