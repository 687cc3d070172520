r"""Intake (数据接入): from the files that departments send to the tables that rules read.

A mapping says what each column of each file holds; `read` gives the tables and a report in
which every row of every file stands once: in a table, or under the kind of its fault.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "农户.csv").write_text("户编号,村代码,人口,纯收入(元)\n"
    ...         "h1,610702100200,3,17400.50\n合计,,3,17400.50\n")
    ...     mapping = read_mapping(as_toml(guess([Path(folder, "农户.csv")])))
    ...     intake = read(mapping, folder, accept_guesses=True)
    >>> intake.tables["households"].row(0, named=True)["net_income_12m"]
    1740050
    >>> print(intake.report.explain("en"))
    households-1 → households: 3 rows, 1 placed
      the header: 1 (rows 1)
      a total: 1 (rows 3)
"""

from __future__ import annotations

from antipoverty._intake.decided import write_candidates
from antipoverty._intake.deliveries import Delivery
from antipoverty._intake.dictionary import Entry, as_markdown, data_dictionary, tables_needed
from antipoverty._intake.guess import Guess, GuessedSource, as_toml, guess
from antipoverty._intake.linkage import candidates
from antipoverty._intake.mapping import (
    Column,
    DeliveryForm,
    Link,
    Mapping,
    Source,
    Wide,
)
from antipoverty._intake.places import Gazetteer, Place
from antipoverty._intake.plausible import Plausible, read_plausible
from antipoverty._intake.preflight import Preflight, explain, preflight
from antipoverty._intake.problems import load_mapping, mapping_schema, read_mapping
from antipoverty._intake.read import Intake, read, read_into
from antipoverty._intake.report import KINDS, Cells, IntakeReport, PlaceName, Rows, SourceReport
from antipoverty._intake.template import template_mapping, write_template

__all__ = [
    "KINDS",
    "Cells",
    "Column",
    "Delivery",
    "DeliveryForm",
    "Entry",
    "Gazetteer",
    "Guess",
    "GuessedSource",
    "Intake",
    "IntakeReport",
    "Link",
    "Mapping",
    "Place",
    "PlaceName",
    "Plausible",
    "Preflight",
    "Rows",
    "Source",
    "SourceReport",
    "Wide",
    "as_markdown",
    "as_toml",
    "candidates",
    "data_dictionary",
    "explain",
    "guess",
    "load_mapping",
    "mapping_schema",
    "preflight",
    "read",
    "read_into",
    "read_mapping",
    "read_plausible",
    "tables_needed",
    "template_mapping",
    "write_candidates",
    "write_template",
]
