"""A paper of figures: each has its denominator, and reads the same in both languages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import attrs

from antipoverty._base.frozen import Frozen
from antipoverty._base.provenance import Text
from antipoverty._summaries.figures import Figure, Section
from antipoverty._summaries.page import sections_of
from antipoverty.conditions import Language
from antipoverty.errors import InvalidArgumentError, did_you_mean
from antipoverty.languages import LANGUAGES, Voice, current
from antipoverty.periods import Cadence, Period
from antipoverty.report import Page

KINDS: Mapping[Cadence, Text] = Frozen(
    {
        Cadence.WEEK: Text("周统计", "Weekly statistics"),
        Cadence.MONTH: Text("月情况", "Month"),
        Cadence.QUARTER: Text("季调度", "Quarterly dispatch"),
        Cadence.HALF_YEAR: Text("半年小结", "Half-year summary"),
        Cadence.YEAR: Text("年终总结", "Annual summary"),
    }
)
_ILLUSTRATIVE = Text(
    "示例：部分规则、时限、指标未见公布，不作为政策依据。",
    "Illustrative: some rules, limits or indicators are not published policy.",
)


@attrs.frozen(repr=False)
class Summary:
    """The paper of a period (季调度、半年小结、年终总结).

    Attributes:
        period: The period.
        as_of: The day on which everything stands so.
        area: Of what area it is, in both languages.
        illustrative: Whether some rule, limit or indicator is not published policy.
        sections: Its sections.
    """

    period: Period
    as_of: date
    area: Text
    illustrative: bool
    sections: tuple[Section, ...]

    def __repr__(self) -> str:
        figures = sum(len(one.figures) for one in self.sections)
        return f"<Summary {self.period} of {self.area.en}: {figures} figures>"

    @property
    def title(self) -> Text:
        """What it is called."""
        kind = KINDS[self.period.cadence]
        return Text(
            f"{self.area.zh}{self.period.zh}{kind.zh}", f"{kind.en} {self.period}, {self.area.en}"
        )

    @property
    def figures(self) -> Mapping[str, Figure]:
        """Every figure by its id."""
        return {one.id: one for section in self.sections for one in section.figures}

    def figure(self, id_: str) -> Figure:
        """One figure by its id.

        Raises:
            InvalidArgumentError: There is no such figure.
        """
        found = self.figures
        if id_ not in found:
            raise InvalidArgumentError(
                "there is no figure {id!r}{near}", id=id_, near=did_you_mean(id_, found)
            )
        return found[id_]

    def text(self, language: Language | None = None) -> str:
        """The paper in Markdown."""
        language = current(language, "zh")
        say = Voice(language)
        lines = [f"# {self.title[language]}", "", say(f"截至 {self.as_of}", f"As of {self.as_of}")]
        if self.illustrative:
            lines += ["", f"> {_ILLUSTRATIVE[language]}"]
        for number, section in enumerate(self.sections, 1):
            lines += ["", f"## {number}. {section.title[language]}", ""]
            lines += [f"- {one.line(language)}" for one in section.figures]
            if section.note is not None:
                lines += ([""] if section.figures else []) + [section.note[language]]
            for table in section.tables:
                lines += [*([""] if lines[-1] else []), *table.lines(language)]
        return "\n".join(lines) + "\n"

    def report(self) -> Page:
        """Lay the paper out as a page that opens anywhere and prints (材料网页)."""
        return Page(
            title=self.title,
            subtitle=Text(f"截至 {self.as_of}", f"As of {self.as_of}"),
            warning=_ILLUSTRATIVE if self.illustrative else None,
            sections=sections_of(self.sections),
        )

    def write(self, folder: str | Path) -> None:
        """Write the paper in both languages, and its figures as JSON, named by its period."""
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        for language in LANGUAGES:
            text = self.text(language)
            (place / f"{self.period}.{language}.md").write_text(text, encoding="utf-8")
        document = json.dumps(self.as_dict(), ensure_ascii=False, indent=2) + "\n"
        (place / f"{self.period}.json").write_text(document, encoding="utf-8")

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "period": str(self.period),
            "as_of": str(self.as_of),
            "kind": KINDS[self.period.cadence].en,
            "illustrative": self.illustrative,
            "figures": {
                one.id: {"count": one.count, "of": one.of} for one in self.figures.values()
            },
            "tables": {
                table.id: [[_plain(cell) for cell in row] for row in table.rows]
                for section in self.sections
                for table in section.tables
            },
        }


def _plain(value: int | str | Text) -> int | str:
    return value.en if isinstance(value, Text) else value
