"""The double-random draw, path by path: ceremony, recusal, silence, shortage, change of the pools, voiding."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import inspect, select
from sqlalchemy import text as sql

from engine.engine import Engine
from engine.errors import FourEyesError
from engine.model import InstanceState, UserTask
from engine.queries.tasks import task_form
from forms.bundles import bundle
from forms.printing import printed
from records import verify_draw
from records.absences import Absence, AbsenceScope
from records.blobs import BlobStore
from records.clock import FixedClock, today
from records.db import Database
from records.draws import ConflictInterest, Relation
from records.inspections import Inspection, Overall
from records.people import Actor, Qualification, Role, User
from records.registry import Establishment
from records.store import Store
from tests import factories
from tests.factories import Cast
from tests.workflows.draw_story import REASON, DrawStory


@pytest.fixture
def told(database: Database, engine: Engine, clock: FixedClock, cast: Cast, blobs: BlobStore) -> DrawStory:
    """Six plants beside the business's own, all filed this year; it is eleven o'clock."""
    clock.advance(hours=2)
    story = DrawStory(database, engine, clock, cast, blobs)
    story.found()
    change(story, lambda store: store.correct(own_plant(story, store), {"filed_on": date(2026, 2, 1)}))
    return story


def own_plant(story: DrawStory, store: Store) -> Establishment:
    return store.session.get_one(Establishment, story.cast.business.establishment_id)


def change(story: DrawStory, what: Callable[[Store], object]) -> None:
    with story.database.unit_of_work() as session:
        what(Store(session, story.clock, story.cast.admin))


def test_r_ins_01_nobody_can_read_one_part_of_the_seed_before_the_other_is_in(told: DrawStory) -> None:
    """Who knows the operator's part could choose a part of their own to match: it is nowhere in clear before."""
    told.until_pools()
    told.confirm_pools()
    told.contribute()
    part = "三五六二四一六六"
    assert kept_in_clear(told, part) == []
    with told.database.reading() as session:
        task = session.scalars(select(UserTask).where(UserTask.element_id == "operator_seed")).one()
    for reader in (told.cast.auditor, told.cast.lead, told.cast.manager):
        with told.database.reading() as session:
            shown = task_form(session, task.id, reader, clock=told.clock)
            assert part not in str(printed(shown.form, shown.answers, shown.context))
    told.witness()
    (draw,) = told.draws()
    ceremony = draw.document["ceremony"]
    assert (ceremony["operator"]["part"], ceremony["witness"]["part"]) == (part, "witness-0721")


def kept_in_clear(story: DrawStory, text: str) -> list[str]:
    """The tables that hold a text, in whatever column."""
    with story.database.reading() as session:
        connection = session.connection()
        return [
            name
            for name in inspect(connection).get_table_names()
            for row in connection.execute(sql(f'SELECT * FROM "{name}"'))
            if any(text in str(value) or json.dumps(text).strip('"') in str(value) for value in row)
        ]


def test_from_pools_to_inspections(told: DrawStory) -> None:
    told.until_pools()
    assert told.waits_for() == ["confirm_pools"]
    told.confirm_pools()
    assert told.draws()[0].commitment == verify_draw.commitment_of(told.draws()[0].document)
    told.contribute()
    assert told.draws()[0].drawn_at is None
    told.witness()
    assert told.waits_for() == ["declare_interest", "declare_interest"] and len(told.members()) == 4
    told.all_declare()
    assert told.waits_for() == ["approve_list"]
    told.approve_list()
    (draw,) = told.draws()
    assert draw.status == "approved" and draw.document["sha256"] == draw.document_hash
    verify_draw.verify(draw.document, draw.commitment)
    assert [paper.kind for paper in (*told.papers("draw_certificate"), *told.papers("draw_record"))] == [
        "draw_certificate", "draw_record",
    ]  # fmt: skip
    assert [each["kind"] for each in told.thrown("announcement_requested")] == ["plan_disclosure", "task_disclosure"]
    told.deliver()
    cases = told.inspections()
    assert {case.establishment_id for case in cases} == {member.establishment_id for member in told.members()}
    assert {member.status for member in told.members()} == {"sent"}
    drawn = {member.establishment_id: member for member in told.members()}
    for case in cases:
        told.case, member = case.id, drawn[case.establishment_id]
        assert told.open_task("accept_assignment").assignee_id == member.lead_inspector_id
        assert told.inspection().second_inspector_id == member.second_inspector_id


def test_the_record_is_handed_out_with_the_program_that_draws_again(told: DrawStory) -> None:
    told.until_drawn()
    told.all_declare()
    told.approve_list()
    (record,) = told.papers("draw_record")
    with zipfile.ZipFile(io.BytesIO(bundle(record.kind, record.facts))) as zipped:
        verify_draw.verify(json.loads(zipped.read("draw.json")))
        assert b"def verify(" in zipped.read("verify_draw.py") and "MATCH" in zipped.read("README.txt").decode()
    assert bundle(record.kind, record.facts) == bundle(record.kind, record.facts)


def test_r_ins_07_who_declares_an_interest_gives_way_and_the_next_declares_too(told: DrawStory) -> None:
    def third(store: Store) -> None:
        person = factories.user(store, username="third", name="潘三", role="INS")
        factories.qualification(store, person)

    change(told, third)
    told.until_drawn(ratio=10)
    (member,) = told.members()
    people = {each.id: each for each in (told.cast.inspector, told.cast.colleague, actor(told, "third"))}
    lead, second = people[member.lead_inspector_id], people[member.second_inspector_id]
    told.declare(second)
    told.declare(lead, n0="family")
    (left,) = set(people) - {lead.id, second.id}
    assert told.members()[0].lead_inspector_id == left and told.waits_for() == ["declare_interest"]
    told.declare(people[left])
    told.approve_list()
    document = told.draws()[0].document
    assert [(row["out"], row["in"]) for row in document["replacements"]] == [(lead.id, left)]
    verify_draw.verify(document)
    with told.database.reading() as session:
        (interest,) = session.query(ConflictInterest).all()
        assert (interest.user_id, interest.relation) == (lead.id, Relation.FAMILY)


def actor(story: DrawStory, username: str) -> Actor:
    with story.database.reading() as session:
        user = session.query(User).filter_by(username=username).one()
        return Actor(id=user.id, name=user.name, roles=frozenset({"INS"}), region_path=user.region_path)


def test_r_ins_declare_silence_for_a_working_day_counts_as_none_and_is_kept(told: DrawStory) -> None:
    told.until_drawn()
    told.declare(told.cast.inspector)
    told.clock.advance(days=1)
    told.fire_due()
    assert told.waits_for() == ["declare_interest"], "the day itself does not count"
    told.clock.advance(hours=14)
    told.fire_due()
    assert "approve_list" in told.waits_for()
    assert sorted(each.is_silent for each in told.declarations()) == [False, True]


def test_e_pool_too_small_is_decided_with_a_reason_and_cut(told: DrawStory) -> None:
    told.until_approval()
    told.decide()
    change(told, lambda store: [
        store.correct(each, {"status": "closed"})
        for each in store.session.query(Establishment).filter(Establishment.name.like("%第%")).all()[:5]
    ])  # fmt: skip
    told.fire_due()
    assert told.waits_for() == ["resolve_shortage"]
    assert told.refused("resolve_shortage", told.cast.lead, decision="cut", reason="太少") == {
        "reason": ["至少填写 10 个字"]
    }
    told.do("resolve_shortage", told.cast.lead, decision="cut", reason=REASON)
    assert told.waits_for() == ["confirm_pools"]
    assert [quota["count"] for quota in told.draws()[-1].document["quotas"]] == [2]
    assert told.draws()[-1].document["settings"]["allowance"]["reason"] == REASON


def test_too_few_inspectors_may_be_given_more_each_or_the_round_is_given_up(told: DrawStory) -> None:
    def busy(store: Store) -> None:
        place = store.session.get_one(Establishment, told.cast.business.establishment_id)
        for person in (told.cast.inspector, told.cast.colleague):
            for _number in range(18):
                factories.inspection(store, place, lead_inspector_id=person.id, status="assigned")

    change(told, busy)
    told.until_pools()
    assert told.waits_for() == ["resolve_shortage"]
    told.do("resolve_shortage", told.cast.lead, decision="more", more_each=5, reason=REASON)
    assert told.waits_for() == ["confirm_pools"]
    told.do("confirm_pools", told.cast.lead, decision="abandon", reason=REASON)
    assert told.draws()[-1].status == "void" and told.waits_for() == []
    assert "draw_abandoned" in told.passed()


def test_pools_that_changed_after_the_commitment_void_the_draw(told: DrawStory) -> None:
    told.until_pools()
    told.confirm_pools()
    told.contribute()
    late = told.found(1)
    told.witness()
    first, second = told.draws()
    assert first.status == "void" and told.waits_for() == ["confirm_pools"] and told.members() == []
    assert late[0] in {row["id"] for row in second.document["pools"]["objects"]} and second.commitment is None
    told.confirm_pools()
    told.contribute()
    told.witness()
    assert second.commitment != first.commitment and len(told.members()) == 4


def test_operator_and_witness_are_two(told: DrawStory) -> None:
    def both(store: Store) -> None:
        lead = store.session.get_one(User, told.cast.lead.id)
        auditor = store.session.query(Role).filter_by(name="AUD").one()
        store.session.get_one(User, lead.id).roles.append(auditor)
        store.restate(lead, reason="both roles")

    change(told, both)
    told.until_pools()
    told.confirm_pools()
    told.contribute()
    two = Actor(told.cast.lead.id, "黄组", frozenset({"LEAD", "AUD"}), told.cast.lead.region_path)
    with pytest.raises(FourEyesError):
        told.witness(two)
    short = {"is_present": True, "seed_part": "short"}
    assert list(told.refused("witness_seed", told.cast.auditor, **short)) == ["seed_part"]


def test_a_draw_that_the_manager_voids_is_drawn_again_and_both_are_kept(told: DrawStory) -> None:
    told.until_drawn()
    told.all_declare()
    assert list(told.refused("approve_list", told.cast.manager, decision="void")) == ["opinion"]
    told.approve_list(decision="void", opinion=REASON)
    assert [draw.status for draw in told.draws()] == ["void", "pooled"]
    assert {member.status for member in told.members()} == {"void"} and told.waits_for() == ["confirm_pools"]
    told.confirm_pools()
    told.contribute()
    told.witness()
    told.all_declare()
    told.approve_list()
    assert [draw.status for draw in told.draws()] == ["void", "approved"] and len(
        told.thrown("inspection_requested")
    ) == 4


def test_master_data_is_mended_and_the_pools_rebuilt(told: DrawStory) -> None:
    told.until_pools()
    late = told.found(1)
    told.do("confirm_pools", told.cast.lead, decision="rebuild", reason=REASON)
    assert late[0] in {row["id"] for row in told.draws()[-1].document["pools"]["objects"]}


def test_r_ins_15_the_tasks_of_flight_inspections_are_not_announced(told: DrawStory) -> None:
    told.until_drawn(mode="flight")
    told.all_declare()
    told.approve_list()
    assert [each["kind"] for each in told.thrown("announcement_requested")] == ["plan_disclosure"]
    assert {each["mode"] for each in told.thrown("inspection_requested")} == {"flight"}


# -- who is in the pools -----------------------------------------------------------------------------------------------


def pools(story: DrawStory) -> dict[str, Any]:
    pools: dict[str, Any] = story.draws()[-1].document["pools"]
    return pools


def why(story: DrawStory, who: str) -> str | None:
    """Why somebody or something is not in the pools; None: in them."""
    found = {row["id"]: row["reason"] for name in ("objects", "inspectors") for row in pools(story)[f"excluded_{name}"]}
    return found.get(who)


def test_an_expired_certificate_can_never_be_drawn(told: DrawStory) -> None:
    ends = today(told.clock) + timedelta(days=19)  # the day before the last day of inspecting
    change(told, lambda store: store.correct(
        store.session.query(Qualification).filter_by(user_id=told.cast.colleague.id).one(), {"expires_on": ends}
    ))  # fmt: skip
    told.until_pools()
    assert told.waits_for() == ["resolve_shortage"] and why(told, told.cast.colleague.id) == "expired"
    assert why(told, told.cast.unqualified.id) == "no_certificate"
    assert [row["id"] for row in pools(told)["inspectors"]] == [told.cast.inspector.id]


@pytest.mark.parametrize(
    ("changes", "reason"), [({"exam_score": 59}, "not_passed"), ({"suspended_at": None}, None)]
)  # fmt: skip
def test_r_ins_exam_who_did_not_pass_is_not_sent(told: DrawStory, changes: dict[str, Any], reason: str | None) -> None:
    change(told, lambda store: store.correct(
        store.session.query(Qualification).filter_by(user_id=told.cast.colleague.id).one(), changes
    ))  # fmt: skip
    told.until_pools()
    assert why(told, told.cast.colleague.id) == reason


def test_who_is_absent_is_not_sent(told: DrawStory) -> None:
    day = today(told.clock)
    change(told, lambda store: store.add(Absence(
        user_id=told.cast.colleague.id, substitute_id=told.cast.inspector.id, starts_on=day, ends_on=day,
        scope=AbsenceScope.ALL, **factories.place(store.session),
    )))  # fmt: skip
    told.until_pools()
    assert why(told, told.cast.colleague.id) == "absent"


def test_r_ins_workload_who_has_enough_is_not_sent(told: DrawStory) -> None:
    def busy(store: Store) -> None:
        place = store.session.get_one(Establishment, told.cast.business.establishment_id)
        for _number in range(20):
            factories.inspection(store, place, lead_inspector_id=told.cast.colleague.id, status="assigned")

    change(told, busy)
    told.until_pools()
    assert why(told, told.cast.colleague.id) == "busy"
    assert why(told, told.cast.business.establishment_id or "") == "due_elsewhere"


def test_r_ins_07_a_registered_interest_keeps_an_inspector_away(told: DrawStory) -> None:
    place = told.cast.business.establishment_id or ""
    change(told, lambda store: store.add(ConflictInterest(
        user_id=told.cast.colleague.id, establishment_id=place, relation=Relation.SHAREHOLDING, since=date(2026, 1, 1),
        **factories.place(store.session),
    )))  # fmt: skip
    told.until_pools()
    barred = {row["id"]: row["barred"] for row in pools(told)["inspectors"]}
    assert barred == {told.cast.colleague.id: [place], told.cast.inspector.id: []}


def inspected(
    story: DrawStory, day: date, *, by: Actor, overall: Overall = Overall.CONFORM, mode: str = "routine"
) -> str:
    """The business's own plant was inspected on a day."""
    place = story.cast.business.establishment_id or ""
    at = story.clock.now().replace(year=day.year, month=day.month, day=day.day)

    def past(store: Store) -> Inspection:
        owner = store.correct(own_plant(story, store), {"filed_on": date(2020, 1, 1)})
        return factories.inspection(
            store, owner, mode=mode, overall=overall, result_at=at, status="closed", lead_inspector_id=by.id
        )

    change(story, past)
    return place


@pytest.mark.parametrize(
    ("day", "overall", "reason"),
    [
        (date(2026, 8, 18), Overall.CONFORM, "repeat"),
        (date(2026, 8, 17), Overall.CONFORM, None),
        (date(2026, 10, 9), Overall.BASICALLY, "repeat"),  # right after Golden Week
        (date(2026, 10, 9), Overall.NOT, None),  # a violation: it may be checked again
    ],
)
def test_r_ins_14_what_was_checked_within_three_months_is_not_checked_again(
    told: DrawStory, day: date, overall: Overall, reason: str | None
) -> None:
    place = inspected(told, day, by=told.cast.inspector, overall=overall)
    told.until_pools()
    assert why(told, place) == reason


def test_r_ins_14_what_a_sibling_region_checked_does_not_count(told: DrawStory) -> None:
    place = inspected(told, date(2026, 10, 9), by=told.cast.outsider)
    told.until_pools()
    assert why(told, place) is None


@pytest.mark.parametrize(
    ("day", "mode", "stratum"),
    [
        (date(2024, 11, 18), "routine", "producer/A"),
        (date(2024, 11, 17), "routine", "mandatory"),
        (date(2025, 6, 1), "flight", "mandatory"),  # a flight inspection need not check all items
    ],
)
def test_r_ins_05_who_was_not_checked_in_full_for_two_years_must_be_drawn(
    told: DrawStory, day: date, mode: str, stratum: str
) -> None:
    place = inspected(told, day, by=told.cast.inspector, mode=mode)
    told.until_pools()
    rows = {row["id"]: row["stratum"] for row in pools(told)["objects"]}
    assert rows[place] == stratum
    if stratum == "mandatory":
        assert {"stratum": "mandatory", "count": 1} in told.draws()[-1].document["quotas"]


def test_r_ins_rotation_who_led_the_last_inspections_does_not_lead_again(told: DrawStory) -> None:
    place = inspected(told, date(2026, 6, 1), by=told.cast.inspector)
    told.until_pools()
    led = {row["id"]: row["led"] for row in pools(told)["inspectors"]}
    assert led == {told.cast.inspector.id: [place], told.cast.colleague.id: []}


def test_the_whole_case_ends_with_its_draws_in_a_list_for_the_plan(told: DrawStory) -> None:
    told.until_drawn()
    told.all_declare()
    told.approve_list()
    assert told.instance().state is InstanceState.ACTIVE, "the plan goes on until its period is over"
