"""What rules state beside verdicts, and facts that are worked out: amounts, tiers, derived facts.

The households are mixed of few facts, so that they lie on the lines; amounts are of thirds of a
fen, of nothing, and of what is not known, and what is derived is null where an input is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any

from antipoverty.conditions import parse
from antipoverty.model import AreaCode, Derived, Fact, Household, Record, schema_of
from antipoverty.rules import Amount, Ladder, Text, Tier
from antipoverty.testing._conformance import mixed
from antipoverty.testing._conformance.checks import Drawn
from antipoverty.testing._strategies.policies import SINCE, SOURCE, pack_of, rule_of

_OWED = (
    ("net_income_12m < yuan('10')", "yuan('10') - net_income_12m", "yuan"),
    ("net_income_12m < yuan('10')", "yuan('5') - net_income_12m", "yuan"),
    ("net_income_12m < param('line')", "param('line') * 2 - net_income_12m", "yuan"),
    ("monitored", "sum(records, amount, where=kind == 'medical') * ratio(1, 3)", "yuan"),
    ("monitored", "sum(records, amount, months=1) * ratio(2, 3) - yuan('1')", "yuan"),
    ("monitored", "param('line') * count(members, disabled)", "yuan*person"),
    ("not monitored", "sum(members, age) - 30", "year"),
    ("not monitored", "net_income_12m * -1", "yuan"),
    ("any(records, kind == 'medical')", "net_income_12m - rigid_spending_12m", "yuan"),
    ("size >= 1", "count(records) * 2 - 5", "1"),
    ("size >= 1", "score((1, monitored), (ratio(1, 3), net_income_12m > yuan('5')))", "1"),
)
"""A rule, the amount it states, and the unit."""

_TIERS = {
    "income": ("net_income_12m < yuan('5')", "net_income_12m < yuan('10')", "monitored"),
    "rows": (
        "any(records, amount > yuan('15'))",
        "count(members, disabled) >= 2",
        "sum(records, amount, months=1) > yuan('5') and net_income_12m < yuan('10')",
    ),
    "city": ("monitored", "any(members, disabled)"),
    "village": ("monitored", "net_income_12m < yuan('10')"),
    "group": ("net_income_12m < yuan('5')",),
    "ended": ("monitored",),
    "begun": ("not monitored",),
}
"""Ladders, some of one place or spell; a household may be in several tiers, and is in the first."""

_TURN = mixed.DAYS[1]
_WITHIN: Mapping[str, Mapping[str, Any]] = {
    "city": {"area": "6107"},
    "village": {"area": mixed.VILLAGES[0]},
    "group": {"area": f"{mixed.VILLAGES[0]}01"},
    "ended": {"until": _TURN - timedelta(days=1)},
    "begun": {"since": _TURN},
}
"""Where and when a ladder is in force that is not so everywhere, since long."""


def statements() -> Iterator[Drawn]:
    """Amounts that are exact, open, of nothing and below it, and ladders whose tiers overlap."""
    rules = [
        rule_of(f"rule-{n}", when, amount=Amount(value, unit))
        for n, (when, value, unit) in enumerate(_OWED)
    ]
    rules.append(rule_of("nothing-stated", "not monitored or net_income_12m > yuan('5')"))
    ladders = [
        Ladder(
            id=name,
            title=Text("认定顺序", "ladder"),
            tiers=[
                Tier(id=f"tier-{n}", title=Text(f"第{n}档", f"tier {n}"), when=when)
                for n, when in enumerate(whens)
            ],
            source=SOURCE,
            **{"since": SINCE, **_WITHIN.get(name, {})},
        )
        for name, whens in _TIERS.items()
    ]
    pack = pack_of(rules, [mixed.line()], ladders=ladders)
    for day in mixed.DAYS[:2]:
        homes = mixed.households(day, 120)
        inside = AreaCode(_WITHIN["group"]["area"])
        homes[::5] = [one.model_copy(update={"area": inside}) for one in homes[::5]]
        yield pack, homes, day


# --- derived facts ------------------------------------------------------------------------


def _each(income: Any, size: Any) -> Any:
    return income // size


def _sound(water: Any, hardship: Any) -> Any:
    return water & ~hardship


def _level(each: Any) -> Any:
    return ["low" if one < 300 else "high" for one in each]


def _counted(spent: Any, lately: Any) -> Any:
    return spent.fill_null(-1) * 2 + lately.fill_null(value=False).cast(int)


def _dear(amount: Any, kind: Any) -> Any:
    return (amount > 700) & (kind == "medical")


def _unsaid(amount: Any) -> Any:
    return amount.is_null()


def _derived(by: Any, *, of_missing: bool = False, **reads: str) -> Derived:
    return Derived(by=by, reads=reads, version="1", source=SOURCE, of_missing=of_missing)


class Bill(Record):
    """A record, and whether it is dear for its kind."""

    dear: Annotated[
        bool | None,
        Fact(zh="偏高", en="dear", derive=_derived(_dear, amount="amount", kind="kind")),
    ] = None
    unsaid: Annotated[
        bool | None,
        Fact(zh="未写", en="unsaid", derive=_derived(_unsaid, of_missing=True, amount="amount")),
    ] = None


class Home(Household):
    """A household with facts that are derived, one of them from another."""

    each: Annotated[
        int | None,
        Fact(
            zh="人均收入",
            en="income of each",
            unit="yuan",
            low=-(10**10),
            high=10**10,
            derive=_derived(_each, income="net_income_12m", size="size"),
        ),
    ] = None
    sound: Annotated[
        bool | None,
        Fact(
            zh="无虞",
            en="sound",
            derive=_derived(_sound, water="water_safe", hardship="any(members, disabled)"),
        ),
    ] = None
    level: Annotated[
        str | None,
        Fact(
            zh="档次",
            en="level",
            choices={"low": ("低", "low"), "high": ("高", "high")},
            derive=_derived(_level, each="each"),
        ),
    ] = None
    counted: Annotated[
        int | None,
        Fact(
            zh="计数",
            en="counted",
            low=-2,
            high=10**12,
            derive=_derived(
                _counted,
                of_missing=True,
                spent="sum(records, amount, months=1)",
                lately="any(records, kind == 'medical', months=1)",
            ),
        ),
    ] = None
    records: tuple[Bill, ...] | None = None


DERIVED = (
    *(f"each {sign} yuan('3')" for sign in ("<", "<=", "==", "!=", ">")),
    "each is known",
    "each is not known and net_income_12m is known",
    "each < param('line')",
    "sound",
    "not sound or each > yuan('1')",
    "level == 'low'",
    "level in ('low',) and monitored",
    "counted == -2",
    "counted > 1000",
    "counted is known",
    "any(records, dear)",
    "all(records, not dear)",
    "count(records, dear, months=1) >= 1",
    "sum(records, amount, where=dear) > yuan('10')",
    "any(by(records, member_id), count(records, dear) >= 2)",
    "any(by(records, member_id), count(records) >= 1 and each > yuan('3'))",
    "count(by(records, member_id), sound and count(records) >= 1) >= 1",
    "max(by(records, member_id), sum(records, amount, where=dear)) > yuan('10')",
    "any(by(records, member_id), count(records) >= 1 and counted < 1000)",
    "any(records, kind == 'medical' and not dear, months=1)",
    "any(records, unsaid)",
    "any(records, not unsaid)",
    "count(records, unsaid, months=1) < 1",
    "median(records, amount) > each",
    "size > 2",
)


def derived_facts() -> Iterator[Drawn]:
    """Facts of households and of rows that are worked out, known ones and ones that are not."""
    schema = schema_of(Home)
    rules = [rule_of(f"rule-{n}", parse(text, schema)) for n, text in enumerate(DERIVED)]
    pack = pack_of(rules, [mixed.line()], model=Home)
    day = mixed.DAYS[0]
    homes = [_with_facts(one, n) for n, one in enumerate(mixed.households(day, 30))]
    yield pack, homes, day
    handed = (mixed.delivery("medical", "job_loss", last=day, area="6107"),)
    yield pack, [one.model_copy(update={"deliveries": handed}) for one in homes[:8]], day


def _with_facts(home: Household, number: int) -> Household:
    """The household as one of the model with derived facts."""
    facts = {name: getattr(home, name) for name in type(home).model_fields}
    facts["water_safe"] = (True, False, None)[number % 3]
    facts["records"] = tuple(
        Bill.model_construct(**{name: getattr(one, name) for name in type(one).model_fields})
        for one in home.records or ()
    )
    return Home.model_construct(**facts)


__all__ = ["derived_facts", "statements"]
