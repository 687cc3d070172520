"""Alembic's entry: the connection comes from `Casebook`, never from a file."""

from __future__ import annotations

from alembic import context
from sqlalchemy import text

connection = context.config.attributes["connection"]
if connection.dialect.name == "postgresql":  # of several programs that open it, one migrates
    connection.execute(text("SELECT pg_advisory_xact_lock(2531)"))
context.configure(connection=connection)
with context.begin_transaction():
    context.run_migrations()
