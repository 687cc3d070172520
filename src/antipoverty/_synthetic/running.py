"""The whole mechanism over a simulated year, day after day, as one function.

What is decided here is only what stands in whose calendar: on the first of a month
departments deliver and everything is screened; on Fridays villages are drawn, inspectors
report and what is overdue is urged; on the last of a month figures are made and notices
drafted. All the rest is the library's public interface.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import polars as pl

from antipoverty._synthetic.year import Year
from antipoverty.casework import (
    Book,
    Contradiction,
    Event,
    InspectionAnswers,
    ListAnswers,
    Opened,
    answer_inspection,
    answer_lists,
    import_stock,
    in_times,
    inspection_lines,
    keepers_of,
    known_on,
    open_cases,
    progress,
    read_inspection,
    statistics,
    turn,
    urge,
    visit_coverage,
    write_handovers,
    write_inspection,
)
from antipoverty.codes import Level
from antipoverty.errors import InvalidArgumentError
from antipoverty.packs import shaanxi_2531, shaanxi_rectification, shaanxi_workflow
from antipoverty.periods import Cadence, Period
from antipoverty.sampling import (
    HouseholdPlan,
    OnSitePlan,
    Outcomes,
    Plan,
    Receipt,
    Staffing,
    Teams,
    WeeklyVillagePlan,
    announce,
    draw,
    draw_teams,
)
from antipoverty.sampling import Notice as Announcement
from antipoverty.scoring import (
    AssessmentPolicy,
    Board,
    Notice,
    NoticePolicy,
    Statistic,
    assess,
    draft_notices,
    write_notices,
    write_statistics,
)
from antipoverty.screening import Screening, read_list, screen
from antipoverty.summaries import Summary, read_sources, summary

if TYPE_CHECKING:
    from antipoverty.casework import Casebook

Progress = Callable[[str, int, int], None]
"""Called with what was done, how many of the days of work are over, and their number."""

POLICY = """
id = "synthetic-year"
choose = "rank"
commended = 2
criticised = 2
ties = "excluded"

[[indicators]]
id = "coverage"
title.zh = "走访覆盖率"
title.en = "coverage of visits"
unit = "share"
direction = "higher"
best = 1
worst = 0.9

[[indicators]]
id = "detected-in-time"
title.zh = "核查及时率"
title.en = "checked in time"
unit = "share"
direction = "higher"
best = 1
worst = 0.5
nothing = "allowed"
"""
"""What the notices of a simulated year go by; every figure in it is an example."""
PAPERS = ("announcements", "receipts", "teams", "outcomes")
"""The folders of what a year publishes."""
LIMITS = {"detection": 7, "intervention": 30, "help": 45}
"""Days for each of the three in-times; examples, since Shaanxi has published none."""


@attrs.frozen
class Screened:
    """One screening in whole numbers.

    Attributes:
        on: The day.
        households: How many were judged.
        records: How many records departments had delivered by then.
        rows: How many answers were not clear.
        warned: How many of them warn.
        households_warned: How many households these are of.
        new: How many rows opened a case, or one again with something new.
        reopened: How many opened a case again that was closed.
        evidence: How many only add to a case.
        quiet: How many were answered before.
    """

    on: date
    households: int
    records: int
    rows: int
    warned: int
    households_warned: int
    new: int
    reopened: int
    evidence: int
    quiet: int


@attrs.define
class Ran:
    """All that a year left.

    Attributes:
        year: The year that was run.
        book: Both registers on its last day.
        folder: Where its papers are.
        screened: Each screening.
        announcements: The notices before each draw.
        receipts: The receipt of each draw.
        teams: The inspectors drawn for the checks on site.
        outcomes: What became of each unit drawn.
        statistics: The figures that were handed in.
        notices: The notices to counties and cities.
        papers: The papers of quarters, half-years and the year.
        board: What the notices in a row are worth.
        answers: What became of each list that a department handed back.
        inspections: What became of each list that inspectors handed back.
        contradictions: Where files and register said different things, and when.
        urged: How often something was urged.
        events: How many events the registers have.
    """

    year: Year
    book: Book
    folder: Path
    screened: list[Screened] = attrs.field(factory=list)
    announcements: list[Announcement] = attrs.field(factory=list)
    receipts: list[Receipt] = attrs.field(factory=list)
    teams: list[Teams] = attrs.field(factory=list)
    outcomes: list[Outcomes] = attrs.field(factory=list)
    statistics: list[Statistic] = attrs.field(factory=list)
    notices: list[Notice] = attrs.field(factory=list)
    papers: list[Summary] = attrs.field(factory=list)
    board: Board | None = None
    answers: list[ListAnswers] = attrs.field(factory=list)
    inspections: list[InspectionAnswers] = attrs.field(factory=list)
    contradictions: list[tuple[date, Contradiction]] = attrs.field(factory=list)
    urged: int = 0
    events: int = 0

    @property
    def told(self) -> dict[str, int]:
        """The year in whole numbers, each of which can be counted again from its lines."""
        book, units = self.book, [one for done in self.outcomes for one in done.units]
        problems = [*book.problems.values()]
        return {
            "households": self.year.households,
            "screenings": len(self.screened),
            "rows_screened": sum(one.households for one in self.screened),
            "answers_not_clear": sum(one.rows for one in self.screened),
            "cases": len(book.cases),
            "cases_open": sum(map(book.is_open, book.cases.values())),
            "monitored": sum(one.state in book.workflow.decided for one in book.cases.values()),
            "urged": self.urged,
            "lines_returned": sum(one.taken for one in self.answers),
            "contradictions": len(self.contradictions),
            "draws": len(self.receipts),
            "drawn": len(units),
            "visited": sum(one.result == "visited" for one in units),
            "found": sum(len(one.problems) for one in units),
            "problems": len(problems),
            "zeroed": sum(not book.is_open(one) for one in problems),
            "notices": len(self.notices),
            "scores": 0 if self.board is None else len(self.board.ledger),
            "events": self.events,
        }


def run(year: Year, folder: str | Path, *, progress: Progress | None = None) -> Ran:
    """Run the mechanism over a simulated year, and leave what it leaves.

    In the folder: ``cases.db`` with both registers, and for each month the alerts and each
    department's list; receipts, results, statistics, notices and the files of `Year.write`.

    Args:
        year: The year.
        folder: Where to write.
        progress: Called after each day on which something is done.

    Raises:
        InvalidArgumentError: The folder holds others' folders of the names that a year writes.
    """
    running = _Running(year, Path(folder))
    days = running.days
    for number, day in enumerate(days, 1):
        running.do(day)
        if progress:
            progress(str(day), number, len(days))
    running.end()
    return running.ran


def _clear(folder: Path) -> None:
    """Make room for a year, where nothing or an earlier one stands."""
    replaced = ("screened", "reports", "inspections", *PAPERS)
    there = [name for name in replaced if (folder / name).exists()]
    if there and not (folder / "cases.db").is_file():
        raise InvalidArgumentError(
            "{folder} holds {there}, and no year that was run there; it was left as it is: name a "
            "folder of its own for the year",
            folder=folder,
            there=", ".join(there),
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("cases.db", "cases.db-wal", "cases.db-shm"):
        (folder / name).unlink(missing_ok=True)
    for name in there:
        shutil.rmtree(folder / name)


class _Running:
    """The state between two days of a year."""

    def __init__(self, year: Year, folder: Path) -> None:
        from antipoverty.casework import Casebook  # with the extra 'store'

        self.year = year
        self.folder = folder
        _clear(folder)
        empty = Book(shaanxi_2531(), shaanxi_workflow(), shaanxi_rectification())
        self.casebook: Casebook = Casebook.open(f"sqlite:///{folder}/cases.db", empty)
        self.ran = Ran(year, empty, folder)
        self.policy = NoticePolicy.from_toml(POLICY)
        self.keepers = keepers_of(year.keepers)
        self.weekly: Plan = WeeklyVillagePlan(year.areas)
        self.onsite: Plan = OnSitePlan(year.areas)
        self.done: date = date(year.year - 1, 12, 31)
        self.listed: date | None = None
        self.lists: dict[str, Path] = {}
        self._waiting: list[Event] = []

    @property
    def days(self) -> list[date]:
        """The days on which something stands in somebody's calendar."""
        first, last = date(self.year.year, 1, 1), date(self.year.year, 12, 31)
        every = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        return [day for day in every if day.day == 1 or day.weekday() == 4 or _ends_month(day)]

    def do(self, day: date) -> None:
        """All that is done up to and on a day."""
        if day == self.days[0]:
            self.take(import_stock(self.ran.book, self.year.stock, as_of=day, by="platform"))
        self.take(self.year.work(self.ran.book, day, self.done + timedelta(days=1)))
        self.done = day
        if day.weekday() == 4 and 2 <= day.day <= 8:
            self.answered(day)
        if day in self.year.screenings:
            self.screen(day)
        if day.weekday() == 4:
            week = Period.of(day, Cadence.WEEK)
            if week.first.year == week.year == self.year.year:
                self.check(self.weekly, week)
            self.urge(day)
        if _ends_month(day):
            month = Period.of(day, Cadence.MONTH)
            self.check(self.onsite, month)
            self.notify(month)
            if day.month % 3 == 0:
                self.notify(Period.of(day, Cadence.QUARTER))
        self.casebook.append(self._waiting, self.ran.book)
        self.ran.events += len(self._waiting)
        self._waiting = []

    def take(self, changed: tuple[Book, Iterable[Event]]) -> int:
        """Go on with the book that a verb made, and keep its events."""
        self.ran.book, events = changed
        made = [*events]
        self._waiting += made
        return len(made)

    # --- the comparison register

    def screen(self, day: date) -> None:
        """Screen what was delivered, open cases, and hand the lists over."""
        month = Period.of(day, Cadence.MONTH)
        turned = turn(self.ran.book, self.year.tables(day), month.previous)
        tables = turned.tables
        found = screen(tables, self.ran.book.pack, as_of=day, areas=self.year.areas)
        undecided = found.undecided()
        book, events, opened = open_cases(
            self.ran.book, found.alerts, undecided=undecided, judged=found.judged, as_of=day
        )
        self.take((book, events))
        self.ran.screened.append(_counted(found, tables["records"].height, opened))
        self.ran.contradictions += [(day, one) for one in turned.contradictions]
        place = self.folder / "screened" / str(month)
        written = write_handovers(
            self.ran.book, place / "lists", as_of=day, since=self.listed, areas=self.year.areas
        )
        self.listed = day
        stock = (name.partition("/") for name in written)
        self.lists = {name: written[f"stock/{name}"] for part, _, name in stock if part == "stock"}
        found.alerts.write_parquet(place / "alerts.parquet")
        undecided.write_parquet(place / "undecided.parquet")

    def answered(self, day: date) -> None:
        """Departments hand their lists back; the first of them comes twice."""
        book, place = self.ran.book, self.folder / "screened" / str(Period.of(day, Cadence.MONTH))
        files = self.year.return_lists(book, self.lists, place / "returned", day)
        for path in (*files[:1], *files):
            book, events, told = answer_lists(self.ran.book, read_list(path))
            self.take((book, events))
            self.ran.answers.append(told)

    def urge(self, day: date) -> None:
        """Urge what is overdue."""
        self.ran.urged += self.take(urge(self.ran.book, as_of=day))

    # --- draws

    def check(self, plan: Plan, period: Period) -> None:
        """Announce a draw, draw, inspect, publish the results, and list what was found."""
        year, ran = self.year, self.ran
        before = [one for one in ran.receipts if one.design.id == plan.design.id]
        on = period.first - timedelta(days=2)
        onsite = plan is self.onsite
        staff = [Staffing("onsite", year.inspectors)] if onsite else []
        notice = announce(
            [plan],
            period=period,
            on=on - timedelta(days=3),
            events=[year.dice(period, on)],
            teams=staff,
            history=before,
        )
        opened = notice.open(year.result(notice))
        receipt = draw(plan, period=period, seed=opened, history=before)
        ran.announcements.append(notice)
        self.publish(receipt)
        if onsite:
            ran.teams.append(draw_teams(receipt, year.inspectors, areas=year.areas, seed=opened))
            lists = year.homes_of(receipt.picks())
            homes = HouseholdPlan(lists, take=3)
            seed = f"rehearsal {receipt.digest}"
            self.publish(draw(homes, period=period, seed=seed, places=receipt))

    def publish(self, receipt: Receipt) -> None:
        """Inspect where a receipt sends, publish the results, and list what was found."""
        ran = self.ran
        inspected = self.year.inspect(receipt, ran.book)
        last = min(receipt.period.last, date(self.year.year, 12, 31))
        place = self.folder / "inspections"
        place.mkdir(exist_ok=True)
        path = place / f"{receipt.design.id}-{receipt.period}.csv"
        write_inspection(inspection_lines(receipt, book=ran.book), path, areas=self.year.areas)
        filled = self.year.return_inspection(inspected, path, path)
        book, events, told = answer_inspection(
            ran.book, receipt, read_inspection(filled), as_of=last
        )
        self.take((book, events))
        ran.receipts.append(receipt)
        ran.inspections.append(told)
        ran.outcomes.append(told.outcomes)
        self.take(self.year.bring(inspected, ran.book))

    # --- figures and notices

    def figures(self, period: Period) -> tuple[Statistic, ...]:
        """The figures of the counties for a period, from the registers as they stand."""
        year, book, county = self.year, self.ran.book, Level.COUNTY
        reached = visit_coverage(
            year.register, year.visits(period), self.keepers, period=period, level=county
        )
        soon = in_times(book, level=county, period=period, limits=LIMITS)
        zero = progress(book, as_of=period.last, level=county)
        told = partial(statistics, period=period, areas=year.areas, level=county)
        return (*reached.statistics(), *told(soon), *told(zero))

    def notify(self, period: Period) -> None:
        """Make the figures of a period, and draft the notices on them."""
        year, ran = self.year, self.ran
        handed_in = year.reported(self.figures(period))
        ran.statistics += handed_in
        wanted = {one.id for one in self.policy.indicators}
        draft = draft_notices(
            [one for one in handed_in if one.indicator in wanted],
            self.policy,
            period=period,
            issuer=str(year.areas.tops[0].code),
            level=Level.COUNTY,
            issued_on=period.last + timedelta(days=4),
            areas=year.areas,
        )
        ran.notices += draft.notices

    def end(self) -> None:
        """Assess the year, and leave the papers."""
        year, ran = self.year, self.ran
        year.write(self.folder)
        every: tuple[list[Any], ...] = (
            ran.announcements,
            ran.receipts,
            ran.teams,
            ran.outcomes,
        )
        for name, papers in zip(PAPERS, every, strict=True):
            place = self.folder / name
            place.mkdir(exist_ok=True)
            for paper in papers:
                _write(place, paper)
        (self.folder / "statistics.csv").write_text(write_statistics(ran.statistics), "utf-8")
        (self.folder / "notices.csv").write_text(write_notices(ran.notices), "utf-8")
        rows = [attrs.asdict(one) for one in ran.screened]
        pl.DataFrame(rows).write_csv(self.folder / "screened.csv")
        last = max((one.issued_on for one in ran.notices), default=self.done)
        ran.board = assess(ran.notices, AssessmentPolicy(), as_of=last, areas=year.areas)
        self.sum_up()
        self.casebook.close()

    def sum_up(self) -> None:
        """Write the papers of the quarters, the half-years and the year, each as it stood."""
        year, events = self.year, [*self.casebook.events()]
        names = [*(f"{year.year}-Q{n}" for n in range(1, 5)), f"{year.year}-H1", f"{year.year}-H2"]
        for name in (*names, str(year.year)):
            period = Period.parse(name)
            known = [*known_on(events, period.last)]
            book = self.casebook.empty.read(known)
            sources = read_sources(
                self.folder, book, known, period, areas=year.areas, limits=LIMITS
            )
            paper = summary(period, book, sources, areas=year.areas)
            paper.write(self.folder / "reports")
            self.ran.papers.append(paper)


def _write(place: Path, paper: Any) -> None:
    design = getattr(paper, "design", None)
    plan = design.id if design is not None else getattr(paper, "plan", "draws")
    name = f"{plan}-{paper.period}-{paper.digest[:8]}.json"
    (place / name).write_text(paper.to_json(), encoding="utf-8")


def _ends_month(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


def _counted(found: Screening[Any], records: int, opened: Opened) -> Screened:
    alerts: pl.DataFrame = found.alerts
    warned = alerts.filter(pl.col("verdict") == "warn")
    return Screened(
        found.as_of,
        found.households,
        records,
        alerts.height,
        warned.height,
        warned["household_id"].n_unique(),
        opened.new,
        opened.reopened,
        opened.evidence,
        opened.quiet,
    )
