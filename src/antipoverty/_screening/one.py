"""One household of the tables, as the model has it, or why it was not judged."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from antipoverty._base.frames import to_polars
from antipoverty._screening.checks import Checked
from antipoverty._screening.faults import REASONS
from antipoverty._screening.tables import HOUSEHOLDS
from antipoverty.errors import UnknownHouseholdError, phrase
from antipoverty.model import Household


def household_of(checked: Checked[Any], model: type[Household], household_id: str) -> Household:
    """Give one household with its rows.

    Raises:
        UnknownHouseholdError: It is not in the tables, or was set aside.
    """

    def rows_of(table: str) -> list[dict[str, Any]]:
        frame = checked.tables[table]
        return to_polars(frame.filter(nw.col("household_id") == household_id)).to_dicts()

    found = rows_of(HOUSEHOLDS)
    if not found:
        raise UnknownHouseholdError(_why_not_judged(checked, household_id))
    facts = {**found[0], "deliveries": checked.deliveries}
    for name, row in model.tables_of_row().items():
        if name in checked.tables:
            rows = rows_of(name)
            keys = [{row.KEY: f"row-{i}"} for i in range(1, len(rows) + 1)]
            known = set(row.model_fields)
            facts[name] = tuple(
                row.model_construct(**{k: v for k, v in (key | one).items() if k in known})
                for key, one in zip(keys, rows, strict=True)
            )
    return model.model_construct(**facts)


def _why_not_judged(checked: Checked[Any], household_id: str) -> str:
    named = (nw.col("table") == HOUSEHOLDS) & (nw.col("row_id") == household_id)
    faults = to_polars(checked.rejected.filter(named).select("reason", "field").unique())
    if not faults.height:
        return phrase("the tables have no household {household_id!r}", household_id=household_id)
    listed = "; ".join(
        f"{field}: {REASONS[reason][1]} ({REASONS[reason][0]})"
        for reason, field in faults.sort("field", "reason").rows()
    )
    return phrase(
        "household {household_id!r} was set aside and not judged: {listed}",
        household_id=household_id,
        listed=listed,
    )


__all__ = ["household_of"]
