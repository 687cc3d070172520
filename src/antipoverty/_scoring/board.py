"""A board is everything an assessment decides by one day, each point with what earned it.

It is made by the reference walk in `runs`, kept with the notices that stood,
and can be continued with later notices, compared with an earlier board, and explained.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

import attrs

from antipoverty._base.days import days
from antipoverty._base.frozen import Frozen
from antipoverty._base.notebook import fragment
from antipoverty._scoring import texts
from antipoverty._scoring.cost import Cost, costs
from antipoverty._scoring.ledger import (
    Account,
    Change,
    Entry,
    Waiting,
    YearEnd,
    plain,
    points,
)
from antipoverty._scoring.notices import (
    Notice,
    NoticeVerdict,
    by_current_unit,
    current_units,
    find_problems,
    refuse,
    standing,
)
from antipoverty._scoring.policy import AssessmentPolicy, Effect, RunRule
from antipoverty._scoring.report import page_of
from antipoverty._scoring.runs import (
    Run,
    age_of,
    nth_score,
    series_of,
    stretches,
    total,
    waits_until,
    walk,
    worth,
    year_of,
)
from antipoverty._scoring.telling import explain, reasons
from antipoverty.codes import AreaCode, Level
from antipoverty.conditions import Language
from antipoverty.errors import AntipovertyError, ConflictingNoticesError, UnknownUnitError, phrase
from antipoverty.languages import current
from antipoverty.model import AreaTree
from antipoverty.periods import Period
from antipoverty.report import Page


@attrs.frozen(repr=False)
class Board:
    """The result of an assessment by one day; `assess` makes it.

    Attributes:
        policy: The policy.
        as_of: The day the board is for.
        ledger: Every score: by unit, rule, level and period.
        accounts: The totals by unit, rule and year.
        waiting: The series that stand still for a missing notice.
        history: All notices that were handed in, by id.
        areas: The area tree, or ``None``.
    """

    policy: AssessmentPolicy
    as_of: date
    ledger: tuple[Entry, ...]
    accounts: tuple[Account, ...]
    waiting: tuple[Waiting, ...]
    history: tuple[Notice, ...]
    areas: AreaTree | None = attrs.field(eq=False)
    _units: Frozen[AreaCode, tuple[Notice, ...]] = attrs.field(eq=False, alias="units")

    def __repr__(self) -> str:
        status = ", illustrative" if self.illustrative else ""
        return (
            f"<Board {self.as_of}: {len(self.ledger)} lines, {len(self._units)} units, "
            f"policy {self.policy.id}{status}>"
        )

    def _repr_html_(self) -> str:
        """Show a notebook what each unit's year comes to."""
        rows = [
            (unit, self.routine(unit), result.points, result.grade_steps, result.vetoed or "")
            for unit in self.units
            for result in [self.year_end(unit)]
        ]
        columns = ("单位 unit", "平时 routine", "年终 year end", "等次 steps", "不得最高 veto")
        return fragment(repr(self), columns, rows, texts.status(self.policy, "zh"))

    @property
    def illustrative(self) -> bool:
        """Whether no authority's document stands behind the points."""
        return self.policy.illustrative

    @functools.cached_property
    def _accounts_of(self) -> Mapping[str, tuple[Account, ...]]:
        return _by_unit(self.accounts)

    @functools.cached_property
    def _ledger_of(self) -> Mapping[str, tuple[Entry, ...]]:
        return _by_unit(self.ledger)

    @functools.cached_property
    def costs(self) -> tuple[Cost, ...]:
        """What each rule does in a year to a unit that is named as often as all on average."""
        return costs(self.policy, itertools.chain.from_iterable(self._units.values()))

    @property
    def units(self) -> tuple[AreaCode, ...]:
        """The units that have a standing notice, by code."""
        return tuple(self._units)

    def notices(self, unit: str) -> tuple[Notice, ...]:
        """The notices standing for a unit, by period; empty for a unit never notified.

        Raises:
            UnknownUnitError: The unit has no notice and is not among the areas, or
                its series continues under another code.
        """
        found = self._units.get(AreaCode(unit))
        if found is not None:
            return found
        code = AreaCode(unit)
        heirs = self._heirs(code)
        if heirs != (code,):
            raise UnknownUnitError(
                "the series of unit {unit} continues under {heirs}; ask for that",
                unit=unit,
                heirs=", ".join(heirs),
            )
        notified = any(notice.unit == code for notice in self.history)
        if not notified and (self.areas is None or unit not in self.areas):
            raise UnknownUnitError(
                "there is no notice on unit {unit} in these {count}",
                unit=unit,
                count=len(self.history),
            )
        return ()

    def _heirs(self, unit: AreaCode) -> tuple[AreaCode, ...]:
        return current_units(unit, _followed(self.policy, self.areas), self.as_of)

    def account(self, unit: str, rule: str, year: int | None = None) -> Account:
        """What a rule comes to for a unit in a year; zeros when nothing scored.

        Raises:
            UnknownUnitError: See `notices`.
            LookupError: The policy has no such rule.
        """
        self.notices(unit)
        chosen = year or self.as_of.year
        for account in self._accounts_of.get(unit, ()):
            if (account.rule, account.year) == (rule, chosen):
                return account
        effect = _rule(self.policy, rule).effect
        nothing = points(0)
        return Account(AreaCode(unit), rule, effect, chosen, nothing, nothing, nothing)

    def years(self, unit: str) -> tuple[int, ...]:
        """The years in which a unit scored, and that of the board's day."""
        scored = {account.year for account in self._accounts_of.get(unit, ())}
        return tuple(sorted(scored | {self.as_of.year}))

    def routine(self, unit: str, year: int | None = None) -> Decimal:
        """The points a unit's year has in the routine assessment (平时考核).

        Args:
            unit: Its area code.
            year: The year of the board's day by default.

        Raises:
            UnknownUnitError: See `notices`.
        """
        return self._sum(unit, "routine-points", year or self.as_of.year)

    def _sum(self, unit: str, effect: Effect, year: int) -> Decimal:
        accounts = [
            self.account(unit, rule.id, year) for rule in self.policy.rules if rule.effect == effect
        ]
        return sum((account.total for account in accounts), start=points(0))

    def year_end(self, unit: str, year: int | None = None) -> YearEnd:
        """The effect on a unit's year-end result, and why.

        Args:
            unit: Its area code.
            year: The year of the board's day by default.

        Raises:
            UnknownUnitError: See `notices`.
        """
        self.notices(unit)
        chosen = year or self.as_of.year
        rules = {rule.id for rule in self.policy.rules if rule.effect != "routine-points"}
        return YearEnd(
            unit=AreaCode(unit),
            year=chosen,
            points=self._sum(unit, "year-end-points", chosen),
            grade_steps=int(self._sum(unit, "grade-step", chosen)),
            vetoed=self._sum(unit, "veto", chosen) < 0,
            accounts=tuple(
                one
                for one in self._accounts_of.get(unit, ())
                if one.rule in rules and one.year == chosen
            ),
            entries=tuple(
                one
                for one in self._ledger_of.get(unit, ())
                if one.rule in rules and one.year == chosen
            ),
            waiting=tuple(one for one in self.waiting if one.unit == unit and one.rule in rules),
            illustrative=self.illustrative,
        )

    def explain(self, unit: str, language: Language | None = None) -> str:
        """Tell a unit's notices, scores and year-end results, with every reason.

        Args:
            unit: Its area code.
            language: ``zh`` or ``en``.

        Raises:
            UnknownUnitError: See `notices`.
        """
        language = current(language, "zh")
        return explain(self, unit, language)

    def report(self) -> Page:
        """Lay the board out as a report that opens anywhere (计分报告)."""
        return page_of(self)

    @days
    def then(self, notices: Iterable[Notice], *, as_of: date) -> Board:
        """Continue the history with later notices, to a later day.

        The board is the one that the whole history gives: a correction reaches back
        to the period it corrects.

        Raises:
            InvalidNoticesError: See `assess`.
        """
        return assess((*self.history, *notices), self.policy, as_of=as_of, areas=self.areas)

    def changes_since(self, earlier: Board) -> tuple[Change, ...]:
        """The lines of the ledger that are new, gone or different, each with its reason."""
        before = {entry.key: entry for entry in earlier.ledger}
        after = {entry.key: entry for entry in self.ledger}
        return tuple(
            _change(earlier, self, before.get(key), after.get(key))
            for key in sorted(before.keys() | after.keys())
            if before.get(key) != after.get(key)
        )

    def as_dict(self) -> dict[str, Any]:
        """Give the board in plain values for JSON; amounts are exact text."""
        return {
            "policy": self.policy.id,
            "status": self.policy.status,
            "source": self.policy.source,
            "note": texts.status(self.policy, "en"),
            "as_of": self.as_of.isoformat(),
            "ledger": [plain(entry) for entry in self.ledger],
            "accounts": [plain(account) for account in self.accounts],
            "waiting": [plain(one) for one in self.waiting],
            "by_luck": [one.as_dict() for one in self.costs],
        }


OfUnit = TypeVar("OfUnit", Account, Entry)


def _by_unit(sorted_by_unit: Iterable[OfUnit]) -> Mapping[str, tuple[OfUnit, ...]]:
    grouped = itertools.groupby(sorted_by_unit, key=lambda one: one.unit)
    return {unit: tuple(found) for unit, found in grouped}


@days
def assess(
    notices: Iterable[Notice],
    policy: AssessmentPolicy,
    *,
    as_of: date,
    areas: AreaTree | None = None,
) -> Board:
    """Find the runs of consecutive notices and what they are worth.

    Args:
        notices: All notices, in any order; those issued after ``as_of`` do not count.
        policy: The rules and every open choice.
        as_of: The day the answer is for.
        areas: The units there are, with the successors of codes that ended. Without
            it every well-formed code is a unit and none has a successor.

    Raises:
        InvalidNoticesError: Unknown units, doubled notices, broken or circular
            replacements, notices issued before their period ended, issuers that are
            not above the unit, or both verdicts in a period where the policy
            forbids it: all of them together.

    Source:
        Shaanxi's 双连续通报. The points and the open choices are not published.
    """
    history = tuple(sorted(notices, key=lambda notice: (notice.notice_id, notice.issued_on)))
    refuse(find_problems([(None, notice) for notice in history], areas))
    gathered = by_current_unit(standing(history, as_of), _followed(policy, areas), as_of)
    units = {
        unit: tuple(
            sorted(
                gathered[unit],
                key=lambda notice: (notice.period.first, notice.matter[2].digits, notice.notice_id),
            )
        )
        for unit in sorted(gathered)
    }
    found, problems = [], list[AntipovertyError]()
    for unit, rule in itertools.product(units, policy.rules):
        try:
            found += list(_unit_by_rule(unit, units[unit], rule, as_of))
        except ConflictingNoticesError as problem:
            problems.append(problem)
    refuse(problems)
    ledger = tuple(one for one in found if isinstance(one, Entry))
    return Board(
        policy=policy,
        as_of=as_of,
        ledger=ledger,
        accounts=tuple(_accounts(ledger, policy)),
        waiting=tuple(one for one in found if isinstance(one, Waiting)),
        history=history,
        areas=areas,
        units=Frozen(units),
    )


def _followed(policy: AssessmentPolicy, areas: AreaTree | None) -> AreaTree | None:
    return areas if policy.successors == "follow" else None


def _rule(policy: AssessmentPolicy, name: str) -> RunRule:
    for rule in policy.rules:
        if rule.id == name:
            return rule
    raise LookupError(phrase("policy {id} has no rule {name!r}", id=policy.id, name=name))


def _unit_by_rule(
    unit: AreaCode, notices: Iterable[Notice], rule: RunRule, as_of: date
) -> Iterable[Entry | Waiting]:
    """Walk each series of a unit and note what scores and what waits."""
    series = series_of(notices, rule)
    for level in sorted(series, key=lambda level: level.digits if level else 0):
        for stretch in stretches(series[level], rule):
            for step in walk(stretch, rule, as_of):
                if isinstance(step, Period):
                    yield Waiting(unit, rule.id, level, step, waits_until(step, rule))
                elif (entry := _score(unit, level, step, rule, as_of)) is not None:
                    yield entry


def _score(
    unit: AreaCode, level: Level | None, run: Run, rule: RunRule, as_of: date
) -> Entry | None:
    """The score that the last period of a run earns, if it earns one of any worth."""
    nth = nth_score(run.length, rule)
    if not nth or not (
        rule.commended if run.verdict is NoticeVerdict.COMMENDED else rule.criticised
    ):
        return None
    window = run.marks[-rule.length :]
    year = year_of(window, rule)
    age = age_of(window[-1].period, year, as_of)
    return Entry(
        unit=unit,
        rule=rule.id,
        effect=rule.effect,
        verdict=run.verdict,
        level=level,
        year=year,
        periods=tuple(mark.period for mark in window),
        run_length=run.length,
        amount=points(worth(run.verdict, nth, age, rule)),
        notices=tuple(name for mark in window for name in mark.notices),
    )


def _accounts(ledger: Iterable[Entry], policy: AssessmentPolicy) -> Iterable[Account]:
    places = {rule.id: place for place, rule in enumerate(policy.rules)}

    def whose(entry: Entry) -> tuple[AreaCode, int, int]:
        return entry.unit, places[entry.rule], entry.year

    for (unit, place, year), lines in itertools.groupby(sorted(ledger, key=whose), key=whose):
        rule = policy.rules[place]
        sums = total((int(line.amount * 100) for line in lines), rule)
        yield Account(unit, rule.id, rule.effect, year, *(points(amount) for amount in sums))


def _change(earlier: Board, later: Board, before: Entry | None, after: Entry | None) -> Change:
    entry = after or before
    assert entry is not None  # noqa: S101 - a key comes from one of the two
    moved = _involved(later, entry) ^ _involved(earlier, entry)
    names = tuple(sorted(notice.notice_id for notice in moved))
    return Change(before, after, names, reasons(earlier, later, moved))


def _involved(board: Board, entry: Entry) -> set[Notice]:
    """The notices standing on a board that can have formed a line of the ledger."""
    return {
        notice
        for notice in board._units.get(entry.unit, ())
        if notice.period.cadence is entry.completed.cadence
        and notice.period <= entry.completed
        and entry.level in (None, notice.level)
    }
