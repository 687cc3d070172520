"""The manners of a cluster: what comes to the driver has a bound, and executors write the lists."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from antipoverty.casework import open_cases
from antipoverty.errors import FrameTooLargeError, InvalidArgumentError
from antipoverty.judgement import judge_all
from antipoverty.packs import shaanxi_2531
from antipoverty.scoring import AssessmentPolicy, assess_frame
from antipoverty.screening import Screening, Tables, line_id, screen
from antipoverty.synthetic import DEMO_DAY, generate
from casework_books import empty
from engines import engine, rows, tables_as
from packs import a_pack, a_rule

SHIPPED = shaanxi_2531()
PACK = a_pack(
    a_rule("net_income_12m < yuan('9000', per='person') * size", "low", department="civil-affairs"),
    a_rule("any(members, not insured)", "uninsured", department="medical-insurance"),
    a_rule("count(members, disabled) >= 1 and not monitored", "disabled", department="housing"),
    a_rule(
        "sum(records, amount, where=kind == 'medical_self_paid', months=12) > yuan('100')",
        "medical",
        department="medical-insurance",
    ),
    kinds=SHIPPED.kinds.values(),
    departments=SHIPPED.departments,
    area="61",
)
TABLES = (PACK.schema.household, *PACK.schema.tables.values())
PLACES = {"department": pl.String, "county": pl.String}
SHUFFLES = 7
"""So many stages of a screening of clean tables of households, members and records shuffle."""


SHUFFLES_OF_LINES = 4
"""The facts of an answer, by their keys; the answers by theirs; both by department and county."""


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Tables[pl.DataFrame]:
    """Four hundred households."""
    folder = tmp_path_factory.mktemp("village")
    generate(folder, households=400, seed=7)
    read = Tables.read(folder)
    frames = {name: read[name].collect() for name in read}
    gone = pl.when(pl.int_range(pl.len()) % 5 > 0)
    homes = frames["households"].with_columns(gone.then("net_income_12m"), gone.then("monitored"))
    return read.with_frames(frames | {"households": homes})


def read_lines(folder: Path) -> pl.DataFrame:
    found = pl.read_parquet(folder / "**/*.parquet", hive_partitioning=True, hive_schema=PLACES)
    return found.select(sorted(found.columns)).sort(pl.all())


def read_csv(folder: Path) -> Counter[Any]:
    found: Counter[Any] = Counter()
    for path in folder.rglob("*.csv"):
        places = [part.partition("=")[2] for part in path.parts if "=" in part]
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        with path.open(encoding="utf-8-sig", newline="") as lines:
            found.update((*places, *row.values()) for row in csv.DictReader(lines))
    return found


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", [engine("duckdb")])
def test_lines_are_those_of_the_lists(
    kind: str, village: Tables[pl.DataFrame], tmp_path: Path
) -> None:
    """Every line of every department's list, with its id, laid by department and county."""
    whole = screen(village, PACK, as_of=DEMO_DAY)
    there = screen(tables_as(village, kind), PACK, as_of=DEMO_DAY)
    whole.write_lines(tmp_path / "whole")
    there.write_lines(tmp_path / "there")
    found = read_lines(tmp_path / "whole")
    assert read_lines(tmp_path / "there").equals(found)
    same_as_the_lists(whole, found)
    whole.write_lines(tmp_path / "text", form="csv")
    there.write_lines(tmp_path / "theirs", form="csv")
    assert read_csv(tmp_path / "text") == read_csv(tmp_path / "theirs")
    assert all(row[2].startswith("\t") for row in read_csv(tmp_path / "text"))


def same_as_the_lists(screening: Screening[Any], found: pl.DataFrame) -> None:
    columns = ["household_id", "area", "rule_id", "title_zh", "severity", "verdict", "missing"]
    columns += ["status", "line"]
    for department in PACK.departments:
        mine = found.filter(pl.col("department") == department)
        listed = screening.handover(department).select(columns)
        assert mine.select(columns).sort(columns).equals(listed.sort(columns))
    one = found.row(0, named=True)
    assert one["line"] == line_id(one["household_id"], one["rule_id"], DEMO_DAY)
    assert one["county"] == one["area"][:6]
    assert found.filter(pl.col("verdict") == "undecided")["missing_zh"].str.len_chars().min() > 0


def test_lines_of_an_earlier_run_go(village: Tables[pl.DataFrame], tmp_path: Path) -> None:
    """What was written before stands no more, and what is not of the lists stays."""
    (tmp_path / "note.txt").write_text("kept")
    screening = screen(village, PACK, as_of=DEMO_DAY)
    screening.write_lines(tmp_path, form="csv")
    screening.write_lines(tmp_path)
    assert not [*tmp_path.rglob("*.csv")]
    assert read_lines(tmp_path).height == screening.alerts.height
    assert (tmp_path / "note.txt").read_text() == "kept"


# --- on Spark -------------------------------------------------------------------------


class Driver:
    """Counts the rows that come to the driver, and the stages that shuffle."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from pyspark.sql.classic.dataframe import DataFrame

        from engines import spark

        self.context: Any = spark().sparkContext
        self.rows: list[int] = []
        for name in ("collect", "toArrow", "toPandas"):
            monkeypatch.setattr(DataFrame, name, self._counting(getattr(DataFrame, name)))
        for name in ("toLocalIterator", "foreach"):
            monkeypatch.delattr(DataFrame, name)
        self.before = self._stages()

    def _counting(self, whole: Any) -> Any:
        def counted(frame: Any, *given: Any, **named: Any) -> Any:
            found = whole(frame, *given, **named)
            self.rows.append(len(found))
            return found

        return counted

    def _stages(self) -> dict[int, int]:
        store = self.context._jsc.sc().statusStore()
        quantiles = self.context._gateway.new_array(self.context._jvm.double, 0)
        listed = store.stageList(None, False, False, quantiles, None)
        each = (listed.apply(at) for at in range(listed.size()))
        return {stage.stageId(): stage.shuffleWriteRecords() for stage in each}

    @property
    def shuffles(self) -> int:
        """How many stages have shuffled since this began."""
        return sum(rows > 0 for id_, rows in self._stages().items() if id_ not in self.before)

    def most(self) -> int:
        """The rows of the largest frame that came since the last look."""
        found, self.rows[:] = max(self.rows, default=0), []
        return found


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", [engine("pyspark")])
def test_nothing_unbounded_comes_to_the_driver(
    kind: str, village: Tables[pl.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Codes of areas, counts, facts, one household: never a row for each answer."""
    areas = village["households"]["area"].n_unique()
    driver = Driver(monkeypatch)
    there = screen(tables_as(village, kind), PACK, as_of=DEMO_DAY)
    assert driver.most() <= areas
    assert driver.shuffles <= SHUFFLES
    assert there.households == 400
    counties = village["households"]["area"].str.slice(0, 6).n_unique()
    for by, most in ((None, counties), ("department", counties * len(PACK.departments))):
        counts = there.summary("county", by)
        assert driver.most() <= areas
        assert counties <= len(counts.collect()) <= most
        assert driver.most() <= most
    _ = there.alerts, there.judged, there.rejected
    there.undecided()
    assert driver.most() <= 1
    before = driver.shuffles
    there.write_lines(tmp_path / "parquet")
    assert driver.shuffles - before <= SHUFFLES_OF_LINES
    there.write_lines(tmp_path / "csv", form="csv")
    there.write_lines(tmp_path / "csv", form="csv")  # over those of an earlier run
    assert driver.most() <= sum(len(one.fields) for one in TABLES)
    whole = screen(village, PACK, as_of=DEMO_DAY)
    assert whole.alerts.height > 50
    found = read_lines(tmp_path / "parquet")
    same_as_the_lists(whole, found)
    whole.write_lines(tmp_path / "here", form="csv")
    assert read_csv(tmp_path / "csv") == read_csv(tmp_path / "here")
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/note.txt").write_text("kept")
    with pytest.raises(InvalidArgumentError, match="Spark would empty it"):
        there.write_lines(tmp_path)
    assert (tmp_path / "kept/note.txt").read_text() == "kept"
    one = village["households"]["household_id"][0]
    there.explain(one)
    assert driver.most() <= 99
    refused_above_the_bound(there, driver, monkeypatch)


def refused_above_the_bound(
    there: Screening[Any], driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What goes through rows one by one takes a bounded number, and says what to do with more."""
    monkeypatch.setattr("antipoverty._base.driver.MOST_BROUGHT", 20)
    for call in (
        lambda: judge_all(there.alerts, PACK, as_of=DEMO_DAY),
        lambda: open_cases(empty(), there.alerts, as_of=DEMO_DAY),
        lambda: assess_frame(there.alerts, AssessmentPolicy(), as_of=DEMO_DAY),
        lambda: there.handover("medical-insurance"),
    ):
        with pytest.raises(FrameTooLargeError, match="a county or a department at a time"):
            call()
    assert driver.most() <= 21


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", [engine("pyspark")])
def test_rows_of_nobody_and_long_ids_come_by_a_bound(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of nobody are counted where they are; ids that may be a telephone come in pieces."""
    village, known = "610702100200", [f"10{number:09d}" for number in range(60)]
    odd = ["61070210020000000１", " 61070210020000001X", "+610702100200000011", "a 1"]
    codes = ["610702100200000001X", "6107021002000000019"]
    ids = [*known, "13912345678", *odd, *codes]
    homes = pl.DataFrame({"household_id": ids, "area": village, "size": 1})
    lost = [f"{village}{n:06d}" for n in range(30)] + [f"999{n}" for n in range(25)]
    whose = [*known[:5], *lost, None, None]
    records = pl.DataFrame({"household_id": whose, "kind": "k", "day": DEMO_DAY - timedelta(9)})
    tables = Tables(homes, records=records)
    pack = a_pack("any(records, kind == 'k', months=12)")
    for module in ("_screening.table_check", "_screening.unseen"):
        monkeypatch.setattr(f"antipoverty.{module}.MOST_UNPLACED", 20)
    for module in ("_base.suspects", "_base.driver"):
        monkeypatch.setattr(f"antipoverty.{module}.MOST_BROUGHT", 20)
    expected = screen(tables, pack, as_of=DEMO_DAY)
    driver = Driver(monkeypatch)
    found = screen(tables_as(tables, kind), pack, as_of=DEMO_DAY)
    assert 20 < driver.most() < len(known)
    assert expected.unplaced["records"].rows() == [("", 27), (village, 30)]
    assert found.unplaced["records"].equals(expected.unplaced["records"])
    assert found.rejected_counts == expected.rejected_counts
    assert expected.rejected_counts["households", "personal-id", "household_id"] >= 1
    assert expected.rejected_counts["households", "invalid-id", "household_id"] == len(odd)
    assert rows(found.judged) == rows(expected.judged)
    assert rows(found.alerts) == rows(expected.alerts)
    with pytest.raises(FrameTooLargeError):
        found.state()
    assert driver.most() <= max(expected.alerts.height, 21)
    monkeypatch.setattr("antipoverty._base.driver.MOST_BROUGHT", 100)
    strays = expected.state().strays["records"]
    assert found.state().strays["records"].equals(strays)
    assert strays.height == len(lost) + 1
