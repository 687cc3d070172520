"""A day's delta gives the answers of a full screening, whatever happened since the day before."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import attrs
import narwhals as nw
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings

pytest.importorskip("typer", reason="the command line needs the extra 'cli'")

from antipoverty._base.frames import MOST_LISTED, rows_of  # private: the plan is looked at
from antipoverty.cli import main
from antipoverty.conditions import household as h
from antipoverty.conditions import members, records
from antipoverty.daily import Delta, State, changed_between, screen_delta
from antipoverty.errors import InvalidArgumentError, InvalidFileError, MissingColumnError
from antipoverty.model import AreaTree, Delivery
from antipoverty.packs import shaanxi_2531
from antipoverty.rules import Pack
from antipoverty.screening import Tables, screen
from antipoverty.synthetic import generate
from engines import ALL, EAGER, engine, tables_as
from histories import CHANGES, Change, Day, History, histories, lived
from packs import a_pack, a_parameter, a_rule

Frames = dict[str, pl.DataFrame]
PACK, DAY = shaanxi_2531(), date(2021, 11, 3)
ANSWER = ["household_id", "area", "rule_id", "verdict"]
KEY = ["household_id", "rule_id"]


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Frames:
    """A hundred and twenty households with members and records."""
    folder = tmp_path_factory.mktemp("province")
    generate(folder, households=120, seed=5)
    tables = Tables.read(folder)
    return {name: tables[name].collect() for name in tables}


def lines(frame: pl.DataFrame) -> Counter[Any]:
    return Counter(
        tuple(sorted((name, value) for name, value in row.items() if value is not None))
        for row in frame.to_dicts()
    )


def each(frames: Any) -> dict[str, Counter[Any]]:
    return {name: lines(frame) for name, frame in frames.items() if frame.height}


def same(delta: Delta, state: State, full: State) -> None:
    """Insist that a delta tells what two full screenings differ by, and leaves the same state."""
    made = delta.state
    was, now = state.answers.collect(), full.answers.collect()
    assert made.answers.collect().sort(ANSWER).equals(now.sort(ANSWER))
    assert sorted(made.aside["household_id"]) == sorted(full.aside["household_id"])
    rests = (
        "as_of",
        "pack",
        "rules",
        "reading",
        "values",
        "areas",
        "deliveries",
        "refused",
        "rows",
    )
    assert [getattr(made, one) for one in rests] == [getattr(full, one) for one in rests]
    assert each(made.strays) == each(full.strays)
    assert each(made.unplaced) == each(full.unplaced)
    both = was.join(now, on=KEY, suffix="_now")
    other = both.filter(pl.col("verdict") != pl.col("verdict_now"))
    told = {word: lines(delta.of(word).select(KEY)) for word in ("new", "ended", "other")}
    assert told == {
        "new": lines(now.join(was, on=KEY, how="anti").select(KEY)),
        "ended": lines(was.join(now, on=KEY, how="anti").select(KEY)),
        "other": lines(other.select(KEY)),
    }
    assert delta.stays == both.height - other.height


def follow(history: History, kind: str, folder: Path) -> Counter[str]:
    """Go through a history by deltas in frames of a kind, in full by Polars; tell what was met."""
    met: Counter[str] = Counter()
    state: State | None = None
    days = [None, *history.days]
    for (world, changed), day in zip(lived(history), days, strict=True):
        tables, told = world.tables, {"as_of": world.day, "areas": world.areas}
        screening = screen(tables, world.pack, **told)
        full = screening.state()
        met["lost"] += bool(screening.deliveries_lost)
        if state is not None:
            if day is not None and day.kept:
                state = State.read(state.write(folder / "state"))
            theirs = tables_as(tables, kind)
            delta = screen_delta(state, theirs, world.pack, changed=changed, **told)
            same(delta, state, full)
            met.update([*delta.causes, *(one for one in CHANGED if delta.of(one).height)])
            met["stays"] += delta.stays > 0
            met[delta.everything.en if delta.everything else "some"] += 1
        state = full if state is None else delta.state
    return met + world.seen


CHANGED = ("new", "ended", "other")
CAUSES = {"changed", "window", "age", "value", "delivery", "unplaced"}
ALL_AGAIN = {
    "The rules or the facts changed.",
    "A code of an area began or ended meanwhile.",
    "A list of deliveries came or is gone.",
    "A value for the whole area changed.",
    "Rows of nobody came or went.",
}


def days_of(*changes: tuple[Change, ...]) -> tuple[Day, ...]:
    return tuple(Day(1, one, kept=bool(one)) for one in changes)


TOLD = (
    History(
        date(2021, 12, 30), turns=2, listed=True,
        days=days_of(
            (Change("delivered", 0, 0, 3), Change("valued", 1), Change("moved", 1, 6)), (),
            (Change("relisted"), Change("came")), (Change("doubled", 1), Change("broken", 1)),
        ),
    ),
    History(
        date(2024, 2, 28),
        days_of(
            (Change("given_away", 1, 0, 2), Change("valued", 3), Change("born", 2)), (),
            (Change("adopted"), Change("given_away", 2), Change("dropped", 1)),
            (Change("ruled", 3, 1, 4), Change("left", 4), Change("corrected", 1, 3, 3)),
        ),
    ),
    History(
        date(2021, 11, 3), listed=True,
        days=days_of(
            (Change("given_away", 1, 3, 3), Change("dated", 3, 1)),
            (Change("delivered", 1, 2, 1), Change("withdrawn")),
        ),
    ),
)  # fmt: skip
"""What chance may leave out; together they meet everything."""


def law(kind: str, folder: Path, examples: int, **drawn: int) -> Counter[str]:
    """Insist on the law over drawn histories, and tell what was met."""
    met: Counter[str] = Counter()

    @settings(max_examples=examples, suppress_health_check=list(HealthCheck))
    @given(histories(**drawn))
    def same_answers(history: History) -> None:
        met.update(follow(history, kind, folder))

    same_answers()
    return met


@pytest.mark.slow
def test_a_delta_is_a_full_screening(tmp_path: Path) -> None:
    """Rows, deliveries, rules, values and codes of areas change; each cause and change is met."""
    met = sum((follow(one, "polars", tmp_path) for one in TOLD), Counter[str]())
    met += law("polars", tmp_path, 20)
    sides = {*CAUSES, *ALL_AGAIN, *CHANGES, *CHANGED, "stays", "some", "lost", "a year's end"}
    sides |= {"a leap day", "an orphan's household came"}
    assert not sides - {*met}, sides - {*met}
    assert met["some"] > 2 * sum(met[one] for one in ALL_AGAIN)


@pytest.mark.slow
@pytest.mark.parametrize("kind", EAGER[1:])
def test_every_engine_gives_it(kind: str, tmp_path: Path) -> None:
    """In a database, in pandas and in PyArrow the delta is the same full screening."""
    met = law(kind, tmp_path, 3, days=3)
    assert met["some"] > 3


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", [engine("pyspark")])
def test_a_cluster_gives_it(kind: str, tmp_path: Path) -> None:
    """Several histories of five days."""
    met = law(kind, tmp_path, 3, days=5, least=5)
    assert met["some"] > 3
    assert {"changed", "window", "stays"} <= {*met}


def test_few_households_are_looked_up_by_an_index() -> None:
    """In DuckDB by their listed ids, which reads no group of rows; many by a join."""
    duckdb = pytest.importorskip("duckdb")
    base = duckdb.connect()
    base.execute("create table t as select 'h' || i as household_id from range(50000) r(i)")
    base.execute("create index of_t on t (household_id)")
    frame = nw.from_native(base.table("t"))
    few = pl.DataFrame({"household_id": ["h7", "h'; drop", *(f"h{i}" for i in range(60, 99))]})
    many = pl.DataFrame({"household_id": [f"h{i}" for i in range(MOST_LISTED + 1)]})
    for ids, by_index, found in ((few, True, 40), (many, False, many.height), (few[:0], None, 0)):
        rows = rows_of(frame, ids, "household_id")
        assert len(rows.collect()) == found
        plan = rows.to_native().explain("analyze")
        assert by_index in (None, "Row Groups Scanned: 0 / 1" in plan), plan


def two_days(
    rule: Any, frames: Frames, changed: list[str], *, then: Any = None, **more: Any
) -> Delta:
    """Screen on a day, then by delta on the next, and insist on the full answer."""
    pack, after = a_pack(rule), Tables(**(frames if then is None else then))
    state = screen(Tables(**frames), pack, as_of=DAY, **more).state()
    day = DAY + timedelta(1)
    delta = screen_delta(state, after, pack, as_of=day, changed=changed, **more)
    same(delta, state, screen(after, pack, as_of=day, **more).state())
    return delta


HOMES = pl.DataFrame(
    {"household_id": ["a", "b", "c"], "area": "610702100200", "size": [1, 1, 1]}
)  # fmt: skip


def test_a_birthday_is_met() -> None:
    """Who turns sixty overnight is judged again, without a row that changed."""
    born = [date(1961, 11, 4), date(1961, 11, 5), date(1950, 1, 1)]
    people = pl.DataFrame({"household_id": ["a", "b", "c"], "member_id": "m", "born_on": born})
    people = people.with_columns(age=pl.lit(None, pl.Int64))
    delta = two_days(members.any(members.age >= 60), {"households": HOMES, "members": people}, [])
    assert delta.causes == {"age": 1}
    assert delta.of("new")["household_id"].to_list() == ["a"]


@pytest.mark.parametrize(("back", "change"), [(0, "new"), (30, "ended")])
def test_a_row_at_an_edge_is_met(back: int, change: str) -> None:
    """A record of yesterday enters the window, one of thirty days ago leaves it."""
    rule = records.within(days=30).count() >= 1
    rows = pl.DataFrame({"household_id": ["b"], "kind": "k", "day": [DAY - timedelta(back)]})
    delta = two_days(rule, {"households": HOMES, "records": rows}, [])
    assert delta.causes == {"window": 1}
    assert delta.of(change)["household_id"].to_list() == ["b"]


@pytest.mark.parametrize("area", ["61", "610702100200"])
def test_a_day_that_nobody_delivered_is_met(area: str) -> None:
    """Where the new day is not covered, and only there, what was clear is undecided."""
    homes = pl.concat(
        [HOMES, HOMES.with_columns(household_id=pl.lit("z") + pl.col("household_id"))]
    )
    homes = homes.with_columns(area=pl.Series(["610702100200"] * 3 + ["610702100201"] * 3))
    rows = pl.DataFrame({"household_id": ["b"], "kind": "k", "day": [DAY - timedelta(9)]})
    pack = a_pack(records.where(kind="k").within(days=30).any())
    old = Delivery(department="d", kinds=("k",), area="61", last=DAY - timedelta(1))
    new = Delivery(department="d", kinds=("k",), area=area, last=DAY)
    state = screen(Tables(homes, records=rows, deliveries=[old]), pack, as_of=DAY).state()
    tables = Tables(homes, records=rows, deliveries=[old, new])
    day = DAY + timedelta(1)
    delta = screen_delta(state, tables, pack, as_of=day, changed=[])
    same(delta, state, screen(tables, pack, as_of=day).state())
    assert delta.causes == ({} if area == "61" else {"delivery": 3})
    assert delta.of("new").height == (0 if area == "61" else 3)


LINE = "net_income_12m < param('line') * size"
NEXT = DAY + timedelta(1)


def by_line(values: dict[str, int], since: date = DAY, *more: Any) -> Pack:
    """A pack of one rule that reads a value; what is added stands from a later day."""
    line = a_parameter("line", "yuan/person", {"61": 600_000})
    until = since - timedelta(1) if "61" in values else None
    whole = tuple(attrs.evolve(one, until=until) for one in line.values)
    added = a_parameter("line", "yuan/person", values, since).values if values else ()
    return a_pack(LINE, *more, parameters=[attrs.evolve(line, values=(*whole, *added))], area="61")


POLICY = {
    "a county's value": (by_line({"610702": 700_000}, NEXT), {"value": 2}, ["b"]),
    "a value that turns no answer": (by_line({"610702": 610_000}, NEXT), {"value": 2}, []),
    "a value for all": (by_line({"61": 700_000}, NEXT), None, ["b", "c"]),
    "another rule": (by_line({}, DAY, "size >= 3"), None, ["d"]),
    "a rule from the day on": (by_line({}, DAY, a_rule("size >= 3", since=NEXT)), None, ["d"]),
    "nothing": (by_line({}), {}, []),
}  # fmt: skip


@pytest.mark.parametrize("change", POLICY)
@pytest.mark.parametrize("kind", ALL)
def test_a_change_of_policy_is_met_on_every_engine(kind: str, change: str) -> None:
    """Whom a value concerns is judged again, or all where a rule changed, and it is said why."""
    if kind == "pyspark" and change != "a county's value":
        pytest.skip("what judges all again is an ordinary screening, which is tried elsewhere")
    homes = pl.DataFrame(
        {
            "household_id": ["a", "b", "c", "d"],
            "area": ["610702100200", "610702100200", "610824100200", "610824100200"],
            "size": [1, 1, 1, 3],
            "net_income_12m": [500_000, 650_000, 650_000, 9_000_000],
        }
    )
    after, causes, new = POLICY[change]
    tables = tables_as(Tables(homes), kind)
    state = screen(tables, by_line({}), as_of=DAY).state()
    assert state.answers.collect()["household_id"].to_list() == ["a"]
    delta = screen_delta(state, tables, after, as_of=NEXT, changed=[])
    assert (delta.everything is None) == (causes is not None)
    assert delta.causes == (causes or {})
    assert delta.of("new")["household_id"].to_list() == new
    same(delta, state, screen(tables, after, as_of=NEXT).state())


def one_that_follows(day: date) -> AreaTree:
    """A township of two villages, of which one's code ends on a day and the other's begins."""
    return AreaTree.from_csv(
        [
            "level,code,name,parent,since,until,successors",
            "province,61,省,,,,",
            "city,6107,市,61,,,",
            "county,610702,县,6107,,,",
            "township,610702100,镇,610702,,,",
            f"village,610702100200,村,610702100,,{day},610702100201",
            f"village,610702100201,新村,610702100,{day},,",
        ]
    )


def test_a_code_that_ends_is_met() -> None:
    """When a village's code ends overnight all are judged again, and it is said why."""
    tree = one_that_follows(DAY + timedelta(1))
    delta = two_days(h.size >= 1, {"households": HOMES}, [], areas=tree)
    assert delta.everything is not None
    assert "code" in delta.everything.en
    assert delta.stays == 3


@pytest.mark.parametrize("size", [1, 0])
@pytest.mark.parametrize("kind", EAGER)
def test_a_delivery_of_a_new_code_holds_the_rows_of_the_old_one(kind: str, size: int) -> None:
    """Also where another household is set aside, and on the next day: its rows are there."""
    tree = one_that_follows(DAY)
    pack, row = a_pack(records.where(kind="k").within(days=30).any(), area="61"), DAY - timedelta(3)
    tables = Tables(
        HOMES.with_columns(size=pl.Series([1, 1, size])),
        records=pl.DataFrame({"household_id": ["a"], "kind": "k", "day": [row]}),
        deliveries=[
            Delivery(department="d", kinds=("k",), area="610702100201", last=NEXT, rows=many)
            for many in (1, 2)
        ],
    )
    tables = tables_as(tables, kind)
    found = screen(tables, pack, as_of=NEXT, areas=tree)
    assert [one.rows for one in found.deliveries_lost] == [2]
    after = NEXT + timedelta(1)
    delta = screen_delta(found.state(), tables, pack, as_of=after, areas=tree, changed=[])
    same(delta, found.state(), screen(tables, pack, as_of=after, areas=tree).state())


def test_what_no_id_says_keeps_its_answer_and_comparing_finds_it() -> None:
    """A change that the caller does not name is not seen; comparing all rows names it."""
    frames = {"households": HOMES}
    after = HOMES.with_columns(size=pl.Series([5, 1, 1]))
    found = changed_between(Tables(**frames), Tables(households=after))
    assert found["household_id"].to_list() == ["a"]
    delta = two_days(
        h.size >= 4, frames, found["household_id"].to_list(), then={"households": after}
    )
    assert delta.of("new")["household_id"].to_list() == ["a"]


@pytest.mark.parametrize("kind", ["polars", engine("duckdb")])
def test_households_that_nobody_told_of_are_no_old_answer(kind: str) -> None:
    """Tables of another county, or who came or went untold: the numbers of rows do not agree."""
    pack = a_pack(h.size >= 2)
    twice = pl.concat([HOMES, HOMES.tail(1)])
    more = pl.concat([HOMES, HOMES.tail(1).with_columns(household_id=pl.lit("new"))])
    state = screen(tables_as(Tables(HOMES), kind), pack, as_of=DAY).state()
    doubled = screen(tables_as(Tables(twice), kind), pack, as_of=DAY).state()
    told: list[tuple[State, pl.DataFrame, list[str], bool]] = [
        (state, HOMES, [], True),
        (state, more, [], False),
        (state, more, ["new"], True),
        (state, HOMES.head(2), [], False),
        (state, HOMES.head(2), ["c"], True),
        (state, HOMES.head(1), ["c"], False),
        (state, HOMES.head(0), [], False),
        (state, twice, ["c"], True),
        (doubled, HOMES, ["c"], True),
        (doubled, HOMES.head(2), ["c"], True),
    ]
    for before, homes, changed, agree in told:
        tables = tables_as(Tables(homes), kind)
        if agree:
            delta = screen_delta(before, tables, pack, as_of=DAY, changed=changed)
            again = screen_delta(delta.state, tables, pack, as_of=DAY, changed=[])
            assert again.lines.is_empty()
            same(delta, before, screen(tables, pack, as_of=DAY).state())
        else:
            with pytest.raises(InvalidArgumentError, match="rows of households, the state of"):
                screen_delta(before, tables, pack, as_of=DAY, changed=changed)


def test_a_column_of_another_type_is_a_change_of_all_rows() -> None:
    """Amounts that come as yuan with parts one day are compared with no whole number of fen."""
    after = HOMES.with_columns(pl.col("size").cast(pl.Float64))
    found = changed_between(Tables(households=HOMES), Tables(households=after))
    assert sorted(found["household_id"]) == sorted(HOMES["household_id"])


def test_rows_that_are_doubled_or_gone_are_found_by_comparing() -> None:
    """A row that came twice or not at all is a change of its household; order is none."""
    rows = pl.DataFrame({"household_id": ["a", "b", "b", None], "kind": "k", "day": DAY})
    twice = pl.concat([rows, rows.head(1)]).reverse()
    found = changed_between(
        Tables(households=HOMES, records=rows), Tables(households=HOMES.reverse(), records=twice)
    )
    assert found["household_id"].to_list() == ["a"]
    less = Tables(households=HOMES, records=rows.filter(pl.col("household_id").is_not_null()))
    assert changed_between(Tables(households=HOMES, records=rows), less)[
        "household_id"
    ].to_list() == [None]


def test_a_state_is_kept_in_a_folder(province: Frames, tmp_path: Path) -> None:
    """What is read back serves as what was written; what is no state is refused as a file."""
    handed = (Delivery(department="d", kinds=("k",), area="61", last=DAY),)
    tables = Tables(**province, deliveries=handed)
    state = screen(tables, PACK, as_of=DAY).state()
    again = State.read(state.write(tmp_path / "state"))
    full = screen(tables, PACK, as_of=DAY + timedelta(1)).state()
    same(screen_delta(again, tables, PACK, as_of=DAY + timedelta(1), changed=[]), state, full)
    (tmp_path / "state" / "state.json").write_text("{}")
    for folder in (tmp_path / "state", tmp_path / "none"):
        with pytest.raises(InvalidFileError, match="screen in full"):
            State.read(folder)


def test_nothing_but_a_state_is_replaced(province: Frames, tmp_path: Path) -> None:
    """Tables, notes or a file in the place of a state stay, and no half of one is left there."""
    state = screen(Tables(**province), PACK, as_of=DAY).state()
    tables, file = tmp_path / "tables", tmp_path / "file"
    tables.mkdir()
    province["households"].write_parquet(tables / "households.parquet")
    file.write_text("kept")
    kept = state.write(tmp_path / "new" / "state")
    assert state.write(kept) == kept
    (kept / "note.txt").write_text("kept")
    for place in (tables, file, kept):
        with pytest.raises(InvalidArgumentError, match="no state of a screening"):
            state.write(place)
    with pytest.raises(InvalidArgumentError, match="cannot be written"):
        state.write(file / "state")
    assert file.read_text() == (kept / "note.txt").read_text() == "kept"
    assert [*tables.iterdir()] == [tables / "households.parquet"]
    assert {one.name for one in tmp_path.iterdir()} == {"tables", "file", "new"}


@pytest.mark.parametrize("column", ["verdict", "household_id"])
def test_a_state_with_other_columns_is_none(tmp_path: Path, column: str) -> None:
    """It is refused when it is read, not when its answers are needed."""
    state = screen(Tables(HOMES), a_pack(h.size >= 1), as_of=DAY).state()
    place = state.write(tmp_path / "state")
    answers = pl.read_parquet(place / "answers.parquet")
    for other in (answers.drop(column), answers.with_columns(pl.lit(1).alias(column))):
        other.write_parquet(place / "answers.parquet")
        with pytest.raises(InvalidFileError, match="screen in full"):
            State.read(place)
    (place / "answers.parquet").unlink()
    with pytest.raises(InvalidFileError, match="screen in full"):
        State.read(place)


def test_rows_without_an_id_hold_nobody_up() -> None:
    """A household without an id lives where values, deliveries and rows of nobody change."""
    homes = HOMES.with_columns(household_id=pl.Series(["a", None, None]))
    homes = homes.with_columns(area=pl.Series(["610702100200"] * 2 + ["610702100201"]))
    rule = records.where(kind="k").within(days=30).any()
    rows = pl.DataFrame({"household_id": [None, "a"], "kind": "k", "day": [DAY, None]})
    nobodys = rows.with_columns(household_id=pl.Series(["610702100200-x", "610702100201-x"]))
    delta = two_days(
        rule, {"households": homes, "records": rows}, [None, *nobodys["household_id"]],
        then={"households": homes, "records": nobodys},
    )  # fmt: skip
    assert delta.everything is not None  # the second may be anybody's: nobody lives in its village
    first = nobodys.filter(pl.col("household_id") == "610702100200-x")
    delta = two_days(
        rule, {"households": homes, "records": first.clear()}, ["610702100200-x"],
        then={"households": homes, "records": first},
    )  # fmt: skip
    assert delta.everything is None
    assert delta.causes["unplaced"] == 1


def test_a_household_set_aside_is_counted_once() -> None:
    """Day after day, also where its id is none and rows of nobody share it."""
    homes = HOMES.with_columns(household_id=pl.Series(["a", " b", "c"]))
    rows = pl.DataFrame({"household_id": [" b"], "kind": "k", "day": [DAY]})
    delta = two_days(records.any(), {"households": homes, "records": rows}, [])
    assert delta.state.aside["household_id"].to_list() == [" b"]


@pytest.mark.parametrize(("before", "after"), [("fen", "yuan"), ("yuan", {"": "fen"})])
def test_amounts_that_are_read_in_another_unit_are_met(before: Any, after: Any) -> None:
    """The same rows say something else; units that come to the same do not."""
    homes = HOMES.with_columns(net_income_12m=pl.lit(6_000))
    pack = a_pack("net_income_12m < yuan(6000)")
    state = screen(Tables(homes, money=before), pack, as_of=DAY).state()
    alike = {"": before, "net_income_12m": before}
    for money, all_ in ((after, True), (before, False), (alike, False)):
        tables = Tables(homes, money=money)
        delta = screen_delta(state, tables, pack, as_of=NEXT, changed=[])
        assert (delta.everything is not None) == all_
        same(delta, state, screen(tables, pack, as_of=NEXT).state())
    zoned = Tables(homes, money=before, zone="Asia/Shanghai")
    assert screen_delta(state, zoned, pack, as_of=NEXT, changed=[]).everything is not None


def test_changed_are_ids(province: Frames) -> None:
    """One text, numbers, or a frame without ids are refused before anything is read."""
    tables = Tables(**province)
    state = screen(tables, PACK, as_of=DAY).state()
    for wrong in ("610702", [1]):
        with pytest.raises(InvalidArgumentError, match="ids"):
            screen_delta(state, tables, PACK, as_of=DAY, changed=wrong)
    with pytest.raises(MissingColumnError, match="household_id"):
        screen_delta(state, tables, PACK, as_of=DAY, changed=pl.DataFrame({"x": ["a"]}))


@pytest.mark.slow
def test_the_command_line_goes_from_day_to_day(
    province: Frames, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`screen --keep` leaves a state; `screen --since` tells what changed and lists only that."""
    folder, out = tmp_path / "tables", tmp_path / "out"
    folder.mkdir()
    for name, frame in province.items():
        frame.write_parquet(folder / f"{name}.parquet")

    def run(day: date, *more: str | Path) -> tuple[int, Any]:
        words = ["screen", folder, "--pack", "shaanxi-2531", "--json", "--as-of", day, *more]
        code = main([str(one) for one in words])
        said = capsys.readouterr().out
        return code, json.loads(said) if said else None

    later = DAY + timedelta(1)
    assert run(DAY, "--keep", tmp_path / "s1")[0] == 0
    assert run(later, "--since", tmp_path / "s1") == (2, None)  # whose rows changed is not said
    (tmp_path / "changed.csv").write_text("household_id\n")
    since = ("--since", tmp_path / "s1")
    for day, wrong in ((later, "--keep"), (DAY - timedelta(1), "--changed")):
        place = {"--keep": folder, "--changed": tmp_path / "changed.csv"}[wrong]
        more = ("--changed", tmp_path / "changed.csv") if wrong == "--keep" else ()
        assert run(day, *since, *more, wrong, place, "--out", out) == (2, None)
    assert (folder / "households.parquet").exists()
    assert not out.exists()
    code, told = run(
        later,
        *since,
        "--changed",
        tmp_path / "changed.csv",
        "--out",
        out,
        "--keep",
        tmp_path / "s2",
    )
    full = screen(Tables.read(folder), PACK, as_of=later).state().answers.collect()
    assert (code, State.read(tmp_path / "s2").answers.collect().height) == (0, full.height)
    assert told["new"] + told["stays"] + told["other"] == full.height
    assert pl.read_csv(out / "changes.csv").height == told["new"] + told["ended"] + told["other"]
    assert run(later, *since, "--before", folder)[1] == told | {"written": {}}


@pytest.mark.slow
def test_a_day_on_which_nobody_could_be_judged_is_no_all_clear(
    province: Frames, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Answers that end because their households are set aside are counted, and the exit code says.

    An id that was mistyped among those that changed is counted too.
    """
    good, bad = tmp_path / "good", tmp_path / "bad"
    for folder in (good, bad):
        folder.mkdir()
        for name, frame in province.items():
            frame.write_parquet(folder / f"{name}.parquet")
    elsewhere = province["households"].with_columns(area=pl.lit("999999999999"))
    elsewhere.write_parquet(bad / "households.parquet")
    words = ["--lang", "en", "screen", "--pack", "shaanxi-2531", "--as-of"]
    state, later = str(tmp_path / "state"), (DAY + timedelta(1)).isoformat()
    assert main([*words, DAY.isoformat(), str(good), "--keep", state]) == 0
    capsys.readouterr()
    since = [*words, later, "--since", state]
    assert main([*since, str(bad), "--before", str(good)]) == 3
    said = " ".join(capsys.readouterr().out.split())
    kept, many = State.read(state).answers.collect().height, province["households"].height
    assert f"{many:,} of {many:,} households are set aside" in said
    assert "rows set aside table reason field rows" in said
    assert "Illustrative: some rules or values are not published policy." in said
    assert f"{kept:,} of the answers ended because their household is set aside" in said
    (tmp_path / "typo.csv").write_text(
        f"household_id\nno-such\n{province['households'].item(0, 'household_id')}\n"
    )
    assert main([*since, str(good), "--changed", str(tmp_path / "typo.csv")]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "1 ids of --changed are of no household" in said
    assert "set aside" not in said
