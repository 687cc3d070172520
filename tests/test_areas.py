"""The area tree: Shaanxi's, and a user's own with every fault reported at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from antipoverty.errors import InvalidAreasError, InvalidArgumentError, UnknownAreaError
from antipoverty.model import Area, AreaCode, AreaTree, load_areas, shaanxi_areas

HEADER = "level,code,name,parent,since,until,successors"


def test_shaanxi_is_there_whole() -> None:
    """The counts of each level are those of the published list."""
    tree = shaanxi_areas()
    counts = {
        level: tree.count(level) for level in ("province", "city", "county", "township", "village")
    }
    assert counts == {"province": 1, "city": 10, "county": 107, "township": 1335, "village": 20356}
    rural = [village for village in tree.descendants(level="village") if village.code.rural]
    assert len(rural) == 16607
    with_rural = {village.code.at("county") for village in rural}
    without = {county.code for county in tree.descendants(level="county")} - with_rural
    assert without == {"610102", "610103", "610104"}


def test_the_tree_answers_who_is_above_and_below() -> None:
    """Parents, ancestors, children and descendants agree with the codes."""
    tree = shaanxi_areas()
    assert tree.full_name("610702100") == "陕西省汉中市汉台区铺镇"
    assert [area.code for area in tree.ancestors("610702100")] == ["610702", "6107", "61"]
    assert tree.parent("61") is None
    assert {area.code.parent for area in tree.children("6107")} == {"6107"}
    assert tree.count("village", "6107") == len(
        [area for area in tree if area.level.value == "village" and area.code.startswith("6107")]
    )


def test_an_unknown_area_is_an_error() -> None:
    """Asking for a code that is not there names the code."""
    with pytest.raises(UnknownAreaError, match="629999"):
        shaanxi_areas()["629999"]


def test_every_problem_of_a_file_is_reported_with_its_line_and_nothing_is_loaded() -> None:
    """Orphans, duplicates, wrong levels, bad codes and bad days come in one error."""
    lines = [
        HEADER,
        "province,61,陕西省,,,,",
        "city,6101,西安市,61,,,",
        "city,6101,西安市,61,,,",
        "county,610702,汉台区,6107,,,",
        "city,610103,碑林区,6101,,,",
        "county,61010x,某区,6101,,,",
        "city,6102,铜川市,62,,,",
        "city,6103,,61,,,",
        "city,6104,咸阳市,61,2023-13-01,,",
        "city,6105,渭南市,61,,2020-01-01,6199",
    ]
    with pytest.raises(InvalidAreasError) as caught:
        AreaTree.from_csv(lines)
    assert [(p.line, p.code) for p in caught.value.problems] == [  # type: ignore[attr-defined]
        (line, "bad-line") for line in (4, 5, 6, 7, 8, 9, 10, 11)
    ]
    assert "orphan" in caught.value.problems[1].message


def test_a_file_without_its_columns_is_refused() -> None:
    """The header says what is missing."""
    with pytest.raises(InvalidAreasError, match="the header lacks parent"):
        AreaTree.from_csv(["level,code,name", "province,61,陕西省"])


def test_an_empty_file_gives_an_error_and_an_empty_list_an_empty_tree(tmp_path: Path) -> None:
    """A file without a header is a fault; no areas at all is a tree of none."""
    (tmp_path / "areas.csv").write_text("", encoding="utf-8")
    with pytest.raises(InvalidAreasError):
        load_areas(tmp_path / "areas.csv")
    assert len(AreaTree([])) == 0


def test_codes_that_ended_lead_to_their_successors() -> None:
    """Renamed, split and merged areas are followed to those in use on a day."""

    def area(code: str, until: date | None = None, to: tuple[str, ...] = ()) -> Area:
        return Area(
            code=AreaCode(code),
            name="县",
            until=until,
            successors=tuple(AreaCode(one) for one in to),
        )

    day = date(2019, 12, 31)
    tree = AreaTree(
        [
            area("610701", day, ("610702",)),
            area("610702", date(2021, 12, 31), ("610703", "610704")),
            area("610703"),
            area("610704"),
            area("610705", day),
        ]
    )
    assert [a.code for a in tree.current("610701", date(2019, 12, 31))] == ["610701"]
    assert [a.code for a in tree.current("610701", date(2021, 1, 1))] == ["610702"]
    assert [a.code for a in tree.current("610701", date(2022, 1, 1))] == ["610703", "610704"]
    assert [a.code for a in tree.current("610705", day)] == ["610705"]
    assert tree.current("610705", date(2020, 1, 1)) == ()
    assert {a.code for a in tree.on(date(2022, 1, 1))} == {"610703", "610704"}


def test_successors_that_go_in_a_circle_are_refused() -> None:
    """A code cannot succeed itself, however far round."""
    day = date(2020, 1, 1)
    with pytest.raises(InvalidAreasError, match="lead back to it"):
        AreaTree(
            [
                Area(
                    code=AreaCode("610701"), name="甲", until=day, successors=(AreaCode("610702"),)
                ),
                Area(
                    code=AreaCode("610702"), name="乙", until=day, successors=(AreaCode("610701"),)
                ),
            ]
        )


def test_group_grids_hang_under_their_village() -> None:
    """A grid of a known village is added; a grid of none is an orphan."""
    tree = shaanxi_areas()
    village = tree.descendants("6107", "village")[0].code
    grown = tree.with_areas([Area(code=AreaCode(f"{village}01"), name="一组")])
    assert [grid.code for grid in grown.children(village)] == [f"{village}01"]
    with pytest.raises(InvalidAreasError, match="orphan"):
        tree.with_areas([Area(code=AreaCode("61070299929901"), name="一组")])


CSV = "level,code,name,parent\nprovince,61,陕西省,\ncity,6101,西安市,61\n"


@pytest.mark.parametrize(
    "written",
    [
        CSV.encode(),
        ("\ufeff" + CSV.replace("\n", "\r\n")).encode(),
        (CSV + ",,,\n\n  ,,,\n").encode(),
        CSV.replace("level,code", " level,code ").encode(),
    ],
)
def test_what_spreadsheets_add_does_not_matter(tmp_path: Path, written: bytes) -> None:
    """A byte order mark, CRLF and blank lines or columns give the same tree."""
    (tmp_path / "areas.csv").write_bytes(written)
    assert [area.name for area in load_areas(tmp_path / "areas.csv")] == ["陕西省", "西安市"]


def test_a_file_in_another_encoding_says_what_to_do(tmp_path: Path) -> None:
    """A Chinese Excel's CSV is read when its encoding is named, and never guessed."""
    path = tmp_path / "areas.csv"
    path.write_bytes(CSV.encode("gb18030"))
    with pytest.raises(InvalidAreasError, match=r"CSV UTF-8.*gb18030"):
        load_areas(path)
    assert [area.name for area in load_areas(path, encoding="gb18030")] == ["陕西省", "西安市"]
    path.rename(path.with_suffix(".gz"))
    with pytest.raises(InvalidAreasError, match="not gzipped"):
        load_areas(path.with_suffix(".gz"))


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("village,6.10702E+11,某村,610702100", "a spreadsheet has turned the code into a number"),
        ("city,6102,铜川市,61,x", "5 values, the header has 4"),
        ("city,６１０２,铜川市,61", "character 1 is not a digit"),
        ("city,6102," + "x" * 200_000 + ",61", "no line of a CSV"),
    ],
)
def test_a_spoiled_line_says_how_it_was_spoiled(line: str, hint: str) -> None:
    """The message helps who made the file."""
    with pytest.raises(InvalidAreasError, match=f"line 4: .*{hint}"):
        AreaTree.from_csv([*CSV.splitlines(), line])


def test_the_header_and_the_argument_are_checked() -> None:
    """A column named twice, and a text in place of its lines, are refused."""
    with pytest.raises(InvalidAreasError, match="the header has 'code' twice"):
        AreaTree.from_csv(["level,code,name,parent,code"])
    with pytest.raises(InvalidArgumentError, match="splitlines"):
        AreaTree.from_csv(CSV)
    for day in ("20230630", "2023-02-29", "2023-6-1"):
        with pytest.raises(InvalidAreasError, match="is not a day"):
            AreaTree.from_csv([HEADER, f"province,61,陕西省,,{day},,"])
