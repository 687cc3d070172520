"""The law of lost data: 1,000,000 losses of 20,000 households, and the answers they clear.

Run with ``python benchmarks/bench_lost_data.py``. Each screening has one loss for each
household, drawn anew: a cell, a member, the number of members, a record that a delivery
accounts for, the household of a member, a delivery. Every answer is compared with that of the
whole data; a delivery is of one kind and one county. Every second screening loses no record,
delivery, number of members or household of a row, since these leave much open at once.
"""

from __future__ import annotations

import sys
from collections import Counter
from datetime import date
from random import Random

import polars as pl

from antipoverty.model import Delivery, shaanxi_areas
from antipoverty.packs import shaanxi_2531
from antipoverty.screening import Screening, screen
from antipoverty.synthetic import Province
from antipoverty.testing._laws.holdings import DELIVERIES, Holding, Loss  # one at a time
from antipoverty.testing.laws import cleared
from common import Row, table, timed

HOUSEHOLDS, ROUNDS = 20_000, 50
_DAY = date(2021, 12, 1)
PACK = shaanxi_2531()


def held(count: int) -> Holding:
    """A synthetic population whose numbers of members are those that came, all delivered."""
    province = Province(12, shaanxi_areas(), _DAY)
    frames = province.frames(0, count)
    came = frames["members"].group_by("household_id").agg(pl.len().cast(pl.Int64).alias("came"))
    homes = frames["households"].join(came, on="household_id", how="left", maintain_order="left")
    size = pl.when(pl.col("size").is_not_null()).then(pl.col("came")).alias("size")
    frames["households"] = homes.with_columns(size).drop("came")
    areas = homes.select("household_id", pl.col("area").str.slice(0, 6).alias("county"))
    records = frames["records"].join(areas, on="household_id", maintain_order="left")
    number = {
        (county, kind): rows
        for county, kind, rows in records.group_by("county", "kind").len().iter_rows()
    }
    last = max(_DAY, records["day"].drop_nulls().max())
    deliveries = tuple(
        Delivery(
            department=kind.department,
            kinds=(kind.id,),
            area=county,
            last=last,
            rows=number.get((county, kind.id), 0),
        )
        for county in areas["county"].unique().sort()
        for kind in PACK.kinds.values()
    )
    return Holding(frames, deliveries)


def drawn(holding: Holding, round_: int) -> list[Loss]:
    """One loss for each household: mostly its own cells, and a few that open a whole county."""
    draw = Random(round_)
    rows = {name: frame.height for name, frame in holding.tables.items()}
    columns = {
        name: [one for one in frame.columns if one not in ("household_id", "area")]
        for name, frame in holding.tables.items()
    }
    found: set[Loss] = set()
    while len(found) < rows["households"]:
        way = draw.random()
        if way < 0.5:
            name = draw.choice(sorted(rows))
            found.add(Loss(name, draw.randrange(rows[name]), draw.choice(columns[name])))
        elif way < 0.85 or round_ % 2:
            found.add(Loss("members", draw.randrange(rows["members"])))
        elif way < 0.95:
            found.add(Loss("households", draw.randrange(rows["households"]), "size"))
        elif way < 0.999:
            found.add(Loss("members", draw.randrange(rows["members"]), "household_id"))
        elif len(found) % 2:
            found.add(Loss("records", draw.randrange(rows["records"])))
        else:
            found.add(Loss(DELIVERIES, draw.randrange(len(holding.deliveries))))
    return sorted(found)


def said(screening: Screening[pl.DataFrame]) -> Counter[str]:
    """How many answers there are of each sort."""
    return Counter(screening.alerts["verdict"].to_list())


def main(scale: float = 1.0) -> list[Row]:
    """Lose and compare; ``scale`` 1 is a million losses."""
    count = max(int(HOUSEHOLDS * min(1.0, scale * 10)), 50)
    rounds = max(int(ROUNDS * min(1.0, scale)), 2)
    holding = held(count)
    before = screen(holding.as_tables(), PACK, as_of=_DAY)
    lost = wrong = 0
    after: Counter[str] = Counter()
    whole = said(before)

    def run() -> None:
        nonlocal lost, wrong
        for number in range(rounds):
            losses = drawn(holding, number)
            found = screen(holding.without(losses).as_tables(), PACK, as_of=_DAY)
            after.update(said(found))
            wrong += len(cleared(before, found))
            lost += len(losses)

    seconds = timed(run)
    now = {name: after[name] / rounds for name in ("warn", "undecided")}
    return [
        Row(
            f"{lost:,} losses in {rounds} screenings of {count:,} households",
            f"{wrong} answers cleared",
            f"{seconds:.0f} s",
            limit="0",
            met=wrong == 0,
        ),
        Row(
            "answers that warn, whole and after losses",
            f"{whole['warn']:,} and {now['warn']:,.0f}",
        ),
        Row(
            "answers that are undecided",
            f"{whole['undecided']:,} and {now['undecided']:,.0f}",
        ),
    ]


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
