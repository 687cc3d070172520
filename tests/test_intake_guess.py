"""Guessing: headers propose, cells decide, and every reason stands beside its column."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from antipoverty.errors import UnconfirmedGuessError
from antipoverty.intake import Guess, as_toml, guess, mapping_schema, read, read_mapping

VILLAGE = "610702100200"


def guessed(folder: Path, header: Sequence[str], *rows: Sequence[Any]) -> dict[str, Guess]:
    """What each column of a small file may be."""
    with (folder / "a.csv").open("w", encoding="utf-8", newline="") as target:
        csv.writer(target).writerows([header, *rows])
    (source,) = guess([folder / "a.csv"])
    return {one.column: one for one in source.guesses}


def field(folder: Path, header: str, *cells: str) -> str | None:
    """What one column of a file of households may be."""
    rows = [[f"h{at}", VILLAGE, cell] for at, cell in enumerate(cells)]
    return [*guessed(folder, ["户编号", "村代码", header], *rows).values()][-1].field


@pytest.mark.parametrize(
    ("header", "cells", "wanted"),
    [
        ("家庭人口数", ["3", "4"], "size"),
        ("家庭人口数（人）", ["3", "4"], "size"),
        ("是否低保户", ["是", "否"], "minimum_living"),
        ("监测对象", ["是", "否"], "monitored"),
        ("监测对象", ["边缘户", "突发户"], "category"),
        ("2021年人均纯收入（元）", ["9000", "12000.5"], "net_income_12m"),
        ("房子", ["A级", "C级"], "dwelling_grade"),
        ("所在地", [VILLAGE, VILLAGE], None),  # the village's code stands already
        ("家庭人口数", ["甲", "乙"], None),
        ("备考", ["甲", "乙"], None),
    ],
)
def test_cells_decide_what_a_header_leaves_open(
    tmp_path: Path, header: str, cells: list[str], wanted: str | None
) -> None:
    """A fact that the cells cannot be read as is not guessed."""
    assert field(tmp_path, header, *cells) == wanted


def test_words_of_departments_come_into_the_mapping(tmp_path: Path) -> None:
    """Those that stand in the cells, so that a person sees what they are read as."""
    header = ["户编号", "村代码", "住房等级", "监测对象", "纳入时间", "年纯收入"]
    rows = [
        ["h1", VILLAGE, "C级", "已纳入", "44260", "1.5"],
        ["h2", VILLAGE, "A级", "未纳入", "44261", "2"],
    ]
    found = guessed(tmp_path, header, *rows)
    assert found["住房等级"].more == {"words": {"C级": "C"}}
    assert found["监测对象"].more["trueValues"] == [
        "是", "有", "1", "true", "yes", "y", "√", "已纳入",
    ]  # fmt: skip
    assert found["纳入时间"].more == {"format": "excel"}
    assert "单位未写" in found["年纯收入"].why
    assert "读出 2 格" in found["年纯收入"].why
    text = as_toml(guess([tmp_path / "a.csv"]))
    mapping = read_mapping(text)
    with pytest.raises(UnconfirmedGuessError, match="住房等级"):
        read(mapping, tmp_path)
    table = read(mapping, tmp_path, accept_guesses=True).tables["households"]
    assert table["dwelling_grade"].to_list() == ["C", "A"]
    assert table["monitored"].to_list() == [True, False]


def test_a_column_of_resident_numbers_ties_and_is_kept_nowhere(tmp_path: Path) -> None:
    """Whatever its header says; a number whose last character is wrong does not speak for it."""
    good = guessed(tmp_path, ["代码", "日期", "自付金额"], ["61070219800101107X", "2021-3-5", "5"])
    assert good["代码"].field is None
    assert "公民身份号码" in good["代码"].why
    assert 'person = "代码"' in as_toml(guess([tmp_path / "a.csv"]))
    bad = guessed(tmp_path, ["代码", "日期", "自付金额"], ["610702198001011071", "2021-3-5", "5"])
    assert "公民身份号码" not in bad["代码"].why


def test_ids_that_stop_are_said_to_be_merged(tmp_path: Path) -> None:
    """As a guess with its reason, which a person confirms."""
    header = ["户编号", "年龄", "是否在校", "健康状况"]
    found = guessed(tmp_path, header, ["h1", 40, "否", "健康"], ["", 9, "是", "健康"])
    assert found["户编号"].more == {"fillDown": True}
    assert "合并单元格" in found["户编号"].why


def test_the_schema_of_a_mapping_is_published() -> None:
    """Editors check a mapping by the file in the reference, which is the model's own."""
    published = Path(__file__).parent.parent / "docs" / "reference" / "intake-mapping.schema.json"
    assert json.loads(published.read_text(encoding="utf-8")) == mapping_schema()
    columns = mapping_schema()["$defs"]["Column"]["properties"]
    assert {"trueValues", "falseValues", "missingValues", "format", "decimalChar"} <= set(columns)
