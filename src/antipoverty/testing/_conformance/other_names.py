"""Other ids and other words for what an engine is asked of, which change no answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import attrs

from antipoverty.conditions import Node
from antipoverty.conditions import tree as nodes
from antipoverty.model import Household
from antipoverty.testing._conformance.checks import Drawn

Asked = Iterator[tuple[str, Sequence[Drawn], dict[str, str]]]
"""How it was changed, the questions in the place of one, and whose answer each id now has."""

_LONG = "of_a_kind_that_has_a_long_name_"
"""Before a word, so that words are alike in their first letters."""
_NOT_MEANT = ("NA", "null", "nan", "None", "true", "1e5", "100000", "1.0", "1", "2021-12-01")
"""Ids that some readers of text take for nothing, for a number or for a day."""
_ALIKE = (
    *("1", "01", "1.0"),
    *("a-1", "a.1", "A1"),
    *(f"{'x' * 63}{last}" for last in "xyz"),
)
"""Ids that are alike as numbers, without their signs, or but for the last: three of each."""
_ALIKE_WORDS = (("a_b", "axb", "a-b"), ("ab", "aba", "bab"))
"""Words that are alike as patterns, without their signs, or where one ends or begins another."""


def under_other_ids(drawn: Drawn) -> Asked:
    """Ask of the same households with other ids, and with other keys of their rows."""
    pack, homes, day = drawn
    ids = [  # two and two are alike but for a capital
        *dict.fromkeys((*_NOT_MEANT, *_ALIKE)),
        *(f"{(7 * (n // 2)) % 100:02d}.{n // 2}:{'zZ'[n % 2]}" for n in range(len(homes))),
    ]
    named = {id_: home.household_id for id_, home in zip(ids, homes, strict=False)}
    others = [
        home.model_copy(update={"household_id": id_, **_other_keys(home, 3 * number)})
        for number, (id_, home) in enumerate(zip(named, homes, strict=True))
    ]
    yield "under other ids", [(pack, others, day)], named


def _other_keys(home: Household, first: int) -> dict[str, Any]:
    """All rows with other keys, wherever another row names one; alike ones from some on."""
    tables = home.tables_of_row()
    keys = {row.KEY for row in tables.values()}
    rows = {name: getattr(home, name) or () for name in tables}
    every = sorted(
        {
            held
            for one in chain.from_iterable(rows.values())
            for key in keys
            if (held := getattr(one, key, None)) is not None
        }
    )
    at = first % len(_ALIKE)
    others = (*_ALIKE[at:], *_ALIKE[:at], *(f"Z/{held}" for held in every))
    named = dict(zip(every, others, strict=False))
    return {
        name: tuple(
            one.model_copy(
                update={
                    key: named[held]
                    for key in keys
                    if (held := getattr(one, key, None)) is not None
                }
            )
            for one in some
        )
        for name, some in rows.items()
    }


def with_other_words(drawn: Drawn) -> Asked:
    """Ask with other words for kinds of record, in the rows and in the rules."""
    _, homes, _ = drawn
    words = sorted({row.kind for home in homes for row in home.records or ()}, reverse=True)
    longer = {word: _LONG + word for word in words}
    for alike in ((), ("null", "nan"), *_ALIKE_WORDS):
        named = longer | dict(zip(words, alike, strict=False))
        yield "with other words for kinds of record", [_in_words(drawn, named)], {}


def _in_words(drawn: Drawn, named: Mapping[str, str]) -> Drawn:
    pack, homes, day = drawn

    def renamed(node: Node) -> Node:
        match node:
            case nodes.Const(str() as word, unit) if word in named:
                return nodes.Const(named[word], unit)
            case nodes.Among(value, listed):
                return nodes.Among(value, tuple(named.get(word, word) for word in listed))
        return node

    rules = [attrs.evolve(one, when=one.when.rebuilt(renamed)) for one in pack.rules.values()]
    others = [
        home.model_copy(
            update={
                "records": tuple(
                    row.model_copy(update={"kind": named[row.kind]}) for row in home.records or ()
                )
            }
        )
        for home in homes
    ]
    return pack.evolve(rules=rules), others, day


__all__ = ["Asked", "under_other_ids", "with_other_words"]
