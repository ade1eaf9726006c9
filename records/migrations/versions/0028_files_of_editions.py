"""each edition of an announcement has attachments of its own

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

import records.base

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One step forward."""
    with op.batch_alter_table("announcement_version") as batch_op:
        batch_op.add_column(sa.Column("files", records.base.Json, nullable=True))


def downgrade() -> None:
    """One step back."""
    with op.batch_alter_table("announcement_version") as batch_op:
        batch_op.drop_column("files")
