"""The vendors' OpenAPI documents: where they are, how they load, and the two copies that exchanges are held to.

Requests are held to a closed copy (a property that is not documented is a fault), answers to a relaxed one
(everything nullable, unknown properties allowed), because the documents under-declare what vendors answer.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

Json = dict[str, Any]
Rewrite = Callable[[Json], Json]

FOLDER_VARIABLE = "VENDOR_SPECS"
"""Names the folder of the documents; without it they are looked for beside the project, in `shared/specs`."""

FILES = {"zendesk": "zendesk-support.openapi.yaml", "jira": "jira-platform-v3.openapi.json"}

_PROJECT = Path(__file__).resolve().parents[2]
# The document holds a bare `=` and dates as plain words, which YAML 1.1 would take for values of its own types.
_MISREAD_TAGS = ("tag:yaml.org,2002:value", "tag:yaml.org,2002:timestamp")
_UNBOUNDED: tuple[object, ...] = (None, True, {})
_REFERENCE = "#/components/"


class _PlainLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The safe loader that leaves unquoted words words."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML reads it from the class
        first: [(tag, pattern) for tag, pattern in known if tag not in _MISREAD_TAGS]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def find_document(vendor: str) -> Path:
    """Where the document of a vendor should be, whether or not it is there."""
    folder = os.environ.get(FOLDER_VARIABLE) or _PROJECT.parent / "shared" / "specs"
    return Path(folder) / FILES[vendor]


def read_document(path: Path) -> Json:
    """A whole document from JSON or YAML."""
    text = path.read_text(encoding="utf-8")
    document = json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=_PlainLoader)  # noqa: S506
    return dict(document)


def cut_document(document: Json, operations: Iterable[tuple[str, str]], rewrite: Rewrite) -> Json:
    """Only these (path, method) pairs and what they refer to, each schema of a body rewritten.

    Security goes: openapi-core would look no further once it misses it.
    """
    kept: dict[str, Json] = {}
    for path, method in operations:
        item = document["paths"][path]
        shared = {"parameters": item["parameters"]} if "parameters" in item else {}
        operation = {key: value for key, value in item[method].items() if key != "security"}
        kept.setdefault(path, shared)[method] = operation
    components: dict[str, Json] = {}
    for kind, name in _follow(document, kept):
        components.setdefault(kind, {})[name] = document["components"][kind][name]
    schemas = {name: rewrite(schema) for name, schema in components.pop("schemas", {}).items()}
    return {
        "openapi": document["openapi"],
        "info": document["info"],
        "servers": [{"url": "/"}],
        "paths": _rewrite_bodies(kept, rewrite),
        "components": {**_rewrite_bodies(components, rewrite), "schemas": schemas},
    }


def close_schema(schema: Json) -> Json:
    """A copy in which an object takes only the properties that it declares.

    The branches of an `allOf` stay open, since each of them declares a part of the same object.
    """
    closed = _rewrite_parts(schema, close_schema)
    if len(schema.get("allOf", ())) > 1:
        closed["allOf"] = list(schema["allOf"])
    elif "properties" in schema and schema.get("additionalProperties") in _UNBOUNDED:
        closed["additionalProperties"] = False
    return closed


def relax_schema(schema: Json) -> Json:
    """A copy in which everything may be null, objects take any property, and one match of several is enough."""
    relaxed = _rewrite_parts(schema, relax_schema)
    if "$ref" in schema:
        return relaxed
    if "oneOf" in relaxed:
        relaxed["anyOf"] = [*relaxed.get("anyOf", ()), *relaxed.pop("oneOf")]
    if "enum" in relaxed:
        relaxed["enum"] = [*relaxed["enum"], None]
    if relaxed.get("additionalProperties") is False:
        relaxed["additionalProperties"] = True
    return {**relaxed, "nullable": True} if "type" in relaxed else relaxed


def choose_object(schema: Json) -> Json:
    """The branch that is an object: what a deep object is, and what openapi-core cannot choose by itself."""
    return next((branch for branch in schema.get("oneOf", ()) if branch.get("type") == "object"), schema)


def _rewrite_parts(schema: Json, rewrite: Rewrite) -> Json:
    copy = dict(schema)
    if "properties" in schema:
        copy["properties"] = {name: rewrite(part) for name, part in schema["properties"].items()}
    for key in ("items", "additionalProperties", "not"):
        if isinstance(schema.get(key), dict):
            copy[key] = rewrite(schema[key])
    for key in ("allOf", "anyOf", "oneOf"):
        if key in schema:
            copy[key] = [rewrite(part) for part in schema[key]]
    return copy


def _rewrite_bodies(part: Any, rewrite: Rewrite) -> Any:
    """Rewrites the schemas of bodies and answers; those of parameters stay as they are documented."""
    if isinstance(part, list):
        return [_rewrite_bodies(each, rewrite) for each in part]
    if not isinstance(part, dict):
        return part
    if part.get("style") == "deepObject":
        return {**part, "schema": choose_object(part["schema"])}
    return {
        key: _rewrite_content(value, rewrite) if key == "content" else _rewrite_bodies(value, rewrite)
        for key, value in part.items()
    }


def _rewrite_content(content: Mapping[str, Json], rewrite: Rewrite) -> Json:
    return {
        media: {**body, "schema": rewrite(body["schema"])} if "schema" in body else body
        for media, body in content.items()
    }


def _follow(document: Json, start: object) -> Iterator[tuple[str, str]]:
    """Every component that is referred to from here on, once."""
    seen: set[str] = set()
    pending: list[object] = [start]
    while pending:
        part = pending.pop()
        if isinstance(part, list):
            pending.extend(part)
        elif isinstance(part, dict):
            pending.extend(part.values())
            reference = part.get("$ref")
            if isinstance(reference, str) and reference.startswith(_REFERENCE) and reference not in seen:
                seen.add(reference)
                kind, _, name = reference.removeprefix(_REFERENCE).partition("/")
                yield kind, name
                pending.append(document["components"][kind][name])
