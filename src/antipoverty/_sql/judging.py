"""The statement that judges every household: what each rule reads, folded, judged, and listed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
from sqlglot import exp

from antipoverty._sql.folding import longest_steps, share
from antipoverty._sql.grouping import grouped
from antipoverty._sql.reading import HOMES, Reading
from antipoverty._sql.repeats import replaced, said_again
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
from antipoverty.engines.amounts import stated
from antipoverty.engines.folds import OF_HOUSEHOLD, Aggregate
from antipoverty.engines.frames import Compiler
from antipoverty.engines.missing import missing_facts
from antipoverty.rules import NO_TIER

_GAP, _TOLD = "gap", "told_"
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
        self._judged([(found, self._titled(id_)) for id_, found in rules.items()])
        signs = [_of_three(i) for i in range(1, len(rules) + 1)]
        found = self._listed(signs, [(text(id_),) for id_ in rules], ("rule_id",))
        return found.select(_said("warn", "undecided", "verdict"))

    def amounts(self) -> exp.Query:
        """Write what rules state of the households for which they are not clear."""
        rules = [rule for rule in self.current.rules if rule.amount is not None]
        held = [self.compiler.rule(rule) for rule in rules]
        ends: list[tuple[Any, Any, int]] = [
            stated(self.compiler, *each) for each in zip(rules, held, strict=True)
        ]
        lows, highs = ([f"{end}{i}" for i in range(1, len(rules) + 1)] for end in ("low", "high"))
        numbers = [
            exp.alias_(one[0].tree.copy(), name) for one, name in zip(ends, lows, strict=True)
        ]
        numbers += [
            exp.alias_(one[1].tree.copy(), name) for one, name in zip(ends, highs, strict=True)
        ]
        self._judged(
            [(found, self._titled(rule.id)) for rule, found in zip(rules, held, strict=True)],
            numbers,
        )
        listed = [
            (text(rule.id), exp.Literal.number(scale))
            for rule, (_, _, scale) in zip(rules, ends, strict=True)
        ]
        signs = [_of_three(i) for i in range(1, len(rules) + 1)]
        found = self._listed(signs, listed, ("rule_id", "scale"), [*lows, *highs])
        *keys, scale = found.selects
        verdict = _said("warn", "undecided", "verdict")
        return found.select(
            *keys, verdict, _nth(lows, "low"), _nth(highs, "high"), scale, append=False
        )

    def tiers(self) -> exp.Query:
        """Write in which tier of each ladder a household is, or may be."""
        on = self.columns
        named: list[tuple[Any, str]] = []
        listed: list[tuple[exp.Expr, exp.Expr]] = []
        signs: list[exp.Expr] = []
        for ladder in self.current.ladders:
            for tier, when in ladder.answers.items():
                held: Any = self.compiler.truth(when)
                if not self.current.pack.area.startswith(ladder.area):
                    held = on.col(AREA).str.starts_with(ladder.area) & held
                named.append((held, f"{ladder.id}: {tier}"))
                listed.append((text(ladder.id), text(tier)))
                signs.append(_of_three(len(named), "0" if tier == NO_TIER else "2"))
        self._judged(named)
        found = self._listed(signs, listed, ("ladder_id", "tier"))
        return found.select(_said("is", "may-be", "answer"))

    def missing(self) -> exp.Query:
        """Write what would settle each answer that is undecided."""
        facts = [
            (rule, fact, self.compiler.in_area(rule, found))
            for rule in self.current.rules
            for fact, found in sorted(missing_facts(self.compiler, rule.when).items())
        ]
        self._judged([(found, self._titled(rule.id, f": {fact}")) for rule, fact, found in facts])
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
        numbers: Sequence[str] = (),
    ) -> exp.Select:
        """One row for each sign of a household that is not 0: all signs stand in one text."""
        code: exp.Expr = text("")
        if len(signs) == 1:
            code = signs[0]
        elif signs:
            code = exp.Concat(expressions=signs, safe=False, coalesce=False)
        self.steps["coded"] = select(
            [*map(exp.column, (ID, AREA, *numbers)), exp.alias_(code, "signs")], "judged"
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

    def _judged(self, named: Sequence[tuple[Any, str]], more: Sequence[exp.Expr] = ()) -> None:
        """Put beside each household whether each of some conditions holds, and more columns."""
        self._wide()
        columns: list[exp.Expr] = [exp.column(ID), exp.column(AREA)]
        trees, source = self._told([found.tree for found, _ in named], "wide")
        for i, (tree, (_, title)) in enumerate(zip(trees, named, strict=True), 1):
            column = exp.alias_(tree, f"r{i}")
            column.add_comments([f" {commented(title)} "])
            columns.append(column)
        self.steps["judged"] = select([*columns, *more], source)

    def _told(self, trees: Sequence[exp.Expr], source: str) -> tuple[list[exp.Expr], str]:
        """Write long conditions that stand in several places once, in steps before.

        Returns:
            The trees as they read then, and the step that they read.
        """
        again = said_again(trees)
        if not again:
            return [tree.copy() for tree in trees], source
        below, lower = self._told(again, source)
        number = 1 + sum(name.startswith(_TOLD) for name in self.steps)
        step = f"{_TOLD}{number}"
        names = {
            one: tree.name if isinstance(tree, exp.Column) else f"told{number}_{i}"
            for i, (one, tree) in enumerate(zip(again, below, strict=True), 1)
        }
        every = exp.Column(this=exp.Star(), table=exp.to_identifier(lower))
        told = [
            exp.alias_(tree, names[one])
            for one, tree in zip(again, below, strict=True)
            if not isinstance(tree, exp.Column)
        ]
        self.steps[step] = select([every, *told], lower)
        return [replaced(tree, names) for tree in trees], step

    def _titled(self, rule: str, more: str = "") -> str:
        title = self.current.pack.rules[rule].title
        return f"{rule}{more} {title.zh} {title.en}"

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
        shares, told = self._told([share(fold) for fold in plain], source)
        found = select([as_is(ID, told)], told)
        found = found.select(
            *(
                exp.alias_(aggregate(fold.how, one), fold.column)
                for fold, one in zip(plain, shares, strict=True)
            )
        ).group_by(exp.column(ID, told))
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


def _of_three(number: int, yes: str = "2") -> exp.Expr:
    """The sign of a condition: 2 where it holds, 0 where it does not, 1 where it is not known."""
    asked = exp.column(f"r{number}")
    found = exp.Case().when(asked, text(yes)).when(exp.Not(this=asked.copy()), text("0"))
    return found.else_(text("1"))


def _said(yes: str, open_: str, name: str) -> exp.Expr:
    """The word for a sign."""
    sure = exp.EQ(this=_sign(), expression=text("2"))
    return exp.alias_(exp.Case().when(sure, text(yes)).else_(text(open_)), name)


def _nth(columns: Sequence[str], name: str) -> exp.Expr:
    """The column of the condition that a row is of."""
    chosen = exp.Case()
    for i, column in enumerate(columns, 1):
        mine = exp.EQ(this=exp.column("n"), expression=exp.Literal.number(i))
        chosen = chosen.when(mine, exp.column(column))
    return exp.alias_(chosen, name)


def _sign() -> exp.Expr:
    """The sign of one rule in the text of all signs."""
    size = exp.Literal.number(1)
    return exp.Substring(this=exp.column("signs"), start=exp.column("n"), length=size)


__all__ = ["Judging"]
