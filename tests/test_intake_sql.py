"""Queries on departments' own databases: every kind of cell comes as it would from a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from antipoverty.errors import MissingExtraError, UnreadableSourceError
from antipoverty.intake import Intake, read, read_mapping
from mariadb import server as mariadb
from mariadb import why_not as why_not_mariadb
from postgres import server as postgres
from postgres import why_not as why_not_postgres

sqlalchemy = pytest.importorskip("sqlalchemy", reason="databases need the extra 'sql'")

VILLAGE = "610702100200"
ROWS = 250_000
"""More than one piece holds."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "mariadb"])
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A real database of each kind, with one table of every type that matters."""
    kind = request.param
    if kind == "sqlite":
        address = f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'a.db'}"
        _filled(address)
        yield address
        return
    reason = why_not_postgres() if kind == "postgresql" else why_not_mariadb()
    if reason is not None:
        pytest.skip(reason)
    server: AbstractContextManager[str] = postgres() if kind == "postgresql" else mariadb()
    pytest.importorskip("psycopg" if kind == "postgresql" else "pymysql")
    with server as given:
        address = given.replace("postgresql://", "postgresql+psycopg://")
        _filled(address)
        yield address


def _filled(address: str) -> None:
    engine = sqlalchemy.create_engine(address)
    table = sqlalchemy.Table(
        "homes",
        sqlalchemy.MetaData(),
        sqlalchemy.Column("id", sqlalchemy.String(20)),
        sqlalchemy.Column("village", sqlalchemy.String(14)),
        sqlalchemy.Column("people", sqlalchemy.Integer),
        sqlalchemy.Column("income", sqlalchemy.Numeric(12, 2)),
        sqlalchemy.Column("wages", sqlalchemy.Float(53)),
        sqlalchemy.Column("held", sqlalchemy.Boolean),
        sqlalchemy.Column("since", sqlalchemy.Date),
        sqlalchemy.Column("at", sqlalchemy.DateTime),
        sqlalchemy.Column("grade", sqlalchemy.String(10)),
    )
    table.metadata.create_all(engine)
    day = date(2021, 3, 5)
    stamp = __import__("datetime").datetime(2021, 3, 5, 14, 5)
    rows: list[dict[str, Any]] = [
        {
            "id": "h1",
            "village": VILLAGE,
            "people": 3,
            "income": "17400.50",
            "wages": 0.1 + 0.2,
            "held": True,
            "since": day,
            "at": stamp,
            "grade": "C级危房",
        },
        {
            "id": "h2",
            "village": VILLAGE,
            "people": None,
            "income": None,
            "wages": None,
            "held": None,
            "since": None,
            "at": None,
            "grade": None,
        },
    ]
    with engine.begin() as connection:
        connection.execute(table.insert(), rows)
    engine.dispose()


def mapping(address: str, query: str = "select * from homes order by id") -> str:
    """A source whose columns are those of the query."""
    columns = {
        "id": 'field = "household_id"',
        "village": 'field = "area"',
        "people": 'field = "size"',
        "income": 'field = "net_income_12m"\nunit = "元"',
        "wages": 'field = "wage_income_12m"\nunit = "元"',
        "held": 'field = "monitored"',
        "since": 'field = "monitored_since"',
        "grade": 'field = "dwelling_grade"',
    }
    return (
        f'[[sources]]\nid = "homes"\npath = "{address}"\nquery = "{query}"\nrows = "households"\n'
        + "".join(
            f'[[sources.columns]]\ncolumn = "{name}"\n{one}\n' for name, one in columns.items()
        )
    )


def asked(address: str) -> Intake[Any]:
    """What the query gives."""
    return read(read_mapping(mapping(address)))


def wanted(found: Intake[Any]) -> None:
    """Both households are as they were written."""
    rows = (
        found.tables["households"]
        .select(
            "household_id",
            "size",
            "net_income_12m",
            "wage_income_12m",
            "monitored",
            "monitored_since",
            "dwelling_grade",
        )
        .rows()
    )
    assert rows == [
        ("h1", 3, 1_740_050, 30, True, date(2021, 3, 5), "C"),
        ("h2", None, None, None, None, None, None),
    ]
    (report,) = found.report
    assert (report.rows, report.placed, report.cells) == (2, 2, ())


@pytest.mark.slow
def test_a_query_by_sqlalchemy(database: str) -> None:
    """Numbers, amounts, days and words come exactly, and what is null is not known."""
    found = asked(database)
    wanted(found)
    assert found.deliveries["homes"].digest == asked(database).deliveries["homes"].digest


@pytest.mark.slow
def test_a_query_by_adbc(database: str) -> None:
    """The same by columns, where there is a driver for it."""
    if database.startswith("mysql"):
        pytest.skip("no driver of ADBC for MariaDB is free of its own server")
    name = "adbc_driver_sqlite" if database.startswith("sqlite") else "adbc_driver_postgresql"
    pytest.importorskip(name, reason="needs the extra 'adbc'")
    wanted(asked("adbc:" + database.replace("+psycopg", "")))


def test_a_refusal_tells_nothing_of_the_address_or_the_data(database: str) -> None:
    """Only the kind of the refusal."""
    with pytest.raises(UnreadableSourceError) as caught:
        read(read_mapping(mapping(database, "select secret from nowhere")))
    assert database not in str(caught.value)
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_what_is_no_address_is_refused() -> None:
    """Without repeating it, since a password may stand in it."""
    for address in ("postgresql+nothing://u:geheim@h/d", "geheim", "adbc:oracle://geheim"):
        with pytest.raises((UnreadableSourceError, MissingExtraError)) as caught:
            read(read_mapping(mapping(address)))
        assert "geheim" not in str(caught.value)


@pytest.mark.slow
def test_more_rows_than_a_piece_holds(tmp_path: Path) -> None:
    """All come, each with its number."""
    address = f"sqlite:///{tmp_path / 'a.db'}"
    query = (
        f"with recursive n(i) as (select 1 union all select i + 1 from n where i < {ROWS}) "
        f"select 'h' || i as id, '{VILLAGE}' as village, i % 9 as people, '1.5' as income, "
        "null as wages, 1 as held, '2021-03-05' as since, 'A' as grade from n"
    )
    found = read(read_mapping(mapping(address, query)))
    (report,) = found.report
    assert (report.rows, report.placed) == (ROWS, ROWS)
    zero = next(one for one in report.cells if one.column == "people")
    assert (zero.kind, zero.count, zero.rows[:2]) == ("out-of-bounds", ROWS // 9, (9, 18))
