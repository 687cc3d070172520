"""Households, members and records, drawn where faults hide.

A plain random household misses a `>` that should be a `>=`. Here every number is drawn
from the numbers the conditions compare with, one less and one more; every day from the
first and last days of their windows and the days beside them; and every fact is
sometimes missing. What is drawn has passed the model's own validation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from types import SimpleNamespace
from typing import Any, TypeVar

import attrs
from hypothesis import strategies as st

from antipoverty.codes import AreaCode
from antipoverty.conditions import Condition, Node, Rows, Setting
from antipoverty.conditions import tree as nodes
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
from antipoverty.testing._strategies.aim import Aim
from antipoverty.testing._strategies.conditions import Params

DAY = date(2022, 1, 1)
"""The day of the answer unless another is given: every window ends with a year."""

AREAS = ("610702100200", "61070210020001", "610102001200", "611026110226")
"""Villages and a group grid of Shaanxi that invented households live in."""

_THOUSAND_YUAN = 100_000
_Row = TypeVar("_Row", bound=Row)


# --- where to draw ----------------------------------------------------------------


@attrs.frozen(eq=False)
class Edges:
    """The numbers, days and words at which the truth of some conditions can turn."""

    numbers: tuple[int, ...]
    days: tuple[date, ...]
    words: tuple[str, ...]
    _made: dict[str, st.SearchStrategy[Any]] = attrs.field(factory=dict, init=False)

    @classmethod
    def of(cls, near: Iterable[Node], as_of: date, params: Params) -> Edges:
        """Find them in some conditions, or in any nodes."""
        found = [part for node in near for part in node.walk()]
        written = [part.value for part in found if isinstance(part, nodes.Const)]
        among = {word for part in found if isinstance(part, nodes.Among) for word in part.words}
        words = among | {value for value in written if isinstance(value, str)}
        words = {word for word in words if word.islower()}
        return cls(
            tuple(_numbers(found, params)), tuple(_days(found, as_of)), (*sorted(words), "other")
        )

    def known(self, field: Field) -> st.SearchStrategy[Any]:
        """Draw a value of a field that is known; each strategy is made once, for speed."""
        if field.path not in self._made:
            self._made[field.path] = self._known(field)
        return self._made[field.path]

    def _known(self, field: Field) -> st.SearchStrategy[Any]:
        if field.kind is Kind.FLAG:
            return st.booleans()
        if field.kind is Kind.DATE:
            return st.sampled_from(self.days)
        if field.kind is Kind.TEXT:
            return st.sampled_from(sorted(field.about.choices) or self.words)
        low, high = field.about.low or 0, field.about.high or 0
        usual = (
            {number * _THOUSAND_YUAN for number in (0, 1, 2, 10)} if field.about.unit.money else ()
        )
        fitting = sorted(one for one in {*self.numbers, *usual, low} if low <= one <= high)
        fitting.sort(key=abs)
        return st.sampled_from(fitting) | st.integers(max(low, 0), min(high, max(low, 0) + 10))

    def facts(self, table: TableSchema) -> dict[str, st.SearchStrategy[Any]]:
        """Draw each fact of a table's row, sometimes missing where it may be."""
        return {
            name: self.known(field)
            if field.required
            else _sometimes_missing(self.known(field), often=name in table.counted.values())
            for name, field in table.fields.items()
            if name not in (table.key, "area") and not field.about.personal
        }


def _sometimes_missing(
    known: st.SearchStrategy[Any], *, often: bool = False
) -> st.SearchStrategy[Any]:
    """One time in five not known; a day that years are counted from, which then count, four."""
    few, many = st.none(), known
    if often:
        few, many = many, few
    return st.one_of(few, many, many, many, many)


def _numbers(found: Sequence[Node], params: Params) -> list[int]:
    """The numbers compared with, their small multiples, and those beside them."""
    met: set[Fraction] = {Fraction(0)}
    for node in found:
        if isinstance(node, nodes.Const) and isinstance(node.value, int | Fraction):
            met.add(Fraction(node.value))
        if isinstance(node, nodes.Param) and node.id in params:
            met |= {Fraction(value) for value in params[node.id][1]}
    whole = {int(number * times) for number in met for times in (1, 2, 3, 4)}
    return sorted(
        number + step for number in whole for step in (-1, 0, 1) if abs(number) < MAX_NUMBER
    )


def _days(found: Sequence[Node], as_of: date) -> list[date]:
    """First and last days of windows, days that are named, the days beside them, year ends."""
    met = {as_of - timedelta(days=1), as_of - timedelta(days=400), as_of}
    met |= {date(as_of.year - 1, 12, 31), date(as_of.year - as_of.year % 4, 2, 28)}
    for node in found:
        if isinstance(node, Rows) and node.window is not None:
            met.add(node.window.first(as_of))
        if isinstance(node, nodes.Ago):
            met.add(node.day(as_of))
        if isinstance(node, nodes.Const) and isinstance(node.value, date):
            met.add(node.value)
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
    areas: Sequence[str] = AREAS,
    max_rows: int = 3,
) -> st.SearchStrategy[Household]:
    """Draw households on, just under and just over what conditions compare with.

    Args:
        near: The conditions, or any nodes, whose thresholds and windows to draw at; or
            a pack, for those of all its rules.
        as_of: The day the answer is for.
        params: The parameters the conditions read; by default those of the pack.
        model: `Household` or an extension; by default that of the pack.
        areas: Where the households may live.
        max_rows: How many rows a child table may have, besides those that bring a
            condition to its threshold.
    """
    if isinstance(near, Pack):
        listed: list[Node] = [rule.when for rule in near.rules.values()]
        schema, model = near.schema, model or near.model
        params = params_of(near) if params is None else params
    else:
        model = model or Household
        listed, schema, params = list(near), schema_of(model), params or {}
    maker = Maker(schema, model, Edges.of(listed, as_of, params))
    aims = [one for one in listed if isinstance(one, Condition)]
    return _households(maker, maker.drafts(areas, max_rows), aims, as_of, params)


@st.composite
def _households(
    draw: st.DrawFn,
    maker: Maker,
    drafts: st.SearchStrategy[SimpleNamespace],
    aims: Sequence[Condition],
    as_of: date,
    params: Params,
) -> Household:
    household = draw(drafts)
    aimed: bool = draw(st.booleans()) if aims else False
    if aimed:
        values = {name: draw(st.sampled_from(list(found))) for name, (_, found) in params.items()}
        goal = draw(st.sampled_from([True, False, None]))
        aim = Aim(draw, household, Setting(as_of, values), maker.schema, maker.edges.known)
        aim.at(draw(st.sampled_from(aims)), goal)
    return maker.validated(household)


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
    facts = {schema.key: st.integers(1, 999).map("row-{}".format), **edges.facts(schema)}
    return st.fixed_dictionaries(facts).map(lambda found: _validated(row, found))


def params_of(pack: Pack) -> Params:
    """The unit of every parameter of a pack, and the values it has somewhere."""
    return {
        one.id: (one.unit, sorted({value.value for value in one.values}))
        for one in pack.parameters.values()
        if one.values
    }


@attrs.frozen
class Maker:
    """Drafts households with facts that can still be set, and makes real ones of them."""

    schema: Schema
    model: type[Household]
    edges: Edges

    def blank(self, area: str) -> SimpleNamespace:
        """Make a draft of which nothing is known, with no rows."""
        rows: dict[str, Any] = {name: [] for name in self.schema.tables}
        facts = dict.fromkeys(self.schema.household.fields)
        return SimpleNamespace(**{**facts, **rows, "area": AreaCode(area)})

    def drafts(self, areas: Sequence[str], max_rows: int) -> st.SearchStrategy[SimpleNamespace]:
        """Draw drafts with any facts and rows."""
        table = self.schema.household
        rows = {
            name: st.lists(
                st.fixed_dictionaries(self.edges.facts(one)).map(
                    lambda row: SimpleNamespace(**row)
                ),
                max_size=max_rows,
            )
            for name, one in self.schema.tables.items()
        }
        always: dict[str, Any] = {
            table.key: st.integers(0, 10**9).map("h{}".format),
            "area": st.sampled_from([AreaCode(area) for area in areas]),
            **rows,
        }
        nothing = dict.fromkeys(table.fields)
        made = st.fixed_dictionaries(always, optional=self.edges.facts(table))
        return made.map(lambda found: SimpleNamespace(**{**nothing, **found}))

    def validated(self, draft: SimpleNamespace) -> Household:
        """Number the rows of a draft and make the household it describes."""
        found = {name: value for name, value in vars(draft).items() if value is not None}
        for name, row in self.model.tables_of_row().items():
            found[name] = tuple(
                row.model_construct(**{**vars(one), row.KEY: f"{name}-{number}"})
                for number, one in enumerate(found[name], 1)
            )
        return _validated(self.model, found)


def _validated(row: type[_Row], facts: Mapping[str, Any]) -> _Row:
    """Make a row of facts in stored steps, through the model's own validation."""
    return row.model_validate(row.model_construct(**facts).model_dump())


__all__ = ["AREAS", "DAY", "Edges", "Maker", "households", "members", "params_of", "records"]
