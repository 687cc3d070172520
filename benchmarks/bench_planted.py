"""A planted province: every row of twelve departments' damaged files where it belongs.

Run with ``python benchmarks/bench_planted.py [SHARE]``. A share of 1 is 20,000 households. Not
only speed is measured: no row may be placed or listed wrongly, and screening what came must
give the answers of the clean tables, or leave open where something was lost.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import polars as pl

from antipoverty import shaanxi_areas
from antipoverty.intake import load_mapping, read
from common import Row, table, timed

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))


def province(households: int) -> list[Row]:
    """The planted province in full: every row where it belongs."""
    import planted as world

    with tempfile.TemporaryDirectory() as folder:
        planted = world.Planter(households, seed=11, often=200).plant(Path(folder))
        found: Any = None

        def go() -> None:
            nonlocal found
            mapping = load_mapping(Path(folder) / "intake.toml")
            found = read(mapping, folder, areas=shaanxi_areas(), key=world.KEY)

        seconds = timed(go)
        rows = sum(one.rows for one in found.report)
        wrong = damaged = 0
        for one in found.report:
            listed = {k: set(v) for k, v in one.aside.items() if k in planted.damaged[one.id]}
            wrong += sum(len(listed.get(k, set()) ^ v) for k, v in planted.damaged[one.id].items())
            wrong += abs(one.placed - len(planted.placed[one.id]))
            damaged += sum(map(len, planted.damaged[one.id].values()))
        same = all(
            found.tables[name]
            .with_columns(pl.col(key).str.replace("^.*-records-", ""))
            .sort(key)
            .select(frame.columns)
            .equals(frame.sort(key))
            for name, frame in planted.tables.items()
            for key in [{"members": "member_id", "records": "record_id"}.get(name, "household_id")]
        )
    files = len(found.report.sources)
    what = f"{households:,} households, {files} files, {rows:,} rows, {damaged:,} damaged"
    return [
        Row(what, f"{seconds:.1f} s"),
        Row("rows placed or listed wrongly", str(wrong), "", None, "0", wrong == 0),
        Row(
            "tables equal to the clean ones without what was lost",
            str(same),
            "",
            None,
            "True",
            same,
        ),
    ]


def main(share: float = 1.0) -> list[Row]:
    """Measure it."""
    return province(int(20_000 * min(1, share * 5)))


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
