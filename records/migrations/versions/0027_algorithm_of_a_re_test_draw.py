"""the algorithm of a re-test draw is told in full

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One step forward."""
    with op.batch_alter_table("retest_draw") as batch_op:
        batch_op.alter_column("algorithm", existing_type=sa.String(60), type_=sa.String(120), existing_nullable=False)


def downgrade() -> None:
    """One step back."""
    with op.batch_alter_table("retest_draw") as batch_op:
        batch_op.alter_column("algorithm", existing_type=sa.String(120), type_=sa.String(60), existing_nullable=False)
