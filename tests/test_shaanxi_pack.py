"""The Shaanxi pack answers each of its cases, and says what it rests on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from importlib import resources

import pytest

from antipoverty.conditions import parse
from antipoverty.errors import InvalidCasesError, ParameterNotSetError
from antipoverty.model import Household
from antipoverty.packs import shaanxi_2531, sources_page
from antipoverty.rules import Source, Verdict, discover_packs, judge
from antipoverty.testing.cases import Case, read_cases, uncovered

PACK = shaanxi_2531()
FOLDER = resources.files("antipoverty.packs") / "shaanxi_2531"
FILES = sorted(
    (file for file in (FOLDER / "cases").iterdir() if file.name.endswith(".toml")),
    key=lambda file: file.name,
)
CASES = [case for file in FILES for case in read_cases(file.read_text(encoding="utf-8"), PACK)]
DEMO_DAY = date(2021, 12, 1)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}: {case.name}")
def test_the_pack_answers_its_cases(case: Case) -> None:
    """Each case gets the verdict that is written beside it."""
    assert case.run(PACK) is case.expect


def test_every_rule_has_a_case_on_each_side_on_the_threshold_and_with_a_fact_missing() -> None:
    """No rule is left unpinned, and warn, clear and undecided all occur for each."""
    assert uncovered(PACK, CASES) == {}
    for rule in PACK.rules:
        assert {case.expect for case in CASES if case.rule == rule} >= set(Verdict)


def test_the_base_household_is_clear_of_every_rule() -> None:
    """A case changes one thing; without it nothing warns and nothing is open."""
    text = FILES[0].read_text(encoding="utf-8").split("[[cases]]")[0]
    case = 'rule = "no-labour"\nname = "base"\nside = "clear"\nexpect = "clear"\n'
    (base,) = read_cases(f"{text}[[cases]]\n{case}", PACK)
    assert set(judge(base.household, PACK, as_of=DEMO_DAY).verdicts.values()) == {Verdict.CLEAR}


def test_the_pack_covers_the_mechanism() -> None:
    """Its rules name every department signal, the three triggers and the three categories."""
    assert len(PACK.rules) >= 25
    assert {"medical-burden-general", "accident-compensation", "labour-loss"} <= set(PACK.rules)
    assert {rule.category for rule in PACK.rules.values()} == {
        None,
        "unstable",
        "marginal",
        "sudden",
    }
    assert {rule.department for rule in PACK.rules.values()} == set(PACK.departments)
    assert discover_packs()["shaanxi-2531"].id == PACK.id


PUBLISHED = [
    # rule, its test, yuan or share, grade, who published it
    ("medical-burden-low-income", '> param("medical.burden_low_income")', "10000", "B", "Xi'an"),
    ("medical-burden-general", '> param("medical.burden_general")', "26000", "B", "Xi'an"),
    ("admission-monitored", '> param("medical.admission_monitored")', "6000", "C", "unnamed"),
    ("admission-other", '> param("medical.admission_other")', "10000", "C", "unnamed"),
    ("outpatient-month", '>= param("medical.outpatient_month")', "500", "C", "unnamed"),
    ("school-cost", '> param("education.cost_year")', "10000", "C", "unnamed"),
    ("subsidy-dependent", '> param("income.subsidy_share")', "0.6", "C", "place not given"),
    ("income-under-line", '< param("monitoring_line") * size', "6000", "B", "Guizhou"),
    ("suspected-dropout", 'kind == "suspected_dropout"', None, "A", "Eshan County 2022"),
    ("traffic-accident", 'kind == "traffic_accident"', None, "A", "Eshan County 2022"),
    ("crime-harm", 'kind == "crime_harm"', None, "A", "Eshan County 2022"),
    ("living-guarantee-added", 'kind == "living_guarantee_added"', None, "A", "Eshan County 2022"),
    ("disability-certified", 'kind == "disability_certified"', None, "B", "Banner 2023"),
    ("dangerous-house", 'kind == "dangerous_house"', None, "B", "Banner 2023"),
    ("unsafe-water", 'kind == "water_unsafe"', None, "B", "Banner 2023"),
    ("uninsured-member", "not insured", None, "B", "Banner 2023"),
    ("disaster", 'kind == "disaster_loss"', None, "C", "unnamed county"),
    ("job-loss", 'kind == "job_loss"', None, "A", "Wangcang County 2021"),
    ("project-failed", 'kind == "project_failed"', None, "A", "Wangcang County 2021"),
    (
        "work-income-falling",
        "work_income_year < work_income_year_before",
        None,
        "C",
        "place not given",
    ),
]


@pytest.mark.parametrize(("rule", "test", "value", "grade", "place"), PUBLISHED)
def test_a_published_standard_is_kept_as_it_was_published(
    rule: str, test: str, value: str | None, grade: str, place: str
) -> None:
    """The operator, the figure, the grade and the place are those of the source."""
    found = PACK.rules[rule]
    assert test in str(found.when)
    assert (found.source.grade, place in found.source.title.en) == (grade, True)
    if value is not None:
        name = test.split('"')[1]
        amounts = {Fraction(one.value) for one in PACK.parameters[name].values}
        fen = 100 if "yuan" in str(PACK.parameters[name].unit) else 1
        assert amounts == {Fraction(value) * fen}


@pytest.mark.parametrize(
    "unpublished",
    [
        "traffic.compensation",
        "emergency.loss",
        "income.left_share",
        "spending.rigid_share",
        "hardship.cutoff",
        "education.first_age",
    ],
)
def test_a_figure_that_nobody_published_has_no_grade(unpublished: str) -> None:
    """It stands as an example without a source to lean on."""
    for value in PACK.parameters[unpublished].values:
        assert (value.source.grade, value.source.illustrative) == (None, True)
        assert "not published" in value.source.title.en


def test_no_rule_is_published_for_shaanxi_so_each_is_an_example() -> None:
    """Elsewhere's standard, and the pack's own, are marked; the note says whose it is."""
    assert all(rule.source.illustrative for rule in PACK.rules.values())
    assert all(rule.source.note.en for rule in PACK.rules.values())


@pytest.mark.parametrize("poor", [True, False, None])
@pytest.mark.parametrize("above", [-1, 0, 1], ids=["under", "on the line", "over"])
@pytest.mark.parametrize("risk", [True, False])
def test_the_three_categories_are_told_apart_as_the_policy_says(
    poor: bool | None, above: int, risk: bool
) -> None:
    """Under the line status decides between two; over it sudden hardship asks for no status."""
    household = Household(
        household_id="h",
        area="610702100200",
        size=3,
        formerly_poor=poor,
        monitored=False,
        net_income_12m=Decimal(18_000) + Decimal(above) / 100,
        net_income_prev_12m=Decimal(18_000),
        rigid_spending_12m=Decimal(10_000),
        evident_hardship=True,
        labourers=1,
        labourers_prev=2 if risk else 1,
        water_safe=True,
        dwelling_grade="A",
        members=(),
        records=(),
    )
    verdicts = judge(household, PACK, as_of=DEMO_DAY).verdicts
    found = {name: verdicts[f"category-{name}"] for name in ("unstable", "marginal", "sudden")}
    yes, no = Verdict.WARN, Verdict.CLEAR
    under = {True: (yes, no), False: (no, yes), None: (Verdict.UNDECIDED, Verdict.UNDECIDED)}
    expected = (*under[poor], no) if above < 0 else (no, no, yes)
    assert tuple(found.values()) == (expected if risk else (no, no, no))


def test_every_text_form_is_read_back() -> None:
    """What an official reviews is what is judged."""
    for rule in PACK.rules.values():
        assert parse(str(rule.when), PACK.schema).key == rule.when.key


def test_every_rule_and_value_has_a_source_and_what_is_not_published_says_so() -> None:
    """The line of 2021 is published for Shaanxi; the rest is marked in both languages."""
    published = {
        (one.id, value.area)
        for one in PACK.parameters.values()
        for value in one.values
        if not value.source.illustrative
    }
    assert published == {
        ("monitoring_line", "61"),
        ("medical.burden_low_income", "6101"),
        ("medical.burden_general", "6101"),
    }
    for case in (one for one in CASES if one.expect is not None):
        for alert in judge(case.household, PACK, as_of=case.as_of):
            marked = alert.illustrative
            assert ("illustrative, not policy" in alert.explain("en")) is marked
            assert ("示例，非政策" in alert.explain("zh")) is marked


def test_the_line_of_2022_is_not_published_so_the_pack_refuses() -> None:
    """On New Year's Day the pack asks for the value."""
    household = CASES[0].household
    judge(household, PACK, as_of=date(2021, 12, 31))
    with pytest.raises(ParameterNotSetError, match="monitoring_line"):
        judge(household, PACK, as_of=date(2022, 1, 1))


def test_xian_has_its_own_published_values_in_2025() -> None:
    """With the year's line supplied, Xi'an's medical lines are the published ones."""
    pack = PACK.with_value(
        "monitoring_line",
        "8000",
        since=date(2025, 1, 1),
        until=date(2025, 12, 31),
        source=Source("a value for this test"),
    )
    for area, illustrative in (("610111001200", False), ("610702100200", True)):
        value = pack.on(date(2025, 6, 1)).value("medical.burden_general", area)
        assert value.source.illustrative is illustrative
    household = Household(household_id="h", area="610111001200", members=(), records=())
    assert judge(household, pack, as_of=date(2025, 6, 1))


def test_the_page_of_sources_is_the_packs_own() -> None:
    """SOURCES.md says what the pack says."""
    assert (FOLDER / "SOURCES.md").read_text(encoding="utf-8") == sources_page(PACK)


BASE = 'as_of = 2021-12-01\n[base.household]\narea = "610702100200"\n'
CASE = '[[cases]]\nrule = "no-labour"\nname = "n"\nside = "clear"\nexpect = "clear"\n'


@pytest.mark.parametrize(
    ("text", "hints"),
    [
        (
            BASE + CASE.replace("no-labour", "nolabour"),
            ["'nolabour' 'n': the pack has no such rule"],
        ),
        (BASE + CASE + "household = { siz = 3 }", ["case 'no-labour' 'n' siz"]),
        (BASE + CASE + "household = { net_income_12m = 3.5 }", ["net_income_12m", "a float"]),
        (BASE + CASE.replace('"clear"', '"claer"', 1), ["side"]),
        (BASE.replace("as_of = 2021-12-01\n", "") + CASE, ["as_of"]),
        ("x = ", ["Invalid value"]),
        (
            BASE + CASE + "household = { size = 0 }\n" + CASE + "household = { size = 100 }",
            ["3 problems", "stands there twice"],
        ),
    ],
)
def test_mistakes_in_a_file_of_cases_come_at_once(text: str, hints: list[str]) -> None:
    """Each is named by rule and case."""
    with pytest.raises(InvalidCasesError) as caught:
        read_cases(text, PACK)
    for hint in hints:
        assert hint in str(caught.value)
