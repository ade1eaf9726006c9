"""Hostile addresses, queries, headers and JSON: always a refusal in words, never an error of ours."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse

from tests.web.ammunition import IDS, SCRIPT, TEXTS, VALUES, cursors, injected, says_something_chinese
from tests.web.routes import UNSAFE, calls
from tests.web.world import Things, World

pytest_plugins = ["tests.web.world_fixtures"]
pytestmark = pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning")  # Flask-Security

LISTS = (
    "/inbox", "/cases", "/establishments", "/products", "/inspections", "/search", "/notifications", "/start",
    "/choose/establishments", "/choose/users", "/choose/products", "/api/user-tasks", "/api/process-instances",
    "/api/establishments", "/api/products",
)  # fmt: skip
PARAMETERS = (
    "q", "view", "task", "step", "due", "region", "kind", "grade", "status", "state", "process", "mode", "overall",
    "category", "export", "limit", "page", "sort", "tab", "establishment", "establishment_id", "region_code", "role",
    "qualification", "segment", "market_id", "risk_grade", "save",
)  # fmt: skip
BROKEN_JSON = {
    "empty": b"", "cut": b'{"answers": {', "list": b"[]", "null": b"null", "text": b'"x"', "number": b"1",
    "not a number": b'{"answers": {"x": NaN}, "text": Infinity}', "half a character": b'{"text": "\xff\xfe"}',
    "lone surrogate": b'{"answers": {"reason": "\\ud800", "cause": "\\udfff"}, "text": "\\ud800", "reason": "\\ud800"}',
    "deep list": b"[" * 100_000, "deep object": b'{"answers":' * 200 + b"1" + b"}" * 200,
    "deep answers": b'{"answers": ' + b"[" * 900 + b"]" * 900 + b"}",
    "long number": b'{"version": ' + b"9" * 5000 + b"}",
    "big version": b'{"answers": {}, "version": 99999999999999999999999999}', "mark": b"\xef\xbb\xbf{}",
    "wrong": b'{"answers": [], "text": {}, "reason": 5, "assignee_id": [], "version": "x"}',
    "twice": b'{"answers": {}, "answers": []}', "unknown": b'{"answers": {}, "<xss-probe>": 1}',
    "keys": json.dumps({"answers": {f"k{i}": i for i in range(10_000)}}).encode(),
    "megabyte": json.dumps({"answers": {"reason": "长" * 350_000}, "text": "长" * 350_000}).encode(),
    "nul": b'{"answers": {}, "text": "\\u0000", "reason": "\\u0000", "assignee_id": "\\u0000"}',
}  # fmt: skip


def wrong_answer(answer: TestResponse, *, refused: bool = True) -> str:
    """What is wrong with the answer to something hostile; nothing when it is as it should be."""
    if answer.status_code >= 500:
        return f"{answer.status_code}"
    if refused and not 400 <= answer.status_code < 500:
        return f"{answer.status_code}, not refused"
    said = answer.get_data(as_text=True)
    if answer.mimetype == "text/html" and (bad := injected(said)):
        return f"injected {bad[:2]}"
    if answer.status_code >= 400 and not says_something_chinese(
        json.dumps(answer.get_json(silent=True), ensure_ascii=False) + said
    ):
        return f"{answer.status_code} without a sentence"
    if answer.mimetype.endswith("json") and answer.status_code >= 400 and answer.mimetype != "application/problem+json":
        return f"{answer.status_code} as {answer.mimetype}"
    return ""


@pytest.mark.parametrize("person", ["inspector", "admin"])
def test_bad_ids_name_nothing(world: World, person: str) -> None:
    world.app.config.update(WTF_CSRF_ENABLED=False)
    browser, wrong = world.browser(getattr(world.known.cast, person)), []
    before = world.content()
    for bad in IDS:
        things = Things(**dict.fromkeys(Things.__dataclass_fields__, bad))
        for call in calls(world.app, things):
            if "<" in call.rule and bad in call.path:
                found = wrong_answer(call.by(browser), refused=not call.path.startswith("/account"))
                if found:
                    wrong.append(f"{call} -> {found}"[:200])
    assert not wrong, "\n".join(wrong)
    assert world.content() == before


def test_hostile_queries_find_nothing_and_break_nothing(read_world: World) -> None:
    browser, wrong = read_world.browser(read_world.known.cast.inspector), []
    for path in LISTS:
        for text in TEXTS:
            address = f"{path}?" + "&".join(f"{name}={quote(text)}" for name in PARAMETERS)
            if found := wrong_answer(browser.get(address), refused=False):
                wrong.append(f"{address[:80]} -> {found}"[:300])
    assert not wrong, "\n".join(wrong)


def test_bad_cursors_give_the_first_page(read_world: World) -> None:
    browser, wrong = read_world.browser(read_world.known.cast.inspector), []
    paths = [path for path in LISTS if "choose" not in path]
    paths += [
        "/inbox?view=done",
        "/inbox?view=all",
        f"/api/process-instances/{read_world.known.here.case_id}/journal-entries",
    ]
    for path in paths:
        for cursor in cursors():
            status = browser.get(f"{path}{'&' if '?' in path else '?'}cursor={quote(cursor)}").status_code
            if status != 200:
                wrong.append(f"{path} {cursor[:60]!r} -> {status}")
    assert not wrong, "\n".join(wrong)


def test_hostile_lists_in_the_back_office(read_world: World) -> None:
    browser, wrong = read_world.browser(read_world.known.cast.admin), []
    lists = [call.path for call in calls(read_world.app, read_world.known.here, ("GET",))]
    lists = [path for path in lists if path.startswith("/admin/") and path.count("/") == 3 and path.endswith("/")]
    names = ("page", "sort", "desc", "search", "page_size", "flt0_0", "flt1_1", "flt0_region_code_equals")
    values = ("-1", "9" * 30, "²", SCRIPT, "\x00")
    queries = ["&".join(f"{name}={quote(value)}" for name in names) for value in values]
    for path in lists:
        for query in (*queries, f"page={'9' * 30}", "sort=-7", "search=%25_%5C'"):
            found = wrong_answer(browser.get(f"{path}?{query}"), refused=False)
            if found:
                wrong.append(f"{path} {query[:60]} -> {found}"[:200])
    assert not wrong, "\n".join(wrong)


def test_broken_json_is_refused(world: World) -> None:
    """Every endpoint that takes JSON, with everything that is not what it wants."""
    browsers = [world.browser(world.known.cast.inspector), world.browser(world.known.cast.lead)]
    before, wrong = world.content(), []
    for call in calls(world.app, world.known.fresh, UNSAFE):
        if "json" not in call.body:
            continue
        for name, body in BROKEN_JSON.items():
            for kind in ("application/json", "text/plain", "application/xml", None):
                if kind != "application/json" and name not in ("cut", "deep list", "wrong"):
                    continue
                answer = browsers["cancel" in call.path or "assign" in call.path].open(
                    call.path, method=call.method, data=body, content_type=kind
                )
                if found := wrong_answer(answer, refused=not _is_harmless(call.path, name)):
                    wrong.append(f"{call} {name} as {kind} -> {found}"[:300])
    assert not wrong, "\n".join(wrong)
    assert {k: v for k, v in world.content().items() if k not in CHANGED} == {
        k: v for k, v in before.items() if k not in CHANGED
    }


#: drafts, remarks and releases may be taken: what is asked is only that they are kept as text or refused in words
CHANGED = frozenset({"draft", "comment", "journal_entry", "journal_chain", "user_task", "job", "notification"})


def _is_harmless(path: str, name: str) -> bool:
    taken = {"draft": {"unknown", "keys", "megabyte", "nul", "deep answers", "deep object"}, "release": {"*"}}
    return any(path.endswith(end) and ("*" in names or name in names) for end, names in taken.items())


def test_hostile_answers_are_refused_by_name(world: World) -> None:
    """Every value in every question of the start form and of two task forms, through the API."""
    lead, inspector = world.browser(world.known.cast.lead), world.browser(world.known.cast.inspector)
    business, wrong = world.browser(world.known.cast.business), []
    start = ("establishment", "mode", "reason", "lead_inspector", "second_inspector", "planned_on")
    onsite = (
        "access",
        "arrived_at",
        "position",
        "door_photos",
        "both_present",
        "checklist",
        "left_at",
        "lead_signature",
    )
    rectify = ("kind", "measures", "days", "reason", "is_true")
    targets = (
        (lead, "/api/processes/inspection/instances", start),
        (inspector, f"/api/user-tasks/{world.known.fresh.task_id}/completion", onsite),
        (business, f"/api/user-tasks/{world.known.here.task_id}/completion", rectify),
    )  # fmt: skip
    before = world.content()
    for browser, path, keys in targets:
        for value in (*VALUES, *TEXTS):
            answers = dict.fromkeys(keys, value)
            answer = browser.post(path, data=json.dumps({"answers": answers}), content_type="application/json")
            if found := wrong_answer(answer):
                wrong.append(f"{path} {str(value)[:60]!r} -> {found}"[:300])
            elif answer.status_code == 422 and not set(answer.get_json().get("errors", {})):
                wrong.append(f"{path} {str(value)[:60]!r} names no field")
    assert not wrong, "\n".join(wrong)
    changed = {name for name, rows in world.content().items() if rows != before[name]}
    assert changed <= {"draft"}


@pytest.mark.parametrize("key", ["", "short", "x" * 81, "x" * 100_000, "键" * 10, "a\tb" * 5])
def test_hostile_idempotency_keys(targets: World, key: str) -> None:
    browser = targets.browser(targets.known.cast.inspector)
    path = f"/api/user-tasks/{targets.known.fresh.task_id}/completion"
    headers = {"Idempotency-Key": key.encode().decode("latin-1")}
    assert wrong_answer(browser.post(path, json={"answers": {}}, headers=headers)) == ""


def test_hostile_headers(read_world: World) -> None:
    browser, wrong = read_world.browser(read_world.known.cast.inspector), []
    for name in (
        "Accept",
        "Accept-Language",
        "X-Forwarded-For",
        "Referer",
        "User-Agent",
        "If-None-Match",
        "Range",
        "HX-Request",
    ):
        for value in ("", "x" * 8000, "*/*;q=abc", "\xff\xfe", "bytes=9-1", "q=1e999,;;,=", SCRIPT):
            answer = browser.get("/inbox", headers={name: value})
            if answer.status_code >= 500:
                wrong.append(f"{name}: {value[:40]!r} -> {answer.status_code}")
    for cookie in ("", "x", "sujian=", "." * 3000, "eyJ.a.b", "\x00"):
        read = read_world.app.test_client()
        read.set_cookie("sujian", quote(cookie))
        assert read.get("/inbox").status_code == 302
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "target",
    [
        "//example.invalid",
        "/\\example.invalid",
        "https://example.invalid",
        "javascript:alert(1)",
        "/\t/example.invalid",
        "\\\\example.invalid",
        "/%0d%0aSet-Cookie:x",
        "http:example.invalid",
        " //example.invalid",
    ],
)
def test_no_way_leads_out_of_the_house(targets: World, target: str) -> None:
    browser = targets.browser(targets.known.cast.inspector)
    ways = (
        ("/language", {"language": "zh_CN"}), ("/account/jurisdiction", {"region": "x"}), ("/inbox/bulk/claim", {}),
        (f"/cases/{targets.known.here.case_id}/comments", {"text": "好"}),
    )  # fmt: skip
    for path, data in ways:
        location = browser.post(path, data={**data, "next": target}).headers.get("Location", "/")
        assert location.startswith("/"), (path, location)
        assert not location.replace("\t", "").replace("\\", "/").startswith("//"), (path, location)
    signed = targets.browser().post(f"/sign-in?next={quote(target)}", data={"identity": "x", "password": "y"})
    assert signed.status_code in (200, 400, 401)
