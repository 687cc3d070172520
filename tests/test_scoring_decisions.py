"""The page of decisions is run as it stands: every row, through both engines."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import attrs
import pytest

from antipoverty.errors import InvalidNoticesError
from antipoverty.periods import Period
from antipoverty.scoring import AssessmentPolicy, Board, Notice, NoticeVerdict, RunRule, assess
from antipoverty.scoring import assess_frame as bulk
from scoring_histories import AREAS, bulk_tables, frame_of, tables_of

PAGE = Path(__file__).parent.parent / "docs/reference/double-consecutive-decisions.md"
SIGNS = {"+": NoticeVerdict.COMMENDED, "-": NoticeVerdict.CRITICISED, "0": NoticeVerdict.NEITHER}
NOTICE = re.compile(
    r"(?:(?P<unit>\d{6}) )?(?P<period>[\dWQH-]+?) (?P<what>withdrawn|(?:corrected to )?[-+0])"
    r"(?: by (?P<level>\w+))?(?: on (?P<day>[\d-]+))?"
)


@attrs.frozen
class Row:
    """One row of the page."""

    case: str
    notices: tuple[Notice, ...]
    policy: AssessmentPolicy
    as_of: date
    answer: tuple[str, ...]
    with_units: bool


def rows() -> list[Row]:
    """Every row of every table whose first column is ``case``."""
    found = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 4 and cells[0] not in ("case", "---"):
            found.append(_row(*cells))
    return found


def _row(case: str, told: str, chosen: str, answer: str) -> Row:
    notices: list[Notice] = []
    for text in told.split(";"):
        match = NOTICE.fullmatch(text.strip())
        assert match, f"{case}: cannot read {text!r}"
        period, level = Period.parse(match["period"]), match["level"] or "province"
        what = match["what"]
        matter = match["unit"] or "610703", period, level
        earlier = [n for n in notices if (n.unit, n.period, n.level.value) == matter]
        first = what in SIGNS
        notices.append(
            Notice(
                notice_id=f"n{len(notices)}",
                unit=matter[0],
                period=period,
                level=level,
                verdict=NoticeVerdict.WITHDRAWN if what == "withdrawn" else SIGNS[what[-1]],
                issued_on=match["day"] or period.last,
                replaces=None if first else earlier[-1].notice_id,
            )
        )
    choices = {"cadence": notices[0].period.cadence.value}
    as_of, successors = date(2030, 12, 31), "follow"
    for text in filter(None, (one.strip() for one in chosen.split(","))):
        if text.startswith("as of "):
            as_of = date.fromisoformat(text.removeprefix("as of "))
        else:
            name, value = text.split(" = ")
            choices[name] = value
    successors = choices.pop("successors", "follow")
    numbers = {n: int(choices[n]) for n in ("length", "pending_days") if n in choices}
    rule = RunRule.model_validate({"id": "rule", "effect": "routine-points", **choices, **numbers})
    policy = AssessmentPolicy.model_validate({"successors": successors, "rules": (rule,)})
    tokens = tuple(sorted(one.strip() for one in answer.split(";")))
    return Row(case, tuple(notices), policy, as_of, tokens, bool(re.match(r"\d{6}", told)))


def _amount(value: Decimal) -> str:
    return f"{value.normalize() + 0:+f}"


def answer_of(board: Board, row: Row) -> tuple[str, ...]:
    """A board in the words of the page."""
    words = []
    for entry in board.ledger:
        unit = f"{entry.unit}: " if row.with_units else ""
        year = "" if entry.year == entry.completed.year else f" for {entry.year}"
        words.append(f"{unit}{_amount(entry.amount)} in {entry.completed}{year}")
    words += [f"waits for {one.period} until {one.until}" for one in board.waiting]
    if any("comes to" in token for token in row.answer):
        words += [f"{one.year} comes to {_amount(one.total)}" for one in board.accounts]
    return tuple(sorted(words)) or ("nothing",)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.case)
def test_each_row_of_the_page_is_what_happens(row: Row) -> None:
    """The reference gives the answer of the page, and the bulk engine that of the reference."""
    if row.answer[0].startswith("error: "):
        code = re.escape(f"[{row.answer[0].removeprefix('error: ')}]")
        with pytest.raises(InvalidNoticesError, match=code):
            assess(row.notices, row.policy, as_of=row.as_of, areas=AREAS)
        with pytest.raises(InvalidNoticesError, match=code):
            bulk(frame_of(row.notices), row.policy, as_of=row.as_of, areas=AREAS)
        return
    board = assess(row.notices, row.policy, as_of=row.as_of, areas=AREAS)
    assert answer_of(board, row) == row.answer
    frames = bulk(frame_of(row.notices), row.policy, as_of=row.as_of, areas=AREAS)
    assert bulk_tables(frames) == tables_of(board)


def test_the_page_names_every_choice() -> None:
    """No choice of a rule is without a row."""
    text = PAGE.read_text(encoding="utf-8")
    told = {"counts", "across_years", "belongs_to", "without_notice", "neither", "both_verdicts"}
    told |= {"issuers", "offset", "decay"}
    for name in told:
        choices = RunRule.model_json_schema()["properties"][name]["enum"]
        for choice in choices:
            default = RunRule.model_fields[name].default
            assert f"{name} = {choice}" in text or choice == default, f"{name} = {choice}"
