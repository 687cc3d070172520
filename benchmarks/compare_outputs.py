"""Digests of what the library answers, to compare two states of the code byte for byte.

Run ``PYTHONPATH=src python benchmarks/compare_outputs.py FOLDER`` in each of two checkouts
with the same folder and compare what is printed. The folder holds a synthetic province
of 200,000 households, made when it is not there. Every line is the digest of an answer:
the alerts and what is undecided, 52 weekly receipts, a year's events, a board.
"""

from __future__ import annotations

import hashlib
import random
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from antipoverty import AreaTree, Pack, Tables, screen, shaanxi_areas
from antipoverty.casework import Book, advance, events_to_json, open_cases
from antipoverty.packs import shaanxi_2531, shaanxi_rectification, shaanxi_workflow
from antipoverty.sampling import WeeklyVillagePlan, draw
from antipoverty.scoring import AssessmentPolicy, assess, read_notices
from antipoverty.synthetic import generate

HOUSEHOLDS = 200_000
DAY = date(2021, 12, 1)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def sorted_text(frame: pl.DataFrame | pl.LazyFrame) -> str:
    held = frame.lazy().collect()
    return str(held.sort(held.columns).write_csv())


def receipts(areas: AreaTree) -> Iterator[str]:
    for week in range(1, 53):
        seed = str(10**19 + int(hashlib.sha256(str(week).encode()).hexdigest()[:15], 16))
        yield draw(WeeklyVillagePlan(areas), period=f"2022-W{week:02}", seed=seed).to_json()


def events(pack: Pack, alerts: pl.DataFrame) -> str:
    """Open fifty households' cases a month; in every other month their homes are checked."""
    book = Book(pack, shaanxi_workflow(), shaanxi_rectification())
    made: list[Any] = []
    ids = alerts["household_id"].unique(maintain_order=True).to_list()[:600]
    for month in range(12):
        mine, day = ids[month * 50 : (month + 1) * 50], date(2022, 1, 1) + timedelta(30 * month)
        part = alerts.filter(pl.col("household_id").is_in(mine))
        book, happened, _ = open_cases(book, part, as_of=day)
        made += happened
        known = [one for one in mine if book.case(one).state != "unverified"]
        for household in known if month % 2 == 0 else ():
            book, happened = advance(
                book,
                household,
                "home_check",
                by="keeper-1",
                on=day + timedelta(3),
                finding={"visited": True},
            )
            made += happened
    return "\n".join(events_to_json(made))


def board() -> str:
    """Assess a year of monthly notices to some counties, and explain each of them."""
    chance = random.Random(5)  # the notices are the same in both states
    units = [f"6101{n:02}" for n in (2, 3, 4, 11, 12, 13, 14, 15, 16, 17, 18, 22)]
    lines = ["notice_id,unit,period,verdict,level,issued_on,reason,replaces\n"]
    for month in range(1, 13):
        for unit in units:
            verdict = chance.choice(["commended", "criticised", None])
            if verdict:
                issued = date(2022, month, 28) + timedelta(8)
                place = f"n{len(lines)},{unit},2022-{month:02}"
                lines.append(f"{place},{verdict},province,{issued},,\n")
    found = assess(read_notices(lines), AssessmentPolicy(), as_of=date(2023, 3, 1))
    told = [found.explain(unit, language) for unit in units for language in ("zh", "en")]
    return repr(found) + "".join(told)


def main(folder: Path) -> None:
    if not folder.exists():
        generate(folder, households=HOUSEHOLDS, seed=1)
    areas, pack = shaanxi_areas(), shaanxi_2531()
    screening = screen(Tables.read(folder), pack, as_of=DAY, areas=areas)
    alerts = screening.alerts.collect().sort("household_id", "rule_id")
    print("alerts", alerts.height, digest(sorted_text(alerts)))
    print("undecided", digest(sorted_text(screening.undecided())))
    print("summary", digest(sorted_text(screening.summary("county", by="rule_id"))))
    print("receipts", digest("".join(receipts(areas))))
    print("events", digest(events(pack, alerts)))
    print("board", digest(board()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
