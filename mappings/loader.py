"""Reads the shipped policy and an operator's overlay, and tells every mistake at once."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from mappings.cadence import Cadence
from mappings.criteria import CriteriaRules, SeverityRules
from mappings.fields import Fields
from mappings.lexicon import load_lexicon
from mappings.mistakes import PolicyProblem
from mappings.patterns import PatternRules
from mappings.policy import Policy
from mappings.redaction import Redaction
from mappings.render import check_templates
from mappings.routing import Routing

_PARTS: Mapping[str, type[BaseModel]] = {
    "criteria": CriteriaRules,
    "severity": SeverityRules,
    "routing": Routing,
    "cadence": Cadence,
    "patterns": PatternRules,
    "fields": Fields,
    "redaction": Redaction,
}
PART_NAMES = tuple(_PARTS)
"""The names of the policy files, without their ending."""

_DIGEST_LENGTH = 12

Table = dict[str, Any]


def load_policy(overlay: Path | None = None) -> Policy:
    """The shipped policy with `overlay` laid over it, table by table; raises PolicyProblem with all mistakes."""
    problems: list[str] = list(_check_overlay(overlay)) if overlay else []
    parts: dict[str, BaseModel] = {}
    tables: dict[str, Table] = {}
    for name, model in _PARTS.items():
        tables[name] = _read_part(name, overlay, problems)
        try:
            parts[name] = model.model_validate(tables[name])
        except ValidationError as error:
            problems += _list_mistakes(f"{name}.toml", error)
    if (own := _find_templates(overlay)) is not None:
        # Without own ones nothing can be wrong: the shipped ones are as they were tested, and trying them takes time.
        problems += check_templates(own)
    if problems:
        raise PolicyProblem(tuple(problems))
    return Policy(**parts, digest=_digest_policy(tables, overlay))


def lay_over(base: Table, overlay: Table) -> Table:
    """`base` with `overlay` laid over it: tables merge, rows with an `id` merge by it, other values replace."""
    merged = dict(base)
    for key, value in overlay.items():
        below = merged.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            merged[key] = lay_over(below, value)
        elif isinstance(below, list) and _has_ids(below) and _has_ids(value):
            merged[key] = _lay_rows(below, value)
        else:
            merged[key] = value
    return merged


def _has_ids(rows: Any) -> bool:
    return isinstance(rows, list) and bool(rows) and all(isinstance(row, dict) and "id" in row for row in rows)


def _lay_rows(base: list[Table], overlay: list[Table]) -> list[Table]:
    rows = {row["id"]: row for row in base}
    for row in overlay:
        rows[row["id"]] = lay_over(rows.get(row["id"], {}), row)
    return list(rows.values())


def _read_part(name: str, overlay: Path | None, problems: list[str]) -> Table:
    base = tomllib.loads(files("mappings").joinpath("defaults", f"{name}.toml").read_text(encoding="utf-8"))
    path = overlay / f"{name}.toml" if overlay else None
    if path is None or not path.is_file():
        return base
    try:
        return lay_over(base, tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        problems.append(f"{path.name}: cannot be read as TOML: {error}")
        return base


def _check_overlay(overlay: Path) -> tuple[str, ...]:
    if not overlay.is_dir():
        return (f"POLICY_DIR {overlay}: no such directory; create it or leave the setting out",)
    known = {f"{name}.toml" for name in _PARTS}
    return tuple(
        f"{path.name}: not a policy file; known are {', '.join(sorted(known))} and templates/"
        for path in sorted(overlay.glob("*.toml"))
        if path.name not in known
    )


def _find_templates(overlay: Path | None) -> Path | None:
    folder = overlay / "templates" if overlay else None
    return folder if folder and folder.is_dir() else None


def _list_mistakes(file_name: str, error: ValidationError) -> list[str]:
    return [
        f"{file_name}: {'.'.join(str(step) for step in mistake['loc']) or 'file'}: {_say(mistake['msg'])}"
        for mistake in error.errors(include_url=False)
    ]


def _say(message: str) -> str:
    return {
        "Extra inputs are not permitted": "unknown key; check its spelling",
        "Field required": "missing",
    }.get(message, message.removeprefix("Value error, "))


def _digest_policy(tables: dict[str, Table], overlay: Path | None) -> str:
    digest = hashlib.sha256(json.dumps(tables, sort_keys=True, default=str).encode())
    shipped = {path.name: path.read_text(encoding="utf-8") for path in _list_shipped_templates()}
    folder = _find_templates(overlay)
    own = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md.j2")} if folder else {}
    for name, text in (*sorted((shipped | own).items()), *_list_fixed()):
        digest.update(f"\0{name}\0{text}".encode())
    return digest.hexdigest()[:_DIGEST_LENGTH]


def _list_fixed() -> list[tuple[str, str]]:
    """What no overlay changes and a release may: word lists and fitted weights."""
    found = files("mappings").joinpath("defaults", "patterns").iterdir()
    texts = sorted((path.name, path.read_text(encoding="utf-8")) for path in found if path.name.endswith(".toml"))
    return [("lexicon", load_lexicon().model_dump_json()), *texts]


def _list_shipped_templates() -> list[Any]:
    return [path for path in files("mappings").joinpath("templates").iterdir() if path.name.endswith(".md.j2")]
