"""A case is one household from its first alert to the day it is safe, and after a relapse."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, Literal, Self

import attrs

from antipoverty._base.changes import changed
from antipoverty._base.frozen import Frozen, plain
from antipoverty._base.notebook import fragment
from antipoverty._casework.events import START, Event
from antipoverty._casework.handed import Line

Verdict = Literal["warn", "undecided", "report"]
Came = Literal["new", "realert", "relapse", "stock"]
"""Why a case was opened: something new; something that was answered and shows still after its
quiet time; a warning on a household that was safe (返贫). A ``stock`` was there before the register
began, and is no alert."""
CAME: tuple[Came, ...] = ("new", "realert", "relapse")
_WEIGHT: dict[Verdict, int] = {"undecided": 0, "report": 1, "warn": 2}


@attrs.frozen
class Signal:
    """One warning, open question or self-report on a household, as often as it came.

    Attributes:
        rule: The rule's id; ``self-report`` for one.
        department: Whose signal it is.
        verdict: ``warn``, ``undecided`` or ``report``: the gravest since the case was opened.
        risk: The risk label, or empty.
        days: The days it came, in their order.
        facts: The facts that would settle an undecided one.
    """

    rule: str
    department: str
    verdict: Verdict
    risk: str
    days: tuple[date, ...]
    facts: tuple[str, ...] = ()

    @property
    def first(self) -> date:
        """The first day it came."""
        return self.days[0]

    @property
    def last(self) -> date:
        """The latest day it came."""
        return self.days[-1]

    def since(self, day: date) -> Signal:
        """The same with the days from one on."""
        if self.first >= day:
            return self
        return attrs.evolve(self, days=tuple(one for one in self.days if one >= day))

    @property
    def weight(self) -> int:
        """How grave it is."""
        return _WEIGHT[self.verdict]

    def covers(self, other: Signal) -> bool:
        """Whether another signal of the rule says nothing graver."""
        return self.weight >= other.weight


@attrs.frozen
class Measure:
    """One kind of help aimed at one risk."""

    id: str
    risk: str
    on: date
    by: str


@attrs.frozen
class Appeal:
    """A fact that was contested for a household (申诉).

    Attributes:
        token: Its number.
        fact: The fact contested.
        on: The day it was brought.
        by: Who brought it.
        answer: ``upheld``, ``rejected``, or empty while it is open.
        answered: The day it was answered, or ``None``.
    """

    token: str
    fact: str
    on: date
    by: str
    answer: str = ""
    answered: date | None = None


@attrs.frozen
class Look:
    """What an inspector saw who looked at a problem again (回头看).

    Attributes:
        line: The line of the inspection list.
        result: ``cleared`` or ``standing``.
        by: Who looked.
        on: The day.
    """

    line: str
    result: str
    by: str
    on: date


@attrs.frozen
class Overseen:
    """What a team did about a case or problem, without moving it.

    Attributes:
        act: ``urge``, ``hand_up``, ``dispatch`` or another act of the workflow.
        by: Who, the level first.
        on: The day.
        why: The reference to the order, or empty.
    """

    act: str
    by: str
    on: date
    why: str = ""


@attrs.frozen(slots=False)
class Item:
    """What a case and a problem have in common.

    Attributes:
        id: Its opaque id; of a case, the household's.
        area: Where it is.
        state: Where it stands.
        opened: The day of its first signal since it was opened, or opened again.
        entered: The day it came to its state.
        reached: For each state it came to since then, the first day it did.
        finding: What was found, the latest value of each word.
        last_step: The latest step.
        last_by: Who took it.
        before: What that step changed, as it was before, while it can be withdrawn.
        urged: How often it was urged.
        handed_up: The level it was handed up to, or empty.
        acts: What teams did about it, in that order.
        version: How many events it has.
        head: The hash of the last.
        latest: The latest day of any of them.
    """

    _stepped: ClassVar[tuple[str, ...]] = (
        "state",
        "entered",
        "reached",
        "finding",
        "last_step",
        "last_by",
        "urged",
        "handed_up",
    )
    """What a step changes."""

    id: str
    area: str
    state: str
    opened: date
    entered: date
    reached: Mapping[str, date]
    finding: Mapping[str, Any] = Frozen()
    last_step: str = ""
    last_by: str = ""
    before: Mapping[str, Any] | None = None
    urged: int = 0
    handed_up: str = ""
    acts: tuple[Overseen, ...] = ()
    version: int = 0
    head: str = START
    latest: date = date.min

    @property
    def departments(self) -> tuple[str, ...]:
        """The departments on whose lists it is."""
        return ()

    def at(self, event: Event, **changes: Any) -> Self:
        """The item after an event, moved to a state if the event says one."""
        data, on = plain(event.data), event.on
        stepped = event.kind == "stepped"
        if state := data.get("to"):
            if "reached" not in changes and state not in self.reached:
                changes["reached"] = Frozen.joined(self.reached, {state: on})
            if state != self.state or stepped or event.kind == "reopened":
                changes["entered"], changes["urged"] = on, 0
                changes["handed_up"], changes["before"] = "", None
            changes["state"] = state
        if stepped:
            changes["finding"] = Frozen.joined(self.finding, data["finding"])
            changes["last_step"], changes["last_by"] = data["step"], event.by
            fields = vars(self)
            changes["before"] = Frozen({name: fields[name] for name in self._stepped})
        changes["version"], changes["head"] = event.number, event.hash
        if on > self.latest:
            changes["latest"] = on
        return changed(self, changes)

    def without_last_step(self, event: Event) -> Self:
        """The item as if its latest step had not been taken."""
        return self.at(event, **(self.before or {}), before=None)


@attrs.frozen
class Episode:
    """One time a case was open, from its first signal on.

    Attributes:
        came: Why it was opened: ``new``, ``realert`` or ``relapse``.
        opened: The day of its first signal.
        area: Where it was.
        state: Where it stands, or stood when the case was opened again.
        entered: Since when.
        reached: For each state it came to, the first day it did.
        signals: What was signalled in it.
        measures: What help was given in it.
    """

    came: Came
    opened: date
    area: str
    state: str
    entered: date
    reached: Mapping[str, date]
    signals: tuple[Signal, ...]
    measures: tuple[Measure, ...]

    @property
    def departments(self) -> tuple[str, ...]:
        """The departments whose signals it holds."""
        return tuple(sorted({one.department for one in self.signals}))


@attrs.frozen(slots=False)
class Case(Item):
    """One household in the comparison register (信息比对库).

    Attributes:
        signals: What was signalled, by rule.
        measures: What help was given.
        lines: What was handed over: every line of every list, in the order they went out.
        consent: The day a self-report consented to comparison, or ``None``.
        came: Why it was opened the last time.
        left: The areas it moved away from.
        past: The times it was open before, in their order.
        joined: The case in which it goes on; empty as a rule.
        came_from: The cases that went on in it, or that it was split from.
        filed: Whether the household is in the files.
        appeals: The appeals, in the order they were brought.
        lifted: For each rule that a correction lifted, the latest day it did.
    """

    _stepped: ClassVar[tuple[str, ...]] = (*Item._stepped, "lines")

    signals: tuple[Signal, ...] = ()
    measures: tuple[Measure, ...] = ()
    lines: tuple[Line, ...] = ()
    consent: date | None = None
    came: Came = "new"
    left: tuple[str, ...] = ()
    past: tuple[Episode, ...] = ()
    joined: str = ""
    came_from: tuple[str, ...] = ()
    filed: bool = True
    appeals: tuple[Appeal, ...] = ()
    lifted: Mapping[str, date] = Frozen()

    def __repr__(self) -> str:
        return f"<Case {self.id} {self.state} since {self.entered}, {len(self.signals)} signals>"

    def _repr_html_(self) -> str:
        """Show a notebook what was signalled."""
        rows = [(one.rule, one.department, str(one.first)) for one in self.signals]
        return fragment(repr(self), ("规则 rule", "部门 department", "首次 first"), rows)

    @property
    def open_lines(self) -> tuple[Line, ...]:
        """The lines that somebody must still answer."""
        return tuple([one for one in self.lines if one.is_open])

    @property
    def departments(self) -> tuple[str, ...]:
        """The departments on whose lists it has a line that is not answered."""
        return tuple(sorted({one.department for one in self.lines if one.is_open}))

    @property
    def lines_now(self) -> tuple[Line, ...]:
        """The lines that went out since it was opened."""
        return tuple(one for one in self.lines if one.out >= self.opened)

    def taken_by(self, department: str) -> bool:
        """Whether a department has taken all its lines that are open, and has one."""
        mine = [one.taken for one in self.open_lines if one.department == department]
        return bool(mine) and None not in mine

    def line_of(self, rule: str) -> Line | None:
        """The line of a rule since the case was opened whose signal has not ended."""
        return next(
            (
                one
                for one in reversed(self.lines)
                if one.rule == rule and one.ended is None and one.out >= self.opened
            ),
            None,
        )

    @property
    def open_appeals(self) -> tuple[Appeal, ...]:
        """The appeals that nobody answered yet."""
        return tuple([one for one in self.appeals if not one.answer]) if self.appeals else ()

    @property
    def asked(self) -> tuple[str, ...]:
        """What a keeper should find out: open questions, and facts that are contested."""
        questions = {fact for one in self.signals if one.facts for fact in one.facts}
        if self.appeals:
            questions |= {one.fact for one in self.open_appeals}
        return tuple(sorted(questions)) if questions else ()

    @property
    def risks(self) -> tuple[str, ...]:
        """The risks that warnings and reports named since it was opened."""
        named = {
            one.risk
            for one in self.signals
            if one.verdict != "undecided" and one.risk and one.last >= self.opened
        }
        return tuple(sorted(named))

    @property
    def helped(self) -> tuple[Measure, ...]:
        """The measures since it was opened."""
        return tuple(one for one in self.measures if one.on >= self.opened)

    @property
    def current(self) -> tuple[Signal, ...]:
        """Its signals since it was opened, with the days since then."""
        return tuple(one.since(self.opened) for one in self.signals if one.last >= self.opened)

    @property
    def episodes(self) -> tuple[Episode, ...]:
        """Every time it was open, the latest last."""
        return (*self.past, self.episode)

    @property
    def episode(self) -> Episode:
        """The time it was open last."""
        return Episode(
            self.came,
            self.opened,
            self.area,
            self.state,
            self.entered,
            self.reached,
            self.current,
            self.helped,
        )

    def times(self, came: Came) -> int:
        """How often it was opened for a reason: ``new``, ``realert`` or ``relapse``."""
        return sum(one.came == came for one in self.past) + (self.came == came)

    @property
    def relapses(self) -> int:
        """How often the household was safe and warned again (返贫次数)."""
        return self.times("relapse")


@attrs.frozen(slots=False)
class Problem(Item):
    """One problem in the rectification register (问题整改库).

    Attributes:
        origin: Where it came from: ``spot-check``, ``audit``, ``hotline``, ``feedback`` ...
        department: Who must repair it, or empty.
        condition: A condition of the language; the households it holds for are like cases.
        like: Those households (举一反三).
        sought: The day they were last looked for, or ``None``.
        reference: The opaque number of the file it is described in; of one that a visit
            found, the digest of the receipt that drew the place.
        unit: The unit drawn at which a visit found it, or empty.
        line: The line of the inspection list on which it was reported, or empty.
        looks: What inspectors saw who looked at it again.
        lines: The like cases as lines, each with its own follow-up.
    """

    _stepped: ClassVar[tuple[str, ...]] = (*Item._stepped, "department")

    origin: str = ""
    department: str = ""
    condition: str = ""
    like: tuple[str, ...] = ()
    sought: date | None = None
    reference: str = ""
    unit: str = ""
    line: str = ""
    looks: tuple[Look, ...] = ()
    lines: tuple[Line, ...] = ()

    @property
    def like_open(self) -> tuple[Line, ...]:
        """The like cases that nobody has followed up yet."""
        return tuple(one for one in self.lines if one.is_open)

    @property
    def departments(self) -> tuple[str, ...]:
        """The department that must repair it, once it is assigned."""
        return (self.department,) if self.department else ()

    def __repr__(self) -> str:
        return f"<Problem {self.id} {self.state} since {self.entered}, {len(self.like)} like cases>"
