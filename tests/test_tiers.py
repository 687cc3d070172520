"""Orders of tiers: a household is in one, in none, or it is undecided between some."""

from __future__ import annotations

import itertools
import pickle
from datetime import date
from typing import Any

import attrs
import pytest

from antipoverty._policy.data_only import plain  # private: what another process hands over
from antipoverty.conditions import truth
from antipoverty.conditions.meaning import every, opposite
from antipoverty.engines.closure import compile_pack
from antipoverty.errors import AntipovertyError
from antipoverty.model import Household
from antipoverty.rules import (
    NO_TIER,
    Amount,
    Ladder,
    Pack,
    Source,
    Text,
    Tier,
    combine,
    differences,
    judge,
    ladder_in_words,
    pack_from_toml,
)
from antipoverty.screening import Tables, screen
from antipoverty.testing import proofs
from engines import ALL, rows, tables_as
from low_income import DAY, given_pack
from packs import a_pack, a_parameter, a_rule

AS_OF = date(2021, 12, 1)
HANZHONG, XIAN = "610702100200", "610111001200"
CAUSES = {
    "worst": "evident_hardship",
    "aided": "minimum_living and not evident_hardship",
    "poor": "net_income_12m < param('line') * size and not minimum_living",
    "watched": "monitored or any(members, disabled)",
}


def ladder(**more: Any) -> Ladder:
    """Four tiers whose conditions overlap; one is a rule's."""
    tiers = [
        Tier(id=name, title=Text(name, name), when=None if name == "poor" else when, rule=rule)
        for name, when in CAUSES.items()
        for rule in ["poor" if name == "poor" else None]
    ]
    given = {"since": date(2020, 1, 1), "source": Source("made for the test"), **more}
    return Ladder(id="order", title=Text("顺序", "order"), tiers=tiers, **given)


def pack(**more: Any) -> Pack:
    """A pack with that ladder."""
    return a_pack(
        a_rule(CAUSES["poor"], "poor"),
        parameters=[a_parameter("line", "yuan/person", {"61": 600_000, "6107": 500_000})],
        ladders=[ladder(**more)],
        area="61",
    )


PACK = pack()
STATES = (True, False, None)


def population() -> list[Household]:
    """Every mix of true, false and missing of what the tiers read, at the line and below."""
    found = []
    mixes = itertools.product(STATES, STATES, STATES, (0, -1, None), STATES, (HANZHONG, XIAN))
    for n, (hard, aided, watched, over, disabled, area) in enumerate(mixes):
        line = 500_000 if area == HANZHONG else 600_000
        found.append(
            Household.model_validate(
                {
                    "household_id": f"h{n}",
                    "area": area,
                    "size": 1,
                    "evident_hardship": hard,
                    "minimum_living": aided,
                    "monitored": watched,
                    "net_income_12m": None if over is None else f"{(line + over) / 100:.2f}",
                    "members": [{"member_id": f"m{n}", "disabled": disabled}],
                }
            )
        )
    return found


HOMES = population()


def by_hand(one: Household) -> str:
    """The tier of a household of which everything is known, in plain Python."""
    line = 500_000 if one.area == HANZHONG else 600_000
    if one.evident_hardship:
        return "worst"
    if one.minimum_living:
        return "aided"
    if (one.net_income_12m or 0) < line:
        return "poor"
    (member,) = one.members or ()
    return "watched" if one.monitored or member.disabled else NO_TIER


def completions(one: Household) -> set[str]:
    """The tiers of all households that a household with missing facts may be."""
    line = 500_000 if one.area == HANZHONG else 600_000
    (member,) = one.members or ()
    flags = {
        name: [value] if (value := getattr(one, name)) is not None else [True, False]
        for name in ("evident_hardship", "minimum_living", "monitored")
    }
    incomes = [line - 1, line] if one.net_income_12m is None else [one.net_income_12m]
    disabled = [True, False] if member.disabled is None else [member.disabled]
    return {
        by_hand(
            one.model_copy(
                update={
                    **dict(zip(flags, values, strict=True)),
                    "net_income_12m": income,
                    "members": (member.model_copy(update={"disabled": ill}),),
                }
            )
        )
        for *values, income, ill in itertools.product(*flags.values(), incomes, disabled)
    }


def test_the_reference_names_exactly_what_a_household_may_be() -> None:
    """Known households are in the plain program's tier; others in one of their completions'.

    What is not decided names every tier that the missing facts could bring, and their names
    settle it: with none missing it is decided.
    """
    for one in HOMES:
        placed = judge(one, PACK, as_of=AS_OF).tiers["order"]
        possible = completions(one)
        assert set(placed.may_be) == possible
        assert placed.decided is (len(placed.may_be) == 1) is (not placed.missing)
        if len(possible) == 1 and placed.decided:
            assert placed.may_be == (*possible,)
        if placed.tier is not None:
            assert placed.tier.id == by_hand(one) or possible == {placed.tier.id}
    known = [one for one in HOMES if len(completions(one)) == 1]
    assert {by_hand(one) for one in known} == {*CAUSES, NO_TIER}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ALL)
def test_every_engine_places_households_as_the_reference_does(kind: str) -> None:
    """One row where it is decided, one for each that it may be, none for who is in none."""
    found = screen(tables_as(Tables.of(HOMES), kind), PACK, as_of=AS_OF)
    expected, facts = set(), set()
    for one in HOMES:
        placed = judge(one, PACK, as_of=AS_OF).tiers["order"]
        answer = "is" if placed.decided else "may-be"
        names = () if placed.may_be == (NO_TIER,) else placed.may_be
        keys = one.household_id, one.area, "order"
        expected |= {(*keys, name, answer) for name in names}
        facts |= {(*keys, fact) for fact in placed.missing}
    assert rows(found.tiers) == expected
    assert rows(found.tier_facts) == facts


def test_the_compiled_pack_places_alike() -> None:
    """`CompiledPack.tiers` is what the judgement has."""
    compiled = compile_pack(PACK, as_of=AS_OF)
    for one in HOMES[::7]:
        assert compiled.tiers(one) == judge(one, PACK, as_of=AS_OF).tiers


def test_an_undecided_place_is_told_with_what_would_settle_it() -> None:
    """In words and as data."""
    one = Household(household_id="h", area=XIAN, minimum_living=True, members=())
    judgement = judge(one, PACK, as_of=AS_OF)
    placed = judgement.tiers["order"]
    assert placed.said("zh") == "待核实：worst或aided"
    assert placed.said("en") == "undecided between worst and aided"
    assert placed.to_dict() == {
        "ladder": "order",
        "decided": False,
        "may_be": ["worst", "aided"],
        "missing": ["evident_hardship"],
    }
    assert "顺序：待核实：worst或aided" in judgement.explain("zh")


def test_a_ladder_holds_on_its_days_and_in_its_area() -> None:
    """Elsewhere and on other days nobody is placed by it."""
    there = pack(area="6107", until=date(2021, 12, 31))
    homes = [one for one in HOMES if one.evident_hardship][:40]
    found = rows(screen(Tables.of(homes), there, as_of=AS_OF).tiers)
    assert {row[1] for row in found} == {HANZHONG}
    assert not judge(homes[1], there, as_of=AS_OF).tiers or homes[1].area == HANZHONG
    later = screen(Tables.of(homes), there, as_of=date(2022, 1, 1))
    assert rows(later.tiers) == rows(later.tier_facts) == set()


TEXT = """
[pack]
id = "made"
title.zh = "测试"
title.en = "made"
[departments.d]
zh = "部门"
en = "department"
[sources.s]
title = "made for the test"
[[rules]]
id = "poor"
title.zh = "困难"
title.en = "poor"
department = "d"
source = "s"
since = 2020-01-01
when = "evident_hardship"
[[ladders]]
id = "order"
title.zh = "顺序"
title.en = "order"
source = "s"
since = 2020-01-01
[[ladders.tiers]]
id = "aided"
title.zh = "低保"
title.en = "aided"
when = "minimum_living"
[[ladders.tiers]]
id = "poor"
title.zh = "困难"
title.en = "poor"
rule = "poor"
"""


def test_a_file_holds_a_ladder() -> None:
    """A tier has a condition or takes a rule's; words say both."""
    made = pack_from_toml(TEXT)
    assert repr(made.ladders["order"]) == "<Ladder order: aided > poor>"
    assert (
        ladder_in_words(made.ladders["order"], "zh")
        == "1. 低保：享受低保\n2. 困难：实际生活明显困难"
    )
    changed = made.evolve(rules=[a_rule("water_safe", "poor")])
    assert str(changed.ladders["order"]["poor"].when) == "water_safe"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('rule = "poor"\n', 'rule = "por"\n'),
        ('rule = "poor"\n', 'rule = "poor"\nwhen = "monitored"\n'),
        ('rule = "poor"\n', ""),
        ('when = "minimum_living"', 'when = "minimum_livin"'),
        ('id = "aided"', 'id = "none"'),
        ('id = "aided"', 'id = "poor"'),
    ],
)
def test_a_ladder_that_cannot_be_is_refused(before: str, after: str) -> None:
    """An unknown rule or fact, both or neither of the two, a reserved id, one id twice."""
    with pytest.raises(AntipovertyError):
        pack_from_toml(TEXT.replace(before, after))


def test_ladders_go_where_packs_go() -> None:
    """Combined they keep their own area, and a difference of two packs names them."""
    other = pack_from_toml(TEXT.replace('id = "made"', 'id = "made"\narea = "62"')).evolve(
        rules=[a_rule("evident_hardship", "poor-62")],
        ladders=[
            Ladder(
                id="other",
                title=Text("另", "other"),
                tiers=[Tier(id="poor", title=Text("困难", "poor"), rule="poor-62")],
                source=Source("made for the test"),
                since=date(2020, 1, 1),
            )
        ],
    )
    both = combine(PACK, other)
    assert {name: one.area for name, one in both.ladders.items()} == {"order": "61", "other": "62"}
    without = PACK.evolve(ladders=[])
    assert [(one.sort, one.what, one.id) for one in differences(without, PACK)] == [
        ("added", "ladder", "order")
    ]
    turned = PACK.evolve(
        ladders=[
            attrs.evolve(one, tiers=tuple(reversed(one.tiers))) for one in PACK.ladders.values()
        ]
    )
    assert [(one.sort, one.what, one.id) for one in differences(PACK, turned)] == [
        ("changed", "ladder", "order")
    ]


def test_the_shipped_pack_places_by_its_texts() -> None:
    """Destitute before the guarantee, the guarantee before its margin, monitored last."""
    low_income = given_pack()
    facts = {
        "household_id": "h",
        "area": XIAN,
        "size": 2,
        "co_residents": 2,
        "destitute": False,
        "minimum_living": False,
        "monitored": True,
        "net_income_12m": "1000",
        "rigid_spending_12m": "0",
        "financial_assets": "0",
        "houses": 0,
        "vehicles": 0,
        "members": [],
        "records": [],
        "supporters": [],
    }

    def tier(**more: Any) -> tuple[str, ...]:
        home = low_income.model.model_validate({**facts, **more})
        return judge(home, low_income, as_of=date(2026, 11, 29)).tiers["low-income"].may_be

    assert tier(destitute=True, minimum_living=True) == ("destitute",)
    assert tier(minimum_living=True) == ("guarantee",)
    assert tier() == ("margin",)
    assert tier(net_income_12m="90000000") == ("monitored",)
    assert tier(net_income_12m="90000000", monitored=False) == (NO_TIER,)
    assert tier(destitute=None) == ("destitute", "margin")
    assert tier(minimum_living=None, houses=9) == ("guarantee", "monitored")


def test_joined_conditions_mean_the_same_and_leave_no_more_open() -> None:
    """Of known households the answers of tiers are their conditions; of others, no wider."""
    conditions = PACK.ladders["order"].answers
    current = PACK.on(AS_OF)
    sharper = 0
    for one in HOMES:
        setting = current.setting(one.area)
        raw = [truth(tier.when, one, setting) for tier in PACK.ladders["order"].tiers]
        for at, (name, when) in enumerate(conditions.items()):
            before = [opposite(held) for held in raw[:at]]
            plain = every([*before, *raw[at : at + 1]])
            joined = truth(when, one, setting)
            assert plain is None or joined is plain, name
            sharper += plain is None and joined is not None
    assert sharper > 50


def test_a_pack_with_amounts_and_tiers_comes_over_as_data() -> None:
    """It pickles, and is read back from plain data as an installed pack is."""
    made = pack().evolve(
        rules=[a_rule(CAUSES["poor"], "poor", amount=Amount("param('line') * size", period="year"))]
    )
    assert pickle.loads(pickle.dumps(made)) == made
    assert plain(made) == made


def test_every_household_is_proved_to_be_in_one_tier_or_none() -> None:
    """Of the shipped order too; each tier has a household, which `judge` confirms."""
    pytest.importorskip("z3")
    made, low_income = PACK, given_pack()
    for ladder, asked, day in (("order", made, AS_OF), ("low-income", low_income, DAY)):
        found = proofs.one_tier(ladder, asked, as_of=day)
        assert found.exactly_one
        assert not found.unreached
        assert [*found.reached] == [*asked.ladders[ladder].answers]
    shadowed = Ladder(
        id="order",
        title=Text("顺序", "order"),
        tiers=[
            Tier(id="poor", title=Text("困难", "poor"), when="evident_hardship or monitored"),
            Tier(id="worse", title=Text("更困难", "worse"), when="evident_hardship"),
        ],
        source=Source("made for the test"),
        since=date(2020, 1, 1),
    )
    found = proofs.one_tier("order", made.evolve(ladders=[shadowed]), as_of=AS_OF)
    assert found.exactly_one
    assert found.unreached == ("worse",)
