"""What a rule states where it warns: money that is owed, or a score, exactly."""

from __future__ import annotations

import random
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from antipoverty.conditions import household as h
from antipoverty.conditions import param
from antipoverty.engines.closure import compile_pack
from antipoverty.errors import AntipovertyError, InvalidPackError, OverflowRiskError
from antipoverty.model import Household, Member, Money, Record
from antipoverty.rules import Amount, Pack, Verdict, judge, judge_rule, pack_from_toml
from antipoverty.screening import Tables, screen
from antipoverty.testing import proofs
from engines import ALL, rows, tables_as
from packs import a_pack, a_parameter, a_rule

AS_OF = date(2021, 12, 1)
HANZHONG, XIAN = "610702100200", "610111001200"
LINES = {"61": 600_000, "6107": 550_000}
AMOUNTS = {
    "gap": ("net_income_12m < param('line') * size", "param('line') * size - net_income_12m"),
    "ill": (
        "any(records, kind == 'medical')",
        "ratio(7, 10) * sum(records, amount, where=kind == 'medical', months=12) - yuan(50)",
    ),
    "heads": ("evident_hardship", "param('line') * count(members, disabled)"),
}


def pack() -> Pack:
    """Rules with amounts: a gap to the line, a share of costs, an amount a head, a score."""
    rules = [
        a_rule(when, name, amount=Amount(value, period="year"))
        for name, (when, value) in AMOUNTS.items()
    ]
    graded = "score((1, not water_safe), (ratio(1, 3), dwelling_grade == 'D'))"
    rules.append(a_rule(f"{graded} >= ratio(1, 3)", "grade", amount=Amount(graded, "1")))
    return a_pack(*rules, parameters=[a_parameter("line", "yuan/person", LINES)], area="61")


PACK = pack()


def drawn(seed: int, number: int, lost: float) -> list[Household]:
    """Households at and about the line, some facts of which are lost."""
    rnd = random.Random(seed)

    def known(value: Any) -> Any:
        return None if rnd.random() < lost else value

    found = []
    for n in range(number):
        area, size = rnd.choice([HANZHONG, XIAN]), rnd.randrange(1, 6)
        line = LINES["6107" if area == HANZHONG else "61"]
        found.append(
            Household(
                household_id=f"h{n}",
                area=area,
                size=known(size),
                net_income_12m=known(Money(line * size + rnd.choice([-100_000, -1, 0, 1, 7]))),
                evident_hardship=known(rnd.random() < 0.5),
                water_safe=known(rnd.random() < 0.5),
                dwelling_grade=known(rnd.choice("AD")),
                members=tuple(
                    Member(member_id=f"{n}-{k}", disabled=known(rnd.random() < 0.5))
                    for k in range(size)
                ),
                records=tuple(
                    Record(
                        record_id=f"{n}-{k}",
                        kind=rnd.choice(["medical", "accident"]),
                        day=known(date(2021, 11, 1) if rnd.random() < 0.7 else date(2019, 1, 1)),
                        amount=known(Money(rnd.choice([7_142, 7_143, 10_001]))),
                    )
                    for k in range(rnd.randrange(4))
                ),
            )
        )
    return found


def by_hand(one: Household) -> dict[str, Fraction]:
    """What is stated of a household of which everything is known, in plain Python."""
    line = LINES["6107" if one.area == HANZHONG else "61"]
    found: dict[str, Fraction] = {}
    if one.net_income_12m < line * one.size:
        found["gap"] = Fraction(line * one.size - one.net_income_12m)
    medical = [row for row in one.records or () if row.kind == "medical"]
    if medical:
        paid = sum(row.amount for row in medical if row.day >= date(2020, 12, 1))
        found["ill"] = max(Fraction(7 * paid, 10) - 5_000, Fraction(0))
    if one.evident_hardship:
        found["heads"] = Fraction(line * sum(row.disabled for row in one.members or ()))
    grade = (not one.water_safe) + Fraction(one.dwelling_grade == "D", 3)
    if grade:
        found["grade"] = Fraction(grade)
    return found


def of_frame(frame: Any) -> dict[tuple[str, str], tuple[str, Fraction, Fraction]]:
    """The rows of a frame of amounts, as exact numbers."""
    return {
        (row[0], row[2]): (row[3], Fraction(row[4], row[6]), Fraction(row[5], row[6]))
        for row in rows(frame)
    }


@pytest.mark.parametrize("kind", ALL)
def test_every_engine_states_what_a_plain_program_does(kind: str) -> None:
    """Of households of which everything is known, both ends are the number, to the fen."""
    homes = drawn(3, 150, 0)
    found = of_frame(screen(tables_as(Tables.of(homes), kind), PACK, as_of=AS_OF).amounts)
    expected = {(one.household_id, rule): n for one in homes for rule, n in by_hand(one).items()}
    assert found == {key: ("warn", number, number) for key, number in expected.items()}
    assert {rule for _, rule in found} == {*AMOUNTS, "grade"}


@pytest.mark.slow
@pytest.mark.parametrize("lost", [0.1, 0.4])
@pytest.mark.parametrize("kind", ALL)
def test_every_engine_spans_what_the_reference_does(kind: str, lost: float) -> None:
    """Where facts are lost, the least and the most are those of `judge`."""
    homes = drawn(5, 120, lost)
    found = of_frame(screen(tables_as(Tables.of(homes), kind), PACK, as_of=AS_OF).amounts)
    expected = {}
    for one in homes:
        for alert in judge(one, PACK, as_of=AS_OF):
            assert alert.amount is not None
            ends = Fraction(alert.amount.low), Fraction(alert.amount.high)
            expected[one.household_id, alert.rule_id] = (alert.verdict.value, *ends)
    assert found == expected
    assert any(low != high and verdict == "warn" for verdict, low, high in found.values())


def test_what_is_stated_of_the_whole_household_lies_between_the_ends() -> None:
    """Losing facts of a household widens what is stated of it and never moves it away."""
    whole, rnd = drawn(9, 200, 0), random.Random(1)
    widened = 0
    for one in whole:
        names = ("size", "net_income_12m", "evident_hardship", "water_safe", "dwelling_grade")
        gone = {name: None for name in names if rnd.random() < 0.4}
        lost = one.model_copy(update=gone)
        truth = by_hand(one)
        for rule in (*AMOUNTS, "grade"):
            stated = judge_rule(lost, PACK, rule, as_of=AS_OF).amount
            assert stated is not None
            assert stated.low <= truth.get(rule, 0) <= stated.high
            assert bool(stated.missing) is (stated.low != stated.high) or stated.low == 0
            widened += not stated.settled
    assert widened > 50


def test_a_clear_rule_states_nothing_and_no_amount_is_below_zero() -> None:
    """Over the line nothing is owed, by `judge_rule` too; a share below the deduction is 0."""
    rich = Household(
        household_id="h", area=XIAN, size=1, net_income_12m="9000", members=(), records=()
    )
    stated = judge_rule(rich, PACK, "gap", as_of=AS_OF).amount
    assert stated is not None
    assert (stated.low, stated.high, stated.missing) == (0, 0, ())
    ill = Household(
        household_id="h",
        area=XIAN,
        members=(),
        records=(Record(record_id="r", kind="medical", day=date(2021, 11, 1), amount="1"),),
    )
    stated = judge_rule(ill, PACK, "ill", as_of=AS_OF).amount
    assert stated is not None
    assert (stated.low, stated.high) == (0, 0)


def test_the_compiled_pack_states_the_same() -> None:
    """What `CompiledPack.amounts` gives is what the alerts have."""
    compiled = compile_pack(PACK, as_of=AS_OF)
    for one in drawn(2, 60, 0.3):
        expected = {alert.rule_id: alert.amount for alert in judge(one, PACK, as_of=AS_OF)}
        assert compiled.amounts(one) == expected


def test_an_amount_leaves_in_words_and_as_data() -> None:
    """Explanation, dictionary, list and total say it with unit and period; the repr does not."""
    home = Household(
        household_id="h", area=XIAN, size=3, net_income_12m="17400.05", members=(), records=()
    )
    screening = screen(Tables.of([home]), PACK, as_of=AS_OF)
    alert = next(one for one in screening.judgement("h") if one.rule_id == "gap")
    assert "→ 每年599.95元" in alert.explain("zh")
    assert "→ 599.95 yuan a year" in alert.explain("en")
    assert alert.to_dict()["amount"] == {
        "low": "599.95",
        "high": "599.95",
        "unit": "yuan",
        "period": "year",
        "missing": [],
    }
    assert "599" not in repr(alert.amount)
    listed = screening.handover("d").filter(rule_id="gap")
    assert listed["amount_zh"].to_list() == ["每年599.95元"]
    total = next(one for one in screening.stated if one.rule.id == "gap")
    assert (total.households, total.stated.low, total.stated.high) == (1, 59_995, 59_995)
    assert (total.undecided, total.most) == (0, 59_995)


def test_totals_add_up_exactly() -> None:
    """The total of a rule is the sum of its rows, those undecided apart."""
    screening = screen(Tables.of(drawn(4, 200, 0.2)), PACK, as_of=AS_OF)
    by_row = of_frame(screening.amounts)
    for total in screening.stated:
        mine = [one for (_, rule), one in by_row.items() if rule == total.rule.id]
        sure = [one for one in mine if one[0] == "warn"]
        assert total.households == len(sure)
        assert total.undecided == len(mine) - len(sure)
        assert total.stated.low == sum(low for _, low, _ in sure)
        assert total.stated.high == sum(high for _, _, high in sure)
        assert total.most == sum(high for _, _, high in mine)
    assert sum(total.undecided for total in screening.stated) > 50


def test_a_file_states_what_python_does() -> None:
    """`amount` of a rule in TOML is the same `Amount`; it prints as it is read."""
    text = """
[pack]
id = "made"
title.zh = "测试"
title.en = "made"
[departments.d]
zh = "部门"
en = "department"
[sources.s]
title = "made for the test"
[[parameters]]
id = "line"
title.zh = "line"
title.en = "line"
unit = "yuan/person"
values = [{ value = "6000", since = 2020-01-01, until = "open", source = "s" }]
[[rules]]
id = "r"
title.zh = "规则"
title.en = "rule"
department = "d"
source = "s"
since = 2020-01-01
when = 'net_income_12m < param("line") * size'
amount = { value = 'param("line") * size - net_income_12m', period = "month" }
"""
    made = pack_from_toml(text)
    value = param("line") * h.size - h.net_income_12m
    same = a_pack(
        a_rule(h.net_income_12m < param("line") * h.size, amount=Amount(value, period="month")),
        parameters=[a_parameter("line", "yuan/person", 600_000)],
    )
    assert made.rules["r"].amount == same.rules["r"].amount
    stated = made.rules["r"].amount
    assert stated is not None
    assert Amount(str(stated.value), period="month").value.key == value.key


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"value": "net_income_12m", "unit": "yuan/person"}, "unit-mismatch"),
        ({"value": "200"}, "unit-mismatch"),
        ({"value": "dwelling_grade"}, "kind-mismatch"),
        ({"value": "max(records, amount)"}, "invalid-rule"),
        ({"value": "size", "unit": "person", "period": "month"}, "invalid-rule"),
        ({"value": "param('nowhere') * size"}, "unknown-reference"),
    ],
)
def test_an_amount_that_cannot_be_is_refused(given: dict[str, Any], code: str) -> None:
    """A wrong unit, no number, what has no value without rows, and an unknown parameter."""
    with pytest.raises(AntipovertyError) as caught:
        a_pack(a_rule("water_safe", amount=Amount(**given)))
    problem = caught.value
    codes = [one.code for one in problem.problems] if isinstance(problem, InvalidPackError) else []
    assert code in (codes or [problem.code])


def test_numbers_that_could_wrap_are_refused_before_any_row_is_read() -> None:
    """As those of conditions are."""
    rule = a_rule("water_safe", amount=Amount(h.net_income_12m * h.size * h.size * h.size, "yuan"))
    with pytest.raises(AntipovertyError):
        a_pack(rule)
    dear = Amount("1000000 * (1000000 * net_income_12m)")
    with pytest.raises(OverflowRiskError, match="amount"):
        screen(
            Tables.of([Household(household_id="h", area=XIAN, water_safe=True)]),
            a_pack(a_rule("water_safe", amount=dear)),
            as_of=AS_OF,
        )


def test_a_value_that_only_an_amount_reads_is_needed_and_shown() -> None:
    """Without it the day does not answer; with it the alert shows value and source."""
    rule = a_rule("water_safe", amount=Amount(param("line") * h.size))
    lacking = a_pack(rule, parameters=[a_parameter("line", "yuan/person", {"6107": 1})])
    assert [one.parameter.id for one in lacking.lacking(AS_OF)] == ["line"]
    made = a_pack(rule, parameters=[a_parameter("line", "yuan/person", 7)])
    home = Household(household_id="h", area=XIAN, water_safe=True, size=2)
    (alert,) = judge(home, made, as_of=AS_OF)
    assert alert.verdict is Verdict.WARN
    assert [*alert.parameters] == ["line"]


def test_that_something_is_owed_wherever_a_rule_warns_is_proved() -> None:
    """The gap is always above zero; a share of costs less a deduction need not be."""
    pytest.importorskip("z3")
    assert proofs.owes("gap", PACK, as_of=AS_OF).outcome is proofs.Outcome.PROVED
    found = proofs.owes("heads", PACK, as_of=AS_OF)
    assert found.outcome is proofs.Outcome.REFUTED
    assert found.witness is not None
