"""Called processes: which version a case gets, and calls inside of iterations, branches and edges."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.definitions import current_row
from engine.deployment import Bundle, DeploymentRefusedError
from engine.engine import Engine
from engine.invariants import check_invariants
from engine.model import InstanceState, ProcessDefinition, ProcessInstance, UserTask, UserTaskState
from records.clock import FixedClock
from records.db import Database
from tests.engine.moves import again, begun, compiled, complete, fire, open_tasks
from tests.engine.toys import FAMILY, HELPER, chain
from tests.engine.toys_events import MESSAGE, REFERENCES, behind, boundary, end, timer, toy
from tests.factories import Cast

AGAIN = Bundle("helper", HELPER.bpmn.replace("协助".encode(), "协办".encode()), HELPER.forms, {})
MANY = (
    '<multiInstanceLoopCharacteristics isSequential="{}"><loopDataInputRef>b.items</loopDataInputRef>'
    '<inputDataItem id="thing"/></multiInstanceLoopCharacteristics>'
)


def names(database: Database, case: ProcessInstance) -> dict[str, str]:
    with database.reading() as session:
        found = select(UserTask).where(UserTask.process_instance_id == case.id, UserTask.state == UserTaskState.OPEN)
        return {task.element_id: task.name for task in session.scalars(found)}


def test_a_case_keeps_the_called_version_that_was_deployed_when_it_began(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    with database.unit_of_work() as session:
        engine.deploy_all(session, [FAMILY, HELPER], cast.admin)
        early = engine.start(session, "family", {}, cast.lead)
    clock.advance(minutes=1)
    with database.unit_of_work() as session:
        engine.deploy(session, AGAIN, cast.admin)
        late = engine.start(session, "family", {}, cast.lead)
        family, helper = current_row(session, "family"), current_row(session, "helper")
        assert (family.version, helper.version) == (2, 2) and family.called == {"helper": helper.id}
    assert (names(database, early)["assist"], names(database, late)["assist"]) == ("协助", "协办")
    clock.advance(minutes=1)
    with database.unit_of_work() as session:
        engine.deploy(session, HELPER, cast.admin)
        assert current_row(session, "family").version == 1
        assert session.query(ProcessDefinition).count() == 4
    for case in (early, late):
        while names(database, case):
            with database.unit_of_work() as session:
                open_ones = select(UserTask).where(
                    UserTask.process_instance_id == case.id, UserTask.state == UserTaskState.OPEN
                )
                task = session.scalars(open_ones).first()
                assert task is not None
                who = cast.inspector if task.candidate_group == "INS" else cast.lead
                answers = {"verdict": "x"} if task.element_id == "each" else {"text": "x"}
                engine.complete(session, task.id, answers, who)
    with database.reading() as session:
        assert {session.get_one(ProcessInstance, case.id).state for case in (early, late)} == {InstanceState.COMPLETED}
        assert list(check_invariants(session)) == []


def test_a_called_process_may_not_leave_its_callers_behind(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    told = HELPER.bpmn.replace(
        b'<startEvent id="asked"/>', f'<startEvent id="asked">{MESSAGE}</startEvent>'.encode()
    ).replace(b'targetNamespace="t">', b'targetNamespace="t">' + REFERENCES.encode())
    with database.unit_of_work() as session:
        engine.deploy_all(session, [FAMILY, HELPER], cast.admin)
    clock.advance(minutes=1)
    with pytest.raises(DeploymentRefusedError) as refusal, database.unit_of_work() as session:
        engine.deploy(session, Bundle("helper", told, HELPER.forms, {}), cast.admin)
    assert [(f.slug, f.element) for f in refusal.value.findings] == [("not-callable", "helped")]


@pytest.mark.parametrize("sequential", ["true", "false"])
def test_calls_are_iterated_each_with_its_own_data(sequential: str) -> None:
    made = compiled(toy(
        f'<callActivity id="call" calledElement="helper">{MANY.format(sequential)}</callActivity>' + end("e"),
        chain("b", "call", "e"),
    ), HELPER.bpmn)  # fmt: skip
    execution = begun(made)
    for number in range(3):
        assert open_tasks(execution) == ["assist"] * (1 if sequential == "true" else 3 - number)
        assert execution.user_tasks()[0].data["thing"]["name"] == "甲乙丙"[number]
        complete(execution, "assist", {"text": str(number)})
        execution = again(made, execution) if not execution.is_completed else execution
    assert execution.is_completed
    assert [one["assist"]["text"] for one in execution.data["call"]] == ["0", "1", "2"]


def test_late_iterations_of_calls_in_parallel_branches_go_together() -> None:
    inner = (
        f'<subProcess id="each">{MANY.format("false")}<startEvent id="eb"/><parallelGateway id="s"/>'
        '<callActivity id="call" calledElement="helper"/><userTask id="one"/><parallelGateway id="j"/>' + end("ee")
        + chain("eb", "s", "call", "j", "ee") + chain("s", "one", "j") + "</subProcess>"
    )  # fmt: skip
    made = compiled(toy(
        inner + boundary("over", "each", timer("PT2H")) + '<parallelGateway id="f"/><userTask id="beside"/>'
        + '<exclusiveGateway id="x"/><parallelGateway id="end_join"/>' + end("e"),
        chain("b", "f", "each", "x", "end_join", "e") + chain("f", "beside", "end_join") + chain("over", "x"),
    ), HELPER.bpmn)  # fmt: skip
    execution = again(made, begun(made))
    assert open_tasks(execution) == ["assist"] * 3 + ["beside"] + ["one"] * 3
    complete(execution, "one")
    fire(execution, "over")
    assert open_tasks(execution) == ["beside"] and execution.timers() == []
    complete(again(made, execution), "beside")
    complete(execution, "beside")
    assert execution.is_completed and execution.end_element == "e"


def test_an_iteration_that_is_late_leaves_the_others() -> None:
    inner = (
        f'<subProcess id="each">{MANY.format("false")}<startEvent id="eb"/>'
        '<callActivity id="call" calledElement="helper"/>' + end("ee") + chain("eb", "call", "ee")
        + boundary("over", "call", timer("PT2H")) + behind("over") + "</subProcess>"
    )  # fmt: skip
    made = compiled(toy(inner + end("e"), chain("b", "each", "e")), HELPER.bpmn)
    execution = begun(made)
    fire(execution, "over")
    assert open_tasks(execution) == ["assist", "assist", "over_work"]
    execution = again(made, execution)
    for element in ("over_work", "assist", "assist"):
        complete(execution, element)
    assert execution.is_completed
