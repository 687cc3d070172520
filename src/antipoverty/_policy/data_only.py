"""A pack as data alone: nothing of it is code that its author wrote.

A pack is written as JSON of its public form: the fields of its rules, parameters and words,
conditions as text, and the schema of its model, from which the model is made again. So a
pack that was read back runs no code of its plugin: its rules can neither raise, nor hang, nor
answer otherwise than the language says. A pack that needs more than that is refused, and
named; what reads the JSON makes a closed list of the library's classes, and nothing else.

The function of a derived fact is told by where it stands and loaded only where facts are worked
out: nobody can derive by it without running it, and a pack without derived facts runs none.
"""

from __future__ import annotations

import enum
import json
import types
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from fractions import Fraction
from typing import Annotated, Any

import attrs
from pydantic import create_model

from antipoverty._base.exact import fraction_of
from antipoverty._base.frozen import Frozen
from antipoverty._base.provenance import Source, Status, Text
from antipoverty._policy.amounts import Amount
from antipoverty._policy.judgement_rules import JudgementRule
from antipoverty._policy.ladders import Ladder, Tier
from antipoverty._policy.models import joined_model, models_of, schema_with
from antipoverty._policy.pack import Pack
from antipoverty._policy.parts import Parameter, ParameterValue, RecordKind, Rule, Severity
from antipoverty._policy.signals import Pattern, Tally
from antipoverty.conditions import Condition, Node, Value, parse, parse_value
from antipoverty.errors import AntipovertyError, BrokenPluginError, ForeignCodeError
from antipoverty.model import (
    Derived,
    Fact,
    Fen,
    Field,
    Household,
    Kind,
    Member,
    Named,
    Personal,
    Record,
    Row,
    Schema,
    TableSchema,
    Unit,
    reference,
    schema_of,
)
from antipoverty.periods import Cadence

MOST_BYTES = 32 * 2**20
"""A pack that is longer is refused: reading it would take the reader's memory."""
_CLASSES: Mapping[str, Any] = {
    one.__name__: one
    for one in (
        *(Rule, Amount, Parameter, ParameterValue, RecordKind, JudgementRule, Pattern, Tally),
        *(Ladder, Tier),
        *(Text, Source, Schema, TableSchema, Field, Fact, Derived),
    )
}
_WORDS: Mapping[str, Any] = {one.__name__: one for one in (Cadence, Kind, Severity, Status)}
_PLAIN = (str, int, bool, type(None))
_TYPES: dict[Kind, Any] = {Kind.NUMBER: int, Kind.FLAG: bool, Kind.DATE: date, Kind.TEXT: str}


def plain(pack: Pack) -> Pack:
    """Give the same pack, made of the library's own classes alone.

    Raises:
        ForeignCodeError: A rule, condition or the pack itself is of a class that the
            library does not have, or the model cannot be made again from its schema.
    """
    return read(written(pack))


def written(pack: Pack) -> bytes:
    """Write a pack as JSON.

    Raises:
        ForeignCodeError: It holds something that is not the library's own.
    """
    if type(pack) is not Pack:
        raise _foreign(type(pack), "the pack")
    models = [[model.__name__, schema_of(model)] for model in models_of(pack.model)]
    parts = {**pack._parts(), "model": models}
    return json.dumps({name: _out(one) for name, one in parts.items()}).encode()


def read(data: bytes) -> Pack:
    """Read a pack that was written as JSON.

    Raises:
        ForeignCodeError: The model is more than its schema says.
        BrokenPluginError: It is no pack.
    """
    if len(data) > MOST_BYTES:
        raise BrokenPluginError(
            "the pack is longer than {most_bytes} MiB", most_bytes=MOST_BYTES // 2**20
        )
    try:
        given = json.loads(data)
        reading = {name: given.pop(name) for name in ("rules", "ladders")}
        parts = {name: _in(part, None) for name, part in given.items()}
        model = joined_model(tuple(_model(*one) for one in parts["model"]))
        schema = schema_with(model, {kind.id: kind for kind in parts["kinds"]})
        read = {name: _in(part, schema) for name, part in reading.items()}
        return Pack(**{**parts, "model": model, **read})
    except AntipovertyError:
        raise
    except Exception:  # whatever stands there instead of a pack
        raise BrokenPluginError("what came over is no pack") from None


def _ours(what: Any) -> bool:
    return str(what.__module__).split(".")[0] == "antipoverty"


def _foreign(what: Any, where: str = "it") -> ForeignCodeError:
    return ForeignCodeError(
        "{where} holds {module}.{qualname}, which is not the library's own; write the condition "
        "with the language, and facts as fields of the model",
        where=where,
        module=what.__module__,
        qualname=what.__qualname__,
    )


def _out(value: Any) -> Any:  # noqa: C901 - a case a kind
    """What JSON has for a value; each class of its own is told by its name."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is date:
        return {"day": value.isoformat()}
    if kind is Fraction:
        return {"fraction": str(value)}
    if kind in (tuple, list):
        return [_out(one) for one in value]
    if kind in (dict, Frozen):
        return {"map": [[_out(key), _out(one)] for key, one in value.items()]}
    if kind is Unit:
        return {"unit": str(value)}
    if kind in _WORDS.values():
        return {"word": [kind.__name__, value.value]}
    if kind in _CLASSES.values():
        fields = [field for field in attrs.fields(kind) if field.init]
        return {kind.__name__: {field.alias: _out(getattr(value, field.name)) for field in fields}}
    if kind in (types.FunctionType, Named):
        return {"function": _place(value)}
    if isinstance(value, Condition):
        _check(value)
        return {"when": str(value)}
    if isinstance(value, Value):
        _check(value)
        return {"value": str(value)}
    if isinstance(value, str) and _ours(kind):
        return str(value)
    raise _foreign(kind)


def _place(function: Any) -> str:
    """Where the function of a derived fact stands, if another process finds it there."""
    place = reference(function)
    with suppress(ImportError, AttributeError):
        if isinstance(function, Named) or Named(place).found() is function:
            return place
    raise ForeignCodeError(
        "the function {place} of a derived fact cannot be found there; put it at the top of a "
        "module of the plugin, under a name of its own",
        place=place,
    )


def _check(node: Node) -> None:
    """Refuse a condition of which a part is somebody else's: before anything of it is asked."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        kind = type(one)
        if not _ours(kind):
            raise _foreign(kind)
        for field in attrs.fields(kind):  # type: ignore[arg-type]
            value = getattr(one, field.name)
            for part in value if type(value) is tuple else (value,):
                if isinstance(part, Node):
                    waiting.append(part)
                elif type(part) not in (*_PLAIN, date, Fraction, tuple) and not _ours(type(part)):
                    raise _foreign(type(part))


def _in(value: Any, schema: Schema | None) -> Any:
    """The value that JSON tells; the conditions of rules are read against a schema."""
    if isinstance(value, list):
        return tuple(_in(one, schema) for one in value)
    if not isinstance(value, dict):
        return value
    ((name, given),) = value.items()
    match name:
        case "map":
            return Frozen({_in(key, schema): _in(one, schema) for key, one in given})
        case "day":
            return date.fromisoformat(given)
        case "fraction":
            return fraction_of(given)
        case "function":
            return Named(given)
        case "unit":
            return Unit.parse(given)
        case "word":
            found: enum.Enum = _WORDS[given[0]](given[1])
            return found
        case "when":
            return given if schema is None else parse(given, schema)
        case "value":
            return given if schema is None else parse_value(given, schema)
        case _:
            return _CLASSES[name](**{key: _in(one, schema) for key, one in given.items()})


def _model(name: str, schema: Schema) -> type[Household]:
    """Make a model that has a schema; the library's own where it is that."""
    if schema == schema_of(Household):
        return Household
    rows: dict[str, Any] = {table: _row(shape) for table, shape in schema.tables.items()}
    known = schema_of(Household).household.fields
    added = [one for one in schema.household.fields.values() if known.get(one.name) != one]
    columns: dict[str, Any] = {field.name: _column(field) for field in added}
    columns |= {
        table: (types.GenericAlias(tuple, (row, ...)) | None, None) for table, row in rows.items()
    }
    made = create_model(name, __base__=Household, **columns)
    _label(made, schema.household)
    if schema_of(made) != schema:
        raise ForeignCodeError("the model {name} is more than its schema says", name=name)
    return made


def _row(shape: TableSchema) -> type[Row]:
    """Make a class of child rows: the library's own where it fits."""
    for own in (Member, Record):
        if own.schema_of_row(shape.name) == shape:
            return own
    columns: dict[str, Any] = {one.name: _column(one) for one in shape.fields.values()}
    made = create_model(f"Row_{shape.name}", __base__=Row, **columns)
    _label(made, shape)
    return made


def _label(made: type[Row], shape: TableSchema) -> None:
    made.KEY, made.DAY, made.SORT = shape.key, shape.day, shape.sort
    made.LABEL = shape.zh, shape.en


def _column(field: Field) -> tuple[Any, Any]:
    base = Personal if field.about.personal else _TYPES[field.kind]
    if field.kind is Kind.NUMBER and field.about.unit.scale == 100:
        base = Fen
    if field.required:
        return Annotated[base, field.about], ...
    return Annotated[base | None, field.about], None
