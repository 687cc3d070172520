"""A planted province: every row of twelve departments' damaged files where it belongs.

Run with ``python benchmarks/bench_planted.py [SHARE]``. A share of 1 is 20,000 households. Not
only speed is measured: no row may be placed or listed wrongly, and the screening of what came
must give every household the answers of the clean tables. Where something was lost and the
departments say what they deliver, an answer may wait, and none may become clear.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from antipoverty import Tables, shaanxi_areas
from antipoverty.intake import Intake, load_mapping, read
from common import Row, table, timed

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))

if TYPE_CHECKING:
    from planted import Planted


def misplaced(planted: Planted, found: Intake[pl.DataFrame]) -> int:
    """How many rows are placed or listed where they do not belong."""
    wrong = 0
    for one in found.report:
        kinds = planted.damaged[one.id]
        listed = {kind: set(rows) for kind, rows in one.aside.items() if kind in kinds}
        wrong += sum(len(listed.get(kind, set()) ^ rows) for kind, rows in kinds.items())
        wrong += abs(one.placed - len(planted.placed[one.id]))
    return wrong


def as_planted(planted: Planted, found: Intake[pl.DataFrame]) -> bool:
    """Whether the tables are the clean ones without what was lost, cell by cell."""
    keys = {"members": "member_id", "records": "record_id"}
    return all(
        found.tables[name]
        .with_columns(pl.col(key).str.replace("^.*-records-", ""))
        .sort(key)
        .select(frame.columns)
        .equals(frame.sort(key))
        for name, frame in planted.tables.items()
        for key in [keys.get(name, "household_id")]
    )


def province(households: int) -> list[Row]:
    """Plant it, read it and screen it."""
    from planted import KEY, Planter
    from verdicts import compared

    with tempfile.TemporaryDirectory() as folder:
        planted = Planter(households, seed=11, often=200, declared=True).plant(Path(folder))
        held: list[Intake[pl.DataFrame]] = []

        def go() -> None:
            mapping = load_mapping(Path(folder) / "intake.toml")
            held.append(read(mapping, folder, areas=shaanxi_areas(), key=KEY))

        seconds = timed(go)
    found = held[0]
    rows = sum(one.rows for one in found.report)
    damaged = sum(len(one) for kinds in planted.damaged.values() for one in kinds.values())
    what = f"{households:,} households, {len(found.report.sources)} files, {rows:,} rows"
    wrong, same = misplaced(planted, found), as_planted(planted, found)
    bare = compared(planted, Tables(**{name: found.tables[name] for name in found.tables}))
    told = compared(planted, found.tables)
    nothing = f"{bare.untouched:,} households of which nothing was lost, {bare.answers:,} answers"
    lost = f"all {told.households:,} households, deliveries declared: answers that became clear"
    return [
        Row(f"{what}, {damaged:,} damaged", f"{seconds:.1f} s"),
        Row("rows placed or listed wrongly", str(wrong), "", None, "0", wrong == 0),
        Row("tables are the clean ones without what was lost", str(same), "", None, "True", same),
        Row(f"{nothing}: other than clean", str(bare.differing), "", None, "0", not bare.differing),
        Row(lost, str(told.cleared), f"{told.opened:,} wait", None, "0", not told.cleared),
        Row("warnings that the clean tables do not give", str(bare.raised + told.raised)),
    ]


def main(share: float = 1.0) -> list[Row]:
    """Measure it."""
    return province(int(20_000 * min(1, share * 5)))


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
