"""Lists: what is due, whose turn it is, how far problems are from zero, and for whose eyes.

Every list is a view of the book on a day. Who may see what is decided here, once: a
public notice carries neither ids nor health, a department sees its own signals, a keeper
what there is to do.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Literal

import attrs
import narwhals as nw

from antipoverty._casework_book import Book
from antipoverty._casework_cases import Case, Item, Problem
from antipoverty._documents import plain
from antipoverty._frozen import Frozen
from antipoverty.codes import AreaCode, Level
from antipoverty.conditions import parse
from antipoverty.errors import InvalidArgumentError, one_of
from antipoverty.rules import Pack, Rule, Source, Text
from antipoverty.screening import Tables, screen

Role = Literal["public", "keeper", "department", "county"]
ROLES: tuple[Role, ...] = ("public", "keeper", "department", "county")
HEALTH = ("illness", "disability")
"""Risk labels that tell of somebody's health: a public notice calls them other."""


@attrs.frozen
class Task:
    """One line of a list (清单).

    Attributes:
        id: The case or problem.
        area: Where it is.
        state: Where it stands.
        due: The last day in time.
        late: How many days it is over that; 0 for one in time.
        steps: What can be done now.
        facts: What a keeper should find out.
        acknowledged: Whether the department of the list took it.
        handed_up: The level it was handed up to, or empty.
    """

    id: str
    area: str
    state: str
    due: date | None
    late: int
    steps: tuple[str, ...]
    facts: tuple[str, ...] = ()
    acknowledged: bool = False
    handed_up: str = ""


def worklist(
    book: Book,
    *,
    as_of: date,
    department: str | None = None,
    area: str = "",
    role: str | None = None,
) -> tuple[Task, ...]:
    """List the open cases, the most overdue first.

    Args:
        book: The book.
        as_of: The day.
        department: Only those with a signal of this department.
        area: Only those in this area or grid.
        role: Only those whose next step this role may take, such as ``keeper``.

    Raises:
        InvalidArgumentError: The pack has no such department.
    """
    if department is not None:
        book.pack.department(department, "en")
    found = []
    for case in book.cases.values():
        if not case.area.startswith(area) or not book.is_open(case):
            continue
        if department is not None and department not in case.departments:
            continue
        if role is None or any(role in step.by for step in book.workflow.steps_from(case.state)):
            found.append(_task(book, case, as_of, department))
    return tuple(sorted(found, key=lambda task: (-task.late, task.due or as_of, task.id)))


def problem_list(
    book: Book, *, as_of: date, department: str | None = None, area: str = ""
) -> tuple[Task, ...]:
    """List the open problems, the most overdue first.

    Args:
        book: The book.
        as_of: The day.
        department: Only those that this department must repair.
        area: Only those in this area.
    """
    found = [
        _task(book, one, as_of)
        for one in book.problems.values()
        if book.is_open(one)
        and one.area.startswith(area)
        and (department is None or department == one.department)
    ]
    return tuple(sorted(found, key=lambda task: (-task.late, task.due or as_of, task.id)))


def _task(book: Book, item: Item, as_of: date, department: str | None = None) -> Task:
    due = book.due(item)
    facts: set[str] = set()
    acknowledged = False
    if isinstance(item, Case):
        facts = {fact for one in item.signals for fact in one.facts}
        acknowledged = department is not None and department in item.acknowledged
    return Task(
        item.id,
        item.area,
        item.state,
        due,
        0 if due is None else max((as_of - due).days, 0),
        tuple(step.id for step in book.flow_of(item).steps_from(item.state)),
        tuple(sorted(facts)),
        acknowledged,
        item.handed_up,
    )


def overdue(book: Book, *, as_of: date) -> tuple[Task, ...]:
    """List the cases and problems over their limit, the most overdue first."""
    items: list[Item] = [*book.cases.values(), *book.problems.values()]
    tasks = [_task(book, item, as_of) for item in items if book.is_open(item)]
    return tuple(sorted((t for t in tasks if t.late), key=lambda task: (-task.late, task.id)))


# --- rectification -------------------------------------------------------------------


@attrs.frozen
class Progress:
    """How far the problems of an area, or of a department, are from zero (清零进度)."""

    key: str
    listed: int
    zeroed: int
    overdue: int

    @property
    def open(self) -> int:
        """How many are not yet zeroed."""
        return self.listed - self.zeroed


def progress(book: Book, *, as_of: date, level: Level | str | None = None) -> tuple[Progress, ...]:
    """Count problems by area of a level, or, without one, by department."""
    digits = None if level is None else Level(level).digits
    found: dict[str, list[int]] = {}
    for one in book.problems.values():
        key = one.department if digits is None else one.area[:digits]
        counts = found.setdefault(key, [0, 0, 0])
        due = book.due(one)
        counts[0] += 1
        counts[1] += not book.is_open(one)
        counts[2] += due is not None and due < as_of
    return tuple(Progress(key, *found[key]) for key in sorted(found))


def like_cases(problem: Problem, book: Book, tables: Tables, *, as_of: date) -> tuple[str, ...]:
    """Find the other households for which a problem's condition holds (举一反三).

    Args:
        problem: One that carries a condition.
        book: The book it is in; its pack gives the parameters.
        tables: The households and their rows.
        as_of: The day.

    Returns:
        The ids of the households, sorted. Those for which a fact is missing are left out:
        ask for `screen` with the condition to see them.

    Raises:
        InvalidArgumentError: The problem carries no condition.
    """
    if not problem.condition:
        raise InvalidArgumentError(f"problem {problem.id} carries no condition")
    pack = book.pack
    rule = Rule(
        id="like-cases",
        title=Text("举一反三", "like cases"),
        department=next(iter(pack.departments)),
        when=parse(problem.condition, pack.schema),
        source=Source("the rectification register"),
        since=date.min,
    )
    asked = Pack(
        pack.id,
        pack.title,
        rules=[rule],
        departments=pack.departments,
        parameters=pack.parameters.values(),
        kinds=pack.kinds.values(),
        area=pack.area,
        model=pack.model,
    )
    screening = screen(tables, asked, as_of=as_of)
    alerts = nw.from_native(screening.alerts).lazy().collect("polars")
    warned = alerts.filter(nw.col("verdict") == "warn")["household_id"].to_list()
    return tuple(sorted(warned))


# --- views ---------------------------------------------------------------------------


def view(book: Book, case: Case, role: str, *, department: str | None = None) -> dict[str, Any]:
    """Show a case to a role: nothing is in it that the role may not see.

    Args:
        book: The book.
        case: The case.
        role: ``public``, ``keeper``, ``department`` or ``county``.
        department: Which department looks, for that role.

    Returns:
        Plain values. ``public`` has the village, the state and the kinds of help, with
        risks of health called other; no id at all. ``keeper`` has the id, what is due and
        what to find out. ``department`` has the id and its own signals. ``county`` has all.

    Raises:
        InvalidArgumentError: There is no such role, or no department is named.
    """
    one_of(role, ROLES, "role")
    state = book.workflow.state(case.state)
    where = case.area[: Level.VILLAGE.digits]
    if role == "public":
        risks = {"other" if risk in HEALTH else risk for risk in case.risks}
        return {
            "village": where,
            "state": {"zh": state.zh, "en": state.en},
            "risks": sorted(risks),
            "helped": bool(case.measures),
            "since": case.entered.isoformat(),
        }
    shown: dict[str, Any] = {"id": case.id, "area": case.area, "state": case.state}
    due = book.due(case)
    shown["due"] = None if due is None else due.isoformat()
    if role == "keeper":
        shown["facts"] = sorted({fact for one in case.signals for fact in one.facts})
        shown["steps"] = [step.id for step in book.workflow.steps_from(case.state)]
        return shown
    if role == "department":
        if department is None:
            raise InvalidArgumentError("name the department that looks")
        shown["signals"] = [plain(one) for one in case.signals if one.department == department]
        shown["acknowledged"] = department in case.acknowledged
        return shown
    rest = plain(case)
    return shown | {name: rest[name] for name in sorted(rest) if name not in shown}


def pseudonyms(
    book: Book, *, key: bytes, level: Level | str = Level.TOWNSHIP
) -> tuple[dict[str, Any], ...]:
    """Export the cases for study: ids replaced, places and days made coarse (假名化导出).

    Args:
        book: The book.
        key: Secret; the same key gives the same pseudonyms. At least 16 bytes.
        level: The finest area that is shown.

    Returns:
        A row for each case: ``pseudonym, area, state, opened, risks, measures, relapses``;
        months in place of days.

    Raises:
        InvalidArgumentError: The key is too short to be secret.
    """
    if len(key) < 16:
        raise InvalidArgumentError("the key has fewer than 16 bytes; make one with a generator")
    digits = Level(level).digits
    rows = [
        {
            "pseudonym": hmac.new(key, case.id.encode(), hashlib.sha256).hexdigest()[:24],
            "area": case.area[:digits],
            "state": case.state,
            "opened": case.opened.isoformat()[:7],
            "risks": list(case.risks),
            "measures": sorted({one.id for one in case.measures}),
            "relapses": case.relapses,
        }
        for case in book.cases.values()
    ]
    return tuple(sorted(rows, key=lambda row: str(row["pseudonym"])))


# --- proposals -----------------------------------------------------------------------


@attrs.frozen
class Proposal:
    """What a case looks like, for people to decide (三类对象建议).

    Attributes:
        category: The rule of a category that warned.
        zh: Its Chinese title.
        en: Its English title.
        reasons: The ids of the other rules that warned.
        open: The categories for which facts are missing, with those facts.
    """

    category: str
    zh: str
    en: str
    reasons: tuple[str, ...]
    open: Mapping[str, tuple[str, ...]] = Frozen()


def proposals(book: Book, case: Case) -> tuple[Proposal, ...]:
    """Propose the categories whose rules warned, with what else speaks for them.

    A category is a rule whose id begins with ``category-``. People decide; a proposal is
    a list of reasons.
    """
    warned = [one.rule for one in case.signals if one.verdict == "warn"]
    reasons = tuple(rule for rule in warned if not rule.startswith("category-"))
    missing = {
        one.rule: one.facts
        for one in case.signals
        if one.verdict == "undecided" and one.rule.startswith("category-")
    }
    found = []
    for rule in warned:
        if rule.startswith("category-"):
            title = book.pack.rules[rule].title
            found.append(Proposal(rule, title.zh, title.en, reasons, Frozen(missing)))
    return tuple(found)


def matching(book: Book, case: Case) -> dict[str, tuple[str, ...]]:
    """For each risk of a case, the kinds of measures aimed at it that it does not have yet."""
    had = {(one.risk, one.id) for one in case.measures if one.on >= case.opened}
    return {
        risk: tuple(m for m in book.workflow.risk(risk).measures if (risk, m) not in had)
        for risk in case.risks
    }


def in_area(items: Iterable[Item], area: str) -> tuple[Item, ...]:
    """The cases or problems of an area or grid."""
    code = AreaCode(area)
    return tuple(item for item in items if code.covers(item.area))
