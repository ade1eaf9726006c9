"""Every form of every process under fire, as a page and through the API: refused by name, echoed as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from itertools import chain
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from engine import definitions
from forms.catalog import Form
from records.submissions import Draft
from tests.forms.asking import all_forms
from tests.web.ammunition import BLNS, SCRIPT, TEXTS, VALUES, injected
from tests.web.laid import Laid, asked_of_people, begun_by_people, lay_all, somebody
from tests.web.world import World

pytest_plugins = ["tests.web.world_fixtures"]

FORMS = {key: form for key, form in all_forms().items() if key in asked_of_people()}
ROUNDS = 2
STARTS = begun_by_people()
CHINESE = re.compile("[\\u4e00-\\u9fff]")
HALVES = re.compile("[\ud800-\udfff]")  # refused by the JSON reader already


@pytest.fixture(scope="module")
def laid(targets: World) -> dict[str, Laid]:
    """An open user task for every form."""
    with targets.database.unit_of_work() as session:
        return lay_all(session, targets.clock, targets.known.cast)


def names(form: Form) -> list[str]:
    """The names of the form's controls, two rows of every list."""
    found: list[str] = []
    for each in form.questions:
        if each.type == "dynamiclist":
            found += [f"{each.key}.{row}.{child.key}" for row in (0, 1, 7) for child in each.children if child.key]
        elif each.type == "inspection_checklist":
            found += [
                f"{each.key}.{code}.{part}" for code in ("1-1", "2-1", "x") for part in ("result", "measured", "note")
            ]
        elif each.type == "position":
            found += [f"{each.key}.{part}" for part in ("latitude", "longitude", "accuracy", "taken_at")]
        else:
            found.append(each.key)
    return found


def salvos(form: Form) -> Iterator[dict[str, str]]:
    """Posted pages in which every control says something bad, each time something else."""
    start = sum(form.key.encode())
    for turn in range(ROUNDS):
        yield {name: TEXTS[(start + place * 5 + turn * 3) % len(TEXTS)] for place, name in enumerate(names(form))}
    yield dict.fromkeys(names(form), SCRIPT)


def complaint(status: int, page: str) -> str:
    """What is wrong with a refusal as a page."""
    if not 400 <= status < 500:
        return f"{status}"
    return f"injected {bad[:2]}" if (bad := injected(page)) else ""


@pytest.mark.parametrize("key", FORMS)
def test_every_form_as_a_page(targets: World, laid: dict[str, Laid], key: str) -> None:
    form, task_id = FORMS[key], laid[key].task_id
    browser = targets.browser(laid[key].actor)
    wrong = []
    for salvo in salvos(form):
        answer = browser.post(f"/tasks/{task_id}/completion", data=salvo | {"strange": SCRIPT})  # never right
        page = answer.get_data(as_text=True)
        if found := complaint(answer.status_code, page):
            wrong.append(f"{key}: {found}")
        elif answer.status_code == 422 and "data-summary" not in page:
            wrong.append(f"{key}: no sentence")
    assert not wrong, "\n".join(wrong)
    echoes = [each for each in form.questions if each.type in ("textfield", "textarea") and not each.hide]
    if echoes:
        assert SCRIPT[:300] in unescape(page), "what was typed is not there any more"
    assert browser.get(f"/tasks/{task_id}").status_code == 200  # with the draft that was kept


@pytest.mark.parametrize("key", FORMS)
def test_every_form_through_the_api(targets: World, laid: dict[str, Laid], key: str) -> None:
    form, task_id = FORMS[key], laid[key].task_id
    browser = targets.browser(laid[key].actor)
    keys, wrong = [each.key for each in form.questions], []
    values = [value for value in (*VALUES, *TEXTS) if not HALVES.search(json.dumps(value, ensure_ascii=False))]
    start = sum(key.encode())
    for turn in range(ROUNDS):
        answers: dict[str, Any] = {
            name: values[(start + i * 7 + turn * 5) % len(values)] for i, name in enumerate(keys)
        }
        body = browser.post(f"/api/user-tasks/{task_id}/completion", json={"answers": answers | {SCRIPT: 1}})
        said = body.get_json() or {}
        if body.status_code != 422 or body.mimetype != "application/problem+json":
            wrong.append(f"{key}: {body.status_code} {str(said)[:200]}")
        elif SCRIPT not in said["errors"] or not {path.split(".")[0] for path in said["errors"]} <= {*keys, SCRIPT}:
            wrong.append(f"{key}: names {list(said['errors'])[:9]}")
        elif not all(CHINESE.search(sentence) for sentence in chain(*said["errors"].values())):
            wrong.append(f"{key}: no words in {said['errors']}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("key", STARTS)
def test_every_start_form(targets: World, key: str) -> None:
    with targets.database.reading() as session:
        model = definitions.current(session, key).parts[key].model
        roles = sorted(definitions.starters(definitions.current(session, key)))
        event = model.start_event()
    assert event is not None
    form, browser = (
        all_forms()[f"{key}/{event.id}"],
        targets.browser(next(filter(None, (somebody(targets.known.cast, role) for role in roles)))),
    )
    before, wrong = targets.content(), []
    for salvo in salvos(form):
        answer = browser.post(f"/start/{key}", data=salvo)
        if found := complaint(answer.status_code, answer.get_data(as_text=True)):
            wrong.append(found)
    given = browser.post(f"/api/processes/{key}/instances", json={"answers": salvo | {SCRIPT: 1}})
    assert (given.status_code, given.mimetype) == (422, "application/problem+json")
    assert SCRIPT in given.get_json()["errors"]
    assert not wrong, "\n".join(wrong)
    assert targets.content() == before


BUTTONS: tuple[dict[str, str], ...] = (
    {"_add": "measures"}, {"_add": "measures.9999.photos"}, {"_add": "."}, {"_add": "x" * 9000}, {"_add": "\x00"},
    {"_add": "measures.0.cause.deeper"}, {"_add": SCRIPT}, {"_remove": "measures.9" * 3}, {"_remove": "measures.²"},
    {"_remove": ""}, {"_remove": "measures.99999999999999999999"}, {"_remove": SCRIPT}, {"_drop": "="},
    {"_drop": "measures.0.photos=x"}, {"_drop": "kind"}, {"_save": "1"}, {"_find": "1"},
)  # fmt: skip
FIELDS: tuple[dict[str, str], ...] = (
    {"_key": "x" * 100_000}, {"_key": "\x00"}, {f"measures.{'9' * 5000}.cause": "x"}, {f"{'measures.' * 2000}x": "x"},
    {"measures.²": "x"}, {"measures": "x"}, {f"measures.{'9' * 300}": "x"}, {"measures.-1.cause": "x"}, {"": "x"},
    {"kind.0": "x"}, {"kind.x.y": "x"}, {"reason": "长" * 350_000}, {f"k{i}": "x" for i in range(3000)}, {".": "x"},
    {f"measures.{i}.cause": "x" for i in range(3000)}, {"x" * 200_000: "x"}, {"..": "x"}, {"_": "x"},
    {"__class__.__init__": "x"}, {f"k{i}": "x" for i in range(10_000)},
)  # fmt: skip


@pytest.mark.parametrize("field", [*BUTTONS, *FIELDS], ids=lambda field: str(field)[:40])
def test_odd_names_of_fields(targets: World, field: dict[str, str]) -> None:
    """Row buttons and field names that no page of ours contains."""
    browser = targets.browser(targets.known.cast.business)
    data = MultiDict({"kind": "submit", **field})
    answer = browser.post(f"/tasks/{targets.known.here.task_id}/completion", data=data)
    is_button = field in BUTTONS
    assert answer.status_code in ((303, 409, 413, 422) if is_button else (400, 409, 413, 422))
    assert not injected(answer.get_data(as_text=True))
    start = targets.browser(targets.known.cast.lead).post("/start/inspection", data=data)
    assert start.status_code in ((200, 413, 422) if is_button else (413, 422))
    assert not injected(start.get_data(as_text=True))


def test_naughty_strings_stay_text(targets: World) -> None:
    """Remarks, drafts and searches with the Big List of Naughty Strings: shown as typed or refused in words."""
    if not BLNS.is_file():
        pytest.skip("the Big List of Naughty Strings does not lie beside this checkout")
    strings: list[str] = json.loads(BLNS.read_text("utf-8"))
    browser, case_id = targets.browser(targets.known.cast.business), targets.known.here.case_id
    for string in {*strings[::8], "<script>alert(123)</script>"}:
        status = browser.post(f"/cases/{case_id}/comments", data={"text": string}).status_code
        assert status in (302, 422), (status, string)
    page = browser.get(f"/cases/{case_id}").get_data(as_text=True)
    assert injected(page) == []
    assert "<script>alert(123)</script>" in unescape(page)
    measures = [{"cause": one, "action": other} for one, other in zip(strings[::2], strings[1::2], strict=False)]
    for part in (measures[:150], measures[150:]):
        answers = {"kind": "submit", "measures": part, "reason": strings[7]}
        draft = browser.put(f"/tasks/{targets.known.here.task_id}/draft", json={"answers": answers})
        assert draft.status_code == 200
        page = browser.get(f"/tasks/{targets.known.here.task_id}").get_data(as_text=True)
        assert injected(page) == []
    with targets.database.reading() as session:
        assert session.get(Draft, (targets.known.here.task_id, targets.known.cast.business.id)) is not None
    for string in strings[::25]:
        answer = browser.get("/search", query_string={"q": string})
        assert answer.status_code == 200, string
        assert injected(answer.get_data(as_text=True)) == []
