"""Draws with receipts, beside a straight loop that hashes and takes the smallest.

Run with ``python benchmarks/bench_sampling.py``. The loop gives the picks and nothing else;
the library also states every chance and seals a receipt. The same picks are asserted before
any time is taken. Verifying a year means reading its receipts from their JSON and drawing each
again; beside it stands the drawing of that year.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping, Sequence

from antipoverty.model import AreaTree, shaanxi_areas
from antipoverty.periods import Period
from antipoverty.sampling import (
    HouseholdPlan,
    Inspector,
    Plan,
    Receipt,
    WeeklyVillagePlan,
    audit,
    draw,
    draw_teams,
    verify,
)
from common import Row, paired, table, timed

SEED = "58209749445923078164"


def by_hand(strata: Mapping[str, Sequence[str]], plan: str, period: Period) -> list[str]:
    """The smallest ticket of each stratum."""
    found = []
    for stratum, units in sorted(strata.items()):
        head = f"antipoverty-draw/1|{SEED}|{plan}|{period}|{stratum}|"
        found.append(
            min(units, key=lambda unit, h=head: hashlib.sha256((h + unit).encode()).hexdigest())
        )
    return found


def beside(what: str, plan: Plan, strata: Mapping[str, Sequence[str]], weeks: list[Period]) -> Row:
    """One row: the library's draws beside the loop."""

    def ours() -> list[Receipt]:
        return [draw(plan, period=week, seed=SEED) for week in weeks]

    def theirs() -> list[list[str]]:
        return [by_hand(strata, plan.design.id, week) for week in weeks]

    assert [list(one.picks()) for one in ours()] == theirs()
    one, other, ratio = paired(ours, theirs, rounds=5)
    return Row(what, f"{one:.2f} s", f"hashlib loop {other:.2f} s", ratio)


def verified(plan: WeeklyVillagePlan, areas: AreaTree, weeks: list[Period]) -> list[Row]:
    """Two rows: a year verified as a folder, and receipt by receipt, beside the year drawn."""

    def year() -> list[Receipt]:
        made: list[Receipt] = []
        for number, week in enumerate(weeks):
            made.append(draw(plan, period=week, seed=f"{SEED}{number}", history=made[-1:]))
        return made

    texts = [one.to_json() for one in year()]

    def as_a_folder() -> None:
        assert audit([Receipt.from_json(text) for text in texts], areas=areas)

    def one_by_one() -> None:
        own, before = Plan(plan.design, areas), list[Receipt]()
        for text in texts:
            assert verify(text, own, history=before[-1:])
            before.append(Receipt.from_json(text))

    rows = []
    for what, how in (("as a folder", as_a_folder), ("one by one", one_by_one)):
        one, other, ratio = paired(how, year, rounds=3)
        label = f"verify {len(weeks)} receipts from their JSON, {what}"
        beside_it = f"drawing them {other:.2f} s"
        rows.append(Row(label, f"{one:.2f} s", beside_it, ratio, "5", ratio < 5))
    return rows


def main(scale: float = 1.0) -> list[Row]:
    """Measure; ``scale`` 1 is a year of Shaanxi and a week of the country."""
    areas = shaanxi_areas()
    plan = WeeklyVillagePlan(areas)
    frame = plan.frame(Period.parse("2022-W01").first).strata[0]
    weeks = list(Period.parse("2022-W01").until(Period.parse("2022-W52")))
    weeks = weeks[: max(int(len(weeks) * scale), 1)]
    villages = sum(map(len, frame.values()))
    rows = [
        beside(
            f"{len(weeks)} weekly draws of {villages:,} villages in {len(frame)} counties",
            plan,
            frame,
            weeks,
        )
    ]
    counties = max(int(2_900 * scale), 3)
    country = {
        f"{110000 + c}": [f"{110000 + c}{100200 + v}" for v in range(213 + c % 2)]
        for c in range(counties)
    }
    count = sum(map(len, country.values()))
    rows.append(
        beside(
            f"one weekly draw of {count:,} villages in {counties:,} counties",
            HouseholdPlan(country, take=1, coverage="independent"),
            country,
            weeks[:1],
        )
    )
    rows += verified(plan, areas, weeks)
    receipt = draw(plan, period=weeks[0], seed=SEED)
    text = receipt.to_json()
    rows.append(
        Row("verify one receipt from its JSON", f"{timed(lambda: verify(text, areas)):.2f} s")
    )
    staff = [Inspector(f"i{n:03d}", home=code[:6]) for n, code in enumerate(receipt.picks())]
    seconds = timed(lambda: draw_teams(receipt, staff, areas=areas, seed=SEED[::-1]))
    rows.append(Row("pairs for its villages from as many inspectors", f"{seconds:.2f} s"))
    return rows


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
