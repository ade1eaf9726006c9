"""The inbox: what is mine, what waits for my group, what my jurisdiction works on, what I have done."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine import queries
from records.errors import NotFoundError
from records.people import Actor
from records.registry import Establishment
from records.registry_queries import find_establishment
from web import lists
from web.parts import parts
from web.permissions import actor, permission, viewer
from web.reads.regions import RegionChoice, regions_within

blueprint = Blueprint("inbox", __name__)
PAGE = 20
DUES = {"overdue": lazy_gettext("已逾期"), "today": lazy_gettext("今天到期"), "week": lazy_gettext("本周到期")}

FOLLOW_UPS = {"today": lazy_gettext("今天跟进"), "set": lazy_gettext("待跟进")}


@dataclass(frozen=True)
class Narrowing:
    """The filters of the page as chosen, and what there is to choose from."""

    view: str
    due: str
    follow_up: str
    step: str
    region: str
    steps: list[queries.StepChoice]
    regions: list[RegionChoice]

    def filter(self) -> queries.InboxFilter:
        """The same for the query."""
        step = next((one for one in self.steps if one.value == self.step), None)
        return queries.InboxFilter(
            text=lists.text(),
            process=step.process_key if step else None,
            element=step.element_id if step else None,
            due=queries.DueWindow(self.due) if self.due else None,
            follow_up=queries.FollowUp(self.follow_up) if self.follow_up and self.view != "done" else None,
            region=self.region or None,
        )


@blueprint.get("/")
@permission("inbox.read")
def home() -> Response:
    """The first page of everyone."""
    return redirect(url_for("inbox.index"))


@blueprint.get("/inbox")
@permission("inbox.read")
def index() -> str:
    """The list, and on wide screens the chosen task beside it."""
    who = viewer()
    here = parts()
    with here.database.reading() as session:
        narrowed = _narrowing(session, who)
        wanted = narrowed.filter()
        detail, establishment = _detail(session, request.args.get("task"))
        return render_template(
            "inbox.html",
            narrowed=narrowed,
            filter=wanted,
            dues=DUES.items(),
            follow_ups=FOLLOW_UPS.items(),
            page=queries.inbox(session, who, narrowed.view, wanted, lists.cursor(), PAGE, now=here.clock.now()),
            counts=queries.inbox_counts(session, who, now=here.clock.now()),
            substitutes=queries.substitute_count(session, who, now=here.clock.now()),
            detail=detail,
            establishment=establishment,
            is_filtered=wanted != queries.InboxFilter(),
            startable=queries.startable(session, who),
        )


def _narrowing(session: Session, who: Actor) -> Narrowing:
    view = lists.chosen("view", queries.InboxView) or queries.InboxView.MINE
    steps, regions = queries.inbox_steps(session, who, view, now=parts().clock.now()), regions_within(session, who)
    return Narrowing(
        view=view,
        due=lists.chosen("due", DUES),
        follow_up=lists.chosen("follow_up", FOLLOW_UPS),
        step=lists.chosen("step", [one.value for one in steps]),
        region=lists.chosen("region", [one.path for one in regions]),
        steps=steps,
        regions=regions,
    )


def _detail(session: Session, user_task_id: str | None) -> tuple[queries.TaskDetail | None, Establishment | None]:
    if not user_task_id:
        return None, None
    try:
        detail = queries.user_task(session, user_task_id, actor(), clock=parts().clock)
        place = detail.establishment_id
        return detail, find_establishment(session, actor(), place) if place else None
    except NotFoundError:
        return None, None
