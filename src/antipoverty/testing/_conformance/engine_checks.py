"""What every engine must keep: the reference's answer, where engines go wrong.

An engine is a function of tables, a pack and a day that gives the answers that are not
clear: a frame with ``household_id, rule_id, verdict`` or such triples. Each check asks
rules of one sort about the households that pin them down and about drawn ones, and
compares with `judge`. A check of its own for each sort gives a counterexample a name. Beside
them the relations that its own answers must keep are tried, each a check too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from hypothesis import strategies as st

from antipoverty.conditions import Condition, parse
from antipoverty.engines import Engine, Told
from antipoverty.errors import OverflowRiskError, phrase
from antipoverty.model import AreaCode, AreaTree
from antipoverty.rules import Pack, RecordKind, Text, Verdict
from antipoverty.testing._conformance import facts, mixed, populations, stating
from antipoverty.testing._conformance.checks import Check, Drawn, agreed, for_all, shown_rule
from antipoverty.testing._conformance.dirty import each_fault
from antipoverty.testing._conformance.engines import (
    OverTables,
    UnkeptError,
    in_short,
    reference,
    screened,
    verdict_of,
)
from antipoverty.testing._conformance.pack_checks import drawn_for, edges_of
from antipoverty.testing._conformance.relations import RELATIONS, Said
from antipoverty.testing._conformance.strays import strays
from antipoverty.testing._conformance.successions import successions
from antipoverty.testing._strategies.policies import VALUES, pack_of, parameter_of, rule_of
from antipoverty.testing.strategies import conditions, households
from antipoverty.testing.witnesses import boundary_cases

if TYPE_CHECKING:
    import polars as pl

    from antipoverty.screening import Tables

DAYS = (date(2021, 12, 1), date(2022, 1, 1), date(2021, 12, 31), date(2020, 2, 29))
"""A plain day, the first and last of a year, and a leap day."""

_SORTS: Mapping[str, tuple[str, ...]] = {
    "thresholds": (
        *(f"net_income_12m {sign} yuan('6000', per='person') * size" for sign in ("<", "<=")),
        *(f"rigid_spending_12m {sign} yuan('10000')" for sign in (">", ">=", "==", "!=")),
        "subsidy_income_12m * 5 > net_income_12m * 3",
        "rigid_spending_12m > yuan('56789012.35')",
    ),
    "missing-facts": (
        "water_safe",
        "not water_safe",
        "not water_safe or evident_hardship",
        "water_safe and evident_hardship",
        "net_income_12m is known",
        "ago(months=1) is not known or water_safe",
        "(water_safe or evident_hardship) is not known",
        "dwelling_grade != 'A'",
        "dwelling_grade in ['C', 'D']",
        "not dwelling_grade in ['C', 'D']",
        "net_income_12m >= yuan('-100000000')",  # as all are that are known
    ),
    "child-rows": (
        "any(members, disabled)",
        "all(members, insured)",
        "count(members, employed) >= 2",
        "sum(members, age) < 40",
        "min(members, age) >= 16",
        "max(members, age) > 60",
    ),
    "windows": (
        "sum(records, amount, months=12) > yuan('10000')",
        "count(records, days=30) >= 1",
        "any(records, amount > yuan('500'), calendar='year')",
        "max(records, amount, calendar='quarter') >= yuan('6000')",
        "count(records, calendar='month') > 1",
    ),
    "areas": (
        "net_income_12m < param('line') * size",
        "rigid_spending_12m > param('cap')",
        "subsidy_income_12m > param('share') * net_income_12m",
    ),
}

_MADE: Mapping[str, Callable[[], Iterable[Drawn]]] = {
    "many-rows": populations.many_rows,
    "many-households": populations.many_households,
    "spans": populations.open_counts,
    "fractions": populations.fractions,
    "overflow": populations.overflows,
    "unseen-overflow": populations.overflows_of_unseen,
    "in-force": populations.in_force,
    "old-days": populations.old_days,
    "each-fact": facts.each_fact,
    "rows-and-days": mixed.rows,
    "groups": mixed.groups,
    "ranks": mixed.ranks,
    "windows-of-all-sorts": mixed.windows,
    "rosters": mixed.rosters,
    "deliveries": mixed.deliveries,
    "amounts-and-tiers": stating.statements,
    "derived-facts": stating.derived_facts,
}
"""The sorts asked of households made by hand; those of `_SORTS` draw theirs."""

_ADVICE: Mapping[str, str] = {
    "thresholds": "compare whole fen with the rule's own operator",
    "missing-facts": "a comparison with a missing fact is undecided; and, or, not are Kleene's",
    "child-rows": "an empty table has count 0, sum 0 and no min or max; one open row leaves a "
    "sum open, and one certain row decides an any",
    "windows": "a window ends the day before the day of the answer; a calendar year begins on "
    "1 January; a row without a day is open",
    "areas": "a value of a smaller area comes before that of the larger; a rule holds in its area",
    "many-rows": "read every row, equal ones each for itself, and add in 64 bits",
    "many-households": "read every household",
    "spans": "a count with open rows is a span; carry both ends through sums, differences and "
    "products; it is known where they meet",
    "fractions": "keep a ratio as whole numbers; binary fractions miss the line",
    "overflow": "refuse, with OverflowRiskError, a rule whose numbers could pass 64 bits",
    "unseen-overflow": "reckon with the rows that did not come when you foresee 64 bits",
    "in-force": "take the values and rules of the day, the value of the smallest area; a rule "
    "ends on its last day, and one that is superseded is not applied",
    "old-days": "count days from any day of two centuries: 1900 had no 29 February, and 1970 is no "
    "beginning",
    "each-fact": "read each fact from its own column, every word of it and every number from its "
    "least to its greatest, nothing among them; years outside their bounds are not known",
    "rows-and-days": "what is asked of rows is asked of all that are kept; one of which a fact "
    "is not known leaves open what it could change",
    "groups": "a row whose group is not known may be of any group, or of one that nobody sees",
    "ranks": "a quantile is the least number that a share of the rows does not exceed; it is "
    "decided where the rows and amounts that are not known could not turn it",
    "windows-of-all-sorts": "a window some time ago ends before the day after its last; a "
    "calendar span with before=1 is the last complete one",
    "rosters": "where fewer rows came than the household states, the others are rows of which "
    "nothing is known; where more came, none is sure to belong",
    "deliveries": "where nobody has looked for a kind on some days, any number of rows may be "
    "there",
    "amounts-and-tiers": "an amount is exact, never below nothing and nothing where the rule is "
    "clear; the first tier that holds is the household's, and what an open one leaves is open",
    "derived-facts": "ask the function once for all, and only where what it reads is known unless "
    "it is `of_missing`; what it gives null for is not known",
    "dirty": "set bad rows aside before judging, as `antipoverty.screening.check` does: no answer "
    "for a household of which a row is bad, and the rows of nobody leave others open",
    "successors": "a household, a rule and a value of a code that was renamed are of the code "
    "after it; a household of a code that was split, or ended with none, is set aside",
    "generated": "see the page on the meaning of conditions",
}


def checks_of(
    engine: Engine,
    name: str,
    *,
    packs: Iterable[Pack],
    examples: int,
) -> Iterator[Check]:
    """Give every check of an engine."""
    check = partial(Check, f"engine {name}")
    agrees = partial(_agrees, engine)
    for sort, texts in _SORTS.items():
        whens = [parse(text) for text in texts]
        yield check(
            sort,
            _ADVICE[sort],
            partial(
                for_all,
                partial(_edges, whens),
                agrees,
                _cases(st.just(whens), rows=4 if sort in ("child-rows", "windows") else 0),
                examples,
            ),
        )
    may_refuse = partial(_agrees_if_answered, engine)
    for sort, made in _MADE.items():
        kept = may_refuse if sort.endswith("overflow") else agrees
        yield check(sort, _ADVICE[sort], partial(for_all, made, kept))
    said = Said(engine)
    for relation in RELATIONS:
        yield check(relation.name, relation.advice, partial(relation.kept_by, engine, said))
    drawn = st.lists(conditions(params=VALUES), min_size=1, max_size=3)
    yield check(
        "generated",
        _ADVICE["generated"],
        partial(_agrees_or_refuses, engine, _cases(drawn, rows=3), examples),
    )
    if isinstance(engine, OverTables) and engine.checks:
        yield check("dirty", _ADVICE["dirty"], partial(_as_they_come, engine, _with_bad_rows))
        if engine.areas:
            yield check(
                "successors", _ADVICE["successors"], partial(_as_they_come, engine, successions)
            )
    for pack in packs:
        yield check(
            f"pack-{pack.id}",
            "the pack is data: read each rule's text and its parameters in force",
            partial(_agrees_by_pack, engine, pack, examples),
        )


def _agrees_by_pack(engine: Engine, pack: Pack, examples: int) -> None:
    """Compare with the reference by a pack, where households are warned and others are not.

    Who tells neither could say anything, or nothing.
    """
    if not pack.rules:
        raise UnkeptError("the pack has no rule, so nothing was asked")
    seen: set[Verdict] = set()

    def promise(drawn: Drawn) -> None:
        _agrees(engine, drawn)
        _, homes, day = drawn
        seen.update(reference(homes, pack, day).values())

    for_all(partial(edges_of, pack), promise, drawn_for(pack), examples)
    for one in (Verdict.WARN, Verdict.CLEAR):
        if one not in seen:
            raise UnkeptError(
                phrase("of all that it was asked it says {one} of none", one=one.value)
            )


_Came: TypeAlias = "tuple[Tables[pl.DataFrame], Pack, AreaTree | None, str]"


def _as_they_come(engine: OverTables, made: Callable[[date], Iterator[_Came]]) -> None:
    """Ask about tables with bad rows: none may be answered for, nor change another's answer."""
    day = DAYS[0]
    for tables, pack, areas, put in made(day):
        told, right = (one(tables, pack, day, areas) for one in (engine.asked, screened))
        for key, says, wanted in _otherwise(told, right):
            raise UnkeptError(
                phrase(
                    "it says {says}, and {right} is right, of {shown_rule} for household "
                    "{key!r}, where bad rows came ({put})",
                    says=says,
                    right=wanted,
                    shown_rule=shown_rule(pack, key[1]),
                    key=key[0],
                    put=put,
                )
            )
        aside, wanted_aside = told.set_aside, right.set_aside
        if aside is not None and dict(aside) != dict(wanted_aside or {}):
            raise UnkeptError(
                phrase(
                    "it sets {says} aside, and {right} is right, where bad rows came ({put})",
                    says=_counted(aside),
                    right=_counted(wanted_aside or {}),
                    put=put,
                )
            )


def _with_bad_rows(day: date) -> Iterator[_Came]:
    """Tables, the pack that they are judged by, and what was put into them."""
    rules = [rule_of(f"rule-{number}", when) for number, when in enumerate(_DIRTY)]
    accident = RecordKind("traffic_accident", Text("交通事故", "traffic accident"), "d")
    pack = pack_of(rules).evolve(kinds=[accident])
    for tables, of, put in strays(day):
        yield tables, of, None, put
    for dirty in each_fault(day):
        put = " and ".join(f"{reason} of {table}.{field}" for table, reason, field in dirty.faults)
        yield dirty.tables, pack, None, put or "oddities alone"


def _otherwise(told: Told, right: Told) -> Iterator[tuple[tuple[str, str], str, str]]:
    """What an engine says otherwise of tables with bad rows than the library's screening."""
    for key in sorted({*right.verdicts, *told.verdicts}):
        found, wanted = (verdict_of(one.verdicts, key) for one in (told, right))
        if found is not wanted:
            yield key, found.value, wanted.value
    for part in ("missing", "amounts", "tiers"):
        given, known = getattr(told, part), getattr(right, part)
        for key in sorted({*given, *known}) if given is not None else ():
            if given.get(key) != known.get(key):
                yield key, in_short(part, given.get(key)), in_short(part, known.get(key))


def _counted(aside: Mapping[tuple[str, str, str], int]) -> str:
    listed = sorted(aside.items())
    return ", ".join(f"{n} {reason} {table}.{field}" for (table, reason, field), n in listed) or "-"


_DIRTY = (
    "net_income_12m < yuan('1000')",
    "net_income_12m >= yuan('1000')",
    "any(members, age >= 60)",
    "not any(members, age >= 60)",
    "count(members) < 1",
    "sum(records, amount, where=kind == 'traffic_accident', months=12) > yuan('10')",
    "count(records, months=12) < 1",
)


def _cases(whens: st.SearchStrategy[list[Condition]], rows: int) -> st.SearchStrategy[Drawn]:
    def homes(chosen: tuple[list[Condition], date]) -> st.SearchStrategy[Drawn]:
        found, day = chosen
        near = households(found, as_of=day, params=VALUES, max_rows=rows)
        few = st.lists(
            near, min_size=1, max_size=6, unique_by=lambda household: household.household_id
        )
        return st.tuples(st.just(_pack(found)), few, st.just(day))

    return st.tuples(whens, st.sampled_from(DAYS)).flatmap(homes)


def _edges(whens: Sequence[Condition]) -> Iterator[Drawn]:
    """The households that pin each rule down, in Hanzhong and in Xi'an."""
    pack = _pack(whens)
    for day in DAYS:
        found = [
            case.household
            for rule in pack.rules.values()
            for case in boundary_cases(rule, pack, as_of=day)
        ]
        homes = [
            household.model_copy(
                update={"household_id": f"{place}-{number}", "area": AreaCode(place)}
            )
            for place in ("610702100200", "610102001200")
            for number, household in enumerate(found)
        ]
        yield pack, homes, day


def _pack(whens: Sequence[Condition]) -> Pack:
    """A pack of the province; every third rule holds in Hanzhong only."""
    rules = [
        rule_of(f"rule-{number}", when, area="6107" if number % 3 == 2 else "")
        for number, when in enumerate(whens)
    ]
    return pack_of(rules, map(parameter_of, VALUES))


def _agrees_or_refuses(engine: Engine, drawn: st.SearchStrategy[Drawn], examples: int) -> None:
    """Numbers too large for an engine may be refused; they may not be answered wrongly."""
    answered: list[bool] = []

    def promise(example: Drawn) -> None:
        answered.append(_agrees_if_answered(engine, example))

    for_all(tuple, promise, drawn, examples)
    if not any(answered):
        raise UnkeptError("it refuses every example as too large")


def _agrees_if_answered(engine: Engine, drawn: Drawn) -> bool:
    """Compare with the reference, unless the engine refuses; tell whether it answered."""
    try:
        _agrees(engine, drawn)
    except OverflowRiskError:
        return False
    return True


def _agrees(engine: Engine, drawn: Drawn) -> None:
    agreed({"it": engine}, drawn)


__all__ = ["checks_of"]
