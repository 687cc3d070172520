"""The lines of all hand-over lists as one frame, made and written where the answers are.

A list for one department comes into memory. The lines of a whole province need not: they
stay a query of the engine that holds the answers, and on Spark the executors write them, a
folder for each department and county.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Literal

import narwhals as nw
import polars as pl

from antipoverty._base.frames import beside, is_polars, to_polars
from antipoverty._screening.lines import with_lines
from antipoverty._screening.lists import MISREAD, about_rules
from antipoverty.codes import Level
from antipoverty.errors import InvalidArgumentError, one_of
from antipoverty.rules import InForce, fact_label

Frame = nw.LazyFrame[Any]

PLACES = ("department", "county")
"""The columns by which lines are laid in folders."""

_KEYS = ["household_id", "rule_id"]
_WORDS = {"missing": " ", "missing_zh": "、", "missing_en": "; "}
_AS_IS = {"ignoreLeadingWhiteSpace": False, "ignoreTrailingWhiteSpace": False}
"""Lets Spark keep the tab in front of a text."""

_MARK = "\ufeff"
"""Begins a file of text that a spreadsheet reads as UTF-8."""


def lines_of(current: InForce, found: Frame, facts: Frame, amounts: Frame) -> Frame:
    """Put beside each answer that is not clear whose it is to look at, and for what.

    Args:
        current: The rules in force.
        found: The answers.
        facts: What would settle the undecided ones.
        amounts: What rules with an amount state.

    Returns:
        ``department, county, household_id, area, rule_id, title_zh, title_en, severity,
        verdict, missing, missing_zh, missing_en, status, line``, and ``low, high, scale``
        where some rule states an amount.
    """
    listed = to_polars(facts.select("fact").unique())["fact"].sort().to_list()
    labels = pl.DataFrame(
        {
            "fact": listed,
            "missing": listed,
            "missing_zh": [fact_label(current.pack, one, "zh") for one in listed],
            "missing_en": [fact_label(current.pack, one, "en") for one in listed],
        },
        schema=dict.fromkeys(("fact", *_WORDS), pl.String),
    )
    named = facts.join(beside(facts, labels), on="fact", how="inner")
    lines = found.join(beside(found, about_rules(current)), on="rule_id", how="inner")
    lines = lines.join(_put_together(named), on=_KEYS, how="left")
    stated: list[str] = []
    if any(rule.amount for rule in current.rules):
        stated = ["low", "high", "scale"]
        lines = lines.join(amounts.select(*_KEYS, *stated), on=_KEYS, how="left")
    return with_lines(lines, current.day).select(
        "department",
        nw.col("area").str.slice(0, Level.COUNTY.digits).alias("county"),
        *("household_id", "area", "rule_id", "title_zh", "title_en", "severity", "verdict"),
        *(nw.col(name).fill_null("") for name in _WORDS),
        *("status", "line", *stated),
    )


def _put_together(named: Frame) -> Frame:
    """One row for each answer, with its facts in one text; each engine has its own way."""
    native: Any = named.to_native()
    if isinstance(native, pl.LazyFrame):
        texts = (pl.col(name).str.join(between) for name, between in _WORDS.items())
        made: Any = native.sort("fact").group_by(_KEYS).agg(*texts)
    elif named.implementation.is_duckdb():
        together = [
            f"string_agg({name}, '{by}' order by fact) {name}" for name, by in _WORDS.items()
        ]
        made = native.aggregate(", ".join([*_KEYS, *together]), ", ".join(_KEYS))
    else:
        from pyspark.sql import functions

        all_ = functions.expr(f"array_sort(collect_list(struct(fact, {', '.join(_WORDS)})))")
        cells = (
            functions.expr(f"array_join(transform(_all, one -> one.{name}), '{by}')").alias(name)
            for name, by in _WORDS.items()
        )
        made = native.groupBy(*_KEYS).agg(all_.alias("_all")).select(*_KEYS, *cells)
    again: Frame = nw.from_native(made)
    return again


def write_frame(lines: Frame, folder: str | Path, form: Literal["parquet", "csv"]) -> None:
    """Write lines in a folder for each department and, in it, for each county.

    Args:
        lines: As `lines_of` gives them.
        folder: Where to write; lines of an earlier run are replaced. On Spark whatever its
            file systems take, such as ``hdfs://lists``.
        form: ``parquet``, or ``csv`` in UTF-8 with the mark that Excel looks for.

    Raises:
        InvalidArgumentError: It is neither form; or on Spark, which empties the folder, something
            else stands in it.
    """
    one_of(form, ("parquet", "csv"), "form of lines")
    text = form == "csv"
    if text:
        lines = _guarded(lines)
    native: Any = lines.to_native()
    spark = not (is_polars(lines) or lines.implementation.is_duckdb())
    if spark:
        _refuse_to_empty(native.sparkSession, str(folder))
        whole = native.repartition(*PLACES).write.mode("overwrite").partitionBy(*PLACES)
        whole.csv(str(folder), header=True, **_AS_IS) if text else whole.parquet(str(folder))
        return
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for old in target.glob(f"{PLACES[0]}=*"):
        shutil.rmtree(old)
    if isinstance(native, pl.LazyFrame):
        places = pl.PartitionBy(target, key=list(PLACES), include_key=False)
        native.sink_csv(places, mkdir=True) if text else native.sink_parquet(places, mkdir=True)
    elif text:
        native.write_csv(str(target), header=True, partition_by=list(PLACES), overwrite=True)
    else:
        native.write_parquet(str(target), partition_by=list(PLACES), overwrite=True)


def _refuse_to_empty(session: Any, folder: str) -> None:
    """Refuse a place that Spark would empty of something else than lines of an earlier run."""
    from pyspark.errors import AnalysisException

    line = f"/{PLACES[0]}=[^/]*/{PLACES[1]}=[^/]*/[^/]*$"
    try:
        files = session.read.format("binaryFile").option("recursiveFileLookup", value=True)
        paths = files.load(folder).select("path")
        alone = paths.where(~paths["path"].rlike(line)).isEmpty()
    except AnalysisException as problem:
        if problem.getCondition() != "PATH_NOT_FOUND":
            raise
        return
    if not alone:
        raise InvalidArgumentError(
            "{folder} holds something else than lines of an earlier run, and Spark would empty "
            "it; it was left as it is: name a folder of its own for the lines",
            folder=folder,
        )


def _guarded(lines: Frame) -> Frame:
    """Keep as text what a spreadsheet would round or run, and mark the file as UTF-8."""
    columns = lines.collect_schema()
    first = next(name for name in columns if name not in PLACES)

    def cell(name: str) -> nw.Expr:
        value = nw.col(name)
        if columns[name] == nw.String and name not in PLACES:
            tabbed = nw.concat_str([nw.lit("\t"), value])
            value = nw.when(value.str.contains(MISREAD)).then(tabbed).otherwise(value)
        return value.alias(_MARK + name if name == first else name)

    return lines.select(*map(cell, columns))


__all__ = ["PLACES", "lines_of", "write_frame"]
