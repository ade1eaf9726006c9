"""Two processes meet: the result of an inspection is announced, and its disclosure hears of it."""

from __future__ import annotations

from tests.workflows.announcement_story import AnnouncementStory
from tests.workflows.sampling_story import SamplingStory


def test_a_result_goes_from_the_inspection_to_the_public_page_and_back(picked: SamplingStory) -> None:
    picked.until_result()
    picked.tell_result("conform")
    picked.approve()
    picked.deliver_messages()
    picked.case = picked.cases("result_disclosure")[-1].id
    picked.deliver_messages()
    told = AnnouncementStory(picked.database, picked.engine, picked.clock, picked.cast, picked.blobs)
    told.case = told.newest_case("announcement")
    begun = told.announcement()
    assert begun.source_case_no == picked.instance().business_key
    assert begun.establishment_id == picked.cast.business.establishment_id
    opened = told.prefilled()
    assert opened["is_public"] and "单位名称" in {row["label"] for row in opened["fields"]}
    assert "<th>" not in (begun.body or "")  # what is reviewed one by one stands nowhere else

    kept = {name: opened[name] for name in ("kind", "title", "body", "fields", "category", "summary", "is_public")}
    told.do("draft", told.cast.inspector, **told.answers(**kept, penalty_kind="none"))
    told.section()
    told.disclose()
    told.sign()
    page = told.page()
    assert page is not None and "检查结论" in {label for label, _value in page.rows}
    told.post()
    assert picked.instance().end_element == "result_published"
