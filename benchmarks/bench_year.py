"""The whole mechanism over a simulated year, and one month of a province.

Run with ``python benchmarks/bench_year.py``. Each year is run in a process of its own, so
that its peak is its own. The month has 7,000,000 households in a register of their own
county lists: twelve departments deliver one after the other, 60,000 new lines in all, and
each delivery goes through the register in SQLite and comes out as that department's list.
Before it stands the screening of all of them. The items are those of Shaanxi's 2021: over
430,000 handed to 30 departments in twelve months, a line on two lists in a row.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import attrs
import polars as pl

from antipoverty.casework import Book, Casebook, answer_lists, line_figures, lines, open_cases
from antipoverty.model import shaanxi_areas
from antipoverty.packs import shaanxi_2531, shaanxi_rectification, shaanxi_workflow
from antipoverty.periods import Period
from antipoverty.rules import Pack, Text
from antipoverty.screening import FilledLine, Tables, screen, write_spreadsheet
from antipoverty.synthetic import PART, Province, run, year
from common import Row, table

YEARS = (20_000, 200_000)
PROVINCE, NEW, STOCK = 7_000_000, 60_000, 60_000
DAY = date(2021, 8, 1)
MINUTES = 10
ITEMS, DEPARTMENTS = 510_000, 30  # of which some are answered, and stand on no second list


def a_year(households: int) -> dict[str, float]:
    """Run a year here and say how long it took and how much it held."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        ran = run(year(households), folder)
        seconds = time.perf_counter() - began
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"seconds": seconds, "GiB": peak, "events": ran.events, "files": size / 2**20}


def apart(*words: str) -> dict[str, float]:
    """What a fresh process of this file measures."""
    command = [sys.executable, __file__, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def deliveries(homes: pl.DataFrame, lines: int, first: int) -> Iterator[tuple[str, pl.DataFrame]]:
    """Alerts of twelve departments, each on households of its own, one after the other."""
    rules = {rule.department: rule.id for rule in shaanxi_2531().rules.values()}
    each = lines // len(rules)
    step = max(homes.height // max(lines * 2, 1), 1)
    for number, (department, rule) in enumerate(sorted(rules.items())):
        rows = (pl.int_range(each, eager=True) * len(rules) + number) * step + first
        found = homes[(rows % homes.height).to_list()]
        yield (
            department,
            found.select(
                "household_id",
                "area",
                pl.lit(rule).alias("rule_id"),
                pl.lit("warn").alias("verdict"),
            ).unique("household_id"),
        )


def thirty() -> Pack:
    """Shaanxi's rules, one after the other the concern of thirty departments."""
    pack = shaanxi_2531()
    more = DEPARTMENTS - len(pack.departments)
    names = [*pack.departments, *(f"department-{chr(97 + n)}" for n in range(more))]
    rules = [
        attrs.evolve(rule, department=names[n % DEPARTMENTS])
        for n, rule in enumerate(pack.rules.values())
    ]
    departments = {name: Text(name, name) for name in names} | dict(pack.departments)
    return pack.evolve(rules=rules, departments=departments, judgements=())


def some_items(items: int) -> dict[str, float]:
    """Hand so many items over in a year, take a third of the answers, and state the figures."""
    pack = thirty()
    book = Book(pack, shaanxi_workflow(), shaanxi_rectification())
    rules = [*pack.rules]
    each = items // 12
    step = each // 2
    homes = Province(2531, shaanxi_areas(), DAY).households(0, each + 12 * step)
    homes = (
        homes.select("household_id", "area")
        .with_row_index("n")
        .with_columns(
            rule_id=pl.col("n").map_elements(
                lambda n: rules[n % len(rules)], return_dtype=pl.String
            ),
            verdict=pl.lit("warn"),
        )
    )
    began = time.perf_counter()
    for month in range(12):
        day = date(2021, month + 1, 1)
        alerts = homes.slice(month * step, each).drop("n")
        book, *_ = open_cases(book, alerts, judged=homes, as_of=day)
        new = [one for one in lines(book, as_of=day) if one.out == day]
        said = [
            FilledLine("list.csv", "csv", n, one.household_id, one.rule, str(day), "不属本部门",
                       "department-1", str(day + timedelta(days=5)), one.id)
            for n, one in enumerate(new)
            if n % 3 == 0
        ]  # fmt: skip
        book, *_ = answer_lists(book, said)
    worked = time.perf_counter() - began
    began = time.perf_counter()
    (whole,) = line_figures(book, period=Period.parse("2021"), by="all")
    of_department = line_figures(book, period=Period.parse("2021"))
    told = time.perf_counter() - began
    if sum(one.items for one in of_department) != whole.items:
        raise AssertionError("the departments do not add up")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return attrs.asdict(whole, filter=lambda field, _: field.name != "key") | {
        "worked": worked, "told": told, "GiB": peak, "of": len(of_department),
    }  # fmt: skip


def a_month(households: int, lines: int, stock: int) -> dict[str, float]:
    """Take a month's deliveries into a register that holds a stock, and hand over the lists."""
    province = Province(2531, shaanxi_areas(), DAY)
    starts = range(0, households, PART)
    homes = pl.concat(
        province.households(start, min(start + PART, households)).select("household_id", "area")
        for start in starts
    )
    empty = Book(shaanxi_2531(), shaanxi_workflow(), shaanxi_rectification())
    columns = ["户码", "村组代码", "环节", "时限"]
    frames = province.frames(0, households)
    began = time.perf_counter()
    found = screen(Tables(**frames), shaanxi_2531(), as_of=DAY, areas=shaanxi_areas())
    answers = found.alerts.height
    screened = time.perf_counter() - began
    del frames, found
    with (
        tempfile.TemporaryDirectory() as folder,
        Casebook.open(f"sqlite:///{folder}/cases.db", empty) as kept,
    ):
        before = DAY - timedelta(days=31)
        for _, alerts in deliveries(homes, stock, 1):
            kept.open_cases(alerts, as_of=before)
        began = time.perf_counter()
        taken = listed = 0
        for department, alerts in deliveries(homes, lines, 0):
            taken += kept.open_cases(alerts, as_of=DAY).rows
            tasks = kept.worklist(as_of=DAY, department=department)
            rows = [(one.id, one.area, one.state, one.due) for one in tasks]
            frame = pl.DataFrame(rows, schema=columns, orient="row")
            write_spreadsheet(frame, Path(folder) / f"{department}.csv")
            listed += frame.height
        seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {
        "screened": screened, "answers": answers, "seconds": seconds, "GiB": peak,
        "lines": taken, "listed": listed,
    }  # fmt: skip


def main(scale: float = 1.0) -> list[Row]:
    """Measure; ``scale`` 1 is 20,000 and 200,000 households, and Shaanxi's 7,000,000."""
    rows: list[Row] = []
    measured = []
    for households in YEARS:
        count = max(int(households * scale), 1_008)
        told = apart("year", str(count))
        measured.append((count, told))
        limit = 120.0 if households == YEARS[0] else None
        rows.append(
            Row(
                f"a year of {count:,} households, with all its papers",
                f"{told['seconds']:.0f} s",
                f"peak {told['GiB']:.2f} GiB, {told['events']:,.0f} events, "
                f"{told['files']:.0f} MiB of files",
                limit="" if limit is None else f"{limit:.0f} s",
                met=None if limit is None else told["seconds"] <= limit,
            )
        )
    (small, less), (large, more) = measured
    if large > small:
        rows.append(
            Row(
                f"growth from {small:,} to {large:,} households",
                f"time x {more['seconds'] / less['seconds']:.1f}, "
                f"memory x {more['GiB'] / less['GiB']:.1f}",
                f"households x {large / small:.0f}",
            )
        )
    count = max(int(PROVINCE * scale), 5_000)
    new = max(int(NEW * scale), 120)
    told = apart("month", str(count), str(new), str(max(int(STOCK * scale), 120)))
    rows.append(
        Row(
            f"a month of {count:,} households: 12 deliveries, {told['lines']:,.0f} new lines, "
            "screened, and through register and lists",
            f"{told['screened']:.0f} s + {told['seconds']:.0f} s",
            f"peak {told['GiB']:.2f} GiB, {told['answers']:,.0f} answers not clear, "
            f"{told['listed']:,.0f} lines handed over",
            limit=f"{60 * MINUTES} s",
            met=told["screened"] + told["seconds"] <= 60 * MINUTES,
        )
    )
    told = apart("items", str(max(int(ITEMS * scale), 1_200)))
    rows.append(
        Row(
            f"{told['items']:,.0f} items to {told['of']:.0f} departments in a year: "
            f"{told['different']:,.0f} different, {told['answered']:,.0f} answered, "
            f"{told['overdue']:,.0f} overdue, {told['withdrawn']:,.0f} withdrawn",
            f"{told['told']:.1f} s to state",
            f"{told['worked']:.0f} s to open, hand over and take answers, peak "
            f"{told['GiB']:.2f} GiB",
        )
    )
    return rows


if __name__ == "__main__":
    what, *given = sys.argv[1:] or ["1"]
    apart_ = {"year": a_year, "month": a_month, "items": some_items}
    if what in apart_:
        json.dump(apart_[what](*map(int, given)), sys.stdout)
    else:
        print(table(main(float(what))))
