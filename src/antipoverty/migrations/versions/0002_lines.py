"""What a list prints stands in its line."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns; `Casebook.reindex` fills them for what is there."""
    op.add_column("item", sa.Column("facts", sa.Text, nullable=False, server_default="[]"))
    op.add_column("item", sa.Column("urged", sa.Integer, nullable=False, server_default="0"))
    op.add_column("item", sa.Column("handed_up", sa.String(64), nullable=False, server_default=""))
    op.add_column(
        "item_department",
        sa.Column("taken", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    exactly = op.get_bind().dialect.name == "postgresql"
    stream = 'stream COLLATE "C"' if exactly else "stream"
    op.drop_index("item_due", "item")
    op.create_index("item_due", "item", ["due", sa.text(stream)])


def downgrade() -> None:
    """Remove them."""
    op.drop_index("item_due", "item")
    op.create_index("item_due", "item", ["due"])
    op.drop_column("item_department", "taken")
    for column in ("handed_up", "urged", "facts"):
        op.drop_column("item", column)
