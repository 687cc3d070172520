"""Ask the solver for a household, and make of its answer one that a person can read.

Any answer would do as a witness; the solver's first is often odd: facts missing for no
reason, eight members, an amount of 9,871,234.56 yuan. So the question is asked again
with wishes, which are dropped where they cannot be fulfilled together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import ValidationError

from antipoverty.conditions import Condition, Setting
from antipoverty.errors import UnconfirmedWitnessError
from antipoverty.model import Field, Household, Kind, Money
from antipoverty.rules import Pack
from antipoverty.testing._proofs.encode import Meaning
from antipoverty.testing._proofs.logic import Term, both, counted, either, load, no
from antipoverty.testing._proofs.scene import Context
from antipoverty.testing._proofs.sketch import FRESH, SymbolicFact, SymbolicHousehold, Words, bounds

_AGAIN = 40
"""How many wishes that were dropped together are tried again one by one."""


class Undetermined(Exception):  # noqa: N818 - it is no error: the solver ran out of time
    """The solver did not answer in its time."""


class Inquiry:
    """Questions about the households of one place and day.

    Args:
        pack: Its model says what facts there are.
        scene: The place and the day.
        conditions: All that will be asked about.
        rows: How many rows each child table has at most.
        seconds: How long the solver may take for one question.
    """

    def __init__(
        self,
        pack: Pack,
        scene: Context,
        conditions: Sequence[Condition],
        rows: Mapping[str, int],
        seconds: int,
    ) -> None:
        self.pack, self.scene = pack, scene
        words = Words(pack.model, pack.schema, conditions, scene.areas)
        self.sketch = SymbolicHousehold(pack.schema, words, rows)
        self.meaning = Meaning(self.sketch, scene.setting)
        z3 = load()
        self._solver = z3.Solver()
        self._solver.set("timeout", 1000 * seconds)
        self._limits = 0
        self._wishes: dict[object, list[Any]] = {}
        self._cells: list[SymbolicFact] = []

    def other(self, setting: Setting, sketch: SymbolicHousehold | None = None) -> Meaning:
        """The meaning on another day, with other values, or for another household."""
        return Meaning(sketch or self.sketch, setting)

    def find(
        self, goal: Term, read: Collection[str], *sketches: SymbolicHousehold
    ) -> tuple[Household, ...] | None:
        """Find a household, or several at once, for which a goal holds.

        Args:
            goal: A term over the unknowns of the sketches.
            read: The paths of the facts that the goal is about; no other is given.
            sketches: Those to build; the inquiry's own by default.

        Returns:
            The households, or ``None`` when there is none.

        Raises:
            Undetermined: The solver did not answer in time.
        """
        if goal is False:
            return None
        listed = sketches or (self.sketch,)
        self._solver.add(*map(_term, self.sketch.limits[self._limits :]))
        self._limits = len(self.sketch.limits)
        wishes = list(self._wished(listed, read))
        self._solver.push()
        try:
            self._solver.add(_term(goal))
            if not self._satisfied():
                return None
            answer = self._plainly(wishes, self._solver.model())
            return tuple(self._built(one, answer, read) for one in listed)
        finally:
            self._solver.pop()

    def _satisfied(self, *wishes: Any) -> bool:
        z3 = load()
        answer = self._solver.check(*wishes)
        if answer == z3.unknown:
            raise Undetermined
        return bool(answer == z3.sat)

    # --- plain

    def _plainly(self, wishes: Sequence[Any], answer: Any) -> Any:
        kept, dropped = list(wishes), []
        try:
            while not self._satisfied(*kept):
                core = {one.get_id() for one in self._solver.unsat_core()}
                dropped += [one for one in kept if one.get_id() in core]
                kept = [one for one in kept if one.get_id() not in core]
            answer = self._solver.model()
            for one in dropped[:_AGAIN]:
                if self._satisfied(*kept, one):
                    kept.append(one)
                    answer = self._solver.model()
        except Undetermined:
            pass  # the household found so far is as good a witness
        return answer

    def _wished(
        self, sketches: Sequence[SymbolicHousehold], read: Collection[str]
    ) -> Iterator[Any]:
        """What makes a household plain: few rows, known facts, ordinary values."""
        for name, rows in self.sketch.tables.items():
            if name in read:
                yield from self._named(name, [no(here) for here in rows])
                yield from self._named((name, "all"), self._complete(name, rows, read))
        for sketch in sketches:
            for (path, row), cell in sketch.cells.items():
                if path in read:
                    yield from self._named(id(cell), self._ordinary(sketch, cell, row))

    def _complete(self, table: str, rows: Sequence[Term], read: Collection[str]) -> Iterator[Term]:
        """That there are as many rows as the household states."""
        roster = self.pack.schema.table(table).roster
        if roster is not None and roster.path in read:
            stated = self.sketch.cell(roster, None)
            yield both(stated.known, stated.value == counted(rows))

    def _ordinary(
        self, sketch: SymbolicHousehold, cell: SymbolicFact, row: int | None
    ) -> Iterator[Term]:
        here: Term = False
        if cell.field.table is not None and row is not None:
            here = no(sketch.present(cell.field.table)[row])
        self._cells.append(cell)  # so that no other cell gets its id
        for wish in _ordinary(cell, self.scene.as_of):
            yield either(here, wish)

    def _named(self, key: object, wishes: Iterable[Term]) -> list[Any]:
        """Names for wishes, so that each can be made or dropped."""
        if key not in self._wishes:
            z3 = load()
            names = self._wishes[key] = []
            for wish in wishes:
                names.append(z3.FreshBool("wish"))
                self._solver.add(z3.Implies(names[-1], _term(wish)))
        return self._wishes[key]

    # --- as a household

    def _built(self, sketch: SymbolicHousehold, answer: Any, read: Collection[str]) -> Household:
        def value(term: Term) -> Any:
            return answer.eval(_term(term), model_completion=True)

        def holds(term: Term) -> bool:
            return bool(load().is_true(value(term)))

        def fact(cell: SymbolicFact) -> Any:
            if cell.field.kind is Kind.FLAG:
                return holds(cell.value)
            number = value(cell.value).as_long()
            return self._fact(cell.field, number)

        facts: dict[str | None, dict[int | None, dict[str, Any]]] = {}
        for (path, row), cell in sketch.cells.items():
            if path in read and not cell.field.inputs and holds(cell.known):
                rows = facts.setdefault(cell.field.table, {})
                rows.setdefault(row, {})[cell.field.name] = fact(cell)
        there = {name: sum(map(holds, terms)) for name, terms in sketch.tables.items()}
        rows_of = self.pack.model.tables_of_row()
        try:
            made: dict[str, Any] = {
                name: tuple(
                    row(**self._needed(name, n) | facts.get(name, {}).get(n, {}))
                    for n in range(there.get(name, 0))
                )
                for name, row in rows_of.items()
            }
            made |= self._needed(None, 0) | facts.get(None, {}).get(None, {})
            return self.pack.model(**made)
        except ValidationError as problem:
            places = sorted({".".join(map(str, one["loc"])) for one in problem.errors()})
            raise UnconfirmedWitnessError(
                "{name} refuses a household within its declared bounds, at {places}; declare in "
                "the Fact of the field all that its values can be",
                name=self.pack.model.__name__,
                places=", ".join(places),
            ) from None

    def _fact(self, field: Field, number: int) -> Any:
        if field.kind is Kind.DATE:
            return date.fromordinal(number)
        if field.kind is Kind.TEXT:
            return self.sketch.words.word(number)
        money = field.about.unit.money == 1
        return Money(fen=number) if money else number

    def _needed(self, table: str | None, row: int) -> dict[str, Any]:
        """The facts that a household or a row must have, whatever is asked."""
        schema = self.pack.schema.table(table)
        found: dict[str, Any] = {}
        for name, field in schema.fields.items():
            if name == schema.key:
                found[name] = "witness" if table is None else f"{table}-{row + 1}"
            elif table is None and name == "area":
                found[name] = self.scene.areas[0]
            elif field.required:
                found[name] = self._any(field)
        return found

    def _any(self, field: Field) -> Any:
        if field.kind is Kind.FLAG:
            return False
        if field.kind is Kind.DATE:
            return self.scene.as_of
        if field.kind is Kind.TEXT:
            return next(iter(field.about.choices), FRESH[0])
        return self._fact(field, bounds(field)[0])


def _ordinary(cell: SymbolicFact, as_of: date) -> Iterator[Term]:
    """That a fact is known, and of a size that nobody wonders at."""
    kind, value = cell.field.kind, cell.value
    if cell.known is not True:
        yield cell.known
    if kind is Kind.DATE:
        day = as_of.toordinal()
        yield both(day - 366 <= value, value < day)
    elif kind is Kind.NUMBER:
        low, high = bounds(cell.field)
        money = cell.field.about.unit.money == 1
        most = 10_000_000 if money else 6
        yield both(value >= max(low, 0), value <= min(high, max(low, 0) + most))
        if money:
            yield value % 100_000 == 0
            yield value % 100 == 0


def _term(term: Term) -> Any:
    return load().BoolVal(term) if isinstance(term, bool) else term


__all__ = ["Inquiry", "Undetermined"]
