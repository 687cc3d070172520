"""Households made by hand where engines go wrong, each sort with the rules asked of them.

Drawn households are small and few, and each has facts of its own. An engine can answer all
of those rightly and still drop a row that equals another, stop reading after twenty, add in
32 bits, or take a value of the day before. What is here is large, equal, huge or dated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import product

import attrs

from antipoverty.model import (
    MAX_ROWS_PER_HOUSEHOLD,
    Household,
    Member,
    Money,
    Record,
    Unit,
)
from antipoverty.rules import Amount, Parameter, ParameterValue, Text
from antipoverty.testing._conformance.checks import Drawn
from antipoverty.testing._strategies.policies import SINCE, SOURCE, asking, pack_of, rule_of

DAY = date(2021, 12, 1)
MOST = 10**10
"""The largest amount of the model, in fen."""

_VILLAGE = "610702100200"

ROWS = (
    *(f"sum(records, amount) {sign} yuan('{cut}')" for sign, cut in product((">", "<="), (0, 100))),
    "sum(records, amount) > yuan('30000000')",
    "sum(records, amount) >= yuan('50000000')",
    "sum(records, amount) == yuan('5000000000')",
    "sum(records, amount, months=12) > yuan('30000000')",
    "sum(records, amount * 3) > yuan('60000000')",
    "sum(records, amount * 90001) == sum(records, amount) * 90001",
    *(f"sum(records, amount) {sign} yuan('0.3')" for sign in ("<=", "==")),
    "quantile(records, amount, ratio(7, 25)) <= yuan('14')",
    "quantile(records, amount, ratio(29, 50)) >= yuan('29')",
    "count(records) > 20",
    "count(records, amount == yuan('100')) >= 50",
    "max(records, amount) > yuan('20000')",
    "min(records, amount) < yuan('1')",
    "any(records, amount > yuan('20000'))",
    "all(members, age < 90)",
    "count(members) >= 50",
    "sum(members, age) > 1000",
)
_MOST_ROWS = (
    f"count(records) >= {MAX_ROWS_PER_HOUSEHOLD}",
    *(f"count(records) > {2**bits}" for bits in (7, 8)),
    "sum(records, amount) > yuan('99.99')",
    "max(records, amount) > yuan('1')",
)
SPANS = (
    *(
        f"count(members, employed) {sign} count(members, disabled) {compared}"
        for sign, compared in product("+-*", (">= 1", "> 1", "<= 1", "== 0", "!= 0"))
    ),
    "2 - count(members, disabled) >= 1",
    "(1 - count(members, disabled)) * (count(members, employed) - 1) > 0",
    "count(members, disabled) * 2 < count(members)",
    "size == count(members, employed)",
    "size != count(members, employed)",
    "count(members, disabled) == count(members, employed)",
    "count(members, disabled) != count(members, employed)",
    "count(members, employed) == size",
    "count(members, employed) != 1",
    *(f"count(members, employed) {sign} ratio(3, 2)" for sign in ("<", ">=")),
    "count(members, employed) + ratio(1, 3) > ratio(4, 3)",
    "count(members, employed) * ratio(1, 2) - count(members, disabled) * ratio(1, 3) == 0",
    "count(members, employed) is known",
    "count(members, employed) - count(members, disabled) is known",
    "count(members, employed) * count(members, disabled) is not known",
    "count(members, employed) * size is known",
    "score((1, water_safe), (2, evident_hardship)) is known",
    "score((1, water_safe), (2, evident_hardship)) * 2 - 3 >= 1",
    "score((1, net_income_12m >= yuan('-100000000'))) >= 1",  # as all are that are known
    "sum(members, score((1, age >= 0))) >= 1",
)
FRACTIONS = (
    *(
        f"score((ratio(1, 10), water_safe), (ratio(2, 10), evident_hardship)) {sign} ratio(3, 10)"
        for sign in ("<=", ">=", "==", "<", ">")
    ),
    *(
        f"net_income_12m * ratio(1, 10) + subsidy_income_12m * ratio(2, 10) {sign} "
        "rigid_spending_12m * ratio(3, 10)"
        for sign in ("<=", "==", ">")
    ),
    *(f"subsidy_income_12m {sign} param('share') * net_income_12m" for sign in ("<", "==", ">")),
    *(f"net_income_12m + subsidy_income_12m {sign} rigid_spending_12m" for sign in ("<=", "==")),
    "sum(records, amount * ratio(1, 3)) == yuan('1')",
    "net_income_12m * ratio(1, 3) < yuan('0')",
)
OVERFLOWS = (
    "rigid_spending_12m * 2000000000 > subsidy_income_12m * 300000000",
    "rigid_spending_12m * 1000000000 > yuan('0')",
    "rigid_spending_12m * 900000000 + subsidy_income_12m * 900000000 > yuan('0')",
    "subsidy_income_12m - rigid_spending_12m * 1000000000 < yuan('0')",
    "sum(records, amount * 30000000) > yuan('0')",
    "sum(records, amount * -30000000) < yuan('0')",
    "rigid_spending_12m * 600000000 > yuan('1') * ratio(1, 3)",
    "rigid_spending_12m * -600000000 < yuan('1') * ratio(1, 3)",
    "yuan('1') * ratio(1, 3) < rigid_spending_12m * 600000000",
    "count(by(records, member_id)) * 600000 * 500000000000 > 0",
    "score((ratio(1, 3), water_safe), (3000000000, evident_hardship)) * 1500000000 > 0",
    *(f"score((1, water_safe)) * {sign}4294967296 * 4294967296 is known" for sign in ("", "-")),
)
_OVERFLOWING_VALUES = {MOST: ">", -MOST: "<"}
"""The value of a city, where elsewhere it is nothing, and how it stands to nothing."""
OVERFLOWING_AMOUNTS = ("rigid_spending_12m * 1500000000", "rigid_spending_12m * -1500000000")

_ANY = "count(records, kind in ('a', 'b')) >= 0"
"""Always so; it names sorts of record."""

OVERFLOWS_OF_UNSEEN = tuple(
    f"{held} and {_ANY}"
    for held in (
        "sum(records, amount * 40000) > yuan('0')",
        "any(by(records, member_id), sum(records, amount * 40000) > yuan('0'))",
    )
)
"""Their numbers pass 64 bits only where nobody has looked for sorts of record."""


def _records(*amounts: int, days: Sequence[int] = (1,)) -> tuple[Record, ...]:
    return tuple(
        Record(
            record_id=f"r{number}",
            kind="expense",
            day=DAY - timedelta(days=days[number % len(days)]),
            amount=Money(fen=amount),
        )
        for number, amount in enumerate(amounts)
    )


def _members(count: int, *, oldest_last: bool = False) -> tuple[Member, ...]:
    ages = [30] * (count - 1) + [95 if oldest_last else 30]
    return tuple(Member(member_id=f"m{number}", age=age) for number, age in enumerate(ages))


def many_rows() -> Iterator[Drawn]:
    """Equal rows, fifty of them, the one that matters last, and sums beyond 32 bits."""
    tables = [
        _records(),
        _records(0),
        _records(10_000),
        _records(5_000, 5_000),
        _records(5_001, 5_001),
        _records(*[10_000] * 50),
        _records(*[10_000] * 49, 3_000_000),
        _records(*[10_000] * 49, 50),
        _records(*[2_500_000_000] * 2),
        _records(3_000_000_000, 1),
        _records(2**31),
        _records(2**32),
        _records(2**32, 2**32, 1),
        _records(*[MOST] * 50),
        _records(MOST, MOST, MOST, MOST, days=(1, 400)),
        _records(*[MOST] * 12, MOST - 1),
        _records(10, 20),
        _records(*range(100, 5_100, 100)),
    ]
    sizes = (1, 12, 21, 50)
    yield (
        asking(ROWS),
        [
            Household(
                household_id=f"h{number}",
                area=_VILLAGE,
                size=1,
                records=records,
                members=_members(sizes[number % 4], oldest_last=number % 3 == 0),
            )
            for number, records in enumerate(tables)
        ],
        DAY,
    )
    most = MAX_ROWS_PER_HOUSEHOLD
    crowds = [_records(*[1] * (count - 1), 101) for count in (2**7 + 1, 2**8 + 1, most)]
    homes = [
        Household(household_id=f"h{number}", area=_VILLAGE, records=records)
        for number, records in enumerate(crowds)
    ]
    yield asking(_MOST_ROWS), homes, DAY


def many_households() -> Iterator[Drawn]:
    """More households than a page holds; the last ones differ from the first."""
    homes = [
        Household(
            household_id=f"h{number:03}",
            area=_VILLAGE,
            size=1,
            net_income_12m=Money(fen=600_000 - number % 2),
            records=_records(100 * number),
        )
        for number in range(2_100)
    ]
    yield (
        asking(("net_income_12m < yuan('6000')", "sum(records, amount) > yuan('250')")),
        homes,
        DAY,
    )


def open_counts() -> Iterator[Drawn]:
    """Members of whom it is not known whether they count."""
    held = (True, False, None)
    pairs = list(product(held, held))
    groups = [(), *((one,) for one in pairs), *product(pairs, pairs)]
    yield (
        asking(SPANS),
        [
            Household(
                household_id=f"h{number}",
                area=_VILLAGE,
                size=2,
                water_safe=held[number % 3],
                evident_hardship=held[number // 3 % 3],
                members=tuple(
                    Member(member_id=f"m{at}", employed=employed, disabled=disabled)
                    for at, (employed, disabled) in enumerate(group)
                ),
            )
            for number, group in enumerate(groups)
        ],
        DAY,
    )


def fractions() -> Iterator[Drawn]:
    """Tenths and thirds, where a binary fraction lies beside the line."""
    share = Parameter(
        "share",
        Text("占比", "share"),
        Unit.parse("1"),
        [ParameterValue(Fraction(2, 3), SINCE, None, SOURCE)],
    )
    thirds = [(3 * n, 2 * n + step) for n in (1, 7, 3_333_333_333) for step in (-1, 0, 1)]
    facts = [(1, 1, 1), (3, 3, 3), (7, 7, 7), *((a, b, 10**9 + 7) for a, b in thirds)]
    facts += [(10, 20, 30), (70, 10, 80), (-1, 0, 0)]  # tenths of a yuan; a third below nothing
    homes = [
        Household(
            household_id=f"h{number}-{water}-{hardship}",
            area=_VILLAGE,
            size=1,
            net_income_12m=Money(fen=income),
            subsidy_income_12m=Money(fen=subsidy),
            rigid_spending_12m=Money(fen=spending),
            water_safe=water,
            evident_hardship=hardship,
            records=_records(100, 100, 100) if water else _records(100, 100, 101),
        )
        for number, (income, subsidy, spending) in enumerate(facts)
        for water, hardship in product((True, False), (True, False))
    ]
    yield asking(FRACTIONS, share), homes, DAY


def overflows() -> Iterator[Drawn]:
    """One rule at a time whose numbers pass 64 bits: to be answered rightly, or refused."""
    amounts = (0, 1, MOST - 1, MOST)
    homes = [
        Household(
            household_id=f"h{number}",
            area=_VILLAGE,
            size=1,
            rigid_spending_12m=Money(fen=spending),
            subsidy_income_12m=Money(fen=subsidy),
            records=_records(*[spending] * 50),
        )
        for number, (spending, subsidy) in enumerate(product(amounts, amounts))
    ]
    yield from ((asking([text]), homes, DAY) for text in OVERFLOWS)
    for value, sign in _OVERFLOWING_VALUES.items():
        values = [
            ParameterValue(number, SINCE, None, SOURCE, area)
            for area, number in (("", 0), ("6107", value))
        ]
        far = Parameter("far", Text("远", "far"), Unit.parse("yuan"), values)
        yield asking((f"param('far') * 1500000000 {sign} yuan('0')",), far), homes, DAY
    for stated in OVERFLOWING_AMOUNTS:
        owed = Amount(stated, "yuan")
        yield pack_of([rule_of("owed", "subsidy_income_12m > yuan('0')", amount=owed)]), homes, DAY


def overflows_of_unseen() -> Iterator[Drawn]:
    """The same where nobody has looked for sorts of record, of which there may be any number."""
    homes = [
        Household(household_id="h", area=_VILLAGE, size=1, records=_records(*some), deliveries=())
        for some in ((), (MOST,))
    ]
    yield from ((asking([text]), [one], DAY) for text in OVERFLOWS_OF_UNSEEN for one in homes)


_GROUP = f"{_VILLAGE}01"
LEVELS = ("", "6101", "6107", "610702", "610702100", _VILLAGE, _GROUP)
_PLACES = (
    *(_VILLAGE, _GROUP, f"{_VILLAGE}02", "610702100201", "610702101200", "610722100200"),
    *("610102001200", "610502001200", "610102610700"),
)
"""Where somebody lives; in the last code that of a city stands, and it is none of its villages."""


def in_force() -> Iterator[Drawn]:
    """Values of every level of area and two spells, and rules that begin, end and follow."""
    turn = date(2022, 1, 1)
    eve = turn - timedelta(days=1)
    values = [
        value
        for number, area in enumerate(LEVELS)
        for value in (
            ParameterValue(600_000 + 20_000 * number, SINCE, eve, SOURCE, area),
            ParameterValue(610_000 + 20_000 * number, turn, None, SOURCE, area),
        )
    ]
    line = Parameter("line", Text("线", "line"), Unit.parse("yuan/person"), values)
    lapsing = Parameter(
        "lapsing",
        Text("到期的线", "lapsing line"),
        Unit.parse("yuan/person"),
        [
            ParameterValue(600_000, SINCE, None, SOURCE),
            ParameterValue(700_000, SINCE, eve, SOURCE, "6107"),
            ParameterValue(700_000, turn, None, SOURCE, "6101"),
        ],
    )
    under = "net_income_12m < param('line') * size"
    over = "net_income_12m >= param('line') * size"
    rules = [
        rule_of("ends", under, until=eve),
        rule_of("begins", over, since=turn),
        rule_of("old", under),
        rule_of("new", over, since=turn, supersedes="old"),
        rule_of("gone", under),
        rule_of("brief", over, since=eve, until=turn, supersedes="gone"),
        rule_of("stands", under),
        rule_of("instead", over, area="6101", instead_of="stands"),
        rule_of("stands-again", under),
        rule_of("for-a-while", over, until=eve, instead_of="stands-again"),
        rule_of("stands-twice", under),
        rule_of("instead-here", over, area="6101", instead_of="stands-twice"),
        rule_of("instead-there", over, area="610702", instead_of="stands-twice"),
        rule_of("first", under),
        rule_of("second", over, since=turn, supersedes="first"),
        rule_of("third", over, since=turn, supersedes="second"),
        rule_of("of-the-city", under, area="6107"),
        rule_of("of-all", over, since=turn, supersedes="of-the-city"),
        rule_of("lapsing", "net_income_12m < param('lapsing') * size"),
        rule_of("nothing-read", "param('line') >= yuan('6500', per='person')"),
        rule_of("city", under, area="6107"),
        rule_of("county", under, area="610702"),
        rule_of("town", under, area="610702100"),
        rule_of("village", under, area=_VILLAGE),
        rule_of("group", under, area=_GROUP),
    ]
    cuts = sorted({int(value.value) + step for value in values for step in (-1, 0)})
    homes = [
        Household(
            household_id=f"h{number}-{cut}", area=place, size=1, net_income_12m=Money(fen=cut)
        )
        for number, place in enumerate(_PLACES)
        for cut in cuts
    ]
    pack = pack_of(rules, [line, lapsing])
    for day in (date(2021, 1, 1), eve, turn, turn + timedelta(days=1)):
        yield pack, homes, day
    lower = [attrs.evolve(one, value=one.value - 20_000) for one in values]
    yield pack.evolve(parameters=[attrs.evolve(line, values=lower), lapsing]), homes, turn


def old_days() -> Iterator[Drawn]:
    """Days of two centuries: how long ago each was, to the day, beside leap days and 1900."""
    days = [
        *(date(year, month, day) for year in (1900, 1919) for month, day in ((1, 1), (12, 31))),
        *(date(1904, 2, 29), date(1969, 12, 31), date(1970, 1, 1)),
        *(date(2000, 2, 29), date(2001, 1, 1), date(2004, 12, 31)),
    ]
    texts = [
        f"any(records, ago(days=0) - day >= {(DAY - one).days + more})"
        for one in days
        for more in (0, 1)
    ]
    homes = [
        Household(
            household_id=f"h{number}",
            area=_VILLAGE,
            monitored_since=one,
            records=(Record(record_id="r", kind="a", day=one),),
        )
        for number, one in enumerate(days)
    ]
    dates = [f"monitored_since < date('{one}')" for one in days]
    yield asking([*texts, *dates, "ago(days=0) - date('1904-02-29') > 43009"]), homes, DAY


__all__ = [
    "fractions",
    "in_force",
    "many_households",
    "many_rows",
    "old_days",
    "open_counts",
    "overflows",
    "overflows_of_unseen",
]
