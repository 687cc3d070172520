"""Registers that were changed by other means, or handed odd values: noticed, named, not lost."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import attrs
import polars as pl
import pytest

pytest.importorskip("pandas", reason="frames of pandas need pandas")
pytest.importorskip("sqlalchemy", reason="the database needs the extra 'store'")

import pandas as pd
import sqlalchemy as sa

import postgres
from antipoverty.casework import (
    Book,
    Casebook,
    Taken,
    acknowledge,
    advance,
    advance_each,
    extend,
    join,
    list_problem,
    move,
    open_cases,
    record_help,
    report,
    split,
    urge,
    withdraw,
)
from antipoverty.errors import (
    AntipovertyError,
    BrokenChainError,
    ConflictError,
    IllegalStepError,
    InvalidArgumentError,
    InvalidFileError,
    PersonalValueError,
    StoreError,
)
from casework_books import DAY, VILLAGE, alerts, empty, opened

VISITED = {"visited": True}
STAMP = pd.Timestamp("2022-02-03 08:30", tz="Asia/Shanghai")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A PostgreSQL server."""
    reason = postgres.why_not()
    if reason:
        pytest.skip(reason)
    with postgres.server() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/cases.db"
    address: str = request.getfixturevalue("server")
    altered(address, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    return address


def altered(url: str, *statements: str) -> int:
    """Do something to the database behind the library's back; how many rows it touched."""
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        touched = sum(connection.exec_driver_sql(one).rowcount for one in statements)
    engine.dispose()
    return touched


def filled(url: str) -> Casebook:
    """Three cases, one of them checked, and a problem."""
    book = Casebook.open(url, empty())
    book.open_cases(alerts(*((f"h{n}", "disaster") for n in (1, 2, 3))), as_of=DAY)
    book.advance("h1", "home_check", by="keeper-1", on=DAY, finding={"visited": True})
    book.list_problem("p1", area=VILLAGE, origin="audit", on=DAY, by="county-1")
    return book


def test_a_time_for_a_day_ruins_nothing(url: str) -> None:
    """A pandas Timestamp is its day, in every verb; what is read back is what was written."""
    with filled(url) as book:
        book.open_cases(alerts(("h4", "disaster")), as_of=STAMP)
        book.advance("h2", "home_check", by="keeper-1", on=STAMP, finding={"visited": True})
        book.withdraw("h2", by="keeper-1", on=STAMP, why="wrong-household")
        book.record_help("h1", "disaster-relief", risk="natural_disaster", by="county-1", on=STAMP)
        book.acknowledge(["h3"], department="emergency", on=STAMP, by="office-1")
        book.move("h3", "610703100200", on=STAMP, by="keeper-1")
        book.urge(as_of=pd.Timestamp("2023-01-01"))
        assert book.worklist(as_of=STAMP)
        assert book.seal()
        assert {type(event.on) for event in book.events()} == {date}
        assert all(event.hash == event.sealed() for event in book.events())


@pytest.mark.parametrize("day", ["2022-02-03", 20220203, None, pd.NaT, 3.5, b"x"])
def test_what_is_no_day_is_refused(day: Any) -> None:
    """By an error of the library, whatever it is."""
    with pytest.raises(AntipovertyError):
        advance(opened("h1"), "h1", "home_check", by="keeper-1", on=day)


def test_an_event_that_would_not_read_back_is_not_written(url: str) -> None:
    """What was hashed is what is stored, or nothing is."""
    with filled(url) as book:
        before = [*book.events()]
        changed, (event,) = advance(
            book.book(), "h2", "home_check", by="keeper-1", on=DAY, finding={"visited": True}
        )
        forged = attrs.evolve(event, on=STAMP.to_pydatetime())
        forged = attrs.evolve(forged, hash=forged.sealed())
        for other in (forged, attrs.evolve(event, why="other"), attrs.evolve(event, hash="")):
            with pytest.raises(StoreError, match="read as it was written"):
                book.append([other], changed)
        assert [*book.events()] == before
        book.append([event], changed)


DAMAGES = [
    "UPDATE event SET on_day = '2022-02-02' WHERE stream = 'case/h1' AND number = 2",
    "UPDATE event SET data = 'no JSON' WHERE stream = 'case/h1' AND number = 1",
    "DELETE FROM event WHERE stream = 'case/h1' AND number = 1",
]


@pytest.mark.parametrize("statement", DAMAGES)
def test_one_damaged_chain_is_set_aside(url: str, statement: str) -> None:
    """It is named with what can be done; lists, seals and steps of all others go on."""
    with filled(url) as book:
        kept = book.heads()
        assert altered(url, statement) == 1
        found = book.book()
        assert [*found.damaged] == ["case/h1"]
        assert {*found.cases} == {"h2", "h3"}
        assert {one.id for one in book.worklist(as_of=DAY)} == {"h1", "h2", "h3"}
        (damage,) = book.doctor()
        assert (damage.stream, damage.part) == ("case/h1", "events")
        assert damage.sound == (1 if "number = 2" in statement else 0)
        assert "backup" in damage.remedy
        for refused in (
            book.seal,
            book.heads,
            lambda: book.check_heads(kept),
            lambda: book.case("h1"),
        ):
            with pytest.raises(BrokenChainError, match="case/h1"):
                refused()
        assert book.seal(but=["case/h1"])
        assert book.check_heads(kept, but=["case/h1"]) == 3
        book.advance("h2", "home_check", by="keeper-1", on=DAY, finding={"visited": True})
        book.reindex()
        assert [one.stream for one in book.doctor()] == ["case/h1"]
        assert book.urge(as_of=date(2023, 1, 1)) > 0


@pytest.mark.parametrize("value", ["abc", "x'ff00'", "NULL"])
@pytest.mark.parametrize("column", ["on_day", "data", "kind", "number", "by_whom", "hash", "why"])
def test_whatever_sqlite_lets_into_a_column_is_read(
    column: str, value: str, tmp_path: Path
) -> None:
    """SQLite keeps any value in any column: such a row is damage of its chain alone."""
    url = f"sqlite:///{tmp_path}/cases.db"
    with filled(url) as book:
        literal = value if value in ("x'ff00'", "NULL") else f"'{value}'"
        try:
            altered(url, f"UPDATE event SET {column} = {literal} WHERE stream = 'case/h2'")
        except sa.exc.IntegrityError:
            return
        assert {one.stream for one in book.doctor()} == {"case/h2"}
        assert book.seal(but=["case/h2"])


COLUMNS = {
    "item": ["version", "head", "area", "state", "entered", "due", "facts", "urged", "handed_up"],
    "item_department": ["department", "taken"],
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "column"), [(table, one) for table, names in COLUMNS.items() for one in names]
)
def test_every_column_of_the_lists_is_proved(table: str, column: str, url: str) -> None:
    """Whichever is changed, seal and check refuse; steps stop where a chain's end does not fit."""
    new = {
        "version": "9",
        "urged": "3",
        "entered": "'2022-01-01'",
        "due": "NULL",
        "taken": "true",
        "area": "'610703100200'",
    }.get(column, "'x'")
    stream = "case/h2" if table == "item_department" else "case/h1"  # h1's line was answered
    with filled(url) as book:
        kept = book.heads()
        assert altered(url, f"UPDATE {table} SET {column} = {new} WHERE stream = '{stream}'")
        for refused in (book.seal, lambda: book.check_heads(kept)):
            with pytest.raises(BrokenChainError, match=f"{stream}: .*{column}"):
                refused()
        (damage,) = book.doctor()
        assert (damage.stream, damage.part) == (stream, "lists")
        if column in ("version", "head"):
            with pytest.raises(BrokenChainError, match="case/h1"):
                book.record_help(
                    "h1", "disaster-relief", risk="natural_disaster", by="county-1", on=DAY
                )
        book.reindex()
        assert book.doctor() == ()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM event WHERE stream = 'case/h1' AND number = 2",
        "DELETE FROM event WHERE stream = 'case/h1'",
        "DELETE FROM item WHERE stream = 'case/h1'",
    ],
)
def test_the_next_honest_step_launders_nothing(statement: str, url: str) -> None:
    """Where the chain does not end as the lists say, nothing is added to it."""
    with filled(url) as book:
        altered(url, statement)
        before = [*book.events()]
        with pytest.raises(BrokenChainError, match="case/h1"):
            book.advance("h1", "home_check", by="keeper-1", on=DAY, finding={"visited": True})
        with pytest.raises(BrokenChainError, match="case/h1"):
            book.open_cases(alerts(("h1", "traffic-accident")), as_of=DAY)
        assert [*book.events()] == before
        assert [one.stream for one in book.doctor()] == ["case/h1"]


def test_events_made_before_a_chain_was_cut_are_not_written_on_it(url: str) -> None:
    """An older book fits what is left of the chain, but not the line that tells its end."""
    with filled(url) as book:
        before = empty().apply(one for one in book.events("case/h2") if one.number == 1)
        after, events = advance(
            before, "h2", "home_check", by="keeper-1", on=DAY, finding={"visited": True}
        )
        book.advance("h2", "home_check", by="keeper-1", on=DAY, finding={"visited": True})
        assert altered(url, "DELETE FROM event WHERE stream = 'case/h2' AND number = 2")
        there = [*book.events()]
        with pytest.raises(ConflictError):
            book.append(events, after)
        assert [*book.events()] == there
        assert [one.stream for one in book.doctor()] == ["case/h2"]


def test_tampering_at_random_is_noticed(tmp_path: Path) -> None:
    """Any column of any table changed, any row deleted or doubled: without kept heads.

    What needs kept heads is a chain taken away whole, with its lines.
    """
    draw = random.Random(2531)
    url = f"sqlite:///{tmp_path}/cases.db"
    tables = {
        "event": ["kind", "on_day", "by_whom", "why", "data", "earlier", "hash", "number"],
        **COLUMNS,
    }
    filled(url).close()
    for number in range(60):
        copy = tmp_path / f"copy{number}.db"
        with (
            closing(sqlite3.connect(tmp_path / "cases.db")) as good,
            closing(sqlite3.connect(copy)) as other,
        ):
            good.backup(other)
        table = draw.choice([*tables])
        column = draw.choice(tables[table])
        value = draw.choice(["'x'", "'2021-05-05'", "NULL", "77", "'{}'"])
        rows = 2 if table == "item_department" else 3
        row = f"(SELECT rowid FROM {table} ORDER BY rowid LIMIT 1 OFFSET {draw.randrange(rows)})"
        statement = draw.choice(
            [
                f"UPDATE {table} SET {column} = {value} WHERE rowid = {row}",
                f"DELETE FROM {table} WHERE rowid = {row}",
            ]
        )
        try:
            assert altered(f"sqlite:///{copy}", statement) == 1
        except sa.exc.IntegrityError:
            continue
        with Casebook.open(f"sqlite:///{copy}", empty()) as book:
            assert book.doctor(), statement
            with pytest.raises(BrokenChainError):
                book.seal()
        copy.unlink()


PERSONAL = [
    "029-8765-4321",
    "0298765-4321",
    "1398-7654321",
    "139-8765-4321",
    "139.8765.4321",
    "0086-139-87654321",
    "86-13987654321",
    "2022-139-8765-4321",
    "622202-1234567-890",
    "6222-0212-3456-7890-123",
    "6222021234567890",
    "13987654321x",
    "029-8765-4321X",
    "610102-19800101-004X",
    "610102/1980/0101/004x",
    "139 8765 4321",
    "１３９８７６５４３２１",
    "王小明",
]
"""An invented telephone, account and resident id, as people spell them."""


@pytest.mark.parametrize("text", PERSONAL)
def test_every_text_of_an_event_passes_one_test(text: str) -> None:
    """Reasons, actors, references, findings, conditions, ids: the usual spellings are seen."""
    book = opened("h1")
    given: dict[str, Any] = {"by": "keeper-1", "on": DAY}
    listed = {"area": VILLAGE, "origin": "audit", "on": DAY, "by": "county-1"}
    tried: list[Callable[[], object]] = [
        lambda: advance(book, "h1", "home_check", **given, finding={"visited": True}, why=text),
        lambda: advance(book, "h1", "home_check", **given, finding={"visited": text}),
        lambda: advance(book, "h1", "home_check", by=text, on=DAY, finding={"visited": True}),
        lambda: list_problem(book, text, **listed),
        lambda: list_problem(book, "p1", **listed, reference=text),
        lambda: list_problem(book, "p1", **listed | {"origin": text}),
        lambda: report(book, None, area=VILLAGE, on=DAY, by="platform", token=text, consent=True),
        lambda: split(book, "h1", [text], **given),
        lambda: join(book, "h1", text, **given),
        lambda: withdraw(book, "h1", **given, why=text),
    ]
    if text != "王小明":
        condition = f"household_id == '{text}'"
        tried.append(lambda: list_problem(book, "p1", **listed, condition=condition))
    for attempt in tried:
        with pytest.raises(PersonalValueError) as refused:
            attempt()
        assert text not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "mz-2022-3",
        "doc-2022-02-03-1234567",
        "2022/12/31/0001",
        "610702100200",
        "a-15-03-1234567",
        "20220203-12345678",
        "keeper-17",
        "v1.2.3",
        "2022-000123456789",
    ],
)
def test_a_file_number_is_none_of_them(text: str) -> None:
    """Numbers of files with their days pass."""
    book, _ = advance(
        opened("h1"), "h1", "home_check", by="keeper-1", on=DAY, finding={"visited": True}, why=text
    )
    assert book.case("h1").state == "checked"


def test_a_fact_is_one_that_the_rule_reads(url: str) -> None:
    """Free text in a list of open questions is refused, and not repeated."""
    asked = alerts(("h1", "traffic-accident", "undecided"))
    for fact in ("王小明 13987654321", "no_such_fact"):
        facts = pl.DataFrame(
            {"household_id": ["h1"], "rule_id": ["traffic-accident"], "fact": [fact]}
        )
        with Casebook.open(url, empty()) as book, pytest.raises(InvalidFileError) as refused:
            book.open_cases(asked, as_of=DAY, undecided=facts)
        assert fact not in str(refused.value)
        assert "undecided row 1" in str(refused.value)


def test_days_stand_in_order() -> None:
    """No verb takes a day before the case was opened, nor one that has not come."""
    book = opened("h1")
    book, _ = list_problem(book, "p1", area=VILLAGE, origin="audit", on=DAY, by="county-1")
    today = Book(
        book.pack,
        book.workflow,
        book.rectification,
        cases=book.cases,
        problems=book.problems,
        today=date(2022, 3, 1),
    )
    verbs: list[Callable[[Book, date], object]] = [
        lambda b, on: move(b, "h1", "610703100200", on=on, by="keeper-1"),
        lambda b, on: split(b, "h1", ["h9"], on=on, by="keeper-1"),
        lambda b, on: join(b, "h1", "h8", on=on, by="keeper-1"),
        lambda b, on: advance(
            b, "h1", "home_check", by="keeper-1", on=on, finding={"visited": True}
        ),
        lambda b, on: record_help(b, "h1", "legal-aid", risk="accident", by="county-1", on=on),
        lambda b, on: acknowledge(b, ["h1"], department="traffic-police", on=on, by="police-1"),
        lambda b, on: extend(b, "p1", ["h7"], on=on, by="county-1"),
        lambda b, on: report(b, None, area=VILLAGE, on=on, by="platform", token="t", consent=True),
        lambda b, on: open_cases(b, alerts(("h5", "disaster")), as_of=on),
        lambda b, on: list_problem(b, "p2", area=VILLAGE, origin="audit", on=on, by="county-1"),
    ]
    for verb in verbs:
        for bad in (date(1900, 1, 1), date(9999, 1, 1)):
            with pytest.raises(IllegalStepError):
                verb(book, bad)
        assert verb(today, date(2022, 3, 1))
        with pytest.raises(IllegalStepError, match="has not come"):
            verb(today, date(2022, 3, 2))
    with pytest.raises(IllegalStepError, match="has not come"):
        urge(today, as_of=date(2022, 4, 1))
    with pytest.raises(InvalidArgumentError):
        Book(book.pack, book.workflow, book.rectification, today="today")  # type: ignore[arg-type]


def test_what_is_put_down_late_says_so() -> None:
    """An event whose day lies before one that stands already is marked in the chain."""
    book, _ = record_help(
        opened("h1"), "h1", "legal-aid", risk="accident", by="county-1", on=date(2022, 2, 9)
    )
    book, (late,) = move(book, "h1", "610703100200", on=date(2022, 2, 5), by="keeper-1")
    _, (later,) = move(book, "h1", VILLAGE, on=date(2022, 2, 9), by="keeper-1")
    assert late.data["backdated"] is True
    assert "backdated" not in later.data


def test_evidence_is_read_without_rights_to_write(url: str, tmp_path: Path) -> None:
    """A read-only file, a role that may only select: seal, check and show; no verb."""
    with filled(url) as book:
        kept, seal = book.heads(), book.seal()
    reader = url
    if url.startswith("postgresql"):
        reader = url.replace("postgres@", "auditor@")
        altered(
            url,
            "DO $$ BEGIN CREATE ROLE auditor LOGIN; EXCEPTION WHEN duplicate_object THEN END $$",
            "GRANT USAGE ON SCHEMA public TO auditor",
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO auditor",
        )
    else:
        (tmp_path / "cases.db").chmod(0o444)
    with Casebook.open(reader, empty(), read_only=True) as found:
        assert (found.seal(), found.check_heads(kept)) == (seal, 4)
        assert found.case("h1").state == "checked"
        assert len(found.worklist(as_of=DAY)) == 3
        for verb in (
            lambda: found.move("h1", "610703100200", on=DAY, by="keeper-1"),
            found.reindex,
        ):
            with pytest.raises(StoreError, match="nothing was written"):
                verb()
    with Casebook.open(url, empty()) as book:
        assert book.seal() == seal


@pytest.mark.parametrize("limit", [-1, 2.0, "2", True])
def test_a_list_has_no_odd_length(limit: Any, tmp_path: Path) -> None:
    """Minus one would leave out the last line, which nobody would see."""
    with filled(f"sqlite:///{tmp_path}/cases.db") as book:
        with pytest.raises(InvalidArgumentError, match="limit"):
            book.worklist(as_of=DAY, limit=limit)
        assert book.worklist(as_of=DAY, limit=0) == ()
        assert book.worklist(as_of=DAY, limit=10**30) == book.worklist(as_of=DAY)
        assert len(book.worklist(as_of=DAY, limit=2)) == 2


def test_one_text_for_the_chains_to_leave_out_leaves_out_none_by_its_letters(
    tmp_path: Path,
) -> None:
    """``but="case/h22"`` is not ``["case/h22"]``: it would hide what happened to ``case/h2``."""
    url = f"sqlite:///{tmp_path}/cases.db"
    with filled(url) as book:
        kept = book.heads()
        altered(url, "UPDATE item SET area = '610702' WHERE stream = 'case/h2'")
        for verb in (book.heads, book.seal, lambda but: book.check_heads(kept, but=but)):
            with pytest.raises(InvalidArgumentError, match="but"):
                verb(but="case/h22")
            with pytest.raises(BrokenChainError, match="case/h2"):
                verb(but=["case/h22"])


def test_a_day_that_is_none_in_the_lists_is_said(tmp_path: Path) -> None:
    """A list does not fall over what somebody put there; doctor names the line."""
    url = f"sqlite:///{tmp_path}/cases.db"
    with filled(url) as book:
        altered(url, "UPDATE item SET due = 'soon' WHERE stream = 'case/h2'")
        with pytest.raises(BrokenChainError, match="run doctor"):
            book.worklist(as_of=DAY)
        assert [one.stream for one in book.doctor()] == ["case/h2"]


def test_what_is_only_read_must_be_there(tmp_path: Path) -> None:
    """No file is made by who only reads; an empty one holds no registers."""
    with pytest.raises(StoreError, match="no file"):
        Casebook.open(f"sqlite:///{tmp_path}/none.db", empty(), read_only=True)
    (tmp_path / "empty.db").touch()
    with pytest.raises(StoreError, match="no registers"):
        Casebook.open(f"sqlite:///{tmp_path}/empty.db", empty(), read_only=True)
    assert not (tmp_path / "none.db").exists()


def test_after_a_large_file_a_household_is_looked_up_by_its_index(server: str) -> None:
    """PostgreSQL has counted its tables by then, and does not read them whole for one step."""
    altered(server, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    with Casebook.open(server, empty()) as book:
        book.open_cases(alerts(*((f"h{n}", "disaster") for n in range(5_000))), as_of=DAY)
    assert altered(server, "SELECT 1 FROM pg_class WHERE relname = 'item' AND reltuples >= 5000")


def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path) -> None:
    """What to do is said; what stood stands, and once there is room the same file is taken."""
    file = alerts(*((f"g{n}", "disaster") for n in range(300)))
    with filled(f"sqlite:///{tmp_path}/cases.db") as book:
        before = [*book.events()]
        with book._engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA max_page_count = 1")
        with pytest.raises(StoreError, match="disk is full: make room, and do it again"):
            book.open_cases(file, as_of=DAY)
        assert [*book.events()] == before
        assert book.doctor() == ()
        driver.execute("PRAGMA max_page_count = 100000")
        assert book.open_cases(file, as_of=DAY).events == 300


def test_a_casebook_goes_over_a_fork(url: str) -> None:
    """Parent and child each have connections of their own; both write."""
    with filled(url) as book:
        child = os.fork()
        if child == 0:
            done = 1
            try:
                book.move("h2", "610703100200", on=DAY, by="keeper-1")
                done = 0
            finally:
                os._exit(done)
        book.move("h3", "610703100200", on=DAY, by="keeper-1")
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert {book.case(one).area for one in ("h2", "h3")} == {"610703100200"}
        assert book.seal()


def test_threads_share_a_casebook(url: str) -> None:
    """Each step that all of them take is there once; whoever comes second is told so."""
    with filled(url) as book, ThreadPoolExecutor(4) as pool:

        def work(_: int) -> int:
            done = 0
            for one in ("h2", "h3"):
                try:
                    book.advance(one, "home_check", by="keeper-1", on=DAY, finding=VISITED)
                except (ConflictError, IllegalStepError):
                    continue
                done += 1
            return done

        assert sum(pool.map(work, range(4))) == 2
        assert [book.case(one).version for one in ("h2", "h3")] == [2, 2]
        assert book.doctor() == ()


def test_lists_of_before_are_filled_when_the_tables_change(url: str) -> None:
    """Opening tables of an earlier form brings the lines to what the events say."""
    with filled(url) as book:
        tasks = book.worklist(as_of=date(2022, 5, 1), department="emergency")
        assert {one.id for one in tasks} == {"h2", "h3"}
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", "antipoverty:migrations")
        with book._engine.begin() as connection:
            config.attributes["connection"] = connection
            command.downgrade(config, "0001")
    with Casebook.open(url, empty()) as book:
        assert book.doctor() == ()
        assert book.worklist(as_of=date(2022, 5, 1), department="emergency") == tasks


def test_many_steps_are_each_judged_alone(url: str) -> None:
    """Those that can be taken are written in one transaction; the others are told by place."""
    late = date(2022, 2, 9)
    taken = [
        Taken("h2", "home_check", "keeper-1", DAY, VISITED),
        Taken("h2", "authorise", "keeper-1", late, {"authorised": True}),
        Taken("nobody", "home_check", "keeper-1", DAY, VISITED),
        Taken("h3", "home_check", "keeper-1", DAY, {"visited": "王小明"}),
        Taken("h3", "county_decision", "county-1", DAY),
        Taken("h1", "authorise", "keeper-1", late, {"authorised": True}),
        Taken("h3", "home_check", "keeper-1", STAMP, VISITED),
    ]
    with filled(url) as book:
        alone, _, _ = advance_each(book.book(), taken)
        altered(url, DAMAGES[0])
        written, refused = book.advance_each(taken)
        assert written == 3
        assert [(one.number, one.code) for one in refused] == [
            (3, "unknown-case"),
            (4, "personal-value"),
            (5, "illegal-step"),
            (6, "broken-chain"),
        ]
        assert "王小明" not in repr(refused)
        assert {one: book.case(one) for one in ("h2", "h3")} == {
            one: alone.case(one) for one in ("h2", "h3")
        }
        assert [one.stream for one in book.doctor()] == ["case/h1"]
        again, refused = book.advance_each(taken)
        assert (again, len(refused)) == (0, 7)
