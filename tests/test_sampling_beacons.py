"""Rounds of drand are checked by their signatures, on published vectors."""

from __future__ import annotations

import importlib.util
import sys
from datetime import date

import pytest

from antipoverty.errors import InvalidDrawError
from antipoverty.sampling import DrandRound, drand_result

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("py_ecc") is None,  # importing it would lift the limit of recursion
    reason="checking a round of drand needs the extra 'beacon'",
)

QUICKNET = DrandRound("quicknet", 657413)
SIGNATURE = (
    "b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be"
    "41076862b98fad56e91a6b85b89cd97b"
)
"""Published in the README of python-drand-verify, with its randomness."""


def test_a_published_round_of_quicknet() -> None:
    """Its signature fits, its randomness is the published one, in the form a notice takes."""
    found = drand_result(QUICKNET, signature=SIGNATURE)
    assert found == "fc1873a13f3545aeade8401532ef5519920652eee6b0d2b19ca12643b87b3587"
    assert QUICKNET.fits(found)
    assert QUICKNET.on == date(2023, 9, 15)


def test_checking_leaves_the_limit_of_recursion_as_it_was() -> None:
    """The library that checks lifts it, and a nested document would then end the process."""
    limit = sys.getrecursionlimit()
    drand_result(QUICKNET, signature=SIGNATURE)
    assert sys.getrecursionlimit() == limit < 10_000


def test_the_signature_of_another_round_is_refused() -> None:
    """And what is no signature at all."""
    with pytest.raises(InvalidDrawError, match="not that of drand quicknet 657414"):
        drand_result(DrandRound("quicknet", 657414), signature=SIGNATURE)
    for wrong in ("", SIGNATURE[:-2], SIGNATURE.upper(), "c0" + "00" * 47):
        with pytest.raises(InvalidDrawError):
            drand_result(QUICKNET, signature=wrong)


@pytest.mark.slow
def test_a_published_round_of_the_chain_with_predecessors() -> None:
    """Round 72785, as noislabs/drand-verify has it in its tests."""
    found = drand_result(
        DrandRound("default", 72785),
        signature="82f5d3d2de4db19d40a6980e8aa37842a0e55d1df06bd68bddc8d60002e8e959eb9cfa368b3c1b77"
        "d18f02a54fe047b80f0989315f83b12a74fd8679c4f12aae86eaf6ab5690b34f1fddd50ee3cc6f6cdf59e9552"
        "6d5a5d82aaa84fa6f181e42",
        previous="a609e19a03c2fcc559e8dae14900aaefe517cb55c840f6e69bc8e4f66c8d18e8a609685d9917efbfb"
        "0c37f058c2de88f13d297c7e19e0ab24813079efe57a182554ff054c7638153f9b26a60e7111f71a0ff63d957"
        "1704905d3ca6df0b031747",
    )
    assert len(found) == 64
