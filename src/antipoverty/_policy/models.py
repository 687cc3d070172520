"""A model that has the facts of several models, which another process can make again."""

from __future__ import annotations

import functools
from typing import Any

from antipoverty.model import Household


@functools.cache
def joined_model(models: tuple[type[Household], ...]) -> type[Household]:
    """Make the model that has the facts of all of some models."""
    if len(models) == 1:
        return models[0]
    name = "And".join(model.__name__ for model in models)
    return type(name, models, {"__reduce__": _reduced_row})


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
