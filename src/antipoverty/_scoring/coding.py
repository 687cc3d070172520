"""Notices as whole numbers, so that one sort puts every series in calendar order.

A notice becomes one integer: unit, level, cadence, the period's ordinal, and the
verdict, from the highest digits to the lowest. Two notices follow each other in one
series when their integers, without the verdict, differ by one. Every check of the
reference is made on whole columns; only rows that fail one become objects, so that
the message is the reference's own.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from datetime import date

import attrs
import polars as pl
from pydantic import ValidationError

from antipoverty._base.csvfiles import as_meant, day_in, fault
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
from antipoverty._scoring.repeated import Repeated, has_blanks, repeated, stripped
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


def code(typed: Typed, *, as_of: date, areas: AreaTree | None, followed: AreaTree | None) -> Coded:
    """Check notices and keep, as integers, those that stand on a day.

    Args:
        typed: One row for each notice.
        as_of: The day.
        areas: The units there are, or ``None`` to take any.
        followed: The areas whose successors carry a series on, or ``None``.

    Raises:
        InvalidNoticesError: See `assess`.
    """
    frame = typed.table
    units = {text: unit for text in typed.unit.texts if (unit := _unit(text, areas))}
    listed = sorted({*units.values()})
    packed, fine = _numbers(typed, units, {unit: at for at, unit in enumerate(listed)})
    replaced = _named_by(frame["replaces"], frame)
    if not (fine and _chains_are_sound(frame, packed, replaced)):
        raise _explained(frame, areas)
    keys = _unpacked(packed if replaced is None else packed.filter(~replaced))
    if (keys["key"].diff() == 0).any():
        raise _explained(frame, areas)
    issued = frame["issued_on"] <= as_of
    if not issued.all():
        packed, frame = packed.filter(issued), frame.filter(issued)
        replaced = _named_by(frame["replaces"], frame)
        keys = _unpacked(packed if replaced is None else packed.filter(~replaced))
    keys = keys.filter(pl.col("verdict") != WITHDRAWN)
    return _carried_on(listed, keys, followed, as_of)


@attrs.frozen(eq=False)
class Typed:
    """A frame of notices as it is read: text and days, few distinct texts as categories."""

    table: pl.DataFrame
    unit: Repeated
    period: Repeated
    verdict: Repeated
    level: Repeated


def typed(frame: pl.DataFrame) -> Typed:
    """Keep the columns of notices, as text and days, read as a CSV file is.

    Whole numbers are text, blanks around text and empty text are nothing, and periods
    and days may be written as in Chinese. Columns of few distinct texts become
    categories.

    Raises:
        InvalidNoticesError: A column does not hold text, or days.
        MissingColumnError: A column is missing.
    """
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        hint = did_you_mean(missing[0], frame.columns)
        raise MissingColumnError(
            "the notices lack columns {missing}{hint}", missing=", ".join(missing), hint=hint
        )
    if "replaces" not in frame.columns:
        frame = frame.with_columns(replaces=pl.lit(None, pl.String))
    names = [*COLUMNS, *(name for name in OPTIONAL_COLUMNS if name in frame.columns)]
    columns, wrong = [], list[AntipovertyError]()
    for name in names:
        text = _as_text(frame[name])
        if text is None:
            what = "days" if name == "issued_on" else "text"
            wrong.append(
                NoticeError(
                    "column {name!r} holds {dtype}; give {what}",
                    name=name,
                    dtype=frame[name].dtype,
                    what=what,
                )
            )
        else:
            columns.append(text)
    if wrong:
        raise InvalidNoticesError("the frame cannot be read", wrong)
    return _read(pl.DataFrame(columns))


def _read(texts: pl.DataFrame) -> Typed:
    """Read text as that of a CSV file; each distinct text once where there are few."""
    few = [name for name in (*_REPEATED, "issued_on") if texts[name].dtype == pl.String]
    single = [name for name in texts.columns if name not in (*_REPEATED, "issued_on")]
    table, blank = pl.collect_all(
        [
            texts.lazy().with_columns(pl.col(few).cast(pl.Categorical)),
            texts.lazy().select(has_blanks(pl.col(name)) for name in single),
        ]
    )
    read = {
        name: repeated(table[name]).reworded(functools.partial(_as_meant, name)) for name in few
    }
    table = table.with_columns(
        *(one.column for one in read.values()),
        *(stripped(pl.col(name)) for name in single if blank[name].item()),
    )
    said = read.pop("issued_on", None)
    if said is not None:
        days = {text: day_in(text) for text in said.texts}
        table = table.with_columns(issued_on=said.look_up(days, pl.Date()))
    return Typed(table, **read)


_REPEATED = ("unit", "period", "verdict", "level")
"""The columns of few distinct texts."""


def _as_meant(name: str, text: str) -> str | None:
    return str(as_meant({name: text.strip()})[name]) or None


def _as_text(column: pl.Series) -> pl.Series | None:
    """A column as text, or days; ``None`` where it holds something else."""
    kind = column.dtype
    if column.name == "issued_on" and kind.is_temporal():
        return column.cast(pl.Date)
    if kind.is_float():
        whole = column.fill_nan(None)
        if whole.is_not_null().any():
            return None
        return pl.Series(column.name, [None] * len(column), dtype=pl.String)
    if column.name != "issued_on" and kind.is_integer():
        return column.cast(pl.String)
    if kind not in (pl.String, pl.Categorical, pl.Enum, pl.Null):
        return None
    return column.cast(pl.String)


def _numbers(
    typed: Typed, units: Mapping[str, AreaCode], places: Mapping[AreaCode, int]
) -> tuple[pl.Series, bool]:
    """Pack every row into one integer, and say whether each row by itself is right."""
    periods = {text: period for text in typed.period.texts if (period := _period(text))}
    ordinals = {
        text: CADENCES.index(one.cadence) * PERIODS + ordinal(one) for text, one in periods.items()
    }
    last_days = {text: period.last for text, period in periods.items()}
    keys = {text: places[unit] * _UNIT for text, unit in units.items()}
    depths = {text: LEVELS.index(unit.level) for text, unit in units.items()}
    verdicts = {word: _VERDICT_CODES[one] for word, one in VERDICT_WORDS.items()}
    level = typed.level.look_up(_LEVEL_CODES, pl.Int64())
    key = (
        typed.unit.look_up(keys, pl.Int64())
        + level * _SERIES
        + typed.period.look_up(ordinals, pl.Int64())
    )
    verdict = typed.verdict.look_up(verdicts, pl.Int64())
    length = pl.col("notice_id").str.len_chars()
    wrong = (
        pl.col("notice_id").is_null().any(),
        ~length.is_between(1, 64).all(),
        (pl.col("issued_on") < typed.period.look_up(last_days, pl.Date()))
        .fill_null(value=True)
        .any(),
        ((verdict == WITHDRAWN) & pl.col("replaces").is_null()).any(),
        (level >= typed.unit.look_up(depths, pl.Int64())).any(),
        pl.col("notice_id").hash().n_unique() != pl.len(),
    )
    numbers, faults = pl.collect_all(
        [
            typed.table.lazy().select(packed=key * VERDICTS + verdict),
            typed.table.lazy().select(pl.any_horizontal(*wrong)),
        ]
    )
    packed = numbers["packed"]
    return packed, not (faults.item() or packed.has_nulls())


_LEVEL_CODES = {word: LEVELS.index(one) for word, one in LEVEL_WORDS.items()}


def _period(text: str) -> Period | None:
    try:
        return Period.parse(text)
    except InvalidPeriodError:
        return None


def _unit(text: str, areas: AreaTree | None) -> AreaCode | None:
    """The unit of a text; ``None`` where there is none."""
    try:
        unit = AreaCode(text)
    except InvalidCodeError:
        return None
    return unit if areas is None or unit in areas else None


def _named_by(replaces: pl.Series, frame: pl.DataFrame) -> pl.Series | None:
    """Which notices are replaced; ``None`` for none."""
    named = replaces.drop_nulls()
    return None if named.is_empty() else frame["notice_id"].is_in(named.implode())


def _chains_are_sound(frame: pl.DataFrame, packed: pl.Series, replaced: pl.Series | None) -> bool:
    """Whether each replacement is of one notice, on the same matter, not later, and no circle."""
    if replaced is None:
        return True
    rows = frame.select("notice_id", "replaces", "issued_on").with_columns(key=packed // VERDICTS)
    later = rows.filter(pl.col("replaces").is_not_null())
    if later["replaces"].is_duplicated().any():
        return False
    pairs = later.join(
        rows.filter(replaced), left_on="replaces", right_on="notice_id", suffix="_of_target"
    )
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


def _unpacked(packed: pl.Series) -> pl.DataFrame:
    """Sort, as one integer column, and part each key from its verdict."""
    packed = packed.sort()
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
            problems += [
                NoticeError("row {row}: {fault}", row=row, fault=fault(dict(o)))
                for o in problem.errors()
            ]
            unread.add(record["notice_id"] or "")
    problems += find_problems(numbered, areas, unread)
    more = len(problems) - _PROBLEMS_SHOWN
    if more > 0:
        problems[_PROBLEMS_SHOWN:] = [NoticeError("and {more} more like these", more=more)]
    return InvalidNoticesError("the notices cannot be used", problems)


def _carried_on(
    units: list[AreaCode], keys: pl.DataFrame, followed: AreaTree | None, as_of: date
) -> Coded:
    """Hand the series of codes that ended to the units that succeeded them."""
    if followed is None:
        return Coded(units, keys, merged=False)
    heirs = {unit: current_units(unit, followed, as_of) for unit in units}
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
    packed = (moved["key"] * VERDICTS + moved["verdict"]).rename("packed")
    return Coded(current, _unpacked(packed), merged=True)
