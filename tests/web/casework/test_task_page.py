"""The page of a user task: what it shows, to whom; claiming, giving back, handing over."""

from __future__ import annotations

import pytest

from records.people import Actor
from tests.factories import Cast
from tests.web.conftest import SignIn
from tests.workflows.story import Story


@pytest.fixture
def accepting(story: Story) -> str:
    """An assignment that the inspector is to accept."""
    story.assign()
    return story.open_task("accept_assignment").id


def test_the_page_says_what_by_when_and_on_what_ground(
    sign_in: SignIn, cast: Cast, accepting: str, story: Story
) -> None:
    page = sign_in(cast.inspector).get(f"/tasks/{accepting}")
    assert page.status_code == 200
    for words in (
        story.instance().business_key,
        "老陈米粉厂",
        "个工作日",
        "到期",
        "风险等级",
        "SC10245020300018",
        "韦检",
    ):
        assert words in page.text


def test_the_form_is_native_html_with_its_drafts_address(sign_in: SignIn, cast: Cast, accepting: str) -> None:
    page = sign_in(cast.inspector).get(f"/tasks/{accepting}").text
    assert f'action="/tasks/{accepting}/completion"' in page
    assert f'data-draft-url="/tasks/{accepting}/draft"' in page
    assert 'name="scheduled_on"' in page
    assert "style=" not in page
    assert "onclick" not in page


def test_the_onsite_checklist_has_every_item_with_three_buttons(sign_in: SignIn, cast: Cast, story: Story) -> None:
    story.assign()
    story.accept()
    page = sign_in(cast.inspector).get(f"/tasks/{story.open_task('onsite_inspection').id}").text
    items = story.items()
    assert page.count("data-item ") == len(items)
    for item in items:
        assert item.text in page
    assert page.count('value="nonconform"') == sum(1 for item in items if item.answer.value == "conformity")
    assert "★" in page
    assert "0–8 ℃" in page
    assert page.count("data-section") >= 4


def test_a_foreign_region_finds_nothing(sign_in: SignIn, cast: Cast, accepting: str) -> None:
    browser = sign_in(cast.outsider)
    assert browser.get(f"/tasks/{accepting}").status_code == 404
    assert browser.post(f"/tasks/{accepting}/claim").status_code == 404
    assert browser.post(f"/tasks/{accepting}/completion").status_code == 404
    assert browser.put(f"/tasks/{accepting}/draft", json={"answers": {}}).status_code == 404


def test_a_business_does_not_see_the_inspectors_task(sign_in: SignIn, cast: Cast, accepting: str) -> None:
    assert sign_in(cast.business).get(f"/tasks/{accepting}").status_code == 404


def test_nobody_sees_a_task_without_signing_in(client: object, accepting: str) -> None:
    answer = client.get(f"/tasks/{accepting}")  # type: ignore[attr-defined]
    assert answer.status_code == 302
    assert "/sign-in" in answer.location


def test_others_see_who_has_it_and_no_form(sign_in: SignIn, cast: Cast, accepting: str) -> None:
    page = sign_in(cast.colleague).get(f"/tasks/{accepting}").text
    assert "data-form" not in page
    assert "韦检" in page


@pytest.fixture
def offered(story: Story, sign_in: SignIn, cast: Cast, accepting: str) -> str:
    """The assignment, given back: offered to all inspectors."""
    answer = sign_in(cast.inspector).post(f"/tasks/{accepting}/release", data={"reason": "当天在外培训"})
    assert answer.status_code == 303
    return accepting


def test_a_task_given_back_is_claimed_by_a_colleague(sign_in: SignIn, cast: Cast, offered: str, story: Story) -> None:
    answer = sign_in(cast.colleague).post(f"/tasks/{offered}/claim")
    assert answer.status_code == 303
    assert story.open_task("accept_assignment").assignee_id == cast.colleague.id


def test_htmx_is_told_where_to_go(sign_in: SignIn, cast: Cast, offered: str) -> None:
    answer = sign_in(cast.colleague).post(f"/tasks/{offered}/claim", headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"] == f"/tasks/{offered}"


def test_an_unqualified_claim_is_refused_with_the_reason(sign_in: SignIn, cast: Cast, offered: str) -> None:
    browser = sign_in(cast.unqualified)
    answer = browser.post(f"/tasks/{offered}/claim")
    assert answer.status_code == 409
    assert "监督检查资格" in answer.text
    assert "监督检查资格" in browser.get(f"/tasks/{offered}").text


def test_who_comes_second_is_told_so(sign_in: SignIn, cast: Cast, offered: str) -> None:
    sign_in(cast.colleague).post(f"/tasks/{offered}/claim")
    assert sign_in(cast.inspector).post(f"/tasks/{offered}/claim").status_code == 409


@pytest.mark.parametrize(("who", "status"), [("lead", 303), ("colleague", 403)])
def test_only_those_who_direct_hand_a_task_over(
    sign_in: SignIn, cast: Cast, accepting: str, story: Story, who: str, status: int
) -> None:
    actor: Actor = getattr(cast, who)
    answer = sign_in(actor).post(f"/tasks/{accepting}/assign", data={"assignee_id": cast.colleague.id})
    assert answer.status_code == status
    expected = cast.colleague.id if status == 303 else cast.inspector.id
    assert story.open_task("accept_assignment").assignee_id == expected


def test_a_task_is_not_handed_to_the_unqualified(sign_in: SignIn, cast: Cast, accepting: str) -> None:
    answer = sign_in(cast.lead).post(f"/tasks/{accepting}/assign", data={"assignee_id": cast.unqualified.id})
    assert answer.status_code == 409


def test_the_lead_is_offered_whom_it_may_go_to(sign_in: SignIn, cast: Cast, accepting: str) -> None:
    page = sign_in(cast.lead).get(f"/tasks/{accepting}").text
    assert "覃协" in page
    assert "莫新" not in page


@pytest.mark.parametrize("tab", ["diagram", "timeline", "files", "comments", "nonsense"])
def test_every_tab_opens(sign_in: SignIn, cast: Cast, accepting: str, tab: str) -> None:
    assert sign_in(cast.inspector).get(f"/tasks/{accepting}?tab={tab}").status_code == 200


def test_a_completed_task_shows_what_was_answered(sign_in: SignIn, cast: Cast, accepting: str, story: Story) -> None:
    story.accept()
    page = sign_in(cast.inspector).get(f"/tasks/{accepting}").text
    assert "办理结果" in page
    assert "data-form" not in page
    assert "韦检" in page
