"""The collection form (采集表): an empty workbook for each table a pack reads, read back as it is.

The headers are the titles that the model gives its facts, with the unit in brackets: they are
the mapping, and nothing has to be guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import polars as pl

from antipoverty._base.workbooks import Accepts, Sheet, SheetColumn, read_workbook, write_workbook
from antipoverty._intake.dictionary import Entry, data_dictionary, tables_needed, title_of
from antipoverty._intake.mapping import HOUSEHOLDS, Column, Source
from antipoverty._intake.mapping import Mapping as Intended
from antipoverty._intake.sources import header_of
from antipoverty._intake.text import tidy
from antipoverty.errors import AntipovertyError, FieldError, InvalidMappingError, did_you_mean
from antipoverty.model import Household, Kind, TableSchema, schema_of
from antipoverty.rules import Pack

ROOM = 20_000
"""How many rows of a sheet are checked as they are filled in."""
_ALWAYS = ("size",)
_NOTES, _CODES = "填写说明", "代码 codes"
_NO_TEMPLATE = "the workbook is no collection form (采集表); write a mapping with `intake guess`"


def write_template(pack: Pack, path: str | Path) -> None:
    """Write an empty workbook to be filled in, a sheet for each table that the pack reads.

    Its columns are the ids, the area, the size of the household and what rules read; never a
    name, a number or a telephone of a person. Words are chosen from lists, numbers and days
    are checked as they are filled in, and a note at each header says what it means.

    Args:
        pack: The policy.
        path: The workbook.

    Raises:
        MissingExtraError: XlsxWriter is not installed.
    """
    wanted = [one for one in data_dictionary(pack) if _is_asked(one, tables_needed(pack))]
    sheets = []
    for table in tables_needed(pack):
        schema = pack.schema.table(None if table == HOUSEHOLDS else table)
        columns = tuple(_column(one, pack) for one in wanted if one.table == table)
        sheets.append(Sheet(schema.zh, columns, room=ROOM))
    sheets.append(_notes(pack, wanted))
    sheets.append(_codes(wanted))
    write_workbook(Path(path), sheets)


def _is_asked(entry: Entry, tables: tuple[str, ...]) -> bool:
    if entry.table not in tables or entry.field.about.personal:
        return False
    return not entry.own_id and (entry.key or bool(entry.rules) or entry.field.name in _ALWAYS)


def _accepts(entry: Entry) -> Accepts:
    if entry.money:
        return "money"
    if entry.field.kind is Kind.NUMBER:
        return "whole"
    return "day" if entry.field.kind is Kind.DATE else "text"


def _column(entry: Entry, pack: Pack) -> SheetColumn:
    about = entry.field.about
    return SheetColumn(
        entry.title,
        _note(entry, pack),
        _accepts(entry),
        choices=tuple(said.zh for said in entry.words.values()),
        low=Decimal(entry.low) if entry.low else None,
        high=Decimal(entry.high) if entry.high else None,
        width=24 if entry.key else max(12, 2 * len(about.zh) + 4),
        fill=entry.key,
    )


def _note(entry: Entry, pack: Pack) -> str:
    about = entry.field.about
    bounds = f"{entry.low} 至 {entry.high}" if entry.low or entry.high else ""
    rules = "、".join(pack.rules[rule].title.zh for rule in entry.rules[:4])
    parts = [
        f"{about.zh} {about.en}。",
        f"{entry.type.zh}{'，' if about.unit.zh else ''}{about.unit.zh}。",
        f"范围 {bounds}。" if bounds else "",
        "必填。" if entry.key else "不知道的留空：空是“未知”，不是 0，也不是“否”。",
        f"用于：{rules}{' 等' if len(entry.rules) > 4 else ''}。" if rules else "",
    ]
    return "".join(parts)


def _notes(pack: Pack, wanted: list[Entry]) -> Sheet:
    widths = {
        "表 sheet": 12,
        "列 column": 28,
        "English": 36,
        "类型 type": 20,
        "单位 unit": 12,
        "范围 bounds": 28,
        "选项 words": 48,
        "用于 rules": 60,
    }
    columns = tuple(SheetColumn(name, width=width) for name, width in widths.items())
    rows = [
        (
            pack.schema.table(None if one.table == HOUSEHOLDS else one.table).zh,
            one.title + ("（必填）" if one.key else ""),
            one.field.about.en,
            f"{one.type.zh} {one.type.en}",
            one.field.about.unit.zh,
            f"{one.low} – {one.high}" if one.low or one.high else "",
            "、".join(said.zh for said in one.words.values()),
            "、".join(pack.rules[rule].title.zh for rule in one.rules),
        )
        for one in wanted
    ]
    return Sheet(_NOTES, columns, rows)


def _codes(wanted: list[Entry]) -> Sheet:
    """The words of lists that the pack and not the model has, such as kinds of records."""
    rows = [
        (one.field.path, said.zh, word)
        for one in wanted
        if one.field.about.choices
        for word, said in one.words.items()
    ]
    columns = tuple(SheetColumn(name, width=28) for name in ("fact", "选项 word", "代码 code"))
    return Sheet(_CODES, columns, rows)


def template_mapping(path: str | Path, model: type[Household] = Household) -> Intended:
    """Say what a filled collection form holds, from its own headers.

    A sheet without a row is left out: nobody delivered it, and what was not delivered is not
    known. A sheet that is none of the model's tables, such as the notes, is passed over.

    Args:
        path: The workbook, as `write_template` wrote it and people filled it in.
        model: The model whose tables it holds.

    Raises:
        InvalidMappingError: It is no such workbook; every header that is none is named.
        InvalidFileError: It is no workbook.
    """
    place = Path(path)
    schema = schema_of(model)
    tables = {table.zh: table for table in (schema.household, *schema.tables.values())}
    sheets = read_workbook(place)
    words = _words(sheets.get(_CODES))
    problems: list[AntipovertyError] = []
    sources: list[Source] = []
    for name, cells in sheets.items():
        if name not in tables or cells.height < 2:
            continue
        columns = _columns(name, cells, tables[name], schema.household, words, problems)
        table = tables[name].name or HOUSEHOLDS
        sources.append(Source(id=table, path=place.name, sheet=name, rows=table, columns=columns))
    if problems or not sources:
        said = problems or [
            FieldError("it has no filled sheet {tables}", tables=" or ".join(tables))
        ]
        raise InvalidMappingError(_NO_TEMPLATE, said)
    return Intended.model_validate({"sources": sources})


def _words(cells: pl.DataFrame | None) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in () if cells is None else cells.rows()[1:]:
        path, word, code = row[:3]
        found.setdefault(path, {})[tidy(word)] = code
    return found


def _columns(
    sheet: str,
    cells: pl.DataFrame,
    table: TableSchema,
    household: TableSchema,
    words: Mapping[str, Mapping[str, str]],
    problems: list[AntipovertyError],
) -> tuple[Column, ...]:
    ids = [household.fields[household.key]] if table.name else []
    fields = [one for one in (*ids, *table.fields.values()) if not one.about.personal]
    known = {tidy(title_of(one)): one.name for one in fields}
    columns: list[Column] = []
    for header in filter(None, header_of([cells.row(0)])):
        field = known.get(header)
        if field is None:
            problems.append(
                FieldError(
                    "sheet {sheet}: {header!r} is no column of it{near}",
                    sheet=sheet,
                    header=header,
                    near=did_you_mean(header, known),
                )
            )
            continue
        fact = table.fields.get(field)
        money = fact is not None and fact.about.unit.scale == 100
        own = {} if fact is None or fact.about.choices else words.get(fact.path, {})
        columns.append(
            Column(column=header, field=field, unit="元" if money else None, words=dict(own))
        )
    return tuple(columns)
