"""going back, side tasks, suspension of cases

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import records.base

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade():
    with op.batch_alter_table("process_instance", schema=None) as batch_op:
        batch_op.add_column(sa.Column("suspension", JSON, nullable=True))
        batch_op.add_column(sa.Column("side_tasks", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("user_task", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reopens_id", sa.String(length=26), nullable=True))
        batch_op.create_index(batch_op.f("ix_user_task_reopens_id"), ["reopens_id"], unique=False)
        batch_op.add_column(sa.Column("kind", sa.String(length=40), server_default="step", nullable=False))
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.add_column(sa.Column("withdrawn_at", records.base.Moment(timezone=True), nullable=True))
    op.create_table(
        "side_task",
        sa.Column("user_task_id", sa.String(), nullable=False),
        sa.Column("main_task_id", sa.String(length=26), nullable=False),
        sa.Column("process_instance_id", sa.String(length=26), nullable=False),
        sa.Column("asked_by", sa.String(length=26), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("files", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_task_id"],
            ["user_task.id"],
            name=op.f("fk_side_task_user_task_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("user_task_id", name=op.f("pk_side_task")),
    )
    with op.batch_alter_table("side_task", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_side_task_main_task_id"), ["main_task_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_side_task_process_instance_id"), ["process_instance_id"], unique=False)


def downgrade():
    op.drop_table("side_task")
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.drop_column("withdrawn_at")
    with op.batch_alter_table("user_task", schema=None) as batch_op:
        batch_op.drop_column("kind")
        batch_op.drop_index(batch_op.f("ix_user_task_reopens_id"))
        batch_op.drop_column("reopens_id")
    with op.batch_alter_table("process_instance", schema=None) as batch_op:
        batch_op.drop_column("side_tasks")
        batch_op.drop_column("suspension")
