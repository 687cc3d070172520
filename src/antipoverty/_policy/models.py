"""A model that has the facts of several models, which another process can make again."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from antipoverty._base.frozen import Frozen
from antipoverty._policy.parts import RecordKind
from antipoverty.conditions import Node, words_of
from antipoverty.conditions.derived import with_inputs
from antipoverty.conditions.unseen import OTHER_SORT
from antipoverty.errors import InvalidModelError
from antipoverty.model import Household, Row, Schema, schema_of


@functools.cache
def joined_model(models: tuple[type[Household], ...]) -> type[Household]:
    """Make the model that has the facts of all of some models."""
    if len(models) == 1:
        return models[0]
    name = "And".join(model.__name__ for model in models)
    tables = _tables(models)
    annotations = {table: tuple[row, ...] | None for table, row in tables.items()}  # type: ignore[valid-type]
    empty = dict.fromkeys(tables)
    return type(name, models, {**empty, "__annotations__": annotations, "__reduce__": _reduced_row})


def _tables(models: tuple[type[Household], ...]) -> dict[str, type[Row]]:
    """The rows of tables that the models tell differently: those that know most, in any order."""
    rows: dict[str, dict[type[Row], None]] = {}
    for model in models:
        for table, row in model.tables_of_row().items():
            rows.setdefault(table, {})[row] = None
    return {
        table: max(several, key=lambda row: sum(issubclass(row, other) for other in several))
        for table, several in rows.items()
        if len(several) > 1
    }


def models_of(model: type[Household]) -> tuple[type[Household], ...]:
    """Give the models that a joined one was made of, which another process can find."""
    bases = model.__bases__
    several = len(bases) > 1 and all(issubclass(base, Household) for base in bases)
    return bases if several and joined_model(bases) is model else (model,)


def _reduced_row(household: Household) -> tuple[Any, ...]:
    return _row, (models_of(type(household)), household.__getstate__())


def _row(models: tuple[type[Household], ...], state: dict[str, Any]) -> Household:
    model = joined_model(models)
    household = model.__new__(model)
    household.__setstate__(state)
    return household


def schema_with(model: type[Household], kinds: Mapping[str, RecordKind]) -> Schema:
    """The model's schema, with the pack's record kinds as the choices of ``records.kind``.

    Its derived facts know what they are derived from.
    """
    if not (isinstance(model, type) and issubclass(model, Household)):
        raise InvalidModelError(
            "the model of a pack is a class of Household, not {model!r}", model=model
        )
    schema = schema_of(model)
    if not kinds:
        return with_inputs(schema)
    table = schema.tables["records"]
    kind = table.fields["kind"]
    words = {id_: (one.title.zh, one.title.en) for id_, one in kinds.items()}
    known = attrs.evolve(kind, about=attrs.evolve(kind.about, choices=words))
    fields = Frozen({**table.fields, "kind": known})
    tables = {**schema.tables, "records": attrs.evolve(table, fields=fields)}
    return with_inputs(attrs.evolve(schema, tables=Frozen(tables)))


def sorts_of(schema: Schema, conditions: Iterable[Node]) -> dict[str, tuple[str, ...]]:
    """The sorts of row that departments deliver by, of each child table that has some.

    Those the schema declares; without any, those the conditions name and `OTHER_SORT`.
    """
    found: dict[str, tuple[str, ...]] = {}
    listed = list(conditions)
    for name, table in schema.tables.items():
        if table.sort is not None:
            sort = table.fields[table.sort]
            named = {word for one in listed for word in words_of(one, sort.path)}
            found[name] = tuple(sort.about.choices) or (*sorted(named), OTHER_SORT)
    return found
