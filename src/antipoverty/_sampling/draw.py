"""To draw: the frame of the day, the steps that the policy and the past leave, the tickets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from antipoverty._sampling.design import Design
from antipoverty._sampling.frames import Frame, Skipped
from antipoverty._sampling.history import Past, earlier_receipts, past_of
from antipoverty._sampling.plans import Plan
from antipoverty._sampling.receipt import Receipt
from antipoverty._sampling.seeds import Given, Origin, check_seed
from antipoverty._sampling.steps import (
    Status,
    StratumDraw,
    TooManyWaiting,
    draw_stratum,
    with_a_chance,
)
from antipoverty._sampling.tickets import Tickets
from antipoverty.errors import AntipovertyError, FieldError, ImpossibleCoverageError
from antipoverty.periods import Period


def draw(
    plan: Plan,
    *,
    period: Period | str,
    seed: str,
    origin: Origin | None = None,
    history: Iterable[Receipt] = (),
) -> Receipt:
    """Draw a plan for a period (随机抽取).

    Args:
        plan: What is drawn from what.
        period: The period, or its text; the codes in use on its first day are drawn from.
        seed: Text that nobody could choose or guess; the same seed gives the same draw.
        origin: Why nobody could; from `Commitment.reveal`, or `Public`.
        history: Earlier receipts, in any order. Coverage policies look at those of this
            plan; a seed that any of them used for another period is refused.

    Raises:
        EmptyFrameError: No unit is left to draw from.
        ImpossibleCoverageError: The policy cannot be kept; the strata are listed.
        InvalidDrawError: The seed cannot be used; see its subclasses.
        InvalidHistoryError: A receipt is from the future, stands twice, was altered or
            names units that the area tree does not know.
        InvalidPeriodError: The text is no period.
    """
    when = Period.parse(period) if isinstance(period, str) else period
    plan.design.check_period(when)
    how = origin or Given()
    check_seed(seed, how)
    frame = plan.frame(when.first)
    earlier = earlier_receipts(plan.design, when, seed, history)
    past = past_of(plan, when.first, earlier)
    strata, skipped = _draw_all(plan.design, frame, Tickets(seed, plan.design.id, str(when)), past)
    return Receipt(
        design=plan.design,
        period=when,
        seed=seed,
        origin=how,
        frame_digest=frame.digest,
        frame_units=frame.count,
        sizes_digest=frame.sizes_digest,
        history=tuple(one.digest for one in earlier),
        strata=tuple(strata),
        skipped=(*frame.skipped, *skipped),
    )


def _draw_all(
    design: Design,
    frame: Frame,
    tickets: Tickets,
    past: Sequence[Past],
) -> tuple[list[StratumDraw], list[Skipped]]:
    drawn: list[StratumDraw] = []
    skipped: list[Skipped] = []
    problems: list[AntipovertyError] = []
    standing: Mapping[str, Status] = dict.fromkeys(frame.strata[0], "drawn")
    for number, (stage, strata) in enumerate(zip(design.stages, frame.strata, strict=True), 1):
        inside: dict[str, Status] = {}
        for stratum, units in strata.items():
            able = with_a_chance(units, stage, frame.sizes)
            if not able:
                skipped.append(Skipped(number, stratum, "规模均为零 every size is 0"))
                continue
            try:
                steps = past[number - 1].steps(stage, stratum, able)
            except TooManyWaiting as problem:
                problems.append(FieldError(f"{stratum}, {stage.coverage}: {problem}"))
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
            inside |= _standing(one)
        standing = inside
    if problems:
        raise ImpossibleCoverageError(f"the coverage of {design.id!r} cannot be kept", problems)
    return drawn, skipped


def _standing(one: StratumDraw) -> dict[str, Status]:
    """What the next stage draws: inside the picks, and inside replacements just in case."""
    found: dict[str, Status] = {pick.unit: "standby" for pick in one.replacements}
    return found | {pick.unit: one.status for pick in one.picks}
