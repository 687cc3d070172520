"""The steps that ask something of the groups of rows (按人、按笔分组), and fold the answers."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from antipoverty._sql.folding import longest_steps, share
from antipoverty._sql.reading import Reading
from antipoverty._sql.trees import ID, aggregate, as_is, same_id, select, total
from antipoverty.engines.folds import MISSING, OF_HOUSEHOLD, OTHERS, THERE, THERE_IS, TIMES
from antipoverty.engines.groups import GroupFrame

_SOME = "_some"


def grouped(reading: Reading, frame: GroupFrame[Any]) -> str:
    """Write the steps of some groups, and give the name of the last, a row a household.

    A row of which the group is not known lies open in each group of its household, and may be
    one of a group of its own.
    """
    name, by = str(frame.groups.rows.table.name), frame.groups.by.field.name
    called = f"groups_{frame.number}"
    folds = list(frame.compiler.folds.get(name, {}).values())
    source = _marked(reading, frame, called)
    keyless = exp.Is(this=exp.column(by, source), expression=exp.null())
    plain = [fold for fold in folds if fold.how != "gap"]
    shared = [exp.alias_(aggregate(fold.how, share(fold)), fold.column) for fold in plain]
    sure = exp.Case().when(exp.column(THERE, source), exp.Literal.number(1))
    mine, loose, every = f"{called}_keyed", f"{called}_loose", f"{called}_every"
    reading.steps[mine] = (
        select([as_is(ID, source), as_is(by, source)], source)
        .select(*shared, exp.alias_(exp.Max(this=sure), "_sure"))
        .where(exp.Not(this=exp.paren(keyless.copy())))
        .group_by(exp.column(ID, source), exp.column(by, source))
    )
    reading.steps[loose] = (
        select([as_is(ID, source)], source)
        .select(*(one.copy() for one in shared))
        .select(exp.alias_(total(exp.column(TIMES, source)), _SOME))
        .where(keyless.copy())
        .group_by(exp.column(ID, source))
    )
    known = exp.Case().when(
        exp.EQ(this=exp.column("_sure", mine), expression=exp.Literal.number(1)), exp.true()
    )
    both = select([as_is(ID, mine)], mine).join(
        exp.to_table(loose), on=same_id(loose, mine), join_type="left"
    )
    both = both.select(
        exp.alias_(known, THERE_IS),
        exp.alias_(exp.Literal.number(1), OTHERS),
        *(exp.alias_(_together(fold.how, fold.column, mine, loose), fold.column) for fold in plain),
    )
    for fold in [fold for fold in folds if fold.how == "gap"]:
        longest = longest_steps(reading, source, fold, [ID, by])
        same = exp.and_(
            same_id(longest, mine),
            exp.EQ(this=exp.column(by, longest), expression=exp.column(by, mine)),
        )
        both = both.select(as_is(fold.column, longest)).join(
            exp.to_table(longest), on=same, join_type="left"
        )
    others = select([as_is(ID, loose)], loose).select(
        exp.alias_(exp.null(), THERE_IS),
        as_is(_SOME, loose, OTHERS),
        *(as_is(fold.column, loose) for fold in plain),
        *(exp.alias_(exp.null(), fold.column) for fold in folds if fold.how == "gap"),
    )
    reading.steps[every] = exp.union(both, others, distinct=False)
    return _asked(reading, frame, called, every)


def _marked(reading: Reading, frame: GroupFrame[Any], called: str) -> str:
    """The rows of a table; of which the group is not known, of those it is not sure whose."""
    name, by = str(frame.groups.rows.table.name), frame.groups.by.field
    source = reading.held(name)
    rostered = reading.rostered(name)
    there: Any = exp.column(THERE, source) if rostered else exp.true()
    cause: Any = exp.Literal.string(by.path)
    if rostered:
        cause = exp.func("COALESCE", exp.column(MISSING, source), cause)
    keyless = exp.Is(this=exp.column(by.name, source), expression=exp.null())
    marked = select([as_is(ID, source)], source).select(
        *(as_is(one.name, source) for one in reading.read_fields(name) if one.name != by.name),
        exp.alias_(reading.dialect.exactly(exp.column(by.name, source)), by.name),
        exp.alias_(exp.Case().when(keyless, exp.null()).else_(there), THERE),
        as_is(TIMES, source) if rostered else exp.alias_(exp.Literal.number(1), TIMES),
        exp.alias_(
            exp.Case()
            .when(keyless.copy(), cause)
            .else_(exp.column(MISSING, source) if rostered else exp.null()),
            MISSING,
        ),
    )
    needs = frame.compiler.needs.get(name, set())
    if needs:
        marked = marked.select(
            *(as_is(one, "homes", OF_HOUSEHOLD + one) for one in sorted(needs))
        ).join(exp.to_table("homes"), on=same_id("homes", source))
    reading.steps[f"{called}_rows"] = marked
    return f"{called}_rows"


def _together(how: str, column: str, mine: str, loose: str) -> exp.Expr:
    """What the rows of a group bring, and those that may be its."""
    one, other = exp.column(column, mine), exp.column(column, loose)
    if how == "sum":
        zero = exp.Literal.number(0)
        ends = [exp.Coalesce(this=end, expressions=[zero.copy()]) for end in (one, other)]
        return exp.Add(this=ends[0], expression=ends[1])
    farther = exp.LT if how == "min" else exp.GT
    return (
        exp.Case()
        .when(exp.Is(this=one, expression=exp.null()), other)
        .when(farther(this=other.copy(), expression=one.copy()), other.copy())
        .else_(one.copy())
    )


def _asked(reading: Reading, frame: GroupFrame[Any], called: str, every: str) -> str:
    """Ask each group, and fold the answers of a household's."""
    beside = sorted({*frame.reads, *({"area"} if frame.compiler.local else ())} - {ID})
    answers = select([as_is(ID, every)], every)
    if beside:
        names = [
            fold.column
            for fold in frame.compiler.folds.get(str(frame.groups.rows.table.name), {}).values()
        ]
        rows = answers.select(
            *(as_is(one, every) for one in (THERE_IS, OTHERS, *names)),
            *(as_is(one, "homes") for one in beside),
        ).join(exp.to_table("homes"), on=same_id("homes", every))
        reading.steps[f"{called}_beside"] = rows
        answers = select([exp.column(ID)], f"{called}_beside")
    answers = answers.select(
        *(exp.alias_(found.tree.copy(), name) for name, _, found in frame.columns.values())  # type: ignore[attr-defined]
    )
    reading.steps[f"{called}_asked"] = answers
    folded = select([exp.column(ID)], f"{called}_asked").group_by(exp.column(ID))
    reading.steps[called] = folded.select(
        *(
            exp.alias_(aggregate(how, exp.column(name)), name)
            for name, how, _ in frame.columns.values()
        )
    )
    return called


__all__ = ["grouped"]
