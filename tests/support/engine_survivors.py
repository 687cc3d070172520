"""The mutants of engines that the conformance kit lets live, each with the reason."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from engine_mutants import EngineMutant

LIST = Path(__file__).with_name("engine_survivors.toml")


@functools.cache
def listed() -> tuple[tuple[str, str], ...]:
    """Each mutant that is known to live, by its name, and why."""
    groups = tomllib.loads(LIST.read_text(encoding="utf-8"))["survivors"]
    return tuple((mutant, one["reason"]) for one in groups for mutant in one["mutants"])


@functools.cache
def reasons() -> Mapping[str, str]:
    """Why each mutant lives that is known to."""
    return dict(listed())


def unexplained(mutants: Iterable[EngineMutant]) -> list[str]:
    """The mutants without a reason."""
    return [str(one) for one in mutants if str(one) not in reasons()]


__all__ = ["listed", "reasons", "unexplained"]
