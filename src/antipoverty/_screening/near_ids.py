"""Ids that differ only in how they were written are recognised, and never joined by a guess.

A spreadsheet takes the zeros off ``0012``, a keyboard writes ``６１`` or ``x`` for ``X``,
a blank stays behind an id. Rows of such an id belong to no household; who reads that many
rows are orphans is told the likely cause, with one example that names nobody.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import attrs
import narwhals as nw

from antipoverty._base.frames import to_polars
from antipoverty._base.opaque import IN_FRAMES, names_a_person
from antipoverty._screening.tables import HOUSEHOLDS
from antipoverty.conditions import Language

LOOKED_AT = 2_000
"""How many ids of a table, of those without a household, are looked at."""

WAYS: dict[str, tuple[str, str]] = {
    "blanks": ("多出空格", "blanks"),
    "full-width": ("全角字符", "full-width forms"),
    "case": ("字母大小写", "the case of letters"),
    "leading-zeros": ("开头的零", "leading zeros"),
}
"""How ids can be written otherwise, in Chinese and English, in the order they are undone."""

_BLANKS = re.compile(r"[\s\u200b\u200c\u200d\ufeff]+")


@attrs.frozen
class NearIds:
    """Ids of a table that no household has, but for the way they are written.

    Attributes:
        table: The table.
        ways: The ways in which they differ, such as ``leading-zeros``.
        ids: How many ids; of the first `LOOKED_AT` that have no household.
        example: The id of a household and that of the table, or nothing where one of them
            could be somebody's number.
    """

    table: str
    ways: tuple[str, ...]
    ids: int
    example: tuple[str, str] | None

    def said(self, language: Language) -> str:
        """Say it in a line."""
        if language == "zh":
            how = "、".join(WAYS[way][0] for way in self.ways)
            pair = self.example
            shown = f"：农户表为 {pair[0]!r}，{self.table} 为 {pair[1]!r}" if pair else ""
            return f"{self.table} 有 {self.ids:,} 个编号与农户编号仅差{how}{shown}；请统一写法"
        how = " and ".join(WAYS[way][1] for way in self.ways)
        shown = (
            f": {HOUSEHOLDS} have {self.example[0]!r}, {self.table} {self.example[1]!r}"
            if self.example
            else ""
        )
        what = f"{self.ids:,} ids of {self.table} differ from a household's in {how}"
        return f"{what}{shown}; write them alike"

    def to_dict(self) -> dict[str, Any]:
        """Give it as plain data, with the line in both languages."""
        return {
            "table": self.table,
            "ways": list(self.ways),
            "ids": self.ids,
            "example": list(self.example) if self.example else None,
            "zh": self.said("zh"),
            "en": self.said("en"),
        }


def near_ids(
    table: str, strays: Iterable[str], households: nw.LazyFrame[Any]
) -> tuple[NearIds, ...]:
    """Find ids of a table that are a household's but for the way they are written.

    Args:
        table: The table's name.
        strays: The ids of its rows that are of nobody.
        households: The households, as they came.
    """
    plain = {stray: _plain(stray) for stray in sorted(strays)[:LOOKED_AT]}
    wanted = sorted(set(plain.values()) - {""})
    if not wanted:
        return ()
    own = nw.col("household_id")
    bare = own.str.to_uppercase().str.replace_all("^0+", "")
    odd = ~own.str.contains(IN_FRAMES)
    theirs = households.select(own.cast(nw.String)).filter(bare.is_in(wanted) | odd)
    found = to_polars(theirs.unique().head(10 * LOOKED_AT))["household_id"].sort()
    of: dict[str, list[str]] = {}
    for one in found:
        of.setdefault(_plain(one), []).append(one)
    near = [stray for stray in plain if len(of.get(plain[stray], ())) == 1]
    return _told(table, ((of[plain[one]][0], one) for one in near if one not in of[plain[one]]))


def _told(table: str, pairs: Iterable[tuple[str, str]]) -> tuple[NearIds, ...]:
    counts: Counter[tuple[str, ...]] = Counter()
    examples: dict[tuple[str, ...], tuple[str, str]] = {}
    for household, stray in pairs:
        ways = _ways(household, stray)
        counts[ways] += 1
        if not any(map(_may_be_personal, (household, stray))):
            examples.setdefault(ways, (household, stray))
    return tuple(
        NearIds(table, ways, ids, examples.get(ways))
        for ways, ids in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    )


_UNDO: dict[str, Callable[[str], str]] = {
    "blanks": lambda text: _BLANKS.sub("", text),
    "full-width": lambda text: unicodedata.normalize("NFKC", text),
    "case": str.upper,
    "leading-zeros": lambda text: text.lstrip("0"),
}


def _plain(text: str, but: str = "") -> str:
    """An id after every way of writing it is undone, one after the other, but for one."""
    for way, undo in _UNDO.items():
        if way != but:
            text = undo(text)
    return text


def _ways(one: str, other: str) -> tuple[str, ...]:
    """The ways that keep two ids apart while all the others are undone."""
    found = tuple(way for way in WAYS if _plain(one, way) != _plain(other, way))
    return found or tuple(WAYS)


def _may_be_personal(text: str) -> bool:
    bare = _BLANKS.sub("", unicodedata.normalize("NFKC", text))
    return not re.fullmatch(r"[A-Za-z0-9._:/-]{1,64}", bare) or names_a_person(bare.upper())


__all__ = ["LOOKED_AT", "NearIds", "near_ids"]
