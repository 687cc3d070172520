"""Files as offices send them, each kind of damage once: what is right is said, at every door.

The inputs are small and whole: a roster that came short, merged cells, a total row, amounts in
yuan, days in another zone, codes that ended. For each the answer is worked out by hand.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from antipoverty import AreaCode, Household, Member, Record, Tables, judge, screen, shaanxi_areas
from antipoverty.casework import (
    Book,
    ChineseHolidays,
    clusters,
    count_households,
    open_cases,
    worklist,
)
from antipoverty.cli import main
from antipoverty.engines.closure import compile_pack
from antipoverty.errors import (
    AntipovertyError,
    InvalidArgumentError,
    InvalidFileError,
    InvalidPlanError,
    UnsupportedFrameError,
)
from antipoverty.packs import shaanxi_2531, shaanxi_rectification, shaanxi_workflow
from antipoverty.sampling import HouseholdPlan, draw
from engines import EAGER, rows, tables_as
from packs import a_pack

VILLAGE, AS_OF = "610702100200", date(2021, 12, 1)
ROSTER = a_pack("any(members, not insured)", "any(members, 6 <= age <= 15 and not in_school)")
TOWN = "610111008211"


def said(screening: Any) -> set[tuple[str, str, str]]:
    """Household, rule and verdict of all that is not clear."""
    return {(home, rule, verdict) for home, _, rule, verdict in rows(screening.alerts)}


# --- rosters ---------------------------------------------------------------------------


def people(**ids: list[dict[str, Any]]) -> pl.DataFrame:
    """Members by the household's id; ``none`` for those that name none."""
    listed = [
        {"household_id": None if home == "none" else home, "in_school": None, "insured": True} | one
        for home, some in ids.items()
        for one in some
    ]
    schema = {"household_id": pl.String, "member_id": pl.String, "age": pl.Int64}
    more = {"in_school": pl.Boolean, "insured": pl.Boolean}
    return pl.DataFrame(listed, schema=schema | more).with_columns(
        member_id=pl.int_range(pl.len()).cast(pl.String)
    )


SHORT = pl.DataFrame({"household_id": [*"abc"], "area": VILLAGE, "size": [3, 3, 2]})


@pytest.mark.parametrize("kind", EAGER)
def test_members_short_of_the_size(kind: str) -> None:
    """One of three came, and none of two: both are undecided, the whole one is clear."""
    child = {"age": 9, "in_school": True}
    members = people(a=[{"age": 40}, {"age": 38}, child], b=[{"age": 40}])
    tables = tables_as(Tables(SHORT, members), kind)
    screening = screen(tables, ROSTER, as_of=AS_OF, areas=shaanxi_areas())
    assert said(screening) == {(home, rule, "undecided") for home in "bc" for rule in ("r0", "r1")}
    facts = {row[-1] for row in rows(screening.undecided())}
    assert facts == {"members"}
    for home in "abc":
        one = judge(screening.household(home), ROSTER, as_of=AS_OF)
        assert {(home, id_, str(v.value)) for id_, v in one.verdicts.items() if v != "clear"} - {
            (home, id_, "clear") for id_ in ("r0", "r1")
        } == {each for each in said(screening) if each[0] == home}


@pytest.mark.parametrize(
    ("members", "undecided"),
    [
        ({"b": [{"age": 40, "insured": False}]}, {("b", "r1")}),  # a row in hand decides one rule
        (
            {"b": [{"age": 40}] * 3 + [{"age": 40, "insured": False}]},
            {("b", "r0")},
        ),  # of four, three
        ({"b": [{"age": 40}] * 3}, set()),
        ({"b": [{"age": 40}] * 2, "none": [{"age": 40}]}, {("b", "r0"), ("b", "r1")}),
    ],
    ids=["one row decides", "too many rows", "all rows", "one row of nobody"],
)
def test_more_rosters(members: dict[str, Any], undecided: set[tuple[str, str]]) -> None:
    """Of three members: what a row in hand decides stays decided, and nothing else does."""
    homes = SHORT.filter(pl.col("household_id") == "b")
    found = said(screen(Tables(homes, people(**members)), ROSTER, as_of=AS_OF))
    assert {(home, rule) for home, rule, verdict in found if verdict == "undecided"} == undecided


@pytest.mark.parametrize("kind", EAGER)
def test_a_household_that_came_twice_once_with_a_fault(kind: str) -> None:
    """Nobody knows which row is right: it is not judged by the one without a fault."""
    homes = pl.DataFrame(
        {
            "household_id": ["a", "b", "b", "c", "c", "d"],
            "area": VILLAGE,
            "size": [1, 1, 0, 1, 1, 0],
        }
    )
    pack = a_pack("size >= 1")
    found = screen(tables_as(Tables(homes), kind), pack, as_of=date(2021, 12, 1))
    assert {row[0] for row in rows(found.alerts)} == {"a"}
    assert found.rejected_counts == {
        ("households", "out-of-bounds", "size"): 2,
        ("households", "duplicate-id", "household_id"): 3,
    }
    assert found.rows_set_aside["households"] == 5


def test_merged_cells_of_a_sheet() -> None:
    """Rows below a merged id name nobody: the households are judged on no part of their rows."""
    homes = pl.DataFrame({"household_id": ["h1", "h2"], "area": VILLAGE, "size": [3, 2]})
    child = {"age": 9, "in_school": False, "insured": False}
    members = people(h1=[{"age": 41}], none=[{"age": 39}, child, {"age": 68}], h2=[{"age": 70}])
    screening = screen(Tables(homes, members), ROSTER, as_of=AS_OF, areas=shaanxi_areas())
    assert said(screening) == {
        (home, rule, "undecided") for home in ("h1", "h2") for rule in ("r0", "r1")
    }
    assert screening.rejected_counts == {("members", "missing-id", "household_id"): 3}


# --- units, codes, kinds, ids -----------------------------------------------------------


@pytest.mark.parametrize(
    ("amounts", "judged"),
    [
        ([17400.5, 18000.0, 12000.0], 0),  # yuan
        ([1.74, 2.0, 3.0], 0),  # 万元
        ([1740050.0, 1800000.0, 1200000.0], 3),  # whole fen, as floats
    ],
)
@pytest.mark.parametrize("kind", EAGER)
def test_amounts_of_a_spreadsheet(kind: str, amounts: list[float], judged: int) -> None:
    """One part of a fen refuses the column; said to be yuan it is converted exactly."""
    homes = pl.DataFrame(
        {"household_id": [*"abc"], "area": VILLAGE, "size": 1, "net_income_12m": amounts}
    )
    pack = a_pack('net_income_12m < yuan(6000, per="person") * size')
    screening = screen(tables_as(Tables(homes), kind), pack, as_of=AS_OF)
    assert screening.households == judged
    if amounts[0] == 17400.5:
        in_yuan = screen(tables_as(Tables(homes, money="yuan"), kind), pack, as_of=AS_OF)
        assert (in_yuan.households, said(in_yuan)) == (3, set())


def test_a_mistyped_kind() -> None:
    """`judge`, a compiled pack and `screen` refuse it; the near one is named."""
    pack = shaanxi_2531()
    for kind in ("traffic_acident", "traffic_accidents", "Traffic"):
        try:
            record = Record(record_id="r", kind=kind, day=date(2021, 5, 1))
        except ValidationError:
            assert kind == "Traffic"  # no word of any vocabulary
            continue
        home = Household(household_id="h", area=VILLAGE, members=(), records=(record,))
        for ask in (lambda one: judge(one, pack, as_of=AS_OF), compile_pack(pack, as_of=AS_OF)):
            with pytest.raises(InvalidArgumentError, match="did you mean 'traffic_accident'"):
                ask(home)
        screening = screen(Tables.of([home]), pack, as_of=AS_OF)
        assert (screening.households, screening.rows_set_aside["households"]) == (0, 1)


@pytest.mark.parametrize("code", ["610702000000", "610702100000", "610700000000"])
def test_codes_filled_up_with_zeros(code: str) -> None:
    """They are the county, township or city; nobody lives right in one."""
    assert AreaCode(code).level.value in ("county", "township", "city")
    with pytest.raises(ValidationError, match="village"):
        Household(household_id="h", area=code)


@pytest.mark.parametrize("kind", EAGER)
def test_ids_with_blanks_nobody_sees(kind: str) -> None:
    """Every engine refuses all of them, before or after the id."""
    blanks = "\u00a0\u3000\u2009\u202f\u0085\u2028\n\r\t\ufeff\u200b\u2060\u00ad"
    ids = ["ok", *(f"h{blank}" for blank in blanks), *(f"{blank}h" for blank in blanks)]
    homes = pl.DataFrame({"household_id": ids, "area": VILLAGE, "water_safe": False})
    screening = screen(tables_as(Tables(homes), kind), a_pack("not water_safe"), as_of=AS_OF)
    assert said(screening) == {("ok", "r0", "warn")}


def test_a_list_for_a_draw_with_other_things_in_it() -> None:
    """A name, a total, a resident id, a telephone and a twin in full width are all named."""
    odd = ["张三", "610102198001010031", "13800138000", "ｈ１", "合计", "h1\u3000"]
    with pytest.raises(InvalidPlanError) as caught:
        draw(
            HouseholdPlan({TOWN: ["h1", "h2", *odd]}, take=4),
            period="2022-W06",
            seed="31750928460195738264",
        )
    assert len(caught.value.problems) == len(odd)
    assert not any(one in str(caught.value) for one in odd)


def test_a_yearbook_with_subtotals() -> None:
    """The county's total counts its parts already: they are named, not added."""
    book = pl.DataFrame(
        {"area": ["610702", "610702100", VILLAGE], "households": [60_000, 5_000, 300]}
    )
    with pytest.raises(InvalidFileError, match="610702100 lies inside 610702"):
        count_households(book, level="county")
    assert count_households(book.head(1), level="county") == {"610702": 60_000}
    totals = dict(zip(book["area"], book["households"], strict=True))
    with pytest.raises(InvalidArgumentError, match="610702100 lies inside 610702"):
        clusters({"610702": 3}, [], totals)


# --- days -------------------------------------------------------------------------------

_BEIJING = timezone(timedelta(hours=8))
DAYS = [date(2020, 11, 30), date(2020, 12, 1), date(2021, 11, 30), date(2021, 12, 1)]


@pytest.mark.parametrize("kind", EAGER)
def test_midnights_of_beijing_as_moments(kind: str) -> None:
    """Refused without a zone; with it the two days of the window warn, on every engine."""
    moments = [datetime(d.year, d.month, d.day, tzinfo=_BEIJING).astimezone(UTC) for d in DAYS]
    ids = ["before", "first", "last", "after"]
    homes = pl.DataFrame({"household_id": ids, "area": VILLAGE})
    records = pl.DataFrame(
        {
            "household_id": ids,
            "record_id": ids,
            "kind": "traffic_accident",
            "day": pl.Series(moments, dtype=pl.Datetime("us", "UTC")),
        }
    )
    pack = a_pack("any(records, kind == 'traffic_accident', months=12)")
    with pytest.raises(UnsupportedFrameError, match=r"records\.day"):
        screen(tables_as(Tables(homes, records=records), kind), pack, as_of=AS_OF)
    zoned = Tables(homes, records=records, zone="Asia/Shanghai")
    screening = screen(tables_as(zoned, kind), pack, as_of=AS_OF)
    assert said(screening) == {("first", "r0", "warn"), ("last", "r0", "warn")}


def test_a_case_whose_limit_no_calendar_knows() -> None:
    """It is listed without a day; the other cases keep theirs."""
    pytest.importorskip("chinese_calendar", reason="holidays need the extra 'calendar'")
    book = Book(
        shaanxi_2531(), shaanxi_workflow(), shaanxi_rectification(), calendar=ChineseHolidays()
    )
    for home, day in (("h1", date(2026, 11, 2)), ("h2", date(2026, 12, 28))):
        alert = pl.DataFrame(
            {
                "household_id": [home],
                "area": [VILLAGE],
                "rule_id": ["traffic-accident"],
                "verdict": ["warn"],
            }
        )
        book = open_cases(book, alert, as_of=day)[0]
    listed = {one.id: one.due for one in worklist(book, as_of=date(2026, 12, 29))}
    assert listed == {"h1": date(2026, 11, 9), "h2": None}


# --- files --------------------------------------------------------------------------------


def test_part_files_of_counties(tmp_path: Path) -> None:
    """A missing whole number makes pandas' column of floats; both files are one table."""
    folder = tmp_path / "households"
    folder.mkdir()
    base = {"area": [VILLAGE] * 2, "size": [3, 3]}
    pl.DataFrame(
        {"household_id": ["a", "b"], **base, "net_income_12m": [1, 1_900_000]}
    ).write_parquet(folder / "6101.parquet")
    pl.DataFrame({"household_id": ["c", "d"], **base, "net_income_12m": [2.0, None]}).write_parquet(
        folder / "6107.parquet"
    )
    pack = a_pack('net_income_12m < yuan(6000, per="person") * size')
    found = said(screen(Tables.read(tmp_path), pack, as_of=AS_OF))
    assert found == {("a", "r0", "warn"), ("c", "r0", "warn"), ("d", "r0", "undecided")}


@pytest.mark.slow
@pytest.mark.parametrize(("words", "code"), [(("是", "否"), 3), (("TRUE", "x"), 3), ((1, 0), 0)])
def test_a_flag_in_other_words_sets_everybody_aside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[Any, Any], code: int
) -> None:
    """The nightly job sees it by the exit code, and the first line says it; 1 and 0 are read."""
    homes = pl.DataFrame(
        {"household_id": ["a", "b"], "area": VILLAGE, "size": 1, "monitored": [*words]}
    )
    wanted = {name for rule in shaanxi_2531().rules.values() for name in _fields(rule.when)}
    schema = shaanxi_2531().schema.household.fields
    homes = homes.with_columns(
        pl.lit(None).alias(name) for name in sorted(wanted & {*schema} - {*homes.columns})
    )
    homes.write_parquet(tmp_path / "households.parquet")
    empty = Tables.of([Household(household_id="x", area=VILLAGE, members=(), records=())])
    for name in ("members", "records"):
        empty[name].write_parquet(tmp_path / f"{name}.parquet")
    command = ["screen", str(tmp_path), "--pack", "shaanxi-2531", "--as-of", str(AS_OF), "--json"]
    assert main(command) == code
    told = json.loads(capsys.readouterr().out)
    assert sum(one["rows"] for one in told["set_aside"]) == (2 if code else 0)
    assert told["enough_judged"] is not bool(code)


def _fields(when: Any) -> set[str]:
    from antipoverty.conditions import fields_read

    return {path for path in fields_read(when) if "." not in path}


HOMES = {
    "empty columns": ("household_id,area,away,,\nh1,{g},是,,\nh2,{g},否,,\n", None),
    "Excel's words": ("household_id,area,away\nh1,{g},TRUE\nh2,{g},FALSE\n", None),
    "a mark at the start": ("\ufeffhousehold_id,area,away\nh1,{g},是\nh2,{g},否\n", None),
    "a title": ("铺镇农户花名册,,\nhousehold_id,area,away\nh1,{g},是\nh2,{g},否\n", "line 1"),
    "a total": ("household_id,area,away\nh1,{g},是\nh2,{g},否\n合计,2,\n", "line 4"),
    "a code as a number": (
        "household_id,area,away\nh1,6.1070E+13,是\nh2,{g},否\n",
        "household row 1: area: a spreadsheet has turned the code into a number",
    ),
}


@pytest.mark.parametrize("homes", HOMES)
def test_lists_as_a_spreadsheet_leaves_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], homes: str
) -> None:
    """What can only mean one thing is read; what cannot is named with its line."""
    text, line = HOMES[homes]
    (tmp_path / "homes.csv").write_text(text.format(g="61070210020001"), "utf-8")
    (tmp_path / "visits.csv").write_text(
        "household_id,keeper_id,on,how\nh1,k1,2022年2月3日,phone\nh2,k1,2022.2.3,home\n", "utf-8"
    )
    (tmp_path / "keepers.csv").write_text("keeper_id,grid\nk1,61070210020001\n", "utf-8")
    files = [str(tmp_path / f"{name}.csv") for name in ("homes", "visits", "keepers")]
    code = main(["cases", "coverage", *files, "--period", "2022-02"])
    told = capsys.readouterr()
    if line is None:
        assert code == 0
        assert "2 / 2" in told.out
    else:
        assert code == 2
        assert line in told.err + told.out


def test_a_member_number_in_another_spelling() -> None:
    """A small letter, a blank, an apostrophe and full width make no other person."""
    number = "61010219800101004X"
    for written in (number.lower(), f"{number} ", f"'{number}", number[:-1] + "Ｘ"):
        try:
            one = Member(member_id="m", resident_id=written)
        except (ValidationError, AntipovertyError):
            continue
        assert one.resident_id is not None
        assert one.resident_id.get_secret_value() == number
