"""Alerts become cases: one for each household, whatever the number of files and departments."""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Self

import attrs
import narwhals as nw
from dateutil.relativedelta import relativedelta

from antipoverty._base.days import as_day
from antipoverty._base.frozen import Frozen
from antipoverty._base.opaque import opaque, quoted
from antipoverty._base.rows import Holds, place_fault, refuse, rows_of
from antipoverty._casework.arguments import checked
from antipoverty._casework.book import Book, Writer
from antipoverty._casework.cases import Case, Signal
from antipoverty._casework.events import Event
from antipoverty._casework.fold import merged
from antipoverty._casework.returns import Opened, Tally, came_of, gravest
from antipoverty._policy.workflow import Workflow
from antipoverty.errors import AntipovertyError, FieldError, did_you_mean, phrase
from antipoverty.rules import Pack
from antipoverty.screening import line_id

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
    judged: Any = None,
    by: str = "platform",
) -> tuple[Book, tuple[Event, ...], Opened]:
    """Turn the alerts of a screening into cases, one for each household.

    Alerts of several departments are merged. An alert that comes again adds evidence and
    opens no paperwork; the same file delivered twice changes nothing, nor does an older
    one after a newer. A household with open questions only becomes a visit for its keeper.
    A warning or a question on a closed case opens it again, unless it was known and the
    quiet time of that outcome lasts: see `Opened` for the three ways.

    Args:
        book: The book.
        alerts: A frame of ``household_id, area, rule_id, verdict``, as screening gives it.
        as_of: The day of the screening.
        undecided: A frame of ``household_id, rule_id, fact``, as `Screening.undecided`
            gives it; the facts are listed for the keeper.
        judged: A frame of ``household_id``: every household that was judged by all rules,
            as `Screening.judged` gives it. With it lines whose answer came no more are
            withdrawn; without it they end when they have lapsed.
        by: Who delivers.

    Returns:
        The next book, the events, and what became of every row.

    Raises:
        InvalidFileError: Rows that cannot be used, all of them; nothing was taken.
        MissingColumnError: A column is missing.
        FrameTooLargeError: More than 2,000,000 rows would come to Spark's driver.
        PersonalValueError: Who delivers looks like a personal value.
    """
    read = Alerts.read(alerts, book.pack, undecided)
    return open_read(book, read, as_of=as_of, by=by, judged=judged)


@attrs.frozen
class Alerts:
    """Alerts and open questions, read from their frames.

    Attributes:
        verdicts: The verdict of each rule, by household.
        places: Where each household is.
        facts: The facts that would settle a question, by household and rule.
        doubled: How often a row stands again, by household and rule.
    """

    verdicts: Mapping[str, Mapping[str, str]]
    places: Mapping[str, str]
    facts: Mapping[tuple[str, str], Collection[str]]
    doubled: Mapping[tuple[str, str], int]

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
                    problems.append(
                        FieldError("undecided row {number}: {said}", number=number, said=said)
                    )
                else:
                    facts[household, rule].add(fact)
        grouped: dict[str, dict[str, str]] = defaultdict(dict)
        places: dict[str, str] = {}
        doubled: Counter[tuple[str, str]] = Counter()
        for number, (wrong, row) in enumerate(rows_of(alerts, _COLUMNS), 1):
            household, area, rule, verdict = row
            fault = wrong or place_fault(household, area) or _fault(rule, verdict, pack.rules)
            if fault:
                problems.append(FieldError("row {number}: {fault}", number=number, fault=fault))
            elif places.setdefault(household, area) != area:
                said = phrase(
                    "row {number}: the household stands in another area above", number=number
                )
                problems.append(FieldError(said))
            else:
                answers = grouped[household]
                doubled[household, rule] += rule in answers
                if answers.get(rule) != "warn":
                    answers[rule] = verdict
        refuse(problems, "the alerts cannot be taken")
        return cls(grouped, places, facts, doubled)


def open_read(
    book: Book, alerts: Alerts, *, as_of: date, by: str, judged: Any = None
) -> tuple[Book, tuple[Event, ...], Opened]:
    """Turn alerts that were read into cases; see `open_cases`."""
    as_of = as_day(as_of)
    opaque(by, "who delivers")
    known = book.pack.rules
    writer, tally = Writer(book), Tally()
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
        signal(writer, household, alerts.places[household], signals, as_of, by, tally=tally)
        for one in signals:
            if more := alerts.doubled.get((household, one.rule), 0):
                tally.count([one], "evidence", again=True, times=more)
    if judged is not None:
        _withdraw(writer, alerts, judged, as_of, by)
    after, events = writer.result()
    return after, events, tally.result(len(events))


def _withdraw(writer: Writer, alerts: Alerts, judged: Any, on: date, by: str) -> None:
    """End the lines of households that were judged and whose signal did not come again."""
    standing = {
        id_: mine
        for id_, case in writer.book.cases.items()
        if (mine := [one for one in case.lines if one.ended is None and one.kind != "report"])
        and writer.book.is_open(case)
    }
    named = nw.col("household_id").is_in([*standing])
    found = nw.from_native(judged).lazy().select("household_id").filter(named).collect("polars")
    for household in sorted({*found["household_id"].to_list()}):
        answers = alerts.verdicts.get(household, {})
        case = writer.case(household)
        gone = [
            one.id
            for one in (case.lines if case else ())
            if one.ended is None and one.out < on and one.kind != "report"
            and one.rule not in answers
        ]  # fmt: skip
        if gone:
            writer.on_case(household, "ended", on, by, {"ended": gone})


def _question_fault(household: Any, rule: Any, fact: Any, pack: Pack) -> str | None:
    """Say what is wrong with an open question: whatever it names enters the register."""
    if not (household and rule and fact):
        return phrase("the household, the rule or the fact is missing")
    if rule not in pack.rules:
        return phrase(
            "{quoted} is no rule of the pack{near}",
            quoted=quoted(rule),
            near=did_you_mean(str(rule), pack.rules),
        )
    return None if fact in _facts(pack, rule) else phrase("its fact is none that the rule reads")


@functools.lru_cache(maxsize=4_096)
def _facts(pack: Pack, rule: str) -> frozenset[str]:
    """What can be missing for a rule.

    The facts it reads, sizes, least or greatest values, and rows that did not come: of a
    table as a whole, or of one sort.
    """
    texts: set[str] = {"size"}
    nodes: list[Any] = [pack.rules[rule].when]
    while nodes:
        node = nodes.pop()
        nodes += node.parts
        texts.add(str(node))
    tables = pack.schema.tables.values()
    days = {f"{table.name}.{field}" for table in tables for field in table.fields}
    rows = {f"{table.name}[{sort}]" for table in tables if table.sort for sort in (*pack.kinds, "")}
    whole = {str(table.name) for table in tables}
    return frozenset({*texts, *days, *rows, *whole, *pack.schema.household.fields})


def _fault(rule: Any, verdict: Any, known: Mapping[str, Any]) -> str | None:
    if not rule or not verdict:
        return phrase("the {how} is missing", how="verdict" if rule else "rule")
    if rule not in known:
        return phrase(
            "{quoted} is no rule of the pack{near}",
            quoted=quoted(rule),
            near=did_you_mean(str(rule), known),
        )
    return (
        None
        if verdict in ("warn", "undecided")
        else phrase("{quoted} is no verdict of an alert", quoted=quoted(verdict))
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
    heard: bool = False,
    tally: Tally | None = None,
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
        heard: Whether a closed case is opened whatever it was closed for.
        tally: Where it is counted what became of the signals.
        **more: What else the event holds.
    """
    flow, tally = writer.book.workflow, tally or Tally()
    household = writer.at_last(household)
    case = writer.case(household)
    if case is None:
        tally.opened("new")
        tally.count(signals, "new")
        data = {"area": area, "to": _target(flow, signals)}
        data |= _handed(flow, None, household, signals, on)
        _write(writer, household, "opened", on, by, signals, data | more)
        return
    gone = [one for one in signals if one.last <= case.lifted.get(one.rule, date.min)]
    tally.count(gone, "quiet", again=True)
    signals = [one for one in signals if one not in gone]
    if gone and not signals and not more:
        return
    same = [one for one in signals if _is_known(case, one)]
    was_open = writer.book.is_open(case)
    if not more and len(same) == len(signals):
        tally.count(same, "evidence" if was_open else "quiet", again=True)
        return
    data, fresh = _opening(flow, case, signals, on, heard=heard, is_open=was_open)
    if fresh:
        kind, data = "reopened", data | {"area": area}
        tally.opened(data["came"])
        tally.count(fresh, "new" if data["came"] == "new" else "reopened")
    for one in signals:
        if one not in fresh:
            tally.count([one], "evidence" if was_open or fresh else "quiet", again=one in same)
    if was_open or fresh:
        data |= _handed(flow, case if was_open else None, household, signals, on)
    _write(writer, household, kind, on, by, signals, data | more)


def _handed(
    flow: Workflow, case: Case | None, household: str, signals: Sequence[Signal], on: date
) -> dict[str, Any]:
    """The lines that go out with signals, those that change, and those that graver ones end.

    A signal that stands since the last list is the same line. One that is graver, or that had
    ended, is a new one, which nobody has taken yet.
    """
    out, changed, ended = [], [], []
    lapse = relativedelta(months=flow.handover.lapse if flow.handover else 2)
    before = {} if case is None else {one.rule: one for one in case.signals}
    for one in signals:
        line = None if case is None else case.line_of(one.rule)
        known = before.get(one.rule, one)
        if line is None or not known.covers(one) or on >= known.last + lapse:
            out.append([line_id(household, one.rule, on), one.rule])
            ended += [] if line is None else [line.id]
        elif known.verdict == one.verdict and known.facts != one.facts and known.last <= one.last:
            changed.append(line.id)
    found = {"out": out, "changed": changed, "ended": ended}
    return {word: ids for word, ids in found.items() if ids}


def _write(
    writer: Writer,
    household: str,
    kind: str,
    on: date,
    by: str,
    signals: Sequence[Signal],
    data: Mapping[str, Any],
) -> None:
    """Put signals down as one event."""
    writer.on_case(
        household, kind, on, by, {"signals": [_plain(one, on) for one in signals], **data}
    )


def _is_known(case: Case, one: Signal) -> bool:
    """Whether a signal says nothing that the case does not know."""
    known = tuple(each for each in case.signals if each.rule == one.rule)
    return bool(known) and merged(known, (one,), case.opened) == known


def _opening(
    flow: Workflow, case: Case, signals: Sequence[Signal], on: date, *, heard: bool, is_open: bool
) -> tuple[dict[str, Any], list[Signal]]:
    """Where signals bring a case, and why; of a closed one, which of them open it again."""
    if not is_open:
        came = {one.rule: came_of(flow, case, one, on, heard=heard) for one in signals}
        fresh = [one for one in signals if came[one.rule]]
        why = [reason for one in fresh if (reason := came[one.rule])]
        return ({"to": _target(flow, fresh), "came": gravest(why)} if fresh else {}), fresh
    if case.state != flow.unverified:
        return {}, []
    data = {"to": _target(flow, signals)}
    warned = any(one.verdict != "undecided" for one in signals)
    if warned and case.past and case.past[-1].state in flow.safe:
        data["came"] = "relapse"
    return data, []


def _target(flow: Workflow, signals: Sequence[Signal]) -> str:
    """Where a case stands that these signals open."""
    questions = all(one.verdict == "undecided" for one in signals)
    return flow.unverified if questions and flow.unverified else flow.alerted


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
