"""instance migrations

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

import records.base

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "instance_migration",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("process_instance_id", sa.String(length=26), nullable=False),
        sa.Column("from_definition_id", sa.String(length=26), nullable=False),
        sa.Column("to_definition_id", sa.String(length=26), nullable=False),
        sa.Column("mapping", records.base.Json, nullable=False),
        sa.Column("mapping_hash", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("migrated_by", sa.String(length=64), nullable=False),
        sa.Column("migrated_at", records.base.Moment(), nullable=False),
        sa.Column("instance_version", sa.Integer(), nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=False),
        sa.Column("rows", records.base.Json, nullable=False),
        sa.Column("undone_at", records.base.Moment(), nullable=True),
        sa.Column("undone_by", sa.String(length=64), nullable=True),
        *[
            sa.ForeignKeyConstraint(
                [column], [target], name=op.f(f"fk_instance_migration_{column}"), initially="DEFERRED", deferrable=True
            )
            for column, target in (
                ("process_instance_id", "process_instance.id"),
                ("from_definition_id", "process_definition.id"),
                ("to_definition_id", "process_definition.id"),
            )
        ],
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instance_migration")),
    )
    for column in ("process_instance_id", "mapping_hash", "migrated_at"):
        op.create_index(op.f(f"ix_instance_migration_{column}"), "instance_migration", [column])


def downgrade():
    op.drop_table("instance_migration")
