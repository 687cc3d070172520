"""A day's screening from the day before: judge again only whom the day may concern (常态化).

>>> from datetime import date
>>> from antipoverty.model import Household
>>> from antipoverty.packs import shaanxi_2531
>>> from antipoverty.screening import Tables, screen
>>> pack, day = shaanxi_2531(), date(2021, 12, 1)
>>> home = Household(household_id="h1", area="610702100200", size=3, net_income_12m="17400",
...                  members=(), records=())
>>> state = screen(Tables.of([home]), pack, as_of=day).state()
>>> delta = screen_delta(state, Tables.of([home]), pack, as_of=date(2021, 12, 2), changed=[])
>>> delta
<Delta shaanxi-2531 from 2021-12-01 to 2021-12-02: 0 judged again, 0 new, 0 ended, 0 other, 15 stay>
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import partial
from typing import Any

import attrs
import polars as pl

from antipoverty._base.days import days
from antipoverty._base.frozen import Frozen
from antipoverty._base.provenance import Text
from antipoverty._policy.succession import following
from antipoverty._screening.checks import check_part
from antipoverty._screening.delta import (
    CHANGED,
    DELIVERED,
    NOBODY,
    VALUE,
    Whole,
    changed_between,
    everything,
    part_of,
    read_changed,
)
from antipoverty._screening.state import ANSWERS, State, refuse_to_replace
from antipoverty._screening.tables import Tables
from antipoverty.model import AreaTree
from antipoverty.rules import Pack
from antipoverty.screening import Screening, screen

LINES = {
    "household_id": pl.String(),
    "area": pl.String(),
    "rule_id": pl.String(),
    "before": pl.String(),
    "verdict": pl.String(),
    "change": pl.String(),
}
"""The columns of what changed; ``change`` is ``new``, ``ended`` or ``other``."""


@attrs.frozen(repr=False, eq=False)
class Delta:
    """What changed in the answers since an earlier day (日增量).

    Attributes:
        since: The earlier day.
        everything: Why every household was judged again; ``None`` where only some were.
        causes: How many households were judged again, by cause; one may have several.
        screening: The answers of those that were judged again, in Polars; in the kind that
            came in where all were.
        lines: The answers that changed: ``household_id, area, rule_id, before, verdict,
            change``; ``before`` or ``verdict`` is null for what was or is clear.
        stays: How many answers that are not clear stay as they were.
        state: What the next day needs.
    """

    since: date
    everything: Text | None
    causes: Mapping[str, int]
    screening: Screening[Any]
    lines: pl.DataFrame
    stays: int
    state: State

    def __repr__(self) -> str:
        tally = ", ".join(f"{len(self.of(word)):,} {word}" for word in ("new", "ended", "other"))
        again = "all" if self.everything else f"{self.screening.households_given:,}"
        return (
            f"<Delta {self.state.pack} from {self.since} to {self.state.as_of}: {again} judged "
            f"again, {tally}, {self.stays:,} stay>"
        )

    def of(self, change: str) -> pl.DataFrame:
        """The lines of one change: ``new``, ``ended`` or ``other``."""
        return self.lines.filter(pl.col("change") == change)

    def handover(self, department: str) -> pl.DataFrame:
        """What is new or another answer of a department's list, as `Screening.handover`."""
        fresh = self.alerts.select("household_id", "rule_id")
        listed = self.screening.handover(department)
        return listed.join(fresh, on=["household_id", "rule_id"], how="semi", maintain_order="left")

    @property
    def alerts(self) -> pl.DataFrame:
        """What is new or another answer, in the columns that the registers take."""
        return self.lines.filter(pl.col("change") != "ended").select(*ANSWERS)


@days
def screen_delta(
    state: State,
    tables: Tables[Any],
    pack: Pack,
    *,
    as_of: date,
    changed: Iterable[str | None] | Any,
    areas: AreaTree | None = None,
) -> Delta:
    """Screen a population on a day, from the answers of an earlier one.

    Args:
        state: What that day left.
        tables: All tables as they are now. Rows are looked up by ``household_id`` and by
            their days, which an index makes fast.
        pack: The policy as it is now.
        as_of: The day the answer is for.
        changed: The ids of households of which a row in any table came, changed or went,
            old and new id alike, or a frame with them in ``household_id``; null for a row
            without one. What is left out here keeps its old answer. `changed_between` finds
            them by comparing all rows.
        areas: The known areas.

    Returns:
        What changed. The answers are those of a full screening of the same tables.

    Raises:
        InvalidArgumentError: ``changed`` are no ids; or these are not the tables of the state
            with who changed, by the number of rows of households.
        UnsupportedFrameError: As of `screen`, which raises what else can be wrong.
    """
    told = read_changed(changed)
    ids = told.drop_nulls()  # rows of nobody are looked at on each day
    current = following(pack, areas, as_of).on(as_of)
    why = everything(state, current, areas, tables)
    if why is None:
        whole = Whole.of(tables, state, current, areas)
        found = [(CHANGED, ids), *whole.by_day(), (VALUE, whole.by_value())]
        strays = [frame.drop_nulls() for frame in state.strays.values()]
        while True:
            again = pl.concat([one for _, one in found]).unique()
            part = part_of(tables, whole.frames, pl.concat([again, *strays]).unique())
            whole.refuse_others(told, part)
            places = partial(whole.villages, again)
            checked = check_part(part, tables, pack, as_of=as_of, areas=areas, villages=places)
            if checked.refused:
                why = Text("有整列被拒。", "Columns are refused as a whole.")
                break
            nobody = whole.by_nobody(checked)
            if nobody is None:
                why = Text("无户归属的行有变动。", "Rows of nobody came or went.")
                break
            more = [(DELIVERED, whole.by_delivery(checked.deliveries)), (NOBODY, nobody)]
            if all(one.join(again, on="household_id", how="anti").is_empty() for _, one in more):
                screening = screen(checked, pack, as_of=as_of, areas=areas)
                causes = _counted([*found, *more])
                return _delta(state, screening, again, causes, rows=whole.rows)
            found += more
    full: Screening[Any] = screen(tables, pack, as_of=as_of, areas=areas)
    return _delta(state, full, None, Frozen(), why)


def _counted(found: Iterable[tuple[str, pl.DataFrame]]) -> Mapping[str, int]:
    each: dict[str, list[pl.DataFrame]] = {}
    for cause, ids in found:
        each.setdefault(cause, []).append(ids)
    counts = {cause: pl.concat(ids).unique().height for cause, ids in each.items()}
    return Frozen({cause: number for cause, number in counts.items() if number})


def _delta(
    state: State,
    screening: Screening[Any],
    again: pl.DataFrame | None,
    causes: Mapping[str, int],
    why: Text | None = None,
    rows: int = 0,
) -> Delta:
    """Compare the answers of who was judged again with those they had."""
    made = screening.state()
    now, answers, aside = made.answers.collect(), made.answers, made.aside
    before = state.answers
    if again is not None:
        ids = again.lazy()
        before = state.answers.join(ids, on="household_id", how="semi")
        answers = pl.concat([state.answers.join(ids, on="household_id", how="anti"), answers])
        rest = state.aside.join(again, on="household_id", how="anti")
        aside = pl.concat([rest, aside]).unique()
        made = attrs.evolve(made, rows=rows, spare=state.spare + made.spare)
    both = before.collect().join(
        now, on=["household_id", "rule_id"], how="full", coalesce=True, suffix="_now"
    )
    old, new = pl.col("verdict"), pl.col("verdict_now")
    change = (
        pl.when(old.is_null())
        .then(pl.lit("new"))
        .when(new.is_null())
        .then(pl.lit("ended"))
        .when(old != new)
        .then(pl.lit("other"))
    )
    lines = (
        both.select(
            "household_id",
            pl.coalesce("area_now", "area").alias("area"),
            "rule_id",
            old.alias("before"),
            new.alias("verdict"),
            change.alias("change"),
        )
        .drop_nulls("change")
        .sort("household_id", "rule_id")
    )
    whole = state.answers.select(pl.len()).collect().item()
    gone = lines.filter(pl.col("change") != "new").height
    kept = attrs.evolve(made, answers=answers, aside=aside)
    return Delta(state.as_of, why, causes, screening, lines, whole - gone, kept)


__all__ = ["LINES", "Delta", "State", "changed_between", "refuse_to_replace", "screen_delta"]
