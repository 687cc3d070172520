"""Judgement rules, facts and histories for the tests, drawn where windows and counts turn."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from antipoverty.judgement import Fact, JudgementRule, Judgements, Pattern, Tally
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


def fact(id_: str, name: str = "n1", days: int = 0, **given: Any) -> Fact:
    """A fact some days before DAY."""
    given.setdefault("household_id", "h1")
    given.setdefault("kind", "alert")
    return Fact(id=id_, name=name, on=DAY - timedelta(days=days), **given)


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


def some(words: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    """None, one or two of some words."""
    return st.lists(st.sampled_from(words), max_size=2, unique=True).map(tuple)


numbers = st.one_of(st.integers(-3, 3), st.sampled_from([2**40, -(2**40)]))


@st.composite
def histories(draw: st.DrawFn, most: int = 6) -> tuple[Fact, ...]:
    """Facts of one household, fields missing here and there, around the windows' edges."""
    return tuple(
        fact(
            f"f{at}",
            draw(st.sampled_from(NAMES)),
            draw(st.sampled_from([0, 1, 2, 3, 29, 30, 31])),
            kind=draw(st.sampled_from(["alert", "alert", "measure", "figure"])),
            area=draw(st.sampled_from(["", "61", "6107"])),
            department=draw(st.none() | st.sampled_from(DEPARTMENTS)),
            risk=draw(st.none() | st.sampled_from(RISKS)),
            severity=draw(st.none() | st.sampled_from(Severity)),
            amount=draw(st.none() | numbers),
        )
        for at in range(draw(st.integers(0, most)))
    )


def _term(alias: str) -> st.SearchStrategy[str]:
    field = st.sampled_from([f"{one}.{name}" for one in alias for name in ("amount", "severity")])
    leaf = field | st.integers(-3, 3).map(str)
    return st.one_of(
        field,
        st.builds("{} {} {}".format, field, st.sampled_from("+-"), leaf),
        st.builds("{} * {}".format, field, st.integers(-9, 9)),
    )


def comparisons(alias: str) -> st.SearchStrategy[str]:
    """Text of comparisons over one alias or two."""
    word = st.sampled_from([f"{one}.{name}" for one in alias for name in ("department", "risk")])
    signs = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
    same = st.sampled_from(["==", "!="])
    quoted = st.sampled_from(["'d1'", "'医保'", "'r1'"])
    atom = st.one_of(
        st.builds("{} {} {}".format, _term(alias), signs, _term(alias)),
        st.builds("{} {} {}".format, word, same, word | quoted),
        st.builds("known({})".format, word | st.just(f"{alias[-1]}.amount")),
    )
    return st.recursive(
        atom,
        lambda inner: st.one_of(
            inner.map("not ({})".format),
            st.builds("({}) {} ({})".format, inner, st.sampled_from(["and", "or"]), inner),
        ),
        max_leaves=3,
    )


@st.composite
def patterns(draw: st.DrawFn) -> Pattern:
    """Which facts are meant."""
    last = draw(st.sampled_from([None, None, *WINDOWS]))
    before = draw(st.sampled_from([None, None, None, *WINDOWS]))
    if last is not None and before is not None and last <= before:
        before = None
    tight = draw(st.sampled_from(["", "", "name", "department", "risk", "severity", "where"]))
    return Pattern(
        kind=draw(st.sampled_from(["alert", "alert", "alert", "measure", "figure"])),
        name=draw(some(NAMES)) if tight == "name" else (),
        department=draw(some(DEPARTMENTS)) if tight == "department" else (),
        risk=draw(some(RISKS)) if tight == "risk" else (),
        severity=draw(st.sampled_from(Severity)) if tight == "severity" else None,
        last=last,
        before=before,
        where=draw(comparisons("a")) if tight == "where" else None,
    )


@st.composite
def rules(draw: st.DrawFn, most: int = 5) -> tuple[JudgementRule, ...]:
    """Rules that never rest on themselves: each reads only conclusions of lower number."""
    made = []
    for at in range(draw(st.integers(1, most))):
        level = draw(st.integers(0, len(CONCLUSIONS) - 1))
        lower = tuple(
            name for name in CONCLUSIONS[:level] if any(one.concludes == name for one in made)
        )
        need = draw(st.lists(patterns(), max_size=2))
        given = draw(some(lower)) if lower else ()
        count = draw(
            st.lists(
                st.builds(
                    lambda of, at_least, distinct: Tally(
                        of=of, at_least=at_least, distinct=distinct
                    ),
                    patterns(),
                    st.integers(1, 3),
                    st.sampled_from([None, "day", "department", "name"]),
                ),
                max_size=0 if need and draw(st.booleans()) else 1,
            )
        )
        if not (need or given or count):
            need = [Pattern()]
        made.append(
            rule(
                f"j{at}",
                concludes=CONCLUSIONS[level],
                need=need,
                where=draw(st.none() | comparisons("ab")) if len(need) == 2 else None,
                within=draw(st.none() | st.sampled_from(WINDOWS)) if len(need) == 2 else None,
                count=count,
                lack=draw(st.lists(patterns(), max_size=1)) if draw(st.integers(0, 3)) == 3 else (),
                given=given,
                unless=tuple(name for name in draw(some(lower)) if name not in given)
                if lower
                else (),
                until=draw(st.sampled_from([None, None, None, DAY, DAY - timedelta(days=1)])),
                area=draw(st.sampled_from(["", "", "", "61", "6107"])),
            )
        )
    return tuple(made)


def ordered(listed: tuple[JudgementRule, ...]) -> Judgements:
    """The rules in order."""
    return Judgements(listed)
