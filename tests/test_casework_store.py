"""Casebooks on real databases: what was acknowledged is there, once, and in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="databases need the extra 'store'")
pytest.importorskip("alembic", reason="databases need the extra 'store'")

import sqlalchemy as sa

from antipoverty._casework.tables import (  # private: rows are changed from outside
    DEPARTMENT,
    EVENT,
    ITEM,
)
from antipoverty.casework import Casebook, open_cases, problem_list, report, worklist
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

SUPPORT = Path(__file__).parent / "support"


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


@pytest.mark.slow
def test_the_database_holds_what_the_book_holds(casebook: Casebook) -> None:
    """The same verbs in memory and in a database come to the same book."""
    found = alerts(("h1", "disaster"), ("h1", "traffic-accident"), ("h2", "disaster"))
    book, *_ = open_cases(empty(), found, as_of=DAY)
    assert casebook.open_cases(found, as_of=DAY, by="platform").events == 2
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
    assert casebook.open_cases(found, as_of=DAY, by="emergency-1").events == 1200
    assert casebook.open_cases(found, as_of=DAY, by="emergency-1").events == 0
    half = alerts(("h1", "traffic-accident"), ("h2", "no-such-rule"))
    with pytest.raises(InvalidFileError):
        casebook.open_cases(half, as_of=DAY, by="emergency-1")
    assert len(casebook.case("h1").signals) == 1


def test_a_case_goes_its_way_and_can_be_seen_on_any_day(url: str, casebook: Casebook) -> None:
    """Steps, help, problems; replayed to the days in between; from another program."""
    casebook.open_cases(alerts(("h1", "traffic-accident")), as_of=DAY, by="platform")
    casebook.acknowledge(["h1"], department="traffic-police", on=DAY, by="traffic-police-1")
    on = DAY
    for step, by, finding in ENTRY:
        on += timedelta(days=6)
        casebook.advance("h1", step, by=by, on=on, finding=finding)
    casebook.record_help("h1", "legal-aid", risk="accident", by="county-2", on=on)
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
    assert (later.id, len(later.signals[0].days)) == ("h5", 2)


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


def test_a_step_reads_no_table_whole_and_writes_what_changed(url: str, casebook: Casebook) -> None:
    """PostgreSQL finds its rows by their keys; SQLite leaves the indexes of other columns alone."""
    casebook.open_cases(alerts(("h1", "traffic-accident")), as_of=DAY)
    if url.startswith("postgresql"):  # so that it knows how few rows there are
        with casebook._engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE event, item, item_department")
    with Casebook.open(url, empty()) as again:
        said, scans = list[str](), list[tuple[int, int]]()

        def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
            said.append(statement)

        def count(connection: sa.Connection) -> None:
            query = (
                "SELECT sum(seq_scan), sum(idx_scan) FROM pg_stat_xact_user_tables "
                "WHERE relname IN ('event', 'item', 'item_department')"
            )
            scans.append(tuple(connection.exec_driver_sql(query).one()))

        sa.event.listen(again._engine, "before_cursor_execute", note)
        if url.startswith("postgresql"):
            sa.event.listen(again._engine, "commit", count)
        again.advance("h1", "home_check", by="keeper-17", on=DAY, finding={"visited": True})
    if url.startswith("sqlite"):
        (changed,) = [one for one in said if one.startswith("UPDATE item SET")]
        assert "state = ?" in changed
        assert "area = ?" not in changed
    else:
        assert sum(whole for whole, _ in scans) == 0
        assert sum(by_key for _, by_key in scans) > 0


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


def altered(url: str, statement: str) -> None:
    """Do something to the database behind the library's back."""
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.mark.slow
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET by_whom = 'someone' WHERE stream = 'case/h1' AND number = 1",
        "UPDATE event SET on_day = '2022-02-02' WHERE stream = 'case/h1' AND number = 1",
        "UPDATE event SET why = 'x' WHERE stream = 'case/h1' AND number = 2",
        "UPDATE event SET kind = 'helped' WHERE stream = 'case/h1' AND number = 1",
        "UPDATE event SET data = '{}' WHERE stream = 'case/h1' AND number = 2",
        "UPDATE event SET data = 'no JSON' WHERE stream = 'case/h1' AND number = 2",
        "UPDATE event SET data = '[1]' WHERE stream = 'case/h1' AND number = 2",
        "UPDATE event SET hash = earlier WHERE stream = 'case/h1' AND number = 2",
        "UPDATE event SET earlier = hash WHERE stream = 'case/h1' AND number = 2",
        "UPDATE event SET number = 9 WHERE stream = 'case/h1' AND number = 2",
        "UPDATE event SET stream = 'case/h3' WHERE stream = 'case/h1'",
        "UPDATE event SET stream = 'problem/h2' WHERE stream = 'case/h2'",
        "DELETE FROM event WHERE stream = 'case/h1' AND number = 1",
        "DELETE FROM event WHERE stream = 'case/h1' AND number = 2",
        "DELETE FROM event WHERE stream = 'case/h2'",
        "DELETE FROM item WHERE stream = 'case/h2'",
    ],
)
def test_whatever_is_done_to_the_events_is_noticed(
    statement: str, url: str, casebook: Casebook
) -> None:
    """Any column changed, an event removed from the front or the end, a chain renamed."""
    casebook.open_cases(alerts(("h1", "disaster"), ("h2", "disaster")), as_of=DAY, by="platform")
    casebook.advance("h1", "home_check", by="keeper-1", on=DAY, finding={"visited": True})
    casebook.seal()
    altered(url, statement)
    with pytest.raises(BrokenChainError):
        casebook.seal()


def test_heads_that_were_kept_show_a_chain_written_anew(url: str, casebook: Casebook) -> None:
    """A forger who writes events, hashes and lists anew still meets the heads kept elsewhere."""
    casebook.open_cases(alerts(("h1", "disaster"), ("h2", "disaster")), as_of=DAY, by="platform")
    kept = casebook.heads()
    casebook.advance("h1", "home_check", by="keeper-1", on=DAY, finding={"visited": True})
    assert casebook.check_heads(kept) == 2
    for table in ("event", "item", "item_department"):
        altered(url, f"DELETE FROM {table} WHERE stream = 'case/h2'")
    assert casebook.seal()
    with pytest.raises(BrokenChainError, match="case/h2"):
        casebook.check_heads(kept)
    casebook.open_cases(alerts(("h2", "traffic-accident")), as_of=DAY, by="platform")
    with pytest.raises(BrokenChainError, match="event 1 of case/h2"):
        casebook.check_heads(kept)
    with pytest.raises(BrokenChainError, match="no heads"):
        casebook.check_heads(["case/h1 one"])


def test_a_crash_between_two_writes_keeps_neither(url: str, casebook: Casebook) -> None:
    """The events were written and the lists were not: nothing of it is there."""
    casebook.open_cases(alerts(("h1", "disaster")), as_of=DAY, by="platform")
    before = casebook.book()
    altered(url, "ALTER TABLE item RENAME TO elsewhere")
    with pytest.raises(StoreError, match="nothing was written"):
        casebook.advance("h1", "home_check", by="keeper-1", on=DAY, finding={"visited": True})
    altered(url, "ALTER TABLE elsewhere RENAME TO item")
    assert casebook.book() == before
    casebook.advance("h1", "home_check", by="keeper-1", on=DAY, finding={"visited": True})
    assert casebook.case("h1").state == "checked"


def test_tables_of_a_newer_version_are_left_alone(url: str, casebook: Casebook) -> None:
    """And the reader is told so."""
    altered(url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="newer version"):
        Casebook.open(url, empty())


def test_the_tables_are_those_that_the_migrations_make(casebook: Casebook) -> None:
    """From an empty database, the columns that the library reads and writes; opening is safe."""
    found = sa.inspect(casebook._engine)
    for table in (EVENT, ITEM, DEPARTMENT):
        columns = found.get_columns(table.name)
        assert [column["name"] for column in columns] == [column.name for column in table.c]
        keys = [column.name for column in table.primary_key]
        assert found.get_pk_constraint(table.name)["constrained_columns"] == keys


def test_sqlite_writes_through_to_the_disk(tmp_path: Path) -> None:
    """A write-ahead log, synchronised at each commit; a second writer waits."""
    wanted = {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 30_000}
    with (
        Casebook.open(f"sqlite:///{tmp_path}/c.db", empty()) as found,
        found._engine.connect() as connection,
    ):
        for pragma, value in wanted.items():
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_a_problem_assigned_anew_leaves_the_first_departments_list(casebook: Casebook) -> None:
    """In the database as in memory."""
    casebook.list_problem("p1", area="610702", origin="audit", on=DAY, by="county-1")
    for department in ("water", "housing"):
        finding = {"department": department}
        casebook.advance_problem("p1", "assign", by="county-1", on=DAY, finding=finding)
    for department in ("water", "housing"):
        listed = problem_list(casebook.book(), as_of=DAY, department=department)
        assert casebook.problem_list(as_of=DAY, department=department) == listed
    assert casebook.problem_list(as_of=DAY, department="water") == ()


def test_households_merge_split_and_move_in_the_database(casebook: Casebook) -> None:
    """A later alert on the one that is gone goes to the one it went on in."""
    casebook.open_cases(alerts(("h1", "disaster"), ("h2", "disaster")), as_of=DAY, by="platform")
    assert casebook.join("h1", "h2", on=DAY, by="county-1").joined == "h2"
    later = DAY + timedelta(days=1)
    assert casebook.open_cases(alerts(("h1", "traffic-accident")), as_of=later).events == 1
    assert casebook.case("h2").risks == ("accident", "natural_disaster")
    assert casebook.split("h2", ["h3"], on=later, by="county-1") == 1
    assert casebook.case("h3").came_from == ("h2",)
    moved = casebook.move("h3", "610703100200", on=later, by="county-1")
    assert moved.area == "610703100200"
    listed = [task.id for task in casebook.worklist(as_of=later, area="610703")]
    assert listed == ["h3"]
    casebook.open_cases(alerts(("h-1", "disaster"), ("H0", "disaster")), as_of=DAY, by="platform")
    assert casebook.worklist(as_of=later, role="village") == worklist(
        casebook.book(), as_of=later, role="village"
    )


def test_mistaken_steps_are_taken_back(casebook: Casebook) -> None:
    """Of a case and of a problem; the lists say so."""
    casebook.open_cases(alerts(("h1", "disaster")), as_of=DAY, by="platform")
    before = casebook.worklist(as_of=DAY)
    casebook.advance("h1", "home_check", by="keeper-1", on=DAY, finding={"visited": True})
    casebook.withdraw("h1", by="keeper-1", on=DAY, why="wrong-household")
    assert casebook.worklist(as_of=DAY) == before
    casebook.list_problem("p1", area="610702", origin="audit", on=DAY, by="county-1")
    finding = {"department": "water"}
    casebook.advance_problem("p1", "assign", by="county-1", on=DAY, finding=finding)
    back = casebook.withdraw_problem("p1", by="county-1", on=DAY, why="wrong-department")
    assert (back.state, back.departments) == ("listed", ())
    assert casebook.problem_list(as_of=DAY, department="water") == ()


@pytest.mark.slow
def test_eight_writers_one_of_them_killed(url: str, casebook: Casebook, tmp_path: Path) -> None:
    """Nothing acknowledged is lost, nothing is there twice, every chain holds.

    Eight programs help the same ten cases; one is killed without warning in the middle.
    """
    casebook.open_cases(
        alerts(*((f"h{n}", "traffic-accident") for n in range(10))), as_of=DAY, by="platform"
    )
    rounds = 30
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SUPPORT), *sys.path])}
    logs = [tmp_path / f"w{n}.log" for n in range(8)]
    writers = [
        subprocess.Popen(
            [
                sys.executable,
                str(SUPPORT / "casework_writer.py"),
                url,
                f"w{n}",
                str(log),
                str(rounds),
            ],
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
    assert {(household, int(number), why) for household, number, why in acknowledged} <= set(
        written
    )
    assert len(written) - len(acknowledged) in (0, 1)  # the victim's last may lack its note
    assert sum(len(case.measures) for case in book.cases.values()) == len(written)


@pytest.mark.slow
def test_a_delivery_killed_in_the_middle_is_whole_or_not_there(
    url: str, casebook: Casebook, tmp_path: Path
) -> None:
    """However far it came; delivered again, the file is there once."""
    found = alerts(*((f"h{n}", "disaster") for n in range(1500)))
    found.write_parquet(tmp_path / "alerts.parquet")
    program = (
        "import sys, polars as pl\n"
        "from antipoverty.casework import Casebook\n"
        "from casework_books import DAY, empty\n"
        "with Casebook.open(sys.argv[1], empty()) as found:\n"
        "    print('ready', flush=True)\n"
        "    found.open_cases(pl.read_parquet(sys.argv[2]), as_of=DAY, by='emergency-1')\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SUPPORT), *sys.path])}
    for after in (0.05, 0.3, 0.6):
        writer = subprocess.Popen(
            [sys.executable, "-c", program, url, str(tmp_path / "alerts.parquet")],
            env=environment,
            stdout=subprocess.PIPE,
        )
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(after)
        writer.send_signal(signal.SIGKILL)
        writer.wait(timeout=60)
        writer.stdout.close()
        assert len(casebook.book().cases) in (0, 1500)
    casebook.open_cases(found, as_of=DAY, by="emergency-1")
    assert casebook.open_cases(found, as_of=DAY, by="emergency-1").events == 0
    assert len(list(casebook.events())) == 1500
    assert casebook.seal()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("cases.db", "cannot be read"),
        ("mysql://user:secret@host/db", "SQLite or PostgreSQL"),
        ("sqlite:////no/such/folder/cases.db", "cannot be opened"),
        ("postgresql://user:secret@localhost:1/db", "cannot be opened"),
        ("postgresql://user:secret@localhost:port/db", "cannot be read"),
        ("postgresql://user:sec@ret@localhost:1/db", "cannot be opened"),
        ("postgres://user:secret@localhost/db", "write postgresql://"),
        ("postgresql+asyncpg://user:secret@localhost/db", "SQLite or PostgreSQL"),
        ("oracle+any://user:secret@localhost/db", "SQLite or PostgreSQL"),
        ("", "cannot be read"),
    ],
)
def test_an_address_that_leads_nowhere_is_told_without_its_password(
    address: str, words: str
) -> None:
    """A clear error, and no secret in it."""
    with pytest.raises(StoreError, match=words) as caught:
        Casebook.open(address, empty())
    said = "".join(traceback.format_exception(caught.value))
    assert "secret" not in said
    assert "ret@" not in said


@pytest.mark.slow
def test_a_repr_hides_the_password(tmp_path: Path) -> None:
    """Of any address."""
    with Casebook.open(f"sqlite:///{tmp_path}/c.db", empty()) as found:
        assert "c.db" in repr(found)
