"""each gap that a holder is asked about; on PostgreSQL what a trace reads lies beside the key, not in rows far away

Revision ID: 0029
Revises: 0028
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

LOT = "tlc, product_name, unit, state, produced_on, expires_on"
HOLDING = (
    "lot_id, holder_key, quantity_in, quantity_out, quantity_counted, expected_at_count, is_made, has_origin,"
    " has_mixed_units, is_in_transit"
)
LINK = "quantity, sent, received"


def upgrade() -> None:
    """One step forward; SQLite keeps rows under their keys anyway."""
    kind = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
    with op.batch_alter_table("gap_request") as batch_op:
        batch_op.add_column(sa.Column("items", kind, nullable=True))
    _remake(f" INCLUDE ({LINK})", f" INCLUDE ({HOLDING})")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"CREATE INDEX ix_lot_read ON lot (id) INCLUDE ({LOT})")


def downgrade() -> None:
    """One step back."""
    _remake("", "")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX ix_lot_read")
    with op.batch_alter_table("gap_request") as batch_op:
        batch_op.drop_column("items")


def _remake(link: str, holding: str) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, key, beside in (("lot_link", "parent_id, child_id", link), ("lot_holding", "id", holding)):
        op.execute(
            f"ALTER TABLE {table} DROP CONSTRAINT pk_{table}, ADD CONSTRAINT pk_{table} PRIMARY KEY ({key}){beside}"
        )
    op.execute("DROP INDEX ix_lot_link_back")
    op.execute(f"CREATE INDEX ix_lot_link_back ON lot_link (child_id, parent_id){link}")
