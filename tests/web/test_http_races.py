"""Many requests at once: one completion, one winner, and a sentence for everybody else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select
from werkzeug.test import TestResponse

from engine.model import UserTask, UserTaskState
from records.journal import JournalEntry
from records.submissions import Submission
from records.verification import verify_store
from tests.web.world import World

pytest_plugins = ["tests.web.world_fixtures"]

Deed = Callable[[], TestResponse]


def at_once(*deeds: Deed) -> list[TestResponse]:
    """Do them in as many threads, all begun together."""
    ready = Barrier(len(deeds))

    def when_all_are(deed: Deed) -> TestResponse:
        ready.wait(30)
        return deed()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(when_all_are, deeds))


def extension(world: World) -> dict[str, object]:
    """The shortest complete answer to the open task of the business: a request for more time."""
    reason = "冷库配件需从厂家订货，下周到货"
    return {"kind": "extension", "days": 3, "reason": reason, "is_true": True}


def count(world: World, *conditions: object) -> int:
    with world.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Submission).where(*conditions)) or 0  # type: ignore[arg-type]


def test_ten_equal_completions_are_one(world: World) -> None:
    task_id, business = world.known.here.task_id, world.known.cast.business
    browsers = [world.browser(business) for _ in range(10)]
    body, headers = {"answers": extension(world)}, {"Idempotency-Key": "one-and-the-same"}

    def post(place: int) -> Deed:
        return lambda: browsers[place].post(f"/api/user-tasks/{task_id}/completion", json=body, headers=headers)

    answers = at_once(*(post(place) for place in range(10)))
    assert {answer.status_code for answer in answers} == {200}, [answer.get_json() for answer in answers]
    told = [answer.get_json() for answer in answers]
    assert Counter(each.pop("is_repeat") for each in told) == {False: 1, True: 9}
    assert all(each == told[0] for each in told)
    assert count(world, Submission.user_task_id == task_id) == 1
    with world.database.reading() as session:
        entries = select(func.count()).where(
            JournalEntry.verb == "user_task.completed", JournalEntry.subject_id == task_id
        )
        assert session.scalar(entries) == 1
        assert list(verify_store(session)) == []


def test_ten_completions_without_a_key_are_one_and_nine_refusals(world: World) -> None:
    task_id = world.known.here.task_id
    browsers = [world.browser(world.known.cast.business) for _ in range(10)]
    body = {"answers": extension(world)}

    def post(place: int) -> Deed:
        return lambda: browsers[place].post(f"/api/user-tasks/{task_id}/completion", json=body)

    answers = at_once(*(post(place) for place in range(10)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 9}
    assert count(world, Submission.user_task_id == task_id) == 1


def test_the_double_click_of_a_page(world: World) -> None:
    task_id = world.known.here.task_id
    form = {**extension(world), "is_true": "true", "_key": "page-opened-once"}
    browsers = [world.browser(world.known.cast.business) for _ in range(4)]

    def post(place: int) -> Deed:
        return lambda: browsers[place].post(f"/tasks/{task_id}/completion", data=form)

    answers = at_once(*(post(place) for place in range(4)))
    assert Counter(answer.status_code for answer in answers) == {303: 4}
    assert count(world, Submission.user_task_id == task_id) == 1


def test_two_who_claim_at_once(world: World) -> None:
    cast, task_id = world.known.cast, world.known.fresh.task_id
    assert world.browser(cast.inspector).post(f"/api/user-tasks/{task_id}/release", json={}).status_code in (204, 409)
    people = [cast.inspector, cast.colleague]
    browsers = [world.browser(person) for person in people]

    def claim(place: int) -> Deed:
        return lambda: browsers[place].post(f"/api/user-tasks/{task_id}/claim")

    answers = at_once(claim(0), claim(1))
    assert sorted(answer.status_code for answer in answers) == [204, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert (refused.mimetype, bool(refused.get_json()["detail"])) == ("application/problem+json", True)
    winner = people[[answer.status_code for answer in answers].index(204)]
    with world.database.reading() as session:
        assert session.get_one(UserTask, task_id).assignee_id == winner.id


def test_cancelling_while_completing(world: World) -> None:
    """Either the completion came first or the cancellation; never half of both."""
    here = world.known.here
    lead, business = world.browser(world.known.cast.lead), world.browser(world.known.cast.business)
    completed, cancelled = at_once(
        lambda: business.post(f"/api/user-tasks/{here.task_id}/completion", json={"answers": extension(world)}),
        lambda: lead.post(f"/api/process-instances/{here.case_id}/cancellation", json={"reason": "重复立案"}),
    )
    assert cancelled.status_code == 204
    assert completed.status_code in (200, 409)
    with world.database.reading() as session:
        states = list(session.scalars(select(UserTask.state).where(UserTask.process_instance_id == here.case_id)))
        assert UserTaskState.OPEN not in states
        assert list(verify_store(session)) == []


def test_drafts_from_two_windows(world: World) -> None:
    path = f"/tasks/{world.known.here.task_id}/draft"
    first = world.browser(world.known.cast.business)
    version = first.put(path, json={"answers": {"reason": "一"}, "version": None}).get_json()["version"]
    browsers = [world.browser(world.known.cast.business) for _ in range(5)]

    def put(place: int) -> Deed:
        return lambda: browsers[place].put(path, json={"answers": {"reason": str(place)}, "version": version})

    answers = at_once(*(put(place) for place in range(5)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 4}
