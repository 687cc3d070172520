"""Judgement rules, facts and histories for the tests, drawn where windows and counts turn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from antipoverty._judging.answer import (  # private: what a plain draft repeats
    in_order,
    last_with_area,
)
from antipoverty.judgement import JudgementRule, Judgements, Pattern, Signal, Tally
from antipoverty.rules import Pack, Rule, Severity, Source, Text

DAY = date(2022, 1, 2)
WINDOWS = (1, 2, 3, 30)
DEPARTMENTS = ("d1", "d2", "医保")
RISKS = ("r1", "r2")
NAMES = ("n1", "n2", "n3")
CONCLUSIONS = ("c0", "c1", "c2", "c3")
SOURCE = Source("an example")


def rule(id_: str, **given: Any) -> JudgementRule:
    """A judgement rule in force since 2021."""
    given.setdefault("since", date(2021, 1, 1))
    return JudgementRule(id=id_, title=Text(id_, id_), source=SOURCE, **given)


def fact(id_: str, name: str = "n1", days: int = 0, **given: Any) -> Signal:
    """A fact some days before DAY."""
    given.setdefault("household_id", "h1")
    given.setdefault("kind", "alert")
    return Signal(id=id_, name=name, on=DAY - timedelta(days=days), **given)


def pack(*rules: JudgementRule) -> Pack:
    """A pack of these judgement rules, with a rule for every name and department."""
    departments = {name: Text(name, name) for name in DEPARTMENTS}
    known = [
        Rule(
            id=name,
            title=Text(name, name),
            department="d1",
            when="monitored",
            source=SOURCE,
            since=date(2021, 1, 1),
        )
        for name in NAMES
    ]
    return Pack("p", Text("例", "example"), rules=known, departments=departments, judgements=rules)


@st.composite
def some(draw: st.DrawFn, words: tuple[str, ...]) -> tuple[str, ...]:
    """None, one or two of some words."""
    if not words:
        return ()
    return tuple(dict.fromkeys(draw(st.sampled_from(words)) for _ in range(draw(UP_TO_TWO))))


UP_TO_TWO = st.integers(0, 2)
ONE_OF_FOUR = st.sampled_from([False, True, False, False])
numbers = st.one_of(st.integers(-3, 3), st.sampled_from([2**40, -(2**40)]))


_AGES = st.sampled_from([0, 0, 1, 1, 2, 2, 3, 29, 30, 31])
_KINDS = st.sampled_from(["alert", "alert", "alert", "measure", "figure"])
_DEPARTMENTS = st.sampled_from([None, *DEPARTMENTS, *DEPARTMENTS])
_RISKS = st.sampled_from([None, *RISKS, *RISKS])
_SEVERITIES = st.sampled_from([None, *Severity])


@st.composite
def histories(draw: st.DrawFn, most: int = 7) -> tuple[Signal, ...]:
    """Facts of one household, fields missing here and there, around the windows' edges."""
    return tuple(
        fact(
            f"f{at}",
            draw(st.sampled_from(NAMES)),
            draw(_AGES),
            kind=draw(_KINDS),
            area=draw(st.sampled_from(["", "61", "6107", "6107"])),
            department=draw(_DEPARTMENTS),
            risk=draw(_RISKS),
            severity=draw(_SEVERITIES),
            amount=draw(numbers) if draw(st.booleans()) else None,
        )
        for at in range(draw(st.sampled_from([4, 5, 6, 7, 3, 2, 1, 0])) * most // 7)
    )


def _term(alias: str) -> st.SearchStrategy[str]:
    return _of(alias, "amount", lambda fen: f"yuan('{Decimal(fen) / 100}')")


def _of(alias: str, name: str, said: Callable[[int], str]) -> st.SearchStrategy[str]:
    field = st.sampled_from([f"{one}.{name}" for one in alias])
    leaf = field | st.integers(-3, 3).map(said)
    return st.one_of(
        field,
        st.builds("{} {} {}".format, field, st.sampled_from("+-"), leaf),
        st.builds("{} * {}".format, field, st.integers(-9, 9) | st.just("ratio(1, 3)")),
    )


def comparisons(alias: str) -> st.SearchStrategy[str]:
    """Text of guards over one alias or two."""
    word = st.sampled_from([f"{one}.{name}" for one in alias for name in ("department", "risk")])
    sides, among = st.sampled_from(alias), st.sampled_from(["in", "not in"])
    signs = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
    same = st.sampled_from(["==", "!="])
    said = {"department": ("'d1'", "'医保'"), "risk": ("'r1'", "'r2'")}
    worded = word.flatmap(
        lambda one: st.tuples(st.just(one), word | st.sampled_from(said[one[2:]]))
    )
    number = word | st.just(f"{alias[-1]}.amount")
    day = st.sampled_from([f"{one}.day" for one in alias])
    ranked = _of(alias, "severity", str)
    compared = st.builds("{} {} {}".format, _term(alias), signs, _term(alias)) | st.builds(
        "{} {} {}".format, ranked, signs, ranked | st.just("1.5")
    )
    atom = st.one_of(
        compared,
        compared,
        st.builds(lambda two, sign: f"{two[0]} {sign} {two[1]}", worded, same),
        st.builds("{}.department {} ('d1', '医保')".format, sides, among),
        st.builds("{} is {}".format, number, st.sampled_from(["known", "not known"])),
        st.builds("({}) is {}".format, compared, st.sampled_from(["known", "not known"])),
        st.builds("{} {} {}".format, day, signs, day | st.just('date("2022-01-01")')),
    )
    return st.recursive(
        atom,
        lambda inner: st.one_of(
            inner.map("not ({})".format),
            inner.map("({}) is not known".format),
            st.builds("({}) {} ({})".format, inner, st.sampled_from(["and", "or"]), inner),
        ),
        max_leaves=3,
    )


_WINDOWS = st.sampled_from([None, *WINDOWS])
_TIGHT = st.sampled_from(["", "", "", "name", "department", "risk", "severity", "where"])


@st.composite
def patterns(draw: st.DrawFn) -> Pattern:
    """Which facts are meant."""
    last = draw(_WINDOWS)
    before = draw(_WINDOWS) if draw(ONE_OF_FOUR) else None
    if last is not None and before is not None and last <= before:
        before = None
    tight = draw(_TIGHT)
    return Pattern(
        kind=draw(_KINDS),
        name=draw(some(NAMES)) if tight == "name" else (),
        department=draw(some(DEPARTMENTS)) if tight == "department" else (),
        risk=draw(some(RISKS)) if tight == "risk" else (),
        severity=draw(_SEVERITIES) if tight == "severity" else None,
        last=last,
        before=before,
        where=draw(_OF_ONE) if tight == "where" else None,
    )


_OF_ONE = comparisons("a")
_OF_TWO = st.one_of(
    st.sampled_from(["a.department != b.department", "a.day <= b.day", "a.risk == b.risk"]),
    comparisons("ab"),
)
_SHAPES = st.sampled_from(["two", "one", "chain", "count", "chain"])
_DISTINCT = st.sampled_from([None, "day", "department", "name", "risk", "month"])


@st.composite
def rules(draw: st.DrawFn, most: int = 7) -> tuple[JudgementRule, ...]:
    """Rules that never rest on themselves: each reads only conclusions of lower number."""
    made: list[JudgementRule] = []
    for at in range(draw(st.sampled_from([4, 5, 6, 7, 3, 2, 1])) * most // 7):
        level = min(at if draw(st.booleans()) else draw(st.integers(0, at)), len(CONCLUSIONS) - 1)
        drawn = {one.concludes for one in made}
        lower = tuple(name for name in CONCLUSIONS[:level] if name in drawn)
        unless = (draw(st.sampled_from(lower)),) if lower and draw(ONE_OF_FOUR) else ()
        rest = tuple(name for name in lower if name not in unless)
        chains = rest and draw(st.sampled_from([True, True, False]))
        given = (rest[-1],) if chains else draw(some(rest))
        shape = draw(_SHAPES)
        need = [draw(patterns()) for _ in range({"one": 1, "two": 2}.get(shape, 0))]
        count = []
        if shape == "count":
            count.append(
                Tally(
                    of=draw(patterns()), at_least=draw(st.integers(1, 4)), distinct=draw(_DISTINCT)
                )
            )
        if not (need or given or count):
            need = [Pattern()]
        pair = len(need) == 2
        made.append(
            rule(
                f"j{at}",
                concludes=CONCLUSIONS[level],
                need=need,
                where=draw(_OF_TWO) if pair and draw(st.booleans()) else None,
                within=draw(_WINDOWS) if pair else None,
                count=count,
                lack=[draw(patterns())] if draw(ONE_OF_FOUR) else (),
                given=given,
                unless=unless,
                until=draw(st.sampled_from([None, None, None, None, DAY, DAY - timedelta(days=1)])),
                area=draw(st.sampled_from(["", "", "", "", "61", "6107"])),
            )
        )
    return tuple(made)


def withdrawable(listed: Judgements, facts: tuple[Signal, ...]) -> set[str]:
    """The facts of which each may be taken back as if it had never come.

    Where a household lives is said by its latest fact with an area, and an older one may
    have been forgotten: so that one stays when it matters.
    """
    lives = last_with_area(in_order(facts, DAY)) if listed.local else None
    return {one.id for one in facts if one is not lives}
