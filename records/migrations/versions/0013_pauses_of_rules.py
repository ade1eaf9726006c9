"""pauses of one rule's clock

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One step forward."""
    with op.batch_alter_table("clock_pause") as batch_op:
        batch_op.add_column(sa.Column("rule_code", sa.String(length=40), nullable=True))


def downgrade() -> None:
    """One step back."""
    with op.batch_alter_table("clock_pause") as batch_op:
        batch_op.drop_column("rule_code")
