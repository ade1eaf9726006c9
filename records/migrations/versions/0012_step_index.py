"""steps are looked for by element

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

NAME, OPEN = "ix_open_user_task_step", sa.text("state = 'open'")


def upgrade():
    _again(["element_id", "process_key", "region_path", "sort_due", "id"])


def downgrade():
    _again(["process_key", "element_id", "region_path", "sort_due", "id"])


def _again(columns):
    op.drop_index(NAME, table_name="user_task")
    ops = {"region_path": "text_pattern_ops"}
    op.create_index(NAME, "user_task", columns, sqlite_where=OPEN, postgresql_where=OPEN, postgresql_ops=ops)
