"""Several people at the same moment: one of them did it, the others are told, and nothing is half of both."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from engine.model import InstanceState, ProcessInstance, UserTask, UserTaskState
from engine.suspension import ClockPolicy
from records.submissions import Submission
from tests.faults.city import City
from tests.faults.conftest import times
from tests.faults.load import at_once
from tests.faults.person import Answer


def statuses(told: list[object]) -> Counter[int]:
    assert all(isinstance(one, Answer) for one in told), told
    return Counter(one.status for one in told if isinstance(one, Answer))


def completing(town: City, task: str, who: str = "inspector") -> Callable[[], Answer]:
    person, key = town.person(who), uuid.uuid4().hex
    return lambda: person.complete(task, key)


def posting(town: City, path: str, body: dict[str, str]) -> Callable[[], Answer]:
    lead = town.person("lead")
    return lambda: lead.post(path, body)


def test_many_complete_one_task(town: City) -> None:
    """With a key of each: one is told yes, the others that it is done."""
    rounds, people = times(5, 50), times(10, 20)
    for _round in range(rounds):
        task = town.task(town.case(), "left")
        who = [("inspector", "colleague")[place % 2] for place in range(people)]
        told = at_once([completing(town, task, name) for name in who])
        assert statuses(told) == {200: 1, 409: people - 1}


def test_two_branches_at_once(town: City) -> None:
    for _round in range(times(3, 50)):
        case = town.case()
        left, right = town.task(case, "left"), town.task(case, "right")
        told = at_once([completing(town, left), completing(town, right, "lead")])
        assert statuses(told) == {200: 2}
        town.task(case, "check")


@pytest.mark.parametrize("key", ["one-and-the-same-", None])
def test_the_same_form_ten_times(town: City, key: str | None) -> None:
    task = town.task(town.case(), "left")
    own = None if key is None else key + task
    told = at_once([lambda: town.person("inspector").complete(task, own)] * 10)
    assert statuses(told) == ({200: 10} if key else {200: 1, 409: 9})
    with town.database.reading() as session:
        assert session.scalar(select(func.count()).where(Submission.user_task_id == task)) == 1


def test_completing_against_cancelling(town: City) -> None:
    for _round in range(times(4, 40)):
        case = town.case()
        task = town.task(case, "left")
        told = at_once(
            [
                completing(town, task),
                posting(town, f"/api/process-instances/{case}/cancellation", {"reason": "重复立案"}),
            ]
        )
        completed, cancelled = (one.status for one in told if isinstance(one, Answer))
        assert cancelled == 204 and completed in (200, 409)
        assert town.open_tasks(case) == []


def test_completing_against_reassigning(town: City) -> None:
    """Whoever has it in the end, or completed it, is one person; a completion after the handing-over is refused."""
    for _round in range(times(4, 40)):
        task = town.task(town.case(), "left")
        town.person("inspector").claim(task, "inspector")
        given = {"assignee_id": town.cast.colleague.id}
        told = at_once(
            [
                completing(town, task),
                posting(town, f"/api/user-tasks/{task}/assignment", given),
            ]
        )
        completed, assigned = (one.status for one in told if isinstance(one, Answer))
        assert (completed, assigned) in ((200, 409), (409, 204), (403, 204)), told
        with town.database.reading() as session:
            row = session.get_one(UserTask, task)
            assert row.completed_by == (town.cast.inspector.id if completed == 200 else None)


def test_completing_against_suspending(town: City) -> None:
    """Done before it was suspended, or refused while it is; when it goes on, what was refused can be done."""
    for _round in range(times(4, 40)):
        case = town.case()
        task = town.task(case, "left")

        def suspend(case: str = case) -> str:
            with town.database.unit_of_work() as session:
                town.engine.suspend(session, case, "等待检验结果", "", ClockPolicy.RUN, town.cast.lead)
            return "suspended"

        completed, suspended = at_once([completing(town, task), suspend])
        assert isinstance(completed, Answer) and completed.status in (200, 409)
        assert suspended == "suspended"
        assert town.person("inspector").complete(task).status == 409
        with town.database.unit_of_work() as session:
            town.engine.resume(session, case, "检验结果已出", town.cast.lead)
        if completed.status == 409:
            assert town.person("inspector").complete(task).status == 200
        town.person("lead").surely_complete(town.task(case, "right"))
        town.task(case, "check")


def test_completing_against_a_timer(town: City) -> None:
    """At the moment when the timer takes it away: done in time or taken away, never both, never neither."""
    cases = [town.case("hurry") for _ in range(times(8, 40))]
    tasks = {case: town.task(case, "work") for case in cases}
    with town.database.reading() as session:
        begun = session.scalar(select(func.min(UserTask.created_at)).where(UserTask.id.in_(tasks.values())))
    assert begun is not None
    time.sleep(max(0.0, begun.timestamp() + 2.0 - time.time()))
    told = at_once([completing(town, task) for task in tasks.values()])
    done = dict(zip(cases, told, strict=True))

    def settled() -> bool:
        with town.database.reading() as session:
            active = select(ProcessInstance.id).where(ProcessInstance.id.in_(cases))
            active = active.where(ProcessInstance.state == InstanceState.ACTIVE)
            return all(
                [name for _task, name, _who in town.open_tasks(case)] == ["talk"] for case in session.scalars(active)
            )

    town.until(settled)
    with town.database.reading() as session:
        for case, answer in done.items():
            assert isinstance(answer, Answer) and answer.status in (200, 409)
            state = session.get_one(UserTask, tasks[case]).state
            assert state is (UserTaskState.COMPLETED if answer.status == 200 else UserTaskState.CANCELLED)
            end = session.get_one(ProcessInstance, case).end_element
            assert end == ("done" if answer.status == 200 else None)
