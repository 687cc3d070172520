"""What derived facts are derived from: values and conditions of the language (推算的依据).

A pack reads the text of each once, so that everything which asks what a rule reads finds the
facts and rows behind the derived fact too. What a row did not bring, a sum leaves open or a
delivery does not cover is not known to the function either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import attrs

from antipoverty._base.frozen import Frozen
from antipoverty._base.provenance import Source
from antipoverty.conditions import tree
from antipoverty.conditions.text import parse_node
from antipoverty.conditions.tree import Condition, Node
from antipoverty.errors import AntipovertyError, ConditionError, InvalidModelError
from antipoverty.model import Field, Kind, Schema, TableSchema, worked_out

Inputs = Mapping[str, Node]


def with_inputs(schema: Schema) -> Schema:
    """Give a schema whose derived facts know what they are derived from, as nodes.

    Raises:
        InvalidModelError: One of them cannot be, or they are derived from each other.
    """
    fields = {one.path: one for table in schema for one in table.fields.values()}
    derived = {path: one for path, one in fields.items() if one.about.derive is not None}
    if not derived:
        return schema
    read: dict[str, Inputs] = {}
    for path, field in derived.items():
        try:
            read[path] = _read(field, schema)
        except AntipovertyError as problem:
            raise InvalidModelError(
                "the derived fact {path!r}: {problem}", path=path, problem=problem.message
            ) from None
    bound: dict[str, Field] = {}

    def bind(path: str, above: tuple[str, ...] = ()) -> Field:
        if path in above:
            listed = " from ".join((*above[above.index(path) :], path))
            raise InvalidModelError("facts are derived from each other: {listed}", listed=listed)
        if path not in bound:

            def whole(node: Node) -> Node:
                if isinstance(node, tree.Read | tree.Flag) and node.field.path in derived:
                    return type(node)(bind(node.field.path, (*above, path)))
                return node

            inputs = {name: node.rebuilt(whole) for name, node in read[path].items()}
            bound[path] = attrs.evolve(derived[path], inputs=Frozen(inputs))
        return bound[path]

    def complete(table: TableSchema) -> TableSchema:
        mine = {name: bind(one.path) for name, one in table.fields.items() if one.path in derived}
        return attrs.evolve(table, fields=Frozen({**table.fields, **mine})) if mine else table

    tables = {name: complete(table) for name, table in schema.tables.items()}
    return Schema(household=complete(schema.household), tables=Frozen(tables))


def _read(field: Field, schema: Schema) -> Inputs:
    derive, table = field.about.derive, schema.table(field.table)
    assert derive is not None  # noqa: S101 - the caller looked
    roster = [name for one in schema.tables.values() for name in [one.roster and one.roster.name]]
    own = (table.key, table.day, table.sort, *(("area", *roster) if table.name is None else ()))
    if field.name in own or field.required:
        raise InvalidModelError(
            "a key, a day, a sort, a place and a number of rows are not derived; and a derived "
            "fact has a default: write `= None`"
        )
    scope = schema if table.name is None else Schema(household=table, tables=Frozen())
    found: dict[str, Node] = {}
    for name, text in derive.reads.items():
        try:
            found[name] = parse_node(text, scope)
        except ConditionError as problem:
            raise problem.within(f"{name}") from None
        for node in found[name].walk():
            if isinstance(node, tree.Param):
                raise InvalidModelError(
                    "{name} reads {node}; a rule compares with parameters", name=name, node=node
                )
            if _is_broken(node):
                raise InvalidModelError(
                    "{name} has a fraction in `{node}`; let the function do it",
                    name=name,
                    node=node,
                )
        if isinstance(found[name], tree.Quantile):
            raise InvalidModelError(
                "{name} is a place in an order, which is only compared", name=name
            )
    return Frozen(found)


def _is_broken(node: Node) -> bool:
    match node:
        case tree.Const(int() | Fraction() as number):
            return Fraction(number).denominator != 1
        case tree.Score(items):
            return any(Fraction(weight).denominator != 1 for weight, _ in items)
    return False


def kind_of(node: Node) -> Kind:
    """What a function is told of a node: a flag for a condition, else what the value is."""
    if isinstance(node, Condition):
        return Kind.FLAG
    assert isinstance(node, tree.Value) and node.type is not None  # noqa: S101, PT018 - no parameter
    return node.type.kind


def value_of(field: Field, given: Mapping[str, Any]) -> Any:
    """Work a derived fact out for one household or row.

    Args:
        field: The fact.
        given: What its function is told, by argument; ``None`` for not known.
    """
    import polars as pl

    from antipoverty._base.frames import POLARS

    derive = field.about.derive
    if derive is None or (not derive.of_missing and None in given.values()):
        return None
    columns = {
        name: pl.Series(name, [given[name]], dtype=POLARS[kind_of(node).value])
        for name, node in field.inputs.items()
    }
    return worked_out(field, columns)[0]


def fields_derived(node: Node) -> Iterator[Field]:
    """Give the derived facts that a tree reads, those before that are derived from them."""
    for part in node.walk():
        if isinstance(part, tree.Read | tree.Flag):
            for inner in part.field.inputs.values():
                yield from fields_derived(inner)
            if part.field.inputs:
                yield part.field


def sources_derived(*trees: Node) -> Iterator[Source]:
    """Give the sources of the derived facts that trees read."""
    found = (one.about.derive for tree in trees for one in fields_derived(tree))
    return (derive.source for derive in found if derive is not None)


def walked(node: Node) -> Iterator[Node]:
    """Give a tree's nodes, and those that the facts it reads are derived from."""
    parts = tuple(node.walk())
    yield from parts
    for part in parts:
        if isinstance(part, tree.Read | tree.Flag) and part.field.inputs:
            for field in fields_derived(part):
                for inner in field.inputs.values():
                    yield from inner.walk()


__all__ = ["fields_derived", "kind_of", "sources_derived", "value_of", "walked", "with_inputs"]
