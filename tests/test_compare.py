"""Two policies on the same households: who enters, who leaves, and why."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import attrs
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antipoverty.comparison import ABSENT, Comparison, compare, suppose
from antipoverty.conditions import facts
from antipoverty.errors import InvalidArgumentError, InvalidRuleError, OverflowRiskError
from antipoverty.model import Fact, Household
from antipoverty.packs import shaanxi_2531
from antipoverty.rules import Pack, Source, Text, Verdict, judge
from antipoverty.screening import Tables
from antipoverty.testing.strategies import conditions, households
from engines import ALL, rows, tables_as
from packs import a_pack, a_rule
from test_engines import DAYS, PARAMS, made_pack

DAY = date(2021, 12, 1)
HANZHONG, XIAN = "610702100200", "610102001200"
LINE = 600_000
SOURCE = Source("made for the test")


def household(id_: str, income: int | None, area: str = HANZHONG, **facts: Any) -> Household:
    """A household of one person, not monitored, with an income in fen."""
    return Household.model_construct(
        household_id=id_,
        area=area,
        size=1,
        monitored=False,
        net_income_12m=income,
        members=(),
        records=(),
        **facts,
    )


def income_pack(line: str, id_: str = "line", **more: Any) -> Pack:
    """A pack of one rule: the income is under a line."""
    when = f"net_income_12m < yuan({line!r}, per='person') * size"
    title = Text("低于标准", "Under the line")
    rules = more.pop("rules", [a_rule(when, "under-line", title=title, since=date(2000, 1, 1))])
    return a_pack(*rules, id_=id_, **{"area": "61"} | more)


HOMES = [
    household("on-old", LINE),
    household("fen-under-old", LINE - 1),
    household("on-new", LINE + 100_000),
    household("fen-under-new", LINE + 99_999, XIAN),
    household("unknown", None),
]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ALL)
def test_a_moved_line_is_answered_in_the_kind_of_frame_that_came_in(kind: str) -> None:
    """From the old line up to a fen under the new one households enter, on every engine."""
    tables = tables_as(Tables.of(HOMES), kind)
    found = compare(income_pack("6000"), income_pack("7000"), tables, as_of=DAY)
    change = ("clear", "warn")
    assert rows(found.changes) == {
        ("on-old", HANZHONG, "under-line", *change),
        ("fen-under-new", XIAN, "under-line", *change),
    }
    assert rows(found.entering) == {("on-old", HANZHONG, *change), ("fen-under-new", XIAN, *change)}
    assert rows(found.leaving) == set()
    assert rows(found.summary("county")) == {("610702", *change, 1), ("610102", *change, 1)}
    assert rows(found.summary(by="rule_id")) == {("under-line", *change, 2)}
    assert isinstance(found.a.alerts, type(found.changes))
    assert [one.household_id for one in found.examples] == ["fen-under-new"]


def test_the_line_moved_back_lets_the_same_households_leave() -> None:
    """Exchanging the policies exchanges who enters and who leaves."""
    tables = Tables.of(HOMES)
    forth = compare(income_pack("6000"), income_pack("7000"), tables, as_of=DAY)
    back = compare(income_pack("7000"), income_pack("6000"), tables, as_of=DAY)
    assert (forth.enter, forth.leave, back.enter, back.leave) == (2, 0, 0, 2)
    assert {row[:2] for row in rows(forth.entering)} == {row[:2] for row in rows(back.leaving)}


def test_an_example_is_explained_by_both_policies_in_both_languages() -> None:
    """Also the clear answer says which comparison it rests on."""
    found = compare(income_pack("6000"), income_pack("7000"), Tables.of(HOMES), as_of=DAY)
    (example,) = found.examples
    assert (example.before, example.after, example.households) == ("clear", "warn", 2)
    english, chinese = example.explain("en"), example.explain("zh")
    assert "policy A is clear" in english
    assert "policy B warns" in english
    assert "6,000" in english
    assert "7,000" in english
    assert "政策甲：正常" in chinese
    assert "政策乙：预警" in chinese
    assert found.to_dict("zh")["examples"][0]["explanation"] == chinese
    assert "6999.99" not in repr(found) + repr(example)
    with pytest.raises(InvalidArgumentError):
        example.explain("fr")  # type: ignore[arg-type]


def test_the_tables_show_rules_and_areas_and_the_plain_data_can_be_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What a terminal prints and what a program reads hold the same counts."""
    pytest.importorskip("typer", reason="the command line needs the extra 'cli'")
    from antipoverty.cli.compare import _print  # what the command prints of a comparison at hand

    found = compare(income_pack("6000"), income_pack("7000"), Tables.of(HOMES), as_of=DAY)
    _print(found)
    text = capsys.readouterr().out
    assert "610702" in text
    assert "under-line" in text
    document = json.loads(json.dumps(found.to_dict()))
    assert document["enter"] == 2
    assert sum(row["households"] for row in document["by_area"]) == 2
    assert [policy["households"] for policy in document["policies"]] == [5, 5]


def test_a_rule_of_one_policy_only_is_absent_from_the_other() -> None:
    """It enters from absent, not from clear; what is clear there is no change."""
    none = income_pack("6000", rules=[])
    found = compare(none, income_pack("6000"), Tables.of(HOMES), as_of=DAY)
    assert {row[3:] for row in rows(found.changes)} == {(ABSENT, "warn"), (ABSENT, "undecided")}
    assert {row[2:] for row in rows(found.households)} == {
        ("clear", "warn"),
        ("clear", "undecided"),
    }
    assert all(one.answer_a is None for one in found.examples)
    assert "has no such rule" in found.examples[0].explain("en")


def test_households_outside_one_policys_area_are_counted_as_judged_by_one() -> None:
    """A county's pack beside the province's: whoever lives elsewhere is absent from it."""
    county = income_pack("7000", area="610702")
    found = compare(income_pack("6000"), county, Tables.of(HOMES), as_of=DAY)
    assert found.judged_by_one == 1
    assert "1 judged by one only" in repr(found)
    away = compare(income_pack("8000"), county, Tables.of(HOMES), as_of=DAY)
    assert ("fen-under-new", XIAN, "under-line", "warn", ABSENT) in rows(away.changes)
    assert ("fen-under-new", XIAN, "warn", ABSENT) in rows(away.leaving)


class Orchard(Household):
    """A household with a fact that one county adds."""

    orchard: Annotated[
        int | None, Fact(zh="果园面积", en="orchard", unit="mu", low=0, high=10_000)
    ] = None


def test_two_models_read_the_same_tables() -> None:
    """Each policy reads the columns it knows; the province does not miss the county's."""
    rule = attrs.evolve(
        income_pack("1").rules["under-line"], id="large", when=facts(Orchard).orchard > 5
    )
    county = income_pack("1", "orchards", rules=[rule], model=Orchard)
    homes = [
        Orchard.model_construct(household_id="o", area=HANZHONG, orchard=6, members=(), records=())
    ]
    found = compare(income_pack("6000"), county, Tables.of(homes, Orchard), as_of=DAY)
    assert ("o", HANZHONG, "large", ABSENT, "warn") in rows(found.changes)


def test_two_days_of_one_policy_are_compared() -> None:
    """A rule in force only on the second day is absent on the first."""
    rule = attrs.evolve(income_pack("6000").rules["under-line"], id="later", since=date(2022, 1, 1))
    pack = income_pack("1", rules=[income_pack("1").rules["under-line"], rule])
    found = compare(pack, pack, Tables.of(HOMES), as_of=DAY, as_of_b=date(2022, 1, 1))
    assert ("fen-under-old", HANZHONG, "later", ABSENT, "warn") in rows(found.changes)
    assert "2021-12-01 and 2022-01-01" in repr(found)


def test_the_same_policy_twice_changes_nothing() -> None:
    """No household, no example, and counts of zero."""
    found = compare(income_pack("6000"), income_pack("6000"), Tables.of(HOMES), as_of=DAY)
    assert (found.enter, found.leave, found.judged_by_one, found.examples) == (0, 0, 0, ())
    assert rows(found.changes) == rows(found.households) == set()


def test_a_supposed_value_stands_in_place_of_the_published_one_and_is_marked() -> None:
    """The published line cannot be edited, but one may ask what another would do."""
    pack = shaanxi_2531()
    moved = suppose(pack, "monitoring_line", "7000")
    value = moved.on(DAY).value("monitoring_line", HANZHONG)
    assert value.value == 700_000
    assert value.source.illustrative
    assert moved.on(date(2031, 1, 1)).value("monitoring_line", XIAN).value == 700_000
    assert pack.on(DAY).value("monitoring_line", HANZHONG).value == LINE
    with pytest.raises(InvalidArgumentError, match="did you mean 'monitoring_line'"):
        suppose(pack, "monitoring_lime", "7000")
    with pytest.raises(InvalidRuleError):
        suppose(pack, "monitoring_line", "a lot")


def test_an_unknown_level_is_refused_before_anything_is_screened() -> None:
    """The message lists the levels."""
    with pytest.raises(InvalidArgumentError, match="township"):
        compare(income_pack("6"), income_pack("7"), Tables.of(HOMES), as_of=DAY, level="hamlet")


@st.composite
def two_policies(draw: st.DrawFn) -> tuple[Pack, Pack, list[Household], date]:
    """Two packs that share some rules, and households drawn at the thresholds of both."""
    as_of = draw(st.sampled_from(DAYS))
    whens = draw(st.lists(conditions(params=PARAMS), min_size=2, max_size=4))
    split = draw(st.integers(1, len(whens) - 1))
    homes = draw(
        st.lists(
            households(whens, as_of=as_of, params=PARAMS),
            min_size=1,
            max_size=6,
            unique_by=lambda one: one.household_id,
        )
    )
    areas = draw(st.sampled_from([("61", "61"), ("6107", "61"), ("61", "6107")]))
    return made_pack(whens, areas[0]), made_pack(whens[split:], areas[1]), homes, as_of


def answers(pack: Pack, one: Household, as_of: date) -> dict[str, str] | None:
    """The reference's answers of one household; ``None`` outside the pack's area."""
    if not one.area.startswith(pack.area):
        return None
    return {id_: found.value for id_, found in judge(one, pack, as_of=as_of).verdicts.items()}


def weightiest(verdicts: dict[str, str] | None) -> str:
    """The answer of a household: warn before undecided before clear."""
    return ABSENT if verdicts is None else max([*verdicts.values(), Verdict.CLEAR.value])


@pytest.mark.slow
@given(case=two_policies())
@settings(max_examples=60)
def test_a_comparison_is_the_difference_of_two_runs_of_the_reference(
    case: tuple[Pack, Pack, list[Household], date],
) -> None:
    """By household and rule, and by household, also where one policy gives no answer."""
    a, b, homes, as_of = case
    try:
        found: Comparison = compare(a, b, Tables.of(homes), as_of=as_of)
    except OverflowRiskError:
        return  # refused, not answered wrongly
    changes: set[tuple[Any, ...]] = set()
    whole: set[tuple[Any, ...]] = set()
    for one in homes:
        before, after = answers(a, one, as_of), answers(b, one, as_of)
        for id_ in {*(before or {}), *(after or {})}:
            pair = ((before or {}).get(id_, ABSENT), (after or {}).get(id_, ABSENT))
            if pair[0] != pair[1] and not {*pair} <= {"clear", ABSENT}:
                changes.add((one.household_id, one.area, id_, *pair))
        pair = (weightiest(before), weightiest(after))
        if pair[0] != pair[1] and not {*pair} <= {"clear", ABSENT}:
            whole.add((one.household_id, one.area, *pair))
    assert rows(found.changes) == changes
    assert rows(found.households) == whole
    for example in found.examples:
        for answer, side in ((example.answer_a, example.before), (example.answer_b, example.after)):
            assert (answer.verdict.value if answer else ABSENT) == side


@pytest.mark.slow
def test_the_command_line_says_who_enters_when_a_line_moves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The province's pack against itself with another line: tables, or one document."""
    pytest.importorskip("typer", reason="the command line needs the extra 'cli'")
    from antipoverty.cli import main

    assert main(["synth", "--out", str(tmp_path), "--households", "2000"]) == 0
    capsys.readouterr()
    words = ["compare", "shaanxi-2531", "shaanxi-2531", str(tmp_path), "--as-of", "2021-12-01"]
    moved = [*words, "--suppose-b", "monitoring_line=7000", "--level", "city"]
    assert main(moved) == 0
    shown = capsys.readouterr().out
    words_shown = ("转入 ", "enter ", "按规则 by rule", "政策乙：预警", "policy A is clear", "示例")
    for word in (
        *words_shown,
        "正常 clear",
        "预警 warn",
        "收入低于监测线",
        "  陕西省",
        "按市 by city",
    ):
        assert word in shown
    assert main([*moved, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["enter"] > 0
    assert {len(row["area"]) for row in document["by_area"]} == {4}
    assert main([*words, "--suppose-b", "monitoring_line"]) == 2
    assert "NAME=VALUE" in capsys.readouterr().err


def test_values_of_two_files_are_compared_in_a_year_without_a_published_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The official supplies both candidates; without them the missing value is an error."""
    pytest.importorskip("typer", reason="the command line needs the extra 'cli'")
    from antipoverty.cli import main

    Tables.of(HOMES)["households"].write_parquet(tmp_path / "households.parquet")
    for name in ("members", "records"):
        empty: pl.DataFrame = Tables.of(HOMES)[name]
        empty.write_parquet(tmp_path / f"{name}.parquet")
    pack = tmp_path / "line.toml"
    pack.write_text(
        """
        [pack]
        id = "line"
        title.zh = "标准"
        title.en = "Line"
        [departments.d]
        zh = "部门"
        en = "department"
        [sources.s]
        title = "an example"
        [[parameters]]
        id = "line"
        title.zh = "标准"
        title.en = "the line"
        unit = "yuan/person"
        [[parameters.values]]
        value = "5000"
        since = 2021-01-01
        until = 2021-12-31
        source = "s"
        [[rules]]
        id = "under-line"
        title.zh = "低于标准"
        title.en = "Under the line"
        department = "d"
        when = 'net_income_12m < param("line") * size'
        source = "s"
        since = 2021-01-01
        """,
        encoding="utf-8",
    )
    words = ["compare", str(pack), str(pack), str(tmp_path), "--as-of", "2026-06-01", "--json"]
    assert main(words) == 2
    assert "parameter-not-set" in capsys.readouterr().err
    for side, value in (("a", "6000"), ("b", "7000")):
        file = tmp_path / f"{side}.values"
        file.write_text(
            f'[[values]]\nparameter = "line"\nvalue = "{value}"\nsince = 2026-01-01\n'
            'until = "open"\nsource = "a draft"\n',
            encoding="utf-8",
        )
        words += [f"--values-{side}", str(file)]
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["enter"] == 1  # one village is not Shaanxi's
