"""Every table that a command prints, as one workbook (工作簿): sheets by place, and one of notes.

A list that reaches over several counties or departments has a sheet for each of them, behind
the sheet of all. Codes and texts stand in cells of text, so that none is rounded and none runs;
the header is frozen and filters, as in the hand-over lists. The notes say which packs were read,
and where each rule and value comes from.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from antipoverty._base.workbooks import Sheet, SheetColumn, write_workbook
from antipoverty.cli._language import chosen, said
from antipoverty.codes import Level
from antipoverty.model import shaanxi_areas

if TYPE_CHECKING:
    from antipoverty.model import AreaTree
    from antipoverty.rules import Pack


@attrs.define
class _Kept:
    """What a run printed."""

    sheets: list[Sheet] = attrs.field(factory=list)
    areas: AreaTree | None = None
    notes: list[tuple[str, str]] = attrs.field(factory=list)


_kept: ContextVar[_Kept | None] = ContextVar("kept", default=None)
_WIDEST = 60
_LONGEST = 31
"""Letters in the name of a sheet."""
_RESERVED = ("history",)
"""Names that Excel keeps for itself."""


def keep_tables(wanted: Path | None) -> None:
    """Begin to keep the tables of this run, or leave it."""
    _kept.set(None if wanted is None else _Kept())


def keep_sources(pack: Pack) -> None:
    """Note a pack that was read, with the sources of its rules and values."""
    kept = _kept.get()
    if kept is None:
        return
    kept.notes.append((chosen(*pack.title), f"{pack.id} {pack.version}"))
    sources = [(one.id, one.source) for one in pack.rules.values()]
    sources += [
        (f"{one.id} {value.since}", value.source)
        for one in pack.parameters.values()
        for value in one.values
    ]
    kept.notes += [
        (f"{pack.id}: {name}", f"{chosen(*source.title)} [{said(source.status.value)}]")
        for name, source in sources
    ]


def keep_areas(areas: AreaTree) -> None:
    """Note the areas of a run, whose names its sheets carry."""
    kept = _kept.get()
    if kept is not None:
        kept.areas = areas


def keep(
    title: str,
    keys: Sequence[str],
    heads: Sequence[str],
    rows: Sequence[Sequence[Any]],
    total: Iterable[Any] | None = None,
) -> None:
    """Keep a table that was printed, where tables are kept.

    Args:
        title: Its title.
        keys: The columns as the code names them.
        heads: The columns as they are headed.
        rows: The cells.
        total: The last row.
    """
    kept = _kept.get()
    if kept is None:
        return
    kept.sheets.append(_sheet(title, heads, [*rows, *([total] if total is not None else [])]))
    groups = _by_place(keys, rows)
    if len(groups) > 1 and len(rows) > len(groups):
        names = _named(list(groups), kept.areas)
        kept.sheets += [_sheet(f"{names[of]} {title}", heads, groups[of]) for of in groups]


def write_kept(path: Path, notes: Sequence[tuple[str, str]]) -> int:
    """Write the tables that were kept, with notes; give how many sheets they take.

    Raises:
        MissingExtraError: XlsxWriter is not installed.
    """
    kept = _kept.get() or _Kept()
    about = said("notes")
    sheets: list[Sheet] = []
    for one in kept.sheets:
        name = _name(one.name, {*_RESERVED, about.lower(), *(it.name.lower() for it in sheets)})
        sheets.append(attrs.evolve(one, name=name))
    counted = [(one.name, f"{len(one.rows):,}") for one in sheets]
    columns = (SheetColumn(said("what"), width=30), SheetColumn(said("content"), width=80))
    write_workbook(path, [*sheets, Sheet(about, columns, [*notes, *kept.notes, *counted])])
    return len(sheets)


def _by_place(keys: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, list[Sequence[Any]]]:
    """The rows of each county, where they say an area; else of each department."""
    for key, of in (("area", _county), ("code", _county), ("department", str)):
        if key in keys and rows:
            at = keys.index(key)
            found: dict[str, list[Sequence[Any]]] = {}
            for row in rows:
                found.setdefault(of(row[at]), []).append(row)
            if "" not in found:
                return found
    return {}


def _county(value: Any) -> str:
    """The county of a code; nothing for what lies above one, or is no code."""
    code = str(value)
    return code[: Level.COUNTY.digits] if re.fullmatch(r"\d{6,15}", code) else ""


def _named(groups: Sequence[str], areas: AreaTree | None) -> dict[str, str]:
    """Call counties by their names; two of one name have their city's before it."""
    if not all(map(str.isdecimal, groups)):
        return dict(zip(groups, groups, strict=True))
    tree = shaanxi_areas() if areas is None else areas
    known = {one: tree[one] for one in groups if one in tree}
    often = Counter(area.name for area in known.values())
    named = dict(zip(groups, groups, strict=True))
    for code, area in known.items():
        city = tree.parent(code) if often[area.name] > 1 else None
        named[code] = f"{city.name}{area.name}" if city is not None else area.name
    return named


def _sheet(title: str, heads: Sequence[str], rows: Iterable[Iterable[Any]]) -> Sheet:
    cells = [[_cell(one) for one in row] for row in rows]
    flat = [_flat(one) for one in heads]
    widths = [
        min(max((_width(one) for one in (head, *(row[at] for row in cells))), default=8), _WIDEST)
        for at, head in enumerate(flat)
    ]
    made = (SheetColumn(head, width=wide + 2) for head, wide in zip(flat, widths, strict=True))
    return Sheet(_flat(title), tuple(made), cells)


def _cell(value: Any) -> str | int | None:
    if value is None or type(value) is int:
        return value
    return _flat(str(value))


def _flat(text: str) -> str:
    return " ".join(text.split("\n"))


def _width(value: str | int | None) -> int:
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in str(value or ""))


def _name(title: str, taken: set[str]) -> str:
    """A name that no other sheet has, at most 31 letters."""
    bare = re.sub(r"[\[\]:*?/\\']", " ", title).strip() or said("table")
    name, number = bare[:_LONGEST].strip(), 2
    while name.lower() in taken:
        name, number = f"{bare[: _LONGEST - 5].strip()} {number}", number + 1
    return name
