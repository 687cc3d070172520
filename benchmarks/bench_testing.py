"""The testing kit: how long a policy office waits for what it tells of the Shaanxi pack.

Run with ``python benchmarks/bench_testing.py``.
"""

from __future__ import annotations

import importlib.util
import sys
from datetime import date
from importlib import resources
from pathlib import Path

from antipoverty.packs import shaanxi_2531
from antipoverty.rules import Pack
from antipoverty.testing import (
    PackProof,
    boundary_cases,
    mutate,
    prove_pack,
    read_case_files,
    read_equivalents,
)
from common import Row, table, timed

FOLDER = Path(str(resources.files("antipoverty.packs"))) / "shaanxi_2531"


def main(scale: float = 1.0) -> list[Row]:
    """Run every section; ``scale`` below 1 measures less."""
    pack = shaanxi_2531()
    rules = list(pack.rules)[: max(2, int(len(pack.rules) * scale))]
    return [*pinned(pack, rules), *mutated(pack, rules), *proved(pack, rules)]


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


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
