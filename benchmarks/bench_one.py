"""One household in a web request, and what importing costs."""

from __future__ import annotations

import statistics
import subprocess
import sys
import timeit

import thirty_rules
from antipoverty.engines.closure import compile_pack
from antipoverty.model import Household
from antipoverty.rules import judge
from common import Row, table, timed

DAY = thirty_rules.DAY


def _home() -> Household:
    facts = thirty_rules.households(1).row(0, named=True)
    return Household.model_construct(**facts)


def _import(name: str) -> float:
    command = [sys.executable, "-c", f"import {name}"]
    return timed(lambda: subprocess.run(command, check=True))


def main(scale: float = 1.0) -> list[Row]:
    """Measure; ``scale`` shortens the runs."""
    pack, household = thirty_rules.pack(), _home()
    compiled = compile_pack(pack, as_of=DAY)
    calls = max(int(50_000 * scale), 100)
    rows = []
    for what, function, number, limit in (
        ("one household, 30 rules, compiled closure", lambda: compiled(household), calls, 10.0),
        (
            "the same by the reference, with evidence",
            lambda: judge(household, pack, as_of=DAY),
            calls // 50,
            None,
        ),
    ):
        best = min(timeit.repeat(function, number=max(number, 1), repeat=5)) / max(number, 1)
        rows.append(
            Row(
                what,
                f"{best * 1e6:.1f} us",
                "",
                None,
                f"{limit:.0f} us" if limit else "",
                best * 1e6 < limit if limit else None,
            )
        )
    rounds = max(int(15 * scale), 2)
    pairs = [(_import("antipoverty"), _import("pydantic")) for _ in range(rounds)]
    ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    rows.append(
        Row(
            "import antipoverty, a fresh process",
            f"{ours * 1000:.0f} ms",
            f"import pydantic {theirs * 1000:.0f} ms",
            ratio,
            "1.5",
            ratio <= 1.5,
        )
    )
    return rows


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
