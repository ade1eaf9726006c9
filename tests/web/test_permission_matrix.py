"""Every route for everybody: who must sign in first, for whom a thing does not exist, and that looking changes nothing.

Routes are read from the application, so a new one is tested from its first day.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from difflib import unified_diff

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from records.base import Base, Fact
from records.people import Actor
from tests.web.routes import UNSAFE, Call, calls, names_a_thing
from tests.web.world import NEXT_DOOR, OTHER_DISTRICT, OURS, Template, Things, World

pytest_plugins = ["tests.web.world_fixtures"]
pytestmark = pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning")  # Flask-Security

#: all that answers without a sign-in. Adding a line is a decision, not a detail
OPEN = (
    r"/static/.*", r"/fs-static/.*", r"/admin/static/.*", r"/sign-in(/.*)?", r"/sign-out", r"/language",
    r"/verify/.*", r"/public(\.json|/.*)?", r"/health", r"/ready", r"/metrics", r"/api/openapi\.json", r"/api/docs",
)  # fmt: skip
NOTHING = Things(**{name: "01ARZ3NDEKTSV4RRFFQ69G5FAV" for name in Things.__dataclass_fields__})
SEARCHES = ("独有字号", "厂", "米粉", "rival", "sibling", "检-4502", "记录")
LISTS = ("/cases", "/establishments", "/products", "/inspections", "/lots", "/vouchers")


def foreigners(known: Template) -> dict[str, tuple[Actor, Things]]:
    """Who must not know of what."""
    return {
        "outsider of the cast's case": (known.cast.outsider, known.here),
        "business of another district": (known.people.sibling_business, known.here),
        "lead of another district": (known.people.sibling_lead, known.here),
        "business next door": (known.people.rival, known.here),
        "business, of next door's case": (known.cast.business, known.rival),
        "inspector, of another district's case": (known.cast.inspector, known.sibling),
        "lead, of another district's case": (known.cast.lead, known.sibling),
        "business, of the flight inspection": (known.cast.business, known.fresh),
    }


def further_foreigners(known: Template) -> dict[str, tuple[Actor, Things]]:
    """The roles that come from outside the office: what they are not asked for does not exist either."""
    return {
        "police, of another district's case": (known.cast.police, known.sibling),
        "assessed, of another district's case": (known.cast.assessed, known.sibling),
        "market, of a plant's case": (known.cast.market, known.here),
    }


def words_kept_from(known: Template) -> dict[str, tuple[Actor, tuple[str, ...]]]:
    """Whose words must not reach whom."""
    cast = known.cast
    district = ("inspector", "lead", "manager", "disclosure", "coordinator")
    ids_of = {
        OURS: (*vars(known.here).values(), OURS, "老陈米粉厂"),
        NEXT_DOOR: (*vars(known.rival).values(), NEXT_DOOR),
        OTHER_DISTRICT: (*vars(known.sibling).values(), OTHER_DISTRICT),
    }
    hidden = {name: (getattr(cast, name), ids_of[OTHER_DISTRICT]) for name in district}
    flight = (known.fresh.case_id, known.fresh.task_id, known.fresh.inspection_id, known.fresh.document_id)
    return hidden | {
        "outsider": (cast.outsider, ids_of[OURS] + ids_of[NEXT_DOOR]),
        "business": (cast.business, ids_of[NEXT_DOOR] + ids_of[OTHER_DISTRICT] + flight),
        "rival": (known.people.rival, ids_of[OURS] + ids_of[OTHER_DISTRICT]),
        "superior": (cast.superior, ()),
        "admin": (cast.admin, ()),
        "auditor": (cast.auditor, ()),
    }


def everything_said(answer: TestResponse) -> str:
    """The body as text; spreadsheets are unpacked."""
    body = answer.get_data()
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            body = b"\n".join(packed.read(name) for name in packed.namelist())
    text = body.decode("utf-8", "replace")
    return text if answer.mimetype != "application/json" else json.dumps(answer.get_json(), ensure_ascii=False)


def anonymously(answer: TestResponse, things: Things) -> str:
    """What is said, without the ids that were asked for, the number of the request and its CSRF token."""
    said = everything_said(answer)
    for name in vars(things):
        if value := getattr(things, name):
            said = said.replace(value, "…")
    return re.sub(r'"request_id": ?"[0-9a-f]+"|[0-9a-f]{16}|(value|content)="[\w.-]{60,}"', "…", said)


def pages(world: World) -> list[str]:
    """Lists, searches, exports and choosers: what shows many things at once."""
    found = [f"/search?q={words}" for words in SEARCHES] + [f"/api/process-instances?q={words}" for words in SEARCHES]
    found += [f"{path}?export={kind}" for path in LISTS for kind in ("csv", "xlsx")]
    found += [f"{path}?q={words}" for path in LISTS for words in SEARCHES[:2]]
    found += [f"/choose/{source}?q=" for source in ("establishments", "products", "users", "lots")]
    found += [f"/choose/users?role={role}" for role in ("INS", "LEAD", "BIZ")]
    found += [f"/inbox?view={view}" for view in ("mine", "group", "all", "done")]
    found += [f"/api/user-tasks?view={view}" for view in ("mine", "group", "all", "done")]
    known = world.known
    found += [f"/inbox?task={one.task_id}" for one in (known.here, known.rival, known.sibling)]
    return [*found, "/start/inspection", f"/start/inspection?establishment={known.sibling.establishment_id}"]


def test_every_address_can_be_filled_in(read_world: World) -> None:
    filled = {call.rule for call in calls(read_world.app, read_world.known.here)}
    assert {rule.rule for rule in read_world.app.url_map.iter_rules()} - filled == set()


def test_whoever_has_not_signed_in_is_sent_to_the_door(read_world: World) -> None:
    wrong = []
    for call in calls(read_world.app, read_world.known.here):
        answer = call.by(read_world.browser())
        is_open = any(re.fullmatch(pattern, call.path) for pattern in OPEN)
        sent = answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in")
        refused = answer.status_code == 401 or (sent and not call.path.startswith("/api/"))
        if not is_open and not refused:
            wrong.append(f"{call} -> {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_the_api_says_401_as_a_problem(read_world: World) -> None:
    answer = read_world.browser().get("/api/session")
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert answer.get_json()["status"] == 401
    assert answer.get_json()["detail"]


def test_what_is_foreign_does_not_exist(world: World) -> None:
    """The answer for a foreign thing is the answer for a thing that nobody has; where an id is all it takes, 404."""
    before, wrong = world.content(), []
    for name, (actor, things) in foreigners(world.known).items():
        browser = world.browser(actor)
        for foreign, none in zip(calls(world.app, things), _twins(world, things), strict=True):
            if not names_a_thing(foreign) or _is_not_foreign(foreign, world.known, things):
                continue
            given, expected = foreign.by(browser), none.by(browser)
            said, said_of_none = anonymously(given, things), anonymously(expected, NOTHING)
            may_403 = expected.status_code == 403  # the role may not do it with anything
            if given.status_code != expected.status_code or not (given.status_code == 404 or may_403):
                wrong.append(f"{name}: {foreign} -> {given.status_code}, for nothing {expected.status_code}")
            elif said != said_of_none:
                wrong.append(f"{name}: {foreign} says {[*unified_diff(said.split(), said_of_none.split(), n=0)]}")
    assert not wrong, "\n".join(wrong)
    assert world.content() == before


def test_what_is_foreign_does_not_exist_for_those_who_look_on(read_world: World) -> None:
    wrong = []
    for name, (actor, things) in further_foreigners(read_world.known).items():
        browser = read_world.browser(actor)
        for call in calls(read_world.app, things, ("GET",)):
            if names_a_thing(call) and not _is_not_foreign(call, read_world.known, things):
                status = call.by(browser).status_code
                if status not in (403, 404):
                    wrong.append(f"{name}: {call} -> {status}")
    assert not wrong, "\n".join(wrong)


def _is_not_foreign(call: Call, known: Template, things: Things) -> bool:
    """Papers are verified by anybody; a business's own registry entry is its own during a flight inspection too."""
    of_oneself = ("/verify/", "/account/")
    return call.path.startswith(of_oneself) or (things is known.fresh and "establishments" in call.path)


def _twins(world: World, things: Things) -> list[Call]:
    """The same calls for things that do not exist."""
    absent = Things(**{name: getattr(NOTHING, name) if value else "" for name, value in vars(things).items()})
    return list(calls(world.app, absent))


def test_every_kind_of_record_has_its_page_for_those_alone_who_may_see_it(read_world: World) -> None:
    """Facts of every table: what lies in another district, or belongs to another business, has no page."""
    known, wrong, kinds = read_world.known, [], set()
    inspector, business = read_world.browser(known.cast.inspector), read_world.browser(known.cast.business)
    far, beside = known.people.sibling_lead.region_path, known.people.rival.establishment_id
    with read_world.database.reading() as session:
        models = [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Fact)]
        for model in models:
            places = model.__mapper__.column_attrs
            rows = session.scalars(select(model)).all() if "region_path" in places else []
            kinds |= {model.__tablename__} if rows else set()
            for row in rows:
                path = f"/records/{model.__tablename__}/{row.id}"
                if row.region_path.startswith(far) and inspector.get(path).status_code != 404:
                    wrong.append(f"the inspector sees {path}")
                if getattr(row, "establishment_id", None) == beside and business.get(path).status_code != 404:
                    wrong.append(f"the business sees {path}")
    assert not wrong, "\n".join(wrong)
    assert len(kinds) >= 15


def test_bulk_requests_touch_and_tell_nothing_foreign(world: World) -> None:
    known = world.known
    before = world.content()
    browser = world.browser(known.cast.outsider)
    ids = [known.here.task_id, known.fresh.task_id]
    for path in ("claim", "assignment", "completion"):
        for more in ({}, {"assignee_id": known.cast.outsider.id, "_answered": "1"}):
            told = browser.post(f"/inbox/bulk/{path}", data={"_ids": ids, "_next": "/inbox", **more})
            assert OURS not in everything_said(told)
        given = {"user_task_ids": ids, "assignee_id": known.cast.outsider.id, "answers": {}}
        said = browser.post(f"/api/user-tasks/bulk/{path}", json=given)
        assert OURS not in everything_said(said)
    assert OURS not in everything_said(browser.get("/inbox"))
    assert world.content() == before


def test_uploads_for_a_foreign_task_are_refused(world: World) -> None:
    known = world.known
    for path in ("/attachments", "/api/attachments"):
        files = {"file": (io.BytesIO(b"%PDF-1.7\n"), "a.pdf")}
        answer = world.browser(known.cast.outsider).post(f"{path}?user_task_id={known.here.task_id}", data=files)
        assert (path, answer.status_code) == (path, 404)


def test_a_foreign_notification_stays_unread(world: World) -> None:
    before = world.content()
    world.browser(world.known.people.rival).post("/notifications/read", data={"id": world.known.here.notification_id})
    assert world.content() == before


def test_a_foreign_establishment_named_in_a_form_is_not_told(world: World) -> None:
    """An id that was guessed or kept from former times must not give the name."""
    browser, known = world.browser(world.known.cast.lead), world.known
    answers = {"establishment": known.sibling.establishment_id, "lead_inspector": known.people.sibling_lead.id}
    posted = browser.post("/start/inspection", data=answers)
    assert posted.status_code == 422
    assert OTHER_DISTRICT not in everything_said(posted)
    given = browser.get(f"/start/inspection?establishment={known.sibling.establishment_id}")
    assert OTHER_DISTRICT not in everything_said(given)


def test_looking_shows_nothing_foreign_and_changes_nothing(read_world: World) -> None:
    """Every GET of the cast: no error, no word or id of others, not one row changed."""
    world, wrong = read_world, []
    before = world.content()
    gets = calls(world.app, world.known.here, ("GET",))
    addresses = [call.path for call in gets if not call.path.startswith(("/admin", "/verify"))]
    for name, (actor, hidden) in words_kept_from(world.known).items():
        browser = world.browser(actor)
        for address in [*addresses, *pages(world)]:
            answer = browser.get(address, buffered=True)
            if answer.status_code >= 500 and address != "/ready":  # the test's tables were not made by migrations
                wrong.append(f"{name}: GET {address} -> {answer.status_code}")
            said = everything_said(answer).replace(address, "")
            leaked = [word for word in hidden if word and word in said and word not in address]
            if leaked:
                wrong.append(f"{name}: GET {address} told {leaked}")
    assert not wrong, "\n".join(wrong)
    assert world.content() == before


def test_the_back_office_is_for_administrators(read_world: World) -> None:
    world, wrong = read_world, []
    before = world.content()
    for name, (actor, _hidden) in words_kept_from(world.known).items():
        browser = world.browser(actor)
        for call in calls(world.app, world.known.here):
            if not call.path.startswith("/admin/") or "static" in call.path:
                continue
            if name == "admin" and call.method == "GET":
                status = call.by(browser).status_code
                if status >= 500 or status == 403:
                    wrong.append(f"{name}: {call} -> {status}")
            elif name in ("lead", "business", "auditor") and call.by(browser).status_code != 403:
                wrong.append(f"{name}: {call} was not refused")
    assert not wrong, "\n".join(wrong)
    assert world.content() == before


@pytest.mark.parametrize("person", ["inspector", "lead", "business", "admin", None])
def test_no_change_without_its_csrf_token(world: World, person: str | None) -> None:
    world.app.config.update(WTF_CSRF_ENABLED=True)
    browser = world.browser(getattr(world.known.cast, person) if person else None)
    before, wrong = world.content(), []
    for call in calls(world.app, world.known.here, UNSAFE):
        answer = call.by(browser)
        if answer.status_code != 400:
            wrong.append(f"{person}: {call} -> {answer.status_code}")
    assert not wrong, "\n".join(wrong)
    assert world.content() == before


def test_with_the_csrf_token_of_the_session_changes_are_taken(world: World) -> None:
    world.app.config.update(WTF_CSRF_ENABLED=True)
    browser = world.browser(world.known.cast.inspector)
    token = browser.get("/api/session").get_json()["csrf_token"]
    path = f"/api/process-instances/{world.known.here.case_id}/comments"
    answer = browser.post(path, json={"text": "已电话联系"}, headers={"X-CSRFToken": token})
    assert answer.status_code == 201
    stranger = world.browser(world.known.cast.colleague)
    assert stranger.post(path, json={"text": "不是我的"}, headers={"X-CSRFToken": token}).status_code == 400
