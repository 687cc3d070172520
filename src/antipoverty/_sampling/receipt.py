"""A receipt states everything a draw rests on, so that anybody can draw again and compare."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from operator import mul
from typing import Literal

import attrs

from antipoverty._base.documents import Document, Line, sealed
from antipoverty._base.notebook import fragment
from antipoverty._sampling.design import Design
from antipoverty._sampling.frames import Skipped
from antipoverty._sampling.report import page_of
from antipoverty._sampling.seeds import Origin, self_chosen
from antipoverty._sampling.steps import StratumDraw
from antipoverty._sampling.tickets import ALGORITHM
from antipoverty.codes import AreaCode
from antipoverty.errors import InvalidDrawError
from antipoverty.model import AreaTree
from antipoverty.periods import Period
from antipoverty.report import Page


@attrs.frozen(repr=False)
class Receipt(Document):
    """The published record of one draw (抽签回执).

    Attributes:
        design: What was drawn from what.
        period: The period it is for.
        seed: The seed, in the open.
        origin: The notice and the public events that it was computed from, or that it was
            chosen.
        previous: The digest of the receipt before it in its series; ``None`` for the first.
        places: The digest of the receipt that drew the strata; ``None`` for all of them.
        frame_digest: SHA-256 of the sorted codes of the frame, one a line.
        frame_units: How many there are.
        sizes_digest: SHA-256 of ``CODE SIZE`` lines, where chances go by size.
        history: The digests of the earlier receipts that the coverage policy used.
        strata: What was drawn in each stratum, and the chances.
        skipped: The strata without a unit, and why.
        algorithm: The form of the tickets.
        form: The form of the receipt.
        digest: SHA-256 of the canonical text of all other fields.
    """

    design: Design
    period: Period
    seed: Line
    origin: Origin
    previous: Line | None
    places: Line | None
    frame_digest: Line
    frame_units: int
    sizes_digest: Line | None
    history: tuple[Line, ...]
    strata: tuple[StratumDraw, ...]
    skipped: tuple[Skipped, ...]
    algorithm: Literal["antipoverty-draw/1"] = ALGORITHM
    form: Literal["antipoverty-receipt/3"] = "antipoverty-receipt/3"
    digest: str = sealed()

    def __repr__(self) -> str:
        marks = [
            *(["illustrative"] if self.design.illustrative else []),
            *(["self-chosen seed"] if self.self_chosen else []),
        ]
        mark = f" ({', '.join(marks)})" if marks else ""
        return (
            f"<Receipt {self.design.id} {self.period}{mark}: {len(self.picks())} drawn of "
            f"{self.frame_units:,}, {len(self.skipped)} skipped, {self.digest[:12]}>"
        )

    def _repr_html_(self) -> str:
        """Show a notebook the units drawn."""
        rows = [
            (one.stratum, pick.unit, one.units)
            for one in self.strata
            if one.status == "drawn"
            for pick in one.picks
        ]
        columns = ("范围 stratum", "抽中 drawn", "范围内单位 units")
        return fragment(repr(self), columns, rows, f"SHA-256 {self.digest}")

    @property
    def self_chosen(self) -> bool:
        """Whether whoever drew could choose the seed: then the draw is a rehearsal."""
        return self_chosen(self.origin)

    @property
    def foreseeable(self) -> tuple[str, ...]:
        """The strata in which whoever knew all earlier receipts knew a unit to be drawn."""
        return tuple(
            one.stratum for one in self.strata if one.status == "drawn" and one.best_guess == 1
        )

    @property
    def rotas(self) -> tuple[str, ...]:
        """The strata in which ``within(n)`` is close to a rota; see `Stage.is_rota`."""
        return tuple(
            one.stratum
            for one in self.strata
            if one.stage == 1 and self.design.stages[0].is_rota(one.units)
        )

    def report(self, areas: AreaTree | None = None) -> Page:
        """Lay the receipt out as a report that opens anywhere (抽签报告).

        Args:
            areas: The areas, for their names.
        """
        return page_of(self, areas)

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
        return reduce(mul, (chance for _, _, chance in self.chances_of(unit, stratum)))

    def chances_of(self, unit: str, stratum: str | None = None) -> list[tuple[int, str, Fraction]]:
        """For each stage its number, the stratum that a unit lies in, and its chance there.

        Raises:
            InvalidDrawError: It lies in no stratum of the receipt.
        """
        by_place = {(one.stage, one.stratum): one for one in self.strata}
        found: list[tuple[int, str, Fraction]] = []
        for number, stage in enumerate(self.design.stages, 1):
            if self.design.listed:
                place, inner = stratum or "", unit
            else:
                code, above = AreaCode(unit), self.design.strata
                inner = str(code.at(stage.level))
                place = str(code.at(self.design.stages[number - 2].level if number > 1 else above))
            if (number, place) not in by_place:
                raise InvalidDrawError("{unit} lies in no stratum that was drawn from", unit=unit)
            found.append((number, place, by_place[number, place].chance(inner)))
        return found
