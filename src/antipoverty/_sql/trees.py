"""Pieces of statements that several steps are made of."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlglot import exp

ID, AREA = "household_id", "area"


_ENDS = re.compile(r"[\s\x00-\x1f\x85\u2028\u2029]+|/\*|\*/|--")
"""What ends a line or a comment, or begins one."""


def commented(text: str) -> str:
    """Write a text so that it cannot end the comment that it stands in."""
    return " ".join(_ENDS.sub(" ", text).split())


def select(columns: Iterable[exp.Expr], step: str) -> exp.Select:
    """Select columns of a step."""
    return exp.select(*columns).from_(exp.to_table(step))


def aggregate(how: str, tree: exp.Expr) -> exp.Expr:
    """Fold a value over rows."""
    of = {"sum": exp.Sum, "min": exp.Min, "max": exp.Max, "any": exp.Max}
    return of[how](this=tree)


def total(tree: exp.Expr) -> exp.Expr:
    """Add a value up."""
    return exp.Sum(this=tree)


def as_is(name: str, step: str, alias: str = "") -> exp.Expr:
    """A column of a step under a name; ClickHouse would call it by its step too."""
    return exp.alias_(exp.column(name, step), alias or name)


def same_id(one: str, other: str) -> exp.Expr:
    """Whether rows of two steps are of one household."""
    return exp.EQ(this=exp.column(ID, one), expression=exp.column(ID, other))


def text(value: str) -> exp.Expr:
    """Write a text."""
    return exp.Literal.string(value)


def union(selects: list[exp.Select]) -> exp.Query:
    """Put rows one after another."""
    whole: exp.Query = selects[0]
    for one in selects[1:]:
        whole = exp.union(whole, one, distinct=False, copy=False)
    return whole


__all__ = [
    "AREA",
    "ID",
    "aggregate",
    "as_is",
    "commented",
    "same_id",
    "select",
    "text",
    "total",
    "union",
]
