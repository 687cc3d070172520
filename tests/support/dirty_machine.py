"""Every verb of a casebook with odd values of every type in every argument, beside a model.

The model knows only how many events each chain was given. Whatever is handed in, a verb writes
what it says it wrote, or raises one of the library's errors and writes nothing; nothing personal
enters; the casebook stays readable.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar

import polars as pl
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from antipoverty.casework import Casebook, Taken
from antipoverty.errors import AntipovertyError
from antipoverty.model import Household
from casework_books import DAY, VILLAGE, empty

PERSONAL = ("13987654321", "029-8765-4321", "1398-7654321", "622202-1234567-890", "王小明", "张三")
NAN = float("nan")
ODD: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    2**70,
    1.5,
    NAN,
    float("inf"),
    "",
    " ",
    "x" * 500,
    "\x00",
    "\ud800",
    "𠮷",
    "a\nb",
    "'; DROP TABLE event; --",
    b"bytes",
    [],
    {},
    (),
    set(),
    object(),
    Decimal("NaN"),
    Fraction(1, 3),
    date.min,
    date.max,
    datetime(2022, 2, 3, 8, 30, tzinfo=UTC),
    timedelta(1),
    Ellipsis,
    int,
    lambda: 1,
    *PERSONAL,
]
odd = st.sampled_from(ODD)
IDS = ["h1", "h2", "h3", "unfiled-t1"]
STEPS = ["home_check", "authorise", "compare", "natural_exit", "village_review"]
days = st.integers(0, 40).map(lambda number: DAY + timedelta(days=number))
ids, actors = st.sampled_from(IDS), st.sampled_from(["keeper-1", "county-2", "township-1", "x"])
words = st.dictionaries(
    st.one_of(
        st.sampled_from(["visited", "minutes", "reason"]),
        odd.filter(lambda value: _hashable(value)),
    ),
    st.one_of(st.sampled_from([True, "file-7", "move"]), odd),
    max_size=2,
)


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def mostly(good: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A good value, or now and then an odd one."""
    return st.integers(0, 9).flatmap(lambda dice: odd if dice == 0 else good)


VERBS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "advance": {
        "case_id": ids,
        "step": st.sampled_from(STEPS),
        "by": actors,
        "on": days,
        "finding": st.one_of(st.just({"visited": True}), words),
        "why": st.sampled_from(["", "m-1"]),
        "outcome": st.sampled_from([None, "no-risk"]),
    },
    "withdraw": {"case_id": ids, "by": actors, "on": days, "why": st.just("m-1")},
    "record_help": {
        "case_id": ids,
        "measure": st.sampled_from(["temporary-relief", "public-job"]),
        "risk": st.sampled_from(["illness", "accident"]),
        "by": actors,
        "on": days,
    },
    "move": {
        "case_id": ids,
        "area": st.sampled_from([VILLAGE, "610703100200"]),
        "on": days,
        "by": actors,
    },
    "acknowledge": {
        "case_ids": st.lists(ids),
        "department": st.just("emergency"),
        "on": days,
        "by": actors,
    },
    "report": {
        "household_id": st.one_of(ids, st.none()),
        "area": st.just(VILLAGE),
        "on": days,
        "by": actors,
        "token": st.sampled_from(["t1", "t2"]),
        "consent": st.just(True),
        "risk": st.just("other"),
    },
    "join": {"case_id": ids, "household_id": ids, "on": days, "by": actors},
    "split": {"case_id": ids, "households": st.lists(ids), "on": days, "by": actors},
    "urge": {"as_of": days, "by": actors},
    "appeal": {
        "case_id": ids,
        "fact": st.just("water_safe"),
        "token": st.sampled_from(["a1", "a2"]),
        "by": actors,
        "on": days,
    },
    "answer_appeal": {
        "case_id": ids,
        "token": st.sampled_from(["a1", "a2"]),
        "by": actors,
        "on": days,
        "answer": st.sampled_from(["upheld", "rejected"]),
        "why": st.just("m-1"),
    },
    "view": {
        "case_id": ids,
        "role": st.sampled_from(["county", "keeper"]),
        "by": actors,
        "on": days,
    },
    "list_problem": {
        "problem_id": st.sampled_from(["p1", "p2"]),
        "area": st.just("610702"),
        "origin": st.just("audit"),
        "on": days,
        "by": actors,
        "condition": st.sampled_from(["", "not water_safe"]),
    },
    "advance_problem": {
        "problem_id": st.sampled_from(["p1", "p2"]),
        "step": st.sampled_from(["assign", "repair"]),
        "by": actors,
        "on": days,
        "finding": st.one_of(st.just({"department": "water"}), words),
    },
    "extend": {
        "problem_id": st.sampled_from(["p1", "p2"]),
        "households": st.lists(ids),
        "on": days,
        "by": actors,
    },
    "worklist": {"as_of": days, "department": st.none(), "area": st.just(""), "role": st.none()},
    "case": {"case_id": ids},
}


class Found:
    """What a run saw."""

    events = refused = 0
    faults: ClassVar[list[str]] = []


class Dirty(RuleBasedStateMachine):
    """One casebook in a file."""

    found = Found

    @initialize()
    def opened(self) -> None:
        """An empty one."""
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "cases.db"
        self.casebook = Casebook.open(f"sqlite:///{self.path}", empty())
        self.given: Counter[str] = Counter()

    def told(self, verb: str, problem: BaseException) -> None:
        """An error of the library is right; another is a fault."""
        if isinstance(problem, AntipovertyError):
            self.found.refused += 1
            said = str(problem)
            if any(one in said for one in PERSONAL):
                self.fault(f"{verb} repeats something personal")
        else:
            self.fault(f"{verb} raises {type(problem).__name__}: {str(problem)[:80]}")

    def fault(self, said: str) -> None:
        """Note it, and go on."""
        self.found.faults.append(said)
        self.faulty = True

    @rule(
        households=st.lists(mostly(ids), min_size=1, max_size=3),
        name=mostly(st.sampled_from(["disaster", "traffic-accident", "unsafe-water"])),
        verdict=mostly(st.sampled_from(["warn", "undecided"])),
        as_of=mostly(days),
        by=mostly(actors),
    )
    def a_file_comes(self, households: Any, name: Any, verdict: Any, as_of: Any, by: Any) -> None:
        """With odd cells too."""
        try:
            frame = pl.DataFrame(
                {
                    "household_id": households,
                    "area": [VILLAGE] * len(households),
                    "rule_id": [name] * len(households),
                    "verdict": [verdict] * len(households),
                },
                strict=False,
            )
        except BaseException:  # no frame can hold it; Polars panics at some
            return
        try:
            self.casebook.open_cases(frame, as_of=as_of, by=by)
        except BaseException as problem:
            self.told("open_cases", problem)

    @rule(data=st.data(), verb=st.sampled_from(sorted(VERBS)))
    def a_verb_is_called(self, data: st.DataObject, verb: str) -> None:
        """With whatever is drawn."""
        given = {name: data.draw(mostly(good), label=name) for name, good in VERBS[verb].items()}
        try:
            first = [given.pop(name) for name in ("case_id", "problem_id") if name in given]
            getattr(self.casebook, verb)(*first, **given)
        except BaseException as problem:
            self.told(verb, problem)

    @rule(data=st.data())
    def many_steps_come_at_once(self, data: st.DataObject) -> None:
        """Those refused are listed, the others written."""
        one = st.builds(
            Taken,
            mostly(ids),
            mostly(st.sampled_from(STEPS)),
            mostly(actors),
            mostly(days),
            mostly(st.just({"visited": True})),
        )
        steps = data.draw(st.lists(one, max_size=4))
        try:
            self.casebook.advance_each(steps)
        except BaseException as problem:
            self.told("advance_each", problem)

    @rule(
        facts=st.fixed_dictionaries({"water_safe": st.sampled_from([True, False, None])}),
        on=mostly(days),
        why=mostly(st.just("m-1")),
    )
    def a_fact_is_corrected(self, facts: Any, on: Any, why: Any) -> None:
        """On a day on which the pack has its values, or not."""
        home = Household(household_id="h1", area=VILLAGE, members=(), records=(), **facts)
        try:
            self.casebook.correct(home, "water_safe", by="county-2", as_of=on, why=why)
        except BaseException as problem:
            self.told("correct", problem)

    @invariant()
    def no_event_is_lost(self) -> None:
        """No chain is shorter than it was; every one is whole, and so are the lists."""
        if not hasattr(self, "casebook"):
            return
        now = Counter(event.stream for event in self.casebook.events())
        if any(now[stream] < count for stream, count in self.given.items()):
            self.fault("an event is lost")
        self.found.events += sum((now - self.given).values())
        self.given = now

    def teardown(self) -> None:
        """What was written is whole, readable, and holds nothing personal."""
        if not hasattr(self, "casebook"):
            return
        if self.casebook.doctor():
            self.fault(f"damaged: {self.casebook.doctor()[0].what}")
        self.casebook.seal()
        self.casebook.close()
        held = b"".join(one.read_bytes() for one in self.path.parent.iterdir())
        if any(one.encode() in held for one in PERSONAL):
            self.fault("something personal is in the file")
        self.folder.cleanup()


def run(steps: int, seed_: int = 0) -> type[Found]:
    """Take so many steps in all, fifty on each casebook."""
    found = type("Found", (Found,), {"faults": []})
    machine = type("Dirty", (Dirty,), {"found": found})
    several = settings(
        max_examples=max(steps // 50, 1),
        stateful_step_count=50,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(seed(seed_)(machine), settings=several)
    except BaseException as problem:
        if not found.faults:
            found.faults.append(f"{type(problem).__name__}: {str(problem)[:100]}")
    return found
