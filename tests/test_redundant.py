"""A part is said to be redundant only where every household there is says so.

The oracle is a table of all households that can differ, and a few lines of Kleene's logic
that know nothing of the library.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

import pytest

from antipoverty.testing import boundary_cases
from shapes import AS_OF, made

pytest.importorskip("z3")

ATOMS = {
    **{f"size >= {n}": ("size", lambda value, n=n: value >= n) for n in (2, 3, 4)},
    "size < 3": ("size", lambda value: value < 3),
    **{f"labourers >= {n}": ("labourers", lambda value, n=n: value >= n) for n in (1, 2)},
    "water_safe": ("water_safe", lambda value: value),
    "monitored": ("monitored", lambda value: value),
}
VALUES = {
    "size": (1, 2, 3, 4, 5, None),
    "labourers": (0, 1, 2, 3, None),
    "water_safe": (True, False, None),
    "monitored": (True, False, None),
}
Tree = tuple[Any, ...]


def tree(numbers: random.Random, atoms: list[str], depth: int) -> Tree:
    """A condition of atoms that each stand in it once."""
    if depth == 0 or numbers.random() < 0.2:
        return ("atom", atoms.pop())
    if numbers.random() < 0.15:
        return ("not", tree(numbers, atoms, depth - 1))
    parts = [tree(numbers, atoms, depth - 1) for _ in range(2)]
    return (numbers.choice(["and", "or"]), *parts)


def text(of: Tree) -> str:
    """As a policy writes it."""
    if of[0] == "atom":
        return str(of[1])
    if of[0] == "not":
        return f"not ({text(of[1])})"
    return f" {of[0]} ".join(f"({text(one)})" for one in of[1:])


def held(of: Tree, facts: dict[str, Any], instead: dict[str, bool]) -> bool | None:
    """Kleene's logic; some atoms have an answer of their own."""
    if of[0] == "atom":
        if of[1] in instead:
            return instead[of[1]]
        name, asked = ATOMS[of[1]]
        return None if facts[name] is None else bool(asked(facts[name]))
    parts = [held(one, facts, instead) for one in of[1:]]
    if of[0] == "not":
        return None if parts[0] is None else not parts[0]
    decides = of[0] == "or"
    if decides in parts:
        return decides
    return None if None in parts else not decides


def households() -> Iterator[dict[str, Any]]:
    """All that can differ."""
    for values in itertools.product(*VALUES.values()):
        yield dict(zip(VALUES, values, strict=True))


def is_redundant(of: Tree, atom: str) -> bool:
    """Whether the atom might as well always hold, or never."""
    return any(
        all(held(of, one, {}) == held(of, one, {atom: answer}) for one in households())
        for answer in (True, False)
    )


def atoms_of(of: Tree) -> Iterator[str]:
    """Those that stand in a condition."""
    if of[0] == "atom":
        yield of[1]
    else:
        for one in of[1:]:
            yield from atoms_of(one)


KNOWN = (
    ("and", ("atom", "size >= 3"), ("atom", "size >= 2")),
    ("or", ("atom", "monitored"), ("and", ("atom", "size >= 2"), ("atom", "size < 3"))),
    ("or", ("atom", "size >= 4"), ("and", ("atom", "size >= 3"), ("atom", "size < 3"))),
    ("and", ("not", ("atom", "size >= 3")), ("atom", "size < 3")),
)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(16))
def test_what_is_said_to_be_redundant_is_so_for_every_household(seed: int) -> None:
    """And what is redundant is listed; whatever else is, is not called so."""
    numbers = random.Random(seed)
    atoms = sorted(ATOMS)
    numbers.shuffle(atoms)
    of = KNOWN[seed] if seed < len(KNOWN) else tree(numbers, atoms, 2 + seed % 2)
    found = boundary_cases("r", made(text(of)), as_of=AS_OF)
    reasons = {one.part: one.reason for one in found.unpinned}
    for atom in atoms_of(of):
        said = "it is redundant" in reasons.get(atom, "")
        if said:
            assert is_redundant(of, atom), (text(of), atom)
        elif is_redundant(of, atom):
            assert atom in reasons, (text(of), atom)


def test_the_oracle_knows_what_it_is_for() -> None:
    """Some of the conditions have redundant parts, and some have none."""
    assert is_redundant(KNOWN[0], "size >= 2")
    assert not is_redundant(KNOWN[0], "size >= 3")
    assert not is_redundant(KNOWN[1], "size >= 2")
    assert is_redundant(KNOWN[2], "size >= 3")
