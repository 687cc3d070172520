"""Mutants: a pack with one thing changed, to see whether its cases notice.

A case that would pass whatever the rule says pins nothing down. Each mutant changes one
operator, threshold, window, field, parameter, word or part of one rule; cases that are
worth their name then give another verdict for at least one household.
"""

from __future__ import annotations

import itertools
import tomllib
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction

import attrs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from antipoverty._frozen import Frozen
from antipoverty.conditions import Condition, Setting, params_read, truth
from antipoverty.conditions.tree import Param
from antipoverty.errors import (
    AntipovertyError,
    ConditionError,
    InvalidArgumentError,
    InvalidCasesError,
    InvalidRuleError,
    ParameterNotSetError,
    StaleEquivalentsError,
)
from antipoverty.rules import Pack, Parameter, ParameterValue, Rule, Verdict, judge
from antipoverty.testing._changes import beside, changes, idle
from antipoverty.testing._paths import paths, replaced
from antipoverty.testing._subject import subject
from antipoverty.testing.cases import Case, listed_problems


@attrs.frozen(repr=False, eq=False)
class Mutant:
    """A pack with one thing changed (变异).

    Attributes:
        pack: The pack as it was.
        rule: The rule that was changed, or that reads the changed value.
        kind: ``operator``, ``threshold``, ``window``, ``field``, ``parameter``, ``word``
            or ``part``.
        before: What stood there.
        after: What stands there now.
        when: The rule's condition now.
        values: The values of parameters that were changed, as they are now.
        instead_of: The one value of the parameter that was changed, if one was.
        place: Which of the places in the rule where the same change can be made.
    """

    pack: Pack
    rule: Rule
    kind: str
    before: str
    after: str
    when: Condition
    values: Mapping[str, int | Fraction] = Frozen()
    instead_of: ParameterValue | None = None
    place: int = 1

    def __repr__(self) -> str:
        return f"<Mutant {self}>"

    def __str__(self) -> str:
        return f"{self.rule.id}: {self.change}"

    @property
    def change(self) -> str:
        """What was changed, in one line; it names the mutant within its rule."""
        which = f" (place {self.place})" if self.place > 1 else ""
        return f"{self.kind} {self.before} -> {self.after}{which}"

    def verdict(self, case: Case) -> Verdict | None:
        """What the changed rule says of a case; ``None`` when it cannot be asked."""
        setting = self._setting(case.as_of, str(case.home.area))
        try:
            return Verdict.of(truth(self.when, case.home, setting))
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
            self.verdict(case) is not case.expect for case in cases if case.rule == self.rule.id
        )

    @property
    def changed(self) -> Pack:
        """The whole pack with the change in it."""
        rule = attrs.evolve(self.rule, when=self.when)
        parts = self.pack._parts()
        parts["rules"] = [rule if one.id == rule.id else one for one in parts["rules"]]
        parts["parameters"] = [self._changed(one) for one in parts["parameters"]]
        return Pack(**parts)

    def _changed(self, parameter: Parameter) -> Parameter:
        values = tuple(
            attrs.evolve(one, value=self.values[parameter.id]) if one is self.instead_of else one
            for one in parameter.values
        )
        return attrs.evolve(parameter, values=values)


@attrs.frozen(repr=False)
class Mutation:
    """What the cases of a pack notice.

    Attributes:
        mutants: How many there are.
        survivors: Those that no case notices and nothing excuses.
        equivalent: Those that no household tells apart, each with the reason.
    """

    mutants: int
    survivors: tuple[Mutant, ...]
    equivalent: tuple[tuple[Mutant, str], ...]

    def __repr__(self) -> str:
        return (
            f"<Mutation: {self.mutants} mutants, {len(self.survivors)} survive, "
            f"{len(self.equivalent)} are equivalent>"
        )

    @property
    def noticed(self) -> int:
        """How many mutants a case notices."""
        return self.mutants - len(self.survivors) - len(self.equivalent)


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
        places: Counter[str] = Counter()
        for mutant in (*_of_condition(rule, pack), *_of_values(rule, pack)):
            places[mutant.change] += 1
            yield attrs.evolve(mutant, place=places[mutant.change])


def _of_condition(rule: Rule, pack: Pack) -> Iterator[Mutant]:
    seen = {rule.when.key}
    for path, part in paths(rule.when):
        for change in changes(part, pack):
            try:
                new = change.make()
                when = replaced(rule.when, path, new)
            except ConditionError:
                continue
            if when.key not in seen and (not idle(when) or idle(rule.when)):
                seen.add(when.key)
                before, after = change.before or str(part), change.after or str(new)
                yield Mutant(pack, rule, change.kind, before, after, when)


def _of_values(rule: Rule, pack: Pack) -> Iterator[Mutant]:
    """Each value that the rule can ever read, a slip lower and a slip higher."""
    for name in params_read(rule.when):
        values = pack.parameters[name].values
        for value in values:
            if not _is_read(rule, pack, name, value):
                continue
            where = f" in {value.area or 'all areas'} from {value.since}" if values[1:] else ""
            for new in beside(value.value):
                before, after = f"{name} = {value.value}{where}", f"{name} = {new}{where}"
                changed = Frozen({name: new})
                yield Mutant(
                    pack, rule, "parameter", before, after, rule.when, changed, instead_of=value
                )


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


def mutate(
    pack: Pack,
    cases: Iterable[Case],
    *,
    rules: Iterable[str] | None = None,
    equivalents: Mapping[str, str] | None = None,
    prove: Callable[[Mutant], bool] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Mutation:
    """See which mutants the cases do not notice.

    Args:
        pack: The pack.
        cases: Its cases.
        rules: The ids of the rules to change; all by default.
        equivalents: For the text of each mutant that no household tells from its rule,
            why; as `read_equivalents` gives it.
        prove: Tells whether a mutant is proved equivalent, such as
            `antipoverty.testing.proofs.is_equivalent`.
        progress: Called with how many mutants are done and how many there are.

    Raises:
        InvalidCasesError: The pack itself does not answer a case as it must.
        StaleEquivalentsError: A listed equivalent is no mutant, or a case notices it.
        InvalidArgumentError: The pack has no such rule.
    """
    chosen = list(pack.rules if rules is None else rules)
    by_rule = _passing(pack, cases, chosen)
    reasons = {
        text: why
        for text, why in (equivalents or {}).items()
        if rules is None or text.partition(":")[0] in chosen
    }
    every = list(mutants(pack, chosen))
    stale: dict[str, str] = dict.fromkeys(reasons, "the pack has no such mutant")
    survivors: list[Mutant] = []
    equivalent: list[tuple[Mutant, str]] = []
    for done, mutant in enumerate(every, 1):
        noticed = mutant.noticed(by_rule.get(mutant.rule.id, ()))
        if noticed and str(mutant) in reasons:
            stale[str(mutant)] = "a case notices it"
        elif not noticed:
            stale.pop(str(mutant), None)
            reason = _reason(mutant, reasons, prove)
            if reason is None:
                survivors.append(mutant)
            else:
                equivalent.append((mutant, reason))
        if progress is not None:
            progress(done, len(every))
    if stale:
        raise StaleEquivalentsError(
            "the list of equivalents is out of date; take out what no longer holds",
            [InvalidArgumentError(f"{text}: {why}") for text, why in stale.items()],
        )
    return Mutation(len(every), tuple(survivors), tuple(equivalent))


def _passing(pack: Pack, cases: Iterable[Case], rules: Container[str]) -> dict[str, list[Case]]:
    """The cases of some rules, by rule; one that fails already would notice everything."""
    found: dict[str, list[Case]] = {}
    wrong: list[AntipovertyError] = []
    for case in cases:
        if case.rule in rules:
            found.setdefault(case.rule, []).append(case)
            answer = judge(case.home, pack, as_of=case.as_of).verdicts.get(case.rule)
            if answer is not case.expect:
                said = "is not asked" if answer is None else f"answers {answer.value}"
                wrong.append(
                    InvalidRuleError(
                        f"case {case.rule!r} {case.name!r}: the pack {said} on {case.as_of}, "
                        f"not {case.expect.value}"
                    )
                )
    if wrong:
        raise InvalidCasesError("the pack fails its own cases; make them pass first", wrong)
    return found


def _reason(
    mutant: Mutant, reasons: Mapping[str, str], prove: Callable[[Mutant], bool] | None
) -> str | None:
    """Why no household tells a mutant from its rule; ``None`` when that is not known."""
    if _same_values(mutant):
        return "the two parameters have the same value at every place and day"
    if str(mutant) in reasons:
        return reasons[str(mutant)]
    return "proved" if prove is not None and prove(mutant) else None


def _same_values(mutant: Mutant) -> bool:
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


# --- the list of equivalents ------------------------------------------------------------------


class _Equivalent(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")
    rule: str
    change: str
    why: str = Field(min_length=1)


class _Equivalents(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")
    equivalent: list[_Equivalent] = []


def read_equivalents(text: str) -> Mapping[str, str]:
    """Read a list of mutants that no household tells from their rule, with the reasons.

    It is TOML, and `mutate` says when an entry no longer holds::

        [[equivalent]]
        rule = "school-age"
        change = "operator age >= 6 -> age > 5"
        why = "an age is whole years"

    Args:
        text: The file's text.

    Returns:
        The reason for each mutant, by its text.

    Raises:
        InvalidCasesError: Every problem of the file.
    """
    try:
        form = _Equivalents.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as problem:
        raise InvalidCasesError(
            "the list of equivalents is not TOML", [InvalidRuleError(str(problem))]
        ) from None
    except ValidationError as problems:
        raise InvalidCasesError(
            "the list of equivalents cannot be read", listed_problems(problems, "")
        ) from None
    return Frozen({f"{one.rule}: {one.change}": one.why for one in form.equivalent})


__all__ = ["Mutant", "Mutation", "mutants", "mutate", "read_equivalents"]
