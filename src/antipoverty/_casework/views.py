"""Who may see what of a case is decided here, once.

A public notice carries neither ids nor health, a department sees its own signals, a keeper
what there is to do, and a study pseudonyms that only the holder of a key can make.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, Literal

import attrs

from antipoverty._base.documents import plain
from antipoverty._casework.book import Book
from antipoverty._casework.cases import Case
from antipoverty.codes import Level
from antipoverty.errors import InvalidArgumentError, one_of

Role = Literal["public", "keeper", "department", "county"]
ROLES: tuple[Role, ...] = ("public", "keeper", "department", "county")
HEALTH = ("illness", "disability")
"""Risk labels that tell of somebody's health: a public notice calls them other."""


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
            "state": {"zh": state.title.zh, "en": state.title.en},
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
        book.pack.department(department, "en")
        shown["signals"] = [plain(one) for one in case.signals if one.department == department]
        shown["acknowledged"] = case.taken_by(department)
        return shown
    rest = plain(attrs.evolve(case, before=None))
    del rest["before"]
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
