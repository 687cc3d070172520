"""What a report is made of (报告的组成): every word in Chinese and English, every count a number.

The parts hold plain values, never markup: the template writes them, and escapes them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypeAlias

import attrs

from antipoverty._base.provenance import Text, said
from antipoverty._report.withholding import WITHHELD

Tone: TypeAlias = Literal["plain", "note", "warn"]
"""How a paragraph is set: as text, small, or so that nobody overlooks it."""


@attrs.frozen
class Share:
    """A part of a whole, shown as a percentage beside a bar.

    Attributes:
        part: The numerator.
        whole: The denominator; nothing is shown where it is 0.
    """

    part: int
    whole: int

    @property
    def permille(self) -> int | None:
        """Tenths of a per cent, rounded half up; exact, so that reports agree everywhere."""
        if not self.whole:
            return None
        return (2000 * self.part + self.whole) // (2 * self.whole)

    @property
    def text(self) -> str:
        """The percentage."""
        found = self.permille
        return "" if found is None else f"{found // 10}.{found % 10} %"

    @property
    def percent(self) -> str:
        """The length of the bar as CSS writes it."""
        found = min(self.permille or 0, 1000)
        return f"{found // 10}.{found % 10}%"


@attrs.frozen
class Fold:
    """A text behind a click: a line that is always seen, and what it opens to.

    Attributes:
        line: What is always seen.
        body: What is seen when it is opened; its line ends are kept.
    """

    line: Text = attrs.field(converter=said)
    body: Text = attrs.field(converter=said)


Cell: TypeAlias = "str | int | Text | Share | Fold | None"
"""What a table holds: a word, a count, words in two languages, a share, a fold, or nothing."""


def _cells(rows: Iterable[Sequence[Any]]) -> tuple[tuple[Any, ...], ...]:
    return tuple(tuple(row) for row in rows)


def several(given: Iterable[Any]) -> tuple[Any, ...]:
    """Copy what is given, once and for all."""
    return tuple(given)


def _texts(columns: Iterable[str | Text]) -> tuple[Text, ...]:
    return tuple(map(said, columns))


@attrs.frozen
class Table:
    """A table, with its total under a line.

    Attributes:
        columns: What the columns are called.
        rows: The rows; counts are set to the right.
        total: The last line, or nothing.
        title: What stands above it.
        note: What stands below it.
        fold: Whether only the title is seen until it is clicked on.
    """

    columns: tuple[Text, ...] = attrs.field(converter=_texts)
    rows: tuple[tuple[Cell, ...], ...] = attrs.field(converter=_cells)
    total: tuple[Cell, ...] | None = None
    title: Text | None = attrs.field(
        default=None, converter=attrs.converters.optional(said), kw_only=True
    )
    note: Text | None = attrs.field(default=None, kw_only=True)
    fold: bool = attrs.field(default=False, kw_only=True)
    shape: str = attrs.field(default="table", init=False)

    @property
    def numeric(self) -> tuple[bool, ...]:
        """For each column, whether counts stand in it, shown or withheld."""
        found = []
        for place in range(len(self.columns)):
            cells = [row[place] for row in self.rows if row[place] is not None]
            found.append(
                bool(cells) and any(isinstance(one, int) or one == WITHHELD for one in cells)
            )
        return tuple(found)


@attrs.frozen
class Picture:
    """A drawing as SVG, once for each language.

    Attributes:
        title: What it shows.
        zh: The drawing with Chinese words.
        en: The drawing with English words; the same where it has none.
        note: What a reader has to know of it.
    """

    title: Text = attrs.field(converter=said)
    zh: str = attrs.field(repr=False)
    en: str = attrs.field(repr=False)
    note: Text | None = None
    shape: str = attrs.field(default="picture", init=False)


@attrs.frozen
class Paragraph:
    """A paragraph.

    Attributes:
        text: What it says; its line ends are kept.
        tone: How it is set.
    """

    text: Text = attrs.field(converter=said)
    tone: Tone = "plain"
    shape: str = attrs.field(default="paragraph", init=False)


@attrs.frozen
class Figure:
    """A number that stands large at the head of a report, with what it is out of.

    Attributes:
        label: What it counts.
        value: The number, or what stands in its place.
        of: What it is out of.
    """

    label: Text = attrs.field(converter=said)
    value: int | Text | str
    of: Text | None = attrs.field(default=None, converter=attrs.converters.optional(said))


Block: TypeAlias = "Table | Picture | Paragraph"
"""What a section is made of."""


@attrs.frozen
class Section:
    """A part of a report under a heading.

    Attributes:
        title: The heading.
        blocks: What stands in it.
    """

    title: Text = attrs.field(converter=said)
    blocks: tuple[Block, ...] = attrs.field(converter=several)
