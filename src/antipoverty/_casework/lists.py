"""Lists (清单): what is due, whose turn it is, what to find out, what speaks for what.

Every list is a view of the book on a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import attrs

from antipoverty._base.days import as_day
from antipoverty._base.frozen import Frozen
from antipoverty._casework.book import Book
from antipoverty._casework.cases import Case, Item
from antipoverty.codes import AreaCode
from antipoverty.errors import one_of
from antipoverty.model import AreaTree, Filed


@attrs.frozen(slots=False)
class Task:
    """One line of a list (清单).

    Attributes:
        id: The case or problem.
        area: Where it is.
        state: Where it stands.
        due: The last day in time; ``None`` while the calendar does not know the year.
        late: How many days it is over that; 0 for one in time.
        steps: What can be done now.
        facts: What a keeper should find out.
        acknowledged: Whether the department of the list took it.
        urged: How often it was urged.
        handed_up: The level it was handed up to, or empty.
        appeals: How many appeals wait for an answer; such a case may be closed.
    """

    id: str
    area: str
    state: str
    due: date | None
    late: int
    steps: tuple[str, ...]
    facts: tuple[str, ...] = ()
    acknowledged: bool = False
    urged: int = 0
    handed_up: str = ""
    appeals: int = 0


def worklist(
    book: Book,
    *,
    as_of: date,
    department: str | None = None,
    area: str = "",
    role: str | None = None,
    areas: AreaTree | None = None,
) -> tuple[Task, ...]:
    """List the open cases, the most overdue first.

    Args:
        book: The book.
        as_of: The day.
        department: Only those with a signal of this department.
        area: Only those in this area or grid.
        role: Only those whose next step this role may take, such as ``keeper``.
        areas: The areas; with them also what was filed under a code that ended is listed.

    Raises:
        InvalidArgumentError: There is no such department or role.
        InvalidCodeError: The area is none.
    """
    as_of = as_day(as_of)
    check_choice(book, area=area, department=department, role=role)
    found, filed = [], filed_under(area, areas, as_of)
    for case in book.cases.values():
        if not filed.holds(case.area) or not book.is_listed(case):
            continue
        if department is not None and department not in case.departments:
            continue
        if role is None or _may(book, case, role):
            found.append(task_of(book, case, as_of, department))
    return tuple(sorted(found, key=lambda task: (-task.late, task.due or date.max, task.id)))


def _may(book: Book, case: Case, role: str) -> bool:
    """Whether a role may take a case's next step, or answer an appeal of it."""
    flow = book.workflow
    answers = flow.appeal is not None and role in flow.appeal.by and bool(case.open_appeals)
    return answers or any(role in step.by for step in flow.steps_from(case.state))


def problem_list(
    book: Book,
    *,
    as_of: date,
    department: str | None = None,
    area: str = "",
    areas: AreaTree | None = None,
) -> tuple[Task, ...]:
    """List the open problems, the most overdue first.

    Args:
        book: The book.
        as_of: The day.
        department: Only those that this department must repair.
        area: Only those in this area.
        areas: The areas; with them also what was filed under a code that ended is listed.

    Raises:
        InvalidArgumentError: There is no such department.
        InvalidCodeError: The area is none.
    """
    as_of = as_day(as_of)
    check_choice(book, area=area, department=department)
    filed = filed_under(area, areas, as_of)
    found = [
        task_of(book, one, as_of)
        for one in book.problems.values()
        if book.is_open(one)
        and filed.holds(one.area)
        and (department is None or department == one.department)
    ]
    return tuple(sorted(found, key=lambda task: (-task.late, task.due or date.max, task.id)))


def filed_under(area: str, areas: AreaTree | None, as_of: date) -> Filed:
    """Give the codes under which what lies in an area, or anywhere, is filed."""
    return areas.filed(area, as_of) if area and areas is not None else Filed((area,))


def check_choice(
    book: Book, *, area: str = "", department: str | None = None, role: str | None = None
) -> None:
    """Refuse an area, department or role that is none: its list would look like nothing to do."""
    if area:
        AreaCode(area)
    if department is not None:
        book.pack.department(department, "en")
    if role is not None:
        one_of(role, book.workflow.roles, "role")


def task_of(book: Book, item: Item, as_of: date, department: str | None = None) -> Task:
    due = book.due(item)
    facts: tuple[str, ...] = ()
    acknowledged, appeals = False, 0
    if isinstance(item, Case):
        facts, appeals = item.asked, len(item.open_appeals)
        acknowledged = department is not None and item.taken_by(department)
    return Task(
        item.id,
        item.area,
        item.state,
        due,
        0 if due is None else max((as_of - due).days, 0),
        tuple(step.id for step in book.flow_of(item).steps_from(item.state)),
        facts,
        acknowledged,
        item.urged,
        item.handed_up,
        appeals,
    )


def overdue(book: Book, *, as_of: date) -> tuple[Task, ...]:
    """List the cases and problems over their limit, the most overdue first."""
    as_of = as_day(as_of)
    items: list[Item] = [*book.cases.values(), *book.problems.values()]
    tasks = [task_of(book, item, as_of) for item in items if book.is_listed(item)]
    return tuple(sorted((t for t in tasks if t.late), key=lambda task: (-task.late, task.id)))


# --- what speaks for what ------------------------------------------------------------


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
    had = {(one.risk, one.id) for one in case.helped}
    return {
        risk: tuple(m for m in book.workflow.risk(risk).measures if (risk, m) not in had)
        for risk in case.risks
    }
