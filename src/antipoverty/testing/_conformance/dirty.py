"""Tables as they come: with rows that must be set aside, for the same reasons everywhere.

Clean tables are made, and faults are put into rows of them, one to a row, so that how
many rows are set aside for which reason is known without reading any.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, TypeAlias

import attrs
import polars as pl
from hypothesis import strategies as st

from antipoverty.errors import VacuousLawError
from antipoverty.model import FIRST_DAY, LAST_DAY, AreaTree
from antipoverty.rules import Pack
from antipoverty.screening import Screening, Tables, screen
from antipoverty.testing._frames import rows, tables_as

VILLAGE, OTHER_VILLAGE = "610702100200", "610702100201"
"""Where households live; a row whose id begins with the first and names none is of one there."""
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
        reasons: The households that must be set aside, each with the fault put into its rows.
        owned: By table the rows of each household, as they were made.
    """

    tables: Tables[pl.DataFrame]
    faults: Mapping[Place, int]
    odd: Mapping[Place, int]
    reasons: Mapping[int, Place]
    owned: tuple[Mapping[str, list[dict[str, Any]]], ...]

    @property
    def spoilt(self) -> frozenset[int]:
        """The households that must be set aside, by number."""
        return frozenset(self.reasons)


@attrs.define
class _Making:
    """What a fault is put into, and what is known of it then."""

    pick: Callable[[Sequence[Any]], Any]
    as_of: date
    owned: list[dict[str, list[dict[str, Any]]]]
    faults: Counter[Place] = attrs.Factory(Counter)
    odd: Counter[Place] = attrs.Factory(Counter)
    reasons: dict[int, Place] = attrs.Factory(dict)

    def fault(self, number: int, place: Place, rows: int = 1, *, spoils: bool = True) -> None:
        """Note that a fault was put into rows of a household."""
        self.faults[place] += rows
        if spoils:
            self.reasons[number] = place


_Wrong: TypeAlias = Callable[[_Making, int], None]


@st.composite
def dirty_tables(
    draw: st.DrawFn,
    *,
    as_of: date,
    most: int = 40,
    codes: Mapping[str, Sequence[str]] | None = None,
) -> Dirty:
    """Draw tables of households, members and records with faults in some of their rows.

    Args:
        draw: Hypothesis's.
        as_of: The day of the answer; records are of the months before.
        most: How many households there are at most.
        codes: Codes of areas that a tree has no one code for on that day, by the reason.
    """
    count = draw(st.integers(4, most))
    made = _making(lambda values: draw(st.sampled_from(values)), as_of, count)
    placed = [_put("households", reason, "area", some) for reason, some in (codes or {}).items()]
    for number in draw(st.sets(st.integers(0, count - 1), max_size=count - 1)):
        draw(st.sampled_from([*_WRONGS, *placed]))(made, number)
    return _dirty(made)


def each_fault(as_of: date) -> Iterator[Dirty]:
    """Give tables for each kind of fault, of which nine of twelve households have it."""
    numbers = Random(0)  # noqa: S311 - the same tables on every run
    for wrong in _WRONGS:
        made = _making(numbers.choice, as_of, 12)
        for number in range(1, 10):
            wrong(made, number)
        yield _dirty(made)


def _making(pick: Callable[[Sequence[Any]], Any], as_of: date, count: int) -> _Making:
    return _Making(pick, as_of, [_clean(number, as_of) for number in range(count)])


def _dirty(made: _Making) -> Dirty:
    tables = {
        name: pl.DataFrame([row for own in made.owned for row in own[name]], schema=schema)
        for name, schema in _SCHEMAS.items()
    }
    return Dirty(
        Tables(**tables),  # type: ignore[arg-type]
        dict(made.faults),
        dict(made.odd),
        dict(made.reasons),
        tuple(made.owned),
    )


def _clean(n: int, as_of: date) -> dict[str, list[dict[str, Any]]]:
    id_ = f"h{n}"
    home = {
        "household_id": id_,
        "area": OTHER_VILLAGE if n % 4 == 3 else VILLAGE,
        "size": 1 + n % 5,
        "net_income_12m": n * 10_000,
    }
    member = {
        "household_id": id_,
        "member_id": f"m{n}",
        "born_on": date(1950 + n % 60, 1, 1),
        "age": None,
    }
    record = {
        "household_id": id_,
        "record_id": f"r{n}",
        "kind": "traffic_accident",
        "day": as_of - timedelta(days=1 + n),
        "amount": n * 100,
    }
    return {"households": [home], "members": [member], "records": [record]}


_SCHEMAS: Mapping[str, Mapping[str, Any]] = {
    "households": {
        "household_id": pl.String,
        "area": pl.String,
        "size": pl.Int64,
        "net_income_12m": pl.Int64,
    },
    "members": {
        "household_id": pl.String,
        "member_id": pl.String,
        "born_on": pl.Date,
        "age": pl.Int64,
    },
    "records": {
        "household_id": pl.String,
        "record_id": pl.String,
        "kind": pl.String,
        "day": pl.Date,
        "amount": pl.Int64,
    },
}


def _put(table: str, reason: str, field: str, values: Sequence[Any]) -> _Wrong:
    """A fault of a row: the household is set aside with it."""

    def put(made: _Making, n: int) -> None:
        (row,) = made.owned[n][table]
        row[field] = made.pick(values)
        if field == "age":  # which would else differ from the one counted, too
            row["born_on"] = None
        made.fault(n, (table, reason, field))

    return put


def _double(table: str, key: str) -> _Wrong:
    """A row that came twice, or more often, perhaps with another content."""

    def put(made: _Making, n: int) -> None:
        rows, times = made.owned[n][table], made.pick((1, 2, 3))
        other = {"amount": 7} if "amount" in rows[0] else {"size": 1} if "size" in rows[0] else {}
        rows += [rows[0] | (other if made.pick((True, False)) else {}) for _ in range(times)]
        made.fault(n, (table, "duplicate-id", key), 1 + times)

    return put


def _nobodys(table: str, reason: str, values: Sequence[Any]) -> _Wrong:
    """A child row that names no household that there is: nobody goes with it."""

    def put(made: _Making, n: int) -> None:
        (row,) = made.owned[n][table]
        row["household_id"] = made.pick(values)
        made.fault(n, (table, reason, "household_id"), spoils=False)

    return put


def _to_come(made: _Making, n: int) -> None:
    days = made.pick((1, 2, 30, 365, 20_000))
    made.owned[n]["records"][0]["day"] = made.as_of + timedelta(days=days)
    made.odd["records", "after-as-of", "day"] += 1


def _other_age(made: _Making, n: int) -> None:
    (member,) = made.owned[n]["members"]
    years = made.as_of.year - member["born_on"].year  # born on the first of a January
    if years >= 0:
        member["age"] = (years + made.pick(range(1, 31))) % 131
        made.odd["members", "counted-otherwise", "age"] += 1


_SLIPS = (FIRST_DAY - timedelta(days=1), LAST_DAY + timedelta(days=1), date(21, 5, 1))
_WRONGS: tuple[_Wrong, ...] = (
    _put("households", "invalid-id", "household_id", _BAD_IDS),
    _put("households", "personal-id", "household_id", _PERSONAL),
    _put("households", "missing-id", "household_id", (None,)),
    *(_put("households", reason, "area", values) for reason, values in _AREAS.items()),
    _put("households", "out-of-bounds", "size", (0, -1, 100, 2**40)),
    _put("households", "out-of-bounds", "net_income_12m", (10**10 + 1, -(10**10) - 1)),
    _double("households", "household_id"),
    _put("members", "out-of-bounds", "age", (-1, 131)),
    _put("members", "implausible-day", "born_on", _SLIPS),
    _double("members", "member_id"),
    _nobodys("members", "missing-id", (None,)),
    _nobodys("members", "invalid-id", _BAD_IDS),
    _put("records", "unknown-choice", "kind", ("traffic_acident", "", "交通事故")),
    _put("records", "implausible-day", "day", _SLIPS),
    _put("records", "out-of-bounds", "amount", (-1, 10**10 + 1)),
    _double("records", "record_id"),
    _nobodys("records", "missing-id", (None,)),
    _nobodys("members", "orphan", ("nobody",)),
    _nobodys("records", "orphan", (f"{VILLAGE}99",)),
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


def set_aside_alike(
    dirty: Dirty, pack: Pack, as_of: date, kinds: Sequence[str], areas: AreaTree | None = None
) -> None:
    """Refuse kinds of frames that set other rows aside than others, or for other reasons.

    Args:
        dirty: The tables, and what was put into them.
        pack: The policy.
        as_of: The day.
        kinds: The kinds of frames.
        areas: The known areas.

    Raises:
        AssertionError: What a kind says is not what was put in, or not what the first says.
        VacuousLawError: There is no kind.
    """
    if not kinds:
        raise VacuousLawError("no kind of frame was given, so nothing was compared")
    first: dict[str, Any] | None = None
    for kind in kinds:
        screening = screen(tables_as(dirty.tables, kind), pack, as_of=as_of, areas=areas)
        found = seen(screening)
        direct = {
            place: number
            for place, number in screening.rejected_counts.items()
            if place[1] not in ("bad-rows", "orphan")
        }
        put = {place: number for place, number in dirty.faults.items() if place[1] != "orphan"}
        if direct != put:
            raise AssertionError(f"{kind} sets aside {direct}, and {put} was put in")
        for place in dirty.faults.keys() - put.keys():  # rows of who is set aside are such, too
            if (found_so := screening.rejected_counts.get(place, 0)) < dirty.faults[place]:
                raise AssertionError(
                    f"{kind} sets {found_so} rows aside at {place}, and {dirty.faults[place]} "
                    "were put in"
                )
        if found["odd"] != dirty.odd:
            raise AssertionError(
                f"{kind} finds odd {found['odd']}, and {dict(dirty.odd)} was put in"
            )
        judged = {household for household, _ in found["judged"]}
        kept = {f"h{n}" for n in range(len(dirty.owned)) if n not in dirty.spoilt}
        if judged != kept:
            raise AssertionError(f"{kind} judges other households than those without a fault")
        first = first or found
        for what, value in found.items():
            if value != first[what]:
                raise AssertionError(f"{kind} differs from {kinds[0]} in {what}")


__all__ = ["Dirty", "dirty_tables", "each_fault", "seen", "set_aside_alike"]
