"""Cases: the list, and the page that says where a case stands, who must act, by when, and what happened."""

from __future__ import annotations

from tempfile import TemporaryFile

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, send_file, url_for
from flask_babel import gettext
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from engine import queries
from engine.informants import informant_access
from engine.queries.cases import find_case
from engine.queries.people import case_people
from records.attachments import Attachment
from records.documents import Document
from records.evidence import write_pack
from records.store import Origin, Store
from records.submissions import Comment
from web import diagrams, exports, lists
from web.comments import comment
from web.files import files_of_case
from web.labels import LABELS, label
from web.mentions import shown_with_links
from web.parts import parts
from web.permissions import actor, holds, permission, viewer
from web.reads.regions import regions_within
from web.templating import safe_next

blueprint = Blueprint("cases", __name__)
PAGE = 30


@blueprint.get("/cases")
@permission("case.read")
def index() -> str | Response:
    """The cases of the jurisdiction, newest first."""
    who = viewer()
    with parts().database.reading() as session:
        processes, regions = queries.process_names(session), regions_within(session, who)
        wanted = queries.CaseFilter(
            text=lists.text(),
            process=lists.chosen("process", processes) or None,
            state=lists.chosen("state", LABELS["case_state"]) or None,
            region=lists.chosen("region", [region.path for region in regions]) or None,
        )
        if kind := lists.wanted_export():
            return lists.export(kind, gettext("案件"), exports.CASES, queries.all_cases(session, who, wanted))
        return render_template(
            "cases.html",
            page=queries.cases(session, who, wanted, lists.cursor(), PAGE),
            chosen=wanted,
            processes=processes.items(),
            regions=regions,
            is_filtered=wanted != queries.CaseFilter(),
            startable=queries.startable(session, who),
        )


@blueprint.get("/cases/<case_id>")
@permission("case.read")
def detail(case_id: str) -> str:
    """Where the case stands and everything that belongs to it."""
    here = parts()
    with here.database.reading() as session:
        drawn = queries.diagram(session, case_id, actor(), clock=here.clock)
        return render_template(
            "case.html",
            case=queries.case(session, case_id, actor(), clock=here.clock),
            sides=queries.side_tasks(session, actor(), case_id),
            processes=[(each["process"], each["name"]) for each in diagrams.entered(drawn)],
            process=request.args.get("process") or diagrams.innermost(drawn),
            informant_access=informant_access(session, here.clock, case_id, actor()),
            may_take_evidence=holds("case.evidence"),
            documents=files_of_case(session, Document, case_id, actor()),
            attachments=files_of_case(session, Attachment, case_id, actor()),
        )


@blueprint.get("/cases/<case_id>/diagram.json")
@permission("case.read")
def diagram(case_id: str) -> Response:
    """The model of the case, or of a process it called, with what was passed, what is open, who and when."""
    with parts().database.reading() as session:
        drawn = queries.diagram(session, case_id, actor(), clock=parts().clock)
        answer = jsonify(diagrams.shown(drawn, request.args.get("process"), case_id))
        answer.headers["Cache-Control"] = "private, no-store"
        return answer


@blueprint.post("/cases/<case_id>/evidence")
@permission("case.evidence")
def evidence(case_id: str) -> Response:
    """The evidence pack of a case, to be verified offline. Who took it is entered in the journal, and in the pack."""
    here, who = parts(), actor()
    with here.database.reading() as session:
        number = queries.case(session, case_id, who, clock=here.clock).business_key
    with here.database.unit_of_work() as session:
        origin = Origin(process_instance_id=case_id)
        Store(session, here.clock, who, origin).enter("case.evidence_taken", "process_instance", case_id)
    pack = TemporaryFile()  # noqa: SIM115 - the answer closes it
    with here.database.reading() as session:
        write_pack(session, here.blobs, case_id, number, here.clock.now(), pack)
    pack.seek(0)
    return send_file(pack, mimetype="application/zip", as_attachment=True, download_name=f"{number}.zip")


@blueprint.post("/cases/<case_id>/comments")
@permission("case.comment")
def post_comment(case_id: str) -> Answer:
    """Put a remark on the case."""
    here = parts()
    with here.database.unit_of_work() as session:
        queries.case(session, case_id, actor(), clock=here.clock)
        comment(
            session, here.clock, actor(), case_id, request.form.get("text", ""),
            user_task_id=request.form.get("user_task_id") or None, chosen=request.form.getlist("mention"),
        )  # fmt: skip
    target = request.form.get("next")
    return redirect(safe_next(target) if target else url_for("cases.detail", case_id=case_id, _anchor="comments"))


@blueprint.get("/cases/<case_id>/people")
@permission("case.comment")
def people(case_id: str) -> Response:
    """Who may see the case and could be named in a remark: id, name, roles."""
    with parts().database.reading() as session:
        found = case_people(session, actor(), find_case(session, case_id, actor()), lists.text())
    rows = [{"id": one.id, "name": one.name, "hint": " · ".join(label("role", r) for r in one.roles)} for one in found]
    answer = jsonify(rows)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@blueprint.app_template_global("remark")
def remark(one: Comment) -> Markup:
    """A remark with its names as links, for readers who may open people."""
    return shown_with_links(one.text, one.mentions, None if actor().is_business else "/people/")


@blueprint.post("/cases/<case_id>/cancellation")
@permission("case.cancel")
def cancel(case_id: str) -> Answer:
    """End the case before its time, with a reason."""
    here = parts()
    with here.database.unit_of_work() as session:
        here.engine.cancel(session, case_id, actor(), request.form.get("reason", ""))
    flash(gettext("案件已撤销"), "good")
    return redirect(url_for("cases.detail", case_id=case_id))
