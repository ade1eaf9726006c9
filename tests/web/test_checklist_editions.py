"""A case keeps the edition of its checklist: what is released later is for cases that begin later."""

from __future__ import annotations

from records.checklists import ChecklistTemplate, released_template
from records.store import Store
from tests.factories import Cast
from tests.web.conftest import SignIn
from tests.workflows.story import Story
from web.admin.rules import new_edition, release

WHY = "按新规定修订要点表"
NEW_TEXT = "新版要点表的第一项检查内容"


def revise(story: Story) -> tuple[str, str]:
    """A new edition in which the first item reads otherwise and the last is gone; gives their old texts."""
    with story.database.unit_of_work() as session:
        store = Store(session, story.clock, story.cast.admin)
        draft = new_edition(store, released_template(session, "rice_noodle_producer").id, WHY)
        session.flush()
        session.refresh(draft)
        first, *_others, last = draft.items
        before = (first.text, last.text)
        store.correct(first, {"text": NEW_TEXT}, reason=WHY)
        store.tombstone(last, reason=WHY)
        release(store, draft.id, WHY)
        return before


def test_an_open_checklist_shows_and_takes_its_own_edition(sign_in: SignIn, cast: Cast, story: Story) -> None:
    story.assign()
    story.accept()
    answers = story.onsite_answers()
    first, last = revise(story)
    page = sign_in(cast.inspector).get(f"/tasks/{story.open_task('onsite_inspection').id}").text
    assert first in page and last in page
    assert NEW_TEXT not in page
    story.do("onsite_inspection", cast.inspector, **answers)
    assert story.waits_for() == ["cosign"]


def test_a_case_that_begins_later_has_the_new_edition_without_what_was_taken_out(
    sign_in: SignIn, cast: Cast, story: Story
) -> None:
    _first, last = revise(story)
    story.assign()
    story.accept()
    page = sign_in(cast.inspector).get(f"/tasks/{story.open_task('onsite_inspection').id}").text
    assert NEW_TEXT in page
    assert last not in page
    story.inspect()
    with story.database.reading() as session:
        assert session.get_one(ChecklistTemplate, story.inspection().checklist_template_id).edition == 2
    assert story.waits_for() == ["cosign"]
