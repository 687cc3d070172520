"""How dialects differ beyond what sqlglot writes for each: days, and how texts are compared."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

import attrs
from sqlglot import exp
from sqlglot.dialects.sqlite import SQLite

from antipoverty._base.frozen import Frozen
from antipoverty._sql import DIALECTS, PROVEN
from antipoverty.errors import InvalidArgumentError
from antipoverty.model import FIRST_DAY, Kind


class _Backticked(SQLite):
    """SQLite takes a name in double quotes that no column has for a text; not so in backticks."""

    class Tokenizer(SQLite.Tokenizer):
        IDENTIFIERS: ClassVar[list[str | tuple[str, str]]] = ["`"]


_CLICKHOUSE = (
    "join_use_nulls = 1",
    "prefer_column_name_to_alias = 1",
    "max_ast_elements = 1000000",
    "max_expanded_ast_elements = 10000000",
)
"""Without the first, what a join does not find is 0 and not null; the last let long queries in."""


_ALSO_CALLED = Frozen({"postgresql": "postgres", "sqlite3": "sqlite", "mariadb": "mysql"})


@attrs.frozen
class Dialect:
    """A dialect of SQL.

    Attributes:
        name: What sqlglot calls it.
    """

    name: str

    @classmethod
    def of(cls, name: str) -> Dialect:
        """Give a dialect by its name, or by what its database or program is called.

        Raises:
            InvalidArgumentError: There is none of that name.
        """
        called = _ALSO_CALLED.get(name.lower(), name.lower())
        if called not in DIALECTS:
            listed = ", ".join(DIALECTS)
            raise InvalidArgumentError(
                "there is no dialect {name!r}; it is one of {listed}", name=name, listed=listed
            )
        return cls(called)

    @property
    def proven(self) -> bool:
        """Whether its statements are run by the tests of this library."""
        return self.name in PROVEN

    def day(self, day: date) -> exp.Expr:
        """Write a day."""
        text = exp.Literal.string(day.isoformat())
        if self.name == "sqlite":
            return text
        return self.as_day(text)

    def as_day(self, tree: exp.Expr) -> exp.Expr:
        """Read a value as a day."""
        if self.name == "clickhouse":  # its Date begins in 1970
            return exp.func("toDate32", tree)
        if self.name == "sqlite":
            return exp.Anonymous(this="DATE", expressions=[tree])
        return exp.cast(tree, "DATE")

    def days_since(self, tree: exp.Expr) -> exp.Expr:
        """Count the days from the first that there is to a day."""
        first = self.day(FIRST_DAY)
        unit = exp.Literal.string("day")
        if self.name in ("postgres", "oracle"):
            return exp.paren(exp.Sub(this=tree, expression=first))
        if self.name == "sqlite":
            ends = (exp.Anonymous(this="JULIANDAY", expressions=[one]) for one in (tree, first))
            return exp.cast(exp.Sub(this=next(ends), expression=next(ends)), "BIGINT")
        if self.name in ("mysql", "doris", "starrocks", "hive"):
            return exp.Anonymous(this="DATEDIFF", expressions=[tree, first])
        name = "dateDiff" if self.name == "clickhouse" else "DATE_DIFF"
        return exp.Anonymous(this=name, expressions=[unit, first, tree])

    def part(self, unit: str, tree: exp.Expr) -> exp.Expr:
        """Take the year, month or day of the month of a day."""
        if self.name == "sqlite":
            sign = exp.Literal.string({"YEAR": "%Y", "MONTH": "%m", "DAY": "%d"}[unit])
            return exp.cast(exp.Anonymous(this="STRFTIME", expressions=[sign, tree]), "BIGINT")
        return exp.Extract(this=exp.var(unit), expression=tree)

    def read(self, kind: Kind, tree: exp.Expr) -> exp.Expr:
        """Read a column in the type of its kind."""
        if kind is Kind.NUMBER:
            return self.whole(tree)
        if kind is Kind.DATE:
            return self.as_day(tree)
        if kind is Kind.TEXT and self.name == "postgres":
            return exp.cast(tree, "TEXT")
        return tree

    def nothing(self, kind: Kind) -> exp.Expr:
        """Write what is not known, in the type of a kind."""
        if kind is Kind.FLAG and self.name in ("mysql", "sqlite", "oracle"):
            return exp.null()  # they have no type of yes and no
        names = {Kind.NUMBER: "BIGINT", Kind.TEXT: "TEXT", Kind.DATE: "DATE", Kind.FLAG: "BOOLEAN"}
        return exp.cast(exp.null(), names[kind])

    def whole(self, tree: exp.Expr) -> exp.Expr:
        """Read a number as a 64-bit integer."""
        if self.name == "clickhouse":
            return exp.func("toInt64", tree)
        return exp.cast(tree, "BIGINT")

    def exactly(self, tree: exp.Expr) -> exp.Expr:
        """Let a text be compared sign by sign, where a database would not look at its case."""
        if self.name == "mysql":
            return exp.cast(tree, "BINARY")
        return tree

    def matches(self, tree: exp.Expr, first: str, rest: str) -> exp.Expr:
        """Tell whether a text is one sign of a sort, and up to 63 of another.

        Args:
            tree: The text.
            first: The signs that may stand first, as in the brackets of a pattern.
            rest: Those that may follow.
        """
        pattern = exp.Literal.string(f"^[{first}][{rest}]{{0,63}}$")
        if self.name == "sqlite":
            begins = exp.Glob(this=tree, expression=exp.Literal.string(f"[{first}]*"))
            holds = exp.Glob(this=tree, expression=exp.Literal.string(f"*[^{rest}]*"))
            short = exp.LTE(this=exp.Length(this=tree), expression=exp.Literal.number(64))
            return exp.paren(exp.and_(begins, exp.not_(holds), short))
        if self.name == "clickhouse":
            return exp.Anonymous(this="match", expressions=[tree, pattern])
        if self.name == "mysql":  # MariaDB has no REGEXP_LIKE
            at = exp.Anonymous(this="REGEXP_INSTR", expressions=[tree, pattern])
            return exp.EQ(this=at, expression=exp.Literal.number(1))
        return exp.RegexpLike(this=tree, expression=pattern)

    def text_of(self, statement: Any) -> str:
        """Write a statement."""
        if self.name == "oracle":  # an unquoted name is in capitals there
            statement = statement.copy()
            for name in statement.find_all(exp.Identifier):
                name.set("this", name.this.upper())
        wide = {"pretty": True, "indent": 1, "pad": 1, "max_text_width": 100}
        spoken = _Backticked if self.name == "sqlite" else self.name
        text: str = statement.sql(dialect=spoken, identify=True, **wide)
        if self.name == "clickhouse":
            text += "\nSETTINGS " + ", ".join(_CLICKHOUSE)
        return text


__all__ = ["Dialect"]
