"""The turn of a month, and a stock from before: register and files are one, or it is told."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from dateutil.relativedelta import relativedelta
from tests.support.casework_books import DAY, ENTRY, EXIT, VILLAGE, alerts, empty, opened

from antipoverty import Tables
from antipoverty.casework import (
    Book,
    advance,
    clusters,
    events_from_json,
    events_to_json,
    import_stock,
    in_times,
    join,
    move,
    new_cases,
    open_cases,
    precision,
    record_help,
    split,
    turn,
)
from antipoverty.errors import InvalidFileError
from antipoverty.periods import Period

OTHER, THIRD = "610703100200", "610722100200"
MONTH = Period.of(DAY, "month")
PARTS = ("household_id", "area", "since")


def entered(book: Book, household: str, on: date) -> Book:
    """The book after the steps of entry."""
    for step, by, finding in ENTRY:
        book, _ = advance(book, household, step, by=by, on=on, finding=finding)
        on += timedelta(days=5) if step == "village_notice" else timedelta(0)
    return book


def files(*homes: tuple[str, str, int | None, bool | None]) -> Tables[Any]:
    """Tables of households: id, area, size, monitored; with a member and a record each."""
    frame = pl.DataFrame(
        homes,
        schema={"household_id": pl.String, "area": pl.String, "size": pl.Int64,
                "monitored": pl.Boolean},
        orient="row",
    )  # fmt: skip
    ids = [one[0] for one in homes]
    members = pl.DataFrame({"household_id": ids, "member_id": [f"m-{one}" for one in ids]})
    records = pl.DataFrame({"household_id": ids, "kind": ["x"] * len(ids), "on": [DAY] * len(ids)})
    return Tables(households=frame, members=members, records=records)


def homes_of(tables: Tables[Any]) -> dict[str, dict[str, Any]]:
    """The households of tables, by id."""
    frame = tables.lazy()["households"].collect("polars").to_native()
    return {row["household_id"]: row for row in frame.iter_rows(named=True)}


def test_who_is_monitored_is_set_from_the_register() -> None:
    """Since when, as what, and no longer once safe; who has no case stays as the files say."""
    book = entered(opened("h1", "h2", "h3"), "h1", DAY)
    book = entered(book, "h2", DAY)
    risk = book.case("h2").risks[0]
    measure = book.workflow.risk(risk).measures[0]
    book, _ = record_help(
        book, "h2", measure, risk=risk, by="village-1", on=book.case("h2").entered
    )
    on = book.case("h2").entered + relativedelta(months=6)
    for step, by, finding in EXIT:
        book, _ = advance(book, "h2", step, by=by, on=on, finding=finding)
        on += timedelta(days=5)
    given = [("h1", VILLAGE, 3, False), ("h2", VILLAGE, 3, True), ("h3", VILLAGE, 3, None),
             ("h4", VILLAGE, 3, True), ("h5", VILLAGE, 3, False)]  # fmt: skip
    turned = turn(book, files(*given), Period.of(on, "month"))
    homes = homes_of(turned.tables)
    assert {id_: home["monitored"] for id_, home in homes.items()} == {
        "h1": True, "h2": False, "h3": None, "h4": True, "h5": False,
    }  # fmt: skip
    assert homes["h1"]["monitored_since"] == book.case("h1").entered
    assert homes["h1"]["category"] == "marginal"
    assert homes["h2"]["monitored_since"] is None
    assert [(one.household_id, one.what) for one in turned.contradictions] == [("h4", "monitored")]
    assert dict(turned.fed) == {"joined": 0, "monitored": 1, "moved": 0, "released": 1}
    again = turn(book, turned.tables, turned.period)
    assert homes_of(again.tables) == homes
    assert not any(again.fed.values())


def test_a_household_that_moved_in_the_files_alone_is_told() -> None:
    """One that moved in the register alone is moved in the tables; a group grid is no move."""
    book = opened("h1", "h2", "h3", "h4")
    book, _ = move(book, "h1", OTHER, on=DAY, by="county-1")
    given = [("h1", VILLAGE, 3, None), ("h2", OTHER, 3, None), ("h3", f"{VILLAGE}01", 3, None),
             ("h4", VILLAGE, 3, None)]  # fmt: skip
    turned = turn(book, files(*given), MONTH)
    assert {id_: home["area"] for id_, home in homes_of(turned.tables).items()} == {
        "h1": OTHER, "h2": OTHER, "h3": f"{VILLAGE}01", "h4": VILLAGE,
    }  # fmt: skip
    (clash,) = turned.contradictions
    assert (clash.household_id, clash.what, clash.files, clash.register) == (
        "h2", "moved", OTHER, VILLAGE,
    )  # fmt: skip
    book, _ = move(book, "h2", OTHER, on=DAY, by="county-1")
    assert turn(book, files(*given), MONTH).contradictions == ()
    elsewhere = turn(book, files(("h1", THIRD, 3, None)), MONTH)
    assert elsewhere.contradictions[0].what == "moved"


def test_households_that_merged_are_one_and_those_that_split_are_told() -> None:
    """No member, no record is lost; sizes add up where both are known."""
    book = opened("h1", "h2", "h3")
    book, _ = join(book, "h1", "h2", on=DAY, by="county-1")
    book, _ = split(book, "h3", ["h3-b"], on=DAY, by="county-1")
    given = [("h1", VILLAGE, 2, None), ("h2", VILLAGE, 3, None), ("h3", VILLAGE, 4, None)]
    turned = turn(book, files(*given), MONTH)
    homes = homes_of(turned.tables)
    assert {id_: home["size"] for id_, home in homes.items()} == {"h2": 5, "h3": 4}
    lazy = turned.tables.lazy()
    for name in ("members", "records"):
        ids = lazy[name].collect("polars").to_native()["household_id"].to_list()
        assert sorted(ids) == ["h2", "h2", "h3"]
    assert [(one.household_id, one.what) for one in turned.contradictions] == [("h3-b", "split")]
    unknown = turn(book, files(("h1", VILLAGE, None, None), ("h2", VILLAGE, 3, None)), MONTH)
    assert homes_of(unknown.tables)["h2"]["size"] is None
    assert ("h3", "not-in-files") in {(o.household_id, o.what) for o in unknown.contradictions}
    alone = turn(book, files(("h1", VILLAGE, 2, None), ("h3", VILLAGE, 4, None)), MONTH)
    assert ("h1", "joined") in {(one.household_id, one.what) for one in alone.contradictions}


def stock(*rows: tuple[Any, ...], **more: list[Any]) -> pl.DataFrame:
    """Households monitored before: id, area, since."""
    return pl.DataFrame(rows, schema=PARTS, orient="row").with_columns(
        **{name: pl.Series(values) for name, values in more.items()}
    )


def test_a_stock_comes_in_marked_and_raises_no_alarm() -> None:
    """It is no new case, opens no period of the register, and has its history."""
    since = date(2020, 5, 1)
    rows = [(f"h{n}", VILLAGE, since) for n in range(40)]
    frame = stock(*rows, category=["sudden"] * 40)
    book, events = import_stock(empty(), frame, as_of=DAY, by="county-1")
    assert len(events) == 40
    case = book.case("h1")
    assert (case.came, case.state, case.opened, case.finding["category"]) == (
        "stock", "monitored", since, "sudden",
    )  # fmt: skip
    for period in (Period.of(since, "month"), MONTH):
        assert new_cases(book, level="county", period=period) == {}
        assert in_times(book, level="county", period=period) == ()
        assert precision(book, period=period) == ()
    assert clusters(new_cases(book, level="county", period=MONTH), [], {"610702": 40}) == ()
    assert import_stock(book, frame, as_of=DAY, by="county-1") == (book, ())
    assert empty().apply(events_from_json(events_to_json(events))) == book
    assert "imported" in {event.kind for event in events}
    homes = homes_of(turn(book, files(("h1", VILLAGE, 3, None)), MONTH).tables)
    assert (homes["h1"]["monitored"], homes["h1"]["monitored_since"]) == (True, since)


def test_a_stock_that_leaves_and_warns_again_is_a_relapse() -> None:
    """Its exit counts from the day its monitoring began."""
    book, _ = import_stock(empty(), stock(("h1", VILLAGE, date(2020, 5, 1)), state=["safe"]),
                           as_of=DAY, by="county-1")  # fmt: skip
    book, _, told = open_cases(book, alerts(("h1", "disaster")), as_of=DAY + timedelta(days=3))
    assert (book.case("h1").came, told.cases["relapse"]) == ("relapse", 1)
    assert new_cases(book, level="county", period=MONTH) == {"610702": 1}


def test_what_cannot_be_a_stock_is_refused_as_a_whole() -> None:
    """All rows that are wrong are told; a household with a case keeps its own history."""
    bad = stock(
        ("h1", VILLAGE, None), ("h2", VILLAGE, DAY + timedelta(days=1)), ("h3", VILLAGE, DAY),
        ("h3", VILLAGE, DAY), ("h4", VILLAGE, DAY), state=[None, None, None, None, "alerted"],
    )  # fmt: skip
    with pytest.raises(InvalidFileError) as caught:
        import_stock(empty(), bad, as_of=DAY, by="county-1")
    assert len(caught.value.problems) == 4
    with pytest.raises(InvalidFileError, match="has a case already"):
        import_stock(opened("h1"), stock(("h1", VILLAGE, DAY)), as_of=DAY, by="county-1")


def test_a_household_without_a_case_takes_the_rows_of_one_that_merged() -> None:
    """A case that was closed goes on in no other; the files still hold the household it joined."""
    book = opened("h1")
    book, _ = advance(
        book, "h1", "home_check", by="keeper-1", on=DAY, finding={"visited": True},
        outcome="no-risk",
    )  # fmt: skip
    book, _ = join(book, "h1", "h2", on=DAY, by="village-1")
    assert "h2" not in book.cases
    turned = turn(book, files(("h1", VILLAGE, 2, False), ("h2", VILLAGE, 3, False)), MONTH)
    assert turned.contradictions == ()
    homes = turned.tables["households"]
    assert homes.select("household_id", "size").rows() == [("h2", 5)]
