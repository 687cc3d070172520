"""Tables as they come: with rows that must be set aside, for the same reasons everywhere.

Clean tables are made, and faults are put into rows of them, one to a row, so that how
many rows are set aside for which reason is known without reading any.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import attrs
import polars as pl
from hypothesis import strategies as st

from antipoverty.model import FIRST_DAY, LAST_DAY
from antipoverty.rules import Pack
from antipoverty.screening import Screening, Tables, screen
from antipoverty.testing._frames import rows, tables_as

VILLAGE = "610702100200"
_UNSEEN = ("\u3000", "\u00a0", "\u0085", "\n", "\r\n", "\t", " ", "\u200b", "\u2028", "\ufeff")
_BAD_IDS = (
    *(f"x{blank}" for blank in _UNSEEN),
    *(f"{blank}x" for blank in _UNSEEN),
    "",
    "张三",
    "-x",
)
_PERSONAL = ("13812345678", "610102198001010031", "029-87654321")
_AREAS = {
    "unknown-area": (
        "610702000000",
        "61070210020",
        "６１０７０２１００２００",
        "610702100000",
        "x",
    ),
    "outside-pack": ("620102001001",),
    "missing-area": (None,),
}

Place = tuple[str, str, str]
"""A table, a reason and a field, as `Screening.rejected_counts` has them."""


@attrs.frozen
class Dirty:
    """Tables with faults, and what must become of them.

    Attributes:
        tables: The tables, in Polars.
        faults: In how many rows each fault was put, but for rows that go with others.
        odd: In how many rows that are judged something odd was put.
        spoilt: The households that must be set aside.
    """

    tables: Tables[pl.DataFrame]
    faults: Mapping[Place, int]
    odd: Mapping[Place, int]
    spoilt: frozenset[int]


@st.composite
def dirty_tables(draw: st.DrawFn, *, as_of: date, most: int = 40) -> Dirty:
    """Draw tables of households, members and records with faults in some of their rows.

    Args:
        draw: Hypothesis's.
        as_of: The day of the answer; records are of the months before.
        most: How many households there are at most.
    """
    count = draw(st.integers(4, most))
    homes: list[dict[str, Any]] = [
        {"household_id": f"h{n}", "area": VILLAGE, "size": 1 + n % 5, "net_income_12m": n * 10_000}
        for n in range(count)
    ]
    members: list[dict[str, Any]] = [
        {
            "household_id": f"h{n}",
            "member_id": f"m{n}",
            "born_on": date(1950 + n % 60, 1, 1),
            "age": None,
        }
        for n in range(count)
    ]
    records: list[dict[str, Any]] = [
        {
            "household_id": f"h{n}",
            "record_id": f"r{n}",
            "kind": "traffic_accident",
            "day": as_of - timedelta(days=1 + n),
            "amount": n * 100,
        }
        for n in range(count)
    ]
    faults: Counter[Place] = Counter()
    odd: Counter[Place] = Counter()
    spoilt: set[int] = set()
    for number in draw(st.sets(st.integers(0, count - 1), max_size=count - 1)):
        wrong = draw(st.sampled_from(_WRONGS))
        wrong(draw, (homes, members, records), number, as_of, faults, odd, spoilt)
    made = {
        "households": pl.DataFrame(homes, schema=_HOMES),
        "members": pl.DataFrame(members, schema=_MEMBERS),
        "records": pl.DataFrame(records, schema=_RECORDS),
    }
    return Dirty(Tables(**made), dict(faults), dict(odd), frozenset(spoilt))  # type: ignore[arg-type]


_HOMES = {
    "household_id": pl.String,
    "area": pl.String,
    "size": pl.Int64,
    "net_income_12m": pl.Int64,
}
_MEMBERS = {
    "household_id": pl.String,
    "member_id": pl.String,
    "born_on": pl.Date,
    "age": pl.Int64,
}
_RECORDS = {
    "household_id": pl.String,
    "record_id": pl.String,
    "kind": pl.String,
    "day": pl.Date,
    "amount": pl.Int64,
}


def _home(reason: str, field: str, values: Sequence[Any]) -> Callable[..., None]:
    """A fault of a household: its own rows go with it."""

    def put(draw: Any, given: Any, n: int, _: date, faults: Any, __: Any, spoilt: set[int]) -> None:
        given[0][n][field] = draw(st.sampled_from(values))
        faults["households", reason, field] += 1
        spoilt.add(n)

    return put


def _row(
    table: int, name: str, reason: str, field: str, values: Sequence[Any]
) -> Callable[..., None]:
    """A fault of a child row: its household is set aside with it."""

    def put(draw: Any, given: Any, n: int, _: date, faults: Any, __: Any, spoilt: set[int]) -> None:
        given[table][n][field] = draw(st.sampled_from(values))
        if field == "age":  # which would else differ from the one counted, too
            given[table][n]["born_on"] = None
        faults[name, reason, field] += 1
        spoilt.add(n)

    return put


def _to_come(draw: Any, given: Any, n: int, as_of: date, _: Any, odd: Any, __: Any) -> None:
    given[2][n]["day"] = as_of + timedelta(days=draw(st.integers(1, 20_000)))
    odd["records", "after-as-of", "day"] += 1


def _other_age(draw: Any, given: Any, n: int, as_of: date, _: Any, odd: Any, __: Any) -> None:
    years = as_of.year - given[1][n]["born_on"].year  # born on the first of a January
    if years >= 0:
        given[1][n]["age"] = (years + draw(st.integers(1, 30))) % 131
        odd["members", "counted-otherwise", "age"] += 1


_SLIPS = (FIRST_DAY - timedelta(days=1), LAST_DAY + timedelta(days=1), date(21, 5, 1))
_WRONGS: tuple[Callable[..., None], ...] = (
    _home("invalid-id", "household_id", _BAD_IDS),
    _home("personal-id", "household_id", _PERSONAL),
    _home("missing-id", "household_id", (None,)),
    *(_home(reason, "area", values) for reason, values in _AREAS.items()),
    _home("out-of-bounds", "size", (0, -1, 100, 2**40)),
    _home("out-of-bounds", "net_income_12m", (10**10 + 1, -(10**10) - 1)),
    _row(1, "members", "out-of-bounds", "age", (-1, 131)),
    _row(1, "members", "implausible-day", "born_on", _SLIPS),
    _row(2, "records", "unknown-choice", "kind", ("traffic_acident", "", "交通事故")),
    _row(2, "records", "implausible-day", "day", _SLIPS),
    _row(2, "records", "out-of-bounds", "amount", (-1, 10**10 + 1)),
    _to_come,
    _other_age,
)


def seen(screening: Screening[Any]) -> dict[str, Any]:
    """All that a screening says of rows: what was set aside, counted, judged and answered."""
    return {
        "set aside": rows(screening.rejected),
        "counts": dict(screening.rejected_counts),
        "rows": dict(screening.rows_set_aside),
        "odd": dict(screening.noted),
        "judged": rows(screening.judged),
        "alerts": rows(screening.alerts),
        "ids": {(near.table, near.ways, near.ids) for near in screening.near_ids},
    }


def set_aside_alike(dirty: Dirty, pack: Pack, as_of: date, kinds: Sequence[str]) -> None:
    """Refuse kinds of frames that set other rows aside than others, or for other reasons.

    Raises:
        AssertionError: What a kind says is not what was put in, or not what the first says.
    """
    first: dict[str, Any] | None = None
    for kind in kinds:
        screening = screen(tables_as(dirty.tables, kind), pack, as_of=as_of)
        found = seen(screening)
        direct = {
            place: number
            for place, number in screening.rejected_counts.items()
            if place[1] not in ("bad-rows", "orphan")
        }
        if direct != dirty.faults:
            raise AssertionError(f"{kind} sets aside {direct}, and {dict(dirty.faults)} was put in")
        if found["odd"] != dirty.odd:
            raise AssertionError(
                f"{kind} finds odd {found['odd']}, and {dict(dirty.odd)} was put in"
            )
        judged = {household for household, _ in found["judged"]}
        kept = {f"h{n}" for n in range(screening.households_given) if n not in dirty.spoilt}
        if judged != kept:
            raise AssertionError(f"{kind} judges other households than those without a fault")
        first = first or found
        for what, value in found.items():
            if value != first[what]:
                raise AssertionError(f"{kind} differs from {kinds[0]} in {what}")


__all__ = ["Dirty", "dirty_tables", "seen", "set_aside_alike"]
