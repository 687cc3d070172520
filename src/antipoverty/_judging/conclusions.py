"""What an answer means: conclusions, each with the rules and the facts that led to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Literal

import attrs

from antipoverty._base.provenance import Text
from antipoverty._judging.answer import Answer, counted, in_order, on_day
from antipoverty._policy.guards import KINDS
from antipoverty._policy.judgement_rules import JudgementRule
from antipoverty._policy.pack import Pack
from antipoverty._policy.parts import Severity
from antipoverty._policy.signals import Pattern, Signal, Tally
from antipoverty.conditions import Condition, Language, in_words
from antipoverty.languages import Voice, current

EngineName = Literal["reference", "durable"]


def _names(given: tuple[Conclusion, ...]) -> tuple[str, ...]:
    return tuple(one.name for one in given)


@attrs.frozen
class Ground:
    """Why a conclusion was drawn, by one rule.

    Attributes:
        rule: The rule.
        facts: The facts it was satisfied by, by day.
        given: The conclusions it built on.
        lacking: The kinds of facts that were not there, where that counted.
    """

    rule: JudgementRule
    facts: tuple[Signal, ...]
    given: tuple[Conclusion, ...] = attrs.field(eq=_names)
    lacking: tuple[Pattern, ...]


@attrs.frozen(repr=False)
class Conclusion:
    """What the facts of a household lead to (研判结论): a proposal for people.

    Attributes:
        household_id: The household.
        name: The conclusion's name.
        title: What it says.
        severity: The most urgent of its rules'.
        category: The monitoring category it proposes, or ``None``.
        grounds: Every rule that drew it, with the facts behind it.
        facts: All the facts behind it, through every conclusion it builds on, by day.
        illustrative: Whether a rule behind it is not published policy for the area.
        as_of: The day.
        engine: Who judged: the engine asked for, or ``reference``.
        fell_back: Why another than the engine asked for judged, or empty.
        pack: The policy.
    """

    household_id: str
    name: str
    title: Text
    severity: Severity
    category: str | None
    grounds: tuple[Ground, ...]
    facts: tuple[Signal, ...]
    illustrative: bool
    as_of: date
    engine: EngineName
    fell_back: str
    pack: Pack

    def __repr__(self) -> str:
        mark = " (illustrative)" if self.illustrative else ""
        return f"<Conclusion {self.household_id} {self.name} on {self.as_of}{mark}>"

    @property
    def basis(self) -> tuple[Any, ...]:
        """What it says and why, whoever judged and on whatever day."""
        return self.severity, self.category, self.grounds, self.facts

    def explain(self, language: Language | None = None) -> str:
        """Say which rules led to it and which facts are behind them."""
        language = current(language)
        return explained(self, language)

    def to_dict(self, language: Language | None = None) -> dict[str, Any]:
        """Give the conclusion as plain data, with its explanation."""
        language = current(language)
        return {
            "household_id": self.household_id,
            "conclusion": self.name,
            "severity": self.severity.value,
            "category": self.category,
            "rules": [ground.rule.id for ground in self.grounds],
            "facts": [fact.id for fact in self.facts],
            "as_of": self.as_of.isoformat(),
            "engine": self.engine,
            "fell_back": self.fell_back,
            "illustrative": self.illustrative,
            "explanation": self.explain(language),
        }


def conclusions(
    pack: Pack,
    found: Answer,
    facts: Iterable[Signal],
    as_of: date,
    *,
    engine: EngineName = "reference",
    fell_back: str = "",
) -> tuple[Conclusion, ...]:
    """Put an answer into conclusions, each after those it builds on."""
    known = in_order(facts, as_of)
    by_id = {fact.id: fact for fact in known}
    drawn: dict[str, Conclusion] = {}
    grounds: dict[str, list[Ground]] = {}
    for rule in pack.judgements.values():
        if rule.id not in found.fired:
            continue
        behind = {by_id[id_] for match in found.matches.get(rule.id, ()) for id_ in match}
        for tally in rule.count:
            behind.update(counted(tally, known, on_day(pack.judgements, as_of)))
        listed = grounds.setdefault(rule.concludes, [])
        given = tuple(drawn[name] for name in rule.given)
        listed.append(Ground(rule, _by_day(behind), given, rule.lack))
        most = max((one.rule for one in listed), key=lambda one: one.severity.rank)
        drawn[rule.concludes] = Conclusion(
            household_id=known[0].household_id,
            name=rule.concludes,
            title=listed[0].rule.title,
            severity=most.severity,
            category=next((one.rule.category for one in listed if one.rule.category), None),
            grounds=tuple(listed),
            facts=_by_day(fact for one in listed for fact in _all_facts(one)),
            illustrative=any(_illustrative(one, pack) for one in listed),
            as_of=as_of,
            engine=engine,
            fell_back=fell_back,
            pack=pack,
        )
    return tuple(drawn.values())


def _by_day(facts: Iterable[Signal]) -> tuple[Signal, ...]:
    return tuple(sorted({*facts}, key=lambda fact: (fact.on, fact.id)))


def _all_facts(ground: Ground) -> Iterable[Signal]:
    yield from ground.facts
    for one in ground.given:
        yield from one.facts


def _illustrative(ground: Ground, pack: Pack) -> bool:
    """Whether the rule, a conclusion or an alert it was drawn from is."""
    warned = (pack.rules.get(f.name) for f in ground.facts if f.kind in ("alert", "undecided"))
    return (
        ground.rule.source.illustrative
        or any(one.illustrative for one in ground.given)
        or any(rule is not None and rule.source.illustrative for rule in warned)
    )


_DISTINCT = {
    "name": ("名称不同", "of different names"),
    "department": ("部门不同", "of different departments"),
    "risk": ("风险不同", "of different risks"),
    "day": ("日期不同", "on different days"),
    "month": ("月份不同", "in different months"),
}


_NUMERALS = "零一二三四五六七八九十"


def explained(one: Conclusion, language: Language) -> str:
    """Say which rules led to a conclusion, which facts are behind them, and what to do."""
    say = _Words(language, one.pack)
    severity = say(one.severity.zh, one.severity.value)
    lines = [
        say(
            f"【研判·{severity}】{one.title.zh}（{one.name}）",
            f"[judged, {severity}] {one.title.en} ({one.name})",
        ),
        say(
            f"  户码 {one.household_id}，判定日 {one.as_of}",
            f"  household {one.household_id}, as of {one.as_of}",
        ),
    ]
    if one.category is not None:
        category = say.category(one.category)
        lines.append(say(f"  建议类别：{category}", f"  Proposed category: {category}"))
    for number, step in enumerate(_steps(one), 1):
        lines += say.step(step, number)
    for advice in dict.fromkeys(g.rule.advice for g in one.grounds if g.rule.advice):
        lines.append(say(f"  建议：{advice.zh}", f"  To do: {advice.en}"))
    if one.illustrative:
        lines.append(
            say(
                "  示例：部分规则未见公布，结论不作为政策依据。",
                "  Illustrative: some of the rules are not published policy.",
            )
        )
    if one.fell_back:
        lines.append(
            say(
                f"  由参考实现判定（{one.fell_back}）。",
                f"  Judged by the reference: {one.fell_back}.",
            )
        )
    return "\n".join(lines)


def _steps(one: Conclusion) -> Iterator[Conclusion]:
    """A conclusion and those it builds on, each once, before those they build on."""
    told: set[str] = set()
    waiting = [one]
    while waiting:
        step = waiting.pop()
        if step.name not in told:
            told.add(step.name)
            yield step
            waiting += [
                other for ground in reversed(step.grounds) for other in reversed(ground.given)
            ]


class _Words(Voice):
    """Says in one language what a pack calls things."""

    def __init__(self, language: Language, pack: Pack) -> None:
        super().__init__(language)
        self._pack = pack

    def category(self, name: str) -> str:
        """A monitoring category as the model calls it."""
        field = self._pack.schema.table(None).fields.get("category")
        choices = field.about.choices if field is not None else {}
        return self(*choices[name]) if name in choices else name

    def step(self, one: Conclusion, number: int) -> Iterator[str]:
        """Why one conclusion on the way was drawn."""
        head = _NUMERALS[number] if number < len(_NUMERALS) else str(number)
        yield self(
            f"  {head}、“{one.title.zh}”（{one.name}）的依据：",
            f"  {number}. {one.title.en} ({one.name}), because:",
        )
        for ground in one.grounds:
            if len(one.grounds) > 1 or ground.rule.id != one.name:
                rule = ground.rule
                yield self(
                    f"     规则“{rule.title.zh}”（{rule.id}）：",
                    f"     by the rule {rule.title.en} ({rule.id}):",
                )
            for line in self._reasons(ground):
                yield f"     - {line}"

    def _reasons(self, ground: Ground) -> Iterator[str]:
        rule = ground.rule
        for fact in ground.facts:
            yield self._fact(fact)
        if rule.within is not None:
            yield self(
                f"其中两项相隔少于{rule.within}天",
                f"two of these are less than {rule.within} days apart",
            )
        if rule.where is not None:
            meant = self._guard(rule.where)
            yield self(f"其中甲、乙两项满足：{meant}", f"a and b among these satisfy: {meant}")
        for tally in rule.count:
            yield self._tally(tally)
        for one in ground.given:
            yield self(
                f"已研判“{one.title.zh}”（{one.name}）", f"judged: {one.title.en} ({one.name})"
            )
        for pattern in ground.lacking:
            days, meant = self._pattern(pattern)
            yield self(f"{days}没有{meant}", f"no {meant}{days}")
        for name in rule.unless:
            title = self._title(name)
            yield self(f"未研判“{title}”（{name}）", f"not judged: {title} ({name})")

    def _title(self, conclusion: str) -> str:
        rules = self._pack.judgements.values()
        return next(r.title[self.language] for r in rules if r.concludes == conclusion)

    def _fact(self, fact: Signal) -> str:
        name = self._name(fact.name)
        kind = self(*KINDS[fact.kind])
        if fact.department is None:
            return self(f"{fact.on} {kind}：{name}", f"{fact.on} {kind}: {name}")
        who = self._department(fact.department)
        return self(f"{fact.on} {who}{kind}：{name}", f"{fact.on} {kind}: {name} ({who})")

    def _tally(self, tally: Tally) -> str:
        days, meant = self._pattern(tally.of)
        distinct = "" if tally.distinct is None else self(*_DISTINCT[tally.distinct])
        if self.zh:
            return f"{days}有至少{tally.at_least}项{meant}" + (f"，{distinct}" if distinct else "")
        said = f"{tally.at_least} or more of: {meant}{days}"
        return f"{said}, {distinct}" if distinct else said

    def _pattern(self, one: Pattern) -> tuple[str, str]:
        """In which days, and what."""
        words = [
            *map(self._name, one.name),
            *map(self._department, one.department),
            *map(self._risk, one.risk),
            *map(self.category, one.category),
        ]
        if one.severity is not None:
            lowest = self(one.severity.zh, one.severity.value)
            words.append(self(f"{lowest}及以上", f"{lowest} or worse"))
        if one.where is not None:
            words.append(self._guard(one.where))
        last, before, kind = one.last, one.before, self(*KINDS[one.kind])
        if self.zh:
            waited = f"已满{before}天的" if before is not None else ""
            meant = waited + kind + (f"（{'、'.join(words)}）" if words else "")
            span = f"近{last}天内" if last is not None else ""
            return f"近{one.months}个月内" if one.months is not None else span, meant
        meant = kind + (f" ({', '.join(words)})" if words else "")
        meant += f", {before} days old or older" if before is not None else ""
        span = f" in the last {last} days" if last is not None else ""
        return f" in the last {one.months} months" if one.months is not None else span, meant

    def _guard(self, guard: Condition) -> str:
        return in_words(guard, self.language, self._pack.titles(self.language))

    def _name(self, name: str) -> str:
        rule = self._pack.rules.get(name)
        return rule.title[self.language] if rule else name

    def _risk(self, word: str) -> str:
        known = self._pack.risks.get(word)
        return known[self.language] if known else word

    def _department(self, id_: str) -> str:
        known = id_ in self._pack.departments
        return self._pack.department(id_, self.language) if known else id_
