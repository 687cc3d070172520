"""Laws about what a rule says: worse is no better, money has no favourite unit, windows end."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Literal

import attrs
from hypothesis import strategies as st

from antipoverty.conditions import Rows
from antipoverty.conditions.evidence import fields_by_path
from antipoverty.engines import Engine
from antipoverty.errors import InvalidArgumentError, did_you_mean, one_of, phrase
from antipoverty.errors.phrases import Both
from antipoverty.model import FIRST_DAY, LAST_DAY, Field, Household, Kind
from antipoverty.rules import Pack, Rule, Verdict
from antipoverty.testing._conformance.engines import reference
from antipoverty.testing._conformance.relations import scaled_home, scaled_pack
from antipoverty.testing._laws.search import complaint, insist, nothing_to_try, verdict_of, word
from antipoverty.testing._search.subject import Subject, about_rule, only
from antipoverty.testing._strategies.households import Edges, params_of
from antipoverty.testing._strategies.near import near_subject

_RANK = {Verdict.CLEAR: 0, Verdict.UNDECIDED: 1, Verdict.WARN: 2}


def assert_monotone(
    rule: Rule | str,
    fact: str,
    pack: Pack | None = None,
    *,
    worse: Literal["down", "up"],
    as_of: date | None = None,
    max_examples: int = 200,
    seed: int = 0,
) -> None:
    """A worse fact never clears a warning, nor what a missing fact leaves open.

    Args:
        rule: The rule, or its id in the pack.
        fact: The fact, as ``net_income_12m`` or ``records.amount``.
        pack: The pack; may be left out for a rule that reads no parameter.
        worse: Whether less (earlier, no) or more (later, yes) is worse.
        as_of: The day; by default the first on which the rule has all its values.
        max_examples: How many households are drawn.
        seed: Which ones.

    Raises:
        AssertionError: A household for which it does.
        InvalidArgumentError: The rule does not read the fact, or it is a text.
        VacuousLawError: Nobody whom it warns of, or leaves open, has a fact that can be worse.
    """
    one_of(worse, ("down", "up"), "direction")
    about = about_rule(rule, pack, as_of)
    field = _field(about, fact)
    table = field.table
    sign = -1 if worse == "down" else 1
    not_clear = phrase("a worse fact of one not clear")
    compared = {not_clear: 0}

    def broken(drawn: tuple[Household, int, int]) -> str | None:
        household, which, step = drawn
        rows: Any = [household] if table is None else getattr(household, table)
        if not rows:
            return None
        at = which % len(rows)
        now = getattr(rows[at], field.name)
        then = _worse(field, now, sign * step)
        if then is None or then == now:
            return None
        changed = [*rows]
        changed[at] = rows[at].model_copy(update={field.name: then})
        other = (
            changed[0] if table is None else household.model_copy(update={table: tuple(changed)})
        )
        before, after = verdict_of(about, household), verdict_of(about, other)
        compared[not_clear] += before is not Verdict.CLEAR
        if _RANK[after] >= _RANK[before]:
            return None
        what = phrase(
            "is not monotone: a worse {fact} makes {before} {after}",
            fact=Both(fact, f"{field.about.zh} {fact}"),
            before=word(before),
            after=word(after),
        )
        moved = complaint(about, what, household, before)
        worse_off = complaint(about, phrase("with the worse fact"), other, after)
        return f"{moved}\n  {worse_off}"

    steps = st.sampled_from([1, 2, 100, 100_000, 10_000_000, 10**9])
    drawn = st.tuples(near_subject(about), st.integers(0, 5), steps)
    insist(drawn, broken, max_examples=max_examples, seed=seed, about=about, compared=compared)


def _field(about: Subject, path: str) -> Field:
    read = fields_by_path(about.rule.when)
    if path not in read:
        raise InvalidArgumentError(
            "rule {id!r} does not read {path!r}{near}",
            id=about.rule.id,
            path=path,
            near=did_you_mean(path, read),
        )
    if read[path].kind is Kind.TEXT:
        raise InvalidArgumentError("{path!r} is a text, and none is worse than another", path=path)
    return read[path]


def _worse(field: Field, now: Any, step: int) -> Any:
    if now is None:
        return None
    if field.kind is Kind.FLAG:
        return step > 0
    if field.kind is Kind.DATE:
        days = now.toordinal() + max(-(10**4), min(10**4, step))
        return date.fromordinal(min(max(days, FIRST_DAY.toordinal()), LAST_DAY.toordinal()))
    return min(max(now + step, field.about.low or 0), field.about.high or 0)


def assert_unit_safe(
    rule: Rule | str,
    pack: Pack | None = None,
    *,
    engine: Engine = reference,
    as_of: date | None = None,
    factor: int = 3,
    max_examples: int = 100,
    seed: int = 0,
) -> None:
    """All amounts times one factor, facts and policy alike, change no verdict.

    A rule or an engine that compares an amount with a bare number, or takes fen for
    yuan in one place, breaks it.

    Raises:
        AssertionError: A household for which they do.
        VacuousLawError: The rule reads no amount, or none that was drawn can be so many times.
    """
    if type(factor) is not int or factor < 2:
        raise InvalidArgumentError("the factor is a whole number from 2")
    about = about_rule(rule, pack, as_of)
    amounts = {
        path for path, one in fields_by_path(about.rule.when).items() if one.about.unit.money
    }
    if not amounts:
        raise nothing_to_try(about, "reads no amount of money")
    grown = phrase("an amount that can be so many times")
    compared = {grown: 0}
    then = scaled_pack(only(about.rule, about.pack), factor)
    scaled = attrs.evolve(about, rule=then.rules[about.rule.id], pack=then)

    def broken(household: Household) -> str | None:
        other = scaled_home(household, about.schema, factor)
        if other is None:
            return None
        compared[grown] += any(_positive(household, path) for path in amounts)
        one, again = verdict_of(about, household, engine), verdict_of(scaled, other, engine)
        if one is again:
            return None
        return complaint(
            about,
            phrase("depends on the unit of money"),
            household,
            one,
            (phrase("all amounts x {factor}", factor=factor), again),
        )

    insist(
        near_subject(about),
        broken,
        max_examples=max_examples,
        seed=seed,
        about=about,
        compared=compared,
    )


def _positive(household: Household, path: str) -> bool:
    """Whether an amount is known somewhere and is not nothing."""
    table, _, name = path.rpartition(".")
    return any(getattr(one, name) for one in (getattr(household, table) if table else [household]))


def assert_window_safe(
    rule: Rule | str,
    pack: Pack | None = None,
    *,
    engine: Engine = reference,
    as_of: date | None = None,
    max_examples: int = 100,
    seed: int = 0,
) -> None:
    """A row outside all windows of a rule changes nothing.

    The day of the answer and every later one lie outside; so does the day before the
    first of the longest window. A table that the rule also reads without a window
    leaves nothing to check of it. That all days may be moved by whole years
    is *not* a law: a window of days spans one day less or more, 29 February has no
    fellow in other years, and values of parameters are dated.

    Raises:
        AssertionError: A household for which it does.
        VacuousLawError: No table is read by windows alone.
    """
    about = about_rule(rule, pack, as_of)
    windows = windows_of(about)
    if not windows:
        raise nothing_to_try(about, "reads no table by windows alone")
    edges = Edges.of([about.rule.when], about.as_of, params_of(about.pack))

    def facts_of(name: str) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
        schema = about.schema.tables[name]
        left_out = (schema.key, schema.day)
        facts = {
            at: edges.known(field) for at, field in schema.fields.items() if at not in left_out
        }
        return st.tuples(st.just(name), st.fixed_dictionaries(facts))

    def broken(drawn: tuple[Household, tuple[str, dict[str, Any]], int]) -> str | None:
        household, (name, facts), which = drawn
        schema, rows = about.schema.tables[name], getattr(household, name)
        model = about.pack.model.tables_of_row()[name]
        first, days = windows[name]
        outside = phrase("looks outside its windows")
        kept = tuple(
            row
            for row in rows
            if (at := getattr(row, str(schema.day))) is None or first <= at < about.as_of
        )
        bare = household.model_copy(update={name: kept})
        one, whole = verdict_of(about, bare, engine), verdict_of(about, household, engine)
        if one is not whole:
            how = phrase("with its {name} outside every window", name=name)
            return complaint(about, outside, household, one, (how, whole))
        for day in days:
            new: dict[str, Any] = {schema.key: "added", str(schema.day): day}
            if kept and which:
                added = kept[which % len(kept)].model_copy(update=new)
            else:
                added = model.model_construct(**facts, **new)
            other = household.model_copy(update={name: (*kept, added)})
            again = verdict_of(about, other, engine)
            if one is not again:
                how = phrase(
                    "with a row of {name} on {day}, outside every window", name=name, day=day
                )
                return complaint(about, outside, other, one, (how, again))
        return None

    drawn = st.tuples(
        near_subject(about), st.sampled_from(sorted(windows)).flatmap(facts_of), st.integers(0, 3)
    )
    insist(drawn, broken, max_examples=max_examples, seed=seed, about=about)


def windows_of(about: Subject) -> dict[str, tuple[date, list[date]]]:
    """For each table read by windows alone, the first day of all and days outside them."""
    read: dict[str, list[Rows]] = {}
    for node in about.rule.when.walk():
        if isinstance(node, Rows):
            read.setdefault(str(node.table.name), []).append(node)
    found: dict[str, tuple[date, list[date]]] = {}
    for name, every_one in read.items():
        spans = [rows.window for rows in every_one if rows.window is not None]
        if len(spans) < len(every_one):
            continue
        first = min(window.first(about.as_of) for window in spans)
        before = [first - timedelta(days=1)] if first > FIRST_DAY else []
        ends = [window.end(about.as_of) for window in spans]
        beside = [
            day
            for day in dict.fromkeys(ends)
            if not any(window.touches(day, day, about.as_of) for window in spans)
        ]
        found[name] = first, [*beside, *before, about.as_of + timedelta(days=1)]
    return found


__all__ = ["assert_monotone", "assert_unit_safe", "assert_window_safe", "windows_of"]
