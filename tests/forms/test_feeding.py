"""From answers to facts: the record, its rows, its files, and what a second submission changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.catalog import Form
from forms.context import FormContext
from forms.feeding import feed
from records.attachments import Attachment, AttachmentLink
from records.checklists import ChecklistTemplate, ItemAnswer
from records.controls import ControlMeasure
from records.inspections import (
    Inspection,
    InspectionItem,
    InspectionMode,
    ItemResult,
    LotObservation,
    RectificationMeasure,
)
from records.registry import Establishment
from records.store import Origin, RecordVersion, Store
from tests import factories
from tests.factories import Cast
from tests.forms.conftest import CASE, form, question, refusals

Upload = Callable[..., str]
LOTS = question(
    "dynamiclist", "lots", "批次",
    components=[
        question("textfield", "lot_code", properties={"mapsTo": "lot_code"}),
        question("textfield", "product_name", properties={"mapsTo": "product_name"}),
        question("number", "quantity", properties={"mapsTo": "quantity"}),
        question("textfield", "unit", properties={"mapsTo": "unit"}),
        question("radio", "voucher", values=[{"value": "yes"}, {"value": "no"}], properties={"mapsTo": "has_voucher"}),
        question("filepicker", "label", properties={"media": "photo"}),
    ],
    properties={"feeds": "lot_observation"},
)  # fmt: skip
ONSITE = form(
    question("datetime", "arrived_at", subtype="datetime", properties={"mapsTo": "arrived_at"}),
    question("datetime", "planned", properties={"mapsTo": "planned_on"}),
    question("position", "position", properties={"mapsTo": "position"}),
    question("number", "days", properties={"mapsTo": "rectify_days"}),
    question("checkbox", "credentials", properties={"mapsTo": "credentials_shown"}),
    question("radio", "overall", values=[{"value": "conform"}, {"value": "not"}], properties={"mapsTo": "overall"}),
    question("taglist", "people", values=[{"value": "甲"}, {"value": "乙"}], properties={"mapsTo": "persons_present"}),
    question("textfield", "witness", properties={"mapsTo": "signature_detail.witness"}),
    question("signature", "signed", properties={"mapsTo": "signature_detail.picture"}),
    question("filepicker", "door", properties={"media": "photo"}),
    LOTS,
    feeds="inspection",
    **{"with": {"mode": "flight", "status": '=if days > 5 then "slow" else "quick"', "result_at": "=now"}},
)
LOT = {"lot_code": "A1", "product_name": "干米粉", "quantity": "12.5", "unit": "kg", "voucher": "yes"}


def submit(store: Store, of: Form, answers: dict[str, Any], context: FormContext) -> dict[str, str]:
    return feed(store, of, of.load(answers, context), context)


def one(session: Session, model: Any) -> Any:
    return session.scalars(select(model).where(model.deleted_at.is_(None))).one()


def test_answers_become_a_record_of_the_case(
    session: Session, acting: Store, context: FormContext, plant: Establishment, photo: Upload
) -> None:
    answers = {
        "arrived_at": "2026-11-18T08:30", "planned": "2026-11-18", "days": "10", "overall": "not",
        "credentials": "true",
        "position": {"latitude": "24.315", "longitude": "109.428", "accuracy": "8"}, "people": ["甲", "乙"],
        "witness": "覃", "signed": (picture := photo("image/png")),
    }  # fmt: skip
    fed = submit(acting, ONSITE, answers, context)
    record = one(session, Inspection)
    assert fed == {"inspection": record.id}
    assert (record.arrived_at, record.planned_on) == (datetime(2026, 11, 18, 0, 30, tzinfo=UTC), date(2026, 11, 18))
    assert (record.latitude, record.position_accuracy, record.rectify_days) == (24.315, 8, 10)
    assert (record.mode, record.overall.value, record.status) == (InspectionMode.FLIGHT, "not", "slow")
    assert (record.persons_present, record.credentials_shown) == ("甲、乙", True)
    assert record.signature_detail == {"witness": "覃", "picture": picture}
    assert record.result_at == context.clock.now()
    assert (record.region_path, record.establishment_id, record.no) == (
        plant.region_path, plant.id, "检-450203-20261118-001",
    )  # fmt: skip
    assert (record.process_instance_id, record.submission_id, record.form_version) == (
        CASE, "01SUBMISSION1", ONSITE.version,
    )  # fmt: skip


def test_a_second_submission_corrects_the_record_and_says_where_it_came_from(
    session: Session, acting: Store, context: FormContext, clock: Any
) -> None:
    submit(acting, ONSITE, {"days": "10", "witness": "覃"}, context)
    again = Store(session, clock, context.actor, Origin(process_instance_id=CASE, submission_id="01SUBMISSION2"))
    submit(again, ONSITE, {"days": "3"}, context)
    record = one(session, Inspection)
    assert (record.rectify_days, record.status, record.submission_id) == (3, "quick", "01SUBMISSION2")
    session.flush()
    versions = session.scalars(select(RecordVersion).where(RecordVersion.record_id == record.id)).all()
    assert [each.content["rectify_days"] for each in versions] == [10, 3]
    submit(again, ONSITE, {"days": "3"}, context)
    assert record.version == 2


def test_rows_become_records_and_later_ones_correct_or_end_them(
    session: Session, acting: Store, context: FormContext, photo: Upload
) -> None:
    submit(acting, ONSITE, {"lots": [{**LOT, "label": [photo()]}, {**LOT, "lot_code": "B2", "voucher": "no"}]}, context)
    lots = session.scalars(select(LotObservation).order_by(LotObservation.id)).all()
    assert [(lot.lot_code, lot.quantity, lot.has_voucher) for lot in lots] == [
        ("A1", Decimal("12.5"), True), ("B2", Decimal("12.5"), False),
    ]  # fmt: skip
    assert {lot.inspection_id for lot in lots} == {one(session, Inspection).id}
    assert [link.field for link in session.scalars(select(AttachmentLink))] == ["label"]
    submit(acting, ONSITE, {"lots": [{**LOT, "lot_code": "A9"}]}, context)
    left = one(session, LotObservation)
    assert (left.id, left.lot_code, left.version) == (lots[0].id, "A9", 2)
    assert session.scalars(select(AttachmentLink)).all() == []


def test_checklist_items_become_records_corrected_by_code(
    session: Session, acting: Store, context: FormContext, template: ChecklistTemplate, photo: Upload
) -> None:
    asked = form(
        question("inspection_checklist", "checklist",
                 properties={"template": "=prepare_inspection.template_id", "partial": "=true"}),
        feeds="inspection", **{"with": {"mode": "routine"}},
    )  # fmt: skip
    first, second = [item for item in template.items if item.answer is ItemAnswer.CONFORMITY][:2]
    gauge = next(item for item in template.items if item.answer is ItemAnswer.MEASUREMENT)
    shot = photo(flags=["photo_reused"])
    failed = {"result": "nonconform", "note": "坏了", "photos": [shot], "severity": "serious", "fixed_on_spot": True}
    measured = {"measured": str(gauge.maximum)}
    submit(acting, asked, {"checklist": {first.code: failed, gauge.code: measured}}, context)
    items = {each.code: each for each in session.scalars(select(InspectionItem))}
    assert (items[first.code].result, items[first.code].note) == (ItemResult.NONCONFORM, "坏了")
    assert (items[first.code].severity, items[first.code].fixed_on_spot, items[first.code].affects_safety) == (
        "serious", True, False,
    )  # fmt: skip
    assert (items[first.code].text, items[first.code].is_key, items[first.code].section) == (
        first.text, first.is_key, first.section,
    )  # fmt: skip
    assert items[gauge.code].measured == Decimal(str(gauge.maximum))
    link = session.scalars(select(AttachmentLink)).one()
    assert (link.attachment_id, link.record_type, link.record_id, link.field) == (
        shot, "inspection_item", items[first.code].id, "photos",
    )  # fmt: skip
    assert one(session, Inspection).flags == ["photo_reused"]
    submit(acting, asked, {"checklist": {second.code: failed, first.code: {"result": "conform"}}}, context)
    alive = session.scalars(select(InspectionItem).where(InspectionItem.deleted_at.is_(None))).all()
    assert {each.code: each.result.value for each in alive} == {first.code: "conform", second.code: "nonconform"}
    assert items[gauge.code].deleted_at is not None
    assert (items[first.code].severity, items[first.code].fixed_on_spot) == (None, False)
    assert [each.record_id for each in session.scalars(select(AttachmentLink))] == [
        each.id for each in alive if each.code == second.code
    ]


def test_rows_of_another_round_stay_as_they_are(
    session: Session, acting: Store, context: FormContext, plant: Establishment, store: Store
) -> None:
    of = factories.inspection(store, plant, process_instance_id=CASE)
    rectification = question(
        "dynamiclist", "measures", "整改",
        components=[
            question("textfield", "code", properties={"mapsTo": "code"}),
            question("textfield", "cause", properties={"mapsTo": "cause"}),
            question("textfield", "action", properties={"mapsTo": "action"}),
            question("datetime", "done_on", properties={"mapsTo": "done_on"}),
        ],
        properties={"feeds": "rectification_measure", "with": {"round": "=record_review.round"}},
    )  # fmt: skip
    asked = form(rectification, key="submit_rectification", feeds="rectification")
    row = {"code": "2-1", "cause": "没换", "action": "换了", "done_on": "2026-11-17"}
    for number in (1, 2, 2):
        here = replace(context, data={**context.data, "record_review": {"round": number}})
        fed = submit(acting, asked, {"measures": [{**row, "cause": f"第 {number} 次"}]}, here)
    measures = session.scalars(select(RectificationMeasure).order_by(RectificationMeasure.round)).all()
    assert [(each.round, each.cause, each.rectification_id) for each in measures] == [
        (1, "第 1 次", fed["rectification"]), (2, "第 2 次", fed["rectification"]),
    ]  # fmt: skip
    assert session.get_one(Inspection, of.id).version == 1


def test_files_of_a_form_that_feeds_nothing_belong_to_the_submission(
    session: Session, acting: Store, context: FormContext, photo: Upload, cast: Cast
) -> None:
    loose = photo(case=None, by=cast.inspector)
    asked = form(question("filepicker", "papers"))
    assert submit(acting, asked, {"papers": loose}, context) == {}
    link = session.scalars(select(AttachmentLink)).one()
    assert (link.record_type, link.record_id, link.field) == ("submission", "01SUBMISSION1", "papers")
    adopted = session.get_one(Attachment, loose)
    assert (adopted.process_instance_id, adopted.user_task_id) == (CASE, "01TASK")


def test_answers_from_the_submission_feed_as_those_just_loaded(
    session: Session, acting: Store, context: FormContext
) -> None:
    stored = {"arrived_at": "2026-11-18T00:30:00+00:00", "planned": "2026-11-18", "days": 4, "lots": []}
    feed(acting, ONSITE, stored, context)
    record = one(session, Inspection)
    assert (record.arrived_at, record.planned_on) == (datetime(2026, 11, 18, 0, 30, tzinfo=UTC), date(2026, 11, 18))


def test_what_must_not_be_empty_keeps_its_value(session: Session, acting: Store, context: FormContext) -> None:
    asked = form(
        question("textarea", "objects", properties={"mapsTo": "objects"}),
        question("textarea", "reason", properties={"mapsTo": "reason"}),
        feeds="control_measure", **{"with": {"kind": "seal"}},
    )  # fmt: skip
    submit(acting, asked, {"objects": "米粉 20 袋", "reason": "变质"}, context)
    submit(acting, asked, {"objects": "米粉 30 袋"}, context)
    assert (one(session, ControlMeasure).objects, one(session, ControlMeasure).reason) == ("米粉 30 袋", "变质")


@pytest.mark.parametrize("round_", [1])
def test_a_drill_stays_a_drill(session: Session, acting: Store, context: FormContext, round_: int) -> None:
    here = replace(context, data={"case": {**context.data["case"], "is_drill": True}})
    submit(acting, ONSITE, {"days": round_}, here)
    assert one(session, Inspection).is_drill is True


def test_a_form_names_the_record_that_it_feeds(session: Session, acting: Store, context: FormContext) -> None:
    asked = form(
        question("textfield", "persons", properties={"mapsTo": "persons_present"}),
        feeds="inspection", record="=if which = null then null else which", **{"with": {"mode": "routine"}},
    )  # fmt: skip
    ids = [submit(acting, asked, {"persons": name}, context)["inspection"] for name in "甲乙"]
    first = replace(context, data={**context.data, "which": ids[0]})
    assert submit(acting, asked, {"persons": "丙"}, first) == {"inspection": ids[0]}
    assert [session.get_one(Inspection, each).persons_present for each in ids] == ["丙", "乙"]
    elsewhere = replace(first, process_instance_id="01CASE00000000000000000001")
    assert submit(acting, asked, {"persons": "丁"}, elsewhere)["inspection"] not in ids


def test_a_unique_text_is_refused_while_a_living_record_has_it(
    session: Session, acting: Store, context: FormContext
) -> None:
    asked = form(
        question("textfield", "signer", "封签号", properties={"mapsTo": "persons_present", "unique": True}),
        feeds="inspection", record="=null", **{"with": {"mode": "routine"}},
    )  # fmt: skip
    submit(acting, asked, {"signer": "F001"}, context)
    assert refusals(asked, {"signer": " F001 "}, context) == {"signer": ["封签号“F001”已被使用，请检查"]}
    acting.tombstone(one(session, Inspection), reason="录错")
    session.flush()
    submit(acting, asked, {"signer": "F001"}, context)
