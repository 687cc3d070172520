"""Each measured fault of durable-rules 2.0.28, and that what we hand it keeps clear of it."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from antipoverty._judging.engines import durable  # private: the engine itself, without its process
from antipoverty._judging.engines.chaining import (  # private: what an engine gets and gives
    MOST_RULES,
    compiled,
    lowered,
    raised,
    run,
)
from antipoverty.errors import EngineFailedError, EngineUnavailableError, OutsideSubsetError
from antipoverty.judgement import Judge, Judgements, Pattern, Signal, answer
from judgement_packs import DAY, fact, histories, pack, rule, rules

try:
    durable.Durable(compiled(Judgements(()))).close()
except EngineUnavailableError as problem:
    pytest.skip(str(problem), allow_module_level=True)

FEW = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
ALLOWED = {"$and", "$ex", "$nex", "$lt", "$lte", "$gt", "$gte", "$add", "$sub", "$mul", "$l", "$r"}


class Spy(durable.Durable):
    """Keeps what the engine is told."""

    def __init__(self, listed: Any) -> None:
        self.ordered = Judgements(listed)
        self.program = compiled(self.ordered)
        self.asserted: list[dict[str, Any]] = []
        super().__init__(self.program)
        before = self._host.run_batch

        def noted(name: str, facts: list[dict[str, Any]]) -> None:
            self.asserted += facts
            before(name, facts)

        self._host.run_batch = noted

    def answer(self, facts: tuple[Signal, ...]) -> Any:
        """Judge one household."""
        known, sent = lowered(self.program, self.ordered, facts, DAY)
        return raised(self.ordered, known, run(self, self.program, sent))


def antecedents(listed: Any) -> Iterator[list[dict[str, Any]]]:
    """What each rule of the joins asks for, as the engine is told."""
    for join in compiled(Judgements(listed)).joins:
        yield durable._antecedents(join)


def keys(part: Any) -> Iterator[str]:
    """Every key of a definition."""
    if isinstance(part, dict):
        for key, value in part.items():
            yield key
            yield from keys(value)
    elif isinstance(part, list):
        for one in part:
            yield from keys(one)


@FEW
@given(listed=rules())
def test_only_what_was_measured_to_be_right_is_used(listed: Any) -> None:
    """No `$or`, division, pattern, array, `none`, `any`, `count`, session state, equality."""
    for asked in antecedents(listed):
        for part in asked:
            for alias, condition in part.items():
                assert alias in ("a", "b")
                assert [*condition] == ["$and"]
                used = {key for key in keys(condition) if key.startswith("$")}
                assert used <= ALLOWED | {"$m"}


@FEW
@given(listed=rules())
def test_a_comparison_stands_behind_a_guard_for_each_of_its_fields(listed: Any) -> None:
    """A missing operand is read from memory that was never written."""
    for asked in antecedents(listed):
        guarded: dict[str, set[str]] = {}
        for alias, condition in ((a, c) for part in asked for a, c in part.items()):
            mine = guarded.setdefault(alias, {durable.ZERO})
            for test in condition["$and"]:
                assert "$and" not in keys(test)  # nested conjunctions answer wrongly in joins
                if "$ex" in test:
                    mine.update(test["$ex"])
                elif "$nex" not in test and test != {durable.ZERO: 0}:
                    for own, name in read(test):
                        assert name in guarded[alias if own else "a"]


def read(part: Any) -> Iterator[tuple[bool, str]]:
    """The fields a test reads: of its own fact, or of the first."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "$m":
                yield True, value
            elif key == "a":
                yield False, value
            else:
                yield from read(value)


@FEW
@given(listed=rules())
def test_a_join_ends_with_what_is_always_true(listed: Any) -> None:
    """A last test that is false is followed by a read outside the array."""
    for asked in antecedents(listed):
        if len(asked) == 2:
            assert asked[1]["b"]["$and"][-1] == {durable.ZERO: {"a": durable.ZERO}}


@FEW
@given(listed=rules(), facts=histories())
def test_facts_are_whole_numbers_and_fields_our_own(listed: Any, facts: Any) -> None:
    """No word, date, null, float or boolean, no id of a household, no name of the engine's."""
    spy = Spy(listed)
    try:
        spy.answer(facts)
    finally:
        spy.close()
    for one in spy.asserted:
        for name, value in one.items():
            if name in ("id", "sid", "code"):
                assert len(value) <= 12
                assert value.isascii()
            else:
                assert name == durable.ZERO or name.startswith("v_")
                assert type(value) is int
                assert abs(value) <= 2**40


@FEW
@given(listed=rules())
def test_a_ruleset_is_small_and_has_a_sentinel(listed: Any) -> None:
    """65 rules on one fact fail; without a firing rule a session cannot be deleted."""
    spy = Spy(listed)
    try:
        for ruleset in spy._host._ruleset_directory.values():
            assert "end" in ruleset._actions
            assert len(ruleset._actions) <= MOST_RULES + 1
            for action in ruleset._actions.values():
                assert len(inspect.signature(action._func).parameters) == 1  # two: asynchronous
    finally:
        spy.close()


def test_three_hundred_rules_match_one_fact() -> None:
    """In as many rulesets as it needs, and a chain through all of them."""
    listed = [
        rule(f"j{at}", need=[Pattern(where=f"a.amount > yuan('{at / 100:.2f}')")])
        for at in range(300)
    ]
    spy = Spy([*listed, rule("last", given=["j0", "j299"])])
    facts = (fact("a", amount=1000), fact("b", amount=100))
    try:
        found = spy.answer(facts)
    finally:
        spy.close()
    assert found == answer(spy.ordered, facts, DAY)
    assert len(found.fired) == 301


def test_names_and_ids_that_hash_alike_are_kept_apart() -> None:
    """Names are refused, ids are chosen; households never share a session."""
    one, other = "617708148886896105", "613477748101598808"
    assert durable.name_hash(one) == durable.name_hash(other)
    with pytest.raises(OutsideSubsetError, match="cannot tell"):
        durable.refuse_collisions([one, other])
    ids = durable.fresh_ids()
    hashes = [durable.name_hash(next(ids)) for _ in range(20_000)]
    assert len({*hashes}) == 20_000
    two = pack(rule("j", need=[Pattern(name="n1"), Pattern(name="n2")]))
    with Judge(two, engine="durable") as running:
        assert not running.feed(fact("a", "n1", household_id=one))
        assert not running.feed(fact("b", "n2", household_id=other))
        assert running.feed(fact("b", "n2", household_id=one))


def test_fields_that_hash_alike_are_refused_when_the_engine_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Should a field ever be given such a name."""
    names = {"amount": "617708148886896105", "day": "613477748101598808"}
    monkeypatch.setattr(durable, "_field", lambda name: names.get(name, f"v_{name}"))
    both = rule("j", need=[Pattern(where="a.amount > yuan('0.01') and a.day_number > 1")])
    with pytest.raises(OutsideSubsetError, match="cannot tell"):
        durable.Durable(compiled(Judgements([both])))


def test_three_thousand_households_one_after_another() -> None:
    """More than 1,024 sessions may not live at once; nothing is left over from one to the next."""
    spy = Spy([rule("j", need=[Pattern(name="n1"), Pattern(name="n2")])])
    both, first = (fact("a", "n1"), fact("b", "n2")), (fact("a", "n1"),)
    try:
        for at in range(3000):
            facts = both if at % 2 else first
            assert bool(spy.answer(facts).fired) is bool(at % 2)
    finally:
        spy.close()


def test_no_thread_is_started() -> None:
    """A host of its own starts two chains of them."""
    before = threading.active_count()
    spy = Spy([rule("j", need=[Pattern()])])
    try:
        spy.answer((fact("a"),))
        assert threading.active_count() == before
    finally:
        spy.close()


def test_what_an_action_raises_reaches_the_caller() -> None:
    """The engine's own loop keeps it in the session and goes on."""
    spy = Spy([rule("j", need=[Pattern()])])

    def fails(_: Any) -> None:
        raise RuntimeError("in an action")

    spy._host._ruleset_directory["j0"]._actions["r0"]._func = fails
    with pytest.raises(RuntimeError, match="in an action"):
        spy.answer((fact("a"),))


def test_a_fact_that_was_not_looked_at_is_an_error() -> None:
    """The sentinel counts."""
    spy = Spy([rule("j", need=[Pattern()])])
    spy._host._ruleset_directory["j0"]._actions["end"]._func = lambda _: []
    with pytest.raises(EngineFailedError, match="every fact"):
        spy.answer((fact("a"),))


def test_a_program_can_be_used_twice() -> None:
    """The engine changes the definitions it is given; ours are made anew."""
    program = compiled(Judgements([rule("j", need=[Pattern()])]))
    before = json.dumps([program.joins, program.groups])
    for _ in range(2):
        durable.Durable(program).close()
    assert json.dumps([program.joins, program.groups]) == before


def test_too_long_a_comparison_is_refused_when_the_judge_is_made() -> None:
    """Not when a household comes; and the reference does it."""
    long = " + ".join(["a.severity"] * 30)
    given_ = pack(rule("j", need=[Pattern(where=f"{long} > 3")]))
    with pytest.raises(OutsideSubsetError):
        Judge(given_, engine="durable")
    assert Judge(given_).feed(fact("a", severity="notice"))


def test_a_household_without_facts_does_not_reach_the_engine() -> None:
    """An empty fact ends the process; facts that no rule wants are harmless."""
    spy = Spy([rule("j", need=[Pattern(name="n3")])])
    try:
        assert not spy.answer(()).fired
        assert spy.asserted == []
        assert not spy.answer((fact("a", "n1", -1),)).fired
        assert not spy.answer((fact("a", "n1"),)).fired
    finally:
        spy.close()


FRESH = """
import sys
sys.path[:0] = {path!r}
from judgement_packs import DAY, fact, rule
from antipoverty.judgement import Judgements, Pattern, answer
from test_judgement_hazards import Spy
listed = [rule("j", need=[Pattern(name="n1"), Pattern(name="n2")],
               where="b.severity == 2 and b.amount > a.amount")]
spy = Spy(listed)
for low, high in ((5, 4), (4, 5), (5, 5)):
    facts = (fact("a", "n1", amount=low), fact("b", "n2", amount=high, severity="serious"),
             fact("c", "n2", 1, amount=high, severity="notice"))
    assert spy.answer(facts) == answer(spy.ordered, facts, DAY)
spy.close()
"""


@pytest.mark.slow
@pytest.mark.parametrize("run_", range(6))
def test_joins_that_fail_are_right_in_a_fresh_process(run_: int) -> None:
    """A grown heap hides the read outside the array; a new process does not."""
    done = subprocess.run(
        [sys.executable, "-c", FRESH.format(path=sys.path)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_every_order_of_arrival_concludes_the_same() -> None:
    """All at once in one batch; days and ids decide the order, not arrival."""
    spy = Spy([rule("j", need=[Pattern(), Pattern()], where="a.amount < b.amount", within=30)])
    facts = [fact(f"f{at}", days=at, amount=at * 7 % 5) for at in range(5)]
    try:
        expected = answer(spy.ordered, facts, DAY)
        for turn in range(5):
            assert spy.answer((*facts[turn:], *facts[:turn])) == expected
    finally:
        spy.close()
