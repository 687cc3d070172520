"""Laws that officials expect of a policy, tried on all rules of a pack in one call.

Each law changes an invented household in one way, of which the answer is known beforehand: it
stays, it gets no better, or it gets no worse. A rule may break a law on purpose: whoever means
it says so, and why.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from datetime import date

import attrs
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from antipoverty.conditions import Condition, params_read, parse, truth
from antipoverty.conditions import tree as nodes
from antipoverty.errors import InvalidArgumentError, VacuousLawError, did_you_mean
from antipoverty.model import AreaCode, Field, Household, Kind, Member, counted_on, schema_of
from antipoverty.rules import InForce, Pack, Rule, Verdict, judge
from antipoverty.testing._search.case_text import as_case
from antipoverty.testing._search.subject import about_rule, some, village, village_of
from antipoverty.testing._strategies.households import AREAS, households
from antipoverty.testing.cases import Case

_RANK = {Verdict.CLEAR: 0, Verdict.UNDECIDED: 1, Verdict.WARN: 2}
_STEPS = (1, 100, 100_000, 10_000_000)
Changed = Iterator[tuple[tuple[Household, ...], Pack]]
"""The households in the place of one, and the pack that judges them."""


@attrs.frozen
class PolicyLaw:
    """One law: how a household is changed, and what may then not become of an answer.

    Attributes:
        id: Its name.
        zh: What it says in Chinese.
        en: And in English.
        kept: ``same``: the answer stays; ``no worse``: it does not newly warn; ``no better``:
            a warning is not cleared.
    """

    id: str
    zh: str
    en: str
    kept: str
    _change: Callable[[Household, Pack, date], Changed]

    def broken(self, before: Verdict, after: Verdict) -> bool:
        """Whether an answer moved as the law forbids."""
        if self.kept == "same":
            return before is not after
        if self.kept == "no worse":
            return before is Verdict.CLEAR and after is Verdict.WARN
        return before is Verdict.WARN and after is Verdict.CLEAR


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


# --- changes ----------------------------------------------------------------------------


def _incomes(household: Household) -> list[Field]:
    fields = schema_of(type(household)).household.fields.values()
    own = [one for one in fields if one.kind is Kind.NUMBER and one.about.unit.money]
    return [one for one in own if one.name == "net_income_12m"]


def _more_income(household: Household, pack: Pack, _: date) -> Changed:
    for field in _incomes(household):
        now = getattr(household, field.name)
        for step in _STEPS:
            if now is not None and now + step <= (field.about.high or 0):
                yield (household.model_copy(update={field.name: now + step}),), pack


def _heads(household: Household) -> dict[str, int]:
    """How many people a household has, by each fact that counts them all."""
    named = ("size", "co_residents")
    return {name: held for name in named if (held := getattr(household, name, None)) is not None}


def _one_more(household: Household, pack: Pack, _: date) -> Changed:
    size, members = household.size, household.members or ()
    if size is not None and size < 99:
        kind = type(members[0]) if members else Member
        more = kind.model_validate({"member_id": "one-more"})
        known = {name: value for name, value in members[0] if name != kind.KEY} if members else {}
        more = more.model_copy(update=known)
        heads = {name: min(held + 1, 99) for name, held in _heads(household).items()}
        yield (household.model_copy(update=heads | {"members": (*members, more)}),), pack


def _reversed(household: Household, pack: Pack, _: date) -> Changed:
    tables = {
        name: tuple(reversed(getattr(household, name) or ())) for name in household.tables_of_row()
    }
    yield (household.model_copy(update=tables),), pack


def _other_ids(household: Household, pack: Pack, _: date) -> Changed:
    members = tuple(
        one.model_copy(update={"member_id": f"Z:{one.member_id}"})
        for one in household.members or ()
    )
    records = tuple(
        one.model_copy(
            update={
                "record_id": f"Z:{one.record_id}",
                "member_id": None if one.member_id is None else f"Z:{one.member_id}",
            }
        )
        for one in household.records or ()
    )
    changed = {"household_id": "another", "members": members, "records": records}
    yield (household.model_copy(update=changed),), pack


def _again(household: Household, pack: Pack, _: date) -> Changed:
    yield (type(household).model_validate(household.model_dump()),), pack


def _next_line(household: Household, pack: Pack, _: date) -> Changed:
    """Every line per head a tenth higher, as next year's."""
    parameters = [
        attrs.evolve(one, values=[attrs.evolve(v, value=v.value * 11 // 10) for v in one.values])
        if str(one.unit) == "yuan/person"
        else one
        for one in pack.parameters.values()
    ]
    yield (household,), pack.evolve(parameters=parameters)


def _split(household: Household, pack: Pack, day: date) -> Changed:
    """In two, with half the members and half of every amount each."""
    members, table = household.members or (), schema_of(type(household)).household
    amounts = {
        name: getattr(household, name)
        for name, field in table.fields.items()
        if field.kind is Kind.NUMBER and field.about.unit.money
    }
    if household.size is None or household.size < 2:
        return
    whole = {name: value and value - value % 2 for name, value in amounts.items()}
    even = household.model_copy(update=whole)
    if judge(even, pack, as_of=day).verdicts != judge(household, pack, as_of=day).verdicts:
        return  # no fen can be halved, and one fen is what an answer hangs on
    parts = []
    for number in (0, 1):
        mine = members[number::2]
        others = {one.member_id for one in members[1::2]}
        records = tuple(
            one for one in household.records or () if (one.member_id in others) is (number == 1)
        )
        halves = {name: None if value is None else value // 2 for name, value in whole.items()}
        heads = {name: max((held + 1 - number) // 2, 1) for name, held in _heads(household).items()}
        changed = {"household_id": f"part-{number}", "members": mine, "records": records}
        parts.append(household.model_copy(update=halves | heads | changed))
    yield tuple(parts), pack


def _across(household: Household, pack: Pack, day: date) -> Changed:
    """Into another area, for the rules whose values and area do not tell the two apart."""
    for there in _places(pack, pack.on(day)):
        yield (household.model_copy(update={"area": AreaCode(there)}),), pack


def _places(pack: Pack, current: InForce) -> Iterator[str]:
    """A village of each area that a rule or a value is of, and those that are invented."""
    places = {one.area for one in current.rules} | {
        value.area for values in current.values.values() for value in values
    }
    places |= {area for area in AREAS if area.startswith(pack.area)}
    for place in sorted(one for one in places if one and one != pack.area):
        with contextlib.suppress(InvalidArgumentError):
            yield village_of(place)


POLICY_LAWS = tuple(
    PolicyLaw(*one)
    for one in (
        (
            "more-income",
            "收入增加不产生新预警",
            "more income never newly warns",
            "no worse",
            _more_income,
        ),
        (
            "one-more-member",
            "人口增加、收入不变不消除预警",
            "one more member like the first, and the same income, never clears a warning",
            "no better",
            _one_more,
        ),
        (
            "split",
            "分户不消除预警",
            "a household that splits in two halves does not lose its warning in both",
            "no better",
            _split,
        ),
        ("order", "行序不影响结论", "the order of rows changes nothing", "same", _reversed),
        ("ids", "编号不影响结论", "other ids change nothing", "same", _other_ids),
        (
            "read-again",
            "重新读入结论不变",
            "written out, read and judged again it is the same",
            "same",
            _again,
        ),
        (
            "next-line",
            "标准提高不消除预警",
            "lines a tenth higher never clear a warning",
            "no better",
            _next_line,
        ),
        (
            "border",
            "两地标准相同则结论相同",
            "across a border the answer is the same where the values are",
            "same",
            _across,
        ),
    )
)


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
        areas = (about.area, *(one for one in AREAS if one.startswith(about.area[:2])))
        near = households(about.pack, as_of=as_of, areas=areas)
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
    others = (there for there in _places(pack, current) if there != here)
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
                for others, then in law._change(household, pack, as_of):
                    after = [judge(other, then, as_of=as_of).verdicts for other in others]
                    for rule in current.rules:
                        key = law.id, rule.id
                        places = str(household.area), str(others[0].area)
                        if law.id == "border" and _told_apart(current, rule, *places):
                            continue
                        one = before.get(rule.id, Verdict.CLEAR)
                        said = (each.get(rule.id, Verdict.CLEAR) for each in after)
                        two = max(said, key=_RANK.__getitem__)
                        seen[key] += Verdict.WARN in (one, two)
                        if not law.broken(one, two):
                            continue
                        turned = tuple(_turned(rule, current, household, then.on(as_of), others))
                        if (*key, turned) not in found:
                            shown = as_case(Case(rule.id, law.en, "warn", one, as_of, household))
                            found[*key, turned] = PolicyBreak(*key, one, two, turned, shown)

        tried()


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
        told = [
            f"law {one.law!r} ({says[one.law]}), rule {one.rule!r}: {one.before.value} becomes "
            f"{one.after.value}\n{one.case}"
            for one in open_
        ]
        raise AssertionError("\n".join([f"the pack {pack.id!r} breaks laws of policy:", *told]))
    tried = {rule.id: tuple(_open_to(rule, pack, as_of)) for rule in rules.values()}
    unseen = [
        f"rule {id_!r}" for id_ in tried if not any(found.seen[law, id_] for law in tried[id_])
    ]
    for law in POLICY_LAWS:
        asked = [id_ for id_ in tried if law.id in tried[id_]]
        if asked and not any(found.seen[law.id, id_] for id_ in asked):
            unseen.append(f"law {law.id!r}")
    if unseen:
        raise VacuousLawError(
            "pack {id!r}: tried on no household that warns: {unseen}",
            id=pack.id,
            unseen=", ".join(unseen),
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
