"""Every form of every process under fire, as a page and through the API: refused by name, echoed as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.datastructures import MultiDict

from forms.catalog import Form
from records.submissions import Draft
from tests.web.ammunition import BLNS, SCRIPT, TEXTS, VALUES, injected
from tests.web.world import ROOT, World

pytest_plugins = ["tests.web.world_fixtures"]

STARTS = ("inspection_assigned", "inspection_requested")
#: a form is laid on an open task of its own process; what all forms have in common is shown by those of these two
PROCESSES = ("inspection", "rectification")
FILES = sorted(path for process in PROCESSES for path in (ROOT / "forms" / process).glob("*.json"))
PATHS = {f"{path.parent.name}/{path.stem}": path for path in FILES if path.stem not in STARTS}
ROUNDS = 6
CHINESE = re.compile("[\\u4e00-\\u9fff]")
HALVES = re.compile("[\ud800-\udfff]")  # refused by the JSON reader already


def read(path: Path) -> Form:
    return Form.parse(json.loads(path.read_text("utf-8")), key=f"{path.parent.name}/{path.stem}")


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


def laid_on(world: World, key: str) -> tuple[FlaskClient, str]:
    """A browser, and an open task that asks the form of this step (where the case stands does not matter here)."""
    process, element = key.split("/")
    known = world.known
    task_id = known.fresh.task_id if process == "inspection" else known.here.task_id
    with world.database.unit_of_work() as session:
        session.execute(
            text("UPDATE user_task SET element_id = :element, assignee_id = NULL WHERE id = :id"),
            {"element": element, "id": task_id},
        )
    return world.browser(known.cast.inspector if process == "inspection" else known.cast.business), task_id


def salvos(form: Form) -> Iterator[dict[str, str]]:
    """Posted pages in which every control says something bad, each time something else."""
    for turn in range(ROUNDS):
        yield {name: TEXTS[(place * 5 + turn * 3) % len(TEXTS)] for place, name in enumerate(names(form))}
    yield dict.fromkeys(names(form), SCRIPT)


def complaint(status: int, page: str) -> str:
    """What is wrong with a refusal as a page."""
    if not 400 <= status < 500:
        return f"{status}"
    return f"injected {bad[:2]}" if (bad := injected(page)) else ""


@pytest.mark.parametrize("key", PATHS)
def test_every_form_as_a_page(targets: World, key: str) -> None:
    form = read(PATHS[key])
    browser, task_id = laid_on(targets, key)
    wrong = []
    for salvo in salvos(form):
        answer = browser.post(f"/tasks/{task_id}/completion", data=salvo)
        page = answer.get_data(as_text=True)
        if found := complaint(answer.status_code, page):
            wrong.append(f"{key}: {found}")
        elif answer.status_code == 422 and 'class="error"' not in page:
            wrong.append(f"{key}: no sentence at a field")
    assert not wrong, "\n".join(wrong)
    echoes = [each for each in form.questions if each.type in ("textfield", "textarea") and not each.hide]
    if echoes:
        assert SCRIPT[:300] in unescape(page), "what was typed is not there any more"
    assert browser.get(f"/tasks/{task_id}").status_code == 200  # with the draft that was kept


@pytest.mark.parametrize("key", PATHS)
def test_every_form_through_the_api(targets: World, key: str) -> None:
    form = read(PATHS[key])
    browser, task_id = laid_on(targets, key)
    keys, wrong = [each.key for each in form.questions], []
    values = [value for value in (*VALUES, *TEXTS) if not HALVES.search(json.dumps(value, ensure_ascii=False))]
    for turn in range(ROUNDS):
        answers: dict[str, Any] = {name: values[(i * 7 + turn * 5) % len(values)] for i, name in enumerate(keys)}
        body = browser.post(f"/api/user-tasks/{task_id}/completion", json={"answers": answers | {SCRIPT: 1}})
        said = body.get_json() or {}
        if body.status_code != 422 or body.mimetype != "application/problem+json":
            wrong.append(f"{key}: {body.status_code} {str(said)[:200]}")
        elif SCRIPT not in said["errors"] or not {path.split(".")[0] for path in said["errors"]} <= {*keys, SCRIPT}:
            wrong.append(f"{key}: names {list(said['errors'])[:9]}")
        elif not all(CHINESE.search(sentence) for sentence in chain(*said["errors"].values())):
            wrong.append(f"{key}: no words in {said['errors']}")
    assert not wrong, "\n".join(wrong)


def test_the_start_form(targets: World) -> None:
    form = read(ROOT / "forms" / "inspection" / "inspection_assigned.json")
    browser, before, wrong = targets.browser(targets.known.cast.lead), targets.content(), []
    for salvo in salvos(form):
        answer = browser.post("/start/inspection", data=salvo)
        if found := complaint(answer.status_code, answer.get_data(as_text=True)):
            wrong.append(found)
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
    for string in strings[::2]:
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
    for string in strings[::12]:
        answer = browser.get("/search", query_string={"q": string})
        assert answer.status_code == 200, string
        assert injected(answer.get_data(as_text=True)) == []
