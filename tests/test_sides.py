"""No law is tried where it says nothing: each side of a rule that there is comes up."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from antipoverty.errors import VacuousLawError
from antipoverty.model import Household
from antipoverty.rules import Pack, Verdict, judge
from antipoverty.testing import boundary_cases, near_threshold
from antipoverty.testing._laws.search import insist  # private: what every law is tried by
from antipoverty.testing._search.subject import subject  # private: a rule with day and place
from antipoverty.testing._strategies.policies import (  # private: the parameters of invented packs
    VALUES,
    pack_of,
    parameter_of,
    rule_of,
)
from antipoverty.testing._strategies.sides import sides  # private: what is solved for

AS_OF = date(2021, 12, 1)
SHAPES = (
    "count(members, disabled) * 2 < count(members)",
    "count(members, disabled) * 3 >= count(members) * 2",
    "count(members, disabled) - count(members, employed) >= 2",
    "count(members, labour == 'full') * 4 <= size",
    "count(members) > 5",
    "count(records, months=1) > count(records, months=12) - 2",
    "count(records, kind == 'a' and amount > yuan('500'), days=30) * 2 > count(records, days=30)",
    "sum(members, age) > 100",
    "sum(records, amount, where=kind == 'a', months=12) > sum(records, amount, months=12) * 0.5",
    "sum(members, score((1, age >= 60))) >= 2",
    "max(members, age) - min(members, age) > 40",
    "all(members, age >= 60) and count(members) >= 2",
    "any(members, age < 16 and not in_school) and not minimum_living",
    "score((1, water_safe), (2, any(members, disabled))) == 3",
    "subsidy_income_12m > param('share') * net_income_12m",
    "net_income_12m is known and size > 3",
)
PAGE = Path(__file__).parent.parent / "docs/how-to/test-with-strategies.md"


def made(shape: str) -> Pack:
    """A pack of one rule."""
    return pack_of([rule_of("r", shape)], map(parameter_of, VALUES))


def drawn(shape: str, count: int) -> Counter[str]:
    """How often each verdict comes up."""
    pack, found = made(shape), Counter[str]()

    @seed(1)
    @settings(max_examples=count, deadline=None, database=None, phases=[Phase.generate])
    @given(near_threshold("r", pack, as_of=AS_OF))
    def look(household: Household) -> None:
        found[judge(household, pack, as_of=AS_OF).verdicts["r"].value] += 1

    look()
    return found


@pytest.mark.parametrize("shape", SHAPES)
def test_every_side_that_there_is_comes_up(shape: str) -> None:
    """At least once in fifty draws; a side that does not is one that is proved to be impossible."""
    pytest.importorskip("z3")
    found = drawn(shape, 100)
    known = sides(subject("r", made(shape), as_of=AS_OF))
    for verdict in Verdict:
        if verdict in known.impossible:
            assert not found[verdict.value]
        else:
            assert found[verdict.value] >= 2


def test_the_page_says_how_often() -> None:
    """Each of these shapes stands in the table of the docs; none has a side below 2 %."""
    table = re.findall(
        r"\| `(.+?)` \| (\d+) % \| (\d+) % \| (\d+|–) ?%? \|", PAGE.read_text("utf-8")
    )
    assert [shape for shape, *_ in table] == list(SHAPES)
    for _, *shares in table:
        numbers = [int(one) for one in shares if one != "–"]
        assert min(numbers) >= 2
        assert 97 <= sum(numbers) <= 103


@pytest.mark.parametrize("sees", [["clear"], ["clear", "warn"], ["warn", "undecided"], []])
def test_a_law_that_saw_one_side_too_few_fails_as_vacuous(sees: list[str]) -> None:
    """However many were drawn; one that saw each of them holds."""
    pack = made("net_income_12m < param('line') * size")
    about = subject("r", pack, as_of=AS_OF)
    found = sides(about).found
    assert {*found} == {*Verdict}
    given_ = st.sampled_from(
        [found[Verdict(one)] for one in sees or ["clear", "warn", "undecided"]]
    )

    def tried() -> None:
        insist(given_, lambda _: None, max_examples=10, seed=0, about=about)

    if not sees:
        tried()
        return
    lacking = {one.value for one in Verdict} - {*sees}
    with pytest.raises(VacuousLawError) as caught:
        tried()
    assert all(one in str(caught.value) for one in lacking)
    assert caught.value.code == "vacuous"


def test_a_side_nobody_is_on_is_not_asked_for() -> None:
    """A rule that can never warn is tried on the sides it has."""
    pytest.importorskip("z3")
    about = subject("r", made("size > 3 and size < 2"), as_of=AS_OF)
    assert sides(about).impossible >= {Verdict.WARN}
    clear = sides(about).found[Verdict.CLEAR]
    insist(st.just(clear), lambda _: None, max_examples=3, seed=0, about=None)


def test_a_score_of_rows_is_no_obstacle_to_boundary_cases() -> None:
    """Its conditions are not tried one by one, and that is said."""
    found = boundary_cases("r", made("sum(members, score((1, age >= 60))) >= 2"), as_of=AS_OF)
    assert any("of rows" in str(one) for one in found.unpinned)
