"""The documents of an assessment: the sheet of each, the report with its workbook."""

from __future__ import annotations

import io

from openpyxl import load_workbook
from sqlalchemy import select

from engine.jobs import run_due
from records.attachments import Attachment
from records.documents import Document
from records.settings import Settings
from tests.workflows.assessment_story import AssessmentStory
from workflows.handlers import handlers


def printed(story: AssessmentStory) -> None:
    """The worker prints what was issued."""
    working = handlers(Settings.from_environment({}), story.blobs, story.clock)
    while run_due(story.database, story.engine, working, story.clock):
        pass


def test_the_report_is_printed_and_its_tables_are_a_workbook(invited: AssessmentStory) -> None:
    story = invited
    story.settle(story.plant, story.owner)
    story.others(story.plant)
    story.analyse()
    printed(story)
    with story.database.reading() as session:
        papers = session.scalars(select(Document).where(Document.kind.startswith("assessment"))).all()
        assert sorted({each.kind for each in papers}) == ["assessment_report", "assessment_sheet"]
        assert all(each.status == "issued" and each.size for each in papers)
        report = next(each for each in papers if each.kind == "assessment_report")
        kept = session.scalars(select(Attachment).where(Attachment.process_instance_id == story.cycle_case)).all()
    (file,) = [each for each in kept if each.filename.endswith(".xlsx")]
    with story.blobs.open(file.sha256) as stream:
        book = load_workbook(io.BytesIO(stream.read()))
    assert book.sheetnames == ["同类排名", "得分分布", "指标得分率"]
    ranking = [[cell.value for cell in row] for row in book["同类排名"].iter_rows()]
    assert ranking[0][:5] == ["类别", "名次", "对象", "得分", "等级"]
    assert len(ranking) == 5
    assert all(isinstance(row[3], float | int) for row in ranking[1:])
    assert [row["name"] for row in report.facts["ranking"]] == [row[2] for row in ranking[1:]]


def test_the_sheet_says_what_each_side_gave(invited: AssessmentStory) -> None:
    story = invited
    story.settle(story.plant, story.owner)
    with story.database.reading() as session:
        sheet = session.scalars(select(Document).where(Document.process_instance_id == story.case)).one()
    rows = {row["name"]: row for row in sheet.facts["rows"]}
    assert rows["设备与软件运维"]["figure"] == "由评审判断"
    assert rows["备案率"]["figure"] == "1/1，100.0%" and rows["备案率"]["final"] == "5.00"
    assert rows["追溯时效"]["figure"] == "不适用"  # no trace was run
    assert sheet.facts["final"] == f"{story.subject(story.plant).final_points:.2f}"
