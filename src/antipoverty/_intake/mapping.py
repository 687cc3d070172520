"""The mapping from departments' files to the tables: a TOML that a diff shows.

Its words are those of the Frictionless Table Schema where it has them: ``trueValues``,
``falseValues``, ``missingValues``, ``format``, ``decimalChar``, ``groupChar``, ``bareNumber``.
"""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from antipoverty.errors import AntipovertyError, FieldError, InvalidMappingError, did_you_mean
from antipoverty.model import Household, schema_of

HOUSEHOLDS = "households"
_UNUSABLE = "the mapping cannot be used"

MoneyUnit = Literal["元", "万元", "亿元", "角", "分"]
"""The unit an amount is written in; none is guessed from a value."""

DayForm = Literal["any", "excel", "month"]
"""How a column writes days.

``any``: 2021-03-05, 2021/3/5, 2021.3.5, 20210305 and 2021年3月5日, with or without a time.
``excel``: the serial numbers of a spreadsheet. ``month``: 2021-03, 2021年3月 and 202103, which
become the first day of the month.
"""


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
        fill_down: Merged cells: an empty cell repeats the one above it.
        decimal_char: What parts the decimals.
        group_char: What groups the digits.
        bare_number: Whether nothing but the number stands in a cell.
        guessed: The field was guessed and nobody has confirmed it.
    """

    column: str
    field: str | None = None
    unit: MoneyUnit | None = None
    per: Literal["household", "person"] = "household"
    format: DayForm = "any"
    true_values: tuple[str, ...] = ("是", "有", "1", "true", "yes", "y", "√")
    false_values: tuple[str, ...] = ("否", "无", "0", "false", "no", "n", "×")
    missing_values: tuple[str, ...] = ("", "-", "—", "/", "不详", "未知", "N/A", "NULL", "#N/A")
    words: dict[str, str] = {}
    fill_down: bool = False
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


class DeliveryForm(_Form):
    """What a source delivers (交付): its days and area, and when it came.

    Attributes:
        kinds: The kinds of records it is complete for.
        area: The area it covers.
        first: The first day it covers.
        last: The last day it covers.
        received: The day it was received.
    """

    kinds: tuple[str, ...]
    area: str
    first: date
    last: date
    received: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.first <= self.last <= self.received:
            raise ValueError("give first, last and received in the order of the days")
        return self


class Source(_Form):
    """A file, a sheet of a workbook or a query, and what its rows are.

    Attributes:
        id: What the report calls it.
        path: The file, beside the mapping; for a query the address of the database.
        query: The SQL of a database; the address is then ``path``.
        sheet: The sheet of a workbook; the first by default.
        encoding: The text's encoding, or ``auto``: UTF-8, UTF-16 with its mark, or GB 18030.
        header: The numbers of the header's rows, 1 being the first row of the file.
        rows: The table its rows belong to: ``households``, ``members``, ``records`` or another.
        department: Who sent it.
        columns: Its columns.
        constants: Facts that are the same in every row, such as the kind of a record.
        area_names: The headers of the area's names, the largest first.
        person: The header of the resident number (公民身份号码) that ties a row to a member.
        wide: Columns that repeat for each member.
        delivery: What it delivers.
    """

    id: str
    path: str
    query: str | None = None
    sheet: str | None = None
    encoding: str = "auto"
    header: tuple[Annotated[int, Field(ge=1)], ...] = (1,)
    rows: str = HOUSEHOLDS
    department: str | None = None
    columns: tuple[Column, ...] = ()
    constants: dict[str, str | int | bool] = {}
    area_names: tuple[str, ...] = ()
    person: str | None = None
    wide: tuple[Wide, ...] = ()
    delivery: DeliveryForm | None = None


class Mapping(_Form):
    """The whole mapping (数据接入映射).

    Attributes:
        sources: Every source; several may fill one table.
    """

    sources: Annotated[tuple[Source, ...], Field(alias="source", min_length=1)]

    @property
    def guesses(self) -> tuple[str, ...]:
        """The columns that were guessed and nobody has confirmed, as ``source: column``."""
        return tuple(
            f"{source.id}: {one.column}"
            for source in self.sources
            for one in (*source.columns, *(c for wide in source.wide for c in wide.columns))
            if one.guessed
        )


def read_mapping(text: str, model: type[Household] = Household) -> Mapping:
    """Read a mapping from TOML.

    Args:
        text: The TOML.
        model: The model whose facts it names.

    Raises:
        InvalidMappingError: Every problem of the file at once.
    """
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError, RecursionError):
        raise InvalidMappingError(_UNUSABLE, [FieldError("it is no TOML")]) from None
    try:
        mapping = Mapping.model_validate(raw)
    except ValidationError as problem:
        raise InvalidMappingError(
            _UNUSABLE,
            [
                FieldError(f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}")
                for one in problem.errors(include_url=False, include_input=False)
            ],
        ) from None
    problems = [*_problems(mapping, model)]
    if problems:
        raise InvalidMappingError(_UNUSABLE, problems)
    return mapping


def load_mapping(path: str | Path, model: type[Household] = Household) -> Mapping:
    """Read a mapping from a file; see `read_mapping`."""
    return read_mapping(Path(path).read_text(encoding="utf-8-sig"), model)


def _problems(mapping: Mapping, model: type[Household]) -> list[AntipovertyError]:
    schema = schema_of(model)
    tables = {HOUSEHOLDS: schema.household, **schema.tables}
    said: list[str] = []
    ids = [source.id for source in mapping.sources]
    said += [f"source {one!r} stands twice" for one in sorted({*ids}) if ids.count(one) > 1]
    for source in mapping.sources:
        parts = [(source.rows, source.columns, source.constants)]
        parts += [(wide.table, wide.columns, {}) for wide in source.wide]
        for name, columns, constants in parts:
            if name not in tables:
                said.append(
                    f"source {source.id!r}: there is no table {name!r}{did_you_mean(name, tables)}"
                )
                continue
            known = {*tables[name].fields, "household_id"}
            for field in (*(one.field for one in columns if one.field), *constants):
                if field not in known:
                    said.append(
                        f"source {source.id!r}: {name} have no {field!r}"
                        f"{did_you_mean(field, known)}"
                    )
            for one in columns:
                fact = tables[name].fields.get(one.field or "")
                if fact is not None and fact.about.unit.scale == 100 and one.unit is None:
                    said.append(
                        f"source {source.id!r}: {one.column!r} is money; say its unit: "
                        "元, 万元, 亿元, 角 or 分"
                    )
    return [FieldError(one) for one in said]
