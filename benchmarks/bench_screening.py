"""Screening a province, beside the same rules written by hand in Polars."""

from __future__ import annotations

import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl

import thirty_rules
from antipoverty.model import Delivery, shaanxi_areas
from antipoverty.rules import Pack, Rule, Text
from antipoverty.screening import Tables, check, deliveries_frame, screen
from antipoverty.synthetic import generate
from common import Row, in_fresh_process, table

DAY = thirty_rules.DAY
FIRST, MONTH = pl.date(2020, 12, 1), pl.date(2021, 11, 1)
c = pl.col

CHILD_RULES = [
    "any(members, not insured)",
    "any(members, 6 <= age <= 15 and not in_school)",
    "count(members, disabled) >= 2",
    'any(members, health == "serious")',
    'sum(records, amount, where=kind == "medical_self_paid", months=12) > yuan(10000)',
    'sum(records, amount, where=kind == "outpatient", calendar="month") >= yuan(500)',
    'any(records, kind == "medical_admission" and amount > yuan(10000), months=12)',
    'any(records, kind == "traffic_accident", months=12)',
    'any(records, kind == "job_loss", months=12)',
    'sum(records, amount, where=kind == "accident_compensation", months=12) >= yuan(20000)',
]


def child_rules() -> list[Rule]:
    """Ten rules over members and records, of one department."""
    return [
        Rule(
            id=f"child-{number}",
            title=Text("规则", "rule"),
            department="d",
            when=when,
            source=thirty_rules.SOURCE,
            since=DAY.replace(month=1),
        )
        for number, when in enumerate(CHILD_RULES)
    ]


def child_pack() -> Pack:
    """The thirty scalar rules and ten over members and records."""
    scalar = thirty_rules.pack()
    return Pack(
        "forty",
        Text("四十", "forty"),
        rules=[*scalar.rules.values(), *child_rules()],
        parameters=scalar.parameters.values(),
        departments=dict(scalar.departments),
    )


def _folded(
    rows: pl.LazyFrame, tests: dict[str, pl.Expr], sums: dict[str, pl.Expr]
) -> pl.LazyFrame:
    """Count by hand the rows that fit and the rows that may, and add amounts up."""
    columns: dict[str, pl.Expr] = {}
    matter: list[pl.Expr] = []
    for name, held in (tests | sums).items():
        open_, sure = held.is_null(), held.fill_null(value=False)
        if name in tests:
            columns[f"{name}_open"] = open_.cast(pl.Int64)
            columns[name] = sure.cast(pl.Int64)
        else:
            columns[name] = pl.when(held).then(c("amount")).fill_null(0)
            most = c("amount").fill_null(MOST_FEN)
            columns[f"{name}_high"] = pl.when(sure | open_).then(most).otherwise(0)
        matter += [open_, sure]
    return (
        rows.filter(pl.any_horizontal(matter))
        .select("household_id", **columns)
        .group_by("household_id")
        .agg(pl.all().sum())
    )


MOST_FEN = 10**10
"""The most that one amount can be, in fen."""


def _decided(name: str) -> pl.Expr:
    """Some row fits, none does, or one may."""
    sure, open_ = (c(one).fill_null(0) > 0 for one in (name, f"{name}_open"))
    return pl.when(sure).then(True).when(open_).then(None).otherwise(False)


def _reached(name: str, line: int) -> pl.Expr:
    """A sum comes to so much at least, cannot, or may."""
    low, high = (c(one).fill_null(0) >= line for one in (name, f"{name}_high"))
    return pl.when(low).then(True).when(high).then(None).otherwise(False)


def ours(folder: str, which: str = "") -> float:
    """Seconds to screen checked tables of a folder, members and records included."""
    checked = check(_tables(folder, which), child_pack(), as_of=DAY)
    began = time.perf_counter()
    _ = screen(checked, child_pack(), as_of=DAY).alerts.collect()
    return time.perf_counter() - began


def checking(folder: str, which: str = "") -> float:
    """Seconds to check the tables, what was delivered among it."""
    tables = _tables(folder, which)
    began = time.perf_counter()
    check(tables, child_pack(), as_of=DAY)
    return time.perf_counter() - began


def _tables(folder: str, which: str) -> Tables[pl.LazyFrame]:
    """The tables with their deliveries, ``trusted`` without any, or ``whole`` with nothing late."""
    tables = Tables.read(folder)
    if not which:
        return tables
    handed = pl.read_parquet(_whole(Path(folder))) if which == "whole" else None
    return Tables(**{name: tables[name] for name in tables}, deliveries=handed)


def _whole(folder: Path) -> Path:
    """Where the deliveries stand of which nothing lacks."""
    return folder.with_name(f"{folder.name}-whole.parquet")


def by_hand(folder: str, trusted: str = "") -> float:
    """Seconds for the same, written by hand in Polars; what came is counted before."""
    what_came(Path(folder), trusted=bool(trusted))
    began = time.perf_counter()
    _by_hand(Path(folder), trusted=bool(trusted))
    return time.perf_counter() - began


GAPS = {
    "admission": "medical_admission",
    "traffic": "traffic_accident",
    "job": "job_loss",
    "medical": "medical_self_paid",
    "outpatient": "outpatient",
    "compensation": "accident_compensation",
}
"""The kind of record that each rule of records asks for."""


def what_came(folder: Path, *, trusted: bool) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """Compare by hand the members with the sizes, and the deliveries with all days before.

    Beside each household: how many members lack, how many more may be, and whether more came
    than it states; beside each county the last day of each kind that nobody delivered.
    """
    households, members = (
        pl.scan_parquet(folder / name / "*.parquet") for name in ("households", "members")
    )
    came = members.group_by("household_id").agg(pl.len().cast(pl.Int64).alias("came"))
    both = households.select("household_id", "area", "size").join(
        came, on="household_id", how="left"
    )
    rows, size = c("came").fill_null(0), c("size")
    doubtful = size.is_null() & ((rows == 0) if trusted else pl.lit(True))
    roster = both.select(
        "household_id",
        lacking=pl.when(doubtful).then(99 - rows).otherwise((size - rows).clip(0)).fill_null(0),
        surplus=(rows > size).fill_null(value=False),
    ).filter((c("lacking") > 0) | c("surplus"))
    last = DAY - timedelta(days=1)
    counties = households.select(county=c("area").str.slice(0, 6)).unique()
    if trusted:
        gaps = counties.with_columns(pl.lit(None, pl.Date).alias(f"{name}_until") for name in GAPS)
        return roster.collect().lazy(), gaps.collect().lazy()
    handed = pl.read_parquet(folder / "deliveries.parquet")
    until = {
        name: handed.filter((c("kind") == kind) & (c("last") >= last)).select("area")["area"]
        for name, kind in GAPS.items()
    }
    gaps = counties.with_columns(
        pl.when(~c("county").is_in(whole.implode())).then(pl.lit(last)).alias(f"{name}_until")
        for name, whole in until.items()
    )
    return roster.collect().lazy(), gaps.collect().lazy()


def _by_hand(folder: Path, *, trusted: bool = False) -> pl.DataFrame:
    roster, gaps = what_came(folder, trusted=trusted)
    households, members, records = (
        pl.scan_parquet(folder / name / "*.parquet")
        for name in ("households", "members", "records")
    )
    year = (c("day") >= FIRST) & (c("day") < pl.lit(DAY))
    month = (c("day") >= MONTH) & (c("day") < pl.lit(DAY))
    of_members = _folded(
        members,
        {
            "uninsured": ~c("insured"),
            "dropout": (c("age") >= 6) & (c("age") <= 15) & ~c("in_school"),
            "disabled": c("disabled"),
            "serious": c("health") == "serious",
        },
        {},
    )
    of_records = _folded(
        records,
        {
            "admission": (c("kind") == "medical_admission") & (c("amount") > 1_000_000) & year,
            "traffic": (c("kind") == "traffic_accident") & year,
            "job": (c("kind") == "job_loss") & year,
        },
        {
            "medical": (c("kind") == "medical_self_paid") & year,
            "outpatient": (c("kind") == "outpatient") & month,
            "compensation": (c("kind") == "accident_compensation") & year,
        },
    )
    begins = {name: MONTH if name == "outpatient" else FIRST for name in GAPS}
    wide = (
        households.with_columns(county=c("area").str.slice(0, 6))
        .join(of_members, on="household_id", how="left")
        .join(of_records, on="household_id", how="left")
        .join(roster, on="household_id", how="left")
        .join(gaps, on="county", how="left")
        .with_columns(
            c("lacking").fill_null(0),
            c("surplus").fill_null(value=False),
            *(
                (c(f"{name}_until") >= begins[name]).fill_null(False).alias(f"{name}_gap")
                for name in GAPS
            ),
        )
        .with_columns(
            *(
                expression
                for name in ("uninsured", "dropout", "disabled", "serious")
                for expression in (
                    pl.when(c("surplus")).then(0).otherwise(c(name)).alias(name),
                    c(f"{name}_open").fill_null(0)
                    + c("lacking")
                    + pl.when(c("surplus")).then(c(name).fill_null(0)).otherwise(0),
                )
            ),
            *(
                pl.when(c(f"{name}_gap")).then(1).otherwise(c(f"{name}_open")).alias(f"{name}_open")
                for name in ("admission", "traffic", "job")
            ),
            *(
                pl.when(c(f"{name}_gap"))
                .then(10_000 * MOST_FEN)
                .otherwise(c(f"{name}_high"))
                .alias(f"{name}_high")
                for name in ("medical", "outpatient", "compensation")
            ),
        )
        .collect(engine="streaming")
        .lazy()
    )

    def n(name: str) -> pl.Expr:
        return c(name).fill_null(0)

    two_open = n("disabled") + n("disabled_open") >= 2
    rules = [held for _, held, _ in thirty_rules.RULES] * 2
    rules += [
        *(_decided(name) for name in ("uninsured", "dropout")),
        pl.when(n("disabled") >= 2).then(True).when(two_open).then(None).otherwise(False),
        _decided("serious"),
        _reached("medical", 1_000_001),
        _reached("outpatient", 50_000),
        *(_decided(name) for name in ("admission", "traffic", "job")),
        _reached("compensation", 2_000_000),
    ]
    ids = [*(f"rule-{i:02d}" for i in range(30)), *(f"child-{i}" for i in range(10))]
    parts = [
        wide.filter(held.fill_null(value=True)).select(
            "household_id",
            "area",
            pl.lit(id_).alias("rule_id"),
            pl.when(held.is_null())
            .then(pl.lit("undecided"))
            .otherwise(pl.lit("warn"))
            .alias("verdict"),
        )
        for id_, held in zip(ids, rules, strict=True)
    ]
    return pl.concat(parts).collect()


def lose_some(folder: Path) -> None:
    """Take one member in a hundred away, add one in a thousand, and keep a list of deliveries.

    Of every tenth county accidents were not delivered, of others not all of the days of two kinds.
    """
    for file in sorted((folder / "members").glob("*.parquet")):
        rows, chance = pl.read_parquet(file), c("member_id").hash(7)
        more = rows.filter(chance % 1000 == 1).with_columns(c("member_id") + "x")
        pl.concat([rows.filter(chance % 100 != 0), more]).write_parquet(file)
    places = pl.scan_parquet(folder / "households/*.parquet").select(
        "household_id", county=c("area").str.slice(0, 6)
    )
    counts = (
        pl.scan_parquet(folder / "records/*.parquet")
        .filter(c("day") < pl.lit(DAY))
        .join(places, on="household_id")
        .group_by("county", "kind", "day")
        .agg(pl.len().alias("rows"))
        .collect(engine="streaming")
    )
    last, kinds = DAY - timedelta(days=1), sorted(counts["kind"].unique())
    late = {1: ("job_loss", date(2021, 10, 31)), 2: ("outpatient", date(2021, 11, 15))}
    handed: list[Delivery] = []
    whole: list[Delivery] = []
    for number, county in enumerate(sorted(counts["county"].unique())):
        for kind in kinds:
            which, until = late.get(number % 10, ("", last))
            until = until if kind == which else last
            came = counts.filter((c("county") == county) & (c("kind") == kind))
            for listed, end in ((handed, until), (whole, last)):
                rows = int(came.filter(c("day") <= end)["rows"].sum())
                one = Delivery(department="d", kinds=(kind,), area=county, last=end, rows=rows)
                if listed is whole or number % 10 or kind != "traffic_accident":
                    listed.append(one)
    deliveries_frame(handed).write_parquet(folder / "deliveries.parquet")
    deliveries_frame(whole).write_parquet(_whole(folder))


def main(scale: float = 1.0) -> list[Row]:
    """Measure; ``scale`` 1 is the whole province of 7,000,000 households."""
    count = max(int(7_000_000 * scale), 1000)
    households, pack = thirty_rules.households(count), thirty_rules.pack()
    checked = check(Tables(households), pack, as_of=DAY)
    same = screen(checked, pack, as_of=DAY).alerts.height == thirty_rules.by_hand(households).height
    assert same, "the hand-written rules find other rows"
    turns = [
        tuple(
            _both_clocks(work)
            for work in (
                lambda: screen(checked, pack, as_of=DAY),
                lambda: thirty_rules.by_hand(households),
            )
        )
        for _ in range(16)
    ][1:]
    middle = [
        [statistics.median(turn[who][clock] for turn in turns) for clock in (0, 1)]
        for who in (0, 1)
    ]
    ratio, of_process = (
        statistics.median(mine[clock] / hand[clock] for mine, hand in turns) for clock in (0, 1)
    )
    rows = [
        Row(
            f"{count:,} households, 30 scalar rules, in memory",
            f"{middle[0][0]:.2f} s",
            f"Polars by hand {middle[1][0]:.2f} s",
            ratio,
            "1.0",
            ratio <= 1.0,
        ),
        Row(
            "the same by the clock of the process",
            f"{middle[0][1]:.2f} s",
            f"Polars by hand {middle[1][1]:.2f} s",
            of_process,
        ),
    ]
    seconds = min(
        _seconds(lambda: check(Tables(households), pack, as_of=DAY, areas=shaanxi_areas()))
        for _ in range(3)
    )
    rows.append(
        Row(f"checking these {count:,} rows, 24 columns, ids and areas", f"{seconds:.2f} s")
    )
    with tempfile.TemporaryDirectory(prefix="antipoverty-bench-") as place:
        folder = str(Path(place) / "province")
        written = generate(folder, households=count, seed=2531)
        lose_some(Path(folder))
        answers = {}
        for which in ("trusted", ""):
            found = screen(_tables(folder, which), child_pack(), as_of=DAY).alerts.collect()
            hand = _by_hand(Path(folder), trusted=bool(which))
            assert found.sort(pl.all()).equals(hand.sort(pl.all()))
            answers[which] = found.height
        del found, hand
        asked = [
            (what, which)
            for what in ("ours", "checking", "by_hand")
            for which in ("", "trusted", "whole")
            if (what, which) != ("by_hand", "whole")
        ]
        runs = [
            {
                (what, which): in_fresh_process("bench_screening", what, folder, which)
                for what, which in asked
            }
            for _ in range(3)
        ]
    took = {one: statistics.median(run[one]["seconds"] for run in runs) for one in asked}
    gib = {one: max(run[one]["gib"] for run in runs) for one in asked}
    mine, hand_ = took["ours", ""], took["by_hand", ""]
    rows.append(
        Row(
            f"{count:,} households, {written.members:,} members of whom 1 in 100 did not come, "
            f"{written.records:,} records from Parquet with deliveries, 40 rules",
            f"{mine:.1f} s",
            f"Polars by hand {hand_:.1f} s",
            mine / hand_,
            "1.05",
            mine <= 1.05 * hand_,
        )
    )
    both = {
        which: took["ours", which] + took["checking", which] for which in ("", "trusted", "whole")
    }
    whole, late = (both[which] / both["trusted"] for which in ("whole", ""))
    rows += [
        Row(
            "the same without deliveries, completeness on trust",
            f"{took['ours', 'trusted']:.1f} s",
            f"Polars by hand {took['by_hand', 'trusted']:.1f} s",
        ),
        Row(
            "checking these rows, what lacks in rosters and deliveries among it",
            f"{took['checking', '']:.1f} s",
            f"without deliveries {took['checking', 'trusted']:.1f} s",
        ),
        Row(
            "what deliveries of which none is late cost, of checking and screening",
            f"{whole - 1:.1%}",
            f"{both['whole']:.1f} s, without deliveries {both['trusted']:.1f} s",
            whole,
            "1.05",
            whole <= 1.05,
        ),
        Row(
            "with some late in three counties of ten, so that "
            f"{answers[''] - answers['trusted']:,} answers more are not clear",
            f"{late - 1:.1%}",
            f"{both['']:.1f} s, by hand {hand_ / took['by_hand', 'trusted'] - 1:.1%}",
            late,
        ),
    ]
    rows.append(
        Row(
            "peak memory of that, checking the rows included",
            f"{gib['ours', '']:.1f} GiB",
            f"by hand {gib['by_hand', '']:.1f} GiB",
            None,
            "10 GiB",
            gib["ours", ""] < 10,
        )
    )
    return rows


def _both_clocks(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of one call, by the wall's clock and by that of the process."""
    gc.collect()
    wall, process = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - process


def _seconds(function: object) -> float:
    began = time.perf_counter()
    function()  # type: ignore[operator]
    return time.perf_counter() - began


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
