"""Registers under attack: programs killed, writers at once, odd verbs, tamperings, as counted.

Run with ``python benchmarks/bench_attacks.py``. The suite runs small numbers of each. What is
counted here does not hang on how fast the machine is.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from antipoverty.casework import Casebook, open_cases
from bench_casework import postgresql, sqlite
from common import Row, table

SUPPORT = Path(__file__).parent.parent / "tests" / "support"
sys.path.insert(0, str(SUPPORT))
WRITERS = 8


def killed(url: str, kills: int, seed: int) -> tuple[int, int, int, int]:
    """Let eight programs at a time write to the same ten cases, and kill each at random.

    Returns:
        How many were killed; how many steps they said were acknowledged; how many of those
        are lost or there twice; and how many chains are damaged.
    """
    from casework_books import DAY, alerts, empty

    chance, ended = random.Random(seed), 0
    acknowledged: set[tuple[str, int, str]] = set()
    found = alerts(*((f"h{number}", "traffic-accident") for number in range(10)))
    with Casebook.open(url, empty()) as casebook:
        casebook.open_cases(found, as_of=DAY)
    for start in range(0, kills, WRITERS):
        with tempfile.TemporaryDirectory() as folder:
            logs = [Path(folder) / f"{n}.log" for n in range(min(WRITERS, kills - start))]
            programs = [
                started(url, f"w{start + n}", log, chance.uniform(0.02, 1.5))
                for n, log in enumerate(logs)
            ]
            for program, until in sorted(programs, key=lambda one: one[1]):
                time.sleep(max(0.0, until - time.monotonic()))
                program.kill()
            for program, _ in programs:
                program.join()
                ended += program.exitcode == -signal.SIGKILL
            for log in logs:
                lines = log.read_text().split("\n")[:-1] if log.exists() else []
                acknowledged |= {
                    (household, int(number), why)
                    for household, number, why in map(str.split, lines)
                }
    with Casebook.open(url, empty()) as casebook:
        there = [
            (event.stream.partition("/")[2], event.number, event.why)
            for event in casebook.events()
            if event.kind == "helped"
        ]
        damaged = len(casebook.doctor())
    twice = len(there) - len({why for _, _, why in there})
    return ended, len(acknowledged), len(acknowledged - {*there}) + twice, damaged


def started(url: str, name: str, log: Path, seconds: float) -> tuple[BaseProcess, float]:
    """A program of its own that writes, and when it will be killed: opening, or in a write."""
    from casework_writer import main as write

    os.environ["PYTHONPATH"] = os.pathsep.join([str(SUPPORT), *sys.path])
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["casework_writer"])
    program = server.Process(target=write, args=(url, name, str(log), 1_000_000))
    program.start()
    return program, time.monotonic() + seconds


def kills(name: str, url: str, count: int) -> Row:
    """Nothing acknowledged is lost."""
    ended, told, lost, damaged = killed(url, count, seed=4)
    return Row(
        f"{name}: {ended} of {count} programs killed at random, {WRITERS} at a time on ten cases",
        f"{told:,} steps acknowledged, {lost} lost or doubled, {damaged} chains damaged",
        limit="0, 0",
        met=not lost and not damaged and ended == count,
    )


def writers(name: str, url: str, cases: int) -> Row:
    """Writers at once, all on the same cases: each step is there once, the others are refused."""
    from concurrent.futures import ThreadPoolExecutor

    from antipoverty.errors import ConflictError, IllegalStepError
    from bench_casework import DAY, alerts, empty

    with Casebook.open(url, empty()) as casebook:
        book, events, _ = open_cases(empty(), alerts(cases), as_of=DAY)
        casebook.append(events, book)

        def work(_: int) -> int:
            done = 0
            for id_ in book.cases:
                try:
                    casebook.advance(
                        id_, "home_check", by="keeper-1", on=DAY, finding={"visited": True}
                    )
                    done += 1
                except (ConflictError, IllegalStepError):
                    continue
            return done

        with ThreadPoolExecutor(WRITERS) as pool:
            done = sum(pool.map(work, range(WRITERS)))
        versions = {case.version for case in casebook.book().cases.values()}
        damaged = len(casebook.doctor())
    return Row(
        f"{name}: {WRITERS} writers at once take the same step of the same {cases:,} cases",
        f"{done:,} steps written, {damaged} chains damaged",
        limit="each once",
        met=done == cases and versions == {2} and not damaged,
    )


def tampering(count: int) -> Row:
    """Any column of any table changed, any row deleted or doubled: `check` notices."""
    from tampering import tampered

    alone, beside, missed = tampered(count, seed=11)
    return Row(
        f"{count:,} tamperings: any column changed, any row removed or doubled",
        f"{alone:,} noticed by check alone; {beside:,} by heads that were kept: a chain removed "
        "with all its lines",
        f"{missed:,} not noticed",
        limit="0 not noticed",
        met=not missed,
    )


def verbs(steps: int) -> Row:
    """Random verbs with odd values in every argument, beside a model."""
    from dirty_machine import run

    found = run(steps, seed_=9)
    return Row(
        f"{steps:,} random verbs, odd values of every type in every argument",
        f"{found.events:,} events written, {found.refused:,} verbs refused",
        f"{len(found.faults)} faults {' '.join(sorted({*found.faults})[:3])}".strip(),
        limit="no other error, none unreadable, nothing lost, nothing personal",
        met=not found.faults,
    )


def main(scale: float = 1.0) -> list[Row]:
    """Count; ``scale`` 1 is 200 kills, 100,000 verbs and 10,000 tamperings."""
    rows: list[Row] = []
    places: list[tuple[str, Callable[[], Any]]] = [("SQLite", sqlite), ("PostgreSQL", postgresql)]
    for name, where in places:
        attacks: list[Callable[[str, str], Row]] = [
            lambda name, url: kills(name, url, max(int(200 * scale), 2)),
            lambda name, url: writers(name, url, max(int(400 * scale), 20)),
        ]
        for attack in attacks:
            with where() as url:
                rows.append(Row(name, "not installed") if url is None else attack(name, url))
    rows.append(tampering(max(int(10_000 * scale), 50)))
    rows.append(verbs(max(int(100_000 * scale), 500)))
    return rows


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
