"""A first mapping from the headers and cells of files, for a person to read and confirm.

Headers meet the Chinese and English titles that every fact of the model carries, and the
aliases shipped beside this module; cells decide what a header leaves open. Every guess is
marked, with the reason as a comment, and none is used unseen.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import attrs
import polars as pl

from antipoverty._base.tomlfiles import read_toml
from antipoverty._intake.mapping import HOUSEHOLDS, Source
from antipoverty._intake.sources import header_of, open_source, sheets_of
from antipoverty._intake.text import ROW, tidy
from antipoverty._intake.values import ENOUGH, by_values, holds_numbers, try_field
from antipoverty.errors import UnreadableSourceError
from antipoverty.model import Household, Schema, TableSchema, schema_of

_HEADS = 12


@attrs.frozen
class Guess:
    """What a column may be.

    Attributes:
        column: The header.
        field: The fact, or ``None``.
        why: The reason, in Chinese.
        more: Further words of the mapping, such as the unit.
    """

    column: str
    field: str | None
    why: str
    more: Mapping[str, object] = attrs.field(factory=dict)


@attrs.frozen
class GuessedSource:
    """A file or sheet and what its columns may be."""

    path: str
    sheet: str
    header: tuple[int, ...]
    rows: str
    guesses: tuple[Guess, ...]
    person: str | None
    area_names: tuple[str, ...]
    bare: tuple[int, ...] = ()
    """The sheets of the same workbook that have no row of headers, such as one of notes."""


def guess(
    paths: Iterable[str | Path], model: type[Household] = Household
) -> tuple[GuessedSource, ...]:
    """Read the heads of some files and say what their columns may be.

    Args:
        paths: Workbooks, text tables or Parquet files.
        model: The model whose facts are looked for.

    Raises:
        UnreadableSourceError: A file cannot be read.
    """
    schema = schema_of(model)
    found: list[GuessedSource] = []
    for path in map(Path, paths):
        sheets = sheets_of(path)
        headers = {sheet: _header(path, sheet, schema) for sheet in sheets}
        if not any(headers.values()):
            raise UnreadableSourceError(
                "{name}: none of its first {heads} rows names a fact; it needs a row of headers",
                name=path.name,
                heads=_HEADS,
            )
        bare = tuple(at for at, one in enumerate(headers.values(), 1) if not one)
        for sheet, header in headers.items():
            if header:
                cells = _head(_named(path, sheet, header), path.parent)
                one = _guessed(path, sheet, header, cells, schema)
                found.append(attrs.evolve(one, bare=bare))
    return tuple(found)


def _named(path: Path, sheet: str, header: tuple[int, ...]) -> Source:
    """A source that errors call by the name of its file."""
    source = Source(id="guess", path=path.name, sheet=sheet or None, header=header)
    return source.model_copy(update={"id": path.name})


def as_toml(guesses: Iterable[GuessedSource]) -> str:
    """Write guesses as a mapping to edit."""
    lines = [
        "# 数据接入映射：请逐列核对，确认后删去 guessed = true。未确认的列不会被采用。",
        "# Check each column; take out `guessed = true` once it is confirmed.",
        "",
    ]
    for number, one in enumerate(guesses, 1):
        lines += [
            "[[sources]]",
            f"id = {_quoted(f'{one.rows}-{number}')}",
            f"path = {_quoted(one.path)}",
            *(
                [f"# 第 {', '.join(map(str, one.bare))} 张有内容的工作表没有表头，未采用"]
                if one.bare
                else []
            ),
            *([f"sheet = {_quoted(one.sheet)}"] if one.sheet else []),
            f"header = {list(one.header)}",
            f"rows = {_quoted(one.rows)}",
            *(
                [f"person = {_quoted(one.person)}  # 公民身份号码，仅用于匹配"]
                if one.person
                else []
            ),
            *(
                [f"areaNames = [{', '.join(map(_quoted, one.area_names))}]"]
                if one.area_names
                else []
            ),
        ]
        for column in one.guesses:
            lines += ["", "  [[sources.columns]]", f"  column = {_quoted(column.column)}"]
            if column.field is None:
                lines[-1] += f"  # {column.why}"
                continue
            lines += [f"  field = {_quoted(column.field)}  # {column.why}"]
            lines += [f"  {word} = {_written(value)}" for word, value in column.more.items()]
            lines += ["  guessed = true"]
        lines.append("")
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _written(value: object) -> str:
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{_quoted(word)} = {_quoted(means)}" for word, means in value.items())
        return f"{{ {pairs} }}"
    return json.dumps(value, ensure_ascii=False)


@functools.cache
def _aliases() -> Mapping[str, Any]:
    text = (resources.files("antipoverty._intake") / "aliases.toml").read_text(encoding="utf-8")
    return read_toml(text)


def _names(table: TableSchema, aliases: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The facts that a header may name, by their titles and aliases in the form of `tidy`."""
    names: dict[str, list[str]] = {}
    for field in table.fields.values():
        for name in (field.name, field.about.zh, field.about.en, *aliases.get(field.name, ())):
            names.setdefault(tidy(name).lower(), []).append(field.name)
    for name in aliases.get("household_id", ()):
        names.setdefault(tidy(name).lower(), []).append("household_id")
    return names


def _bare(header: str) -> str:
    """A header without its unit and its remarks: 人均纯收入(元) is 人均纯收入."""
    last = header.rsplit("/", maxsplit=1)[-1]
    return re.sub(r"[（(\[【].*?[)）\]】]|[*:：]", "", tidy(last)).lower()


def _head(source: Source, folder: Path) -> pl.DataFrame:
    """The first rows of a source."""
    opened = open_source(source, folder)
    piece = next(opened.pieces, None)
    return pl.DataFrame(schema=[ROW, *opened.columns]) if piece is None else piece.cells


def _header(path: Path, sheet: str, schema: Schema) -> tuple[int, ...]:
    """Find the row, among the first, that names most facts; none may hold a person."""
    if path.suffix.lower() == ".parquet":
        return (1,)
    cells = _head(_named(path, sheet, ()), path.parent)
    known = {name for table in _tables(schema).values() for name in _names(table, _of(table))}
    best, most = 0, 1
    for row in cells.head(_HEADS).iter_rows():
        names = header_of([row[1:]])
        facts = sum(_bare(name) in known for name in names)
        score = 2 * facts + sum(map(bool, names)) // 4 if facts else 0
        if score > most:
            best, most = int(row[0]), score
    return (best,) if best else ()


def _tables(schema: Schema) -> dict[str, TableSchema]:
    return {HOUSEHOLDS: schema.household, **schema.tables}


def _of(table: TableSchema) -> Mapping[str, list[str]]:
    found: Mapping[str, list[str]] = _aliases().get(table.name or HOUSEHOLDS, {})
    return found


def _guessed(
    path: Path, sheet: str, header: tuple[int, ...], cells: pl.DataFrame, schema: Schema
) -> GuessedSource:
    headers = [name for name in cells.columns if name != ROW]
    tables = _tables(schema)
    scores = {
        name: sum(_bare(one) in _names(table, _of(table)) for one in headers)
        for name, table in tables.items()
    }
    rows = max(scores, key=lambda name: scores[name])
    table = tables[rows]
    names = _names(table, _of(table))
    numbers = [one for one in headers if holds_numbers(cells[one])]
    places = [
        one
        for one in headers
        if rows == HOUSEHOLDS
        and _bare(one) in ("县", "县区", "区县", "乡镇", "镇", "村", "行政村", "村名")
    ]
    words = _aliases()
    taken: set[str] = set()
    guesses: list[Guess] = []
    for one in headers:
        made = _column(one, cells[one], names, table, taken, words)
        if made.field is None and one in places:
            made = attrs.evolve(made, why="区划名称")
        if made.field:
            taken.add(made.field)
        guesses.append(made)
    person = numbers[0] if numbers else None
    has_area = "area" in taken
    needs_person = rows != HOUSEHOLDS and "household_id" not in taken
    return GuessedSource(
        path.name,
        sheet,
        header,
        rows,
        tuple(guesses),
        person if needs_person else None,
        () if has_area else tuple(places),
    )


def _column(
    header: str,
    cells: pl.Series,
    names: Mapping[str, list[str]],
    table: TableSchema,
    taken: set[str],
    words: Mapping[str, Any],
) -> Guess:
    if holds_numbers(cells):
        if "resident_id" in table.fields and "resident_id" not in taken:
            return Guess(header, "resident_id", "末位校验相符的公民身份号码")
        return Guess(header, None, "公民身份号码：不进入数据表")
    bare = _bare(header)
    exact = list(dict.fromkeys(names.get(bare, ())))
    near = exact or list(
        dict.fromkeys(
            field
            for name, fields in names.items()
            if len(name) > 1 and (name in bare or (len(bare) > 1 and bare in name))
            for field in fields
        )
    )
    said = "按表头" if exact else "按近似的表头"
    if not near:
        near, said = by_values(cells, table, words), "按单元格的内容"
    tried = [
        found
        for field in near
        if field not in taken
        and (found := try_field(header, cells, table.fields.get(field), field, words)) is not None
    ]
    if not tried:
        held = [field for field in near if field in taken]
        return Guess(header, None, f"{held[0]} 已有一列" if held else "没有对应的指标")
    best = max(tried, key=lambda one: one.share)
    counted = f"抽查 {best.seen} 格，读出 {best.read} 格"
    if best.share < ENOUGH:
        return Guess(header, None, f"表头像 {best.field}，但{counted}，不采用")
    others = "、".join(one.field for one in tried if one is not best)
    why = [said, *([best.why] if best.why else []), counted]
    why += [f"另有可能：{others}"] if others else []
    return Guess(header, best.field, "；".join(why), best.more)
