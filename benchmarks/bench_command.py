"""The command line for a province: from its start until every list is written.

Run with ``python benchmarks/bench_command.py``. The tables stand as Parquet; the command checks
and screens them by Shaanxi's rules, writes alerts, the facts to verify, rows set aside and a list
for each department, and prints its counts. Beside it forty rules, once by the command and once by
hand in Polars: the same files read, the same answers, the alerts and the list written plainly.
What is by hand checks no row, names no fact to verify and gives no line an id; so the ratio is
the price of all that too.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

import thirty_rules
from antipoverty.synthetic import DEMO_DAY, generate
from bench_screening import _by_hand, child_pack
from common import Row, in_fresh_process, table

PROVINCE, MOST_SECONDS = 7_000_000, 20.0
assert thirty_rules.DAY == DEMO_DAY


def command(folder: Path, out: Path, pack: str) -> float:
    """Screen with everything written; seconds of the whole process."""
    words = ["screen", str(folder), "--pack", pack, "--as-of", DEMO_DAY.isoformat()]
    began = time.perf_counter()
    words = [sys.executable, "-m", "antipoverty", *words, "--out", str(out)]
    subprocess.run(words, check=True, capture_output=True)
    return time.perf_counter() - began


def written_by_hand(folder: str, out: str) -> float:
    """Screen by hand, and write alerts and the list, the warnings first; seconds."""
    began = time.perf_counter()
    found = _by_hand(Path(folder), trusted=True)
    found.write_parquet(Path(out, "alerts.parquet"))
    order = [pl.col("verdict") != "warn", "area", "household_id", "rule_id"]
    tabbed = (pl.lit("\t") + pl.col("household_id", "area")).name.keep()
    listed = found.sort(order).with_columns(tabbed, as_of=pl.lit(DEMO_DAY.isoformat()))
    listed.write_csv(Path(out, "d.csv"), include_bom=True)
    return time.perf_counter() - began


def forty_rules(file: Path) -> str:
    """Write the forty rules as a file of a pack; its path."""
    pack = child_pack()
    (line,) = pack.parameters.values()
    parts = [
        f'[pack]\nid = "{pack.id}"\ntitle = "forty"\nversion = "1"',
        '[departments.d]\nzh = "部门"\nen = "department"',
        '[sources.one]\ntitle = "a benchmark"\nstatus = "illustrative"',
        f'[[parameters]]\nid = "{line.id}"\ntitle = "line"\nunit = "yuan/person"',
        '[[parameters.values]]\nvalue = "6000"\nsince = 2021-01-01\nuntil = "open"\nsource = "one"',
        *(
            f'[[rules]]\nid = "{rule.id}"\ntitle = "rule"\ndepartment = "d"\n'
            f"when = '''{rule.when}'''\nsource = \"one\"\nsince = {rule.since}"
            for rule in pack.rules.values()
        ),
    ]
    file.write_text("\n\n".join(parts), encoding="utf-8")
    return str(file)


def main(scale: float = 1.0) -> list[Row]:
    """Measure; ``scale`` 1 is a province of 7,000,000 households."""
    count, limited = max(int(PROVINCE * scale), 500), scale >= 1
    with tempfile.TemporaryDirectory(prefix="antipoverty-bench-") as place:
        folder, out, forty, plain = (Path(place, one) for one in ("tables", "out", "40", "plain"))
        generate(folder, households=count, seed=2531)
        seconds = min(command(folder, out, "shaanxi-2531") for _ in range(2))
        lists = [*(out / "handover").glob("*.csv")]
        size = sum(path.stat().st_size for path in out.rglob("*.*")) / 2**20
        plain.mkdir()
        pack = forty_rules(Path(place, "forty.toml"))
        ours = command(folder, forty, pack)
        hand = in_fresh_process("bench_command", "written_by_hand", str(folder), str(plain))
        both = [
            pl.read_parquet(one / "alerts.parquet").sort("household_id", "rule_id")
            for one in (forty, plain)
        ]
        assert both[0].equals(both[1]), "the rules by hand find other rows"
    return [
        Row(
            f"`antipoverty screen` of {count:,} households, everything written",
            f"{seconds:.1f} s",
            f"{len(lists)} lists, {size:,.0f} MiB in all",
            limit=f"{MOST_SECONDS:.0f} s" if limited else "",
            met=seconds <= MOST_SECONDS if limited else None,
        ),
        Row(
            f"the command with forty rules, {both[0].height:,} answers, checks, facts to verify "
            "and lists",
            f"{ours:.1f} s",
            f"by hand, answers and a plain list alone {hand['seconds']:.1f} s",
            ours / hand["seconds"],
        ),
    ]


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
