"""The lists of a township are read by the index of its county: a step writes one index less."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Let the index of counties tell the area too, and remove that of townships."""
    op.drop_index("item_township", "item")
    op.drop_index("item_county", "item")
    _index("item_county", 6, sa.text("area"))


def downgrade() -> None:
    """Make both as they were."""
    op.drop_index("item_county", "item")
    _index("item_county", 6)
    _index("item_township", 9)


def _index(name: str, digits: int, *more: sa.TextClause) -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    stream = sa.text('stream COLLATE "C"' if postgresql else "stream")
    listed = sa.text("due IS NOT NULL")
    op.create_index(
        name,
        "item",
        [sa.text(f"substr(area, 1, {digits})"), sa.text("due"), stream, *more],
        sqlite_where=listed,
        postgresql_where=listed,
    )
