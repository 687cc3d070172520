"""What is asked of every part of the condition language, and whether it is so."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Annotated, Any

import attrs
import polars as pl

from antipoverty.conditions import Condition, Setting, evidence, in_words, parse, parse_value
from antipoverty.conditions import tree as nodes
from antipoverty.engines.closure import compile_pack
from antipoverty.model import Derived, Fact, Household, schema_of
from antipoverty.rules import Amount, Ladder, Pack, Text, Tier, Verdict, judge
from antipoverty.screening import Screening, Tables, screen
from antipoverty.testing import boundary_cases, mutants, stated_mutants
from engines import rows, tables_as
from packs import SINCE, SOURCE, a_pack, a_parameter, a_rule

AS_OF = date(2021, 12, 1)
FRAMES = ("polars", "pandas", "pyarrow", "duckdb", "pyspark")
COLUMNS = (
    *("text", "prose", "reference", "closure", *FRAMES),
    *("evidence", "missing", "witnesses", "mutants", "proofs"),
)
NEVER_OPEN = {"Known"}
"""What is always decided, so that nothing can be missing."""


def each_left(income: pl.Series, size: pl.Series) -> pl.Series:
    """What is there for each person."""
    return income // size


class Home(Household):
    """A household with one derived fact."""

    each: Annotated[
        int | None,
        Fact(
            zh="人均收入",
            en="income of each",
            unit="yuan",
            low=-(10**10),
            high=10**10,
            derive=Derived(
                by=each_left,
                reads={"income": "net_income_12m", "size": "size"},
                version="1",
                source=SOURCE,
            ),
        ),
    ] = None


EXAMPLES: Mapping[str, str] = {
    "Read": "size >= 3",
    "Flag": "water_safe",
    "Const": "net_income_12m < yuan(5000)",
    "Param": "net_income_12m < param('line') * size",
    "Ago": "monitored_since < ago(months=6)",
    "Arithmetic": "wage_income_12m + business_income_12m < yuan(100)",
    "Compare": "labourers > 1",
    "Among": "dwelling_grade in ['C', 'D']",
    "Known": "water_safe is known",
    "Not": "not evident_hardship",
    "And": "water_safe and evident_hardship",
    "Or": "water_safe or evident_hardship",
    "Rows": "any(records, kind == 'job_loss', months=12)",
    "Rows, calendar": "any(records, calendar='month', before=1)",
    "Rows, before": "any(records, months=1, before=12)",
    "Exists": "any(members, disabled)",
    "ForAll": "all(members, insured)",
    "Count": "count(members, employed) >= 2",
    "Reduce, sum": "sum(records, amount) > yuan(500)",
    "Reduce, min": "min(members, age) >= 60",
    "Reduce, max": "max(members, age) < 16",
    "Reduce, gap": "gap(records, day, months=12) > 90",
    "Quantile": "median(records, amount) > yuan(500)",
    "Score": "score((1, water_safe), (2, monitored)) >= 2",
    "Score, periods": "periods(3, any(records, kind == 'job_loss', months=1)) >= 2",
    "Groups": "any(by(records, member_id), count(records) >= 2)",
    "SomeGroup": "any(by(records, member_id), sum(records, amount) > yuan(500))",
    "GroupCount": "count(by(records, member_id)) >= 2",
    "GroupReduce": "max(by(records, member_id), sum(records, amount)) > yuan(500)",
    "derived fact": "each < yuan(6000)",
    "amount": "net_income_12m < yuan(5000)",
    "tier": "monitored",
}
"""A condition for each part, by its class and, where one class says several things, which."""


def every_node(kind: type[Any] = nodes.Node) -> Iterator[str]:
    """All classes of the language that conditions are made of."""
    below = [one for one in kind.__subclasses__() if one.__module__.startswith("antipoverty.")]
    if not below and kind.__module__.startswith("antipoverty.conditions"):
        yield kind.__name__
    for one in below:
        yield from every_node(one)


SCHEMA = schema_of(Home)
STATED = Amount(parse_value("yuan(5000) - net_income_12m", SCHEMA), period="year")


def made() -> Pack:
    """A rule for each part; one states an amount, and there is an order of tiers."""
    rules = [
        a_rule(parse(when, SCHEMA), f"n{at}", amount=STATED if name == "amount" else None)
        for at, (name, when) in enumerate(EXAMPLES.items())
    ]
    tiers = [
        Tier(id="hard", title=Text("困难", "hardship"), when="evident_hardship"),
        Tier(id="watched", title=Text("监测", "watched"), when=EXAMPLES["tier"]),
    ]
    order = Ladder(id="order", title=Text("顺序", "order"), tiers=tiers, source=SOURCE, since=SINCE)
    lines = [a_parameter("line", "yuan/person", 600_000), a_parameter("other", "yuan/person", 1)]
    return a_pack(*rules, parameters=lines, ladders=[order], area="61", model=Home)


@attrs.frozen
class Told:
    """What one engine says of all households."""

    verdicts: Mapping[tuple[str, str], str]
    facts: frozenset[tuple[str, str, str]]
    amounts: Mapping[tuple[str, str], tuple[Fraction, Fraction]]
    tiers: frozenset[tuple[str, str]]


@attrs.frozen
class Table:
    """Every part of the language, asked all that the table has columns for."""

    pack: Pack = attrs.field(factory=made)

    def rule(self, row: str) -> str:
        """The rule that shows a part."""
        return f"n{[*EXAMPLES].index(row)}"

    def when(self, row: str) -> Condition:
        """Its condition."""
        return self.pack.rules[self.rule(row)].when

    @functools.cached_property
    def witnesses(self) -> Mapping[str, tuple[Any, ...]]:
        """The households that pin each rule down."""
        return {
            row: tuple(boundary_cases(self.rule(row), self.pack, as_of=AS_OF)) for row in EXAMPLES
        }

    @functools.cached_property
    def homes(self) -> list[Household]:
        """All of them, with every table."""
        tables = dict.fromkeys(SCHEMA.tables, ())
        return [
            case.household.model_copy(
                update={
                    "household_id": f"{self.rule(row)}-{at}",
                    **{k: none for k, none in tables.items() if getattr(case.household, k) is None},
                }
            )
            for row, cases in self.witnesses.items()
            for at, case in enumerate(cases)
        ]

    @functools.cached_property
    def reference(self) -> Told:
        """What `judge` says."""
        found = Told({}, frozenset(), {}, frozenset())
        verdicts, facts, amounts, tiers = {}, set(), {}, set()
        for one in self.homes:
            name, judged = str(one.household_id), judge(one, self.pack, as_of=AS_OF)
            verdicts |= {(name, rule): said.value for rule, said in judged.verdicts.items()}
            for alert in judged:
                facts |= {(name, alert.rule_id, path) for path in alert.missing}
                if alert.amount is not None:
                    ends = Fraction(alert.amount.low), Fraction(alert.amount.high)
                    amounts[name, alert.rule_id] = ends
            tiers |= {(name, one) for one in _named(judged.tiers["order"])}
        return attrs.evolve(
            found,
            verdicts=verdicts,
            facts=frozenset(facts),
            amounts=amounts,
            tiers=frozenset(tiers),
        )

    @functools.cached_property
    def closure(self) -> Told:
        """What the compiled function says; it names no missing facts."""
        compiled, verdicts, amounts, tiers = compile_pack(self.pack, as_of=AS_OF), {}, {}, set()
        for one in self.homes:
            name = str(one.household_id)
            for rule, said in zip(compiled.rules, compiled(one), strict=True):
                verdicts[name, rule] = Verdict(said).value
            for rule, stated in compiled.amounts(one).items():
                amounts[name, rule] = Fraction(stated.low), Fraction(stated.high)
            tiers |= {(name, one) for one in _named(compiled.tiers(one)["order"])}
        return Told(verdicts, self.reference.facts, amounts, frozenset(tiers))

    @functools.cache  # noqa: B019 - one table in a session
    def frame(self, kind: str) -> Told:
        """What a frame engine says."""
        tables = tables_as(Tables.of(self.homes, Home), kind)
        found: Screening[Any] = screen(tables, self.pack, as_of=AS_OF)
        clear = dict.fromkeys(self.reference.verdicts, "clear")
        alerts = {(row[0], row[2]): row[3] for row in rows(found.alerts)}
        return Told(
            clear | alerts,
            frozenset((row[0], row[2], row[3]) for row in rows(found.undecided())),
            {
                (row[0], row[2]): (Fraction(row[4], row[6]), Fraction(row[5], row[6]))
                for row in rows(found.amounts)
            },
            frozenset((row[0], row[3]) for row in rows(found.tiers)),
        )

    # --- the cells ----------------------------------------------------------------------------

    def cell(self, row: str, column: str) -> bool:
        """Whether a part has what a column asks."""
        if column in FRAMES:
            return self._alike(row, self.frame(column))
        asked: Callable[[str], bool] = getattr(self, f"_{column}")
        return asked(row)

    def _mine(self, row: str, told: Told) -> tuple[Any, ...]:
        rule = self.rule(row)
        parts: list[Any] = [
            {key: one for key, one in told.verdicts.items() if key[1] == rule},
            {one for one in told.facts if one[1] == rule},
        ]
        if row == "amount":
            parts.append({key: one for key, one in told.amounts.items() if key[1] == rule})
        if row == "tier":
            parts.append(told.tiers)
        return tuple(parts)

    def _alike(self, row: str, told: Told) -> bool:
        return self._mine(row, told) == self._mine(row, self.reference)

    def _reference(self, row: str) -> bool:
        """Every answer there can be is given, and amounts and tiers with it."""
        verdicts, facts, *more = self._mine(row, self.reference)
        wanted = {"warn", "clear"} | (set() if row in NEVER_OPEN else {"undecided"})
        return (
            {*verdicts.values()} == wanted and bool(facts) is (row not in NEVER_OPEN) and all(more)
        )

    def _closure(self, row: str) -> bool:
        return self._alike(row, self.closure)

    def _text(self, row: str) -> bool:
        when = self.when(row)
        again = parse(str(when), SCHEMA).key == when.key
        if row == "amount":
            again &= parse_value(str(STATED.value), SCHEMA).key == STATED.value.key
        return again

    def _prose(self, row: str) -> bool:
        zh, en = (in_words(self.when(row), one, self.pack.titles(one)) for one in ("zh", "en"))
        if row == "amount":
            zh, en = (STATED.in_words(one, self.pack.titles(one)) for one in ("zh", "en"))
        return _chinese(zh) and not _chinese(en)

    def _evidence(self, row: str) -> bool:
        """It is told for each household, agrees with the verdict and is said in both languages."""
        rule = self.rule(row)
        setting: Setting = self.pack.on(AS_OF).setting(self.homes[0].area)
        for one in (case.household for case in self.witnesses[row]):
            held = evidence(self.when(row), one, setting)
            said = judge(one, a_pack_of(self.pack, rule), as_of=AS_OF)
            told = {Verdict.of(each.held) for each in held}
            if told != {said.verdicts[rule]} and not isinstance(self.when(row), nodes.Not):
                return False
            for alert in said if row == "amount" else ():
                if "金额" not in alert.explain("zh") or "amount" not in alert.explain("en"):
                    return False
        return True

    def _missing(self, row: str) -> bool:
        """What is called missing is missing exactly where the answer is open; the frames agree."""
        verdicts, facts, *_ = self._mine(row, self.reference)
        open_ = {key for key, one in verdicts.items() if one == "undecided"}
        return (
            open_ == {one[:2] for one in facts}
            and facts == self._mine(row, self.frame("polars"))[1]
        )

    def _witnesses(self, row: str) -> bool:
        cases = self.witnesses[row]
        answered = (one for one in cases if one.expect is not None)
        if row == "amount" and any(one.amount is None for one in answered):
            return False
        return {"warn", "clear"} <= {one.answer for one in cases}

    def _mutants(self, row: str) -> bool:
        """Some slip of the hand changes this very part."""
        if row in ("amount", "tier"):
            return any(stated_mutants(self.pack, [self.rule(row) if row == "amount" else "order"]))
        kind, when = _class_of(row), self.when(row)
        mine = _parts(when, kind)
        return any(_parts(one.when, kind) != mine for one in mutants(self.pack, [self.rule(row)]))

    def _proofs(self, row: str) -> bool:
        """That nobody is warned of is refuted by a household, of whom `judge` says so."""
        from antipoverty.testing import proofs

        if row == "tier":
            placed = proofs.one_tier("order", self.pack, as_of=AS_OF)
            return placed.exactly_one and not placed.unreached
        if row == "amount":
            return proofs.owes(self.rule(row), self.pack, as_of=AS_OF).outcome.value == "proved"
        found = proofs.never_warns(self.rule(row), self.pack, as_of=AS_OF)
        return found.outcome.value == "refuted" and found.witness is not None


def _chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


def a_pack_of(pack: Pack, rule: str) -> Pack:
    """The pack with one rule alone, so that a household needs no other's facts."""
    return pack.evolve(rules=[pack.rules[rule]], ladders=())


def _named(placed: Any) -> tuple[str, ...]:
    return tuple(one for one in placed.may_be if placed.may_be != ("none",))


def _class_of(row: str) -> type[Any]:
    name = "Read" if row == "derived fact" else row.split(",")[0]
    found: type[Any] = getattr(nodes, name)
    return found


def _parts(when: Condition, kind: type[Any]) -> Counter[str]:
    return Counter(str(one) for one in when.walk() if isinstance(one, kind))


__all__ = ["COLUMNS", "EXAMPLES", "FRAMES", "Table", "every_node"]
