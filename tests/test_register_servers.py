"""Which server it is, by what servers were seen to say; and which cannot hold registers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("sqlalchemy", reason="the database needs the extra 'store'")
pytest.importorskip("psycopg", reason="the database needs the extra 'store'")

import sqlalchemy as sa

import postgres
from antipoverty._casework.servers import DRIVER, refuse_nothing, server_of  # what servers say
from antipoverty.casework import Casebook
from antipoverty.errors import StoreError
from casework_books import DAY, alerts, empty

YES: dict[str, Any] = {"visited": True}
SAID = {
    "PostgreSQL 17.5 (Debian 17.5-1) on x86_64-pc-linux-gnu, compiled by gcc": (
        "PostgreSQL",
        (17, 5),
        (17, 5),
    ),
    # blog.csdn.net/xqinjh 109272042, a server asked from SQLAlchemy 1.4
    "KingbaseES V008R006C006B0013PS003 on x86_64-pc-linux-gnu, compiled by gcc (GCC) 4.1.2 "
    "20080704 (Red Hat 4.1.2-46), 64-bit": ("KingbaseES", (8, 6), (12,)),
    # github.com/Kevin-wenyu/kbdiag, captured from a primary
    "KingbaseES V008R006C009B0014": ("KingbaseES", (8, 6), (12,)),
    # github.com/junjiem/dify-plugin-tools-dbquery issue 26
    "(openGauss 5.0.2 build 48a25b11) compiled at 2024-05-14 10:25:27 commit 0 last mr on "
    "x86_64-unknown-linux-gnu, compiled by g++ (GCC) 7.3.0, 64-bit": (
        "openGauss",
        (5, 0),
        (9, 2, 4),
    ),
    # github.com/gpustack/gpustack issue 5041
    "(openGauss-lite 7.0.0-RC3 build ) compiled at 2026-04-21 15:29:26 commit 0 last mr  release "
    "on aarch64-unknown-linux-gnu, compiled by g++ (GCC) 10.3.1, 64-bit": (
        "openGauss",
        (7, 0),
        (9, 2, 4),
    ),
    # a form of earlier releases, as test suites of other tools hold it
    "PostgreSQL 9.2.4 (openGauss 5.0.0 build 123) on x86_64-unknown-linux-gnu": (
        "openGauss",
        (5, 0),
        (9, 2, 4),
    ),
}
"""What servers were seen to say, with where it was seen, and what is read from it."""


@pytest.mark.parametrize("said", SAID)
def test_a_server_is_known_by_what_it_says(said: str) -> None:
    """Name, release, and the PostgreSQL that it is taken for."""
    found = server_of(said)
    assert (found.name, found.release, found.like) == SAID[said]


@pytest.mark.parametrize(
    "said",
    ["", "Kingbase V007R001C002B0014", "DM Database Server 64 V8", "CockroachDB CCL v23.1.8"],
)
def test_another_server_is_refused_with_those_that_can_be_used(said: str) -> None:
    """Rather than failing in the middle of a step."""
    with pytest.raises(StoreError, match="KingbaseES V8"):
        server_of(said)


def test_a_database_in_which_an_empty_text_is_nothing_is_refused() -> None:
    """It would give back another event than was written; how to change that is said."""
    refuse_nothing(False)
    with pytest.raises(StoreError, match=r"ora_input_emptystr_isnull.*DBCOMPATIBILITY"):
        refuse_nothing(True)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A PostgreSQL server."""
    if (reason := postgres.why_not()) is not None:
        pytest.skip(reason)
    with postgres.server() as url:
        yield url


@pytest.mark.parametrize("scheme", ["postgresql", "kingbase", "opengauss"])
def test_the_dialect_that_reads_them_does_all_the_work_on_postgresql(
    server: str, scheme: str
) -> None:
    """The same dialect serves all three names: cases, steps, lists and checks go through it."""
    url = server.replace("postgresql:", f"{scheme}:")
    with Casebook.open(url, empty()) as casebook:
        assert casebook._engine.url.drivername == DRIVER
        casebook.open_cases(alerts((f"{scheme}-1", "disaster")), as_of=DAY)
        visited = {"visited": True}
        casebook.advance(f"{scheme}-1", "home_check", by="keeper-1", on=DAY, finding=visited)
        assert f"{scheme}-1" in [task.id for task in casebook.worklist(as_of=DAY)]
        assert casebook.doctor() == ()
    engine = sa.create_engine(server.replace("postgresql:", f"{DRIVER}:"))
    with engine.connect() as connection:
        assert connection.dialect.server_version_info >= (9, 2)
    engine.dispose()


@pytest.fixture
def own() -> Iterator[str]:
    """A server that may be stopped."""
    if reason := postgres.why_not():
        pytest.skip(reason)
    with postgres.server() as url:
        yield url


@pytest.mark.slow
def test_a_server_that_is_restarted_under_steps_loses_none_that_was_acknowledged(own: str) -> None:
    """One casebook goes on through three restarts, and every refusal says what to do."""
    ids = [f"h{number}" for number in range(4_000)]
    done: list[str] = []
    said: list[str] = []
    with Casebook.open(own, empty()) as book:
        book.open_cases(alerts(*((one, "disaster") for one in ids)), as_of=DAY)
        over = threading.Event()

        def work() -> None:
            for one in ids:
                if over.is_set():
                    return
                try:
                    book.advance(one, "home_check", by="keeper-1", on=DAY, finding=YES)
                except StoreError as problem:
                    said.append(str(problem))
                    time.sleep(0.05)
                else:
                    done.append(one)

        worker = threading.Thread(target=work)
        worker.start()
        through = []
        for mode in ("fast", "immediate", "fast"):
            time.sleep(0.5)
            postgres.control(own, "restart", "-m", mode)
            through.append(len(done))
        time.sleep(0.5)
        over.set()
        worker.join()
        assert through[0] > 0
        assert through == sorted({*through})
        assert len(done) > through[-1]
        assert said
        assert [one for one in said if "do it again" not in one] == []
        whole = book.book()
        assert {one for one in done if whole.case(one).version < 2} == set()
        assert sum(case.version > 1 for case in whole.cases.values()) <= len(done) + len(said)
        assert book.doctor() == ()


@pytest.mark.slow
def test_a_server_that_is_stopped_between_steps_says_to_start_it(own: str) -> None:
    """What is opened while it is stopped, too; afterwards the same casebook goes on."""
    with Casebook.open(own, empty()) as book:
        book.open_cases(alerts(("h1", "disaster")), as_of=DAY)
        postgres.control(own, "stop", "-m", "fast")
        for _ in range(2):
            with pytest.raises(StoreError, match="do it again"):
                book.advance("h1", "home_check", by="keeper-1", on=DAY, finding=YES)
        with pytest.raises(StoreError, match="do it again"):
            Casebook.open(own, empty())
        postgres.control(own, "start")
        assert book.advance("h1", "home_check", by="keeper-1", on=DAY, finding=YES).version == 2


@pytest.mark.slow
def test_a_connection_lost_while_it_is_written_leaves_nobody_certain(own: str) -> None:
    """The answer to the last word did not come: it is not said that nothing was written."""
    engine = sa.create_engine(own.replace("postgresql:", "postgresql+psycopg:"))
    with Casebook.open(own, empty()) as book:
        book.open_cases(alerts(("h1", "disaster")), as_of=DAY)
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "CREATE FUNCTION gone() RETURNS trigger LANGUAGE plpgsql AS "
                "$$BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END$$"
            )
            connection.exec_driver_sql(
                "CREATE CONSTRAINT TRIGGER gone AFTER INSERT ON event DEFERRABLE INITIALLY "
                "DEFERRED FOR EACH ROW EXECUTE FUNCTION gone()"
            )
        with pytest.raises(
            StoreError, match="may stand there or not; read the cases again"
        ) as lost:
            book.advance("h1", "home_check", by="keeper-1", on=DAY, finding=YES)
        assert "nothing was written" not in str(lost.value)
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TRIGGER gone ON event")
        assert book.case("h1").version == 1
        assert book.advance("h1", "home_check", by="keeper-1", on=DAY, finding=YES).version == 2
    engine.dispose()
