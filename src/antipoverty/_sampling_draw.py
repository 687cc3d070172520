"""A receipt states everything a draw rests on, so that anybody can draw again and compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import reduce
from operator import mul
from typing import Literal

import attrs

from antipoverty._documents import Document, Line, sealed
from antipoverty._sampling_plans import Design, Frame, Plan, Skipped
from antipoverty._sampling_seeds import Given, Origin, check_seed
from antipoverty._sampling_steps import (
    Status,
    StratumDraw,
    TooManyWaiting,
    draw_stratum,
    steps_of,
    with_a_chance,
)
from antipoverty._sampling_tickets import ALGORITHM
from antipoverty.codes import AreaCode
from antipoverty.errors import (
    AntipovertyError,
    FieldError,
    ImpossibleCoverageError,
    InvalidDrawError,
    InvalidHistoryError,
    ReusedSeedError,
    UnknownAreaError,
)
from antipoverty.model import AreaTree
from antipoverty.periods import Period


@attrs.frozen(repr=False)
class Receipt(Document):
    """The published record of one draw (抽签回执).

    Attributes:
        design: What was drawn from what.
        period: The period it is for.
        seed: The seed, in the open.
        origin: Why nobody could have chosen the seed to suit.
        frame_digest: SHA-256 of the sorted codes of the frame, one a line.
        frame_units: How many there are.
        sizes_digest: SHA-256 of ``CODE SIZE`` lines, where chances go by size.
        history: The digests of the earlier receipts that the coverage policy used.
        strata: What was drawn in each stratum, and the chances.
        skipped: The strata without a unit, and why.
        algorithm: The form of the tickets.
        digest: SHA-256 of the canonical text of all other fields.
    """

    design: Design
    period: Period
    seed: Line
    origin: Origin
    frame_digest: Line
    frame_units: int
    sizes_digest: Line | None
    history: tuple[Line, ...]
    strata: tuple[StratumDraw, ...]
    skipped: tuple[Skipped, ...]
    algorithm: Literal["antipoverty-draw/1"] = ALGORITHM
    digest: str = sealed()

    def __repr__(self) -> str:
        mark = " (illustrative)" if self.design.illustrative else ""
        return (
            f"<Receipt {self.design.id} {self.period}{mark}: {len(self.picks())} drawn of "
            f"{self.frame_units:,}, {len(self.skipped)} skipped, {self.digest[:12]}>"
        )

    def picks(self, stage: int | None = None) -> tuple[str, ...]:
        """The units drawn, by stratum.

        Args:
            stage: The stage, from 1; ``None`` for the last.
        """
        wanted = stage or len(self.design.stages)
        return tuple(
            pick.unit
            for one in self.strata
            if one.stage == wanted and one.status == "drawn"
            for pick in one.picks
        )

    def chance(self, unit: str, stratum: str | None = None) -> Fraction:
        """The chance that a unit of the frame had to be drawn, all stages together.

        Args:
            unit: A unit of the last stage.
            stratum: Its stratum, for a plan on lists.

        Raises:
            InvalidDrawError: It lies in no stratum of the receipt.
        """
        by_place = {(one.stage, one.stratum): one for one in self.strata}
        chances: list[Fraction] = []
        for number, stage in enumerate(self.design.stages, 1):
            if self.design.listed:
                place, inner = stratum or "", unit
            else:
                code, above = AreaCode(unit), self.design.strata
                inner = str(code.at(stage.level))
                place = str(code.at(self.design.stages[number - 2].level if number > 1 else above))
            if (number, place) not in by_place:
                raise InvalidDrawError(f"{unit} lies in no stratum that was drawn from")
            chances.append(by_place[number, place].chance(inner))
        return reduce(mul, chances)


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
    earlier = _history(plan.design, when, seed, history)
    rounds = rounds_drawn(plan, when.first, earlier)
    strata, skipped = _draw_all(plan.design, frame, (seed, plan.design.id, str(when)), rounds)
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


# --- history ---------------------------------------------------------------------------


def _history(
    design: Design, period: Period, seed: str, history: Iterable[Receipt]
) -> list[Receipt]:
    """The earlier receipts that the coverage policy needs, by period."""
    problems: list[AntipovertyError] = []
    mine: dict[Period, Receipt] = {}
    for one in history:
        name = f"the receipt of {one.design.id} for {one.period}"
        if not one.intact:
            problems.append(FieldError(f"{name} was altered: its digest does not fit"))
        if one.seed == seed and one.period != period:
            raise ReusedSeedError(f"{name} used this seed already; take a new one")
        if one.design.id != design.id:
            continue
        if one.period.cadence is not period.cadence:
            problems.append(FieldError(f"{name} is not for a {period.cadence.value}"))
        elif one.period >= period:
            problems.append(FieldError(f"{name} is not from before {period}"))
        elif one.period in mine:
            problems.append(FieldError(f"{name} stands twice in the history"))
        else:
            mine[one.period] = one
    if problems:
        raise InvalidHistoryError("the history cannot be used", problems)
    if all(stage.coverage == "independent" for stage in design.stages):
        return []
    return [mine[one] for one in sorted(mine)]


def rounds_drawn(plan: Plan, day: date, earlier: Sequence[Receipt]) -> list[list[tuple[str, ...]]]:
    """For each stage, what each earlier round drew, under the codes in use on a day.

    Raises:
        InvalidHistoryError: A unit is not in the area tree.
    """
    problems: list[AntipovertyError] = []
    rounds: list[list[tuple[str, ...]]] = []
    for number in range(1, len(plan.design.stages) + 1):
        drawn = [one.picks(number) if number <= len(one.design.stages) else () for one in earlier]
        if isinstance(plan.source, AreaTree):
            drawn = [_current(plan.source, one, day, problems) for one in drawn]
        rounds.append(drawn)
    if problems:
        raise InvalidHistoryError("the history cannot be followed to the codes of today", problems)
    return rounds


def _current(
    areas: AreaTree, units: Sequence[str], day: date, problems: list[AntipovertyError]
) -> tuple[str, ...]:
    found: list[str] = []
    for unit in units:
        try:
            found += [area.code for area in areas.current(unit, day)]
        except UnknownAreaError:
            problems.append(
                FieldError(f"{unit} is not in the area tree; add it with the codes it became")
            )
    return tuple(found)


# --- the draw --------------------------------------------------------------------------


def _draw_all(
    design: Design,
    frame: Frame,
    names: tuple[str, str, str],
    rounds: Sequence[Sequence[Sequence[str]]],
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
                steps = steps_of(stage, able, rounds[number - 1])
            except TooManyWaiting as problem:
                problems.append(FieldError(f"{stratum}, {stage.coverage}: {problem}"))
                continue
            one = draw_stratum(
                names,
                stratum,
                units,
                (number, stage),
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
