"""Values that are required: told first, written to be filled in, and never guessed."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from antipoverty.errors import InvalidPackError, ParameterNotSetError
from antipoverty.model import Household
from antipoverty.packs import shaanxi_2531
from antipoverty.rules import (
    Pack,
    Parameter,
    Text,
    judge,
    pack_from_toml,
    values_form,
    values_from_toml,
)
from packs import a_pack, a_parameter

TODAY = date(2026, 11, 29)
SHAANXI = shaanxi_2531()


def made() -> Pack:
    """A pack with a required parameter, one that ended and one that goes on."""
    ended = a_parameter("old", "yuan/person", 600000)
    (value,) = ended.values
    until = Parameter(
        "old",
        Text("旧", "old"),
        ended.unit,
        [type(value)(600000, value.since, date(2021, 12, 31), value.source)],
    )
    required = Parameter(
        "line",
        Text("监测线", "the line"),
        ended.unit,
        [],
        Text("省级农业农村部门公布", "published by the province"),
    )
    return a_pack(
        'net_income_12m < param("line") * size',
        'net_income_12m < param("old") * size',
        'size > param("many")',
        parameters=[required, until, a_parameter("many", "person", 4)],
        area="61",
    )


def test_what_a_day_needs_is_told_first() -> None:
    """Which values, since when, and how to give them; the pack itself can be used."""
    with pytest.raises(ParameterNotSetError) as caught:
        made().on(TODAY)
    first = str(caught.value).split(";", 1)[0]
    assert first.startswith("the pack 'made' has no value on 2026-11-29 of line, old")
    assert "ended on 2021-12-31" in first
    assert "antipoverty rules values" in str(caught.value)
    needed = made().lacking(TODAY)
    assert [(one.parameter.id, one.area, one.rules) for one in needed] == [
        ("line", "61", ("r0",)),
        ("old", "61", ("r1",)),
    ]
    assert made().first_lacking == date(2020, 1, 1)
    assert SHAANXI.first_lacking == date(2022, 1, 1)


def filled(text: str, value: str = "8500") -> str:
    """A form with every value and source filled in."""
    return text.replace('value = ""', f'value = "{value}"').replace('source = ""', 'source = "x"')


@pytest.mark.parametrize("pack", [made(), SHAANXI], ids=["made", "shaanxi"])
def test_a_form_that_is_filled_in_answers_the_day(pack: Pack) -> None:
    """And one that is not is refused, each entry by name."""
    form = values_form(pack.id, TODAY, pack.lacking(TODAY))
    given = values_from_toml(filled(form), pack)
    assert given.lacking(TODAY) == ()
    home = Household(household_id="h", area="610725100001", size=2, net_income_12m="16000")
    judge(home.model_copy(update={"members": (), "records": ()}), given, as_of=TODAY)
    with pytest.raises(InvalidPackError) as caught:
        values_from_toml(form, pack)
    for one in pack.lacking(TODAY):
        assert f"'{one.parameter.id}': value and source not filled in" in str(caught.value)


def test_a_form_says_unit_who_sets_it_and_the_last_value() -> None:
    """In both languages."""
    form = values_form("made", TODAY, made().lacking(TODAY))
    for part in (
        "单位 unit: yuan/person（元/人）",
        "依据：省级农业农村部门公布",
        "Set by: published by the province",
        "上一个 the last: 6,000元/人",
        "since = 2026-01-01",
        "until = 2026-12-31",
    ):
        assert part in form


def test_a_file_states_required_parameters() -> None:
    """One without a value, with who sets it."""
    text = """
[pack]
id = "p"
title.zh = "包"
title.en = "pack"
[departments.d]
zh = "部门"
en = "department"
[sources.s]
title = "made"
[[parameters]]
id = "line"
title.zh = "监测线"
title.en = "the line"
unit = "yuan/person"
note = { zh = "省级公布", en = "by the province" }
[[rules]]
id = "r"
title.zh = "规则"
title.en = "rule"
department = "d"
when = 'net_income_12m < param("line") * size'
source = "s"
since = 2024-01-01
"""
    pack = pack_from_toml(text)
    assert pack.parameters["line"].values == ()
    assert pack.parameters["line"].note == Text("省级公布", "by the province")
    assert pack.first_lacking == date(2024, 1, 1)


def test_the_commands_write_the_form_and_take_it_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`rules values` writes it; `screen` leaves it where the answer would be."""
    pytest.importorskip("typer")
    from antipoverty.cli import main

    file = tmp_path / "values.toml"
    asked = ["rules", "values", "--pack", "shaanxi-2531", "--out", str(file)]
    assert main([*asked, "--as-of", str(TODAY)]) == 0
    assert "monitoring_line" in capsys.readouterr().out
    assert main([*asked, "--as-of", str(TODAY)]) != 0  # nothing is written over
    capsys.readouterr()
    other = [*asked[:-1], str(tmp_path / "other.toml"), "--json"]
    assert main(other) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["day"] == "2022-01-01"
    assert [one["parameter"] for one in found["needed"]] == ["monitoring_line"]
    assert main([*asked[:-1], str(tmp_path / "none.toml"), "--as-of", "2021-12-01"]) == 0
    assert not (tmp_path / "none.toml").exists()
    out = tmp_path / "answer"
    screen = ["screen", str(tmp_path), "--pack", "shaanxi-2531", "--as-of", str(TODAY)]
    assert main([*screen, "--out", str(out)]) != 0
    said = capsys.readouterr().err.splitlines()
    assert said[1].startswith(
        "error: the pack 'shaanxi-2531' has no value on 2026-11-29 of monitoring_line "
        "(its last ended on 2021-12-31)"
    )
    assert (out / "values.toml").read_text(encoding="utf-8") == file.read_text(encoding="utf-8")
    ready = tmp_path / "ready.toml"
    ready.write_text(filled(file.read_text(encoding="utf-8")), encoding="utf-8")
    given = values_from_toml(ready.read_text(encoding="utf-8"), SHAANXI)
    assert given.on(TODAY).value("monitoring_line", "610725").value == 850000
