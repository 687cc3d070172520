"""A mutant is a pack with one thing changed: how it answers, and all there are of a pack."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Generic, TypeVar

import attrs

from antipoverty._base.frozen import Frozen
from antipoverty.conditions import Condition, Setting, params_read, truth
from antipoverty.conditions.tree import Param
from antipoverty.errors import AntipovertyError, ParameterNotSetError
from antipoverty.model import Unit
from antipoverty.rules import Pack, Parameter, ParameterValue, Rule, Verdict
from antipoverty.testing._mutation.changes import beside, slips
from antipoverty.testing._search.case_text import exactly
from antipoverty.testing._search.subject import subject
from antipoverty.testing.cases import Case

R = TypeVar("R")


@attrs.frozen(repr=False, eq=False)
class AnyMutant(Generic[R]):
    """A pack with one thing changed (变异).

    Attributes:
        pack: The pack as it was.
        rule: The rule that was changed, or that reads the changed value, as it was.
        kind: ``operator``, ``threshold``, ``window``, ``field``, ``parameter``, ``word``
            or ``part``.
        before: What stood there.
        after: What stands there now.
        place: Which of the places in the rule where the same change can be made.
    """

    pack: Pack
    rule: R
    kind: str
    before: str
    after: str
    place: int = attrs.field(default=1, kw_only=True)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"

    def __str__(self) -> str:
        return f"{getattr(self.rule, 'id', '')}: {self.change}"

    @property
    def change(self) -> str:
        """What was changed, in one line; it names the mutant within its rule."""
        which = f" (place {self.place})" if self.place > 1 else ""
        return f"{self.kind} {self.before} -> {self.after}{which}"


M = TypeVar("M", bound=AnyMutant[Any])


def numbered(found: Iterable[M]) -> Iterator[M]:
    """Number the places where the same change can be made in a rule."""
    places: Counter[str] = Counter()
    for mutant in found:
        places[mutant.change] += 1
        yield attrs.evolve(mutant, place=places[mutant.change])


@attrs.frozen(repr=False, eq=False)
class Mutant(AnyMutant[Rule]):
    """A pack with one thing of one rule changed (变异); see `AnyMutant` for what it is.

    Attributes:
        when: The rule's condition now.
        values: The values of parameters that were changed, as they are now.
        instead_of: The one value of the parameter that was changed, if one was.
    """

    when: Condition
    values: Mapping[str, int | Fraction] = Frozen()
    instead_of: ParameterValue | None = None

    def verdict(self, case: Case) -> Verdict | None:
        """What the changed rule says of a case; ``None`` when it cannot be asked."""
        setting = self._setting(case.as_of, str(case.household.area))
        try:
            return Verdict.of(truth(self.when, case.household, setting))
        except ParameterNotSetError:
            return None

    def _setting(self, day: date, area: str) -> Setting:
        """The day and the values, those of parameters that no rule read before included."""
        known = self.pack.on(day).setting(area)
        params = dict(known.params)
        for name in params_read(self.when):
            value = self.pack.parameters[name].at(area, day)
            if value is not None:
                params[name] = self.values[name] if value is self.instead_of else value.value
        return attrs.evolve(known, params=params)

    def noticed(self, cases: Iterable[Case]) -> bool:
        """Tell whether a case of its rule gets another verdict than it must."""
        return any(
            self.verdict(case) is not case.expect
            for case in cases
            if case.rule == self.rule.id and case.expect is not None
        )

    @property
    def changed(self) -> Pack:
        """The whole pack with the change in it."""
        rule = attrs.evolve(self.rule, when=self.when)
        return self.pack.evolve(
            rules=[rule if one.id == rule.id else one for one in self.pack.rules.values()],
            parameters=[self._changed(one) for one in self.pack.parameters.values()],
        )

    def _changed(self, parameter: Parameter) -> Parameter:
        values = tuple(
            attrs.evolve(one, value=self.values[parameter.id]) if one is self.instead_of else one
            for one in parameter.values
        )
        return attrs.evolve(parameter, values=values)


def mutants(pack: Pack, rules: Iterable[str] | None = None) -> Iterator[Mutant]:
    """Change one thing at a time, in every rule or in some.

    Args:
        pack: The pack.
        rules: The ids of the rules; all by default.

    Yields:
        Mutants that are well typed; one that reads like another is left out.

    Raises:
        InvalidArgumentError: The pack has no such rule.
    """
    for id_ in pack.rules if rules is None else rules:
        rule = subject(id_, pack).rule
        made = (
            Mutant(pack, rule, one.kind, one.before, one.after, one.make())
            for one in slips(rule.when, pack)
        )
        yield from numbered((*made, *_of_values(rule, pack)))


def _of_values(rule: Rule, pack: Pack) -> Iterator[Mutant]:
    """Each value that the rule can ever read, a slip lower and a slip higher."""
    for name, value, new, before, after in values_beside(rule, pack, params_read(rule.when)):
        changed = Frozen({name: new})
        yield Mutant(pack, rule, "parameter", before, after, rule.when, changed, instead_of=value)


def values_beside(
    rule: Rule, pack: Pack, names: Iterable[str]
) -> Iterator[tuple[str, ParameterValue, int | Fraction, str, str]]:
    """For values of parameters that the rule can read a slip, with how both are said."""
    for name in names:
        values, unit = pack.parameters[name].values, pack.parameters[name].unit
        for value in values:
            if not _is_read(rule, pack, name, value):
                continue
            where = f" in {value.area or 'all areas'} from {value.since}" if values[1:] else ""
            for new in beside(value.value):
                before, after = (
                    f"{name} = {_said(one, unit)}{where}" for one in (value.value, new)
                )
                yield name, value, new, before, after


def _said(number: int | Fraction, unit: Unit) -> str:
    """A number as the policy writes it: yuan, and not the fen in which it is held."""
    exact = exactly(Fraction(number) / unit.scale)
    return f"{exact} {unit}" if unit.powers else exact


def _is_read(rule: Rule, pack: Pack, name: str, value: ParameterValue) -> bool:
    """Tell whether the rule can be asked on a day and in an area where a value is in force."""
    area = max(rule.area, pack.area, value.area, key=len)
    for day in _days(pack, rule):
        try:
            asked = value.on(day) and any(one.id == rule.id for one in pack.on(day).rules)
        except AntipovertyError:
            continue
        if asked and pack.parameters[name].at(area, day) is value:
            return True
    return False


def _days(pack: Pack, rule: Rule) -> list[date]:
    """The days on which a value of the pack begins or has ended, while a rule is in force."""
    values = [value for one in pack.parameters.values() for value in one.values]
    ends = {value.until + timedelta(days=1) for value in values if value.until is not None}
    begun = {value.since for value in values} | {one.since for one in pack.rules.values()}
    return sorted(day for day in begun | ends if rule.on(day))


def same_values(mutant: Mutant) -> bool:
    """Tell whether only a parameter was changed for one that never differs from it."""
    pack, rule = mutant.pack, mutant.rule
    swapped = [
        (pack.parameters[old.id], pack.parameters[new.id])
        for old, new in zip(rule.when.walk(), mutant.when.walk(), strict=False)
        if isinstance(old, Param) and isinstance(new, Param) and old.id != new.id
    ]
    if mutant.kind != "parameter" or not swapped:
        return False
    ((one, other),) = swapped
    base = max(rule.area, pack.area, key=len)
    areas = {base} | {v.area for v in (*one.values, *other.values) if v.area.startswith(base)}
    for day, area in itertools.product(_days(pack, rule), areas):
        mine, others = one.at(area, day), other.at(area, day)
        if mine is not None and (others is None or others.value != mine.value):
            return False
    return True
