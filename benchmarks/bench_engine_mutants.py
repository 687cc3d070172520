"""Mutants of the library's own engines: how many the conformance kit kills, and why some live.

Run with ``python benchmarks/bench_engine_mutants.py``; with ``whole`` all mutants are tried, which
takes hours. Each is one small change of the code, planted in process; the questions are those of
`check_engine`. Why each survivor lives stands in ``tests/support/engine_survivors.toml``. One
without a reason there is alive only when every question was asked and answered right; one that
takes too long for that is not decided. One with a reason is asked for a few seconds whether it
still lives. How many are tried hangs on how fast the machine is, and nothing else: the order is
drawn once.
"""

from __future__ import annotations

import math
import random
import sys
from collections import Counter
from pathlib import Path

from common import Row, table

SUPPORT = Path(__file__).parent.parent / "tests" / "support"
sys.path.insert(0, str(SUPPORT))
SECONDS = {"reference": 60, "closure": 30, "frames": 120}
"""How long mutants of an engine are tried, by the processor's clock, in an order fixed once.

With asking the kit and telling which lines each question runs all takes five minutes.
"""

BUDGET = 60.0
"""Seconds of the processor after which a mutant is left undecided."""

BRIEF = 2.0
"""Seconds for which one is asked that has a reason to live."""


def main(scale: float = 1.0, *, whole: bool = False) -> list[Row]:
    """Try the mutants of every engine; ``scale`` below 1 tries fewer."""
    from engine_mutants import asked_by_the_kit, mutants_of, run, with_lines
    from engine_survivors import reasons, unexplained

    known = {} if whole else reasons()
    runs = {}
    for engine, seconds in SECONDS.items():
        mutants = list(mutants_of(engine))
        random.Random(1).shuffle(mutants)
        tried = mutants[: max(2, int(scale * len(mutants)))]
        examples, sort = (1, "") if scale == 1 else (1, "spans")
        asked = with_lines(engine, asked_by_the_kit(engine, examples, sort=sort))
        budgets = {str(one): BRIEF if str(one) in known else BUDGET for one in tried}
        until = math.inf if whole else seconds
        runs[engine] = len(mutants), len(asked), run(engine, tried, asked, until, budgets)
    rows, why = [], Counter[str]()
    for engine, (there, questions, found) in runs.items():
        living = [*found.survivors, *(one for one in found.open if str(one) in known)]
        undecided = len(found.survivors) + len(found.open) - len(living)
        open_ = unexplained(living)
        decided = found.tried - undecided
        killed = decided - len(living)
        why.update(reasons().get(str(one), "no reason known") for one in living)
        for one in open_:
            print("no reason known:", one, file=sys.stderr)
        rows.append(
            Row(
                f"{engine}: {found.tried} of {there} mutants, {questions} questions",
                f"{killed} killed",
                f"{len(living)} live, {len(open_)} of them without a reason; "
                f"{undecided} not decided",
                round(killed / decided, 3) if decided else None,
            )
        )
        most = ", ".join(f"{name} {count}" for name, count in found.checks.most_common(6))
        rows.append(Row(f"{engine}: killed first by the check", most))
    listed = why.most_common()
    return [*rows, *(Row(f"they live because: {one}", f"{count}") for one, count in listed)]


if __name__ == "__main__":
    given = sys.argv[1:]
    scales = [float(one) for one in given if one != "whole"]
    print(table(main(*scales, whole="whole" in given)))
