"""A pack as data alone: nothing of it is code that its author wrote.

A pack is written as a pickle in which only the library's own classes may occur; its model
is written as the schema it declares, and made again from it. So a pack that was read back
runs no code of its plugin: its rules can neither raise, nor hang, nor answer otherwise
than the language says. A pack that needs more than that is refused, and named.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import sys
import types
from datetime import date
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Annotated, Any

from pydantic import create_model

from antipoverty._policy.discovery import GROUP, loaded
from antipoverty._policy.pack import Pack
from antipoverty.errors import AntipovertyError, ForeignCodeError
from antipoverty.model import (
    Fen,
    Field,
    Household,
    Kind,
    Member,
    Personal,
    Record,
    Row,
    Schema,
    TableSchema,
    schema_of,
)

_PLAIN = frozenset(
    {("datetime", "date"), ("fractions", "Fraction"), ("decimal", "Decimal")}
    | {("builtins", name) for name in ("frozenset", "set", "getattr")}
)
_TYPES: dict[Kind, Any] = {Kind.NUMBER: int, Kind.FLAG: bool, Kind.DATE: date, Kind.TEXT: str}


def plain(pack: Pack) -> Pack:
    """Give the same pack, made of the library's own classes alone.

    Raises:
        ForeignCodeError: A rule, condition or the pack itself is of a class that the
            library does not have, or the model cannot be made again from its schema.
    """
    return read(written(pack))


def written(pack: Pack) -> bytes:
    """Write a pack as data.

    Raises:
        ForeignCodeError: It holds something that is not the library's own.
    """
    if type(pack) is not Pack:
        raise _foreign(type(pack), "the pack")
    target = io.BytesIO()
    _Writer(target).dump(pack)
    return target.getvalue()


def read(data: bytes) -> Pack:
    """Read a pack that was written as data.

    Raises:
        ForeignCodeError: It holds something that is not the library's own.
    """
    pack: Pack = _Reader(io.BytesIO(data)).load()
    return pack


def _ours(module: str, name: str) -> bool:
    return module.split(".")[0] == "antipoverty" or (module, name) in _PLAIN


def _foreign(what: Any, where: str = "it") -> ForeignCodeError:
    return ForeignCodeError(
        f"{where} holds {what.__module__}.{what.__qualname__}, which is not the library's own; "
        "write the condition with the language, and facts as fields of the model"
    )


class _Writer(pickle.Pickler):
    def persistent_id(self, obj: Any) -> Any:
        if isinstance(obj, type) and issubclass(obj, Household) and obj is not Household:
            return obj.__name__, schema_of(obj)
        if not isinstance(obj, type | types.FunctionType) or _ours(
            obj.__module__, obj.__qualname__
        ):
            return None
        raise _foreign(obj)


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if not _ours(module, name):
            raise ForeignCodeError(f"it holds {module}.{name}, which is not the library's own")
        return super().find_class(module, name)

    def persistent_load(self, pid: Any) -> type[Household]:
        return _model(*pid)


def _model(name: str, schema: Schema) -> type[Household]:
    """Make a model that has a schema."""
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
        raise ForeignCodeError(f"the model {name} is more than its schema says")
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
    made.KEY, made.DAY, made.LABEL = shape.key, shape.day, (shape.zh, shape.en)


def _column(field: Field) -> tuple[Any, Any]:
    base = Personal if field.about.personal else _TYPES[field.kind]
    if field.kind is Kind.NUMBER and field.about.unit.scale == 100:
        base = Fen
    if field.required:
        return Annotated[base, field.about], ...
    return Annotated[base | None, field.about], None


# --- the process of a plugin ----------------------------------------------------------


def _load(name: str, value: str, folder: Path) -> None:
    """Load an entry point and leave the pack, or what went wrong, in a folder."""
    try:
        (folder / "pack").write_bytes(written(loaded(EntryPoint(name, value, GROUP))))
    except Exception as problem:  # whatever a plugin raises is told, not shown as a traceback
        ours = isinstance(problem, AntipovertyError)
        told = {
            "code": getattr(problem, "code", ""),
            "message": problem.message if ours else f"{type(problem).__name__}: {problem}",  # type: ignore[attr-defined]
        }
        (folder / "problem").write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    _load(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
    os._exit(0)  # what the plugin left running does not keep the process
