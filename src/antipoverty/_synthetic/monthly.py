"""The tables of a synthetic year as departments deliver them on a day."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date

import polars as pl

from antipoverty._synthetic.hardship import CAUSES
from antipoverty._synthetic.world import World
from antipoverty.model import Delivery
from antipoverty.screening import Tables

_USUAL = {
    "outpatient": ("medical-insurance", 500, 2_000, 14_000),
    "medical_self_paid": ("medical-insurance", 250, 10_000, 250_000),
    "medical_admission": ("medical-insurance", 80, 50_000, 690_000),
}
"""What ordinary households have now and then: sender, how many of a thousand, least, most."""
_LATE = 10


class Monthly:
    """What is delivered month by month: facts that change, and records that stay put.

    Args:
        world: Whose tables they are.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.members = self._members()
        self.records = self._records()

    def tables(self, on: date, monitored: Collection[str] | None = None) -> Tables[pl.DataFrame]:
        """The tables as they are known on a day.

        Args:
            on: The day; a screening on it looks back from the day before.
            monitored: Who is monitored, as the register says; by default those who were
                before the year.
        """
        known = (pl.col("day") < on) & (pl.col("received") <= on)
        records = self.records.filter(known).drop("received")
        return Tables(
            self.households(on, monitored),
            self.members,
            records,
            deliveries=[*self.deliveries(on, records)],
        )

    def deliveries(self, on: date, records: pl.DataFrame) -> Iterator[Delivery]:
        """What each department handed over on a day: all of its kinds up to the day before."""
        counts = dict(records.group_by("kind").len().iter_rows())
        kinds: dict[str, set[str]] = {}
        for sender, kind in _senders():
            kinds.setdefault(sender, set()).add(kind)
        for department, held in sorted(kinds.items()):
            for kind in sorted(held):
                yield Delivery(
                    department=department,
                    kinds=(kind,),
                    area=str(self.world.areas.tops[0].code),
                    last=self.world.day_before(on),
                    received=on,
                    rows=counts.get(kind, 0),
                )

    # --- households

    def households(self, on: date, monitored: Collection[str] | None = None) -> pl.DataFrame:
        """The facts of every household on a day."""
        since, w = pl.col("since"), self.world
        held = pl.col("stock")
        if monitored is not None:
            listed = pl.Series([*monitored], dtype=pl.String)
            held = pl.col("household_id").is_in(listed.implode())
        begun = (since < on) & ~pl.col("stock")
        gone = ((pl.lit(on) - since).dt.total_days() // 30).clip(0, 12)
        wobble = 980 + w.below(f"wobble {w.month(on)}", 41)
        over = (pl.col("until") <= on).fill_null(value=False)
        head = pl.when(pl.col("stock") & over).then(pl.col("head") * 2).otherwise(pl.col("head"))
        base = head * pl.col("size") * wobble // 1000
        loss = pl.when(begun & ~over).then(base * pl.col("loss") * gone // 1200).otherwise(0)
        homes = w.homes.with_columns(
            held.alias("monitored"),
            begun.fill_null(value=False).alias("begun"),
            base.alias("base"),
            (base - loss.fill_null(0)).alias("net"),
            pl.max_horizontal(pl.col("size") - w.below("dependants", 3), 1).alias("able"),
        )
        return homes.select(self._facts(w.month(on)))

    def _facts(self, month: int) -> Iterator[pl.Expr]:
        w = self.world
        net, base, able = pl.col("net"), pl.col("base"), pl.col("able")
        begun, cause = pl.col("begun"), pl.col("cause")

        def known(name: str, value: pl.Expr) -> pl.Expr:
            """Missing here and there, until somebody has looked in the course of the year."""
            lacks = w.once_in(f"{name} is missing", *w.missing)
            lacks &= w.below(f"{name} found", 9) >= month
            return pl.when(~lacks).then(value).alias(name)

        ill = begun & (cause == "illness").fill_null(value=False)
        hurt = begun & cause.is_in(["illness", "accident"]).fill_null(value=False)
        wet = begun & (cause == "flood").fill_null(value=False) & w.once_in("wet", 150)
        dry = begun & (cause == "water").fill_null(value=False)
        yield pl.col("household_id")
        yield pl.col("area")
        yield known("size", pl.col("size"))
        yield known("formerly_poor", pl.col("formerly_poor"))
        yield pl.col("monitored")
        yield known("minimum_living", w.once_in("minimum_living", 15))
        yield known("net_income_12m", net)
        yield known("net_income_prev_12m", base * 96 // 100)
        yield known("wage_income_12m", net * w.below("wage", 60) // 100)
        yield known("business_income_12m", net * w.below("business", 40) // 100)
        yield known("transfer_income_12m", net * w.below("transfer", 20) // 100)
        most = pl.when(w.once_in("subsidised", 3, 10_000)).then(net * 7 // 10)
        yield known("subsidy_income_12m", most.otherwise(net * w.below("subsidy", 15) // 100))
        work = pl.col("head") * pl.col("size") * (20 + w.below("work", 40)) // 100
        falling = w.once_in("falling", 5, 10_000)
        yield known("work_income_year", work)
        for name, percent in (
            ("work_income_year_before", 110),
            ("work_income_two_years_before", 121),
        ):
            yield known(name, pl.when(falling).then(work * percent // 100).otherwise(work))
        bills = pl.when(ill).then(w.bill("illness", 0) * 2).otherwise(0)
        yield known("rigid_spending_12m", base * w.below("rigid", 35) // 100 + bills)
        dear = pl.when(w.once_in("dear school", 4, 10_000)).then(1_200_000).otherwise(300_000)
        yield known("school_cost_year", w.below("school", 100) * dear // 100)
        lost = (hurt & w.once_in("lost", 500)).cast(pl.Int64)
        yield known("labourers", (able - lost).clip(1, None))
        yield known("labourers_prev", able)
        yield known("away_months", w.below("away months", 11) * able.clip(0, 3))
        sound = pl.when(w.once_in("unsound", 4, 10_000)).then(pl.lit("C")).otherwise(pl.lit("A"))
        yield known("dwelling_grade", pl.when(wet).then(pl.lit("C")).otherwise(sound))
        yield known("water_safe", ~(w.once_in("unsafe", 3, 10_000) | dry))
        plain = pl.col("need") & begun & w.once_in("plain to see", 200)
        yield known("evident_hardship", plain | w.once_in("hardship", 1, 10_000))
        yield known("working_land", w.below("land", 30))

    # --- members, who stay put

    def _members(self) -> pl.DataFrame:
        w = self.world
        rows = (
            w.homes.lazy()
            .select("i", "household_id", "size")
            .with_columns(pl.int_ranges(0, pl.col("size"), dtype=pl.UInt64).alias("n"))
            .explode("n")
            .with_columns((pl.col("i") * 8 + pl.col("n")).alias("row"))
            .with_columns(
                pl.when(pl.col("n") == 0)
                .then(25 + w.below("age of the head", 50, "row"))
                .otherwise(w.below("age", 60, "row"))
                .alias("years")
            )
        )
        years = pl.col("years")
        child, worker = years.is_between(6, 15), years.is_between(16, 64)
        upper = years.is_between(16, 18) & w.once_in("upper", 700, row="row")
        pupil = (child & ~w.once_in("out of school", 3, 10_000, row="row")) | upper
        stage = pl.when(child).then(pl.lit("compulsory")).otherwise(pl.lit("upper_secondary"))
        labour = w.drawn("labour", {"full": 85, "weak": 10, "none": 5}, "row")
        health = {"healthy": 86, "chronic": 12, "serious": 2}
        return rows.select(
            "household_id",
            (pl.col("household_id") + "-" + (pl.col("n") + 1).cast(pl.String)).alias("member_id"),
            w.known("age", years, "row"),
            w.known("in_school", pupil, "row"),
            w.known("schooling", pl.when(pupil).then(stage).otherwise(pl.lit("none")), "row"),
            w.known("labour", pl.when(worker).then(labour).otherwise(pl.lit("none")), "row"),
            w.known("employed", worker & w.once_in("employed", 700, row="row"), "row"),
            w.known("health", w.drawn("health", health, "row"), "row"),
            w.known("disabled", w.once_in("disabled", 25, row="row"), "row"),
            w.known("insured", ~w.once_in("uninsured", 2, 10_000, row="row"), "row"),
        ).collect()

    # --- records, each with the day it came

    def _records(self) -> pl.DataFrame:
        """Every record of the year and the one before, with the day its delivery came."""
        parts = pl.concat([*self._usual(), *self._of_causes()])
        number = pl.int_range(1, pl.len() + 1).over("household_id").cast(pl.String)
        named = parts.sort("household_id", "day", "kind", "amount").with_columns(
            (pl.col("household_id") + "-r" + number).alias("record_id")
        )
        month = pl.col("day").dt.truncate("1mo").dt.offset_by("1mo")
        late = pl.when(pl.col("late")).then(month.dt.offset_by("1mo")).otherwise(month)
        return named.select(
            "household_id", "record_id", "kind", "day", "amount", "department",
            late.alias("received"),
        )  # fmt: skip

    def _usual(self) -> Iterable[pl.DataFrame]:
        w = self.world
        days = 2 * 365
        for kind, (sender, often, least, most) in _USUAL.items():
            for turn in range(2):
                name = f"{kind} {turn}"
                ago = pl.duration(days=w.below(f"day of {name}", days))
                yield (
                    w.homes.filter(w.once_in(name, often))
                    .with_columns(
                        pl.lit(kind).alias("kind"),
                        (pl.lit(w.last) - ago).cast(pl.Date).alias("day"),
                        (least + w.below(f"amount of {name}", most - least)).alias("amount"),
                        pl.lit(sender).alias("department"),
                        w.once_in(f"{name} late", _LATE).alias("late"),
                    )
                    .select(_RECORD)
                )

    def _of_causes(self) -> Iterable[pl.DataFrame]:
        w = self.world
        for name, cause in CAUSES.items():
            struck = w.homes.filter(pl.col("cause") == name)
            for number, after in enumerate(cause.days if cause.kind else ()):
                amount = w.bill(name, number) if cause.bills else pl.lit(None, pl.Int64)
                yield struck.with_columns(
                    pl.lit(cause.kind).alias("kind"),
                    (pl.col("since") + pl.duration(days=after)).cast(pl.Date).alias("day"),
                    amount.alias("amount"),
                    pl.lit(cause.department).alias("department"),
                    w.once_in(f"{name} late", _LATE).alias("late"),
                ).select(_RECORD)


_RECORD = ["household_id", "kind", "day", "amount", "department", "late"]


def _senders() -> Iterator[tuple[str, str]]:
    """Who sends which kind of record."""
    yield from ((sender, kind) for kind, (sender, _, _, _) in _USUAL.items())
    yield from ((one.department, one.kind) for one in CAUSES.values() if one.kind)
    yield "traffic-police", "accident_compensation"
    yield "civil-affairs", "living_guarantee_removed"
