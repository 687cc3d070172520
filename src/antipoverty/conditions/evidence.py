"""What bears out a verdict: comparisons with what was observed, thresholds, facts read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from antipoverty.conditions import tree
from antipoverty.conditions.derived import fields_derived, walked
from antipoverty.conditions.groups import groups_of
from antipoverty.conditions.meaning import Span, Truth, fact, looked_at, span, truth
from antipoverty.conditions.setting import Setting
from antipoverty.conditions.tree import Condition, Node, Rows, Value
from antipoverty.conditions.unseen import Grouped
from antipoverty.model import Field


def unsettled(node: Node, household: Any, setting: Setting, row: Any = None) -> frozenset[str]:
    """Name the missing facts that keep a condition undecided or a value unknown.

    A fact is a field's path, ``size`` or ``members.age``; for a least or greatest over
    no row, or a gap over fewer than two, it is the text of that value. Rows that did not
    come are named by their table, ``members``, and where it has sorts of row by the sort,
    ``records[accident]``. A decided condition has none.
    """
    if isinstance(node, Condition):
        if truth(node, household, setting, row) is not None:
            return frozenset()
    elif isinstance(node, Value):
        found = span(node, household, setting, row)
        if found is not None and found[0] == found[1]:
            return frozenset()
    match node:
        case tree.Flag(field) | tree.Read(field):
            return _unsettled_fact(field, household, setting, row)
        case (
            tree.Count(rows)
            | tree.Exists(rows)
            | tree.ForAll(rows)
            | tree.Reduce(_, rows)
            | tree.Quantile(rows)
        ):
            return _unsettled_rows(node, rows, household, setting)
        case (
            tree.SomeGroup(groups, inner)
            | tree.GroupCount(groups, inner)
            | tree.GroupReduce(_, groups, inner)
        ):
            return _unsettled_groups(node, groups, inner, household, setting)
    return _union(unsettled(part, household, setting, row) for part in node.parts)


def _unsettled_fact(field: Field, household: Any, setting: Setting, row: Any) -> frozenset[str]:
    """Of a derived fact what it is derived from; beside rows in hand, the household's own alone."""
    found: frozenset[str] = frozenset()
    if field.table is not None or (row is None and not isinstance(household, Grouped)):
        found = _union(unsettled(one, household, setting, row) for one in field.inputs.values())
    return found or frozenset([field.path])


def _unsettled_rows(node: Node, rows: Rows, household: Any, setting: Setting) -> frozenset[str]:
    facts: set[str] = set()
    inner = (
        node.condition
        if isinstance(node, tree.ForAll)
        else (node.value if isinstance(node, tree.Reduce | tree.Quantile) else None)
    )
    for held, kept in looked_at(rows, household, setting):
        if kept is False:
            continue
        if (
            isinstance(node, tree.ForAll)
            and truth(node.condition, household, setting, held.row) is True
        ):
            continue
        if held.missing is not None:
            facts.add(held.missing)
            continue
        row = held.row
        if kept is None:
            if rows.window is not None and getattr(row, str(rows.table.day)) is None:
                facts.add(f"{rows.table.name}.{rows.table.day}")
            if rows.filter is not None:
                facts |= unsettled(rows.filter, household, setting, row)
        if inner is not None:
            facts |= unsettled(inner, household, setting, row)
    if not facts and isinstance(node, tree.Reduce | tree.Quantile):
        facts.add(str(node))
    return frozenset(facts)


def _unsettled_groups(
    node: Node, groups: tree.Groups, inner: Node | None, household: Any, setting: Setting
) -> frozenset[str]:
    facts: set[str] = set()
    for one in groups_of(groups, household, setting):
        if isinstance(inner, Condition) or inner is None:
            held = None if inner is None else truth(inner, one.household, setting)
            if held is False or (one.there and (inner is None or held is True)):
                continue
        facts |= one.missing
        if inner is not None:
            facts |= unsettled(inner, one.household, setting)
    if not facts and isinstance(node, tree.GroupReduce):
        facts.add(str(node))
    return frozenset(facts)


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)


@attrs.frozen
class Evidence:
    """One comparison or fact that bears out a verdict, with what was observed.

    The ``repr`` shows the condition and not the observed values, which belong to the
    household; an explanation shows both.

    Attributes:
        condition: The part of the rule: a comparison, a flag, or a question about rows.
        held: Its truth; ``None`` when undecided.
        observed: The value on the left, as a span; ``None`` when not known or none.
        threshold: The value on the right, as a span; ``None`` likewise.
        rows: The ids of the child rows that were found.
    """

    condition: Condition
    held: Truth
    observed: Span | None = attrs.field(default=None, repr=False)
    threshold: Span | None = attrs.field(default=None, repr=False)
    rows: tuple[str, ...] = ()


def evidence(condition: Condition, household: Any, setting: Setting) -> tuple[Evidence, ...]:
    """Find the parts of a condition that make it what it is for a household.

    Of parts joined by *and* and *or* only those that agree with the whole are given:
    every true part of a true *and*, the undecided parts of an undecided one.
    """
    held = truth(condition, household, setting)
    match condition:
        case tree.And(conditions) | tree.Or(conditions):
            return tuple(
                one
                for part in conditions
                if truth(part, household, setting) is held
                for one in evidence(part, household, setting)
            )
        case tree.Not(inner) if not isinstance(inner, tree.Flag | tree.Known | tree.Among):
            return evidence(inner, household, setting)
        case tree.Compare(_, left, right):
            return (
                Evidence(
                    condition,
                    held,
                    span(left, household, setting),
                    span(right, household, setting),
                    _found(left, household, setting),
                ),
            )
        case tree.Among(value):
            return (Evidence(condition, held, span(value, household, setting)),)
    return (Evidence(condition, held, rows=_found(condition, household, setting)),)


def _found(node: Node, household: Any, setting: Setting) -> tuple[str, ...]:
    """Name the rows that the filters in a node keep, or that fail an *all*."""
    if isinstance(node, tree.SomeGroup):
        named = (
            row
            for one in groups_of(node.groups, household, setting)
            if one.there and truth(node.condition, one.household, setting) is True
            for row in _found(node.condition, one.household, setting)
        )
        return tuple(dict.fromkeys(named))
    rows = [part for part in node.walk() if isinstance(part, Rows)]
    failed = node.condition if isinstance(node, tree.ForAll) else None
    return tuple(
        str(getattr(held.row, one.table.key))
        for one in rows
        for held, kept in looked_at(one, household, setting)
        if kept is True
        and held.came
        and (failed is None or truth(failed, household, setting, held.row) is False)
    )


@attrs.frozen
class Worked:
    """A derived fact that a verdict rests on, with what it was derived from (推算依据).

    Attributes:
        field: The fact.
        given: What its function was told, with the values observed as spans; of a fact of
            rows, which each row has of its own, without them.
        value: What it gave, as a span; ``None`` when not known, and for a fact of rows.
    """

    field: Field
    given: tuple[tuple[Node, Span | None], ...] = attrs.field(repr=False)
    value: Span | None = attrs.field(default=None, repr=False)


def derivations(trees: Iterable[Node], household: Any, setting: Setting) -> tuple[Worked, ...]:
    """Say how each derived fact that trees read was derived for a household."""

    def observed(one: Node, field: Field) -> Span | None:
        if field.table is not None:
            return None
        if isinstance(one, Value):
            return span(one, household, setting)
        assert isinstance(one, Condition)  # noqa: S101 - the language has no third family
        held = truth(one, household, setting)
        return None if held is None else (held, held)

    found: dict[str, Worked] = {}
    for field in (one for node in trees for one in fields_derived(node)):
        given = tuple((one, observed(one, field)) for one in field.inputs.values())
        value = None if field.table is not None else fact(field, household, setting)
        found[field.path] = Worked(field, given, None if value is None else (value, value))
    return tuple(found.values())


@attrs.frozen
class Threshold:
    """A place where the truth of a condition can turn.

    Attributes:
        value: What is measured.
        operator: How it is compared.
        against: What it is compared with.
    """

    value: Value
    operator: str
    against: Value


def thresholds(condition: Condition) -> tuple[Threshold, ...]:
    """List every comparison in a condition, those inside filters included."""
    return tuple(
        Threshold(node.left, node.operator, node.right)
        for node in condition.walk()
        if isinstance(node, tree.Compare)
    )


def fields_by_path(*nodes: Node) -> dict[str, Field]:
    """Give the fields some trees read, days of windows included, by path and sorted.

    Those that derived facts are derived from are among them.
    """
    found: list[Field] = []
    for part in (part for node in nodes for part in walked(node)):
        match part:
            case tree.Read(field) | tree.Flag(field):
                found.append(field)
            case tree.Groups(_, by):
                found.append(by.field)
            case Rows(table, window=window) if window is not None:
                found.append(table.fields[str(table.day)])
    return {field.path: field for field in sorted(found, key=lambda one: one.path)}


def fields_read(*nodes: Node) -> tuple[str, ...]:
    """List the paths of the fields some trees read, days of windows included, sorted."""
    return tuple(fields_by_path(*nodes))


def words_named(nodes: Iterable[Node]) -> Iterator[str]:
    """Give the words that nodes, each for itself, compare with."""
    for node in nodes:
        match node:
            case tree.Const(str() as word):
                yield word
            case tree.Among(_, words):
                yield from words


def tables_read(*nodes: Node) -> tuple[str, ...]:
    """List the child tables some trees read, sorted."""
    parts = (part for node in nodes for part in walked(node))
    return tuple(sorted({str(part.table.name) for part in parts if isinstance(part, Rows)}))


def params_read(*nodes: Node) -> tuple[str, ...]:
    """List the parameters some trees read, sorted."""
    parts = (part for node in nodes for part in node.walk())
    return tuple(sorted({part.id for part in parts if isinstance(part, tree.Param)}))


def words_of(node: Node, path: str) -> frozenset[str]:
    """Find the words that a tree compares a text field with."""
    found: set[str] = set()
    for part in walked(node):
        match part:
            case tree.Compare(_, tree.Read(field), tree.Const(str() as word)) if field.path == path:
                found.add(word)
            case tree.Compare(_, tree.Const(str() as word), tree.Read(field)) if field.path == path:
                found.add(word)
            case tree.Among(tree.Read(field), words) if field.path == path:
                found |= set(words)
    return frozenset(found)
