"""Damaged files at every public reader: read, or refused with the library's errors, and soon."""

from __future__ import annotations

import gzip
import importlib
import inspect
import pkgutil
import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sqlalchemy", reason="the registers need the extra 'store'")
pytest.importorskip("xlsxwriter", reason="workbooks need the extra 'excel'")

import antipoverty
from antipoverty.conditions import parse_value
from antipoverty.errors import (
    AntipovertyError,
    InexactNumberError,
    InvalidAreasError,
    InvalidDocumentError,
    InvalidPackError,
    InvalidPolicyError,
    UnsupportedFrameError,
)
from antipoverty.intake import read_plausible
from antipoverty.model import AreaTree, load_areas
from antipoverty.rules import extension_from_toml, pack_from_toml
from antipoverty.scoring import NoticePolicy
from antipoverty.screening import Tables
from fuzzing import EXTENSION, NOTICE_POLICY, PACK, THROUGH, Fault, Reader, faults, readers

COUNT = 3_000
"""How many damaged files of each."""
CHECKED = {"load_areas, gzipped", "read_list", "Household.model_validate_json"}
"""Those past which next to nothing damaged gets: a packed file, a workbook, a strict household."""
_READS = re.compile(r"(?:^|[_.])(?:read|load|parse|guess|from|verify|open)(?:_|$)")
_GIVEN = re.compile(r"\b(?:str|bytes|Path|object)\b")


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> list[Reader]:
    """Every public reader."""
    return readers(tmp_path_factory.mktemp("fuzz"))


def public_readers() -> Iterator[str]:
    """Functions and class methods of the public doors, by their names and what they are given."""
    for door in pkgutil.iter_modules(antipoverty.__path__, "antipoverty."):
        if door.name.rpartition(".")[2] in ("cli", "__main__") or "._" in door.name:
            continue
        module = importlib.import_module(door.name)
        for name in getattr(module, "__all__", [*vars(module)]):
            one = getattr(module, name)
            if name[0] == "_" or not str(getattr(one, "__module__", "")).startswith("antipoverty"):
                continue
            several: dict[str, Any] = {name: one} if inspect.isfunction(one) else {}
            if inspect.isclass(one):
                named = ((key, getattr(one, key, None)) for key in dir(one) if key[0] != "_")
                several = {f"{name}.{key}": each for key, each in named if inspect.ismethod(each)}
            for called, function in several.items():
                if _READS.search(called) and function.__module__.startswith("antipoverty"):
                    first = next(iter(inspect.signature(function).parameters.values()), None)
                    if first is not None and _GIVEN.search(str(first.annotation)):
                        yield called


@pytest.mark.slow
def test_no_public_reader_is_forgotten(known: list[Reader]) -> None:
    """Whoever adds one adds something that it reads, or says through which its bytes go."""
    told = {reader.name.partition(",")[0] for reader in known}
    found = {*public_readers()}
    assert {"Receipt.from_json", "load_areas", "Casebook.open"} <= found
    assert found - told - {*THROUGH} == set()
    assert {*THROUGH.values()} - told == {"an address, and no file"}


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
    """Bytes changed, cut, doubled; endless numbers, nests and keys put in; each is counted."""
    found: list[Fault] = []
    seen = {reader.name: Counter[str]() for reader in known}
    for reader in known:
        found += faults(reader, COUNT, seed=1, seen=seen[reader.name])
    assert found == []
    assert {counted.total() for counted in seen.values()} == {COUNT}
    assert {name for name, counted in seen.items() if counted["read"] == COUNT} == set()
    assert {name for name, counted in seen.items() if not counted["read"]} <= CHECKED


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["village,1,x,y,too,many"] * 5_000, "that makes 1000 problems"),
        (["village,1,x,"] * 5_000, "that makes 1000 problems"),
        ([""] * 5_000_000, "longer than any list of areas"),
        (["x" * 9_000_000], "this is no line of a CSV"),
    ],
    ids=["wide", "no-code", "blank", "long"],
)
def test_a_packed_list_of_areas_is_read_no_further_than_it_need_be(
    lines: list[str], said: str, tmp_path: Path
) -> None:
    """Whatever a small file unpacks to, it is refused soon, and with problems that can be read."""
    path = tmp_path / "areas.csv.gz"
    path.write_bytes(gzip.compress("\n".join(["level,code,name,parent", *lines]).encode(), 1))
    with pytest.raises(InvalidAreasError, match=said) as caught:
        load_areas(path)
    assert len(caught.value.problems) <= 1_001


@pytest.mark.slow
def test_a_long_line_of_successors_is_gone_through_once() -> None:
    """Codes that succeed each other 10,000 times: each is looked at, and not all for each."""
    codes = [f"61{number:010d}" for number in range(1, 10_001)]
    lines = ["level,code,name,parent,until,successors"]
    lines += [f"village,{code},x,,2020-01-02,{after}" for code, after in pairwise(codes)]
    began = time.process_time()
    with pytest.raises(InvalidAreasError, match="is absent"):
        AreaTree.from_csv(lines)
    assert time.process_time() - began < 5


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


def test_an_extension_that_names_no_pack_says_so() -> None:
    """And nothing of the form's own checker gets out; found by damaging one 3,000 times."""
    text = EXTENSION.replace('pack = "small"\n', "")
    with pytest.raises(InvalidPackError, match=r"extends.*pack"):
        extension_from_toml(text, pack_from_toml(PACK))


@pytest.mark.parametrize("number", ["1e99999999", "'1e99999999'", "1e-99999999", "'1e-0099999999'"])
def test_a_short_number_of_endless_digits_is_refused_at_once(number: str) -> None:
    """Written out it would have a hundred million digits; found by damaging a file 3,000 times."""
    began = time.process_time()
    with pytest.raises(InvalidPolicyError, match="exact number"):
        NoticePolicy.from_toml(NOTICE_POLICY.replace("worst = 0.9", f"worst = {number}"))
    assert time.process_time() - began < 1


def test_an_exponent_of_many_digits_is_refused() -> None:
    """It is more than a decimal can hold; found by damaging a value 3,000 times."""
    with pytest.raises(InexactNumberError, match="at most 12 digits"):
        parse_value("size + 1e99999999999999999999")


def test_many_parts_of_a_key_are_refused_in_a_file_of_bounds() -> None:
    """By the reader that all such files share, at once; found by damaging one 3,000 times."""
    began = time.process_time()
    with pytest.raises(InvalidDocumentError):
        read_plausible(".".join(["a"] * 20_000) + " = 1")
    assert time.process_time() - began < 1


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
