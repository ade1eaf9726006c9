"""Every route of the application as a request: address and body filled in with things of the world."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.web.world import Things

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
#: part of an address -> what fills it in
FILLED = {
    "case_id": "case_id", "task_id": "task_id", "user_task_id": "task_id", "attachment_id": "attachment_id",
    "document_id": "document_id", "incident_id": "case_id", "absence_id": "absence_id", "person_id": "person_id",
    "establishment_id": "establishment_id", "product_id": "product_id", "token": "token",
    "lot_id": "lot_id", "voucher_id": "voucher_id", "run_id": "run_id", "batch_id": "batch_id",
    "announcement_id": "announcement_id",
}  # fmt: skip
RECORDS = {"/establishments/": "establishment_id", "/products/": "product_id", "/records/": "inspection_id"}
FIXED = {
    "key": "inspection", "source": "establishments", "kind": "inspection", "export_type": "csv", "filename": "none.css",
    "file_id": "01ARZ3NDEKTSV4RRFFQ69G5FAW", "edition": "1", "import_kind": "lots",
    "definition_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "migration_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV",
}  # fmt: skip
BACK = {"element_id": "accept_assignment", "reason": "照片与清单不一致，请核对"}
#: changes that need more than an address: what a well-meaning person sends
BODIES: dict[str, dict[str, Any]] = {
    "/api/process-instances/<case_id>/cancellation": {"json": {"reason": "重复立案"}},
    "/api/process-instances/<case_id>/comments": {"json": {"text": "请补充照片"}},
    "/api/processes/<key>/instances": {"json": {"answers": {}}},
    "/api/messages": {"json": {"name": "nobody waits for this"}},
    "/api/signals": {"json": {"name": "nobody waits for this"}},
    "/api/user-tasks/<user_task_id>/assignment": {"json": {"assignee_id": "nobody"}},
    "/api/user-tasks/<user_task_id>/completion": {"json": {"answers": {}}},
    "/api/user-tasks/<user_task_id>/draft": {"json": {"answers": {}}},
    "/api/user-tasks/<user_task_id>/release": {"json": {"reason": "请假"}},
    "/api/user-tasks/<user_task_id>/return": {"json": BACK},
    "/api/user-tasks/<user_task_id>/withdrawal": {"json": {"reason": "附件传错"}},
    "/api/process-instances/<case_id>/suspension": {"json": {"reason": "等待检验结论", "clocks": "run"}},
    "/api/process-instances/<case_id>/resumption": {"json": {"reason": "检验结论已到"}},
    "/api/user-tasks/<user_task_id>/cosigners": {"json": {"user_id": "nobody"}},
    "/api/user-tasks/<user_task_id>/questions": {"json": {"text": "冷库面积是多少？"}},
    "/api/user-tasks/<user_task_id>/answer": {"json": {"text": "三十平方米", "decision": "sign"}},
    "/api/user-tasks/<user_task_id>/revocation": {"json": {"reason": "不必了"}},
    "/tasks/<task_id>/cosigners": {"data": {"user_id": "nobody"}},
    "/tasks/<task_id>/questions": {"data": {"text": "冷库面积是多少？", "to": "business"}},
    "/tasks/<task_id>/answer": {"data": {"text": "三十平方米", "decision": "sign"}},
    "/tasks/<task_id>/revocation": {"data": {"reason": "不必了"}},
    "/cases/<case_id>/informant": {"data": {"reason": "答复举报人核查结果"}},
    "/api/process-instances/<case_id>/informant-readings": {"json": {"reason": "答复举报人核查结果"}},
    "/cases/<case_id>/suspension": {"data": {"reason": "等待检验结论", "clocks": "run"}},
    "/cases/<case_id>/resumption": {"data": {"reason": "检验结论已到"}},
    "/cases/<case_id>/cancellation": {"data": {"reason": "重复立案"}},
    "/cases/<case_id>/comments": {"data": {"text": "请补充照片"}},
    "/api/incidents/<incident_id>/data": {"json": {"path": "a.b", "value": 1, "reason": "按纸质笔录更正数据项"}},
    "/api/incidents/<incident_id>/skip": {"json": {"reason": "已线下处理，不再执行"}},
    "/incidents/<incident_id>/data": {"data": {"path": "a.b", "value": "1", "reason": "按纸质笔录更正数据项"}},
    "/incidents/<incident_id>/skip": {"data": {"reason": "已线下处理，不再执行"}},
    "/tasks/<task_id>/assign": {"data": {"assignee_id": "nobody"}},
    "/tasks/<task_id>/return": {"data": BACK},
    "/tasks/<task_id>/withdrawal": {"data": {"reason": "附件传错"}},
    "/api/user-tasks/<user_task_id>/delegation": {"json": {"assignee_id": "nobody", "reason": "外出培训"}},
    "/api/user-tasks/<user_task_id>/follow-up": {"json": {"follow_up_on": None}},
    "/api/user-tasks/<user_task_id>/priority": {"json": {"priority": 80, "reason": "市局督办"}},
    "/api/user-tasks/bulk/assignment": {"json": {"user_task_ids": ["nobody"], "assignee_id": "nobody"}},
    "/api/user-tasks/bulk/claim": {"json": {"user_task_ids": ["nobody"]}},
    "/api/user-tasks/bulk/completion": {"json": {"user_task_ids": ["nobody"], "answers": {}}},
    "/api/absences/<absence_id>/cancellation": {"json": {"reason": "提前返岗"}},
    "/absences/<absence_id>/end": {"data": {"reason": "提前返岗"}},
    "/tasks/<task_id>/delegation": {"data": {"assignee_id": "nobody", "reason": "外出培训"}},
    "/tasks/<task_id>/follow-up": {"data": {"follow_up_on": ""}},
    "/tasks/<task_id>/priority": {"data": {"priority": "80", "reason": "市局督办"}},
    "/tasks/<task_id>/draft": {"json": {"answers": {}}},
    "/api/announcements/<announcement_id>/receipt": {"json": {"confirm": True}},
    "/announcements/<announcement_id>/correction": {"data": {"reason": "检查结论写错，应为符合"}},
    "/announcements/<announcement_id>/withdrawal": {"data": {"reason": "原处罚决定已经被撤销了", "ground": "revoked"}},
}


@dataclass(frozen=True)
class Call:
    """One request."""

    method: str
    rule: str
    path: str
    endpoint: str
    body: dict[str, Any] = field(default_factory=dict)

    def by(self, browser: FlaskClient) -> TestResponse:
        """Do it."""
        return browser.open(self.path, method=self.method, buffered=True, **self.body)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def calls(app: Flask, things: Things, methods: tuple[str, ...] = ("GET", *UNSAFE)) -> Iterator[Call]:
    """Every route that can be filled in with these things."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule):
        values = {name: _value(rule, name, things) for name in rule.arguments}
        if all(values.values()):
            for method in sorted((rule.methods or set()) & set(methods)):
                body = BODIES.get(rule.rule, {}) if method in UNSAFE else {}
                yield Call(method, rule.rule, _path(rule, values), rule.endpoint, body)


def names_a_thing(call: Call) -> bool:
    """Whether the address names a thing that may be somebody else's."""
    return any(f"<{name}>" in call.rule for name in (*FILLED, "record_id"))


def _value(rule: Rule, name: str, things: Things) -> str:
    if name == "record_id":
        return str(getattr(things, next(value for start, value in RECORDS.items() if rule.rule.startswith(start))))
    return FIXED.get(name) or str(getattr(things, FILLED[name]))


def _path(rule: Rule, values: dict[str, str]) -> str:
    path = rule.rule
    for name, value in values.items():
        path = path.replace(f"<{name}>", value).replace(f"<path:{name}>", value)
    return path
