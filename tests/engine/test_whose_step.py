"""What a form says of who does a step: who may begin, whose business, who is independent; and a rule's own clock."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from engine.deployment import Bundle
from engine.engine import Engine
from engine.errors import FourEyesSubstituteError
from engine.jobs import run_due
from engine.model import Job, JobKind, Notification, ProcessInstance, UserTask, UserTaskState
from engine.process import Step, process
from engine.queries.cases import seen_cases
from records.absences import Absence, AbsenceScope
from records.clock import ZONE, FixedClock
from records.db import Database
from records.errors import ForbiddenError, NotFoundError
from records.registry import Establishment
from records.store import Store
from tests.engine.toys import START, chain, form, lanes, model
from tests.factories import Cast, establishment

SHARES = "".join(
    f'<boundaryEvent id="at_{percent}" attachedToRef="asked" cancelActivity="false"><timerEventDefinition>'
    f'<timeDate>deadline_share("R-PUB-01", begin._at, {percent})</timeDate></timerEventDefinition></boundaryEvent>'
    f'<serviceTask id="tell_{percent}"/><endEvent id="told_{percent}"/>'
    + chain(f"at_{percent}", f"tell_{percent}", f"told_{percent}")
    for percent in (50, 100)
)
BUNDLE = Bundle(
    "opinion",
    model(
        "opinion",
        lanes(INS="begin draft", LEAD="check", BIZ="say")
        + '<startEvent id="begin"/><userTask id="draft" name="起草"/><userTask id="check" name="审核"/>'
        + '<serviceTask id="stop"/><subProcess id="asked"><startEvent id="b"/><userTask id="say" name="答复"/>'
        + '<serviceTask id="go"/><userTask id="wait" name="等候"/><endEvent id="e"/>'
        + chain("b", "say", "go", "wait", "e") + "</subProcess>"
        + SHARES + '<endEvent id="done"/>' + chain("begin", "draft", "check", "stop", "asked", "done"),
    ).replace(b'<lane id="LEAD" name="LEAD">', b'<lane id="LEAD" name="LEAD"><flowNodeRef>wait</flowNodeRef>'),
    {
        "begin": {**START, "properties": {"title": "发起", "starters": ["DISC"]}},
        "draft": form("text", properties={"assignee": "begin._by"}),
        "check": form("text", properties={"independent_of": ["draft"]}),
        "say": form("text", properties={"establishment": "stop.whom"}),
        "wait": form("text"),
    },
    {},
)  # fmt: skip


def stop(step: Step) -> dict[str, object]:
    step.stop_clock("R-PUB-01", "征求第三方意见", "政府信息公开条例第三十二条")
    step.stop_clock("R-PUB-01", "征求第三方意见")
    return {"whom": step.data["check"]["text"]}


def go(step: Step) -> None:
    step.let_clock_go("R-PUB-01", "第三方已答复")


def tell_50(step: Step) -> None:
    step.notify([step.instance.started_by], "half", "一半")


def tell_100(step: Step) -> None:
    step.notify([step.instance.started_by], "whole", "到期")


class Told:
    """The toy's case, told."""

    def __init__(self, database: Database, clock: FixedClock, cast: Cast) -> None:
        self.database, self.clock, self.cast = database, clock, cast
        self.engine = Engine({"opinion": process("opinion", stop, go, tell_50, tell_100)}, clock)
        with database.unit_of_work() as session:
            self.engine.deploy_all(session, [BUNDLE], cast.admin)
            self.case = self.engine.start(session, "opinion", {"note": "无"}, cast.disclosure).id
            self.other = establishment(Store(session, clock, cast.admin), name="邻区豆制品厂", region_code="450204").id

    def do(self, element: str, actor: object, text: str = "好") -> None:
        with self.database.unit_of_work() as session:
            task = session.query(UserTask).filter_by(element_id=element, state=UserTaskState.OPEN).one()
            self.engine.complete(session, task.id, {"text": text}, actor)  # type: ignore[arg-type]

    def work(self) -> None:
        while run_due(self.database, self.engine, {}, self.clock):
            pass

    def told(self) -> list[str]:
        with self.database.reading() as session:
            mine = session.query(Notification).filter_by(user_id=self.cast.disclosure.id).order_by(Notification.id)
            return [each.kind for each in mine if each.kind in ("half", "whole")]

    def due(self, element: str) -> str:
        with self.database.reading() as session:
            job = session.query(Job).filter_by(kind=JobKind.TIMER, element_id=element).one()
            return job.due_at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


@pytest.fixture
def told(database: Database, clock: FixedClock, cast: Cast) -> Told:
    return Told(database, clock, cast)


def test_roles_that_the_form_names_may_begin_and_others_may_not(told: Told, cast: Cast) -> None:
    with told.database.unit_of_work() as session:
        told.engine.start(session, "opinion", {"note": "无"}, cast.inspector)
        with pytest.raises(ForbiddenError):
            told.engine.start(session, "opinion", {"note": "无"}, cast.manager)


def test_who_stands_in_for_the_author_is_not_independent_even_in_person(told: Told, cast: Cast) -> None:
    told.do("draft", cast.disclosure)
    with told.database.unit_of_work() as session:
        away = Absence(
            user_id=cast.disclosure.id, substitute_id=cast.lead.id, starts_on=date(2026, 11, 18),
            ends_on=date(2026, 11, 19), scope=AbsenceScope.ALL, region_code="450203", region_path=cast.lead.region_path,
        )  # fmt: skip
        Store(session, told.clock, cast.admin).add(away)
    with pytest.raises(FourEyesSubstituteError):
        told.do("check", cast.lead)
    told.clock.advance(days=2)  # the absence is over
    told.do("check", cast.lead, told.other)


def test_who_passed_the_draft_on_is_not_independent(told: Told, cast: Cast) -> None:
    with told.database.unit_of_work() as session:
        task = session.query(UserTask).filter_by(element_id="draft").one()
        task.delegated_by, task.assignee_id = cast.lead.id, cast.inspector.id
    told.do("draft", cast.inspector)
    with pytest.raises(FourEyesSubstituteError):
        told.do("check", cast.lead)


def test_the_business_that_is_asked_sees_its_step_and_not_the_case(told: Told, cast: Cast) -> None:
    told.do("draft", cast.disclosure)
    own = str(cast.business.establishment_id)
    told.do("check", cast.lead, own)
    with told.database.reading() as session:
        task = session.query(UserTask).filter_by(element_id="say").one()
        assert task.establishment_id == own
        assert session.query(ProcessInstance).filter(seen_cases(cast.business)).all() == []
    told.do("say", cast.business)


def test_another_business_does_not_know_of_the_step(told: Told, cast: Cast) -> None:
    told.do("draft", cast.disclosure)
    told.do("check", cast.lead, told.other)
    with told.database.reading() as session:
        task = session.query(UserTask).filter_by(element_id="say").one()
        assert task.region_path == session.get_one(Establishment, told.other).region_path
    with pytest.raises(NotFoundError):
        told.do("say", cast.business)


def test_only_the_deadlines_of_the_rule_leave_its_pause_out(told: Told, cast: Cast) -> None:
    told.do("draft", cast.disclosure)
    own = str(cast.business.establishment_id)
    told.do("check", cast.lead, own)  # Wednesday 18 November: the clock stands from its first day
    assert told.due("at_100") == "2026-12-17 00:00"  # 20 working days
    told.clock.move_to(datetime(2026, 12, 17, 9, 0, tzinfo=ZONE))
    told.work()
    assert told.told() == []  # the clock stands: nothing has passed
    told.do("say", cast.business)
    assert told.due("at_100") == "2027-01-14 00:00"  # 20 working days, 17 December the first
    told.clock.move_to(datetime(2027, 1, 14, 0, 0, tzinfo=ZONE))
    told.work()
    assert told.told() == ["half", "whole"]
