"""Notices as whole numbers, so that one sort puts every series in calendar order.

A notice becomes one integer: unit, level, cadence, the period's ordinal, and the
verdict, from the highest digits to the lowest. Two notices follow each other in one
series when their integers, without the verdict, differ by one. Every check of the
reference is made on whole columns; only rows that fail one become objects, so that
the message is the reference's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import attrs
import polars as pl
from pydantic import ValidationError

from antipoverty._base.csvfiles import as_meant, fault
from antipoverty._scoring.notices import (
    COLUMNS,
    LEVEL_WORDS,
    OPTIONAL_COLUMNS,
    VERDICT_WORDS,
    Notice,
    NoticeVerdict,
    current_units,
    find_problems,
)
from antipoverty.codes import AreaCode, Level
from antipoverty.errors import (
    AntipovertyError,
    InvalidCodeError,
    InvalidNoticesError,
    InvalidPeriodError,
    MissingColumnError,
    NoticeError,
    did_you_mean,
)
from antipoverty.model import AreaTree
from antipoverty.periods import Cadence, Period

CRITICISED, NEITHER, COMMENDED, WITHDRAWN = range(4)
VERDICTS = 4
PERIODS = 2**20
CADENCES, LEVELS = tuple(Cadence), tuple(Level)
_SERIES = PERIODS * 8
_UNIT = _SERIES * 8

KEY = pl.col("key")
"""A coded notice without its verdict; the expressions below read its parts."""
UNIT_OF = KEY // _UNIT
LEVEL_OF = KEY // _SERIES % 8
CADENCE_OF = KEY // PERIODS % 8
ORDINAL_OF = KEY % PERIODS
SERIES_OF = KEY // PERIODS
WITHOUT_LEVEL = UNIT_OF * _UNIT + KEY % _SERIES

_VERDICT_CODES = {
    NoticeVerdict.CRITICISED: CRITICISED,
    NoticeVerdict.NEITHER: NEITHER,
    NoticeVerdict.COMMENDED: COMMENDED,
    NoticeVerdict.WITHDRAWN: WITHDRAWN,
}
_PROBLEMS_SHOWN = 100


def ordinal(period: Period) -> int:
    """Number the periods of a cadence without a gap.

    >>> ordinal(Period.parse("2021-W01")) - ordinal(Period.parse("2020-W53"))
    1
    """
    if period.cadence is Cadence.WEEK:
        return (period.first.toordinal() - 1) // 7
    return period.year * (12 // period.cadence.months) + period.index - 1


def period_at(cadence: Cadence, number: int) -> Period:
    """Give the period that has an ordinal."""
    if cadence is Cadence.WEEK:
        return Period.of(date.fromordinal(number * 7 + 1), cadence)
    year, index = divmod(number, 12 // cadence.months)
    return Period(cadence, year, index + 1)


@attrs.frozen(eq=False)
class Coded:
    """The standing notices of a frame.

    Attributes:
        units: The units, sorted; a key holds a place in this list.
        keys: The coded notices, sorted: ``key`` and ``verdict``.
        merged: Whether two notices may have one key, because units have merged.
    """

    units: Sequence[str]
    keys: pl.DataFrame
    merged: bool


def code(
    frame: pl.DataFrame, *, as_of: date, areas: AreaTree | None, followed: AreaTree | None
) -> Coded:
    """Check notices and keep, as integers, those that stand on a day.

    Args:
        frame: One row for each notice, as `typed` gives it.
        as_of: The day.
        areas: The units there are, or ``None`` to take any.
        followed: The areas whose successors carry a series on, or ``None``.

    Raises:
        InvalidNoticesError: See `assess`.
    """
    units = frame["unit"].unique().drop_nulls().sort().to_list()
    notices, fine = _numbers(frame, units, areas)
    if not (fine and _ids_are_unique(frame) and _chains_are_sound(frame, notices)):
        raise _explained(frame, areas)
    heads = _sorted(_without_replaced(notices, frame))
    if (heads["key"].diff() == 0).any():
        raise _explained(frame, areas)
    issued = frame["issued_on"] <= as_of
    if not issued.all():
        heads = _sorted(_without_replaced(notices.filter(issued), frame.filter(issued)))
    keys = heads.filter(pl.col("verdict") != WITHDRAWN)
    return _carried_on(units, keys, followed, as_of)


def typed(frame: pl.DataFrame) -> pl.DataFrame:
    """Keep the columns of notices, as text and days, read as a CSV file is.

    Whole numbers are text, blanks around text and empty text are nothing, and periods
    and days may be written as in Chinese.

    Raises:
        InvalidNoticesError: A column does not hold text, or days.
        MissingColumnError: A column is missing.
    """
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        hint = did_you_mean(missing[0], frame.columns)
        raise MissingColumnError(f"the notices lack columns {', '.join(missing)}{hint}")
    if "replaces" not in frame.columns:
        frame = frame.with_columns(replaces=pl.lit(None, pl.String))
    optional = [name for name in OPTIONAL_COLUMNS if name in frame.columns]
    columns, wrong = [], list[AntipovertyError]()
    for name in (*COLUMNS, *optional):
        column = frame[name]
        if name == "issued_on" and column.dtype.is_temporal():
            columns.append(column.cast(pl.Date))
            continue
        text = _as_text(column)
        if text is None:
            what = "days" if name == "issued_on" else "text"
            wrong.append(NoticeError(f"column {name!r} holds {column.dtype}; give {what}"))
            continue
        columns.append(_as_meant(text))
    if wrong:
        raise InvalidNoticesError("the frame cannot be read", wrong)
    return pl.DataFrame(columns)


def _as_text(column: pl.Series) -> pl.Series | None:
    """A column as text without blanks around it; ``None`` where it holds something else."""
    kind = column.dtype
    if kind.is_float():
        whole = column.fill_nan(None)
        if whole.is_not_null().any():
            return None
        return pl.Series(column.name, [None] * len(column), dtype=pl.String)
    if column.name != "issued_on" and kind.is_integer():
        return column.cast(pl.String)
    if kind not in (pl.String, pl.Categorical, pl.Enum, pl.Null):
        return None
    text = column.cast(pl.String)
    if text.str.contains(r"^\s|\s$|^$").any():
        text = text.str.strip_chars()
        text = text.set(text == "", None)
    return text


def _as_meant(text: pl.Series) -> pl.Series:
    """Read the few distinct periods or days of a column as those of a CSV file."""
    if text.name not in ("period", "issued_on"):
        return text
    said = text.unique().drop_nulls().to_list()
    meant = {one: as_meant({text.name: one})[text.name] for one in said}
    changed = {one: new for one, new in meant.items() if one != new}
    if changed:
        text = text.replace(list(changed), list(changed.values()))
    return text.str.to_date("%Y-%m-%d", strict=False) if text.name == "issued_on" else text


def _numbers(
    frame: pl.DataFrame, units: list[str], areas: AreaTree | None
) -> tuple[pl.DataFrame, bool]:
    """Code every row as ``key`` and ``verdict``, and say whether each row by itself is right."""
    texts = frame["period"].unique().drop_nulls().to_list()
    periods = [_period(text) for text in texts]
    codes = pl.Series(
        [CADENCES.index(p.cadence) * PERIODS + ordinal(p) if p else None for p in periods],
        dtype=pl.Int64,
    )
    last_days = pl.Series([p.last if p else None for p in periods], dtype=pl.Date)
    at = frame["period"].cast(pl.Enum(texts)).to_physical()
    level = _word_codes(
        frame["level"], {word: LEVELS.index(one) for word, one in LEVEL_WORDS.items()}
    )
    unit = frame["unit"].cast(pl.Enum(units)).to_physical().cast(pl.Int64)
    verdict = _word_codes(
        frame["verdict"], {word: _VERDICT_CODES[one] for word, one in VERDICT_WORDS.items()}
    )
    notices = pl.DataFrame(
        {
            "key": unit * _UNIT + level.cast(pl.Int64) * _SERIES + codes.gather(at),
            "verdict": verdict,
        }
    )
    if any(notices.null_count().row(0)) or frame["notice_id"].has_nulls():
        return notices, False
    fine = not (
        not frame["notice_id"].str.len_chars().is_between(1, 64).all()
        or (frame["issued_on"] < last_days.gather(at)).fill_null(value=True).any()
        or ((verdict == WITHDRAWN) & frame["replaces"].is_null()).any()
    )
    depth = [_depth(name, areas) for name in units]
    return notices, fine and not (level >= pl.Series(depth, dtype=pl.Int8).gather(unit)).any()


def _word_codes(column: pl.Series, words: Mapping[str, int]) -> pl.Series:
    codes = pl.Series(list(words.values()), dtype=pl.Int8)
    return codes.gather(column.cast(pl.Enum(list(words)), strict=False).to_physical())


def _period(text: str) -> Period | None:
    try:
        return Period.parse(text)
    except InvalidPeriodError:
        return None


def _depth(unit: str, areas: AreaTree | None) -> int:
    """The place of a unit's level among the levels; 0, below any issuer, for no unit."""
    try:
        known = areas is None or unit in areas
        return LEVELS.index(AreaCode(unit).level) if known else 0
    except InvalidCodeError:
        return 0


def _ids_are_unique(frame: pl.DataFrame) -> bool:
    return frame["notice_id"].n_unique() == frame.height


def _chains_are_sound(frame: pl.DataFrame, notices: pl.DataFrame) -> bool:
    """Whether each replacement is of one notice, on the same matter, not later, and no circle."""
    replacing = frame["replaces"].is_not_null()
    if not replacing.any():
        return True
    rows = frame.select("notice_id", "replaces", "issued_on").with_columns(notices["key"])
    later = rows.filter(replacing)
    if later["replaces"].is_duplicated().any():
        return False
    targets = rows.filter(rows["notice_id"].is_in(later["replaces"].implode()))
    pairs = later.join(targets, left_on="replaces", right_on="notice_id", suffix="_of_target")
    if pairs.height != later.height:
        return False
    sound = (pl.col("key") == pl.col("key_of_target")) & (
        pl.col("issued_on") >= pl.col("issued_on_of_target")
    )
    if not pairs.select(sound.all()).item():
        return False
    same_day = pairs.filter(pl.col("issued_on") == pl.col("issued_on_of_target"))
    return not _circular(dict(same_day.select("notice_id", "replaces").iter_rows()))


def _circular(replaces: dict[str, str]) -> bool:
    settled: set[str] = set()
    for start in replaces:
        path: set[str] = set()
        step: str | None = start
        while step is not None and step not in settled:
            if step in path:
                return True
            path.add(step)
            step = replaces.get(step)
        settled |= path
    return False


def _without_replaced(notices: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    replaced = frame["replaces"].drop_nulls()
    if replaced.is_empty():
        return notices
    return notices.filter(~frame["notice_id"].is_in(replaced.implode()))


def _sorted(notices: pl.DataFrame) -> pl.DataFrame:
    """Sort by key: as one integer column, several times faster than two."""
    packed = (notices["key"] * VERDICTS + notices["verdict"]).sort()
    return pl.DataFrame({"key": packed // VERDICTS, "verdict": (packed % VERDICTS).cast(pl.Int8)})


def _explained(frame: pl.DataFrame, areas: AreaTree | None) -> InvalidNoticesError:
    """Let the reference say what is wrong."""
    numbered: list[tuple[int | None, Notice]] = []
    problems: list[AntipovertyError] = []
    unread: set[str] = set()
    for row, record in enumerate(frame.iter_rows(named=True), 1):
        given = {name: value for name, value in record.items() if value is not None}
        try:
            numbered.append((None, Notice.model_validate(given)))
        except ValidationError as problem:
            problems += [NoticeError(f"row {row}: {fault(dict(o))}") for o in problem.errors()]
            unread.add(record["notice_id"] or "")
    problems += find_problems(numbered, areas, unread)
    more = len(problems) - _PROBLEMS_SHOWN
    if more > 0:
        problems[_PROBLEMS_SHOWN:] = [NoticeError(f"and {more} more like these")]
    return InvalidNoticesError("the notices cannot be used", problems)


def _carried_on(
    units: list[str], keys: pl.DataFrame, followed: AreaTree | None, as_of: date
) -> Coded:
    """Hand the series of codes that ended to the units that succeeded them."""
    heirs = {unit: current_units(AreaCode(unit), followed, as_of) for unit in units}
    if all(found == (unit,) for unit, found in heirs.items()):
        return Coded(units, keys, merged=False)
    current = sorted({heir for found in heirs.values() for heir in found})
    places = {unit: place for place, unit in enumerate(current)}
    moves = pl.DataFrame(
        [(old, places[heir]) for old, unit in enumerate(units) for heir in heirs[unit]],
        schema={"old": pl.Int64, "new": pl.Int64},
        orient="row",
    )
    moved = (
        keys.with_columns(old=UNIT_OF)
        .join(moves, on="old")
        .select((pl.col("new") * _UNIT + KEY % _UNIT).alias("key"), "verdict")
    )
    return Coded(current, _sorted(moved), merged=True)
