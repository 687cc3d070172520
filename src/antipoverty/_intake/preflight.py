"""The preflight (预检): what came, what is wrong with it, and what answers it will cause.

It reads everything, writes nothing, and says by its exit code whether to go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import attrs
import polars as pl

from antipoverty._base.days import days
from antipoverty._base.documents import plain
from antipoverty._base.frozen import Frozen
from antipoverty._intake.checks import FINDINGS, Finding, check_tables
from antipoverty._intake.columns import ColumnCheck, check_columns
from antipoverty._intake.dictionary import tables_needed
from antipoverty._intake.foretold import Freshness, Outcome
from antipoverty._intake.mapping import Mapping as Intended
from antipoverty._intake.page import page_of
from antipoverty._intake.plausible import Plausible, read_plausible
from antipoverty._intake.read import read
from antipoverty._intake.report import IntakeReport
from antipoverty._intake.told import (
    EXAMPLES_ONLY,
    VERDICTS,
    columns_told,
    finding,
    freshness,
    outcome,
    section,
)
from antipoverty.conditions import tables_read
from antipoverty.errors import InvalidArgumentError
from antipoverty.languages import Language, Voice, current
from antipoverty.model import AreaTree, Household, schema_of
from antipoverty.report import Page
from antipoverty.rules import Pack
from antipoverty.screening import Tables, screen

GO_ON, LOOK_FIRST, UNUSABLE = 0, 1, 2


@attrs.frozen
class Preflight:
    """All that was found before anything is judged (预检报告).

    Attributes:
        rows: What became of every row.
        columns: Every column of every source.
        findings: What does not fit together.
        deliveries: How old what came is; empty without a day.
        outcome: What answers it will cause; ``None`` without a pack.
        pack: The pack, for the titles of rules and facts.
        as_of: The day of the answer.
        plausible: The bounds that units were checked by.
    """

    rows: IntakeReport
    columns: tuple[ColumnCheck, ...] = attrs.field(repr=False)
    findings: tuple[Finding, ...]
    deliveries: tuple[Freshness, ...] = ()
    outcome: Outcome | None = None
    pack: Pack | None = attrs.field(default=None, repr=False)
    as_of: date | None = None
    plausible: Plausible = attrs.field(factory=read_plausible, repr=False)

    @property
    def exit_code(self) -> int:
        """0: go on. 1: look first. 2: it cannot be used."""
        outcome = self.outcome
        if self.rows.exit_code == UNUSABLE or (outcome is not None and not outcome.judged):
            return UNUSABLE
        wrong = any(not one.note for one in self.findings) or any(
            not one.sound for one in self.columns
        )
        aside = outcome is not None and bool(outcome.set_aside)
        return LOOK_FIRST if wrong or aside or self.rows.exit_code else GO_ON

    def report(self) -> Page:
        """Lay it out as a report that opens anywhere (预检报告); it shows no cell.

        Raises:
            MissingExtraError: Jinja2 is not installed, when the page is written.
        """
        return page_of(self)

    def as_json(self) -> dict[str, Any]:
        """The whole of it as plain data."""
        outcome = self.outcome
        return self.rows.as_json() | {
            "exit_code": self.exit_code,
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
            "pack": None if self.pack is None else self.pack.id,
            "bounds": {"status": self.plausible.status, "source": self.plausible.source},
            "columns": [_column(one) for one in self.columns],
            "findings": [
                plain(one) | {"zh": FINDINGS[one.kind].zh, "en": FINDINGS[one.kind].en}
                for one in self.findings
            ],
            "deliveries": [plain(one) for one in self.deliveries],
            "outcome": None
            if outcome is None
            else {
                **plain(attrs.evolve(outcome, rules=Frozen(), facts=Frozen(), set_aside=Frozen())),
                "rules": [{"rule": rule, "undecided": n} for rule, n in outcome.rules.items()],
                "facts": [{"fact": fact, "undecided": n} for fact, n in outcome.facts.items()],
                "set_aside": [
                    {"table": table, "reason": reason, "field": field, "rows": rows}
                    for (table, reason, field), rows in sorted(outcome.set_aside.items())
                ],
            },
        }


def _column(one: ColumnCheck) -> dict[str, Any]:
    share = one.share
    told: dict[str, Any] = plain(one)
    return told | {"share": None if share is None else round(share, 4)}


def explain(found: Preflight, language: Language | None = None) -> str:
    """Write a preflight as lines of text, Chinese or English."""
    language = current(language, "zh")
    say = Voice(language)
    lines = [
        f"{say('预检：', 'Preflight: ')}{VERDICTS[found.exit_code][say.language]}",
        found.rows.explain(say.language),
        *section(say("列", "Columns"), columns_told(found.columns, say)),
        *section(
            say("对不上的地方", "What does not fit"),
            (finding(one, say.language) for one in found.findings),
        ),
        *section(
            say("交付", "Deliveries"), (freshness(one, say.language) for one in found.deliveries)
        ),
    ]
    if found.outcome is not None and found.pack is not None:
        title = say("判定 ", "Answers on ") + str(found.as_of)
        lines += section(title, outcome(found.outcome, found.pack, say.language))
    bounded = any(one.spread is not None and one.spread.low is not None for one in found.columns)
    if bounded and found.plausible.status == "illustrative":
        lines.append(EXAMPLES_ONLY[say.language])
    return "\n".join(lines)


@days
def preflight(
    mapping: Intended,
    folder: str | Path = ".",
    *,
    pack: Pack | None = None,
    as_of: date | None = None,
    areas: AreaTree | None = None,
    key: bytes | None = None,
    model: type[Household] | None = None,
    plausible: Plausible | None = None,
    progress: Callable[[str], None] | None = None,
) -> Preflight:
    """Read everything, write nothing, and say what is wrong and what it will cause.

    Guesses that nobody has confirmed are read as they stand: looking is what they need.

    Args:
        mapping: What the files hold.
        folder: Where their relative paths begin.
        pack: The policy whose answers are foretold; it needs the day.
        as_of: The day of the answer.
        areas: The known areas.
        key: The secret under which persons are matched.
        model: The model whose facts are read; the pack's by default.
        plausible: The bounds that units are checked by; those shipped are examples.
        progress: Called with each source's id before it is read.

    Raises:
        InvalidArgumentError: A pack is given and no day; also as of `read`.
        UnreadableSourceError: A file, sheet or header is not there.
    """
    if pack is not None and as_of is None:
        raise InvalidArgumentError("give the day of the answer with the pack: as_of")
    model = model or (Household if pack is None else pack.model)
    schema = schema_of(model) if pack is None else pack.schema
    bounds = plausible or read_plausible()
    intake = read(
        mapping,
        folder,
        areas=areas,
        key=key,
        model=model,
        accept_guesses=True,
        progress=progress,
    )
    columns = [
        one
        for source in mapping.sources
        for one in check_columns(source, Path(folder), schema, bounds)
    ]
    deliveries = tuple(_freshness(mapping, as_of, bounds.stale_days)) if as_of else ()
    findings = [
        *check_tables(intake.tables, schema, as_of=as_of, areas=areas),
        *_of_deliveries(mapping, deliveries),
    ]
    outcome = None
    if pack is not None and as_of is not None:
        outcome = _outcome(intake.tables, pack, as_of, areas)
    return Preflight(
        intake.report,
        tuple(columns),
        tuple(findings),
        deliveries,
        outcome,
        pack,
        as_of,
        bounds,
    )


def _freshness(mapping: Intended, as_of: date, stale_days: int) -> Iterator[Freshness]:
    for source in mapping.sources:
        form = source.delivery
        if form is not None:
            days = (as_of - form.last).days
            yield Freshness(
                source.id,
                source.department,
                form.kinds,
                form.last,
                form.received,
                days,
                stale=days > stale_days,
            )


def _of_deliveries(mapping: Intended, deliveries: tuple[Freshness, ...]) -> Iterator[Finding]:
    for one in deliveries:
        if one.stale:
            yield Finding("stale", one.source, None, one.days, one.days, more=one.last.isoformat())
    for source in mapping.sources:
        if source.rows == "records" and source.delivery is None:
            yield Finding("no-delivery", source.id, None, 1, 1)


def _outcome(
    tables: Tables[pl.DataFrame], pack: Pack, as_of: date, areas: AreaTree | None
) -> Outcome:
    """Screen the tables, or say which rules stop that."""
    given = tables["households"].height
    lacking = tuple(one for one in tables_needed(pack) if one not in tables)
    if lacking:
        stopped = sorted(
            rule.id for rule in pack.on(as_of).rules if {*tables_read(*rule.trees)} & {*lacking}
        )
        return Outcome(given, lacking=lacking, stopped=tuple(stopped))
    screening = screen(tables, pack, as_of=as_of, areas=areas)
    verdicts = dict(screening.alerts["verdict"].value_counts().iter_rows())
    waiting = screening.undecided()
    open_ = screening.alerts.filter(pl.col("verdict") == "undecided")
    return Outcome(
        given,
        judged=screening.households,
        warn=verdicts.get("warn", 0),
        undecided=verdicts.get("undecided", 0),
        rules=_most(open_, "rule_id"),
        facts=_most(waiting, "fact"),
        set_aside=Frozen(dict(screening.rejected_counts)),
    )


def _most(frame: pl.DataFrame, column: str) -> Mapping[str, int]:
    counts = frame.group_by(column).len().sort(["len", column], descending=[True, False])
    return Frozen(dict(counts.iter_rows()))
