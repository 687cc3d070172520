"""Alerts become cases: one for each household, whatever the number of files and departments."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Self

import attrs
from dateutil.relativedelta import relativedelta

from antipoverty._base.days import as_day
from antipoverty._base.frozen import Frozen
from antipoverty._base.opaque import opaque, quoted
from antipoverty._base.rows import Holds, place_fault, refuse, rows_of
from antipoverty._casework.arguments import checked
from antipoverty._casework.book import Book, Changed, Writer
from antipoverty._casework.cases import Case, Signal
from antipoverty._casework.fold import merged
from antipoverty._policy.workflow import Workflow
from antipoverty.errors import AntipovertyError, FieldError, did_you_mean
from antipoverty.rules import Pack

_COLUMNS: Mapping[str, Holds] = Frozen(
    {"household_id": "text", "area": "text", "rule_id": "text", "verdict": "text"}
)
_QUESTIONS: Mapping[str, Holds] = Frozen(
    {"household_id": "text", "rule_id": "text", "fact": "text"}
)


@checked
def open_cases(
    book: Book,
    alerts: Any,
    *,
    as_of: date,
    undecided: Any = None,
    by: str = "platform",
) -> Changed:
    """Turn the alerts of a screening into cases, one for each household.

    Alerts of several departments are merged. An alert that comes again adds evidence and
    opens no paperwork; the same file delivered twice changes nothing, nor does an older
    one after a newer. A household with open questions only becomes a visit for its keeper.
    A warning or a question on a closed case opens it again, unless it was looked into
    within the workflow's quiet months and found to be nothing.

    Args:
        book: The book.
        alerts: A frame of ``household_id, area, rule_id, verdict``, as screening gives it.
        as_of: The day of the screening.
        undecided: A frame of ``household_id, rule_id, fact``, as `Screening.undecided`
            gives it; the facts are listed for the keeper.
        by: Who delivers.

    Raises:
        InvalidFileError: Rows that cannot be used, all of them; nothing was taken.
        MissingColumnError: A column is missing.
        PersonalValueError: Who delivers looks like a personal value.
    """
    return open_read(book, Alerts.read(alerts, book.pack, undecided), as_of=as_of, by=by)


@attrs.frozen
class Alerts:
    """Alerts and open questions, read from their frames.

    Attributes:
        verdicts: The verdict of each rule, by household.
        places: Where each household is.
        facts: The facts that would settle a question, by household and rule.
    """

    verdicts: Mapping[str, Mapping[str, str]]
    places: Mapping[str, str]
    facts: Mapping[tuple[str, str], Collection[str]]

    @classmethod
    def read(cls, alerts: Any, pack: Pack, undecided: Any = None) -> Self:
        """Read frames; see `open_cases`."""
        problems: list[AntipovertyError] = []
        facts: dict[tuple[str, str], set[str]] = defaultdict(set)
        if undecided is not None:
            questions = enumerate(rows_of(undecided, _QUESTIONS), 1)
            for number, (wrong, (household, rule, fact)) in questions:
                said = wrong or _question_fault(household, rule, fact, pack)
                if said:
                    problems.append(FieldError(f"undecided row {number}: {said}"))
                else:
                    facts[household, rule].add(fact)
        grouped: dict[str, dict[str, str]] = defaultdict(dict)
        places: dict[str, str] = {}
        for number, (wrong, row) in enumerate(rows_of(alerts, _COLUMNS), 1):
            household, area, rule, verdict = row
            fault = wrong or place_fault(household, area) or _fault(rule, verdict, pack.rules)
            if fault:
                problems.append(FieldError(f"row {number}: {fault}"))
            elif places.setdefault(household, area) != area:
                said = f"row {number}: the household stands in another area above"
                problems.append(FieldError(said))
            elif grouped[household].get(rule) != "warn":
                grouped[household][rule] = verdict
        refuse(problems, "the alerts cannot be taken")
        return cls(grouped, places, facts)


def open_read(book: Book, alerts: Alerts, *, as_of: date, by: str) -> Changed:
    """Turn alerts that were read into cases; see `open_cases`."""
    as_of = as_day(as_of)
    opaque(by, "who delivers")
    known = book.pack.rules
    writer = Writer(book)
    for household in sorted(alerts.verdicts):
        signals = [
            Signal(
                rule=rule,
                department=known[rule].department,
                verdict="warn" if verdict == "warn" else "undecided",
                risk=known[rule].risk or "",
                days=(as_of,),
                facts=tuple(sorted(alerts.facts.get((household, rule), ()))),
            )
            for rule, verdict in sorted(alerts.verdicts[household].items())
        ]
        signal(writer, household, alerts.places[household], signals, as_of, by)
    return writer.result()


def _question_fault(household: Any, rule: Any, fact: Any, pack: Pack) -> str | None:
    """Say what is wrong with an open question: whatever it names enters the register."""
    if not (household and rule and fact):
        return "the household, the rule or the fact is missing"
    if rule not in pack.rules:
        return f"{quoted(rule)} is no rule of the pack{did_you_mean(str(rule), pack.rules)}"
    return None if fact in _facts(pack, rule) else "its fact is none that the rule reads"


@functools.lru_cache(maxsize=4_096)
def _facts(pack: Pack, rule: str) -> frozenset[str]:
    """What can be missing for a rule: the facts it reads, sizes, and least or greatest values."""
    texts: set[str] = {"size"}
    nodes: list[Any] = [pack.rules[rule].when]
    while nodes:
        node = nodes.pop()
        nodes += node.parts
        texts.add(str(node))
    tables = pack.schema.tables.values()
    days = {f"{table.name}.{field}" for table in tables for field in table.fields}
    return frozenset({*texts, *days, *pack.schema.household.fields})


def _fault(rule: Any, verdict: Any, known: Mapping[str, Any]) -> str | None:
    if not rule or not verdict:
        return f"the {'verdict' if rule else 'rule'} is missing"
    if rule not in known:
        return f"{quoted(rule)} is no rule of the pack{did_you_mean(str(rule), known)}"
    return (
        None if verdict in ("warn", "undecided") else f"{quoted(verdict)} is no verdict of an alert"
    )


def signal(
    writer: Writer,
    household: str,
    area: str,
    signals: Sequence[Signal],
    on: date,
    by: str,
    *,
    kind: str = "signalled",
    reopen: bool = False,
    **more: Any,
) -> None:
    """Put signals into the case of a household, and open or open again what must be.

    Args:
        writer: Where the event goes.
        household: The household; if its case went on in another, that one takes them.
        area: Where the household is.
        signals: What was signalled.
        on: The day.
        by: Who says so.
        kind: The kind of event for a case that is open.
        reopen: Whether a closed case is opened whatever it was closed for.
        **more: What else the event holds.
    """
    flow = writer.book.workflow
    household = writer.at_last(household)
    case = writer.case(household)
    if case is not None and case.lifted:
        lifted = case.lifted
        signals = [one for one in signals if one.last > lifted.get(one.rule, date.min)]
        if not signals and not more:
            return
    data: dict[str, Any] = {"signals": [_plain(one, on) for one in signals], **more}
    if case is None:
        data |= {"area": area, "to": _target(flow, signals)}
        writer.on_case(household, "opened", on, by, data)
        return
    if not more and merged(case.signals, tuple(signals), case.opened) == case.signals:
        return
    if writer.book.is_open(case):
        if case.state == flow.unverified:
            data["to"] = _target(flow, signals)
    elif fresh := [one for one in signals if reopen or not _answered(flow, case, one, on)]:
        kind = "relapsed"
        data |= {"area": area, "to": _target(flow, fresh)}
    writer.on_case(household, kind, on, by, data)


def _target(flow: Workflow, signals: Sequence[Signal]) -> str:
    """Where a case stands that these signals open."""
    questions = all(one.verdict == "undecided" for one in signals)
    return flow.unverified if questions and flow.unverified else flow.alerted


def _answered(flow: Workflow, case: Case, one: Signal, on: date) -> bool:
    """Whether the closing of a case answers a signal: an earlier one, or one of quiet months.

    Whoever reports itself again is heard again.
    """
    before = next((known for known in case.signals if known.rule == one.rule), None)
    if before is None or not before.covers(one):
        return False
    looked = case.state in flow.detected and one.verdict != "report"
    months = flow.quiet.months if flow.quiet and looked else 0
    until: date = case.entered + relativedelta(months=months)
    return on < until


def _plain(one: Signal, on: date) -> dict[str, Any]:
    """A signal as an event holds it; its days only if they are not the event's."""
    found: dict[str, Any] = {
        "rule": one.rule,
        "department": one.department,
        "verdict": one.verdict,
        "risk": one.risk,
        "facts": list(one.facts),
    }
    return found if one.days == (on,) else found | {"days": [d.isoformat() for d in one.days]}
