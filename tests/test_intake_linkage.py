"""Linkage: candidates for people to decide, measured on a planted truth; nothing is linked."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from antipoverty.cli import main
from antipoverty.errors import InvalidFileError
from antipoverty.intake import Intake, candidates, read, read_mapping, write_candidates
from planted import chance

pytest.importorskip("splink", reason="needs the extra 'linkage'")

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰涛明超"
PEOPLE = 1_500
KEY = b"sixteen bytes or more of a key"


def person(at: int) -> tuple[str, str, str, str]:
    """An invented person: name, birth, village, head."""
    bits, home = chance("person", at), at // 3
    head = chance("head", home)
    name = SURNAMES[head & 15] + GIVEN[bits >> 4 & 15] + GIVEN[bits >> 8 & 15]
    who = SURNAMES[head & 15] + GIVEN[head >> 4 & 15] + GIVEN[head >> 8 & 15]
    born = f"{1930 + bits % 80}{1 + bits // 80 % 12:02d}{1 + bits // 960 % 28:02d}"
    return name, born, f"6107021002{home % 40:02d}", who


def slipped(at: int) -> tuple[str, str, str, str]:
    """The same as a department writes it: one fact in four is wrong somewhere."""
    name, born, village, head = person(at)
    slip = chance("slip", at) % 12
    if slip == 0:
        name = name[:2] + GIVEN[(GIVEN.index(name[2]) + 1) % 16]
    elif slip == 1:
        born = born[:7] + str((int(born[7]) + 1) % 10) if born[6:] != "28" else born[:6] + "27"
    elif slip == 2:
        village = ""
    return name, born, village, head


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A roster, and the rows of a department in which numbers are missing."""
    place = tmp_path_factory.mktemp("link")
    homes = sorted({at // 3 for at in range(PEOPLE)})
    (place / "homes.csv").write_text(
        "户编号,村,户主\n"
        + "".join(f"h{home},{person(home * 3)[2]},{person(home * 3)[3]}\n" for home in homes),
        encoding="utf-8",
    )
    (place / "people.csv").write_text(
        "户编号,编号,姓名,出生\n"
        + "".join(f"h{at // 3},m{at},{person(at)[0]},{person(at)[1]}\n" for at in range(PEOPLE)),
        encoding="utf-8",
    )
    lines = [slipped(at) for at in range(0, PEOPLE, 3)]
    lines += [
        (f"欧阳{GIVEN[at % 16]}", f"19{at % 90 + 10}0101", "610702100299", "某某")
        for at in range(100)
    ]
    (place / "bills.csv").write_text(
        "姓名,出生,村,户主,日期\n" + "".join(",".join(one) + ",20210305\n" for one in lines),
        encoding="utf-8",
    )
    return place


MAPPING = """
[[sources]]
id = "homes"
path = "homes.csv"
columns = [{column = "户编号", field = "household_id"}, {column = "村", field = "area"},
           {column = "户主", field = "head_name"}]
[[sources]]
id = "people"
path = "people.csv"
rows = "members"
columns = [{column = "户编号", field = "household_id"}, {column = "编号", field = "member_id"},
           {column = "姓名", field = "name"}, {column = "出生", field = "born_on"}]
[[sources]]
id = "bills"
path = "bills.csv"
rows = "records"
constants = {kind = "outpatient"}
columns = [{column = "日期", field = "day"}]
link = {name = "姓名", birth = "出生", village = ["村"], head = "户主", threshold = 0.9}
"""


def test_candidates_are_found_with_their_precision_and_recall(folder: Path) -> None:
    """Of 500 rows about members with slips, and 100 about strangers."""
    found = candidates(read_mapping(MAPPING), folder)
    best = found.group_by("row", maintain_order=True).first()
    truth = {row: f"m{(row - 2) * 3}" for row in range(2, PEOPLE // 3 + 2)}
    right = sum(truth.get(row) == member for row, member in best.select("row", "member_id").rows())
    precision, recall = right / best.height, right / len(truth)
    assert precision >= 0.98, precision
    assert recall >= 0.95, recall
    assert found["probability"].min() >= 0.9
    assert found.columns == [*["source", "row", "household_id", "member_id", "probability", "file"]]
    assert found.equals(candidates(read_mapping(MAPPING), folder))


def test_nothing_is_linked_by_itself(folder: Path) -> None:
    """Every row without a number is listed, whatever its candidates."""
    report = read(read_mapping(MAPPING), folder, key=KEY).report
    bills = next(one for one in report if one.id == "bills")
    assert bills.placed == 0
    assert len(bills.aside["number-missing"]) == PEOPLE // 3 + 100


def test_the_command_writes_a_list_for_people(folder: Path, tmp_path: Path) -> None:
    """With row numbers and household codes, and no name."""
    (folder / "intake.toml").write_text(MAPPING, encoding="utf-8")
    out = tmp_path / "候选.csv"
    assert main(["intake", "link", str(folder / "intake.toml"), "--out", str(out)]) == 0
    text = out.read_text(encoding="utf-8-sig")
    head = "source,row,household_id,member_id,probability,file,是否此人,经办人编号,日期"
    assert text.splitlines()[0] == head
    assert not any(slipped(at)[0] in text for at in range(0, PEOPLE, 3))


def test_a_mapping_without_links_has_no_candidates(folder: Path) -> None:
    """And Splink is not even imported."""
    text = MAPPING.split('[[sources]]\nid = "bills"')[0]
    assert candidates(read_mapping(text), folder).equals(
        candidates(read_mapping(MAPPING), folder).clear()
    )
    assert isinstance(candidates(read_mapping(text), folder), pl.DataFrame)


DECIDED = MAPPING.replace("threshold = 0.9", 'threshold = 0.9, decided = "decided.csv"')


@pytest.fixture(scope="module")
def listed(folder: Path) -> pl.DataFrame:
    """The list of candidates as it leaves."""
    write_candidates(folder / "out.csv", candidates(read_mapping(MAPPING), folder))
    return pl.read_csv(folder / "out.csv", infer_schema=False)


def decided(folder: Path, listed: pl.DataFrame) -> Intake[pl.DataFrame]:
    """Read with the list as people return it."""
    listed.write_csv(folder / "decided.csv")
    return read(read_mapping(DECIDED), folder, key=KEY)


def yes(listed: pl.DataFrame, rows: int) -> pl.DataFrame:
    """Say yes to the likeliest candidates of the first rows, and no to the others of them."""
    best = pl.int_range(pl.len()).over("row") == 0
    said = pl.when(best).then(pl.lit("是")).otherwise(pl.lit("否"))
    return listed.with_columns(
        pl.when(pl.col("row").cast(pl.Int64) < rows + 2).then(said).alias("是否此人"),
        pl.lit("office-7").alias("经办人编号"),
        pl.lit("2021年12月1日").alias("日期"),
    )


def test_only_rows_that_people_decided_on_are_placed(folder: Path, listed: pl.DataFrame) -> None:
    """With the member they chose; a no and an open answer place nobody, and the count is told."""
    found = decided(folder, yes(listed, 50))
    bills = next(one for one in found.report if one.id == "bills")
    placed = found.tables["records"].select("record_id", "household_id").rows()
    assert bills.placed == bills.decided == len(placed) >= 45
    truth = {f"bills-{at // 3 + 2}": f"h{at // 3}" for at in range(0, PEOPLE, 3)}
    assert all(truth[record] == household for record, household in placed)
    assert bills.adds_up
    assert "由人认定的：" in found.report.explain("zh")
    undecided = decided(folder, listed)
    assert next(one for one in undecided.report if one.id == "bills").placed == 0


def test_a_list_is_refused_with_every_reason(folder: Path, listed: pl.DataFrame) -> None:
    """Decided by nobody, by a name, on no day, in other words, twice, or of another file."""
    good = yes(listed, 2)

    def refused(changed: pl.DataFrame) -> str:
        with pytest.raises(InvalidFileError) as caught:
            decided(folder, changed)
        return str(caught.value)

    by = pl.lit(None, pl.String).alias("经办人编号")
    assert "who decided" in refused(good.with_columns(by))
    assert "日期 is no day" in refused(good.with_columns(pl.lit("昨天").alias("日期")))
    assert "王小明" not in refused(good.with_columns(pl.lit("王小明").alias("经办人编号")))
    assert "neither 是 nor 否" in refused(good.with_columns(pl.lit("可能").alias("是否此人")))
    assert "decided twice" in refused(pl.concat([good, good]))
    assert "changed since" in refused(good.with_columns(pl.lit("0" * 16).alias("file")))
    assert "lacks 日期" in refused(good.drop("日期"))


def test_whom_the_rosters_no_longer_have_is_not_placed(folder: Path, listed: pl.DataFrame) -> None:
    """A household or member that stands in no roster is listed, whatever was decided."""
    gone = pl.lit("h9999").alias("household_id")
    found = decided(folder, yes(listed, 9).with_columns(gone))
    bills = next(one for one in found.report if one.id == "bills")
    assert bills.placed == 0
    assert len(bills.aside["person-not-found"]) >= 8


def test_a_workbook_of_candidates_comes_back_too(folder: Path) -> None:
    """With its drop-down lists, filled in by hand."""
    openpyxl = pytest.importorskip("openpyxl", reason="fills the list in")
    write_candidates(folder / "decided.xlsx", candidates(read_mapping(MAPPING), folder))
    book = openpyxl.load_workbook(folder / "decided.xlsx")
    sheet = book["候选"]
    for column, cell in zip("GHI", ("是", "office-7", date(2021, 12, 1)), strict=True):
        sheet[f"{column}2"] = cell
    book.save(folder / "decided.xlsx")
    mapping = read_mapping(DECIDED.replace("decided.csv", "decided.xlsx"))
    bills = next(one for one in read(mapping, folder, key=KEY).report if one.id == "bills")
    assert bills.placed == bills.decided == 1
