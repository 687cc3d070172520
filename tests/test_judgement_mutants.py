"""Judgement rules have cases too, and their mutants are single slips that the cases notice."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from datetime import date, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antipoverty.errors import InvalidArgumentError, InvalidCasesError, StaleEquivalentsError
from antipoverty.judgement import JudgementRule, Pattern, Signal, Tally, answer
from antipoverty.packs import shaanxi_2531
from antipoverty.rules import Pack, Source, Text
from antipoverty.testing import (
    JudgementCase,
    JudgementMutant,
    judgement_mutants,
    mutate_judgements,
    read_equivalents,
    read_judgement_cases,
    read_judgement_files,
)

PACK = shaanxi_2531()
FOLDER = Path(str(resources.files("antipoverty.packs") / "shaanxi_2531"))
CASES = read_judgement_files(FOLDER / "cases" / "judgements", PACK)
EQUIVALENTS = read_equivalents((FOLDER / "equivalents.toml").read_text(encoding="utf-8"))
DAY = date(2022, 6, 1)


# --- the Shaanxi pack ------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}: {case.name}")
def test_the_pack_answers_its_judgement_cases(case: JudgementCase) -> None:
    """Each rule concludes, or does not, as is written beside the facts."""
    assert case.run(PACK) is case.drawn


def test_every_judgement_rule_has_a_case_of_each_kind() -> None:
    """One in which it concludes, and one in which it does not."""
    seen = {(case.rule, case.drawn) for case in CASES}
    assert seen == {(rule, drawn) for rule in PACK.judgements for drawn in (True, False)}


@pytest.mark.slow
def test_the_cases_notice_every_slip_that_facts_can_tell() -> None:
    """What no case notices is listed, each with its reason."""
    found = mutate_judgements(PACK, CASES, equivalents=EQUIVALENTS)
    assert found.survivors == ()
    assert {one.rule.id for one in judgement_mutants(PACK)} == {*PACK.judgements}
    assert found.noticed > 700


LISTED = [one for one in judgement_mutants(PACK) if str(one) in EQUIVALENTS]
AGES = [0, 1, 29, 30, 31, 32, 363, 364, 365, 366, 400]
NAMES = [
    "income-under-line",
    "rigid-spending",
    "traffic-accident",
    "labour-loss",
    "category-sudden",
]


@st.composite
def facts(draw: st.DrawFn) -> tuple[Signal, ...]:
    """Up to five facts with ages on the edges of the windows."""
    found: list[Signal] = []
    for number in range(draw(st.integers(0, 5))):
        kind = draw(st.sampled_from(["alert", "alert", "measure", "undecided"]))
        rule = PACK.rules[draw(st.sampled_from([*NAMES, "admission-monitored"]))]
        found.append(
            Signal(
                id=str(number),
                household_id="h",
                kind=kind,
                name=rule.id,
                on=DAY - timedelta(days=draw(st.sampled_from(AGES))),
                department=rule.department,
                risk=rule.risk,
                category=rule.category,
                severity=rule.severity,
            )
        )
    return tuple(found)


@given(known=facts())
@settings(max_examples=60)
def test_no_facts_tell_a_listed_equivalent(known: tuple[Signal, ...]) -> None:
    """Drawn on the edges of their windows."""
    now = answer(PACK.judgements, known, DAY).fired
    for mutant in LISTED:
        changed = mutant.rule.id in answer(mutant.judgements, known, DAY).fired
        assert changed is (mutant.rule.id in now), mutant


# --- what is changed -------------------------------------------------------------------------


def rule(**given: Any) -> JudgementRule:
    """A judgement rule with little else to say."""
    return JudgementRule(
        id="r",
        title=Text("例", "example"),
        source=Source("a test"),
        since=date(2022, 1, 1),
        **given,
    )


def texts(kind: str, changed: JudgementRule, *more: JudgementRule) -> set[str]:
    """The changes of a kind that are made to a rule in a pack of its own."""
    departments = {"d": Text("部门", "department"), "e": Text("部门", "department")}
    pack = Pack(
        "p", Text("例", "example"), rules=[], departments=departments, judgements=[changed, *more]
    )
    return {f"{m.before} -> {m.after}" for m in judgement_mutants(pack, ["r"]) if m.kind == kind}


TWO = (Pattern(kind="measure"), Pattern(kind="state"))
SOME = Pattern(kind="figure", where="a.amount + yuan(5) > yuan(9) and a.risk is known")


@pytest.mark.parametrize(
    ("kind", "changed", "expected"),
    [
        (
            "window",
            rule(need=[Pattern(kind="measure", last=30)]),
            {f"need 1 last 30 -> {new}" for new in ("29", "31", "(left out)")},
        ),
        (
            "window",
            rule(need=[Pattern(kind="measure", before=1)]),
            {"need 1 before 1 -> 2", "need 1 before 1 -> (left out)"},
        ),
        ("window", rule(need=TWO, within=1), {"within 1 -> 2", "within 1 -> (left out)"}),
        (
            "threshold",
            rule(count=[Tally(of=Pattern(), at_least=2)]),
            {"count 1 at_least 2 -> 1", "count 1 at_least 2 -> 3"},
        ),
        (
            "threshold",
            rule(need=[Pattern(severity="serious")]),
            {f"need 1 severity serious -> {new}" for new in ("notice", "urgent", "(left out)")},
        ),
        (
            "field",
            rule(count=[Tally(of=Pattern(), at_least=2, distinct="day")]),
            {
                f"count 1 distinct day -> {new}"
                for new in ("name", "department", "risk", "month", "(left out)")
            },
        ),
        (
            "word",
            rule(need=[Pattern(kind="state", department="d")]),
            {f"need 1 kind state -> {kind}" for kind in ("alert", "undecided", "measure", "figure")}
            | {"need 1 department d -> (left out)", "need 1 department -> or e"},
        ),
        (
            "part",
            rule(need=TWO, lack=[Pattern()], where="a.day < b.day"),
            {
                "need 1 -> (left out)",
                "need 2 -> (left out)",
                "lack 1 -> (left out)",
                "where a.day < b.day -> (left out)",
            },
        ),
        (
            "operator",
            rule(need=TWO, where="a.day < b.day"),
            {f"where a.day < b.day -> a.day {new} b.day" for new in ("<=", ">=")},
        ),
        (
            "operator",
            rule(need=[SOME]),
            {
                f"need 1 where {SOME.where} -> {new}"
                for new in (
                    "a.amount + yuan(5) > yuan(9) or a.risk is known",
                    "a.amount + yuan(5) >= yuan(9) and a.risk is known",
                    "a.amount + yuan(5) <= yuan(9) and a.risk is known",
                    "a.amount - yuan(5) > yuan(9) and a.risk is known",
                    "a.amount + yuan(5) > yuan(9) and a.risk is not known",
                )
            },
        ),
        (
            "threshold",
            rule(need=[SOME]),
            {
                f"need 1 where {SOME.where} -> "
                f"a.amount + yuan({plus}) > yuan({over}) and a.risk is known"
                for plus, over in (("4.99", 9), ("5.01", 9), (5, "8.99"), (5, "9.01"))
            },
        ),
    ],
)
def test_a_judgement_rule_is_changed_in_one_place(
    kind: str, changed: JudgementRule, expected: set[str]
) -> None:
    """A day, one more, another kind, a word too many, an operator, a part left out."""
    assert texts(kind, changed) == expected


def test_a_chain_is_turned_and_cut() -> None:
    """A conclusion left out, its absence asked for instead, another in its place; no circle."""
    first, second = (attrs.evolve(rule(need=[Pattern()]), id=id_, concludes=id_) for id_ in "ab")
    after = attrs.evolve(rule(given=["r"]), id="z", concludes="z")
    chained = rule(need=[Pattern()], given=["a"])
    assert texts("part", chained, first, second, after) == {"given a -> (left out)"} | {
        "need 1 -> (left out)"
    }
    assert texts("operator", chained, first, second, after) == {"given a -> unless a"}
    assert {one for one in texts("word", chained, first, second, after) if "given" in one} == {
        "given a -> b"
    }


def test_a_mutant_differs_from_its_rule_and_from_the_others() -> None:
    """Each is named once; the pack stays as it was."""
    every = list(judgement_mutants(PACK))
    assert len({str(one) for one in every}) == len(every)
    assert all(one.made != one.rule == PACK.judgements[one.rule.id] for one in every)


def test_days_of_force_are_moved_but_where_nothing_is_concluded_to_rest_on() -> None:
    """A rule that ends is left open too; one that begins with what it rests on gains no day."""
    since, until = date(2022, 1, 1), date(2022, 3, 31)
    first = attrs.evolve(rule(need=[Pattern()]), id="a", concludes="a")
    second = rule(given=["a"], until=until)
    assert texts("since", second, first) == {
        f"{since} -> {day}"
        for day in ("2022-01-02", "2021-12-31", "2022-02-01", "2021-12-01", "2021-01-01")
    }
    assert f"{until} -> (left out)" in texts("until", second, first)
    pack = Pack("p", Text("例", "example"), rules=[], departments={}, judgements=[second, first])
    found = mutate_judgements(pack, [], rules=["r"])
    told = {one.change for one, why in found.equivalent if "rests on" in why}
    assert told == {f"since {since} -> {day}" for day in ("2021-12-31", "2021-12-01", "2021-01-01")}
    left = {one.change for one in found.survivors}
    assert {f"since {since} -> 2022-01-02", f"until {until} -> 2022-04-01"} <= left


# --- asking ----------------------------------------------------------------------------------

HEAD = "as_of = 2022-06-01\n"


def one_case(rule: str, expect: str, facts: Sequence[str]) -> str:
    """The text of a case."""
    listed = ", ".join(facts)
    name = listed.replace('"', "'")
    return (
        f'\n[[cases]]\nrule = "{rule}"\nname = "{name}"\nexpect = "{expect}"\nfacts = [{listed}]\n'
    )


def test_loose_cases_let_slips_through() -> None:
    """Nobody stands on the window's edge, so a day more is not noticed; then somebody does."""
    rule = "propose-sudden"
    loose = HEAD + one_case(rule, "drawn", ['{ name = "category-sudden", ago = 3 }'])
    loose += one_case(rule, "not-drawn", ['{ name = "category-sudden", ago = 99 }'])
    found = mutate_judgements(PACK, read_judgement_cases(loose, PACK), rules=[rule])
    assert {one.change for one in found.survivors} >= {
        "window need 1 last 31 -> 30",
        "window need 1 last 31 -> 32",
    }
    tight = loose + one_case(rule, "drawn", ['{ name = "category-sudden", ago = 30 }'])
    tight += one_case(rule, "not-drawn", ['{ name = "category-sudden", ago = 31 }'])
    found = mutate_judgements(PACK, read_judgement_cases(tight, PACK), rules=[rule])
    assert not {one.change for one in found.survivors if one.kind == "window"}


def test_an_alert_is_what_its_rule_makes_it_unless_told_otherwise() -> None:
    """Department, risk, category and severity come from the pack; other facts have their own."""
    given = [
        '{ name = "traffic-accident", ago = 3 }',
        '{ name = "traffic-accident", ago = 0, severity = "notice", department = "water" }',
        '{ kind = "measure", name = "aid", ago = 1, amount = 5 }',
    ]
    text = HEAD + one_case("urge", "not-drawn", given)
    (case,) = read_judgement_cases(text, PACK)
    first, second, third = case.facts
    made = PACK.rules["traffic-accident"]
    assert (first.department, first.risk, first.severity) == (
        made.department,
        made.risk,
        made.severity,
    )
    assert (first.on, second.department, second.risk) == (date(2022, 5, 29), "water", made.risk)
    assert (third.department, third.amount, third.kind) == (None, 5, "measure")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("as_of =", ["not TOML"]),
        (HEAD, ["cases"]),
        (HEAD + one_case("urge", "maybe", []), ["expect"]),
        (
            HEAD
            + one_case("urgent", "drawn", [])
            + one_case("urge", "drawn", ['{ name = "traffic-acident", ago = 1 }'])
            + one_case("urge", "drawn", ['{ kind = "visit", name = "x", ago = 1 }']),
            ["did you mean 'urge'", "did you mean 'traffic-accident'", "fact 1", "kind of fact"],
        ),
        (HEAD + one_case("urge", "drawn", ['{ name = "x", ago = -1 }']), ["ago"]),
    ],
)
def test_a_file_of_cases_that_cannot_be_used_is_told_whole(text: str, words: list[str]) -> None:
    """Every problem at once, with the name of the case."""
    with pytest.raises(InvalidCasesError) as caught:
        read_judgement_cases(text, PACK)
    for one in words:
        assert one in str(caught.value)


def test_cases_that_fail_already_are_refused() -> None:
    """They would notice everything."""
    text = HEAD + one_case("urge", "drawn", [])
    with pytest.raises(InvalidCasesError, match="does not conclude"):
        mutate_judgements(PACK, read_judgement_cases(text, PACK))


def test_a_list_of_equivalents_that_is_out_of_date_is_an_error() -> None:
    """An entry that a case notices, or that is no change of the rule."""
    for change in ("window need 1 last 31 -> 30", "window need 1 last 31 -> 77"):
        listed = {f"propose-sudden: {change}": "a mistake"}
        with pytest.raises(StaleEquivalentsError):
            mutate_judgements(PACK, CASES, rules=["propose-sudden"], equivalents=listed)
    with pytest.raises(InvalidArgumentError, match="judgement rule"):
        mutate_judgements(PACK, CASES, rules=["traffic-accident"])


# --- the command -----------------------------------------------------------------------------


def mutated(
    folder: Path, capsys: pytest.CaptureFixture[str], *rules: str
) -> tuple[int, dict[str, Any]]:
    """What the command says of some rules, with the cases of a folder."""
    from antipoverty.cli import main

    words = ["rules", "mutate", "shaanxi-2531", "--tests", str(folder), "--json"]
    words += ["--equivalents", str(FOLDER / "equivalents.toml")]
    code = main([*words, *(word for one in rules for word in ("--rule", one))])
    return code, json.loads(capsys.readouterr().out)


def test_the_command_asks_judgement_rules_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the cases in the folder 'judgements' nothing is missed; without them, everything."""
    pytest.importorskip("typer", reason="the command line needs the extra 'cli'")
    code, found = mutated(FOLDER / "cases", capsys, "help-began", "traffic-accident")
    assert (code, found["survivors"]) == (0, [])
    assert {one["rule"] for one in found["equivalent"]} == {"help-began"}
    shutil.copy(FOLDER / "cases" / "police.toml", tmp_path)
    code, bare = mutated(tmp_path, capsys, "urge")
    assert (code, bare["noticed"]) == (1, 0)
    assert {one["rule"] for one in bare["survivors"]} == {"urge"}


def test_a_mutant_shows_what_was_changed() -> None:
    """Its text names the rule, the kind of slip, and both sides of it."""
    found: list[JudgementMutant] = list(judgement_mutants(PACK, ["propose-sudden"]))
    texts = [repr(one) for one in found]
    assert "<JudgementMutant propose-sudden: window need 1 last 31 -> 30>" in texts
