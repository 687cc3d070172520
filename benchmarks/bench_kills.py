"""Kill rates: mutants of packs under their cases, and faults planted in engines and laws.

Run with ``python benchmarks/bench_kills.py``. `bench_engine_mutants` has those of the
library's own engines. Nothing here hangs on how fast the machine is.
"""

from __future__ import annotations

import importlib
import statistics
import sys
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path

from antipoverty.errors import FailedCheckError
from antipoverty.packs import shaanxi_2531
from antipoverty.rules import Pack
from antipoverty.testing import engine_checks, mutate, read_equivalents, shipped_cases
from antipoverty.testing.proofs import is_equivalent
from common import Row, table

ROOT = Path(__file__).parent.parent
for folder in ("tests", "tests/support", "examples/plugin-county", "examples/plugin-derived"):
    sys.path.insert(0, str(ROOT / folder))


def packs() -> Iterator[tuple[str, Callable[[], Pack], str, str]]:
    """Each pack with what makes it, the package of its cases and the folder there."""
    yield "shaanxi-2531", shaanxi_2531, "antipoverty.packs", "shaanxi_2531"
    low_income = importlib.import_module("low_income").given_pack
    yield "national-low-income", low_income, "antipoverty.packs", "national_low_income"
    yield "plugin-county", importlib.import_module("mian_county").pack, "mian_county", ""
    yield "plugin-derived", importlib.import_module("qinba_county").pack, "qinba_county", ""


def main(scale: float = 1.0) -> list[Row]:
    """Try everything; ``scale`` below 1 tries a rule of each pack and few plants."""
    return [
        *(_of_pack(*one, few=scale < 1) for one in packs()),
        _of_engines(few=scale < 1),
        *_of_laws(few=scale < 1),
    ]


def _of_pack(name: str, make: Callable[[], Pack], package: str, folder: str, *, few: bool) -> Row:
    pack = make()
    place = resources.files(package).joinpath(folder) if folder else resources.files(package)
    listed = place.joinpath("equivalents.toml")
    texts = read_equivalents(listed.read_text(encoding="utf-8")) if listed.is_file() else {}
    cases = shipped_cases(package, pack, f"{folder}/cases" if folder else "cases")
    rules = list(pack.rules)[: 1 if few else None]
    found = mutate(pack, cases, rules=rules, equivalents=texts, prove=is_equivalent)
    lived = len(found.survivors) + len(found.equivalent)
    why = f"{len(found.equivalent)} live and are equivalent, {len(found.survivors)} others live"
    named = "; ".join(str(one) for one in found.survivors[:3])
    return Row(
        f"pack {name}: {found.mutants:,} mutants of {len(rules)} rules, {len(cases)} cases",
        f"{found.mutants - lived:,} killed",
        why + (f": {named}" if named else ""),
        round((found.mutants - lived) / found.mutants, 3) if found.mutants else None,
    )


def _of_engines(*, few: bool) -> Row:
    """Faults planted in engines, each asked the check of its sort."""
    of = (
        importlib.import_module("test_engine_plants"),
        importlib.import_module("test_engine_relations"),
    )
    plants = {fault: one for module in of for fault, one in module.PLANTS.items()}
    tried = dict(list(plants.items())[-3:]) if few else plants
    lived = []
    for fault, (engine, name) in tried.items():
        (check,) = (one for one in engine_checks(engine, name="planted") if one.name == name)
        try:
            check()
            lived.append(fault)
        except FailedCheckError:
            pass
    return Row(
        f"{len(tried)} faults planted in engines, asked by the check of their sort",
        f"{len(tried) - len(lived)} found",
        "not found: " + ", ".join(lived) if lived else "",
        round(1 - len(lived) / len(tried), 3),
    )


def _of_laws(*, few: bool) -> Iterator[Row]:
    """Ten false laws of policy, and how many drawn households break each."""
    budget = importlib.import_module("test_budget")
    laws = dict(list(budget.FALSE.items())[:2]) if few else budget.FALSE
    counts = {
        name: statistics.median(budget.examples_to_break(law, seed) for seed in range(budget.SEEDS))
        for name, law in laws.items()
    }
    middle, worst = statistics.median(counts.values()), max(counts, key=counts.__getitem__)
    yield Row(
        f"examples until each of {len(laws)} false laws of policy is broken, the median",
        f"{middle:.0f}",
        f"most: {counts[worst]:.0f} of {worst!r}",
        None,
        f"{budget.LIMIT} for each",
        counts[worst] <= budget.LIMIT,
    )


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
