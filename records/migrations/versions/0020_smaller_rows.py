"""fewer and smaller indexes; steps and heads of chains kept in the index of their key

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

BY_PREFIX = {"region_path": "text_pattern_ops"}
SCOPE = "ix_process_instance_scope"


def upgrade():
    op.drop_index("ix_process_instance_region_path", table_name="process_instance")
    op.drop_index(SCOPE, table_name="process_instance")
    op.create_index(SCOPE, "process_instance", ["region_path", "state", "started_at"], postgresql_ops=BY_PREFIX)
    for name in ("ix_user_task_mine", "ix_user_task_reopens_id"):
        op.drop_index(name, table_name="user_task")
    mine = "state = 'open' AND assignee_id IS NOT NULL"
    _part("ix_user_task_mine", "user_task", ["assignee_id", "sort_due", "id"], mine)
    _part("ix_user_task_reopens_id", "user_task", ["reopens_id"], "reopens_id IS NOT NULL")
    op.drop_index("ix_submission_idempotency_key", table_name="submission")
    _part("ix_submission_idempotency_key", "submission", ["idempotency_key"], "idempotency_key IS NOT NULL")
    _in_key(sqlite_with_rowid=False)


def downgrade():
    op.create_index("ix_process_instance_region_path", "process_instance", ["region_path"])
    op.drop_index(SCOPE, table_name="process_instance")
    op.create_index(SCOPE, "process_instance", ["region_path", "state", "started_at"])
    for name in ("ix_user_task_mine", "ix_user_task_reopens_id"):
        op.drop_index(name, table_name="user_task")
    _part("ix_user_task_mine", "user_task", ["assignee_id", "state", "sort_due", "id"], "assignee_id IS NOT NULL")
    op.create_index("ix_user_task_reopens_id", "user_task", ["reopens_id"])
    op.drop_index("ix_submission_idempotency_key", table_name="submission")
    op.create_index("ix_submission_idempotency_key", "submission", ["idempotency_key"])
    _in_key(sqlite_with_rowid=True)


def _part(name, table, columns, holds):
    where = sa.text(holds)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def _in_key(**how):
    if op.get_bind().dialect.name == "sqlite":
        for name in ("instance_step", "journal_chain"):
            with op.batch_alter_table(name, recreate="always", table_kwargs=how):
                pass
