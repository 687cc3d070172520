"""A report as one file (离线报告): no script, no network, Chinese and English, light and dark, A4.

A page forbids itself everything but its own styles (``default-src 'none'``): what slipped
through as markup could neither run nor fetch. The language and the light are switched by
the style sheet alone.
"""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import attrs

from antipoverty._base.provenance import Text, said
from antipoverty._report.parts import Figure, Fold, Section, Share, several
from antipoverty.errors import InvalidArgumentError, MissingExtraError
from antipoverty.languages import Language, Voice, current

_NEEDS = "reports need the extra 'report': pip install 'antipoverty[report]'"
_FORBIDDEN = ("script", "foreignObject", "iframe", "image", "a", "style", "use", "animate", "set")


@attrs.frozen
class Page:
    """A report (报告): one HTML file that opens anywhere and prints on A4.

    Attributes:
        title: What it is.
        sections: Its parts.
        subtitle: What it is about: the policy, the day.
        figures: The numbers at its head.
        warning: What nobody may overlook, such as that values are examples.
        facts: What stands at its foot, line by line: method, version, digests.
    """

    title: Text = attrs.field(converter=said)
    sections: tuple[Section, ...] = attrs.field(converter=several, repr=False)
    subtitle: Text = attrs.field(default=Text("", ""), converter=said)
    figures: tuple[Figure, ...] = attrs.field(default=(), converter=several, repr=False)
    warning: Text | None = attrs.field(default=None, repr=False)
    facts: tuple[tuple[Text, Text | str], ...] = attrs.field(
        default=(), converter=several, repr=False
    )

    def html(self, language: Language | None = None) -> str:
        """Write the page as HTML.

        Args:
            language: The language that it opens in; the reader may switch.

        Raises:
            InvalidArgumentError: There is no such language, or a picture is no plain SVG.
            MissingExtraError: Jinja2 is not installed.
        """
        language = current(language, "zh")
        chosen = Voice(language).language
        for section in self.sections:
            for block in section.blocks:
                if block.shape == "picture":
                    check_svg(block.zh)  # type: ignore[union-attr]
                    check_svg(block.en)  # type: ignore[union-attr]
        template = _environment().get_template("page.html.j2")
        return str(template.render(page=self, language=chosen))

    def write(self, path: str | Path, language: Language | None = None) -> Path:
        """Write the page to a file and give its path."""
        language = current(language, "zh")
        place = Path(path)
        place.write_text(self.html(language), encoding="utf-8", newline="\n")
        return place

    def _repr_html_(self) -> str:
        """Show the page in a notebook, in a frame of its own."""
        from html import escape

        inner = escape(self.html(), quote=True)
        return (
            f'<iframe srcdoc="{inner}" sandbox style="width:100%;height:640px;border:0"></iframe>'
        )


def check_svg(text: str) -> None:
    """Refuse a drawing that holds more than shapes and words.

    Raises:
        InvalidArgumentError: It is no SVG, or something in it could run or fetch.
    """
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - made here, and no entity is expanded
    except ElementTree.ParseError:
        raise InvalidArgumentError("a picture of a report is SVG that can be read") from None
    for one in root.iter():
        name = str(one.tag).rpartition("}")[2]
        wrong = [key for key in one.attrib if key.lower().startswith("on") or "href" in key]
        if name in _FORBIDDEN or wrong:
            raise InvalidArgumentError(
                "a picture of a report holds shapes and words alone, and no {wrong}",
                wrong=(wrong or [name])[0],
            )


_CODE = re.compile(r"[0-9A-Za-z._:/-]{1,20}")
"""What stays in one line of a cell: half a code is another code."""


def _environment() -> Any:
    try:
        jinja2 = import_module("jinja2")
    except ModuleNotFoundError:
        raise MissingExtraError(_NEEDS) from None
    folder = Path(__file__).parent / "templates"
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["count"] = lambda one: isinstance(one, int) and not isinstance(one, bool)
    environment.tests["text"] = lambda one: isinstance(one, Text)
    environment.tests["share"] = lambda one: isinstance(one, Share)
    environment.tests["fold"] = lambda one: isinstance(one, Fold)
    environment.tests["code"] = lambda one: isinstance(one, str) and bool(_CODE.fullmatch(one))
    environment.globals["words"] = Text
    environment.globals["style"] = (folder / "page.css").read_text(encoding="utf-8")
    environment.filters["thousands"] = lambda one: f"{one:,}"
    return environment
