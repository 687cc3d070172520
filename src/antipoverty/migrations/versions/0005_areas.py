"""The lists of a county and of a township are read in their order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
_DIGITS = {"item_county": 6, "item_township": 9}


def upgrade() -> None:
    """Add an index for each, over what is on the lists."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    stream = sa.text('stream COLLATE "C"' if postgresql else "stream")
    listed = sa.text("due IS NOT NULL")
    for name, digits in _DIGITS.items():
        head = sa.text(f"substr(area, 1, {digits})")
        op.create_index(
            name,
            "item",
            [head, sa.text("due"), stream],
            sqlite_where=listed,
            postgresql_where=listed,
        )


def downgrade() -> None:
    """Remove them."""
    for name in _DIGITS:
        op.drop_index(name, "item")
