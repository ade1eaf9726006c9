"""chains of cases behind all others; numbers of the executor without their zeros; nothing said twice; a leaner index of what was done

Nothing that is hashed changes: the program knows chains and places by the names they had.

Revision ID: 0031
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

ZEROS = "00000000-0000-0000-"
DONE = "ix_user_task_done"
CHAINED = [
    sa.table(name, sa.column("chain")) for name in ("journal_entry", "journal_chain", "record_version", "sealed_head")
]
ENTRY = sa.table("journal_entry", sa.column("user_task_id"), sa.column("subject_id"))
PLACED = [sa.table(name, sa.column("execution_id")) for name in ("user_task", "event_subscription", "job")]


def upgrade():
    for table in CHAINED:
        shorter = sa.literal("z") + sa.func.substr(table.c.chain, 6)
        op.execute(table.update().where(table.c.chain.startswith("case:")).values(chain=shorter))
    for table in PLACED:
        shorter = sa.func.ltrim(sa.func.replace(table.c.execution_id, "-", ""), "0")
        op.execute(table.update().where(table.c.execution_id.startswith(ZEROS)).values(execution_id=shorter))
    op.execute(ENTRY.update().where(ENTRY.c.user_task_id == ENTRY.c.subject_id).values(user_task_id=""))
    op.drop_column("submission", "form_key")
    _index_done("completed_by", "completed_at")
    _pack()


def downgrade():
    for table in CHAINED:
        longer = sa.literal("case:") + sa.func.substr(table.c.chain, 2)
        of_case = table.c.chain.startswith("z") & ~table.c.chain.contains(":")
        op.execute(table.update().where(of_case).values(chain=longer))
    for table in PLACED:
        length = sa.func.length(table.c.execution_id)
        digits = sa.func.substr(sa.literal("0" * 16) + table.c.execution_id, length + 1)
        longer = sa.literal(ZEROS) + sa.func.substr(digits, 1, 4) + "-" + sa.func.substr(digits, 5)
        op.execute(table.update().where(length.between(1, 16)).values(execution_id=longer))
    op.execute(ENTRY.update().where(ENTRY.c.user_task_id == "").values(user_task_id=ENTRY.c.subject_id))
    op.add_column("submission", sa.Column("form_key", sa.String(length=100), nullable=True))
    place = sa.func.strpos if op.get_bind().dialect.name == "postgresql" else sa.func.instr
    given = sa.table("submission", sa.column("form_key"), sa.column("form_version"))
    key = sa.func.substr(given.c.form_version, 1, place(given.c.form_version, "@") - 1)
    op.execute(given.update().values(form_key=key))
    with op.batch_alter_table("submission") as batch:
        batch.alter_column("form_key", existing_type=sa.String(length=100), nullable=False)
    _index_done("completed_by", "completed_at", "id")
    _pack()


def _index_done(*columns):
    done = sa.text("state = 'completed'")
    op.drop_index(DONE, table_name="user_task")
    op.create_index(DONE, "user_task", columns, sqlite_where=done, postgresql_where=done)


def _pack():
    """The indexes without what they held before."""
    if op.get_bind().dialect.name == "postgresql":
        for table in CHAINED:
            op.execute(f"REINDEX TABLE {table.name}")
