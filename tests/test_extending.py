"""A county's pack upon its province's: it adds, stands in for, and replaces nothing in silence."""

from __future__ import annotations

import itertools
import json
import random
from datetime import date
from importlib import resources
from pathlib import Path

import pytest

from antipoverty.engines.closure import compile_pack
from antipoverty.errors import InvalidPackError
from antipoverty.model import Household, Money
from antipoverty.packs import shaanxi_2531
from antipoverty.rules import (
    Extends,
    Extension,
    Pack,
    Parameter,
    ParameterValue,
    Text,
    Verdict,
    differences,
    extend,
    extension_from_toml,
    judge,
    pack_from_toml,
    parent_of,
)
from antipoverty.screening import Tables, screen
from antipoverty.testing import proofs
from antipoverty.testing.witnesses import boundary_cases
from engines import EAGER, rows, tables_as
from packs import DEPARTMENTS, SINCE, SOURCE, a_pack, a_parameter, a_rule

DAY = date(2021, 12, 1)
PROVINCE = a_pack(
    a_rule('net_income_12m < param("line") * size', "income"),
    a_rule("size >= 6", "large"),
    a_rule("not water_safe", "water", area="6107"),
    id_="province",
    parameters=[a_parameter("line", "yuan/person", {"": 600000, "6101": 700000})],
    area="61",
    version="2021.2",
)
TOWNS = {
    "mian": ("610725", "610725100001"),
    "yang": ("610723", "610723100001"),
    "zhouzhi": ("610124", "610124100001"),
    "elsewhere": ("610802", "610802100001"),
}
MIAN = """
[pack]
id = "mian"
title.zh = "勉县"
title.en = "Mian"
area = "610725"
version = "1"
[extends]
pack = "province"
at_least = "2021.1"
below = "2022"
[sources.county]
title = "made for the test"
[[values]]
parameter = "line"
value = "6500"
since = 2021-06-01
until = "open"
source = "county"
[[rules]]
id = "mian-large"
title.zh = "人口多"
title.en = "large"
department = "d"
when = "size >= 5"
source = "county"
since = 2021-06-01
until = 2022-05-31
instead_of = "large"
"""
YANG = Extension(
    id="yang",
    title=Text("洋县", "Yang"),
    extends=Extends("province"),
    area="610723",
    rules=[
        a_rule("not water_safe and size >= 2", "yang-water", instead_of="water"),
        a_rule("monitored", "monitored"),
    ],
)
ZHOUZHI = Extension(
    id="zhouzhi",
    title=Text("周至", "Zhouzhi"),
    extends=Extends("province"),
    area="610124",
    values={"line": [ParameterValue(800000, SINCE, None, SOURCE)]},
    parameters=[a_parameter("many", "person", 4)],
    rules=[a_rule('size >= param("many")', "many", instead_of="large")],
)


def hand(name: str) -> Pack:
    """The pack of a county, written by hand as if there were no other."""
    area, _ = TOWNS[name]
    line = {"mian": 650000, "zhouzhi": 800000}.get(name, 600000)
    large = {"mian": ("size >= 5", "mian-large"), "zhouzhi": ("size >= 4", "many")}
    listed = [a_rule('net_income_12m < param("line") * size', "income")]
    listed.append(a_rule(*large.get(name, ("size >= 6", "large"))))
    if name == "mian":
        listed.append(a_rule("not water_safe", "water"))
    if name == "yang":
        listed += [
            a_rule("not water_safe and size >= 2", "yang-water"),
            a_rule("monitored", "monitored"),
        ]
    return a_pack(
        *listed, id_=name, parameters=[a_parameter("line", "yuan/person", line)], area=area
    )


def homes(name: str, number: int = 80) -> list[Household]:
    """Households of a county, some facts of which are not known."""
    rnd = random.Random(name)
    return [
        Household(
            household_id=f"{name}-{n}",
            area=TOWNS[name][1],
            size=rnd.choice([None, 1, 2, 4, 5, 6]),
            net_income_12m=rnd.choice([None, *(Money(n * 700000) for n in range(1, 7))]),
            water_safe=rnd.choice([None, True, False]),
            monitored=rnd.choice([True, False]),
            members=(),
            records=(),
        )
        for n in range(number)
    ]


def verdicts(pack: Pack, household: Household) -> dict[str, Verdict]:
    """What is not clear."""
    found = judge(household, pack, as_of=DAY).verdicts
    return {rule: held for rule, held in found.items() if held is not Verdict.CLEAR}


def counties() -> list[Extension]:
    """The three extensions."""
    return [extension_from_toml(MIAN, PROVINCE), YANG, ZHOUZHI]


@pytest.mark.parametrize("name", TOWNS)
def test_each_county_is_answered_as_by_a_pack_written_by_hand(name: str) -> None:
    """Alone, and in one pack of the whole province in whatever order; elsewhere as ever."""
    whole = [extend(PROVINCE, *order) for order in itertools.permutations(counties())]
    mine = [extend(PROVINCE, one) for one in counties() if one.id == name]
    for household in homes(name):
        expected = verdicts(hand(name), household)
        for pack in (*whole, *mine):
            assert verdicts(pack, household) == expected
            compiled = compile_pack(pack, as_of=DAY)
            found = dict(zip(compiled.rules, compiled(household), strict=True))
            assert {k: v for k, v in found.items() if v is not Verdict.CLEAR} == expected


@pytest.mark.slow
@pytest.mark.parametrize("kind", EAGER)
def test_one_pass_screens_the_province_with_all_its_counties(kind: str) -> None:
    """Every engine leaves a rule out where another stands in for it."""
    everyone = [one for name in TOWNS for one in homes(name)]
    found = screen(tables_as(Tables.of(everyone), kind), extend(PROVINCE, *counties()), as_of=DAY)
    assert {(row[0], row[2], row[3]) for row in rows(found.alerts)} == {
        (one.household_id, rule, verdict.value)
        for name in TOWNS
        for one in homes(name)
        for rule, verdict in verdicts(hand(name), one).items()
    }


def test_a_rule_comes_back_when_the_one_that_stood_in_for_it_ends() -> None:
    """And is in force before it began."""
    pack = pack_from_toml(MIAN, parent=PROVINCE)
    for day, name in (
        (date(2021, 5, 31), "large"),
        (DAY, "mian-large"),
        (date(2022, 6, 1), "large"),
    ):
        running = {rule.id for rule in pack.on(day).rules}
        assert running & {"large", "mian-large"} == {name}


def test_proofs_look_where_a_rule_is_in_force() -> None:
    """Where another stands in for it, no household is looked for."""
    pytest.importorskip("z3")
    pack = extend(PROVINCE, *counties())
    answer = proofs.never_warns("large", pack, as_of=DAY)
    assert answer.witness is not None
    assert not str(answer.witness.area).startswith(("610725", "610124"))
    mine = proofs.never_warns("mian-large", pack, as_of=DAY)
    assert mine.witness is not None
    assert mine.witness.area.startswith("610725")


def test_a_rule_that_stands_in_for_another_is_pinned_down_and_drawn_for() -> None:
    """As any rule is, where it is in force."""
    pack = extend(PROVINCE, *counties())
    found = boundary_cases("mian-large", pack, as_of=DAY)
    assert {case.expect for case in found} >= {Verdict.WARN, Verdict.CLEAR}
    assert found.unpinned == ()


# --- refused -------------------------------------------------------------------------


def problems(make: object, *given: object, **more: object) -> str:
    """What is wrong."""
    with pytest.raises(InvalidPackError) as caught:
        make(*given, **more)  # type: ignore[operator]
    return str(caught.value)


def county(id_: str = "mian", **more: object) -> Extension:
    """An extension of Mian."""
    given = {"title": Text("县", "county"), "extends": Extends("province"), "area": "610725"}
    return Extension(id=id_, **{**given, **more})  # type: ignore[arg-type]


def test_what_is_published_is_not_replaced_in_silence() -> None:
    """A rule, a parameter, a kind or a department of the parent keeps its id."""
    text = problems(extend, PROVINCE, county(rules=[a_rule("size >= 2", "large")]))
    assert "rule 'large' is published by 'province'" in text
    assert 'instead_of = "large"' in text
    text = problems(extend, PROVINCE, county(parameters=[a_parameter("line", "yuan", 1)]))
    assert "parameter 'line' is published" in text
    assert "[[values]]" in text
    text = problems(extend, PROVINCE, county(departments=DEPARTMENTS))
    assert "department 'd' is published" in text


@pytest.mark.parametrize("turned", [False, True])
def test_two_counties_that_clash_are_refused_in_both_orders(turned: bool) -> None:
    """As are two values of one parameter for one area and day."""
    one = county("one", rules=[a_rule("size >= 2", "same")])
    two = county("two", area="610723", rules=[a_rule("size >= 3", "same")])
    order = (two, one) if turned else (one, two)
    assert "rule 'same' is published by" in problems(extend, PROVINCE, *order)
    value = ParameterValue(1, SINCE, None, SOURCE)
    other = ParameterValue(2, SINCE, None, SOURCE)
    one, two = county("one", values={"line": [value]}), county("two", values={"line": [other]})
    order = (two, one) if turned else (one, two)
    with pytest.raises(Exception, match="two values"):
        extend(PROVINCE, *order)


def test_a_pack_is_written_for_some_versions_of_another() -> None:
    """The bounds are compared as numbers."""
    assert extend(PROVINCE, county(extends=Extends("province", "2021.2", "2021.10")))
    for bounds in ({"at_least": "2021.10"}, {"below": "2021.2"}, {"at_least": "2022"}):
        assert "this is 2021.2" in problems(
            extend, PROVINCE, county(extends=Extends("province", **bounds))
        )
    assert "builds on 'other'" in problems(extend, PROVINCE, county(extends=Extends("other")))


def test_nothing_reaches_beyond_the_area() -> None:
    """Neither the pack, nor a rule, nor a value; in Python and in a file alike."""
    assert "is not in 61" in problems(extend, PROVINCE, county(area="620102"))
    assert "outside its own" in problems(
        extend, PROVINCE, county(rules=[a_rule("size >= 2", "r", area="6101")])
    )
    value = ParameterValue(1, SINCE, None, SOURCE, "6101")
    assert "outside its own" in problems(extend, PROVINCE, county(values={"line": [value]}))
    far = MIAN.replace('value = "6500"', 'value = "6500"\narea = "6101"')
    assert "outside its own" in problems(pack_from_toml, far, parent=PROVINCE)
    line = Parameter("line", Text("线", "line"), PROVINCE.parameters["line"].unit, [value])
    assert "outside the pack's" in problems(a_pack, "size > 2", parameters=[line], area="6107")
    text = """
[pack]
id = "p"
title.zh = "包"
title.en = "pack"
area = "6107"
[sources.s]
title = "made"
[departments.d]
zh = "部门"
en = "department"
[[parameters]]
id = "line"
title.zh = "线"
title.en = "line"
unit = "yuan"
[[parameters.values]]
value = "1"
since = 2021-01-01
until = "open"
area = "6101"
source = "s"
"""
    assert "outside the pack's" in problems(pack_from_toml, text)


def test_a_file_that_builds_on_a_pack_says_on_which() -> None:
    """Read alone, it names what it needs; every problem of it is told at once."""
    assert parent_of(MIAN) == "province"
    assert parent_of("[pack]") is None
    assert "builds on the pack 'province'" in problems(pack_from_toml, MIAN)
    bad = MIAN.replace('"size >= 5"', '"sizes >= 5"').replace(
        'source = "county"', 'source = "x"', 1
    )
    text = problems(pack_from_toml, bad, parent=PROVINCE)
    assert "sizes" in text
    assert "'x'" in text
    assert "value of a parameter" not in text
    assert "'lines'" in problems(
        pack_from_toml, MIAN.replace('parameter = "line"', 'parameter = "lines"'), parent=PROVINCE
    )


def test_a_rule_stands_in_for_another_or_supersedes_it() -> None:
    """Not both, and not itself."""
    for more in ({"instead_of": "r"}, {"instead_of": "a", "supersedes": "b"}):
        with pytest.raises(Exception, match="for good or stands in"):
            a_rule("size > 2", "r", **more)
    assert "names 'larg'" in problems(
        extend, PROVINCE, county(rules=[a_rule("size >= 2", "r", instead_of="larg")])
    )
    assert "instead_of" in problems(
        extend, PROVINCE, county(rules=[a_rule("size >= 2", "r", supersedes="large")])
    )


# --- differences ---------------------------------------------------------------------


def told(before: Pack, after: Pack) -> set[tuple[str, str, str, str | None]]:
    """What a pack says otherwise."""
    return {(one.sort, one.what, one.id, one.of) for one in differences(before, after)}


def test_what_changed_against_the_parent_is_shown() -> None:
    """Rules that stand in for others, values, and what is new; nothing of other areas."""
    assert told(PROVINCE, pack_from_toml(MIAN, parent=PROVINCE)) == {
        ("stands-in", "rule", "mian-large", "large"),
        ("added", "value", "line", None),
    }
    assert told(PROVINCE, extend(PROVINCE, YANG)) == {
        ("stands-in", "rule", "yang-water", "water"),
        ("added", "rule", "monitored", None),
    }
    assert told(PROVINCE, extend(PROVINCE, ZHOUZHI)) == {
        ("stands-in", "rule", "many", "large"),
        ("added", "value", "line", None),
        ("added", "value", "many", None),
        ("added", "parameter", "many", None),
    }
    assert told(PROVINCE, PROVINCE) == set()
    fewer = PROVINCE.evolve(rules=[PROVINCE.rules["income"], a_rule("size >= 7", "large")])
    assert told(PROVINCE, fewer) == {
        ("gone", "rule", "water", None),
        ("changed", "rule", "large", None),
    }


@pytest.mark.parametrize(
    ("what", "id_", "was", "now", "told_"),
    [
        ("rule", "job-loss", "since = 2021-01-01", "since = 2021-07-01", "since 2021-01-01 → 2021"),
        ("rule", "job-loss", '"serious"', '"notice"', "severity serious → notice"),
        ("judgement rule", "urge", "before = 15", "before = 16", "[need]"),
        ("record kind", "job_loss", "失业", "下岗", "[title]"),
        ("risk", "unstable_work", "务工就业不稳", "务工不稳", "zh 务工就业不稳 → 务工不稳"),
        ("parameter", "hardship.cutoff", "多维困难计分标准", "计分标准", "[title]"),
    ],
)
def test_what_else_changed_is_told_by_its_key(
    what: str, id_: str, was: str, now: str, told_: str
) -> None:
    """A day of force that moved, a judgement rule's window, a word: an official must see each."""
    text = (resources.files("antipoverty.packs") / "shaanxi_2531/pack.toml").read_text("utf-8")
    at = text.index(f"[risks.{id_}]" if what == "risk" else f'id = "{id_}"')
    slip = pack_from_toml(text[:at] + text[at:].replace(was, now, 1))
    (one,) = differences(shaanxi_2531(), slip)
    assert (one.sort, one.what, one.id) == ("changed", what, id_)
    assert all(told_ in said for said in one.said)


def test_the_command_shows_what_a_county_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that builds on an installed pack is compared with it."""
    pytest.importorskip("typer")
    from antipoverty.cli import main

    text = MIAN.replace('"province"', '"shaanxi-2531"').replace('below = "2022"', "")
    text = text.replace('parameter = "line"', 'parameter = "medical.burden_general"')
    text = text.replace('department = "d"', 'department = "water"')
    text = text.replace('instead_of = "large"', 'instead_of = "water-unsafe"')
    stand_in = next(name for name in shaanxi_2531().rules if "water" in name)
    file = tmp_path / "mian.toml"
    file.write_text(text.replace("water-unsafe", stand_in), encoding="utf-8")
    assert main(["rules", "check", str(file)]) == 0
    capsys.readouterr()
    assert main(["rules", "diff", str(file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(one["sort"], one["id"], one["of"]) for one in found["differences"]] == [
        ("stands-in", "mian-large", stand_in),
        ("added", "medical.burden_general", None),
    ]
    assert main(["rules", "diff", str(file)]) == 0
    assert "替代" in capsys.readouterr().out
    assert main(["rules", "diff", "shaanxi-2531"]) != 0
