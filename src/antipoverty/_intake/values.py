"""What the cells of a column may be: they decide where a header leaves several facts open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import polars as pl

from antipoverty._intake.cells import held, read_cells
from antipoverty._intake.mapping import Column
from antipoverty._intake.persons import spelled
from antipoverty._intake.text import tidy
from antipoverty.model import Field, Kind, TableSchema

ENOUGH = 0.5
"""The least share of cells that a guessed fact must be able to read."""
_SURE = 0.9
_SEEN = 500
_UNITS = ("万元", "亿元", "元", "分")
_MISSING = Column.model_fields["missing_values"].default
_YES: tuple[str, ...] = Column.model_fields["true_values"].default
_NO: tuple[str, ...] = Column.model_fields["false_values"].default


@attrs.frozen
class Tried:
    """A fact tried on a column's cells.

    Attributes:
        field: The fact.
        seen: How many filled cells were looked at.
        read: How many of them could be read.
        more: Further words of the mapping.
        why: What is to be said of them.
    """

    field: str
    seen: int
    read: int
    more: Mapping[str, object]
    why: str = ""

    @property
    def share(self) -> float:
        """The share that could be read; all of none."""
        return self.read / self.seen if self.seen else 1.0


def holds_numbers(cells: pl.Series) -> bool:
    """Whether most filled cells are resident numbers whose last character checks."""
    seen = _sample(cells)
    return len(seen) > 0 and spelled(seen)["number"].count() * 2 > len(seen)


def try_field(
    header: str, cells: pl.Series, field: Field | None, name: str, words: Mapping[str, Any]
) -> Tried | None:
    """Read a column's first cells as a fact.

    Args:
        header: The column's header, in which a unit may stand.
        cells: The cells.
        field: The fact; ``None`` for the household's id of a child table.
        name: Its name.
        words: The shipped words of departments.
    """
    seen = _sample(cells)
    more: dict[str, object] = {}
    why: list[str] = []
    if field is not None and field.about.personal:
        return Tried(name, len(seen), len(seen), more)
    if field is not None and field.about.unit.scale == 100:
        unit = next((one for one in _UNITS if one in tidy(header)), None)
        more["unit"] = unit or "元"
        why += [] if unit else ["单位未写，暂按元"]
        if "人均" in header:
            more["per"] = "person"
    elif field is not None and field.kind is Kind.DATE and _all(seen, r"[2-5][0-9]{4}([.]0*)?"):
        more["format"] = "excel"
    elif field is not None and field.kind is Kind.DATE and _all(seen, r"[0-9]{4}\D?[0-9]{1,2}月?"):
        more["format"] = "month"
    elif field is not None and field.kind is Kind.FLAG:
        more |= _yes_and_no(seen, words)
    elif field is not None and field.about.choices:
        found = _found(seen, words.get("words", {}).get(name, {}))
        more |= {"words": found} if found else {}
    if name == "household_id" and _stops(cells):
        more["fillDown"] = True
        why.append("下方有空格：暂按合并单元格沿用上一格")
    column = Column.model_validate({"column": header, "field": name, **more})
    value, _ = read_cells(seen, column, field)
    return Tried(name, len(seen), value.count(), more, "；".join(why))


def by_values(cells: pl.Series, table: TableSchema, words: Mapping[str, Any]) -> list[str]:
    """The facts that a column's cells speak for, whatever its header: one, or none."""
    seen = _sample(cells)
    if len(seen) == 0:
        return []
    if table.name is None and _all(seen, "[1-9][0-9]{11}(?:[0-9]{2})?"):
        return ["area"]
    found = [
        name
        for name, field in table.fields.items()
        if field.about.choices
        and seen.n_unique() > 1
        and (tried := try_field("", seen, field, name, words)) is not None
        and tried.share >= _SURE
    ]
    return found if len(found) == 1 else []


def _sample(cells: pl.Series) -> pl.Series:
    return held(cells, _MISSING).drop_nulls().head(_SEEN)


def _all(seen: pl.Series, form: str) -> bool:
    return len(seen) > 0 and bool(seen.str.contains(f"^(?:{form})$").all())


def _found(seen: pl.Series, listed: Mapping[str, list[str]]) -> dict[str, str]:
    there = {*seen.unique()}
    return {
        word: means
        for means, several in listed.items()
        for word in (tidy(one) for one in several)
        if word in there
    }


def _yes_and_no(seen: pl.Series, words: Mapping[str, Any]) -> dict[str, object]:
    there = {*seen.unique()}
    yes = [word for word in words.get("yes", {}).get("words", ()) if word in there]
    no = [word for word in words.get("no", {}).get("words", ()) if word in there]
    more: dict[str, object] = {}
    if yes:
        more["trueValues"] = [*_YES, *yes]
    if no:
        more["falseValues"] = [*_NO, *no]
    return more


def _stops(cells: pl.Series) -> bool:
    """Whether some cells are empty below filled ones, as merged cells are saved."""
    texts = held(cells, _MISSING)
    return len(texts) > 0 and texts[0] is not None and texts.null_count() > 0
