"""clock pauses

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

import records.base

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "clock_pause",
        sa.Column("process_instance_id", sa.String(length=26), nullable=False),
        sa.Column("user_task_id", sa.String(length=26), nullable=True),
        sa.Column("begins_at", records.base.Moment(), nullable=False),
        sa.Column("ends_at", records.base.Moment(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", records.base.Moment(), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("updated_at", records.base.Moment(), nullable=False),
        sa.Column("deleted_at", records.base.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["process_instance_id"],
            ["process_instance.id"],
            name=op.f("fk_clock_pause_process_instance_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_pause")),
    )
    with op.batch_alter_table("clock_pause", schema=None) as batch_op:
        batch_op.create_index("ix_clock_pause_instance", ["process_instance_id", "begins_at"], unique=False)
    with op.batch_alter_table("process_instance", schema=None) as batch_op:
        batch_op.add_column(sa.Column("clock_pauses", sa.Integer(), server_default="0", nullable=False))


def downgrade():
    with op.batch_alter_table("process_instance", schema=None) as batch_op:
        batch_op.drop_column("clock_pauses")
    op.drop_table("clock_pause")
