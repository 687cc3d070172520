"""The laws that officials expect of a policy: what each changes, and what may then come of it."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from datetime import date

import attrs

from antipoverty.errors import InvalidArgumentError
from antipoverty.model import AreaCode, Field, Household, Kind, Member, schema_of
from antipoverty.rules import InForce, Pack, Verdict, judge
from antipoverty.testing._search.subject import village_of
from antipoverty.testing._strategies.households import AREAS

RANK = {Verdict.CLEAR: 0, Verdict.UNDECIDED: 1, Verdict.WARN: 2}
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
        change: Gives, for a household, a pack and a day, what stands in their place.
    """

    id: str
    zh: str
    en: str
    kept: str
    change: Callable[[Household, Pack, date], Changed]

    def broken(self, before: Verdict, after: Verdict) -> bool:
        """Whether an answer moved as the law forbids."""
        if self.kept == "same":
            return before is not after
        if self.kept == "no worse":
            return before is Verdict.CLEAR and after is Verdict.WARN
        return before is Verdict.WARN and after is Verdict.CLEAR


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
    """In two, with half the members and half of every amount each.

    Records go with the member that they name; of those that name none each half takes some.
    """
    members, table = household.members or (), schema_of(type(household)).household
    amounts = {
        name: getattr(household, name)
        for name, field in table.fields.items()
        if field.kind is Kind.NUMBER and field.about.unit.money
    }
    if household.size is not None and household.size < 2:
        return
    said = judge(household, pack, as_of=day).verdicts
    for odd in (-1, 1):  # no fen can be halved: one less, or one more where an answer hangs on it
        whole = {name: value and value + odd * (value % 2) for name, value in amounts.items()}
        if judge(household.model_copy(update=whole), pack, as_of=day).verdicts == said:
            break
    else:
        return
    parts = []
    half_of: dict[str | None, int] = {
        one.member_id: number % 2 for number, one in enumerate(members)
    }
    named = [half_of.get(one.member_id) for one in household.records or ()]
    turns = itertools.cycle((0, 1))
    halves_of = [next(turns) if half is None else half for half in named]
    for number in (0, 1):
        mine = members[number::2]
        records = tuple(
            one
            for one, half in zip(household.records or (), halves_of, strict=True)
            if half == number
        )
        halves = {name: None if value is None else value // 2 for name, value in whole.items()}
        heads = {name: max((held + 1 - number) // 2, 1) for name, held in _heads(household).items()}
        changed = {"household_id": f"part-{number}", "members": mine, "records": records}
        parts.append(household.model_copy(update=halves | heads | changed))
    yield tuple(parts), pack


def _across(household: Household, pack: Pack, day: date) -> Changed:
    """Into another area, for the rules whose values and area do not tell the two apart."""
    for there in places(pack, pack.on(day)):
        yield (household.model_copy(update={"area": AreaCode(there)}),), pack


def places(pack: Pack, current: InForce) -> Iterator[str]:
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


__all__ = ["POLICY_LAWS", "RANK", "PolicyLaw", "places"]
