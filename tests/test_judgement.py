"""Signals judged together: one meaning, whatever the engine and the order of arrival."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from antipoverty._judging.answer import (  # private: steps of the reference, one by one
    in_order,
    last_with_area,
)
from antipoverty._judging.engines.chaining import (  # private: what an engine gets and gives
    compiled,
    lowered,
    raised,
    run,
)
from antipoverty._judging.engines.worker import made  # private: an engine in this process
from antipoverty.errors import (
    AntipovertyError,
    ConditionError,
    ConflictingFactError,
    InvalidArgumentError,
    InvalidFileError,
    InvalidPackError,
    InvalidRuleError,
    MissingColumnError,
    OverflowRiskError,
    UnknownHouseholdError,
)
from antipoverty.judgement import (
    Change,
    Judge,
    Judgements,
    Pattern,
    Signal,
    Tally,
    answer,
    fact_of,
    judge_all,
)
from antipoverty.packs import shaanxi_2531
from antipoverty.rules import Pack, Severity, combine, judge, pack_from_toml
from engines import spark
from judgement_engines import OTHERS, engines
from judgement_packs import DAY, comparisons, fact, histories, pack, rule, rules, withdrawable

FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def names(found: Any) -> list[str]:
    return [one.name for one in found]


# --- one meaning ------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("engine", OTHERS)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(listed=rules(), histories=st.lists(histories(), min_size=1, max_size=2))
def test_an_engine_answers_as_the_reference(
    engine: str, listed: Any, histories: list[tuple[Signal, ...]]
) -> None:
    """Matches and conclusions of generated packs and histories, fields missing."""
    ordered = Judgements(listed)
    program = compiled(ordered)
    running = made(engine, program)
    try:
        for facts in histories:
            known, sent = lowered(program, ordered, facts, DAY)
            found = raised(ordered, known, run(running, program, sent))
            assert found == answer(ordered, facts, DAY)
    finally:
        running.close()


@FEW
@given(listed=rules(), facts=histories(), data=st.data())
def test_what_is_concluded_does_not_depend_on_the_order_of_arrival(
    listed: Any, facts: tuple[Signal, ...], data: st.DataObject
) -> None:
    """Shuffled, repeated and withdrawn: the same as all that is left, in one go."""
    shuffled = data.draw(st.permutations(facts))
    may = sorted(withdrawable(Judgements(listed), facts))
    gone = data.draw(st.sets(st.sampled_from(may))) if may else set()
    with Judge(pack(*listed), as_of=DAY) as running:
        book: set[str] = set()
        for one in shuffled:
            change = running.feed(one)
            book = (book | {*names(change)}) - {*names(change.withdrawn)}
            running.feed(one)
        remembered = {one.id for one in running.facts()}
        for id_ in sorted(gone & remembered):
            change = running.withdraw("h1", id_)
            book = (book | {*names(change)}) - {*names(change.withdrawn)}
        left = [one for one in facts if one.id not in gone]
        found = {*names(running.conclusions("h1"))}
        ordered = running.rules
        fired = answer(ordered, left, DAY).fired if left else frozenset()
        assert found == {ordered[id_].concludes for id_ in fired}
        assert book == found
        again = Judge(running.pack, as_of=running.as_of)
        again.feed(*running.facts())
        assert again.conclusions("h1") == running.conclusions("h1")


@FEW
@given(listed=rules(), facts=histories(), days=st.lists(st.integers(0, 3), max_size=4))
def test_days_pass_as_if_judged_anew(
    listed: Any, facts: tuple[Signal, ...], days: list[int]
) -> None:
    """Day by day, each fact when it comes: forgetting what no rule can see changes nothing."""
    first = DAY - timedelta(days=31)
    running = Judge(pack(*listed), as_of=first)
    book: set[str] = set()
    for day in sorted({first, *(one.on for one in facts), *(DAY + timedelta(at) for at in days)}):
        passed = running.advance(day)
        fed = running.feed(*(one for one in facts if one.on == day))
        for change in (passed, fed):
            book = (book | {*names(change)}) - {*names(change.withdrawn)}
        known = [one for one in facts if one.on <= day]
        fired = answer(running.rules, known, day).fired
        expected = {running.rules[id_].concludes for id_ in fired}
        assert {*names(running.conclusions("h1"))} == expected == book
        seen = {one.id for one in running.facts()}
        lives = last_with_area(in_order(known, day)) if running.rules.local else None
        for one in known:
            left = running.rules.horizon(one)
            visible = left is None or (day - one.on).days < left
            assert (one.id in seen) == (visible or one is lives)


@engines
@pytest.mark.parametrize(("last", "days", "found"), [(30, 29, True), (30, 30, False), (1, 0, True)])
def test_a_window_has_as_many_days_as_it_says(
    engine: Any, last: int, days: int, found: bool
) -> None:
    """The day of the answer counts, the day before the window does not."""
    with Judge(pack(rule("j", need=[Pattern(last=last)])), engine=engine, as_of=DAY) as running:
        assert bool(running.feed(fact("f", days=days))) is found


@engines
@pytest.mark.parametrize(("days", "found"), [(89, True), (90, False)])
def test_two_facts_fit_into_a_window_or_not(engine: Any, days: int, found: bool) -> None:
    """Across a year's end; which came first does not matter."""
    given_ = rule("j", need=[Pattern(risk="r1"), Pattern(risk="r2")], within=90)
    for first, second in (("r1", "r2"), ("r2", "r1")):
        with Judge(pack(given_), engine=engine) as running:
            running.feed(fact("a", days=days, risk=first))
            assert bool(running.feed(fact("b", risk=second))) is found


@engines
def test_waiting_begins_on_the_day_it_says(engine: Any) -> None:
    """`before` 15: not on the 14th day, on the 15th."""
    waits = rule("j", need=[Pattern(before=15)], lack=[Pattern(kind="measure")])
    with Judge(pack(waits), engine=engine) as running:
        assert not running.feed(fact("a"))
        assert not running.advance(DAY + timedelta(days=14))
        assert names(running.advance(DAY + timedelta(days=15))) == ["j"]
        helped = Signal(
            id="m", household_id="h1", kind="measure", name="care", on=DAY + timedelta(days=15)
        )
        assert names(running.feed(helped).withdrawn) == ["j"]


@engines
def test_one_fact_is_not_two(engine: Any) -> None:
    """Two departments are two facts; a fact without a department is nobody's."""
    two = rule("j", need=[Pattern(), Pattern()], where="a.department != b.department")
    with Judge(pack(two), engine=engine) as running:
        assert not running.feed(fact("a", department="d1"))
        assert not running.feed(fact("b", department="d1"))
        assert not running.feed(fact("c"))
        assert names(running.feed(fact("d", department="d2"))) == ["j"]


@engines
def test_amounts_are_compared_across_facts_exactly(engine: Any) -> None:
    """Ten times the cost over three times the income, to the fen."""
    heavy = rule(
        "j",
        need=[Pattern(kind="figure", name="cost"), Pattern(kind="figure", name="income")],
        where="10 * a.amount > 3 * b.amount",
    )
    for cost, found in ((300_000, False), (300_001, True)):
        with Judge(pack(heavy), engine=engine) as running:
            running.feed(fact("i", "income", kind="figure", amount=1_000_000))
            assert bool(running.feed(fact("c", "cost", kind="figure", amount=cost))) is found


@engines
def test_counts_distinct_things(engine: Any) -> None:
    """Three days are not three alerts of one day."""
    often = rule("j", count=[Tally(of=Pattern(last=365), at_least=3, distinct="day")])
    with Judge(pack(often), engine=engine) as running:
        assert not running.feed(*(fact(f"a{at}") for at in range(5)))
        assert not running.feed(fact("b", days=1))
        (found,) = running.feed(fact("c", days=364))
        assert len(found.facts) == 7
        assert names(running.advance(DAY + timedelta(days=1)).withdrawn) == ["j"]


@engines
def test_a_missing_field_is_neither_so_nor_not_so(engine: Any) -> None:
    """What is unknown concludes nothing: not by `not`, not by absence."""
    opposite = rule("j", need=[Pattern(where="not (a.amount > yuan('0.05'))")])
    absent = rule("k", need=[Pattern()], lack=[Pattern(where="a.amount > yuan('0.05')")])
    with Judge(pack(opposite, absent), engine=engine) as running:
        assert not running.feed(fact("a"))
    with Judge(pack(opposite, absent), engine=engine) as running:
        assert {*names(running.feed(fact("a", amount=5)))} == {"j", "k"}


@engines
def test_a_fact_that_might_be_the_one_is_kept_as_long_as_it_could_be(engine: Any) -> None:
    """An alert without its risk may be the one that must not be there; then it cannot be."""
    calm = rule("j", need=[Pattern(name="n1")], lack=[Pattern(risk="r1", last=30)])
    with Judge(pack(calm), engine=engine) as running:
        assert not running.feed(fact("b", "n2"))
        assert not running.feed(fact("a", "n1", risk="r2"))
        assert not running.advance(DAY + timedelta(days=29))
        assert names(running.advance(DAY + timedelta(days=30))) == ["j"]
        assert [one.id for one in running.facts()] == ["a"]


@engines
def test_a_fact_is_corrected_by_taking_it_back_and_giving_it_again(engine: Any) -> None:
    """Nothing of what it was before stays."""
    pair = rule("j", need=[Pattern(name="n1"), Pattern(name="n2")])
    with Judge(pack(pair, rule("k", need=[Pattern(name="n1")])), engine=engine) as running:
        assert {*names(running.feed(fact("a", "n1"), fact("b", "n2")))} == {"j", "k"}
        assert {*names(running.withdraw("h1", "a").withdrawn)} == {"j", "k"}
        assert not running.feed(fact("a", "n2"))
        assert running.conclusions("h1") == ()


@engines
def test_a_field_that_is_not_there_can_be_asked_for(engine: Any) -> None:
    """As can one that is; of one fact and between two."""
    lacks = rule("j", need=[Pattern(where="a.amount is not known")])
    one_has = rule(
        "k", need=[Pattern(), Pattern()], where="a.risk is known and b.risk is not known"
    )
    with Judge(pack(lacks, one_has), engine=engine) as running:
        assert not running.feed(fact("a", amount=1, risk="r1"))
        assert names(running.feed(fact("b", amount=1))) == ["k"]
        assert names(running.withdraw("h1", "a").withdrawn) == ["k"]
        assert names(running.feed(fact("c"))) == ["j"]


@engines
def test_conclusions_feed_conclusions(engine: Any) -> None:
    """A chain longer than an engine takes at once, its exception, and all of it withdrawn."""
    chain = [rule("c0", need=[Pattern(name="n1")])]
    chain += [rule(f"c{at}", given=[f"c{at - 1}"]) for at in range(1, 130)]
    chain += [rule("calm", need=[Pattern(name="n2")], unless=["c129"])]
    chain += [rule("calmer", given=["calm"], unless=["c0"])]
    with Judge(pack(*chain), engine=engine) as running:
        assert names(running.feed(fact("b", "n2"))) == ["calm", "calmer"]
        change = running.feed(fact("a"))
        assert len(change) == 130
        assert names(change.withdrawn) == ["calm", "calmer"]
        assert len(running.conclusions("h1")[-1].facts) == 1
        change = running.withdraw("h1", "a")
        assert len(change.withdrawn) == 130
        assert names(change) == ["calm", "calmer"]


@engines
def test_a_rule_is_for_its_area_and_its_days(engine: Any) -> None:
    """Where the household's latest fact says it lives."""
    local = rule("j", need=[Pattern()], area="6107", until=DAY)
    with Judge(pack(local), engine=engine) as running:
        assert not running.feed(fact("a", area="610101"))
        assert names(running.feed(fact("b", area="610702"))) == ["j"]
        assert names(running.advance(DAY + timedelta(days=1)).withdrawn) == ["j"]


@engines
def test_where_a_household_lives_is_not_forgotten(engine: Any) -> None:
    """Though no rule can see the fact that said so any more, nor could when it came."""
    local = rule("j", need=[Pattern(name="n1", last=300)], area="6107")
    brief = rule("k", need=[Pattern(name="n2", last=2)])
    facts = [fact("a", "n1", 10), fact("b", "n2", 5, area="610702"), fact("z", "n3")]
    for turned in (facts, facts[::-1]):
        with Judge(pack(local, brief), engine=engine) as running:
            for one in turned:
                running.feed(one)
            assert names(running.conclusions("h1")) == ["j"]
            assert {one.id for one in running.facts()} == {"a", "b"}


@engines
def test_days_and_departments_are_counted_each_once(engine: Any) -> None:
    """Two departments in the window, the third on its first day outside."""
    two = rule("j", count=[Tally(of=Pattern(last=90), at_least=3, distinct="department")])
    with Judge(pack(two), engine=engine) as running:
        running.feed(fact("a", department="d1"), fact("b", days=1, department="d2"))
        assert not running.feed(fact("c", days=90, department="医保"), fact("d", days=89))
        assert names(running.feed(fact("e", days=89, department="医保"))) == ["j"]
        assert names(running.withdraw("h1", "e").withdrawn) == ["j"]


@engines
def test_months_are_calendar_months(engine: Any) -> None:
    """The last and the first of a month are two, across a year's end; a month apart may be one."""
    two = rule("j", count=[Tally(of=Pattern(), at_least=2, distinct="month")])
    for days, found in (((0, 1), False), ((1, 2), True), ((2, 32), False), ((2, 33), True)):
        with Judge(pack(two), engine=engine, as_of=DAY) as running:
            fed = running.feed(*(fact(f"f{at}", days=at) for at in days))
            assert bool(fed) is found


# --- refused when made --------------------------------------------------------------------


def test_a_circle_is_named() -> None:
    """Through `given` or `unless`, in one pack or after combining two."""
    with pytest.raises(InvalidPackError, match="a -> b -> a"):
        pack(rule("a", given=["b"]), rule("b", given=["a"]))
    with pytest.raises(InvalidPackError, match="a -> a"):
        pack(rule("a", need=[Pattern()], unless=["a"]))
    one = pack(rule("a", need=[Pattern()]), rule("b", given=["a"]))
    with pytest.raises(InvalidPackError, match="a -> b -> c -> a"):
        pack(
            rule("a", need=[Pattern()], unless=["b"]),
            rule("b", given=["c"]),
            rule("c", given=["a"]),
            rule("d", given=["a"]),
        )
    other = Pack(
        "q",
        one.title,
        rules=[],
        departments={},
        judgements=[rule("c", need=[Pattern()]), rule("d", concludes="a", given=["c"])],
    )
    assert len(combine(one, other).judgements) == 4


@pytest.mark.parametrize(
    ("given_", "text"),
    [
        ({}, "rests on nothing"),
        ({"lack": [Pattern()]}, "rests on nothing"),
        ({"need": [Pattern()] * 3}, "more than two"),
        ({"need": [Pattern()], "within": 3}, "between two facts"),
        ({"need": [Pattern()] * 2, "within": 0}, "1 day or more"),
        ({"need": [Pattern()] * 2, "where": "a.amont > b.amount"}, "did you mean 'a.amount'"),
        ({"need": [Pattern()] * 2, "where": "a.age > b.age"}, "compare days"),
        ({"need": [Pattern()], "until": date(2020, 1, 1)}, "ends before it begins"),
        ({"given": [f"c{at}" for at in range(8)]}, "more than 7"),
        ({"need": [Pattern()], "concludes": "No Id"}, "is no id"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(given_: Any, text: str) -> None:
    """With what to do."""
    with pytest.raises((InvalidRuleError, ConditionError), match=text):
        rule("j", **given_)


@pytest.mark.parametrize(
    ("where", "problem"),
    [
        ("a.amount / 2 > 1", "do not divide"),
        ("a.risk < 'x'", "have no order"),
        ("a.risk == 1", "only like can be compared"),
        ("a.risk + 1 == 2", "works on numbers"),
        ("b.amount > 1", "which a signal does not have"),
        ("amount > 1", "did you mean 'a.amount'"),
        ("a.amonut > 1", "did you mean 'a.amount'"),
        ("a.kind == 'alrt'", "did you mean 'alert'"),
        ("1 < 2", "always the same"),
        ("1 + 1 < 2", "says nothing"),
        ("a.amount", "not a condition"),
        ("a.amount >", "not well formed"),
        ("__import__('os').system('x') == 1", "not a function of the language"),
        ("a.amount in (1, 2)", "not a text in quotes"),
        ("known(a.amount)", "not a function of the language"),
        ("a.amount > True", "not a number or a text"),
        ("a.day > ago(days=3)", "whatever the day"),
        ("a.amount > 3", "yuan"),
        ("score((1, a.risk is known)) >= 1", "whatever the day"),
        ("any(members, a.risk is known)", "does not have"),
        ("x" * 20_001, "longer than"),
    ],
)
def test_a_comparison_that_cannot_be_read_is_refused(where: str, problem: str) -> None:
    """With what conditions say of it: suggestions, and what to write instead."""
    with pytest.raises(ConditionError, match=problem):
        Pattern(where=where)


@pytest.mark.parametrize(
    "where",
    [
        "a.severity * a.day_number * a.day_number * a.day_number > 1",
        "a.amount * 9999999 > yuan(1)",
        "a.amount * 0.0000001 > yuan(1)",
        "a.risk not in ('1', '2', '3', '4', '5', '6', '7')",
        " and ".join(f"a.amount != yuan({at})" for at in range(8)),
    ],
)
def test_numbers_that_could_wrap_are_refused(where: str) -> None:
    """Beyond 2**62, or a case for each of too many combinations."""
    with pytest.raises(OverflowRiskError):
        Pattern(where=where)


def test_all_problems_of_a_file_are_reported_at_once() -> None:
    """In the pack's file, each with its rule."""
    text = """
[pack]
id = "p"
title.zh = "例"
title.en = "example"

[sources.s]
title = "none"

[[judgements]]
id = "a"
title.zh = "甲"
title.en = "A"
source = "s"
since = 2021-01-01
need = [{ name = "no-such-rule" }]

[[judgements]]
id = "b"
title.zh = "乙"
title.en = "B"
source = "s"
since = 2021-01-01
need = [{ where = "a.amount / 2 > 1" }]

[[judgements]]
id = "c"
title.zh = "丙"
title.en = "C"
source = "t"
since = 2021-01-01
need = [{ lsat = 3 }]
"""
    with pytest.raises(InvalidPackError) as caught:
        pack_from_toml(text)
    said = str(caught.value)
    for word in ("no-such-rule", "'b'", "do not divide", "'c'", "lsat"):
        assert word in said


@pytest.mark.parametrize(
    "given_",
    [
        {"kind": "alrt"},
        {"amount": 1.5},
        {"amount": 2**41},
        {"amount": True},
        {"name": ""},
        {"household_id": "x" * 201},
        {"department": 5},
        {"area": None},
        {"risk": "x" * 201},
        {"on": "2022-01-02"},
    ],
)
def test_a_fact_that_cannot_be_is_refused(given_: Any) -> None:
    """Floats, great numbers, unknown kinds."""
    with pytest.raises(InvalidArgumentError):
        Signal(**{"id": "f", "household_id": "h", "kind": "alert", "name": "n", "on": DAY} | given_)


@FEW
@given(text=comparisons("ab"))
def test_every_comparison_that_is_read_can_be_compiled(text: str) -> None:
    """By each engine that is here."""
    try:
        ordered = Judgements([rule("j", need=[Pattern(), Pattern()], where=text)])
    except (ConditionError, OverflowRiskError):
        assume(False)
        return
    assert len(compiled(ordered).joins) >= 0


# --- the judge --------------------------------------------------------------------------------


def test_a_fact_that_changes_is_refused_and_nothing_is_taken() -> None:
    """Withdraw it first; what came beside it is not in the book either."""
    running = Judge(pack(rule("j", need=[Pattern()])))
    running.feed(fact("a"))
    with pytest.raises(ConflictingFactError):
        running.feed(fact("b"), fact("a", days=1))
    assert [one.id for one in running.facts()] == ["a"]
    with pytest.raises(UnknownHouseholdError):
        running.withdraw("h1", "a", "b")
    assert [one.id for one in running.facts()] == ["a"]
    with pytest.raises(UnknownHouseholdError):
        running.withdraw("h2", "a")
    with pytest.raises(InvalidArgumentError):
        running.advance(DAY - timedelta(days=1))


def test_facts_outside_every_window_are_forgotten() -> None:
    """Ten years of alerts leave a month of them."""
    running = Judge(pack(rule("j", count=[Tally(of=Pattern(last=30), at_least=3)])))
    for at in range(3650):
        running.feed(fact(f"f{at}", days=-at, household_id=f"h{at % 7}"))
    running.advance(running.as_of)
    assert len(list(running.facts())) <= 30
    assert running.feed(fact("old", days=100)).new == ()
    assert "old" not in {one.id for one in running.facts()}
    assert repr(running) == f"<Judge p by reference on {DAY + timedelta(days=3649)}: 7 households>"


def test_a_set_day_is_moved_on_by_the_caller_alone() -> None:
    """One mistyped year would close every window of every household."""
    running = Judge(pack(rule("j", need=[Pattern(last=30)])), as_of=DAY)
    running.feed(fact("a"))
    with pytest.raises(InvalidArgumentError, match="advance the judge first"):
        running.feed(fact("b", household_id="h2"), fact("c", days=-36500, household_id="h2"))
    assert {one.id for one in running.facts()} == {"a"}
    assert names(running.conclusions("h1")) == ["j"]
    running.advance(DAY + timedelta(days=1))
    assert names(running.feed(fact("d", days=-1, household_id="h2"))) == ["j"]


def test_what_grows_worse_is_said_though_it_is_not_new() -> None:
    """Another rule, more facts, or fewer; the same again says nothing."""
    mild = rule("a", concludes="c", severity="notice", need=[Pattern(name="n1")])
    grave = rule(
        "b", concludes="c", severity="urgent", category="sudden", need=[Pattern(name="n2")]
    )
    running = Judge(pack(mild, grave))
    running.feed(fact("x", "n1"))
    change = running.feed(fact("y", "n2"))
    assert (change.new, change.withdrawn) == ((), ())
    (one,) = change.changed
    assert (one.severity, one.category, len(one.facts)) == (Severity.URGENT, "sudden", 2)
    assert running.feed(fact("y", "n2")) == Change()
    assert running.advance(DAY + timedelta(days=1)) == Change()
    (one,) = running.withdraw("h1", "y").changed
    assert (one.severity, one.category, len(one.facts)) == (Severity.NOTICE, None, 1)


def test_a_window_that_closed_is_said_by_the_next_day_though_someone_asked_before() -> None:
    """Asking for conclusions takes nothing away from what `advance` reports."""
    running = Judge(pack(rule("j", need=[Pattern(last=2)])))
    running.feed(fact("a"))
    running.feed(fact("b", days=-5, household_id="h2"))
    assert running.conclusions("h1") == ()
    change = running.advance(running.as_of)
    assert [(one.household_id, one.name) for one in change.withdrawn] == [("h1", "j")]


def test_a_chain_may_be_long_and_many_ways_lead_to_its_end() -> None:
    """Two thousand conclusions deep; and forty deep with two rules for each step."""
    deep = [rule("c0", need=[Pattern()])]
    deep += [rule(f"c{at}", given=[f"c{at - 1}"]) for at in range(1, 2000)]
    last = Judge(pack(*deep)).feed(fact("a")).new[-1]
    assert (last.name, len(last.facts), last.illustrative) == ("c1999", 1, True)
    assert last.explain("zh").count("的依据") == 2000
    ladder = [rule("c0", need=[Pattern()])]
    ladder += [
        rule(f"{letter}{at}", concludes=f"c{at}", given=[f"c{at - 1}"])
        for at in range(1, 40)
        for letter in "ab"
    ]
    first = Judge(pack(*ladder)).feed(fact("a"))
    assert len(first.new[-1].facts) == 1
    assert first == Judge(first.new[0].pack).feed(fact("a"))


def test_an_empty_word_is_nobody() -> None:
    """An empty department in a file is not a second department."""
    two = rule("j", need=[Pattern(), Pattern()], where="a.department != b.department")
    running = Judge(pack(two))
    assert not running.feed(fact("a", department="d1"), fact("b", department="", risk=""))


def test_a_judge_that_died_resumes() -> None:
    """From its facts, with the same conclusions."""
    first = Judge(shaanxi_2531())
    first.feed(
        fact("m", "medical-burden-general", 29, department="medical-insurance", risk="illness"),
        fact("w", "labour-loss", department="human-resources", risk="no_labour"),
    )
    second = Judge(shaanxi_2531(), as_of=first.as_of)
    second.feed(*first.facts())
    assert second.conclusions("h1") == first.conclusions("h1")
    assert names(first.conclusions("h1"))


def test_alerts_of_judge_are_facts() -> None:
    """What one household's screening finds can be fed as it is."""
    from antipoverty.model import Household

    household = Household(
        household_id="h1",
        area="610702100200",
        size=3,
        net_income_12m="17400.00",
        monitored=False,
        formerly_poor=True,
        labourers=0,
        labourers_prev=1,
        members=(),
        records=(),
    )
    found = judge(household, shaanxi_2531(), as_of=date(2021, 12, 1)).alerts
    running = Judge(shaanxi_2531())
    change = running.feed(*found)
    assert {one.name for one in running.facts()} <= {one.rule_id for one in found}
    assert fact_of(found[0]).household_id == "h1"
    assert change.new
    for one in change:
        assert one.illustrative
        assert "示例" in one.explain("zh")
        assert "Illustrative" in one.explain("en")
        assert one.to_dict()["engine"] == "reference"


CHINESE = """\
【研判·紧急】高风险尚无帮扶措施（no-help-yet）
  户码 h1，判定日 2022-01-02
  一、“高风险尚无帮扶措施”（no-help-yet）的依据：
     - 已研判“高风险：医疗负担与劳动力不足并存”（high-risk）
     - 未研判“预警后已有帮扶措施”（help-began）
  二、“高风险：医疗负担与劳动力不足并存”（high-risk）的依据：
     规则“高风险：医疗负担与劳动力不足并存”（high-risk-urgent）：
     - 已研判“医疗负担与劳动力不足并存”（illness-and-labour）
  三、“医疗负担与劳动力不足并存”（illness-and-labour）的依据：
     - 2021-12-04 医疗保障局预警：农户医疗费用负担重
     - 2022-01-02 人社局预警：家庭劳动力减少
     - 其中两项相隔少于365天
  建议：明确责任单位和帮扶措施
  示例：部分规则未见公布，结论不作为政策依据。
"""
ENGLISH = """\
[judged, urgent] High risk and no measure yet (no-help-yet)
  household h1, as of 2022-01-02
  1. High risk and no measure yet (no-help-yet), because:
     - judged: High risk: a medical burden and a lack of labour (high-risk)
     - not judged: Help came after an alert (help-began)
  2. High risk: a medical burden and a lack of labour (high-risk), because:
     by the rule High risk: a medical burden and a lack of labour (high-risk-urgent):
     - judged: A medical burden and a lack of labour together (illness-and-labour)
  3. A medical burden and a lack of labour together (illness-and-labour), because:
     - 2021-12-04 alert: Heavy medical burden (Medical insurance)
     - 2022-01-02 alert: Fewer labourers than a year ago (Human resources)
     - two of these are less than 365 days apart
  To do: name who helps, and how
  Illustrative: some of the rules are not published policy.
"""


def test_an_explanation_says_counts_absences_and_comparisons_in_words() -> None:
    """No code where an official reads; each part once."""
    told = rule(
        "told",
        category="sudden",
        need=[Pattern(), Pattern(kind="measure", where="a.amount >= yuan('0.05')")],
        where="a.department != b.department and not (a.day > b.day)",
        count=[Tally(of=Pattern(name="n1", last=90, severity="serious"), at_least=2)],
        lack=[Pattern(kind="state", name="closed", last=30), Pattern(department="d2", before=9)],
    )
    running = Judge(pack(told))
    fed = (fact(f"f{at}", days=at, department="d1", severity="urgent") for at in range(2))
    (one,) = running.feed(
        *fed, fact("m", "care", kind="measure", department="医保", amount=5, days=-1)
    )
    assert one.explain("zh").splitlines()[2:] == [
        "  建议类别：突发严重困难户",
        "  一、“told”（told）的依据：",
        "     - 2022-01-01 d1预警：n1",
        "     - 2022-01-02 d1预警：n1",
        "     - 2022-01-03 医保帮扶措施：care",
        "     - 其中甲、乙两项满足：甲的部门不为乙的部门，且并非（甲的日期晚于乙的日期）",
        "     - 近90天内有至少2项预警（n1、较重及以上）",
        "     - 近30天内没有办理状态（closed）",
        "     - 没有已满9天的预警（d2）",
        "  示例：部分规则未见公布，结论不作为政策依据。",
    ]
    assert one.explain("en").splitlines()[2:] == [
        "  Proposed category: sudden severe hardship",
        "  1. told (told), because:",
        "     - 2022-01-01 alert: n1 (d1)",
        "     - 2022-01-02 alert: n1 (d1)",
        "     - 2022-01-03 measure: care (医保)",
        "     - a and b among these satisfy: department of a is not department of b and not "
        "(day of a is after day of b)",
        "     - 2 or more of: alert (n1, serious or worse) in the last 90 days",
        "     - no state of the case (closed) in the last 30 days",
        "     - no alert (d2), 9 days old or older",
        "  Illustrative: some of the rules are not published policy.",
    ]


def test_an_explanation_tells_the_whole_chain() -> None:
    """Rules, facts, conclusions on the way, what was lacking; Chinese and English."""
    running = Judge(shaanxi_2531())
    running.feed(
        fact("m", "medical-burden-general", 29, department="medical-insurance", risk="illness"),
        fact("w", "labour-loss", department="human-resources", risk="no_labour"),
    )
    (one,) = [one for one in running.conclusions("h1") if one.name == "no-help-yet"]
    assert one.explain("zh") + "\n" == CHINESE
    assert one.explain("en") + "\n" == ENGLISH
    assert [fact.id for fact in one.facts] == ["m", "w"]
    with pytest.raises(AntipovertyError):
        one.explain("fr")  # type: ignore[arg-type]


# --- all alerts at once ------------------------------------------------------------------------

ALERTS = pl.DataFrame(
    {
        "household_id": ["h1", "h1", "h2", "h1"],
        "area": ["610702100200"] * 4,
        "rule_id": ["medical-burden-general", "labour-loss", "labour-loss", "labour-loss"],
        "verdict": ["warn", "warn", "warn", "warn"],
    }
)


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind",
    [
        "polars",
        "lazy",
        "pandas",
        "pyarrow",
        "duckdb",
        pytest.param(
            "spark",
            marks=[
                pytest.mark.xdist_group("spark"),
                pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java"),
            ],
        ),
    ],
)
def test_a_frame_in_a_frame_out(kind: str) -> None:
    """The same conclusions as by feeding, in the kind that came in."""
    if kind == "pandas":
        pytest.importorskip("pandas")
        given_: Any = ALERTS.to_pandas()
    elif kind == "pyarrow":
        pytest.importorskip("pyarrow")
        given_ = ALERTS.to_arrow()
    elif kind == "duckdb":
        duckdb = pytest.importorskip("duckdb")
        alerts = ALERTS.to_arrow()  # noqa: F841 - DuckDB finds it by name
        given_ = duckdb.sql("select * from alerts")
    elif kind == "spark":
        pytest.importorskip("pyspark")
        given_ = spark().createDataFrame(ALERTS.rows(), ALERTS.columns)
    else:
        given_ = ALERTS.lazy() if kind == "lazy" else ALERTS
    found = judge_all(given_, shaanxi_2531(), as_of=DAY)
    assert type(found).__module__.partition(".")[0] in type(given_).__module__.replace("_", "")
    rows = pl.from_arrow(found.arrow()) if kind == "duckdb" else found
    if kind == "pandas":
        rows = pl.from_pandas(found)
    elif kind == "pyarrow":
        rows = pl.from_arrow(found)
    elif kind == "lazy":
        rows = found.collect()
    elif kind == "spark":
        rows = pl.from_arrow(found.toArrow()).sort("household_id", maintain_order=True)
    running = Judge(shaanxi_2531())
    running.feed(
        *(
            fact(
                f"{row['rule_id']}@{DAY}",
                row["rule_id"],
                household_id=row["household_id"],
                area=row["area"],
                department=shaanxi_2531().rules[row["rule_id"]].department,
                risk=shaanxi_2531().rules[row["rule_id"]].risk,
                severity=shaanxi_2531().rules[row["rule_id"]].severity,
            )
            for row in ALERTS.iter_rows(named=True)
        )
    )
    expected = [(one.household_id, one.name) for one in running.conclusions("h1")]
    assert rows.select("household_id", "conclusion").rows() == expected
    assert {*rows["engine"]} == {"reference"}


def test_days_may_come_as_moments_of_midnight() -> None:
    """As pandas keeps them; another time of the day is no day."""
    pandas = pytest.importorskip("pandas")
    dated = ALERTS.to_pandas()
    dated["on"] = pandas.to_datetime(["2022-01-01", "2021-12-30", "2022-01-01", "2021-12-30"])
    found = judge_all(dated, shaanxi_2531(), as_of=DAY)
    assert "illness-and-labour" in [*found["conclusion"]]
    assert any("labour-loss@2021-12-30" in facts for facts in found["facts"])
    dated.loc[0, "on"] += pandas.Timedelta(hours=1)
    dated.loc[1, "on"] = pandas.NaT
    with pytest.raises(InvalidFileError) as caught:
        judge_all(dated, shaanxi_2531(), as_of=DAY)
    assert [one.message.partition(":")[0] for one in caught.value.problems] == ["row 1", "row 2"]


def test_rows_that_contradict_each_other_are_refused_in_any_order() -> None:
    """The same again is one; another verdict or area is a question for whoever sent it."""
    twice = pl.concat([ALERTS, ALERTS])
    assert judge_all(twice, shaanxi_2531(), as_of=DAY).equals(
        judge_all(ALERTS, shaanxi_2531(), as_of=DAY)
    )
    other = twice.with_columns(verdict=pl.Series(["warn"] * 4 + ["undecided"] * 4))
    for turned in (other, other.reverse()):
        with pytest.raises(InvalidFileError) as caught:
            judge_all(turned, shaanxi_2531(), as_of=DAY)
        assert {one.code for one in caught.value.problems} == {"conflicting-fact"}
        assert len(caught.value.problems) == 4


@pytest.mark.parametrize("engine", OTHERS)
def test_engines_judge_a_frame_alike(engine: Any) -> None:
    """All but the name of who judged."""
    expected = judge_all(ALERTS, shaanxi_2531(), as_of=DAY)
    found = judge_all(ALERTS, shaanxi_2531(), as_of=DAY, engine=engine)
    assert {*found["engine"]} == {engine}
    assert found.drop("engine").equals(expected.drop("engine"))


def test_bad_rows_are_listed_all_at_once() -> None:
    """And nothing is judged."""
    bad = ALERTS.with_columns(
        rule_id=pl.Series(["no-rule", "labour-loss", "labour-loss", "labour-loss"]),
        verdict=pl.Series(["warn", "clear", "warn", "warn"]),
    )
    with pytest.raises(InvalidFileError) as caught:
        judge_all(bad, shaanxi_2531(), as_of=DAY)
    assert len(caught.value.problems) == 2
    with pytest.raises(MissingColumnError, match="verdict"):
        judge_all(ALERTS.drop("verdict"), shaanxi_2531(), as_of=DAY)


def test_alerts_of_several_days_and_other_facts() -> None:
    """A column `on`, measures beside; what is later than the day is not known."""
    dated = ALERTS.with_columns(
        on=pl.Series([DAY, DAY - timedelta(days=10), DAY, DAY + timedelta(days=1)])
    )
    helped = fact("m", "care", kind="measure")
    before = judge_all(dated, shaanxi_2531(), as_of=DAY)["conclusion"].to_list()
    after = judge_all(dated, shaanxi_2531(), as_of=DAY, facts=[helped])["conclusion"].to_list()
    assert "no-help-yet" in before
    assert "no-help-yet" not in after


def test_an_unknown_engine_is_named() -> None:
    """With the ones there are."""
    with pytest.raises(InvalidArgumentError, match="did you mean 'durable'"):
        Judge(pack(), engine="durabel")  # type: ignore[arg-type]


def test_a_case_is_judged_with_its_measures() -> None:
    """Signals, help and states of a case as facts; help withdraws what waited for it."""
    from antipoverty.casework import facts_of, open_cases, record_help
    from casework_books import alerts, empty

    book, *_ = open_cases(
        empty(), alerts(("h1", "labour-loss"), ("h1", "medical-burden-general")), as_of=DAY
    )
    running = Judge(book.pack)
    assert "no-help-yet" in names(running.feed(*facts_of(book.case("h1"), book.pack)))
    book, _ = record_help(
        book, "h1", "medical-assistance", risk="illness", by="county-1", on=DAY + timedelta(days=3)
    )
    change = running.feed(*facts_of(book.case("h1"), book.pack))
    assert "no-help-yet" in names(change.withdrawn)


def test_the_command_line_judges(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table of counts, one household explained, JSON, more facts, and what is wrong."""
    pytest.importorskip("typer", reason="the command line needs the extra 'cli'")
    from antipoverty.cli import main

    monkeypatch.chdir(tmp_path)
    ALERTS.write_parquet("alerts.parquet")
    ALERTS.write_csv("alerts.csv")
    for path in ("alerts.parquet", "alerts.csv"):
        assert main(["judge", path, "--as-of", "2022-01-02"]) == 0
        out = capsys.readouterr().out
        assert "high-risk" in out
        assert "Illustrative" in out
    assert main(["judge", "alerts.csv", "--as-of", "2022-01-02", "--household", "h1"]) == 0
    assert "【研判·紧急】" in capsys.readouterr().out
    Path("facts.csv").write_text(
        "id,household_id,kind,name,on,amount\nm1,h1,measure,care,2022-01-02,\n"
    )
    words = ["judge", "alerts.csv", "--as-of", "2022-01-02", "--facts", "facts.csv", "--json"]
    assert main(words) == 0
    found = {one["conclusion"] for one in json.loads(capsys.readouterr().out)}
    assert "high-risk" in found
    assert "no-help-yet" not in found
    Path("facts.csv").write_text(
        "id,household_id,kind,name,on,amount\nm1,h1,mesure,care,2022-01-02,\n"
        "m2,h1,measure,care,2.1.2022,\n,,,,,\nm3,h1,measure,care,2022-01-02,many\n"
    )
    assert main(words) == 2
    error = capsys.readouterr().err
    for line in (2, 3, 5):
        assert f"line {line}" in error
    assert main(["judge", "alerts.csv", "--as-of", "2022-01-02", "--engine", "drools"]) == 2
    assert "give one of reference, durable" in capsys.readouterr().err
