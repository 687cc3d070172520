"""Hand-over lists (清单交办): what each department must look at, for programs and for people.

A list for people is opened in a spreadsheet by a double click. A spreadsheet turns a
long code into a rounded number, and a text that begins with ``=`` into a formula it
runs; a tab in front keeps both as the text they are.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Literal

import polars as pl

from antipoverty._base.side_by_side import side_by_side
from antipoverty._screening.lines import line_ids
from antipoverty._screening.workbooks import BY, DAY, LINE, MEASURE, ON, RESULT, RULE, write_list
from antipoverty.codes import Level
from antipoverty.conditions import Language
from antipoverty.errors import one_of
from antipoverty.model import AreaTree
from antipoverty.rules import InForce, Severity, Stated, Verdict, fact_label

MISREAD = r"^(\d{12}|[=+\-@\t\r])"
"""How a text begins that a spreadsheet rounds or runs."""
_LEAST, _MOST = "\t", "A"
"""Between these all such texts lie; a column without any is told in a tenth of the time."""

_KEYS = ["household_id", "rule_id"]
_CHANGES = {"new": "新增", "changed": "变更", "standing": "持续", "withdrawn": "撤销"}
_STATUS = {"illustrative": "示例，非政策", "published": "已公布"}


def handover(
    current: InForce,
    department: str,
    found: pl.DataFrame,
    facts: pl.DataFrame,
    amounts: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Put beside each answer of a department what its rule is about, most severe first.

    Args:
        current: The rules in force.
        department: Its id.
        found: The department's answers that are not clear; with the ids of their lines, and
            how they changed, where a register knows them.
        facts: The facts that would settle the undecided ones.
        amounts: What the rules state of them, where that was worked out.
    """
    if "line" not in found.columns:
        ids = line_ids(found["household_id"], found["rule_id"], current.day)
        found = found.with_columns(line=ids, change=pl.lit("new"))
    about = about_rules(current).filter(pl.col("department") == department).drop("department")
    missing = (
        facts.unique([*_KEYS, "fact"])
        .sort("fact")
        .group_by(_KEYS)
        .agg(pl.col("fact").str.join(" "))
    )
    told = (
        found.join(about, on="rule_id", how="left")
        .join(missing, on=_KEYS, how="left")
        .join(_in_words(current, amounts), on=_KEYS, how="left")
        .select(
            *("household_id", "area", "rule_id", "title_zh", "title_en", "severity", "verdict"),
            pl.col("fact").fill_null("").alias("missing"),
            *("status", "line", "change"),
            pl.col("amount_zh", "amount_en").fill_null(""),
        )
    )
    alike = told.partition_by("verdict", "severity", as_dict=True)

    def urgency(one: tuple[str, str]) -> tuple[bool, int]:
        return one[0] != Verdict.WARN.value, -Severity(one[1]).rank

    ordered = (alike[one].sort("area", *_KEYS) for one in sorted(alike, key=urgency))
    return pl.concat([told.clear(), *ordered])


def about_rules(current: InForce) -> pl.DataFrame:
    """What a line says of its rule, for each rule in force."""
    said = {
        rule.id: {
            "department": rule.department,
            "title_zh": rule.title.zh,
            "title_en": rule.title.en,
            "severity": rule.severity.value,
            "status": "illustrative" if current.rests_on_illustration(rule) else "published",
        }
        for rule in current.rules
    }
    columns = ("rule_id", "department", "title_zh", "title_en", "severity", "status")
    rows = [{"rule_id": id_, **about} for id_, about in said.items()]
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String))


def _in_words(current: InForce, amounts: pl.DataFrame | None) -> pl.DataFrame:
    """Say each amount with its unit and period, in both languages."""
    stated = {rule.id: rule.amount for rule in current.rules if rule.amount is not None}
    said = []
    for row in [] if amounts is None else amounts.iter_rows(named=True):
        about, scale = stated[row["rule_id"]], row["scale"]
        low, high = Fraction(row["low"], scale), Fraction(row["high"], scale)
        one = Stated(low, high, about.unit, about.period)
        said.append((row["household_id"], row["rule_id"], one.said("zh"), one.said("en")))
    columns = ("household_id", "rule_id", "amount_zh", "amount_en")
    return pl.DataFrame(said, schema=dict.fromkeys(columns, pl.String), orient="row")


def for_people(
    listed: pl.DataFrame, current: InForce, name_of: Callable[[str], str]
) -> pl.DataFrame:
    """Write a list in words: the place by its name, the facts to verify by theirs."""
    pack = current.pack
    village = listed["area"].str.slice(0, Level.VILLAGE.digits)
    places = {code: name_of(code) for code in village.unique().drop_nulls()}
    advice = {rule.id: rule.advice.zh for rule in current.rules if rule.advice}
    together = listed["missing"].unique().to_list()
    paths = {path for text in together for path in text.split()}

    def named(language: Language, between: str) -> pl.Series:
        labels = {path: fact_label(pack, path, language) for path in paths}
        words = {text: between.join(labels[path] for path in text.split()) for text in together}
        return worded("missing", words)

    def worded(column: str | pl.Series, words: Mapping[str, str]) -> pl.Series:
        return _reworded(listed[column] if isinstance(column, str) else column, words)

    stated = any(one.amount and one.id in listed["rule_id"] for one in current.rules)
    return listed.select(
        pl.col("household_id").alias("户码 household"),
        pl.col("area").alias("村组代码 area"),
        worded(village, places).alias("地区 place"),
        pl.col("title_zh").alias("预警内容"),
        pl.col("title_en").alias("rule"),
        worded("severity", {one.value: one.zh for one in Severity}).alias("级别 severity"),
        worded("verdict", {one.value: one.zh for one in Verdict}).alias("结论 verdict"),
        named("zh", "、").alias("待核实的事实"),
        named("en", "; ").alias("facts to verify"),
        *([pl.col("amount_zh").alias("金额"), pl.col("amount_en").alias("amount")] * stated),
        worded("rule_id", advice).alias("建议 advice"),
        worded("status", _STATUS).alias("依据 basis"),
        pl.col("rule_id").alias(RULE),
        worded("change", _CHANGES).alias("变动 change"),
        pl.col("line").alias(LINE),
    )


def _reworded(texts: pl.Series, words: Mapping[str, str]) -> pl.Series:
    """Put words in place of texts of which there are few; of others, and of none, nothing."""
    if not words:
        return pl.repeat("", len(texts), eager=True)
    at = texts.cast(pl.Enum([*words]), strict=False).to_physical()
    return pl.Series([*words.values()], dtype=pl.String).gather(at).fill_null("")


def write_lists(
    listed: Callable[[str], pl.DataFrame],
    current: InForce,
    areas: AreaTree | None,
    folder: str | Path,
    form: Literal["csv", "xlsx"],
) -> dict[str, Path]:
    """Write each department's list in words; that of an earlier run is replaced or removed.

    Args:
        listed: Gives the list of a department.
        current: The rules in force.
        areas: The areas, for their names.
        folder: Where to write.
        form: ``csv`` or ``xlsx``.
    """
    one_of(form, ("csv", "xlsx"), "form of a list")
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)

    @functools.cache
    def name_of(code: str) -> str:
        return areas.full_name(code) if areas and code in areas else ""

    def lists() -> Iterator[tuple[pl.DataFrame, Path]]:
        for department in sorted(current.pack.departments):
            for other in ("csv", "xlsx"):
                (target / f"{department}.{other}").unlink(missing_ok=True)
            found = listed(department)
            if found.height:
                yield found, target / f"{department}.{form}"

    def write(one: tuple[pl.DataFrame, Path]) -> Path:
        found, path = one
        shown = for_people(found, current, name_of)
        if form == "csv":
            empty = [pl.lit("").alias(name) for name in (RESULT, BY, ON, MEASURE)]
            day = pl.lit(current.day.isoformat()).alias(DAY)
            write_spreadsheet(shown.with_columns(day, *empty), path)
        else:
            write_list(shown, found["area"].to_list(), areas, current.day, path)
        return path

    return {path.stem: path for path in side_by_side(write, lists())}


def write_spreadsheet(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame as a CSV file that a spreadsheet shows as it is."""
    texts = pl.col(pl.String)
    seen = frame.select(((texts >= _LEAST) & (texts < _MOST)).any())
    texts = pl.col(one.name for one in seen if one.any())
    guarded = pl.when(texts.str.contains(MISREAD)).then(pl.lit("\t") + texts).otherwise(texts)
    frame.with_columns(guarded.name.keep()).write_csv(path, include_bom=True)


__all__ = ["MISREAD", "about_rules", "for_people", "handover", "write_lists", "write_spreadsheet"]
