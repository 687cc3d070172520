"""No public law passes with nothing to check: each name of the kit is a law here, or none."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any, cast

import pytest

from antipoverty import testing
from antipoverty.errors import FailedCheckError, NotConformingError, VacuousLawError
from antipoverty.packs import shaanxi_2531
from antipoverty.rules import Pack, Verdict
from antipoverty.testing import laws
from antipoverty.testing._laws import (  # private: where each law finds what it draws
    answers,
    explained,
    policy,
)
from antipoverty.testing._search.subject import Subject  # private: a rule with day and place
from antipoverty.testing._strategies.near import near_subject  # private: what laws draw from
from antipoverty.testing._strategies.policies import (  # private: the kit's invented packs
    pack_of,
    rule_of,
)
from antipoverty.testing._strategies.sides import sides  # private: what is solved for
from antipoverty.testing.conformance import set_aside_alike

DAY = date(2022, 1, 1)
LOW = "net_income_12m < yuan('1000')"
NOBODY = "size > 98 and size < 2"


def pack(when: str) -> Pack:
    """A pack of one rule, which reads no parameter."""
    return pack_of([rule_of("r", when)])


NOTHING: dict[str, tuple[Callable[[], Any], str]] = {
    "assert_monotone": (
        lambda: laws.assert_monotone("r", "size", pack(NOBODY), worse="up", max_examples=5),
        "a worse fact of one not clear",
    ),
    "assert_engines_agree": (
        lambda: laws.assert_engines_agree("r", pack(LOW), engines={}),
        "is asked of no engine",
    ),
    "assert_unit_safe": (
        lambda: laws.assert_unit_safe("r", pack("size > 3")),
        "reads no amount of money",
    ),
    "assert_window_safe": (
        lambda: laws.assert_window_safe("r", pack("count(records) > 2")),
        "reads no table by windows alone",
    ),
    "assert_area_complete": (
        lambda: laws.assert_area_complete(pack(LOW), first=DAY, last=DAY),
        "no rule that reads a parameter",
    ),
    "assert_loss_never_clears": (
        lambda: laws.assert_loss_never_clears(
            pack("not (net_income_12m is known)"), as_of=DAY, max_examples=2
        ),
        "does not ask whether a fact is known",
    ),
    "assert_policy_laws of no rule": (
        lambda: laws.assert_policy_laws(pack_of([]), as_of=DAY, max_examples=2),
        "no household that warns: law 'more-income'",
    ),
    "assert_loss_never_clears of no rule": (
        lambda: laws.assert_loss_never_clears(pack_of([]), as_of=DAY, max_examples=2),
        "has no rule on 2022-01-01",
    ),
    "assert_policy_laws": (
        lambda: laws.assert_policy_laws(pack(NOBODY), as_of=DAY, max_examples=10),
        "no household that warns: rule 'r'",
    ),
}
"""Each law on a pack or rule that gives it nothing to try, and what it says was not seen."""

NO_RULES = pack_of([])
OF_CASES: dict[str, tuple[Callable[[], Any], str]] = {
    "mutate": (lambda: testing.mutate(NO_RULES, []), "no rule to change"),
    "mutate of no rule": (lambda: testing.mutate(pack(LOW), [], rules=[]), "no rule to change"),
    "mutate_judgements": (
        lambda: testing.mutate_judgements(pack(LOW), []),
        "no judgement rule to change",
    ),
    "mutate_stated": (lambda: testing.mutate_stated(NO_RULES, []), "no amount, order of tiers or"),
    "uncovered": (lambda: testing.uncovered(NO_RULES, []), "no rule to cover"),
    "set_aside_alike": (
        lambda: set_aside_alike(cast("Any", None), pack(LOW), DAY, []),
        "no kind of frame",
    ),
}
"""What asks cases and tables of a pack, with nothing to ask."""

ONE_SIDE: dict[str, Any] = {
    "assert_deterministic": answers,
    "assert_engines_agree": answers,
    "assert_explained": explained,
    "assert_monotone": policy,
    "assert_order_free": answers,
    "assert_unit_safe": policy,
    "assert_window_safe": policy,
}
"""The laws of one rule, with the module in which each draws households near it."""

NO_LAWS = {
    # what draws
    *("amounts", "area_codes", "area_trees", "areas", "conditions", "histories"),
    *("household_codes", "households", "keepers", "members", "near_threshold", "notices"),
    *("packs", "periods", "plans", "populations", "records", "rules", "tables"),
    # questions, with an answer of their own where there is nothing: it is `vacuous` (test_proofs)
    *("covers", "equal", "exclusive", "implies", "is_equivalent", "monotone", "never_warns"),
    *("one_tier", "owes", "prove_pack"),
    # what finds and lists: the count says whether there was anything
    *("boundary_cases", "judgement_mutants", "mutants", "mutate", "mutate_judgements"),
    *("mutate_stated", "stated_mutants", "uncovered"),
    # conformance, whose checks insist on each verdict themselves
    *("check_engine", "check_pack", "engine_checks", "over_tables", "pack_checks"),
    # what reads and writes
    *("cases_to_toml", "read_case_files", "read_cases", "read_equivalents"),
    *("read_judgement_cases", "read_judgement_files", "shipped_cases"),
}


def english_in(problem: VacuousLawError, *names: str) -> list[str]:
    """The English words in what an error says in Chinese, but names of laws and tables."""
    text = problem.text("zh")
    for name in (
        *names,
        "vacuous",
        "made",
        *(law.id for law in laws.POLICY_LAWS),
        "records",
        "members",
    ):
        text = text.replace(name, "")
    return re.findall("[A-Za-z]{2,}", text)


def test_each_name_of_the_kit_is_tried_here_or_is_no_law() -> None:
    """A new law does not pass by for want of somebody who asks what it does with nothing."""
    functions = {name for name in testing.__all__ if name[0].islower()}
    asserted = {name for name in laws.__all__ if name.startswith("assert_")}
    elsewhere = {"assert_silence_never_pays"}  # of notices; with its tests of fairness
    tried = {law.partition(" ")[0] for law in NOTHING} | {*ONE_SIDE}
    assert functions - NO_LAWS == asserted - elsewhere == tried
    assert not NO_LAWS & tried
    assert functions >= NO_LAWS


@pytest.mark.slow
@pytest.mark.parametrize("law", NOTHING | OF_CASES)
def test_a_law_with_nothing_to_check_fails_and_says_what_it_lacked(law: str) -> None:
    """It neither holds nor is broken."""
    tried, lacking = (NOTHING | OF_CASES)[law]
    with pytest.raises(VacuousLawError) as caught:
        tried()
    assert lacking in str(caught.value)
    assert caught.value.code == "vacuous"
    assert not english_in(caught.value)


def test_a_pack_without_a_rule_conforms_to_nothing() -> None:
    """Neither by itself nor as one that an engine is to answer; it is said in both languages."""
    with pytest.raises(NotConformingError, match="has no rule, so nothing was asked") as caught:
        testing.check_pack(NO_RULES)
    assert "没有规则" in caught.value.text("zh")
    (check,) = (
        one
        for one in testing.engine_checks(laws.reference, packs=[NO_RULES])
        if one.name == "pack-made"
    )
    with pytest.raises(FailedCheckError, match="has no rule, so nothing was asked"):
        check()


@pytest.mark.slow
@pytest.mark.parametrize("lacking", [Verdict.WARN, Verdict.CLEAR, Verdict.UNDECIDED])
@pytest.mark.parametrize("law", ONE_SIDE)
def test_a_law_that_is_drawn_no_household_of_a_side_names_the_side(
    law: str, lacking: Verdict, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a rule that has households on all three."""
    rule = "medical-burden-general"

    def one_sided(about: Subject) -> Any:
        assert lacking in sides(about).found
        return near_subject(about).filter(
            lambda home: (
                laws.reference([home], about.pack, about.as_of).get(
                    (home.household_id, about.rule.id), Verdict.CLEAR
                )
                is not lacking
            )
        )

    monkeypatch.setattr(ONE_SIDE[law], "near_subject", one_sided)
    more: dict[str, Any] = {"max_examples": 5}
    if law == "assert_monotone":
        more |= {"fact": "records.amount", "worse": "up"}
    if law == "assert_engines_agree":
        more |= {"engines": {"closure": laws.closure}}
    with pytest.raises(VacuousLawError) as caught:
        getattr(laws, law)(rule, pack=shaanxi_2531(), **more)
    assert lacking.value in str(caught.value).split("was not drawn: ")[1]
    assert lacking.zh in caught.value.text("zh")
    assert not english_in(caught.value, rule)
