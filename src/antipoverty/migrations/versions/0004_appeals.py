"""A closed case with an open appeal stands on the lists of those who may answer it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Count them; the lists are made anew when a casebook is opened."""
    op.add_column("item", sa.Column("appeals", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    """Remove the count."""
    op.drop_column("item", "appeals")
