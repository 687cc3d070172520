"""A department's list and an area's are read in their order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add what they are ordered by; the lists are made anew when a casebook is opened."""
    stream, area = _exactly("stream"), _exactly("area")
    op.rename_table("item_department", "item_department_before")
    _departments("stream", "department", sa.Column("due", sa.Date))
    op.create_index("item_department_due", "item_department", ["department", "due", stream])
    op.create_index("item_area", "item", [area])


def downgrade() -> None:
    """Remove it."""
    op.drop_index("item_area", "item")
    op.drop_index("item_department_due", "item_department")
    op.rename_table("item_department", "item_department_before")
    _departments("department", "stream")


def _exactly(name: str) -> sa.TextClause:
    exactly = op.get_bind().dialect.name == "postgresql"
    return sa.text(f'{name} COLLATE "C"' if exactly else name)


def _departments(first: str, second: str, *more: sa.Column[object]) -> None:
    """Make the table anew, with its key in this order, and bring its rows over."""
    length = {"department": 64, "stream": 96}
    op.create_table(
        "item_department",
        *(sa.Column(name, sa.String(length[name]), nullable=False) for name in (first, second)),
        sa.Column("taken", sa.Boolean, nullable=False, server_default=sa.false()),
        *more,
        sa.PrimaryKeyConstraint(first, second),
    )
    columns = "department, stream, taken"
    op.execute(
        f"INSERT INTO item_department ({columns}) SELECT {columns} FROM item_department_before"  # noqa: S608
    )
    op.drop_table("item_department_before")
