"""The mapping from departments' files to the tables: a TOML that a diff shows.

Its words are those of the Frictionless Table Schema where it has them: ``trueValues``,
``falseValues``, ``missingValues``, ``format``, ``decimalChar``, ``groupChar``, ``bareNumber``.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from antipoverty._intake.text import tidy

HOUSEHOLDS = "households"

Header = Annotated[str, AfterValidator(tidy)]
"""A header as it stands in the file, in any width and with or without blanks."""

MoneyUnit = Literal["元", "万元", "亿元", "角", "分"]
"""The unit an amount is written in; none is guessed from a value."""

DayForm = Annotated[str, Field(pattern="^(?:any|excel|month|.*%.*)$")]
"""How a column writes days.

``any``: 2021-03-05, 2021/3/5, 2021.3.5, 20210305 and 2021年3月5日, with or without a time.
``excel``: the serial numbers of a spreadsheet. ``month``: 2021-03, 2021年3月 and 202103, which
become the first day of the month. Anything else is a pattern, such as ``%d/%m/%Y``.
"""

LEFT = "left_on"
"""In a roster, the field of the day a member moved away (迁出)."""
DIED = "died_on"
"""In a roster, the field of the day a member died (死亡)."""


class _Form(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        populate_by_name=True,
        hide_input_in_errors=True,
    )


class Column(_Form):
    """One column of a source and the fact it holds.

    Attributes:
        column: The header; the parts of a header of two rows are joined with ``/``.
        field: The fact of the model, or ``None`` for a column that is passed over.
        unit: The unit of an amount; required for money.
        per: ``person`` where an amount is per head; it is multiplied by the size.
        format: How days are written.
        true_values: The words of yes.
        false_values: The words of no.
        missing_values: What stands for *not known*.
        words: The file's words, each with the model's.
        fill_down: Merged cells: an empty cell repeats the one above it. Where ids stop being
            written below others and nothing is said, the source is refused: nobody but its
            sender knows whose those rows are. ``False`` lists them as rows without an id.
        decimal_char: What parts the decimals.
        group_char: What groups the digits.
        bare_number: Whether nothing but the number stands in a cell.
        guessed: The field was guessed and nobody has confirmed it.
    """

    column: Header
    field: str | None = None
    unit: MoneyUnit | None = None
    per: Literal["household", "person"] = "household"
    format: DayForm = "any"
    true_values: tuple[str, ...] = ("是", "有", "1", "true", "yes", "y", "√")
    false_values: tuple[str, ...] = ("否", "无", "0", "false", "no", "n", "×")
    missing_values: tuple[str, ...] = ("", "-", "—", "/", "不详", "未知", "N/A", "NULL", "#N/A")
    words: dict[str, str] = {}
    fill_down: bool | None = None
    decimal_char: str = "."
    group_char: str = ","
    bare_number: bool = True
    guessed: bool = False


class Wide(_Form):
    """Columns that repeat for each member of a household, as rows of a child table.

    Attributes:
        table: The child table.
        count: How many times they repeat: the number in the headers goes from 1 to it.
        columns: The columns; ``{n}`` in a header stands for the number.
    """

    table: str
    count: Annotated[int, Field(ge=1, le=99)]
    columns: tuple[Column, ...]


class Link(_Form):
    """Columns by which a person without a resident number may be found (模糊匹配).

    What is found is a candidate with its probability, for people to decide; no row is placed
    by it alone.

    Attributes:
        name: The header of the name.
        birth: The header of the day of birth.
        village: The headers of the village's names, or of its code.
        head: The header of the household head's name.
        threshold: The least probability of a candidate that is listed.
        decided: The list of candidates as people have decided it, beside the mapping; only
            rows that stand in it with a 是 are placed.
    """

    name: Header
    birth: Header | None = None
    village: tuple[Header, ...] = ()
    head: Header | None = None
    threshold: Annotated[float, Field(gt=0, lt=1)] = 0.9
    decided: Annotated[str, Field(min_length=1)] | None = None


class DeliveryForm(_Form):
    """What a source delivers (交付): its days and area, and when it came.

    Attributes:
        kinds: The kinds of records it is complete for.
        area: The area it covers.
        first: The first day it covers; ``None`` when it holds all up to the last.
        last: The last day it covers.
        received: The day it was received.
    """

    kinds: tuple[str, ...]
    area: str
    first: date | None = None
    last: date
    received: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not (self.first or self.last) <= self.last <= self.received:
            raise ValueError("give first, last and received in the order of the days")
        return self


class Source(_Form):
    """A file, a sheet of a workbook or a query, and what its rows are.

    Attributes:
        id: What the report calls it.
        path: The file, beside the mapping; for a query the address of the database.
        query: The SQL of a database; the address is then ``path``.
        sheet: The sheet of a workbook; the first by default.
        encoding: The text's encoding, or ``auto``: UTF-8, UTF-16 or GB 18030.
        delimiter: What parts the cells of a text; told from its first lines if not given.
        header: The numbers of the header's rows, 1 being the first row of the file.
        rows: The table its rows belong to: ``households``, ``members``, ``records`` or another.
        department: Who sent it.
        columns: Its columns.
        constants: Facts that are the same in every row, such as the kind of a record.
        area_names: The headers of the area's names, the largest first.
        person: The header of the resident number (公民身份号码) that ties a row to a member.
        person_name: The header of that person's name; where it is another than the roster's,
            the row is listed and not placed.
        link: The columns by which rows without a number may be linked; see `Link`.
        wide: Columns that repeat for each member.
        delivery: What it delivers.
    """

    id: Annotated[str, Field(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
    path: Annotated[str, Field(min_length=1, repr=False)]
    query: str | None = None
    sheet: str | None = None
    encoding: str = "auto"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    header: tuple[Annotated[int, Field(ge=1)], ...] = (1,)
    rows: str = HOUSEHOLDS
    department: str | None = None
    columns: tuple[Column, ...] = ()
    constants: dict[str, str | int | bool] = {}
    area_names: tuple[Header, ...] = ()
    person: Header | None = None
    person_name: Header | None = None
    link: Link | None = None
    wide: tuple[Wide, ...] = ()
    delivery: DeliveryForm | None = None


class Mapping(_Form):
    """The whole mapping (数据接入映射).

    Attributes:
        sources: Every source; several may fill one table.
    """

    sources: Annotated[tuple[Source, ...], Field(min_length=1)]

    @property
    def guesses(self) -> tuple[str, ...]:
        """The columns that were guessed and nobody has confirmed, as ``source: column``."""
        return tuple(
            f"{source.id}: {one.column}"
            for source in self.sources
            for one in (*source.columns, *(c for wide in source.wide for c in wide.columns))
            if one.guessed
        )
