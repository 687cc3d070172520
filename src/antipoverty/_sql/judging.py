"""The statement that judges every household: what each rule reads, folded, judged, and listed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
from sqlglot import exp

from antipoverty._sql.folding import longest_steps, share
from antipoverty._sql.grouping import grouped
from antipoverty._sql.reading import HOMES, Reading
from antipoverty._sql.trees import (
    AREA,
    ID,
    aggregate,
    as_is,
    commented,
    same_id,
    select,
    text,
    union,
)
from antipoverty.engines.folds import (
    OF_HOUSEHOLD,
    Aggregate,
)
from antipoverty.engines.frames import Compiler
from antipoverty.engines.missing import missing_facts

_GAP = "gap"
ONCE = {("postgres", "coded"), ("duckdb", "groups_")}
"""The steps that a database is told to compute once, by the name without its number.

PostgreSQL would build the signs anew for each rule. DuckDB 2.0 concludes from the ways that groups
come by that a sum of them is never known, and finds null where the parts alone are right.
"""


@attrs.define
class Judging(Reading):
    """Writes the statements of the rules in force.

    Attributes:
        compiler: Compiles the rules.
    """

    compiler: Compiler = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.compiler = Compiler(self.current, self.unseen(), self.columns)

    # --- the statements

    def alerts(self) -> exp.Query:
        """Write the answers that are not clear."""
        rules = {rule.id: self.compiler.rule(rule) for rule in self.current.rules}
        self._wide()
        ids = list(rules)
        self.steps["judged"] = select(
            [
                exp.column(ID),
                exp.column(AREA),
                *(self._named(found, i, id_) for i, (id_, found) in enumerate(rules.items(), 1)),
            ],
            "wide",
        )
        signs = [
            exp.Case()
            .when(exp.column(f"r{i}"), text("2"))
            .when(exp.Not(this=exp.column(f"r{i}")), text("0"))
            .else_(text("1"))
            for i in range(1, len(ids) + 1)
        ]
        verdict = exp.Case().when(exp.EQ(this=_sign(), expression=text("2")), text("warn"))
        return self._listed(signs, [(text(id_),) for id_ in ids], ("rule_id",)).select(
            exp.alias_(verdict.else_(text("undecided")), "verdict")
        )

    def missing(self) -> exp.Query:
        """Write what would settle each answer that is undecided."""
        facts = [
            (rule, fact, self.compiler.in_area(rule, found))
            for rule in self.current.rules
            for fact, found in sorted(missing_facts(self.compiler, rule.when).items())
        ]
        self._wide()
        self.steps["judged"] = select(
            [
                exp.column(ID),
                exp.column(AREA),
                *(
                    self._named(found, i, rule.id, f": {fact}")
                    for i, (rule, fact, found) in enumerate(facts, 1)
                ),
            ],
            "wide",
        )
        signs = [
            exp.Case().when(exp.column(f"r{i}"), text("2")).else_(text("0"))
            for i in range(1, len(facts) + 1)
        ]
        listed = [(text(rule.id), text(fact)) for rule, fact, _ in facts]
        return self._listed(signs, listed, ("rule_id", "fact"))

    def _listed(
        self,
        signs: Sequence[exp.Expr],
        values: Sequence[tuple[exp.Expr, ...]],
        names: tuple[str, ...],
    ) -> exp.Select:
        """One row for each sign of a household that is not 0: all signs stand in one text."""
        code: exp.Expr = text("")
        if len(signs) == 1:
            code = signs[0]
        elif signs:
            code = exp.Concat(expressions=signs, safe=False, coalesce=False)
        self.steps["coded"] = select(
            [exp.column(ID), exp.column(AREA), exp.alias_(code, "signs")], "judged"
        )
        numbered = [
            exp.select(
                exp.alias_(exp.Literal.number(i), "n"),
                *(exp.alias_(one, name) for one, name in zip(row, names, strict=True)),
            )
            for i, row in enumerate(values or [tuple(text("") for _ in names)], 1)
        ]
        self.steps["listed"] = union(numbered)
        found = (
            exp.select(
                as_is(ID, "coded"),
                as_is(AREA, "coded"),
                *(as_is(name, "listed") for name in names),
            )
            .from_(exp.to_table("coded"))
            .join(exp.to_table("listed"), join_type="cross")
            .where(exp.In(this=_sign(), expressions=[text(s) for s in "12"]))
        )
        for name, step in self.steps.items():
            once = self.dialect.name, name.rstrip("0123456789")
            found = found.with_(name, as_=step, copy=False, materialized=once in ONCE or None)
        return found

    # --- what is read

    def _wide(self) -> None:
        """Put beside each household what the rules read of it and of its rows."""
        for frame in self.compiler.groups.values():
            frame.existence()
        self.read_homes()
        for name in self.read_tables():
            self.read_rows(name)
        columns: list[exp.Expr] = [
            as_is(one, HOMES)
            for one in (ID, AREA, *(field.name for field in self.read_fields(None)))
        ]
        wide = exp.select().from_(exp.to_table(HOMES))
        folded = [(name, list(one.values())) for name, one in self.compiler.folds.items() if one]
        for name, folds in folded:
            step, asked = f"{name}_folded", [fold.column for fold in folds]
            self._fold(name, step, folds)
            columns += [as_is(one, step) for one in asked]
            wide = wide.join(exp.to_table(step), on=same_id(step, HOMES), join_type="left")
        for frame in self.compiler.groups.values():
            step = grouped(self, frame)
            columns += [as_is(name, step) for name, _, _ in frame.columns.values()]
            wide = wide.join(exp.to_table(step), on=same_id(step, HOMES), join_type="left")
        self.steps["wide"] = wide.select(*columns)

    def _named(self, found: Any, number: int, rule: str, more: str = "") -> exp.Expr:
        named = exp.alias_(found.tree.copy(), f"r{number}")
        title = self.current.pack.rules[rule].title
        named.add_comments([f" {commented(f'{rule}{more} {title.zh} {title.en}')} "])
        return named

    def _beside(self, name: str, needs: set[str]) -> str:
        """The rows of a table beside the facts of the household that they are looked at with."""
        step = self.held(name)
        if not needs:
            return step
        facts = [as_is(one, HOMES, OF_HOUSEHOLD + one) for one in sorted(needs)]
        beside = select([exp.Column(this=exp.Star(), table=exp.to_identifier(step)), *facts], step)
        self.steps[f"{name}_beside"] = beside.join(exp.to_table(HOMES), on=same_id(HOMES, step))
        return f"{name}_beside"

    def _fold(self, name: str, step: str, folds: list[Aggregate]) -> None:
        """Fold the rows of a table into columns of their household."""
        source = self._beside(name, self.compiler.needs.get(name, set()))
        gaps = [fold for fold in folds if fold.how == _GAP]
        plain = [fold for fold in folds if fold.how != _GAP]
        found = select([as_is(ID, source)], source)
        found = found.select(
            *(exp.alias_(aggregate(fold.how, share(fold)), fold.column) for fold in plain)
        ).group_by(exp.column(ID, source))
        if not gaps:
            self.steps[step] = found
            return
        self.steps[f"{step}_plain"] = found
        whole = exp.select(as_is(ID, f"{step}_plain")).from_(exp.to_table(f"{step}_plain"))
        whole = whole.select(*(as_is(one.column, f"{step}_plain") for one in plain))
        for fold in gaps:
            longest = longest_steps(self, source, fold, [ID])
            whole = whole.select(as_is(fold.column, longest)).join(
                exp.to_table(longest), on=same_id(longest, f"{step}_plain"), join_type="left"
            )
        self.steps[step] = whole


def _sign() -> exp.Expr:
    """The sign of one rule in the text of all signs."""
    size = exp.Literal.number(1)
    return exp.Substring(this=exp.column("signs"), start=exp.column("n"), length=size)


__all__ = ["Judging"]
