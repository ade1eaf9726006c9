"""Bad input: each is refused (or flagged) with its sentence, and nothing is lost."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select

from engine.errors import (
    InstanceEndedError,
    NotQualifiedError,
    UserTaskAlreadyClaimedError,
    UserTaskAlreadyCompletedError,
    UserTaskNotAssignedToYouError,
)
from engine.model import UserTask
from records.attachments import Attachment, EmptyFileError, FileTooLargeError, FileTypeRefusedError
from records.checklists import ItemAnswer
from records.clock import today
from records.errors import ConflictError, InvalidAnswersError, NotFoundError
from records.inspections import InspectionItem
from records.submissions import Draft, Submission
from tests.workflows.story import FAR_AWAY, Story

SERIOUS = {"severity": "serious", "fixed_on_spot": False}


@pytest.fixture
def on_site(story: Story) -> Story:
    """The inspectors stand in the plant."""
    story.assign()
    story.accept()
    return story


def refused_onsite(story: Story, **changes: object) -> dict[str, list[str]]:
    """What is said of an on-site form that is right but for the changes."""
    return story.refused("onsite_inspection", story.cast.inspector, **(story.onsite_answers() | changes))


def test_a_missing_mandatory_item_is_named(on_site: Story) -> None:
    checklist = on_site.checklist({})
    code = on_site.item(is_key=True)
    del checklist[code]
    assert refused_onsite(on_site, checklist=checklist) == {f"checklist.{code}.result": [f"第 {code} 项须选择检查结果"]}


def test_a_missing_measurement_is_named(on_site: Story) -> None:
    checklist = on_site.checklist({})
    code = next(item.code for item in on_site.items() if item.answer is ItemAnswer.MEASUREMENT)
    checklist[code] = {"result": "conform"}
    assert refused_onsite(on_site, checklist=checklist) == {f"checklist.{code}.measured": [f"第 {code} 项须填写测量值"]}


def test_a_failing_measurement_cannot_be_marked_conform(on_site: Story) -> None:
    checklist = on_site.checklist({})
    item = next(item for item in on_site.items() if item.answer is ItemAnswer.MEASUREMENT and item.maximum is not None)
    checklist[item.code] = {"result": "conform", "measured": item.maximum + 5}
    errors = refused_onsite(on_site, checklist=checklist)
    assert "结果不能为“符合”" in errors[f"checklist.{item.code}.result"][0]


def test_a_failing_key_item_cannot_end_in_conform(story: Story) -> None:
    story.until_result({story.item(is_key=True): SERIOUS})
    answers = story.result_answers("conform") | {"rectify_days": 10}
    assert story.refused("result_and_signature", story.cast.inspector, **answers) == {
        "overall": ["有重点项（★）不符合的，结论应当为“不符合”"]
    }


def test_a_finding_cannot_end_in_conform(story: Story) -> None:
    story.until_result({story.item(is_key=False): SERIOUS})
    answers = story.result_answers("conform") | {"rectify_days": 10}
    assert story.refused("result_and_signature", story.cast.inspector, **answers) == {
        "overall": ["有不符合项的，结论不能为“符合”"]
    }


def test_not_applicable_needs_a_reason(on_site: Story) -> None:
    checklist = on_site.checklist({})
    code = on_site.item(is_key=False)
    checklist[code] = {"result": "not_applicable"}
    assert refused_onsite(on_site, checklist=checklist) == {f"checklist.{code}.note": ["不适用须说明理由"]}


@pytest.mark.parametrize("quantity", [0, -3])
def test_a_quantity_is_above_nothing(on_site: Story, quantity: int) -> None:
    lot = {"lot_code": "L20261101", "product_name": "干米粉", "quantity": quantity, "unit": "kg"}
    assert refused_onsite(on_site, lots=[lot]) == {"lots.0.quantity": ["数量必须大于 0"]}


def test_nothing_is_produced_tomorrow(on_site: Story) -> None:
    tomorrow = (today(on_site.clock) + timedelta(days=1)).isoformat()
    lot = {"lot_code": "L1", "product_name": "干米粉", "quantity": 5, "unit": "kg", "produced_on": tomorrow}
    assert refused_onsite(on_site, lots=[lot]) == {"lots.0.produced_on": ["生产日期不能晚于今天"]}


def test_the_same_person_twice_is_one_inspector(story: Story) -> None:
    with pytest.raises(InvalidAnswersError) as refusal:
        story.assign(second_inspector=story.cast.inspector.id)
    assert refusal.value.errors == {
        "second_inspector": ["至少两名监管人员参加（监督检查管理办法第23条），主检与协检不能是同一人"]
    }


def test_without_a_second_inspector_nothing_is_assigned(story: Story) -> None:
    with pytest.raises(InvalidAnswersError) as refusal:
        story.assign(second_inspector=None)
    assert refusal.value.errors == {"second_inspector": ["请选择协检人员"]}


def test_an_inspector_alone_on_site_may_not_inspect(on_site: Story) -> None:
    assert refused_onsite(on_site, both_present=False) == {
        "both_present": ["至少两名监管人员参加（监督检查管理办法第23条）"]
    }


def test_r_ins_08_certificates_are_shown_first(on_site: Story) -> None:
    assert refused_onsite(on_site, credentials_shown=False) == {
        "credentials_shown": ["检查前应当出示执法证件或者任务书（监督检查管理办法第24条）"]
    }


def test_nobody_leaves_before_arriving(on_site: Story) -> None:
    early = on_site.moment(minutes=-90)
    assert refused_onsite(on_site, left_at=early) == {"left_at": ["离开时间不能早于到达时间"]}


def test_far_from_the_registered_place_needs_a_reason(on_site: Story) -> None:
    assert refused_onsite(on_site, position=FAR_AWAY) == {
        "distance_reason": ["当前位置离登记地址超出允许距离，请说明原因（不少于5个字）"]
    }


def test_a_key_item_that_failed_needs_a_note_and_a_photo(on_site: Story) -> None:
    code = on_site.item(is_key=True)
    checklist = on_site.checklist({}) | {code: {"result": "nonconform"}}
    assert refused_onsite(on_site, checklist=checklist) == {
        f"checklist.{code}.note": ["不符合须写明情况"],
        f"checklist.{code}.photos": ["不符合须至少拍摄 1 张照片"],
    }


def test_an_expired_test_kit_proves_nothing(on_site: Story) -> None:
    test = {
        "item": "二氧化硫残留",
        "sample": "湿米粉",
        "kit_lot": "K1",
        "kit_expires_on": (today(on_site.clock) - timedelta(days=1)).isoformat(),
        "value": "0.05",
        "result": "pass",
    }
    assert refused_onsite(on_site, rapid_tests=[test]) == {"rapid_tests": ["试剂盒已过有效期，该检测结果无效"]}


def test_a_refused_signature_needs_its_witness(story: Story) -> None:
    story.until_result()
    told = story.result_answers("conform") | {"signature": "refused_witness", "refusal_reason": "有异议"}
    assert set(story.refused("result_and_signature", story.cast.inspector, **told)) == {
        "witness_name",
        "witness_signature",
    }


@pytest.mark.parametrize(
    ("content", "filename", "error"),
    [
        (b"", "照片.jpg", EmptyFileError),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "照片.jpg", FileTypeRefusedError),
        (b"MZ" + bytes(200), "照片.jpg", FileTypeRefusedError),
        (bytes(26 * 1024 * 1024), "录像.mp4", FileTooLargeError),
    ],
)
def test_a_file_that_is_empty_too_large_or_of_another_kind_is_refused(
    on_site: Story, content: bytes, filename: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        on_site.upload(on_site.cast.inspector, content, filename)


def test_a_video_is_no_photo(on_site: Story) -> None:
    video = on_site.video(on_site.cast.inspector)
    assert refused_onsite(on_site, door_photos=[video]) == {"door_photos": ["只能上传照片（JPG、PNG、WebP）"]}


def test_a_photo_seen_on_another_case_is_flagged_not_refused(on_site: Story) -> None:
    target = io.BytesIO()
    Image.new("RGB", (50, 50), "teal").save(target, "PNG")
    on_site.upload(on_site.cast.inspector, target.getvalue(), "门头.png")
    on_site.assign()
    on_site.accept()
    reused = on_site.upload(on_site.cast.inspector, target.getvalue(), "门头.png")
    on_site.inspect(door_photos=[reused])

    with on_site.database.reading() as session:
        assert session.get_one(Attachment, reused).flags == ["photo_reused"]
    assert on_site.inspection().flags == ["photo_reused"]


def test_submitting_twice_is_one_submission(on_site: Story) -> None:
    answers = on_site.onsite_answers()
    task = on_site.open_task("onsite_inspection")

    def submit() -> bool:
        with on_site.database.unit_of_work() as session:
            completion = on_site.engine.complete(
                session, task.id, answers, on_site.cast.inspector, idempotency_key="one-tap"
            )
            return completion.is_repeat

    assert [submit(), submit()] == [False, True]
    with on_site.database.reading() as session:
        assert len(session.scalars(select(Submission).where(Submission.user_task_id == task.id)).all()) == 1
        assert len(session.scalars(select(InspectionItem)).all()) == len(on_site.items())


def test_submitting_what_is_done_is_a_conflict(on_site: Story) -> None:
    task, answers = on_site.open_task("onsite_inspection"), on_site.onsite_answers()
    on_site.inspect()
    with on_site.database.unit_of_work() as session, pytest.raises(UserTaskAlreadyCompletedError):
        on_site.engine.complete(session, task.id, answers, on_site.cast.inspector)


def test_submitting_after_reassignment_is_a_conflict_and_the_draft_stays(on_site: Story) -> None:
    task, answers = on_site.open_task("onsite_inspection"), on_site.onsite_answers()
    with on_site.database.unit_of_work() as session:
        on_site.engine.assign(session, task.id, on_site.cast.colleague.id, on_site.cast.lead)
        now = on_site.clock.now()
        session.add(Draft(user_task_id=task.id, user_id=on_site.cast.inspector.id, answers=answers, saved_at=now))

    with pytest.raises((UserTaskNotAssignedToYouError, UserTaskAlreadyClaimedError)) as refusal:
        on_site.do("onsite_inspection", on_site.cast.inspector, **answers)
    assert isinstance(refusal.value, ConflictError)
    with on_site.database.reading() as session:
        assert session.get_one(Draft, (task.id, on_site.cast.inspector.id)).answers == answers


def test_a_closed_case_is_not_edited(story: Story) -> None:
    story.until_result()
    story.tell_result("conform")
    story.approve()
    with story.database.reading() as session:
        tasks = list(session.scalars(select(UserTask).where(UserTask.process_instance_id == story.case)))
    review = next(task for task in tasks if task.element_id == "lead_review")
    with (
        story.database.unit_of_work() as session,
        pytest.raises((InstanceEndedError, UserTaskAlreadyCompletedError)) as refusal,
    ):
        story.engine.complete(session, review.id, {"decision": "approve"}, story.cast.lead)
    assert isinstance(refusal.value, ConflictError)


@pytest.fixture
def offered(story: Story) -> Iterator[UserTask]:
    """A user task that is offered to all inspectors of the district."""
    story.assign()
    task = story.open_task("accept_assignment")
    with story.database.unit_of_work() as session:
        story.engine.release(session, task.id, story.cast.inspector)
    yield task


def test_without_a_certificate_nothing_is_claimed(story: Story, offered: UserTask) -> None:
    with story.database.unit_of_work() as session, pytest.raises(NotQualifiedError):
        story.engine.claim(session, offered.id, story.cast.unqualified)


def test_another_regions_inspector_finds_nothing(story: Story, offered: UserTask) -> None:
    with story.database.unit_of_work() as session, pytest.raises(NotFoundError):
        story.engine.claim(session, offered.id, story.cast.outsider)


def test_another_regions_business_cannot_be_chosen(story: Story) -> None:
    with pytest.raises(InvalidAnswersError) as refusal:
        story.assign(second_inspector=story.cast.outsider.id)
    assert refusal.value.errors == {"second_inspector": ["未找到所选的协检人员，或不在您的辖区内"]}


@pytest.mark.parametrize("days", [0, 31])
def test_rectification_takes_one_to_thirty_working_days(story: Story, days: int) -> None:
    story.until_result({story.item(is_key=False): SERIOUS})
    told = story.result_answers("basically") | {"rectify_days": days}
    assert list(story.refused("result_and_signature", story.cast.inspector, **told)) == ["rectify_days"]


def test_what_is_put_right_was_not_done_tomorrow(story: Story) -> None:
    story.until_order({story.item(is_key=False): SERIOUS}, "basically")
    measure = {
        "cause": "未及时索证",
        "action": "已补齐凭证",
        "done_on": (today(story.clock) + timedelta(days=1)).isoformat(),
        "photos": [],
    }
    submitted = {"kind": "submit", "measures": [measure], "is_true": True}
    assert story.refused("submit_rectification", story.cast.business, **submitted) == {
        "measures.0.done_on": ["完成日期不能晚于今天"],
        "measures.0.photos": ["请拍摄或上传整改后照片"],
    }
