"""The judge: takes facts as they come, and says at once what they lead to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Self

import attrs

from antipoverty._base.days import days
from antipoverty._judging.answer import answer
from antipoverty._judging.conclusions import Conclusion, EngineName, conclusions
from antipoverty._judging.engines.chaining import compiled, lowered, raised
from antipoverty._judging.engines.isolated import Isolated
from antipoverty._judging.household import Home
from antipoverty._judging.one import Alert
from antipoverty._policy.pack import Pack
from antipoverty._policy.parts import Rule
from antipoverty._policy.signals import Signal
from antipoverty._policy.succession import area_now, following
from antipoverty.errors import (
    ConflictingFactError,
    EngineFailedError,
    InvalidArgumentError,
    UnknownHouseholdError,
    one_of,
)
from antipoverty.model import AreaTree

ENGINES: tuple[EngineName, ...] = ("reference", "durable")


@attrs.frozen
class Change:
    """What new facts, facts taken back or a later day changed; iterates over what is new.

    Attributes:
        new: The conclusions that were not there before, those they build on first.
        withdrawn: Those that are no longer there.
        changed: Those that were there, and now have another severity or category, or
            rest on other rules or facts.
    """

    new: tuple[Conclusion, ...] = ()
    withdrawn: tuple[Conclusion, ...] = ()
    changed: tuple[Conclusion, ...] = ()

    def __iter__(self) -> Iterator[Conclusion]:
        return iter(self.new)

    def __len__(self) -> int:
        return len(self.new)


class Judge:
    """Judges households one by one as facts arrive (综合研判).

    What it says of a household depends on the facts and on the day alone, never on the
    order in which facts came. Facts that no rule can see any more are forgotten when
    their household is looked at; `advance` looks at all. One judge is for one thread.

    Args:
        pack: The policy; its judgement rules are used.
        engine: ``reference`` or ``durable`` (durable-rules). The engine runs in
            a process of their own; when one fails on a household, the reference judges it
            and the conclusion says so.
        as_of: The day to begin with. Then only `advance` moves it on, and a later fact is
            refused: one mistyped year would close every window. Without it, the latest
            day of any fact is the day.
        timeout: Seconds an engine may take for one household.
        areas: The known areas; with them a fact of an unknown one is refused, and a code
            that ended is followed to its successor.

    Raises:
        EngineUnavailableError: The engine is not installed, or cannot be imported here.
        EngineFailedError: The engine's process could not be started, or crashed at once.
        OutsideSubsetError: A rule needs what the engine does not do right.
    """

    def __init__(
        self,
        pack: Pack,
        *,
        engine: EngineName = "reference",
        as_of: date | None = None,
        timeout: float = 10.0,
        areas: AreaTree | None = None,
    ) -> None:
        one_of(engine, ENGINES, "engine")
        self.pack = pack
        self.areas = areas
        self.engine: EngineName = engine
        self.as_of = as_of or date.min
        self.rules = pack.judgements
        self._follows = as_of is None
        self._homes: dict[str, Home] = {}
        self._said: dict[str, tuple[Conclusion, ...]] = {}
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

    def feed(self, *facts: Signal | Alert) -> Change:
        """Take facts in and say what is new.

        Args:
            facts: Facts, or alerts as `antipoverty.judge` gives them. A fact delivered
                again changes nothing.

        Raises:
            ConflictingFactError: A fact came with an id that another has; none is taken.
            InvalidArgumentError: A fact is of a later day than was set; none is taken.
            UnknownAreaError: The areas have no such code on the judge's day, and not one
                successor; none is taken.
            AreaNotCoveredError: A fact is of outside the pack's area; none is taken.
        """
        given = [fact_of(one) if isinstance(one, Alert) else one for one in facts]
        fresh: dict[tuple[str, str], Signal] = {}
        for fact in given:
            household = self._homes.get(fact.household_id)
            key = (fact.household_id, fact.id)
            before = fresh.get(key) or (household and household.facts.get(fact.id))
            if before is not None and before != fact:
                raise ConflictingFactError(
                    "the fact {id!r} came before with other content; withdraw it first", id=fact.id
                )
            if before is None:
                fresh[key] = fact
        latest = max([self.as_of, *(fact.on for fact in given)])
        if latest > self.as_of and not self._follows:
            raise InvalidArgumentError(
                "a fact is of {latest}, after the judge's day {as_of}; advance the judge first, or "
                "correct the fact",
                latest=latest,
                as_of=self.as_of,
            )
        if self.areas is not None:
            policy = following(self.pack, self.areas, latest)
            for one in {(fact.household_id, fact.area) for fact in given if fact.area}:
                area_now(*one, policy, latest, self.areas)
        self.as_of = latest
        touched = dict.fromkeys(fact.household_id for fact in given)
        for fact in fresh.values():
            self._homes.setdefault(fact.household_id, Home(self.rules)).add(fact)
        return self._changed(touched)

    def withdraw(self, household_id: str, *fact_ids: str) -> Change:
        """Take facts back; what rested on them is withdrawn.

        Raises:
            UnknownHouseholdError: The household, or one of the facts, is not in the book;
                none is taken back.
        """
        household = self._homes.get(household_id)
        if household is None:
            raise UnknownHouseholdError(
                "no fact of the household is in the book; what no rule can see any more was "
                "forgotten"
            )
        missing = [one for one in fact_ids if one not in household.facts]
        if missing:
            raise UnknownHouseholdError(
                "{count} of the facts to take back are not in the book, such as {missing!r}; what "
                "no rule can see any more was forgotten",
                count=len(missing),
                missing=missing[0],
            )
        for id_ in dict.fromkeys(fact_ids):
            household.remove(id_)
        return self._changed([household_id])

    @days
    def advance(self, day: date) -> Change:
        """Let days pass; windows close and waiting ends.

        Raises:
            InvalidArgumentError: The day is before the judge's.
        """
        if day < self.as_of:
            raise InvalidArgumentError("the judge is at {as_of} already", as_of=self.as_of)
        self.as_of = day
        return self._changed(dict.fromkeys([*self._homes, *self._said]))

    def conclusions(self, household_id: str) -> tuple[Conclusion, ...]:
        """What is concluded of a household on the judge's day; empty when nothing is."""
        household = self._homes.get(household_id)
        if household is None:
            return ()
        household.forget(self.as_of)
        if not household.facts:
            del self._homes[household_id]
        return self._concluded(household)

    def drop(self, household_id: str) -> None:
        """Forget a household, such as one that moved away or was judged for once only."""
        self._homes.pop(household_id, None)
        self._said.pop(household_id, None)

    def facts(self) -> Iterator[Signal]:
        """Every fact in the book; feeding them to a new judge gives the same conclusions."""
        for household in self._homes.values():
            yield from household.facts.values()

    def _changed(self, households: Iterable[str]) -> Change:
        new: list[Conclusion] = []
        withdrawn: list[Conclusion] = []
        changed: list[Conclusion] = []
        said: dict[str, tuple[Conclusion, ...]] = {}
        for id_ in households:
            before = {one.name: one for one in self._said.get(id_, ())}
            now = said[id_] = self.conclusions(id_)
            for one in now:
                was = before.pop(one.name, None)
                if was is None:
                    new.append(one)
                elif was.basis != one.basis:
                    changed.append(one)
            withdrawn += before.values()
        for id_, now in said.items():  # not before all are judged, or a change could go unsaid
            if now:
                self._said[id_] = now
            else:
                self._said.pop(id_, None)
        return Change(tuple(new), tuple(withdrawn), tuple(changed))

    def _concluded(self, household: Home) -> tuple[Conclusion, ...]:
        if not household.facts:
            return ()
        policy = following(self.pack, self.areas, self.as_of)
        facts, rules = [*map(self._here, household.facts.values())], policy.judgements
        if self._isolated is None:
            found = household.answer(self.as_of, rules, facts)
            return conclusions(policy, found, facts, self.as_of)
        known, sent = lowered(self._program, rules, facts, self.as_of)
        try:
            found = raised(rules, known, self._isolated.judge(sent))
        except EngineFailedError as problem:
            found = answer(rules, known, self.as_of)
            return conclusions(policy, found, known, self.as_of, fell_back=problem.message)
        return conclusions(policy, found, known, self.as_of, engine=self.engine)

    def _here(self, fact: Signal) -> Signal:
        """The fact with the code that its area has on the judge's day."""
        if self.areas is None or not fact.area:
            return fact
        now = self.areas.now(fact.area, self.as_of)
        return fact if now == fact.area else attrs.evolve(fact, area=now)


def fact_of(alert: Alert) -> Signal:
    """Make a fact of an alert: its rule, its department, its risk, on its day."""
    warned = alert.verdict.value == "warn"
    return alert_fact(alert.rule, alert.household_id, alert.area, alert.as_of, warned=warned)


def alert_fact(rule: Rule, household_id: str, area: str, on: date, *, warned: bool) -> Signal:
    """The fact that a rule warned, or was undecided, on a day."""
    return Signal(
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
