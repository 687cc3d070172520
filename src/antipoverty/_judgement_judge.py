"""The judge: takes facts as they come, and says at once what they lead to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Literal, Self

import attrs

from antipoverty._judgement_answer import Answer, Home, answer, counted, in_order, on_day
from antipoverty._judgement_rules import RANK, Fact, JudgementRule, Pattern
from antipoverty._rules_judge import Alert
from antipoverty._rules_parts import Rule, Severity, Text
from antipoverty.conditions import Language
from antipoverty.engines.chaining import compiled, lowered, raised
from antipoverty.engines.isolated import Isolated
from antipoverty.errors import (
    ConflictingFactError,
    EngineFailedError,
    InvalidArgumentError,
    UnknownHouseholdError,
    one_of,
)
from antipoverty.rules import Pack

EngineName = Literal["reference", "durable", "clips"]
ENGINES: tuple[EngineName, ...] = ("reference", "durable", "clips")


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
    facts: tuple[Fact, ...]
    given: tuple[Conclusion, ...]
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
    as_of: date
    engine: EngineName
    fell_back: str
    pack: Pack

    def __repr__(self) -> str:
        mark = " (illustrative)" if self.illustrative else ""
        return f"<Conclusion {self.household_id} {self.name} on {self.as_of}{mark}>"

    @property
    def facts(self) -> tuple[Fact, ...]:
        """All the facts behind it, through every conclusion it builds on, by day."""
        found = {fact for ground in self.grounds for fact in ground.facts}
        for ground in self.grounds:
            for one in ground.given:
                found.update(one.facts)
        return tuple(sorted(found, key=lambda fact: (fact.on, fact.id)))

    @property
    def illustrative(self) -> bool:
        """Whether a rule behind it is not published policy for the area."""
        return any(
            ground.rule.source.illustrative
            or any(one.illustrative for one in ground.given)
            or any(self._rests_on_illustration(fact) for fact in ground.facts)
            for ground in self.grounds
        )

    def _rests_on_illustration(self, fact: Fact) -> bool:
        rule = self.pack.rules.get(fact.name) if fact.kind in ("alert", "undecided") else None
        return rule is not None and rule.source.illustrative

    def explain(self, language: Language = "en") -> str:
        """Say which rules led to it and which facts are behind them."""
        one_of(language, ("zh", "en"), "language")
        chinese = language == "zh"
        severity = self.severity.zh if chinese else self.severity.value
        head = f"【研判·{severity}】" if chinese else f"[judged, {severity}] "
        lines = [
            f"{head}{self.title[language]}（{self.name}）"
            if chinese
            else f"{head}{self.title[language]} ({self.name})"
        ]
        lines += _chain(self, language, "  ", {self.name})
        for ground in self.grounds:
            if ground.rule.advice:
                said = ground.rule.advice[language]
                lines.append(f"  建议：{said}" if chinese else f"  To do: {said}")
        if self.illustrative:
            lines.append(
                "  示例：部分规则未见公布，结论不作为政策依据。"
                if chinese
                else "  Illustrative: some of the rules are not published policy."
            )
        if self.fell_back:
            lines.append(
                f"  由参考实现判定（{self.fell_back}）。"
                if chinese
                else f"  Judged by the reference: {self.fell_back}."
            )
        return "\n".join(lines)

    def to_dict(self, language: Language = "en") -> dict[str, Any]:
        """Give the conclusion as plain data, with its explanation."""
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


_KINDS_ZH = {
    "alert": "预警",
    "undecided": "待核实",
    "measure": "帮扶措施",
    "state": "办理状态",
    "figure": "指标",
}


def _chain(one: Conclusion, language: Language, margin: str, told: set[str]) -> Iterator[str]:
    """Everything behind a conclusion, each conclusion on the way once."""
    chinese = language == "zh"
    for ground in one.grounds:
        rule = ground.rule
        by = f"依据规则：{rule.title.zh}（{rule.id}）"
        yield margin + (by if chinese else f"By rule: {rule.title.en} ({rule.id})")
        for fact in ground.facts:
            yield f"{margin}  {_told(fact, language, one.pack)}"
        for pattern in ground.lacking:
            names = " ".join((*pattern.name, *pattern.department, *pattern.risk))
            kind = _KINDS_ZH[pattern.kind] if chinese else pattern.kind
            yield f"{margin}  {'没有' if chinese else 'without'} {kind} {names}".rstrip()
        for name in rule.unless:
            yield f"{margin}  {'没有结论' if chinese else 'without the conclusion'} {name}"
        for other in ground.given:
            said = f"{margin}  {'由结论' if chinese else 'from'} {other.name}"
            if other.name in told:
                yield f"{said} {'（见上）' if chinese else '(above)'}"
            else:
                told.add(other.name)
                yield said
                yield from _chain(other, language, margin + "    ", told)


def _told(fact: Fact, language: Language, pack: Pack) -> str:
    rule = pack.rules.get(fact.name)
    what = rule.title[language] if rule else fact.name
    kind = _KINDS_ZH[fact.kind] if language == "zh" else fact.kind
    who = fact.department or ""
    if who in pack.departments:
        who = pack.department(who, language)
    return f"{fact.on} {kind} {what} {who}".rstrip()


@attrs.frozen
class Change:
    """What new facts, facts taken back or a later day changed; iterates over what is new.

    Attributes:
        new: The conclusions that were not there before, those they build on first.
        withdrawn: Those that are no longer there.
    """

    new: tuple[Conclusion, ...] = ()
    withdrawn: tuple[Conclusion, ...] = ()

    def __iter__(self) -> Iterator[Conclusion]:
        return iter(self.new)

    def __len__(self) -> int:
        return len(self.new)


class Judge:
    """Judges households one by one as facts arrive (综合研判).

    What it says of a household depends on the facts and on the day alone, never on the
    order in which facts came. Facts that no rule can see any more are forgotten.

    Args:
        pack: The policy; its judgement rules are used.
        engine: ``reference``, ``durable`` (durable-rules) or ``clips``. The engines run in
            a process of their own; when one fails on a household, the reference judges it
            and the conclusion says so.
        as_of: The day to begin with; the latest day of any fact moves it on.
        timeout: Seconds an engine may take for one household.

    Raises:
        EngineUnavailableError: The engine is not installed, or cannot be imported here.
        OutsideSubsetError: A rule needs what the engine does not do right.
    """

    def __init__(
        self,
        pack: Pack,
        *,
        engine: EngineName = "reference",
        as_of: date | None = None,
        timeout: float = 10.0,
    ) -> None:
        one_of(engine, ENGINES, "engine")
        self.pack = pack
        self.engine: EngineName = engine
        self.as_of = as_of or date.min
        self.rules = pack.judgements
        self._homes: dict[str, Home] = {}
        self._said: dict[str, tuple[Conclusion, ...]] = {}
        self._until: dict[str, dict[str, int | None]] = {}
        self._isolated: Isolated | None = None
        if engine != "reference":
            self._program = compiled(self.rules)
            self._isolated = Isolated(engine, self._program, timeout=timeout)

    def __repr__(self) -> str:
        return (
            f"<Judge {self.pack.id} by {self.engine} on {self.as_of}: "
            f"{len(self._homes):,} households>"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the engine's process."""
        if self._isolated is not None:
            self._isolated.close()

    @property
    def restarts(self) -> int:
        """How often the engine's process had to be started again."""
        return 0 if self._isolated is None else self._isolated.restarts

    def feed(self, *facts: Fact | Alert) -> Change:
        """Take facts in and say what is new.

        Args:
            facts: Facts, or alerts as `antipoverty.judge` gives them. A fact delivered
                again changes nothing.

        Raises:
            ConflictingFactError: A fact came with an id that another has; none is taken.
        """
        given = [fact_of(one) if isinstance(one, Alert) else one for one in facts]
        fresh: dict[tuple[str, str], Fact] = {}
        for fact in given:
            home = self._homes.get(fact.household_id)
            key = (fact.household_id, fact.id)
            before = fresh.get(key) or (home and home.facts.get(fact.id))
            if before is not None and before != fact:
                raise ConflictingFactError(
                    f"the fact {fact.id!r} came before with other content; withdraw it first"
                )
            if before is None:
                fresh[key] = fact
        self.as_of = max([self.as_of, *(fact.on for fact in given)])
        touched = dict.fromkeys(fact.household_id for fact in given)
        for fact in fresh.values():
            days = self.rules.horizon(fact)
            if days is None or (self.as_of - fact.on).days < days:
                home = self._homes.setdefault(fact.household_id, Home(self.rules))
                home.add(fact)
                self._until.setdefault(fact.household_id, {})[fact.id] = (
                    None if days is None else fact.on.toordinal() + days
                )
        return self._changed(touched)

    def withdraw(self, household_id: str, *fact_ids: str) -> Change:
        """Take facts back; what rested on them is withdrawn.

        Raises:
            UnknownHouseholdError: The household, or one of the facts, is not in the book;
                none is taken back.
        """
        home = self._homes.get(household_id)
        missing = [one for one in fact_ids if home is None or one not in home.facts]
        if home is None or missing:
            raise UnknownHouseholdError(
                f"{len(missing) or 'none'} of these facts of the household are in the book; one "
                "that no rule can see any more was forgotten"
            )
        for id_ in dict.fromkeys(fact_ids):
            home.remove(id_)
            del self._until[household_id][id_]
        return self._changed([household_id])

    def advance(self, day: date) -> Change:
        """Let days pass; windows close and waiting ends.

        Raises:
            InvalidArgumentError: The day is before the judge's.
        """
        if day < self.as_of:
            raise InvalidArgumentError(f"the judge is at {self.as_of} already")
        self.as_of = day
        return self._changed(list(self._homes))

    def conclusions(self, household_id: str) -> tuple[Conclusion, ...]:
        """What is concluded of a household on the judge's day; empty when nothing is."""
        home = self._homes.get(household_id)
        if home is None:
            return ()
        self._forget(household_id, home)
        return self._concluded(home)

    def drop(self, household_id: str) -> None:
        """Forget a household, such as one that moved away or was judged for once only."""
        for book in (self._homes, self._until, self._said):
            book.pop(household_id, None)

    def facts(self) -> Iterator[Fact]:
        """Every fact in the book; feeding them to a new judge gives the same conclusions."""
        for home in self._homes.values():
            yield from home.facts.values()

    def _changed(self, households: Iterable[str]) -> Change:
        new: list[Conclusion] = []
        withdrawn: list[Conclusion] = []
        for id_ in households:
            before = {one.name: one for one in self._said.get(id_, ())}
            now = self.conclusions(id_)
            names = {one.name for one in now}
            new += [one for one in now if one.name not in before]
            withdrawn += [one for name, one in before.items() if name not in names]
            if now:
                self._said[id_] = now
            else:
                self._said.pop(id_, None)
        return Change(tuple(new), tuple(withdrawn))

    def _forget(self, household_id: str, home: Home) -> None:
        today = self.as_of.toordinal()
        until = self._until[household_id]
        for id_ in [one for one, day in until.items() if day is not None and day <= today]:
            home.remove(id_)
            del until[id_]
        if not home.facts:
            del self._homes[household_id], self._until[household_id]

    def _concluded(self, home: Home) -> tuple[Conclusion, ...]:
        if not home.facts:
            return ()
        if self._isolated is None:
            return conclusions(self.pack, home.answer(self.as_of), home.facts.values(), self.as_of)
        known, sent = lowered(self._program, self.rules, home.facts.values(), self.as_of)
        try:
            found = raised(self.rules, known, self._isolated.judge(sent))
        except EngineFailedError as problem:
            found = answer(self.rules, known, self.as_of)
            return conclusions(self.pack, found, known, self.as_of, fell_back=problem.message)
        return conclusions(self.pack, found, known, self.as_of, engine=self.engine)


def conclusions(
    pack: Pack,
    found: Answer,
    facts: Iterable[Fact],
    as_of: date,
    *,
    engine: EngineName = "reference",
    fell_back: str = "",
) -> tuple[Conclusion, ...]:
    """Put an answer into conclusions, each after those it builds on."""
    known = in_order(facts, as_of)
    if not known:
        return ()
    by_id = {fact.id: fact for fact in known}
    drawn: dict[str, Conclusion] = {}
    grounds: dict[str, list[Ground]] = {}
    for rule in pack.judgements.values():
        if rule.id not in found.fired:
            continue
        behind = {by_id[id_] for match in found.matches.get(rule.id, ()) for id_ in match}
        for tally in rule.count:
            behind.update(counted(tally, known, on_day(as_of)))
        ordered = tuple(sorted(behind, key=lambda fact: (fact.on, fact.id)))
        given = tuple(drawn[name] for name in rule.given)
        listed = grounds.setdefault(rule.concludes, [])
        listed.append(Ground(rule, ordered, given, rule.lack))
        most = max((one.rule for one in listed), key=lambda one: RANK[one.severity.value])
        category = next((one.rule.category for one in listed if one.rule.category), None)
        drawn[rule.concludes] = Conclusion(
            known[0].household_id,
            rule.concludes,
            listed[0].rule.title,
            most.severity,
            category,
            tuple(listed),
            as_of,
            engine,
            fell_back,
            pack,
        )
    return tuple(drawn.values())


def fact_of(alert: Alert) -> Fact:
    """Make a fact of an alert: its rule, its department, its risk, on its day."""
    warned = alert.verdict.value == "warn"
    return alert_fact(alert.rule, alert.household_id, alert.area, alert.as_of, warned=warned)


def alert_fact(rule: Rule, household_id: str, area: str, on: date, *, warned: bool) -> Fact:
    """The fact that a rule warned, or was undecided, on a day."""
    return Fact(
        id=f"{rule.id}@{on}",
        household_id=household_id,
        kind="alert" if warned else "undecided",
        name=rule.id,
        on=on,
        area=area,
        department=rule.department,
        risk=rule.risk,
        category=rule.category,
        severity=rule.severity,
    )
