"""Figures as offices keep them: CSV and frames of every kind are read alike, or refused alike."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antipoverty.errors import (
    InvalidStatisticsError,
    MissingColumnError,
    UnknownUnitError,
    UnsupportedFrameError,
)
from antipoverty.model import Area, AreaTree
from antipoverty.scoring import (
    Statistic,
    read_statistics,
    statistics_of,
    summarise,
    with_nothing,
    write_statistics,
)

COLUMNS = ("unit", "period", "indicator", "numerator", "denominator", "nothing")
GOOD = {
    "unit": "610702", "period": "2022-03", "indicator": "coverage",
    "numerator": "31", "denominator": "50", "nothing": "",
}  # fmt: skip
CELLS = {
    "unit": ["610702", " 610703 ", "61070", "", "合计", "6.107E+05", "县"],
    "period": ["2022-03", "2022年3月", "2022/3", "2022年第1季度", "2022-W60", "", "3月"],
    "indicator": ["coverage", "in-time", "Coverage", "", "走访"],
    "numerator": ["31", "0", "-1", "3.5", "31.0", "", "abc", "1,200", "３１", "9" * 30],
    "denominator": ["50", "0", "2000", "", "5 0"],
    "nothing": ["", "是", "no", "也许"],
}


def rows() -> st.SearchStrategy[list[dict[str, str]]]:
    """Rows mostly fit for use, with a cell or two as tired people leave them."""
    row = st.dictionaries(st.sampled_from(COLUMNS), st.integers(0, 9), max_size=2).map(
        lambda odd: GOOD | {name: CELLS[name][n % len(CELLS[name])] for name, n in odd.items()}
    )
    blank = st.just(dict.fromkeys(COLUMNS, ""))
    return st.lists(st.one_of(row, row, row, blank), min_size=1, max_size=5)


def as_csv(listed: list[dict[str, str]]) -> str:
    """The rows as a spreadsheet saves them."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerows(listed)
    return out.getvalue()


def outcome(read: Any, given: Any) -> tuple[Any, list[str]]:
    """The figures, or what is wrong, by the number of the row among rows."""
    try:
        return read(given, shares={"coverage"}), []
    except InvalidStatisticsError as wrong:
        told = []
        for one in wrong.problems:
            place, number, said = re.match(r"(line|row) (\d+): (.*) \[", str(one)).groups()  # type: ignore[union-attr]
            told.append((int(number) - (place == "line"), said))
        return None, told


def frame_of(kind: str, listed: list[dict[str, str]]) -> Any:
    """The rows as a frame of a kind."""
    frame = pl.DataFrame(listed, schema=dict.fromkeys(COLUMNS, pl.String))
    if kind == "polars-lazy":
        return frame.lazy()
    if kind == "pandas":
        pytest.importorskip("pandas", reason="frames of pandas")
        return frame.to_pandas()
    return frame.to_arrow() if kind == "pyarrow" else frame


@pytest.mark.parametrize("kind", ["polars", "polars-lazy", "pandas", "pyarrow"])
@given(listed=rows())
def test_a_frame_is_read_as_the_csv_is(kind: str, listed: list[dict[str, str]]) -> None:
    """The same figures, or the same faults row by row, in the same words."""
    if kind in ("pandas", "pyarrow"):
        pytest.importorskip("pyarrow", reason="frames of other kinds")
    text = as_csv(listed)
    assert outcome(statistics_of, frame_of(kind, listed)) == outcome(
        lambda lines, shares: read_statistics(io.StringIO(lines, newline=""), shares=shares), text
    )


TYPED = {
    "whole numbers": {"unit": pl.Series([610702], dtype=pl.Int64)},
    "small whole numbers": {"numerator": pl.Series([31], dtype=pl.UInt8)},
    "numbers with a point": {"numerator": pl.Series([31.0]), "denominator": pl.Series([50.0])},
    "decimals": {"numerator": pl.Series(["31.00"]).cast(pl.Decimal(10, 2))},
    "categories": {"unit": pl.Series(["610702"], dtype=pl.Categorical)},
    "nobody said nothing": {"nothing": pl.Series([None])},
    "nobody said nothing, as numbers": {"nothing": pl.Series([float("nan")])},
    "nobody said nothing, as flags": {"nothing": pl.Series([False])},
    "another column": {"note": pl.Series([["a", "list"]])},
}


@pytest.mark.parametrize("which", TYPED)
def test_columns_of_other_types_mean_the_same(which: str) -> None:
    """As Polars, pandas and databases give them; columns that nobody asked for are left alone."""
    frame = pl.DataFrame({name: [text] for name, text in GOOD.items() if name != "nothing"})
    (expected,) = statistics_of(frame)
    assert (expected.unit, expected.numerator) == ("610702", 31)
    changed = frame.with_columns(**TYPED[which])
    assert statistics_of(changed) == (expected,)
    if which != "another column":
        pytest.importorskip("pandas", reason="frames of pandas")
        assert statistics_of(changed.to_pandas()) == (expected,)


def test_a_column_of_pandas_with_gaps_is_read() -> None:
    """Numbers that became floats because a line was blank; the blank line is passed over."""
    pd = pytest.importorskip("pandas", reason="frames of pandas")
    frame = pd.DataFrame(
        {
            "unit": ["610702", None], "period": ["2022年3月", ""], "indicator": ["coverage", None],
            "numerator": [31, None], "denominator": [50, None],
        }
    )  # fmt: skip
    assert [(one.numerator, str(one.period)) for one in statistics_of(frame)] == [(31, "2022-03")]
    mixed = pd.DataFrame([GOOD, GOOD | {"numerator": 4}, GOOD])
    with pytest.raises(InvalidStatisticsError, match="row 2: numerator is of another type"):
        statistics_of(mixed)


def test_what_is_wrong_is_told_by_column_and_kind() -> None:
    """A column that holds something else is named with its type, a cell with its kind."""
    frame = pl.DataFrame([GOOD])
    for name, held, dtype in (
        ("unit", [610702.0], "Float64"), ("indicator", [["coverage"]], "List(String)"),
    ):  # fmt: skip
        changed = frame.with_columns(pl.Series(name, held))
        with pytest.raises(
            InvalidStatisticsError, match=re.escape(f"column '{name}' holds {dtype}")
        ):
            statistics_of(changed)
    for text, kind in (
        ("-1", "a negative number"), ("3.5", "a fraction"), ("abc", "text"), ("", "is empty"),
        ("9" * 30, "too large"), ("3 人", "other signs"),
    ):  # fmt: skip
        with pytest.raises(InvalidStatisticsError, match=f"line 2: numerator .*{kind}") as wrong:
            read_statistics(io.StringIO(as_csv([GOOD | {"numerator": text}])))
        assert "人" not in str(wrong.value)
    with pytest.raises(MissingColumnError, match="lacks denominator"):
        statistics_of(frame.drop("denominator"))
    with pytest.raises(UnsupportedFrameError):
        statistics_of([GOOD])


def test_a_denominator_of_nothing_is_said_or_refused() -> None:
    """0 of 0 is refused with its line, unless the unit says that there was nothing to count."""
    nought = GOOD | {"numerator": "0", "denominator": "0"}
    for changed, words in (
        (nought, "line 2: the denominator is 0"),
        (nought | {"nothing": "否"}, "line 2: the denominator is 0"),
        (GOOD | {"nothing": "是"}, "line 2: it says that there was nothing, and counts"),
        (nought | {"nothing": "也许"}, "line 2: nothing: write 是 or 否"),
        (nought | {"numerator": "3"}, "line 2: the denominator is 0"),
    ):
        with pytest.raises(InvalidStatisticsError, match=words):
            read_statistics(io.StringIO(as_csv([changed])))
    (said,) = read_statistics(io.StringIO(as_csv([nought | {"nothing": "是"}])))
    assert said.nothing
    text = write_statistics([said])
    assert text.splitlines()[1].endswith(",0,0,yes")
    assert read_statistics(io.StringIO(text)) == (said,)


AREAS = AreaTree(
    [
        *(Area(code=code, name=code) for code in ("61", "6107", "610703")),
        Area(code="610702", name="旧", until=date(2022, 1, 31), successors=("610709",)),
        Area(code="610709", name="新", since=date(2022, 2, 1)),
    ]
)


def test_a_renamed_unit_reports_once() -> None:
    """Under its former code or its later one; under both its cases would count twice."""
    old = Statistic(
        unit="610702", period="2022-03", indicator="coverage", numerator=31, denominator=50
    )
    new = old.model_copy(update={"unit": AREAS["610709"].code})
    for one in (old, new):
        (sum_,) = summarise([one], "month", areas=AREAS, level="county")
        assert (sum_.unit, sum_.denominator) == ("610709", 50)
    for both in ([old, new], [new, old]):
        with pytest.raises(InvalidStatisticsError, match="its former or later code; keep one"):
            summarise(both, "month", areas=AREAS, level="county")


def test_who_vouches_says_nothing_of_a_unit_with_a_figure_under_a_former_code() -> None:
    """Of the one other county only; and the sum of both is made."""
    old = Statistic(
        unit="610702", period="2022-03", indicator="coverage", numerator=31, denominator=50
    )
    every = {"period": old.period, "areas": AREAS, "level": "county"}
    both = with_nothing([old], ["coverage"], under="6107", **every)
    assert [(one.unit, one.nothing) for one in both] == [("610702", False), ("610703", True)]
    (sum_,) = summarise(both, "month", areas=AREAS, level="city")
    assert sum_.denominator == 50
    with pytest.raises(UnknownUnitError):
        with_nothing([old], ["coverage"], under="6199", **every)


def test_what_is_found_later_is_told_with_file_and_line() -> None:
    """A second figure, a total that is not the sum: by where each was read."""
    lines = [GOOD | {"unit": "610703"}, GOOD | {"unit": "610703", "numerator": "5"}]
    read = read_statistics(io.StringIO(as_csv(lines)), name="march.csv")
    with pytest.raises(InvalidStatisticsError, match=r"610703 for 2022-03 \(march.csv line 3\)"):
        summarise(read, "month", areas=AREAS, level="county")
    total = [GOOD | {"unit": "6107", "numerator": "60", "denominator": "100"}]
    total += [GOOD | {"unit": "610703"}, GOOD | {"unit": "610709"}]
    frame = statistics_of(pl.DataFrame(total))
    with pytest.raises(InvalidStatisticsError, match=r"6107 for 2022-03 \(row 1\): the total"):
        summarise(frame, "month", areas=AREAS, level="city")
