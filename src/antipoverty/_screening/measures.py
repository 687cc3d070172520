"""Measures of poverty of a population: how many are poor, how poor, and in what (贫困测度).

All are exact, in people and in households, and have bounds where facts are missing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, Literal, Protocol

import attrs
import narwhals as nw

from antipoverty._base.frames import to_polars
from antipoverty._base.provenance import Text
from antipoverty._screening.checks import Checked
from antipoverty._screening.derived import Frames, with_household_facts, with_row_facts
from antipoverty._screening.ratios import Group, Option, Ratio, share
from antipoverty._screening.tables import HOUSEHOLDS
from antipoverty._screening.unseen import abouts
from antipoverty._screening.wide import wide_frame
from antipoverty.codes import Level
from antipoverty.conditions import (
    Condition,
    Node,
    Value,
    in_words,
    parse_value,
    tables_read,
)
from antipoverty.conditions import tree as nodes
from antipoverty.conditions.evidence import fields_by_path
from antipoverty.engines.frames import Compiler, Scope
from antipoverty.errors import InvalidArgumentError, MissingColumnError, one_of
from antipoverty.rules import InForce, Rule

Units = Literal["people", "households"]
"""What is counted."""
_UNITS: tuple[Units, ...] = ("people", "households")


class Screened(Protocol):
    """What is measured: the tables of a screening, with the rules and values of its day."""

    current: InForce

    @property
    def checked(self) -> Checked[Any]:
        """The tables."""


@attrs.frozen
class IncomePoverty:
    """Headcount, gap and squared gap (Foster, Greer, Thorbecke) of an area.

    An income below zero counts as zero, so that a gap is at most the whole line.

    Attributes:
        area: The area; empty for all.
        units: ``people`` or ``households``.
        total: How many there are, from the least to the most.
        headcount: The share below the line.
        gap: The mean gap to the line, as a share of it.
        squared: The mean of its square, which the poorest weigh most in.
        share: The area's part of all gaps.
    """

    area: str
    units: Units
    total: tuple[int, int]
    headcount: Ratio
    gap: Ratio
    squared: Ratio
    share: Ratio

    def to_dict(self) -> dict[str, Any]:
        """Give it as plain data."""
        return _plain(self, "headcount", "gap", "squared", "share")


@attrs.frozen
class Indicator:
    """One indicator of a multidimensional measure.

    Attributes:
        title: What it asks, in words.
        weight: Its weight; all weights add up to one.
        headcount: The share who are poor and deprived in it (censored headcount).
        contribution: Its part of the adjusted headcount.
    """

    title: Text
    weight: Fraction
    headcount: Ratio
    contribution: Ratio

    def to_dict(self) -> dict[str, Any]:
        """Give it as plain data."""
        return {
            "zh": self.title.zh,
            "en": self.title.en,
            "weight": str(self.weight),
            "headcount": self.headcount.to_dict(),
            "contribution": self.contribution.to_dict(),
        }


@attrs.frozen
class Multidimensional:
    """Headcount H, intensity A and adjusted headcount M0 (Alkire and Foster) of an area.

    Attributes:
        area: The area; empty for all.
        units: ``people`` or ``households``.
        total: How many there are, from the least to the most.
        headcount: H, the share who are poor.
        intensity: A, the mean share of deprivations of the poor; undefined where nobody is.
        adjusted: M0, H times A.
        share: The area's part of all deprivations of the poor.
        indicators: The indicators, as the rule lists them.
    """

    area: str
    units: Units
    total: tuple[int, int]
    headcount: Ratio
    intensity: Ratio
    adjusted: Ratio
    share: Ratio
    indicators: tuple[Indicator, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give it as plain data."""
        found = _plain(self, "headcount", "intensity", "adjusted", "share")
        return found | {"indicators": [one.to_dict() for one in self.indicators]}


def _plain(one: Any, *names: str) -> dict[str, Any]:
    ratios = {name: getattr(one, name).to_dict() for name in names}
    return {"area": one.area, "units": one.units, "total": list(one.total), **ratios}


# --- one dimension ------------------------------------------------------------------------


def income_poverty(
    screening: Screened,
    resource: Value | str,
    line: Value | str,
    *,
    people: Value | str = "size",
    units: Units = "people",
    level: Level | str | None = None,
) -> tuple[IncomePoverty, ...]:
    """Measure how many fall below a line, and how far (FGT).

    Args:
        screening: The population.
        resource: What a household has, such as ``net_income_12m``.
        line: What it needs, such as ``param("line") * size``; of the same unit.
        people: How many people it is.
        units: Count ``people`` or ``households``.
        level: Also each area of this level.

    Returns:
        The whole population, then each area.

    Raises:
        InvalidArgumentError: Units that are none, or a resource and a line that do not fit.
    """
    texts = {"resource": resource, "line": line, "people": people}
    values = {name: _bound(value, screening) for name, value in texts.items()}
    compared = nodes.compare("<", values["resource"], values["line"])
    frame, scales = _frame(screening, [compared], values, units, level)
    scale = {name: Fraction(1, scales[name]) for name in values}
    found: dict[str, _Gaps] = defaultdict(_Gaps)
    for row in frame.iter_rows(named=True):
        ends = {
            name: (row[f"{name}_low"] * scale[name], row[f"{name}_high"] * scale[name])
            for name in values
        }
        found[row["area"]].add(ends["resource"], ends["line"], ends["people"], row["len"])
    whole = _Gaps()
    for one in found.values():
        whole.join(one)
    named = {"": whole, **({} if level is None else dict(sorted(found.items())))}
    return tuple(one.measured(area, units, whole) for area, one in named.items())


class _Gaps:
    """What the gaps of some households come to."""

    def __init__(self) -> None:
        self.sure: dict[Fraction, list[Fraction | int]] = {}
        self.open: Counter[tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]]] = Counter()

    def add(self, has: Any, needs: Any, people: Any, times: int) -> None:
        if has[0] == has[1] and needs[0] == needs[1] and people[0] == people[1]:
            line, short = needs[0], max(needs[0] - max(has[0], 0), 0)
            n = people[0] * times
            sums = self.sure.setdefault(line, [0, 0, 0, 0])
            poor = n if has[0] < line else 0
            for at, one in enumerate((n, poor, n * short, n * short * short)):
                sums[at] += one
            return
        least, most = _gap(has[1], needs[0]), _gap(has[0], needs[1])
        self.open[(least, most), people] += times

    def join(self, other: _Gaps) -> None:
        for line, sums in other.sure.items():
            mine = self.sure.setdefault(line, [0, 0, 0, 0])
            for at, one in enumerate(sums):
                mine[at] += one
        self.open.update(other.open)

    def groups(self, power: int) -> list[Group]:
        """What each brings to the mean of a power of the gap."""
        found: list[Group] = []
        for line, sums in self.sure.items():
            found.append((1, [(Fraction(sums[power + 1]) / (line**power or 1), sums[0])]))
        for (ends, people), times in self.open.items():
            parts = [_power(end, power) for end in ends]
            options = {(n * part, n) for n in people for part in parts}
            found.append((times, sorted(options)))
        return found

    def measured(self, area: str, units: Units, whole: _Gaps) -> IncomePoverty:
        poor, gap, squared = (Ratio.of(self.groups(power)) for power in (0, 1, 2))
        mine, every = _ends(self.groups(1)), _ends(whole.groups(1))
        others = every[0] - mine[0], every[1] - mine[1]
        total, part = _total(self.groups(0)), share(mine, others)
        return IncomePoverty(area, units, total, poor, gap, squared, part)


def _gap(has: Any, needs: Any) -> Any:
    """Whether one is below the line, and by which share of it; 0 where the line is nothing."""
    if has >= needs:
        return False, Fraction(0)
    return True, Fraction(1) if needs <= 0 else Fraction(needs - max(has, 0)) / needs


def _power(short: Any, power: int) -> Fraction:
    poor, part = short
    return Fraction(int(poor)) if power == 0 else Fraction(part) ** power


# --- several dimensions -------------------------------------------------------------------


def multidimensional(
    screening: Screened,
    rule: str,
    *,
    people: Value | str = "size",
    units: Units = "people",
    level: Level | str | None = None,
) -> tuple[Multidimensional, ...]:
    """Measure who is poor in several ways at once, and how (Alkire and Foster).

    Args:
        screening: The population.
        rule: The id of a rule ``score((1/3, ...), ...) >= cutoff``, which says who is poor.
        people: How many people a household is.
        units: Count ``people`` or ``households``.
        level: Also each area of this level.

    Returns:
        The whole population, then each area.

    Raises:
        InvalidArgumentError: There is no such rule in force, or it has another form.
    """
    rules = {one.id: one for one in screening.current.rules}
    one_of(rule, rules, "rule in force")
    score, operator, cutoff = _score_of(rules[rule])
    values = {"people": _bound(people, screening), "cutoff": cutoff}
    items = [condition for _, condition in score.items]
    frame, scales = _frame(screening, items, values, units, level, truths=True)
    total = sum(Fraction(weight) for weight, _ in score.items)
    weights = tuple(Fraction(weight) / total for weight, _ in score.items)
    found: dict[str, Counter[_Pattern]] = defaultdict(Counter)
    for row in frame.iter_rows(named=True):
        pattern = _Pattern(
            tuple(row[f"truth_{at}"] for at in range(len(items))),
            Fraction(row["cutoff_low"], scales["cutoff"]) / total,
            (row["people_low"], row["people_high"]),
        )
        found[row["area"]][pattern] += row["len"]
    whole: Counter[_Pattern] = Counter()
    for one in found.values():
        whole.update(one)
    named = {"": whole, **({} if level is None else dict(sorted(found.items())))}
    pack = screening.current.pack
    titles = [Text(*(in_words(one, word, pack.titles(word)) for word in _WORDS)) for one in items]
    measured = _Measured(weights, titles, operator == ">", units, whole)
    return tuple(measured.of(area, one) for area, one in named.items())


_WORDS: tuple[Literal["zh", "en"], ...] = ("zh", "en")


def _score_of(rule: Rule) -> tuple[nodes.Score, str, Value]:
    match rule.when:
        case nodes.Compare((">=" | ">") as operator, nodes.Score() as score, cutoff):
            return score, operator, cutoff
    raise InvalidArgumentError(
        "the rule {id!r} is no measure; one is `score((weight, condition), ...) >= cutoff`",
        id=rule.id,
    )


@attrs.frozen
class _Pattern:
    """What is known of households alike: which deprivations, the cutoff, how many people."""

    truths: tuple[bool | None, ...]
    cutoff: Fraction
    people: tuple[int, int]


@attrs.frozen
class _Measured:
    weights: tuple[Fraction, ...]
    titles: list[Text]
    strictly: bool
    units: Units
    whole: Counter[_Pattern]

    def of(self, area: str, patterns: Counter[_Pattern]) -> Multidimensional:
        scores = self.groups(patterns, lambda score, n: (score * n, n))
        mine = _ends(scores)
        every = _ends(self.groups(self.whole, lambda score, n: (score * n, n)))
        others = every[0] - mine[0], every[1] - mine[1]
        return Multidimensional(
            area,
            self.units,
            _total(scores),
            Ratio.of(self.groups(patterns, lambda score, n: (n if score else 0, n))),
            Ratio.of(self.groups(patterns, lambda score, n: (score * n, n if score else 0))),
            Ratio.of(scores),
            share(mine, others),
            tuple(self.indicator(at, patterns) for at in range(len(self.weights))),
        )

    def indicator(self, at: int, patterns: Counter[_Pattern]) -> Indicator:
        """The censored headcount of an indicator, and its part."""
        counted: list[Group] = []
        parts: list[Group] = []
        weight = self.weights[at]
        for one, times in patterns.items():
            both = self.ways(one, at)
            brought = {(n * deprived, n) for n in one.people for deprived, _ in both}
            counted.append((times, sorted(brought)))
            part = {(n * weight * has, n * score) for n in one.people for has, score in both}
            parts.append((times, sorted(part)))
        return Indicator(self.titles[at], weight, Ratio.of(counted), Ratio.of(parts))

    def groups(self, patterns: Counter[_Pattern], brings: Any) -> list[Group]:
        found: list[Group] = []
        for one, times in patterns.items():
            scores = {score for _, score in self.ways(one, None)}
            options: set[Option] = {brings(score, n) for score in scores for n in one.people}
            found.append((times, sorted(options)))
        return found

    def ways(self, one: _Pattern, at: int | None) -> set[tuple[bool, Fraction]]:
        """What households like these can be: whether poor and deprived, with what score.

        A score below the cutoff is 0. Of scores between, only the least and the greatest of
        the poor matter.
        """
        found: set[tuple[bool, Fraction]] = set()
        held = [None] if at is None else [one.truths[at]]
        for deprived in (True, False) if held == [None] and at is not None else held:
            sums = {Fraction(0)}
            for place, (truth, weight) in enumerate(zip(one.truths, self.weights, strict=True)):
                known = deprived if place == at else truth
                added = {value + weight for value in sums} if known is not False else set()
                sums = added if known is True else sums | added
            poor = [s for s in sums if s > one.cutoff or (s == one.cutoff and not self.strictly)]
            if len(poor) < len(sums):
                found.add((False, Fraction(0)))
            found |= {(bool(deprived), end) for end in ([min(poor), max(poor)] if poor else [])}
        return found


# --- both ---------------------------------------------------------------------------------


def _bound(value: Value | str, screening: Screened) -> Value:
    """Read a value and bind it to the pack's model, units and parameters."""
    pack = screening.current.pack
    read = parse_value(value, pack.schema) if isinstance(value, str) else value
    bound: Value = read.rebuilt(pack._bound)
    return bound


def _frame(
    screening: Screened,
    conditions: list[Condition],
    values: Mapping[str, Value],
    units: Units,
    level: Level | str | None,
    *,
    truths: bool = False,
) -> tuple[Any, dict[str, int]]:
    """Count the households of each area that are alike, in Polars."""
    one_of(units, _UNITS, "thing to count")
    checked, current = screening.checked, screening.current
    trees = [*conditions, *values.values()]
    _refuse_lacking(checked, trees)
    tables = _with_derived(checked, current, trees)
    compiler = Compiler(current, abouts(checked.unseen))
    columns, scales = [], {}
    for name, value in values.items():
        with Scope(compiler, None, bounded=True):
            ends = compiler.number(value).ends
        low, high, scales[name] = ends.low, ends.high, ends.scale
        if name == "people" and units == "households":
            low = high = nw.lit(1)
            scales[name] = 1
        columns += [
            low.cast(nw.Int64).alias(f"{name}_low"),
            high.cast(nw.Int64).alias(f"{name}_high"),
        ]
    if truths:
        held = [compiler.truth(one) for one in conditions]
        columns += [one.alias(f"truth_{at}") for at, one in enumerate(held)]
    wide = wide_frame(tables, checked.unseen, compiler, trees, apart=checked.apart)
    digits = 0 if level is None else Level(level).digits
    here = nw.col("area").str.slice(0, digits) if digits else nw.lit("")
    picked = to_polars(wide.select(here.alias("area"), *columns))
    return picked.group_by(picked.columns, maintain_order=True).len(), scales


def _refuse_lacking(checked: Checked[Any], trees: Iterable[Node]) -> None:
    for path in (one for one, field in fields_by_path(*trees).items() if not field.inputs):
        table, _, column = path.rpartition(".")
        frame = checked.tables.get(table or HOUSEHOLDS)
        if frame is None or column not in frame.collect_schema():
            raise MissingColumnError(
                "the tables lack the column {path!r}, which is measured", path=path
            )


def _with_derived(checked: Checked[Any], current: InForce, trees: list[Node]) -> Frames:
    """The tables with the derived facts that are measured, and that no rule may have read."""
    tables, schemas = dict(checked.tables), current.pack.schema.tables
    for name in tables_read(*trees):
        tables[name] = with_row_facts(tables[name], schemas[name], current, trees)
    return with_household_facts(tables, checked.unseen, current, trees)


def _ends(groups: Iterable[Group]) -> tuple[Fraction, Fraction]:
    """The least and the most of what is brought above the line."""
    least = most = Fraction(0)
    for times, options in groups:
        above = [one[0] for one in options]
        least, most = least + times * min(above), most + times * max(above)
    return least, most


def _total(groups: Iterable[Group]) -> tuple[int, int]:
    """The least and the most of what is brought below it."""
    low, high = _ends((times, [(b, a) for a, b in options]) for times, options in groups)
    return int(low), int(high)


__all__ = [
    "IncomePoverty",
    "Indicator",
    "Multidimensional",
    "Ratio",
    "Screened",
    "income_poverty",
    "multidimensional",
]
