"""A few households from day to day: what happens is drawn, as words and small numbers."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

import attrs
import polars as pl
from dateutil.relativedelta import relativedelta
from hypothesis import strategies as st

from antipoverty.model import AreaTree, Delivery
from antipoverty.rules import Pack
from antipoverty.screening import Tables
from packs import a_pack, a_parameter, a_rule

T = TypeVar("T")
Rows = list[dict[str, Any]]

ONE, TWO, OLD, HEIR, FAR = (
    "610702100200", "610702100201", "610702100202", "610702100203", "610824100200",
)  # fmt: skip
"""Villages: ``OLD`` may end and be ``HEIR`` from then on; ``FAR`` is of another county."""

COLUMNS: dict[str, dict[str, Any]] = {
    "households": {
        "household_id": pl.String(),
        "area": pl.String(),
        "size": pl.Int64(),
        "net_income_12m": pl.Int64(),
        "monitored_since": pl.Date(),
    },
    "members": {
        "household_id": pl.String(),
        "member_id": pl.String(),
        "born_on": pl.Date(),
        "age": pl.Int64(),
        "insured": pl.Boolean(),
    },
    "records": {
        "household_id": pl.String(),
        "record_id": pl.String(),
        "kind": pl.String(),
        "day": pl.Date(),
        "amount": pl.Int64(),
    },
}
RULES = {
    "low": "net_income_12m < param('line') * size",
    "old": "any(members, age >= 60)",
    "bare": "any(members, not insured)",
    "ill": 'sum(records, amount, where=kind == "medical", months=12) > yuan(100)',
    "hurt": 'any(records, kind == "accident", days=30)',
    "year": 'count(records, kind == "accident", calendar="year") >= 2',
    "last": 'any(records, kind == "medical", calendar="month", before=1)',
    "new": "monitored_since >= ago(months=6)",
    "ever": 'count(records, kind == "accident") >= 2',
}
OTHER = ("size >= 3", "ago(days=0) - max(records, day) > 90", "any(members, age < 6)")
"""What a rule may become, or a new one say."""

KINDS = ("medical", "accident")
STARTS = (date(2021, 12, 29), date(2020, 2, 27), date(2021, 11, 3), date(2024, 2, 28))
GAPS = (1, 0, 1, 2, 1, 28, 1, 31, -1, 365)
BACK = (0, 1, 2, -1, 29, 30, 31, 183, 184, 364, 365, 366, -2, 400)


@attrs.frozen
class Change:
    """One thing that happens, and of whom and to what, as numbers that pick."""

    what: str
    a: int = 0
    b: int = 0
    c: int = 0

    def __repr__(self) -> str:
        return f"Change({self.what!r}, {self.a}, {self.b}, {self.c})"


@attrs.frozen
class Day:
    """What happens before a day is screened that comes so many days after the last."""

    after: int
    changes: tuple[Change, ...]
    kept: bool = False


@attrs.frozen
class History:
    """Where it begins, and its days.

    Attributes:
        start: The first day, which is screened in full.
        days: The days after it.
        listed: Whether there is a list of deliveries.
        turns: On which day after the first a village's code ends; without, no areas are given.
    """

    start: date
    days: tuple[Day, ...]
    listed: bool = False
    turns: int | None = None


def _pick(given: Sequence[T], number: int) -> T:
    return given[number % len(given)]


@functools.cache
def _pack(rules: tuple[tuple[Any, ...], ...], values: tuple[tuple[Any, ...], ...]) -> Pack:
    line = a_parameter("line", "yuan/person", {"61": 600_000})
    whole = line.values[0]
    made = [
        attrs.evolve(whole, area=area, value=value, since=since, until=until)
        for area, value, since, until in values
    ]
    return a_pack(
        *(
            a_rule(when, name, since=since, until=until, supersedes=before)
            for name, when, since, until, before in rules
        ),
        parameters=[attrs.evolve(line, values=made)],
        area="61",
    )


class World:
    """Everything that a screening is told, and what can happen to it."""

    def __init__(self, history: History) -> None:
        begins = date(2019, 1, 1)
        self.day = history.start
        self.seen: Counter[str] = Counter()
        self.values: list[tuple[Any, ...]] = [("61", 600_000, begins, None)]
        self.rules: list[tuple[Any, ...]] = [
            (name, when, begins, None, None) for name, when in RULES.items()
        ]
        self.areas = None if history.turns is None else _areas(history.start, history.turns)
        self.handed: list[Delivery] | None = None
        if history.listed:
            self.handed = [
                Delivery(department="d", kinds=KINDS, area="61", last=self.day - timedelta(1))
            ]
        self.count = 0
        self.rows: dict[str, Rows] = {name: [] for name in COLUMNS}
        for number, area in enumerate((ONE, ONE, ONE, TWO, OLD, FAR + "01", FAR)):
            self.came(number, number, number, area)
        self.seen.clear()

    # --- what is asked of it -------------------------------------------------------------

    @property
    def pack(self) -> Pack:
        """The policy as it is published."""
        return _pack(tuple(self.rules), tuple(self.values))

    @property
    def tables(self) -> Tables[pl.DataFrame]:
        """The tables as they are."""
        frames = {name: pl.DataFrame(self.rows[name], COLUMNS[name]) for name in COLUMNS}
        return Tables(**frames, deliveries=self.handed)

    def differing(self, before: dict[str, Rows]) -> set[str | None]:
        """Whose rows are others than they were."""
        found: set[str | None] = set()
        for name, rows in self.rows.items():
            then, now = (Counter(tuple(row.items()) for row in one) for one in (before[name], rows))
            found |= {dict(row)["household_id"] for row in ((then - now) + (now - then))}
        return found

    # --- rows -------------------------------------------------------------------------------

    def came(self, a: int, b: int, c: int, area: str | None = None) -> None:
        """A household comes, with two members and three records."""
        area = area or _pick((ONE, TWO, FAR, OLD), a)
        self.count += 1
        id_ = f"{area[:12]}-{self.count}"
        self.rows["households"].append(
            {"household_id": id_, "area": area, "size": 2, "net_income_12m": 1_000_000 + b * 50_000,
             "monitored_since": self._back(c)}
        )  # fmt: skip
        for one in range(2):
            born = date(1961 - 20 * one, 11, 1) + timedelta(b)
            self.rows["members"].append(
                {"household_id": id_, "member_id": f"m{one}", "born_on": born, "age": None,
                 "insured": (a + one) % 4 > 0}
            )  # fmt: skip
        for one in range(3):
            self.rows["records"].append(
                {"household_id": id_, "record_id": f"r{one}", "kind": _pick(KINDS, a + one),
                 "day": self._back(b + 5 * one), "amount": 4_000 * (c + 1)}
            )  # fmt: skip

    def _back(self, number: int) -> date:
        return self.day - timedelta(_pick(BACK, number))

    def _row(self, name: str, number: int) -> dict[str, Any] | None:
        rows = self.rows[name]
        return _pick(rows, number) if rows else None

    def _put(self, name: str, number: int, **cells: Any) -> None:
        rows = self.rows[name]
        if rows:
            rows[number % len(rows)] = _pick(rows, number) | cells

    def corrected(self, a: int, b: int, c: int) -> None:
        """A cell is another, or not known."""
        cells: tuple[tuple[str, str, tuple[Any, ...]], ...] = (
            ("households", "size", (1, 2, 3, None)),
            ("households", "net_income_12m", (1_100_000, 1_300_000, -5, None)),
            ("members", "insured", (True, False, None)),
            ("members", "age", (5, 70, None)),
            ("records", "kind", KINDS),
            ("records", "amount", (0, 9_000, 20_000, None)),
            ("households", "monitored_since", (self._back(c), None)),
            ("records", "day", (None, self.day)),
        )
        name, column, values = _pick(cells, a)
        self._put(name, b, **{column: _pick(values, c)})

    def dated(self, a: int, b: int, c: int) -> None:
        """A record's day is at the edge of a window, or past the day."""
        self._put("records", a, day=self._back(b + c))

    def born(self, a: int, b: int, c: int) -> None:
        """Somebody is just as old as a rule asks, or a day less."""
        turned = self.day - relativedelta(years=_pick((60, 6), b))
        self._put("members", a, born_on=turned + timedelta(c % 4 - 1))

    def dropped(self, a: int, b: int, c: int) -> None:
        """A row goes; of a household that goes members and records stay."""
        rows = self.rows[_pick((*COLUMNS,), a)]
        if rows:
            rows.pop(b % len(rows))

    def left(self, a: int, b: int, c: int) -> None:
        """A household goes with all its rows."""
        row = self._row("households", a)
        for name, rows in self.rows.items() if row else ():
            self.rows[name] = [one for one in rows if one["household_id"] != row["household_id"]]

    def doubled(self, a: int, b: int, c: int) -> None:
        """A row comes a second time, with its id or with one of its own."""
        name, key = _pick(
            (("records", "record_id"), ("members", "member_id"), ("households", "household_id")), a
        )
        row = self._row(name, b)
        if row is not None:
            own = {} if c % 3 == 0 or name == "households" else {key: f"{row[key]}-{self.count}{c}"}
            self.rows[name].append(row | own)

    def moved(self, a: int, b: int, c: int) -> None:
        """A household moves, perhaps to where no village is."""
        places = (ONE, TWO, FAR, OLD, HEIR, f"{ONE}02", "610702999999", "11", None)
        self._put("households", a, area=_pick(places, b))

    def given_away(self, a: int, b: int, c: int) -> None:
        """A row of a child table is another household's, nobody's, or that of one not there."""
        name, home = _pick(("records", "members"), a), self._row("households", c)
        places = (ONE, OLD, FAR, "610702100209")
        to = (home and home["household_id"], f"{_pick(places, c)}-x", None, "nobody", " h 1")
        self._put(name, b, household_id=_pick(to, a))

    def adopted(self, a: int, b: int, c: int) -> None:
        """Whose household was not there: it comes."""
        known = {row["household_id"] for row in self.rows["households"]}
        ids = {row["household_id"] for row in (*self.rows["members"], *self.rows["records"])}
        for id_ in sorted(ids - known - {None}):
            self.seen["an orphan's household came"] += 1
            self.rows["households"].append(
                {"household_id": id_, "area": _pick((ONE, FAR), a), "size": _pick((None, 1), b),
                 "net_income_12m": 900_000, "monitored_since": None}
            )  # fmt: skip

    def broken(self, a: int, b: int, c: int) -> None:
        """A row has one fault or two."""
        faults: tuple[tuple[str, dict[str, Any]], ...] = (
            ("households", {"size": 0}),
            ("records", {"amount": -1}),
            ("members", {"born_on": date(1821, 1, 1)}),
            ("records", {"day": date(2921, 1, 1), "kind": None, "amount": 10**15}),
            ("households", {"household_id": None}),
            ("households", {"household_id": " h 1", "size": -1}),
            ("members", {"member_id": None, "age": 200}),
        )
        name, cells = _pick(faults, a)
        self._put(name, b, **cells)

    # --- what is handed over --------------------------------------------------------------

    def delivered(self, a: int, b: int, c: int) -> None:
        """A delivery comes for an area up to some day, perhaps with fewer rows than it says."""
        if self.handed is None:
            return
        first = None if c % 2 else self._back(5 + b)
        last = self.day - timedelta(_pick((1, 0, 1, 2, 40), b))
        rows = _pick((None, None, 1, 99), c)
        if first is None or first <= last:
            self.handed.append(
                Delivery(department="d", kinds=_pick((KINDS, KINDS[:1], KINDS[1:]), a),
                         area=_pick(("61", "6107", ONE, "610824"), b), first=first, last=last,
                         rows=rows)
            )  # fmt: skip

    def withdrawn(self, a: int, b: int, c: int) -> None:
        """A delivery is taken back."""
        if self.handed:
            self.handed.pop(a % len(self.handed))

    def relisted(self, a: int, b: int, c: int) -> None:
        """A list of deliveries is begun, or given up."""
        self.handed = [] if self.handed is None else None

    # --- policy ---------------------------------------------------------------------------

    def valued(self, a: int, b: int, c: int) -> None:
        """An area has a value of its own from some day on, or another one."""
        area, since = _pick(("610702", "610824", ONE, "61"), a), self._soon(b)
        running = [one for one in self.values if one[0] == area and one[3] is None]
        if any(one[2] >= since for one in running):
            return
        ended = [(*one[:3], since - timedelta(1)) if one in running else one for one in self.values]
        self.values = [*ended, (area, _pick((700_000, 500_000, 400_000), c), since, None)]

    def _soon(self, number: int) -> date:
        return self.day + timedelta(_pick((1, 2, 0, 3, -1), number))

    def ruled(self, a: int, b: int, c: int) -> None:
        """A rule ends, begins, is superseded, or says something else."""
        at, since = c % len(self.rules), self._soon(b)
        name, when, began, until, before = self.rules[at]
        if a % 4 == 0 and until is None and began <= since:
            self.rules[at] = (name, when, began, since, before)
        if a % 4 == 1:
            self.rules.append((f"more{len(self.rules)}", _pick(OTHER, b), since, None, None))
        superseded = {one[4] for one in self.rules}
        if a % 4 == 2 and until is None and began < since and name not in superseded:
            self.rules.append((f"more{len(self.rules)}", _pick(OTHER, b), since, None, name))
        if a % 4 == 3:
            self.rules[at] = (name, _pick(OTHER, b), began, until, before)


@functools.cache
def _areas(start: date, turns: int) -> AreaTree:
    on = start + timedelta(turns)
    return AreaTree.from_csv(
        [
            "level,code,name,parent,since,until,successors",
            "province,61,省,,,,",
            "city,6107,市,61,,,",
            "city,6108,市,61,,,",
            "county,610702,县,6107,,,",
            "county,610824,县,6108,,,",
            "township,610702100,镇,610702,,,",
            "township,610824100,镇,610824,,,",
            f"village,{ONE},一,610702100,,,",
            f"village,{TWO},二,610702100,,,",
            f"village,{OLD},旧,610702100,,{on},{HEIR}",
            f"village,{HEIR},新,610702100,{on},,",
            f"village,{FAR},远,610824100,,,",
        ]
    )


ROWS = (
    "corrected", "dated", "born", "dropped", "doubled", "moved", "given_away", "broken",
    "adopted", "came", "left",
)  # fmt: skip
HANDED, POLICY = ("delivered", "withdrawn", "relisted"), ("valued", "ruled")
CHANGES = (*ROWS, *HANDED, *POLICY)


def histories(days: int = 5, *, least: int = 3) -> st.SearchStrategy[History]:
    """Histories of some days.

    Args:
        days: How many there are at most.
        least: How many there are at least.
    """
    numbers = st.integers(0, 15)
    rows = st.sampled_from((*ROWS, *ROWS, *POLICY))
    each = {
        listed: st.builds(Change, words, numbers, numbers, numbers)
        for listed, words in ((False, rows), (True, rows | st.sampled_from(HANDED[:2])))
    }

    def lived_through(listed: bool) -> st.SearchStrategy[History]:
        changes = st.lists(each[listed] | st.builds(Change, st.sampled_from(CHANGES)), max_size=4)
        day = st.builds(Day, st.sampled_from(GAPS), changes.map(tuple), st.booleans())
        return st.builds(
            History,
            st.sampled_from(STARTS),
            st.lists(day, min_size=least, max_size=days).map(tuple),
            st.just(listed),
            st.sampled_from((None, None, None, 2)),
        )

    return st.booleans().flatmap(lived_through)


def lived(history: History) -> Iterator[tuple[World, set[str | None]]]:
    """Go through a history: the world as it was left on each day, and whose rows changed."""
    world = World(history)
    yield world, set()
    for one in history.days:
        before = {name: list(rows) for name, rows in world.rows.items()}
        was, world.day = world.day, world.day + timedelta(one.after)
        for change in one.changes:
            getattr(world, change.what)(change.a, change.b, change.c)
            world.seen[change.what] += 1
        world.seen["a year's end"] += was.year < world.day.year
        leap = date(world.day.year, 3, 1) - timedelta(1)
        world.seen["a leap day"] += leap.day == 29 and was <= leap <= world.day
        yield world, world.differing(before)


__all__ = ["CHANGES", "Change", "Day", "History", "World", "histories", "lived"]
