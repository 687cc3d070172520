"""Plugins that die, fork, fill the disk or take all memory: ended and named, and nothing else."""

from __future__ import annotations

import contextlib
import json
import random
import textwrap
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from antipoverty._policy.data_only import (  # private: what crosses from a plugin's process
    read,
    written,
)
from antipoverty.errors import AntipovertyError
from antipoverty.model import Household
from antipoverty.packs import shaanxi_2531
from antipoverty.plugins import screen_each
from antipoverty.screening import Tables
from plugins import install, plugins, run

DAY = date(2021, 12, 1)
GOOD = """
from datetime import date
from antipoverty import Pack, Rule, Source, Text
from antipoverty.conditions import parse

def pack():
    return Pack(NAME, Text("示例", "Example"), departments={"d": Text("部门", "department")},
                rules=[Rule(id="water", title=Text("水", "Water"), department="d",
                            when=parse("not water_safe"), source=Source("an example"),
                            since=date(2021, 1, 1))])
"""
FAULTS = {
    "killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "aborts": "import os; os.abort()",
    "forks": """
import os, time
if os.fork() == 0:
    pass  # both load the pack
""",
    "leaves": """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True:
            with open(MARK, "a") as file:
                file.write("x")
            time.sleep(0.05)
    os._exit(0)
time.sleep(0.3)
""",
    "fills": """
with open("junk", "wb") as file:
    for _ in range(200):
        file.write(bytes(2**20))
""",
    "hoards": "held = [bytearray(2**24) for _ in range(400)]",
    "shouts": "import sys; print('x' * 10**6); sys.stderr.write('y' * 10**6)",
    "long": "GOOD = None",
}


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a process finds in which all of them are installed."""
    folder = tmp_path_factory.mktemp("limits")
    modules = {}
    for name, fault in FAULTS.items():
        head = f"NAME = {name!r}\nMARK = {str(folder / 'mark')!r}\n"
        more = "def pack():\n    return 'x' * 10" if name == "long" else ""
        modules[f"{name}_pack"] = f"{head}{GOOD}\n{fault}\n{more}\n"
    target = folder / "site"
    offers = {name: f"{name}_pack:pack" for name in FAULTS}
    install(plugins(folder / "faulty", "faulty", modules, offers), target)
    code = """
        import json
        from antipoverty.plugins import installed
        found = installed(timeout=100, memory=2**30)
        print(json.dumps({"packs": sorted(found.packs),
                          "broken": {name: str(one) for name, one in found.broken.items()}}))
    """
    done = run(target, "-c", textwrap.dedent(code), timeout=200)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    found["mark"] = folder / "mark"
    return found


@pytest.mark.slow
def test_each_is_named_with_what_became_of_it(answer: dict[str, Any]) -> None:
    """By the signal, the code or the error that ended it; those that only make noise load."""
    assert answer["packs"] == ["forks", "leaves", "national-low-income", "shaanxi-2531", "shouts"]
    broken = answer["broken"]
    assert "by signal 9" in broken["killed"]
    assert "by signal 6" in broken["aborts"]
    assert "MemoryError" in broken["hoards"]
    assert "OSError" in broken["fills"] or "by signal 25" in broken["fills"]
    assert "not a Pack" in broken["long"]
    assert all(text.endswith("[broken-plugin]") for text in broken.values())
    assert all(f"pack {name!r}" in text for name, text in broken.items())


@pytest.mark.slow
def test_what_a_plugin_started_ends_with_it(answer: dict[str, Any]) -> None:
    """Also what left its session and goes on by itself."""
    mark: Path = answer["mark"]
    before = mark.stat().st_size
    time.sleep(0.3)
    assert mark.stat().st_size == before > 0


@pytest.mark.slow
def test_a_pack_that_is_too_slow_or_too_large_to_screen_with_is_named() -> None:
    """Its households are undecided; with limits that suffice the answers are the same."""
    pytest.importorskip("polars")
    households = [
        Household(household_id="h", area="610702100200", water_safe=False, members=(), records=())
    ]
    tables, packs = Tables.of(households), {"good": shaanxi_2531()}
    free = screen_each(tables, packs, as_of=DAY)
    wide = screen_each(tables, packs, as_of=DAY, timeout=100)
    assert wide.alerts.rows() == free.alerts.rows()
    assert wide.failed == {}
    slow = screen_each(tables, packs, as_of=DAY, timeout=0.01)
    assert slow.failed["good"].code == "slow-plugin"
    assert {row[-1] for row in slow.alerts.rows()} == {"slow-plugin"}
    small = screen_each(tables, packs, as_of=DAY, timeout=10, memory=2**24)
    assert small.failed["good"].code in ("broken-plugin", "slow-plugin")  # threads may just stand


def test_nothing_but_a_pack_comes_of_what_a_child_says() -> None:
    """However its JSON is changed: a pack, or one of the library's errors, and soon."""
    text = written(shaanxi_2531().evolve(judgements=())).decode()
    chance = random.Random(5)
    words = ["{", "[", '"', "null", "1e999", '"when"', '{"day": 3}', "\x00", "9" * 5000, "["]
    given = ["", "null", "[" * 100_000, '{"rules": 1}', "{}", text[:500]]
    for _ in range(40):
        at = chance.randrange(len(text))
        given.append(text[:at] + chance.choice(words) + text[at + chance.randrange(9) :])
    for one in given:
        began = time.monotonic()
        with contextlib.suppress(AntipovertyError):
            read(one.encode())
        assert time.monotonic() - began < 5
