"""Codes in time: one that ended is followed everywhere, one to come is not known yet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import attrs
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from antipoverty import (
    AreaCode,
    AreaTree,
    Household,
    Level,
    Pack,
    Source,
    Tables,
    Text,
    judge,
    parameter,
    screen,
    shaanxi_areas,
)
from antipoverty.engines.closure import compile_pack
from antipoverty.errors import (
    AntipovertyError,
    AreaNotCoveredError,
    InvalidCodeError,
    InvalidPackError,
    UnknownAreaError,
)
from antipoverty.judgement import Judge, JudgementRule, Pattern, Signal
from antipoverty.rules import judge_rule
from engines import ALL, rows, tables_as
from packs import a_pack, a_rule

BEFORE, AFTER = date(2021, 1, 15), date(2021, 12, 1)
SOURCE = Source("an example")
# A county renamed; in it a village (200) renamed with it; in 610702 two villages merged into
# one (201, 202 -> 203), one split (204 -> 205, 206), one ended for good (207).
AREAS = """level,code,name,parent,since,until,successors
province,61,陕西省,,,,
city,6109,安康市,61,,,
city,6107,汉中市,61,,,
county,610928,旬阳县,6109,,2021-02-01,610981
county,610981,旬阳市,6109,2021-02-01,,
township,610928100,甲镇,610928,,2021-02-01,610981100
township,610981100,甲镇,610981,2021-02-01,,
village,610928100200,甲村,610928100,,2021-02-01,610981100200
village,610981100200,甲村,610981100,2021-02-01,,
county,610702,汉台区,6107,,,
township,610702100,乙镇,610702,,,
village,610702100200,乙村,610702100,,,
village,610702100201,丙村,610702100,,2021-02-01,610702100203
village,610702100202,丁村,610702100,,2021-02-01,610702100203
village,610702100203,丙丁村,610702100,2021-02-01,,
village,610702100204,戊村,610702100,,2021-02-01,610702100205 610702100206
village,610702100205,戊东村,610702100,2021-02-01,,
village,610702100206,戊西村,610702100,2021-02-01,,
village,610702100207,己村,610702100,,2021-02-01,
"""
TREE = AreaTree.from_csv(AREAS.splitlines())
# Where a household filed under a code belongs on the later day, worked out by hand.
FOLLOWED = {
    "610928100200": "610981100200",
    "61092810020007": "61098110020007",
    "610981100200": "610981100200",
    "61098110020007": "61098110020007",
    "610702100200": "610702100200",
    "61070210020001": "61070210020001",
    "610702100201": "610702100203",
    "61070210020101": "610702100203",
    "610702100203": "610702100203",
    "610702100205": "610702100205",
}
LOST = {
    "610702100204": "area-ended",
    "61070210020401": "area-ended",
    "610702100207": "area-ended",
    "610702100299": "unknown-area",
    "610702101200": "unknown-area",
}


def pack_of(*values: Any, when: str = 'net_income_12m < param("line") * size', **more: Any) -> Pack:
    """A pack of one rule, with the province's line of 6,000 yuan and further values."""
    line = parameter(
        "line", Text("线", "line"), "yuan/person", [("6000", date(2021, 1, 1), None, SOURCE)]
    )
    line = attrs.evolve(line, values=(*line.values, *values))
    rule = a_rule(when, "low", area=more.pop("rule_area", ""))
    return a_pack(rule, parameters=[line], area=more.pop("area", "61"))


def value(area: str, yuan: str) -> Any:
    """A value of the line for an area."""
    listed = [(yuan, date(2021, 1, 1), None, SOURCE)]
    return parameter("line", Text("线", "line"), "yuan/person", listed, area=area).values[0]


def home(id_: str, area: str, income: str = "7000") -> Household:
    """A household of one with an income."""
    return Household(household_id=id_, area=area, size=1, net_income_12m=income)


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("valued", ["610981", "610928"])
def test_a_code_that_ended_is_judged_as_its_successor(kind: str, valued: str) -> None:
    """With its values, in one county of the summary, whichever of both codes the value is for."""
    pack = pack_of(value(valued, "8000"))
    tables = tables_as(Tables.of([home("old", "610928100200"), home("new", "610981100200")]), kind)
    screening = screen(tables, pack, as_of=AFTER, areas=TREE)
    assert rows(screening.alerts) == {
        ("old", "610981100200", "low", "warn"),
        ("new", "610981100200", "low", "warn"),
    }
    assert rows(screening.summary("county")) == {("610981", 2, 0, 2, 2)}
    early = screen(tables, pack_of(), as_of=BEFORE, areas=TREE)
    assert early.rejected_counts == {("households", "area-not-begun", "area"): 1}
    assert rows(early.judged) == {("old", "610928100200")}


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.filterwarnings("ignore")
def test_every_code_is_followed_or_set_aside_with_its_reason(kind: str) -> None:
    """Renamed, merged, split, ended, unknown; a merged village's groups lose their numbers."""
    homes = [home(f"h{code}", code) for code in (*FOLLOWED, *LOST)]
    screening = screen(tables_as(Tables.of(homes), kind), pack_of(), as_of=AFTER, areas=TREE)
    assert rows(screening.judged) == {(f"h{code}", heir) for code, heir in FOLLOWED.items()}
    assert screening.rejected_counts == {
        ("households", "area-ended", "area"): 3,
        ("households", "unknown-area", "area"): 2,
    }


@pytest.mark.parametrize("code", FOLLOWED)
def test_one_household_is_followed_as_a_table_is(code: str) -> None:
    """By `judge` and `judge_rule`, which say where it lives now."""
    pack = pack_of(value("610981", "8000"))
    found = judge_rule(home("h", code), pack, "low", as_of=AFTER, areas=TREE)
    assert found.area == FOLLOWED[code]
    expected = "warn" if FOLLOWED[code].startswith("610981") else "clear"
    assert found.verdict.value == expected
    assert judge(home("h", code), pack, as_of=AFTER, areas=TREE).verdicts["low"] is found.verdict


@pytest.mark.parametrize(("code", "reason"), LOST.items())
def test_one_household_is_refused_as_a_table_sets_it_aside(code: str, reason: str) -> None:
    """With the same reason, and the codes to choose from where a village was split."""
    with pytest.raises(UnknownAreaError, match=reason) as caught:
        judge(home("h", code), pack_of(), as_of=AFTER, areas=TREE)
    assert ("610702100205, 610702100206" in str(caught.value)) == (code == "610702100204")
    with pytest.raises(UnknownAreaError, match="area-not-begun"):
        judge(home("h", "610981100200"), pack_of(), as_of=BEFORE, areas=TREE)


def test_the_line_of_a_renaming_alone_is_enough() -> None:
    """Where the tree holds the new county whole, its old code needs one line, no villages."""
    line = "county,610928,旬阳县,6109,,2021-02-01,610981"
    kept = [one for one in AREAS.splitlines() if "610928" not in one]
    tree = AreaTree.from_csv([*kept, line])
    assert tree.heirs("610928100200", AFTER) == ("610981100200",)
    assert tree.heirs("61092810020003", AFTER) == ("61098110020003",)
    assert tree.heirs("610928100201", AFTER) == ()
    assert tree.fault("610928100201", AFTER) == "area-ended"


def test_a_pack_holds_on_in_a_renamed_county_and_guesses_nothing_else() -> None:
    """Its own area and its rules' move along; a value for a merged village must be set anew."""
    county = pack_of(area="610928", rule_area="610928100")
    found = judge(home("h", "610928100200", "1"), county, as_of=AFTER, areas=TREE)
    assert found.verdicts["low"].value == "warn"
    merged = pack_of(value("610702100201", "8000"))
    with pytest.raises(InvalidPackError, match="610702100201, which ended on 2021-01-31"):
        judge(home("h", "610702100203"), merged, as_of=AFTER, areas=TREE)
    own = pack_of(value("610702100201", "8000"), value("610702100203", "5000"))
    found = judge(home("h", "610702100203"), own, as_of=AFTER, areas=TREE)
    assert found.verdicts["low"].value == "clear"
    split = pack_of(value("610702100204", "8000"))
    for part in ("610702100205", "610702100206"):
        found = judge(home("h", part), split, as_of=AFTER, areas=TREE)
        assert found.verdicts["low"].value == "warn"


# --- zeros that fill a code up --------------------------------------------------------

PADDED = {
    "610702100000": "610702100",
    "610702000000": "610702",
    "610700000000": "6107",
    "610000000000": "61",
    "610702000": "610702",
    "610700": "6107",
    "610000": "61",
    "6100": "61",
    "61070210000000": "610702100",
}


@pytest.mark.parametrize(("padded", "code"), PADDED.items())
def test_zeros_that_fill_a_code_up_make_no_village(padded: str, code: str) -> None:
    """A county's code with six zeros is the county, and no household lives right in it."""
    assert AreaCode(padded) == code
    assert AreaCode(padded).level is AreaCode(code).level
    with pytest.raises(ValidationError):
        Household(household_id="h", area=padded)


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.filterwarnings("ignore")
def test_a_table_is_refused_for_padded_codes(kind: str) -> None:
    """As a household is; a code in full is taken."""
    codes = [*PADDED, "610702100200"]
    table = pl.DataFrame(
        {"household_id": [f"h{i}" for i in range(len(codes))], "area": codes, "size": 1}
    )
    screening = screen(tables_as(Tables(table), kind), pack_of(when="size > 0"), as_of=AFTER)
    assert rows(screening.judged) == {(f"h{len(PADDED)}", "610702100200")}
    assert screening.rejected_counts == {("households", "unknown-area", "area"): len(PADDED)}


@given(st.sampled_from(list(shaanxi_areas())), st.sampled_from([4, 6, 9, 12, 14]))
def test_padding_any_code_changes_nothing(area: Any, digits: int) -> None:
    """Filled up with zeros to any longer form, a code of the shipped tree is itself."""
    if digits > len(area.code) and not (digits == 14 and area.level is Level.VILLAGE):
        assert AreaCode(area.code.ljust(digits, "0")) == area.code


def test_a_group_grid_in_no_village_is_none() -> None:
    """While the group 00 of a village is its households that have no group."""
    with pytest.raises(InvalidCodeError, match="000"):
        AreaCode("61070210000001")
    assert AreaCode("61070210020000").level is Level.GROUP


def test_the_shipped_areas_say_that_no_code_of_theirs_ended() -> None:
    """Of changes before the edition they know nothing, as their docstring says."""
    assert all(area.until is None and area.since is None for area in shaanxi_areas())
    assert "no code that ended" in (shaanxi_areas.__doc__ or "")


# --- the other doors -------------------------------------------------------------------


@pytest.mark.parametrize("code", FOLLOWED)
def test_a_compiled_pack_follows_a_code_as_judge_does(code: str) -> None:
    """With the values of the area it has become, whichever code it is filed under."""
    pack = pack_of(value("610928", "8000"))
    compiled = compile_pack(pack, as_of=AFTER, areas=TREE)
    for income in ("5000", "7000", "9000"):
        one = home("h", code, income)
        found = judge(one, pack, as_of=AFTER, areas=TREE).verdicts
        assert compiled(one) == tuple(found[id_] for id_ in compiled.rules)


@pytest.mark.parametrize(
    ("code", "reason"), [*LOST.items(), ("620102001001", "outside-pack"), ("610981100200", "")]
)
def test_every_door_refuses_a_code_for_one_reason(code: str, reason: str) -> None:
    """A table, `judge`, a compiled pack and a judge of signals; one to come is refused too."""
    day, reason = (AFTER, reason) if reason else (BEFORE, "area-not-begun")
    pack = pack_of()
    one = home("h", code)
    screening = screen(Tables.of([one]), pack, as_of=day, areas=TREE)
    assert screening.rejected_counts == {("households", reason, "area"): 1}
    compiled = compile_pack(pack, as_of=day, areas=TREE)
    fact = Signal(id="f", household_id="h", kind="alert", name="low", on=day, area=code)
    judging = Judge(pack, as_of=day, areas=TREE)
    doors: list[Callable[[], object]] = [
        lambda: judge(one, pack, as_of=day, areas=TREE),
        lambda: compiled(one),
        lambda: judging.feed(fact),
    ]
    for door in doors:
        with pytest.raises(AntipovertyError, match=rf"\({reason}\)") as caught:
            door()
        wanted = AreaNotCoveredError if reason == "outside-pack" else UnknownAreaError
        assert type(caught.value) is wanted
    assert not [*judging.facts()]


def test_signals_of_an_ended_code_are_judged_by_the_rules_of_its_successor() -> None:
    """Whichever code the rule is for, and on either side of the day of the renaming."""
    source, title = Source("an example"), Text("研判", "judged")
    facts = [
        Signal(id="f", household_id="h", kind="alert", name="low", on=BEFORE, area="610928100200")
    ]
    for named in ("610928", "610981"):
        rule = JudgementRule(
            id="local", title=title, source=source, since=BEFORE, need=(Pattern(),), area=named
        )
        pack = pack_of().evolve(judgements=[rule])
        with Judge(pack, as_of=BEFORE, areas=TREE) as judging:
            assert len(judging.feed(*facts)) == (named == "610928")
            judging.advance(AFTER)
            (said,) = judging.conclusions("h")
            assert said.facts[0].area == "610981100200"
