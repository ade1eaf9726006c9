"""Where the demo city's pages are, and who looks at them."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlalchemy import select

from engine.model import UserTask, UserTaskState
from records.documents import Document
from records.inspections import Inspection
from records.people import User
from tests.browser.site import Site


def task(site: Site, element: str, username: str | None = None) -> str:
    """The address of an open user task; with a name, one that is this person's or their business's."""
    with site.database.reading() as session:
        wanted = select(UserTask.id).where(UserTask.element_id == element, UserTask.state == UserTaskState.OPEN)
        if username:
            who = session.scalars(select(User).where(User.username == username)).one()
            own = UserTask.establishment_id == who.establishment_id
            wanted = wanted.where(own if who.establishment_id else UserTask.assignee_id == who.id)
        found = session.scalars(wanted.order_by(UserTask.created_at)).first()
        assert found, f"no open {element}"
        return f"/tasks/{found}"


def case(site: Site, element: str, username: str | None = None) -> str:
    """The address of a case that has come this far."""
    with site.database.reading() as session:
        here = session.get_one(UserTask, task(site, element, username).removeprefix("/tasks/"))
        return f"/cases/{here.process_instance_id}"


def establishment(site: Site) -> str:
    """The address of an establishment that was inspected."""
    with site.database.reading() as session:
        row = session.scalars(select(Inspection).where(Inspection.result_at.is_not(None))).first()
        assert row is not None
        return f"/establishments/{row.establishment_id}"


def inspection(site: Site) -> str:
    """The address of an inspection's record."""
    with site.database.reading() as session:
        row = session.scalars(select(Inspection).where(Inspection.result_at.is_not(None))).first()
        assert row is not None
        return f"/records/inspection/{row.id}"


def paper(site: Site) -> str:
    """The address where an issued document is verified."""
    with site.database.reading() as session:
        row = session.scalars(
            select(Document).where(Document.sha256.is_not(None), Document.kind == "result_sheet")
        ).first()
        assert row is not None
        return f"/verify/{row.token}"


Address = str | Callable[[Site], str]

#: name -> who looks, and where
PAGES: dict[str, tuple[str, Address]] = {
    "sign_in": ("", "/sign-in"),
    "verify": ("", paper),
    "inbox": ("inspector", "/inbox"),
    "inbox_with_task": ("inspector", lambda site: f"/inbox?task={task(site, 'onsite_inspection', 'inspector')[7:]}"),
    "inbox_group": ("lead", "/inbox?view=group"),
    "task": ("inspector", lambda site: task(site, "accept_assignment", "inspector")),
    "onsite": ("inspector", lambda site: task(site, "onsite_inspection", "inspector")),
    "result": ("inspector", lambda site: task(site, "result_and_signature", "inspector")),
    "cases": ("lead", "/cases"),
    "case": ("lead", lambda site: case(site, "submit_rectification")),
    "start": ("lead", "/start"),
    "start_form": ("lead", "/start/inspection"),
    "establishments": ("lead", "/establishments"),
    "establishment": ("lead", establishment),
    "products": ("lead", "/products"),
    "inspections": ("lead", "/inspections"),
    "record": ("lead", inspection),
    "search": ("lead", "/search?q=米粉"),
    "notifications": ("inspector", "/notifications"),
    "account": ("inspector", "/account"),
    "absences": ("lead", "/absences"),
    "admin": ("admin", "/admin/"),
    "rectification": ("business", lambda site: task(site, "submit_rectification", "business")),
}


def address(site: Site, name: str) -> str:
    """Where a page is."""
    where = PAGES[name][1]
    return where if isinstance(where, str) else where(site)


def settle(page: Page) -> None:
    """Until everything that comes by itself has come, the diagram too."""
    page.wait_for_load_state("networkidle")
    if page.locator("[data-diagram-url]").count():
        expect(page.locator("[data-diagram-url] .djs-container").first).to_be_visible()
