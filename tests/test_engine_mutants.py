"""The kit kills the mutants of the library's own engines, but for those it is known to miss."""

from __future__ import annotations

from collections import Counter

import pytest

from engine_mutants import (
    ENGINES,
    EngineMutant,
    asked_by_the_kit,
    mutants_of,
    planted,
    run,
    with_lines,
    wrong,
)
from engine_survivors import listed, unexplained

STEPS = {"reference": 20, "closure": 8}
"""Every how many a mutant is tried here; the benchmark tries more."""


@pytest.mark.slow
@pytest.mark.parametrize("engine", STEPS)
def test_most_mutants_of_an_engine_fail_the_kit(engine: str) -> None:
    """Whoever breaks a line of an engine mostly hears of it; a list says why not else."""
    asked = with_lines(engine, asked_by_the_kit(engine, examples=4))
    mutants = list(mutants_of(engine))[:: STEPS[engine]]
    found = run(engine, mutants, asked)
    assert len(found.killed) >= 0.6 * len(mutants), unexplained(found.survivors)
    if engine == "closure":
        assert unexplained(found.survivors) == []


@pytest.mark.slow
def test_a_mutant_is_planted_for_a_while_only() -> None:
    """The engine is itself again afterwards, whatever the mutant did."""
    mutant = next(one for one in mutants_of("closure") if "Lt of" in one.was or "Is of" in one.was)
    asked = asked_by_the_kit("closure", examples=1, sort="spans")
    for _ in range(2):
        with planted([mutant]):
            pass
    assert run("closure", [], asked).survivors == ()
    assert mutant.killed_by(asked) is None  # nothing was said to reach it


def test_a_refusal_that_is_kept_kills_no_mutant() -> None:
    """The engine as it is answers every question right, one that it must refuse among them."""
    asked = asked_by_the_kit("frames", examples=1, sort="overflow")
    assert any(one.refused for one in asked)
    assert [wrong("frames", one) for one in asked] == [None] * len(asked)


def test_every_reason_is_of_one_mutant_that_there_is() -> None:
    """A reason that outlives its line is taken out of the list, and none hides a second place."""
    there = Counter(str(one) for engine in ENGINES for one in mutants_of(engine))
    assert set(there.values()) == {1}
    given = Counter(mutant for mutant, _ in listed())
    assert set(given.values()) == {1}
    assert set(given) <= set(there)


def test_equal_changes_of_a_function_are_told_apart_by_their_place() -> None:
    """The places are counted from the first line to the last, and say of how many."""
    mutants = list(mutants_of("reference"))
    several: dict[str, list[EngineMutant]] = {}
    for one in mutants:
        several.setdefault(str(one).removesuffix(one.place), []).append(one)
    assert any(len(same) > 2 for same in several.values())
    for same in several.values():
        assert [one.lines.start for one in same] == sorted(one.lines.start for one in same)
        places = [f" ({n} of {len(same)})" for n in range(1, len(same) + 1)]
        assert [one.place for one in same] == (places if len(same) > 1 else [""])
