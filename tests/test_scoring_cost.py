"""What a rule costs: exact, as every course of a year and as a simulation have it."""

from __future__ import annotations

import itertools
import json
import random
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antipoverty.errors import InvalidArgumentError
from antipoverty.periods import Period
from antipoverty.scoring import (
    AssessmentPolicy,
    Notice,
    RunRule,
    assess,
    cost,
    named_by_limits,
    named_by_rank,
)

CHANCES = {"commended": Fraction(1, 5), "criticised": Fraction(1, 4), "neither": Fraction(2, 5)}
WITHOUT = 1 - sum(CHANCES.values())


def board(words: tuple[str | None, ...], rule: RunRule, first: str) -> Any:
    """The board of a course of verdicts, one a period; ``None`` for no notice."""
    periods = [Period.parse(first)]
    while len(periods) < len(words):
        periods.append(periods[-1].next)
    notices = [
        Notice(notice_id=str(period), unit="610702", period=period, verdict=word,
               level="province", issued_on=period.last)
        for period, word in zip(periods, words, strict=True)
        if word is not None
    ]  # fmt: skip
    return assess(notices, AssessmentPolicy(rules=(rule,)), as_of=date(9000, 1, 1))


RULES = st.builds(
    RunRule,
    id=st.just("r"),
    cadence=st.just("quarter"),
    effect=st.just("routine-points"),
    length=st.integers(1, 3),
    counts=st.sampled_from(["sliding", "blocks", "once"]),
    neither=st.sampled_from(["breaks", "holds"]),
    without_notice=st.sampled_from(["breaks", "holds"]),
    across_years=st.just("breaks"),
    cap=st.sampled_from([None, 1]),
    floor=st.sampled_from([None, -1]),
    offset=st.sampled_from(["net", "apart"]),
)


@settings(max_examples=12)
@given(RULES)
def test_a_year_by_itself_is_the_sum_of_all_its_courses(rule: RunRule) -> None:
    """Each of the 256 courses of four quarters, assessed by the reference, with its chance."""
    good = bad = either = scores = points = Fraction(0)
    for words in itertools.product((*CHANCES, None), repeat=4):
        weight = Fraction(1)
        for word in words:
            weight *= WITHOUT if word is None else CHANCES[word]
        made = board(words, rule, "2022-Q1")
        verdicts = {entry.verdict.value for entry in made.ledger}
        good += weight * ("commended" in verdicts)
        bad += weight * ("criticised" in verdicts)
        either += weight * bool(verdicts)
        scores += weight * len(made.ledger)
        points += weight * Fraction(sum(one.total for one in made.accounts))
    found = cost(
        rule, commended=CHANCES["commended"], criticised=CHANCES["criticised"], without=WITHOUT
    )
    assert (found.commended, found.criticised, found.either) == (good, bad, either)
    assert (found.scores, found.points) == (scores, points)


@pytest.mark.slow
@pytest.mark.parametrize("counts", ["sliding", "blocks", "once"])
@pytest.mark.parametrize("neither", ["breaks", "holds"])
def test_a_year_among_years_is_as_simulated(counts: Any, neither: Any) -> None:
    """Runs cross the year's end; a long simulation of the reference agrees within its error."""
    rule = RunRule(
        id="r", cadence="quarter", effect="routine-points", counts=counts, neither=neither
    )
    draw, years = random.Random(2531), 1500
    chances = (Fraction(1, 5), Fraction(3, 10))
    words = draw.choices(("commended", "criticised", "neither"), (0.2, 0.3, 0.5), k=4 * years)
    made = board(tuple(words), rule, "1001-Q1")
    hit = {entry.year for entry in made.ledger if entry.verdict.value == "criticised"}
    found = cost(rule, commended=chances[0], criticised=chances[1])
    p = float(found.criticised)
    assert abs(len(hit) / years - p) < 4 * (p * (1 - p) / years) ** 0.5 + 0.01
    assert abs(len(made.ledger) / years - float(found.scores)) < 0.08


def test_two_months_of_ten_in_a_hundred_and_seven() -> None:
    """The chance a year by luck, worked out another way: no two criticised months in a row."""
    rule = RunRule(id="r", cadence="month", effect="routine-points")
    p = Fraction(10, 107)
    quiet = {False: 1 - p, True: p}  # whether the month before was criticised, unscored so far
    for _ in range(12):
        quiet = {False: (quiet[False] + quiet[True]) * (1 - p), True: quiet[False] * p}
    assert cost(rule, commended=p, criticised=p).criticised == 1 - sum(quiet.values())


def test_a_board_repeats_what_its_rules_cost() -> None:
    """At the frequencies of its own notices, for a unit like the others."""
    rule = RunRule(id="r", cadence="quarter", effect="routine-points")
    made = board(("commended", "commended", "neither", "criticised"), rule, "2022-Q1")
    assert made.costs == (cost(rule, commended=Fraction(1, 2), criticised=Fraction(1, 4)),)
    assert made.as_dict()["by_luck"][0]["rule"] == "r"
    assert board((None,), rule, "2022-Q1").costs == ()


def test_chances_that_cannot_be_are_refused() -> None:
    """Together they are one at most."""
    rule = RunRule(id="r", cadence="month", effect="routine-points")
    with pytest.raises(InvalidArgumentError, match="from 0 to 1 together"):
        cost(rule, commended=Fraction(2, 3), criticised=Fraction(1, 2))
    always = cost(rule, commended=Fraction(1), criticised=Fraction(0))
    assert (always.commended, always.scores, always.points) == (1, 12, 12)


def test_the_power_of_limits_and_of_ranks() -> None:
    """Against SciPy for limits; a rank names an equal unit about as often as its share."""
    stats = pytest.importorskip("scipy.stats", reason="an oracle of power")
    found = named_by_limits(300, Fraction(9, 10), Fraction(1, 20), chance=Fraction(1, 1000))
    lower = stats.binom.ppf(0.001, 300, 0.9)
    assert float(found) == pytest.approx(stats.binom.cdf(lower - 1, 300, 0.85), abs=1e-11)
    equal = named_by_rank(200, Fraction(9, 10), Fraction(0), units=20, named=4)
    assert Fraction(1, 10) < equal < Fraction(1, 5)
    assert named_by_rank(200, Fraction(9, 10), Fraction(1, 20), units=20, named=4) > 3 * equal


@pytest.mark.slow
def test_officials_see_it_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before a policy is issued: by luck, how many units, and what it finds."""
    pytest.importorskip("typer", reason="the command line needs the extra 'cli'")
    from antipoverty.cli import main

    file = tmp_path / "p.toml"
    file.write_text(
        '[[rules]]\nid = "two-months"\ncadence = "month"\neffect = "routine-points"\n', "utf-8"
    )
    what = ["policy", "cost", str(file), "--units", "107", "--size", "300"]
    assert main([*what, "--commended", "10", "--criticised", "10", "--json"]) == 0
    ranked = json.loads(capsys.readouterr().out)["rules"][0]
    assert main([*what, "--chance", "0.001", "--json"]) == 0
    limited = json.loads(capsys.readouterr().out)["rules"][0]
    assert 15 < ranked["units"] < 25
    assert limited["units"] < 0.01
    assert 0 < limited["power"] < ranked["power"] < 1
    assert main([*what, "--chance", "0.001"]) == 0
    assert "two-months" in capsys.readouterr().out
    assert main([*what, "--commended", "60", "--criticised", "60"]) == 2
    assert main([*what, "--chance", "often"]) == 2
