"""More of a round (补抽): what cannot be visited is replaced, or a sample grows, by a new seed.

Whoever knew the replacement when the village was drawn could find the village drawn out of
reach. So there is none until it is asked for: the request says publicly what is wanted and
why, and names public events to come, as a notice does; their results give the seed. What
was drawn stays drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction

import attrs

from antipoverty._base.days import days
from antipoverty._base.documents import Document, Line, Part, sealed
from antipoverty._base.opaque import nothing_personal
from antipoverty._sampling.design import Stage
from antipoverty._sampling.events import (
    Event,
    check_events,
    check_results,
    faults_of,
)
from antipoverty._sampling.frames import Frame, Skipped
from antipoverty._sampling.plans import Plan
from antipoverty._sampling.receipt import Receipt
from antipoverty._sampling.seeds import (
    Chosen,
    FromNotice,
    Origin,
    check_plain,
    check_seed,
    derived_seed,
    self_chosen,
)
from antipoverty._sampling.steps import Step, StratumDraw, draw_stratum, with_a_chance
from antipoverty._sampling.tickets import Tickets
from antipoverty.errors import (
    AntipovertyError,
    FieldError,
    InvalidDrawError,
    InvalidRequestError,
    ReusedSeedError,
    SeedOrderError,
    phrase,
    phrases,
)
from antipoverty.periods import Period


@attrs.frozen
class Wanted(Part):
    """What is still to be drawn in a stratum, and why.

    Attributes:
        stage: The stage of the plan, from 1.
        stratum: The code of the stratum.
        why: The reason, for everybody to read.
        instead_of: The unit drawn that cannot be visited; ``None`` if the sample grows.
        count: How many units.
    """

    stage: int
    stratum: Line
    why: Line
    instead_of: Line | None = None
    count: int = 1


@attrs.frozen(repr=False)
class Request(Document):
    """What is published before more is drawn of a round (补抽申请).

    Attributes:
        receipt: The digest of the receipt of the round.
        plan: The plan's id.
        period: The period of the round.
        published_on: The day it is published; the publication proves it, not this field.
        wanted: What is wanted, and why.
        earlier: The digests of the supplements of this receipt before it.
        events: The public events to come.
        digest: SHA-256 of the canonical text of all other fields.
    """

    receipt: Line
    plan: Line
    period: Period
    published_on: date
    wanted: tuple[Wanted, ...]
    earlier: tuple[Line, ...]
    events: tuple[Event, ...]
    digest: str = sealed()

    def __repr__(self) -> str:
        lost = sum(one.instead_of is not None for one in self.wanted)
        return (
            f"<Request {self.plan} {self.period} of {self.published_on}: {lost} to replace, "
            f"{sum(one.count for one in self.wanted) - lost} more, {self.digest[:12]}>"
        )

    def faults(self) -> tuple[str, ...]:
        """What is wrong with it, besides its seal: late publication, unfit events."""
        return faults_of(self.events, self.published_on)

    def open(self, results: Sequence[str], *, secret: str | None = None) -> Answered:
        """Put in the results of the events; `supplement` takes this as seed. It has no secret.

        Raises:
            InvalidDrawError: It was altered, or there are more or fewer results than events.
            NotCanonicalError: A result is not in its form.
            SeedOrderError: It came too late, or a secret is given.
        """
        if not self.intact:
            raise InvalidDrawError("the request was altered: its digest does not fit")
        if late := self.faults():
            raise SeedOrderError("the request cannot be used: {late}", late=phrases(late))
        if secret is not None:
            raise SeedOrderError("a request has no secret: whoever asks could know it")
        check_results(self.events, results)
        return Answered(self, tuple(results))


@attrs.frozen
class Answered:
    """A request with the results of its events."""

    request: Request
    results: tuple[str, ...]

    @property
    def seed(self) -> str:
        """The seed of the supplement."""
        return derived_seed(self.request.digest, drawn_as(self.request), self.results, None)

    @property
    def origin(self) -> FromNotice:
        """How a supplement says where its seed is from."""
        return FromNotice(self.request.digest, self.results)


@attrs.frozen(repr=False)
class Supplement(Document):
    """The published record of what was drawn after the receipt (补抽回执).

    Attributes:
        receipt: The digest of the receipt of the round.
        request: The digest of the request.
        plan: The plan's id.
        period: The period of the round.
        seed: The seed, in the open.
        origin: The events of the request that it was computed from, or that it was chosen.
        earlier: The digests of the supplements of this receipt before it.
        wanted: What was wanted, and why.
        strata: What was drawn in each stratum, and each unit's chance. The units of a
            stratum here are those that had not been drawn by then.
        skipped: Where nothing was left to draw.
        digest: SHA-256 of the canonical text of all other fields.
    """

    receipt: Line
    request: Line
    plan: Line
    period: Period
    seed: Line
    origin: Origin
    earlier: tuple[Line, ...]
    wanted: tuple[Wanted, ...]
    strata: tuple[StratumDraw, ...]
    skipped: tuple[Skipped, ...]
    digest: str = sealed()

    def __repr__(self) -> str:
        mark = " (self-chosen seed)" if self.self_chosen else ""
        return f"<Supplement {self.plan} {self.period}{mark}: {self.digest[:12]}>"

    @property
    def self_chosen(self) -> bool:
        """Whether whoever drew could choose the seed."""
        return self_chosen(self.origin)


def drawn_as(request: Request) -> str:
    """What stands for the plan in the seed and in the tickets."""
    return f"{request.plan}-further"


@days
def request(
    receipt: Receipt,
    *,
    on: date,
    events: Iterable[Event] = (),
    instead_of: Mapping[str, str] | None = None,
    more: Mapping[str, int] | None = None,
    why: str = "",
    earlier: Iterable[Supplement] = (),
) -> Request:
    """Ask for more of a round, before anybody can know what will be drawn.

    Args:
        receipt: The receipt of the round.
        on: The day of publication.
        events: The public events to come that give the seed. Without any, only a chosen
            seed can serve, and every record says so.
        instead_of: The units that cannot be visited, of whatever stage, and the reason of
            each, for everybody to read.
        more: How many units more are wanted in a stratum of the last stage.
        why: Why the sample grows.
        earlier: The supplements of this receipt so far.

    Raises:
        InvalidDrawError: The events have too few outcomes.
        InvalidRequestError: A unit was not drawn, or was replaced already; a reason is
            missing or names a person; every problem is listed.
        SeedOrderError: An event is not after the publication.
    """
    before, named = [*earlier], tuple(events)
    standing = _standing(receipt, before)
    problems: list[AntipovertyError] = []
    wanted: list[Wanted] = []
    for unit, reason in sorted((instead_of or {}).items()):
        if unit not in standing:
            problems.append(FieldError("{unit} was not drawn, or was replaced already", unit=unit))
            continue
        wanted.append(Wanted(*standing[unit], _reason(reason, unit, problems), unit))
    last = len(receipt.design.stages)
    strata = {one.stratum for one in receipt.strata if (one.stage, one.status) == (last, "drawn")}
    strata |= {place for one in before for place in _places(one.strata, last)}
    for stratum, count in sorted((more or {}).items()):
        if stratum not in strata:
            problems.append(
                FieldError("{stratum} is no stratum that was drawn from", stratum=stratum)
            )
        if count < 1:
            problems.append(FieldError("{stratum}: give how many more, from 1 up", stratum=stratum))
        if any((one.stage, one.stratum) == (last, stratum) for one in wanted):
            problems.append(
                FieldError("{stratum}: replace first, and grow by another request", stratum=stratum)
            )
        wanted.append(Wanted(last, stratum, _reason(why, stratum, problems), count=count))
    if not wanted and not problems:
        problems.append(FieldError("it asks for nothing"))
    if problems:
        raise InvalidRequestError("the request cannot be made", problems)
    check_events(named)
    for event in named:
        check_plain(event.name, "the name of an event")
    wanted.sort(key=lambda one: (one.stage, one.stratum, one.instead_of or ""))
    digests = tuple(one.digest for one in before)
    made = Request(
        receipt.digest, receipt.design.id, receipt.period, on, tuple(wanted), digests, named
    )
    if late := made.faults():
        raise SeedOrderError("the request comes too late: {late}", late=phrases(late))
    return made


def _reason(text: str, where: str, problems: list[AntipovertyError]) -> str:
    try:
        nothing_personal(check_plain(text, "the reason"), "the reason")
    except AntipovertyError as problem:
        problems.append(FieldError("{where}: {problem}", where=where, problem=problem.message))
    return text


def _places(strata: Iterable[StratumDraw], stage: int) -> list[str]:
    return [one.stratum for one in strata if one.stage == stage and one.status == "drawn"]


def _standing(receipt: Receipt, earlier: Iterable[Supplement]) -> dict[str, tuple[int, str]]:
    """The stage and the stratum of every unit drawn and not replaced."""
    found: dict[str, tuple[int, str]] = {}
    for one in (*receipt.strata, *(inner for each in earlier for inner in each.strata)):
        if one.status == "drawn":
            found |= {pick.unit: (one.stage, one.stratum) for pick in one.picks}
    lost = {one.instead_of for each in earlier for one in each.wanted if one.instead_of}
    gone = {unit for unit, (stage, place) in found.items() if unit in lost or place in lost}
    return {unit: place for unit, place in found.items() if unit not in gone}


def supplement(
    plan: Plan,
    asked: Request,
    receipt: Receipt,
    *,
    seed: str | Answered,
    earlier: Iterable[Supplement] = (),
) -> Supplement:
    """Draw what a request asks for, from all that was not drawn before.

    A replacement is drawn with the chances of its stage, a unit by which the sample grows
    with even ones. Inside a new unit of an earlier stage is drawn as the plan says.

    Args:
        plan: The plan of the receipt, on the very frame.
        asked: The request.
        receipt: The receipt of the round.
        seed: The request with its results, from `Request.open`; or a text, for rehearsals.
        earlier: The supplements of this receipt that the request names.

    Raises:
        InvalidRequestError: Receipt, frame or supplements are not those of the request.
        ReusedSeedError: The receipt, or a supplement, used the seed.
        WeakSeedError: See `draw`.
    """
    before = [*earlier]
    origin: Origin
    if isinstance(seed, str):
        check_seed(seed)
        if seed in (receipt.seed, *(one.seed for one in before)):
            raise ReusedSeedError("the seed is known by now; draw with another")
        text, origin = seed, Chosen()
    else:
        if seed.request != asked:
            raise InvalidDrawError("the results are those of another request")
        text, origin = seed.seed, seed.origin
    return drawn_further(plan, asked, receipt, before, text, origin)


def drawn_further(
    plan: Plan,
    asked: Request,
    receipt: Receipt,
    earlier: Sequence[Supplement],
    seed: str,
    origin: Origin,
) -> Supplement:
    """Draw, when the seed was checked."""
    frame = plan.frame(receipt.period.first)
    if problems := [FieldError(text) for text in _unfit(plan, asked, receipt, earlier, frame)]:
        raise InvalidRequestError("the request does not fit", problems)
    before = {
        pick.unit
        for one in (*receipt.strata, *(inner for each in earlier for inner in each.strata))
        for pick in one.picks
    }
    tickets = Tickets(seed, drawn_as(asked), str(receipt.period))
    strata: list[StratumDraw] = []
    skipped: list[Skipped] = []
    for stage, stratum in sorted({(one.stage, one.stratum) for one in asked.wanted}):
        rows = [one for one in asked.wanted if (one.stage, one.stratum) == (stage, stratum)]
        how = plan.design.stages[stage - 1]
        by = how.by if rows[0].instead_of else "equal"
        able = with_a_chance(frame.strata[stage - 1][stratum], how, frame.sizes)
        pool = [unit for unit in able if unit not in before]
        if not pool:
            skipped.append(Skipped(stage, stratum, "已全部抽过 all were drawn before"))
            continue
        wide = attrs.evolve(how, take=sum(one.count for one in rows), by=by)
        strata.append(_drawn(tickets, frame, stage, stratum, pool, wide))
        inside = [pick.unit for pick in strata[-1].picks]
        for number, inner in enumerate(plan.design.stages[stage:], stage + 1):
            new = [
                _drawn(tickets, frame, number, place, units, inner)
                for place in inside
                if (units := with_a_chance(frame.strata[number - 1][place], inner, frame.sizes))
            ]
            strata += new
            inside = [pick.unit for one in new for pick in one.picks]
    return Supplement(
        receipt.digest,
        asked.digest,
        asked.plan,
        asked.period,
        seed,
        origin,
        asked.earlier,
        asked.wanted,
        tuple(strata),
        tuple(skipped),
    )


def _drawn(
    tickets: Tickets, frame: Frame, stage: int, stratum: str, pool: Sequence[str], how: Stage
) -> StratumDraw:
    """Draw from a pool in one step, whatever the coverage policy: it is for the rounds."""
    return draw_stratum(
        tickets,
        stratum,
        pool,
        how,
        number=stage,
        steps=[Step(pool, min(how.take, len(pool)), forced=False)],
        sizes=frame.sizes,
    )


def _unfit(
    plan: Plan, asked: Request, receipt: Receipt, earlier: Sequence[Supplement], frame: Frame
) -> Iterator[str]:
    if not (asked.intact and receipt.intact and all(one.intact for one in earlier)):
        yield phrase("the request, the receipt or a supplement was altered: a digest does not fit")
    if asked.receipt != receipt.digest or asked.period != receipt.period:
        yield phrase("it asks for more of another receipt, {receipt}", receipt=asked.receipt[:12])
    if asked.earlier != tuple(one.digest for one in earlier):
        yield phrase(
            "it names {count} earlier supplements; give those, in their order",
            count=len(asked.earlier),
        )
    if plan.design != receipt.design:
        yield phrase("the design is not that of the receipt")
    elif (frame.digest, frame.sizes_digest) != (receipt.frame_digest, receipt.sizes_digest):
        yield phrase("the frame, or the sizes, are not those of the receipt")
    standing = _standing(receipt, earlier)
    for one in asked.wanted:
        if one.instead_of and standing.get(one.instead_of) != (one.stage, one.stratum):
            yield phrase(
                "{instead_of} was not drawn there, or was replaced already",
                instead_of=one.instead_of,
            )
        elif (
            not 1 <= one.stage <= len(frame.strata)
            or one.stratum not in frame.strata[one.stage - 1]
        ):
            yield phrase(
                "{stratum} is no stratum of stage {stage}", stratum=one.stratum, stage=one.stage
            )


def inclusion(
    receipt: Receipt, supplements: Iterable[Supplement], unit: str, stratum: str | None = None
) -> Fraction:
    """The chance that a unit had to be drawn, by the receipt or as its sample grew.

    Who is not drawn at first has the same chance as any other such unit when the sample
    grows, so the chance of being missed is the product of those of the draws.

    Args:
        receipt: The receipt of the round.
        supplements: Its supplements; replacements do not count, since they ask who cannot
            be visited.
        unit: A unit of the last stage.
        stratum: Its stratum, for a plan on lists.

    Raises:
        InvalidDrawError: It lies in no stratum of the receipt.
    """
    found = Fraction(1)
    grown = [
        (one.stage, one.stratum, one.others)
        for each in supplements
        for one in each.strata
        if any(w.instead_of is None and w.stratum == one.stratum for w in each.wanted)
    ]
    for number, place, chance in receipt.chances_of(unit, stratum):
        missed = 1 - chance
        for stage, where, others in grown:
            if (stage, where) == (number, place):
                missed *= 1 - others
        found *= 1 - missed
    return found
