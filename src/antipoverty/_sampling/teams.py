"""The inspectors are drawn too: teams by ticket, within recusal and an even load.

For each place, in the order of the places' tickets, inspectors are tried in the order of
their own tickets for that place; the first is taken with whom everybody else can still
be served. So nobody chooses who goes where, no recusal is ever relaxed, and no inspector
has more places than the evenest division allows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

import attrs
from pydantic import AfterValidator

from antipoverty._base.documents import AreaField, Document, Line, Part, sealed
from antipoverty._base.frozen import Frozen
from antipoverty._base.provenance import Text
from antipoverty._sampling.inspectors import (
    WHYS,
    Inspector,
    Recusal,
    Why,
    check_staff,
    followed,
    staff_digest,
)
from antipoverty._sampling.matching import Matching, least_cap
from antipoverty._sampling.notice import (
    CHANGED,
    AnnouncedTeams,
    Notice,
    Opened,
    check_announced,
    differing,
)
from antipoverty._sampling.receipt import Receipt
from antipoverty._sampling.seeds import Chosen, Origin, check_seed, self_chosen
from antipoverty._sampling.tickets import Stratum
from antipoverty._sampling.verification import (
    Difference,
    Verification,
    broken_seal,
    compare,
    seed_faults,
)
from antipoverty.codes import AreaCode, Level
from antipoverty.errors import AntipovertyError, InvalidDrawError, NoTeamsError, ReusedSeedError
from antipoverty.model import AreaTree
from antipoverty.periods import Period


def _counts(given: Mapping[str, int]) -> Frozen[str, int]:
    return Frozen(given)


@attrs.frozen
class Team(Part):
    """Who checks one place.

    Attributes:
        place: Its code.
        inspectors: The ids of the team, in the order drawn.
        recused: How many inspectors may not check there, by the constraint that bars them:
            ``home``, ``works``, ``kin``, ``visited``. Who they are is told by `recusals`.
    """

    place: AreaField
    inspectors: tuple[Line, ...]
    recused: Annotated[Mapping[str, int], AfterValidator(Frozen)] = attrs.field(converter=_counts)


@attrs.frozen(repr=False)
class Teams(Document):
    """The published record of who was drawn to check what (检查人员抽签).

    Attributes:
        plan: The plan's id with ``-inspectors``, as it stands in the tickets.
        period: The period.
        receipt: The digest of the receipt that drew the places.
        seed: The seed of this draw.
        origin: The notice that it was computed from, or that it was chosen.
        inspectors_digest: SHA-256 of the canonical list of inspectors, which is not
            published: it tells where relatives live.
        recusal: The rules of recusal.
        size: How many make a team.
        limit: The most places for one, as asked for; ``None`` for the least that works.
        most: The most places that any inspector has.
        teams: Every place with its team.
        digest: SHA-256 of the canonical text of all other fields.
    """

    plan: Line
    period: Period
    receipt: Line
    seed: Line
    origin: Origin
    inspectors_digest: Line
    recusal: Recusal
    size: int
    limit: int | None
    most: int
    teams: tuple[Team, ...]
    digest: str = sealed()

    def __repr__(self) -> str:
        mark = " (self-chosen seed)" if self.self_chosen else ""
        return (
            f"<Teams {self.plan} {self.period}{mark}: {self.size} for each of {len(self.teams)} "
            f"places, at most {self.most} places each, {self.digest[:12]}>"
        )

    @property
    def self_chosen(self) -> bool:
        """Whether whoever drew could choose the seed."""
        return self_chosen(self.origin)

    @property
    def loads(self) -> Mapping[str, int]:
        """How many places each inspector has; those with none are left out."""
        return Counter(one for team in self.teams for one in team.inspectors)


@attrs.frozen
class Recused:
    """One inspector who may not check one place, and the constraint that bars them."""

    place: AreaCode
    inspector: str
    why: Why


def recusals(
    receipt: Receipt,
    inspectors: Iterable[Inspector],
    *,
    areas: AreaTree,
    recusal: Recusal | None = None,
) -> tuple[Recused, ...]:
    """Say which constraint keeps whom away from which place: for the file, not for publication.

    Raises:
        InvalidPlanError: A code of an inspector cannot be followed.
    """
    rules = recusal or Recusal()
    staff = _followed(inspectors, areas, receipt.period, rules)
    return tuple(
        Recused(place, one.id, why)
        for place in map(AreaCode, receipt.picks())
        for one in staff
        if (why := rules.reason(one, place, receipt.period)) is not None
    )


def _followed(
    inspectors: Iterable[Inspector], areas: AreaTree, period: Period, rules: Recusal
) -> list[Inspector]:
    return followed(inspectors, areas, period.first, Level(rules.home_level))


def draw_teams(
    receipt: Receipt,
    inspectors: Iterable[Inspector],
    *,
    areas: AreaTree,
    seed: str | Opened,
    size: int = 2,
    most: int | None = None,
    recusal: Recusal | None = None,
    history: Iterable[Receipt | Teams] = (),
) -> Teams:
    """Draw a team for every place that a receipt drew.

    Args:
        receipt: What was drawn; its last stage gives the places.
        inspectors: Everybody who may be sent.
        areas: The tree by which the inspectors' areas are followed to the codes of today.
        seed: The round's notice with its results; or a text of its own, for rehearsals.
        size: How many make a team, at least two.
        most: The most places for one inspector; by default the least that works.
        recusal: Who may not check where.
        history: Earlier receipts and records of teams: their seeds are refused.

    Raises:
        InvalidPlanError: An inspector stands twice, a number cannot be used, or an area of
            an inspector is not in the tree.
        NoTeamsError: Not every place can be served. The error names a smallest set of
            places in conflict: without any one of them the rest could be.
        ReusedSeedError: The receipt, or one of the history, used the seed.
        UnannouncedDrawError: The notice fixed other inspectors, rules or sizes.
        WeakSeedError: See `draw`.
    """
    rules = recusal or Recusal()
    staff = sorted(inspectors, key=lambda one: one.id)
    check_staff(staff, size, most, rules)
    if isinstance(seed, str):
        check_seed(seed)
        if seed == receipt.seed or any(one.seed == seed for one in history):
            raise ReusedSeedError("a receipt used this seed already; draw the teams with another")
        return _drawn(receipt, staff, areas, seed, Chosen(), size, most, rules)
    if seed.notice.period != receipt.period:
        raise InvalidDrawError(
            "the notice is for {period}, not {period2}",
            period=seed.notice.period,
            period2=receipt.period,
        )
    now = AnnouncedTeams(receipt.design.id, staff_digest(staff), len(staff), rules, size, most)
    check_announced(_fixed(seed.notice, receipt.design.id), now, f"{receipt.design.id}-inspectors")
    text = seed.seed(f"{receipt.design.id}-inspectors")
    return _drawn(receipt, staff, areas, text, seed.origin, size, most, rules)


def _fixed(notice: Notice, plan: str) -> AnnouncedTeams | None:
    return next((one for one in notice.teams if one.plan == plan), None)


def _drawn(
    receipt: Receipt,
    listed: Sequence[Inspector],
    areas: AreaTree,
    seed: str,
    origin: Origin,
    size: int,
    limit: int | None,
    rules: Recusal,
) -> Teams:
    staff = _followed(listed, areas, receipt.period, rules)
    plan, period = f"{receipt.design.id}-inspectors", str(receipt.period)
    places = [AreaCode(place) for place in receipt.picks()]
    ranked = [place for _, place in Stratum(seed, plan, period, "*").ranked(places)]
    free: dict[str, list[str]] = {}
    barred: dict[str, Counter[str]] = {}
    for place in places:
        reasons = {one.id: rules.reason(one, place, receipt.period) for one in staff}
        able = [id_ for id_, why in reasons.items() if why is None]
        free[place] = [one for _, one in Stratum(seed, plan, period, place).ranked(able)]
        barred[place] = Counter(why for why in reasons.values() if why is not None)
    cap = limit or least_cap(free, size, len(staff))
    found = Matching(free, size, cap)
    if not found.complete():
        raise _conflict(found, barred)
    found.draw(ranked)
    return Teams(
        plan,
        receipt.period,
        receipt.digest,
        seed,
        origin,
        staff_digest(listed),
        rules,
        size,
        limit,
        cap,
        tuple(
            Team(
                place,
                tuple(found.teams[place]),
                {why: barred[place][why] for why in WHYS if barred[place][why]},
            )
            for place in places
        ),
    )


def verify_teams(
    teams: Teams | str,
    receipt: Receipt,
    inspectors: Iterable[Inspector] | None,
    *,
    areas: AreaTree,
    notice: Notice | None = None,
    results: Sequence[str] | None = None,
) -> Verification:
    """Draw the teams again and compare every field.

    Args:
        teams: The record, or its JSON as published.
        receipt: The receipt that drew the places.
        inspectors: The list, which only those who may see it have; ``None`` without.
        areas: The area tree.
        notice: The notice that the record names.
        results: What came of the notice's events, as you looked it up yourself.

    Raises:
        InvalidDocumentError: The text is no record of teams.
    """
    read = Teams.from_json(teams) if isinstance(teams, str) else teams
    wanting: list[Text] = []
    found = [*broken_seal(read, teams if isinstance(teams, str) else None)]
    found += seed_faults(read.seed, read.origin, read.plan, notice, results, wanting)
    if read.seed == receipt.seed:
        found.append(Difference("seed", read.seed, "the receipt's own, known by then"))
    if inspectors is None:
        wanting.append(
            Text("检查人员名单（不公开）", "the list of inspectors, which is not published")
        )
    else:
        found += _again(read, receipt, sorted(inspectors, key=lambda one: one.id), areas)
    if notice is not None:
        fixed = _fixed(notice, receipt.design.id)
        if fixed is None:
            found.append(Difference("plan", read.plan, "the notice does not announce it"))
        else:
            now = AnnouncedTeams(
                receipt.design.id,
                read.inspectors_digest,
                fixed.inspectors,
                read.recusal,
                read.size,
                read.limit,
            )
            found += [
                Difference(name, "", f"{CHANGED[name][1]} is not what the notice fixed")
                for name in differing(fixed, now)
            ]
    subject = f"{read.plan} {read.period}"
    return Verification(subject, tuple(found), tuple(wanting), read.self_chosen)


def _again(
    read: Teams, receipt: Receipt, staff: Sequence[Inspector], areas: AreaTree
) -> list[Difference]:
    try:
        check_staff(staff, read.size, read.limit, read.recusal)
        again = _drawn(
            receipt, staff, areas, read.seed, read.origin, read.size, read.limit, read.recusal
        )
    except AntipovertyError as problem:
        return [Difference("the draw", "teams", str(problem))]
    return compare(read, again)


def _conflict(failed: Matching, barred: Mapping[str, Counter[str]]) -> NoTeamsError:
    """Name a set of places that cannot all be served, and none of which can be left out."""
    free, size, cap = failed.free, failed.size, failed.cap
    short = [place for place in sorted(free) if len(free[place]) < size]
    conflict = short[:1] or sorted(free)
    for place in list(conflict) if not short else []:
        without = [one for one in conflict if one != place]
        if not Matching({one: free[one] for one in without}, size, cap).complete():
            conflict = without
    reasons: Counter[str] = sum((barred[place] for place in conflict), Counter())
    able = {one for place in conflict for one in free[place]}
    told = ", ".join(f"{count} by {why}" for why, count in sorted(reasons.items())) or "none"
    return NoTeamsError(
        "{conflict} need {size} seats filled; {count} inspectors may go there, each to at most "
        "{cap} places (recused there: {told}); add inspectors or raise the load, no recusal is "
        "relaxed",
        conflict,
        conflict=", ".join(conflict),
        size=size * len(conflict),
        count=len(able),
        cap=cap,
        told=told,
    )
