"""People at their browsers: they ask, ask again with the same key when no answer came, and note what they are told."""

from __future__ import annotations

import http.client
import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: no answer at all: nobody knows whether it was done
LOST = (OSError, http.client.HTTPException)
PATIENCE = 60.0


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: Any


@dataclass
class Ledger:
    """What people were told."""

    started: list[str] = field(default_factory=list)
    completed: dict[str, str] = field(default_factory=dict)  # user task -> submission
    claimed: list[tuple[str, str]] = field(default_factory=list)  # user task, who
    refused: set[str] = field(default_factory=set)  # keys of completions that were refused for good
    lost: int = 0  # requests without an answer, or with "not now"


class Person:
    """One person with one connection."""

    def __init__(self, port: int, cookie: str, ledger: Ledger, timeout: float = 40) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self.cookie, self.ledger = cookie, ledger

    def get(self, path: str) -> Answer:
        """The answer to a GET."""
        return self._ask("GET", path, None, {})

    def post(self, path: str, body: Mapping[str, Any] | None = None, key: str | None = None) -> Answer:
        """The answer to a POST; raises one of LOST when there is none."""
        return self._ask("POST", path, body or {}, {} if key is None else {"Idempotency-Key": key})

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None, headers: dict[str, str]) -> Answer:
        sent = {"Cookie": f"sujian={self.cookie}", "Content-Type": "application/json", "Accept": "application/json"}
        try:
            self.connection.request(method, path, None if body is None else json.dumps(body), sent | headers)
            answer = self.connection.getresponse()
            text = answer.read()
            is_json = text and answer.headers.get_content_type().endswith("json")
            told = json.loads(text) if is_json else text.decode()
            return Answer(answer.status, told)
        except LOST:
            self.ledger.lost += 1
            raise
        finally:
            self.connection.close()

    # -- what they do -------------------------------------------------------------------------------------------------

    def complete(self, task: str, key: str | None = None) -> Answer:
        """Complete a user task once; what is told is noted."""
        told = self.post(f"/api/user-tasks/{task}/completion", {"answers": {"text": "好"}}, key)
        if told.status == 200:
            known = self.ledger.completed.setdefault(task, told.body["submission_id"])
            assert known == told.body["submission_id"], "two people were told that they completed the same"
        elif told.status >= 500:
            self.ledger.lost += 1
        elif key is not None:
            self.ledger.refused.add(key)
        return told

    def claim(self, task: str, who: str) -> Answer:
        """Claim a user task once."""
        told = self.post(f"/api/user-tasks/{task}/claim")
        if told.status == 204:
            self.ledger.claimed.append((task, who))
        return told

    def surely_complete(self, task: str, patience: float = PATIENCE) -> Answer:
        """Complete a user task with one key, again and again until somebody answers."""
        key = uuid.uuid4().hex
        return self._again(lambda: self.complete(task, key), patience)

    def surely_start(self, process: str, answers: Mapping[str, Any], patience: float = PATIENCE) -> str:
        """Begin a case; without an answer another one."""
        told = self._again(lambda: self.post(f"/api/processes/{process}/instances", {"answers": answers}), patience)
        assert told.status == 201, told
        self.ledger.started.append(told.body["id"])
        return str(told.body["id"])

    def _again(self, act: Any, patience: float) -> Answer:
        end = time.monotonic() + patience
        while True:
            try:
                told: Answer = act()
                if told.status < 500:
                    return told
                if time.monotonic() > end:
                    return told
            except LOST:
                if time.monotonic() > end:
                    raise
            time.sleep(0.05)
