"""Every problem of a mapping at once: what its form allows and the model or sense does not."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from antipoverty._base.csvfiles import read_text
from antipoverty._base.refusals import refusal
from antipoverty._base.tomlfiles import read_toml
from antipoverty._intake.mapping import DIED, HOUSEHOLDS, LEFT, Column, Mapping, Source
from antipoverty.errors import (
    AntipovertyError,
    FieldError,
    InvalidMappingError,
    did_you_mean,
    phrase,
)
from antipoverty.model import Field, Household, Kind, TableSchema, schema_of

_UNUSABLE = "the mapping cannot be used"


def read_mapping(text: str, model: type[Household] = Household) -> Mapping:
    """Read a mapping from TOML.

    Args:
        text: The TOML.
        model: The model whose facts it names.

    Raises:
        InvalidMappingError: Every problem of the file at once.
    """
    try:
        raw = read_toml(text)
    except tomllib.TOMLDecodeError as problem:
        where = str(problem).rpartition("(at ")[2].rstrip(")")
        said = phrase("it is no TOML: look at {where}", where=where) if where else "it is no TOML"
        raise InvalidMappingError(_UNUSABLE, [FieldError(said)]) from None
    problems: list[AntipovertyError] = []
    mapping = _formed(raw, problems)
    if mapping is not None:
        problems += problems_of(mapping, model)
    if problems or mapping is None:
        raise InvalidMappingError(_UNUSABLE, problems)
    return mapping


def load_mapping(path: str | Path, model: type[Household] = Household) -> Mapping:
    """Read a mapping from a file; see `read_mapping`.

    Raises:
        InvalidFileError: It is no text.
        InvalidMappingError: Every problem of it.
    """
    return read_mapping(read_text(Path(path)), model)


def mapping_schema() -> dict[str, Any]:
    """The JSON Schema of a mapping, for editors that check and complete while one writes."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "antipoverty-intake-1",
        **Mapping.model_json_schema(by_alias=True),
    }


def _formed(raw: dict[str, Any], problems: list[AntipovertyError]) -> Mapping | None:
    """The mapping without the parts whose form is wrong, so that the rest is checked too."""
    try:
        return Mapping.model_validate(raw)
    except ValidationError as problem:
        found = problem.errors(include_url=False, include_input=False)
    problems += [
        FieldError(
            "{place}: {problem}",
            place=".".join(_place(part) for part in one["loc"]),
            problem=refusal(one),
        )
        for one in found
    ]
    wrong = {one["loc"][1] for one in found if len(one["loc"]) > 1 and one["loc"][0] == "sources"}
    listed = raw.get("sources")
    if not wrong or not isinstance(listed, list):
        return None
    good = [one for at, one in enumerate(listed) if at not in wrong]
    if not any(isinstance(one, dict) and one.get("rows", HOUSEHOLDS) == HOUSEHOLDS for one in good):
        return None
    try:
        return Mapping.model_validate({"sources": good})
    except ValidationError:
        return None


def _place(part: str | int) -> str:
    return str(part + 1) if isinstance(part, int) else part


def columns_of(source: Source) -> dict[str, Column]:
    """The columns of a source by the field that each holds."""
    return {one.field: one for one in source.columns if one.field is not None}


def problems_of(mapping: Mapping, model: type[Household]) -> list[AntipovertyError]:
    """List what keeps a mapping from being used with a model."""
    schema = schema_of(model)
    tables = {HOUSEHOLDS: schema.household, **schema.tables}
    return [FieldError(one) for one in _said(mapping, tables)]


def _said(mapping: Mapping, tables: dict[str, TableSchema]) -> Iterator[str]:
    ids = [source.id for source in mapping.sources]
    for one in sorted({*ids}):
        if ids.count(one) > 1:
            yield phrase("source {one!r} stands twice", one=one)
    if all(source.rows in tables for source in mapping.sources) and all(
        source.rows != HOUSEHOLDS for source in mapping.sources
    ):
        yield phrase("no source holds households")
    for source in mapping.sources:
        where = f"source {source.id!r}"
        parts = [(source.rows, source.columns), *((w.table, w.columns) for w in source.wide)]
        for name, columns in parts:
            if name not in tables:
                yield phrase(
                    "{where}: there is no table {name!r}{near}",
                    where=where,
                    name=name,
                    near=did_you_mean(name, tables),
                )
                continue
            known = {*tables[name].fields, "household_id"}
            known |= {LEFT, DIED} if name == "members" else set()
            yield from (
                phrase("{where}: {one}", where=where, one=one)
                for one in _columns(name, tables[name], known, columns)
            )
        if source.rows in tables:
            yield from (
                phrase("{where}: {one}", where=where, one=one)
                for one in _constants(source, tables[source.rows])
            )
        yield from (phrase("{where}: {one}", where=where, one=one) for one in _ties(source))


def _columns(
    name: str, table: TableSchema, known: set[str], columns: Iterable[Column]
) -> Iterator[str]:
    taken: set[str] = set()
    for one in columns:
        if one.field is None:
            continue
        if one.field not in known:
            yield phrase(
                "{name} have no {field!r}{near}",
                name=name,
                field=one.field,
                near=did_you_mean(one.field, known),
            )
            continue
        if one.field in taken:
            yield phrase(
                "two columns hold {field!r}; keep the one that it is to be read from",
                field=one.field,
            )
        taken.add(one.field)
        yield from _words(one, table.fields.get(one.field))


def _words(one: Column, field: Field | None) -> Iterator[str]:
    money = field is not None and field.about.unit.scale == 100
    if money and one.unit is None:
        yield phrase(
            "{column!r} is money; say its unit: 元, 万元, 亿元, 角 or 分", column=one.column
        )
    if one.unit is not None and not money:
        yield phrase(
            "{column!r} holds {field!r}, which is no money; take out its unit",
            column=one.column,
            field=one.field,
        )
    if one.per == "person" and not money:
        yield phrase(
            "{column!r} is per person, but {field!r} is no money",
            column=one.column,
            field=one.field,
        )
    if {*map(str.lower, one.true_values)} & {*map(str.lower, one.false_values)}:
        yield phrase("{column!r}: a word is both yes and no", column=one.column)
    if field is not None and field.kind is Kind.TEXT and field.about.choices:
        for word in one.words.values():
            if word not in field.about.choices:
                yield (
                    phrase(
                        "{column!r}: {field!r} is never {word!r}{near}",
                        column=one.column,
                        field=one.field,
                        word=word,
                        near=did_you_mean(word, field.about.choices),
                    )
                )


def _constants(source: Source, table: TableSchema) -> Iterator[str]:
    wanted: dict[Kind, type] = {Kind.FLAG: bool, Kind.NUMBER: int, Kind.TEXT: str, Kind.DATE: str}
    for name, value in source.constants.items():
        field = table.fields.get(name)
        if field is None:
            yield phrase(
                "{rows} have no {name!r}{near}",
                rows=source.rows,
                name=name,
                near=did_you_mean(name, table.fields),
            )
        elif field.about.personal:
            yield phrase("the constant {name!r} is personal; no table holds it", name=name)
        elif type(value) is not wanted[field.kind] or field.kind is Kind.DATE:
            yield phrase("the constant {name!r} is no {kind}", name=name, kind=field.kind.value)
        elif field.about.choices and value not in field.about.choices:
            yield phrase(
                "{name!r} is never {value!r}{near}",
                name=name,
                value=value,
                near=did_you_mean(str(value), field.about.choices),
            )
        elif name in {one.field for one in source.columns}:
            yield phrase("{name!r} is a constant and a column", name=name)


def _ties(source: Source) -> Iterator[str]:
    by_code = any(one.field == "household_id" for one in source.columns)
    by_person = source.person is not None or source.link is not None
    if by_code and by_person:
        yield phrase("give a column of 'household_id' or a person, not both")
    if not by_code and not by_person:
        yield phrase("no column holds 'household_id', and no person ties its rows")
    if by_person and source.rows == HOUSEHOLDS:
        yield phrase("households are tied by their own id, not by a person")
    if source.person_name is not None and source.person is None:
        yield phrase("personName needs person")
    if source.area_names and any(one.field == "area" for one in source.columns):
        yield phrase("give areaNames or a column of 'area', not both")
    if source.area_names and source.rows != HOUSEHOLDS:
        yield phrase("areaNames belong to households")
