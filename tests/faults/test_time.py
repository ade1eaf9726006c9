"""Workers that stop for longer than their lease, clocks that jump, processes that live in three time zones."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import select

from engine.model import Job, JobKind, JobState, UserTask
from records.clock import SystemClock
from tests.faults.city import LEASE, City, city
from tests.faults.conftest import times
from tests.faults.postgres import Postgres


def paused(town: City, name: str) -> psutil.Process:
    """The process of that role that stopped itself."""
    found: list[psutil.Process] = []

    def is_stopped() -> bool:
        found[:] = [each for each in town.children(name) if each.status() == psutil.STATUS_STOPPED]
        return bool(found)

    town.until(is_stopped)
    return found[0]


def to_order(town: City) -> str:
    case = town.case()
    for element, who in (("left", "inspector"), ("right", "lead")):
        town.person(who).surely_complete(town.task(case, element))
    return case


@pytest.mark.parametrize("point", ["before_effect", "after_effect"])
def test_a_worker_stopped_at_an_effect_is_refused_when_it_comes_back(town: City, point: str) -> None:
    town.rest()
    town.plan("worker", point, signal.SIGSTOP)
    case = to_order(town)
    stopped = paused(town, "worker")
    begun = time.monotonic()
    with town.database.reading() as session:
        job_id = session.scalars(select(Job.id).where(Job.idempotency_key == f"errand:{case}")).one()

    def done_by_another() -> bool:
        with town.database.reading() as session:
            return session.get_one(Job, job_id).state is JobState.DONE

    town.until(done_by_another)
    with town.database.reading() as session:
        done = session.get_one(Job, job_id)
    time.sleep(max(0.0, 2 * LEASE - (time.monotonic() - begun)))
    stopped.resume()
    town.task(case, "check")
    town.until(lambda: town.effects().count(f"errand:{case}") == 2)
    time.sleep(0.5)
    with town.database.reading() as session:
        now = session.get_one(Job, job_id)
        assert (now.state, now.done_at, now.fencing_token) == (JobState.DONE, done.done_at, done.fencing_token)


@pytest.mark.parametrize("point", ["after_lock", "before_commit"])
def test_a_worker_stopped_with_a_lock_does_not_hold_it_for_ever(town: City, point: str) -> None:
    """The server ends its transaction, another worker fires the timer, and the one that comes back changes nothing."""
    town.rest()
    town.plan("worker", point, signal.SIGSTOP)
    case = to_order(town)
    stopped = paused(town, "worker")
    town.task(case, "check")
    stopped.resume()
    time.sleep(0.5)
    assert [element for _task, element, _who in town.open_tasks(case)] == ["check"]


@pytest.fixture
def abroad(postgres: Postgres, tmp_path: Path) -> Iterator[City]:
    """Web in New York, one worker in Liuzhou, one on Kiritimati."""
    with city(postgres, tmp_path / "abroad") as made:
        made.open_web(1, TZ="America/New_York")
        made.open_worker(1, "east", TZ="Asia/Shanghai")
        made.open_worker(1, "far", TZ="Pacific/Kiritimati", PGTZ="Pacific/Kiritimati")
        yield made


def test_clocks_jump_in_three_time_zones(abroad: City) -> None:
    """Each clock leaps back and forth; timers fire once, none before its moment on the clock of who fired it."""
    leaps = [("web", 0), ("east", 3600), ("far", -7200), ("web", 5400), ("east", -86400), ("web", -60), ("far", 600)]
    cases = []
    for role, seconds in leaps * times(1, 4):
        (abroad.folder / f"clock-{role}").write_text(str(seconds))
        cases.append(to_order(abroad))
    for role in ("web", "east", "far"):
        (abroad.folder / f"clock-{role}").write_text("9000")  # later than whatever was set
    for case in cases:
        abroad.task(case, "check")
    abroad.finish()
    with abroad.database.reading() as session:
        for case in cases:
            timers = session.scalars(select(Job).where(Job.process_instance_id == case, Job.kind == JobKind.TIMER))
            assert [timer.state for timer in timers] == [JobState.DONE]
            checks = select(UserTask).where(UserTask.process_instance_id == case, UserTask.element_id == "check")
            assert len(session.scalars(checks).all()) == 1
    abroad.check(now=SystemClock().now())
