"""The testing kit: how long a policy office waits for what it tells of the Shaanxi pack.

Run with ``python benchmarks/bench_testing.py``.
"""

from __future__ import annotations

import importlib.util
import statistics
import sys
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy, integers, lists, sampled_from, tuples

from antipoverty.packs import shaanxi_2531
from antipoverty.rules import Pack
from antipoverty.testing import (
    PackProof,
    boundary_cases,
    mutate,
    near_threshold,
    prove_pack,
    read_case_files,
    read_equivalents,
    strategies,
)
from common import Row, table, timed

FOLDER = Path(str(resources.files("antipoverty.packs"))) / "shaanxi_2531"


def main(scale: float = 1.0) -> list[Row]:
    """Run every section; ``scale`` below 1 measures less."""
    pack = shaanxi_2531()
    rules = list(pack.rules)[: max(2, int(len(pack.rules) * scale))]
    return [*pinned(pack, rules), *mutated(pack, rules), *proved(pack, rules), *drawn(pack, scale)]


def pinned(pack: Pack, rules: list[str]) -> list[Row]:
    """Time for the Shaanxi pack's boundary cases."""
    tables = [boundary_cases(id_, pack) for id_ in rules]
    seconds = timed(lambda: [boundary_cases(id_, pack) for id_ in rules])
    unpinned = sum(len(one.unpinned) for one in tables)
    return [
        Row(
            f"time for {sum(map(len, tables))} boundary cases of {len(rules)} rules, "
            f"{unpinned} parts not pinned",
            f"{seconds:.2f} s",
            f"{len(rules) / seconds:,.0f} rules/s",
        )
    ]


def mutated(pack: Pack, rules: list[str]) -> list[Row]:
    """Time for the Shaanxi pack's mutants."""
    cases = read_case_files(FOLDER / "cases", pack)
    listed = read_equivalents((FOLDER / "equivalents.toml").read_text(encoding="utf-8"))
    found = mutate(pack, cases, rules=rules, equivalents=listed)
    seconds = timed(lambda: mutate(pack, cases, rules=rules, equivalents=listed))
    return [
        Row(
            f"time for {found.mutants:,} mutants of {len(rules)} rules, {len(cases)} cases",
            f"{seconds:.2f} s",
            f"{found.mutants / seconds:,.0f} mutants/s; {len(found.survivors)} missed",
        )
    ]


def proved(pack: Pack, rules: list[str]) -> list[Row]:
    """Time to prove the Shaanxi pack: every rule and every pair of rules."""
    if importlib.util.find_spec("z3") is None:
        return [Row("time to prove the Shaanxi pack", "the extra 'proofs' is not installed")]
    asked = rules if len(rules) < len(pack.rules) else []
    day = date(2021, 12, 1)
    prove_pack(pack, as_of=day, rules=rules[:1])
    found: list[PackProof] = []
    seconds = timed(lambda: found.append(prove_pack(pack, as_of=day, rules=asked)))
    claims, open_ = len(found[0].proofs), len(found[0].unknown)
    return [
        Row(
            f"time to prove the Shaanxi pack: {claims:,} claims about {len(rules)} rules",
            f"{seconds:.2f} s",
            f"{claims - open_:,} settled",
            None,
            "60 s, all settled",
            seconds < 60 and not open_,
        )
    ]


def drawn(pack: Pack, scale: float) -> list[Row]:
    """Examples per second of each strategy, drawn and thrown away.

    Those of a draw or two stand beside what Hypothesis takes for the same draws alone, which
    nothing that is made of them can be faster than.
    """
    nouns = (name for name in strategies.__all__ if name.islower() and name.endswith("s"))
    made = {f"`{name}()`": (getattr(strategies, name)(), BARE.get(name)) for name in nouns}
    made["`households(PACK)`"] = strategies.households(pack), None
    near = near_threshold("category-sudden", pack)
    made['`near_threshold("category-sudden", PACK)`'] = near, None
    return [_rate(name, *one, max(5, int(200 * scale))) for name, one in made.items()]


BARE: dict[str, SearchStrategy[Any]] = {
    "amounts": integers(0, 10**10),
    "area_codes": sampled_from(range(9)),
    "areas": tuples(sampled_from(range(9)), sampled_from(range(2))),
    "household_codes": tuples(sampled_from(range(3)), integers(1, 9999)),
    "keepers": tuples(integers(1, 999), lists(sampled_from(range(4)), max_size=3, unique=True)),
    "periods": tuples(sampled_from(range(5)), sampled_from(range(4)), integers(0, 52)),
}
"""The draws alone of which some strategies make one thing."""


def _rate(
    name: str, strategy: SearchStrategy[Any], bare: SearchStrategy[Any] | None, examples: int
) -> Row:
    """How fast a strategy is, and how many times as long as its bare draws it takes."""
    seen, seconds = _drawn(strategy, examples)
    fast = f"{seen / seconds:,.0f} examples/s"
    if bare is None:
        return Row(f"draw {seen} of {name}", f"{seconds:.2f} s", fast)
    alone, least = _drawn(bare, examples)
    ratio = (seconds / seen) / (least / alone)
    beside = f"{fast}; bare draws {alone / least:,.0f}/s"
    return Row(
        f"draw {seen} of {name}", f"{seconds:.2f} s", beside, round(ratio, 2), "1.5", ratio <= 1.5
    )


def _drawn(strategy: SearchStrategy[Any], examples: int) -> tuple[int, float]:
    """How many examples were drawn, and in how many seconds: the median of three times."""
    times, seen = [], 0

    @seed(1)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def count(_drawn: object) -> None:
        nonlocal seen
        seen += 1

    for _ in range(3):
        seen = 0
        times.append(timed(count))
    return seen, statistics.median(times)


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
