"""Windows some time ago, days between days, gaps, quantiles and counts of periods."""

from __future__ import annotations

import itertools
import operator
import random
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antipoverty.conditions import Setting, Window, parse, periods, records, truth, unsettled
from antipoverty.conditions.evidence import evidence
from antipoverty.daily import screen_delta
from antipoverty.errors import ConditionError
from antipoverty.model import Delivery, Household, Money, Record
from antipoverty.rules import Pack, RecordKind, Rule, Source, Text, judge
from antipoverty.screening import Tables, screen
from antipoverty.testing import proofs
from engines import ALL, rows, tables_as
from packs import a_pack_on_records

AS_OF = date(2021, 3, 15)
YESTERDAY = date(2021, 3, 14)
VILLAGE = "610702100200"
RULES = {
    "a-year-ago": 'sum(records, amount, where=kind == "medical", months=1) > '
    '2 * sum(records, amount, where=kind == "medical", months=1, before=12)',
    "last-month": 'sum(records, amount, where=kind == "medical", calendar="month", before=1) > '
    'sum(records, amount, where=kind == "medical", calendar="month", before=13)',
    "four-of-six": 'periods(6, any(records, kind == "medical", months=1)) >= 4',
    "gap": 'gap(records, day, where=kind == "medical") > 90',
    "silent": "ago(days=0) - max(records, day) > 60",
    "median": "median(records, amount) > rigid_spending_12m",
    "nine-in-ten": 'quantile(records, amount, 0.9, where=kind == "medical") <= rigid_spending_12m',
}


PACK = a_pack_on_records(RULES)
IDS = itertools.count()
OPERATORS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def home(*listed: Record, **facts: Any) -> Household:
    """A household with some records."""
    return Household(
        **{"household_id": "h", "area": VILLAGE, "members": (), "records": listed, **facts}
    )


def record(day: date | None, amount: int | None = 1, kind: str = "medical") -> Record:
    """A record of some fen."""
    return Record(
        record_id=f"r{next(IDS)}",
        kind=kind,
        day=day,
        amount=None if amount is None else Money(amount),
    )


# --- an independent program ---------------------------------------------------------


def by_hand(one: dict[str, Any]) -> set[str]:
    """Which rules warn of a household of which everything is known, in plain Python."""
    medical = [(day, amount) for kind, day, amount in one["rows"] if kind == "medical"]
    spent = one["spent"]

    def of_month(year: int, month: int) -> int:
        return sum(amount for day, amount in medical if (day.year, day.month) == (year, month))

    def back(months: int) -> date:
        year, month = divmod(AS_OF.year * 12 + AS_OF.month - 1 - months, 12)
        return date(year, month + 1, 15)

    def within(first: date, end: date) -> int:
        return sum(amount for day, amount in medical if first <= day < end)

    found = set()
    if within(back(1), AS_OF) > 2 * within(back(13), back(12)):
        found.add("a-year-ago")
    if of_month(2021, 2) > of_month(2020, 2):
        found.add("last-month")
    months = [within(back(n + 1), back(n)) > 0 for n in range(6)]
    if sum(months) >= 4:
        found.add("four-of-six")
    days = sorted(day for day, _ in medical)
    if any((after - day).days > 90 for day, after in itertools.pairwise(days)):
        found.add("gap")
    every = sorted(amount for _, _, amount in one["rows"])
    if every and (AS_OF - max(day for _, day, _ in one["rows"])).days > 60:
        found.add("silent")
    if every and every[-(-len(every) // 2) - 1] > spent:
        found.add("median")
    mine = sorted(amount for _, amount in medical)
    if mine and mine[-(-len(mine) * 9 // 10) - 1] <= spent:
        found.add("nine-in-ten")
    return found


def drawn(seed: int, number: int) -> list[dict[str, Any]]:
    """Households of which everything is known, with days about the edges of the windows."""
    rnd = random.Random(seed)
    edges = [date(2021, 3, 15), date(2021, 2, 15), date(2021, 3, 1), date(2020, 3, 15)]
    edges += [date(2020, 2, 15), date(2020, 3, 1), date(2020, 2, 1), date(2021, 2, 1)]

    def a_day() -> date:
        if rnd.random() < 0.5:
            return rnd.choice(edges) + timedelta(days=rnd.choice([-1, 0, 1]))
        return AS_OF - timedelta(days=rnd.randrange(1, 500))

    return [
        {
            "id": f"h{n}",
            "spent": rnd.choice([300, 500]),
            "rows": [
                (
                    rnd.choice(["medical", "medical", "accident"]),
                    a_day(),
                    rnd.choice([100, 300, 501]),
                )
                for _ in range(rnd.randrange(9))
            ],
        }
        for n in range(number)
    ]


def built(one: dict[str, Any]) -> Household:
    """The household as the model knows it."""
    return home(
        *(
            Record(record_id=f"{one['id']}-{n}", kind=kind, day=day, amount=Money(amount))
            for n, (kind, day, amount) in enumerate(one["rows"])
        ),
        household_id=one["id"],
        rigid_spending_12m=Money(one["spent"]),
    )


@pytest.mark.parametrize("kind", ALL)
def test_every_engine_answers_what_a_plain_program_does(kind: str) -> None:
    """Windows some time ago, periods, gaps and quantiles, on the edges of the windows."""
    listed = drawn(7, 300)
    tables = tables_as(Tables.of(map(built, listed)), kind)
    found = {
        (row[0], row[2])
        for row in rows(screen(tables, PACK, as_of=AS_OF).alerts)
        if row[3] == "warn"
    }
    assert found == {(one["id"], rule) for one in listed for rule in by_hand(one)}


def test_the_reference_answers_what_a_plain_program_does() -> None:
    """So that the engines agree with more than each other; every rule warns and clears."""
    seen: set[tuple[str, bool]] = set()
    for one in drawn(11, 300):
        expected = by_hand(one)
        verdicts = judge(built(one), PACK, as_of=AS_OF).verdicts
        assert {rule for rule, verdict in verdicts.items() if verdict.value == "warn"} == expected
        seen |= {(rule, rule in expected) for rule in RULES}
    assert seen == {(rule, held) for rule in RULES for held in (True, False)}


def test_a_day_later_whoever_grew_a_day_older_is_judged_again() -> None:
    """Windows end, and days since some day grow, without anything in the tables having changed."""
    tables = Tables.of(map(built, drawn(3, 300)))
    state = screen(tables, PACK, as_of=AS_OF).state()
    for days in (1, 2, 17, 18):
        later = AS_OF + timedelta(days=days)
        delta = screen_delta(state, tables, PACK, as_of=later, changed=[])
        full = screen(tables, PACK, as_of=later).state()
        columns = ["household_id", "rule_id", "verdict"]
        now, then = (one.answers.collect().select(columns) for one in (delta.state, full))
        assert delta.everything is None
        assert now.sort(columns).equals(then.sort(columns))
        state = delta.state


# --- windows ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("window", "as_of", "first", "last"),
    [
        ("months=1, before=12", date(2021, 3, 15), date(2020, 2, 15), date(2020, 3, 14)),
        ("months=1, before=1", date(2021, 3, 31), date(2021, 1, 31), date(2021, 2, 27)),
        ("days=7, before=7", date(2021, 3, 15), date(2021, 3, 1), date(2021, 3, 7)),
        ('calendar="month", before=1', date(2021, 3, 15), date(2021, 2, 1), date(2021, 2, 28)),
        ('calendar="month", before=1', date(2021, 3, 1), date(2021, 2, 1), date(2021, 2, 28)),
        ('calendar="month", before=1', date(2021, 3, 31), date(2021, 2, 1), date(2021, 2, 28)),
        ('calendar="month", before=12', date(2021, 3, 1), date(2020, 3, 1), date(2020, 3, 31)),
        ('calendar="quarter", before=1', date(2021, 1, 1), date(2020, 10, 1), date(2020, 12, 31)),
        ('calendar="year", before=2', date(2021, 1, 1), date(2019, 1, 1), date(2019, 12, 31)),
    ],
)
def test_a_window_some_time_ago_holds_its_first_and_last_day(
    window: str, as_of: date, first: date, last: date
) -> None:
    """The days beside them lie outside."""
    condition = parse(f"any(records, {window})")
    day = timedelta(days=1)
    for one, held in ((first - day, False), (first, True), (last, True), (last + day, False)):
        assert truth(condition, home(record(one)), Setting(as_of)) is held


@given(
    st.dates(date(1990, 1, 1), date(2060, 1, 1)),
    st.sampled_from(["days", "months", "years", "calendar"]),
    st.integers(1, 40),
    st.sampled_from(["month", "quarter", "year"]),
    st.integers(1, 30),
)
def test_windows_one_before_the_other_leave_no_day_between(
    as_of: date, unit: str, size: int, span: str, back: int
) -> None:
    """Each ends where the next one begins."""
    window = Window.of({unit: span if unit == "calendar" else size, "before": back})
    assert window.earlier(1).end(as_of) == window.first(as_of)
    assert window.first(as_of) <= window.end(as_of) <= as_of


def test_what_makes_no_sense_is_refused_when_it_is_written() -> None:
    """With what to write instead."""
    for text, words in {
        "any(records, months=1, before=0.5)": "whole number",
        "periods(3, any(records, calendar='month')) >= 2": "write before=1",
        "periods(3, monitored) >= 2": "no window",
        "periods(1, any(records, months=1)) >= 2": "from 2 to",
        "2 * median(records, amount) > yuan(3)": "only compared",
        "median(records, amount) > sum(records, amount)": "looks at rows",
        "median(records, day) > yuan(3)": "a quantile is of numbers",
        "quantile(records, amount, 0) > yuan(3)": "above 0",
        "gap(records, amount) > 3": "cannot take",
        "any(records, day + day > 3)": "works on numbers",
    }.items():
        with pytest.raises(ConditionError, match=words):
            parse(text)


def test_periods_are_written_in_python_as_in_text() -> None:
    """Each further period is as long and that much earlier."""
    made = periods(2, records.within(months=3).any()) >= 2
    assert made == parse("periods(2, any(records, months=3)) >= 2")
    assert made == parse(
        "score((1, any(records, months=3)), (1, any(records, months=3, before=3))) >= 2"
    )


# --- what did not come --------------------------------------------------------------


def delivered(*spells: tuple[date | None, date]) -> tuple[Delivery, ...]:
    """Deliveries of medical records of the whole province."""
    return tuple(
        Delivery(department="d", kinds=("medical",), area="61", first=first, last=last)
        for first, last in spells
    )


FEBRUARY = (date(2021, 2, 1), date(2021, 2, 28))
DELIVERED = {
    # what was handed over -> whether the last complete month is known
    "the month itself": ((FEBRUARY,), True),
    "a day of it less": (((date(2021, 2, 2), date(2021, 2, 28)),), False),
    "its last day less": (((None, date(2021, 2, 27)),), False),
    "all but the month": (((None, date(2021, 1, 31)), (date(2021, 3, 1), AS_OF)), False),
    "the month and some time ago": ((FEBRUARY, (None, date(2020, 1, 1))), True),
}


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("name", DELIVERED)
def test_a_month_that_was_handed_over_is_known_whatever_came_after(kind: str, name: str) -> None:
    """Only the days of the window have to be covered, on every engine."""
    spells, known = DELIVERED[name]
    rule = Rule(
        id="none",
        title=Text("无", "none"),
        department="d",
        when='count(records, kind == "medical", calendar="month", before=1) >= 1',
        source=Source("made for the test"),
        since=date(2021, 1, 1),
    )
    alone = _alone(rule)
    one = home(deliveries=delivered(*spells))
    held = truth(rule.when, one, pack_setting(alone))
    assert held is (False if known else None)
    tables = tables_as(Tables.of([one]), kind)
    found = screen(tables, alone, as_of=AS_OF)
    assert {row[3] for row in rows(found.alerts)} == (set() if known else {"undecided"})


def pack_setting(made: Pack) -> Setting:
    """What a condition of a pack depends on besides the household."""
    return made.on(AS_OF).setting(VILLAGE)


def _alone(rule: Rule) -> Pack:
    return Pack(
        "alone",
        Text("包", "pack"),
        area="61",
        kinds=[RecordKind("medical", Text("医疗", "medical care"), "d")],
        departments={"d": Text("部门", "department")},
        rules=[rule],
    )


# --- what is missing ----------------------------------------------------------------


@given(
    st.lists(
        st.tuples(st.sampled_from([100, 300, 501, None]), st.booleans()),
        max_size=5,
    ),
    st.sampled_from(sorted(OPERATORS)),
    st.sampled_from([Fraction(1, 2), Fraction(9, 10), Fraction(1, 3), Fraction(1)]),
)
def test_a_quantile_is_decided_exactly_when_everything_it_could_be_agrees(
    listed: list[tuple[int | None, bool]], sign: str, share: Fraction
) -> None:
    """Every amount that is not known is tried, and each row without a day inside and outside."""
    part = f"ratio({share.numerator}, {share.denominator})"
    condition = parse(f"quantile(records, amount, {part}, months=12) {sign} yuan(3)")
    answers = set()
    tried = [[a] if a is not None else [0, 299, 300, 301] for a, _ in listed]
    inside = [[True] if dated else [True, False] for _, dated in listed]
    for amounts in itertools.product(*tried):
        for kept in itertools.product(*inside):
            mine = sorted(a for a, one in zip(amounts, kept, strict=True) if one)
            at = -(-share.numerator * len(mine) // share.denominator) - 1
            answers.add(None if not mine else OPERATORS[sign](mine[at], 300))
    one = home(*(record(YESTERDAY if dated else None, amount) for amount, dated in listed))
    held = truth(condition, one, Setting(AS_OF))
    if sign in ("==", "!=") and len(answers) == 1 and held is None:
        return  # two questions asked apart may leave open what they settle together
    assert held is (answers.pop() if len(answers) == 1 else None)
    assert bool(unsettled(condition, one, Setting(AS_OF))) is (held is None)


def test_a_gap_is_known_of_two_rows_that_are_sure() -> None:
    """One row has none; a row without a day, or that may not count, leaves it open."""
    condition = parse("gap(records, day, where=amount > yuan(0)) > 30")
    two = (record(date(2021, 1, 1)), record(date(2021, 2, 1)))
    today = Setting(AS_OF)
    assert truth(condition, home(*two), today) is True
    assert truth(condition, home(two[0], record(date(2021, 1, 31))), today) is False
    assert truth(condition, home(two[0]), today) is None
    assert unsettled(condition, home(two[0]), today) == {str(condition.parts[0])}
    for more, fact in ((record(None), "records.day"), (record(AS_OF, None), "records.amount")):
        assert truth(condition, home(*two, more), today) is None
        assert unsettled(condition, home(*two, more), today) == {fact}
    (found,) = evidence(condition, home(*two), today)
    assert found.observed == (31, 31)


@pytest.mark.parametrize("share", ["median", "0.9"])
@pytest.mark.parametrize("count", range(1, 13))
def test_evidence_shows_the_quantile_itself(share: str, count: int) -> None:
    """The least amount that so many of the rows do not pass; an explanation prints it."""
    amounts = random.Random(count).sample(range(100, 10_000), count)
    of = "median(records, amount)" if share == "median" else f"quantile(records, amount, {share})"
    part = Fraction(1, 2) if share == "median" else Fraction(share)
    least = min(one for one in amounts if sum(x <= one for x in amounts) >= part * count)
    listed = home(*(record(YESTERDAY, amount) for amount in amounts))
    (found,) = evidence(parse(f"{of} >= yuan(0)"), listed, Setting(AS_OF))
    assert found.observed == (least, least)


# --- proofs -------------------------------------------------------------------------


def test_proofs_know_the_days_between_days_and_where_windows_lie() -> None:
    """What can be told of every household is proved, and what cannot has a witness."""
    pytest.importorskip("z3")
    never = {
        "any(records, day < ago(days=10), days=10)": True,
        "any(records, months=1) and not any(records, months=2)": True,
        "any(records, months=1, before=1) and not any(records, months=2)": True,
        "gap(records, day, days=30) >= 30": True,
        "gap(records, day, days=31) >= 30": False,
        "median(records, amount) > yuan(5) and all(records, amount <= yuan(5))": True,
        "median(records, amount) > yuan(5) and any(records, amount <= yuan(5))": False,
    }
    for when, proved in never.items():
        rule = Rule(
            id="r",
            title=Text("规则", "rule"),
            department="d",
            when=when,
            source=Source("made for the test"),
            since=date(2021, 1, 1),
            until=date(2021, 1, 1),
        )
        answer = proofs.never_warns(rule)
        assert (answer.witness is None) is proved, when
