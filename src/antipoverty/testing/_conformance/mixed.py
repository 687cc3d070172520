"""Households mixed of few facts, so that equal ones meet, and rules of every node of the language.

Rows lie on the first and last days of windows and beside, rows of persons who are not named
and of days that are not known among them; fewer and more members come than are stated, and
departments have looked at some kinds and days and not at others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import product
from random import Random
from typing import Any

from antipoverty.conditions.windows import Window, before
from antipoverty.model import (
    FIRST_DAY,
    MAX_ROWS_PER_HOUSEHOLD,
    AreaCode,
    Delivery,
    Household,
    Member,
    Money,
    Record,
    Unit,
)
from antipoverty.rules import Parameter, ParameterValue, Text
from antipoverty.testing._conformance.checks import Drawn
from antipoverty.testing._strategies.policies import SINCE, SOURCE, asking

DAYS = (date(2021, 12, 1), date(2022, 1, 1), date(2022, 1, 2), date(2020, 2, 29))
_MONTH_ENDS = (date(2021, 7, 31), date(2022, 2, 28), date(2021, 5, 31))
"""The month before the first is shorter, those before the second are longer; the third is of the
second quarter."""
VILLAGES = ("610702100200", "610102001200")
_GROUP = f"{VILLAGES[0]}01"
_DAY = timedelta(days=1)
_BORN = 0.3
"""How many members have a day of birth."""
_HELD = (True, False, None)
_SIGNS = ("<", "<=", ">", ">=", "==", "!=")
_BY = "by(records, member_id)"

GROUPS = (
    *(f"any({_BY}, sum(records, amount) {sign} yuan('10'))" for sign in _SIGNS),
    *(f"max({_BY}, sum(records, amount)) {sign} yuan('10')" for sign in ("<", ">=")),
    *(f"min({_BY}, sum(records, amount)) {sign} yuan('10')" for sign in ("<=", ">")),
    *(f"count({_BY}) {sign} 2" for sign in _SIGNS),
    *(f"max({_BY}, count(records)) {sign} 1" for sign in ("<=", ">")),
    *(f"min({_BY}, count(records)) {sign} 1" for sign in ("<=", ">")),
    f"all({_BY}, any(records, kind == 'medical'))",
    f"not any({_BY}, count(records) >= 2)",
    f"any({_BY}, not any(records, kind == 'medical'))",
    f"count({_BY}, any(records, amount > yuan('5'))) >= 2",
    f"count({_BY}, not any(records, months=1)) == 1",
    f"any({_BY}, max(records, amount) > net_income_12m)",
    f"any({_BY}, median(records, amount) >= yuan('10'))",
    f"any({_BY}, gap(records, day) > 30)",
    f"any({_BY}, sum(records, amount) > param('line'))",
    f"any({_BY}, sum(records, amount) > param('line') and any(records, amount < param('line')))",
    f"max({_BY}, max(records, amount)) is known",
    f"count({_BY}) is known",
    f"count({_BY}) * 2 > count(by(records, kind)) + 1",
    "count(by(members, relation)) < 3",
    "any(by(members, relation), all(members, insured))",
    "max(by(members, relation), sum(members, age)) > 60",
    f"max({_BY}, sum(records, amount - yuan('10'))) > yuan('0')",
    f"max({_BY}, count(records, amount > yuan('5'))) >= 2",
    f"min({_BY}, count(records, amount > yuan('5'))) < 1",
    f"max({_BY}, max(records, amount)) > yuan('15')",
    f"min({_BY}, min(records, amount)) < yuan('5')",
    f"min({_BY}, sum(records, amount, where=kind == 'medical')) <= yuan('0')",
    f"count({_BY}, count(records) >= 1) >= 2",
    f"any({_BY}, count(records) < 1)",
    f"any({_BY}, sum(records, amount, where=kind == 'flood') < yuan('5'))",
)
OF_NOTHING = f"any({_BY}, sum(records, amount, where=kind == 'medical') < param('floor'))"
"""Of a group of which no row counts it holds in one place and does not in the other."""
MANY_UNSEEN = f"count(records, kind == 'medical') <= {MAX_ROWS_PER_HOUSEHOLD + 10}"
"""So many may be there where nobody has looked, and no more."""
_AGES = (
    *("any(members, age >= 18)", "all(members, age >= 30)"),
    *("count(members, age < 18) >= 1", "max(members, age) < 60"),
)
_OF_KINDS = ("count(by(records, kind)) >= 2", "any(by(records, kind), count(records) >= 2)")
RANKS = (
    *(f"median(records, amount) {sign} yuan('10')" for sign in _SIGNS),
    *(f"quantile(records, amount, ratio(2, 3)) {sign} yuan('5')" for sign in _SIGNS),
    "quantile(records, amount, ratio(9, 10)) > rigid_spending_12m",
    "median(records, amount, where=kind == 'medical') < yuan('10')",
    "median(records, amount, months=1) >= yuan('5')",
    "median(members, age) > 30",
    "median(records, amount) is known",
    "median(records, amount, months=1) is not known",
    "median(records, amount) > param('line')",
    "median(members, score((1, disabled), (2, employed))) is known",
)
ROWS = (
    *(
        f"{take}(records, amount) {sign} yuan('10')"
        for take, sign in product(("min", "max"), _SIGNS)
    ),
    *(f"sum(records, amount) {sign} yuan('10')" for sign in _SIGNS),
    *(f"count(records) {sign} 2" for sign in _SIGNS),
    *(
        f"{take}(records, day) {sign} ago(months=1)"
        for take, sign in product(("min", "max"), _SIGNS)
    ),
    *(f"gap(records, day) {sign} 30" for sign in _SIGNS),
    "gap(records, day, where=kind == 'medical') >= 1",
    "gap(records, day) is known",
    "ago(days=0) - max(records, day) > 30",
    "max(records, day) - min(records, day) >= 31",
    "max(records, day, where=kind == 'medical') < monitored_since",
    "any(records, day >= ago(months=1) and amount > yuan('5'))",
    "count(records, amount > param('line')) >= 1",
    "any(records, member_id == 'a' and kind != 'medical')",
    "any(records, kind in ('medical', 'job_loss'), months=1)",
    "all(records, kind in ('medical', 'job_loss'))",
    "sum(records, amount - yuan('10')) < yuan('0')",
    "sum(records, amount * 3 - yuan('10'), where=kind == 'medical') <= yuan('5')",
    "sum(records, yuan('10') - amount, months=1) > yuan('0')",
    "min(records, amount, where=kind == 'medical') * 2 > max(records, amount)",
    "max(records, amount) - min(records, amount) >= yuan('5')",
    "max(records, amount + yuan('5')) > yuan('15')",
    "sum(records, ago(days=0) - day) > 60",
    "sum(records, ago(days=0) - day, where=kind == 'medical', months=1) < 1",
    "gap(records, day, where=kind == 'flood') < 2",
    "sum(records, amount - param('line'), where=kind == 'medical') > yuan('0')",
    "max(members, score((1, disabled), (2, employed))) >= 2",
    "min(members, score((1, disabled), (2, employed))) < 1",
    "max(records, day) is known",
    "category is known",
    "monitored_since is not known",
    "min(records, amount) is known",
    "max(records, amount, months=1) is not known",
    "sum(records, amount) is known",
    "max(members, age) - min(members, age) > 20",
    "sum(members, age, where=age >= 18) > 40",
    "all(members, age >= 18 or in_school)",
    "any(members, not relation in ('head', 'spouse'))",
    "all(members, relation in ('head', 'spouse', 'child', 'parent', 'other'))",
    "(monitored_since - ago(days=0)) * 2 < 0",
    "ago(days=0) - monitored_since >= 31",
    "monitored_since >= ago(months=1)",
    "monitored_since == ago(days=31) or monitored_since != ago(days=30)",
    "date('2021-11-01') <= monitored_since",
    "net_income_12m * -1 > yuan('0')",
    "any(members, age >= 0)",
    "sum(members, score((1, disabled)), where=employed) >= 1",
    "net_income_12m * size >= rigid_spending_12m * 2 * size or size * 0 < 0",
    "1 < count(records)",
    "count(records) * count(members) > 4",
    "count(records, kind == 'medical') * (count(members) - 2) < 0",
    "score((2, any(records, amount > yuan('5'))), (1, size > 2)) >= 2",
    "score((ratio(1, 3), size > 2), (ratio(1, 2), monitored)) < ratio(5, 6)",
    "size >= count(members)",
    "category in ('sudden', 'marginal') or category != 'unstable'",
    "count(records, amount > yuan('5')) > count(records) * ratio(1, 3)",
)
WINDOWS = (
    *(
        f"any(records, {span})"
        for span in (
            "days=1",
            "days=30",
            "months=1",
            "months=12",
            "years=1",
            "calendar='month'",
            "calendar='quarter'",
            "calendar='year'",
            "days=30, before=30",
            "months=1, before=1",
            "months=1, before=12",
            "years=1, before=1",
            "calendar='month', before=1",
            "calendar='month', before=13",
            "calendar='quarter', before=1",
            "calendar='quarter', before=2",
            "calendar='year', before=1",
        )
    ),
    "sum(records, amount, months=1) > sum(records, amount, months=1, before=1)",
    "count(records, calendar='month', before=1) > count(records, calendar='month', before=2)",
    *(
        f"{asked} >= 1"
        for kind in ("medical", "job_loss")
        for span in ("", ", months=1", ", months=1, before=1", ", months=1, before=2")
        for asked in (f"count(records, kind == '{kind}'{span})",)
    ),
    *(
        f"sum(records, amount, where=kind == 'medical'{span}) > yuan('5')"
        for span in (
            "",
            ", days=30",
            ", calendar='month', before=1",
            ", calendar='month', before=2",
        )
    ),
    "all(records, kind != 'medical', days=30, before=31)",
    "count(records, kind == 'job_loss', days=30, before=29) >= 1",
    "count(records, kind == 'medical', days=1) >= 1",
    "periods(3, any(records, months=1)) >= 2",
    "periods(2, count(records, kind == 'medical', days=30) >= 1) < 1",
    "max(records, amount, months=1, before=1) > yuan('5')",
    "median(records, amount, months=12, before=1) > yuan('5')",
    "gap(records, day, months=12) > 30",
    "all(records, amount > yuan('5'), months=1)",
    "not any(records, kind == 'medical', months=1, before=1)",
    "count(records, months=1) < 1",
)
_LONG = (
    *({"months": 3}, {"months": 6}, {"months": 30}, {"years": 2}, {"years": 5}, {"years": 100}),
    *({"days": 365}, {"days": 366}, {"days": 730}, {"days": 1827}, {"years": 2, "before": 3}),
)
"""Windows over leap days and many years."""
_BEFORE_ALL_DAYS = "any(records, years=1, before=122)"
"""A window that ends on the first day that a fact can have, for an answer on 1 January 2022."""

ROSTERS = (
    *(f"count(members) {sign} 2" for sign in _SIGNS),
    *(f"sum(members, age) {sign} 60" for sign in _SIGNS),
    *(f"{take}(members, age) >= 30" for take in ("min", "max")),
    "sum(members, disability_grade) > 1",
    "any(members, disabled)",
    "all(members, insured)",
    "not any(members, disabled)",
    "count(members, disabled) >= 1",
    "count(members, employed) < size",
    "count(members) <= 98",
    "count(members) <= 99",
    "count(members) is known",
    "max(members, age) is known",
    "sum(members, age) is known",
    "median(members, age) >= 30",
    "count(by(members, relation)) >= 2",
    "any(by(members, relation), count(members) >= 2)",
    "max(by(members, relation), count(members)) <= 1",
    "sum(members, age * 2 - 30) > 60",
)


def line(name: str = "line", in_xian: int = 500) -> Parameter:
    """A line that differs between the places."""
    values = [
        ParameterValue(number, SINCE, None, SOURCE, area)
        for area, number in (("", 1_000), ("6101", in_xian))
    ]
    return Parameter(name, Text("线", name), Unit.parse("yuan"), values)


def _edges(day: date) -> list[date | None]:
    """Days on the edges of windows and beside, some to come, and none."""
    ago = (-40, -1, 0, 1, 2, 29, 30, 31, 32, 60, 11_000, 62, 90, 91, 364, 365, 366, 4_000, 730, 731)
    firsts = [date(day.year, month, 1) for month in range(1, 13)]
    firsts += [date(day.year - 1, month, 1) for month in range(1, 13)]
    found = [day - timedelta(days=one) for one in ago]
    found += [one - timedelta(days=step) for one in firsts for step in (0, 1) if one <= day]
    return [*found, None]


def _births(day: date) -> list[date]:
    """Days of birth of who comes of an age on the day, the day before or after, and a leap day."""
    full = (before(day, years, "years") for years in (18, 30, 60))
    return [one + step * _DAY for one in full for step in (-1, 0, 1)] + [date(2000, 2, 29)]


class _Mixer:
    """Draws facts of few values; the same ones on every run."""

    def __init__(self, day: date) -> None:
        self.chance, self.edges = Random(17), _edges(day)  # noqa: S311 - to be repeated
        self.births = _births(day)

    def one(self, *of: Any) -> Any:
        return self.chance.choice(of)

    def money(self, *yuan: int | None) -> Money | None:
        number = self.one(*yuan)
        return None if number is None else Money(fen=100 * number)

    def records(self, most: int) -> tuple[Record, ...]:
        near = self.chance.choices(self.edges, k=3)
        return tuple(
            Record(
                record_id=f"r{number}",
                member_id=self.one("a", "a", "A", "b", None),
                kind=self.one("medical", "medical", "job_loss", "flood"),
                day=self.one(*near),
                amount=self.money(0, 5, 5, 10, 10, 15, 20, None if most > 2 else 20),
            )
            for number in range(self.chance.randint(0, most))
        )

    def members(self, most: int) -> tuple[Member, ...]:
        return tuple(
            Member(
                member_id=f"m{number}",
                **self.aged(),
                relation=self.one("head", "spouse", "child", None),
                disabled=self.one(*_HELD, *_HELD[1:]),
                employed=self.one(*_HELD),
                insured=self.one(*_HELD, *_HELD[:1]),
                in_school=self.one(*_HELD),
            )
            for number in range(self.chance.randint(0, most))
        )

    def aged(self) -> dict[str, Any]:
        """An age, or a day of birth that it is counted from, or neither."""
        if self.chance.random() < _BORN:
            return {"born_on": self.one(*self.births)}
        return {"age": self.one(10, 18, 30, 30, 60, 90, None)}

    def household(self, number: int, **facts: Any) -> Household:
        members = self.members(4)
        return Household(
            **{
                "household_id": f"h{number:03}",
                "area": self.one(*VILLAGES),
                "size": max(len(members), 1),
                "monitored": self.one(*_HELD),
                "monitored_since": self.one(*self.edges),
                "category": self.one("sudden", "marginal", "unstable", None),
                "net_income_12m": self.money(-5, 0, 5, 10, 20, None),
                "rigid_spending_12m": self.money(0, 5, 10, 20, None),
                "records": self.records(number % 6),
                "members": members,
                **facts,
            }
        )


def _mixed(texts: Sequence[str], count: int, days: Sequence[date] = DAYS[:1]) -> Iterator[Drawn]:
    for day in days:
        yield asking(texts, line()), households(day, count), day


def households(day: date, count: int) -> list[Household]:
    """Households mixed of few facts, to be asked on a day."""
    mixer = _Mixer(day)
    return [mixer.household(n) for n in range(count)]


def groups() -> Iterator[Drawn]:
    """Rows of few persons, some not named, that count together and apart; then rule by rule.

    What one rule folds of the groups could help another that forgot to.
    """
    yield from _mixed(GROUPS, 150)
    for text in GROUPS[-8:]:
        yield asking((text,), line()), households(DAYS[0], 60), DAYS[0]
    yield asking((OF_NOTHING,), line("floor", 0)), households(DAYS[0], 60), DAYS[0]


def ranks() -> Iterator[Drawn]:
    """Even and odd numbers of rows, equal ones, ones of which the amount or day is not known."""
    for pack, homes, day in _mixed(RANKS, 150):
        yield pack, [*homes, *_undated(day, len(homes))], day


def _undated(day: date, first: int) -> Iterator[Household]:
    """One row that is there beside one of a day that is not known."""
    mixer = _Mixer(day)
    for number, (sure, other) in enumerate(product((0, 5, 10), repeat=2), first):
        amounts = ((day - _DAY, sure), (None, other))
        records = [
            Record(record_id=f"r{n}", kind="medical", day=on, amount=Money(fen=100 * yuan))
            for n, (on, yuan) in enumerate(amounts)
        ]
        yield mixer.household(number, records=tuple(records))


def rows() -> Iterator[Drawn]:
    """Everything that can be asked of rows and days; and who comes of age at a month's end."""
    yield from _mixed(ROWS, 150)
    yield from _mixed(_AGES, 60, _MONTH_ENDS[1:])


def windows() -> Iterator[Drawn]:
    """Rows on the first and last days of all sorts of window, and beside."""
    yield from _mixed(WINDOWS, 60, (*DAYS, *_MONTH_ENDS))
    for day in (*DAYS[1:], *_MONTH_ENDS[1:]):
        spans = [Window.of(span) for span in _LONG]
        near = {one.first(day) + step * _DAY for one in spans for step in (-1, 0)}
        homes = [
            Household(
                household_id=f"h{number:02}",
                area=VILLAGES[0],
                records=(Record(record_id="r", kind="medical", day=on),),
            )
            for number, on in enumerate(sorted(one for one in near if one >= FIRST_DAY))
        ]
        yield asking([f"any(records, {one})" for one in spans]), homes, day
    yield from _mixed((_BEFORE_ALL_DAYS,), 60, DAYS[1:2])


def rosters() -> Iterator[Drawn]:
    """Fewer and more members than are stated, no number, and no member; and each by itself.

    Where no household lacks a row, more may have come of some, or some may state no number.
    """
    homes = _of_all_sizes()
    yield asking(ROSTERS), homes, DAYS[0]
    for some in (
        [one for one in homes if one.size and len(one.members or ()) >= one.size],
        [one for one in homes if one.size is None],
    ):
        yield asking(ROSTERS[::4]), some, DAYS[0]


def _of_all_sizes() -> list[Household]:
    mixer, sizes = _Mixer(DAYS[0]), (1, 2, 3, 4, 5, 99, None)
    homes = [mixer.household(n, size=sizes[n % len(sizes)]) for n in range(140)]
    for count in (98, 99):  # a household has no more, though it states no number
        crowd = tuple(Member(member_id=f"m{n}", age=30) for n in range(count))
        homes.append(mixer.household(len(homes), size=None, members=crowd))
    return homes


def delivery(*kinds: str, last: date, area: str = "61", first: date | None = None) -> Delivery:
    """What a department has looked for."""
    return Delivery(department="d", kinds=kinds, area=area, first=first, last=last)


def deliveries() -> Iterator[Drawn]:
    """Kinds that were looked for nowhere, in one place, until some day, from some day, in part."""
    day = DAYS[0]
    eve, month = day - timedelta(days=1), day - timedelta(days=31)
    begins = day - timedelta(days=62)
    handed: tuple[tuple[Delivery, ...], ...] = (
        (),
        (delivery("medical", "job_loss", "flood", last=day + 300 * _DAY),),
        (
            delivery("medical", last=eve, area="610702"),
            delivery("flood", "job_loss", last=month, area="610702100"),
            delivery("medical", last=eve, area="0102"),  # of nobody: no code begins so
        ),
        (delivery("medical", last=eve, area="6107"),),
        (
            delivery("medical", last=eve, first=month),
            delivery("medical", last=month + 12 * _DAY, first=month + 10 * _DAY),
            delivery("job_loss", last=eve).model_copy(update={"received": day + _DAY, "rows": 0}),
        ),
        (
            delivery("medical", first=begins, last=month),
            delivery("medical", last=eve, first=month + timedelta(days=1)),
            delivery("medical", last=begins - 2 * _DAY).model_copy(update={"department": "e"}),
        ),
        (delivery("medical", first=eve, last=eve), delivery("medical", last=eve - 2 * _DAY)),
        (delivery("flood", last=day), delivery("medical", last=day, area=VILLAGES[0])),
    )
    texts = (*WINDOWS, *ROWS[::4], *GROUPS[:12:2], *RANKS[:6], RANKS[12], *_OF_KINDS)
    packs = [asking((*texts[0::2], MANY_UNSEEN), line()), asking(texts[1::2], line())]
    for number, listed in enumerate(handed):
        mixer = _Mixer(day)
        homes = [mixer.household(n, deliveries=listed) for n in range(16)]
        homes[-4:] = [one.model_copy(update={"area": AreaCode(_GROUP)}) for one in homes[-4:]]
        yield packs[number % 2], homes, day
    came = (delivery("members", last=DAYS[0]),)
    homes = [one.model_copy(update={"deliveries": came}) for one in _of_all_sizes()]
    yield asking(ROSTERS), homes, DAYS[0]


__all__ = [
    "deliveries",
    "delivery",
    "groups",
    "households",
    "line",
    "ranks",
    "rosters",
    "rows",
    "windows",
]
