"""A pack is a whole policy as data: its rules, parameters, words and the model they read.

A pack that exists is consistent: every rule reads facts the model has, in units that
fit, and names parameters, departments and rules that are there. All problems are found
at once. Which rules and values apply on a day is asked with `Pack.on`; a value that is
missing on that day is an error, never the value of another year.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs

from antipoverty._base.days import days
from antipoverty._base.frozen import Frozen
from antipoverty._base.provenance import Source, Text
from antipoverty._policy.judgement_rules import JudgementRule, checked
from antipoverty._policy.lacking import Lacking, not_set, values_lacking
from antipoverty._policy.ladders import Ladder
from antipoverty._policy.models import joined_model, models_of, schema_with, sorts_of
from antipoverty._policy.naming import by_id, check_names, check_values
from antipoverty._policy.parts import (
    Parameter,
    ParameterValue,
    RecordKind,
    Rule,
    check_known,
    check_succession,
    parameter_number,
    rules_shown,
)
from antipoverty._policy.vocabulary import bound_to, check_category, check_judgements, spoken
from antipoverty.codes import AreaCode, prefixes
from antipoverty.conditions import Node, Rows, Setting, params_read
from antipoverty.conditions import tree as nodes
from antipoverty.conditions.derived import sources_derived
from antipoverty.errors import (
    AntipovertyError,
    AreaNotCoveredError,
    ConditionError,
    InvalidArgumentError,
    InvalidPackError,
    InvalidRuleError,
    KindMismatchError,
    NothingInForceError,
    UnknownReferenceError,
    did_you_mean,
    one_of,
    phrase,
)
from antipoverty.model import Household, Money


class Pack:
    """A policy (政策包): rules and parameters that were checked against each other.

    Args:
        id: Its permanent id, such as ``shaanxi-2531``.
        title: What it is called.
        rules: Its rules, each id once.
        departments: What each department is called, by id.
        parameters: Its parameters, each id once.
        kinds: The kinds of department record its rules know. Without any, a rule may
            name every kind.
        judgements: The rules that judge a household's signals together, each id once.
        ladders: The orders of tiers in which a household is recognised, each id once.
        risks: What each risk is called, by its word; without any, a rule may name every risk.
        area: The code of the area it is for; empty for anywhere.
        version: The version of the pack, not of the law.
        model: The household model its rules read: `Household` or an extension.

    Raises:
        InvalidPackError: All problems of the pack.
    """

    def __init__(
        self,
        id: str,  # noqa: A002 - the word policies use
        title: Text,
        *,
        rules: Iterable[Rule],
        departments: Mapping[str, Text],
        parameters: Iterable[Parameter] = (),
        kinds: Iterable[RecordKind] = (),
        judgements: Iterable[JudgementRule] = (),
        ladders: Iterable[Ladder] = (),
        risks: Mapping[str, Text] = Frozen(),
        area: str = "",
        version: str = "0",
        model: type[Household] = Household,
    ) -> None:
        problems: list[AntipovertyError] = []
        self.id = id
        self.title = title
        self.version = version
        self.area: str = AreaCode(area) if area else ""
        self.model = model
        self.departments = Frozen(dict(departments))
        self.risks = Frozen(dict(risks))
        titles = {"the pack": title, **self.departments, **self.risks}
        check_names(id, titles, version, problems)
        self.parameters = by_id(parameters, Parameter, "parameter", problems)
        check_values(self.parameters.values(), self.area, problems)
        self.kinds = by_id(kinds, RecordKind, "record kind", problems)
        self.schema = schema_with(model, self.kinds)
        given = by_id(rules, Rule, "rule", problems)
        self.rules = Frozen(
            {rule.id: self._checked(rule, given, problems) for rule in given.values()}
        )
        check_succession(given, problems)
        judged = by_id(judgements, JudgementRule, "judgement rule", problems)
        words = spoken(self.rules, self.departments, self.risks, self.schema)
        check_judgements(judged.values(), words, self.schema, self.area, problems)
        bound = bound_to(judged.values(), words, self.parameters, problems)
        self.judgements = checked(bound, self.parameters, problems)
        listed = by_id(ladders, Ladder, "ladder", problems)
        self.ladders = Frozen({one.id: self._ladder(one, problems) for one in listed.values()})
        for kind in self.kinds.values():
            check_known(kind.department, self.departments, f"record kind {kind.id!r}", problems)
        if problems:
            raise InvalidPackError("the pack {id!r} cannot be used", problems, id=id)
        self._on = functools.lru_cache(maxsize=32)(functools.partial(InForce, self))

    def __repr__(self) -> str:
        counts = f"{len(self.rules)} rules, {len(self.parameters)} parameters"
        return f"<Pack {self.id} {self.version}: {counts}>"

    def _repr_html_(self) -> str:
        return rules_shown(repr(self), self.rules.values())

    def __setattr__(self, name: str, value: object) -> None:
        if "_on" in self.__dict__:
            raise AttributeError("a pack cannot change; make another, as with_value does")
        super().__setattr__(name, value)

    def __eq__(self, other: object) -> bool:
        same = self is other or (isinstance(other, Pack) and self._parts() == other._parts())
        return same if isinstance(other, Pack) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.id, self.version))

    def __reduce__(self) -> tuple[Any, ...]:
        return _pack, ({**self._parts(), "model": models_of(self.model)},)

    def _parts(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "title": self.title,
            "rules": tuple(self.rules.values()),
            "departments": dict(self.departments),
            "parameters": tuple(self.parameters.values()),
            "kinds": tuple(self.kinds.values()),
            "judgements": tuple(self.judgements.values()),
            "ladders": tuple(self.ladders.values()),
            "risks": dict(self.risks),
            "area": self.area,
            "version": self.version,
            "model": self.model,
        }

    def _checked(
        self, rule: Rule, rules: Mapping[str, Rule], problems: list[AntipovertyError]
    ) -> Rule:
        """Bind a rule's condition to this pack's model and units, and check its names."""
        what = f"rule {rule.id!r}"
        check_known(rule.department, self.departments, what, problems)
        if rule.risk is not None and self.risks:
            check_known(rule.risk, self.risks, f"{what}: risk", problems)
        if rule.area and not rule.covers(self.area) and not rule.area.startswith(self.area):
            problems.append(
                UnknownReferenceError(
                    "{what} is for area {area}, outside the pack's", what=what, area=rule.area
                )
            )
        if rule.supersedes is not None:
            check_known(rule.supersedes, rules, what, problems)
            earlier = rules.get(rule.supersedes)
            if earlier and not earlier.area.startswith(rule.area):
                problems.append(
                    UnknownReferenceError(
                        "{what} supersedes {supersedes!r} but not in all of its area; publish it "
                        "for the same area, vary a parameter by area, or write instead_of to stand "
                        "in for it there",
                        what=what,
                        supersedes=rule.supersedes,
                    )
                )
        if rule.instead_of is not None:
            check_known(rule.instead_of, rules, what, problems)
        for name in params_read(*rule.trees):
            check_known(name, self.parameters, what, problems)
        check_category(rule.category, self.schema, what, problems)
        try:
            when = rule.when.rebuilt(self._bound)
            amount = rule.amount and rule.amount.bound(rule.amount.value.rebuilt(self._bound))
        except ConditionError as problem:
            problems.append(problem.within(what))
            return rule
        return attrs.evolve(rule, when=when, amount=amount)

    def _ladder(self, ladder: Ladder, problems: list[AntipovertyError]) -> Ladder:
        """Bind the tiers of a ladder to this pack's model, units and rules."""
        what, before = f"ladder {ladder.id!r}", len(problems)
        if not (ladder.area.startswith(self.area) or self.area.startswith(ladder.area)):
            problems.append(
                UnknownReferenceError(
                    "{what} is for area {area}, outside the pack's", what=what, area=ladder.area
                )
            )
        for tier in ladder.tiers:
            if tier.when is None:
                check_known(str(tier.rule), self.rules, what, problems)
        for name in params_read(*ladder.trees):
            check_known(name, self.parameters, what, problems)
        if len(problems) > before:
            return ladder
        try:
            return ladder.bound(self.rules, self._bound)
        except ConditionError as problem:
            problems.append(problem.within(what))
            return ladder

    def check_household(self, household: object) -> None:
        """Refuse what is no household, and one that lacks facts of the pack's model.

        Raises:
            InvalidArgumentError: It is one of these.
        """
        if not isinstance(household, Household):
            raise InvalidArgumentError(
                "a {name} is no household; read it with {name2}.model_validate first",
                name=type(household).__name__,
                name2=self.model.__name__,
            )
        wanted = {} if isinstance(household, self.model) else self.model.model_fields
        lacking = [name for name in wanted if name not in type(household).model_fields]
        if lacking:
            raise InvalidArgumentError(
                "the pack {id!r} reads {name}, and a {name2} lacks {lacking}; make the household "
                "by pack.model",
                id=self.id,
                name=self.model.__name__,
                name2=type(household).__name__,
                lacking=", ".join(lacking),
            )
        self._check_kinds(household)

    def _check_kinds(self, household: Household) -> None:
        """Refuse records of a kind that the pack does not declare, as tables are refused."""
        records = household.records or () if self.kinds else ()
        unknown = sorted({one.kind for one in records if one.kind} - set(self.kinds))
        if unknown:
            listed = ", ".join(f"{kind!r}{did_you_mean(kind, self.kinds)}" for kind in unknown)
            raise InvalidArgumentError(
                "household {household_id!r} has records of a kind that the pack {id!r} does not "
                "declare (unknown-choice): {listed}",
                household_id=household.household_id,
                id=self.id,
                listed=listed,
            )

    def _bound(self, node: Node) -> Node:
        match node:
            case nodes.Param(id) if id in self.parameters:
                return nodes.Param(id, self.parameters[id].unit)
            case Rows(table):
                if str(table.name) not in self.schema.tables:
                    raise nodes.unknown_table(str(table.name), self.schema)
                return attrs.evolve(node, table=self.schema.tables[str(table.name)])
            case nodes.Read(field) | nodes.Flag(field):
                if field.table is not None and field.table not in self.schema.tables:
                    raise nodes.unknown_table(field.table, self.schema)
                found = nodes.read(self.schema.table(field.table), field.name)
                if type(found) is not type(node):
                    raise KindMismatchError(
                        "`{node}` is {kind} in {name}, and the condition was made for {kind2}",
                        node=node,
                        kind=found.field.kind.value,
                        name=self.model.__name__,
                        kind2=field.kind.value,
                    )
                return found
        return node

    @days
    def on(self, day: date) -> InForce:
        """Give what is in force on a day.

        Raises:
            InvalidArgumentError: The day is no date.
            NothingInForceError: The pack has rules, but none on that day.
            ParameterNotSetError: A rule in force reads a parameter without a value.
        """
        return self._on(day)

    @days
    def lacking(self, day: date) -> tuple[Lacking, ...]:
        """List the values that the rules in force on a day need and the pack does not have."""
        asked: tuple[Rule | Ladder, ...] = (*_running(self, day), *_ladders(self, day))
        return values_lacking(asked, self.parameters, self.area, day)

    @property
    def first_lacking(self) -> date | None:
        """The first day from the pack's first on which a rule in force lacks a value."""
        one = timedelta(days=1)
        ends = [rule.until + one for rule in self.rules.values() if rule.until]
        for parameter in self.parameters.values():
            ends += [value.until + one for value in parameter.values if value.until]
        days = sorted({*ends, *(rule.since for rule in self.rules.values())})
        return next((day for day in days if self.lacking(day)), None)

    @days
    def with_value(
        self,
        parameter: str,
        value: str | int | Decimal | Fraction | Money,
        *,
        since: date,
        until: date | None,
        source: Source,
        area: str = "",
    ) -> Pack:
        """Give this pack with one more value of a parameter, as the caller supplies it.

        Args:
            parameter: The parameter's id.
            value: The value; amounts as yuan text.
            since: The first day it is in force.
            until: The last day, or ``None``.
            source: Who set it.
            area: The area it is for.

        Raises:
            UnknownReferenceError: The pack has no such parameter, or lies elsewhere.
            InvalidRuleError: The value is not exact, or another is in force on its days.
        """
        problems: list[AntipovertyError] = []
        check_known(parameter, self.parameters, "the value", problems)
        if problems:
            raise problems[0]
        old = self.parameters[parameter]
        try:
            number = parameter_number(value, old.unit)
        except InvalidRuleError as problem:
            raise problem.within(phrase("parameter {id!r}", id=parameter)) from None
        added = ParameterValue(number, since, until, source, area)
        if not (added.area.startswith(self.area) or self.area.startswith(added.area)):
            raise UnknownReferenceError(
                "the value of {parameter!r} is for area {area}, outside the pack's",
                parameter=parameter,
                area=added.area,
            )
        changed = attrs.evolve(old, values=(*old.values, added))
        every = {**self.parameters, parameter: changed}
        return self.evolve(parameters=every.values())

    def evolve(self, **changes: Any) -> Pack:
        """Give this pack with other parts in place of its own, checked anew.

        Args:
            changes: What `Pack` is made of, such as ``rules`` or ``version``.
        """
        return Pack(**{**self._parts(), **changes})

    def titles(self, language: str) -> dict[str, str]:
        """What each parameter is called, as `in_words` wants it."""
        return {one.id: one.title[language] for one in self.parameters.values()}

    def department(self, id: str, language: str) -> str:  # noqa: A002
        """What a department is called."""
        one_of(id, self.departments, "department of the pack")
        return self.departments[id][language]


def _running(pack: Pack, day: date) -> tuple[Rule, ...]:
    """The rules in force on a day, by id, each where no other stands in for it."""
    superseded = {rule.supersedes for rule in pack.rules.values() if rule.since <= day}
    running = (rule for rule in pack.rules.values() if rule.on(day))
    listed = sorted((one for one in running if one.id not in superseded), key=lambda r: r.id)
    return tuple(_where_no_other_stands_in(listed, pack.area))


def _ladders(pack: Pack, day: date) -> tuple[Ladder, ...]:
    """The ladders in force on a day, by id."""
    return tuple(pack.ladders[name] for name in sorted(pack.ladders) if pack.ladders[name].on(day))


def _where_no_other_stands_in(rules: list[Rule], area: str) -> Iterator[Rule]:
    """Leave out of each rule's area where another stands in for it, and it where that is all."""
    places: dict[str, list[str]] = {}
    for rule in rules:
        if rule.instead_of is not None:
            places.setdefault(rule.instead_of, []).append(rule.area or area)
    for rule in rules:
        mine = max(rule.area, area, key=len)
        outside = places.get(rule.id, [])
        if not any(mine.startswith(one) for one in outside):
            kept = tuple(sorted(one for one in set(outside) if one.startswith(mine)))
            yield attrs.evolve(rule, outside=kept) if kept else rule


def _pack(parts: dict[str, Any]) -> Pack:
    return Pack(**{**parts, "model": joined_model(parts["model"])})


class InForce:
    """The rules and values of a pack that are in force on a day.

    Attributes:
        pack: The pack.
        day: The day.
        rules: The rules in force, by id, superseded ones left out.
        conditions: What they ask, in the same order.
        ladders: The orders of tiers in force, by id.
        asked: Rules and ladders.
        values: For each parameter that these rules read, the values in force, those of
            the smallest areas first.
        kinds: The sorts of row of each child table that departments deliver by.
    """

    def __init__(self, pack: Pack, day: date) -> None:
        self.pack = pack
        self.day = day
        self.rules = _running(pack, day)
        if pack.rules and not self.rules:
            first = min(rule.since for rule in pack.rules.values())
            begins = phrase("its first begins on {first}", first=first)
            why = begins if day < first else phrase("all of them have ended")
            raise NothingInForceError(
                "the pack {id!r} has no rule in force on {day}; {why}", id=pack.id, day=day, why=why
            )
        self.ladders = _ladders(pack, day)
        self.asked: tuple[Rule | Ladder, ...] = (*self.rules, *self.ladders)
        trees = [tree for one in self.asked for tree in one.trees]
        needed = params_read(*trees)
        self.values = Frozen({name: self._values(name) for name in needed})
        lacking = values_lacking(self.asked, pack.parameters, pack.area, day)
        if lacking:
            raise not_set(pack.id, day, lacking)
        places = {value.area for values in self.values.values() for value in values}
        self._places = frozenset(places)
        self._settings: dict[str, Setting] = {}
        self.conditions = tuple(rule.when for rule in self.rules)
        self.kinds = Frozen(sorts_of(pack.schema, trees))

    def __repr__(self) -> str:
        return f"<{self.pack.id} on {self.day}: {len(self.rules)} rules in force>"

    def _values(self, name: str) -> tuple[ParameterValue, ...]:
        running = [value for value in self.pack.parameters[name].values if value.on(self.day)]
        return tuple(sorted(running, key=lambda value: (-len(value.area), value.area)))

    def value(self, parameter: str, area: str) -> ParameterValue:
        """Give the value of a parameter that applies in an area."""
        return next(one for one in self.values[parameter] if area.startswith(one.area))

    def setting(self, area: str) -> Setting:
        """Give what conditions depend on in an area: the day and the parameters.

        Raises:
            AreaNotCoveredError: The area lies outside the pack's.
        """
        if not area.startswith(self.pack.area):
            raise AreaNotCoveredError(
                "area {area} lies outside {area2}, the area of the pack {id!r}",
                area=area,
                area2=self.pack.area,
                id=self.pack.id,
            )
        place = next((code for code in prefixes(area) if code in self._places), "")
        setting = self._settings.get(place)
        if setting is None:
            values = {
                name: one.value
                for name, found in self.values.items()
                for one in found[::-1]
                if area.startswith(one.area)
            }
            setting = self._settings[place] = Setting(self.day, values, self.kinds)
        return setting

    @property
    def illustrative(self) -> bool:
        """Whether a rule or a value in force is not the published policy of its area."""
        return any(self.rests_on_illustration(rule) for rule in self.rules)

    def rests_on_illustration(self, rule: Rule) -> bool:
        """Whether a rule, or a value or derived fact that it reads, is not published policy."""
        values = [value for name in params_read(*rule.trees) for value in self.values[name]]
        sources = [rule.source, *(value.source for value in values)]
        derived = (one for tree in rule.trees for one in sources_derived(tree))
        return any(one.illustrative for one in (*sources, *derived))
