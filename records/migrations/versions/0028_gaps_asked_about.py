"""each gap that a holder is asked about, with its voucher or the reason why there is none

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One step forward."""
    kind = sa.JSON().with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
    with op.batch_alter_table("gap_request") as batch_op:
        batch_op.add_column(sa.Column("items", kind, nullable=True))


def downgrade() -> None:
    """One step back."""
    with op.batch_alter_table("gap_request") as batch_op:
        batch_op.drop_column("items")
