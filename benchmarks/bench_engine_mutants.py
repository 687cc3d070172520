"""Mutants of the library's own engines: how many the conformance kit kills, and why some live.

Run with ``python benchmarks/bench_engine_mutants.py``. Each is one small change of the code,
planted in process; the questions are those of `check_engine`. Why each survivor lives stands in
``tests/support/engine_survivors.toml``. A mutant is alive only when every question was asked
and answered right; one that takes too long for that is not decided. How many are tried hangs
on how fast the machine is, and nothing else.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from pathlib import Path

from common import Row, table

SUPPORT = Path(__file__).parent.parent / "tests" / "support"
sys.path.insert(0, str(SUPPORT))
SECONDS = {"reference": 150, "closure": 60, "frames": 420}
"""How long mutants of an engine are tried, by the processor's clock, in an order fixed once."""

BUDGET = 60.0
"""Seconds of the processor after which a mutant is left undecided."""


def main(scale: float = 1.0) -> list[Row]:
    """Try the mutants of every engine; ``scale`` below 1 tries fewer."""
    from engine_mutants import asked_by_the_kit, mutants_of, run, with_lines
    from engine_survivors import reasons, told, unexplained

    runs = {}
    for engine, seconds in SECONDS.items():
        mutants = list(mutants_of(engine))
        random.Random(1).shuffle(mutants)
        tried = mutants[: max(2, int(scale * len(mutants)))]
        examples, sort = (4, "") if scale == 1 else (1, "spans")
        asked = with_lines(engine, asked_by_the_kit(engine, examples, sort=sort))
        runs[engine] = len(mutants), len(asked), run(engine, tried, asked, seconds, BUDGET)
    rows, why = [], Counter[str]()
    for engine, (there, questions, found) in runs.items():
        open_ = unexplained(found.survivors)
        decided = found.tried - len(found.open)
        killed = decided - len(found.survivors)
        why.update(reasons().get(told(str(one)), "no reason known") for one in found.survivors)
        for one in open_:
            print("no reason known:", one, file=sys.stderr)
        rows.append(
            Row(
                f"{engine}: {found.tried} of {there} mutants, {questions} questions",
                f"{killed} killed",
                f"{len(found.survivors)} live, {len(open_)} of them without a reason; "
                f"{len(found.open)} not decided",
                round(killed / decided, 3) if decided else None,
            )
        )
        most = ", ".join(f"{name} {count}" for name, count in found.checks.most_common(6))
        rows.append(Row(f"{engine}: killed first by the check", most))
    listed = why.most_common()
    return [*rows, *(Row(f"they live because: {one}", f"{count}") for one, count in listed)]


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
