"""Which server it is, by what servers were seen to say; and which cannot hold registers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("sqlalchemy", reason="the database needs the extra 'store'")
pytest.importorskip("psycopg", reason="the database needs the extra 'store'")

import sqlalchemy as sa

import postgres
from antipoverty._casework.servers import DRIVER, refuse_nothing, server_of  # what servers say
from antipoverty.casework import Casebook
from antipoverty.errors import StoreError
from casework_books import DAY, alerts, empty

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
