"""The engines of judgement that can run here; each test says why one is left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from antipoverty._judging.engines.chaining import compiled  # private: an engine in this process
from antipoverty._judging.engines.worker import made  # private: an engine in this process
from antipoverty.errors import EngineUnavailableError
from antipoverty.judgement import Judgements


def engine_names() -> Iterator[Any]:
    """Every engine; one that cannot run here says so."""
    yield "reference"
    try:
        made("durable", compiled(Judgements(()))).close()
        yield "durable"
    except EngineUnavailableError as problem:
        yield pytest.param("durable", marks=pytest.mark.skip(reason=str(problem)))


ENGINES = list(engine_names())
OTHERS = ENGINES[1:]
engines = pytest.mark.parametrize("engine", ENGINES)
