"""Linkage: candidates for people to decide, measured on a planted truth; nothing is linked."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from antipoverty.cli import main
from antipoverty.intake import candidates, read, read_mapping
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
[[source]]
id = "homes"
path = "homes.csv"
columns = [{column = "户编号", field = "household_id"}, {column = "村", field = "area"},
           {column = "户主", field = "head_name"}]
[[source]]
id = "people"
path = "people.csv"
rows = "members"
columns = [{column = "户编号", field = "household_id"}, {column = "编号", field = "member_id"},
           {column = "姓名", field = "name"}, {column = "出生", field = "born_on"}]
[[source]]
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
    assert set(found.columns) == {"source", "row", "household_id", "member_id", "probability"}
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
    assert text.splitlines()[0] == "source,row,household_id,member_id,probability"
    assert not any(slipped(at)[0] in text for at in range(0, PEOPLE, 3))


def test_a_mapping_without_links_has_no_candidates(folder: Path) -> None:
    """And Splink is not even imported."""
    text = MAPPING.split('[[source]]\nid = "bills"')[0]
    assert candidates(read_mapping(text), folder).equals(
        candidates(read_mapping(MAPPING), folder).clear()
    )
    assert isinstance(candidates(read_mapping(text), folder), pl.DataFrame)
