"""The read side: who sees which user tasks and cases, in which order, on how many pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from engine import queries
from engine.engine import Engine
from engine.model import ProcessInstance, UserTask, UserTaskState
from engine.queries import CaseFilter, DueWindow, InboxFilter, InboxView
from records import paging
from records.clock import FixedClock
from records.errors import NotFoundError
from records.people import Actor
from records.registry import Establishment
from tests.engine.toys import FAMILY, HELPER, RELAY
from tests.factories import Cast


@pytest.fixture
def cases(session: Session, engine: Engine, cast: Cast, clock: FixedClock) -> list[ProcessInstance]:
    engine.deploy(session, RELAY, cast.admin)
    plant = session.scalars(select(Establishment)).first()
    assert plant is not None
    started = []
    for number in range(7):
        clock.advance(hours=number)
        started.append(engine.start(session, "relay", {"establishment": plant.id, "note": str(number)}, cast.lead))
    return started


def first_task(session: Session, case: ProcessInstance) -> UserTask:
    return session.scalars(
        select(UserTask).where(UserTask.process_instance_id == case.id, UserTask.state == UserTaskState.OPEN)
    ).one()


def box(session: Session, actor: Actor, view: str, clock: FixedClock, **wanted: object) -> list[str]:
    page = queries.inbox(session, actor, view, InboxFilter(**wanted), now=clock.now())  # type: ignore[arg-type]
    assert page.total == len(page.rows)
    return [row.id for row in page.rows]


def test_each_view_holds_its_own(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, cases: list[ProcessInstance]
) -> None:
    mine = first_task(session, cases[0])
    engine.claim(session, mine.id, cast.inspector)
    done = first_task(session, cases[1])
    engine.complete(session, done.id, {"result": "ask"}, cast.inspector)
    assert box(session, cast.inspector, "mine", clock) == [mine.id]
    assert len(box(session, cast.inspector, "group", clock)) == 5
    assert len(box(session, cast.inspector, "all", clock)) == 7
    assert box(session, cast.inspector, "done", clock) == [done.id]
    assert box(session, cast.outsider, "all", clock) == []
    assert box(session, cast.business, "all", clock) == [first_task(session, cases[1]).id]
    counts = queries.inbox_counts(session, cast.inspector, now=clock.now())
    assert (counts.mine, counts.group, counts.all, counts.overdue) == (1, 5, 7, 0)
    clock.advance(days=9)
    assert queries.inbox_counts(session, cast.inspector, now=clock.now()).overdue == 1


def test_most_urgent_first_page_by_page(
    session: Session, cast: Cast, clock: FixedClock, cases: list[ProcessInstance]
) -> None:
    seen: list[str] = []
    cursor = None
    for _ in range(4):
        page = queries.inbox(session, cast.lead, InboxView.ALL, InboxFilter(), cursor, 3, now=clock.now())
        assert page.total == 7
        seen += [row.id for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break
    in_order = session.scalars(select(UserTask.id).order_by(UserTask.sort_due, UserTask.id))
    assert seen == list(in_order)


def test_what_is_not_counted_to_the_end_says_so(
    session: Session, cast: Cast, clock: FixedClock, cases: list[ProcessInstance], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "MOST_COUNTED", 4)
    page = queries.inbox(session, cast.lead, InboxView.ALL, InboxFilter(), None, 3, now=clock.now())
    assert page.total == 5 and queries.inbox_counts(session, cast.lead, now=clock.now()).all == 5
    narrowed = InboxFilter(text=cases[3].business_key)
    assert queries.inbox(session, cast.lead, InboxView.ALL, narrowed, None, 3, now=clock.now()).total == 1


def test_every_word_of_a_search_must_fit(
    session: Session, cast: Cast, clock: FixedClock, cases: list[ProcessInstance]
) -> None:
    tail = cases[3].business_key[-3:]
    assert len(box(session, cast.lead, "all", clock, text=f"老陈 {tail}")) == 1
    assert len(box(session, cast.lead, "all", clock, text="relay")) == 7  # what the process is called
    assert box(session, cast.lead, "all", clock, text=f"阿婆 {tail}") == []
    assert box(session, cast.outsider, "all", clock, text=cases[3].business_key) == []


def test_filters(session: Session, cast: Cast, clock: FixedClock, cases: list[ProcessInstance]) -> None:
    assert len(box(session, cast.lead, "all", clock, text=cases[3].business_key)) == 1
    assert len(box(session, cast.lead, "all", clock, text="老陈 查看")) == 7
    assert len(box(session, cast.lead, "all", clock, text="laochen")) == 7
    assert box(session, cast.lead, "all", clock, text="100%") == []
    assert len(box(session, cast.lead, "all", clock, process="relay", element="look")) == 7
    assert box(session, cast.lead, "all", clock, element="check") == []
    assert box(session, cast.lead, "all", clock, region="/450000/450200/450204/") == []
    assert box(session, cast.lead, "all", clock, overdue=True) == []
    assert box(session, cast.lead, "all", clock, due=DueWindow.NONE) == []
    assert len(box(session, cast.lead, "all", clock, due=DueWindow.WEEK)) == 7
    assert box(session, cast.lead, "all", clock, due=DueWindow.TODAY) == []
    clock.advance(days=9)
    assert len(box(session, cast.lead, "all", clock, due=DueWindow.OVERDUE)) == 7
    assert [s.value for s in queries.inbox_steps(session, cast.lead, "all", now=clock.now())] == ["relay:look"]


def test_a_user_task_says_what_one_may_do(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, cases: list[ProcessInstance]
) -> None:
    task = first_task(session, cases[0])
    seen = queries.user_task(session, task.id, cast.inspector, clock=clock)
    assert (seen.may_claim, seen.may_complete, seen.may_release, seen.may_assign) == (True, True, False, False)
    assert seen.establishment_name == "柳州市鱼峰区老陈米粉厂" and seen.business_key == cases[0].business_key
    unqualified = queries.user_task(session, task.id, cast.unqualified, clock=clock)
    assert not unqualified.may_claim and unqualified.refusal is not None
    assert "资格" in str(unqualified.refusal)
    assert queries.user_task(session, task.id, cast.lead, clock=clock).may_assign
    for stranger in (cast.outsider, cast.business):
        with pytest.raises(NotFoundError):
            queries.user_task(session, task.id, stranger, clock=clock)


def test_the_form_of_a_user_task_comes_with_its_surroundings(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, cases: list[ProcessInstance]
) -> None:
    task = first_task(session, cases[4])
    shown = queries.task_form(session, task.id, cast.inspector, clock=clock)
    assert shown.form.key == "relay/look" and shown.context.data["begin"]["note"] == "4"
    assert shown.context.data["case"]["no"] == cases[4].business_key and shown.answers == {}
    engine.complete(session, task.id, {"result": "direct"}, cast.inspector)
    assert queries.task_form(session, task.id, cast.inspector, clock=clock).answers == {"result": "direct"}


def test_cases_are_listed_newest_first(
    session: Session, engine: Engine, cast: Cast, cases: list[ProcessInstance]
) -> None:
    page = queries.cases(session, cast.lead, CaseFilter(), None, 3)
    assert [row.id for row in page.rows] == [c.id for c in reversed(cases)][:3] and page.total == 7
    assert page.rows[0].open_steps == ["查看"] and page.rows[0].due_at is not None
    assert page.rows[0].process_name == "玩具 relay"
    assert len(list(queries.all_cases(session, cast.lead, CaseFilter(), 2))) == 7
    assert queries.cases(session, cast.outsider, CaseFilter()).total == 0
    engine.cancel(session, cases[0].id, cast.lead, "重复立案")
    assert queries.cases(session, cast.lead, CaseFilter(state="cancelled", process="relay")).total == 1
    assert queries.cases(session, cast.lead, CaseFilter(text=cases[2].business_key)).total == 1
    assert queries.cases(session, cast.lead, CaseFilter(region="/x/", establishment="y")).total == 0


def test_a_case_page(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, cases: list[ProcessInstance]
) -> None:
    case = cases[0]
    with pytest.raises(NotFoundError):
        queries.case(session, case.id, cast.business, clock=clock)
    engine.complete(session, first_task(session, case).id, {"result": "ask"}, cast.inspector)
    seen = queries.case(session, case.id, cast.lead, clock=clock)
    assert [row.name for row in seen.open_tasks] == ["答复"] and seen.may_cancel
    assert [(e.verb, e.step) for e in seen.timeline][:3] == [
        ("process_instance.started", None), ("user_task.claimed", "查看"), ("user_task.completed", "查看"),
    ]  # fmt: skip
    theirs = queries.case(session, case.id, cast.business, clock=clock)
    assert [e.verb for e in theirs.timeline] == ["process_instance.started"] and not theirs.may_cancel
    engine.complete(session, first_task(session, case).id, {"text": "好"}, cast.business)
    engine.complete(session, first_task(session, case).id, {"opinion": "好"}, cast.lead)
    ended = queries.case(session, case.id, cast.lead, clock=clock)
    assert (ended.end_element, ended.end_name, ended.open_tasks) == ("done", "办结", [])


def test_the_diagram_marks_where_the_case_stands(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, cases: list[ProcessInstance]
) -> None:
    engine.complete(session, first_task(session, cases[0]).id, {"result": "ask"}, cast.inspector)
    drawn = queries.diagram(session, cases[0].id, cast.lead, clock=clock)
    assert drawn["current"] == ["answer"] and drawn["overdue"] == []
    assert drawn["passed"] == ["begin", "look", "which"]
    assert drawn["flows"] == ["begin__look", "look__which", "which__answer"]
    assert drawn["details"]["look"]["who"] == "韦检" and drawn["details"]["look"]["when"].startswith("2026-11-1")
    assert drawn["xml"].startswith("<definitions")
    clock.advance(days=30)
    assert queries.diagram(session, cases[1].id, cast.lead, clock=clock)["overdue"] == ["look"]


def test_called_processes_are_drawn_inside(session: Session, engine: Engine, cast: Cast, clock: FixedClock) -> None:
    engine.deploy_all(session, [FAMILY, HELPER], cast.admin)
    case = engine.start(session, "family", {"note": cast.inspector.id}, cast.lead)
    drawn = queries.diagram(session, case.id, cast.lead, clock=clock)
    assert set(drawn["current"]) == {"first", "inner", "helped"}
    assert drawn["children"]["helped"]["current"] == ["assist"]


def test_who_may_start_what(session: Session, engine: Engine, cast: Cast) -> None:
    engine.deploy_all(session, [FAMILY, HELPER, RELAY], cast.admin)
    assert [s.key for s in queries.startable(session, cast.lead)] == ["family", "relay"]
    assert queries.startable(session, cast.inspector) == []
    assert queries.process_names(session)["helper"] == "玩具 helper"


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_c: object, _cur: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    bind = session.get_bind()
    event.listen(bind, "before_cursor_execute", note)
    yield statements
    event.remove(bind, "before_cursor_execute", note)


def test_a_page_costs_the_same_however_long_it_is(
    session: Session, cast: Cast, clock: FixedClock, cases: list[ProcessInstance]
) -> None:
    counts = []
    for limit in (1, 7):
        session.flush()
        session.expire_all()
        with counted(session) as inbox_cost:
            queries.inbox(session, cast.inspector, "all", InboxFilter(), None, limit, now=clock.now())
        with counted(session) as case_cost:
            queries.cases(session, cast.inspector, CaseFilter(), None, limit)
        counts.append((len(inbox_cost), len(case_cost)))
    assert counts[0] == counts[1] and max(counts[0]) <= 8
