"""kill -9 at named points of a step: what was told is kept, what was kept is kept once, the next attempt goes on."""

from __future__ import annotations

import uuid

import pytest

from tests.faults.city import City
from tests.faults.person import LOST
from tests.faults.points import STEP


@pytest.mark.parametrize("point", STEP)
def test_a_web_process_killed_in_a_completion(town: City, point: str) -> None:
    case = town.case()
    task, person, key = town.task(case, "left"), town.person("inspector"), uuid.uuid4().hex
    assert person.claim(task, "inspector").status == 204
    mark = town.plan("web", point)
    with pytest.raises(LOST):
        person.complete(task, key)
    assert mark.exists()
    told = person._again(lambda: person.complete(task, key), 30)
    assert told.status == 200
    assert told.body["is_repeat"] is (point == "after_commit")


def test_workers_killed_at_each_point_of_a_timer(town: City) -> None:
    cases = []
    for point in STEP:
        case = town.case()
        for element, who in (("left", "inspector"), ("right", "lead")):
            town.person(who).surely_complete(town.task(case, element))
        town.until(town.plan("worker", point).exists)
        cases.append(case)
    for case in cases:
        town.task(case, "check")


@pytest.mark.parametrize("point", ["before_effect", "after_effect"])
def test_a_worker_killed_at_an_effect(town: City, point: str) -> None:
    town.rest()
    case = town.case()
    mark = town.plan("worker", point)
    for element, who in (("left", "inspector"), ("right", "lead")):
        town.person(who).surely_complete(town.task(case, element))
    town.until(mark.exists)
    key, often = f"errand:{case}", 1 if point == "before_effect" else 2
    town.until(lambda: town.effects().count(key) == often)
