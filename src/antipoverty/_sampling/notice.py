"""The notice (抽取公告) fixes everything but the seed, before the seed can be known.

It names the public events to come whose results will give the seed. One notice serves
all draws of a round, the villages, the households and the inspectors; each gets a seed
of its own, computed from the notice's digest and the results. Whoever changed a village,
a size or an inspector afterwards would have another digest, and so no notice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import attrs

from antipoverty._base.days import days
from antipoverty._base.documents import Document, Line, Part, sealed
from antipoverty._sampling.design import Design
from antipoverty._sampling.events import Event, bits, check_events, check_results, faults_of
from antipoverty._sampling.frames import Frame
from antipoverty._sampling.history import check_kept, looked_at, series_before
from antipoverty._sampling.inspectors import Inspector, Recusal, check_staff, staff_digest
from antipoverty._sampling.plans import Plan
from antipoverty._sampling.receipt import Receipt
from antipoverty._sampling.seeds import (
    FromNotice,
    check_plain,
    check_seed,
    derived_seed,
    seed_digest,
)
from antipoverty.errors import (
    AntipovertyError,
    FieldError,
    InvalidDrawError,
    SeedOrderError,
    UnannouncedDrawError,
    phrases,
)
from antipoverty.periods import Period


@attrs.frozen
class AnnouncedDraw(Part):
    """One draw of the round, as the notice fixes it.

    Attributes:
        design: What is drawn from what.
        frame_digest: The digest of the frame.
        frame_units: How many units it has.
        sizes_digest: The digest of the sizes, where chances go by size.
        history: The digests of the earlier receipts that the coverage policy will use.
        previous: The digest of the receipt before in the series; ``None`` for the first.
    """

    design: Design
    frame_digest: Line
    frame_units: int
    sizes_digest: Line | None
    history: tuple[Line, ...]
    previous: Line | None


@attrs.frozen
class AnnouncedTeams(Part):
    """The draw of the inspectors, as the notice fixes it.

    Attributes:
        plan: The id of the plan whose places they check.
        inspectors_digest: The digest of the list of inspectors, which is not published.
        inspectors: How many there are.
        recusal: Who may not check where.
        size: How many make a team.
        most: The most places for one; ``None`` for the least that works.
    """

    plan: Line
    inspectors_digest: Line
    inspectors: int
    recusal: Recusal
    size: int
    most: int | None


@attrs.frozen(repr=False)
class Notice(Document):
    """What is published before a round, while its seed cannot be known (抽取公告).

    Attributes:
        period: The period of the round.
        published_on: The day it is published; the publication proves it, not this field.
        draws: The draws from areas or lists.
        teams: The draws of inspectors.
        events: The public events to come.
        secret_digest: SHA-256 of a secret that goes into the seeds too, or ``None``.
        digest: SHA-256 of the canonical text of all other fields.
    """

    period: Period
    published_on: date
    draws: tuple[AnnouncedDraw, ...]
    teams: tuple[AnnouncedTeams, ...]
    events: tuple[Event, ...]
    secret_digest: Line | None
    digest: str = sealed()

    def __repr__(self) -> str:
        plans = ", ".join(one.design.id for one in self.draws)
        return (
            f"<Notice {self.period} of {self.published_on}: {plans}; {len(self.events)} events, "
            f"{self.bits} bits, {self.digest[:12]}>"
        )

    @property
    def bits(self) -> int:
        """How many bits of the seed nobody can foresee, rounded down."""
        return bits(self.events)

    def faults(self) -> tuple[str, ...]:
        """What is wrong with it, besides its seal: late publication, unfit events."""
        return faults_of(self.events, self.published_on)

    def open(self, results: Sequence[str], *, secret: str | None = None) -> Opened:
        """Put in the results of the events, when they are known: `draw` takes this as seed.

        Args:
            results: The result of every event, in the notice's order, each in its form.
            secret: The secret whose SHA-256 stands in the notice.

        Raises:
            NotCanonicalError: A result is not in its form.
            SeedOrderError: It is another secret, or the notice came too late.
            InvalidDrawError: There are more or fewer results than events, or the notice
                was altered.
        """
        if not self.intact:
            raise InvalidDrawError("the notice was altered: its digest does not fit")
        if late := self.faults():
            raise SeedOrderError("the notice cannot be used: {late}", late=phrases(late))
        check_results(self.events, results)
        if (None if secret is None else seed_digest(secret)) != self.secret_digest:
            raise SeedOrderError("the secret is not the one whose SHA-256 stands in the notice")
        return Opened(self, tuple(results), secret)

    def announced(self, plan: str) -> AnnouncedDraw | None:
        """The draw of a plan, or ``None``."""
        return next((one for one in self.draws if one.design.id == plan), None)


@attrs.frozen
class Opened:
    """A notice with the results of its events: what the seeds of the round come from."""

    notice: Notice
    results: tuple[str, ...]
    secret: str | None = attrs.field(repr=False)

    def seed(self, plan: str) -> str:
        """The seed of one plan of the round."""
        return derived_seed(self.notice.digest, plan, self.results, self.secret)

    @property
    def origin(self) -> FromNotice:
        """How a receipt says where its seed is from."""
        return FromNotice(self.notice.digest, self.results, self.secret)


@attrs.frozen
class Staffing:
    """The inspectors of a round, for the notice.

    Attributes:
        plan: The id of the plan whose places they check.
        inspectors: Everybody who may be sent.
        size: How many make a team.
        most: The most places for one; by default the least that works.
        recusal: Who may not check where.
    """

    plan: str
    inspectors: tuple[Inspector, ...] = attrs.field(repr=False)
    size: int = 2
    most: int | None = None
    recusal: Recusal = attrs.field(factory=Recusal)


@days
def announce(
    plans: Iterable[Plan],
    *,
    period: Period | str,
    on: date,
    events: Iterable[Event],
    secret: str | None = None,
    teams: Iterable[Staffing] = (),
    history: Iterable[Receipt] = (),
) -> Notice:
    """Make the notice to publish before a round.

    Args:
        plans: What will be drawn from what.
        period: The period of the round.
        on: The day of publication.
        events: The public events to come whose results give the seed, each later than
            ``on``. Without any, the seed is chosen by whoever knows the secret, and every
            receipt says so.
        secret: Kept until the draw, so that even those who foresee the events do not know
            the seed.
        teams: The inspectors of the round.
        history: The earlier receipts.

    Raises:
        SeedOrderError: An event is not after the publication.
        ImpossibleCoverageError: A policy cannot be kept in this round: whoever found that
            out after the events would have to be given another draw.
        InvalidDrawError: The events have too few outcomes, two plans have one id, or there
            is neither an event nor a secret.
        WeakSeedError: The secret could be found by trying.
        InvalidHistoryError: See `draw`.
    """
    which = Period.parse(period) if isinstance(period, str) else period
    earlier, listed, named = [*history], [*plans], tuple(events)
    check_events(named)
    for event in named:
        check_plain(event.name, "the name of an event")
    if secret is not None:
        check_seed(secret)
    elif not named:
        raise InvalidDrawError("name the public events to come that will give the seed")
    ids = {plan.design.id for plan in listed}
    if len(ids) < len(listed):
        raise InvalidDrawError("two plans of one round have the same id")
    if taken := ids & {plan.design.drawn_as for plan in listed if plan.design.shared}:
        raise InvalidDrawError(
            "shared random numbers have the id of a plan: {taken!r}", taken=min(taken)
        )
    made = Notice(
        which,
        on,
        tuple(_announced(plan, which, earlier) for plan in listed),
        tuple(map(_staffed, teams)),
        named,
        None if secret is None else seed_digest(secret),
    )
    if late := made.faults():
        raise SeedOrderError("the notice comes too late: {late}", late=phrases(late))
    return made


def _announced(plan: Plan, period: Period, history: Sequence[Receipt]) -> AnnouncedDraw:
    plan.design.check_period(period)
    series = series_before(plan.design, period, history)
    check_kept(plan, period.first, looked_at(plan.design, series))
    return as_announced(plan.design, plan.frame(period.first), series)


def as_announced(design: Design, frame: Frame, series: Sequence[Receipt]) -> AnnouncedDraw:
    """What a notice says of a draw from a frame after some earlier receipts."""
    return AnnouncedDraw(
        design,
        frame.digest,
        frame.count,
        frame.sizes_digest,
        tuple(one.digest for one in looked_at(design, series)),
        series[-1].digest if series else None,
    )


def _staffed(given: Staffing) -> AnnouncedTeams:
    check_staff(given.inspectors, given.size, given.most, given.recusal)
    return AnnouncedTeams(
        given.plan,
        staff_digest(given.inspectors),
        len(given.inspectors),
        given.recusal,
        given.size,
        given.most,
    )


CHANGED = {
    "design": ("方案", "the design"),
    "frame_digest": ("框", "the frame"),
    "frame_units": ("框的单位数", "the number of units"),
    "sizes_digest": ("规模", "the sizes"),
    "history": ("以往回执", "the earlier receipts"),
    "previous": ("上一份回执", "the receipt before"),
    "inspectors_digest": ("检查人员名单", "the list of inspectors"),
    "inspectors": ("检查人员数", "the number of inspectors"),
    "recusal": ("回避规则", "the rules of recusal"),
    "size": ("每组人数", "the size of a team"),
    "most": ("每人地点数", "the load of an inspector"),
}
"""What can differ from a notice, in Chinese and English."""


def differing(announced: Part, found: Part) -> tuple[str, ...]:
    """The fields in which two announcements differ."""
    return tuple(
        name
        for name in CHANGED
        if hasattr(announced, name) and getattr(announced, name) != getattr(found, name)
    )


def check_announced(announced: Part | None, found: Part, plan: str) -> None:
    """Refuse a draw that is not the one announced.

    Raises:
        UnannouncedDrawError: The notice does not have the plan, or something was changed
            since; every part is named.
    """
    problems: list[AntipovertyError] = []
    if announced is None:
        problems.append(FieldError("the notice does not announce it"))
    else:
        problems += [
            FieldError(
                "{changed} ({changed2}) is not what the notice fixed",
                changed=CHANGED[name][1],
                changed2=CHANGED[name][0],
            )
            for name in differing(announced, found)
        ]
    if problems:
        raise UnannouncedDrawError(
            "the draw of {plan!r} was not announced like this", problems, plan=plan
        )


__all__ = [
    "AnnouncedDraw",
    "AnnouncedTeams",
    "Notice",
    "Opened",
    "Staffing",
    "announce",
    "as_announced",
    "check_announced",
    "differing",
]
