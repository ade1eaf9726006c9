"""Buttons that change a page without JavaScript keep every answer."""

from __future__ import annotations

from werkzeug.datastructures import MultiDict

from web.answers import at, is_only_changing, posted, with_file, with_row, without_row


def test_a_row_is_added_and_the_answers_stay() -> None:
    form = MultiDict([("lots.0.code", "A"), ("lots.1.code", ""), ("note", "x"), ("_add", "lots")])
    assert posted(form) == {"lots": [{"code": "A"}, {}, {}], "note": "x"}
    assert is_only_changing(form)


def test_a_row_is_taken_out_by_its_place() -> None:
    form = MultiDict([("lots.0.code", "A"), ("lots.1.code", "B"), ("_remove", "lots.0")])
    assert posted(form) == {"lots": [{"code": "B"}]}


def test_a_file_is_taken_out_by_its_id() -> None:
    form = MultiDict([("items.1-1.photos", "p1"), ("items.1-1.photos", "p2"), ("_drop", "items.1-1.photos=p1")])
    assert posted(form) == {"items": {"1-1": {"photos": ["p2"]}}}


def test_a_file_sent_with_the_form_joins_the_others() -> None:
    assert with_file({}, "door", "p1") == {"door": ["p1"]}
    assert with_file({"door": "p0"}, "door", "p1") == {"door": ["p0", "p1"]}
    assert with_file({}, "items.1-1.photos", "p1") == {"items": {"1-1": {"photos": ["p1"]}}}
    assert with_file({"rows": [{"a": "x"}]}, "rows.0.photos", "p1") == {"rows": [{"a": "x", "photos": ["p1"]}]}


def test_an_ordinary_submission_changes_nothing() -> None:
    form = MultiDict([("a", "1"), ("_version", "3")])
    assert posted(form) == {"a": "1"}
    assert not is_only_changing(form)


def test_hostile_paths_do_no_harm() -> None:
    assert with_row({"a": "text"}, "a.b", 0) == {"a": "text"}
    assert without_row({"lots": [{}]}, "lots.7") == {"lots": [{}]}
    assert without_row({"lots": [{}]}, "lots") == {"lots": [{}]}
    assert len(with_row({}, "lots", 9999)["lots"]) == 200
    assert at({"lots": [{"code": "A"}]}, "lots.3.code") is None
    assert with_file({"rows": [{}]}, "rows.9.photos", "p") == {"rows": [{}]}
