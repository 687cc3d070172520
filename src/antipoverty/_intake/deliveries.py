"""What a source delivers (交付): by whom, of which days, kinds and area, and how much of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import attrs
from pydantic import ValidationError

from antipoverty._intake.mapping import Source
from antipoverty._intake.report import IntakeReport, SourceReport
from antipoverty.model import Delivery as HandedOver
from antipoverty.model import Schema
from antipoverty.screening import with_rows


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


def handed_over(
    sources: Sequence[Source],
    deliveries: Mapping[str, Delivery],
    report: IntakeReport,
    tables: Mapping[str, Any],
    schema: Schema,
) -> tuple[tuple[HandedOver, ...] | None, IntakeReport]:
    """Tell which declared deliveries (交付台账) the tables hold whole.

    One of which a row was lost covers nothing: that row may have been anybody's. So it is where
    another source lost a row of the same kinds, or of kinds that are not stated.

    Where no other source brings rows of the same kinds, it is also said how many the tables
    hold, so that whoever screens them sees a later loss.

    Returns:
        What the tables were handed, or ``None`` where no source declares it and the caller
        vouches for the tables; and the report, which says of the others why they do not count.
    """
    declared = [one for one in sources if one.delivery is not None]
    if not declared:
        return None, report
    lost = {one.id for one in report if one.damaged}
    spoilt = [deliveries[one] for one in lost]
    whole: list[HandedOver] = []
    alone: list[HandedOver] = []
    wanting: dict[str, str] = {}
    for source in declared:
        made = _made(deliveries[source.id])
        if source.id in lost or any(_shares(one, source) for one in spoilt):
            wanting[source.id] = "rows-lost"
        elif made is None:
            wanting[source.id] = "not-stated"
        else:
            whole.append(made)
            others = (deliveries[one.id] for one in sources if one is not source)
            if not any(_shares(one, source) for one in others):
                alone.append(made)
    counted = dict(zip(map(id, alone), with_rows(alone, schema, tables), strict=True))
    whole = [counted.get(id(one), one) for one in whole]
    told = tuple(attrs.evolve(one, undelivered=wanting.get(one.id)) for one in report)
    return tuple(whole), attrs.evolve(report, sources=told)


def _shares(lost: Delivery, source: Source) -> bool:
    """Whether the lost row of a source may be of a kind that another delivers."""
    kinds = source.delivery.kinds if source.delivery is not None else ()
    return lost.table == source.rows and (not lost.kinds or not {*kinds}.isdisjoint(lost.kinds))


def _made(one: Delivery) -> HandedOver | None:
    """The delivery as screening reads it; ``None`` if what it needs is not stated in its words."""
    try:
        return HandedOver.model_validate(
            {
                "department": one.department,
                "kinds": one.kinds,
                "area": one.area,
                "first": one.first,
                "last": one.last,
                "received": one.received,
                "digest": one.digest,
            }
        )
    except ValidationError:
        return None
