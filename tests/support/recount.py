"""Counts a simulated year again from its papers: the second program, which knows no library.

Run as ``python -I recount.py FOLDER PERIOD``; it prints one JSON document. It reads the raw
events from SQLite, the receipts and results as JSON, the lists and files as CSV, the
workflows as TOML for their limits, and Parquet by Polars. It imports nothing of antipoverty.
"""

from __future__ import annotations

import csv
import json
import sqlite3
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

CLOSED = {"safe", "no-risk", "not-monitored", "gone", "joined", "zeroed"}
DECIDED = {
    "monitored", "exit-proposed", "exit-checked", "exit-reviewed", "exit-noticed",
    "exit-township",
}  # fmt: skip


def span(period: str) -> tuple[date, date]:
    """First and last day of a year, half-year, quarter or month."""
    year, _, part = period.partition("-")
    size, number = {"Q": (3, part[1:]), "H": (6, part[1:])}.get(part[:1], (1, part))
    if not part:
        return date(int(year), 1, 1), date(int(year), 12, 31)
    first = (int(number) - 1) * size
    after = date(int(year) + (first + size) // 12, (first + size) % 12 + 1, 1)
    return date(int(year), first + 1, 1), after - timedelta(days=1)


def first_day(period: str) -> date:
    """The day by which a paper's period belongs to a longer one: a week by its Thursday."""
    if "W" in period:
        year, week = period.split("-W")
        return date.fromisocalendar(int(year), int(week), 4)
    return span(period)[0]


def rows(path: Path) -> list[dict[str, str]]:
    """The lines of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [*csv.DictReader(file)]


Data = dict[str, Any]
Limits = tuple[dict[str, tuple[int, bool]], list[tuple[str, set[str], int]]]


class Line:
    """One line that was handed over: its rule, and the days of its life."""

    def __init__(self, rule: str, out: date) -> None:
        self.rule, self.out = rule, out
        self.taken = self.answered = self.ended = date.max

    @property
    def over(self) -> date:
        """The day on which nothing was to be answered any more."""
        return min(self.answered, self.ended)


class Chain:
    """A case or a problem, folded from raw events up to a day."""

    def __init__(self) -> None:
        self.state = ""
        self.entered = self.opened = date.min
        self.joined = date.max
        self.reached: dict[str, date] = {}
        self.category = ""
        self.departments: set[str] = set()
        self.lines: dict[str, Line] = {}
        self.came: dict[str, set[date]] = defaultdict(set)
        self.owner: dict[str, str] = {}
        self.times: list[tuple[date, dict[str, date], set[str]]] = []

    def take_lines(self, kind: str, on: date, data: Data) -> None:
        """What an event says of the lines of a case."""
        for line in data.get("ended", ()):
            self.lines[line].ended = min(self.lines[line].ended, on)
        for line, rule in data.get("out", ()):
            self.lines[line] = Line(rule, on)
        if kind == "acknowledged":
            for line in data["lines"]:
                self.lines[line].taken = on
        elif kind == "replied":
            for line in {*data["lines"]} & {*self.lines}:
                self.lines[line].answered = on
        elif kind == "joined":
            for one in self.lines.values():
                one.ended = on if one.over == date.max else one.ended
        elif kind == "stepped" and data.get("lines"):
            for one in self.lines.values():
                if one.over == date.max and data["lines"] == "ended":
                    one.ended = on
                elif one.over == date.max:
                    one.answered = on

    def take(self, kind: str, on: date, data: Data) -> None:
        """Go on with one event."""
        to = data.get("to")
        signals = data.get("signals") or []
        if kind in ("opened", "reopened", "listed"):
            self.opened, self.reached, self.departments = on, {}, set()
            self.times.append((on, self.reached, set()))
        for one in signals if isinstance(signals, list) else []:
            days = one.get("days") or [str(on)]
            self.came[one["rule"]] |= {date.fromisoformat(day) for day in days}
            self.owner[one["rule"]] = one["department"]
            if one["department"]:
                self.departments.add(one["department"])
            if one["verdict"] == "warn":
                self.times[-1][2].add(one["rule"])
        if isinstance(to, str):
            if to != self.state or kind in ("stepped", "reopened"):
                self.entered = on
            self.reached.setdefault(to, on)
            self.state = to
        self.take_lines(kind, on, data)
        if kind == "joined":
            self.joined = on
        if kind == "imported":  # a stock from before: it stands since then
            since = date.fromisoformat(data["since"])
            self.opened = self.entered = since
            self.reached, self.category = {str(to): since}, data["category"]
        finding = data.get("finding")
        if isinstance(finding, dict):
            self.category = finding.get("category", self.category)


def limits(file: Path) -> Limits:
    """The limits of states, in days and whether working days, and those over several states."""
    found = tomllib.loads(file.read_text(encoding="utf-8"))
    states = {
        one["id"]: (one["limit"]["days"], one["limit"].get("calendar") == "working")
        for one in found["states"]
        if "limit" in one
    }
    spans = [(one["starts"], {*one["ends"]}, one["limit"]["days"]) for one in found["spans"]]
    return states, spans


def after(day: date, days: int, *, working: bool) -> date:
    """So many days, or working days, after a day."""
    while days:
        day += timedelta(days=1)
        days -= not working or day.weekday() < 5
    return day


def due(chain: Chain, rules: Limits) -> date:
    """The last day in time."""
    states, spans = rules
    found = [date.max]
    if chain.state in states:
        days, working = states[chain.state]
        found.append(after(chain.entered, days, working=working))
        for start, ends, most in spans:
            if start in chain.reached and not ends & {*chain.reached}:
                found.append(chain.reached[start] + timedelta(days=most))
    return min(found)


def recount(folder: Path, period: str, packs: Path) -> dict[str, int]:
    """Every total of the paper of a period, from raw events and papers."""
    first, last = span(period)

    def inside(day: date) -> bool:
        return first <= day <= last

    found: Counter[str] = Counter()
    chains: dict[str, Chain] = defaultdict(Chain)
    cut: set[str] = set()
    like: dict[str, set[str]] = defaultdict(set)
    with sqlite3.connect(folder / "cases.db") as base:
        query = "SELECT stream, kind, on_day, data FROM event ORDER BY stream, number"
        events = base.execute(query)
        for stream, kind, day, text in events:
            on = date.fromisoformat(day)
            if stream in cut or on > last:
                cut.add(stream)
                continue
            data = json.loads(text)
            chains[stream].take(kind, on, data)
            if kind == "extended":
                like[stream] |= {*data["households"]}
            if inside(on) and kind == "replied" and stream.startswith("case/"):
                found["lines replied"] += len(data["lines"])
            if inside(on):
                case = stream.startswith("case/")
                found[kind if case or kind != "urged" else "urged problems"] += 1
    cases = {name[5:]: one for name, one in chains.items() if name.startswith("case/")}
    problems = {name[8:]: one for name, one in chains.items() if name.startswith("problem/")}
    told = {
        "opened": found["opened"],
        "reopened": found["reopened"],
        "reported": found["reported"],
        "steps": found["stepped"],
        "helped": found["helped"],
        "urged": found["urged"],
    }
    # the comparison register
    flow = limits(packs / "workflow.toml")
    open_ = {id_: one for id_, one in cases.items() if one.state not in CLOSED}
    held = {id_: one for id_, one in cases.items() if one.state in DECIDED}
    told["cases_open"] = len(open_)
    told["cases_overdue"] = sum(due(one, flow) < last for one in open_.values())
    told["monitored"] = len(held)
    told |= lines_of(cases, first, last, packs / "workflow.toml")
    sizes = {one["household_id"]: int(one["size"]) for one in rows(folder / "households.csv")}
    for word in ("unstable", "marginal", "sudden"):
        mine = [id_ for id_, one in held.items() if one.category == word]
        told[word] = len(mine)
        told[f"{word}_people"] = sum(sizes.get(id_, 1) for id_ in mine)
    # screenings, and the lists that were handed over
    told |= dict.fromkeys(("screenings", "rows_screened", "answers_not_clear", "answers_warned"), 0)
    listed = told["standing_unseen"] = 0
    for month in sorted((folder / "screened").iterdir()):
        on = date.fromisoformat(f"{month.name}-01")
        if not inside(on):
            continue
        alerts = pl.read_parquet(month / "alerts.parquet")
        told["screenings"] += 1
        told["rows_screened"] += len(sizes) + households_more(folder, cases, on)
        told["answers_not_clear"] += alerts.height
        told["answers_warned"] += alerts.filter(pl.col("verdict") == "warn").height
        shown = {*alerts.select("household_id", "rule_id").iter_rows()}
        for path in (month / "lists" / "stock").glob("*.csv"):
            keys = [(one["户码 household"].strip(), one["规则 rule id"].strip())
                    for one in rows(path)]  # fmt: skip
            listed += sum(key in shown for key in keys)
            told["standing_unseen"] += sum(key not in shown for key in keys)
        for id_ in alerts["household_id"]:
            if id_ not in cases:
                raise SystemExit(f"an alert of {month.name} stands in no case")
    told["handed_over"] = listed
    told |= handed_back(folder, inside)
    told["lines_replied"] = found["lines replied"]
    told["problems_looked_at"] = found["looked"]
    told["moved"], told["joined"] = found["moved"], found["joined"]
    # the rectification register
    fixing = limits(packs / "rectification.toml")
    told["listed"] = sum(inside(one.opened) for one in problems.values())
    told["like_cases"] = sum(len(one) for one in like.values())
    told["zeroed"] = sum(one.state == "zeroed" for one in problems.values())
    told["problems_overdue"] = sum(due(one, fixing) < last for one in problems.values())
    # draws
    receipts = [json.loads(path.read_text("utf-8")) for path in (folder / "receipts").glob("*")]
    these = {one["digest"]: one for one in receipts if inside(first_day(one["period"]))}
    told["draws"] = len(these)
    told["drawn"] = 0
    counties = set()
    for one in these.values():
        stage = max(part["stage"] for part in one["strata"])
        strata = [part for part in one["strata"] if part["stage"] == stage]
        picks = [pick["unit"] for part in strata for pick in part["picks"]]
        told["drawn"] += len(picks)
        counties |= {unit[:6] for unit in picks}
    told["counties_drawn"] = len(counties)
    units = []
    for path in (folder / "outcomes").glob("*"):
        published = json.loads(path.read_text("utf-8"))
        if published["receipt"] in these:
            units += published["units"]
    told["visited"] = sum(one["result"] == "visited" for one in units)
    told["replaced"] = sum(one["result"] == "replaced" for one in units)
    told["not_visited"] = sum(one["result"] == "open" for one in units)
    discovered = [problem for one in units for problem in one["problems"]]
    told["found"] = len(discovered)
    told["found_not_listed"] = len({*discovered} - {*problems} - later(units, last))
    # visits
    away = {one["household_id"] for one in rows(folder / "households.csv") if one["away"] == "true"}
    seen: dict[str, set[str]] = defaultdict(set)
    for one in rows(folder / "visits.csv"):
        counts = one["how"] == "home" or one["household_id"] in away
        if counts and inside(date.fromisoformat(one["on"])):
            seen[one["household_id"]].add(one["how"])
    told["reached"] = len(seen)
    told["phoned"] = sum("home" not in how for how in seen.values())
    # notices, and points of two in a row
    notices = rows(folder / "notices.csv")

    def belongs(text: str) -> bool:
        return inside(first_day(text)) and fits(text, period)

    within = [one for one in notices if belongs(one["period"])]
    told["notices"] = len(within)
    for word in ("commended", "criticised"):
        told[word] = sum(one["verdict"] == word for one in within)
    told["scores"] = told["points"] = 0
    said = {(one["unit"], one["period"]): one["verdict"] for one in notices}
    for (unit, one), verdict in said.items():
        before = said.get((unit, previous(one)))
        if verdict == before and verdict != "neither" and belongs(one):
            told["scores"] += 1
            told["points"] += 1 if verdict == "commended" else -1
    # who in need was found
    told["need_found"] = told["in_need"] = 0
    for one in rows(folder / "truth.csv"):
        since = date.fromisoformat(one["since"])
        if inside(since):
            told["in_need"] += 1
            times = cases[one["household_id"]].times if one["household_id"] in cases else []
            looked = [
                [day for state, day in reached.items() if state in {"checked", *DECIDED}]
                for _, reached, _ in times
            ]
            days = [min(one, default=date.min) for one in looked]
            told["need_found"] += any(since <= day <= last for day in days)
    return told


def lines_of(cases: dict[str, Chain], first: date, last: date, flow: Path) -> dict[str, int]:
    """What was handed over in a period: items, different items, taken, answered, withdrawn."""
    names = ("items", "items_different", "items_taken", "items_answered", "items_withdrawn")
    told = dict.fromkeys((*names, "items_overdue", "items_of_departments"), 0)
    limit = tomllib.loads(flow.read_text(encoding="utf-8"))["handover"]["limit"]
    working = limit.get("calendar") == "working"
    for case in cases.values():
        for line in case.lines.values():
            stood = [
                day
                for day in case.came[line.rule]
                if line.out <= day and (day == line.out or day < line.over)
            ]
            items = sum(first <= day <= last for day in stood)
            if not items:
                continue
            told["items"] += items
            if case.owner[line.rule]:  # who splits off or merges brings lines between two lists
                told["items_of_departments"] += sum(
                    first <= d <= last and d.day == 1 for d in stood
                )
            told["items_different"] += 1
            told["items_taken"] += line.taken <= last
            answered = line.answered <= last
            told["items_answered"] += answered
            told["items_withdrawn"] += line.ended <= last and not answered
            late = after(line.out, limit["days"], working=working) < last
            told["items_overdue"] += line.over > last and late
    return told


def households_more(folder: Path, cases: dict[str, Chain], on: date) -> int:
    """How many households more, or less, are screened on a day than at the beginning.

    Who split off is in the files once they say so; who merged is gone from them by then, or
    as soon as the register knows it.
    """
    more = 0
    for one in rows(folder / "moved.csv"):
        filed = date.fromisoformat(one["filed"]) <= on
        case = cases.get(one["household_id"])
        if one["kind"] == "split":
            more += filed
        elif one["kind"] == "joined":
            more -= filed or (case is not None and case.joined <= on)
    return more


def handed_back(folder: Path, inside: Callable[[date], bool]) -> dict[str, int]:
    """What departments and inspectors filled in, from the files as they came back."""
    words = {"有风险", "无风险", "已帮扶", "不属本部门"}
    lines: dict[str, date] = {}
    for path in (folder / "screened").glob("*/returned/*.csv"):
        for one in rows(path):
            if one["核实结果 result"].strip() in words:
                lines[one["清单编号 line"].strip()] = date.fromisoformat(one["核实日期 on"].strip())
    told = Counter()
    for path in (folder / "inspections").glob("*.csv"):
        for one in rows(path):
            on = one["检查日期 on"].strip()
            if on and inside(date.fromisoformat(on)):
                told[one["检查结果 result"].strip()] += 1
    return {
        "lines_returned": sum(inside(on) for on in lines.values()),
        "problems_found_in_places": told["发现问题"],
        "nothing_found": told["未发现问题"],
        "problems_seen_again": told["已整改到位"] + told["未整改到位"],
    }


def later(units: list[dict[str, object]], last: date) -> set[str]:
    """The problems of visits after a day, of a round that began before."""
    found: set[str] = set()
    for one in units:
        problems = one["problems"]
        if isinstance(problems, list) and one["on"] and date.fromisoformat(str(one["on"])) > last:
            found |= {*problems}
    return found


def fits(part: str, whole: str) -> bool:
    """Whether a period is no longer than another."""
    length = {"": 4, "H": 3, "Q": 2, "W": 0}
    sizes = [length.get(text.partition("-")[2][:1], 1) for text in (part, whole)]
    return sizes[0] <= sizes[1]


def previous(period: str) -> str:
    """The month or quarter before."""
    year, part = period.split("-")
    letter, number, most = ("Q", int(part[1:]), 4) if part[0] == "Q" else ("", int(part), 12)
    number -= 1
    if not number:
        year, number = str(int(year) - 1), most
    return f"{year}-{letter}{number}" if letter else f"{year}-{number:02d}"


if __name__ == "__main__":
    here, packs_, *periods = sys.argv[1:]
    json.dump({one: recount(Path(here), one, Path(packs_)) for one in periods}, sys.stdout)
