"""What a case holds, as facts for judging signals together."""

from __future__ import annotations

from collections.abc import Iterator

from antipoverty._casework.cases import Case
from antipoverty.judgement import Signal
from antipoverty.rules import Pack


def facts_of(case: Case, pack: Pack) -> Iterator[Signal]:
    """Give a case's signals, measures and states as facts.

    Args:
        case: The case.
        pack: The policy whose rules warned; it tells severity and category.

    Yields:
        For each signal the first and the latest day it came, as ``alert`` or
        ``undecided``; for each measure a ``measure``; for each state reached a ``state``.
    """
    for signal in case.signals:
        rule = pack.rules.get(signal.rule)
        for day in sorted({signal.first, signal.last}):
            yield Signal(
                id=f"{signal.rule}@{day}",
                household_id=case.id,
                kind="undecided" if signal.verdict == "undecided" else "alert",
                name=signal.rule,
                on=day,
                area=case.area,
                department=signal.department or None,
                risk=signal.risk or None,
                category=rule.category if rule else None,
                severity=rule.severity if rule else None,
            )
    for number, measure in enumerate(case.measures):
        yield Signal(
            id=f"measure-{number}@{measure.on}",
            household_id=case.id,
            kind="measure",
            name=measure.id,
            on=measure.on,
            area=case.area,
            risk=measure.risk,
        )
    for state, day in case.reached.items():
        yield Signal(
            id=f"state-{state}@{day}",
            household_id=case.id,
            kind="state",
            name=state,
            on=day,
            area=case.area,
        )
