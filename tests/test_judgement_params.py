"""Guards say money in yuan, months as conditions do, and the policy's own lines."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antipoverty._policy.signals import months_back  # private: what counts a month
from antipoverty.conditions import records
from antipoverty.conditions.windows import Window
from antipoverty.errors import InvalidPackError, ParameterNotSetError
from antipoverty.judgement import Judge, JudgementRule, Pattern, Signal, Tally
from antipoverty.rules import Pack, ParameterValue, Text
from antipoverty.testing import judgement_mutants
from judgement_engines import ENGINES
from packs import SINCE, SOURCE, a_pack, a_parameter

DAY = date(2022, 8, 31)
LINES = {"61": 500_000, "6107": 300_000}


def rule(**more: Any) -> JudgementRule:
    """A rule that asks for one fact."""
    given_ = {"title": Text("例", "example"), "source": SOURCE, "since": SINCE} | more
    return JudgementRule(id="j", **given_)


def pack(*need: Pattern, **more: Any) -> Pack:
    """With a line by area, which rose on the first of July."""
    line = a_parameter("line", "yuan", LINES)
    old = [ParameterValue(one.value // 2, one.since, date(2022, 6, 30), SOURCE, one.area)
           for one in line.values]  # fmt: skip
    new = [ParameterValue(one.value, date(2022, 7, 1), None, SOURCE, one.area)
           for one in line.values]  # fmt: skip
    parameters = [type(line)("line", line.title, line.unit, [*old, *new])]
    return a_pack(parameters=parameters, judgements=[rule(need=need)], **more)


def figure(fen: int, area: str = "610702100200", on: date = DAY, name: str = "spent") -> Signal:
    """What a department says was spent."""
    return Signal(id="f", household_id="h", kind="figure", name=name, on=on, area=area, amount=fen)


def drawn(policy: Pack, engine: Any, *facts: Signal) -> bool:
    """Whether the rule concludes."""
    with Judge(policy, engine=engine, as_of=DAY) as judge:
        return bool(judge.feed(*facts).new)


OVER = Pattern(kind="figure", name="spent", where="a.amount > param('line')")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.slow
def test_a_guard_reads_the_line_in_force_where_and_when_the_signal_came(engine: Any) -> None:
    """By area and by day, to the fen, on each engine."""
    policy = pack(OVER)
    for fen, area, on, held in (
        (300_000, "610702100200", DAY, False),
        (300_001, "610702100200", DAY, True),
        (500_000, "610111001200", DAY, False),
        (500_001, "610111001200", DAY, True),
        (150_001, "610702100200", date(2022, 6, 30), True),
        (150_000, "610702100200", date(2022, 6, 30), False),
    ):
        assert drawn(policy, engine, figure(fen, area, on)) is held


def test_a_line_that_is_not_there_is_an_error_for_the_signal_that_is_asked_alone() -> None:
    """Never read as over or under it."""
    policy = pack(OVER)
    with pytest.raises(ParameterNotSetError, match="where and when a signal came"):
        drawn(policy, "reference", figure(1, on=date(2019, 1, 1)))
    assert not drawn(policy, "reference", figure(1, on=date(2019, 1, 1), name="other"))


def test_what_a_guard_cannot_compare_is_refused_when_the_pack_is_made() -> None:
    """An unknown parameter, another unit, two signals, fen for yuan."""
    for where, said in (
        ("a.amount > param('lin')", "did you mean 'line'"),
        ("a.severity > param('line')", "yuan"),
    ):
        with pytest.raises(InvalidPackError, match=said):
            pack(Pattern(kind="figure", where=where))
    with pytest.raises(Exception, match="write it in `need`"):
        rule(need=[Pattern(), Pattern()], where="a.amount > param('line')")
    with pytest.raises(Exception, match="yuan"):
        Pattern(where="a.amount > 500")


@given(st.dates(date(2020, 1, 1), date(2024, 12, 31)), st.integers(0, 500), st.integers(1, 14))
def test_months_begin_where_the_window_of_conditions_does(
    as_of: date, ago: int, months: int
) -> None:
    """On the same first day; a signal of the day of the answer counts too."""
    on = as_of - timedelta(days=ago)
    window = Window.of({"months": months})
    assert Pattern(months=months).in_time(on, as_of) is (on >= window.first(as_of))
    assert (months_back(on, as_of) <= months) is Pattern(months=months).in_time(on, as_of)
    assert str(records.within(months=months).window) == str(window)


@pytest.mark.parametrize("engine", ENGINES)
def test_months_are_counted_alike_on_each_engine(engine: Any) -> None:
    """Six months before the last of August begin on the last of February."""
    policy = pack(Pattern(kind="figure", months=6))
    assert drawn(policy, engine, figure(1, on=date(2022, 2, 28)))
    assert not drawn(policy, engine, figure(1, on=date(2022, 2, 27)))


def test_it_is_said_in_words_with_labels_and_changed_by_mutants() -> None:
    """Yuan, months, the name of the line and the label of a risk; a month more and less."""
    risks = {"illness": Text("因病", "illness")}
    asked = Pattern(
        kind="figure", months=6, risk="illness", where="a.amount > param('line') + yuan(5)"
    )
    policy = a_pack(
        parameters=[a_parameter("line", "yuan", LINES)],
        judgements=[rule(count=[Tally(of=asked, at_least=1)])],
        risks=risks,
    )
    fact = Signal(
        id="f", household_id="h", kind="figure", name="spent", on=DAY, area="610702100200",
        amount=300_501, risk="illness",
    )  # fmt: skip
    with Judge(policy, as_of=DAY) as judge:
        (found,) = judge.feed(fact).new
    text = found.explain("zh")
    assert "近6个月内" in text
    assert "因病" in text
    assert "5元" in text
    assert "in the last 6 months" in found.explain("en")
    changes = {one.change for one in judgement_mutants(policy)}
    assert {"window count 1 months 6 -> 5", "window count 1 months 6 -> 7"} <= changes
