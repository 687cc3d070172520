"""Damaged files at every public reader: read, or refused with the library's errors, and soon."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="the registers need the extra 'store'")
pytest.importorskip("xlsxwriter", reason="workbooks need the extra 'excel'")

from antipoverty.errors import AntipovertyError, UnsupportedFrameError
from antipoverty.rules import pack_from_toml
from antipoverty.screening import Tables
from fuzzing import PACK, Reader, faults, readers

COUNT = 100
"""How many damaged files of each; ``make bench`` reads 3,000."""


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> list[Reader]:
    """Every public reader."""
    return readers(tmp_path_factory.mktemp("fuzz"))


@pytest.mark.slow
def test_every_reader_reads_what_is_not_damaged(known: list[Reader]) -> None:
    """Else the damaged files would show nothing."""
    for reader in known:
        if reader.name == "read_list":  # what it is given is a workbook, but no list
            with pytest.raises(AntipovertyError):
                reader.read(reader.seed)
        else:
            reader.read(reader.seed)


@pytest.mark.slow
def test_no_reader_raises_another_error_or_takes_a_second(known: list[Reader]) -> None:
    """Bytes changed, cut, doubled; endless numbers, nests and keys put in."""
    found = [fault for reader in known for fault in faults(reader, COUNT, seed=1)]
    assert found == []


def test_a_file_at_which_polars_gives_up_is_refused(tmp_path: Path) -> None:
    """What it raises then is no `Exception`; found by damaging a table 3,000 times."""
    damaged = Path(__file__).parent / "support" / "damaged.parquet"
    (tmp_path / "households.parquet").write_bytes(damaged.read_bytes())
    with pytest.raises(UnsupportedFrameError, match="cannot be read as Parquet"):
        Tables.read(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "9" * 5_000,
        "a = " + "[" * 5_000,
        "a" + ".a" * 20_000 + " = 1",
        "a = {b" + ".b" * 20_000 + " = 1}",
        '"a"' + ' . "a"' * 20_000 + " = 1",
        "[" + "x." * 20_000 + "x]",
        "[[" + "x." * 70 + "x]]",
        "a = 1" + "0" * 400 + ".5e9999",
        "\ufeff" * 3,
    ],
    ids=lambda text: text[:12],
)
def test_a_file_that_nobody_writes_is_refused_at_once(text: str) -> None:
    """The whole text, not a few words of it, is what makes the parser slow."""
    with pytest.raises(AntipovertyError):
        pack_from_toml(f"{PACK}\n{text}\n")


def test_a_condition_with_many_points_is_no_long_key() -> None:
    """Words with points in a text are read as they are."""
    note = " ".join(f"members.age{number}" for number in range(500)) + " 1.2.3.4 U.S.A. ..."
    pack = pack_from_toml(PACK.replace('"a document"', f'"{note}"'))
    assert pack.rules["low"].source.title.en == note


def successions(count: int) -> str:
    """A pack in which each rule supersedes the one before."""
    made = [PACK]
    for number in range(count):
        before = f"r{number - 1}" if number else "low"
        made.append(
            f'[[rules]]\nid = "r{number}"\ntitle.zh = "低"\ntitle.en = "low"\ndepartment = "d"\n'
            f'when = "not water_safe"\nsource = "s"\nsince = {2022 + number}-01-01\n'
            f'supersedes = "{before}"\n'
        )
    return "".join(made)


@pytest.mark.slow
def test_three_thousand_rules_that_supersede_each_other_are_read_in_seconds() -> None:
    """Time grows with their number and not with its cube; the last one is in force."""
    pack = pack_from_toml(successions(3_000))
    assert [rule.id for rule in pack.on(date(2021 + 3_000, 6, 1)).rules] == ["r2999"]
    with pytest.raises(AntipovertyError, match="supersedes itself"):
        pack_from_toml(successions(300).replace('id = "low"', 'id = "low"\nsupersedes = "r299"'))
