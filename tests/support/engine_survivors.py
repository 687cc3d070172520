"""The mutants of engines that the conformance kit lets live, each with the reason."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from engine_mutants import EngineMutant

LIST = Path(__file__).with_name("engine_survivors.toml")


@functools.cache
def reasons() -> Mapping[str, str]:
    """Why each mutant lives that is known to."""
    listed = tomllib.loads(LIST.read_text(encoding="utf-8"))["survivors"]
    return {mutant: one["reason"] for one in listed for mutant in one["mutants"]}


def unexplained(mutants: Iterable[EngineMutant]) -> list[str]:
    """The mutants without a reason."""
    return [str(one) for one in mutants if str(one) not in reasons()]


__all__ = ["reasons", "unexplained"]
