"""Mutants are single slips of a pack, and cases that notice all of them pin it down."""

from __future__ import annotations

import json
from datetime import date, timedelta
from importlib import resources
from pathlib import Path
from random import Random

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antipoverty.conditions import Condition
from antipoverty.errors import (
    InvalidArgumentError,
    InvalidCasesError,
    StaleEquivalentsError,
    VacuousLawError,
)
from antipoverty.model import Household, Record
from antipoverty.packs import shaanxi_2531
from antipoverty.rules import Pack, Source, Text, Verdict, judge, parameter
from antipoverty.testing import (
    Case,
    boundary_cases,
    conditions,
    mutants,
    mutate,
    read_case_files,
    read_cases,
    read_equivalents,
)
from packs import a_pack, a_rule

SHAANXI = shaanxi_2531()
FOLDER = resources.files("antipoverty.packs") / "shaanxi_2531"
CASES = read_case_files(Path(str(FOLDER / "cases")), SHAANXI)
EQUIVALENTS = read_equivalents((FOLDER / "equivalents.toml").read_text(encoding="utf-8"))
OF_RULES = {text: why for text, why in EQUIVALENTS.items() if text.split(":")[0] in SHAANXI.rules}
DAY = date(2022, 6, 1)
SOURCE = Source("a test")
AREA = "610702100200"


def pack(when: str | Condition, **lines: str) -> Pack:
    """A pack of one rule; its parameters are of yuan."""
    every = [
        parameter(name, Text(name, name), "yuan", [(value, date(2022, 1, 1), None, SOURCE)])
        for name, value in lines.items()
    ]
    return a_pack(a_rule(when, since=date(2022, 1, 1)), parameters=every)


def case(expect: str, records: tuple[Record, ...] = (), **facts: object) -> Case:
    """A case of that rule."""
    household = Household(household_id="h", area=AREA, members=(), records=records, **facts)  # type: ignore[arg-type]
    return Case("r", "n", "warn", Verdict(expect), DAY, household)


def texts(when: str, kind: str, **lines: str) -> set[str]:
    """The changes of a kind that are made to a condition."""
    return {f"{m.before} -> {m.after}" for m in mutants(pack(when, **lines)) if m.kind == kind}


@pytest.mark.parametrize(
    ("when", "kind", "expected"),
    [
        (
            "size >= 3",
            "operator",
            {"size >= 3 -> size > 3", "size >= 3 -> size < 3"},
        ),
        ("size >= 3", "threshold", {"3 -> 2", "3 -> 4"}),
        (
            "not monitored",
            "operator",
            {"not monitored -> monitored"},
        ),
        ("monitored is known", "operator", {
            "monitored is known -> monitored", "monitored is known -> monitored is not known"
        }),
        ("monitored and size >= 3", "part", {
            "monitored -> (left out)", "size >= 3 -> (left out)"
        }),
        (
            'dwelling_grade in ("C", "D")',
            "word",
            {
                f"dwelling_grade in ... -> dwelling_grade in ... {more}"
                for more in ('not "C"', 'not "D"', 'or "A"', 'or "B"')
            },
        ),
        (
            "count(records, months=2) > 1",
            "window",
            {
                f"months=2 -> {other}"
                for other in (
                    *("months=1", "months=3", "months=2 and a day", "months=2 less a day"),
                    "(left out)",
                )
            },
        ),
        (
            'count(records, calendar="month") > 1',
            "window",
            {
                f'calendar="month" -> {other}'
                for other in ('calendar="quarter"', 'calendar="year"', "months=1", "(left out)")
            },
        ),
        (
            'count(records, years=1) > count(records, calendar="quarter", before=2)',
            "window",
            {
                *(f"years=1 -> {other}" for other in ("years=2", 'calendar="year"', "(left out)")),
                *(f"years=1 -> years=1 {other} a day" for other in ("and", "less")),
                *(
                    f'calendar="quarter", before=2 -> {other}'
                    for other in (
                        *('calendar="quarter", before=1', 'calendar="quarter", before=3'),
                        *('calendar="month", before=2', 'calendar="year", before=2'),
                        *("months=3, before=3", "(left out)"),
                    )
                ),
            },
        ),
        ("net_income_12m - subsidy_income_12m > yuan(1)", "operator", {
            "net_income_12m - subsidy_income_12m > yuan(1) -> "
            "net_income_12m - subsidy_income_12m >= yuan(1)",
            "net_income_12m - subsidy_income_12m > yuan(1) -> "
            "net_income_12m - subsidy_income_12m <= yuan(1)",
            "net_income_12m - subsidy_income_12m -> net_income_12m + subsidy_income_12m",
            "net_income_12m - subsidy_income_12m -> subsidy_income_12m - net_income_12m",
        }),
        ("score((2, monitored), (ratio(\"0.5\"), minimum_living)) > 2", "threshold", {
            "(2, monitored) -> (1, monitored)",
            "(2, monitored) -> (3, monitored)",
            "(1/2, minimum_living) -> (49/100, minimum_living)",
            "(1/2, minimum_living) -> (51/100, minimum_living)",
            "weights 2, 1/2 -> weights 1/2, 2",
            "2 -> 1",
            "2 -> 3",
        }),
        ("labourers < 3", "field", {"labourers -> labourers_prev", "labourers -> size"}),
        ('any(records, kind == "a" and amount > yuan(3))', "operator", {
            f'any(records, kind == "a" and amount > yuan(3)) -> {other}'
            for other in (
                'all(records, kind == "a" and amount > yuan(3))',
                'sum(records, amount, where=kind == "a") > yuan(3)',
                'not any(records, kind == "a" and amount > yuan(3))',
            )
        } | {
            "and -> or",
            *(f'kind == "a" -> kind {other} "a"' for other in ("!=",)),
            *(f"amount > yuan(3) -> amount {other} yuan(3)" for other in (">=", "<=")),
        }),
        ("median(records, amount) > yuan(3)", "operator", {
            *(f"median(records, amount) > yuan(3) -> median(records, amount) {other} yuan(3)"
              for other in (">=", "<=")),
            *(f"median(records, amount) -> {other}(records, amount)"
              for other in ("sum", "min", "max")),
        }),
        ("sum(records, amount) > yuan(3)", "operator", {
            *(f"sum(records, amount) > yuan(3) -> sum(records, amount) {other} yuan(3)"
              for other in (">=", "<=")),
            *(f"sum(records, amount) -> {other}(records, amount)"
              for other in ("median", "min", "max")),
        }),
    ],
)  # fmt: skip
def test_each_change_is_one_slip(when: str, kind: str, expected: set[str]) -> None:
    """The operator beside, a step more or less, another field of the unit, a part left out."""
    assert texts(when, kind) == expected


def test_a_parameter_is_changed_for_another_of_its_unit_and_its_values_by_a_step() -> None:
    """By one fen, for an amount."""
    found = texts('net_income_12m < param("one")', "parameter", one="100", two="200")
    assert found == {
        'param("one") -> param("two")',
        "one = 100 yuan -> one = 99.99 yuan",
        "one = 100 yuan -> one = 100.01 yuan",
    }


def test_every_mutant_has_a_name_of_its_own_and_differs_from_its_rule() -> None:
    """So that a list of equivalents can name each."""
    every = list(mutants(SHAANXI))
    assert len(every) > 1_000
    assert len({str(one) for one in every}) == len(every)
    assert all(one.when.key != one.rule.when.key or one.values for one in every)
    assert {one.kind for one in every} == {
        *("operator", "threshold", "window", "field", "parameter", "word", "part")
    }


def test_the_shaanxi_packs_cases_notice_every_change_that_a_household_could() -> None:
    """What is left is proved, or listed with its reason, and the list holds nothing more."""
    found = mutate(SHAANXI, CASES, equivalents=EQUIVALENTS)
    assert [str(one) for one in found.survivors] == []
    reasons = {str(one): why for one, why in found.equivalent}
    assert {text for text, why in reasons.items() if why in OF_RULES.values()} == {*OF_RULES}
    assert found.noticed + len(reasons) == found.mutants


def test_what_the_shaanxi_pack_lists_as_equivalent_is_proved() -> None:
    """Its reasons hold for every household that the model allows."""
    pytest.importorskip("z3", reason="proofs need the extra 'proofs'")
    from antipoverty.testing.proofs import is_equivalent

    found = mutate(SHAANXI, CASES, prove=is_equivalent)
    assert found.survivors == ()
    assert {str(one) for one, why in found.equivalent if why == "proved"} == {*OF_RULES}


@pytest.mark.parametrize("rule", ["no-labour", "out-of-school", "income-collapse"])
def test_what_is_proved_is_what_no_boundary_case_notices(rule: str) -> None:
    """A proof and a household that tells the change from its rule exclude each other."""
    pytest.importorskip("z3", reason="proofs need the extra 'proofs'")
    from antipoverty.testing.proofs import is_equivalent

    cases = boundary_cases(rule, SHAANXI)
    for mutant in mutants(SHAANXI, [rule]):
        assert is_equivalent(mutant) is not mutant.noticed(cases), str(mutant)


def test_what_a_mutant_answers_is_what_its_changed_pack_answers() -> None:
    """A mutant is asked without building its pack; the answers are the same."""
    by_rule: dict[str, list[Case]] = {}
    for one in (case for case in CASES if case.expect is not None):
        by_rule.setdefault(one.rule, []).append(one)
    for number, mutant in enumerate(mutants(SHAANXI)):
        if number % 40 == 0:
            changed = mutant.changed
            for one in by_rule[mutant.rule.id]:
                answers = judge(one.household, changed, as_of=one.as_of).verdicts
                assert mutant.verdict(one) is answers[mutant.rule.id]


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(conditions(), st.randoms(use_true_random=False))
def test_the_mutants_of_any_condition_can_be_asked(when: Condition, drawn: Random) -> None:
    """Each has a name of its own, and answers as the pack that has its change."""
    policy = pack(when)
    every = list(mutants(policy))
    assert len({str(one) for one in every}) == len(every)
    cases = boundary_cases("r", policy, as_of=DAY)
    for mutant in drawn.sample(every, min(3, len(every))):
        assert mutant.when.key != policy.rules["r"].when.key
        changed = mutant.changed
        for one in (case for case in cases if case.expect is not None):
            answers = judge(one.household, changed, as_of=one.as_of).verdicts
            assert mutant.verdict(one) is answers["r"]


def test_cases_that_the_pack_fails_already_are_refused() -> None:
    """They would notice everything; a case of another day is not asked at all."""
    early = attrs.evolve(case("warn", size=6), as_of=date(2022, 1, 1))
    with pytest.raises(InvalidCasesError) as caught:
        mutate(pack("size >= 3", line="1"), [case("clear", size=3), case("warn", size=3), early])
    assert "1 problem " in str(caught.value)
    assert "the pack answers warn on 2022-06-01, not clear" in str(caught.value)
    assert "政策包在 2022-06-01 判为预警 warn，而不是 正常 clear" in caught.value.text("zh")


def test_a_boundary_that_no_case_stands_on_is_reported() -> None:
    """A `>` for a `>=` survives until a case stands on the threshold."""
    policy = pack("size >= 3")
    loose = [case("warn", size=6), case("clear", size=1), case("undecided")]
    survivors = {one.change for one in mutate(policy, loose).survivors}
    assert "operator size >= 3 -> size > 3" in survivors
    assert "threshold 3 -> 2" in survivors
    tight = [case("warn", size=3, labourers=0, labourers_prev=0), case("clear", size=2)]
    assert mutate(policy, tight).survivors == ()


def test_a_parameter_that_never_differs_is_an_equivalent_and_one_that_can_is_not() -> None:
    """Two lines of 100 yuan are told apart once one of them has another value somewhere."""
    policy = pack('net_income_12m < param("one")', one="100", two="100")
    swap = 'r: parameter param("one") -> param("two")'
    assert [str(one) for one, _ in mutate(policy, []).equivalent] == [swap]
    later = policy.with_value(
        "two", "101", since=date(2022, 1, 1), until=None, source=SOURCE, area="6107"
    )
    assert swap in {str(one) for one in mutate(later, []).survivors}
    here = case("clear", net_income_12m="100")
    assert swap not in {str(one) for one in mutate(later, [here]).survivors}


def test_each_value_that_can_be_asked_for_needs_its_own_case() -> None:
    """A case of one year and place says nothing of the value of another."""
    policy = pack('net_income_12m < param("one")', one="100").with_value(
        "one", "200", since=date(2022, 1, 1), until=None, source=SOURCE, area="6107"
    )
    cases = [case("warn", net_income_12m="199.99"), case("clear", net_income_12m="200")]
    assert {one.change for one in mutate(policy, cases).survivors} == {
        f"parameter one = 100 yuan in all areas from 2022-01-01 -> one = {value} yuan in all areas "
        "from 2022-01-01"
        for value in ("99.99", "100.01")
    }


def test_equivalents_are_excused_by_name_and_proof_and_counted_apart() -> None:
    """The reason of each is kept."""
    policy = pack("size < 3")
    every = [str(one) for one in mutants(policy)]
    found = mutate(policy, [], equivalents={every[0]: "because"}, prove=lambda m: m.kind == "field")
    reasons = {str(mutant): why for mutant, why in found.equivalent}
    assert reasons[every[0]] == "because"
    assert set(reasons.values()) == {"because", "proved"}
    assert found.mutants == len(every) == len(found.survivors) + len(reasons)
    assert found.noticed == 0


def test_a_listed_equivalent_that_no_longer_holds_is_an_error() -> None:
    """It names no mutant, or a case notices it; both are said at once."""
    policy = pack("size < 3")
    listed = {"r: operator size < 3 -> size <= 3": "why", "r: operator no more": "why"}
    with pytest.raises(StaleEquivalentsError) as caught:
        mutate(policy, [case("clear", size=3)], equivalents=listed)
    assert "size <= 3: a case notices it" in str(caught.value)
    assert "no more: the pack has no such mutant" in str(caught.value)
    with pytest.raises(VacuousLawError):
        mutate(policy, [], rules=[], equivalents=listed)


def test_progress_is_told_and_an_unknown_rule_is_refused() -> None:
    """Every mutant is counted once."""
    told: list[tuple[int, int]] = []
    found = mutate(pack("size < 3"), [], progress=lambda done, total: told.append((done, total)))
    assert told == [(number, found.mutants) for number in range(1, found.mutants + 1)]
    with pytest.raises(InvalidArgumentError, match="has no rule 's'"):
        mutate(pack("size < 3"), [], rules=["s"])


def test_a_list_of_equivalents_is_read_and_its_mistakes_come_at_once() -> None:
    """Each entry has a rule, a change and a reason."""
    good = '[[equivalents]]\nrule = "r"\nchange = "part a -> b"\nwhy = "w"\n'
    assert read_equivalents(good) == {"r: part a -> b": "w"}
    assert read_equivalents("") == {}
    with pytest.raises(InvalidCasesError) as caught:
        read_equivalents(good.replace('"w"', '""') + '[[equivalents]]\nrule = "r"\nwhy = "w"')
    assert "2 problems" in str(caught.value)
    with pytest.raises(InvalidCasesError, match="not TOML"):
        read_equivalents("x =")


def test_a_parameter_that_has_no_value_there_is_noticed() -> None:
    """The changed rule could not be asked at all."""
    policy = pack('net_income_12m < param("one")', one="100")
    extra = parameter("two", Text("二", "two"), "yuan", [("100", date(2023, 1, 1), None, SOURCE)])
    parts = policy._parts()
    wider = Pack(**parts | {"parameters": [*parts["parameters"], extra]})
    swap = next(one for one in mutants(wider) if one.after == 'param("two")')
    assert swap.verdict(case("warn", net_income_12m="1")) is None
    assert swap.noticed([case("warn", net_income_12m="1")])


# --- the command line -------------------------------------------------------------------------


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """Run a command of ``antipoverty rules``."""
    pytest.importorskip("typer", reason="the command line needs the extra 'cli'")
    from antipoverty.cli import main

    code = main(["rules", *map(str, words)])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


@pytest.fixture
def unproved(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where z3 is not installed."""
    pytest.importorskip("typer", reason="the command line needs the extra 'cli'")
    monkeypatch.setattr("antipoverty.cli.rule_cases.prover", lambda: None)


MUTATE = ("mutate", "shaanxi-2531", "--tests", FOLDER / "cases", "--rule", "no-labour")
LISTED = ("--equivalents", FOLDER / "equivalents.toml")


@pytest.mark.slow
@pytest.mark.usefixtures("unproved")
def test_the_command_reports_what_cases_miss_and_says_no(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 1 while something survives, 0 once it is listed; the same as JSON."""
    code, out, _ = run(capsys, *MUTATE)
    assert code == 1
    assert "labourers <= 0" in out
    assert "install antipoverty[proofs]" in out
    code, out, _ = run(capsys, *MUTATE, *LISTED)
    assert code == 0
    assert "0 未发现" in out
    assert "0 missed" in out
    code, out, _ = run(capsys, *MUTATE, "--json")
    assert code == 1
    document = json.loads(out)
    assert document["survivors"] == [
        {
            "rule": "no-labour",
            "kind": "operator",
            "change": "operator labourers == 0 -> labourers <= 0",
        }
    ]
    assert document["proofs"] is False
    code, out, _ = run(capsys, *MUTATE, *LISTED, "--json")
    assert code == 0
    assert json.loads(out)["equivalent"][0]["why"].startswith("劳动力数")


def test_the_command_takes_proofs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is proved equivalent is no survivor."""
    pytest.importorskip("typer", reason="the command line needs the extra 'cli'")
    monkeypatch.setattr("antipoverty.cli.rule_cases.prover", lambda: lambda mutant: True)
    code, out, _ = run(capsys, *MUTATE, "--json")
    assert code == 0
    assert json.loads(out)["equivalent"][0]["why"] == "proved"


@pytest.mark.usefixtures("unproved")
def test_what_cannot_be_used_is_said_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder without cases, files with mistakes, a stale list."""
    mutate_here = ("mutate", "shaanxi-2531", "--tests", tmp_path, "--rule", "no-labour")
    code, _, err = run(capsys, *mutate_here)
    assert (code, "has no *.toml file" in err) == (2, True)
    code, _, err = run(capsys, *mutate_here[:3], tmp_path / "gone", *mutate_here[4:])
    assert (code, "there is no folder 'gone'" in err) == (2, True)
    (tmp_path / "one.toml").write_text("as_of = 2021-12-01", encoding="utf-8")
    code, _, err = run(capsys, *mutate_here[:3], tmp_path / "one.toml", *mutate_here[4:])
    assert (code, "'one.toml' is a file" in err) == (2, True)
    code, _, err = run(capsys, *mutate_here)
    assert code == 2
    assert "one.toml: base: field required" in err
    none = '[pack]\nid = "none"\ntitle = "无"\n'
    (tmp_path / "none" / "tests").mkdir(parents=True)
    (tmp_path / "none" / "pack.toml").write_text(none, encoding="utf-8")
    (tmp_path / "none" / "tests" / "cases.toml").write_text(
        "as_of = 2021-12-01\nbase = {}\ncases = []", encoding="utf-8"
    )
    code, _, err = run(
        capsys, "mutate", tmp_path / "none" / "pack.toml", "--tests", tmp_path / "none" / "tests"
    )
    assert (code, "[vacuous]" in err) == (2, True)
    (tmp_path / "one.toml").write_text("x =", encoding="utf-8")
    (tmp_path / "two.toml").write_bytes("名".encode("gb18030"))
    code, _, err = run(capsys, *mutate_here)
    assert code == 2
    assert "one.toml: " in err
    assert "two.toml: is not UTF-8" in err
    stale = tmp_path / "stale"
    stale.write_text(
        '[[equivalents]]\nrule = "no-labour"\nchange = "no more"\nwhy = "w"\n', encoding="utf-8"
    )
    code, _, err = run(capsys, *MUTATE, "--equivalents", stale)
    assert (code, "[stale-equivalents]" in err) == (2, True)


def test_the_cases_of_a_pack_are_written_and_notice_every_mutant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Printed, or to a file; for a rule, or all; on a day."""
    code, out, _ = run(capsys, "cases", "shaanxi-2531", "--rule", "no-labour")
    assert code == 0
    assert {case.rule for case in read_cases(out, SHAANXI)} == {"no-labour"}
    file = tmp_path / "all.toml"
    some = ("--rule", "no-labour", "--rule", "out-of-school")
    on = ("--as-of", "2021-12-01")
    code, out, _ = run(capsys, "cases", "shaanxi-2531", *some, *on, "--out", file)
    assert code == 0
    assert "out-of-school" in out
    found = read_case_files(tmp_path, SHAANXI)
    first = SHAANXI.rules["no-labour"].since
    days = {case.as_of for case in found}
    assert days == {date(2021, 12, 1), first, first - timedelta(days=1)}
    survivors = mutate(SHAANXI, found, rules=["no-labour", "out-of-school"]).survivors
    assert [one.change for one in survivors] == ["operator labourers == 0 -> labourers <= 0"]
    assert run(capsys, "cases", "shaanxi-2531", "--as-of", "2020-12-31")[0] == 2
