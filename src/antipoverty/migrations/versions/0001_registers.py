"""Events, and what the lists are looked up by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "event",
        sa.Column("stream", sa.String(96), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("on_day", sa.Date, nullable=False),
        sa.Column("by_whom", sa.String(64), nullable=False),
        sa.Column("why", sa.String(64), nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("earlier", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_table(
        "item",
        sa.Column("stream", sa.String(96), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
        sa.Column("area", sa.String(14), nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("entered", sa.Date, nullable=False),
        sa.Column("due", sa.Date),
    )
    op.create_index("item_due", "item", ["due"])
    op.create_table(
        "item_department",
        sa.Column("department", sa.String(64), primary_key=True),
        sa.Column("stream", sa.String(96), primary_key=True),
    )


def downgrade() -> None:
    """Remove them, with everything in them."""
    for table in ("item_department", "item", "event"):
        op.drop_table(table)
