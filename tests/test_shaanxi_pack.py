"""The Shaanxi pack answers each of its cases, and says what it rests on."""

from __future__ import annotations

from datetime import date
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
        assert {case.expect for case in CASES if case.rule == rule} == set(Verdict)


def test_the_base_household_is_clear_of_every_rule() -> None:
    """A case changes one thing; without it nothing warns and nothing is open."""
    text = FILES[0].read_text(encoding="utf-8").split("[[case]]")[0]
    case = 'rule = "no-labour"\nname = "base"\nside = "clear"\nexpect = "clear"\n'
    (base,) = read_cases(f"{text}[[case]]\n{case}", PACK)
    assert set(judge(base.home, PACK, as_of=DEMO_DAY).verdicts.values()) == {Verdict.CLEAR}


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
    for case in CASES:
        for alert in judge(case.home, PACK, as_of=case.as_of):
            marked = alert.illustrative
            assert ("illustrative, not policy" in alert.explain("en")) is marked
            assert ("示例，非政策" in alert.explain("zh")) is marked


def test_the_line_of_2022_is_not_published_so_the_pack_refuses() -> None:
    """On New Year's Day the pack asks for the value."""
    home = CASES[0].home
    judge(home, PACK, as_of=date(2021, 12, 31))
    with pytest.raises(ParameterNotSetError, match="monitoring_line"):
        judge(home, PACK, as_of=date(2022, 1, 1))


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
    home = Household(household_id="h", area="610111001200", members=(), records=())
    assert judge(home, pack, as_of=date(2025, 6, 1))


def test_the_page_of_sources_is_the_packs_own() -> None:
    """SOURCES.md says what the pack says."""
    assert (FOLDER / "SOURCES.md").read_text(encoding="utf-8") == sources_page(PACK)


BASE = 'as_of = 2021-12-01\n[base.household]\narea = "610702100200"\n'
CASE = '[[case]]\nrule = "no-labour"\nname = "n"\nside = "clear"\nexpect = "clear"\n'


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
            ["2 problems"],
        ),
    ],
)
def test_mistakes_in_a_file_of_cases_come_at_once(text: str, hints: list[str]) -> None:
    """Each is named by rule and case."""
    with pytest.raises(InvalidCasesError) as caught:
        read_cases(text, PACK)
    for hint in hints:
        assert hint in str(caught.value)
