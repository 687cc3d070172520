"""To draw: the frame of the day, the steps that the policy and the past leave, the tickets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from antipoverty._sampling.design import Design
from antipoverty._sampling.frames import Frame, Skipped
from antipoverty._sampling.history import (
    Past,
    check_unused,
    looked_at,
    past_of,
    series_before,
    unkept,
)
from antipoverty._sampling.notice import Opened, as_announced, check_announced
from antipoverty._sampling.plans import Plan
from antipoverty._sampling.receipt import Receipt
from antipoverty._sampling.seeds import Chosen, Origin, check_seed
from antipoverty._sampling.steps import (
    Status,
    StratumDraw,
    TooManyWaiting,
    draw_stratum,
    with_a_chance,
)
from antipoverty._sampling.tickets import Tickets
from antipoverty.errors import (
    AntipovertyError,
    ImpossibleCoverageError,
    InvalidDrawError,
    ReusedSeedError,
)
from antipoverty.periods import Period


def draw(
    plan: Plan,
    *,
    period: Period | str,
    seed: str | Opened,
    history: Iterable[Receipt] = (),
    places: Receipt | None = None,
) -> Receipt:
    """Draw a plan for a period (随机抽取).

    Args:
        plan: What is drawn from what.
        period: The period, or its text; the codes in use on its first day are drawn from.
        seed: A notice with the results of its events, from `Notice.open`; or a text, for
            rehearsals: the receipt then says that the seed was chosen.
        history: Earlier receipts, in any order. The last of this plan is named as the one
            before; coverage policies look at all of them; a seed that any of them used for
            another period is refused.
        places: For a plan on lists, the receipt that drew the strata: only in those is
            drawn, while the frame is all the lists.

    Raises:
        EmptyFrameError: No unit is left to draw from.
        ImpossibleCoverageError: The policy cannot be kept; the strata are listed.
        InvalidDrawError: The seed cannot be used; see its subclasses.
        InvalidHistoryError: A receipt is from the future, stands twice, was altered or
            names units that the area tree does not know.
        InvalidPeriodError: The text is no period.
        UnannouncedDrawError: The notice fixed something else.
    """
    when = Period.parse(period) if isinstance(period, str) else period
    plan.design.check_period(when)
    earlier = [*history]
    series = series_before(plan.design, when, earlier)
    origin: Origin
    if isinstance(seed, str):
        check_seed(seed)
        if places is not None and places.seed == seed:
            raise ReusedSeedError("the receipt's seed is known by now; draw with another")
        check_unused(seed, when, earlier)
        text, origin = seed, Chosen()
    else:
        if seed.notice.period != when:
            raise InvalidDrawError(
                "the notice is for {period}, not for {when}", period=seed.notice.period, when=when
            )
        now = as_announced(plan.design, plan.frame(when.first), series)
        check_announced(seed.notice.announced(plan.design.id), now, plan.design.id)
        text, origin = seed.seed(plan.design.drawn_as), seed.origin
    return drawn(
        plan,
        when,
        text,
        origin,
        looked_at(plan.design, series),
        previous=series[-1].digest if series else None,
        places=places,
    )


def drawn(
    plan: Plan,
    period: Period,
    seed: str,
    origin: Origin,
    earlier: Sequence[Receipt],
    *,
    previous: str | None,
    places: Receipt | None,
) -> Receipt:
    """Draw, when everything was checked; ``earlier`` is what the coverage policy looks at."""
    if places is not None and not plan.design.listed:
        raise InvalidDrawError("only a plan on lists is drawn inside the places of a receipt")
    if places is not None and (not places.intact or places.period != period):
        raise InvalidDrawError(
            "the receipt of the places is altered, or not for {period}", period=period
        )
    frame = plan.frame(period.first)
    past = past_of(plan, period.first, earlier)
    strata, skipped = _draw_all(
        plan.design, frame, tickets_of(plan.design, seed, period), past, places
    )
    return Receipt(
        design=plan.design,
        period=period,
        seed=seed,
        origin=origin,
        previous=previous,
        places=None if places is None else places.digest,
        frame_digest=frame.digest,
        frame_units=frame.count,
        sizes_digest=frame.sizes_digest,
        history=tuple(one.digest for one in earlier),
        strata=tuple(strata),
        skipped=tuple(skipped),
    )


def _draw_all(
    design: Design,
    frame: Frame,
    tickets: Tickets,
    past: Sequence[Past],
    places: Receipt | None,
) -> tuple[list[StratumDraw], list[Skipped]]:
    drawn: list[StratumDraw] = []
    inside_of = None if places is None else set(places.picks())
    skipped = [one for one in frame.skipped if inside_of is None or one.stratum in inside_of]
    if inside_of is not None:
        known = {*frame.strata[0], *(one.stratum for one in skipped)}
        skipped += [
            Skipped(1, place, "没有名单 there is no list") for place in sorted(inside_of - known)
        ]
    problems: list[AntipovertyError] = []
    standing: Mapping[str, Status] = dict.fromkeys(frame.strata[0], "drawn")
    for number, (stage, strata) in enumerate(zip(design.stages, frame.strata, strict=True), 1):
        inside: dict[str, Status] = {}
        for stratum, units in strata.items():
            if inside_of is not None and stratum not in inside_of:
                continue
            able = with_a_chance(units, stage, frame.sizes)
            if not able:
                skipped.append(Skipped(number, stratum, "规模均为零 every size is 0"))
                continue
            try:
                steps = past[number - 1].steps(stage, stratum, able)
            except TooManyWaiting as problem:
                problems.append(unkept(stage, stratum, problem))
                continue
            one = draw_stratum(
                tickets,
                stratum,
                units,
                stage,
                number=number,
                status=standing.get(stratum, "undrawn"),
                steps=steps,
                sizes=frame.sizes,
            )
            drawn.append(one)
            inside |= dict.fromkeys((pick.unit for pick in one.picks), one.status)
        standing = inside
    if problems:
        raise ImpossibleCoverageError(
            "the coverage of {id!r} cannot be kept", problems, id=design.id
        )
    return drawn, skipped


def tickets_of(design: Design, seed: str, period: Period) -> Tickets:
    """The tickets of one draw of a design."""
    shared = None if design.shared is None else design.shared.end
    return Tickets(seed, design.drawn_as, str(period), shared)
