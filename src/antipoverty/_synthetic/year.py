"""A year in a box: what an office would have in hand in the course of a year, all invented."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path

import attrs
import polars as pl

from antipoverty._synthetic.desks import fill_inspection, fill_list
from antipoverty._synthetic.hardship import Planted
from antipoverty._synthetic.monthly import Monthly
from antipoverty._synthetic.moving import Moved
from antipoverty._synthetic.people import Did, People
from antipoverty._synthetic.world import World
from antipoverty.casework import Book, Event, report
from antipoverty.codes import Level
from antipoverty.model import AreaTree, shaanxi_areas
from antipoverty.periods import Cadence, Period
from antipoverty.sampling import Drawing, Inspector, Notice, Numbers, Outcome, Receipt
from antipoverty.scoring import Statistic
from antipoverty.screening import Tables

CITIES = ("6107", "6109")
"""The cities of a year without areas of its own: Hanzhong and Ankang, 21 counties."""
_DICE = Numbers(count=24, least=0, most=9, ordered=True)
_REACHED, _HIDING_REACHED = 985, 400
"""Of a thousand households, how many a keeper sees in a month; and in the hiding county."""


@attrs.frozen
class Inspected:
    """What inspectors bring back from a round.

    Attributes:
        outcomes: What became of each unit drawn, for `antipoverty.sampling.outcomes`.
        found: Households in need that were on no list: id, area, day, problem.
    """

    outcomes: tuple[Outcome, ...]
    found: tuple[tuple[str, str, date, str], ...] = attrs.field(repr=False)


class Year:
    """A simulated year (模拟年度); `year` makes it.

    Attributes:
        year: The year.
        areas: The provinces, cities, counties, townships and villages that have households.
        households: How many there are.
        events: The planted events: a flood, a plant that closes, a clinic that overcharges,
            a county that hides figures.
        truth: Who is truly in need, since and until when: what no register knows. Columns
            ``household_id, area, cause, rule, since, until, otherwise``; ``otherwise`` is
            the day on which it would have come forward by itself.
        keepers: ``keeper_id, grid``.
        register: Every household: ``household_id, area, away``.
        screenings: The days of the screenings, the first of each month.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.year = world.year
        self.areas = world.areas
        self.households = world.size
        self.events: tuple[Planted, ...] = world.events
        self.truth = world.truth
        self.keepers = world.keepers
        self.register = world.register
        self.screenings = world.screenings
        self.people = People(world)

    def __repr__(self) -> str:
        return (
            f"<Year {self.year}, synthetic: {self.households:,} households in "
            f"{self.areas.count(Level.VILLAGE):,} villages, {self.truth.height:,} in need>"
        )

    @functools.cached_property
    def _monthly(self) -> Monthly:
        return Monthly(self._world)

    @functools.cached_property
    def stock(self) -> pl.DataFrame:
        """Who was monitored before the year, as `import_stock` takes it, with the category."""
        w = self._world
        poor = pl.when(pl.col("formerly_poor")).then(pl.lit("unstable"))
        category = poor.otherwise(pl.lit("marginal")).alias("category")
        held = w.homes.filter("stock").select("household_id", "area", "since", category)
        return held.sort("household_id")

    @functools.cached_property
    def sizes(self) -> Mapping[str, int]:
        """How many people each household has."""
        alone = dict.fromkeys(self.people.moving.new, 1)
        return dict(self._world.homes.select("household_id", "size").iter_rows()) | alone

    @property
    def moved(self) -> tuple[Moved, ...]:
        """Who moves, merges and splits, when, and when the files say so."""
        return self.people.moving.every

    def tables(self, on: date, monitored: Collection[str] | None = None) -> Tables[pl.DataFrame]:
        """The tables as they stand on a day, with the deliveries of all departments.

        Facts of a household change little by little and where something happens; members
        stay; records stay put from month to month, and one in a hundred comes a month late.

        Args:
            on: The day; what is known are the days before it.
            monitored: Who is monitored by then, as the register says.
        """
        return self.people.moving.filed(self._monthly.tables(on, monitored), on)

    def visits(self, period: Period) -> pl.DataFrame:
        """What keepers put down: ``household_id, keeper_id, on, how``, each month anew."""
        w = self._world
        found = []
        month = Period.of(period.first, Cadence.MONTH)
        while month.first <= period.last:
            name = f"visit {month}"
            hides = pl.col("area").str.starts_with(w.hiding.area) & (month.first >= w.hiding.first)
            often = pl.when(hides).then(_HIDING_REACHED).otherwise(_REACHED)
            way = pl.when(w.once_in("away", 120)).then(pl.lit("phone")).otherwise(pl.lit("home"))
            found.append(
                w.homes.filter(w.below(name, 1000) < often).select(
                    "household_id",
                    pl.col("area").replace_strict(w.keeper_of).alias("keeper_id"),
                    (pl.lit(month.first) + pl.duration(days=w.below(f"{name} on", month.days)))
                    .cast(pl.Date)
                    .alias("on"),
                    way.alias("how"),
                )
            )
            month = month.next
        return pl.concat(found).filter(pl.col("on").is_between(period.first, period.last))

    def reported(self, statistics: Iterable[Statistic]) -> tuple[Statistic, ...]:
        """What units hand in of their figures: the county that hides leaves its coverage out."""
        hiding = self._world.hiding
        return tuple(
            one
            for one in statistics
            if not (
                one.indicator == "coverage"
                and one.unit.startswith(hiding.area)
                and one.period.first >= hiding.first
            )
        )

    # --- what people do

    def work(self, book: Book, until: date, since: date | None = None) -> Did:
        """All that people do in both registers up to a day.

        Households come forward, cases are checked, decided and helped, problems assigned,
        repaired and verified.

        Args:
            book: The book.
            until: The last day.
            since: The first day of those who come forward; the year's first by default.
        """
        people = self.people
        book, first = people.come_forward(book, since or self._world.first, until)
        book, taken = people.take_over(book, until)
        book, second = people.work(book, until)
        book, moved = people.move(book, until)
        book, third = people.repair(book, until)
        return book, (*first, *taken, *second, *moved, *third)

    @functools.cached_property
    def inspectors(self) -> tuple[Inspector, ...]:
        """Those who may be sent: four from every county, who are not sent home."""
        counties = [one.code for one in self.areas if one.level is Level.COUNTY]
        return tuple(
            Inspector(id=f"inspector-{number}", home=counties[number % len(counties)])
            for number in range(4 * len(counties))
        )

    def homes_of(self, villages: Iterable[str]) -> dict[str, list[str]]:
        """The households of some villages, as `HouseholdPlan` wants them."""
        wanted = [*villages]
        homes = self._world.homes.filter(pl.col("village").is_in(wanted))
        listed = homes.group_by("village").agg("household_id").sort("village")
        return {village: sorted(ids) for village, ids in listed.iter_rows()}

    def dice(self, period: Period, on: date) -> Drawing:
        """A public event to come that gives a seed; it is as invented as the rest."""
        return Drawing(f"synthetic dice 模拟掷骰 {period}", on=on, groups=(_DICE,))

    def result(self, notice: Notice) -> list[str]:
        """How the dice of a notice fall; who has the seed of the year knows it before."""
        return [
            " ".join(str(self.people.below(f"{event.name} {n}", 10)) for n in range(_DICE.count))
            for event in notice.events
        ]

    def inspect(self, receipt: Receipt, book: Book) -> Inspected:
        """What inspectors find where a receipt sends them, in villages or at homes."""
        reported: list[Outcome] = []
        found: list[tuple[str, str, date, str]] = []
        for number, unit in enumerate(sorted(receipt.picks()), 1):
            what = f"{receipt.design.id} {receipt.period} {unit}"
            on = receipt.period.first + timedelta(days=self.people.below(what, 5))
            if self.people.below(f"{what} open", 100) < 3:
                continue
            here: list[str] = []
            if not receipt.design.listed:
                for order, id_ in enumerate(self.people.unseen(book, unit, on), 1):
                    problem = f"p-{receipt.design.id}-{receipt.period}-{number}-{order}".lower()
                    here.append(problem)
                    found.append((id_, self._world.place(id_), on, problem))
                if self.people.below(f"{what} water", 100) < 4:
                    here.append(f"p-{receipt.design.id}-{receipt.period}-{number}-water".lower())
            reported.append(
                Outcome(unit, "visited", on, office=f"office-{unit[:4]}", problems=tuple(here))
            )
        return Inspected(tuple(reported), tuple(found))

    def return_lists(
        self, book: Book, lists: Mapping[str, Path], folder: str | Path, on: date
    ) -> tuple[Path, ...]:
        """What departments fill in of their lists, and hand back on a day, as files.

        Of what nobody has settled yet they look into one line in three; what they find is
        the truth of the day.

        Args:
            book: The book, which says what still waits.
            lists: The list of each department, CSV or workbook, as it went out.
            folder: Where to put what comes back.
            on: The day.
        """
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        return tuple(
            fill_list(self.people, book, department, path, target / path.name, on)
            for department, path in sorted(lists.items())
        )

    def return_inspection(self, inspected: Inspected, path: str | Path, target: str | Path) -> Path:
        """What inspectors fill in of their list, CSV or workbook, as a file."""
        return fill_inspection(inspected.outcomes, self.people, Path(path), Path(target))

    def bring(self, inspected: Inspected, book: Book) -> Did:
        """Put the households that inspectors found on the comparison register's list too."""
        events: list[Event] = []
        for id_, area, on, problem in inspected.found:
            book, more = report(
                book, id_, area=area, on=on, by="inspector-1", token=problem, consent=True
            )
            events += more
        return book, tuple(events)

    # --- as files

    def write(self, folder: str | Path) -> None:
        """Leave what does not change: households, keepers, a year's visits, and the truth."""
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        sizes = self._world.homes.select("household_id", "size")
        self.register.join(sizes, on="household_id").write_csv(target / "households.csv")
        self.keepers.write_csv(target / "keepers.csv")
        self.visits(Period.parse(str(self.year))).write_csv(target / "visits.csv")
        self.truth.write_csv(target / "truth.csv")
        self.people.moving.write().write_csv(target / "moved.csv")
        named = [
            (one.level.value, str(one.code), one.name, str(one.code.parent or ""))
            for one in self.areas
        ]
        areas = pl.DataFrame(named, schema=["level", "code", "name", "parent"], orient="row")
        areas.write_csv(target / "areas.csv")


def year(
    households: int = 20_000,
    seed: int = 2531,
    *,
    year: int = 2021,
    areas: AreaTree | None = None,
) -> Year:
    """Make a simulated year; the same seed gives the same year.

    Every value is invented, the rates at which things happen and are found too.

    Args:
        households: How many.
        seed: What everything follows from.
        year: Which year; Shaanxi's pack has a published line for 2021.
        areas: The areas; by default those of Hanzhong and Ankang, with 21 counties.

    Raises:
        InvalidSizeError: The villages hold fewer, or there are fewer than four counties.
    """
    if areas is None:
        every = shaanxi_areas()
        areas = AreaTree(one for one in every if one.code[:4] in ("61", *CITIES))
    return Year(World(seed, areas, year, households))
