"""How many rows of a child table are enough, so that a proof speaks of any number.

Take a household with many rows and remove those that nothing rests on. What a condition
is does not change as long as these stay:

- for *any*, one row that makes it true, or that leaves it open; for *all*, one that breaks
  it or leaves it open;
- for a *count* compared with at most ``m``, ``m + 1`` of the rows counted;
- for *min* and *max*, the row that is least or greatest, or one that leaves it unknown;
- for a *sum* of amounts that nothing else reads: the amounts of rows that the same sums
  count can be put together in one row, up to the most that one row can hold, and a sum
  past all it is compared with stays past it. The same goes for the rows that only may
  count, or whose amount is not known: they raise the highest that the sum can be.

Where the household states how many rows there must be, its claims are about households of
which all rows came, and those have one row at least. Nothing is asked of the number stated,
so what is proved holds for every such household; of one whose rows did not all come it holds
too, but that a warning may be undecided instead.

Where a condition is of none of these kinds the rows are bounded by a number that every
answer states.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction

import attrs

from antipoverty.conditions import Condition, Node, Rows, Setting, Value
from antipoverty.conditions import tree as nodes
from antipoverty.model import Field, Kind

ENDLESS = math.inf


@attrs.frozen
class Atom:
    """A question about the rows of a table.

    Attributes:
        table: The table.
        key: What makes two questions the same.
        rows: The rows asked about.
        need: How many rows keep its answer; for a sum, how many hold what it is compared with.
        total: The field that a sum adds up, if it is one whose rows can be put together.
        reads: The fields of the row that it reads, that of the sum left out.
    """

    table: str
    key: tuple[object, ...]
    rows: Rows
    need: float
    total: Field | None = None
    reads: frozenset[str] = frozenset()


@attrs.frozen
class Need:
    """How many rows of a table are looked at.

    Attributes:
        rows: The number.
        enough: More rows would change nothing.
    """

    rows: int
    enough: bool


def atoms(condition: Condition, setting: Setting) -> tuple[Atom, ...]:
    """List the questions about rows that a condition asks."""
    return tuple(_Finder(setting).condition(condition))


def needs(found: Iterable[Atom], limit: int, *, twice: bool = False) -> dict[str, Need]:
    """Say for each table how many rows are looked at.

    Args:
        found: The questions, of all conditions together.
        limit: How many rows are looked at where there is no smaller number that is enough.
        twice: A row is changed and the questions asked again, so that it and what answers
            them anew must stay as well.
    """
    by_table: dict[str, dict[tuple[object, ...], Atom]] = {}
    for atom in found:
        table = by_table.setdefault(atom.table, {})
        old = table.get(atom.key)
        table[atom.key] = atom if old is None or atom.need > old.need else old
    answer = {}
    for table_name, mine in by_table.items():
        rows = _sum(mine.values())
        rows = 2 * rows + 1 if twice else rows
        if any(atom.rows.table.roster is not None for atom in mine.values()):
            rows = max(rows, 1)
        answer[table_name] = Need(int(min(rows, limit)), rows <= limit)
    return answer


def _sum(mine: Iterable[Atom]) -> float:
    listed = list(mine)
    rows = sum(atom.need for atom in listed if atom.total is None)
    fields = {atom.total.name for atom in listed if atom.total is not None}
    for name in sorted(fields):
        sums = [atom for atom in listed if atom.total is not None and atom.total.name == name]
        others = [atom for atom in listed if name in atom.reads]
        if any(not _apart(one, other) for one in sums for other in others):
            return ENDLESS
        apart = all(_apart(a, b) for n, a in enumerate(sums) for b in sums[:n])
        each = max(atom.need for atom in sums)
        # each sum counts a row, may count it or does not, and knows its amount or not
        rows += 2 * (len(sums) if apart else 3 ** len(sums) - 1) * each
    return rows


def _apart(one: Atom, other: Atom) -> bool:
    """No row is counted by one that the other could look at: a text tells them apart."""
    mine, theirs = _words(one.rows.filter), _words(other.rows.filter)
    return any(mine[name].isdisjoint(theirs[name]) for name in mine if name in theirs)


def _words(condition: Condition | None) -> dict[str, frozenset[str]]:
    """The words a filter allows, for each text it asks about in all cases."""
    found: dict[str, frozenset[str]] = {}
    parts = condition.conditions if isinstance(condition, nodes.And) else (condition,)
    for part in parts:
        match part:
            case nodes.Among(nodes.Read(field), words):
                allowed = frozenset(words)
            case nodes.Compare("==", nodes.Read(field), nodes.Const(str(word))):
                allowed = frozenset([word])
            case _:
                continue
        found[field.name] = found.get(field.name, allowed) & allowed
    return found


class _Finder:
    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._place = (setting.as_of, tuple(sorted(setting.params.items())))

    def condition(self, node: Condition) -> list[Atom]:
        match node:
            case nodes.Compare(_, left, right):
                return [*self._side(left, right), *self._side(right, left)]
            case nodes.Known(of):
                if isinstance(of, Condition):
                    return self.condition(of)
                assert isinstance(of, Value)  # noqa: S101 - the language has no third family
                return self._known(of)
            case nodes.Exists(rows):
                return [self._atom("any", rows, 1)]
            case nodes.SomeGroup(groups):
                return [self._atom("groups", groups.rows, ENDLESS, node)]
            case nodes.ForAll(rows, inner):
                return [self._atom("all", rows, 1, inner)]
            case nodes.Not() | nodes.And() | nodes.Or():
                return [atom for part in node.parts for atom in self.condition(part)]  # type: ignore[arg-type] # their parts are conditions
        return []

    def _side(self, value: Value, against: Value) -> list[Atom]:
        most = self._most(against)
        match value:
            case nodes.Count(rows):
                return [
                    self._atom(
                        "count", rows, max(math.floor(most) + 1, 0) if most < ENDLESS else ENDLESS
                    )
                ]
            case nodes.Reduce("sum", rows, inner):
                return [self._sum(rows, inner, most)]
            case nodes.Quantile(rows, inner):
                return [self._atom("quantile", rows, ENDLESS, inner)]
        return self._inside(value)

    def _known(self, value: Value) -> list[Atom]:
        match value:
            case nodes.Count(rows):
                return [self._atom("decided", rows, 1)]
            case nodes.Reduce("sum", rows, inner):
                return [self._sum(rows, inner, 0)]
        return self._inside(value)

    def _inside(self, value: Value) -> list[Atom]:
        match value:
            case nodes.Score(items):
                return [atom for _, one in items for atom in self.condition(one)]
            case nodes.Reduce(operator, rows, inner):
                spread = any(isinstance(part, nodes.Score) for part in inner.walk())
                need = ENDLESS if operator in ("sum", "gap") else 2 if spread else 1
                return [self._atom(operator, rows, need, inner)]
            case nodes.Count(rows):
                return [self._atom("count", rows, ENDLESS)]
            case nodes.Quantile(rows, inner):
                return [self._atom("quantile", rows, ENDLESS, inner)]
            case nodes.GroupCount(groups) | nodes.GroupReduce(_, groups):
                return [self._atom("groups", groups.rows, ENDLESS, value)]
            case nodes.Arithmetic(_, left, right):
                return [*self._inside(left), *self._inside(right)]
        return []

    def _sum(self, rows: Rows, value: Value, most: float | Fraction) -> Atom:
        if not isinstance(value, nodes.Read) or value.field.about.low != 0:
            return self._atom("sum", rows, ENDLESS, value)
        high = value.field.about.high
        if most == ENDLESS or not high:
            return self._atom("sum", rows, ENDLESS, value)
        one = self._atom("sum", rows, max(math.floor(most / high) + 1, 1), value)
        return attrs.evolve(one, total=value.field, reads=_reads(rows))

    def _atom(self, sort: str, rows: Rows, need: float, inner: Node | None = None) -> Atom:
        key = (sort, rows.key, None if inner is None else inner.key, self._place)
        reads = _reads(rows) | (frozenset() if inner is None else _fields(inner))
        return Atom(str(rows.table.name), key, rows, need, None, reads)

    def _most(self, value: Value) -> float | Fraction:
        reach = self._reach(value)
        return ENDLESS if reach is None else reach[1]

    def _reach(self, value: Value) -> tuple[Fraction, Fraction] | None:
        """The least and greatest a number can be; ``None`` where rows or days decide."""
        match value:
            case nodes.Const(int() | Fraction() as exact):
                return Fraction(exact), Fraction(exact)
            case nodes.Param(id):
                number = Fraction(self.setting.param(id))
                return number, number
            case nodes.Read(field) if field.kind is Kind.NUMBER:
                low, high = field.about.low, field.about.high
                return Fraction(low or 0), Fraction(high or 0)
            case nodes.Score(items):
                return Fraction(0), sum((Fraction(weight) for weight, _ in items), Fraction(0))
            case nodes.Reduce("min" | "max", _, inner):
                return self._reach(inner)
            case nodes.Arithmetic(operator, left, right):
                one, other = self._reach(left), self._reach(right)
                if one is None or other is None:
                    return None
                if operator == "+":
                    return one[0] + other[0], one[1] + other[1]
                if operator == "-":
                    return one[0] - other[1], one[1] - other[0]
                corners = [a * b for a in one for b in other]
                return min(corners), max(corners)
        return None


def _reads(rows: Rows) -> frozenset[str]:
    found = frozenset[str]() if rows.filter is None else _fields(rows.filter)
    return found | ({str(rows.table.day)} if rows.window is not None else frozenset())


def _fields(node: Node) -> frozenset[str]:
    return frozenset(
        part.field.name for part in node.walk() if isinstance(part, nodes.Read | nodes.Flag)
    )


__all__ = ["Atom", "Need", "atoms", "needs"]
