"""What comes in is read alike at every door: by `judge`, and by `screen` on every engine."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from pydantic import ValidationError
from stdnum.iso7064 import mod_11_2

from antipoverty import Household, Record, Tables, judge, screen
from antipoverty.casework import count_households, open_cases
from antipoverty.cli import main
from antipoverty.codes import HouseholdCode
from antipoverty.engines.closure import compile_pack
from antipoverty.errors import InvalidArgumentError, InvalidFileError, UnsupportedFrameError
from antipoverty.packs import shaanxi_2531
from casework_books import alerts, empty
from engines import ALL, EAGER, rows, tables_as
from packs import a_pack

VILLAGE, AS_OF = "610702100200", date(2021, 12, 1)


# --- ids --------------------------------------------------------------------------

CODE = str(HouseholdCode.make("61070210020001", 7))
FINE = ["ok", "h-1", "610702100200010011", CODE, "f4b1c2d3-0a1b-4c5d-8e9f-a01b22c34d55"]
UNSEEN = "\t\n\r\x0b\x0c\x1c \x85\xa0\u1680\u2009\u200b\u2028\u202f\u205f\u3000\ufeff"
BAD_FORM = [
    *(f"{before}a{after}" for blank in UNSEEN for before, after in [("", blank), (blank, "")]),
    *("", "合计", "张三", "６１０７０２", "a|b", "-a", "=A1", "a" * 65),
]
PERSONAL = ["13812345678", "x-138-1234-5678", "610102198001010031", "029-87654321"]


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.filterwarnings("ignore")
def test_ids_are_read_alike_on_every_engine(kind: str) -> None:
    """Blanks nobody sees, line ends, names and numbers of persons get one answer everywhere."""
    ids = [*FINE, *BAD_FORM, *PERSONAL]
    homes = pl.DataFrame({"household_id": ids, "area": VILLAGE, "water_safe": False})
    screening = screen(tables_as(Tables(homes), kind), a_pack("not water_safe"), as_of=AS_OF)
    assert {row[0] for row in rows(screening.alerts)} == set(FINE)
    assert screening.rejected_counts == {
        ("households", "invalid-id", "household_id"): len(BAD_FORM),
        ("households", "personal-id", "household_id"): len(PERSONAL),
    }


@pytest.mark.parametrize("id_", [*BAD_FORM, *PERSONAL])
def test_a_household_has_no_id_that_a_table_would_be_refused_for(id_: str) -> None:
    """And the message does not repeat what was given."""
    with pytest.raises(ValidationError) as caught:
        Household(household_id=id_, area=VILLAGE)
    assert len(id_) < 2 or id_ not in str(caught.value)


@pytest.mark.parametrize("id_", FINE)
def test_codes_and_plain_references_are_ids(id_: str) -> None:
    """A household code may look like a number, and is nobody's."""
    assert Household(household_id=id_, area=VILLAGE).household_id == id_


# --- kinds, days, amounts, files ----------------------------------------------------


def test_a_mistyped_kind_is_refused_by_every_door() -> None:
    """What `screen` sets aside, `judge` and a compiled pack refuse for the same reason."""
    shipped = shaanxi_2531()
    record = Record(record_id="r", kind="traffic_acident", day=date(2021, 5, 1))
    home = Household(household_id="h", area=VILLAGE, members=(), records=(record,))
    screening = screen(Tables.of([home]), shipped, as_of=AS_OF)
    assert screening.rejected_counts["records", "unknown-choice", "kind"] == 1
    compiled = compile_pack(shipped, as_of=AS_OF)
    for ask in (lambda: judge(home, shipped, as_of=AS_OF), lambda: compiled(home)):
        with pytest.raises(InvalidArgumentError, match="'traffic_accident'") as caught:
            ask()
        assert "unknown-choice" in str(caught.value)


@pytest.mark.parametrize("kind", EAGER)
@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai"])
def test_a_moment_is_no_day(kind: str, zone: str) -> None:
    """A zoned timestamp is refused by name: its day depends on where one stands."""
    home = Household(household_id="h", area=VILLAGE, members=(), records=())
    moment = pl.Series([datetime(2021, 11, 30)]).dt.replace_time_zone(zone)  # noqa: DTZ001
    records = pl.DataFrame({"household_id": ["h"], "kind": ["a"], "day": moment})
    tables = Tables(Tables.of([home])["households"], records=records)
    with pytest.raises(UnsupportedFrameError, match=r"records\.day"):
        screen(tables_as(tables, kind), a_pack("count(records, days=30) > 0"), as_of=AS_OF)


@pytest.mark.parametrize("kind", EAGER)
@pytest.mark.parametrize("amounts", [[17400.5, 18000, 12000], [1.74, 2, 3]])
def test_a_column_of_amounts_has_one_unit(kind: str, amounts: list[float]) -> None:
    """One fraction proves that the column is not in fen, so that none of it is read as fen."""
    homes = pl.DataFrame({"household_id": [*"abc"], "area": VILLAGE, "net_income_12m": amounts})
    pack = a_pack('net_income_12m < yuan("6000")')
    screening = screen(tables_as(Tables(homes), kind), pack, as_of=AS_OF)
    assert screening.households == 0
    assert screening.rejected_counts == {("households", "not-in-fen", "net_income_12m"): 3}


def test_part_files_of_counties_are_one_table(tmp_path: Path) -> None:
    """Whole floats, small integers, categories and a missing column fit together."""
    pack = a_pack('net_income_12m < yuan("6000", per="person") * size')
    folder = tmp_path / "households"
    folder.mkdir()
    rows_ = {"household_id": ["a", "b"], "area": [VILLAGE] * 2, "size": [1, 1]}
    pl.DataFrame({**rows_, "net_income_12m": [500_000, 700_000]}).write_parquet(
        folder / "1.parquet"
    )
    other = pl.DataFrame({**rows_, "net_income_12m": [500_000.0, None], "category": None})
    other.with_columns(
        pl.Series("household_id", ["c", "d"]), pl.col("size").cast(pl.Int32)
    ).write_parquet(folder / "2.parquet")
    found = screen(Tables.read(tmp_path), pack, as_of=AS_OF).alerts
    assert rows(found) == {
        ("a", VILLAGE, "r0", "warn"),
        ("c", VILLAGE, "r0", "warn"),
        ("d", VILLAGE, "r0", "undecided"),
    }
    pl.DataFrame({**rows_, "net_income_12m": ["1", "2"]}).write_parquet(folder / "3.parquet")
    with pytest.raises(UnsupportedFrameError, match=r"net_income_12m .* 3\.parquet"):
        Tables.read(tmp_path)


def test_nested_areas_are_not_counted_twice() -> None:
    """A yearbook's totals and their parts, one under the other, are named."""
    areas = ["610702", "610702100", "610702100200"]
    with pytest.raises(InvalidFileError, match="lies inside"):
        count_households(
            pl.DataFrame({"area": areas, "households": [60000, 5000, 300]}), level="county"
        )


def test_nothing_judged_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command says so in its first line, and ends with a code of its own."""
    homes = Tables.of([Household(household_id="h", area=VILLAGE, members=(), records=())])
    for name in homes:
        frame = homes[name]
        if name == "households":
            frame = frame.with_columns(monitored=pl.lit("是"))
        frame.write_parquet(tmp_path / f"{name}.parquet")
    asked = ["screen", str(tmp_path), "--pack", "shaanxi-2531", "--as-of", "2021-12-01"]
    assert main(asked) == 3
    assert capsys.readouterr().out.startswith("判定不足")


# --- codes of villages whose number reads as a year -----------------------------------

LOOKS_BORN = "610702199001"  # township 199, village 001: the first month of 1990
OF_VILLAGE = [
    body
    for number in range(1, 400)
    if mod_11_2.is_valid(body := f"{LOOKS_BORN}{1 + number % 28:02}{number:04}")
]


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.filterwarnings("ignore")
def test_a_code_of_the_own_village_names_nobody(kind: str) -> None:
    """Though it is a valid resident id; in another village, it is one."""
    assert len(OF_VILLAGE) > 10
    ids = [*OF_VILLAGE, *OF_VILLAGE[:3]]
    areas = [LOOKS_BORN] * len(OF_VILLAGE) + [VILLAGE] * 3
    for here, there in ((slice(0, -3), ()), (slice(-3, None), range(3))):
        homes = pl.DataFrame({"household_id": ids[here], "area": areas[here], "water_safe": False})
        tables = tables_as(Tables(homes), kind)
        screening = screen(tables, a_pack("not water_safe"), as_of=AS_OF)
        aside = screening.rejected_counts.get(("households", "personal-id", "household_id"), 0)
        assert aside == len(there)
        assert screening.households == len(homes) - len(there)


@pytest.mark.parametrize("id_", OF_VILLAGE[:5])
def test_a_household_has_a_code_of_its_own_village_alone(id_: str) -> None:
    """As a table has; and a case can be opened for it."""
    assert Household(household_id=id_, area=LOOKS_BORN).household_id == id_
    assert Household(household_id=id_, area=f"{LOOKS_BORN}01").household_id == id_
    with pytest.raises(ValidationError, match="personal-id"):
        Household(household_id=id_, area=VILLAGE)
    found = alerts((id_, "traffic-accident"), area=LOOKS_BORN)
    assert [*open_cases(empty(), found, as_of=AS_OF)[0].cases] == [id_]
    with pytest.raises(InvalidFileError, match="household"):
        open_cases(empty(), alerts((id_, "traffic-accident"), area=VILLAGE), as_of=AS_OF)
