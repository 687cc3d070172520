"""The mutants of engines that the conformance kit lets live, each with the reason."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from engine_mutants import EngineMutant

LIST = Path(__file__).with_name("engine_survivors.toml")


SHORT = 40
"""A change of fewer letters may stand anywhere: only with its function is it told from others."""


def told(mutant: str) -> str:
    """What a mutant is known by: its change, which may move to another function, if long."""
    change = mutant.partition(": ")[2]
    return change if len(change) > SHORT else mutant


@functools.cache
def reasons() -> Mapping[str, str]:
    """Why each mutant lives that is known to, by what it is told by."""
    listed = tomllib.loads(LIST.read_text(encoding="utf-8"))["survivors"]
    return {told(mutant): one["reason"] for one in listed for mutant in one["mutants"]}


def unexplained(mutants: Iterable[EngineMutant]) -> list[str]:
    """The mutants without a reason."""
    return [str(one) for one in mutants if told(str(one)) not in reasons()]


__all__ = ["reasons", "told", "unexplained"]
