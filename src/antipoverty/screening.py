"""Screening judges a whole population at once, and any answer of it can be explained.

>>> from datetime import date
>>> from antipoverty.model import Household
>>> from antipoverty.conditions import household as h, yuan
>>> from antipoverty.rules import Pack, Rule, Source, Text
>>> rule = Rule(id="low", title=Text("收入低", "Low income"), department="rural-affairs",
...             when=h.net_income_12m < yuan(6000, per="person") * h.size,
...             source=Source("an example"), since=date(2021, 1, 1))
>>> pack = Pack("example", Text("示例", "Example"), rules=[rule],
...             departments={"rural-affairs": Text("农业农村局", "Rural affairs")})
>>> households = [Household(household_id="h1", area="610702100200", size=3, net_income_12m="17400"),
...          Household(household_id="h2", area="610702100200", size=3)]
>>> screening = screen(Tables.of(households), pack, as_of=date(2021, 12, 1))
>>> screening
<Screening example on 2021-12-01 (illustrative): 2 households, 1 warn, 1 undecided, 0 set aside>
>>> screening.alerts.rows()
[('h1', '610702100200', 'low', 'warn'), ('h2', '610702100200', 'low', 'undecided')]
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Generic, Literal

import narwhals as nw
import polars as pl

from antipoverty._base.frames import shown, to_native, to_polars
from antipoverty._base.frozen import Frozen
from antipoverty._base.notebook import fragment
from antipoverty._policy.succession import following
from antipoverty._screening.amounts import StatedTotal, amounts_of, refuse_overflow, totals_stated
from antipoverty._screening.answers import not_clear
from antipoverty._screening.checks import Checked, check, refuse_missing
from antipoverty._screening.closer import facts_missing
from antipoverty._screening.counting import totals_of
from antipoverty._screening.deliveries import as_frame as deliveries_frame
from antipoverty._screening.deliveries import delivery_gaps, with_rows
from antipoverty._screening.faults import NOTES, REASONS
from antipoverty._screening.lines import line_id
from antipoverty._screening.lists import handover as listed_for
from antipoverty._screening.lists import write_lists, write_spreadsheet
from antipoverty._screening.measures import (
    IncomePoverty,
    Indicator,
    Multidimensional,
    Ratio,
    income_poverty,
    multidimensional,
)
from antipoverty._screening.near_ids import NearIds
from antipoverty._screening.one import household_of
from antipoverty._screening.state import State
from antipoverty._screening.summary import counted_by
from antipoverty._screening.tables import HOUSEHOLDS, F, Tables
from antipoverty._screening.telling import report_of, trusted
from antipoverty._screening.tiers import tier_facts, tiers_of
from antipoverty._screening.totals import Totals
from antipoverty._screening.unseen import Roster, abouts
from antipoverty._screening.waiting import Waiting, waiting
from antipoverty._screening.wide import wide_frame
from antipoverty._screening.workbooks import RESULTS, FilledLine, read_list
from antipoverty.codes import Level
from antipoverty.conditions import Language
from antipoverty.engines.frames import Compiler
from antipoverty.model import AreaTree, Delivery, Household
from antipoverty.report import Page
from antipoverty.rules import InForce, Judgement, Pack, judge

Progress = Callable[[str, int, int], None]
"""Called with the name of a step, the number of steps done and their number in all."""

_STEPS = ("check", "aggregate", "judge")


def screen(
    tables: Tables[F] | Checked[F],
    pack: Pack,
    *,
    as_of: date,
    areas: AreaTree | None = None,
    progress: Progress | None = None,
) -> Screening[F]:
    """Judge every household by every rule in force on a day.

    Args:
        tables: Households, members, records and the child tables of the pack's model.
            Money columns are Int64 fen; null means not known.
        pack: The policy. Rules not in force on ``as_of`` are left out.
        as_of: The day the answer is for; windows end the day before it.
        areas: The known areas; a household in another is set aside, and a code that ended
            is followed to its successor. Without them only the form of a code is checked.
        progress: Called as the steps are done.

    Returns:
        The answer, whose ``alerts`` have one row per household and rule that is not
        clear, in the frame type that came in: ``household_id, area, rule_id, verdict``.

    Raises:
        MissingTableError: A rule reads a table that is not there.
        MissingColumnError: A table lacks a column that some rule reads.
        ParameterNotSetError: A parameter has no value for this area and day.
        OverflowRiskError: A rule's numbers could exceed 64 bits.

    Source:
        Agrees with `judge`, the reference, on every household.
    """
    report = progress or (lambda _step, _done, _all: None)
    pack = following(pack, areas, as_of)
    current = pack.on(as_of)
    compiler = Compiler(current)
    expressions = {rule: compiler.rule(rule) for rule in current.rules}
    refuse_overflow(current)
    report(_STEPS[0], 0, 3)
    if isinstance(tables, Tables):
        tables = check(tables, pack, as_of=as_of, areas=areas)
    else:
        refuse_missing(tables.tables, pack, as_of)
    report(_STEPS[1], 1, 3)
    if tables.unseen:
        compiler = Compiler(current, abouts(tables.unseen))
        expressions = {rule: compiler.rule(rule) for rule in current.rules}
    wide = wide_frame(tables.tables, tables.unseen, compiler, current.conditions)
    report(_STEPS[2], 2, 3)
    homes, found = not_clear(wide, expressions, tables.tables[HOUSEHOLDS])
    report(_STEPS[2], 3, 3)
    return Screening(current, tables, homes, found, areas)


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
        area = pl.col("_scope").alias("area")
        return Frozen(
            {
                name: rows.group_by(area).agg(pl.len().cast(pl.Int64).alias("rows")).sort("area")
                for name, rows in found.items()
                if rows.height
            }
        )

    @property
    def deliveries(self) -> tuple[Delivery, ...] | None:
        """What was handed over; ``None`` where the caller vouches that the tables are complete."""
        return self._checked.deliveries

    @property
    def deliveries_lost(self) -> tuple[Delivery, ...]:
        """The deliveries of which the tables hold fewer rows than they say; they cover nothing."""
        return self._checked.lost

    def trusted(self, language: Language = "en") -> str:
        """Say in a line on what it rests that a row which is not there means none."""
        return trusted(self.deliveries, self.deliveries_lost, language)

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
        """Keep the answers, for `daily.screen_delta` on a later day; they come into memory."""
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

    def explain(self, household_id: str, language: Language = "en") -> str:
        """Explain every answer that is not clear for one household, after the fact."""
        return self.judgement(household_id).explain(language)

    def household(self, household_id: str) -> Household:
        """Give one household of the tables, with its rows, as the model has it."""
        return household_of(self._checked, self.pack.model, household_id)

    def handover(self, department: str) -> pl.DataFrame:
        """The list that is handed to a department (清单交办), most severe first.

        Args:
            department: Its id in the pack.

        Returns:
            Polars: ``household_id, area, rule_id, title_zh, title_en, severity, verdict,
            missing, status, line, change, amount_zh, amount_en``; ``missing`` names the facts
            that would settle an undecided answer, ``status`` is ``illustrative`` where a rule
            or value is not published policy, and the amounts are what its rule states.
        """
        self.pack.department(department, "en")
        mine = nw.col("rule_id").is_in(
            [rule.id for rule in self.current.rules if rule.department == department]
        )
        frames = (self._found, self._undecided, self.lazy_amounts)
        return listed_for(
            self.current, department, *(to_polars(one.filter(mine)) for one in frames)
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


__all__ = [
    "NOTES",
    "REASONS",
    "RESULTS",
    "Checked",
    "FilledLine",
    "IncomePoverty",
    "Indicator",
    "Multidimensional",
    "NearIds",
    "Progress",
    "Ratio",
    "Screening",
    "StatedTotal",
    "Tables",
    "Totals",
    "Waiting",
    "check",
    "deliveries_frame",
    "delivery_gaps",
    "income_poverty",
    "line_id",
    "listed_for",
    "multidimensional",
    "read_list",
    "screen",
    "with_rows",
    "write_lists",
    "write_spreadsheet",
]
