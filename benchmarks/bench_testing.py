"""The testing kit: how long a policy office waits for what it tells of the Shaanxi pack.

Run with ``python benchmarks/bench_testing.py``.
"""

from __future__ import annotations

import sys
from importlib import resources

from antipoverty.packs import shaanxi_2531
from antipoverty.rules import Pack
from antipoverty.testing import Case, mutate, read_cases
from common import Row, table, timed

FOLDER = resources.files("antipoverty.packs") / "shaanxi_2531"


def main(scale: float = 1.0) -> list[Row]:
    """Run every section; ``scale`` below 1 measures less."""
    pack = shaanxi_2531()
    rules = list(pack.rules)[: max(2, int(len(pack.rules) * scale))]
    return [*mutated(pack, rules)]


def cases_of(pack: Pack) -> list[Case]:
    """The cases that come with the pack."""
    files = [file for file in (FOLDER / "cases").iterdir() if file.name.endswith(".toml")]
    return [case for file in files for case in read_cases(file.read_text(encoding="utf-8"), pack)]


def mutated(pack: Pack, rules: list[str]) -> list[Row]:
    """Time for the Shaanxi pack's mutants."""
    cases = cases_of(pack)
    found = mutate(pack, cases, rules=rules)
    seconds = timed(lambda: mutate(pack, cases, rules=rules))
    return [
        Row(
            f"time for {found.mutants:,} mutants of {len(rules)} rules, {len(cases)} cases",
            f"{seconds:.2f} s",
            f"{found.mutants / seconds:,.0f} mutants/s",
        )
    ]


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
