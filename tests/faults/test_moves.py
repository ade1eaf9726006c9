"""Redeployed under load, dumped under load and restored elsewhere: every case finishes."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from sqlalchemy import func, select

from engine import definitions
from engine.migration import Outcome, migrate_all, running_on
from engine.migration_plan import make_plan
from engine.model import InstanceState, ProcessDefinition, ProcessInstance
from records.clock import SystemClock
from records.people import SYSTEM
from tests.faults.city import City, city
from tests.faults.conftest import times
from tests.faults.errands import ERRAND, PROCESSES
from tests.faults.load import load

WHY = "换用新版本流程继续办理"


def test_redeployed_under_load(town: City) -> None:
    """Running cases keep their version; new ones take the new one; nobody is turned away."""
    with town.database.reading() as session:
        before = session.scalar(select(func.max(ProcessDefinition.version)).where(ProcessDefinition.key == "errand"))
    assert before is not None
    with load(town) as people:
        for number in range(times(3, 20)):
            done = people.done
            town.until(lambda done=done: people.done > done + 4)
            changed = replace(ERRAND, bpmn=ERRAND.bpmn.replace("审核".encode(), f"第{before + number}版审核".encode()))
            with town.database.unit_of_work() as session:
                town.engine.deploy(session, changed, SYSTEM)
        done = people.done
        town.until(lambda: people.done > done + 4)
    with town.database.reading() as session:
        used = session.scalars(select(ProcessInstance.definition_id).distinct()).all()
        assert len(used) > 1


def test_moved_to_another_version_under_load(town: City) -> None:
    """Every running case is moved while people work on it; none stands still, none loses a step."""
    outcomes: Counter[Outcome] = Counter()
    with load(town) as people:
        for number in range(times(2, 10)):
            done = people.done
            town.until(lambda done=done: people.done > done + 4)
            with town.database.unit_of_work() as session:
                before = definitions.current(session, "errand")
                changed = replace(ERRAND, bpmn=ERRAND.bpmn.replace(b'id="done"', f'id="done" name="{number}"'.encode()))
                after = town.engine.deploy(session, changed, SYSTEM)
                plan = make_plan(before, definitions.by_id(session, after.id))
                chosen = running_on(session, before.id)
            moving = migrate_all(
                town.database, SystemClock(), PROCESSES, plan, chosen, SYSTEM, "换用新版本流程继续办理"
            )
            outcomes.update(item.outcome for item in moving)
        done = people.done
        town.until(lambda: people.done > done + 4)
    assert outcomes[Outcome.MOVED] > 0


def test_dumped_under_load_and_restored_elsewhere(town: City, tmp_path: Path) -> None:
    with load(town):
        time.sleep(1.0)
        town.postgres.run("pg_dump", "--format=custom", f"--file={tmp_path / 'dump'}", town.name)
    with city(town.postgres, tmp_path / "elsewhere", restored=tmp_path / "dump") as other:
        with other.database.reading() as session:
            active = select(func.count()).where(ProcessInstance.state == InstanceState.ACTIVE)
            assert session.scalar(active)
        shutil.copyfile(town.folder / "effects", other.folder / "effects")  # what was done outside stays done
        other.open_web(1)
        other.open_worker()
        other.finish()
        other.check()
