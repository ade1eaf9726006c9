"""journal seals

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

import records.base

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "journal_seal",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed_at", records.base.Moment(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("public_key", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_journal_seal")),
    )
    op.create_table(
        "sealed_head",
        sa.Column("chain", sa.String(length=80), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("seal", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("chain", "seq", name=op.f("pk_sealed_head")),
    )
    with op.batch_alter_table("sealed_head", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sealed_head_seal"), ["seal"], unique=False)


def downgrade():
    op.drop_table("sealed_head")
    op.drop_table("journal_seal")
