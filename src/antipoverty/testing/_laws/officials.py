"""Laws that officials expect of a policy, tried on all rules of a pack in one call.

Each law changes an invented household in one way, of which the answer is known beforehand: it
stays, it gets no better, or it gets no worse. A rule may break a law on purpose: whoever means
it says so, and why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import attrs
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from antipoverty.conditions import Condition, params_read, parse, truth
from antipoverty.conditions import tree as nodes
from antipoverty.errors import InvalidArgumentError, VacuousLawError, did_you_mean, phrase, phrases
from antipoverty.model import Household, counted_on
from antipoverty.rules import InForce, Pack, Rule, Verdict, judge
from antipoverty.testing._laws.expected import POLICY_LAWS, RANK, PolicyLaw, places
from antipoverty.testing._search.case_text import as_case
from antipoverty.testing._search.counterexample import simplest, with_less
from antipoverty.testing._search.subject import Subject, about_rule, some, village
from antipoverty.testing._strategies.households import households
from antipoverty.testing.cases import Case


@attrs.frozen
class Across:
    """Where a rule may break a law: across one of its parts, such as the lower end of a band.

    Attributes:
        part: The text of a part of the rule's condition; the break is meant where the change
            turns this part, and nowhere else.
        why: The reason.
    """

    part: str
    why: str


@attrs.frozen
class PolicyBreak:
    """A rule that breaks a law, with a household that shows it.

    Attributes:
        law: The law's id.
        rule: The rule's.
        before: The answer for the household.
        after: The answer after the change.
        turned: The parts of the rule that the change turned, in every household after it.
        case: The household as a case to paste.
    """

    law: str
    rule: str
    before: Verdict
    after: Verdict
    turned: tuple[str, ...]
    case: str


@attrs.frozen
class PolicyLaws:
    """What became of the laws on a pack.

    Attributes:
        seen: For each law and rule, how many households warned before or after the change.
        breaks: The first household of each law and rule that breaks, and of the parts turned.
    """

    seen: Mapping[tuple[str, str], int]
    breaks: tuple[PolicyBreak, ...]


# --- trying them ------------------------------------------------------------------------


def policy_laws(pack: Pack, *, as_of: date, max_examples: int = 150, seed: int = 0) -> PolicyLaws:
    """Try every law on every rule of a pack that is in force, and list what breaks.

    A rule of which nobody warned by some law is tried again by itself, on as many households
    drawn at its own thresholds.

    Args:
        pack: The pack.
        as_of: The day of the answers.
        max_examples: How many households are drawn at the thresholds of its rules.
        seed: Which ones.
    """
    found = _Found({(law.id, rule.id): 0 for law in POLICY_LAWS for rule in pack.on(as_of).rules})
    found.look(households(pack, as_of=as_of), pack, as_of, max_examples, seed)
    for rule in pack.on(as_of).rules:
        about = about_rule(rule, pack, as_of)
        near = households(about.pack, as_of=as_of)
        for again in range(_ROUNDS):
            if all(found.seen[law, rule.id] for law in _open_to(rule, pack, as_of)):
                break
            found.look(near, about.pack, as_of, max_examples, seed + again)
    return PolicyLaws(found.seen, tuple(found.breaks[key] for key in sorted(found.breaks)))


_ROUNDS = 2
"""How often a rule is tried by itself where it was not seen under each law."""


def _open_to(rule: Rule, pack: Pack, as_of: date) -> Iterator[str]:
    """The laws that a rule can be tried by; a border needs a place with its values."""
    current, here = pack.on(as_of), village(rule, pack)
    others = (there for there in places(pack, current) if there != here)
    apart = all(_told_apart(current, rule, here, there) for there in others)
    yield from (law.id for law in POLICY_LAWS if law.id != "border" or not apart)


@attrs.define
class _Found:
    """What was seen of laws and rules, and what broke."""

    seen: dict[tuple[str, str], int]
    breaks: dict[tuple[str, str, tuple[str, ...]], PolicyBreak] = attrs.Factory(dict)

    def look(
        self,
        drawn: st.SearchStrategy[Household],
        pack: Pack,
        as_of: date,
        max_examples: int,
        seed: int,
    ) -> None:
        """Try the laws on households that are drawn."""
        current, seen, found = pack.on(as_of), self.seen, self.breaks

        @seeded(seed)
        @settings(
            max_examples=some(max_examples),
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(drawn)
        def tried(household: Household) -> None:
            before = judge(household, pack, as_of=as_of).verdicts
            for law in POLICY_LAWS:
                for others, then in law.change(household, pack, as_of):
                    after = [judge(other, then, as_of=as_of).verdicts for other in others]
                    for rule in current.rules:
                        key = law.id, rule.id
                        both = str(household.area), str(others[0].area)
                        if law.id == "border" and _told_apart(current, rule, *both):
                            continue
                        one = before.get(rule.id, Verdict.CLEAR)
                        said = (each.get(rule.id, Verdict.CLEAR) for each in after)
                        two = max(said, key=RANK.__getitem__)
                        seen[key] += Verdict.WARN in (one, two)
                        if not law.broken(one, two):
                            continue
                        turned = tuple(_turned(rule, current, household, then.on(as_of), others))
                        if (*key, turned) not in found:
                            shown = _shortest(law, about_rule(rule, pack, as_of), household, turned)
                            found[*key, turned] = PolicyBreak(*key, one, two, turned, shown)

        tried()


def _shortest(law: PolicyLaw, about: Subject, household: Household, turned: tuple[str, ...]) -> str:
    """What breaks a law by the same parts of a rule, as a case with no fact too many."""
    pack, rule, day = about.pack, about.rule, about.as_of

    def answer(one: Household, by: Pack) -> Verdict:
        return judge(one, by, as_of=day).verdicts.get(rule.id, Verdict.CLEAR)

    def shown(one: Household, said: Verdict) -> str:
        side = "missing" if said is Verdict.UNDECIDED else said.value
        return as_case(Case(rule.id, law.en, side, said, day, one))

    def complaint(one: Household) -> str | None:
        before, current = answer(one, pack), pack.on(day)
        for others, then in law.change(one, pack, day):
            after = max((answer(each, then) for each in others), key=RANK.__getitem__)
            if law.broken(before, after):
                parts = tuple(_turned(rule, current, one, then.on(day), others))
                if parts == turned:
                    return shown(one, before)
        return None

    return simplest(household, complaint, with_less) or shown(household, answer(household, pack))


def _turned(
    rule: Rule, now: InForce, one: Household, then: InForce, others: tuple[Household, ...]
) -> Iterator[str]:
    """The parts of a rule that are not after a change what they were, for any household."""
    for part in _parts(rule.when):
        before = _held(part, one, now)
        if all(_held(part, each, then) is not before for each in others):
            yield str(part)


def _parts(when: Condition) -> Iterator[Condition]:
    """What a condition joins by and, or and not."""
    match when:
        case nodes.And(parts) | nodes.Or(parts):
            for one in parts:
                yield from _parts(one)
        case nodes.Not(inner):
            yield from _parts(inner)
        case _:
            yield when


def _held(part: Condition, household: Household, current: InForce) -> bool | None:
    home = counted_on(household, current.pack.schema, current.day)
    return truth(part, home, current.setting(home.area))


def _told_apart(current: InForce, rule: Rule, *places: str) -> bool:
    """Whether a rule or a value that it reads is not the same at two places."""
    if not all(map(rule.covers, places)):
        return True
    here, there = (current.setting(place).params for place in places)
    return any(here.get(name) != there.get(name) for name in params_read(rule.when))


def assert_policy_laws(
    pack: Pack,
    *,
    as_of: date,
    stated: Mapping[tuple[str, str], str | Across] | None = None,
    max_examples: int = 150,
    seed: int = 0,
) -> PolicyLaws:
    """Insist that a pack keeps the laws of policy, but where it is stated that it means not to.

    Args:
        pack: The pack.
        as_of: The day of the answers.
        stated: For a law and a rule that breaks it on purpose, the reason; or `Across` which
            part of the rule it is meant to.
        max_examples: How many households are drawn.
        seed: Which ones.

    Raises:
        AssertionError: Every law and rule that breaks without being stated, each with a case.
        VacuousLawError: A law, or a rule, was tried on no household that warns.
        InvalidArgumentError: It is stated of a law, a rule or a part that there is not.
    """
    excused, rules = dict(stated or {}), {rule.id: rule for rule in pack.on(as_of).rules}
    names = {law.id for law in POLICY_LAWS}, rules
    for key in excused:
        if not all(name in known for name, known in zip(key, names, strict=True)):
            hint = did_you_mean(key[1], pack.rules)
            raise InvalidArgumentError(
                "there is no law and rule in force {key!r}{hint}", key=key, hint=hint
            )
    meant = {key: _meant(one, rules[key[1]], pack) for key, one in excused.items()}
    found = policy_laws(pack, as_of=as_of, max_examples=max_examples, seed=seed)
    open_ = [
        one
        for one in found.breaks
        if not (part := meant.get((one.law, one.rule))) or part not in ("*", *one.turned)
    ]
    if open_:
        says = {law.id: f"{law.zh} {law.en}" for law in POLICY_LAWS}
        titles = {id_: f"{rule.title.zh} {rule.title.en}" for id_, rule in rules.items()}
        told = [
            f"law {one.law!r} ({says[one.law]}), rule {one.rule!r} ({titles[one.rule]}): "
            f"{one.before.zh}变为{one.after.zh} {one.before.value} becomes {one.after.value}\n"
            f"{one.case}"
            for one in open_
        ]
        raise AssertionError(
            "\n".join([f"the pack {pack.id!r} breaks laws of policy 政策包违反这些定律：", *told])
        )
    tried = {rule.id: tuple(_open_to(rule, pack, as_of)) for rule in rules.values()}
    unseen = [
        phrase("rule {id!r}", id=id_)
        for id_ in tried
        if not any(found.seen[law, id_] for law in tried[id_])
    ]
    for law in POLICY_LAWS:
        asked = [id_ for id_ in tried if law.id in tried[id_]]
        if (asked or not tried) and not any(found.seen[law.id, id_] for id_ in asked):
            unseen.append(phrase("law {id!r}", id=law.id))
    if unseen:
        raise VacuousLawError(
            "pack {id!r}: tried on no household that warns: {unseen}",
            id=pack.id,
            unseen=phrases(unseen, ", "),
        )
    return found


def _meant(stated: str | Across, rule: Rule, pack: Pack) -> str:
    """The part of a rule that a break must turn, as the rule writes it; ``*`` for any.

    Raises:
        InvalidArgumentError: The rule has no such part.
    """
    if isinstance(stated, str):
        return "*"
    asked = parse(stated.part, pack.schema).key
    for part in _parts(rule.when):
        if part.key == asked:
            return str(part)
    raise InvalidArgumentError(
        "the rule {rule!r} has no part {part!r}; its parts are {parts}",
        rule=rule.id,
        part=stated.part,
        parts="; ".join(map(str, _parts(rule.when))),
    )


__all__ = [
    "POLICY_LAWS",
    "Across",
    "PolicyBreak",
    "PolicyLaw",
    "PolicyLaws",
    "assert_policy_laws",
    "policy_laws",
]
