"""fewer indexes on the journal: a case's entries are found by their chain

Revision ID: 0008
Revises: 0007
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

COLUMNS = {
    "ix_journal_entry_subject": ["subject_type", "subject_id"],
    "ix_journal_entry_actor_id": ["actor_id"],
    "ix_journal_entry_process_instance_id": ["process_instance_id"],
}


def upgrade():
    for name in COLUMNS:
        op.drop_index(name, table_name="journal_entry")


def downgrade():
    for name, columns in COLUMNS.items():
        op.create_index(name, "journal_entry", columns)
