from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from flask.testing import FlaskClient

from tests.factories import Cast
from tests.web.conftest import SignIn
from web.extract import HAN, extract_form, extract_model, extract_sentences

ROOT = Path(__file__).parents[2]
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2), "say": None}
PLACES = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%%")


@pytest.fixture(scope="module")
def english() -> Catalog:
    with (ROOT / "web/translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file)


@pytest.fixture(scope="module")
def sentences() -> dict[str, str]:
    """Every message id of the product, with a place where it stands."""
    with (ROOT / "web/babel.cfg").open() as file:
        method_map, options_map = parse_mapping_cfg(file)
    found: dict[str, str] = {}
    for folder in ("web/templates", "web", "forms", "bpmn", "records", "engine", "workflows"):
        rows = extract_from_dir(
            ROOT / folder,
            [(pattern.removeprefix(f"{folder}/"), how) for pattern, how in method_map if pattern.startswith(folder)],
            {pattern.removeprefix(f"{folder}/"): value for pattern, value in options_map.items()},
            KEYWORDS,
            directory_filter=lambda path: "node_modules" not in str(path),
        )
        for name, _line, message, _comments, _context in rows:
            for text in message if isinstance(message, tuple) else (message,):
                found.setdefault(text, f"{folder}/{name}")
    return found


def test_the_extractors_find_the_product(sentences: dict[str, str]) -> None:
    assert len(sentences) > 900
    assert "未找到该内容，或您无权查看" in sentences  # an error's sentence
    assert "现场检查" in sentences  # a model's name
    assert "提交现场记录" in sentences  # a form's button


def test_no_message_lacks_english(english: Catalog, sentences: dict[str, str]) -> None:
    lacking = {text: place for text, place in sentences.items() if not (text in english and english[text].string)}
    assert lacking == {}


def test_english_keeps_every_place(english: Catalog) -> None:
    differing = [m.id for m in english if m.id and sorted(PLACES.findall(m.id)) != sorted(PLACES.findall(m.string))]
    assert differing == []


def test_a_form_files_texts_are_found_and_its_expressions_are_not() -> None:
    condition = {"hide": '=x = "甲"'}
    options = [{"label": "甲", "value": "乙"}]
    form = json.dumps({"label": "名称", "default": "未定", "conditional": condition, "values": options})
    found = {message for _line, _context, message, _ in extract_form(io.BytesIO(form.encode()), (), (), {})}
    assert found == {"名称", "甲"}


def test_a_models_names_and_a_decisions_texts_are_found() -> None:
    given, said = "<text>&quot;严重&quot;</text>", "<text>&quot;限期改正&quot;</text>"
    dmn = f'<d name="处置"><inputEntry>{given}</inputEntry><outputEntry>{said}</outputEntry></d>'
    found = {message for _line, _context, message, _ in extract_model(io.BytesIO(dmn.encode()), (), (), {})}
    assert found == {"处置", "限期改正"}


def test_an_errors_sentence_is_found() -> None:
    code = 'class A:\n    """说明"""\n    sentence = "不能这样"\nOTHER = "别的"\n'
    found = {message for _line, _context, message, _ in extract_sentences(io.BytesIO(code.encode()), (), (), {})}
    assert found == {"不能这样"}


@pytest.mark.parametrize(
    "path", ["/inbox", "/cases", "/start", "/establishments", "/products", "/inspections", "/search"]
)
def test_an_english_page_has_no_chinese_but_data(sign_in: SignIn, cast: Cast, path: str) -> None:
    client = sign_in(cast.lead)
    client.post("/language", data={"language": "en"})
    page = client.get(path).text
    assert '<html lang="en">' in page
    data = ("鱼峰区", "柳州市", "黄组", "老陈米粉厂", "中文")
    for known in data:
        page = page.replace(known, "")
    assert HAN.findall(page) == []


def test_the_language_is_remembered_for_the_person(sign_in: SignIn, cast: Cast) -> None:
    sign_in(cast.lead).post("/language", data={"language": "en"})
    assert "Inbox" in sign_in(cast.lead).get("/inbox").text


def test_chinese_is_the_default(client: FlaskClient) -> None:
    assert '<html lang="zh-CN">' in client.get("/sign-in", headers={"Accept-Language": "en"}).text


def test_an_unknown_language_changes_nothing(client: FlaskClient) -> None:
    client.post("/language", data={"language": "xx"})
    assert '<html lang="zh-CN">' in client.get("/sign-in").text
