"""An evening's upload: what its steps share is told by value, and chains are read to their ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sqlalchemy", reason="the database needs the extra 'store'")

import sqlalchemy as sa

import postgres
from antipoverty.casework import Casebook, Taken, advance_each, open_cases, precision
from antipoverty.errors import StoreError
from casework_books import DAY, alerts, empty, opened

YES: dict[str, Any] = {"visited": True}
ONE: dict[str, Any] = {"visited": 1}
LATE = date(2022, 2, 9)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A PostgreSQL server."""
    if reason := postgres.why_not():
        pytest.skip(reason)
    with postgres.server() as address:
        yield address


def altered(url: str, *statements: str) -> None:
    """Do something to the database behind the library's back."""
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        for one in statements:
            connection.exec_driver_sql(one)
    engine.dispose()


@pytest.mark.parametrize("findings", [(YES, ONE), (ONE, YES)])
def test_findings_that_are_equal_are_not_alike(findings: tuple[Any, Any]) -> None:
    """Python's 1 equals yes: beside one another each is still judged as it was said."""
    taken = [
        Taken(id_, "home_check", "keeper-1", DAY, said)
        for id_, said in zip(("h1", "h2"), findings, strict=True)
    ]
    _, events, refused = advance_each(opened("h1", "h2"), taken)
    assert [one.number for one in refused] == [1 + (findings[1] is ONE)]
    (event,) = events
    assert event.data["finding"]["visited"] is True


def test_what_was_found_is_what_it_was_when_the_step_was_read() -> None:
    """One dictionary that changes from step to step is none that they share."""
    said: dict[str, Any] = {}

    def steps() -> Iterator[Taken]:
        for number, id_ in enumerate(("h1", "h2", "h3")):
            said.update(visited=True, rooms=number)
            yield Taken(id_, "home_check", "keeper-1", DAY, said)

    _, events, refused = advance_each(opened("h1", "h2", "h3"), steps())
    assert refused == ()
    assert [event.data["finding"]["rooms"] for event in events] == [0, 1, 2]


def test_an_upload_says_what_each_step_alone_says() -> None:
    """Event for event and case for case, whatever steps stand beside it."""
    taken = [
        Taken("h1", "home_check", "keeper-1", DAY, YES),
        Taken("h2", "home_check", "keeper-2", DAY, YES | {"rooms": 2}),
        Taken("h3", "home_check", "keeper-1", DAY, YES, "no-risk"),
        Taken("h1", "authorise", "keeper-1", LATE, {"authorised": True}),
        Taken("h2", "authorise", "keeper-2", LATE, {"authorised": True}),
    ]
    alone, events = opened("h1", "h2", "h3"), list[Any]()
    for one in taken:
        alone, new, refused = advance_each(alone, [one])
        assert refused == ()
        events += new
    together, all_events, refused = advance_each(opened("h1", "h2", "h3"), taken)
    assert refused == ()
    assert [*all_events] == events
    assert {*together.cases.values()} == {*alone.cases.values()}


@pytest.mark.parametrize("number", [0, -1, 33])
def test_an_event_before_or_beyond_a_chain_lets_no_step_be_added(
    number: int, tmp_path: Path
) -> None:
    """It is read with the chain, and sets it aside; the others go on."""
    url = f"sqlite:///{tmp_path}/cases.db"
    with Casebook.open(url, empty()) as book:
        book.open_cases(alerts(("h1", "disaster"), ("h2", "disaster")), as_of=DAY)
        altered(
            url,
            f"INSERT INTO event SELECT stream, {number}, kind, on_day, by_whom, why, data, "
            "earlier, hash FROM event WHERE stream = 'case/h1'",
        )
        taken = [Taken(one, "home_check", "keeper-1", DAY, YES) for one in ("h1", "h2")]
        written, refused = book.advance_each(taken)
        assert written == 1
        assert [(one.number, one.code) for one in refused] == [(1, "broken-chain")]


def test_alerts_of_a_department_are_those_of_its_rules() -> None:
    """Counted by hand: three of one department, two of another, one of them refuted."""
    rows = [("a", "disaster"), ("b", "disaster"), ("c", "disaster")]
    rows += [("a", "traffic-accident"), ("d", "traffic-accident")]
    book = empty()

    book, *_ = open_cases(book, alerts(*rows), as_of=DAY)
    book, _, refused = advance_each(
        book, [Taken("d", "home_check", "keeper-1", DAY, YES, "no-risk")]
    )
    assert refused == ()
    found = {one.key: one for one in precision(book, by="department")}
    counted = {key: (one.alerts, one.refuted, one.open) for key, one in found.items()}
    assert counted == {"emergency": (3, 0, 3), "traffic-police": (2, 1, 1)}


def test_a_stopped_server_and_a_right_that_lacks_are_told(server: str) -> None:
    """What to do is said; once it is done the same casebook goes on, and nothing was lost."""
    altered(server, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    with Casebook.open(server, empty()) as book:
        book.open_cases(alerts(("h1", "disaster"), ("h2", "disaster")), as_of=DAY)
        altered(
            server,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
        )
        with pytest.raises(StoreError, match=r"the server .*, and do it again"):
            book.advance("h1", "home_check", by="keeper-1", on=DAY, finding=YES)
        book.advance("h1", "home_check", by="keeper-1", on=DAY, finding=YES)
        altered(
            server,
            "CREATE ROLE onlooker LOGIN",
            "GRANT USAGE ON SCHEMA public TO onlooker",
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO onlooker",
        )
        way = "grant rights, or open it with read_only=True"
        other = Casebook.open(server.replace("postgres@", "onlooker@"), empty())
        with other, pytest.raises(StoreError, match=way):
            other.advance("h2", "home_check", by="keeper-1", on=DAY, finding=YES)
        assert (book.case("h1").version, book.case("h2").version) == (2, 1)
        assert book.doctor() == ()
