"""Servers that speak PostgreSQL's protocol: which one it is, and whether registers can stand in it.

KingbaseES (人大金仓) and openGauss say a version that SQLAlchemy's dialect cannot read. What the
registers need is little: texts and days, COPY, arrays as parameters, one order of bytes. What
they cannot do without is that an empty text is a text: Oracle's way, in which it is nothing,
would give back another event than was written.
"""

from __future__ import annotations

import re
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from antipoverty.errors import StoreError

DRIVER = "postgresql+protocol"
"""How `Dialect` is asked for."""
registry.register("postgresql.protocol", __name__, "Dialect")
_SERVERS: tuple[tuple[str, re.Pattern[str], dict[int, tuple[int, ...]]], ...] = (
    ("KingbaseES", re.compile(r"KingbaseES V0*(\d+)R0*(\d+)"), {8: (9, 6), 9: (12,)}),
    ("openGauss", re.compile(r"openGauss(?:-lite)? (\d+)\.(\d+)"), {}),
    ("GaussDB", re.compile(r"GaussDB Kernel \D*(\d+)\.(\d+)"), {}),
    ("PostgreSQL", re.compile(r"(?:PostgreSQL|EnterpriseDB) (\d+)(?:\.(\d+))?"), {}),
)
_OF_GAUSS = (9, 2, 4)
"""The PostgreSQL that openGauss and GaussDB came from."""


@attrs.frozen
class Server:
    """What a server says that it is.

    Attributes:
        name: ``PostgreSQL``, ``KingbaseES``, ``openGauss`` or ``GaussDB``.
        release: Its own release.
        like: The version of PostgreSQL that it is taken for.
    """

    name: str
    release: tuple[int, ...]
    like: tuple[int, ...]


def server_of(said: str) -> Server:
    """Read what ``version()`` says.

    Raises:
        StoreError: It is none of those that the registers can stand in.
    """
    for name, form, known in _SERVERS:
        if found := form.search(said):
            release = tuple(int(one) for one in found.groups() if one)
            if name == "PostgreSQL":
                return Server(name, release, release)
            if name != "KingbaseES":
                return Server(name, release, _OF_GAUSS)
            if release[0] in known:
                like = (12,) if release >= (8, 6) else known[release[0]]
                return Server(name, release, like)
            break
    raise StoreError(
        "the server is no PostgreSQL 9.2 or later, KingbaseES V8 or V9, openGauss or GaussDB; the "
        "registers have not been tried on it: use one of these, or SQLite"
    )


class Dialect(PGDialect_psycopg):
    """PostgreSQL's dialect, for every server that speaks its protocol."""

    supports_statement_cache = True

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"use_native_hstore": False, **options})  # type: ignore[no-untyped-call]

    def _get_server_version_info(self, connection: Any) -> tuple[int, ...]:
        return server_of(str(connection.exec_driver_sql("SELECT version()").scalar())).like


def check_texts(connection: sa.Connection) -> None:
    """Refuse a database in which an empty text is nothing.

    Raises:
        StoreError: It is one.
    """
    if connection.dialect.name == "postgresql":
        refuse_nothing(bool(connection.exec_driver_sql("SELECT '' IS NULL").scalar()))


def refuse_nothing(nothing: bool) -> None:  # noqa: FBT001 - what the database answered
    """Say what to do where an empty text is nothing."""
    if nothing:
        raise StoreError(
            "this database reads an empty text as nothing, as Oracle does, and would give back "
            "other events than were written; in KingbaseES set ora_input_emptystr_isnull = off, "
            "for openGauss or GaussDB create it with DBCOMPATIBILITY 'PG'"
        )
