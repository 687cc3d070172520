"""The preflight: what came is told apart, what is wrong is counted, and nobody is named."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antipoverty.errors import InvalidArgumentError, InvalidDocumentError
from antipoverty.intake import (
    Preflight,
    explain,
    preflight,
    read,
    read_mapping,
    read_plausible,
)
from antipoverty.model import Area, AreaTree
from antipoverty.packs import shaanxi_2531
from antipoverty.screening import screen

DAY = date(2021, 12, 1)
AREA = "610702100200"
PACK = shaanxi_2531()
AREAS = AreaTree(
    Area(code=code, name=f"n{code}") for code in ("61", "6107", "610702", "610702100", AREA)
)
MAPPING = """
[[sources]]
id = "homes"
path = "homes.csv"
columns = [
  { column = "户编号", field = "household_id" }, { column = "村代码", field = "area" },
  { column = "户主", field = "head_name" }, { column = "人口", field = "size" },
  { column = "脱贫户", field = "formerly_poor" },
  { column = "纳入日期", field = "monitored_since" },
  { column = "纯收入", field = "net_income_12m", unit = "元" },
  { column = "住房等级", field = "dwelling_grade" },
]
[[sources]]
id = "people"
path = "people.csv"
rows = "members"
columns = [
  { column = "户编号", field = "household_id" }, { column = "成员编号", field = "member_id" },
  { column = "姓名", field = "name" }, { column = "年龄", field = "age" },
  { column = "参保", field = "insured" },
]
[[sources]]
id = "accidents"
path = "accidents.csv"
rows = "records"
department = "police"
columns = [
  { column = "户编号", field = "household_id" }, { column = "编号", field = "record_id" },
  { column = "日期", field = "day" }, { column = "金额", field = "amount", unit = "元" },
]
constants = { kind = "traffic_accident" }
[sources.delivery]
kinds = ["traffic_accident"]
area = "610702"
first = 2021-01-01
last = 2021-11-30
received = 2021-12-01
"""
HOMES = ["户编号", "村代码", "户主", "人口", "脱贫户", "纳入日期", "纯收入", "住房等级"]
PEOPLE = ["户编号", "成员编号", "姓名", "年龄", "参保"]
ACCIDENTS = ["户编号", "编号", "日期", "金额"]
PLANTED = ("卫二娘子", "18000000017", "61010219800101004X")


class County:
    """Files of forty households, all sound, which a test then spoils."""

    def __init__(self) -> None:
        self.homes = [
            [f"h{n}", AREA, "卫二娘子", "2", "是", "2021/3/5", f"{9000 + n * 10}.50", "A级"]
            for n in range(40)
        ]
        self.people = [
            [f"h{n}", f"m{n}-{k}", "卫二娘子", str(30 + k), "是"]
            for n in range(40)
            for k in range(2)
        ]
        self.accidents = [
            [f"h{n}", f"r{n}", f"2021-11-{n % 28 + 1:02d}", f"{1000 + n}"] for n in range(40)
        ]

    def check(self, folder: Path, mapping: str = MAPPING, **more: Any) -> Preflight:
        """Write the files and look at them."""
        for name, header, rows in (
            ("homes", HOMES, self.homes),
            ("people", PEOPLE, self.people),
            ("accidents", ACCIDENTS, self.accidents),
        ):
            text = io.StringIO()
            csv.writer(text).writerows([header, *rows])
            (folder / f"{name}.csv").write_text(text.getvalue(), encoding="utf-8")
        return preflight(read_mapping(mapping), folder, **({"as_of": DAY} | more))


def kinds(found: Preflight) -> dict[str, int]:
    return {one.kind: one.count for one in found.findings}


def column(found: Preflight, name: str) -> Any:
    (one,) = [one for one in found.columns if one.column == name and one.source != "people"]
    return one


def told(found: Preflight) -> str:
    """Everything a preflight says, in every form."""
    return "\n".join(
        [
            explain(found, "zh"),
            explain(found, "en"),
            json.dumps(found.as_json(), ensure_ascii=False, default=str),
            found.report().html(),
            repr(found),
        ]
    )


def test_sound_files_may_go_on(tmp_path: Path) -> None:
    """Exit code 0, no finding, all of each column readable, its form and its spread told."""
    found = County().check(tmp_path, areas=AREAS)
    assert found.exit_code == 0
    assert found.findings == ()
    income = column(found, "纯收入")
    assert income.share == 1
    assert income.forms == (("decimal", 40),)
    assert income.wanted.zh == "金额，元"
    assert income.spread.points == ("9010.50", "9090.50", "9190.50", "9290.50", "9370.50")
    assert column(found, "纳入日期").forms == (("slash-day", 40),)
    assert [one.days for one in found.deliveries] == [1]


SPOILT: list[tuple[str, int, Any]] = [
    ("roster-short", 1, lambda c: c.people.pop()),
    ("roster-long", 1, lambda c: c.people.append(["h3", "m-new", "x", "3", "是"])),
    ("double-row", 2, lambda c: c.accidents.append(["h1", "r-again", *c.accidents[1][2:]])),
    ("day-to-come", 1, lambda c: c.accidents[5].__setitem__(2, "2021-12-02")),
    ("day-too-old", 1, lambda c: c.homes[5].__setitem__(5, "1021-03-05")),
    ("size-missing", 1, lambda c: c.homes[5].__setitem__(3, "")),
]


@pytest.mark.parametrize(("kind", "count", "spoil"), SPOILT)
def test_each_thing_that_does_not_fit_is_counted(
    tmp_path: Path, kind: str, count: int, spoil: Any
) -> None:
    """One fault planted in sound files is found alone, with its number and a household."""
    county = County()
    spoil(county)
    found = county.check(tmp_path, areas=AREAS)
    assert kinds(found) == {kind: count}
    (one,) = found.findings
    assert one.examples
    assert one.of >= count
    assert found.exit_code == (0 if one.note else 1)


STRAYS: list[tuple[str, int, Any]] = [
    (
        "household-not-found",
        2,
        lambda c: c.people.extend([["h99", f"m{k}", "x", "3", "是"] for k in "ab"]),
    ),
    ("household-not-found", 1, lambda c: c.accidents.append(["h99", "r99", "2021-11-02", "5"])),
    ("twice", 1, lambda c: c.accidents.append([*c.accidents[1]])),
    ("area-not-found", 1, lambda c: c.homes[5].__setitem__(1, "610702999200")),
]


@pytest.mark.parametrize(("kind", "count", "spoil"), STRAYS)
def test_orphans_doubles_and_unknown_areas_stand_in_the_report(
    tmp_path: Path, kind: str, count: int, spoil: Any
) -> None:
    """Rows that are part of no table are counted by kind, and the code says to look first."""
    county = County()
    spoil(county)
    found = county.check(tmp_path, areas=AREAS)
    aside = {name: len(rows) for one in found.rows for name, rows in one.aside.items()}
    assert aside[kind] == count
    assert found.exit_code == 1


def test_a_village_that_has_ended_is_noted(tmp_path: Path) -> None:
    """It is no reason to stop: its household is judged under the code that followed."""
    codes = ("61", "6107", "610702", "610702100", "610702100201")
    here = [Area(code=code, name=f"n{code}") for code in codes]
    gone = Area(code=AREA, name="旧村", until=date(2021, 6, 30), successors=("610702100201",))
    found = County().check(tmp_path, areas=AreaTree([*here, gone]))
    assert kinds(found) == {"area-ended": 40}
    assert found.exit_code == 0


def test_columns_that_repeat_for_members_are_looked_at_each(tmp_path: Path) -> None:
    """成员1年龄, 成员2年龄: each for itself; that nobody has a third member is no fault."""
    (tmp_path / "a.csv").write_text(
        "户编号,村代码,人口,成员1年龄,成员2年龄,成员3年龄\n"
        f"h1,{AREA},2,30,三十,\nh2,{AREA},1,40,,\n",
        encoding="utf-8",
    )
    mapping = """
    [[sources]]
    id = "a"
    path = "a.csv"
    columns = [
      { column = "户编号", field = "household_id" }, { column = "村代码", field = "area" },
      { column = "人口", field = "size" },
    ]
    [[sources.wide]]
    table = "members"
    count = 3
    columns = [{ column = "成员{n}年龄", field = "age" }]
    """
    found = preflight(read_mapping(mapping), tmp_path)
    ages = [one for one in found.columns if one.path == "members.age"]
    assert [(one.filled, one.readable) for one in ages] == [(2, 2), (1, 0), (0, 0)]
    assert [one.sound for one in ages] == [True, False, True]
    assert found.exit_code == 1


def test_the_day_of_the_answer_itself_is_not_to_come(tmp_path: Path) -> None:
    """Only a day after it is."""
    county = County()
    county.accidents[5][2] = "2021-12-01"
    assert county.check(tmp_path).findings == ()


WRONG: list[tuple[int, str, str, str]] = [
    (3, "三个人", "no-number", "汉×3"),
    (4, "卫二娘子", "neither-yes-nor-no", "汉×4"),
    (5, "2021/13/5", "no-day", "9×4/9×2/9"),
    (6, "18000000017元", "no-number", "9×11汉"),
    (7, "61010219800101004X", "unknown-word", "9×17A"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("at", "cell", "kind", "shape"), WRONG)
def test_what_cannot_be_read_is_told_by_kind_row_and_shape(
    tmp_path: Path, at: int, cell: str, kind: str, shape: str
) -> None:
    """The share, the kind, up to three rows with what stands there in outline, and the words."""
    pytest.importorskip("jinja2", reason="reports need the extra 'report'")
    county = County()
    for row in (7, 9, 11, 13):
        county.homes[row][at] = cell
    found = county.check(tmp_path)
    one = column(found, HOMES[at])
    assert (one.filled, one.readable, one.share) == (40, 36, 0.9)
    (unread,) = one.unread
    assert (unread.kind, unread.count) == (kind, 4)
    assert unread.examples == ((9, shape), (11, shape), (13, shape))
    assert found.exit_code == 1
    assert shape in explain(found, "zh")
    assert shape in found.report().html()
    assert cell not in told(found)
    if one.words:
        assert all(said.zh in explain(found, "zh") for said in one.words.values())


def test_examples_are_of_different_shapes_where_there_are(tmp_path: Path) -> None:
    """Three shapes of a fault say more than three rows of one."""
    county = County()
    for row, cell in ((3, "甲乙"), (4, "甲丙"), (5, "约5"), (6, "A"), (7, "戊己庚")):
        county.homes[row][3] = cell
    (unread,) = column(county.check(tmp_path), "人口").unread
    assert unread.examples == ((5, "汉×2"), (7, "汉9"), (8, "A"))


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    cells=st.lists(
        st.one_of(
            st.sampled_from(
                ["3", "", "-", "十", "3.0", "1e3", "2021-03-05", "610702100200", "1,5"]
            ),
            st.text(max_size=6),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_the_counts_of_a_column_add_up(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str]
) -> None:
    """Every cell is empty or filled, filled cells have a form each, readable or of one fault."""
    county = County()
    county.homes = county.homes[: len(cells)]
    for row, cell in zip(county.homes, cells, strict=False):
        row[3] = "".join(one for one in cell if one.isprintable() or one == " ")
    found = county.check(tmp_path_factory.mktemp("county"))
    for one in found.columns:
        assert one.rows >= one.filled == one.readable + sum(kind.count for kind in one.unread)
        assert one.personal or one.filled == sum(count for _, count in one.forms)
        assert all(len(kind.examples) <= min(3, kind.count) for kind in one.unread)


@pytest.mark.parametrize(
    ("written", "said", "likely"),
    [
        ("元", "元", ()),
        ("万元", "元", ("万元",)),
        ("分", "元", ("分", "角")),
        ("元", "万元", ("元",)),
    ],
)
def test_a_unit_that_is_wrong_is_seen_and_the_right_one_named(
    tmp_path: Path, written: str, said: str, likely: tuple[str, ...]
) -> None:
    """Amounts in another unit than the mapping says lie outside the plausible bounds."""
    pytest.importorskip("jinja2", reason="reports need the extra 'report'")
    fen = {"元": 100, "分": 1, "万元": 10**6}[written]
    county = County()
    for number, row in enumerate(county.homes):
        row[6] = str(Decimal(900_000 + number * 10_000) / fen)
    found = county.check(tmp_path, mapping=MAPPING.replace('"元" },\n', f'"{said}" }},\n', 1))
    spread = column(found, "纯收入").spread
    assert spread.plausible == (written == said)
    assert spread.units == likely
    assert found.exit_code == (0 if written == said else 1)
    for one in likely:
        assert f"单位像是{'或'.join(likely)}" in explain(found, "zh")
        assert one in found.report().html()
    assert "合理范围是示例" in explain(found, "zh")


def test_few_values_tell_no_quantiles(tmp_path: Path) -> None:
    """Nineteen amounts would tell of households; twenty are enough."""
    county = County()
    for row in county.homes[19:]:
        row[6] = ""
    assert column(county.check(tmp_path), "纯收入").spread is None
    county.homes[19][6] = "9000"
    assert column(county.check(tmp_path), "纯收入").spread.count == 20


def test_the_bounds_are_parameters_of_the_user(tmp_path: Path) -> None:
    """Own bounds replace the examples; a file that is none is refused with every problem."""
    own = read_plausible(
        'status = "published"\nsource = "yearbook"\n[median]\nnet_income_12m = ["1", "2"]'
    )
    found = County().check(tmp_path, plausible=own)
    assert column(found, "纯收入").doubts
    assert "示例" not in explain(found, "zh")
    assert read_plausible().status == "illustrative"
    with pytest.raises(InvalidDocumentError) as caught:
        read_plausible('status = "true"\n[median]\nsize = ["x", "2"]')
    assert len(caught.value.problems) == 3
    with pytest.raises(InvalidDocumentError):
        read_plausible("=")


def test_an_old_delivery_and_one_that_says_nothing_are_named(tmp_path: Path) -> None:
    """After so many days it is stale; without days nobody can say."""
    late = DAY + timedelta(days=45)
    found = County().check(tmp_path, as_of=late)
    assert (found.deliveries[0].days, found.deliveries[0].stale) == (46, True)
    assert kinds(found) == {"stale": 46}
    assert County().check(tmp_path, as_of=late - timedelta(days=1)).exit_code == 0
    silent = MAPPING.split("[sources.delivery]")[0]
    assert kinds(County().check(tmp_path, mapping=silent)) == {"no-delivery": 1}


@pytest.mark.slow
def test_the_answers_it_foretells_are_those_that_come(tmp_path: Path) -> None:
    """Judged, warned, undecided, by rule and by fact: equal to the screening of its tables."""
    county = County()
    county.homes[3][6] = ""
    found = county.check(tmp_path, pack=PACK, areas=AREAS)
    intake = read(read_mapping(MAPPING), tmp_path, areas=AREAS)
    screening = screen(intake.tables, PACK, as_of=DAY, areas=AREAS)
    open_ = screening.alerts.filter(pl.col("verdict") == "undecided")
    outcome = found.outcome
    assert outcome is not None
    assert outcome.judged == outcome.households == 40
    assert outcome.undecided == open_.height > 0
    assert outcome.warn == screening.alerts.height - open_.height
    assert outcome.rules == Counter(open_["rule_id"])
    assert outcome.facts == Counter(screening.undecided()["fact"])
    assert [*outcome.rules.values()] == sorted(outcome.rules.values(), reverse=True)
    with pytest.raises(InvalidArgumentError, match="as_of"):
        county.check(tmp_path, pack=PACK, as_of=None)


def test_a_table_that_did_not_come_stops_the_rules_that_read_it(tmp_path: Path) -> None:
    """Exit code 2, the table and the number of its rules, and no false all-clear."""
    homes = MAPPING.split("[[sources]]")[1]
    found = County().check(tmp_path, mapping=f"[[sources]]{homes}", pack=PACK)
    outcome = found.outcome
    assert found.exit_code == 2
    assert outcome is not None
    assert outcome.lacking == ("members", "records")
    assert len(outcome.stopped) > 5
    assert "一户也不能判定" in explain(found, "zh")


def test_nothing_that_can_be_used_is_2(tmp_path: Path) -> None:
    """Households without an id are no households."""
    county = County()
    for row in county.homes:
        row[0] = ""
    assert county.check(tmp_path).exit_code == 2


def test_a_per_head_column_that_is_read_as_the_households_is_doubted(tmp_path: Path) -> None:
    """人均 in a header of a household's amount is asked about."""
    mapping = MAPPING.replace('column = "纯收入"', 'column = "人均纯收入"')
    county = County()
    header = HOMES[6]
    HOMES[6] = "人均纯收入"
    try:
        found = county.check(tmp_path, mapping=mapping)
    finally:
        HOMES[6] = header
    assert any("人均" in one.zh for one in column(found, "人均纯收入").doubts)


@pytest.mark.slow
def test_no_form_of_it_holds_a_cell(tmp_path: Path) -> None:
    """Names, numbers and telephones in every column, known, wrong or passed over, are in none."""
    pytest.importorskip("jinja2", reason="reports need the extra 'report'")
    county = County()
    for number, row in enumerate(county.homes[:15]):
        row[3 + number % 5] = PLANTED[number % 3]
    for number, row in enumerate(county.people[:15]):
        row[2 + number % 3] = PLANTED[number % 3]
    for number, row in enumerate(county.accidents[:8]):
        row[2 + number % 2] = PLANTED[number % 3]
    found = county.check(tmp_path, pack=PACK)
    text = told(found)
    assert found.exit_code == 1
    assert not [one for one in PLANTED if one in text]


class Tags(HTMLParser):
    """Counts what is opened and closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: Iterable[Any]) -> None:
        self.seen[tag] += 1
        if tag not in ("meta", "br", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.slow
def test_the_page_is_whole_needs_no_network_and_runs_nothing(tmp_path: Path) -> None:
    """Every tag is closed; a header that is a script is text; both languages stand there."""
    pytest.importorskip("jinja2", reason="reports need the extra 'report'")
    evil = '<script>alert("x")</script>'
    header = HOMES[7]
    HOMES[7] = evil
    try:
        mapping = MAPPING.replace('column = "住房等级"', f"column = '{evil}'")
        page = County().check(tmp_path, mapping=mapping, pack=PACK).report().html()
    finally:
        HOMES[7] = header
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert tags.seen["script"] == 0
    assert "&lt;script&gt;" in page
    assert "http:" not in page
    assert "https" not in page
    assert "预检 · Preflight" in page
    assert "households" in page


@pytest.mark.slow
def test_the_command_prints_writes_and_ends_with_the_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Intake check with a pack and a day: text, JSON, page, and 0, 1 or 2."""
    pytest.importorskip("jinja2", reason="reports need the extra 'report'")
    pytest.importorskip("typer", reason="the command line needs the extra 'cli'")
    from antipoverty.cli import main

    County().check(tmp_path)
    (tmp_path / "intake.toml").write_text(MAPPING, encoding="utf-8")
    page = tmp_path / "r.html"
    command = ["intake", "check", str(tmp_path / "intake.toml"), "--as-of", str(DAY)]
    assert main([*command, "--pack", "shaanxi-2531", "--json", "--report", str(page)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["exit_code"] == 0
    assert found["outcome"]["judged"] == 40
    assert found["columns"][3]["share"] == 1
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    county = County()
    county.homes[3][3] = "三"
    county.check(tmp_path)
    assert main(["--lang", "en", *command]) == 1
    out = capsys.readouterr().out
    assert "Preflight: look first" in out
    assert "预检" not in out
    assert main(["intake", "check", str(tmp_path / "intake.toml"), "--pack", "shaanxi-2531"]) == 2
