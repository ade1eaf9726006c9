"""One instance that breaks whatever touches it does not keep the others waiting."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine.model import Incident, InstanceState, Job, JobKind, JobState, ProcessInstance
from tests.faults.city import City, city
from tests.faults.conftest import times
from tests.faults.postgres import Postgres


@pytest.fixture
def hasty(postgres: Postgres, tmp_path: Path) -> Iterator[City]:
    """An installation whose workers try again soon."""
    with city(postgres, tmp_path / "hasty", {"FAULTS_BACK_OFF": "0.2"}) as made:
        made.open_worker(2)
        yield made


def test_one_poisoned_among_many(hasty: City) -> None:
    many = times(60, 1000)
    answers = {"establishment": hasty.cast.business.establishment_id}
    with hasty.database.unit_of_work() as session:
        for place in range(many):
            note = "poison" if place == many // 3 else ""
            hasty.engine.start(session, "brew", answers | {"note": note}, hasty.cast.lead)

    def count(*conditions: object) -> int:
        with hasty.database.reading() as session:
            return session.scalar(select(func.count()).where(*conditions)) or 0  # type: ignore[arg-type]

    hasty.until(lambda: count(ProcessInstance.state == InstanceState.COMPLETED) == many - 1, 240)
    hasty.until(lambda: count(Incident.resolved_at.is_(None)) == 1)
    with hasty.database.reading() as session:
        sick = session.scalars(select(Job).where(Job.kind == JobKind.TIMER, Job.state != JobState.DONE)).one()
        assert sick.state is JobState.INCIDENT and "poisoned" in (sick.last_error or "")
        assert session.scalars(select(Incident.process_instance_id)).one() == sick.process_instance_id
    hasty.check()
