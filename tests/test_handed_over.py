"""What was handed over: who lacks what, and what the intake of files counts as delivered."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import date, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import attrs
import polars as pl
import pytest

from antipoverty import Pack, Rule, Source, Tables, Text, screen
from antipoverty._base import hashes  # private: which of its two ways counting goes
from antipoverty._policy import data_only  # private: what crosses from a plugin's process
from antipoverty.cli import main
from antipoverty.errors import InvalidPackError
from antipoverty.intake import Intake, read, read_into, read_mapping
from antipoverty.model import Delivery
from antipoverty.packs import shaanxi_2531
from antipoverty.periods import Cadence
from antipoverty.rules import RecordKind, pack_from_toml
from antipoverty.screening import deliveries_frame, delivery_gaps

AS_OF = date(2021, 12, 1)


def shaanxi_text() -> str:
    """The text of the shipped pack."""
    place = resources.files("antipoverty.packs") / "shaanxi_2531/pack.toml"
    return place.read_text(encoding="utf-8")


END = date(2021, 11, 30)
PACK = Pack(
    "made",
    Text("包", "pack"),
    area="61",
    kinds=[
        RecordKind("accident", Text("意外", "accident"), "police"),
        RecordKind("medical", Text("医疗", "medical care"), "health"),
    ],
    departments={"police": Text("公安", "police"), "health": Text("医保", "health")},
    rules=[
        Rule(
            id="accident",
            title=Text("意外", "accident"),
            department="police",
            when="any(records, kind == 'accident', months=12)",
            source=Source("made for the test"),
            since=date(2021, 1, 1),
        )
    ],
)


def handed(kind: str, area: str, first: date | None, last: date) -> Delivery:
    """One delivery of a kind."""
    return Delivery(department="d", kinds=(kind,), area=area, first=first, last=last)


# --- gaps ----------------------------------------------------------------------------

GAPS = [
    # deliveries of accidents, months -> delivered until, lacking until, days lacking, days asked;
    # from 2021-09-01 there are 91 days before 2021-12-01, and 61 from 2021-10-01
    ("never", [], 3, (None, END, 91, 91)),
    ("all", [(None, END)], 3, None),
    ("more than all", [(date(2021, 8, 1), date(2022, 1, 1))], 3, None),
    ("the days asked for", [(date(2021, 9, 1), END)], 3, None),
    ("the first day lacks", [(date(2021, 9, 2), END)], 3, (END, date(2021, 9, 1), 1, 91)),
    (
        "the last day lacks",
        [(None, date(2021, 11, 29))],
        3,
        (date(2021, 11, 29), END, 1, 91),
    ),
    (
        "November lacks",
        [(None, date(2021, 10, 31))],
        2,
        (date(2021, 10, 31), END, 30, 61),
    ),
    (
        "October lacks",
        [(None, date(2021, 9, 30)), (date(2021, 11, 1), END)],
        3,
        (END, date(2021, 10, 31), 31, 91),
    ),
    (
        "two that overlap count once",
        [(date(2021, 9, 1), date(2021, 10, 15)), (date(2021, 10, 10), date(2021, 11, 29))],
        3,
        (date(2021, 11, 29), END, 1, 91),
    ),
    ("long ago", [(None, date(2021, 1, 31))], 3, (None, END, 91, 91)),
]


@pytest.mark.parametrize(("spells", "months", "lacks"), [one[1:] for one in GAPS])
def test_the_days_nobody_delivered_are_counted(
    spells: list[tuple[date | None, date]], months: int, lacks: tuple[Any, ...] | None
) -> None:
    """Each kind and area has the last day that came, the last that did not, and how many."""
    given = [handed("accident", "6107", first, last) for first, last in spells]
    found = delivery_gaps(given, PACK, ["610702"], as_of=AS_OF, months=months)
    accidents = found.filter(pl.col("kind") == "accident")
    wanted = [] if lacks is None else [("police", "accident", "610702", *lacks)]
    assert accidents.select(pl.all().exclude("every", "owed_until", "days_late")).rows() == wanted
    assert accidents["days_late"].null_count() == accidents.height  # the pack states no duty
    assert found.filter(pl.col("kind") == "medical").height == 1  # nobody delivered these


def test_a_delivery_of_a_part_does_not_count_for_the_whole() -> None:
    """A county is not covered by one of its villages, nor by its neighbour."""
    given = [handed("accident", area, None, END) for area in ("610702100200", "610703")]
    found = delivery_gaps(given, PACK, ["610702", "610703", "610702"], as_of=AS_OF)
    accidents = found.filter(pl.col("kind") == "accident")
    assert accidents["area"].to_list() == ["610702"]


# as of 2021-12-01 and over three months, from 2021-09-01: how often, delivered until -> the last
# day that is owed, how many days up to it lack
LATE = [
    ("week", date(2021, 11, 28), (date(2021, 11, 28), 0)),
    ("week", date(2021, 11, 27), (date(2021, 11, 28), 1)),
    ("month", date(2021, 11, 29), (END, 1)),
    ("month", date(2021, 10, 31), (END, 30)),
    ("quarter", date(2021, 9, 30), (date(2021, 9, 30), 0)),
    ("quarter", date(2021, 9, 29), (date(2021, 9, 30), 1)),
    ("quarter", None, (date(2021, 9, 30), 30)),
    ("half-year", None, (date(2021, 6, 30), 0)),
    ("year", None, (date(2020, 12, 31), 0)),
]


@pytest.mark.parametrize(("every", "until", "late"), LATE)
def test_what_is_owed_for_whole_periods_is_late_after_them(
    every: str, until: date | None, late: tuple[date, int]
) -> None:
    """Days of a period that still runs lack, and are not late."""
    kinds = [attrs.evolve(one, every=every) for one in PACK.kinds.values()]
    given = [] if until is None else [handed("accident", "61", None, until)]
    found = delivery_gaps(given, PACK.evolve(kinds=kinds), ["610702"], as_of=AS_OF, months=3)
    (gap,) = found.filter(pl.col("kind") == "accident").to_dicts()
    assert (gap["every"], gap["owed_until"], gap["days_late"]) == (every, *late)
    assert gap["days_lacking"] == (END - until).days if until else 91


def test_a_pack_file_says_how_often_a_kind_is_owed() -> None:
    """It goes through TOML and the JSON of packs; other words are refused."""
    text = shaanxi_text().replace(
        'department = "medical-insurance"\n',
        'department = "medical-insurance"\nevery = "month"\n',
        1,
    )
    pack = pack_from_toml(text)
    assert pack.kinds["medical_self_paid"].every is Cadence.MONTH
    assert data_only.read(data_only.written(pack)).kinds == pack.kinds
    assert all(one.every is None for one in shaanxi_2531().kinds.values())  # none is published
    with pytest.raises(InvalidPackError, match="every"):
        pack_from_toml(text.replace('every = "month"', 'every = "monthly"'))


def test_what_is_not_late_is_no_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On 15 December a monthly kind that came up to the end of November is listed, exit code 0."""
    pack = tmp_path / "pack.toml"
    text = shaanxi_text()
    for department in {one.department for one in shaanxi_2531().kinds.values()}:
        kind = f'department = "{department}"\n\n[[kinds]]'
        text = text.replace(kind, kind.replace("\n\n", '\nevery = "month"\n\n'))
    pack.write_text(text, "utf-8")
    owed = [one.id for one in pack_from_toml(text).kinds.values() if one.every]
    rest = {*shaanxi_2531().kinds} - {*owed}
    given = [handed(kind, "61", None, END) for kind in owed]
    given += [handed(kind, "61", None, date(2021, 12, 31)) for kind in rest]
    place = folder_of(tmp_path / "t", given)
    words = (place, "--pack", str(pack), "--as-of", "2021-12-15")
    code = main(["deliveries", *map(str, words), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert (code, {one["days_late"] for one in told["gaps"]}) == (0, {0})
    assert {one["kind"] for one in told["gaps"]} == set(owed)
    assert {one["owed_until"] for one in told["gaps"]} == {"2021-11-30"}
    late = (place, "--pack", str(pack), "--as-of", "2022-01-01")
    assert main(["deliveries", *map(str, late)]) == 1
    assert "每月 every month" in capsys.readouterr().out


# --- the command ------------------------------------------------------------------------


def folder_of(place: Path, deliveries: list[Delivery] | None) -> Path:
    """Tables of two counties, with a list of deliveries where there is one."""
    place.mkdir()
    ids, areas = ["a", "b"], ["610702100200", "610725001202"]
    homes = pl.DataFrame({"household_id": ids, "area": areas})
    homes.write_parquet(place / "households.parquet")
    if deliveries is not None:
        deliveries_frame(deliveries).write_parquet(place / "deliveries.parquet")
    return place


def ran(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str]:
    """Run the command; give its exit code and what it said."""
    code = main(["deliveries", *map(str, words), "--as-of", "2021-12-01"])
    said = capsys.readouterr()
    return code, said.out + said.err


def all_kinds(area: str) -> list[Delivery]:
    """All that the shipped pack knows, for an area."""
    return [handed(kind, area, None, END) for kind in shaanxi_2531().kinds]


def test_the_command_lists_what_lacks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1 where something lacks, 0 where all came; by county, or by another level."""
    kinds = [*shaanxi_2531().kinds]
    place = folder_of(tmp_path / "t", all_kinds("610702"))
    words = (place, "--pack", "shaanxi-2531")
    code, said = ran(capsys, *words, "--json")
    told = json.loads(said)
    assert code == 1
    assert (told["as_of"], told["months"]) == ("2021-12-01", 12)
    assert {one["area"] for one in told["gaps"]} == {"610725"}
    assert sorted(one["kind"] for one in told["gaps"]) == sorted(kinds)
    assert {(one["days_lacking"], one["days_asked"]) for one in told["gaps"]} == {(365, 365)}
    assert {(one["delivered_until"], one["lacking_until"]) for one in told["gaps"]} == {
        (None, "2021-11-30")
    }
    code, said = ran(capsys, *words, "--level", "village", "--months", "1", "--json")
    told = json.loads(said)
    assert {one["area"] for one in told["gaps"]} == {"610725001202"}
    assert {one["days_asked"] for one in told["gaps"]} == {30}
    code, said = ran(capsys, *words)
    assert code == 1
    assert "610725" in said
    whole = folder_of(tmp_path / "whole", all_kinds("61"))
    code, said = ran(capsys, whole, "--pack", "shaanxi-2531", "--json")
    assert (code, json.loads(said)["gaps"]) == (0, [])
    code, said = ran(capsys, whole, "--pack", "shaanxi-2531")
    assert (code, "全部交付" in said) == (0, True)


def test_a_folder_without_a_list_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody can say what lacks where no list was kept; the answer is not that all came."""
    place = folder_of(tmp_path / "t", None)
    code, said = ran(capsys, place, "--pack", "shaanxi-2531")
    assert code == 2
    assert "deliveries.parquet" in said
    assert "missing-table" in said


# --- from files --------------------------------------------------------------------------

MAPPING = """
[[sources]]
id = "homes"
path = "homes.csv"
columns = [
  { column = "户编号", field = "household_id" }, { column = "村", field = "area" },
]
[[sources]]
id = "accidents"
path = "accidents.csv"
rows = "records"
department = "police"
columns = [
  { column = "户编号", field = "household_id" }, { column = "编号", field = "record_id" },
  { column = "日期", field = "day" },
]
constants = { kind = "accident" }
[sources.delivery]
kinds = ["accident"]
area = "61"
last = 2021-11-30
received = 2021-12-01
"""
UNDECLARED = MAPPING.split("[sources.delivery]")[0]
SOUND, LOST = "h1,r1,2021-03-05\n", "h1,r1,2021-03-05\nnobody,r2,2021-03-05\n"


def taken(folder: Path, accidents: str, mapping: str = MAPPING) -> Intake[Any]:
    """Two households, and the accidents of a department."""
    (folder / "homes.csv").write_text("户编号,村\nh1,610702100200\nh2,610702100200\n", "utf-8")
    (folder / "accidents.csv").write_text(f"户编号,编号,日期\n{accidents}", "utf-8")
    return read(read_mapping(mapping), folder)


def said_of(intake: Intake[Any]) -> dict[str, str]:
    """What the rule answers where it is not clear."""
    alerts = screen(intake.tables, PACK, as_of=AS_OF).alerts
    return dict(alerts.select("household_id", "verdict").iter_rows())


def test_a_delivery_that_came_whole_says_who_has_no_record(tmp_path: Path) -> None:
    """The tables carry it, in memory and in the folder; no record then means none."""
    intake = taken(tmp_path, SOUND)
    assert said_of(intake) == {"h1": "warn"}
    (one,) = intake.tables.deliveries or ()
    assert (one.department, one.kinds, one.area, one.first) == ("police", ("accident",), "61", None)
    assert one.digest == intake.deliveries["accidents"].digest
    assert one.rows == 1
    intake.write(tmp_path / "out")
    into = read_into(tmp_path / "into", read_mapping(MAPPING), tmp_path)
    for folder in ("out", "into"):
        again = Tables.read(tmp_path / folder)
        assert again.deliveries == intake.tables.deliveries == into.tables.deliveries
    assert intake.report.exit_code == 0


def test_a_row_that_is_lost_after_the_intake_is_seen(tmp_path: Path) -> None:
    """The list says how many rows came; a table with fewer does not hold the delivery."""
    taken(tmp_path, SOUND).write(tmp_path / "out")
    place = tmp_path / "out/records.parquet"
    pl.read_parquet(place).head(0).write_parquet(place)
    screening = screen(Tables.read(tmp_path / "out"), PACK, as_of=AS_OF)
    found = screening.alerts.collect().select("household_id", "verdict").iter_rows()
    assert dict(found) == {"h1": "undecided", "h2": "undecided"}
    assert [one.rows for one in screening.deliveries_lost] == [1]


def test_rows_are_counted_where_one_source_brings_them(tmp_path: Path) -> None:
    """Rows of days or places that the delivery is not about do not count for it."""
    rows = "h1,r1,2021-03-05\nh2,r2,2021-12-24\nh2,r3,2021-11-30\n"
    (one,) = taken(tmp_path, rows).tables.deliveries or ()
    assert one.rows == 2  # the second is of after the last day
    elsewhere = MAPPING.replace('area = "61"', 'area = "6101"')
    (one,) = taken(tmp_path, rows, elsewhere).tables.deliveries or ()
    assert one.rows == 0
    twice = MAPPING + MAPPING.split("[[sources]]")[2].replace('"accidents"', '"again"', 1).join(
        ["[[sources]]", ""]
    )
    both = taken(tmp_path, SOUND, twice).tables.deliveries or ()
    assert [one.rows for one in both] == [None, None]  # whose a row is cannot be told


def test_a_lost_record_is_not_an_all_clear(tmp_path: Path) -> None:
    """Whose it was is not known: the answers of all who have no record are undecided."""
    intake = taken(tmp_path, LOST)
    assert said_of(intake) == {"h1": "warn", "h2": "undecided"}
    assert intake.tables.deliveries == ()
    assert "不算交齐" in intake.report.explain("zh")
    assert "does not count as delivered" in intake.report.explain("en")
    assert intake.report.exit_code == 1
    told = {one["id"]: one["undelivered"] for one in intake.report.as_json()["sources"]}
    assert told == {"homes": None, "accidents": "rows-lost"}
    intake.write(tmp_path / "out")
    screening = screen(Tables.read(tmp_path / "out"), PACK, as_of=AS_OF)
    found = screening.alerts.collect().select("household_id", "verdict").iter_rows()
    assert dict(found) == {"h1": "warn", "h2": "undecided"}


@pytest.mark.parametrize("constants", ['constants = { kind = "accident" }', ""])
def test_a_record_that_another_source_lost_spoils_the_delivery_too(
    tmp_path: Path, constants: str
) -> None:
    """Of the same kind, or of one that is not stated, it may be anybody's."""
    (tmp_path / "more.csv").write_text("户编号,编号\nnobody,r9\nh1,r8\n", "utf-8")
    more = f"""
[[sources]]
id = "more"
path = "more.csv"
rows = "records"
{constants}
columns = [
  {{ column = "户编号", field = "household_id" }}, {{ column = "编号", field = "record_id" }},
]
"""
    assert said_of(taken(tmp_path, SOUND, MAPPING + more))["h2"] == "undecided"
    other = more.replace(
        constants or "rows =",
        'constants = { kind = "medical" }\n' + ("" if constants else "rows ="),
    )
    assert "h2" not in said_of(taken(tmp_path, SOUND, MAPPING + other))


def test_a_delivery_in_other_words_does_not_count(tmp_path: Path) -> None:
    """A department that has no id of the pack's is named in the report, and covers nothing."""
    intake = taken(tmp_path, SOUND, MAPPING.replace('"police"', '"公安局"'))
    assert intake.tables.deliveries == ()
    assert said_of(intake)["h2"] == "undecided"
    assert intake.report.sources[1].undelivered == "not-stated"
    assert intake.report.exit_code == 1


def test_without_a_declared_delivery_the_caller_vouches(tmp_path: Path) -> None:
    """Then there is no list, neither beside the tables nor in them."""
    intake = taken(tmp_path, SOUND, UNDECLARED)
    assert intake.tables.deliveries is None
    intake.write(tmp_path / "out")
    assert not (tmp_path / "out/deliveries.parquet").exists()


@pytest.mark.slow
def test_rows_are_counted_for_their_delivery_however_tables_are_sorted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By a plain count of each delivery's rows; those in the homes' order go another way."""
    chance, ways, lost = random.Random(3), Counter[tuple[str, bool]](), Counter[int]()
    real = hashes.spread
    areas = ("610102001001", "610102002001", "610103001001", "610802001001")
    for _ in range(50):
        count = chance.randint(1, 12)
        homes = [(f"h{number:02}", chance.choice(areas)) for number in range(count)]
        place = dict(homes)
        chance.shuffle(homes)
        rows: list[dict[str, Any]] = [
            {
                "household_id": id_,
                "record_id": f"{id_}-{number}",
                "kind": chance.choice(("accident", "medical")),
                "day": END - timedelta(days=chance.randint(0, 400)),
            }
            for id_, _ in homes
            for number in range(chance.choice((0, 1, 2, 4)))
        ]
        how = chance.choice(("in order", "mixed"))
        if how == "mixed":
            chance.shuffle(rows)
        listed, short = list[Delivery](), list[Delivery]()
        for kind in ("accident", "medical"):
            for area in ("610102", "610103001001", "6108"):
                first = chance.choice((None, END - timedelta(days=200)))
                last = END - timedelta(days=chance.choice((0, 30)))
                mine = [
                    row
                    for row in rows
                    if row["kind"] == kind
                    and place[row["household_id"]].startswith(area)
                    and (first or date.min) <= row["day"] <= last
                ]
                more = chance.choice((-1, 0, 0, 0, 1))
                one = saying(handed(kind, area, first, last), max(len(mine) + more, 0))
                listed.append(one)
                short += [one] * (more > 0)
        went = list[bool]()

        def seen(*given: Any, went: list[bool] = went) -> Any:
            found = real(*given)
            went.append(found is not None)
            return found

        monkeypatch.setattr("antipoverty._screening.deliveries.spread", seen)
        tables = Tables(
            pl.DataFrame(homes, schema=["household_id", "area"], orient="row"),
            records=pl.DataFrame(rows, schema=RECORDS),
            deliveries=listed,
        )
        assert screen(tables, PACK, as_of=AS_OF).deliveries_lost == tuple(short)
        ways.update((how, one) for one in went)
        lost[len(short)] += 1
    assert ways["in order", True] > 12
    assert ways["mixed", False] > 12
    assert lost[0] > 5
    assert lost[2] > 5


RECORDS = {"household_id": pl.String, "record_id": pl.String, "kind": pl.String, "day": pl.Date}


def saying(delivery: Delivery, rows: int) -> Delivery:
    """The delivery, which says how many rows it has."""
    return delivery.model_copy(update={"rows": rows})
