"""journal entries say nothing twice: known by chain and number, hashes as bytes, no hash of the entry before

What was hashed stays as it was: entries keep the id that they were hashed with.

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

import records.base

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

Digest, Moment, Json = records.base.Digest, records.base.Moment, records.base.Json
STRANGE = (
    "SELECT count(*) FROM journal_entry WHERE coalesce(process_instance_id, '')"
    " <> CASE WHEN chain LIKE 'case:%' THEN substr(chain, 6) ELSE '' END"
)
ENTERED = (
    "UPDATE record_version SET"
    " chain = (SELECT chain FROM journal_entry e WHERE e.id = record_version.journal_entry_id),"
    " seq = (SELECT seq FROM journal_entry e WHERE e.id = record_version.journal_entry_id)"
)


def upgrade():
    connection = op.get_bind()
    if connection.scalar(sa.text(STRANGE)):
        raise RuntimeError("journal entries are not in the chain of their case: run `flask verify-journal` first")
    op.add_column("record_version", sa.Column("chain", sa.String(length=80), nullable=True))
    op.add_column("record_version", sa.Column("seq", sa.Integer(), nullable=True))
    op.execute(ENTERED)
    op.drop_index("ix_journal_entry_submission_id", table_name="journal_entry")
    op.drop_index("ix_submission_process_instance_id", table_name="submission")
    if connection.dialect.name == "sqlite":
        _rebuild(connection)
    else:
        _alter()


def downgrade():
    raise NotImplementedError("entries written since have no id")


def _alter():
    op.drop_constraint("fk_record_version_journal_entry_id", "record_version", type_="foreignkey")
    op.drop_column("record_version", "journal_entry_id")
    for name in ("chain", "seq"):
        op.alter_column("record_version", name, nullable=False)
    op.drop_constraint("pk_journal_entry", "journal_entry", type_="primary")
    op.drop_constraint("uq_journal_entry_chain_seq", "journal_entry", type_="unique")
    for name in ("prev_hash", "process_instance_id"):
        op.drop_column("journal_entry", name)
    op.alter_column("journal_entry", "id", nullable=True)
    op.create_primary_key("pk_journal_entry", "journal_entry", ["chain", "seq"])
    for table, name in (
        ("journal_entry", "hash"), ("journal_entry", "submission_hash"), ("journal_chain", "hash"), ("sealed_head", "hash"),
    ):  # fmt: skip
        op.alter_column(table, name, type_=Digest(), postgresql_using=f"decode({name}, 'hex')")


def _rebuild(connection):
    """SQLite knows no bytes of hexadecimal digits, and makes a table anew for another key."""
    driver = connection.connection.driver_connection
    driver.create_function("digest", 1, lambda digits: None if digits is None else bytes.fromhex(digits))
    with op.batch_alter_table("record_version", recreate="always") as batch:
        batch.drop_constraint("fk_record_version_journal_entry_id", type_="foreignkey")
        batch.drop_column("journal_entry_id")
        for name, kind in (("chain", sa.String(length=80)), ("seq", sa.Integer())):
            batch.alter_column(name, existing_type=kind, nullable=False)
    for name, key in (("journal_entry", ("chain", "seq")), ("journal_chain", ("chain",))):
        _anew(name, *_columns(name), sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")), sqlite_with_rowid=False)
    _anew("sealed_head", *_columns("sealed_head"), sa.PrimaryKeyConstraint("chain", "seq", name=op.f("pk_sealed_head")))
    op.create_index("ix_sealed_head_seal", "sealed_head", ["seal"])


def _columns(name):
    chain = sa.Column("chain", sa.String(length=80), nullable=False)
    seq = sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False)
    digest = sa.Column("hash", Digest(), nullable=False)
    if name == "journal_chain":
        return chain, seq, digest
    if name == "sealed_head":
        return chain, seq, digest, sa.Column("seal", sa.Integer(), nullable=False)
    return (
        chain, seq, sa.Column("id", sa.String(length=26), nullable=True), digest,
        sa.Column("at", Moment(), nullable=False), sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("actor_name", sa.String(length=80), nullable=False), _text("on_behalf_of", 64),
        _text("remote_address", 64), sa.Column("verb", sa.String(length=60), nullable=False),
        sa.Column("subject_type", sa.String(length=60), nullable=False),
        sa.Column("subject_id", sa.String(length=80), nullable=False), _text("user_task_id", 26),
        _text("form_version", 120), _text("submission_id", 26), sa.Column("submission_hash", Digest(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True), sa.Column("before", Json, nullable=True),
        sa.Column("after", Json, nullable=True),
    )  # fmt: skip


def _text(name, length):
    return sa.Column(name, sa.String(length=length), nullable=True)


def _anew(name, *parts, **how):
    made = op.create_table(f"{name}_anew", *parts, **how)
    old = sa.table(name, *(sa.column(column.name) for column in made.columns))
    values = [sa.func.digest(c) if c.name in ("hash", "submission_hash") else c for c in old.columns]
    op.execute(made.insert().from_select(old.columns.keys(), sa.select(*values)))
    op.drop_table(name)
    op.rename_table(f"{name}_anew", name)
