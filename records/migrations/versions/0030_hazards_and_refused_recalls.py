"""what a measured item and an emergency endanger; recalls that the authority plans

Revision ID: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

CATEGORIES = ("sample_test_item", "rapid_test")


def upgrade() -> None:
    """One step forward."""
    for table in CATEGORIES:
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(sa.Column("category", sa.String(40), nullable=True))
    with op.batch_alter_table("emergency_event") as batch_op:
        batch_op.add_column(sa.Column("hazard", sa.String(40), nullable=True))
    with op.batch_alter_table("recall") as batch_op:
        batch_op.add_column(sa.Column("is_by_authority", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """One step back."""
    with op.batch_alter_table("recall") as batch_op:
        batch_op.drop_column("is_by_authority")
    with op.batch_alter_table("emergency_event") as batch_op:
        batch_op.drop_column("hazard")
    for table in CATEGORIES:
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_column("category")
