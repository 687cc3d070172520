"""Casebooks on real databases: what was acknowledged is there, once, and in order."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="databases need the extra 'store'")
pytest.importorskip("alembic", reason="databases need the extra 'store'")

import sqlalchemy as sa

from antipoverty.casework import Casebook, open_cases, report, worklist
from antipoverty.errors import (
    BrokenChainError,
    ConflictError,
    IllegalStepError,
    InvalidFileError,
    StoreError,
    UnknownCaseError,
)
from casework_books import DAY, ENTRY, VILLAGE, alerts, empty
from postgres import server, why_not

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """A PostgreSQL server for this module."""
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    with server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/cases.db"
        return
    base = request.getfixturevalue("cluster")
    name = f"t{abs(hash(str(tmp_path)))}"
    admin = sa.create_engine(
        base.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield base.replace("/postgres?", f"/{name}?")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


@pytest.fixture
def casebook(url: str) -> Iterator[Casebook]:
    """An open casebook."""
    with Casebook.open(url, empty()) as found:
        yield found


def test_the_database_holds_what_the_book_holds(casebook: Casebook) -> None:
    """The same verbs in memory and in a database come to the same book."""
    found = alerts(("h1", "disaster"), ("h1", "traffic-accident"), ("h2", "disaster"))
    book, _ = open_cases(empty(), found, as_of=DAY)
    assert casebook.open_cases(found, as_of=DAY, by="platform") == 2
    assert casebook.book() == book
    given = {"area": VILLAGE, "on": DAY, "by": "platform", "token": "t-1", "consent": True}
    book, _ = report(book, None, **given)  # type: ignore[arg-type]
    casebook.report(None, **given)  # type: ignore[arg-type]
    assert casebook.book() == book
    assert casebook.worklist(as_of=DAY) == worklist(book, as_of=DAY)
    mine = casebook.worklist(as_of=DAY, department="traffic-police", area="6107", limit=5)
    assert [task.id for task in mine] == ["h1"]


def test_a_file_delivered_twice_is_written_once(casebook: Casebook) -> None:
    """Nothing the second time; nothing at all of half a file."""
    found = alerts(*((f"h{n}", "disaster") for n in range(1200)))
    assert casebook.open_cases(found, as_of=DAY, by="emergency-1") == 1200
    assert casebook.open_cases(found, as_of=DAY, by="emergency-1") == 0
    half = alerts(("h1", "traffic-accident"), ("h2", "no-such-rule"))
    with pytest.raises(InvalidFileError):
        casebook.open_cases(half, as_of=DAY, by="emergency-1")
    assert len(casebook.case("h1").signals) == 1


def test_a_case_goes_its_way_and_can_be_seen_on_any_day(url: str, casebook: Casebook) -> None:
    """Steps, help, problems; replayed to the days in between; from another program."""
    casebook.open_cases(alerts(("h1", "traffic-accident")), as_of=DAY, by="platform")
    on = DAY
    for step, by, finding in ENTRY:
        on += timedelta(days=6)
        casebook.advance("h1", step, by=by, on=on, finding=finding)
    casebook.help_("h1", "legal-aid", risk="accident", by="county-2", on=on)
    casebook.acknowledge(["h1"], department="traffic-police", on=on, by="traffic-police-1")
    assert casebook.case("h1").state == "monitored"
    assert casebook.book(on=DAY + timedelta(days=11)).case("h1").state == "checked"
    with pytest.raises(UnknownCaseError):
        casebook.book(on=DAY - timedelta(days=1)).case("h1")
    with pytest.raises(IllegalStepError):
        casebook.advance("h1", "home_check", by="keeper-1", on=on)
    casebook.list_problem("p1", area="610702", origin="audit", on=on, by="county-1")
    casebook.advance_problem(
        "p1", "assign", by="county-1", on=on, finding={"department": "housing"}
    )
    casebook.extend("p1", ["h8", "h9"], on=on, by="platform")
    with Casebook.open(url, empty()) as other:
        assert other.book() == casebook.book()
        assert other.problem("p1").like == ("h8", "h9")
        assert other.seal() == casebook.seal()


def test_an_unknown_household_is_joined(casebook: Casebook) -> None:
    """Its report goes with it, and so do later ones."""
    given = {"area": VILLAGE, "by": "platform", "token": "t-1", "consent": True}
    casebook.report(None, on=DAY, **given)  # type: ignore[arg-type]
    casebook.join("unfiled-t-1", "h5", on=DAY, by="county-1")
    later = casebook.report(None, on=DAY + timedelta(days=2), **given)  # type: ignore[arg-type]
    assert (later.id, later.signals[0].times) == ("h5", 2)


def test_what_is_late_is_urged_once(casebook: Casebook) -> None:
    """By the table of lists, and the same after it was made anew."""
    casebook.open_cases(alerts(("h1", "disaster"), ("h2", "disaster")), as_of=DAY, by="platform")
    casebook.advance("h1", "home_check", by="keeper-1", on=DAY, finding={"visited": True})
    late = date(2022, 2, 9)
    before = casebook.worklist(as_of=late)
    casebook.reindex()
    assert casebook.worklist(as_of=late) == before
    assert casebook.urge(as_of=late) == 2
    assert casebook.urge(as_of=late) == 0


def test_two_writers_on_one_case_conflict(casebook: Casebook) -> None:
    """The second gets an error, and nothing of its change is kept."""
    casebook.open_cases(alerts(("h1", "disaster")), as_of=DAY, by="platform")
    stale = casebook.book()
    from antipoverty.casework import advance

    casebook.advance("h1", "home_check", by="keeper-1", on=DAY, finding={"visited": True})
    book, events = advance(
        stale, "h1", "home_check", by="keeper-2", on=DAY, finding={"visited": True}
    )
    with pytest.raises(ConflictError):
        casebook.append(events, book)
    assert casebook.case("h1").last_by == "keeper-1"


def test_tampering_in_the_database_is_noticed(url: str, casebook: Casebook) -> None:
    """A row changed breaks its chain; a chain removed changes the seal."""
    casebook.open_cases(alerts(("h1", "disaster"), ("h2", "disaster")), as_of=DAY, by="platform")
    seal = casebook.seal()
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM event WHERE stream = 'case/h2'")
    assert casebook.seal() != seal
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE event SET by_whom = 'someone' WHERE stream = 'case/h1'")
    with pytest.raises(BrokenChainError, match="event 1 of case/h1 was altered"):
        casebook.book()
    engine.dispose()


def test_eight_writers_one_of_them_killed(url: str, casebook: Casebook, tmp_path: Path) -> None:
    """Nothing acknowledged is lost, nothing is there twice, every chain holds.

    Eight programs help the same ten cases; one is killed without warning in the middle.
    """
    casebook.open_cases(
        alerts(*((f"h{n}", "traffic-accident") for n in range(10))), as_of=DAY, by="platform"
    )
    rounds = 30
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), *sys.path])}
    logs = [tmp_path / f"w{n}.log" for n in range(8)]
    writers = [
        subprocess.Popen(
            [sys.executable, str(HERE / "casework_writer.py"), url, f"w{n}", str(log), str(rounds)],
            env=environment,
        )
        for n, log in enumerate(logs)
    ]
    victim = writers[3]
    until = time.monotonic() + 60
    while time.monotonic() < until and not (logs[3].exists() and logs[3].stat().st_size > 40):
        time.sleep(0.01)
    victim.send_signal(signal.SIGKILL)
    codes = [writer.wait(timeout=240) for writer in writers]
    assert [code for code in codes if code] == [-signal.SIGKILL]
    book = casebook.book()  # raises where a chain is broken
    acknowledged = [line.split() for log in logs for line in log.read_text().splitlines()]
    assert len(acknowledged) >= 7 * rounds
    written = [
        (f"{event.stream.partition('/')[2]}", event.number, event.why)
        for event in casebook.events()
        if event.kind == "helped"
    ]
    assert len({why for _, _, why in written}) == len(written)
    assert {(home, int(number), why) for home, number, why in acknowledged} <= set(written)
    assert len(written) - len(acknowledged) in (0, 1)  # the victim's last may lack its note
    assert sum(len(case.measures) for case in book.cases.values()) == len(written)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("cases.db", "cannot be read"),
        ("mysql://user:secret@host/db", "SQLite or PostgreSQL"),
        ("sqlite:////no/such/folder/cases.db", "failed"),
        ("postgresql://user:secret@localhost:1/db", "failed"),
    ],
)
def test_an_address_that_leads_nowhere_is_told_without_its_password(
    address: str, words: str
) -> None:
    """A clear error, and no secret in it."""
    with contextlib.suppress(ModuleNotFoundError), pytest.raises(StoreError, match=words) as caught:
        Casebook.open(address, empty())
    assert "secret" not in str(caught.value)


def test_a_repr_hides_the_password(tmp_path: Path) -> None:
    """Of any address."""
    with Casebook.open(f"sqlite:///{tmp_path}/c.db", empty()) as found:
        assert "c.db" in repr(found)
