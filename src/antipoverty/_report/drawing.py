"""Charts (图表) are Altair's; as SVG they need no network and no browser, and no script.

A picture in a page takes the page's ink, so that it can be read by light and by dark.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from antipoverty._base.provenance import Text
from antipoverty._report.parts import Picture
from antipoverty.errors import MissingExtraError
from antipoverty.languages import LANGUAGES, Language

_NEEDS = "charts need the extra 'report': pip install 'antipoverty[report]'"
FONTS = "Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, SimSun, sans-serif"
BLUE, ORANGE, GREEN, GREY, BLACK = "#0072B2", "#D55E00", "#009E73", "#999999", "#000000"
"""Colours that the colour-blind tell apart (Okabe and Ito)."""

_INK = {
    "labelColor": "currentColor",
    "titleColor": "currentColor",
    "gridColor": "currentColor",
    "gridOpacity": 0.15,
    "tickColor": "currentColor",
    "domainColor": "currentColor",
}


def altair() -> Any:
    """Give Altair.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        return import_module("altair")
    except ModuleNotFoundError:
        raise MissingExtraError(_NEEDS) from None


def values(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Rows as the data of a chart, which carries them itself."""
    return altair().Data(values=[dict(row) for row in rows])


def finished(chart: Any, title: Text | str, language: Language, notes: Sequence[str] = ()) -> Any:
    """Give a chart its title, its notes and the fonts."""
    words = title if isinstance(title, str) else title[language]
    heading = {"text": words, "subtitle": list(notes), "anchor": "start"}
    return chart.properties(title=heading).configure(font=FONTS).configure_view(stroke=None)


def to_svg(chart: Any) -> str:
    """Write a chart as SVG text; it needs no network and no browser.

    Raises:
        MissingExtraError: vl-convert is not installed.
    """
    return _svg(chart.to_dict())


def _svg(spec: Mapping[str, Any]) -> str:
    try:
        convert = import_module("vl_convert")
    except ModuleNotFoundError:
        raise MissingExtraError(_NEEDS) from None
    return str(convert.vegalite_to_svg(dict(spec)))


def in_ink(chart: Any) -> str:
    """Write a chart as SVG in the ink of the page that it stands in, without its title."""
    spec = chart.to_dict()
    spec.pop("title", None)
    config = spec.setdefault("config", {})
    config["background"] = spec["background"] = None
    config["axis"] = {**config.get("axis", {}), **_INK}
    legend = {"labelColor": "currentColor", "titleColor": "currentColor"}
    config["legend"] = {**config.get("legend", {}), **legend}
    config["text"] = {"color": "currentColor", **config.get("text", {})}
    config["header"] = legend
    return _apart(_svg(spec))


def _apart(svg: str) -> str:
    """Give what a drawing refers to names of its own, so that several can stand in one page."""
    mark = hashlib.sha256(svg.encode()).hexdigest()[:8]
    return re.sub(r'(\bid="|url\(#)', rf"\g<1>p{mark}-", svg)


def picture(draw: Callable[[Language], Any], title: Text, note: Text | None = None) -> Picture:
    """Draw a chart in both languages for a page.

    Args:
        draw: Gives the chart in a language.
        title: What it shows; the chart's own title is left out.
        note: What a reader has to know of it.
    """
    zh, en = (in_ink(draw(language)) for language in LANGUAGES)
    return Picture(title, zh, en, note)
