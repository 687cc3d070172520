"""What stands in each column: its form, how much can be read, what cannot, and where it lies.

No value of a cell is held: of what cannot be read its row and its shape, 9 for a digit, A for a
letter and 汉 for a character; of numbers the quantiles, where there are enough of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import polars as pl

from antipoverty._base.frozen import Frozen
from antipoverty._base.provenance import Text
from antipoverty._intake.cells import held, read_cells
from antipoverty._intake.dictionary import Entry
from antipoverty._intake.mapping import HOUSEHOLDS, Column, Source
from antipoverty._intake.plausible import Plausible
from antipoverty._intake.sources import open_source
from antipoverty._intake.text import ROW
from antipoverty.model import Field, Kind, Money, Schema, TableSchema

FEW = 20
"""Under so many values no quantile is given: it would tell of households."""
EXAMPLES = 3
POINTS = (5, 25, 50, 75, 95)
_FEN = {"元": 100, "万元": 10**6, "分": 1, "亿元": 10**10, "角": 10}
_MARKS = "-/.,:;()+%年月日'"

FORMS: Mapping[str, tuple[str, Text]] = Frozen(
    {
        "lost": (r"(?i)^[0-9.]+e[+-]?[0-9]+$", Text("科学计数", "scientific notation")),
        "code": (r"^[0-9]{12,}[0-9Xx]?$", Text("12位以上数字", "12 digits or more")),
        "bare-day": (
            r"^(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])$",
            Text("20210305 样日期", "days as 20210305"),
        ),
        "whole": (r"^-?[0-9]+$", Text("整数", "whole numbers")),
        "decimal": (r"^-?[0-9]+[.][0-9]+$", Text("小数", "decimals")),
        "grouped": (
            r"^-?[0-9]{1,3}(?:,[0-9]{3})+(?:[.][0-9]+)?$",
            Text("带千分号的数", "grouped digits"),
        ),
        "dash-day": (r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}", Text("2021-03-05 样日期", "2021-03-05")),
        "slash-day": (
            r"^[0-9]{4}[/.][0-9]{1,2}[/.][0-9]{1,2}",
            Text("2021/3/5 样日期", "2021/3/5"),
        ),
        "han-day": (r"^[0-9]{4}年", Text("2021年3月5日 样日期", "2021年3月5日")),
        "with-words": (r"^[-+]?[0-9]", Text("带字的数", "numbers with words")),
        "text": (r"", Text("文本", "text")),
    }
)
"""The forms that cells are told apart by; the first that fits."""


@attrs.frozen
class Unread:
    """Cells of one kind that cannot be read.

    Attributes:
        kind: The kind of the fault, one of `KINDS`.
        count: How many.
        examples: Up to three of them: the row, and the shape of what stands there.
    """

    kind: str
    count: int
    examples: tuple[tuple[int, str], ...]


@attrs.frozen
class Spread:
    """Where the numbers of a column lie; amounts in yuan.

    Attributes:
        count: How many are known.
        points: The values at 5, 25, 50, 75 and 95 per cent.
        low: The least plausible median, if there are bounds.
        high: The greatest.
        units: The units in which the median would be plausible, if it is not.
    """

    count: int
    points: tuple[str, ...]
    low: str | None = None
    high: str | None = None
    units: tuple[str, ...] = ()
    plausible: bool = True


@attrs.frozen
class ColumnCheck:
    """One column of a source, as it is and as it should be.

    Attributes:
        source: The source.
        column: The header.
        path: The fact it holds, such as ``members.age``; ``None`` for a column passed over.
        title: What the fact is called.
        wanted: The form it should have.
        forms: The forms that its filled cells have, the most frequent first.
        rows: How many rows of the source hold somebody.
        filled: How many of its cells say something.
        readable: How many of these can be read.
        words: The words it may hold, by code.
        unread: What cannot be read, by kind.
        spread: Where its numbers lie; ``None`` for other columns, and for few.
        doubts: What looks wrong although it can be read.
        personal: Whether it names a person; nothing is then told of its cells.
    """

    source: str
    column: str
    path: str | None
    title: Text
    wanted: Text
    forms: tuple[tuple[str, int], ...]
    rows: int
    filled: int
    readable: int
    words: Mapping[str, Text] = attrs.field(default=Frozen(), repr=False)
    unread: tuple[Unread, ...] = ()
    spread: Spread | None = None
    doubts: tuple[Text, ...] = ()
    personal: bool = False

    @property
    def share(self) -> float | None:
        """The share of filled cells that can be read; ``None`` without any."""
        return self.readable / self.filled if self.filled else None

    @property
    def sound(self) -> bool:
        """Whether all of it can be read and nothing looks wrong."""
        return not self.unread and not self.doubts


def check_columns(
    source: Source, folder: Path, schema: Schema, plausible: Plausible
) -> tuple[ColumnCheck, ...]:
    """Look at every column of a source."""
    opened = open_source(source, folder)
    looks = [*_looks(source, opened.columns, schema)]
    for piece in opened.pieces:
        for look in looks:
            look.take(piece.cells)
    return tuple(look.found(source.id, plausible) for look in looks)


def _looks(source: Source, headers: Iterable[str], schema: Schema) -> Iterator[_Look]:
    """What each header is to hold: of the source itself, or of a member in a wide one."""
    wide = [
        (one.model_copy(update={"column": one.column.replace("{n}", str(number))}), part.table)
        for part in source.wide
        for one in part.columns
        for number in range(1, part.count + 1)
    ]
    columns = [*((one, source.rows) for one in source.columns), *wide]
    known = {one.column: (one, _table(schema, table)) for one, table in columns}
    for header in headers:
        column, table = known.get(header, (Column(column=header), None))
        field: Field | None = None
        if table is not None and column.field == "household_id":
            field = schema.household.fields[schema.household.key]
        elif table is not None and column.field is not None:
            field = table.fields.get(column.field)
        yield _Look(
            column,
            field,
            hidden=header in (source.person, *source.area_names),
            optional=any(column is one for one, _ in wide),
        )


def _table(schema: Schema, name: str) -> TableSchema:
    return schema.household if name == HOUSEHOLDS else schema.tables[name]


@attrs.define
class _Look:
    """What was seen of a column so far."""

    column: Column
    field: Field | None
    hidden: bool
    optional: bool
    rows: int = 0
    filled: int = 0
    forms: Counter[str] = attrs.field(factory=Counter)
    faults: Counter[str] = attrs.field(factory=Counter)
    examples: dict[str, list[tuple[int, str]]] = attrs.field(factory=dict)
    numbers: list[pl.Series] = attrs.field(factory=list)

    @property
    def personal(self) -> bool:
        return self.hidden or (self.field is not None and self.field.about.personal)

    def take(self, cells: pl.DataFrame) -> None:
        """Look at a piece of the source."""
        text = held(cells[self.column.column], self.column.missing_values)
        known = cells.select(ROW).with_columns(text.alias("text")).drop_nulls("text")
        form: Any = pl
        for name, (pattern, _) in FORMS.items():
            form = form.when(pl.col("text").str.contains(pattern)).then(pl.lit(name))
        self.rows += cells.height
        self.filled += known.height
        self.forms.update(_counts(known.select(form=form)["form"]))
        if self.field is None or self.personal:
            return
        _, fault = read_cells(text, self.column, self.field)
        wrong = cells.select(ROW).with_columns(text.alias("text"), fault.alias("fault"))
        wrong = wrong.drop_nulls()
        self.faults.update(_counts(wrong["fault"]))
        for kind, row, cell in wrong.select("fault", ROW, "text").iter_rows():
            before = self.examples.setdefault(kind, [])
            if len({seen for _, seen in before}) < EXAMPLES:
                before.append((int(row), shape(cell)))
        if self.field.kind is Kind.NUMBER:
            value, _ = read_cells(text, self.column, _unbounded(self.field))
            self.numbers.append(value.drop_nulls())

    def found(self, source: str, plausible: Plausible) -> ColumnCheck:
        """What the whole column is."""
        unread = tuple(
            Unread(kind, count, _different(self.examples[kind]))
            for kind, count in self.faults.most_common()
        )
        spread = self._spread(plausible)
        field = self.field
        entry = None if field is None else Entry(field.table or HOUSEHOLDS, field, (), key=False)
        return ColumnCheck(
            source=source,
            column=self.column.column,
            path=None if field is None else field.path,
            title=Text("", "") if field is None else Text(field.about.zh, field.about.en),
            wanted=_wanted(self.column, entry),
            forms=() if self.personal else tuple(self.forms.most_common()),
            rows=self.rows,
            filled=self.filled,
            readable=self.filled - sum(self.faults.values()),
            words=Frozen() if entry is None else entry.words,
            unread=unread,
            spread=spread,
            doubts=tuple(self._doubts(spread)),
            personal=self.personal,
        )

    def _spread(self, plausible: Plausible) -> Spread | None:
        values = pl.concat(self.numbers).sort() if self.numbers else pl.Series([], dtype=pl.Int64)
        if self.field is None or len(values) < FEW:
            return None
        scale = self.field.about.unit.scale
        points = [int(values[(len(values) - 1) * point // 100]) for point in POINTS]
        shown = tuple(_possible(point, self.field) for point in points)
        bounds = plausible.median.get(self.field.path)
        if bounds is None:
            return Spread(len(values), shown)
        low, high = (int(bound * scale) for bound in bounds)
        median = points[len(POINTS) // 2]
        said = (_shown(low, scale), _shown(high, scale))
        if low <= median <= high or self.column.per == "person":
            return Spread(len(values), shown, *said)
        units = _other_units(median, self.column.unit or "元", low, high) if scale == 100 else ()
        return Spread(len(values), shown, *said, units=units, plausible=False)

    def _doubts(self, spread: Spread | None) -> Iterator[Text]:
        if spread is not None and not spread.plausible:
            median = spread.points[len(POINTS) // 2]
            yield Text(
                f"中位数 {median} 不在 {spread.low} 至 {spread.high} 之间"
                + (f"，单位像是{'或'.join(spread.units)}" if spread.units else ""),
                f"the median {median} lies outside {spread.low} to {spread.high}"
                + (f"; its unit looks like {' or '.join(spread.units)}" if spread.units else ""),
            )
        amount = self.field is not None and self.field.about.unit.scale == 100
        if amount and "人均" in self.column.column and self.column.per == "household":
            yield Text(
                '表头写“人均”，按户读取；人均数写 per = "person"',
                "its header says per head (人均), and it is read as the household's",
            )
        if self.field is not None and self.rows and not self.filled and not self.optional:
            yield Text("整列是空的", "all of it is empty")


def _counts(values: pl.Series) -> dict[str, int]:
    return dict(values.value_counts().iter_rows())


def _unbounded(field: Field) -> Field:
    """The same without bounds: an amount in the wrong unit may lie outside them."""
    return attrs.evolve(field, about=attrs.evolve(field.about, low=None, high=None))


def _different(examples: list[tuple[int, str]]) -> tuple[tuple[int, str], ...]:
    """Up to three examples, those of different shapes before others, in the order of rows."""
    first = {text: row for row, text in reversed(examples)}
    chosen = [(row, text) for text, row in first.items()]
    chosen += [one for one in examples if one not in chosen]
    return tuple(sorted(chosen[:EXAMPLES]))


def _possible(value: int, field: Field) -> str:
    """A number of the column; one that cannot be is not repeated, for it may be somebody's."""
    low, high, scale = field.about.low or 0, field.about.high or 0, field.about.unit.scale
    if low <= value <= high:
        return _shown(value, scale)
    return f"> {_shown(high, scale)}" if value > high else f"< {_shown(low, scale)}"


def _shown(value: int, scale: int) -> str:
    return str(Money(value)) if scale == 100 else str(value)


def _other_units(median: int, unit: str, low: int, high: int) -> tuple[str, ...]:
    return tuple(
        other
        for other, fen in _FEN.items()
        if other != unit and low * _FEN[unit] <= median * fen <= high * _FEN[unit]
    )


def _wanted(column: Column, entry: Entry | None) -> Text:
    if entry is None:
        return Text("未采用", "passed over")
    if entry.field.about.personal:
        return Text("个人信息，不进入数据表", "personal, goes into no table")
    unit = column.unit or entry.field.about.unit.zh
    zh, en = entry.type.zh, entry.type.en
    if column.per == "person":
        zh, en = f"人均{zh}", f"{en} per head"
    if entry.field.kind is Kind.DATE and column.format != "any":
        forms = {"excel": Text("Excel 序列号", "serial numbers"), "month": Text("年月", "months")}
        zh, en = f"{zh}（{forms[column.format].zh}）", f"{en} ({forms[column.format].en})"
    return Text(f"{zh}，{unit}" if unit else zh, f"{en}, {unit}" if unit else en)


def shape(text: str) -> str:
    """What a cell looks like, without what it says.

    >>> shape("张三 61010219800101004X")
    '汉×2 9×17A'
    """
    runs: list[tuple[str, int]] = []
    for one in text[:64]:
        mark = "9" if one.isdigit() else "A" if one.isascii() and one.isalpha() else one
        if not one.isascii() and one.isalnum() and one not in _MARKS:
            mark = "汉"
        elif mark not in "9A " and mark not in _MARKS:
            mark = "?"
        if runs and runs[-1][0] == mark:
            runs[-1] = (mark, runs[-1][1] + 1)
        else:
            runs.append((mark, 1))
    return "".join(mark if count == 1 else f"{mark}×{count}" for mark, count in runs)
