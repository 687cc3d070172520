"""What an engine's answers must keep among themselves, whatever the right answers are.

A question is changed in a way of which it is known what it does to the answers: the rows are
doubled and the counts compared with twice the number, all days are shifted with the day of the
answer and the days of the policy, all amounts are scaled with the policy's, a population is
split. The engine is asked both, the question as it is once for all changes. What is wrong in the
reference too is found so, and so is what hangs on one year, one magnitude or one order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import cache
from itertools import chain, islice
from typing import Any

import attrs

from antipoverty.conditions import Node, parse
from antipoverty.conditions import tree as nodes
from antipoverty.engines import Engine, Verdicts
from antipoverty.errors import phrase
from antipoverty.model import Delivery, Household, Kind, Schema
from antipoverty.rules import Pack, Verdict
from antipoverty.testing._conformance import mixed, populations
from antipoverty.testing._conformance.checks import Drawn, described, for_all, shown_rule
from antipoverty.testing._conformance.engines import UnkeptError, told_of, verdict_of
from antipoverty.testing._conformance.other_names import Asked, under_other_ids, with_other_words
from antipoverty.testing._search.subject import only
from antipoverty.testing._strategies.policies import asking

_FEW = 40
"""How many households a question is about: each is asked again some times."""
_SOME = 3
"""Every how many a rule is asked."""
_ALONE = 6
"""How many rules of a question are asked by themselves, at most."""
_YEARS = (28, -56)
"""After 28 years every day falls on the same weekday and leap days come in the same years; 56 years
ago was before 1970, where many a machine begins to count days."""
_FACTORS = (3, 2_000_000)

_DOUBLED = {
    **dict.fromkeys(
        (
            "any(records, amount > yuan('5'))",
            "all(members, insured)",
            "max(records, amount) > yuan('10')",
            "min(members, age) >= 18",
            "median(records, amount) >= yuan('10')",
            "quantile(records, amount, ratio(2, 3)) > yuan('5')",
            "count(records, kind == 'medical') * 2 > count(records)",
            "sum(records, amount, where=kind == 'medical') * 2 > sum(records, amount)",
            "count(members) == size",
            "max(members, age) - min(members, age) > 20",
        ),
        "",
    ),
    **{
        f"{asked} {sign} {one}": f"{asked} {sign} {two}"
        for asked, one, two in (
            ("sum(records, amount)", "yuan('10')", "yuan('20')"),
            ("sum(records, amount, where=kind == 'medical', months=12)", "yuan('5')", "yuan('10')"),
            ("sum(records, amount)", "net_income_12m", "net_income_12m * 2"),
            ("count(records)", "2", "4"),
            ("count(records, days=30)", "1", "2"),
            ("count(members, employed)", "1", "2"),
            ("sum(members, age)", "60", "120"),
        )
        for sign in (">", "<=", "==")
    },
}
"""For each condition the one that must hold of twice the rows; nothing for the same one."""


@attrs.define(eq=False)
class Said:
    """What an engine says of questions as they are, each asked once for all relations."""

    engine: Engine
    _kept: dict[int, tuple[Drawn, Verdicts]] = attrs.Factory(dict)

    def of(self, drawn: Drawn) -> Verdicts:
        """Its verdicts; the question is told from others by being the same object."""
        if id(drawn) not in self._kept:
            pack, homes, day = drawn
            self._kept[id(drawn)] = drawn, told_of(self.engine(homes, pack, day)).verdicts
        return self._kept[id(drawn)][1]


@attrs.frozen
class Relation:
    """One relation between an engine's answers.

    Attributes:
        name: The name of its check.
        advice: What to do where it is broken.
        given: The questions it is tried on.
        changed: The same question otherwise.
    """

    name: str
    advice: str
    given: Callable[[], Iterable[Drawn]]
    changed: Callable[[Drawn], Asked]

    def kept_by(self, engine: Engine, said: Said) -> None:
        """Try it on an engine.

        Args:
            engine: The engine.
            said: What it has said of the questions as they are.

        Raises:
            UnkeptError: The engine breaks it; or it was tried on no household of one verdict,
                and so says nothing.
        """
        seen: Counter[Verdict] = Counter()

        def promise(drawn: Drawn) -> None:
            seen.update(self._compared(engine, said, drawn))

        for_all(self.given, promise)
        for one in Verdict:
            if not seen[one]:
                raise UnkeptError(
                    phrase("of all that it was asked it says {one} of none", one=one.value)
                )

    def _compared(self, engine: Engine, said: Said, drawn: Drawn) -> Iterator[Verdict]:
        pack, homes, day = drawn
        before = said.of(drawn)
        for how, questions, whose in self.changed(drawn):
            after: dict[tuple[str, str], Any] = {}
            for then, others, on in questions:
                found = told_of(engine(others, then, on)).verdicts
                after |= {(whose.get(id_, id_), rule): one for (id_, rule), one in found.items()}
            asked = {
                (whose.get(home.household_id, home.household_id), rule)
                for then, others, _ in questions
                for home in others
                for rule in then.rules
            }
            by_id = {home.household_id: home for home in homes}
            for key in sorted(asked):
                one, two = (verdict_of(found, key) for found in (before, after))
                yield one
                if one is not two:
                    raise UnkeptError(
                        phrase(
                            "it says {one}, and {how} {two}, of {shown_rule} on {day} for "
                            "{described}",
                            one=one.value,
                            how=how,
                            two=two.value,
                            shown_rule=shown_rule(pack, key[1]),
                            day=day,
                            described=described(by_id[key[0]]),
                        )
                    )


# --- changes ----------------------------------------------------------------------------


def _doubled(drawn: Drawn) -> Asked:
    pack, homes, day = drawn
    rules = [
        attrs.evolve(rule, when=parse(_DOUBLED[texts[rule.id]] or texts[rule.id], pack.schema))
        for texts in [{f"rule-{number}": text for number, text in enumerate(_DOUBLED)}]
        for rule in pack.rules.values()
    ]
    twice = [one for home in homes if (one := _with_twice(home)) is not None]
    yield "with every row twice, of twice the number,", [(pack.evolve(rules=rules), twice, day)], {}


def _with_twice(home: Household) -> Household | None:
    """The household with all rows twice; nothing where it may not have so many."""
    if home.size is not None and home.size * 2 > 99:
        return None
    changes: dict[str, Any] = {"size": home.size and home.size * 2}
    for name, row in home.tables_of_row().items():
        rows = getattr(home, name) or ()
        again = (one.model_copy(update={row.KEY: f"{getattr(one, row.KEY)}-2"}) for one in rows)
        changes[name] = (*rows, *again)
    return home.model_copy(update=changes)


def _shifted(drawn: Drawn) -> Asked:
    pack, homes, day = drawn
    for years in _YEARS:
        then = _shifted_pack(pack, years)
        moved = [_with_days(home, pack.schema, years) for home in homes]
        yield f"{years} years on, policy and all,", [(then, moved, _on(day, years))], {}


def _on(day: Any, years: int) -> Any:
    return day if day is None else day.replace(year=day.year + years)


def _shifted_pack(pack: Pack, years: int) -> Pack:
    def spell(of: Any) -> dict[str, Any]:
        return {"since": _on(of.since, years), "until": _on(of.until, years)}

    def moved(node: Node) -> Node:
        match node:
            case nodes.Const(date() as day, unit):
                return nodes.Const(_on(day, years), unit)
        return node

    return pack.evolve(
        rules=[
            attrs.evolve(rule, when=rule.when.rebuilt(moved), **spell(rule))
            for rule in pack.rules.values()
        ],
        parameters=[
            attrs.evolve(one, values=[attrs.evolve(v, **spell(v)) for v in one.values])
            for one in pack.parameters.values()
        ],
    )


def _with_days(home: Household, schema: Schema, years: int) -> Household:
    def moved(row: Any, table: Any) -> dict[str, Any]:
        fields = [name for name, field in table.fields.items() if field.kind is Kind.DATE]
        return {name: _on(getattr(row, name), years) for name in fields}

    changes: dict[str, Any] = moved(home, schema.household)
    for name, table in schema.tables.items():
        rows = getattr(home, name) or ()
        changes[name] = tuple(one.model_copy(update=moved(one, table)) for one in rows)
    if home.deliveries is not None:
        changes["deliveries"] = tuple(_delivered(one, years) for one in home.deliveries)
    return home.model_copy(update=changes)


def _delivered(one: Delivery, years: int) -> Delivery:
    spell = {"first": _on(one.first, years), "last": _on(one.last, years)}
    return one.model_copy(update=spell)


def _scaled(drawn: Drawn) -> Asked:
    pack, homes, day = drawn
    for factor in _FACTORS:
        then = scaled_pack(pack, factor)
        grown = [(home, scaled_home(home, pack.schema, factor)) for home in homes]
        kept = [other for _, other in grown if other is not None]
        yield f"with all amounts x {factor}", [(then, kept, day)], {}


def scaled_pack(pack: Pack, factor: int) -> Pack:
    """The pack with every amount that its rules and parameters name times a factor."""

    def grown(node: Node) -> Node:
        match node:
            case nodes.Const(int() as fen, unit) if unit is not None and unit.money:
                return nodes.Const(fen * factor, unit)
        return node

    return pack.evolve(
        rules=[attrs.evolve(one, when=one.when.rebuilt(grown)) for one in pack.rules.values()],
        parameters=[
            attrs.evolve(one, values=[attrs.evolve(v, value=v.value * factor) for v in one.values])
            if one.unit.money
            else one
            for one in pack.parameters.values()
        ],
    )


def scaled_home(home: Household, schema: Schema, factor: int) -> Household | None:
    """The household with every amount times a factor; ``None`` where one leaves its bounds."""
    inside = True

    def grown(row: Any, table: Any) -> dict[str, int]:
        nonlocal inside
        found = {}
        for name, field in table.fields.items():
            value = getattr(row, name)
            if field.kind is Kind.NUMBER and field.about.unit.money and value is not None:
                found[name] = value * factor
                inside = inside and abs(value * factor) <= (field.about.high or 0)
        return found

    changed: dict[str, Any] = grown(home, schema.household)
    for name, table in schema.tables.items():
        rows = getattr(home, name) or ()
        changed[name] = tuple(row.model_copy(update=grown(row, table)) for row in rows)
    return home.model_copy(update=changed) if inside else None


def _split(drawn: Drawn) -> Asked:
    pack, homes, day = drawn
    third = len(homes) // 3
    nobody: list[Household] = []
    parts = (homes[:third], homes[third:-1], homes[-1:], nobody)
    yield "of a part of the households", [(pack, part, day) for part in parts], {}


def _turned(drawn: Drawn) -> Asked:
    pack, homes, day = drawn
    turned = [
        home.model_copy(
            update={name: (getattr(home, name) or ())[::-1] for name in home.tables_of_row()}
        )
        for home in homes[::-1]
    ]
    rules = list(pack.rules.values())[::-1]
    yield "in the reverse order", [(pack.evolve(rules=rules), turned, day)], {}


def _again(drawn: Drawn) -> Asked:
    """The same once more, and the same of households that have each other's ids."""
    pack, homes, day = drawn
    yield "asked a second time", [(pack, homes, day)], {}
    ids = [home.household_id for home in homes]
    named = dict(zip([*ids[1:], *ids[:1]], ids, strict=True))
    others = [
        home.model_copy(update={"household_id": id_})
        for id_, home in zip(named, homes, strict=True)
    ]
    yield "of the same facts under another's id", [(pack, others, day)], named


def _apart(drawn: Drawn) -> Asked:
    pack, homes, day = drawn
    rules = list(pack.rules.values())
    some = rules[:: -(-len(rules) // _ALONE)]
    yield "asked by itself", [(only(rule, pack), homes, day) for rule in some], {}


# --- questions --------------------------------------------------------------------------


def _few(*questions: Iterator[Drawn]) -> Iterator[Drawn]:
    """Of each first question some rules, without those that name somebody, and some households."""
    for pack, homes, day in chain.from_iterable(islice(one, 1) for one in questions):
        rules = [one for one in pack.rules.values() if "member_id ==" not in str(one.when)]
        yield pack.evolve(rules=rules[::_SOME]), homes[:_FEW], day


@cache
def _amounts() -> tuple[Drawn, ...]:
    return tuple(_few(mixed.rows(), mixed.groups(), mixed.ranks()))


@cache
def _days() -> tuple[Drawn, ...]:
    late = islice(mixed.deliveries(), 5, None)
    rules_and_values = islice(populations.in_force(), 1, 3)
    return (*_few(mixed.windows(), mixed.rows(), late), *rules_and_values)


@cache
def _all_sorts() -> tuple[Drawn, ...]:
    return tuple(_few(mixed.rows(), mixed.groups(), mixed.windows(), mixed.rosters()))


@cache
def _to_double() -> tuple[Drawn, ...]:
    pack = asking(tuple(_DOUBLED))
    return tuple(
        (pack, homes[:_FEW], day)
        for _, homes, day in chain(mixed.rows(), islice(mixed.rosters(), 1))
    )


RELATIONS = (
    Relation(
        "rows-doubled",
        "read equal rows each for itself; with every row twice sums and counts are twice as "
        "large, and least, greatest and middle stay",
        _to_double,
        _doubled,
    ),
    Relation(
        "days-shifted",
        f"reckon days from the day of the answer; {_YEARS[0]} years on, with the days of rules and "
        "values, every answer is the same",
        _days,
        _shifted,
    ),
    Relation(
        "amounts-scaled",
        "compare amounts with amounts; in a smaller unit every answer is the same",
        _amounts,
        _scaled,
    ),
    Relation(
        "population-split",
        "judge each household by itself, however many others there are",
        _all_sorts,
        _split,
    ),
    Relation(
        "order", "let the order of households, rows and rules be no matter", _all_sorts, _turned
    ),
    Relation("ids", "let an id say whose a row is, and nothing else", _all_sorts, under_other_ids),
    Relation(
        "words",
        "compare words letter by letter to their end",
        _all_sorts,
        with_other_words,
    ),
    Relation(
        "asked-again",
        "answer the question that is asked, whatever was asked before; keep nothing by a "
        "household's id alone",
        _all_sorts,
        _again,
    ),
    Relation(
        "rules-apart", "judge each rule by itself, whatever the others say", _all_sorts, _apart
    ),
)

__all__ = ["RELATIONS", "Relation", "Said", "scaled_home", "scaled_pack"]
