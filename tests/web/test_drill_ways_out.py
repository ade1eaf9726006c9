"""What of a drill could get out, found by looking at the program itself: a way that is new is tried from its first day.

Everything in a small real world is made a drill's with one stroke of SQL; then nobody outside may see or count it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Table, event, select, text, true
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import AliasedReturnsRows

from records.assessment_periods import CycleKind, Period
from records.base import Base
from records.figures import Question
from records.statistics import FIGURES, measure_all
from tests.architecture.test_walls import ROOT, place, sources
from tests.factories import DISTRICT, region
from tests.web.routes import calls
from tests.web.test_permission_matrix import everything_said
from tests.web.test_public_pages import Shelf
from tests.web.world import NEXT_DOOR, OURS, World

pytest_plugins = ["tests.web.world_fixtures"]

MARKABLE = {table.name for table in Base.metadata.sorted_tables if "is_drill" in table.columns}
#: open pages may read these of a drill too: whoever holds a paper of it may check the paper, which bears the mark
SHOWN_TO_HOLDERS = {"document", "process_instance"}
#: who may write lines into people's notifications: each tells only those who take part in a drill, or is about no case
TELLERS = {"engine/notices.py": "may_be_told", "engine/absence.py": "Absence"}
#: who may hand mail to the outbox, and who takes it from there
MAILERS = {"workflows/parties.py", "workflows/announcement_release.py", "workflows/handlers.py", "engine/returning.py"}


@pytest.fixture
def published(world: World) -> World:
    """The world with a page for everybody."""
    shelf = Shelf(world.database, world.clock, world.known.cast)
    shelf.put(world.known.here.announcement_id, title=OURS, summary=OURS, body=OURS, rows=[["结论", OURS]])
    return world


def make_it_a_drill(world: World) -> None:
    """Whatever may be a drill's is a drill's."""
    with world.database.unit_of_work() as session:
        for table in Base.metadata.sorted_tables:
            if "is_drill" in table.columns:
                session.execute(table.update().values(is_drill=true()))


def asked(world: World, session: object) -> Question:
    month = Period.containing(CycleKind.MONTH, world.clock.now().date())
    return Question(session, month, DISTRICT, region(session).path)  # type: ignore[arg-type]


def open_pages(world: World) -> Iterator[str]:
    """Every address that answers anyone."""
    browser = world.browser()
    for call in calls(world.app, world.known.here, ("GET",)):
        if call.by(browser).status_code not in (302, 401):
            yield call.path


def test_whoever_has_not_signed_in_reads_nothing_of_a_drill(published: World) -> None:
    """Pages, JSON, RSS and Atom: what was there as long as it was real is gone."""
    pages, browser = list(open_pages(published)), published.browser()
    assert len([path for path in pages if path.startswith("/public")]) >= 6
    assert sum(OURS in everything_said(browser.get(path)) for path in pages) >= 5
    make_it_a_drill(published)
    for path in pages:
        if not path.startswith("/verify/"):
            said = everything_said(browser.get(path, buffered=True)).replace(path, "")
            assert not [word for word in (OURS, NEXT_DOOR, published.known.here.case_id) if word in said], path
    token = published.known.here.token
    assert "演练" in everything_said(browser.get(f"/verify/{token}")), "a drill's paper must say what it is"


def test_what_open_pages_read_is_bounded_in_sql(published: World) -> None:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    pages, browser = list(open_pages(published)), published.browser()
    event.listen(published.database.engine, "before_cursor_execute", note)
    for path in pages:
        browser.get(path, buffered=True)
    event.remove(published.database.engine, "before_cursor_execute", note)
    assert any("FROM public_page" in statement for statement in statements)
    tables = MARKABLE - SHOWN_TO_HOLDERS
    unbounded = [
        statement
        for statement in statements
        for table in tables
        if f"FROM {table}" in statement.replace("\n", " ")
        and f"{table}.is_drill" not in statement.partition("WHERE")[2]
    ]
    assert unbounded == []


def test_no_figure_counts_a_drill(world: World) -> None:
    with world.database.reading() as session:
        real = measure_all(asked(world, session), FIGURES)
        counted = [name for name, one in real.items() if one.of_region("/").numerator and of_cases(world, name)]
    assert counted
    make_it_a_drill(world)
    with world.database.reading() as session:
        drill = measure_all(asked(world, session), FIGURES)
    assert [name for name in counted if drill[name] == real[name]] == []


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_leaves_drills_out_in_sql(read_world: World, name: str) -> None:
    """Each table of a figure that may hold a drill's rows is asked for real ones."""
    with read_world.database.reading() as session:
        for statement in FIGURES[name].parts(asked(read_world, session)):
            elements = list(visitors.iterate(statement))
            used = {each.name for each in elements if isinstance(each, Table)} & MARKABLE
            bounded = {table_name(each) for each in elements if is_mark(each)}
            assert used <= bounded, f"{name} counts rows of {used - bounded} that a drill made"


def of_cases(world: World, name: str) -> bool:
    """Whether a figure counts what a drill may make (people and places are nobody's drill)."""
    with world.database.reading() as session:
        parts = FIGURES[name].parts(asked(world, session))
    used = {each.name for part in parts for each in visitors.iterate(part) if isinstance(each, Table)}
    return bool(used & MARKABLE)


def is_mark(element: object) -> bool:
    return isinstance(element, ColumnElement) and getattr(element, "name", "") == "is_drill"


def table_name(column: object) -> str:
    table = getattr(column, "table", None)
    while isinstance(table, AliasedReturnsRows):
        table = table.element
    return str(getattr(table, "name", ""))


def makers(path: Path, names: Iterable[str]) -> list[str]:
    """The calls of these names in a module."""
    tree = ast.parse(path.read_text("utf-8"))
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [each.id for each in called if isinstance(each, ast.Name) and each.id in names]


def test_people_are_told_in_one_place_that_knows_of_drills() -> None:
    found = {place(path) for path in sources() if makers(path, {"Notification"})}
    assert found == set(TELLERS)
    for name, guard in TELLERS.items():
        assert guard in (ROOT / name).read_text("utf-8")


def test_mail_leaves_by_one_door_that_knows_of_drills() -> None:
    found = {place(path) for path in sources() if "JobKind.NOTIFICATION" in path.read_text("utf-8")}
    assert found == MAILERS
    assert {place(path) for path in sources() if "smtplib" in path.read_text("utf-8")} == {"workflows/handlers.py"}
    assert "takes_part" in (ROOT / "workflows" / "handlers.py").read_text("utf-8")


def test_a_business_that_takes_no_part_finds_nothing_of_a_drill(published: World) -> None:
    """Registry, records, exports and searches of the business next door and of the plant itself."""
    make_it_a_drill(published)
    known = published.known
    browser = published.browser(known.cast.business)
    page = everything_said(browser.get(f"/establishments/{known.here.establishment_id}"))
    assert known.here.inspection_id not in page
    rival = published.browser(known.people.rival)
    for call in calls(published.app, known.rival, ("GET",)):
        if not call.path.startswith(("/verify", "/admin")):
            assert OURS not in everything_said(call.by(rival)), call.path


def test_a_drill_in_a_list_says_so(published: World) -> None:
    """Whoever may see a drill's inspections, on the screen or as a file, sees that they are a drill's."""
    make_it_a_drill(published)
    browser = published.browser(published.known.cast.manager)
    with published.database.reading() as session:
        numbers = session.scalars(select(text("no")).select_from(text("inspection"))).all()
    for path in ("/inspections", "/inspections?export=csv", "/inspections?export=xlsx", "/cases", "/cases?export=csv"):
        said = everything_said(browser.get(path, buffered=True))
        if any(str(number) in said for number in numbers):
            assert "演练" in said, path
