"""The answer for a population, and the means to look into it."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Generic, Literal

import narwhals as nw
import polars as pl

from antipoverty._base.driver import brought
from antipoverty._base.frames import shown, to_native, to_polars
from antipoverty._base.frozen import Frozen
from antipoverty._base.notebook import fragment
from antipoverty._screening.amounts import StatedTotal, amounts_of, totals_stated
from antipoverty._screening.checks import Checked
from antipoverty._screening.closer import facts_missing
from antipoverty._screening.counting import totals_of
from antipoverty._screening.lists import handover as listed_for
from antipoverty._screening.lists import write_lists
from antipoverty._screening.one import household_of
from antipoverty._screening.outgoing import lines_of, write_frame
from antipoverty._screening.state import State
from antipoverty._screening.summary import counted_by
from antipoverty._screening.tables import HOUSEHOLDS, F
from antipoverty._screening.telling import report_of, trusted
from antipoverty._screening.tiers import tier_facts, tiers_of
from antipoverty._screening.totals import Totals
from antipoverty._screening.unseen import Roster
from antipoverty._screening.waiting import Waiting, waiting
from antipoverty.codes import Level
from antipoverty.languages import Language, current
from antipoverty.model import AreaTree, Delivery, Household
from antipoverty.report import Page
from antipoverty.rules import InForce, Judgement, Pack, judge


class Screening(Generic[F]):
    """The answer for a population, and the means to look into it.

    Attributes:
        current: The rules and values the answer rests on.
        areas: The known areas, where they were given.
        rejected_counts: How many rows were set aside, by table, reason and field; a row
            with several faults counts for each.
        noted: In how many rows that came something is odd for which no row is set aside,
            by table, reason and field: days to come, an age that its birthday contradicts.
        near_ids: Ids of tables that are a household's but for the way they are written, as
            of rows that are set aside as orphans: ``0012`` and ``12``.
    """

    def __init__(
        self,
        current: InForce,
        checked: Checked[F],
        judged: nw.LazyFrame[Any],
        found: nw.LazyFrame[Any],
        areas: AreaTree | None = None,
    ) -> None:
        self.current = current
        self.rejected_counts = checked.counts
        self.noted = checked.noted
        self.near_ids = checked.near_ids
        self._checked = checked
        self._homes = judged
        self._found = found
        self.areas = areas

    def __repr__(self) -> str:
        mark = " (illustrative)" if self.illustrative else ""
        aside = sum(self.rows_set_aside.values())
        return (
            f"<Screening {self.pack.id} on {self.as_of}{mark}: {self.households} households, "
            f"{self._tally.get('warn', 0)} warn, {self._tally.get('undecided', 0)} undecided, "
            f"{aside} set aside>"
        )

    @property
    def checked(self) -> Checked[F]:
        """The rows it rests on, and what was set aside."""
        return self._checked

    def _repr_html_(self) -> str:
        rows = to_polars(
            counted_by(self._found, self._homes, self.current.rules, None, "department")
        )
        names = self.pack.departments
        shown = [(names[id_].zh, *counts) for id_, *counts in rows.rows()]
        return fragment(
            repr(self), ("部门", "预警 warn", "待核实 undecided", "户 households"), shown
        )

    @property
    def pack(self) -> Pack:
        """The policy."""
        return self.current.pack

    @property
    def as_of(self) -> date:
        """The day the answer is for."""
        return self.current.day

    @property
    def rows_set_aside(self) -> Mapping[str, int]:
        """How many rows were set aside, by table; a row with several faults counts once."""
        return self._checked.aside

    @property
    def rosters(self) -> Mapping[str, Roster]:
        """How the rows of a table compare with the number that households state, by table.

        Only tables that the rules read, and of which rows lack or are too many.
        """
        unseen = self._checked.unseen
        return Frozen({name: one.roster for name, one in unseen.items() if one.roster})

    @property
    def unplaced(self) -> Mapping[str, pl.DataFrame]:
        """Rows that came without a household that is known, by table: ``area, rows``.

        The area is the village that their id begins with, and empty where there is none.
        """
        found = {name: one.unplaced for name, one in self._checked.unseen.items()}
        return Frozen(
            {name: one.scopes.rename({"_scope": "area"}) for name, one in found.items() if one}
        )

    @property
    def deliveries(self) -> tuple[Delivery, ...] | None:
        """What was handed over; ``None`` where the caller vouches that the tables are complete."""
        return self._checked.deliveries

    @property
    def deliveries_lost(self) -> tuple[Delivery, ...]:
        """The deliveries of which the tables hold fewer rows than they say; they cover nothing."""
        return self._checked.lost

    def trusted(self, language: Language | None = None) -> str:
        """Say in a line on what it rests that a row which is not there means none."""
        return trusted(self.deliveries, self.deliveries_lost, current(language))

    @property
    def illustrative(self) -> bool:
        """Whether some rule or value in force is not published policy."""
        return self.current.illustrative

    @functools.cached_property
    def households(self) -> int:
        """How many households were judged."""
        return int(to_polars(self._homes.select(nw.len())).item())

    @property
    def households_given(self) -> int:
        """How many rows of households came, those that were set aside among them."""
        return self._checked.rows[HOUSEHOLDS]

    @functools.cached_property
    def _tally(self) -> dict[str, int]:
        counts = self._found.group_by("verdict").agg(nw.len().alias("rows"))
        return dict(to_polars(counts).iter_rows())

    def _native(self, frame: nw.LazyFrame[Any]) -> F:
        native: F = shown(to_native(frame, self._checked.kind))
        return native

    @property
    def lazy_alerts(self) -> nw.LazyFrame[Any]:
        """What `alerts` holds, not yet converted: for whoever computes on."""
        return self._found

    @property
    def lazy_judged(self) -> nw.LazyFrame[Any]:
        """What `judged` holds, not yet converted: for whoever computes on."""
        return self._homes

    def state(self) -> State:
        """Keep the answers, for `daily.screen_delta` on a later day; they come into memory.

        Raises:
            FrameTooLargeError: On Spark more than 2,000,000 ids of rows that were set aside, or
                that are of nobody, would come to the driver.
        """
        return State.of(self.current, self._checked, self.areas, self._found)

    @functools.cached_property
    def alerts(self) -> F:
        """One row per household and rule that warns or is undecided.

        Columns ``household_id, area, rule_id, verdict``, in the kind that came in.
        """
        return self._native(self._found)

    @functools.cached_property
    def judged(self) -> F:
        """Every household that was judged: ``household_id, area``, in the kind that came in."""
        return self._native(self._homes)

    @functools.cached_property
    def rejected(self) -> F:
        """One row per fault of a row set aside: ``table, row_id, reason, field``."""
        return self._native(self._checked.rejected)

    def undecided(self) -> F:
        """List what would settle each undecided answer.

        Returns:
            ``household_id, area, rule_id, fact``: a row for each fact that is missing,
            named by its path, such as ``members.age``; in the kind that came in.
        """
        return self._native(self._undecided)

    @functools.cached_property
    def _undecided(self) -> nw.LazyFrame[Any]:
        return facts_missing(self.current, self._checked, self._found)

    @functools.cached_property
    def amounts(self) -> F:
        """What rules with an amount state of each household for which they are not clear.

        Columns ``household_id, area, rule_id, verdict, low, high, scale``, in the kind that
        came in. ``low`` and ``high`` are the least and the most, whole numbers over
        ``scale``, of fen where the rule's unit has yuan; they differ where facts are missing.
        """
        return self._native(self.lazy_amounts)

    @functools.cached_property
    def tiers(self) -> F:
        """Where households stand on the ladders in force.

        Columns ``household_id, area, ladder_id, tier, answer``, in the kind that came in:
        one row that says ``is`` where it is decided, a row that says ``may-be`` for each tier
        (and ``none``) between which it is not, and no row for who is surely in none.
        """
        return self._native(tiers_of(self.current, self._checked, self._found))

    @functools.cached_property
    def tier_facts(self) -> F:
        """The facts that would settle it: ``household_id, area, ladder_id, fact``."""
        return self._native(tier_facts(self.current, self._checked, self._found))

    @functools.cached_property
    def stated(self) -> tuple[StatedTotal, ...]:
        """What each rule with an amount states of all households together, exactly."""
        return totals_stated(self.current, to_polars(self.lazy_amounts))

    @functools.cached_property
    def lazy_amounts(self) -> nw.LazyFrame[Any]:
        """What `amounts` holds, not yet converted: for whoever computes on."""
        return amounts_of(self.current, self._checked, self._found)

    @functools.cached_property
    def never_came(self) -> tuple[Waiting, ...]:
        """The columns without any value that undecided answers wait for, the most awaited first."""
        return waiting(self._undecided, self._checked.tables, self.pack)

    def summary(self, level: Level | str | None = None, by: str | None = None) -> F:
        """Count the answers by area, by rule, department or severity, or both.

        Args:
            level: ``"province"``, ``"city"``, ``"county"``, ``"township"`` or
                ``"village"``; ``None`` for the whole population.
            by: ``"rule_id"``, ``"department"`` or ``"severity"``.

        Returns:
            ``area`` and ``by`` where asked for, ``warn`` and ``undecided`` (answers),
            ``households_warned`` (distinct), and ``households`` (judged in the area,
            left out when ``by`` is given), in the kind that came in, sorted.
        """
        counted = counted_by(self._found, self._homes, self.current.rules, level, by)
        return self._native(counted)

    def judgement(self, household_id: str) -> Judgement:
        """Judge one household of the tables again, by the reference.

        Raises:
            UnknownHouseholdError: It is not in the tables, or was set aside.
        """
        household = self.household(household_id)
        unseen = self._checked.unseen
        unplaced = {name: one.rows_of(household.area) for name, one in unseen.items()}
        return judge(household, self.pack, as_of=self.as_of, unplaced=unplaced)

    def explain(self, household_id: str, language: Language | None = None) -> str:
        """Explain every answer that is not clear for one household, after the fact."""
        return self.judgement(household_id).explain(language)

    def household(self, household_id: str) -> Household:
        """Give one household of the tables, with its rows, as the model has it."""
        return household_of(self._checked, self.pack.model, household_id)

    @functools.cached_property
    def lines(self) -> F:
        """What hand-over lists say of every answer, in the kind that came in (清单各行).

        Columns ``department, county, household_id, area, rule_id, title_zh, title_en,
        severity, verdict, missing, missing_zh, missing_en, status, line``, and ``low, high,
        scale`` where some rule states an amount. Engines that hold the tables hold them too.
        """
        return self._native(self._lines)

    @functools.cached_property
    def _lines(self) -> nw.LazyFrame[Any]:
        return lines_of(self.current, self._found, self._undecided, self.lazy_amounts)

    def write_lines(
        self, folder: str | Path, *, form: Literal["parquet", "csv"] = "parquet"
    ) -> None:
        """Write `lines` in a folder for each department and, in it, for each county.

        Whoever holds the lines writes them: on Spark the executors, and nothing comes to the
        driver. A CSV file is in UTF-8 with the mark that Excel looks for, and guarded as
        those of `write_handovers`.

        Args:
            folder: Where to write, for Spark any place of its file systems; what an earlier
                run wrote there is replaced.
            form: ``parquet`` or ``csv``.

        Raises:
            InvalidArgumentError: It is neither form; or on Spark, which empties the folder,
                something else stands in it.
        """
        write_frame(self._lines, folder, form)

    def handover(self, department: str) -> pl.DataFrame:
        """The list that is handed to a department (清单交办), most severe first.

        Args:
            department: Its id in the pack.

        Returns:
            Polars: ``household_id, area, rule_id, title_zh, title_en, severity, verdict,
            missing, status, line, change, amount_zh, amount_en``; ``missing`` names the facts
            that would settle an undecided answer, ``status`` is ``illustrative`` where a rule
            or value is not published policy, and the amounts are what its rule states.

        Raises:
            FrameTooLargeError: More than 2,000,000 rows would come to Spark's driver; there
                `write_lines` lets the executors write.
        """
        self.pack.department(department, "en")
        mine = nw.col("rule_id").is_in(
            [rule.id for rule in self.current.rules if rule.department == department]
        )
        frames = (self._found, self._undecided, self.lazy_amounts)
        return listed_for(
            self.current, department, *(brought(one.filter(mine)).to_native() for one in frames)
        )

    def write_handovers(
        self, folder: str | Path, *, form: Literal["csv", "xlsx"] = "csv"
    ) -> dict[str, Path]:
        """Write each department's list for a spreadsheet, headed in Chinese and English.

        As CSV: UTF-8 with the mark that Excel looks for; a code of 12 digits or more, and a
        text that a spreadsheet would run as a formula, begins with a tab, which keeps it
        text. As a workbook: one sheet a county, codes and texts in cells of text, and
        columns to fill in (核实结果, 经办人编号, 核实日期), which `read_list` reads back.

        Args:
            folder: Where to write; the list of an earlier run is replaced, or removed
                when the department has nothing to look at now.
            form: ``csv``, or ``xlsx``, which needs the extra ``excel``.

        Returns:
            The file of each department that has a row, by the department's id.

        Raises:
            InvalidArgumentError: It is neither form.
            MissingExtraError: XlsxWriter is not installed.
        """
        return write_lists(self.handover, self.current, self.areas, folder, form)

    def totals(self, level: Level | str = "county") -> Totals:
        """Count what the screening comes to: what reports and charts are made of.

        Args:
            level: The level of area to count by.
        """
        frames = (self._found, self._homes, self._undecided)
        given = self.households_given
        return totals_of(self.current, *frames, self.areas, given=given, level=level)

    def report(
        self,
        *,
        level: Level | str = "county",
        withhold: int = 5,
        households: int = 0,
        earlier: Iterable[Totals] = (),
        inputs: Mapping[str, str] | None = None,
    ) -> Page:
        """Lay the answer out as a report that opens anywhere (筛查报告).

        Args:
            level: The level of area to count by.
            withhold: The smallest count that is shown; 0 shows all.
            households: How many answers of each department are listed with their households
                and explained. The explanations show amounts: for those who handle the cases.
            earlier: The counts of earlier runs.
            inputs: The digest of each input, by its name.

        Raises:
            InvalidArgumentError: There is no such level of area.
        """
        runs = tuple(earlier)
        return report_of(self, self._checked, level, withhold, households, runs, inputs or {})


__all__ = ["Screening"]
