"""steps of instances, in place of snapshots and visits

Revision ID: 0006
Revises: 0005
"""

from datetime import timedelta
from itertools import groupby

import sqlalchemy as sa
from alembic import op

import records.base

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ONE_STEP = timedelta(milliseconds=1)  # the visits of one step lay microseconds apart


def upgrade():
    step = op.create_table(
        "instance_step",
        sa.Column("process_instance_id", sa.String(length=26), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", records.base.Moment(), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("passed", records.base.Json, nullable=False),
        sa.Column("is_base", sa.Boolean(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["process_instance_id"],
            ["process_instance.id"],
            name=op.f("fk_instance_step_process_instance_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("process_instance_id", "version", name=op.f("pk_instance_step")),
    )
    connection = op.get_bind()
    old = sa.MetaData()
    old.reflect(connection, only=("instance_snapshot", "element_visit", "process_instance"))
    _retype(old.tables["element_visit"], old.tables["process_instance"])
    for rows in _steps_by_instance(connection, old.tables):
        connection.execute(step.insert(), rows)
    op.drop_table("instance_snapshot")
    op.drop_table("element_visit")


def _retype(visit, instance):
    visit.c.at.type = records.base.Moment()
    instance.c.started_at.type = records.base.Moment()


def _steps_by_instance(connection, tables):
    snapshot, visit, instance = (tables[n] for n in ("instance_snapshot", "element_visit", "process_instance"))
    visits = connection.execute(
        sa.select(visit.c.process_instance_id, visit.c.process_key, visit.c.element_id, visit.c.at, visit.c.actor_id)
        .order_by(visit.c.process_instance_id, visit.c.at, visit.c.id)
    ).all()  # fmt: skip
    passed = {key: list(own) for key, own in groupby(visits, key=lambda v: v.process_instance_id)}
    kept = connection.execute(
        sa.select(snapshot, instance.c.started_at, instance.c.started_by).join(
            instance, instance.c.id == snapshot.c.process_instance_id
        )
    ).all()
    for one in kept:
        yield _steps(one, passed.get(one.process_instance_id, []))


def _steps(kept, visits):
    """One row per step, the last with the whole state. Steps that passed nothing leave no row but the last."""
    steps, before = [], None
    for visit in visits:
        if (before is None or visit.at - before > ONE_STEP) and len(steps) < kept.version:
            steps.append({"at": visit.at, "actor_id": visit.actor_id, "passed": {}})
        steps[-1]["passed"].setdefault(visit.process_key, []).append(visit.element_id)
        before = visit.at
    if not steps:
        steps.append({"at": kept.started_at, "actor_id": kept.started_by, "passed": {}})
    first = kept.version - len(steps) + 1
    for version, step in enumerate(steps, start=first):
        step |= {"process_instance_id": kept.process_instance_id, "version": version, "is_base": False, "state": None}
    steps[-1] |= {"is_base": True, "state": kept.state}
    return steps


def downgrade():
    raise NotImplementedError("the state of running instances cannot be written as the first release did")
