"""Who lives where in a synthetic year, what happens to whom, and who is truly in need."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

import polars as pl

from antipoverty._synthetic.chance import Chance, grid_code, horner, household_code, numbers
from antipoverty._synthetic.hardship import CAUSES, EVENTS, Planted
from antipoverty.codes import Level
from antipoverty.errors import InvalidSizeError
from antipoverty.model import Area, AreaTree

VILLAGE = 48
"""How many households a village has, as far as there are villages enough."""
GRID = 24
"""How many households a keeper has: about as many as the mechanism's 291,000 keepers had."""
_GRIDS = 99
_STRUCK = 8
_SIZES = {1: 8, 2: 20, 3: 24, 4: 24, 5: 14, 6: 7, 7: 2, 8: 1}


class World(Chance):
    """The households of a year and what happens to them.

    Args:
        seed: What all values follow from.
        areas: The area tree; the households live in its rural villages.
        year: The year.
        households: How many.

    Raises:
        InvalidSizeError: No household, more than the villages hold, or too few counties
            for the planted events.
    """

    def __init__(self, seed: int, areas: AreaTree, year: int, households: int) -> None:
        super().__init__(seed, missing=(1, 5000))
        self.year = year
        self.size = households
        self.first, self.last = date(year, 1, 1), date(year, 12, 31)
        villages = self._villages(areas)
        self.areas = _with_all_above(areas, villages)
        self.villages = sorted(villages, key=self.shuffled)
        self.events = tuple(self._planted())

    def _villages(self, areas: AreaTree) -> list[str]:
        """So many villages in each county, township by township."""
        counties = [area.code for area in areas if area.level is Level.COUNTY]
        rural: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for area in areas.descendants(level=Level.VILLAGE):
            if area.code.rural:
                rural[area.code[:6]][area.code[:9]].append(area.code)
        if len(counties) < len(EVENTS) or len(rural) < len(EVENTS):
            raise InvalidSizeError(
                "a year needs {count} counties with rural villages", count=len(EVENTS)
            )
        wanted = -(-self.size // (len(rural) * VILLAGE))
        found: list[str] = []
        for county in sorted(rural):
            mine: list[str] = []
            for township in sorted(rural[county], key=self.shuffled):
                mine += sorted(rural[county][township])
            found += mine[:wanted]
        room = len(found) * _GRIDS * GRID
        if not 1 <= self.size <= room:
            raise InvalidSizeError(
                "the number of households is 1 to {room:,} on these areas", room=room
            )
        return found

    def _planted(self) -> Iterable[Planted]:
        """Each event in a county of its own."""
        townships: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for village in sorted(self.villages):
            townships[village[:6]][village[:9]].append(village)
        counties = sorted(townships, key=self.shuffled)
        for county, (id_, (title, first, last, share)) in zip(
            counties, EVENTS.items(), strict=False
        ):
            mine = townships[county]
            largest = max(sorted(mine), key=lambda one: len(mine[one]))
            days = (date(self.year, *first), date(self.year, *last))
            if not share:
                yield Planted(id_, title, county, (), *days, share)
            else:
                yield Planted(id_, title, largest, tuple(mine[largest][:_STRUCK]), *days, share)

    @functools.cached_property
    def hiding(self) -> Planted:
        """The county that hides figures."""
        return next(one for one in self.events if one.id == "hides")

    @functools.cached_property
    def homes(self) -> pl.DataFrame:
        """A row for each household: where it is, what happens to it and when.

        Columns ``i, household_id, area, village, size, head, formerly_poor, stock, cause,
        since, loss, need, until, otherwise``; ``head`` is its yearly income a head in fen.
        """
        count = len(self.villages)
        villages = pl.DataFrame(
            {"village": self.villages, "horner": [horner(code) for code in self.villages]}
        ).with_row_index("v")
        rows = (
            numbers(0, self.size)
            .with_columns((pl.col("i") % count).cast(pl.UInt32).alias("v"))
            .with_columns((pl.col("i") // count).cast(pl.Int64).alias("j"))
            .join(villages.lazy(), on="v", how="left", maintain_order="left")
            .with_columns(
                (pl.col("j") // GRID + 1).alias("group"),
                (pl.col("j") % GRID + 1).alias("serial"),
                self.drawn("size", _SIZES).cast(pl.Int64).alias("size"),
                self.once_in("formerly_poor", 100).alias("formerly_poor"),
                self.once_in("stock", 60, 10_000).alias("stock"),
            )
            .with_columns(
                household_code().alias("household_id"), grid_code().alias("area"), self._head()
            )
            .with_columns(self._cause().alias("cause"))
            .with_columns(self._since().alias("since"))
            .with_columns(*self._fate())
        )
        return rows.select(
            "i", "household_id", "area", "village", "size", "head", "formerly_poor", "stock",
            "cause", "since", "loss", "need", "until", "otherwise",
        ).collect()  # fmt: skip

    def _head(self) -> pl.Expr:
        poor = 420_000 + self.below("stock income", 150_000)
        usual = 700_000 + self.below("income a", 1_100_000) + self.below("income b", 900_000)
        return pl.when(pl.col("stock")).then(poor).otherwise(usual).alias("head")

    def _cause(self) -> pl.Expr:
        """What happens to a household, or null."""
        found = pl.lit(None, pl.String)
        where, bound = self.below("cause", 10_000), sum(one.often for one in CAUSES.values())
        for name, cause in reversed(CAUSES.items()):
            if cause.often:
                found = pl.when(where < bound).then(pl.lit(name)).otherwise(found)
                bound -= cause.often
        for event in self.events:
            struck = pl.col("village").is_in(event.villages)
            struck &= self.once_in(event.id, event.share, 100)
            found = pl.when(struck).then(pl.lit(event.id)).otherwise(found)
        return pl.when(~pl.col("stock")).then(found)

    def _since(self) -> pl.Expr:
        """The day it happens; of the households that were monitored before, a day before."""
        ago = pl.lit(self.first) - pl.duration(days=30 + self.below("since before", 300))
        days = (self.last - self.first).days + 1
        found: pl.Expr = pl.when(pl.col("cause").is_not_null()).then(
            pl.lit(self.first) + pl.duration(days=self.below("since", days))
        )
        for event in self.events:
            span = (event.last - event.first).days + 1
            day = pl.lit(event.first) + pl.duration(days=self.below("day of an event", span))
            found = pl.when(pl.col("cause") == event.id).then(day).otherwise(found)
        return pl.when(pl.col("stock")).then(ago).otherwise(found).cast(pl.Date)

    def _fate(self) -> Iterable[pl.Expr]:
        """Who is in need, until when, and when it would have come to light by itself."""
        cause = pl.col("cause")
        limits = {name: one.poorer_than for name, one in CAUSES.items()}
        losses = {name: one.loss for name, one in CAUSES.items()}
        limit = cause.replace_strict(limits, default=0, return_dtype=pl.Int64)
        spared = (cause == "flood") & (self.bill("flood", 0) <= 500_000)
        need = pl.col("stock") | ((pl.col("head") < limit) & ~spared.fill_null(value=False))
        until = pl.col("since") + pl.duration(days=150 + self.below("until", 400))
        other = pl.col("since") + pl.duration(days=60 + self.below("otherwise", 300))
        yield cause.replace_strict(losses, default=0, return_dtype=pl.Int64).alias("loss")
        yield need.alias("need")
        yield pl.when(need).then(until).cast(pl.Date).alias("until")
        yield pl.when(need & ~pl.col("stock")).then(other).cast(pl.Date).alias("otherwise")

    def bill(self, cause: str, number: int) -> pl.Expr:
        """An amount that a cause brings, in fen."""
        least, most = CAUSES[cause].bills or (0, 1)
        return least + self.below(f"bill {number} of {cause}", most - least)

    @functools.cached_property
    def truth(self) -> pl.DataFrame:
        """Who is truly in need: what no register knows (真实情况).

        Columns ``household_id, area, cause, rule, since, until, otherwise``: what it comes
        from, the rule that should warn (empty where no data tell), the day it began, the
        day it ends, and the day on which the household would have come forward by itself
        (null where that is after the year, or for one that was monitored before).
        """
        rules = {name: one.rule for name, one in CAUSES.items()}
        other = pl.col("otherwise")
        return (
            self.homes.filter("need")
            .select(
                "household_id",
                "area",
                pl.col("cause").fill_null("before"),
                pl.col("cause").replace_strict(rules, default="").alias("rule"),
                "since",
                "until",
                pl.when(other <= self.last).then(other).alias("otherwise"),
            )
            .sort("household_id")
        )

    def in_need(self, household_id: str, day: date) -> bool:
        """Tell whether a household is in need on a day."""
        since, until = self._spans.get(household_id, (date.max, date.min))
        return since <= day < until

    @functools.cached_property
    def _spans(self) -> dict[str, tuple[date, date]]:
        rows = self.truth.select("household_id", "since", "until").iter_rows()
        return {id_: (since, until) for id_, since, until in rows}

    def needy(self, village: str) -> list[tuple[str, date, date]]:
        """Who of a village is in need in the year: id, first day, first day no more."""
        return self._needy.get(village, [])

    @functools.cached_property
    def _needy(self) -> dict[str, list[tuple[str, date, date]]]:
        found: dict[str, list[tuple[str, date, date]]] = defaultdict(list)
        rows = self.truth.select("household_id", "area", "since", "until").iter_rows()
        for id_, area, since, until in rows:
            found[area[:12]].append((id_, since, until))
        return found

    def place(self, household_id: str) -> str:
        """Where a household in need lives."""
        return self._places[household_id]

    @functools.cached_property
    def _places(self) -> dict[str, str]:
        return dict(self.truth.select("household_id", "area").iter_rows())

    @functools.cached_property
    def formerly_poor(self) -> frozenset[str]:
        """The households that were registered as poor once."""
        return frozenset(self.homes.filter("formerly_poor")["household_id"])

    @functools.cached_property
    def under_line(self) -> frozenset[str]:
        """The households whose income a head falls under 6,000 yuan within a year."""
        left = pl.col("head") * (100 - pl.col("loss")) // 100
        return frozenset(self.homes.filter(left < 600_000)["household_id"])

    def thirsty(self, county: str) -> list[str]:
        """The households of a county whose water is not safe, as a look at all of them shows."""
        return self._thirsty.get(county, [])

    @functools.cached_property
    def _thirsty(self) -> dict[str, list[str]]:
        unsafe = self.once_in("unsafe", 3, 10_000) | (pl.col("cause") == "water")
        homes = self.homes.filter(unsafe.fill_null(value=False))
        county = pl.col("village").str.head(6).alias("county")
        listed = homes.group_by(county).agg("household_id")
        return {code: sorted(ids) for code, ids in listed.iter_rows()}

    def reports(self, first: date, last: date) -> list[tuple[str, str, date]]:
        """Who would come forward by itself between two days: id, area, day."""
        days = self.truth.filter(pl.col("otherwise").is_between(first, last))
        return days.select("household_id", "area", "otherwise").sort("otherwise").rows()

    @functools.cached_property
    def screenings(self) -> tuple[date, ...]:
        """The days of the screenings: the first of each month, when its last month is whole."""
        return tuple(date(self.year, month, 1) for month in range(1, 13))

    @functools.cached_property
    def keepers(self) -> pl.DataFrame:
        """Every keeper with the group grid held: ``keeper_id, grid``."""
        grids = self.homes["area"].unique().sort()
        ids = [f"keeper-{number}" for number in range(1, len(grids) + 1)]
        return pl.DataFrame({"keeper_id": ids, "grid": grids})

    @functools.cached_property
    def keeper_of(self) -> dict[str, str]:
        """The keeper of each grid."""
        return dict(zip(self.keepers["grid"], self.keepers["keeper_id"], strict=True))

    @functools.cached_property
    def register(self) -> pl.DataFrame:
        """The file of all households for coverage: ``household_id, area, away``."""
        return self.homes.select("household_id", "area", self.once_in("away", 120).alias("away"))

    def month(self, on: date) -> int:
        """How many months of the year have passed."""
        return (on.year - self.year) * 12 + on.month - 1

    def day_before(self, on: date) -> date:
        """The last day that a screening on a day knows of."""
        return on - timedelta(days=1)


def _with_all_above(areas: AreaTree, villages: Iterable[str]) -> AreaTree:
    """The tree of some villages and all above them."""
    codes = {code[:digits] for code in villages for digits in (2, 4, 6, 9, 12)}
    return AreaTree(Area(code=one.code, name=one.name) for one in areas if one.code in codes)
