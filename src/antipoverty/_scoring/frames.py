"""The same assessment from a frame: every unit and period at once, equal to the reference."""

from __future__ import annotations

from datetime import date
from typing import Any

import attrs
import narwhals as nw
import polars as pl
from narwhals.typing import IntoFrame

from antipoverty._base.days import days
from antipoverty._base.driver import brought
from antipoverty._base.frames import frame_kind, to_native
from antipoverty._scoring import texts
from antipoverty._scoring.board import Board, assess
from antipoverty._scoring.coding import (
    COMMENDED,
    LEVEL_OF,
    LEVELS,
    ORDINAL_OF,
    UNIT_OF,
    Coded,
    code,
    typed,
)
from antipoverty._scoring.notices import Notice, NoticeVerdict, current_units
from antipoverty._scoring.policy import AssessmentPolicy, RunRule
from antipoverty._scoring.runs import waits_until
from antipoverty._scoring.vector import Calendar, rows_of, scored, totals, walked
from antipoverty.codes import AreaCode
from antipoverty.errors import AntipovertyError, ConflictingNoticesError, InvalidNoticesError
from antipoverty.model import AreaTree


@attrs.frozen(eq=False, repr=False)
class BoardFrames:
    """An assessment in bulk; `assess_frame` makes it.

    Each frame is of the kind that came in. Amounts are whole hundredths of a point.

    Attributes:
        ledger: ``unit, rule, level, verdict, year, first_period, completed,
            run_length, hundredths``: one row for each score, by rule, unit, level
            and period. ``level`` is null when levels count together.
        accounts: ``unit, rule, year, added, deducted, total``, in hundredths; ``total``
            is after offset, cap and floor.
        waiting: ``unit, rule, level, period, until``: the series that stand still.
        policy: The policy.
        as_of: The day.
    """

    ledger: Any
    accounts: Any
    waiting: Any
    policy: AssessmentPolicy
    as_of: date
    _notices: pl.DataFrame
    _areas: AreaTree | None

    def __repr__(self) -> str:
        status = ", illustrative" if self.illustrative else ""
        return f"<BoardFrames {self.as_of}, policy {self.policy.id}{status}>"

    @property
    def illustrative(self) -> bool:
        """Whether no authority's document stands behind the points."""
        return self.policy.illustrative

    @property
    def note(self) -> str:
        """Whose the points are, for the head of a table."""
        return texts.status(self.policy, "en")

    def board(self, unit: str) -> Board:
        """The reference's board of one unit, with periods, notices and explanation.

        A unit without a notice has an empty board.
        """
        follow = self._areas if self.policy.successors == "follow" else None
        asked = {AreaCode(unit), *current_units(AreaCode(unit), follow, self.as_of)}
        units = [
            one
            for one in self._notices["unit"].unique().to_list()
            if asked & {one, *current_units(AreaCode(one), follow, self.as_of)}
        ]
        rows = self._notices.filter(pl.col("unit").is_in(units))
        notices = [
            Notice.model_validate({name: one for name, one in row.items() if one is not None})
            for row in rows.iter_rows(named=True)
        ]
        return assess(notices, self.policy, as_of=self.as_of, areas=self._areas)


@days
def assess_frame(
    frame: IntoFrame,
    policy: AssessmentPolicy,
    *,
    as_of: date,
    areas: AreaTree | None = None,
) -> BoardFrames:
    """Assess every unit and period of a frame at once.

    Args:
        frame: Any frame Narwhals reads, one row for each notice, in any order:
            ``notice_id, unit, period, verdict, level`` as text, ``issued_on`` as a day,
            and, if wanted, ``replaces`` and ``reason`` as text or null. Other columns are
            left alone. Lazy and remote frames are collected, from Spark no more than
            2,000,000 rows.
        policy: The rules and every open choice.
        as_of: The day the answer is for.
        areas: As for `assess`.

    Returns:
        Ledger, accounts and waiting as frames of the kind that came in.

    Raises:
        InvalidNoticesError: See `assess`; or a column that is not text.
        MissingColumnError: The frame lacks a column.
        FrameTooLargeError: More rows would come to Spark's driver.

    Source:
        Agrees with `assess`, the reference, on every history and under every choice.
    """
    back = frame_kind(frame), getattr(frame, "sparkSession", None)  # Spark's frames know theirs
    given = nw.from_native(frame)
    eager = brought(given) if isinstance(given, nw.LazyFrame) else given
    notices = typed(eager.to_polars())
    follow = areas if policy.successors == "follow" else None
    coded = code(notices, as_of=as_of, areas=areas, followed=follow)
    parts, problems = [], list[AntipovertyError]()
    for rule in policy.rules:
        try:
            parts.append(_by_rule(coded, rule, as_of))
        except ConflictingNoticesError as problem:
            problems.append(problem)
    if problems:
        raise InvalidNoticesError("the notices cannot be used", problems)
    ledger, accounts, waiting = (pl.concat(tables) for tables in zip(*parts, strict=True))
    return BoardFrames(
        ledger=to_native(ledger, *back),
        accounts=to_native(accounts, *back),
        waiting=to_native(waiting, *back),
        policy=policy,
        as_of=as_of,
        notices=notices.table,
        areas=areas,
    )


def _by_rule(
    coded: Coded, rule: RunRule, as_of: date
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    rows = rows_of(coded, rule)
    calendar = Calendar.of(rows, rule)
    counting, pending = walked(rows, rule, calendar, as_of)
    lines = scored(counting, rule, calendar, as_of)
    units = pl.Series(coded.units, dtype=pl.String)
    level = _texts([one.value for one in LEVELS], LEVEL_OF)
    if rule.issuers == "together":
        level = pl.lit(None, pl.String)
    whose = (_texts(units, UNIT_OF).alias("unit"), pl.lit(rule.id).alias("rule"))
    ledger = lines.select(
        *whose,
        level=level,
        verdict=pl.when(pl.col("verdict") == COMMENDED)
        .then(pl.lit(NoticeVerdict.COMMENDED.value))
        .otherwise(pl.lit(NoticeVerdict.CRITICISED.value)),
        year="year",
        first_period=calendar.texts(pl.col("first")),
        completed=calendar.texts(ORDINAL_OF),
        run_length="length",
        hundredths="worth",
    )
    accounts = totals(lines, rule).select(
        _texts(units, pl.col("unit")).alias("unit"), whose[1], "year", "added", "deducted", "total"
    )
    waiting = pending.select(
        *whose,
        level=level,
        period=calendar.texts(ORDINAL_OF),
        until=calendar.look_up(
            ORDINAL_OF, (waits_until(one, rule) for one in calendar.periods), pl.Date()
        ),
    )
    return ledger, accounts, waiting


def _texts(names: Any, places: pl.Expr) -> pl.Expr:
    return pl.lit(pl.Series(names, dtype=pl.String)).gather(places)
