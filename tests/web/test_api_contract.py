"""The API keeps what its own description promises: schemathesis asks what it allows, and what it does not."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.schemas import OpenApiSchema

from tests.web.world import World

pytest_plugins = ["tests.web.world_fixtures"]
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")

EXAMPLES = 8
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
#: what a generated id would hardly ever be: half of the requests use real ones
KNOWN = {
    "case_id": "case_id", "user_task_id": "task_id", "attachment_id": "attachment_id", "document_id": "document_id",
    "establishment_id": "establishment_id", "product_id": "product_id",
}  # fmt: skip


def description(world: World) -> dict[str, Any]:
    found: dict[str, Any] = world.browser().get("/api/openapi.json").get_json()
    return found


def test_the_description_is_openapi_3_1(read_world: World) -> None:
    """Its version, its parts, and every schema in it as JSON Schema 2020-12."""
    told = description(read_world)
    assert told["openapi"].startswith("3.1")
    assert told["info"]["title"]
    assert told["paths"]
    for schema in told["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for path, item in told["paths"].items():
        for method, operation in item.items():
            if method == "parameters":
                continue
            assert operation.get("summary") or operation.get("description"), (method, path)
            assert operation["responses"], (method, path)
            names = {
                part["name"]
                for part in [*item.get("parameters", []), *operation.get("parameters", [])]
                if part["in"] == "path"
            }
            assert names == {part[1:-1] for part in path.split("/") if part.startswith("{")}, path


def test_every_reference_leads_somewhere(read_world: World) -> None:
    told = description(read_world)
    for text in {word.split('"')[0] for word in json.dumps(told).split('"$ref": "')[1:]}:
        node: Any = told
        for part in text.removeprefix("#/").split("/"):
            node = node[part]


def test_every_route_of_the_api_is_described(read_world: World) -> None:
    told = description(read_world)
    described = {
        (method.upper(), path) for path, item in told["paths"].items() for method in item if method != "parameters"
    }
    routed = {
        (method, rule.rule.replace("<", "{").replace(">", "}"))
        for rule in read_world.app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and rule.rule not in ("/api/openapi.json", "/api/docs")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routed == described


@pytest.mark.parametrize("person", ["lead", "business"])
def test_answers_are_as_described(world: World, person: str) -> None:
    schema: OpenApiSchema = schemathesis.openapi.from_wsgi("/api/openapi.json", world.app)
    schema.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
    cookie = world.browser(getattr(world.known.cast, person)).get_cookie("sujian")
    assert cookie is not None
    wrong: dict[str, str] = {}
    began = time.monotonic()
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def asked(case: Any) -> None:
            if sum(map(ord, repr(case.query))) % 2 == 0:
                known = {name: getattr(world.known.here, KNOWN[name]) for name in case.path_parameters if name in KNOWN}
                case.path_parameters.update(known)
            case.call_and_validate(checks=CHECKS, cookies={"sujian": cookie.value})

        try:
            asked()
        except FailureGroup as error:
            wrong[operation.label] = str(error)[:900]
    assert wrong == {}, "\n\n".join(f"{label}: {text}" for label, text in wrong.items())
    assert time.monotonic() - began < 60
