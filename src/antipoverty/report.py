"""Reports (报告): one HTML file that opens anywhere, in Chinese and English, and prints on A4.

>>> from antipoverty.rules import Text
>>> Page(Text("年报", "The year"), [Section(Text("各县", "Counties"), [
...     Table([Text("县", "County"), Text("户", "Households")], [["勉县", 12], ["略阳县", 40]])
... ])])
Page(title=Text(zh='年报', en='The year'), subtitle=Text(zh='', en=''))

A page holds plain values; its template escapes every one of them. It carries no script and
fetches nothing, so that it may be opened on a machine without a network.
"""

from __future__ import annotations

from antipoverty._report.drawing import (
    BLACK,
    BLUE,
    FONTS,
    GREEN,
    GREY,
    ORANGE,
    altair,
    finished,
    in_ink,
    picture,
    to_svg,
    values,
)
from antipoverty._report.page import Page
from antipoverty._report.parts import (
    Block,
    Cell,
    Figure,
    Fold,
    Paragraph,
    Picture,
    Section,
    Share,
    Table,
)
from antipoverty._report.withholding import Withholding, withheld

__all__ = [
    "BLACK",
    "BLUE",
    "FONTS",
    "GREEN",
    "GREY",
    "ORANGE",
    "Block",
    "Cell",
    "Figure",
    "Fold",
    "Page",
    "Paragraph",
    "Picture",
    "Section",
    "Share",
    "Table",
    "Withholding",
    "altair",
    "finished",
    "in_ink",
    "picture",
    "to_svg",
    "values",
    "withheld",
]
