"""Papers of a period: quarter's dispatch (季调度), half-year and annual summary, in two languages.

Each figure has its denominator, and each can be counted again from the registers' events,
the receipts and the notices that the paper is made from.
"""

from __future__ import annotations

from antipoverty._summaries.figures import Figure, Section, Table
from antipoverty._summaries.folder import out_of_line, read_sources
from antipoverty._summaries.gather import summary
from antipoverty._summaries.papers import Summary
from antipoverty._summaries.sources import Sources

__all__ = [
    "Figure",
    "Section",
    "Sources",
    "Summary",
    "Table",
    "out_of_line",
    "read_sources",
    "summary",
]
