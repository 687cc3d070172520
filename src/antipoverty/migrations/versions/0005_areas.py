"""The lists of a county, and of what is smaller, are read in their order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add an index over what is on the lists, which tells the area too."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    stream = sa.text('stream COLLATE "C"' if postgresql else "stream")
    listed = sa.text("due IS NOT NULL")
    op.create_index(
        "item_county",
        "item",
        [sa.text("substr(area, 1, 6)"), sa.text("due"), stream, sa.text("area")],
        sqlite_where=listed,
        postgresql_where=listed,
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_index("item_county", "item")
