"""An area by its names: a village under its township and county, whatever it ends in.

Offices write 铺镇村, 铺镇村委会 and 铺镇行政村 for one village. What two areas share is
never chosen between: it is ambiguous, and the codes are listed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from antipoverty.model import AreaTree, Level

_ENDINGS = re.compile(
    r"(?:社区居民委员会|社区居委会|居民委员会|村民委员会|村委会|居委会|行政村|自然村|社区|街道办事处|街道办|"
    r"办事处|街道|(?<=..)[村镇乡县区市省])$"
)


def stem(name: str) -> str:
    """A name without what kind of area it is: 铺镇村委会 and 铺镇村 are 铺镇."""
    bare = "".join(name.split())
    shorter = _ENDINGS.sub("", bare)
    return shorter or bare


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
        self._found: dict[tuple[str, ...], Place] = {}
        self._by_stem: dict[str, list[tuple[str, tuple[set[str], ...]]]] = {}
        for area in tree.descendants(level=level):
            above = tuple({one.name, stem(one.name)} for one in tree.ancestors(area.code))
            for name in {area.name, stem(area.name)}:
                self._by_stem.setdefault(name, []).append((str(area.code), above))

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
        for way in (name, stem(name)):  # a full name decides before a shortened one
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
