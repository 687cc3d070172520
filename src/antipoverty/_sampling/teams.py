"""The inspectors are drawn too: teams by ticket, within recusal and an even load.

For each place, in the order of the places' tickets, inspectors are tried in the order of
their own tickets for that place; the first is taken with whom everybody else can still
be served. So nobody chooses who goes where, no recusal is ever relaxed, and no inspector
has more places than the evenest division allows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import attrs
from dateutil.relativedelta import relativedelta

from antipoverty._base.documents import (
    AreaField,
    Document,
    Line,
    Part,
    digest_of,
    plain,
    read_as,
    sealed,
)
from antipoverty._sampling.receipt import Receipt
from antipoverty._sampling.seeds import Given, check_seed
from antipoverty._sampling.tickets import Stratum, part
from antipoverty._sampling.verify import Difference, Verification, broken_seal, compare
from antipoverty.codes import AreaCode, Level
from antipoverty.errors import (
    AntipovertyError,
    FieldError,
    InvalidDrawError,
    InvalidPlanError,
    NoTeamsError,
)
from antipoverty.periods import Period

Why = Literal["home", "works", "kin", "visited"]


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


@attrs.frozen
class Team(Part):
    """Who checks one place.

    Attributes:
        place: Its code.
        inspectors: The ids of the team, in the order drawn.
        recused: How many inspectors may not check there.
    """

    place: AreaField
    inspectors: tuple[Line, ...]
    recused: int


@attrs.frozen(repr=False)
class Teams(Document):
    """The published record of who was drawn to check what (检查人员抽签).

    Attributes:
        plan: The plan's id with ``-inspectors``, as it stands in the tickets.
        period: The period.
        receipt: The digest of the receipt that drew the places.
        seed: The seed of this draw.
        inspectors_digest: SHA-256 of the canonical list of inspectors, which is not
            published: it tells where relatives live.
        recusal: The rules of recusal.
        size: How many make a team.
        most: The most places that any inspector has.
        teams: Every place with its team.
        digest: SHA-256 of the canonical text of all other fields.
    """

    plan: Line
    period: Period
    receipt: Line
    seed: Line
    inspectors_digest: Line
    recusal: Recusal
    size: int
    most: int
    teams: tuple[Team, ...]
    digest: str = sealed()

    def __repr__(self) -> str:
        return (
            f"<Teams {self.plan} {self.period}: {self.size} for each of {len(self.teams)} places, "
            f"at most {self.most} places each, {self.digest[:12]}>"
        )

    @property
    def loads(self) -> Mapping[str, int]:
        """How many places each inspector has; those with none are left out."""
        return Counter(one for team in self.teams for one in team.inspectors)


def read_inspectors(text: str) -> tuple[Inspector, ...]:
    """Read ``{"inspectors": [{"id": ..., "home": ..., ...}]}``; only ``id`` must be there.

    Raises:
        InvalidDocumentError: It has another form; every problem is listed.
    """
    return read_as(_Staff, text, "list of inspectors").inspectors


@attrs.frozen
class _Staff(Part):
    inspectors: tuple[Inspector, ...]


def draw_teams(
    receipt: Receipt,
    inspectors: Iterable[Inspector],
    *,
    seed: str,
    size: int = 2,
    most: int | None = None,
    recusal: Recusal | None = None,
) -> Teams:
    """Draw a team for every place that a receipt drew.

    Args:
        receipt: What was drawn; its last stage gives the places.
        inspectors: Everybody who may be sent.
        seed: A seed of its own; the receipt's is known by now.
        size: How many make a team, at least two.
        most: The most places for one inspector; by default the least that works.
        recusal: Who may not check where.

    Raises:
        InvalidPlanError: An inspector stands twice, or a number cannot be used.
        NoTeamsError: Not every place can be served. The error names a smallest set of
            places in conflict: without any one of them the rest could be.
        ReusedSeedError, WeakSeedError: See `draw`.
    """
    check_seed(seed, Given())
    if seed == receipt.seed:
        raise InvalidDrawError("the receipt's seed is known by now; draw the teams with another")
    rules = recusal or Recusal()
    staff = sorted(inspectors, key=lambda one: one.id)
    _check(staff, size, most, rules)
    plan, period = f"{receipt.design.id}-inspectors", str(receipt.period)
    places = [AreaCode(place) for place in receipt.picks()]
    ranked = [place for _, place in Stratum(seed, plan, period, "*").ranked(places)]
    free: dict[str, list[str]] = {}
    for place in places:
        able = [one.id for one in staff if rules.reason(one, place, receipt.period) is None]
        free[place] = [one for _, one in Stratum(seed, plan, period, place).ranked(able)]
    cap = most or _least_cap(free, size, len(staff))
    found = _Matching(free, size, cap)
    if not found.complete():
        raise _conflict(found, staff, rules, receipt.period)
    found.draw(ranked)
    return Teams(
        plan,
        receipt.period,
        receipt.digest,
        seed,
        _digest(staff),
        rules,
        size,
        cap,
        tuple(
            Team(place, tuple(found.teams[place]), len(staff) - len(free[place]))
            for place in places
        ),
    )


def _digest(staff: Sequence[Inspector]) -> str:
    return digest_of({"inspectors": plain(list(staff))})


def _check(staff: Sequence[Inspector], size: int, most: int | None, rules: Recusal) -> None:
    problems: list[AntipovertyError] = []
    if size < 2:
        problems.append(FieldError("a team has at least two inspectors"))
    if most is not None and most < 1:
        problems.append(FieldError("an inspector has at least one place"))
    if rules.home_level not in [level.value for level in Level] or rules.months < 0:
        problems.append(FieldError("recusal takes a level such as 'county', and months from 0 up"))
    for number, one in enumerate(staff, 1):
        try:
            part(one.id, f"the id of inspector number {number}")
        except InvalidDrawError as problem:
            problems.append(FieldError(problem.message))
    for id_, count in sorted(Counter(one.id for one in staff).items()):
        if count > 1:
            problems.append(FieldError(f"inspector {id_} stands {count} times"))
    if problems:
        raise InvalidPlanError("the inspectors cannot be drawn", problems)


def verify_teams(
    teams: Teams | str, receipt: Receipt, inspectors: Iterable[Inspector]
) -> Verification:
    """Draw the teams again and compare every field.

    Raises:
        InvalidDocumentError: The text is no record of teams.
    """
    read = Teams.from_json(teams) if isinstance(teams, str) else teams
    found = [*broken_seal(read, teams if isinstance(teams, str) else None)]
    try:
        again = draw_teams(
            receipt,
            inspectors,
            seed=read.seed,
            size=read.size,
            most=read.most,
            recusal=read.recusal,
        )
    except AntipovertyError as problem:
        found.append(Difference("the draw", "teams", str(problem)))
    else:
        found += compare(read, again)
    return Verification(f"{read.plan} {read.period}", tuple(found))


# --- matching --------------------------------------------------------------------------


class _Matching:
    """Teams that keep every recusal and load, grown one seat at a time."""

    def __init__(self, free: Mapping[str, Sequence[str]], size: int, cap: int) -> None:
        self.free, self.size, self.cap = free, size, cap
        self.teams: dict[str, list[str]] = {place: [] for place in free}
        self.places: dict[str, set[str]] = {one: set() for row in free.values() for one in row}
        self.fixed: set[tuple[str, str]] = set()

    def complete(self) -> bool:
        """Fill every team; tell whether it could be done."""
        return all(
            self.grow(place, set()) for place in self.free for _ in range(self.missing(place))
        )

    def missing(self, place: str) -> int:
        return self.size - len(self.teams[place])

    def grow(self, place: str, tried: set[str]) -> bool:
        """Give a place one inspector more, moving others where need be."""
        for one in self.free[place]:
            if one in tried or one in self.teams[place]:
                continue
            tried.add(one)
            if len(self.places[one]) < self.cap or self._make_room(one, tried):
                self._seat(place, one)
                return True
        return False

    def _make_room(self, one: str, tried: set[str]) -> bool:
        for other in sorted(self.places[one]):
            if (other, one) not in self.fixed and self.grow(other, tried):
                self._unseat(other, one)
                return True
        return False

    def _seat(self, place: str, one: str) -> None:
        self.teams[place].append(one)
        self.places[one].add(place)

    def _unseat(self, place: str, one: str) -> None:
        self.teams[place].remove(one)
        self.places[one].remove(place)

    def draw(self, ranked: Sequence[str]) -> None:
        """Go through the places and fix the first inspectors that leave the rest possible."""
        for place in ranked:
            drawn: list[str] = []
            for one in self.free[place]:
                if len(drawn) < self.size and self._fix(place, one):
                    drawn.append(one)
            self.teams[place] = drawn

    def _fix(self, place: str, one: str) -> bool:
        if one not in self.teams[place]:
            before = {p: list(t) for p, t in self.teams.items()}
            loose = [x for x in self.teams[place] if (place, x) not in self.fixed]
            self._unseat(place, loose[-1])
            if len(self.places[one]) >= self.cap and not self._make_room(one, {one}):
                self._restore(before)
                return False
            self._seat(place, one)
        self.fixed.add((place, one))
        return True

    def _restore(self, teams: dict[str, list[str]]) -> None:
        self.teams = teams
        for row in self.places.values():
            row.clear()
        for place, team in teams.items():
            for one in team:
                self.places[one].add(place)


def _least_cap(free: Mapping[str, Sequence[str]], size: int, staff: int) -> int:
    """The least load under which every place can be served, or the number of places."""
    least = max(-(-size * len(free) // max(staff, 1)), 1)
    for cap in range(least, len(free)):
        if _Matching(free, size, cap).complete():
            return cap
    return max(len(free), 1)


def _conflict(
    failed: _Matching, staff: Sequence[Inspector], rules: Recusal, period: Period
) -> NoTeamsError:
    """Name a set of places that cannot all be served, and none of which can be left out."""
    free, size, cap = failed.free, failed.size, failed.cap
    short = [place for place in sorted(free) if len(free[place]) < size]
    conflict = short[:1] or sorted(free)
    for place in list(conflict) if not short else []:
        without = [one for one in conflict if one != place]
        if not _Matching({one: free[one] for one in without}, size, cap).complete():
            conflict = without
    reasons = Counter(
        why
        for place in conflict
        for one in staff
        if (why := rules.reason(one, AreaCode(place), period)) is not None
    )
    able = {one for place in conflict for one in free[place]}
    told = ", ".join(f"{count} by {why}" for why, count in sorted(reasons.items())) or "none"
    return NoTeamsError(
        f"{', '.join(conflict)} need {size * len(conflict)} seats filled; {len(able)} inspectors "
        f"may go there, each to at most {cap} places (recused there: {told}); add inspectors or "
        "raise the load, no recusal is relaxed",
        conflict,
    )
