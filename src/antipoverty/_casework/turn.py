"""The turn of a month (月度衔接): what the register knows goes into the tables of the next month.

Who is monitored, since when and as what, who moved and who merged is known by the register before
any file says so. Where both say something else, nobody is overruled: it is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

import attrs
import polars as pl

from antipoverty._base.frozen import Frozen
from antipoverty._casework.book import Book
from antipoverty._casework.cases import Case
from antipoverty.periods import Period
from antipoverty.screening import Tables

Clash = Literal["moved", "monitored", "not-in-files", "split", "joined"]
CLASHES: Mapping[Clash, tuple[str, str]] = Frozen(
    {
        "moved": ("档案已迁移、登记库未登记", "it moved in the files and not in the register"),
        "monitored": ("档案为监测户、登记库不是", "it is monitored in the files alone"),
        "not-in-files": ("登记库有案、档案无此户", "it has an open case and is not in the files"),
        "split": ("登记库已分户、档案无此户", "it split off in the register and is in no file"),
        "joined": ("并入的户不在档案中", "the household it was joined to is in no file"),
    }
)
"""How files and register may contradict each other, in Chinese and English."""


@attrs.frozen
class Contradiction:
    """A household of which files and register say different things (档案与登记库不一致).

    Attributes:
        household_id: The household.
        what: The kind, a key of `CLASHES`.
        files: What the files say: an area, or empty.
        register: What the register says.
    """

    household_id: str
    what: Clash
    files: str
    register: str


@attrs.frozen
class Turned:
    """The tables of the next month, and what stood in the way.

    Attributes:
        period: The period that ended.
        tables: The tables, in Polars, with what the register knows.
        fed: How many households the register changed: ``monitored``, ``released``,
            ``moved``, ``joined``.
        contradictions: Where files and register say different things; the tables say
            there what the files say.
    """

    period: Period
    tables: Tables[pl.DataFrame]
    fed: Mapping[str, int]
    contradictions: tuple[Contradiction, ...]


def turn(book: Book, tables: Tables[Any], period: Period) -> Turned:
    """Feed the register back into the tables at the end of a period.

    Args:
        book: The book as it stood on the last day of the period.
        tables: The tables of the files.
        period: The period that ended.
    """
    frames = {name: frame.collect("polars").to_native() for name, frame in tables.lazy().items()}
    homes: pl.DataFrame = frames.pop("households")
    for name, kind in (
        ("monitored", pl.Boolean), ("monitored_since", pl.Date), ("category", pl.String),
    ):  # fmt: skip
        if name not in homes.columns:
            homes = homes.with_columns(pl.lit(None, dtype=kind).alias(name))
    ids = homes.select("household_id", place=pl.int_range(pl.len()))
    cases = pl.DataFrame({"household_id": [*book.cases]}, schema={"household_id": pl.String})
    into = {case.joined for case in book.cases.values() if case.joined} - {*book.cases}
    wanted = pl.concat([cases, pl.DataFrame({"household_id": [*into]}, schema=cases.schema)])
    held = homes.join(wanted, on="household_id", how="semi")
    rows = {row["household_id"]: row for row in held.iter_rows(named=True)}
    told = _Told(book, period.last, rows)
    for id_, case in sorted(book.cases.items()):
        told.case(id_, case)
    told.alone(homes.join(cases, on="household_id", how="anti"))
    changed = told.frame()
    homes = (
        homes.join(changed, on="household_id", how="left")
        .with_columns(
            pl.when(pl.col("_set")).then(pl.col("_monitored")).otherwise("monitored")
            .alias("monitored"),
            pl.when(pl.col("_set")).then(pl.col("_since")).otherwise("monitored_since")
            .alias("monitored_since"),
            pl.when(pl.col("_set")).then(pl.col("_category")).otherwise("category")
            .alias("category"),
            pl.coalesce("_area", "area").alias("area"),
        )
        .drop("_set", "_monitored", "_since", "_category", "_area")
    )  # fmt: skip
    homes, frames = _merged(homes, frames, told.joined)
    assert ids.height == homes.height + len(told.joined)  # noqa: S101 - no household is lost
    made = tables.with_frames({"households": homes, **frames})
    return Turned(
        period,
        made,
        Frozen(dict(sorted(told.fed.items()))),
        tuple(sorted(told.clashes, key=lambda one: (one.household_id, one.what))),
    )


class _Told:
    """What the register says of the households of the files, gathered case by case."""

    def __init__(self, book: Book, day: date, rows: Mapping[str, Mapping[str, Any]]) -> None:
        self.book, self.day, self.rows = book, day, rows
        self.clashes: list[Contradiction] = []
        self.fed = dict.fromkeys(("joined", "monitored", "moved", "released"), 0)
        self.joined: dict[str, str] = {}
        self._changes: list[tuple[Any, ...]] = []

    def case(self, id_: str, case: Case) -> None:
        """Put down what a case says of its household."""
        row = self.rows.get(id_)
        if case.joined:
            self._joined(id_, case, row)
        elif row is None:
            self._missing(id_, case)
        else:
            area = self._area(id_, case, row)
            known, monitored, since, category = self._monitored(id_, case, row)
            if known or area:
                self._changes.append((id_, known, monitored, since, category, area))

    def alone(self, homes: pl.DataFrame) -> None:
        """Tell households that are monitored in the files and have no case."""
        for id_ in homes.filter(pl.col("monitored"))["household_id"]:
            self.clashes.append(Contradiction(id_, "monitored", "monitored", ""))

    def frame(self) -> pl.DataFrame:
        """The changes, a row for each household."""
        schema = {
            "household_id": pl.String, "_set": pl.Boolean, "_monitored": pl.Boolean,
            "_since": pl.Date, "_category": pl.String, "_area": pl.String,
        }  # fmt: skip
        return pl.DataFrame(self._changes, schema=schema, orient="row")

    def _joined(self, id_: str, case: Case, row: Mapping[str, Any] | None) -> None:
        if row is None:
            return
        target = case.joined
        while (other := self.book.cases.get(target)) is not None and other.joined:
            target = other.joined
        if target in self.rows:
            self.joined[id_] = target
            self.fed["joined"] += 1
        else:
            self.clashes.append(Contradiction(id_, "joined", row["area"], target))

    def _missing(self, id_: str, case: Case) -> None:
        if not case.filed or not self.book.is_open(case):
            return
        split = any(
            (old := self.book.cases.get(one)) is not None and not old.joined
            for one in case.came_from
        )
        what: Clash = "split" if split else "not-in-files"
        self.clashes.append(Contradiction(id_, what, "", case.area))

    def _area(self, id_: str, case: Case, row: Mapping[str, Any]) -> str | None:
        files = row["area"]
        if files is None or _same(files, case.area):
            return None
        if any(_same(files, one) for one in case.left):
            self.fed["moved"] += 1
            return case.area
        self.clashes.append(Contradiction(id_, "moved", files, case.area))
        return None

    def _monitored(
        self, id_: str, case: Case, row: Mapping[str, Any]
    ) -> tuple[bool, bool | None, date | None, str | None]:
        flow = self.book.workflow
        if case.state in flow.decided:
            days = [day for state in flow.decided if (day := case.reached.get(state))]
            said = (True, min(days, default=case.entered), case.finding.get("category"))
            self.fed["monitored"] += said != _files(row)
            return True, *said
        was = any(state in one.reached for one in case.episodes for state in flow.decided)
        if was and not self.book.is_open(case):
            self.fed["released"] += bool(row["monitored"])
            return True, False, None, None
        if row["monitored"]:
            self.clashes.append(Contradiction(id_, "monitored", "monitored", case.state))
        return False, None, None, None


def _files(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["monitored"], row["monitored_since"], row["category"]


def _same(one: str, other: str) -> bool:
    """Whether two areas are one, of which one may be told more finely than the other."""
    return one.startswith(other) or other.startswith(one)


def _merged(
    homes: pl.DataFrame, frames: dict[str, pl.DataFrame], joined: Mapping[str, str]
) -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    """Let the rows of households that merged go on under the other's id, and add their sizes."""
    if not joined:
        return homes, frames
    found = {
        name: frame.with_columns(pl.col("household_id").replace(dict(joined)))
        if "household_id" in frame.columns
        else frame
        for name, frame in frames.items()
    }
    if "size" in homes.columns:
        whole = pl.col("size").is_not_null().all()
        sizes = (
            homes.with_columns(pl.col("household_id").replace(dict(joined)))
            .group_by("household_id")
            .agg(_size=pl.when(whole).then(pl.col("size").sum()), _many=pl.len())
            .filter(pl.col("_many") > 1)
        )
        homes = (
            homes.join(sizes, on="household_id", how="left")
            .with_columns(
                pl.when(pl.col("_many") > 1)
                .then(pl.col("_size").cast(homes.schema["size"]))
                .otherwise("size")
                .alias("size")
            )
            .drop("_size", "_many")
        )
    return homes.filter(~pl.col("household_id").is_in([*joined])), found
