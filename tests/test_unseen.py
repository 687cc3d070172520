"""What did not come is not known: rosters, deliveries and rows without a household."""

from __future__ import annotations

from datetime import date
from typing import Any

import attrs
import polars as pl
import pytest
from pydantic import ValidationError

from antipoverty.errors import InvalidArgumentError, MissingColumnError
from antipoverty.model import Delivery, Household, Member, Record
from antipoverty.rules import Source, judge
from antipoverty.screening import Tables, screen
from engines import ALL, EAGER, engine, rows, tables_as
from packs import a_pack_on_records

AS_OF = date(2021, 12, 1)
VILLAGE, NEXT, FAR = "610702100200", "610702100201", "610111001200"
SOURCE = Source("made for the test")
RULES = {
    "school": "any(members, age < 16 and not in_school)",
    "insured": "all(members, insured)",
    "old": "count(members, age >= 60) >= 2",
    "many": "count(members) >= 4",
    "ages": "sum(members, age) >= 100",
    "eldest": "max(members, age) >= 90",
    "points": "sum(members, score((1, disabled), (2, health == 'serious'))) >= 3",
    "accident": "any(records, kind == 'accident', months=12)",
    "cost": "sum(records, amount, where=kind == 'medical', months=6) > yuan(5000)",
    "visits": "count(records, kind == 'medical') == 0",
    "any-record": "any(records, amount > yuan(900))",
}


PACK = a_pack_on_records(RULES)


def home(name: str = "h", ages: tuple[int | None, ...] = (), **facts: Any) -> Household:
    """A household whose members are insured, of these ages."""
    known: dict[str, Any] = {"insured": True, "in_school": True, "disabled": False}
    return Household(
        **{
            "household_id": name,
            "area": VILLAGE,
            "members": tuple(
                Member(member_id=f"{name}-{n}", age=age, health="healthy", **known)
                for n, age in enumerate(ages)
            ),
            "records": (),
            **facts,
        }
    )


def answers(household: Household, *names: str) -> list[str]:
    """What some rules say of a household."""
    found = judge(household, PACK, as_of=AS_OF).verdicts
    return [found[name].value for name in names]


def on_frames(kind: str, *households: Household) -> dict[tuple[str, str], str]:
    """What screening says of some households that is not clear, by household and rule."""
    tables = tables_as(Tables.of(households), kind)
    return {(row[0], row[2]): row[3] for row in rows(screen(tables, PACK, as_of=AS_OF).alerts)}


ROSTERS = {
    # size, ages -> what each rule says, worked out by hand
    "all came": ((2, (40, 60)), {"ages": "warn"}),
    "one short": (
        (3, (40, 50)),
        {
            "school": "undecided",
            "insured": "undecided",
            "old": "clear",  # one more cannot make two
            "many": "clear",
            "ages": "undecided",
            "eldest": "undecided",
            "points": "undecided",  # the one may score three
        },
    ),
    "one short, and the others decide": (
        (3, (61, 95)),
        {
            "school": "undecided",
            "insured": "undecided",
            "old": "warn",
            "ages": "warn",
            "eldest": "undecided",
            "points": "undecided",
        },
    ),
    "none came": (
        (4, ()),
        {
            "school": "undecided",
            "insured": "undecided",
            "old": "undecided",
            "many": "warn",
            "ages": "undecided",
            "eldest": "undecided",
            "points": "undecided",
        },
    ),
    "none came of nobody knows how many": (
        (None, ()),
        dict.fromkeys(
            ["school", "insured", "old", "many", "ages", "eldest", "points"], "undecided"
        ),
    ),
    "some came of nobody knows how many": ((None, (40, 60)), {"ages": "warn"}),
    "more came": (
        (1, (61, 62, 30, 20)),
        {"old": "undecided", "many": "undecided", "ages": "undecided", "eldest": "undecided"},
    ),
}
MEMBER_RULES = ("school", "insured", "old", "many", "ages", "eldest", "points")
USUAL = dict.fromkeys(MEMBER_RULES, "clear") | {"insured": "warn"}


def roster_home(name: str) -> Household:
    """A household of the table above."""
    (size, ages), _ = ROSTERS[name]
    return home(name.replace(" ", "-").replace(",", ""), ages, size=size)


@pytest.mark.parametrize("name", ROSTERS)
def test_members_who_did_not_come_are_members_of_whom_nothing_is_known(name: str) -> None:
    """Fewer rows than the household states leave open what they could turn; more, all."""
    expected = USUAL | ROSTERS[name][1]
    assert answers(roster_home(name), *MEMBER_RULES) == [expected[one] for one in MEMBER_RULES]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ALL)
def test_every_engine_counts_who_did_not_come(kind: str) -> None:
    """Screening answers what was worked out by hand, and names the fact to settle it."""
    homes = [roster_home(name) for name in ROSTERS]
    expected = {
        (household.household_id, rule): said
        for household, name in zip(homes, ROSTERS, strict=True)
        for rule, said in (USUAL | ROSTERS[name][1]).items()
        if said != "clear"
    }
    tables = tables_as(Tables.of(homes), kind)
    screening = screen(tables, PACK, as_of=AS_OF)
    found = {(row[0], row[2]): row[3] for row in rows(screening.alerts)}
    found = {key: said for key, said in found.items() if key[1] in MEMBER_RULES}
    assert found == expected
    facts = {(row[0], row[2]): row[3] for row in rows(screening.undecided())}
    assert set(facts) == {key for key, said in expected.items() if said == "undecided"}
    assert set(facts.values()) == {"members"}
    roster = screening.rosters["members"]
    assert (roster.short, roster.lacking, roster.surplus, roster.unknown) == (3, 6, 1, 1)
    for household in homes:
        again = screening.judgement(household.household_id)
        assert again.verdicts == judge(household, PACK, as_of=AS_OF).verdicts


def test_the_fact_that_settles_a_roster_is_said_in_both_languages() -> None:
    """An explanation says that members are missing, and how many are stated."""
    short = judge(roster_home("one short"), PACK, as_of=AS_OF)
    assert all(one.missing == ("members",) for one in short.undecided)
    assert "成员名单不全" in short.explain("zh")
    assert "members who did not come" in short.explain("en")


# --- deliveries ---------------------------------------------------------------------

RECORD_RULES = ("accident", "cost", "visits", "any-record")


def delivered(*spells: tuple[str, str, date | None, date]) -> tuple[Delivery, ...]:
    """Deliveries of a kind for an area from a first to a last day."""
    return tuple(
        Delivery(department="d", kinds=(kind,), area=area, first=first, last=last)
        for kind, area, first, last in spells
    )


YEAR, HALF, END = date(2020, 12, 1), date(2021, 6, 1), date(2021, 11, 30)
EVER = None
SPELLS = {
    # deliveries -> what the rules say of a household without a record
    "nothing came": ((), ("undecided", "undecided", "undecided", "undecided")),
    "all came": (
        (("accident", "61", EVER, END), ("medical", "61", EVER, END)),
        ("clear", "clear", "warn", "clear"),
    ),
    "the windows came": (
        (("accident", "61", YEAR, END), ("medical", "61", HALF, END)),
        ("clear", "clear", "undecided", "undecided"),
    ),
    "the last day did not": (
        (("accident", "61", YEAR, date(2021, 11, 29)), ("medical", "61", EVER, END)),
        ("undecided", "clear", "warn", "undecided"),
    ),
    "the first day did not": (
        (("accident", "61", date(2020, 12, 2), END), ("medical", "61", EVER, END)),
        ("undecided", "clear", "warn", "undecided"),
    ),
    "two halves meet": (
        (
            ("accident", "61", HALF, END),
            ("accident", VILLAGE, EVER, date(2021, 5, 31)),
            ("medical", "61", EVER, END),
        ),
        ("clear", "clear", "warn", "clear"),
    ),
    "a day between two is lost": (
        (
            ("accident", "61", HALF, END),
            ("accident", "61", EVER, date(2021, 5, 30)),
            ("medical", "61", EVER, END),
        ),
        ("undecided", "clear", "warn", "undecided"),
    ),
    "another village's": (
        (("accident", NEXT, EVER, END), ("medical", "61", EVER, END)),
        ("undecided", "clear", "warn", "undecided"),
    ),
}


def delivery_home(name: str, **facts: Any) -> Household:
    """A household without a record, with the deliveries of a name."""
    spells, _ = SPELLS[name]
    return home("h", (40,), size=1, deliveries=delivered(*spells), **facts)


@pytest.mark.parametrize("name", SPELLS)
def test_no_record_means_none_only_where_somebody_looked(name: str) -> None:
    """A kind is clear when its area and every day of the window were delivered."""
    assert tuple(answers(delivery_home(name), *RECORD_RULES)) == SPELLS[name][1]


@pytest.mark.slow
@pytest.mark.parametrize("kind", EAGER)
@pytest.mark.parametrize("name", SPELLS)
def test_every_engine_asks_who_looked(kind: str, name: str) -> None:
    """Screening answers the same, and names the kind that was not delivered."""
    household = delivery_home(name)
    expected = dict(zip(RECORD_RULES, SPELLS[name][1], strict=True))
    found = on_frames(kind, household)
    assert {rule: found.get(("h", rule), "clear") for rule in RECORD_RULES} == expected


@pytest.mark.parametrize("kind", [engine("pyspark")])
@pytest.mark.slow
def test_spark_joins_what_was_not_delivered_by_area(kind: str) -> None:
    """The rows of places are brought to where the tables are."""
    found = on_frames(kind, delivery_home("the last day did not"))
    assert found["h", "accident"] == found["h", "any-record"] == "undecided"
    assert ("h", "cost") not in found


def test_an_undelivered_kind_is_named_with_its_area_and_days() -> None:
    """The fact is the kind; the explanation says where and when nobody looked."""
    found = judge(delivery_home("the last day did not"), PACK, as_of=AS_OF)
    missing = {one.rule_id: one.missing for one in found.undecided}
    assert missing["accident"] == missing["any-record"] == ("records[accident]",)
    assert "意外" in found.explain("zh")
    assert "未交付" in found.explain("zh")
    assert "not delivered" in found.explain("en")
    assert "2021-11-30" in found.explain("en")


def test_a_record_in_hand_decides_whatever_was_not_delivered() -> None:
    """What warns on what came goes on warning."""
    one = Record(record_id="r", kind="accident", day=date(2021, 3, 1), amount="1000")
    many = Record(record_id="q", kind="medical", day=date(2021, 9, 1), amount="5000.01")
    household = delivery_home("nothing came", records=(one, many))
    assert answers(household, *RECORD_RULES) == ["warn", "warn", "clear", "warn"]


def test_without_a_number_the_members_are_not_known_where_deliveries_are_kept() -> None:
    """Who keeps a list of deliveries does not vouch for tables that say nothing."""
    spells, _ = SPELLS["all came"]
    kept = home("h", (40, 60), size=None, deliveries=delivered(*spells))
    assert answers(kept, "school", "ages") == ["undecided", "warn"]


def test_deliveries_come_as_a_frame_with_a_line_for_each_kind() -> None:
    """A list of deliveries is a table like the others; its faults are named by line."""
    line = {
        "department": ["d", "d"],
        "kind": ["accident", "medical"],
        "area": ["61", "61"],
        "first": [EVER, EVER],
        "last": [END, END],
    }
    tables = Tables.of([home("h", (40,), size=1)])
    given = Tables(**{name: tables[name] for name in tables}, deliveries=pl.DataFrame(line))
    assert len(given.deliveries or ()) == 2
    bad = pl.DataFrame({**line, "area": ["61", "6"], "kind": [None, "medical"]})
    with pytest.raises(InvalidArgumentError, match=r"line 1 \(kinds\); line 2 \(area\)"):
        Tables(tables["households"], deliveries=bad)
    with pytest.raises(MissingColumnError, match="last"):
        Tables(tables["households"], deliveries=pl.DataFrame(line).drop("last"))
    with pytest.raises(ValidationError, match="first day"):
        Delivery(department="d", kinds=("x",), area="61", first=END, last=YEAR)


@pytest.mark.slow
@pytest.mark.parametrize("kind", EAGER)
def test_a_delivery_that_holds_fewer_rows_than_it_says_does_not_count(kind: str) -> None:
    """A row that was lost on the way leaves the whole delivery in doubt."""
    one = Record(record_id="r", kind="accident", day=date(2019, 3, 1), amount="1")
    other = home("other", (40,), size=1, records=(one,))
    spells = delivered(("accident", "6107", EVER, END), ("medical", "61", EVER, END))
    said = [spells[0].model_copy(update={"rows": number}) for number in (1, 2)]
    for rows_said, expected in zip(said, ("clear", "undecided"), strict=True):
        given = (rows_said, spells[1])
        homes = [
            one.model_copy(update={"deliveries": given})
            for one in (home("h", (40,), size=1), other)
        ]
        found = on_frames(kind, *homes)
        assert found.get(("h", "accident"), "clear") == expected


@pytest.mark.slow
@pytest.mark.parametrize("kind", EAGER)
@pytest.mark.parametrize("spoilt", [None, "a stray", "no id", "a household set aside"])
def test_counting_what_was_delivered_sets_the_same_rows_aside(
    kind: str, spoilt: str | None
) -> None:
    """Rows are looked at beside their households once; what is of none is found by it too."""
    good = [home(name, (40,), size=1) for name in ("h", "other")]
    one = Record(record_id="r", kind="accident", day=date(2019, 3, 1), amount="1")
    tables = Tables.of(good)
    frames = {name: tables[name] for name in tables}
    names = {"a stray": "nobody", "no id": None, "a household set aside": "other"}
    of_whom = ["h"] if spoilt is None else ["h", names[spoilt]]
    facts = {**one.model_dump(), "amount": 100}
    lines = [facts | {"household_id": who, "record_id": f"r{n}"} for n, who in enumerate(of_whom)]
    schema = frames["records"].schema
    frames["records"] = pl.DataFrame(lines, schema=dict(schema))
    if spoilt == "a household set aside":
        frames["households"] = frames["households"].with_columns(
            pl.when(pl.col("household_id") == "other")
            .then(pl.lit("99"))
            .otherwise("area")
            .alias("area")
        )
    said = Delivery(department="d", kinds=("accident",), area="61", last=END, rows=len(lines))
    found = []
    for given in (None, (said,)):
        screening = screen(tables_as(Tables(**frames, deliveries=given), kind), PACK, as_of=AS_OF)
        found.append(
            {fault: n for fault, n in screening.rejected_counts.items() if fault[0] == "records"}
        )
    expected = {
        None: {},
        "a stray": {("records", "orphan", "household_id"): 1},
        "no id": {("records", "missing-id", "household_id"): 1},
        "a household set aside": {("records", "orphan", "household_id"): 1},
    }
    assert found == [expected[spoilt]] * 2


def test_no_more_rows_can_lack_than_a_household_may_have() -> None:
    """Who has as many members as the model allows has all of them, though it states no number."""
    most = home("h", (40,) * 99, deliveries=())
    assert answers(most, "old", "many", "eldest") == ["clear", "warn", "clear"]
    assert answers(home("h", (40,) * 98, deliveries=()), "eldest") == ["undecided"]


# --- rows without a household ---------------------------------------------------------


def with_strays(kind: str, **strays: list[dict[str, Any]]) -> Any:
    """Screen two households of a village and one far away beside rows of nobody."""
    homes = [
        home(name, (40,), size=size, area=area)
        for name, size, area in [
            ("610702100200000001", 1, VILLAGE),
            ("610702100200000002", 2, VILLAGE),
            ("far", None, FAR),
        ]
    ]
    tables = Tables.of(homes)
    frames = {name: tables[name] for name in tables}
    for name, more in strays.items():
        frames[name] = pl.concat([frames[name], pl.DataFrame(more, schema=frames[name].schema)])
    return screen(tables_as(Tables(**frames), kind), PACK, as_of=AS_OF)


@pytest.mark.slow
@pytest.mark.parametrize("kind", EAGER)
@pytest.mark.parametrize(
    ("id_", "spoilt"),
    [
        ("610702100200000009", {"610702100200000001", "610702100200000002"}),
        ("9", {"610702100200000001", "610702100200000002", "far"}),
        (None, {"610702100200000001", "610702100200000002", "far"}),
    ],
)
def test_a_record_of_nobody_may_be_anyones(kind: str, id_: str | None, spoilt: set[str]) -> None:
    """It leaves open what it would turn, in the village its id names or everywhere."""
    stray = {
        "household_id": id_,
        "record_id": "s",
        "kind": "accident",
        "day": date(2021, 3, 1),
        "amount": 1,
    }
    screening = with_strays(kind, records=[stray])
    found = {(row[0], row[2]): row[3] for row in rows(screening.alerts)}
    assert {home for (home, rule), said in found.items() if rule == "accident"} == spoilt
    assert {said for (_, rule), said in found.items() if rule == "accident"} == {"undecided"}
    assert not {rule for _, rule in found} & {"cost", "any-record"}  # it could not turn these
    facts = {row[3] for row in rows(screening.undecided()) if row[2] == "accident"}
    assert facts == {"records"}
    for household in ("610702100200000001", "far"):
        again = screening.judgement(household).verdicts["accident"].value
        assert again == found.get((household, "accident"), "clear")


_ACCIDENT = {"kind": "accident", "day": date(2021, 3, 1), "amount": 1}
_OF_NOBODY = {"household_id": "610702100200000009", "record_id": "s", **_ACCIDENT}


@pytest.mark.slow
@pytest.mark.parametrize("kind", EAGER)
@pytest.mark.parametrize(
    ("strays", "reasons"),
    [
        ([_OF_NOBODY | {"amount": -1}], {"out-of-bounds"}),
        ([_OF_NOBODY] * 2, {"duplicate-id"}),
        ([_OF_NOBODY, _OF_NOBODY, _OF_NOBODY | {"record_id": "t"}], {"duplicate-id", "orphan"}),
        ([_OF_NOBODY | {"record_id": f"s{n}"} for n in range(10_001)], {"too-many-rows"}),
    ],
    ids=["a bad amount", "came twice", "twice and once", "too many"],
)
def test_a_record_of_nobody_may_be_anyones_though_it_has_a_fault(
    kind: str, strays: list[dict[str, Any]], reasons: set[str]
) -> None:
    """What is set aside for another reason leaves open what it would turn all the same."""
    screening = with_strays(kind, records=strays)
    found = {row[0]: row[3] for row in rows(screening.alerts) if row[2] == "accident"}
    anywhere = len(strays) > 10_000  # so many are not looked at one by one
    whose = ["610702100200000001", "610702100200000002", *(["far"] if anywhere else [])]
    assert found == dict.fromkeys(whose, "undecided")
    assert {place[1] for place in screening.rejected_counts} == reasons
    assert screening.unplaced["records"].rows() == [("610702100200", len(strays))]


def test_rows_of_nobody_are_read_as_all_rows_are() -> None:
    """A day of birth tells the age where no age came, and amounts come in their own unit."""
    pack = a_pack_on_records({name: RULES[name] for name in ("eldest", "accident", "any-record")})
    homes = pl.DataFrame({"household_id": ["h"], "area": [VILLAGE], "size": [1]})
    born = {"household_id": [None, "610702100200000009"], "member_id": ["a", "b"]}
    members = pl.DataFrame(born).with_columns(born_on=date(1921, 1, 1))
    records = pl.DataFrame([_OF_NOBODY | {"household_id": None, "amount": 800}])
    tables = Tables(homes, members, records, money={"records.amount": "yuan"})
    found = {row[2]: row[3] for row in rows(screen(tables, pack, as_of=AS_OF).alerts)}
    assert (found["eldest"], found["accident"]) == ("undecided", "undecided")
    assert "any-record" not in found  # 800 yuan are not over 900, as fen or not
    dear = records.with_columns(amount=pl.lit(901))
    tables = Tables(homes, members, dear, money={"records.amount": "yuan"})
    found = {row[2]: row[3] for row in rows(screen(tables, pack, as_of=AS_OF).alerts)}
    assert found["any-record"] == "undecided"


@pytest.mark.parametrize("kind", EAGER)
def test_a_member_of_nobody_spoils_only_whose_roster_is_not_full(kind: str) -> None:
    """Who has as many members as it states lacks none of them."""
    stray = {"household_id": None, "member_id": "s", "age": 99}
    screening = with_strays(kind, members=[stray])
    found = {row[0] for row in rows(screening.alerts) if row[2] == "eldest"}
    assert found == {"610702100200000002", "far"}
    assert screening.unplaced["members"].rows() == [("", 1)]


def test_a_flood_of_records_of_nobody_may_be_all_of_one_household(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where so many came that none is looked at by itself, several may be anyone's."""
    from antipoverty._screening import unseen  # private: so many rows are slow to make

    monkeypatch.setattr(unseen, "MOST_UNPLACED", 1)
    strays = [{"household_id": None, "record_id": f"s{n}", "amount": 1} for n in range(3)]
    made = a_pack_on_records(RULES)
    two = made.evolve(rules=[attrs.evolve(made.rules["any-record"], when="count(records) >= 2")])
    homes = Tables.of([home("h", (40,), size=1)])
    frames = {name: homes[name] for name in homes}
    more = pl.DataFrame(strays, schema=frames["records"].schema)
    frames["records"] = pl.concat([frames["records"], more])
    screening = screen(Tables(**frames), two, as_of=AS_OF)
    assert [row[3] for row in rows(screening.alerts)] == ["undecided"]
    assert screening.judgement("h").verdicts["any-record"].value == "undecided"


PLACES = [VILLAGE, NEXT, "610702101200", "610703100200", "610111001200", FAR[:9] + "201"]


@pytest.mark.parametrize("lacking", ["61", "6107", "610702", "610702100", NEXT, "6199"])
@pytest.mark.parametrize("kind", EAGER)
def test_what_lacks_in_a_part_of_the_areas_leaves_open_the_households_there(
    kind: str, lacking: str
) -> None:
    """Be it a province, city, county, town or village of which nobody delivered."""
    spells = (("accident", one, EVER, END) for one in PLACES if not one.startswith(lacking))
    homes = Tables.of([home(one, (40,), size=1, area=one) for one in PLACES])
    tables = Tables(**{name: homes[name] for name in homes}, deliveries=delivered(*spells))
    found = rows(screen(tables_as(tables, kind), PACK, as_of=AS_OF).alerts)
    mine = {row[0]: row[3] for row in found if row[2] == "accident"}
    assert mine == {one: "undecided" for one in PLACES if one.startswith(lacking)}


@pytest.mark.parametrize("kind", EAGER)
def test_each_of_many_villages_has_as_many_rows_of_nobody_as_came_to_it(kind: str) -> None:
    """More sorts of villages than are told apart in one expression."""
    villages = [f"6107021002{number:02d}" for number in range(30)]
    homes = Tables.of([home(f"{one}000001", (40,), size=1, area=one) for one in villages])
    strays = [
        {"household_id": f"{village}000009", "record_id": f"{village}-{one}", "amount": 1}
        for number, village in enumerate(villages)
        for one in range(number)
    ]
    frames = {name: homes[name] for name in homes}
    frames["records"] = pl.DataFrame(strays, schema=frames["records"].schema)
    pack = a_pack_on_records({"often": "count(records) >= 20"})
    screening = screen(tables_as(Tables(**frames), kind), pack, as_of=AS_OF)
    found = {row[0][:12]: row[3] for row in rows(screening.alerts)}
    assert found == dict.fromkeys(villages[20:], "undecided")
