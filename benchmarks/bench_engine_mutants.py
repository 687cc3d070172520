"""Mutants of the library's own engines: how many the conformance kit kills, and why some live.

Run with ``python benchmarks/bench_engine_mutants.py``. Each is one small change of the code,
planted in process; the questions are those of `check_engine`, and all that reach a mutant are
asked of it, so that none is left undecided. What lives is asked questions drawn by lot besides,
unlike the kit's, to try whether anything tells it from the engine as it is. Why each survivor
lives stands in ``tests/support/engine_survivors.toml``. One that answers no question wrongly, but
takes twenty times as long for one as the engine itself, is killed by the clock and counted so.
"""

from __future__ import annotations

import gc
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from common import Row, table

SUPPORT = Path(__file__).parent.parent / "tests" / "support"
sys.path.insert(0, str(SUPPORT))
ENGINES = {"frames": 60, "reference": 100, "closure": 100}
"""Each engine, and how many questions drawn by lot its survivors are asked."""


def main(scale: float = 1.0) -> list[Row]:
    """Try the mutants of every engine; ``scale`` below 1 tries some, by one sort of question."""
    rows, why = [], Counter[str]()
    apart = ProcessPoolExecutor(2, mp_context=get_context("spawn"))  # time counts by process
    with apart as workers:
        for found, reasons in workers.map(_tried, ENGINES, [scale] * len(ENGINES)):
            rows += found
            why.update(reasons)
    return [*rows, *(Row(f"they live because: {one}", f"{n}") for one, n in why.most_common())]


def _tried(engine: str, scale: float) -> tuple[list[Row], Counter[str]]:
    """What became of the mutants of one engine, and why survivors live."""
    from engine_mutants import asked_by_the_kit, mutants_of, run, told_by, with_lines
    from engine_survivors import reasons, unexplained
    from engine_trials import asked_by_lot

    there = list(mutants_of(engine))
    tried = there[:: max(1, int(1 / scale))]
    sort = "" if scale == 1 else "spans"
    asked = with_lines(engine, asked_by_the_kit(engine, examples=1, sort=sort))
    gc.collect()
    gc.freeze()  # what was read and asked so far is kept to the end
    found = run(engine, tried, asked, living=reasons())
    drawn = with_lines(engine, asked_by_lot(engine, max(2, int(ENGINES[engine] * scale))))
    told = told_by(drawn, found.survivors)
    for one in told:
        print("told by lot:", one, file=sys.stderr)
    for one in found.killed:
        if str(one) in reasons():
            print("killed, though it has a reason:", one, file=sys.stderr)
    open_ = unexplained(found.survivors)
    for one in open_:
        print("no reason known:", one, file=sys.stderr)
    checks = Counter(found.killed.values())
    made = len(tried) - len(found.unmade)
    rows = [
        Row(
            f"{engine}: {made} of {len(there)} mutants, {len(asked)} questions",
            f"{len(found.killed)} killed",
            f"{len(found.survivors)} live, {len(open_)} of them without a reason; "
            f"{len(found.unmade)} cannot be made",
            round(len(found.killed) / made, 3),
            "none without a reason" if scale == 1 else "",
            not open_ if scale == 1 else None,
        ),
        Row(
            f"{engine}: killed first by",
            ", ".join(f"{name} {count}" for name, count in checks.most_common(7)),
        ),
        Row(
            f"{engine}: survivors asked {len(drawn)} questions drawn by lot",
            f"{len(told)} of {len(found.survivors)} told from the engine",
        ),
    ]
    return rows, Counter(reasons().get(str(one), "no reason known") for one in found.survivors)


if __name__ == "__main__":
    print(table(main(*map(float, sys.argv[1:]))))
