"""What a pack states beside verdicts, amounts and tiers: one answer on every engine."""

from __future__ import annotations

from typing import Any

from antipoverty.conditions import Condition, parse, parse_value
from antipoverty.errors import phrase
from antipoverty.rules import Ladder, Pack, Rule, Text
from antipoverty.testing._conformance.checks import Drawn, UnkeptError, agreed
from antipoverty.testing._conformance.engines import closure, frames
from antipoverty.testing._frames import why_not

KINDS = ("polars", "duckdb")
"""The frames that are asked; all engines are one compiler, and these two run it differently."""


def states_something(pack: Pack) -> bool:
    """Tell whether a pack has amounts or tiers."""
    return bool(pack.ladders) or any(one.amount is not None for one in pack.rules.values())


def stated_alike(drawn: Drawn) -> None:
    """Compare amounts and tiers of each engine with the reference's.

    Raises:
        UnkeptError: One of them says otherwise.
    """
    engines = {kind: frames(kind, whole=True) for kind in KINDS if why_not(kind) is None}
    agreed({"closure": closure, **engines}, drawn)


def written(part: Rule | Ladder, pack: Pack) -> None:
    """Read back the text of an amount, and of the conditions of tiers.

    Raises:
        UnkeptError: It reads otherwise.
    """
    for tree in part.trees:
        text = str(tree)
        read: Any = parse if isinstance(tree, Condition) else parse_value
        if read(text, pack.schema).key != tree.key:
            raise UnkeptError(phrase("its text {text!r} is read back as something else", text=text))


def words_of(ladder: Ladder) -> dict[str, Text]:
    """What a ladder and its tiers are called."""
    tiers = {f"tier {one.id!r} of {ladder.id!r}": one.title for one in ladder.tiers}
    return {f"ladder {ladder.id!r}": ladder.title, **tiers}


__all__ = ["stated_alike", "states_something", "words_of", "written"]
