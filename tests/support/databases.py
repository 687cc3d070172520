"""Databases that statements are run in: each holds the tables, answers, and forgets them again."""

from __future__ import annotations

import importlib.util
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import polars as pl

import mariadb
import postgres

Rows = set[tuple[Any, ...]]


class Database(Protocol):
    """A database that holds tables for a while."""

    def hold(self, tables: dict[str, pl.DataFrame]) -> None:
        """Put these tables in the place of those that it holds."""
        ...

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement."""
        ...


TYPES = {
    "sqlite": {pl.Int64: "INTEGER", pl.Boolean: "INTEGER", pl.Date: "TEXT", pl.String: "TEXT"},
    "duckdb": {pl.Int64: "BIGINT", pl.Boolean: "BOOLEAN", pl.Date: "DATE", pl.String: "VARCHAR"},
    "postgres": {pl.Int64: "BIGINT", pl.Boolean: "BOOLEAN", pl.Date: "DATE", pl.String: "TEXT"},
    "mysql": {
        pl.Int64: "BIGINT",
        pl.Boolean: "TINYINT(1)",
        pl.Date: "DATE",
        pl.String: "VARCHAR(80) CHARACTER SET utf8mb4",
    },
    "clickhouse": {
        pl.Int64: "Nullable(Int64)",
        pl.Boolean: "Nullable(Bool)",
        pl.Date: "Nullable(Date32)",
        pl.String: "Nullable(String)",
    },
}


ESCAPED = "\\\\"
"""How ClickHouse has a backslash in a text."""


def why_not(kind: str) -> str | None:
    """Say why a database cannot run here, or ``None``."""
    if importlib.util.find_spec("sqlglot") is None:
        return "sqlglot is not installed"
    if kind in ("postgres", "mysql"):
        driver = {"postgres": "psycopg", "mysql": "pymysql"}[kind]
        if importlib.util.find_spec(driver) is None:
            return f"{driver} is not installed"
        return {"postgres": postgres, "mysql": mariadb}[kind].why_not()
    package = {"clickhouse": "chdb"}.get(kind, {"sqlite": "sqlite3"}.get(kind, kind))
    return None if importlib.util.find_spec(package) else f"{package} is not installed"


class OverCursor:
    """A database with a connection as Python's drivers have it."""

    def __init__(self, kind: str, connection: Any, mark: str) -> None:
        self.kind, self.connection, self.mark = kind, connection, mark
        self.quote = "`" if kind == "mysql" else '"'

    def hold(self, tables: dict[str, pl.DataFrame]) -> None:
        """Put these tables in the place of those that it holds."""
        cursor = self.connection.cursor()
        q = self.quote
        for name, frame in tables.items():
            cursor.execute(f"DROP TABLE IF EXISTS {q}{name}{q}")
            columns = ", ".join(
                f"{q}{column}{q} {TYPES[self.kind][type(dtype)]}"
                for column, dtype in frame.schema.items()
            )
            cursor.execute(f"CREATE TABLE {q}{name}{q} ({columns})")
            rows = frame.rows()
            if self.kind == "sqlite":
                rows = [tuple(str(c) if hasattr(c, "isoformat") else c for c in r) for r in rows]
            marks = ", ".join([self.mark] * frame.width)
            if rows and self.kind == "duckdb":  # which takes a row at a time else
                cursor.execute(f"INSERT INTO {q}{name}{q} VALUES {_literals(frame)}")
            elif rows:
                cursor.executemany(f"INSERT INTO {q}{name}{q} VALUES ({marks})", rows)
        if self.kind != "duckdb":
            self.connection.commit()

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement."""
        cursor = self.connection.cursor()
        cursor.execute(statement)
        return [tuple(row) for row in cursor.fetchall()]


class ChDB:
    """ClickHouse in this process."""

    def __init__(self) -> None:
        from chdb import session

        self.session = session.Session()
        self.session.query("CREATE DATABASE IF NOT EXISTS town ENGINE = Atomic")
        self.session.query("USE town")

    def hold(self, tables: dict[str, pl.DataFrame]) -> None:
        """Put these tables in the place of those that it holds."""
        for name, frame in tables.items():
            self.session.query(f'DROP TABLE IF EXISTS town."{name}"')
            columns = ", ".join(
                f'"{column}" {TYPES["clickhouse"][type(dtype)]}'
                for column, dtype in frame.schema.items()
            )
            self.session.query(f'CREATE TABLE town."{name}" ({columns}) ENGINE = Memory')
            if frame.height:
                self.session.query(f'INSERT INTO town."{name}" VALUES {_literals(frame, ESCAPED)}')

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement."""
        import json

        found = str(self.session.query(statement, "JSONCompactEachRow"))
        return [tuple(json.loads(line)) for line in found.splitlines() if line]


def _literals(frame: pl.DataFrame, backslash: str = "\\") -> str:
    """The rows of a frame; how a backslash is written is the database's."""
    rows = ", ".join("(" + ", ".join(map(_literal, row)) + ")" for row in frame.rows())
    return rows.replace("\\", backslash)


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int):
        return str(value).lower()
    return "'" + str(value).replace("'", "''") + "'"


@contextmanager
def opened(kind: str) -> Iterator[Database]:
    """Open a database of a kind, for as long as the block lasts."""
    if kind == "sqlite":
        yield OverCursor(kind, sqlite3.connect(":memory:"), "?")
    elif kind == "duckdb":
        import duckdb

        yield OverCursor(kind, duckdb.connect(), "?")
    elif kind == "postgres":
        import psycopg

        with postgres.server() as address, psycopg.connect(address) as connection:
            connection.autocommit = True
            yield OverCursor(kind, connection, "%s")
    elif kind == "mysql":
        import pymysql

        with mariadb.server() as address:
            place = address.split("unix_socket=")[1].partition("&")[0]
            connection = pymysql.connect(
                unix_socket=place, user="root", database="mysql", charset="utf8mb4"
            )
            try:
                connection.cursor().execute("CREATE DATABASE town CHARACTER SET utf8mb4")
                connection.cursor().execute("USE town")
                yield OverCursor(kind, connection, "%s")
            finally:
                connection.close()
    else:
        yield ChDB()
