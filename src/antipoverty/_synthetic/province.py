"""A seeded province of any size: every value is a function of the seed, the row and the column.

No stream of random numbers is drawn, so a row does not depend on how many rows there
are, on the order they are made in or on any library's generator: the first thousand
households of a province of seven million are the province of one thousand.

The households are invented. They live in real villages, carry no name, number or
telephone, and their figures are made to be plausible and to lie, here and there,
exactly on a threshold.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import attrs
import polars as pl

from antipoverty._base.days import days
from antipoverty._synthetic.chance import Chance, grid_code, horner, household_code, numbers
from antipoverty.codes import Level
from antipoverty.errors import InvalidSizeError
from antipoverty.model import AreaTree, shaanxi_areas

PART = 250_000
"""How many households are made, and written to a file, at a time."""

DEMO_DAY = date(2021, 12, 1)
"""A day for which the Shaanxi pack has the published monitoring line."""

_GROUP = 30
_VILLAGE = 99 * _GROUP

_SIZES = {1: 8, 2: 20, 3: 24, 4: 24, 5: 14, 6: 7, 7: 2, 8: 1}
_RECORDS = {0: 28, 1: 20, 2: 15, 3: 12, 4: 10, 5: 7, 6: 4, 7: 2, 8: 2}
_KINDS = {
    "outpatient": (6600, "medical-insurance", 15_000),
    "medical_self_paid": (2000, "medical-insurance", 250_000),
    "medical_admission": (1000, "medical-insurance", 400_000),
    "accident_compensation": (40, "traffic-police", 4_000_000),
    "disaster_loss": (40, "emergency", 900_000),
    "traffic_accident": (40, "traffic-police", 0),
    "suspected_dropout": (20, "education", 0),
    "crime_harm": (10, "public-security", 0),
    "living_guarantee_added": (40, "civil-affairs", 0),
    "living_guarantee_removed": (40, "civil-affairs", 0),
    "disability_certified": (30, "disabled-federation", 0),
    "dangerous_house": (20, "housing", 0),
    "water_unsafe": (20, "water", 0),
    "job_loss": (60, "human-resources", 0),
    "project_failed": (20, "rural-affairs", 0),
    "business_closed": (20, "market-regulation", 0),
}
"""Of ten thousand records, how many are of each kind; who sends it; its usual amount in fen."""

Progress = Callable[[int, int], None]
"""Called with the households written so far and their number in all."""


@attrs.frozen
class Written:
    """What was written where.

    Attributes:
        folder: It holds a folder of Parquet files for each table, and ``manifest.json``.
        households: How many there are, planted faults not counted.
        members: How many members they have.
        records: How many records there are on them.
        defects: The ids of the planted bad rows, by the reason they must be set aside for.
    """

    folder: Path
    households: int
    members: int
    records: int
    defects: dict[str, list[str]]


@days
def generate(
    folder: str | Path,
    *,
    households: int,
    seed: int,
    areas: AreaTree | None = None,
    day: date = DEMO_DAY,
    defects: int = 0,
    progress: Progress | None = None,
) -> Written:
    """Write a synthetic province as Parquet, a part at a time.

    Args:
        folder: Where to write ``households/``, ``members/`` and ``records/``.
        households: How many.
        seed: The same seed gives the same bytes.
        areas: The area tree; Shaanxi's by default. Households live in its rural villages.
        day: The day the data are for; records lie in the 24 months before it.
        defects: How many bad rows of each sort to plant.
        progress: Called after each part.

    Raises:
        InvalidSizeError: No household, more than the villages hold, or no rural village.
    """
    province = Province(seed, areas or shaanxi_areas(), day)
    province.check(households)
    target = Path(folder)
    (target / "manifest.json").unlink(missing_ok=True)  # it is there when all else is
    totals = {"households": 0, "members": 0, "records": 0}
    for name in totals:
        place = target / name
        place.mkdir(parents=True, exist_ok=True)
        for old in place.glob("part-*.parquet"):
            old.unlink()
    planted: dict[str, list[str]] = {}
    for number, start in enumerate(range(0, households, PART)):
        stop = min(start + PART, households)
        tables = province.frames(start, stop)
        for name, frame in tables.items():
            totals[name] += frame.height
        if stop == households and defects:
            tables, planted = _spoilt(tables, defects)
        for name, frame in tables.items():
            frame.write_parquet(target / name / f"part-{number:05d}.parquet")
        if progress:
            progress(stop, households)
    written = Written(target, **totals, defects=planted)
    manifest = {
        "about": "Synthetic: made by a formula. No row is of a real person or household.",
        "seed": seed,
        "day": day.isoformat(),
        **totals,
        "defects": planted,
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
    (target / "manifest.json").write_text(text, encoding="utf-8")
    return written


class Province(Chance):
    """The formula of a synthetic province.

    Args:
        seed: What all values follow from.
        areas: The area tree; its rural villages are used.
        day: The day the data are for.
    """

    def __init__(self, seed: int, areas: AreaTree, day: date) -> None:
        super().__init__(seed)
        self.day = day
        rural = [area.code for area in areas.descendants(level=Level.VILLAGE) if area.code.rural]
        # Shuffled, so that even a small province is spread over all areas.
        self.villages = sorted(rural, key=self.shuffled)

    def check(self, households: int) -> None:
        """Refuse a size that cannot be made."""
        room = len(self.villages) * _VILLAGE
        if not self.villages:
            raise InvalidSizeError("the areas have no rural village for households to live in")
        if not 1 <= households <= room:
            raise InvalidSizeError(
                "the number of households is 1 to {room:,} on these areas", room=room
            )

    def frames(self, start: int, stop: int) -> dict[str, pl.DataFrame]:
        """Make the households numbered from ``start`` up to ``stop``, with their rows."""
        homes = self._households(numbers(start, stop)).collect()
        keys = homes.lazy().select("i", "household_id", "size_made", "records_made")
        return {
            "households": homes.drop("i", "size_made", "records_made"),
            "members": self._members(keys).collect(),
            "records": self._records(keys).collect(),
        }

    def households(self, start: int, stop: int) -> pl.DataFrame:
        """Make the households alone, without members and records."""
        homes = self._households(numbers(start, stop)).collect()
        return homes.drop("i", "size_made", "records_made")

    # --- tables

    def _households(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        villages = pl.DataFrame(
            {"village": self.villages, "horner": [horner(code) for code in self.villages]},
            schema={"village": pl.String, "horner": pl.Int64},
        ).with_row_index("v")
        count = len(self.villages)
        place = rows.with_columns(
            (pl.col("i") % count).cast(pl.UInt32).alias("v"),
            (pl.col("i") // count).cast(pl.Int64).alias("j"),
        ).join(villages.lazy(), on="v", how="left", maintain_order="left")
        place = place.with_columns(
            (pl.col("j") // _GROUP + 1).alias("group"),
            (pl.col("j") % _GROUP + 1).alias("serial"),
            self.drawn("size", _SIZES).alias("size_made").cast(pl.Int64),
            self.drawn("records", _RECORDS).alias("records_made").cast(pl.Int64),
        )
        size = pl.col("size_made")
        place = place.with_columns(
            household_code().alias("household_id"),
            grid_code().alias("area"),
            self._net_income().alias("net"),
            pl.when(self.once_in("nobody able", 5))
            .then(pl.lit(0))
            .otherwise((size - self.below("dependants", 3)).clip(1, None))
            .cast(pl.Int64)
            .alias("able"),
        )
        return place.select("i", "size_made", "records_made", *self._facts())

    def _net_income(self) -> pl.Expr:
        """Net income: a few households under the line of 6,000 yuan a head, some exactly on it."""
        where = self.below("income", 10_000)
        low = 250_000 + self.below("low income", 349_999)
        usual = 650_000 + self.below("income a", 1_200_000) + self.below("income b", 1_500_000)
        head = (
            pl.when(where < 20).then(pl.lit(600_000)).when(where < 220).then(low).otherwise(usual)
        )
        return head * pl.col("size_made")

    def _facts(self) -> Iterator[pl.Expr]:
        """The columns of a household, in the order of the model."""
        net, able = pl.col("net"), pl.col("able")
        yield pl.col("household_id")
        yield pl.col("area")
        yield self.known("size", pl.col("size_made"))
        yield self.known("formerly_poor", self.once_in("formerly_poor", 100))
        yield self.known("monitored", self.once_in("monitored", 25))
        yield self.known("minimum_living", self.once_in("minimum_living", 40))
        yield self.known("net_income_12m", net)
        before = pl.when(self.once_in("collapse", 5)).then(net * 2 + 1).otherwise(net * 19 // 20)
        yield self.known("net_income_prev_12m", before)
        yield self.known("wage_income_12m", net * self.below("wage", 60) // 100)
        yield self.known("business_income_12m", net * self.below("business", 40) // 100)
        yield self.known("transfer_income_12m", net * self.below("transfer", 20) // 100)
        subsidy = pl.when(self.once_in("subsidised", 4)).then(net * 7 // 10)
        yield self.known(
            "subsidy_income_12m", subsidy.otherwise(net * self.below("subsidy", 15) // 100)
        )
        work = net * (20 + self.below("work", 40)) // 100
        falling = self.once_in("falling", 10)
        yield self.known("work_income_year", work)
        for name, percent in (
            ("work_income_year_before", 110),
            ("work_income_two_years_before", 121),
        ):
            yield self.known(name, pl.when(falling).then(work * percent // 100).otherwise(work))
        heavy = pl.when(self.once_in("heavy", 8)).then(net * 6 // 10)
        yield self.known(
            "rigid_spending_12m", heavy.otherwise(net * self.below("rigid", 40) // 100)
        )
        yield self.known("school_cost_year", self.amount("school", 500_000))
        yield self.known("labourers", able)
        yield self.known("labourers_prev", able + self.once_in("lost", 10).cast(pl.Int64))
        yield self.known("away_months", self.below("away", 11) * able.clip(0, 3))
        grades = {"A": 820, "B": 176, "C": 3, "D": 1}
        yield self.known("dwelling_grade", self.drawn("dwelling", grades))
        yield self.known("water_safe", ~self.once_in("water", 3))
        yield self.known("evident_hardship", self.once_in("hardship", 6))
        yield self.known("working_land", self.below("land", 30))

    def _members(self, homes: pl.LazyFrame) -> pl.LazyFrame:
        rows = (
            homes.with_columns(pl.int_ranges(0, pl.col("size_made"), dtype=pl.UInt64).alias("n"))
            .explode("n")
            .with_columns((pl.col("i") * 8 + pl.col("n")).alias("row"))
            .with_columns(self._age().alias("years"))
        )
        years = pl.col("years")
        child = years.is_between(6, 15)
        pupil = (child & ~self.once_in("out of school", 1, row="row")) | (
            years.is_between(16, 18) & self.once_in("upper", 700, row="row")
        )
        stage = (
            pl.when(~pupil)
            .then(pl.lit("none"))
            .when(child)
            .then(pl.lit("compulsory"))
            .otherwise(pl.lit("upper_secondary"))
        )
        labour = {"full": 85, "weak": 10, "none": 5}
        worker = years.is_between(16, 64)
        health = {"healthy": 86, "chronic": 12, "serious": 2}
        return rows.select(
            "household_id",
            (pl.col("household_id") + "-" + (pl.col("n") + 1).cast(pl.String)).alias("member_id"),
            self.known("age", years, "row"),
            self.known("in_school", pupil, "row"),
            self.known("schooling", stage, "row"),
            self.known(
                "labour",
                pl.when(worker).then(self.drawn("labour", labour, "row")).otherwise(pl.lit("none")),
                "row",
            ),
            self.known("employed", worker & self.once_in("employed", 700, row="row"), "row"),
            self.known("health", self.drawn("health", health, "row"), "row"),
            self.known("disabled", self.once_in("disabled", 25, row="row"), "row"),
            self.known("insured", ~self.once_in("uninsured", 1, row="row"), "row"),
        )

    def _age(self) -> pl.Expr:
        elder = 25 + self.below("age of the head", 50, "row")
        younger = self.below("age", 60, "row")
        return pl.when(pl.col("n") == 0).then(elder).otherwise(younger)

    def _records(self, homes: pl.LazyFrame) -> pl.LazyFrame:
        rows = (
            homes.filter(pl.col("records_made") > 0)
            .with_columns(pl.int_ranges(0, pl.col("records_made"), dtype=pl.UInt64).alias("n"))
            .explode("n")
            .with_columns((pl.col("i") * 8 + pl.col("n")).alias("row"))
            .with_columns(
                self.drawn(
                    "kind", {kind: often for kind, (often, _, _) in _KINDS.items()}, "row"
                ).alias("kind")
            )
        )
        kind, amount, department = pl.col("kind"), pl.lit(None, pl.Int64), pl.lit(None, pl.String)
        for name, (_, sender, usual) in _KINDS.items():
            department = pl.when(kind == name).then(pl.lit(sender)).otherwise(department)
            if usual:
                amount = (
                    pl.when(kind == name)
                    .then(self.amount(f"amount of {name}", usual, "row"))
                    .otherwise(amount)
                )
        ago = self.below("day", 730, "row") + 1
        return rows.select(
            "household_id",
            (pl.col("household_id") + "-r" + (pl.col("n") + 1).cast(pl.String)).alias("record_id"),
            "kind",
            self.known("day", pl.lit(self.day) - pl.duration(days=ago), "row").cast(pl.Date),
            self.known("amount", amount, "row"),
            department.alias("department"),
        )


def _spoilt(
    tables: dict[str, pl.DataFrame], count: int
) -> tuple[dict[str, pl.DataFrame], dict[str, list[str]]]:
    """Add bad rows of each sort, made from good ones."""
    homes = tables["households"]
    copies = homes.head(count)
    planted: dict[str, list[str]] = {"duplicate-id": copies["household_id"].to_list()}
    added = [copies]

    def plant(reason: str, *changes: pl.Expr) -> None:
        number = pl.int_range(pl.len()).cast(pl.String)
        named = (pl.lit(f"bad-{reason}-") + number).alias("household_id")
        rows = copies.with_columns(named, *changes)
        planted.setdefault(reason, []).extend(rows["household_id"].to_list())
        added.append(rows)

    plant("unknown-area", pl.lit("61999999929901").alias("area"))
    plant("outside-pack", pl.lit("62010200120001").alias("area"))
    plant("out-of-bounds", pl.lit(-1, dtype=pl.Int64).alias("rigid_spending_12m"))
    plant("unknown-choice", pl.lit("E").alias("dwelling_grade"))
    spoilt = {"households": pl.concat([homes, *added])}
    planted["orphan"] = []
    for name, key in (("members", "member_id"), ("records", "record_id")):
        number = pl.int_range(pl.len()).cast(pl.String)
        strays = (
            tables[name]
            .head(count)
            .with_columns(
                pl.lit("nobody").alias("household_id"),
                (pl.lit(f"stray-{name}-") + number).alias(key),
            )
        )
        planted["orphan"].extend(strays[key].to_list())
        spoilt[name] = pl.concat([tables[name], strays])
    return spoilt, planted
