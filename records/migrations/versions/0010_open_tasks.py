"""indexes of the inbox

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

OPEN, DONE, GIVEN = "state = 'open'", "state = 'completed'", "assignee_id IS NOT NULL"
NEW = (
    ("ix_user_task_mine", GIVEN, ["assignee_id", "state", "sort_due", "id"]),
    ("ix_user_task_done", DONE, ["completed_by", "completed_at", "id"]),
    ("ix_open_user_task_group", OPEN, ["candidate_group", "region_path", "assignee_id", "sort_due", "id"]),
    ("ix_open_user_task_scope", OPEN, ["region_path", "sort_due", "id", "process_key"]),
    ("ix_open_user_task_step", OPEN, ["process_key", "element_id", "region_path", "sort_due", "id"]),
    ("ix_open_user_task_place", OPEN, ["establishment_id", "region_path", "sort_due", "id"]),
    ("ix_open_user_task_urgency", OPEN, ["sort_due", "id", "region_path", "process_key"]),
)
OLD = (
    ("ix_user_task_mine", ["assignee_id", "state", "sort_due", "id"]),
    ("ix_user_task_group", ["state", "candidate_group", "region_path", "sort_due", "id"]),
    ("ix_user_task_scope", ["state", "region_path", "sort_due", "id"]),
    ("ix_user_task_assignee_id", ["assignee_id"]),
    ("ix_user_task_candidate_group", ["candidate_group"]),
    ("ix_user_task_establishment_id", ["establishment_id"]),
)


def upgrade():
    for name, _columns in OLD:
        op.drop_index(name, table_name="user_task")
    op.drop_column("user_task", "search_text")
    for name, holds, columns in NEW:
        where = sa.text(holds)
        ops = {"region_path": "text_pattern_ops"} if "region_path" in columns else {}
        op.create_index(name, "user_task", columns, sqlite_where=where, postgresql_where=where, postgresql_ops=ops)


def downgrade():
    for name, _holds, _columns in NEW:
        op.drop_index(name, table_name="user_task")
    op.add_column("user_task", sa.Column("search_text", sa.String(length=400), nullable=False, server_default=""))
    for name, columns in OLD:
        op.create_index(name, "user_task", columns)
