"""Who must be judged again on a later day, because an answer may be another than before.

A household's answers can change for six reasons: a row of it changed; a row passed the edge
of a window or a day that a rule names; somebody grew a year older; a value changed where it
lives; deliveries came, or a window ran past them; rows of nobody came or went. Whoever one of
these may concern is found, rather too many than too few. Where rules or areas changed it is
everybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import cached_property, reduce
from operator import or_
from typing import Any

import attrs
import narwhals as nw
import polars as pl

from antipoverty._base.frames import as_lazy, rows_of, to_polars
from antipoverty._base.frozen import Frozen
from antipoverty._base.provenance import Text
from antipoverty._policy.succession import place
from antipoverty._screening.checks import Checked, in_days
from antipoverty._screening.faults import counted_years
from antipoverty._screening.state import State, areas_digest, rules_digest, values_read
from antipoverty._screening.tables import HOUSEHOLDS, Tables
from antipoverty._screening.unseen import MOST_UNPLACED
from antipoverty.codes import Level
from antipoverty.conditions import Window, tree, walked
from antipoverty.conditions.unseen import undelivered
from antipoverty.errors import InvalidArgumentError, MissingColumnError
from antipoverty.model import FIRST_DAY, LAST_DAY, AreaTree, Delivery, Kind, TableSchema
from antipoverty.rules import InForce

Interval = tuple[date, date]

CHANGED, EDGE, AGE, VALUE, DELIVERED, NOBODY = (
    "changed", "window", "age", "value", "delivery", "unplaced",
)  # fmt: skip
"""Why a household is judged again."""

_ID = {"household_id": pl.String()}


def read_changed(changed: Any) -> pl.DataFrame:
    """Read whose rows changed: ids, or a frame with a column ``household_id``.

    Raises:
        InvalidArgumentError: They are neither.
        MissingColumnError: The frame has no such column.
    """
    if isinstance(changed, str | bytes):
        raise InvalidArgumentError("changed are several ids of households, not one text")
    if not hasattr(changed, "columns"):
        listed = list(changed)
        if not all(one is None or isinstance(one, str) for one in listed):
            raise InvalidArgumentError("changed are ids of households as text, or a frame of them")
        return pl.DataFrame({"household_id": pl.Series(listed, dtype=pl.String)}).unique()
    frame = as_lazy(changed)
    if "household_id" not in frame.collect_schema():
        raise MissingColumnError("the changed rows lack the column 'household_id'")
    return to_polars(frame.select(nw.col("household_id").cast(nw.String)).unique())


def changed_between(before: Tables[Any], after: Tables[Any]) -> pl.DataFrame:
    """Find whose rows differ between two states of the same tables; both are read in full.

    Args:
        before: The tables as they were.
        after: As they are, in frames of the same kind.

    Returns:
        ``household_id``, null where a row has none.
    """
    old, new = before.lazy(), after.lazy()
    found = [pl.DataFrame(schema=_ID)]
    for name in sorted({*old, *new}):
        there = [frames[name] for frames in (old, new) if name in frames]
        columns = sorted({column for frame in there for column in frame.collect_schema()})
        if len(there) == 1 or len({frozenset(one.collect_schema().items()) for one in there}) > 1:
            found += [_named(frame) for frame in there]  # another column or type: every row differs
            continue
        counted = [
            frame.select(*columns).with_columns(nw.lit(sign).alias("_sign"))
            for frame, sign in zip(there, (1, -1), strict=True)
        ]
        both = nw.concat(counted, how="vertical").group_by(*columns).agg(nw.col("_sign").sum())
        found.append(_named(both.filter(nw.col("_sign") != 0)))
    return pl.concat(found).unique()


def _named(frame: nw.LazyFrame[Any]) -> pl.DataFrame:
    """What rows name, null where one names none."""
    return to_polars(frame.select(nw.col("household_id").cast(nw.String)).unique())


def _ids(frame: nw.LazyFrame[Any]) -> pl.DataFrame:
    return _named(frame.filter(~nw.col("household_id").is_null()))


def everything(
    state: State, current: InForce, areas: AreaTree | None, tables: Tables[Any]
) -> Text | None:
    """Say why every household must be judged again, or nothing where that is not so."""
    if state.pack != current.pack.id:
        return Text("上次的答案出自另一政策包。", "The answers before were of another pack.")
    if state.rules != rules_digest(current):
        return Text("规则或数据模型已变。", "The rules or the facts changed.")
    if state.reading != tables.reading:
        return Text(
            "金额单位或时区与上次不同。", "Amounts or moments are read in another unit or zone."
        )
    if state.areas != areas_digest(areas):
        return Text("区划代码表已变。", "The areas changed.")
    since, until = sorted((state.as_of, current.day))
    turned = (day for one in areas or () for day in (one.since, one.until) if day is not None)
    if any(since <= day <= until for day in turned):
        return Text("其间有区划代码启用或停用。", "A code of an area began or ended meanwhile.")
    if (state.deliveries is None) != (tables.deliveries is None):
        return Text("交付台账从有到无或从无到有。", "A list of deliveries came or is gone.")
    if state.refused:
        return Text("上次有整列被拒。", "Columns were refused as a whole before.")
    if current.pack.area in _areas_of_values(state, current):
        return Text("全域的标准值已变。", "A value for the whole area changed.")
    if since != until and any(map(_moves_a_derived_day, current.conditions)):
        return Text(
            "推算出的日期与判定日相比。",
            "A day that is worked out is compared with that of the answer.",
        )
    return None


def _moves_a_derived_day(condition: tree.Node) -> bool:
    """Whether a rule measures by the day of the answer a day that no table has."""
    nodes = tuple(walked(condition))
    derived = {
        node.field.path
        for node in nodes
        if isinstance(node, tree.Read) and node.field.kind is Kind.DATE and node.field.inputs
    }
    return bool(derived) and any(isinstance(node, tree.Ago) for node in nodes)


def _areas_of_values(state: State, current: InForce) -> set[str]:
    """The areas for which some value is another."""
    return {area for _, area, _ in set(state.values) ^ set(values_read(current))}


@attrs.frozen
class Whole:
    """All tables on the later day, and what is asked of all rows.

    Attributes:
        frames: The tables.
        state: What the earlier day left.
        current: The rules in force on the later day.
        areas: The known areas.
    """

    frames: Mapping[str, nw.LazyFrame[Any]]
    state: State
    current: InForce
    areas: AreaTree | None

    @classmethod
    def of(
        cls, tables: Tables[Any], state: State, current: InForce, areas: AreaTree | None
    ) -> Whole:
        """Take the tables that the model knows."""
        schema = current.pack.schema
        schemas = {HOUSEHOLDS: schema.household, **schema.tables}
        frames = {name: one for name, one in tables.lazy().items() if name in schemas}
        return cls(Frozen(in_days(frames, schemas, tables.zone)), state, current, areas)

    def schema(self, name: str) -> TableSchema:
        """What a table's columns hold."""
        whole = self.current.pack.schema
        return whole.household if name == HOUSEHOLDS else whole.tables[name]

    # --- households ------------------------------------------------------------------

    @cached_property
    def rows(self) -> int:
        """How many rows of households there are."""
        return int(to_polars(self.frames[HOUSEHOLDS].select(nw.len())).item())

    def refuse_others(self, changed: pl.DataFrame, part: Tables[pl.DataFrame]) -> None:
        """Refuse tables that are not those of the state with the changes that were told.

        Args:
            changed: The ids of the households that changed, null for rows without one.
            part: The rows of these, and of others.

        Raises:
            InvalidArgumentError: More or fewer households are there than changed.
        """
        if changed["household_id"].null_count():
            return
        ids = changed["household_id"].implode()
        theirs = part[HOUSEHOLDS].filter(pl.col("household_id").cast(pl.String).is_in(ids)).height
        before = self.state.rows - (self.rows - theirs)
        if not 0 <= before <= changed.height + self.state.spare:
            raise InvalidArgumentError(
                "these tables hold {now:,} rows of households, the state of {day} rests on "
                "{then:,}, and the {changed:,} households that changed are not the difference; "
                "give the tables that the state is of, and all who came, changed or went, or "
                "screen in full",
                now=self.rows,
                day=self.state.as_of,
                then=self.state.rows,
                changed=changed.height,
            )

    # --- rows whose meaning depends on the day ---------------------------------------

    @cached_property
    def nodes(self) -> tuple[tree.Node, ...]:
        """All that the rules in force are made of."""
        return tuple(node for one in self.current.conditions for node in walked(one))

    @cached_property
    def windows(self) -> Mapping[str | None, frozenset[Window]]:
        """The windows that the rules look at, by table."""
        found: dict[str | None, set[Window]] = {}
        for node in self.nodes:
            if isinstance(node, tree.Rows) and node.window:
                found.setdefault(node.table.name, set()).add(node.window)
        return {name: frozenset(windows) for name, windows in found.items()}

    def edges(self, name: str) -> tuple[list[Interval], list[Interval]]:
        """The days between which a table's own day, and any day, is read in another way."""
        old, new = self.state.as_of, self.current.day
        windows, named = [(old, new)], []
        for window in self.windows.get(name, ()):
            windows += [(window.first(old), window.first(new)), (window.end(old), window.end(new))]
        for node in self.nodes:
            if isinstance(node, tree.Ago):
                named.append((node.day(old), node.day(new)))
            if isinstance(node, tree.Arithmetic) and node.of_days and _has_ago(node):
                named.append((FIRST_DAY, LAST_DAY))  # so many days since any day at all
        day = timedelta(days=1)
        half = [(min(one), max(one) - day) for one in windows if one[0] != one[1]]
        return half, sorted({(min(one), max(one)) for one in named})

    def moved(self, name: str) -> Iterator[tuple[str, nw.Expr]]:
        """The tests of a row for being read in another way than on the earlier day."""
        frame, schema = self.frames[name], self.schema(name)
        dtypes = frame.collect_schema()
        own, named = self.edges(name)
        tests = []
        for field in schema.fields.values():
            if field.kind is Kind.DATE and isinstance(
                dtypes.get(field.name), nw.Date | nw.Datetime
            ):
                day = nw.col(field.name).cast(nw.Date)
                for first, last in {*named, *(own if field.name == schema.day else ())}:
                    tests.append((day >= first) & (day <= last))
        if tests:
            yield EDGE, reduce(or_, tests).fill_null(value=False)
        dated = [one for one in schema.counted.values() if isinstance(
            dtypes.get(one), nw.Date | nw.Datetime)]  # fmt: skip
        if dated:
            then, now = (
                counted_years(schema, list(dtypes), day)
                for day in (self.state.as_of, self.current.day)
            )
            other = [(then[one] != now[one]) | (then[one].is_null() != now[one].is_null())
                     for one in now]  # fmt: skip
            yield AGE, reduce(or_, other).fill_null(value=False)

    def by_day(self) -> Iterator[tuple[str, pl.DataFrame]]:
        """The households with a row that is read in another way, by cause."""
        if self.state.as_of == self.current.day:
            return
        for name, frame in self.frames.items():
            for cause, test in self.moved(name):
                yield cause, _ids(frame.filter(test))

    # --- places ------------------------------------------------------------------------

    @cached_property
    def living(self) -> Mapping[str, int]:
        """How many rows of households with an id there are, by the code that they have."""
        named = self.frames[HOUSEHOLDS].filter(~nw.col("household_id").is_null())
        codes = named.select(nw.col("area").cast(nw.String))
        counted = to_polars(codes.group_by("area").agg(nw.len().alias("_rows")))
        return dict(counted.drop_nulls("area").rows())

    @cached_property
    def heirs(self) -> Mapping[str, str]:
        """The codes that occur, each with the code that it has on the day."""
        found = {}
        for code in self.living:
            reason, heir = place(code, "", self.areas, self.current.day)
            if reason is None:
                found[code] = heir
        return found

    def living_in(self, prefixes: Iterable[str]) -> pl.DataFrame:
        """The households of some areas."""
        starts = tuple(prefixes)
        if not starts:
            return pl.DataFrame(schema=_ID)
        codes = sorted(code for code, heir in self.heirs.items() if heir.startswith(starts))
        there = nw.col("area").cast(nw.String).is_in(codes)
        return _ids(self.frames[HOUSEHOLDS].filter(there))

    def by_value(self) -> pl.DataFrame:
        """The households of areas whose values changed."""
        return self.living_in(_areas_of_values(self.state, self.current))

    def villages(self, again: pl.DataFrame, good: nw.LazyFrame[Any]) -> pl.Series:
        """The villages of all good households.

        Args:
            again: The households that are judged again.
            good: The good ones among them.
        """
        gone = pl.concat([again, self.state.aside]).unique()
        theirs = _rows_of(self.frames[HOUSEHOLDS], gone).select(nw.col("area").cast(nw.String))
        left = Counter(self.living)
        left.subtract(to_polars(theirs)["area"].drop_nulls())
        codes = [code for code, rows in left.items() if rows > 0]
        mine = to_polars(good.select("area").unique())["area"]
        whole = {self.heirs[code] for code in codes if code in self.heirs} | set(mine)
        digits = Level.VILLAGE.digits
        return pl.Series("area", sorted({code[:digits] for code in whole}), dtype=pl.String)

    # --- what did not come ---------------------------------------------------------------

    def by_delivery(self, handed: tuple[Delivery, ...] | None) -> pl.DataFrame:
        """The households of areas for which other days are covered, as far as windows reach."""
        before = self.state.deliveries
        if before is None or handed is None:
            return pl.DataFrame(schema=_ID)
        codes = {one.area for one in (*before, *handed)}
        known: dict[tuple[str, ...], bool] = {}
        found = []
        for area in sorted(set(self.heirs.values())):
            key = tuple(sorted(code for code in codes if area.startswith(code)))
            if key not in known:
                known[key] = self._uncovered(before, area, self.state.as_of) != self._uncovered(
                    handed, area, self.current.day
                )
            if known[key]:
                found.append(area)
        return self.living_in(found)

    def _uncovered(self, handed: tuple[Delivery, ...], area: str, day: date) -> set[Any]:
        found: Counter[Any] = Counter()
        for name, schema in self.current.pack.schema.tables.items():
            windows = self.windows.get(name, frozenset())
            sorts = self.current.kinds.get(name, ())
            for sort, since, until, _ in undelivered(schema, sorts, handed, area, day):
                reached = frozenset(str(one) for one in windows if one.touches(since, until, day))
                found[name, sort, reached] += 1
        return set(found.items())

    def by_nobody(self, checked: Checked[Any]) -> pl.DataFrame | None:
        """The households whose answers rows of nobody may turn; ``None`` where it is all."""
        now = {name: one.unplaced.rows for name, one in checked.unseen.items()}
        scopes: set[str] = set()
        for name in {*now, *self.state.unplaced}:
            then, came = (each.get(name, pl.DataFrame()) for each in (self.state.unplaced, now))
            if then.height == came.height == 0:
                continue
            different = _rows(then) - _rows(came) | _rows(came) - _rows(then)
            lines = [*different, *self._at_an_edge(name, then), *self._at_an_edge(name, came)]
            scopes |= {str(dict(line)["_scope"]) for line in lines}
            if lines and max(then.height, came.height) > MOST_UNPLACED:
                return None
        return None if "" in scopes else self.living_in(scopes)

    def _at_an_edge(self, name: str, rows: pl.DataFrame) -> Iterator[frozenset[Any]]:
        own, named = self.edges(name)
        days = {f.name for f in self.schema(name).fields.values() if f.kind is Kind.DATE}
        for row in rows.to_dicts():
            if any(
                isinstance(row.get(one), date) and first <= row[one] <= last
                for one in days
                for first, last in (*own, *named)
            ):
                yield frozenset(row.items())


def _has_ago(node: tree.Node) -> bool:
    return any(isinstance(part, tree.Ago) for part in node.walk())


def _rows(frame: pl.DataFrame) -> Counter[frozenset[Any]]:
    return Counter(
        frozenset((name, value) for name, value in row.items() if value is not None)
        for row in frame.to_dicts()
    )


def _rows_of(frame: nw.LazyFrame[Any], ids: pl.DataFrame) -> nw.LazyFrame[Any]:
    """Keep the rows of some households, whatever type their ids are of."""
    if frame.collect_schema()["household_id"] == nw.String:
        return rows_of(frame, ids, "household_id")
    text = nw.col("household_id").cast(nw.String)
    return frame.filter(text.is_in(ids["household_id"].to_list()))


def part_of(
    tables: Tables[Any], frames: Mapping[str, nw.LazyFrame[Any]], ids: pl.DataFrame
) -> Tables[pl.DataFrame]:
    """Bring the rows of some households, and rows without an id, into memory."""
    key = nw.col("household_id")
    part: dict[str, Any] = {}
    for name, frame in frames.items():
        kept = _rows_of(frame, ids)
        part[name] = to_polars(kept)
        if name != HOUSEHOLDS:
            part[name] = pl.concat([part[name], to_polars(frame.filter(key.is_null()))])
    return tables.with_frames(part)


__all__ = [
    "AGE",
    "CHANGED",
    "DELIVERED",
    "EDGE",
    "NOBODY",
    "VALUE",
    "Whole",
    "changed_between",
    "everything",
    "part_of",
    "read_changed",
]
