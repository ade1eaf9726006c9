"""Files that are not what they say, and lists that become files: nothing breaks, nothing runs."""

from __future__ import annotations

import csv
import gc
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator

import pytest
from openpyxl import load_workbook
from PIL import Image

from records.people import SYSTEM
from records.store import Store
from tests import factories
from tests.web.test_hostile_requests import wrong_answer
from tests.web.world import World

pytest_plugins = ["tests.web.world_fixtures"]
pytestmark = [
    pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning"),  # Flask-Security
    pytest.mark.filterwarnings(
        "ignore::pytest.PytestUnraisableExceptionWarning"
    ),  # Werkzeug's own files of big uploads
]

FORMULAS = (
    "=1+1",
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM",
    "=cmd|' /C calc'!A0",
)
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@pytest.fixture(autouse=True)
def _swept() -> Iterator[None]:
    """What Werkzeug leaves open is closed here, not in somebody else's test."""
    yield
    gc.collect()


def jpeg(size: tuple[int, int] = (64, 48)) -> bytes:
    target = io.BytesIO()
    exif = Image.Exif()
    exif[0x0132] = "2026:11:18 09:00:00"
    Image.new("RGB", size, (9, 99, 199)).save(target, "JPEG", exif=exif)
    return target.getvalue()


def png(width: int, height: int) -> bytes:
    """A PNG that claims a size and has nothing inside."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


def packed(**parts: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_DOT_", "."), content)
    return target.getvalue()


REFUSED = {
    "empty.jpg": b"",
    "huge.jpg": jpeg() + b"\0" * (1024 * 1024 + 1),
    "larger than any request.jpg": jpeg() + b"\0" * (3 * 1024 * 1024),
    "bomb.png": png(60_000, 60_000),
    "hollow.png": png(300, 300),
    "nothing.png": png(0, 0),
    "cut.jpg": jpeg((640, 480))[:400],
    "head only.jpg": b"\xff\xd8\xff\xe0",
    "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "page.jpg": b"<!doctype html><script>alert(1)</script>",
    "xml.pdf": b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>",
    "program.jpg": b"MZ\x90\x00" + b"\0" * 200,
    "elf.png": b"\x7fELF" + b"\0" * 200,
    "script.pdf": b"#!/bin/sh\nrm -rf /\n",
    "archive.xlsx": packed(**{"readme_DOT_txt": b"x"}),
    "macro.xlsx": packed(
        **{"[Content_Types]_DOT_xml": b"", "xl__workbook_DOT_xml": b"", "xl__vbaProject_DOT_bin": b"x"}
    ),
    "text.txt": "只是文字".encode(),
}  # fmt: skip


@pytest.mark.parametrize("way", ["/attachments", "/api/attachments"])
def test_what_is_no_evidence_is_refused(targets: World, way: str) -> None:
    browser, wrong = targets.browser(targets.known.cast.inspector), []
    before = targets.content()
    for name, content in REFUSED.items():
        for target in (way, f"{way}?user_task_id={targets.known.fresh.task_id}"):
            answer = browser.post(
                target, data={"file": (io.BytesIO(content), name)}, headers={"Accept": "application/json"}
            )
            if found := wrong_answer(answer):
                wrong.append(f"{target} {name} -> {found}")
    for data in ({}, {"file": "text"}, {"other": (io.BytesIO(jpeg()), "a.jpg")}):
        if found := wrong_answer(browser.post(way, data=data, content_type="multipart/form-data")):
            wrong.append(f"{way} {data} -> {found}")
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x", "application/json", "text/plain"):
        if found := wrong_answer(browser.post(way, data=b"--x\r\nbroken", content_type=kind)):
            wrong.append(f"{way} as {kind} -> {found}")
    assert not wrong, "\n".join(wrong)
    assert targets.content() == before


def test_damaged_files_break_nothing(targets: World) -> None:
    """Good files with random bytes changed: taken or refused, never an error of ours."""
    dice, browser, wrong = random.Random(7), targets.browser(targets.known.cast.inspector), []
    target = io.BytesIO()
    Image.new("RGB", (40, 30), (1, 2, 3)).save(target, "WEBP")
    sheet = packed(**{"[Content_Types]_DOT_xml": b"<x/>", "xl__workbook_DOT_xml": b"<x/>" * 30})
    film = b"\x00\x00\x00\x18ftypmp42\0\0\0\0mp42isom"
    small = io.BytesIO()
    Image.new("RGB", (40, 30), (1, 2, 3)).save(small, "PNG")
    good = (jpeg(), small.getvalue(), target.getvalue(), sheet, b"%PDF-1.7\n%\xe2\xe3\n1 0 obj<<>>endobj", film)
    for turn in range(240):
        content = bytearray(good[turn % len(good)])
        for _ in range(dice.randint(1, 12)):
            content[dice.randrange(len(content))] = dice.randrange(256)
        if turn % 3 == 0:
            del content[dice.randrange(1, len(content)) :]
        answer = browser.post("/attachments", data={"file": (io.BytesIO(bytes(content)), "a.jpg")})
        if answer.status_code not in (201, 422):
            wrong.append(f"{turn} -> {answer.status_code} {bytes(content[:40])!r}")
    assert not wrong, "\n".join(wrong)


NAMES = (
    "../../etc/passwd.jpg", "a\r\nSet-Cookie: x=1.jpg", "<script>alert(1)</script>.jpg", "\x00.jpg",
    "x" * 5000 + ".jpg", "con\u202egpj.exe", "　", '";.jpg',
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_names_of_files_are_only_names(targets: World, name: str) -> None:
    browser = targets.browser(targets.known.cast.inspector)
    answer = browser.post("/attachments", data={"file": (io.BytesIO(jpeg()), name)})
    assert answer.status_code in (201, 422)
    if answer.status_code == 201:
        told = answer.get_json()
        assert not {"/", "\\", "\r", "\n", "\x00", "\u202e"} & set(told["filename"])
        assert len(told["filename"]) <= 200
        got = browser.get(f"/attachments/{told['id']}", buffered=True)
        assert got.status_code == 200
        assert "Set-Cookie" not in got.headers or "x=1" not in got.headers["Set-Cookie"]
        assert got.headers["X-Content-Type-Options"] == "nosniff"


def test_files_in_forms_are_checked_too(targets: World) -> None:
    """Without script, files come with the form: a bad one is named at its field and the typed text stays."""
    browser = targets.browser(targets.known.cast.business)
    for name, content in REFUSED.items():
        data = {"kind": "submit", "measures.0.cause": "供货商未提供", "measures.0.photos": (io.BytesIO(content), name)}
        answer = browser.post(f"/tasks/{targets.known.here.task_id}/completion", data=data)
        if answer.status_code == 413:
            continue
        assert answer.status_code == 422, name
        assert "供货商未提供" in answer.get_data(as_text=True), name


def _with_formulas(world: World) -> None:
    with world.database.unit_of_work() as session:
        store = Store(session, world.clock, SYSTEM)
        for formula in FORMULAS:
            place = factories.establishment(store, name=formula, address=formula, legal_person=formula)
            factories.product(store, place, name=formula, category=formula)


@pytest.mark.parametrize("path", ["/establishments", "/products"])
def test_exports_carry_no_formulas(targets: World, path: str) -> None:
    _with_formulas(targets)
    browser = targets.browser(targets.known.cast.lead)
    lines = browser.get(f"{path}?export=csv").get_data(as_text=True).lstrip("\ufeff")
    cells = [cell for row in csv.reader(io.StringIO(lines)) for cell in row]
    assert any("1+1" in cell for cell in cells)
    assert [cell for cell in cells if cell.startswith(STARTS)] == []
    book = load_workbook(io.BytesIO(browser.get(f"{path}?export=xlsx").get_data()))
    values = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert any("1+1" in str(cell.value) for cell in values)
    assert [cell.value for cell in values if cell.data_type == "f"] == []


@pytest.mark.parametrize("table", ["establishment", "product", "user", "journal-entry"])
def test_exports_of_the_back_office_carry_no_formulas(targets: World, table: str) -> None:
    _with_formulas(targets)
    browser = targets.browser(targets.known.cast.admin)
    answer = browser.get(f"/admin/{table}/export/csv/")
    assert answer.status_code in (200, 404)
    cells = [cell for row in csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))) for cell in row]
    assert [cell for cell in cells if cell.startswith(STARTS)] == []
