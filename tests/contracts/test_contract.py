"""The judge itself, on a small document of an invented vendor: what it calls a deviation and what it forgives."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.contract import Contract
from tests.contracts.documents import FOLDER_VARIABLE, find_document, read_document
from tests.contracts.recording import Exchange

_BOAT: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "name": {"type": "string"},
        "kind": {"type": "string", "enum": ["scull", "gig"]},
        "oars": {"oneOf": [{"type": "integer"}, {"type": "number"}]},
        "crew": {"type": "array", "items": {"$ref": "#/components/schemas/Rower"}},
    },
}
_PAGE = {"type": "object", "properties": {"size": {"type": "integer"}, "after": {"type": "string"}}}
_ANSWER = {
    "200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Boat"}}}}
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Boats", "version": "1"},
    "security": [{"key": []}],
    "paths": {
        "/boats/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "get": {
                "parameters": [
                    {
                        "name": "page",
                        "in": "query",
                        "style": "deepObject",
                        "explode": True,
                        "schema": {"oneOf": [{"type": "integer"}, _PAGE]},
                    },
                    {"name": "sort", "in": "query", "schema": {"type": "string", "enum": ["name", "id"]}},
                ],
                "responses": _ANSWER,
            },
            "put": {
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Boat"}}},
                },
                "responses": _ANSWER,
            },
        },
        "/boats/newest": {"get": {"responses": _ANSWER}},
    },
    "components": {
        "securitySchemes": {"key": {"type": "http", "scheme": "basic"}},
        "schemas": {"Boat": _BOAT, "Rower": {"type": "object", "properties": {"name": {"type": "string"}}}},
    },
}
_SHOWN = {"id": 7, "name": "Petrel", "kind": "gig", "oars": 4, "crew": [{"name": "Ines"}]}
GET = Exchange(
    verb="show",
    method="GET",
    path="/boats/7",
    query=(("page[size]", "5"), ("sort", "name")),
    headers=(("Authorization", "Basic eDp5"),),
    body=b"",
    status=200,
    answer_type="application/json",
    answer=json.dumps(_SHOWN).encode(),
)
PUT = replace(
    GET,
    method="PUT",
    query=(),
    headers=(*GET.headers, ("Content-Type", "application/json")),
    body=b'{"name": "Petrel", "crew": [{"name": "Ines"}]}',
)


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract(DOCUMENT, [GET, PUT, replace(GET, path="/boats/newest")])


def _spell_answer(**changes: Any) -> Exchange:
    return replace(GET, answer=json.dumps(_SHOWN | changes).encode())


@pytest.mark.parametrize("exchange", [GET, PUT, replace(GET, path="/boats/newest", query=())])
def test_what_is_documented_passes(contract: Contract, exchange: Exchange) -> None:
    assert contract.judge(exchange) == ()


REQUESTS = [
    (replace(GET, path="/ships/7"), {"request.path"}),
    (replace(GET, method="PATCH"), {"request.path"}),
    (replace(GET, path="/boats/7.json"), {"request.path.json"}),
    (replace(GET, query=(("colour", "red"),)), {"request.query.colour"}),
    (replace(GET, query=(("sort", "age"),)), {"request.query.sort"}),
    (replace(GET, query=(("page[size]", "few"),)), {"request.query.page"}),
    (replace(GET, query=(("page[length]", "5"),)), {"request.query.page[length]"}),
    (replace(GET, headers=()), {"request.security"}),
    (replace(GET, headers=(("Authorization", "Bearer abc"),)), {"request.security"}),
    (replace(GET, headers=PUT.headers, body=b"{}"), {"request.body"}),
    (replace(PUT, body=b""), {"request.body"}),
    (replace(PUT, body=b"{}"), {"request.body"}),
    (replace(PUT, body=b'{"name": 7}'), {"request.body.name"}),
    (replace(PUT, body=b'{"name": "Petrel", "id": 7}'), {"request.body.id"}),
    (replace(PUT, body=b'{"name": "Petrel", "hull": "oak"}'), {"request.body"}),
    (replace(PUT, body=b'{"name": "Petrel", "kind": null}'), {"request.body.kind"}),
    (replace(PUT, body=b'{"name": "Petrel", "crew": [{"nom": "Ines"}]}'), {"request.body.crew[]"}),
    (replace(PUT, headers=(*GET.headers, ("Content-Type", "text/plain"))), {"request.media_type"}),
]


@pytest.mark.parametrize(("exchange", "places"), REQUESTS)
def test_a_request_is_held_strictly(contract: Contract, exchange: Exchange, places: set[str]) -> None:
    assert {found.place for found in contract.judge(exchange)} == places


ANSWERS = [
    (_spell_answer(hull="oak"), set()),
    (_spell_answer(name=None, kind=None, crew=None, oars=None), set()),
    (_spell_answer(crew=[None]), set()),
    (_spell_answer(name=7), {"answer.body.name"}),
    (_spell_answer(kind="raft"), {"answer.body.kind"}),
    (_spell_answer(oars="four"), {"answer.body.oars"}),
    (_spell_answer(crew=[{"name": []}]), {"answer.body.crew[].name"}),
    (replace(GET, answer=b'{"id": 7}'), {"answer.body"}),
    (replace(GET, answer=b"[]"), {"answer.body"}),
    (replace(GET, status=404), {"answer.status.404"}),
    (replace(GET, answer_type="text/html"), {"answer.media_type"}),
]


@pytest.mark.parametrize(("exchange", "places"), ANSWERS)
def test_an_answer_is_held_loosely(contract: Contract, exchange: Exchange, places: set[str]) -> None:
    assert {found.place for found in contract.judge(exchange)} == places


def test_words_of_yaml_stay_words(tmp_path: Path) -> None:
    path = tmp_path / "boats.yaml"
    path.write_text("sign: =\nday: 2026-03-02\nnumber: 4\n", encoding="utf-8")
    assert read_document(path) == {"sign": "=", "day": "2026-03-02", "number": 4}


def test_the_folder_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    assert find_document("jira").parent == tmp_path
