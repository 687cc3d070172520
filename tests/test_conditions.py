"""The condition language: text and tree are one, mistakes are found when they are made."""

from __future__ import annotations

import functools
from datetime import date, datetime
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from antipoverty.conditions import (
    Condition,
    Setting,
    ago,
    check_size,
    evidence,
    fields_read,
    household,
    in_words,
    members,
    param,
    params_read,
    parse,
    parse_value,
    ratio,
    records,
    score,
    span,
    tables_read,
    thresholds,
    truth,
    unsettled,
    yuan,
)
from antipoverty.conditions.text import MAX_DEPTH
from antipoverty.errors import (
    ConditionError,
    ConditionSyntaxError,
    InexactNumberError,
    KindMismatchError,
    MissingTableError,
    NoTruthValueError,
    ParameterNotSetError,
    PersonalFactError,
    UndatedTableError,
    UnitMismatchError,
    UnknownChoiceError,
    UnknownFieldError,
    UnknownTableError,
)
from antipoverty.model import Household, Member, Money, Record, Unit
from antipoverty.testing.strategies import conditions, households
from rosters import complete

h = household
AS_OF = date(2021, 12, 1)
LINE: dict[str, tuple[Unit, list[int | Fraction]]] = {
    "line": (Unit.parse("yuan/person"), [600_000]),
    "share": (Unit.parse("1"), [Fraction(3, 5)]),
}
SETTING = Setting(AS_OF, {"line": 600_000, "share": Fraction(3, 5)})


def household(**facts: Any) -> Household:
    """A household with no rows and the given facts."""
    rows = {"members": (), "records": ()}
    return Household(household_id="h", area="610702100200", **(rows | facts))


@pytest.mark.slow
@given(condition=conditions(params=LINE))
@settings(max_examples=400)
def test_text_and_tree_are_one(condition: Condition) -> None:
    """What a tree prints is read back as the same tree."""
    assert parse(str(condition)) == condition
    assert hash(parse(str(condition))) == hash(condition)


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
@example("中文 \"quoted\" 'single' \\ \n\r\t\0\x7f\u2028\ufeff{}`${x}")
def test_any_text_in_quotes_is_read_back(text: str) -> None:
    """Chinese, quotes, backslashes and characters that cannot be seen keep their places."""
    for condition in (records.any(records.kind == text), records.any(records.kind.is_in(text, ""))):
        assert parse(str(condition)) == condition


def test_every_tree_that_a_rule_takes_can_be_read_back() -> None:
    """A tree too deep or too long for its text is refused by the rule, as by the parser."""
    deep: Condition = h.monitored
    for _ in range(MAX_DEPTH - 1):
        deep = ~deep
    check_size(deep)
    assert parse(str(deep)) == deep
    least = h.size - ratio(-1, 3)
    for _ in range(MAX_DEPTH - 4):
        least = least + h.size
    check_size(least > ratio(-1, 3))
    assert parse(str(least > ratio(-1, 3))) == (least > ratio(-1, 3))
    wide = functools.reduce(lambda a, b: a | b, [h.monitored] * 2000)
    for large in (~deep, ~~~deep, least + h.size + h.size > 1, wide):
        with pytest.raises(ConditionSyntaxError, match="split the rule"):
            check_size(large)
        with pytest.raises(ConditionSyntaxError, match="split the rule"):
            parse(str(large))
    for _ in range(3000):
        deep = ~deep
    with pytest.raises(ConditionSyntaxError, match="more than 60 deep"):
        check_size(deep)


def test_amounts_do_not_depend_on_the_decimal_context() -> None:
    """A caller's precision of six digits does not round a policy's amount."""
    with localcontext(prec=6):
        assert parse("net_income_12m > yuan(1234567.89)") == (h.net_income_12m > Money(123456789))


@given(condition=conditions(params=LINE))
def test_every_condition_can_be_said_in_both_languages(condition: Condition) -> None:
    """Prose never fails and never is empty."""
    assert in_words(condition, "zh")
    assert in_words(condition, "en")


PAIRS: list[tuple[str, Condition]] = [
    (
        'net_income_12m < param("line") * size and not monitored',
        (h.net_income_12m < param("line") * h.size) & ~h.monitored,
    ),
    (
        "any(members, 6 <= age <= 15 and not in_school)",
        members.any(members.age.between(6, 15) & ~members.in_school),
    ),
    (
        'sum(records, amount, where=kind == "medical_self_paid", months=12) > yuan(10000)',
        records.where(kind="medical_self_paid").within(months=12).sum("amount") > yuan(10000),
    ),
    ('dwelling_grade in ("C", "D")', h.dwelling_grade.is_in("C", "D")),
    ("water_safe is not known", ~h.water_safe.is_known()),
    (
        "subsidy_income_12m > 0.6 * net_income_12m",
        h.subsidy_income_12m > ratio("0.6") * h.net_income_12m,
    ),
    ("monitored_since <= ago(months=6)", h.monitored_since <= ago(months=6)),
    (
        "all(members, insured, where=age >= 16)",
        members.where(members.age >= 16).all(members.insured),
    ),
    (
        "score((1, monitored), (ratio(1, 3), not water_safe)) >= 1",
        score((1, h.monitored), (ratio(1, 3), ~h.water_safe)) >= 1,
    ),
    (
        'max(records, day, where=kind == "job_loss", calendar="year") >= ago(days=30)',
        records.where(kind="job_loss").within(calendar="year").max("day") >= ago(days=30),
    ),
    ('count(members, labour == "full") == 0', members.count(members.labour == "full") == 0),
    (
        'net_income_12m < yuan(6000, per="person") * size',
        h.net_income_12m < yuan(6000, per="person") * h.size,
    ),
    ("size - (labourers - labourers_prev) > 2", h.size - (h.labourers - h.labourers_prev) > 2),
    ('monitored_since == date("2021-01-31")', h.monitored_since == date(2021, 1, 31)),
]


@pytest.mark.parametrize(("text", "tree"), PAIRS, ids=[text for text, _ in PAIRS])
def test_python_and_text_write_the_same_tree(text: str, tree: Condition) -> None:
    """An author's operators and an official's text mean the same."""
    assert parse(text) == tree
    assert str(tree) == text


WRONG: list[tuple[str, type[ConditionError], str]] = [
    ("net_incme_12m < yuan(3)", UnknownFieldError, "did you mean 'net_income_12m'"),
    ("age > 3", UnknownFieldError, "a fact of members"),
    ("sum(records, amonut) > yuan(3)", UnknownFieldError, "did you mean 'amount'"),
    ("any(membres, age > 3)", UnknownTableError, "did you mean 'members'"),
    ("net_income_12m < 6000", UnitMismatchError, "write yuan"),
    ("net_income_12m < size", UnitMismatchError, "yuan beside a number of person"),
    ("net_income_12m * wage_income_12m > yuan(3)", UnitMismatchError, "multiplies an amount"),
    ('dwelling_grade == "E"', UnknownChoiceError, "one of A, B, C, D"),
    ('dwelling_grade < "C"', KindMismatchError, "texts have no order"),
    ('size > "a"', KindMismatchError, "only like"),
    ("monitored == 1", KindMismatchError, "`not name` for no"),
    ("size", KindMismatchError, "not a condition"),
    ("any(members, age)", KindMismatchError, "not a condition"),
    ("head_name is known", PersonalFactError, "identifies a person"),
    ("any(members, age > 3, months=3)", UndatedTableError, "no day"),
    ("any(records, month=3)", ConditionSyntaxError, "month= is not known"),
    ("any(records, months=0)", ConditionError, "from 1"),
    ('any(records, calendar="week")', ConditionError, "quarter"),
    ("size / 2 > 3", InexactNumberError, "do not divide"),
    ("size % 2 == 1", InexactNumberError, "do not divide"),
    ("yuan(0.001) < net_income_12m", ConditionSyntaxError, "finer"),
    ("size > 1e400", InexactNumberError, "12 digits"),
    ("any(members, any(records))", ConditionSyntaxError, "no tables of their own"),
    ("any(members, size > 3)", UnknownFieldError, "'members' does not have"),
    ("5 > 3", ConditionError, "two constants"),
    ("monitored or", ConditionSyntaxError, "character"),
    ("", ConditionSyntaxError, "empty"),
    ("\0", ConditionSyntaxError, "well formed"),
    ("not " * 3000 + "monitored", ConditionSyntaxError, "nested"),
    ("(" * 300 + "monitored" + ")" * 300, ConditionSyntaxError, ""),
    ("not " * 61 + "monitored", ConditionSyntaxError, "more than 60 deep"),
    ("monitored or " * 3000 + "monitored", ConditionSyntaxError, "20,000 characters"),
    ("__import__('os')", ConditionSyntaxError, "not a function of the language"),
    ("size.real > 2", ConditionSyntaxError, "not in the language"),
    ("[monitored for x in members]", ConditionSyntaxError, "not in the language"),
    ("lambda: monitored", ConditionSyntaxError, ""),
    ("f'{size}' == 'x'", ConditionSyntaxError, "not in the language"),
    ("size is 3", ConditionSyntaxError, "is known"),
    ("members", ConditionSyntaxError, "is a table"),
    ("score((0, monitored)) > 1", ConditionError, "above 0"),
    ("sum(records, day) > 3", KindMismatchError, "cannot take"),
    ("sum(records, yuan(3)) > yuan(3)", ConditionError, "reads no field"),
    ("size > 1e99999999", InexactNumberError, "12 digits"),
    ("size > 1e-99999999", InexactNumberError, "12 digits"),
    ("size > " + "9" * 5000, ConditionSyntaxError, "at most 12 digits"),
    ('size > ratio("1e99999999")', ConditionError, "write digits"),
    ("size ＞ 3", ConditionSyntaxError, "write '>' instead"),
    ("size > ３", ConditionSyntaxError, "character 8"),
    ("category == “sudden”", ConditionSyntaxError, "write '\"' instead"),
    ("any(members，insured)", ConditionSyntaxError, "write ',' instead"),
    ("size\u3000> 3", ConditionSyntaxError, "write ' ' instead"),
    ("\ufeffsize > 3", ConditionSyntaxError, "leave it out"),
    ("size > 3) and (monitored", ConditionSyntaxError, "closed that was not opened"),
    ("size > 3, monitored", ConditionSyntaxError, "join conditions with and"),
    ("any(members, where=insured, where=employed)", ConditionSyntaxError, "given twice"),
    ("score((1, monitored), cut=1) >= 1", ConditionSyntaxError, "a score is written"),
    ('monitored_since > date("20230228")', ConditionSyntaxError, "a day is written"),
    ('monitored_since > date("2023-02-29")', ConditionSyntaxError, "a day is written"),
    ('any(records, kind == "\\ud800")', ConditionError, "half a character"),
    ('size > param("")', ConditionError, "named by its id"),
    ("monitored_since > ago(days=1.5)", ConditionSyntaxError, "whole number"),
]


@pytest.mark.parametrize(("text", "error", "hint"), WRONG, ids=[repr(t)[:40] for t, _, _ in WRONG])
def test_a_mistake_in_text_is_found_when_the_rule_is_made(
    text: str, error: type[ConditionError], hint: str
) -> None:
    """The error has a stable code and says what to do."""
    with pytest.raises(error) as caught:
        parse(text)
    assert hint in str(caught.value)
    assert f"[{error.code}]" in str(caught.value) or type(caught.value) is not error


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: h.siz, UnknownFieldError),
        (lambda: members.agee, UnknownFieldError),
        (lambda: h.phone, PersonalFactError),
        (lambda: h.size < 0.3, InexactNumberError),
        (lambda: h.size / 2, InexactNumberError),
        (lambda: 0 < h.size < 5, NoTruthValueError),
        (lambda: h.monitored and h.water_safe, NoTruthValueError),
        (lambda: not h.monitored, NoTruthValueError),
        (lambda: h.size > 3 & h.monitored, KindMismatchError),
        (lambda: h.monitored == True, KindMismatchError),  # noqa: E712 - the mistake itself
        (lambda: h.net_income_12m < 6000, UnitMismatchError),
        (lambda: members.within(months=3), UndatedTableError),
        (lambda: records.where(records.kind), KindMismatchError),
        (lambda: records.where(members.age > 3), ConditionError),
        (lambda: h.size == h.dwelling_grade, KindMismatchError),
        (lambda: score((0.5, h.monitored)), InexactNumberError),
        (lambda: yuan("0.001"), ConditionError),
        (lambda: yuan(0.5), ConditionError),  # type: ignore[arg-type]
        (lambda: h.size > Decimal("NaN"), InexactNumberError),
        (lambda: h.size > Decimal("1E+999999999"), InexactNumberError),
        (lambda: h.size > Decimal("1E-999999999"), InexactNumberError),
        (lambda: h.monitored_since > datetime(2021, 1, 1), KindMismatchError),  # noqa: DTZ001
        (lambda: h.category == "\ud800", ConditionError),
        (lambda: ago(days="3"), ConditionError),  # type: ignore[arg-type]
        (lambda: ago(days=True), ConditionError),
        (lambda: param(3), ConditionError),  # type: ignore[arg-type]
        (lambda: score((Decimal("1E+13"), h.monitored)), InexactNumberError),
    ],
)
def test_a_mistake_in_python_is_found_where_it_is_written(
    make: Any, error: type[Exception]
) -> None:
    """The line that builds a senseless tree raises."""
    with pytest.raises(error):
        make()


@pytest.mark.parametrize(
    ("text", "facts", "expected"),
    [
        ("size >= 3", {"size": 3}, True),
        ("size > 3", {"size": 3}, False),
        ("size > 3", {}, None),
        ("monitored and size > 3", {"monitored": False}, False),
        ("monitored and size > 3", {"monitored": True}, None),
        ("monitored or size > 3", {"monitored": True}, True),
        ("monitored or size > 3", {"monitored": False}, None),
        ("not monitored", {}, None),
        ('dwelling_grade != "A"', {}, None),
        ('dwelling_grade not in ("A", "B")', {}, None),
        ("monitored is known", {}, False),
        ("(monitored and size > 3) is known", {"monitored": False}, True),
        ('net_income_12m < param("line") * size', {"net_income_12m": "18000", "size": 3}, False),
        ('net_income_12m < param("line") * size', {"net_income_12m": "17999.99", "size": 3}, True),
        ('net_income_12m <= param("line") * size', {"net_income_12m": "18000", "size": 3}, True),
        (
            "subsidy_income_12m > 0.6 * net_income_12m",
            {"subsidy_income_12m": "0.06", "net_income_12m": "0.1"},
            False,
        ),
        ("any(members)", {}, None),
        ("all(members, insured)", {}, None),
        ("count(members) == 0", {}, None),
        ("any(records)", {}, False),
        ("all(records, kind == 'a')", {}, True),
        ("count(records) == 0", {}, True),
        ("sum(records, amount) == yuan(0)", {}, True),
        ("max(records, amount) > yuan(0)", {}, None),
        ("max(records, amount) is known", {}, False),
    ],
)
def test_kleenes_logic(text: str, facts: dict[str, Any], expected: bool | None) -> None:
    """Missing is undecided, and one certain part decides and and or."""
    assert truth(parse(text), household(**facts), SETTING) is expected


def test_one_certain_row_decides_any_and_count() -> None:
    """An undecided row leaves open only what it could change."""
    some = household(members=(Member(member_id="a", age=70), Member(member_id="b")))
    assert truth(parse("any(members, age >= 60)"), some, SETTING) is True
    assert truth(parse("count(members, age >= 60) >= 1"), some, SETTING) is True
    assert truth(parse("count(members, age >= 60) >= 2"), some, SETTING) is None
    assert truth(parse("count(members, age >= 60) >= 3"), some, SETTING) is False
    assert truth(parse("all(members, age < 60)"), some, SETTING) is False
    assert span(parse_value("count(members, age >= 60)"), some, SETTING) == (1, 2)


def test_a_score_is_decided_when_its_ends_agree() -> None:
    """An undecided indicator matters only where it could cross the cutoff."""
    poor = household(water_safe=False, evident_hardship=True)
    three = "score((1, not water_safe), (1, evident_hardship), (1, minimum_living))"
    assert truth(parse(f"{three} >= 2"), poor, SETTING) is True
    assert truth(parse(f"{three} >= 3"), poor, SETTING) is None
    assert truth(parse(f"{three} > 3"), poor, SETTING) is False
    assert unsettled(parse(f"{three} >= 3"), poor, SETTING) == {"minimum_living"}


@pytest.mark.parametrize(
    ("window", "as_of", "first"),
    [
        ("days=1", date(2021, 3, 1), date(2021, 2, 28)),
        ("months=1", date(2021, 3, 31), date(2021, 2, 28)),
        ("months=12", date(2020, 2, 29), date(2019, 2, 28)),
        ("years=1", date(2021, 1, 1), date(2020, 1, 1)),
        ('calendar="year"', date(2021, 1, 1), date(2020, 1, 1)),
        ('calendar="year"', date(2021, 1, 2), date(2021, 1, 1)),
        ('calendar="quarter"', date(2021, 4, 1), date(2021, 1, 1)),
        ('calendar="month"', date(2024, 3, 1), date(2024, 2, 1)),
    ],
)
def test_a_window_holds_its_first_day_and_the_day_before_as_of(
    window: str, as_of: date, first: date
) -> None:
    """The day before the first, and the day of the answer, lie outside."""
    condition = parse(f"any(records, {window})")

    def held(day: date) -> bool | None:
        rows = (Record(record_id="r", kind="x", day=day),)
        return truth(condition, household(records=rows), Setting(as_of))

    assert held(first) is True
    assert held(first - (AS_OF - date(2021, 11, 30))) is False
    assert held(as_of - (AS_OF - date(2021, 11, 30))) is True
    assert held(as_of) is False


def test_a_row_without_a_day_leaves_a_window_open() -> None:
    """It may lie inside or outside."""
    undated = household(records=(Record(record_id="r", kind="x"),))
    assert truth(parse("any(records, days=30)"), undated, SETTING) is None
    assert unsettled(parse("any(records, days=30)"), undated, SETTING) == {"records.day"}


def test_an_absent_table_is_an_error_and_not_undecided() -> None:
    """A caller who did not load the members is told."""
    bare = Household(household_id="h", area="610702100200")
    with pytest.raises(MissingTableError, match="members"):
        truth(parse("any(members)"), bare, SETTING)


def test_a_parameter_without_a_value_is_an_error() -> None:
    """It never reads as zero."""
    with pytest.raises(ParameterNotSetError, match="nothing"):
        truth(parse('size > param("nothing")'), household(size=3), SETTING)


@st.composite
def judged(draw: st.DrawFn) -> tuple[Condition, Household]:
    """A condition with a household drawn at its thresholds."""
    condition = draw(conditions(params=LINE))
    return condition, draw(households([condition], as_of=AS_OF, params=LINE))


@pytest.mark.slow
@given(case=judged())
@settings(max_examples=300)
def test_missing_facts_are_named_exactly_when_a_condition_is_undecided(
    case: tuple[Condition, Household],
) -> None:
    """A decided condition misses nothing; an undecided one misses something."""
    condition, one = case
    assert bool(unsettled(condition, one, SETTING)) is (truth(condition, one, SETTING) is None)


@pytest.mark.slow
@given(case=judged())
@settings(max_examples=300)
def test_filling_in_a_missing_fact_never_turns_a_decided_answer(
    case: tuple[Condition, Household],
) -> None:
    """What was certain stays so: knowledge only settles what was open, save what asks for it."""
    condition, one = case
    if "known" in str(condition):
        return
    one = complete(one)
    before = truth(condition, one, SETTING)
    if before is None:
        return
    filled = one.model_copy(
        update={
            name: value
            for name, value in {
                "size": len(one.members or ()),
                "monitored": True,
                "labourers": 1,
                "net_income_12m": 1,
            }.items()
            if getattr(one, name) is None
        }
    )
    assert truth(condition, filled, SETTING) is before


@pytest.mark.slow
@given(case=judged())
def test_not_turns_the_answer_and_keeps_the_open(case: tuple[Condition, Household]) -> None:
    """Twice not is the same; not of undecided is undecided."""
    condition, one = case
    held = truth(condition, one, SETTING)
    assert truth(~condition, one, SETTING) is (None if held is None else not held)
    assert truth(~~condition, one, SETTING) is held


@given(case=judged())
def test_evidence_agrees_with_the_answer(case: tuple[Condition, Household]) -> None:
    """There is always something to show for an answer, and its repr shows no value."""
    condition, one = case
    found = evidence(condition, one, SETTING)
    assert found
    assert all("observed" not in repr(part) for part in found)


def test_a_condition_knows_what_it_reads() -> None:
    """Fields, tables, parameters and thresholds are listed."""
    condition = parse(
        'net_income_12m < param("line") * size and sum(records, amount, months=3) > yuan(5)'
    )
    assert fields_read(condition) == ("net_income_12m", "records.amount", "records.day", "size")
    assert tables_read(condition) == ("records",)
    assert params_read(condition) == ("line",)
    assert [(str(t.value), t.operator, str(t.against)) for t in thresholds(condition)] == [
        ("net_income_12m", "<", 'param("line") * size'),
        ("sum(records, amount, months=3)", ">", "yuan(5)"),
    ]


def test_money_constants_print_as_yuan() -> None:
    """An official reads yuan, never fen."""
    assert str(h.net_income_12m < Money(5)) == "net_income_12m < yuan(0.05)"
    assert in_words(h.net_income_12m < Money(600_000), "zh") == "近12个月纯收入低于6,000元"
    assert in_words(h.net_income_12m < Money(-605), "en") == (
        "net income of 12 months is below -6.05 yuan"
    )


SAID: list[tuple[str, str, str]] = [
    ("not monitored", "未纳入监测", "not monitored"),
    ("not minimum_living", "未享受低保", "does not receive the minimum living guarantee"),
    (
        "any(members, not insured)",
        "有未参加医保的成员",
        "there are members (not medically insured)",
    ),
    (
        'any(records, kind == "job_loss", months=12)',
        "近12个月有数据项为job_loss的部门数据",
        "there are records within the last 12 months (kind is job_loss)",
    ),
    (
        "all(members, insured, where=age >= 16)",
        "全部年龄达到或超过16岁的成员均参加医保",
        "for all members (age is at least 16 years): medically insured",
    ),
    (
        'category in ("unstable", "marginal", "sudden")',
        "监测类别为脱贫不稳定户、边缘易致贫户或突发严重困难户",
        "monitoring category is unstable after leaving poverty or on the margin of poverty or "
        "sudden severe hardship",
    ),
    (
        "monitored_since <= ago(months=6)",
        "纳入监测日期不晚于6个月前",
        "day monitoring began is not after 6 months ago",
    ),
    (
        'monitored_since > date("2021-05-06")',
        "纳入监测日期晚于2021-05-06",
        "day monitoring began is after 2021-05-06",
    ),
    ("size is not known", "户籍人口未知", "registered members is not known"),
    (
        "(monitored and size > 3) is known",
        "（已纳入监测，且户籍人口超过3人）可以判定",
        "(monitored and registered members is above 3 people) is known",
    ),
    (
        "not (size > 3 or monitored)",
        "并非（户籍人口超过3人，或已纳入监测）",
        "not (registered members is above 3 people or monitored)",
    ),
    (
        "count(members, age >= 60 and not employed) >= 2",
        "「年龄达到或超过60岁，且未就业」的成员数量达到或超过2人",
        "the number of members (age is at least 60 years and not employed) is at least 2 people",
    ),
    (
        'sum(records, amount, calendar="month") > yuan(0.5)',
        "当月至前一日部门数据金额合计超过0.50元",
        "the total amount of records within the calendar month so far is above 0.50 yuan",
    ),
]


@pytest.mark.parametrize(("text", "zh", "en"), SAID, ids=[text for text, _, _ in SAID])
def test_conditions_read_as_officials_would_write_them(text: str, zh: str, en: str) -> None:
    """A flag is denied in its own words, days are early or late, one filter needs no brackets."""
    assert in_words(parse(text), "zh") == zh
    assert in_words(parse(text), "en") == en
