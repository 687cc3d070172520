"""The engines of judgement that can run here; each test says why one is left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from antipoverty.engines.chaining import compiled
from antipoverty.engines.worker import made
from antipoverty.errors import EngineUnavailableError
from antipoverty.judgement import Judgements


def engine_names() -> Iterator[Any]:
    """Every engine; one that cannot run here says so."""
    yield "reference"
    for name in ("durable", "clips"):
        try:
            made(name, compiled(Judgements(()))).close()
            yield name
        except EngineUnavailableError as problem:
            yield pytest.param(name, marks=pytest.mark.skip(reason=str(problem)))


ENGINES = list(engine_names())
OTHERS = ENGINES[1:]
engines = pytest.mark.parametrize("engine", ENGINES)
