"""A stock from before (存量导入): households that were monitored when the register began.

They come in with their history as one import that says what it is. They are no alerts: they
open no period of the register, are no new cases, and raise no alarm.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import narwhals as nw

from antipoverty._base.days import as_day
from antipoverty._base.opaque import opaque, quoted
from antipoverty._base.rows import Holds, place_fault, refuse, rows_of
from antipoverty._casework.arguments import checked
from antipoverty._casework.book import Book, Changed, Writer
from antipoverty.errors import AntipovertyError, FieldError, IllegalStepError, phrase

_ASKED: Mapping[str, Holds] = {"household_id": "text", "area": "text", "since": "day"}
_MAY: Mapping[str, Holds] = {"category": "text", "state": "text"}


@checked
def import_stock(book: Book, stock: Any, *, as_of: date, by: str) -> Changed:
    """Take in households that were monitored before the register began.

    The same file again changes nothing. A household that has a case of its own already is
    refused: its history is in the register.

    Args:
        book: The book.
        stock: A frame of ``household_id, area, since``, the day monitoring began, and, where
            known, ``category`` and ``state``: where it stands now, ``monitored`` as a rule.
        as_of: The day of the import: what the register knows from then on.
        by: Who brings it.

    Raises:
        IllegalStepError: The workflow names no state in which a household is monitored.
        InvalidFileError: Rows that cannot be used, all of them; nothing was taken.
        MissingColumnError: A column is missing.
    """
    return take_stock(book, read_stock(book, stock, as_of), as_of=as_of, by=by)


def read_stock(book: Book, stock: Any, as_of: date) -> dict[str, dict[str, Any]]:
    """Read a stock; see `import_stock`."""
    as_of, flow = as_day(as_of), book.workflow
    if not flow.decided:
        raise IllegalStepError("the workflow {id!r} has no state of being monitored", id=flow.id)
    there = nw.from_native(stock).lazy().collect_schema().names()
    columns = {**_ASKED, **{name: kind for name, kind in _MAY.items() if name in there}}
    problems: list[AntipovertyError] = []
    found: dict[str, dict[str, Any]] = {}
    states = {one.id for one in flow.states} - {flow.alerted, flow.unverified, flow.joined}
    for number, (wrong, row) in enumerate(rows_of(stock, columns), 1):
        given = dict(zip(columns, row, strict=True))
        id_, area, since = given["household_id"], given["area"], given["since"]
        state = given.get("state") or flow.decided[0]
        fault = wrong or place_fault(id_, area)
        if not fault and since is None:
            fault = "the day monitoring began is missing"
        elif not fault and since > as_of:
            fault = "monitoring began after the day of the import"
        elif not fault and state not in states:
            fault = phrase("{quoted} is no state in which a stock can stand", quoted=quoted(state))
        elif not fault and id_ in found:
            fault = "the household stands twice"
        if fault:
            problems.append(FieldError("row {number}: {fault}", number=number, fault=fault))
            continue
        found[id_] = {
            "area": area,
            "to": state,
            "since": since.isoformat(),
            "category": given.get("category") or "",
        }
    refuse(problems, "the stock cannot be taken")
    return found


def take_stock(
    book: Book, stock: Mapping[str, Mapping[str, Any]], *, as_of: date, by: str
) -> Changed:
    """Put a stock that was read into a book; see `import_stock`."""
    opaque(by, "who brings it")
    problems: list[AntipovertyError] = []
    writer = Writer(book)
    for id_, data in sorted(stock.items()):
        case = writer.case(id_)
        if case is None:
            writer.on_case(id_, "imported", as_of, by, data)
        elif case.episodes[0].came != "stock":
            problems.append(FieldError("{id}: it has a case already; its history is there", id=id_))
    refuse(problems, "the stock cannot be taken")
    return writer.result()
