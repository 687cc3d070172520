"""In-times, clusters, coverage, views: what officials read of the registers."""

from __future__ import annotations

import importlib.util
import itertools
import json
import math
import random
import re
from collections import Counter
from datetime import date, timedelta
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antipoverty._casework.clusters import _tail  # private: a chance is compared with SciPy's
from antipoverty.casework import (
    advance,
    clusters,
    household_qr,
    in_times,
    list_problem,
    new_cases,
    open_cases,
    progress,
    pseudonyms,
    record_help,
    statistics,
    view,
    visit_coverage,
)
from antipoverty.codes import AreaCode, HouseholdCode
from antipoverty.errors import InvalidArgumentError, InvalidCodeError, InvalidFileError
from antipoverty.model import Area, AreaTree, Keeper
from antipoverty.periods import Period
from antipoverty.rules import Text
from antipoverty.scoring import Indicator, NoticePolicy, draft_notices
from casework_books import DAY, VILLAGE, alerts, empty, monitored, opened

MONTH = Period.parse("2022-02")

# --- in-times --------------------------------------------------------------------------------


@given(days=st.lists(st.integers(0, 27), min_size=1, max_size=12), limit=st.integers(0, 27))
@settings(max_examples=40)
def test_days_to_detect_are_counted_exactly(days: list[int], limit: int) -> None:
    """Median, nine in ten, the share within the limit."""
    households = [f"h{number}" for number in range(len(days))]
    book = opened(*households)
    for household, after in zip(households, days, strict=True):
        book, _ = advance(
            book,
            household,
            "home_check",
            by="keeper-1",
            on=DAY + timedelta(days=after),
            finding={"visited": True},
        )
    found = in_times(book, level="county", period=MONTH, limits={"detection": limit})
    detection = next(one for one in found if one.what == "detection")
    row = sorted(days)
    assert (detection.key, detection.cases, detection.done) == ("610702", len(days), len(days))
    assert detection.days == sum(days)
    middle = row[(len(row) - 1) // 2], row[len(row) // 2]
    assert detection.median == Fraction(sum(middle), 2)
    assert detection.p90 is not None
    assert sum(day <= detection.p90 for day in days) >= math.ceil(0.9 * len(days) - 1e-9)
    assert detection.in_limit == Fraction(sum(day <= limit for day in days), len(days))
    figures = {one.indicator: one for one in statistics(found, MONTH)}
    assert figures["days-to-detect"].numerator == sum(days)
    assert figures["detected-in-time"].numerator == sum(day <= limit for day in days)


def test_waiting_counts_as_slow() -> None:
    """A county that leaves its cases open is over the limit, not out of the figure."""
    book = opened("h1", "h2")
    found = in_times(book, period=MONTH, limits={"help": 20})
    waiting = next(one for one in found if one.what == "help")
    assert (waiting.key, waiting.done, waiting.median) == ("traffic-police", 0, None)
    assert (waiting.late, waiting.in_limit) == (2, 0)
    book, _ = record_help(
        book, "h1", "legal-aid", risk="accident", by="t-1", on=DAY + timedelta(days=3)
    )
    found = {one.what: one for one in in_times(book, period=MONTH, limits={"help": 20})}
    assert (found["help"].days, found["help"].late) == (3, 1)
    assert found["intervention"].done == 1  # by the green channel
    assert found["detection"].in_limit is None
    with pytest.raises(InvalidArgumentError):
        in_times(book, period=MONTH, limits={"helping": 3})


def test_a_case_found_to_be_nothing_owes_no_help() -> None:
    """It counts for detection and intervention; nobody waits for its help."""
    book, _ = advance(
        opened("h1"),
        "h1",
        "home_check",
        by="keeper-1",
        on=DAY + timedelta(days=2),
        finding={"visited": True},
        outcome="no-risk",
    )
    found = {one.what: one for one in in_times(book, level="county", period=MONTH)}
    assert (found["help"].cases, found["detection"].done, found["intervention"].days) == (0, 1, 2)


def test_scoring_takes_the_in_times_and_the_coverage() -> None:
    """A county that leaves its cases open is criticised, not one that looked at them late."""
    book, *_ = open_cases(empty(), alerts(("h1", "disaster"), area="610702100200"), as_of=DAY)
    book, *_ = open_cases(book, alerts(("h2", "disaster"), area="610703100200"), as_of=DAY)
    late = {"by": "keeper-1", "on": DAY + timedelta(days=9), "finding": {"visited": True}}
    book, _ = advance(book, "h1", "home_check", **late)  # type: ignore[arg-type]
    measured = in_times(book, level="county", period=MONTH, limits={"detection": 5})
    figures = statistics([one for one in measured if one.what == "detection"], MONTH)
    households = HOUSES.with_columns(pl.lit("610702100200").alias("area"))
    covered = visit_coverage(
        households, visits(("h0", "home", DAY)), [], period=MONTH, level="county"
    )
    indicators = tuple(
        Indicator(
            id=name,
            title=Text(name, name),
            unit="day",
            direction=direction,
            best=Fraction(best),
            worst=Fraction(worst),
        )
        for name, direction, best, worst in (
            ("days-to-detect", "lower", 0, 30),
            ("detected-in-time", "higher", 1, 0),
        )
    )
    policy = NoticePolicy(indicators=indicators, choose="rank", commended=1, criticised=1)
    draft = draft_notices(
        figures,
        policy,
        period=MONTH,
        issuer="6107",
        level="county",
        issued_on=date(2022, 3, 1),
        areas=AreaTree(
            Area(code=AreaCode(code), name=code) for code in ("6107", "610702", "610703")
        ),
    )
    verdicts = {notice.unit: notice.verdict.value for notice in draft.notices}
    assert verdicts == {"610702": "commended", "610703": "criticised"}
    (share,) = covered.statistics()
    assert (share.unit, share.numerator, share.denominator) == ("610702", 1, 6)
    with pytest.raises(InvalidArgumentError, match="not departments"):
        statistics(in_times(book, period=MONTH), MONTH)


def test_only_cases_of_the_period_count() -> None:
    """By the day of the first signal; the day before and after are out."""
    for day in (date(2022, 1, 31), date(2022, 3, 1)):
        assert in_times(opened("h1", on=day), period=MONTH) == ()
    assert new_cases(opened("h1", "h2"), level="county", period=MONTH) == {"610702": 2}


# --- clusters --------------------------------------------------------------------------------


HOMES = {f"6107{number:02d}": 1000 for number in range(1, 9)}


def test_a_county_out_of_line_is_found_against_past_and_neighbours() -> None:
    """Thirty where there used to be four, and where the neighbours have four."""
    quiet = dict.fromkeys(HOMES, 4)
    found = clusters(quiet | {"610703": 30}, [quiet] * 6, HOMES)
    assert {(one.area, one.against) for one in found} == {
        ("610703", "history"),
        ("610703", "neighbours"),
    }
    assert all(one.chance <= one.threshold for one in found)
    history = next(one for one in found if one.against == "history")
    assert (history.expected, history.before) == (4, 24)
    assert clusters(quiet, [quiet] * 6, HOMES) == ()


def test_the_chance_is_the_exact_binomial_tail() -> None:
    """Three of three in one period of two: one in eight, by counting."""
    found = clusters({"610701": 3}, [{}], {"610701": 5}, false_alarm=Fraction(99, 100))
    assert [(one.against, one.chance) for one in found] == [("history", Fraction(1, 8))]


def test_false_alarms_keep_to_their_rate() -> None:
    """Of all outcomes of two counties and eight cases, the weight of any alarm is below it."""
    households = {"610701": 1, "610702": 1}
    rate = Fraction(1, 5)
    total = Fraction(0)
    cells = 6  # each case falls into one of two counties and three periods, all alike
    for counts in itertools.product(range(9), repeat=cells):
        if sum(counts) != 8:
            continue
        weight = Fraction(math.factorial(8), math.prod(map(math.factorial, counts)) * cells**8)
        periods = [dict(zip(households, counts[n : n + 2], strict=True)) for n in (0, 2, 4)]
        if clusters(periods[0], periods[1:], households, false_alarm=rate):
            total += weight
    assert 0 < total <= rate


def test_false_alarms_of_a_province_keep_to_their_rate() -> None:
    """Of 400 quiet provinces of 20 counties, so few raise an alarm as the rate allows.

    With the rate of 1 in 20, more than 34 of 400 would be seen by chance once in 1,000 times.
    """
    numbers = random.Random(2531)
    households = {f"6107{n:02d}": 500 * (1 + n % 4) for n in range(1, 21)}
    areas, weights = list(households), list(households.values())
    alarms = 0
    for _ in range(400):
        periods = [Counter(numbers.choices(areas, weights, k=120)) for _ in range(5)]
        alarms += bool(clusters(periods[0], periods[1:], households, false_alarm=Fraction(1, 20)))
    assert alarms <= 34


@given(
    total=st.integers(0, 40),
    share=st.fractions(Fraction(1, 50), Fraction(49, 50), max_denominator=50),
    data=st.data(),
)
def test_a_tail_is_counted_term_by_term(total: int, share: Fraction, data: st.DataObject) -> None:
    """Equal to the sum of all terms, and nothing where that exceeds the most."""
    least = data.draw(st.integers(0, total))
    most = data.draw(st.fractions(Fraction(1, 10**6), Fraction(49, 100)))
    whole = sum(
        math.comb(total, k) * share**k * (1 - share) ** (total - k) for k in range(least, total + 1)
    )
    assert _tail(total, least, share, most) == (whole if whole <= most else None)
    assert _tail(total, least, share, min(whole, most)) == (whole if whole <= most else None)


def test_wrong_numbers_for_clusters_are_refused() -> None:
    """Cases where nobody lives; a chance that is none."""
    with pytest.raises(InvalidArgumentError, match="no households"):
        clusters({"6199": 1}, [], HOMES)
    with pytest.raises(InvalidArgumentError):
        clusters({}, [], HOMES, false_alarm=Fraction(1))


# --- coverage ----------------------------------------------------------------------------------


HOUSES = pl.DataFrame(
    {
        "household_id": [f"h{n}" for n in range(6)],
        "area": ["61070210020001"] * 3 + ["61070210020002"] * 2 + ["61070210020101"],
        "away": [False, True, None, False, False, True],
    }
)
KEEPERS = [
    Keeper(keeper_id="k1", grids=("61070210020001",)),  # type: ignore[arg-type]
    Keeper(keeper_id="k2", grids=("61070210020002",)),  # type: ignore[arg-type]
    Keeper(keeper_id="k9", grids=("61070210020099",)),  # type: ignore[arg-type]
]


def visits(*rows: tuple[str, str, date]) -> pl.DataFrame:
    """Visits: household, how, day."""
    return pl.DataFrame(
        [(household, "k1", on, how) for household, how, on in rows],
        schema={"household_id": pl.String, "keeper_id": pl.String, "on": pl.Date, "how": pl.String},
        orient="row",
    )


def test_coverage_has_its_denominator() -> None:
    """Visited, phoned if away, missed, by village; who has no keeper, and who keeps nobody."""
    seen = visits(
        ("h0", "home", date(2022, 2, 1)),
        ("h0", "home", date(2022, 2, 28)),
        ("h1", "phone", date(2022, 2, 2)),
        ("h3", "phone", date(2022, 2, 2)),
        ("h2", "home", date(2022, 3, 1)),
        ("stranger", "home", date(2022, 2, 3)),
    )
    found = visit_coverage(HOUSES, seen, KEEPERS, period=MONTH)
    first, second = found.grids
    assert (first.area, first.households, first.visited, first.phoned) == (VILLAGE, 5, 1, 1)
    assert (first.share, first.keepers, first.per_keeper) == (Fraction(2, 5), 2, Fraction(5, 2))
    assert first.missed == ("h2", "h3", "h4")
    assert (second.keepers, second.per_keeper) == (0, None)
    assert (found.idle, found.unkept, found.unknown) == (("k9",), ("h5",), 1)
    assert (found.households, found.reached) == (6, 2)
    assert [one.denominator for one in found.statistics()] == [5, 1]
    groups = visit_coverage(HOUSES, seen, KEEPERS, period=MONTH, level="group")
    assert [one.households for one in groups.grids] == [3, 2, 1]


def test_faults_of_a_file_of_visits_are_listed() -> None:
    """A household twice, an area too coarse, a way that is none, a grid of two keepers."""
    second = Keeper(keeper_id="k3", grids=("61070210020001",))  # type: ignore[arg-type]
    households = pl.concat(
        [
            HOUSES,
            HOUSES.head(1),
            pl.DataFrame({"household_id": ["x"], "area": ["61"], "away": [None]}),
        ],
        how="vertical_relaxed",
    )
    with pytest.raises(InvalidFileError) as caught:
        visit_coverage(households, visits(("h0", "email", DAY)), [*KEEPERS, second], period=MONTH)
    assert len(caught.value.problems) == 4
    assert "grid 61070210020001 is held by k1, k3" in str(caught.value)


# --- views and privacy ---------------------------------------------------------------------------


def test_each_role_sees_its_part() -> None:
    """No id and no health in public; a department its own signals; the county all."""
    found = alerts(("h1", "medical-burden-general"), ("h1", "traffic-accident"))
    book, *_ = open_cases(empty(), found, as_of=DAY)
    case = book.case("h1")
    public = view(book, case, "public")
    assert public["risks"] == ["accident", "other"]
    assert "h1" not in json.dumps(public)
    mine = view(book, case, "department", department="traffic-police")
    assert [one["rule"] for one in mine["signals"]] == ["traffic-accident"]
    keeper = view(book, case, "keeper")
    assert keeper["steps"][0] == "home_check"
    assert "signals" not in keeper
    assert len(view(book, case, "county")["signals"]) == 2
    for wrong in ({"role": "mayor"}, {"role": "department"}):
        with pytest.raises(InvalidArgumentError):
            view(book, case, **wrong)  # type: ignore[arg-type]


def test_pseudonyms_need_the_key() -> None:
    """The same key gives the same name; ids, villages and days are gone."""
    book, _ = monitored("household-77")
    (row,) = pseudonyms(book, key=b"0123456789abcdef")
    assert row == pseudonyms(book, key=b"0123456789abcdef")[0]
    assert row["pseudonym"] != pseudonyms(book, key=b"0123456789abcdeX")[0]["pseudonym"]
    assert "household-77" not in json.dumps(row)
    assert (row["area"], row["opened"]) == ("610702100", "2022-02")
    with pytest.raises(InvalidArgumentError):
        pseudonyms(book, key=b"short")


@pytest.mark.skipif(
    importlib.util.find_spec("segno") is None, reason="segno (the extra 'qr') is not installed"
)
def test_a_picture_of_a_code_holds_the_code_only() -> None:
    """The bare 19 characters, whichever way they came; anything else is refused."""
    code = HouseholdCode.make("61070210020001", 7)
    drawn = household_qr(code)
    assert drawn.startswith("<?xml")
    assert drawn == household_qr(str(code))
    with pytest.raises(InvalidCodeError):
        household_qr("王小明 61070210020001")


def dots(svg: str) -> memoryview:
    """An SVG of horizontal strokes as a grey picture, each module four by four."""
    side = int(re.findall(r'width="(\d+)"', svg)[0])
    rows = [bytearray(b"\xff" * side) for _ in range(side)]
    x = y = 0
    (path,) = re.findall(r' d="([^"]*)"', svg)
    for letter, numbers in re.findall(r"([Mmh])([^Mmh]*)", path):
        given = [math.floor(float(one)) for one in numbers.split()]
        if letter == "h":
            for row in range(4 * y, 4 * y + 4):
                rows[row][4 * x : 4 * (x + given[0])] = bytes(4 * given[0])
            x += given[0]
        else:
            x, y = (given[0], given[1]) if letter == "M" else (x + given[0], y + given[1])
    return memoryview(b"".join(rows)).cast("B", (side, side))


@pytest.mark.skipif(
    importlib.util.find_spec("segno") is None, reason="segno (the extra 'qr') is not installed"
)
@pytest.mark.parametrize("number", [1, 7, 9999])
def test_a_telephone_reads_the_code_and_nothing_else(number: int) -> None:
    """The picture is decoded: one code, whose whole text is the household's."""
    zxingcpp = pytest.importorskip("zxingcpp", reason="zxing-cpp, which reads codes, is missing")
    code = HouseholdCode.make("61070210020001", number)
    (found,) = zxingcpp.read_barcodes(dots(household_qr(code)))
    assert (found.text, found.bytes) == (str(code), str(code).encode())


def test_progress_to_zero_is_counted_by_area_and_department() -> None:
    """Listed, zeroed, overdue."""
    book, _ = list_problem(empty(), "p1", area="610702", origin="audit", on=DAY, by="county-1")
    book, _ = list_problem(book, "p2", area="610703", origin="audit", on=DAY, by="county-1")
    late = DAY + timedelta(days=60)
    assert [
        (one.key, one.open, one.overdue) for one in progress(book, as_of=late, level="city")
    ] == [("6107", 2, 2)]
    assert [one.key for one in progress(book, as_of=late)] == [""]
