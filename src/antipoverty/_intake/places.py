"""An area by its names: a village under its township and county, whatever it ends in.

Offices write 铺镇村, 铺镇村委会 and 铺镇行政村 for one village. What two areas share is
never chosen between: it is ambiguous, and the codes are listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property

import attrs
import polars as pl

from antipoverty._intake.parts import FAULT, Tally
from antipoverty._intake.text import ROW
from antipoverty.model import Area, AreaTree, Level

_ENDINGS = re.compile(
    r"(?:社区居民委员会|社区居委会|居民委员会|村民委员会|村委会|居委会|行政村|自然村|社区|街道办事处|街道办|"
    r"办事处|街道|(?<=..)[村镇乡县区市省])$"
)


def stem(name: str) -> str:
    """A name without what kind of area it is: 铺镇村委会 and 铺镇村 are 铺镇."""
    bare = "".join(name.split())
    shorter = _ENDINGS.sub("", bare)
    return shorter or bare


def _spellings(name: str) -> tuple[str, ...]:
    """A name as it is written in full and shorter: 周村委会, 周村 and, of longer ones, the stem."""
    return tuple(dict.fromkeys((name, re.sub("村(?:民委员会|委会)$", "村", name), stem(name))))


@attrs.frozen
class Place:
    """What names lead to.

    Attributes:
        code: The area's code, or ``None``.
        fault: ``area-not-found`` or ``area-ambiguous``; ``None`` with a code.
        candidates: The codes that fit, where there are several.
    """

    code: str | None
    fault: str | None = None
    candidates: tuple[str, ...] = ()


class Gazetteer:
    """Finds areas by their names.

    Args:
        tree: The areas, of the days that the names are of.
        level: The level of the last name.
    """

    def __init__(self, tree: AreaTree, level: Level = Level.VILLAGE) -> None:
        self._tree = tree
        self._level = level
        self._found: dict[tuple[str, ...], Place] = {}

    @cached_property
    def _by_stem(self) -> dict[str, list[tuple[str, tuple[set[str], ...]]]]:
        found: dict[str, list[tuple[str, tuple[set[str], ...]]]] = {}
        for area in self._tree.descendants(level=self._level):
            above = tuple({one.name, stem(one.name)} for one in self._tree.ancestors(area.code))
            now = tuple(self._now(area))
            for name in _spellings(area.name):
                found.setdefault(name, []).extend((code, above) for code in now)
        return found

    def _now(self, area: Area) -> Iterator[str]:
        """Follow an area that ended to those that succeeded it (改名、合并、拆分)."""
        if not area.successors:
            yield str(area.code)
        for code in area.successors:
            yield from self._now(self._tree[code])

    def __contains__(self, code: str) -> bool:
        return code in self._tree

    def find(self, names: Sequence[str | None]) -> Place:
        """Find an area by its name and those of some areas above it, the largest first."""
        asked = tuple("".join(name.split()) for name in names if name and name.strip())
        if asked not in self._found:
            self._found[asked] = self._look(asked)
        return self._found[asked]

    def _look(self, names: tuple[str, ...]) -> Place:
        if not names:
            return Place(None, "area-not-found")
        *above, name = names
        codes: set[str] = set()
        for way in _spellings(name):  # a full name decides before a shortened one
            codes = {
                code
                for code, ancestors in self._by_stem.get(way, ())
                if all(any({one, stem(one)} & known for known in ancestors) for one in above)
            }
            if codes:
                break
        if len(codes) == 1:
            return Place(codes.pop())
        fault = "area-ambiguous" if codes else "area-not-found"
        return Place(None, fault, tuple(sorted(codes)))


def place_names(
    frame: pl.DataFrame,
    cells: pl.DataFrame,
    columns: Sequence[str],
    gazetteer: Gazetteer,
    tally: Tally,
) -> pl.DataFrame:
    """Give rows the code of the village that they name; set aside those without one.

    Args:
        frame: The rows as they are read.
        cells: Their cells.
        columns: The headers of the names, the largest area first.
        gazetteer: The areas.
        tally: What is counted; of an ambiguous name, the codes that it fits.
    """
    keys = [pl.col(name).fill_null("").alias(f"_{at}") for at, name in enumerate(columns)]
    named = cells.select(ROW, *keys)
    distinct = named.drop(ROW).unique(maintain_order=True)
    places = [gazetteer.find(names) for names in distinct.rows()]
    codes = distinct.with_columns(
        pl.Series("area", [one.code for one in places], dtype=pl.String),
        pl.Series("_fault", [one.fault for one in places], dtype=pl.String),
        pl.Series("_at", range(len(places)), dtype=pl.Int64),
    )
    found = named.join(codes, on=[*distinct.columns], how="left", maintain_order="left")
    for at, rows in found["_at"].value_counts().rows():
        place = places[at]
        if place.candidates:
            names = tuple("".join(name.split()) for name in distinct.row(at))
            held = tally.ambiguous.get(names, ((), 0))[1]
            tally.ambiguous[names] = place.candidates, held + rows
    placed = frame.join(
        found.select(ROW, "area", "_fault"), on=ROW, how="left", maintain_order="left"
    )
    return tally.drop(placed.drop("_fault"), placed["_fault"])


def place_codes(frame: pl.DataFrame, gazetteer: Gazetteer | None, tally: Tally) -> pl.DataFrame:
    """Set aside households whose village's code is missing, no code or unknown."""
    code = pl.col("area")
    good = code.str.contains("^[1-9][0-9]{11}(?:[0-9]{2})?$")
    unknown: list[str] = []
    if gazetteer is not None:
        seen = frame["area"].drop_nulls().unique()
        unknown = [one for one in seen if one not in gazetteer and one[:12] not in gazetteer]
    fault = pl.col(f"{FAULT}area").cast(pl.String)
    return tally.drop(
        frame,
        pl.when(fault == "number-lost")
        .then(fault)
        .when(code.is_null() & pl.col(f"{FAULT}area").is_null())
        .then(pl.lit("area-missing"))
        .when(code.is_null() | ~good | code.is_in(unknown))
        .then(pl.lit("area-not-found")),
    )
