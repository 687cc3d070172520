"""Two versions of a rule are equal when no household gets another verdict from them.

They may stand in two packs, read other values, and be asked on two days. Without a day
the claim is made for every day on which both are in force.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial

import attrs

from antipoverty.conditions import Condition
from antipoverty.errors import InvalidArgumentError, did_you_mean
from antipoverty.model import Household
from antipoverty.rules import Pack, Rule, Verdict, judge
from antipoverty.testing._proofs.answers import Claim, Proof
from antipoverty.testing._proofs.ask import Inquiry
from antipoverty.testing._proofs.claims import USUAL, Asked, Effort, paths_of, settle
from antipoverty.testing._proofs.logic import Term, both, either, no
from antipoverty.testing._proofs.scene import Context, Side, days, limited, scenes, spells
from antipoverty.testing._search.subject import only, subject
from antipoverty.testing.mutation import Mutant

Places = tuple[Context, ...]
Span = tuple[date, date]


@attrs.frozen
class _Version:
    """A rule as one pack has it.

    Attributes:
        pack: That pack, reduced to the rule and what it reads.
        rule: The rule, bound to it.
        spells: The days on which it is in force and has all its values.
    """

    pack: Pack
    rule: Rule
    spells: tuple[Span, ...]

    @classmethod
    def of(cls, rule: Rule, pack: Pack) -> _Version:
        """Take a version out of its pack, as it stands there or in the place of one."""
        others = [one for one in pack.rules.values() if one.supersedes == rule.id]
        alone = only(rule, pack)
        bound = alone.rules[rule.id]
        return cls(alone, bound, spells(alone, bound, others))

    def side(self, day: date) -> Side:
        """The version on a day."""
        return Side(self.pack, (self.rule,), day)


def equal(
    rule: Rule | str,
    other: Rule | str,
    pack: Pack | None = None,
    *,
    other_pack: Pack | None = None,
    as_of: date | None = None,
    other_as_of: date | None = None,
    effort: Effort = USUAL,
) -> Proof:
    """Claim that two versions of a rule give every household the same of three verdicts.

    Args:
        rule: The rule, or its id.
        other: The other version, or its id; one that the pack does not hold is taken as
            if it stood there.
        pack: The pack; may be left out for rules that read no parameter.
        other_pack: The pack of the other version; by default the same.
        as_of: The day; by default every day on which both are in force.
        other_as_of: The day the other version is asked about; by default the same.
        effort: How many rows are looked at and how long the solver may take.
    """
    one = _version(rule, pack)
    two = _version(other, other_pack or pack)
    if as_of is not None or other_as_of is not None:
        first, second = as_of or other_as_of, other_as_of or as_of
        assert first is not None and second is not None  # noqa: S101, PT018 - one was given
        places = tuple(scenes(one.side(first), two.side(second)))
        return _asked(one, two, [places], (first, first), effort)
    shared = _shared(one, two)
    if not shared:
        raise InvalidArgumentError(
            "rules {id!r} and {id2!r} are in force together on no day; give as_of and other_as_of",
            id=one.rule.id,
            id2=two.rule.id,
        )
    return _asked(one, two, _places(one, two, shared), _ends(shared), effort)


def is_equivalent(mutant: Mutant, *, effort: Effort = USUAL) -> bool:
    """Tell whether a mutant is proved to give every household the verdict of its rule.

    It is asked for every day on which the rule is in force and has its values, wherever a
    value differs, and for any number of rows; what is refuted, unknown, proved only up to
    a number of rows, or cannot be asked on some of these days is not equivalent.
    """
    one = _Version.of(mutant.rule, mutant.pack)
    changed = mutant.changed
    two = _Version.of(changed.rules[mutant.rule.id], changed)
    shared = _shared(one, two)
    if not shared or _length(shared) < _length(one.spells):
        return False
    asked = _claim(one, two, shared[0][0])
    listed = tuple(_places(one, two, shared))
    needs = (asked.needs(place, effort) for places in listed for place in places)
    if not all(need.enough for tables in needs for need in tables.values()):
        return False  # more rows could always change the answer, so there is nothing to ask
    return _asked(one, two, listed, _ends(shared), effort).holds


def _version(rule: Rule | str, pack: Pack | None) -> _Version:
    if isinstance(rule, Rule) and pack is not None:
        return _Version.of(rule, pack)
    if pack is None:
        found = subject(rule)
        return _Version.of(found.rule, found.pack)
    if rule not in pack.rules:
        hint = did_you_mean(str(rule), pack.rules)
        raise InvalidArgumentError(
            "the pack {id!r} has no rule {rule!r}{hint}", id=pack.id, rule=rule, hint=hint
        )
    return _Version.of(pack.rules[str(rule)], pack)


def _shared(one: _Version, two: _Version) -> list[Span]:
    """The spells of days on which both can be asked."""
    pairs = [(max(a[0], b[0]), min(a[1], b[1])) for a in one.spells for b in two.spells]
    return sorted(pair for pair in pairs if pair[0] <= pair[1])


def _length(listed: Iterable[Span]) -> int:
    return sum((last - first).days + 1 for first, last in listed)


def _ends(shared: Sequence[Span]) -> Span:
    return limited(shared[0])[0], limited(shared[-1])[1]


def _places(one: _Version, two: _Version, shared: Iterable[Span]) -> Iterator[Places]:
    """For each day on which something is otherwise than on others, the places to ask about."""
    return (
        tuple(scenes(one.side(day), two.side(day)))
        for spell in map(limited, shared)
        for day in days(spell, [one.rule.when, two.rule.when])
    )


def _claim(one: _Version, two: _Version, day: date) -> Asked:
    return Asked(Claim.EQUAL, _stage(one.pack, two.pack), (one.rule, two.rule), day)


def _asked(
    one: _Version, two: _Version, listed: Iterable[Places], span: Span, effort: Effort
) -> Proof:
    asked = _claim(one, two, span[0])

    def confirm(found: tuple[Household, ...], scene: Context) -> Mapping[str, Verdict] | None:
        (household,) = found
        judged = [
            judge(household, version.pack, as_of=setting.as_of).verdicts[version.rule.id]
            for version, setting in zip((one, two), scene.settings, strict=True)
        ]
        return dict(zip(asked.ids, judged, strict=True)) if len(set(judged)) == 2 else None

    proof = settle(
        asked,
        effort,
        ((place, asked.needs(place, effort)) for places in listed for place in places),
        partial(_different, asked.conditions()),
        confirm,
    )
    bounds = attrs.evolve(proof.within, since=span[0], until=span[1])
    return attrs.evolve(proof, within=bounds)


def _different(when: Sequence[Condition], inquiry: Inquiry) -> tuple[Household, ...] | None:
    judged = zip(when, inquiry.scene.settings, strict=True)
    one, two = (inquiry.other(setting).truth(condition) for condition, setting in judged)
    goal = either(_unlike(one.true, two.true), _unlike(one.false, two.false))
    return inquiry.find(goal, paths_of(when))


def _unlike(one: Term, other: Term) -> Term:
    return either(both(one, no(other)), both(no(one), other))


def _stage(one: Pack, two: Pack) -> Pack:
    """A pack whose households both can judge: the larger model, the words of both."""
    if issubclass(two.model, one.model):
        model = two.model
    elif issubclass(one.model, two.model):
        model = one.model
    else:
        raise InvalidArgumentError(
            "the packs {id!r} and {id2!r} read different households; combine them first",
            id=one.id,
            id2=two.id,
        )
    if one.kinds == two.kinds and model is one.model:
        return one
    kinds = {**one.kinds, **two.kinds} if one.kinds and two.kinds else {}
    departments = {**one.departments, **two.departments}
    return Pack(
        one.id,
        one.title,
        rules=one.rules.values(),
        departments=departments,
        parameters=one.parameters.values(),
        kinds=kinds.values(),
        model=model,
    )


__all__ = ["equal", "is_equivalent"]
