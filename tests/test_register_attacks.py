"""Registers attacked at random: odd values in every argument, rows changed behind their back."""

from __future__ import annotations

import pytest

pytest.importorskip("sqlalchemy", reason="the database needs the extra 'store'")

from dirty_machine import run
from tampering import tampered


@pytest.mark.slow
def test_no_odd_value_ruins_a_casebook_or_enters_it() -> None:
    """Verbs in any order, with values of every type: the library's errors, nothing lost."""
    found = run(400, seed_=3)
    assert found.faults == []
    assert found.events > 20
    assert found.refused > 20


def test_every_tampering_is_noticed() -> None:
    """By `check` alone, but for a chain that was removed with all its lines: kept heads show it."""
    alone, beside, unnoticed = tampered(150, seed=2)
    assert unnoticed == 0
    assert alone > 100
    assert beside > 0
