"""Where and when a question is asked: each place and day on which a rule can answer differently.

A rule's answer depends on the values of the parameters it reads, by area, and on the day,
through windows and days of the past. Places with the same values, and days on which all
the days a rule names lie in the same order, are asked once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import attrs

from antipoverty.codes import AreaCode, Level
from antipoverty.conditions import Condition, Node, Rows, Setting, params_read
from antipoverty.conditions import tree as nodes
from antipoverty.conditions.evidence import words_named
from antipoverty.errors import InvalidArgumentError, InvalidCodeError
from antipoverty.model import Kind
from antipoverty.rules import Pack, Rule
from antipoverty.testing._search.subject import village_of

YEARS = 8
"""For how many years days are asked, where a rule has no last day."""

_FAR, _LONGEST = 64, 36_500
"""Days that lie farther apart than these, and than what is named, are far apart."""


@attrs.frozen
class Side:
    """Rules in their pack on a day; two versions of a rule are two sides.

    Attributes:
        pack: The pack.
        rules: Those that are asked about together.
        as_of: The day.
    """

    pack: Pack
    rules: tuple[Rule, ...]
    as_of: date

    @property
    def names(self) -> list[str]:
        """The parameters that are read."""
        return sorted({name for rule in self.rules for name in params_read(rule.when)})

    def setting(self, area: str) -> Setting:
        """The day and the values at a place."""
        return self.pack.on(self.as_of).setting(area)

    def read(self, area: str) -> tuple[int | Fraction, ...]:
        """The values at a place that are read."""
        setting = self.setting(area)
        return tuple(setting.params[name] for name in self.names)


@attrs.frozen
class Context:
    """A place and a day.

    Attributes:
        place: The area.
        areas: Villages in it that a household may live in, the plainest first.
        as_of: The day of the answer.
        settings: The day and the parameters there, for each side.
    """

    place: str
    areas: tuple[str, ...]
    as_of: date
    settings: tuple[Setting, ...]

    @property
    def setting(self) -> Setting:
        """That of the first side."""
        return self.settings[0]


def scenes(*sides: Side) -> tuple[Context, ...]:
    """List the places where rules are in force together and may answer differently.

    Raises:
        InvalidArgumentError: A rule is not in force on the day, or two are never in
            force in one place.
    """
    areas, listed, named = [], set(), []
    for side in sides:
        current = side.pack.on(side.as_of)
        running = {rule.id for rule in current.rules}
        for rule in side.rules:
            if rule.id not in running:
                raise InvalidArgumentError(
                    "rule {id!r} is not in force on {as_of}", id=rule.id, as_of=side.as_of
                )
            named += [word for word in words_named(rule.when.walk()) if _is_village(word)]
        areas += [side.pack.area, *(rule.area for rule in side.rules)]
        listed |= {value.area for name in side.names for value in current.values[name]}
        listed |= {area for rule in side.rules for area in rule.outside}
    base = max(areas, key=len)
    apart = next((area for area in areas if not base.startswith(area)), None)
    if apart is not None:
        raise InvalidArgumentError(
            "no household lives in {base} and in {apart}", base=base, apart=apart
        )
    places = sorted(
        area
        for area in {base, *(area for area in listed if area.startswith(base))}
        if all(rule.covers(area) for side in sides for rule in side.rules)
    )
    found: dict[tuple[object, ...], Context] = {}
    for place in places:
        household = village_of(
            place, {one for one in places if one != place and one.startswith(place)}
        )
        values = tuple(side.read(household) for side in sides)
        alike = [
            one
            for one in named
            if one.startswith(base) and tuple(side.read(one) for side in sides) == values
        ]
        settings = tuple(side.setting(household) for side in sides)
        scene = Context(place, (household, *alike), sides[0].as_of, settings)
        found.setdefault(values, scene)
    return tuple(found.values())


def pack_scenes(pack: Pack, as_of: date) -> tuple[Context, ...]:
    """List the places of a pack where other rules are in force or other values apply."""
    current = pack.on(as_of)
    listed = {pack.area, *(rule.area for rule in current.rules)}
    listed |= {area for rule in current.rules for area in rule.outside}
    listed |= {value.area for values in current.values.values() for value in values}
    named = [
        word
        for rule in current.rules
        for word in words_named(rule.when.walk())
        if _is_village(word)
    ]

    def key(area: str) -> tuple[object, ...]:
        params = current.setting(area).params
        running = tuple(rule.id for rule in current.rules if rule.covers(area))
        return running, tuple(sorted(params.items()))

    found: dict[tuple[object, ...], Context] = {}
    for place in sorted(area for area in listed if area.startswith(pack.area)):
        household = village_of(
            place, {one for one in listed if one != place and one.startswith(place)}
        )
        alike = [one for one in named if one.startswith(pack.area) and key(one) == key(household)]
        scene = Context(place, (household, *alike), as_of, (current.setting(household),))
        found.setdefault(key(household), scene)
    return tuple(found.values())


def _is_village(word: str) -> bool:
    try:
        return AreaCode(word).level in (Level.VILLAGE, Level.GROUP)
    except InvalidCodeError:
        return False


# --- days -------------------------------------------------------------------------


def spells(
    pack: Pack, rule: Rule, superseding: Iterable[Rule] = ()
) -> tuple[tuple[date, date], ...]:
    """The spells of days on which a rule is in force and has all its values.

    Within one nothing of the rule changes; one without an end ends on the last day there is.

    Args:
        pack: The pack that has its values.
        rule: The rule.
        superseding: The rules that take its place, from their first day on.
    """
    others = list(superseding)
    parameters = [pack.parameters[name] for name in params_read(rule.when)]
    area = max(rule.area, pack.area, key=len)
    turns = {day for one in (rule, *others) for day in _turns(one.since, one.until)}
    for parameter in parameters:
        turns |= {day for value in parameter.values for day in _turns(value.since, value.until)}
    starts = sorted(turns)
    found = []
    for number, start in enumerate(starts):
        valued = all(parameter.at(area, start) is not None for parameter in parameters)
        if rule.on(start) and valued and not any(one.since <= start for one in others):
            last = starts[number + 1] - timedelta(days=1) if number + 1 < len(starts) else date.max
            found.append((start, last))
    return tuple(found)


def _turns(since: date, until: date | None) -> Iterator[date]:
    yield since
    if until is not None and until < date.max:
        yield until + timedelta(days=1)


def limited(spell: tuple[date, date]) -> tuple[date, date]:
    """A spell without an end, up to `YEARS` years after it began; another as it is."""
    first, last = spell
    if last < date.max:
        return spell
    return first, date(min(first.year + YEARS, date.max.year), first.month, min(first.day, 28))


def days(spell: tuple[date, date], conditions: Sequence[Condition]) -> Iterator[date]:
    """The days of a spell on which conditions may be other than on the days before."""
    seen = set()
    day, last = spell
    rank = _Order(conditions)
    while day <= last:
        if (found := rank(day)) not in seen:
            seen.add(found)
            yield day
        day += timedelta(days=1)


class _Order:
    """Gives for a day the order in which the days that conditions name lie."""

    def __init__(self, conditions: Sequence[Condition]) -> None:
        parts = [part for one in conditions for part in one.walk()]
        self.windows = {part.window for part in parts if isinstance(part, Rows) and part.window}
        self.agos = {(part.count, part.unit): part for part in parts if isinstance(part, nodes.Ago)}
        self.fixed = sorted(
            part.value.toordinal()
            for part in parts
            if isinstance(part, nodes.Const) and isinstance(part.value, date)
        )
        # days of a household compared with each other: how far apart they can be matters too
        self.spread = 64 if any(map(_compares_days, parts)) else 1
        if any(map(_counts_days, parts)):
            self.spread = _FAR + max((abs(int(one)) for one in _numbers(parts)), default=0)

    def __call__(self, day: date) -> tuple[int, ...]:
        cuts = [day.toordinal()] if self.windows else []
        cuts += [window.first(day).toordinal() for window in self.windows]
        cuts += [window.end(day).toordinal() for window in self.windows]
        for ago in self.agos.values():
            cuts += [ago.day(day).toordinal(), ago.day(day).toordinal() + 1]
        for fixed in self.fixed:
            cuts += [fixed, fixed + 1]
        order = sorted(set(cuts))
        ranks = dict.fromkeys(order[:1], 0)
        for before, cut in pairwise(order):
            ranks[cut] = ranks[before] + min(cut - before, self.spread)
        return tuple(ranks[cut] for cut in cuts)


def _compares_days(node: Node) -> bool:
    return isinstance(node, nodes.Compare) and all(
        side.type is not None
        and side.type.kind is Kind.DATE
        and not isinstance(side, nodes.Const | nodes.Ago)
        for side in (node.left, node.right)
    )


def _counts_days(node: Node) -> bool:
    """Whether days are counted from one day to another."""
    if isinstance(node, nodes.Reduce):
        return node.operator == "gap"
    return isinstance(node, nodes.Arithmetic) and node.of_days


def _numbers(parts: Iterable[Node]) -> Iterator[int | Fraction]:
    """The plain numbers that conditions name, of which some may be numbers of days."""
    for part in parts:
        if isinstance(part, nodes.Const) and isinstance(part.value, int | Fraction):
            small = part.unit is None and abs(Fraction(part.value)) < _LONGEST
            yield part.value if small else 0


__all__ = [
    "YEARS",
    "Context",
    "Side",
    "days",
    "limited",
    "pack_scenes",
    "scenes",
    "spells",
]
