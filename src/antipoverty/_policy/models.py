"""A model that has the facts of several models, which another process can make again."""

from __future__ import annotations

import functools
from typing import Any

from antipoverty.model import Household, Row


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
