"""Invented populations: a province of any size (模拟数据), and a year in the life of a small one.

No row is of a real person or household. They live in real villages, carry no name, number
or telephone, and every value is a function of the seed, the row and the column.
"""

from __future__ import annotations

from antipoverty._synthetic.province import (
    DEMO_DAY,
    PART,
    Progress,
    Province,
    Written,
    generate,
)
from antipoverty._synthetic.running import Ran, run
from antipoverty._synthetic.year import Inspected, Year, year

__all__ = [
    "DEMO_DAY",
    "PART",
    "Inspected",
    "Progress",
    "Province",
    "Ran",
    "Written",
    "Year",
    "generate",
    "run",
    "year",
]
