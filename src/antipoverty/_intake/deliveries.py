"""What a source delivers (交付): by whom, of which days, kinds and area, and how much of it."""

from __future__ import annotations

from datetime import date

import attrs

from antipoverty._intake.mapping import Source
from antipoverty._intake.report import SourceReport


@attrs.frozen
class Delivery:
    """A source as its department delivered it.

    Attributes:
        source: The source's id in the mapping.
        department: Who sent it.
        table: The table its rows are in.
        kinds: The kinds of records it is complete for.
        area: The area it covers.
        first: The first day it covers.
        last: The last day it covers.
        received: The day it was received.
        rows: How many rows hold somebody.
        lost: How many of them stand in no table, so that it is not complete.
        digest: The SHA-256 of the file, or of the text of what a query gave.
    """

    source: str
    department: str | None
    table: str
    kinds: tuple[str, ...]
    area: str | None
    first: date | None
    last: date | None
    received: date | None
    rows: int
    lost: int
    digest: str


def delivery(source: Source, report: SourceReport, digest: str) -> Delivery:
    """Put together what a source's mapping says and what was found in it."""
    form = source.delivery
    kind = source.constants.get("kind")
    return Delivery(
        source=source.id,
        department=source.department,
        table=source.rows,
        kinds=form.kinds if form is not None else (str(kind),) if kind is not None else (),
        area=None if form is None else form.area,
        first=None if form is None else form.first,
        last=None if form is None else form.last,
        received=None if form is None else form.received,
        rows=report.placed + report.damaged,
        lost=report.damaged,
        digest=digest,
    )
