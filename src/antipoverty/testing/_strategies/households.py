"""Households, members and records, drawn where faults hide.

A plain random household misses a `>` that should be a `>=`. Here every number is drawn
from the numbers the conditions compare with, one less and one more; every day from the
first and last days of their windows and the days beside them; and every fact is
sometimes missing. What is drawn has passed the model's own validation.
"""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, TypeVar

import attrs
from hypothesis import strategies as st

from antipoverty._base.frozen import Frozen
from antipoverty.codes import AreaCode
from antipoverty.conditions import Condition, Node, Rows, Setting, fields_read, tables_read
from antipoverty.conditions import tree as nodes
from antipoverty.conditions.evidence import words_named
from antipoverty.conditions.tree import MAX_NUMBER
from antipoverty.model import (
    FIRST_DAY,
    LAST_DAY,
    Field,
    Household,
    Kind,
    Member,
    Record,
    Row,
    Schema,
    TableSchema,
    schema_of,
)
from antipoverty.rules import Pack
from antipoverty.testing._search.drafts import Draft, fitting, rosters_of
from antipoverty.testing._search.subject import village
from antipoverty.testing._strategies.aim import Aim, Target
from antipoverty.testing._strategies.choices import Choice, each_of
from antipoverty.testing._strategies.conditions import Params
from antipoverty.testing._strategies.overlays import Overlays

DAY = date(2022, 1, 1)
"""The day of the answer unless another is given: every window ends with a year."""

AREAS = ("610702100200", "61070210020001", "610102001200", "611026110226")
"""Villages and a group grid of Shaanxi that invented households live in."""

_THOUSAND_YUAN = 100_000
_NUMBER = Choice(range(10**9))
_IDS = ("h{}", "h{}", "h{}", "H-{}", "a.{}/b:c_d", "G07:{}_-")
"""Ids of all the signs that they may have."""
_MANY = 16
"""One household in thirty has so many times as many rows, equal ones."""
_Row = TypeVar("_Row", bound=Row)


# --- where to draw ----------------------------------------------------------------


@attrs.frozen(eq=False)
class Edges:
    """The numbers, days and words at which the truth of some conditions can turn.

    Attributes:
        numbers: Those compared with, their small multiples, and those beside.
        days: First and last days of windows and named ones, and those beside.
        words: Those that texts are compared with.
        keys: The tables whose rows other tables name, by the column that names them.
    """

    numbers: tuple[int, ...]
    days: tuple[date, ...]
    words: tuple[str, ...]
    keys: Mapping[str, str] = Frozen()
    _made: dict[str, st.SearchStrategy[Any]] = attrs.field(factory=dict, init=False)

    @classmethod
    def of(
        cls, near: Iterable[Node], as_of: date, params: Params, schema: Schema | None = None
    ) -> Edges:
        """Find them in some conditions, or in any nodes."""
        found = [part for node in near for part in node.walk()]
        words = sorted({word for word in words_named(found) if word.islower()})
        keys = {table.key: name for name, table in (schema.tables if schema else {}).items()}
        return cls(
            tuple(_numbers(found, params)),
            tuple(_days(found, as_of)),
            (*words, "other"),
            Frozen(keys),
        )

    def known(self, field: Field) -> st.SearchStrategy[Any]:
        """Draw a value of a field that is known; each strategy is made once, for speed."""
        if field.path not in self._made:
            self._made[field.path] = st.sampled_from(self.options(field))
        return self._made[field.path]

    def options(self, field: Field) -> Sequence[Any]:
        """The values of a field that are drawn, the simplest first."""
        if field.kind is Kind.FLAG:
            return (False, True)
        if field.kind is Kind.DATE:
            return self.days
        if field.kind is Kind.TEXT:
            table = self.keys.get(field.name)
            named = [] if table in (None, field.table) else [f"{table}-1", f"{table}-2"]
            return sorted(field.about.choices) or (*named, *self.words)
        low, high = field.about.low or 0, field.about.high or 0
        money = field.about.unit.money
        usual = [number * _THOUSAND_YUAN for number in (0, 1, 2, 10)] if money else []
        least = max(low, 0)
        few = range(least, min(high, least + 10) + 1)
        fitting = {one for one in (*self.numbers, *usual, *few, low, high) if low <= one <= high}
        return sorted(fitting, key=lambda one: (abs(one), one < 0))

    def facts(
        self, table: TableSchema, unknown: int = 20, **more: Choice
    ) -> st.SearchStrategy[dict[str, Any]]:
        """Draw the facts of a table's row, each sometimes not known where that may be.

        A day that years are counted from, which then count, is seldom known.
        """
        return each_of(more | self.choices(table, unknown))

    def choices(self, table: TableSchema, unknown: int = 20) -> dict[str, Choice]:
        """What each fact of a table's row may be."""
        return {
            name: Choice(self.options(field), 0 if field.required else share)
            for name, field in table.fields.items()
            if name not in (table.key, "area") and not field.about.personal
            for share in [max(unknown, 80) if name in table.counted.values() else unknown]
        }


def _numbers(found: Sequence[Node], params: Params) -> list[int]:
    """The numbers compared with, their small multiples, and those beside them."""
    met: set[Fraction] = {Fraction(0)}
    for node in found:
        match node:
            case nodes.Const(int() | Fraction() as number):
                met.add(Fraction(number))
            case nodes.Param(id) if id in params:
                met |= {Fraction(value) for value in params[id][1]}
    whole = {int(number * times) for number in met for times in (1, 2, 3, 4)}
    return sorted(
        number + step for number in whole for step in (-1, 0, 1) if abs(number) < MAX_NUMBER
    )


def _days(found: Sequence[Node], as_of: date) -> list[date]:
    """First and last days of windows, days that are named, the days beside them, year ends."""
    met = {as_of - timedelta(days=1), as_of - timedelta(days=400), as_of}
    met |= {date(as_of.year - 1, 12, 31), date(as_of.year - as_of.year % 4, 2, 28)}
    for node in found:
        match node:
            case Rows(window=window) if window is not None:
                end = window.end(as_of)
                met |= {window.first(as_of), end, end - timedelta(days=1)}
            case nodes.Ago():
                met.add(node.day(as_of))
            case nodes.Const(date() as day):
                met.add(day)
    least, most = FIRST_DAY + timedelta(days=1), LAST_DAY - timedelta(days=1)
    fitting = (min(max(day, least), most) for day in met)
    return sorted({day + timedelta(days=step) for day in fitting for step in (-1, 0, 1)})


# --- strategies -------------------------------------------------------------------


def households(
    near: Pack | Iterable[Node] = (),
    *,
    as_of: date = DAY,
    params: Params | None = None,
    model: type[Household] | None = None,
    areas: Sequence[str] | None = None,
    max_rows: int = 3,
) -> st.SearchStrategy[Household]:
    """Draw households on, just under and just over what conditions compare with.

    Args:
        near: The conditions, or any nodes, whose thresholds and windows to draw at; or
            a pack, for those of all its rules.
        as_of: The day the answer is for.
        params: The parameters the conditions read; by default those of the pack.
        model: `Household` or an extension; by default that of the pack.
        areas: Where the households may live; by default in Shaanxi, and those of a pack where
            its rules are in force.
        max_rows: How many rows a child table may have, besides those that bring a
            condition to its threshold.
    """
    if isinstance(near, Pack):
        listed: list[Node] = [rule.when for rule in near.rules.values()]
        schema, model = near.schema, model or near.model
        params = params_of(near) if params is None else params
        areas = places_of(near) if areas is None else areas
    else:
        model = model or Household
        listed, schema, params = list(near), schema_of(model), params or {}
    areas = AREAS if areas is None else areas
    edges = Edges.of(listed, as_of, params, schema)
    aims = [one for one in listed if isinstance(one, Condition)]
    read = {table for one in listed for table in tables_read(one)}
    drafts = _drafts(schema, edges, areas, max_rows, rosters_of(schema, as_of, read))
    overlays = Overlays.of(aims, schema, as_of, areas[0])
    return _households(_Asked(model, drafts, edges, aims, as_of, params, overlays))


@attrs.frozen(repr=False)
class _Asked:
    """What households are drawn by, printed in short where Hypothesis prints a strategy."""

    model: type[Household]
    drafts: st.SearchStrategy[Draft]
    edges: Edges
    aims: Sequence[Condition]
    as_of: date
    params: Params
    overlays: Overlays
    choices: st.SearchStrategy[dict[str, Any]] = attrs.field(init=False)
    _targets: dict[int, tuple[Target, tuple[str, ...]]] = attrs.field(factory=dict, init=False)

    @choices.default
    def _one_draw(self) -> st.SearchStrategy[dict[str, Any]]:
        """All that is chosen of a household besides its facts, in one draw."""
        values = {f"value {name}": Choice(found) for name, (_, found) in self.params.items()}
        aim = {
            "aimed": Choice((False, True)),
            "at": Choice(range(len(self.aims))),
            "goal": Choice((True, False, None)),
        }
        rest = {"stated": Choice((True,) * 5 + (False,)), "id": Choice(_IDS), "number": _NUMBER}
        return each_of(values | self.overlays.choices | (aim if self.aims else {}) | rest)

    def target(self, at: int) -> tuple[Target, tuple[str, ...]]:
        """One of the conditions to aim at, and what it reads, looked at once."""
        if at not in self._targets:
            one = self.aims[at]
            self._targets[at] = Target.of(one, self.edges.options), fields_read(one)
        return self._targets[at]

    def _repr_pretty_(self, printer: Any, _cycle: object) -> None:
        printer.text(f"{self.model.__name__} near {len(self.aims)} conditions on {self.as_of}")


@st.composite
def _households(draw: st.DrawFn, asked: _Asked) -> Household:
    chosen = draw(asked.choices)
    values = {name: chosen[f"value {name}"] for name in asked.params}
    draft, read = asked.overlays.laid(chosen, draw(asked.drafts), values)
    if chosen.get("aimed"):
        target, more = asked.target(chosen["at"])
        aim = Aim(draw, Setting(asked.as_of, values))
        draft = as_stated(aim.at(target, chosen["goal"], draft), read.union(more))
    elif chosen["stated"]:
        draft = as_stated(draft, read)
    else:
        draft = attrs.evolve(draft, rosters={})  # some members may not have come
    return draft.build(asked.model, chosen["id"].format(chosen["number"]))


def as_stated(draft: Draft, read: Container[str]) -> Draft:
    """The draft with as many rows stated as it has, where the number is not looked at."""
    known = {
        fact.name: fitting(fact, len(draft.tables[table]))
        for table, (fact, _) in draft.rosters.items()
        if fact.name not in read and draft.facts[fact.name] is not None
    }
    return attrs.evolve(draft, facts=draft.facts | known)


def _drafts(
    schema: Schema,
    edges: Edges,
    areas: Sequence[str],
    max_rows: int,
    rosters: Mapping[str, tuple[Field, dict[str, Any]]],
) -> st.SearchStrategy[Draft]:
    """Draw drafts with any facts and rows."""
    nothing = dict.fromkeys(schema.household.fields)
    own = edges.choices(schema.household, unknown=60)
    rows = {name: edges.choices(table) for name, table in schema.tables.items()}

    def drafted(chosen: Mapping[tuple[str, ...], Any]) -> Draft:
        known = {name: chosen["", "", name] for name in own}
        tables = {
            table: [
                {name: chosen[table, str(at), name] for name in facts}
                for at in range(chosen["", table])
            ]
            * chosen["times",]
            for table, facts in rows.items()
        }
        return Draft({**nothing, **known, "area": chosen["area",]}, tables, rosters)

    choices: dict[tuple[str, ...], Choice] = {
        ("area",): Choice([AreaCode(area) for area in areas]),
        ("times",): Choice([1] * 29 + [_MANY]),
        **{("", "", name): one for name, one in own.items()},
    }
    for table, facts in rows.items():
        choices["", table] = Choice(range(max_rows + 1))
        for at, (name, one) in itertools.product(range(max_rows), facts.items()):
            choices[table, str(at), name] = one
    return each_of(choices).map(drafted)


def members(
    near: Iterable[Node] = (), *, as_of: date = DAY, params: Params | None = None
) -> st.SearchStrategy[Member]:
    """Draw members of a household; the arguments are those of `households`."""
    return _rows(Member, "members", Edges.of(near, as_of, params or {}))


def records(
    near: Iterable[Node] = (), *, as_of: date = DAY, params: Params | None = None
) -> st.SearchStrategy[Record]:
    """Draw records that departments hold; the arguments are those of `households`."""
    return _rows(Record, "records", Edges.of(near, as_of, params or {}))


def _rows(row: type[_Row], table: str, edges: Edges) -> st.SearchStrategy[_Row]:
    schema = row.schema_of_row(table)
    keys = Choice([f"row-{number}" for number in range(1, 1000)])
    return edges.facts(schema, 20, **{schema.key: keys}).map(lambda facts: _validated(row, facts))


def places_of(pack: Pack) -> list[str]:
    """A village of each rule's area, and those of Shaanxi that the pack's own area has."""
    rules = (village(rule, pack) for rule in pack.rules.values())
    return [*dict.fromkeys((*rules, *(area for area in AREAS if area.startswith(pack.area))))]


def params_of(pack: Pack) -> Params:
    """The unit of every parameter of a pack, and the values it has somewhere."""
    return {
        one.id: (one.unit, sorted({value.value for value in one.values}))
        for one in pack.parameters.values()
        if one.values
    }


def _validated(row: type[_Row], facts: Mapping[str, Any]) -> _Row:
    """Make a row of facts in stored steps, through the model's own validation."""
    return row.model_validate(row.model_construct(**facts).model_dump())


__all__ = ["AREAS", "DAY", "Edges", "households", "members", "params_of", "places_of", "records"]
