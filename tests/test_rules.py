"""Rules and packs: consistent when made, dated by the day, explained in both languages."""

from __future__ import annotations

import pickle
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from importlib.metadata import EntryPoint
from typing import Annotated, Any

import attrs
import pytest

from antipoverty.conditions import facts, members, param, records, yuan
from antipoverty.conditions import household as h
from antipoverty.engines.closure import compile_pack
from antipoverty.errors import (
    AreaNotCoveredError,
    BrokenPluginError,
    DuplicateIdError,
    InvalidArgumentError,
    InvalidModelError,
    InvalidPackError,
    InvalidRuleError,
    MissingTableError,
    NothingInForceError,
    ParameterNotSetError,
    UnknownPackError,
    UnknownReferenceError,
)
from antipoverty.model import Fact, Household, Record
from antipoverty.rules import (
    Pack,
    Parameter,
    ParameterValue,
    RecordKind,
    Rule,
    Source,
    Text,
    Verdict,
    combine,
    discover_pack,
    discover_packs,
    judge,
    pack_from_toml,
    parameter,
)
from packs import a_pack, a_rule

PUBLISHED = Source("陕农组发〔2021〕3号", status="published", grade="A")
ILLUSTRATIVE = Source("made for the test")
DEPARTMENTS = {"rural-affairs": Text("农业农村局", "Rural affairs")}
Y2021 = (date(2021, 1, 1), date(2021, 12, 31))
AS_OF = date(2021, 12, 1)

TOML = """
[pack]
id = "county"
title.zh = "某县"
title.en = "A county"
area = "610725"

[departments.rural-affairs]
zh = "农业农村局"
en = "Rural affairs"

[sources.line]
title = "陕农组发〔2021〕3号"
status = "published"
grade = "A"

[[kinds]]
id = "medical_self_paid"
title.zh = "医疗自付"
title.en = "self-paid medical cost"
department = "rural-affairs"

[[parameters]]
id = "line"
title.zh = "监测线"
title.en = "the monitoring line"
unit = "yuan/person"

[[parameters.values]]
value = "6000"
since = 2021-01-01
until = 2021-12-31
source = "line"

[[rules]]
id = "income-under-line"
title.zh = "收入低于监测线"
title.en = "Income under the line"
department = "rural-affairs"
when = 'net_income_12m < param("line") * size and not monitored'
severity = "urgent"
source = "line"
since = 2021-01-01
advice = { zh = "入户核实收入", en = "verify the income at home" }

[[rules]]
id = "medical"
title.zh = "医疗负担"
title.en = "Medical burden"
department = "rural-affairs"
when = 'sum(records, amount, where=kind == "medical_self_paid", months=12) > yuan(10000)'
source = "line"
since = 2021-01-01
"""


def rule(id_: str = "r", **facts: Any) -> Rule:
    """A rule with defaults for what a test does not care about."""
    given = {"department": "rural-affairs", "source": PUBLISHED, "since": date(2021, 1, 1)}
    when = facts.pop("when", h.net_income_12m < param("line") * h.size)
    return a_rule(when, facts.pop("id", id_), **given | facts)


def line(*values: Any, id_: str = "line") -> Parameter:
    """A monitoring line with the given values, or that of 2021."""
    listed = values or (("6000", *Y2021, PUBLISHED),)
    return parameter(id_, Text("监测线", "the line"), "yuan/person", listed)


def pack(*rules: Rule, **more: Any) -> Pack:
    """A pack of some rules."""
    given = {"parameters": [line()], "departments": DEPARTMENTS, "area": "61"}
    return a_pack(*(rules or (rule(),)), id_=more.pop("id", "p"), **given | more)


def household(**facts: Any) -> Household:
    """A household of three in Hanzhong with no rows."""
    base = {"household_id": "h-1", "area": "610725100200", "size": 3, "members": (), "records": ()}
    return Household(**(base | facts))


# --- judging ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("income", "verdict"),
    [
        ("17999.99", Verdict.WARN),
        ("18000.00", Verdict.CLEAR),
        ("18000.01", Verdict.CLEAR),
        (None, Verdict.UNDECIDED),
    ],
)
def test_a_household_on_the_line_is_treated_as_the_operator_says(
    income: str | None, verdict: Verdict
) -> None:
    """Below warns, on it is clear, and an unknown income is a visit."""
    judgement = judge(household(net_income_12m=income), pack(), as_of=AS_OF)
    assert judgement.verdicts == {"r": verdict}
    assert [one.verdict for one in judgement] == ([] if verdict is Verdict.CLEAR else [verdict])


def test_the_line_of_another_year_is_never_used() -> None:
    """On the first day without a value the pack refuses, and says what to do."""
    judge(household(), pack(), as_of=date(2021, 12, 31))
    with pytest.raises(ParameterNotSetError) as caught:
        judge(household(), pack(), as_of=date(2022, 1, 1))
    for part in ("'line'", "2022-01-01", "read by r", "ended 2021-12-31", "with_value"):
        assert part in str(caught.value)


def test_the_caller_gives_the_value_that_was_published() -> None:
    """A value given for the day is used and its source is shown."""
    given = pack().with_value(
        "line",
        "7000",
        since=date(2022, 1, 1),
        until=date(2022, 12, 31),
        source=Source("the county's notice"),
    )
    judgement = judge(household(net_income_12m="20000"), given, as_of=date(2022, 6, 1))
    assert judgement.verdicts["r"] is Verdict.WARN
    assert judgement.alerts[0].illustrative
    assert "the county's notice" in judgement.explain("en")
    with pytest.raises(UnknownReferenceError, match="for area 62, outside"):
        given.with_value(
            "line", "1", since=date(2023, 1, 1), until=None, source=PUBLISHED, area="62"
        )
    with pytest.raises(InvalidRuleError, match="two values"):
        given.with_value("line", "1", since=date(2022, 5, 1), until=None, source=PUBLISHED)


def test_the_value_of_the_smallest_area_applies() -> None:
    """A county's own value wins in the county and nowhere else."""
    local = line(("6000", *Y2021, PUBLISHED))
    county = parameter(
        "line", Text("线", "line"), "yuan/person", [("7000", *Y2021, ILLUSTRATIVE)], area="610725"
    )
    both = Parameter("line", local.title, local.unit, (*local.values, *county.values))
    judged = pack(parameters=[both])
    income = {"net_income_12m": "20000"}
    assert judge(household(**income), judged, as_of=AS_OF).verdicts["r"] is Verdict.WARN
    elsewhere = household(**income, area="610726100200")
    assert judge(elsewhere, judged, as_of=AS_OF).verdicts["r"] is Verdict.CLEAR


def test_rules_in_force_depend_on_the_day_and_the_area() -> None:
    """A rule begins, ends, is superseded, and holds only in its area."""
    rules = (
        rule("old"),
        rule("new", since=date(2021, 7, 1), supersedes="old"),
        rule("short", until=date(2021, 3, 31)),
        rule("xian", area="6101"),
    )
    judged = pack(*rules)
    on = lambda day: [one.id for one in judged.on(day).rules]  # noqa: E731
    assert on(date(2021, 3, 31)) == ["old", "short", "xian"]
    assert on(date(2021, 4, 1)) == ["old", "xian"]
    assert on(date(2021, 7, 1)) == ["new", "xian"]
    assert set(judge(household(), judged, as_of=AS_OF).verdicts) == {"new"}


def test_a_day_without_any_rule_is_an_error_and_not_an_all_clear() -> None:
    """Before the first rule began nobody was judged."""
    with pytest.raises(NothingInForceError, match="begins on 2021-01-01"):
        judge(household(), pack(), as_of=date(2020, 12, 31))


@pytest.mark.parametrize("day", ["2021-12-01", 20211201, None])
def test_the_day_of_the_answer_is_a_date(day: Any) -> None:
    """Texts and numbers are refused with a reason."""
    with pytest.raises(InvalidArgumentError, match="is no day; give a date"):
        judge(household(), pack(), as_of=day)


def test_an_unknown_language_or_department_is_an_error() -> None:
    """Nothing falls back on another language silently."""
    judgement = judge(household(), pack(), as_of=AS_OF)
    with pytest.raises(InvalidArgumentError, match="'fr' is not a language"):
        judgement.explain("fr")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentError, match="did you mean 'rural-affairs'"):
        pack().department("rural-affair", "zh")


def test_a_household_outside_the_area_is_an_error() -> None:
    """A pack of Shaanxi does not judge Gansu."""
    with pytest.raises(AreaNotCoveredError, match="outside 61"):
        judge(household(area="620102001200"), pack(), as_of=AS_OF)


def test_a_table_that_was_not_supplied_is_an_error_that_names_the_rule() -> None:
    """Members that were not loaded are not the same as no members."""
    judged = pack(rule("school", when=members.any(~members.in_school)))
    with pytest.raises(MissingTableError, match="rule 'school'"):
        judge(household(members=None), judged, as_of=AS_OF)


def test_alerts_come_most_severe_first_and_undecided_last() -> None:
    """A keeper reads the urgent ones first."""
    judged = pack(
        rule("a", when=h.water_safe, severity="urgent"),
        rule("b", when=~h.monitored, severity="notice"),
        rule("c", when=~h.monitored, severity="urgent"),
    )
    found = judge(household(monitored=False), judged, as_of=AS_OF)
    assert [one.rule_id for one in found] == ["c", "b", "a"]


def test_an_explanation_shows_fact_threshold_operator_source_and_validity() -> None:
    """Both languages carry all that an official needs to check the alert."""
    alert = judge(household(net_income_12m="17400"), pack(), as_of=AS_OF).alerts[0]
    for language, words in (
        ("en", ["17,400 yuan < 18,000 yuan", "6,000 yuan/person", "2021-01-01", "2021-12-31"]),
        ("zh", ["17,400元 < 18,000元", "6,000元/人", "陕农组发〔2021〕3号", "预警"]),
    ):
        text = alert.explain(language)  # type: ignore[arg-type]
        assert all(word in text for word in words), text
    assert "17,400" not in repr(alert)
    assert "1740000" not in repr(alert.evidence)
    assert alert.to_dict("zh")["explanation"] == alert.explain("zh")


def test_an_undecided_answer_names_the_fact_to_ask_for() -> None:
    """The keeper is told what is missing, in words."""
    judgement = judge(household(), pack(), as_of=AS_OF)
    assert judgement.undecided[0].missing == ("net_income_12m",)
    assert "近12个月纯收入" in judgement.explain("zh")
    assert "verify" in judgement.explain("en")


def test_illustrative_rules_and_values_say_so() -> None:
    """Whatever rests on a made-up figure carries the mark in both languages."""
    marked = pack(rule(source=ILLUSTRATIVE))
    alert = judge(household(net_income_12m="1"), marked, as_of=AS_OF).alerts[0]
    assert alert.illustrative
    assert "illustrative, not policy" in alert.explain("en")
    assert "示例，非政策" in alert.explain("zh")
    assert "(illustrative)" in repr(alert)
    assert not judge(household(net_income_12m="1"), pack(), as_of=AS_OF).alerts[0].illustrative


# --- packs ------------------------------------------------------------------------


def test_a_pack_is_read_from_toml() -> None:
    """The text form gives the same pack as Python."""
    read = pack_from_toml(TOML)
    assert (read.id, read.area, [*read.rules]) == (
        "county",
        "610725",
        ["income-under-line", "medical"],
    )
    spent = records.where(kind="medical_self_paid").within(months=12).sum("amount")
    assert read.rules["medical"].when == (spent > yuan(10000))
    paid = Record(record_id="r", kind="medical_self_paid", day=date(2021, 5, 1), amount="10000.01")
    judgement = judge(
        household(net_income_12m="1", monitored=False, records=(paid,)), read, as_of=AS_OF
    )
    assert [one.rule_id for one in judgement.warned] == ["income-under-line", "medical"]


CHANGES: list[tuple[str, str, list[str]]] = [
    ("siz", 'param("line") * size', ["rule 'income-under-line'", "did you mean 'size'"]),
    ("unit", 'unit = "yuan/person"', ["rule 'income-under-line'", "unit-mismatch"]),
    ("kind", 'kind == "medical_self_paid"', ["rule 'medical'", "did you mean 'medical_self_paid'"]),
    ("param", 'param("line")', ["'lien'", "did you mean 'line'"]),
    ("source", 'source = "line"\nsince = 2021-01-01\nadvice', ["names the source 'lin'"]),
    ("department", 'department = "rural-affairs"\nwhen = \'sum', ["rule 'medical'", "'rural'"]),
    ("key", 'severity = "urgent"', ["'income-under-line' severty", "extra inputs"]),
    ("severity", '"urgent"', ["'income-under-line' severity"]),
    ("float", 'value = "6000"', ["parameter", "value"]),
    ("yuan", '"6000"', ["could be yuan or fen"]),
    ("until", "until = 2021-12-31", ["until", "field required"]),
    ("area", 'area = "610725"', ["area code has"]),
]
REPLACEMENTS = {
    "siz": 'param("line") * siz',
    "unit": 'unit = "yuan"',
    "kind": 'kind == "medical_self_pad"',
    "param": 'param("lien")',
    "source": 'source = "lin"\nsince = 2021-01-01\nadvice',
    "department": 'department = "rural"\nwhen = \'sum',
    "key": 'severty = "urgent"',
    "severity": '"very"',
    "float": "value = 6000.5",
    "yuan": "6000",
    "until": "",
    "area": 'area = "61072"',
}


@pytest.mark.parametrize(("name", "old", "hints"), CHANGES, ids=[name for name, _, _ in CHANGES])
def test_a_mistake_in_a_pack_file_is_named(name: str, old: str, hints: list[str]) -> None:
    """Each mistake is reported with its rule or parameter and what to do."""
    assert old in TOML
    with pytest.raises(InvalidPackError) as caught:
        pack_from_toml(TOML.replace(old, REPLACEMENTS[name], 1))
    for hint in hints:
        assert hint in str(caught.value)


def test_all_mistakes_of_a_file_come_at_once() -> None:
    """Form and meaning are reported together."""
    spoilt = TOML
    for name in ("siz", "kind", "severity", "department"):
        old = next(old for one, old, _ in CHANGES if one == name)
        spoilt = spoilt.replace(old, REPLACEMENTS[name], 1)
    with pytest.raises(InvalidPackError) as caught:
        pack_from_toml(spoilt.replace('"very"', '"urgent"'))
    assert len(caught.value.problems) == 3


def test_a_spoilt_head_or_form_hides_no_mistake_below_it() -> None:
    """What a pack says of itself, an unknown section and a rule of a wrong form stop no check."""
    spoilt = TOML.replace("title.zh = ", "title.name = ", 1).replace(
        "net_income_12m <", "net_incme_12m <"
    )
    spoilt = spoilt.replace('severity = "urgent"', 'severity = "urgnt"', 1) + "\n[rule]\n"
    with pytest.raises(InvalidPackError) as caught:
        pack_from_toml(spoilt)
    listed = str(caught.value)
    for hint in (
        "pack title zh",
        "pack title name",
        "mean 'rules'",
        "'serious' or 'urgent'",
        "net_incme",
    ):
        assert hint in listed
    with pytest.raises(InvalidPackError, match=r"^the pack file cannot be used: 2 problems"):
        pack_from_toml("rule = 3")


def test_all_mistakes_of_one_rule_and_of_one_parameter_come_at_once() -> None:
    """A rule with four mistakes has four problems; each value of a parameter is read."""
    spoilt = TOML.replace("net_income_12m <", "net_incme_12m <")
    spoilt = spoilt.replace("advice = {", 'category = "unstble"\nsupersedes = "old"\nadvice = {')
    spoilt = spoilt.replace('"rural-affairs"\nwhen = \'net', '"rural"\nwhen = \'net')
    spoilt = spoilt.replace(
        'source = "line"\nsince = 2021-01-01\ncat', 'source = "lin"\nsince = 2021-01-01\ncat'
    )
    with pytest.raises(InvalidPackError) as caught:
        pack_from_toml(spoilt)
    assert [problem.code for problem in caught.value.problems] == [
        "unknown-field",
        *["unknown-reference"] * 4,
    ]
    another = (
        '[[parameters.values]]\nvalue = "x"\nsince = 2022-01-01\nuntil = "open"\nsource = "li"\n'
    )
    values = TOML.replace('value = "6000"', 'value = "6000.001"').replace(
        "[[rules]]", another + "\n[[rules]]", 1
    )
    with pytest.raises(InvalidPackError) as caught:
        pack_from_toml(values)
    said = [problem.message for problem in caught.value.problems]
    assert len(said) == 3
    assert "value since 2021-01-01: an amount is a whole number of fen" in said[0]
    assert "names the source 'li'" in said[1]
    assert "value since 2022-01-01: this is not a finite decimal" in said[2]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("until = 2021-12-31", ""),
        ('unit = "yuan/person"', 'unit = "Yuan"'),
        ("title = ", "titel = "),
        ("[departments.rural-affairs]\nzh", "[departments.rural-affairs]\nzz"),
    ],
)
def test_one_mistake_is_one_problem(old: str, new: str) -> None:
    """What rests on an entry that cannot be read is not reported beside it."""
    assert old in TOML
    with pytest.raises(InvalidPackError) as caught:
        pack_from_toml(TOML.replace(old, new, 1))
    assert len({problem.message.split(" ")[1] for problem in caught.value.problems}) == 1
    assert "names" not in str(caught.value)


@pytest.mark.parametrize("change", [lambda t: "\ufeff" + t, lambda t: t.replace("\n", "\r\n")])
def test_the_marks_of_windows_editors_do_not_matter(change: Any) -> None:
    """A byte order mark and CRLF give the same pack."""
    assert pack_from_toml(change(TOML)) == pack_from_toml(TOML)


def test_text_that_cannot_be_a_pack_says_so() -> None:
    """Bytes, and brackets without end, are refused like any other fault."""
    with pytest.raises(InvalidArgumentError, match="not bytes"):
        pack_from_toml(TOML.encode())  # type: ignore[arg-type]
    with pytest.raises(InvalidPackError, match="nested too deeply"):
        pack_from_toml("a = " + "[" * 5000 + "]" * 5000)


def test_text_that_is_no_toml_says_where() -> None:
    """The parser's line and column are passed on."""
    with pytest.raises(InvalidPackError, match="line 2"):
        pack_from_toml("[pack]\nid = \nzh = 1\n")


@pytest.mark.parametrize(
    ("make", "hint"),
    [
        (lambda: pack(rule("a"), rule("a")), "'a' is there twice"),
        (lambda: pack(parameters=[line(), line()]), "'line' is there twice"),
        (lambda: pack(parameters=[]), "names 'line'"),
        (lambda: pack(rule(supersedes="x")), "names 'x'"),
        (lambda: pack(rule("a"), rule("b", supersedes="a", area="6101")), "not in all of its area"),
        (lambda: pack(rule(area="62")), "outside the pack"),
        (lambda: pack(departments={}), "names 'rural-affairs'"),
        (lambda: pack(rule("a", supersedes="a")), "'a' supersedes itself"),
        (
            lambda: pack(
                rule("a", supersedes="c"), rule("b", supersedes="a"), rule("c", supersedes="b")
            ),
            "'a' supersedes itself, through a, b, c",
        ),
        (lambda: pack(rule(category="unstble")), "did you mean 'unstable'"),
        (lambda: pack(id="Bad Id"), "not a pack's id"),
        (lambda: pack(departments={"rural-affairs": "x"}), "give Text(zh, en)"),
        (lambda: pack(version=3), "the version is text"),
        (lambda: pack(parameters=["x"]), "a parameter is a Parameter, not a str"),
        (
            lambda: pack(
                rule(when=records.any(records.kind == "x")),
                kinds=[RecordKind("y", Text("", ""), "rural-affairs")],
            ),
            "never 'x'",
        ),
    ],
)
def test_an_inconsistent_pack_is_never_made(make: Any, hint: str) -> None:
    """A name that leads nowhere, a double id, a rule outside the area."""
    with pytest.raises(InvalidPackError) as caught:
        make()
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: rule("Bad Id"),
        lambda: rule(until=date(2020, 1, 1)),
        lambda: rule(when=3),
        lambda: line(("6000", date(2021, 5, 1), date(2021, 1, 1), PUBLISHED)),
        lambda: line(("6000", *Y2021, PUBLISHED), ("7000", *Y2021, PUBLISHED)),
        lambda: line((6000, *Y2021, PUBLISHED)),
        lambda: line((0.5, *Y2021, PUBLISHED)),
        lambda: line((Decimal("1E+999999999"), *Y2021, PUBLISHED)),
        lambda: line(("6000", "2021-01-01", None, PUBLISHED)),
        lambda: line(("6000", datetime(2021, 1, 1), None, PUBLISHED)),  # noqa: DTZ001 - refused
        lambda: line(("6000", *Y2021, "a source")),
        lambda: ParameterValue(0.5, *Y2021, PUBLISHED),  # type: ignore[arg-type]
        lambda: ParameterValue(True, *Y2021, PUBLISHED),
        lambda: ParameterValue(10**13, *Y2021, PUBLISHED),
        lambda: attrs.evolve(line(), values=[ParameterValue(Fraction(1, 3), *Y2021, PUBLISHED)]),
        lambda: rule(since="2021-01-01"),
        lambda: rule(since=datetime(2021, 1, 1)),  # noqa: DTZ001 - refused
        lambda: rule(until=datetime(2022, 1, 1)),  # noqa: DTZ001 - refused
        lambda: rule(title="rule"),
        lambda: rule(source="a source"),
        lambda: rule(risk=3),
        lambda: Text("文", None),  # type: ignore[arg-type]
        lambda: Source(" "),
    ],
)
def test_a_senseless_part_is_refused(make: Any) -> None:
    """Ids, validity, overlapping values and inexact numbers."""
    with pytest.raises(InvalidRuleError, match=r"\[invalid-rule\]$"):
        make()


@pytest.mark.parametrize(
    "make",
    [
        lambda: rule(severity="very"),
        lambda: Source("x", status="official"),
        lambda: Source("x", grade="D"),
        lambda: Text("文", "text")["fr"],
    ],
)
def test_a_word_that_is_none_of_a_few_is_refused_with_the_few(make: Any) -> None:
    """The words there are stand in the message."""
    with pytest.raises(InvalidArgumentError, match="give one of"):
        make()


def test_a_superseded_rule_never_comes_back() -> None:
    """When a rule that took another's place ends, neither is in force."""
    old, lasting = rule("old"), rule("lasting")
    middle = rule("middle", supersedes="old", since=date(2021, 3, 1), until=date(2021, 5, 31))
    new = rule("new", supersedes="middle", since=date(2021, 6, 1))

    def on(judged: Pack, day: date) -> list[str]:
        return [one.id for one in judged.on(day).rules]

    assert on(pack(old, middle, lasting), date(2021, 2, 28)) == ["lasting", "old"]
    assert on(pack(old, middle, lasting), date(2021, 3, 1)) == ["lasting", "middle"]
    assert on(pack(old, middle, lasting), date(2021, 6, 1)) == ["lasting"]
    assert on(pack(old, middle, new), date(2021, 6, 1)) == ["new"]
    with pytest.raises(NothingInForceError, match="all of them have ended"):
        pack(old, middle).on(date(2021, 6, 1))


def test_a_pack_cannot_change_and_equals_its_like() -> None:
    """Its parts make it what it is; an alert survives being sent to another process."""
    one = pack()
    with pytest.raises(AttributeError, match="cannot change"):
        one.area = "62"
    assert one == pack()
    assert hash(one) == hash(pack())
    assert one != pack(rule("other"))
    judgement = judge(household(net_income_12m="1"), one, as_of=AS_OF)
    assert pickle.loads(pickle.dumps(judgement)) == judgement


class Orchard(Household):
    """A model with one fact more."""

    orchard: Annotated[int | None, Fact(zh="果园", en="orchard", unit="mu", low=0, high=99)] = None


class Herd(Household):
    """A model with another fact more."""

    cattle: Annotated[int | None, Fact(zh="牛", en="cattle", low=0, high=99)] = None


def test_a_household_without_the_facts_of_the_model_is_refused() -> None:
    """Neither the reference nor the compiled function stumbles over a missing attribute."""
    judged = pack(rule(when=facts(Orchard).orchard > 3), parameters=[], model=Orchard)
    for answer in (lambda one: judge(one, judged, as_of=AS_OF), compile_pack(judged, as_of=AS_OF)):
        with pytest.raises(InvalidArgumentError, match="Household lacks orchard"):
            answer(household())
        with pytest.raises(InvalidArgumentError, match="dict is no household"):
            answer({"household_id": "h"})


def test_a_condition_made_for_another_kind_of_fact_is_refused() -> None:
    """A model that turns a number into a flag is found when the pack is made."""

    class Odd(Household):
        size: Annotated[bool | None, Fact(zh="人口", en="size")] = None  # type: ignore[assignment]

    with pytest.raises(InvalidPackError, match="is flag in Odd"):
        pack(rule(when=h.size > 3), parameters=[], model=Odd)
    with pytest.raises(InvalidModelError, match="a class of Household"):
        pack(model=Record)


def test_a_combined_pack_and_its_households_are_sent_to_another_process() -> None:
    """The joined model is made again there."""
    orchard = pack(rule("o", when=facts(Orchard).orchard > 3), parameters=[], model=Orchard)
    herd = pack(rule("c", when=facts(Herd).cattle > 3), parameters=[], model=Herd, id="b")
    both = combine(orchard, herd)
    assert combine(orchard, herd).model is both.model
    one = both.model(household_id="h", area="610725100200", orchard=5, cattle=None)
    again, same = pickle.loads(pickle.dumps((both, one)))
    assert again == both
    assert same == one
    assert judge(same, again, as_of=AS_OF).verdicts == {"o": Verdict.WARN, "c": Verdict.UNDECIDED}
    with pytest.raises(InvalidArgumentError, match="at least one pack"):
        combine()


def test_a_pack_survives_being_sent_to_another_process() -> None:
    """Its rules, values and answers are the same after pickling."""
    again = pickle.loads(pickle.dumps(pack_from_toml(TOML)))
    assert again.rules["medical"].when == pack_from_toml(TOML).rules["medical"].when
    assert repr(again) == "<Pack county 0: 2 rules, 1 parameters>"


def test_packs_combine_and_each_keeps_its_area() -> None:
    """A province and a county screen together; the county's rules stay in the county."""
    province = pack(rule("province"), id="province")
    county = pack_from_toml(
        TOML.replace('id = "line"', 'id = "county-line"').replace(
            'param("line")', 'param("county-line")'
        )
    )
    both = combine(province, county)
    assert both.area == "61"
    assert set(judge(household(), both, as_of=AS_OF).verdicts) == {
        "province",
        "income-under-line",
        "medical",
    }
    assert set(judge(household(area="610726100200"), both, as_of=AS_OF).verdicts) == {"province"}
    with pytest.raises(InvalidPackError, match="twice"):
        combine(province, pack(rule("province"), id="other"))


def test_extended_models_combine() -> None:
    """A household of combined packs has the facts of each model."""

    class Orchard(Household):
        """A county's model."""

    class Herd(Household):
        """Another county's."""

    joined = combine(
        pack(id="a", model=Orchard, area="610725"),
        pack(rule("s", when=h.size > 3), parameters=[], id="b", model=Herd, area="610726"),
    )
    assert issubclass(joined.model, Orchard)
    assert issubclass(joined.model, Herd)
    assert joined.area == "6107"


# --- discovery --------------------------------------------------------------------


def good() -> Pack:
    """A pack that loads."""
    return pack(id="good")


def broken() -> Pack:
    """A pack that raises."""
    raise RuntimeError("no such table")


def entry(name: str, value: str) -> EntryPoint:
    """An entry point into this module."""
    return EntryPoint(name, f"{__name__}:{value}", "antipoverty.packs")


def test_a_broken_pack_is_named_and_hides_no_other() -> None:
    """Failing, misnamed, absent and double packs are each reported with their cause."""
    found = discover_packs(
        [
            entry("good", "good"),
            entry("bad", "broken"),
            entry("other", "good"),
            entry("gone", "nothing"),
            entry("twice", "good"),
            entry("twice", "broken"),
            entry("text", "TOML"),
        ]
    )
    assert [*found.packs] == ["good"]
    causes = {name: str(error) for name, error in found.broken.items()}
    assert set(causes) == {"bad", "gone", "other", "text", "twice"}
    assert "RuntimeError: no such table" in causes["bad"]
    assert "called 'good'" in causes["other"]
    assert isinstance(found.broken["twice"], DuplicateIdError)
    with pytest.raises(BrokenPluginError, match="no such table"):
        _ = found["bad"]
    with pytest.raises(UnknownPackError, match="did you mean 'good'"):
        _ = found["goood"]


def ends() -> Pack:
    """A plugin that ends the process it is loaded in."""
    raise SystemExit(0)


def test_one_pack_is_loaded_and_no_other() -> None:
    """A broken neighbour is not touched; its own fault, a double name and an unknown are told."""
    entries = [
        *(entry("good", "good"), entry("bad", "broken"), entry("ends", "ends")),
        *(entry("twice", "good"), entry("twice", "broken")),
    ]
    assert discover_pack("good", entries).id == "good"
    with pytest.raises(BrokenPluginError, match=r"'ends' .* could not be loaded: SystemExit: 0"):
        discover_pack("ends", entries)
    with pytest.raises(BrokenPluginError, match="no such table"):
        discover_pack("bad", entries)
    with pytest.raises(DuplicateIdError):
        discover_pack("twice", entries)
    with pytest.raises(UnknownPackError, match="installed are: bad, ends, good; did you mean"):
        discover_pack("goood", entries)
    assert set(discover_packs(entries).broken) == {"bad", "ends", "twice"}


def test_an_error_names_its_place_once_and_stays_what_it_is() -> None:
    """Also one that carries more than its message."""
    first = UnknownReferenceError("it names 'x'", "x").within("rule 'a'").within("rule 'a'")
    assert (str(first), first.name, first.args) == (
        "rule 'a': it names 'x' [unknown-reference]",
        "x",
        ("rule 'a': it names 'x'",),
    )
    whole = InvalidPackError("two problems", [first]).within("county.toml")
    assert str(whole).startswith("county.toml: two problems: 1 problem [invalid-pack]")
    assert whole.problems == (first,)
