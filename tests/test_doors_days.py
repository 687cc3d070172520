"""Days: moments have one in a zone alone, slips of the year are seen, and ages are counted."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from antipoverty import Household, Member, Pack, Record, Rule, Source, Tables, Text, judge, screen
from antipoverty.cli import main
from antipoverty.conditions import parse
from antipoverty.engines.closure import compile_pack
from antipoverty.errors import InvalidArgumentError, UnsupportedFrameError
from engines import ALL, EAGER, rows, tables_as

VILLAGE, AS_OF = "610702100200", date(2021, 12, 1)


def pack_of(*whens: str) -> Pack:
    """A pack with a rule for each text."""
    made = [
        Rule(
            id=f"r{number}",
            title=Text("规则", "rule"),
            department="d",
            when=parse(when),
            source=Source("an example"),
            since=date(2021, 1, 1),
        )
        for number, when in enumerate(whens)
    ]
    return Pack("days", Text("试", "t"), rules=made, departments={"d": Text("部", "d")})


YEAR = pack_of("any(records, kind == 'a', months=12)")


def moments(zone: str, *texts: str) -> Tables[Any]:
    """One household a moment, which was written down on a clock in Beijing."""
    written = [
        dt.datetime.fromisoformat(one).replace(tzinfo=ZoneInfo("Asia/Shanghai")) for one in texts
    ]
    ids = [f"h{number}" for number in range(len(texts))]
    day = pl.Series(written, dtype=pl.Datetime("us", "UTC")).dt.convert_time_zone(zone)
    homes = pl.DataFrame({"household_id": ids, "area": VILLAGE})
    records = pl.DataFrame({"household_id": ids, "kind": "a", "day": day})
    return Tables(homes, records=records)


# Beijing's midnights, as Spark, Java and pandas write them, and a minute before.
WRITTEN = {
    "2020-11-30T23:59": False,
    "2020-12-01T00:00": True,
    "2021-05-01T12:00": True,
    "2021-11-30T23:59": True,
    "2021-12-01T00:00": False,
}


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_a_moment_has_its_day_in_the_zone_that_is_given(kind: str, zone: str) -> None:
    """The same on every engine, whatever the zone of the column; without a zone it is refused."""
    tables = moments(zone, *WRITTEN)
    with pytest.raises(UnsupportedFrameError, match=r"records\.day .*zone='Asia/Shanghai'"):
        screen(tables_as(tables, kind), YEAR, as_of=AS_OF)
    zoned = Tables(tables["households"], records=tables["records"], zone="Asia/Shanghai")
    screening = screen(tables_as(zoned, kind), YEAR, as_of=AS_OF)
    warned = {row[0] for row in rows(screening.alerts)}
    assert warned == {f"h{i}" for i, inside in enumerate(WRITTEN.values()) if inside}
    assert screening.noted == {}


@pytest.mark.parametrize("session", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_the_session_of_duckdb_has_no_say(session: str) -> None:
    """Its zone decides how a moment is shown, not which day it is of."""
    duckdb = pytest.importorskip("duckdb")
    tables = moments("UTC", *WRITTEN)
    with duckdb.connect() as connection:
        connection.execute(f"SET TimeZone = '{session}'")
        made = {name: connection.from_arrow(tables[name].to_arrow()) for name in tables}
        zoned = Tables(**made, zone="Asia/Shanghai")
        found = rows(screen(zoned, YEAR, as_of=AS_OF).alerts)
    assert {row[0] for row in found} == {"h1", "h2", "h3"}


@pytest.mark.slow
def test_the_zone_of_the_machine_has_no_say() -> None:
    """A process elsewhere in the world gives the same answer."""
    code = (
        "import datetime as dt, polars as pl; from antipoverty import Tables, screen;"
        "from test_doors_days import YEAR, WRITTEN, moments, AS_OF;"
        "t = moments('UTC', *WRITTEN);"
        "z = Tables(t['households'].to_pandas(), records=t['records'].to_pandas(),"
        " zone='Asia/Shanghai');"
        "print(sorted(screen(z, YEAR, as_of=AS_OF).alerts.household_id))"
    )
    pytest.importorskip("pandas")
    here = Path(__file__).parent
    path = f"{here}:{here / 'support'}:{here.parent / 'src'}"
    for zone in ("Pacific/Kiritimati", "America/New_York"):
        found = subprocess.run(
            [sys.executable, "-c", code],
            env={"TZ": zone, "PYTHONPATH": path, "PATH": "/usr/bin"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert found.stdout.strip() == "['h1', 'h2', 'h3']"


def test_a_zone_that_is_none_is_refused() -> None:
    """Before any row is read."""
    with pytest.raises(InvalidArgumentError, match="Asia/Shanghai"):
        Tables(pl.DataFrame(), zone="Beijing")


def test_the_command_line_takes_a_zone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And names the option where it is missing."""
    pytest.importorskip("typer")
    homes = pl.DataFrame({"household_id": ["h"], "area": VILLAGE})
    late = dt.datetime(2021, 11, 30, 17, tzinfo=dt.UTC)  # the first of December in Beijing
    homes = homes.with_columns(monitored_since=pl.lit(late), water_safe=False)
    homes.write_parquet(tmp_path / "households.parquet")
    (tmp_path / "p.toml").write_text(PACK, encoding="utf-8")
    words = ["screen", str(tmp_path), "--pack", str(tmp_path / "p.toml"), "--as-of", str(AS_OF)]
    assert main(words) not in (0, 3)
    assert "--zone" in capsys.readouterr().err
    assert main([*words, "--zone", "Asia/Shanghai", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["total"]["warn"] == 0
    assert main([*words, "--zone", "UTC", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["total"]["warn"] == 1


PACK = """
[pack]
id = "p"
title.zh = "试"
title.en = "t"
[departments.d]
zh = "部"
en = "d"
[sources.s]
title = "an example"
[[rules]]
id = "long"
title.zh = "久"
title.en = "long"
department = "d"
when = "monitored_since <= ago(days=1)"
source = "s"
since = 2021-01-01
"""

# --- slips of the year ----------------------------------------------------------------

SLIPS = [date(21, 5, 1), date(1021, 5, 1), date(1899, 12, 31), date(2100, 1, 1), date(9999, 12, 31)]
FINE = [date(1900, 1, 1), date(2021, 11, 30), date(2021, 12, 1)]
TO_COME = [date(2021, 12, 2), date(2031, 5, 1), date(2099, 12, 31)]


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.filterwarnings("ignore")
def test_a_slip_of_the_year_is_set_aside_and_a_day_to_come_is_counted(kind: str) -> None:
    """Neither is quietly outside a window; the household of a slip is not judged."""
    days = [*SLIPS, *FINE, *TO_COME]
    ids = [f"h{number}" for number in range(len(days))]
    homes = pl.DataFrame({"household_id": ids, "area": VILLAGE})
    records = pl.DataFrame({"household_id": ids, "kind": "a", "day": days})
    screening = screen(tables_as(Tables(homes, records=records), kind), YEAR, as_of=AS_OF)
    assert screening.rejected_counts == {
        ("records", "implausible-day", "day"): len(SLIPS),
        ("households", "bad-rows", "records"): len(SLIPS),
    }
    assert screening.noted == {("records", "after-as-of", "day"): len(TO_COME)}
    assert {row[0] for row in rows(screening.judged)} == set(ids[len(SLIPS) :])
    assert rows(screening.alerts) == {("h6", VILLAGE, "r0", "warn")}


@pytest.mark.parametrize("day", SLIPS)
def test_a_record_has_no_day_that_a_table_would_be_refused_for(day: date) -> None:
    """For the same reason."""
    with pytest.raises(ValidationError, match="implausible-day"):
        Record(record_id="r", kind="a", day=day)


# --- ages ------------------------------------------------------------------------------

SIXTY = pack_of("any(members, age >= 60)", "count(members, age < 16) > 0")


def age_on(born: date, day: date) -> int:
    """Count birthdays one by one: the plainest way to an age. 29 February is kept on 1 March."""
    had = 0
    for year in range(born.year + 1, day.year + 1):
        leap = born.month == 2 and born.day == 29 and (year % 4 or (year % 100 == 0 and year % 400))
        had += (date(year, 3, 1) if leap else born.replace(year=year)) <= day
    return had


@pytest.mark.slow
@pytest.mark.parametrize("kind", EAGER)
@settings(max_examples=8, deadline=None)
@given(
    as_of=st.dates(date(2021, 6, 1), date(2032, 12, 31)),
    born=st.lists(st.dates(date(1920, 1, 1), date(2033, 1, 1)), min_size=30, max_size=30),
    written=st.lists(st.none() | st.integers(0, 130), min_size=30, max_size=30),
)
def test_an_age_is_counted_from_the_birthday(
    kind: str, as_of: date, born: list[date], written: list[int | None]
) -> None:
    """On every engine as by `judge`; what was written is not used, and counted where it differs."""
    edge = [
        as_of.replace(year=as_of.year - 60, day=min(as_of.day, 28)) + timedelta(days=d)
        for d in (-1, 0, 1)
    ]
    born = [*edge, *born[3:]]
    homes = [
        Household(
            household_id=f"h{i}",
            area=VILLAGE,
            members=(Member(member_id="m", born_on=day, age=age),),
        )
        for i, (day, age) in enumerate(zip(born, written, strict=True))
    ]
    true = {f"h{i}": age_on(day, as_of) if day <= as_of else None for i, day in enumerate(born)}
    expected = {
        (id_, VILLAGE, rule, verdict)
        for id_, age in true.items()
        for rule, held in (
            ("r0", None if age is None else age >= 60),
            ("r1", None if age is None else age < 16),
        )
        if (verdict := {None: "undecided", True: "warn", False: ""}[held])
    }
    screening = screen(tables_as(Tables.of(homes), kind), SIXTY, as_of=as_of)
    assert rows(screening.alerts) == expected
    compiled = compile_pack(SIXTY, as_of=as_of)
    for home in homes:
        judged = judge(home, SIXTY, as_of=as_of)
        mine = {(home.household_id, VILLAGE, a.rule_id, a.verdict.value) for a in judged.alerts}
        assert mine == {row for row in expected if row[0] == home.household_id}
        assert compiled(home) == tuple(judged.verdicts.values())
    different = sum(
        age is not None and true[f"h{i}"] is not None and age != true[f"h{i}"]
        for i, age in enumerate(written)
    )
    to_come = sum(day > as_of for day in born)
    assert screening.noted == {
        key: count
        for key, count in {
            ("members", "counted-otherwise", "age"): different,
            ("members", "after-as-of", "born_on"): to_come,
        }.items()
        if count
    }


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.filterwarnings("ignore")
def test_a_table_of_birthdays_needs_no_ages(kind: str) -> None:
    """The column may be away; and an age without a birthday stands as it was given."""
    homes = pl.DataFrame({"household_id": ["a", "b"], "area": VILLAGE})
    born = pl.DataFrame(
        {"household_id": ["a", "b"], "born_on": [date(1961, 12, 1), date(1961, 12, 2)]}
    )
    screening = screen(tables_as(Tables(homes, born), kind), SIXTY, as_of=AS_OF)
    assert rows(screening.alerts) == {("a", VILLAGE, "r0", "warn")}
    aged = pl.DataFrame({"household_id": ["a", "b"], "age": [60, 59]})
    screening = screen(tables_as(Tables(homes, aged), kind), SIXTY, as_of=AS_OF)
    assert rows(screening.alerts) == {("a", VILLAGE, "r0", "warn")}


MOMENTS = [dt.datetime.fromisoformat(one) for one in ("2021-12-01T08:30", "2021-12-01")]


@pytest.mark.parametrize("moment", MOMENTS)
def test_who_judges_at_a_moment_judges_on_its_day(moment: dt.datetime) -> None:
    """One household, and many: the day that the moment is written with."""
    home = Household(household_id="h1", area=VILLAGE, members=(), records=())
    assert judge(home, YEAR, as_of=moment) == judge(home, YEAR, as_of=moment.date())
    homes = Tables.of([home])
    assert screen(homes, YEAR, as_of=moment).totals().as_of == dt.date(2021, 12, 1)
