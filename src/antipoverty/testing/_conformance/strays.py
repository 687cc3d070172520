"""Tables in which rows came without a household that there is, and what may be asked of them.

A row of nobody may be that of any household of the village that its id names, or of any at all.
Households of three villages and of a group within one state how many members they have, or do not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import cycle

import polars as pl

from antipoverty.model import AreaCode, Delivery
from antipoverty.rules import Pack
from antipoverty.screening import Tables
from antipoverty.testing._conformance import mixed
from antipoverty.testing._strategies.policies import asking

_HERE, _THERE = mixed.VILLAGES
_GROUP, _BESIDE, _NOBODYS = f"{_HERE}01", "610702100201", "610722100200"
_ALIKE = "610702101200"
"""Of this departments have looked for the same as of `_BESIDE`."""
_PLACES = (_HERE, _BESIDE, _THERE, _GROUP, _HERE)
_VILLAGES = tuple(f"610702100{number}" for number in range(201, 219))
"""In each of these another number of rows is nobody's."""
_MANY = 10_001
"""More rows than may be told apart; of these it is known only that they are there."""

MEMBERS = (
    *("count(members) >= 2", "count(members) < 4"),
    *("any(members, disabled)", "sum(members, age) > 60", "max(members, age) < 60"),
    "any(by(members, relation), count(members) >= 2)",
)
RECORDS = (
    *(f"count(records) {compared}" for compared in ("<= 2", "<= 5")),
    "any(records, kind == 'flood', months=12)",
    "sum(records, amount) <= yuan('30')",
    "max(records, amount) > yuan('15')",
    "count(by(records, member_id)) <= 3",
    "any(by(records, member_id), sum(records, amount) > yuan('10'))",
    "max(by(records, kind), gap(records, day)) > 20",
    "quantile(records, amount, ratio(9, 10)) > rigid_spending_12m",
    "any(by(records, kind), sum(records, amount) > yuan('15'))",
    "max(by(records, kind), sum(records, amount - yuan('10'))) > yuan('0')",
)
COUNTS = (
    *(f"count(records) <= {most}" for most in (10_000, 10_001, 20_001)),
    "any(records, amount > yuan('20'))",
)

LATE = (
    *(f"count(records, kind == {kind!r}) <= 2" for kind in ("medical", "flood", "job_loss")),
    "any(records, kind == 'flood', months=12)",
)


def strays(day: date) -> Iterator[tuple[Tables[pl.DataFrame], Pack, str]]:
    """Give tables, the rules that are asked of them, and what came wrong, in short."""
    eve, month = day - timedelta(days=1), day - timedelta(days=31)
    some = (
        mixed.delivery("medical", "job_loss", last=eve, area=_HERE),
        mixed.delivery("medical", "members", last=month),
        mixed.delivery("flood", last=eve, first=month, area="6107"),
    )
    here, there = f"{_HERE}99", f"{_THERE}99"
    members, records = asking(MEMBERS), asking(RECORDS, mixed.line())
    yield _with_strays(day, "members", [here] * 6), members, "orphan of members"
    yield _with_strays(day, "members", [None] * 6), asking(MEMBERS[:2]), "missing id of members"
    yield _with_strays(day, "records", [here, there] * 3), records, "orphan of records"
    fewer = asking((*RECORDS[1::2], mixed.MANY_UNSEEN), mixed.line())
    partly = _with_strays(day, "records", [here, None] * 3, some, (*_PLACES, _ALIKE))
    yield partly, fewer, "orphan of records"
    alone = asking(("count(records) <= 1",))
    yield _with_strays(day, "records", [here]), alone, "one orphan of records"
    for count in (_MANY - 1, _MANY):
        many = _with_strays(day, "records", [here] * count)
        yield many, asking(COUNTS), f"{count:,} orphans of records"
    late = _with_strays(day, "records", [here] * _MANY, some)
    yield late, asking((*COUNTS, *LATE)), f"{_MANY:,} orphans of records, some kinds late"
    full = _with_strays(day, "members", [here] * 6, full=True)
    yield full, members, "orphan of members where no household lacks any"
    anyones = _with_strays(day, "records", [f"{_NOBODYS}99"] * 3)
    yield anyones, asking(RECORDS[::4]), "orphans of records of a village in which nobody lives"
    ids = [f"{place}99" for number, place in enumerate(_VILLAGES, 1) for _ in range(number)]
    spread = _with_strays(day, "records", ids, places=_VILLAGES)
    yield spread, asking(RECORDS[:2]), "orphans of records of many villages"


def _with_strays(
    day: date,
    table: str,
    ids: Sequence[str | None],
    deliveries: tuple[Delivery, ...] | None = None,
    places: Sequence[str] = _PLACES,
    *,
    full: bool = False,
) -> Tables[pl.DataFrame]:
    """Tables with rows of nobody, which are like those of households that there are."""
    sizes = (1, 2, None, 3)
    homes = [
        one.model_copy(update={"area": AreaCode(places[n % len(places)]), "size": sizes[n % 4]})
        for n, one in enumerate(mixed.households(day, 20))
    ]
    if full:
        homes = [one.model_copy(update={"size": len(one.members)}) for one in homes if one.members]
    tables = Tables.of(homes)
    rows = tables[table].sort("household_id", descending=True).to_dicts()
    key = f"{table.removesuffix('s')}_id"
    found = [
        {**row, "household_id": id_, key: f"x{n}"}
        for n, (row, id_) in enumerate(zip(cycle(rows[:7]), ids, strict=False))
    ]
    more = pl.DataFrame(found, schema=tables[table].schema)
    frames = {name: tables[name] for name in tables}
    frames[table] = pl.concat([tables[table], more])
    return Tables(**frames, deliveries=deliveries)  # type: ignore[arg-type]  # frames by name


__all__ = ["MEMBERS", "RECORDS", "strays"]
