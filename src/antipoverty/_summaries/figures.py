"""What a period's paper is made of (统计数): figures with their denominators, and tables."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from antipoverty._base.provenance import Text
from antipoverty.conditions import Language
from antipoverty.languages import Voice


@attrs.frozen
class Figure:
    """One figure, with what it is a part of.

    Attributes:
        id: Its permanent name.
        title: What it counts.
        count: The figure.
        of: Its denominator; ``None`` for one that is no part of anything.
        whole: What the denominator counts.
        each: Whether it is no part of the denominator, but so much for each of it, as days are.
    """

    id: str
    title: Text
    count: int
    of: int | None = None
    whole: Text | None = None
    each: bool = False

    def line(self, language: Language) -> str:
        """The figure as a line; shares are cut, so that only all of them are 100.0 %."""
        say = Voice(language)
        colon = say("：", ": ")
        if self.of is None:
            return f"{self.title[language]}{colon}{self.count:,}"
        whole = f" {self.whole[language]}" if self.whole is not None else ""
        said = say("，", ", ") + self.share(language)
        return f"{self.title[language]}{colon}{self.count:,} / {self.of:,}{whole}{said}"

    def share(self, language: Language) -> str:
        """What part it is of its denominator, or how much for each; empty without one."""
        say = Voice(language)
        if self.of is None:
            return ""
        if not self.of:
            return say("无", "none")
        if self.each:
            return say("平均", "on average ") + str(10 * self.count // self.of / 10)
        return f"{1000 * self.count // self.of / 10}%"


@attrs.frozen
class Table:
    """Figures by unit, department or rule.

    Attributes:
        id: Its permanent name.
        columns: What stands in each column.
        rows: The rows; numbers, or text in both languages.
    """

    id: str
    columns: tuple[Text, ...]
    rows: tuple[tuple[int | str | Text, ...], ...]

    def lines(self, language: Language) -> Iterator[str]:
        """The table in Markdown."""
        yield "| " + " | ".join(one[language] for one in self.columns) + " |"
        yield "|" + "---|" * len(self.columns)
        for row in self.rows:
            yield "| " + " | ".join(_cell(one, language) for one in row) + " |"


def _cell(value: int | str | Text, language: Language) -> str:
    if isinstance(value, Text):
        return value[language]
    return f"{value:,}" if isinstance(value, int) else value


@attrs.frozen
class Section:
    """Figures that belong together, and what is said where there are none."""

    id: str
    title: Text
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    note: Text | None = None
