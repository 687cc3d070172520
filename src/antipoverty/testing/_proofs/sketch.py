"""A sketch is a household of which every fact is an unknown, within its declared bounds.

Each optional fact is known or not, each number lies in its field's bounds, each text is
one of its field's words, each day is a day of the calendar, and each child table has a
bounded number of rows, any of which may be absent. A fact gets its unknown when a
condition first reads it. A derived fact is an unknown of its own: whatever its function
gives lies within its bounds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any

import attrs
from pydantic import TypeAdapter, ValidationError

from antipoverty.conditions import Condition, fields_read
from antipoverty.conditions import tree as nodes
from antipoverty.conditions.evidence import words_named
from antipoverty.model import FIRST_DAY, LAST_DAY, Field, Household, Kind, Schema
from antipoverty.testing._proofs.logic import Term, both, either, load, no

FRESH = ("other", "other-1", "other-2", "other-3", "other-4", "other-5")
"""Words that no condition names, for texts that may be any word."""


@attrs.frozen
class SymbolicFact:
    """A fact of the household, or of a row.

    Attributes:
        field: Which.
        known: Whether it is known.
        value: A Boolean for a flag, else a whole number: the amount, the day's ordinal,
            or the word's code.
    """

    field: Field
    known: Term
    value: Term


class Words:
    """The words that texts can be, as numbers.

    Args:
        model: The household model.
        schema: The fields, with the pack's own words.
        conditions: What is asked; the words they name are told apart.
        areas: The villages the household may live in, the plainest first.
    """

    def __init__(
        self,
        model: type[Household],
        schema: Schema,
        conditions: Iterable[Condition],
        areas: Sequence[str],
    ) -> None:
        self._model, self._schema, self.areas = model, schema, tuple(areas)
        named: dict[str, None] = {}
        for node in (part for one in conditions for part in one.walk()):
            choices = node.field.about.choices if isinstance(node, nodes.Read) else ()
            named |= dict.fromkeys([*words_named([node]), *choices])
        listed = dict.fromkeys([*named, *FRESH, *areas])
        self._codes = {word: code for code, word in enumerate(listed)}
        self._words = list(listed)
        self._of: dict[str, tuple[int, ...]] = {}

    def code(self, word: str) -> int:
        """The number of a word."""
        return self._codes[word]

    def word(self, code: int) -> str:
        """The word of a number."""
        return self._words[code]

    def of(self, field: Field) -> tuple[int, ...]:
        """The numbers of the words that a field can hold."""
        if field.path not in self._of:
            self._of[field.path] = tuple(map(self.code, self._fitting(field)))
        return self._of[field.path]

    def _fitting(self, field: Field) -> Iterable[str]:
        schema = self._schema.table(field.table).fields[field.name]
        if schema.about.choices:
            return [word for word in schema.about.choices if word in self._codes]
        if field.path == "area":
            return self.areas
        owner = self._model if field.table is None else self._model.tables_of_row()[field.table]
        about = owner.model_fields[field.name]
        hint: Any = Annotated[about.annotation, *about.metadata]
        adapter: TypeAdapter[Any] = TypeAdapter(hint)
        return [word for word in self._words if _fits(adapter, word)]


def _fits(adapter: TypeAdapter[Any], word: str) -> bool:
    try:
        adapter.validate_python(word)
    except ValidationError:
        return False
    return True


class SymbolicHousehold:
    """A household of unknowns.

    Args:
        schema: The fields, with their bounds.
        words: The words of its texts.
        rows: How many rows each child table has at most.

    Attributes:
        limits: What holds of the unknowns: the bounds, and that rows are filled from the first.
    """

    def __init__(self, schema: Schema, words: Words, rows: Mapping[str, int]) -> None:
        self.schema, self.words, self.rows = schema, words, dict(rows)
        self.limits: list[Term] = []
        self._cells: dict[tuple[str, int | None], SymbolicFact] = {}
        self._own: dict[tuple[str, int | None], SymbolicFact] = {}
        self._changed: str | None = None
        self._present: dict[str, tuple[Term, ...]] = {}

    def cell(self, field: Field, row: int | None) -> SymbolicFact:
        """The fact of the household, or of a row by its number."""
        key = (field.path, None if field.table is None else row)
        if key in self._own:
            return self._own[key]
        if self._changed is not None and self._changed in _derived_from(field):
            self._own[key] = self.unknown(field, f"{field.path}[{key[1]}] derived anew")
            return self._own[key]
        if key not in self._cells:
            self._cells[key] = self.unknown(field, f"{field.path}[{key[1]}]")
        return self._cells[key]

    def unknown(self, field: Field, name: str) -> SymbolicFact:
        """Make a fact of a field, within its bounds."""
        z3 = load()
        known = True if field.required else z3.Bool(f"{name} known")
        if field.kind is Kind.FLAG:
            return SymbolicFact(field, known, z3.Bool(name))
        value = z3.Int(name)
        if field.kind is Kind.TEXT:
            codes = self.words.of(field)
            if codes and codes == tuple(range(codes[0], codes[-1] + 1)):
                self.limits.append(both(codes[0] <= value, value <= codes[-1]))
            else:
                self.limits.append(either(no(known), *(value == code for code in codes)))
            return SymbolicFact(field, known, value)
        low, high = bounds(field)
        self.limits.append(both(low <= value, value <= high))
        return SymbolicFact(field, known, value)

    def present(self, table: str) -> tuple[Term, ...]:
        """For each row whether it is there; a row is there only if the one before it is."""
        if table not in self._present:
            z3 = load()
            made = tuple(z3.Bool(f"{table}[{n}] there") for n in range(self.rows.get(table, 0)))
            self.limits += [z3.Implies(later, earlier) for earlier, later in pairwise(made)]
            if made and self.schema.table(table).roster is not None:
                self.limits.append(made[0])
            self._present[table] = made
        return self._present[table]

    def beside(self, field: Field, row: int | None) -> tuple[SymbolicHousehold, SymbolicFact]:
        """A household that is the same but for one fact, with it; derived ones may differ."""
        other = SymbolicHousehold(self.schema, self.words, self.rows)
        other.limits, other._cells, other._present = self.limits, self._cells, self._present
        cell = self.unknown(field, f"{field.path}[{row}] beside")
        key = (field.path, None if field.table is None else row)
        other._own = {**self._own, key: cell}
        other._changed = field.path
        return other, cell

    @property
    def cells(self) -> dict[tuple[str, int | None], SymbolicFact]:
        """The facts that conditions have read, by path and row."""
        return {**self._cells, **self._own}

    @property
    def tables(self) -> dict[str, tuple[Term, ...]]:
        """For each table that conditions have read, whether its rows are there."""
        return dict(self._present)


def _derived_from(field: Field) -> set[str]:
    return {path for node in field.inputs.values() for path in fields_read(node)}


def bounds(field: Field) -> tuple[int, int]:
    """The least and the greatest a number, or the ordinal of a day, can be."""
    if field.kind is Kind.DATE:
        return FIRST_DAY.toordinal(), LAST_DAY.toordinal()
    low, high = field.about.low, field.about.high
    assert low is not None and high is not None  # noqa: S101, PT018 - the model demands bounds
    return low, high


__all__ = ["SymbolicFact", "SymbolicHousehold", "Words", "bounds"]
