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

from collections.abc import Callable
from datetime import date

from antipoverty._base.days import days
from antipoverty._policy.succession import following
from antipoverty._screening.amounts import StatedTotal, refuse_overflow
from antipoverty._screening.answers import not_clear
from antipoverty._screening.checks import Checked, check, refuse_missing
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
from antipoverty._screening.screened import Screening
from antipoverty._screening.tables import HOUSEHOLDS, F, Tables
from antipoverty._screening.totals import Totals
from antipoverty._screening.unseen import abouts
from antipoverty._screening.waiting import Waiting
from antipoverty._screening.wide import wide_frame
from antipoverty._screening.workbooks import RESULTS, FilledLine, read_list
from antipoverty.engines.frames import Compiler
from antipoverty.model import AreaTree
from antipoverty.rules import Pack

Progress = Callable[[str, int, int], None]
"""Called with the name of a step, the number of steps done and their number in all."""

_STEPS = ("check", "aggregate", "judge")


@days
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
    wide = wide_frame(
        tables.tables, tables.unseen, compiler, current.conditions, apart=tables.apart
    )
    report(_STEPS[2], 2, 3)
    homes, found = not_clear(wide, expressions, tables.tables[HOUSEHOLDS])
    report(_STEPS[2], 3, 3)
    return Screening(current, tables, homes, found, areas)


__all__ = [
    "HOUSEHOLDS",
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
