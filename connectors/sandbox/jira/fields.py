"""Reads field values from create and edit bodies: what Jira accepts, how it keeps it, how it refuses."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from connectors.sandbox.exchange import Json
from connectors.sandbox.jira import adf
from connectors.sandbox.jira.catalog import (
    FIELD_TYPES,
    ISSUE_TYPES,
    PEOPLE,
    PRIORITIES,
    RESOLUTIONS,
    Project,
)
from connectors.sandbox.jira.refusals import no_field

_MOST_SUMMARY = 255
_MOST_LABEL = 255
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class FieldError(ValueError):
    """A value that Jira refuses; the text is Jira's."""


Reader = Callable[[Any, Project], Any]
_RICH = frozenset({"description", "environment"})
_MOST_WIKI = 32_767


def read_fields(
    given: Json, project: Project, *, editable: frozenset[str], is_cloud: bool = True
) -> tuple[Json, dict[str, str]]:
    """The values to keep and the errors by field; a field outside `editable` is refused by name."""
    kept: Json = {}
    errors: dict[str, str] = {}
    for name, value in given.items():
        if name not in editable:
            errors[name] = no_field(name)
            continue
        try:
            is_wiki = name in _RICH and value is not None and not is_cloud
            kept[name] = read_wiki(value) if is_wiki else _read(name, value, project)
        except FieldError as error:
            errors[name] = str(error)
    return kept, errors


def apply_verbs(name: str, verbs: list[Json], present: Any, project: Project) -> Any:
    """The new value of a field after its `update` verbs; raises FieldError."""
    known = FIELD_TYPES[name]
    value = list(present or []) if known.kind == "array" else present
    for verb in verbs:
        if len(verb) != 1:
            raise FieldError("Each operation must hold exactly one verb")
        operation, operand = next(iter(verb.items()))
        if operation not in known.operations:
            raise FieldError(f"Field does not support update '{operation}'")
        if operation == "set":
            value = _read(name, operand, project)
        else:
            value = _add_or_remove(operation, value, _read(name, [operand], project))
    return value


def _add_or_remove(operation: str, value: list[Any], items: list[Any]) -> list[Any]:
    if operation == "add":
        return [*value, *(item for item in items if item not in value)]
    return [item for item in value if item not in items]


def _read(name: str, value: Any, project: Project) -> Any:
    if value is None:
        if name in project.required:
            raise FieldError(f"Field '{name}' is required")
        return None
    return _READERS.get(name, _read_anything)(value, project)


def _read_summary(value: Any, _project: Project) -> str:
    if not isinstance(value, str) or not value.strip():
        raise FieldError("You must specify a summary of the issue.")
    if "\n" in value or "\r" in value:
        raise FieldError("The summary is invalid because it contains newline characters.")
    if len(value) > _MOST_SUMMARY:
        raise FieldError("Summary can't exceed 255 characters.")
    return value


def read_document(value: Any, _project: Project | None = None) -> Any:
    """A rich text that Jira accepts; raises FieldError."""
    fault = adf.find_fault(value)
    if fault == adf.TOO_LONG:
        raise FieldError(adf.TOO_LONG)
    if fault:
        raise FieldError(fault)
    return value


def read_wiki(value: Any) -> str:
    """A rich text that Data Center accepts; raises FieldError."""
    if not isinstance(value, str):
        raise FieldError("Operation value must be a string")
    if len(value) > _MOST_WIKI:
        raise FieldError("The entered text is too long. It exceeds the allowed limit of 32,767 characters.")
    return value


def _read_labels(value: Any, _project: Project) -> list[str]:
    if not isinstance(value, list):
        raise FieldError("data was not an array")
    for label in value:
        if not isinstance(label, str) or not label:
            raise FieldError("The label must be a string")
        if any(character.isspace() for character in label):
            raise FieldError(f"The label '{label}' contains spaces which is invalid.")
        if len(label) > _MOST_LABEL:
            raise FieldError("The label exceeds the limit of 255 characters.")
    return list(dict.fromkeys(value))


def _read_day(value: Any, _project: Project) -> str:
    try:
        return date.fromisoformat(value).isoformat() if _DAY.fullmatch(value) else _refuse_day()
    except (TypeError, ValueError):
        return _refuse_day()


def _refuse_day() -> str:
    raise FieldError("Error parsing date string: it must be in the format yyyy-MM-dd")


def _read_instant(value: Any, _project: Project) -> str:
    try:
        if datetime.fromisoformat(value).tzinfo is not None:
            return str(value)
    except (TypeError, ValueError):
        pass
    raise FieldError("Operation value must be a date-time string with a zone")


def _read_number(value: Any, _project: Project) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FieldError("Operation value must be a number")
    return value


def _read_person(value: Any, _project: Project) -> str | None:
    account = value.get("accountId") or value.get("id") if isinstance(value, dict) else None
    if account is None:
        return None
    if account not in PEOPLE:
        raise FieldError(f"User '{account}' does not exist.")
    return str(account)


def _read_level(value: Any, project: Project) -> str:
    return _choose(value, dict(project.levels), "Security level")


def _read_components(value: Any, project: Project) -> list[str]:
    if not isinstance(value, list):
        raise FieldError("data was not an array")
    return [_choose(item, dict(project.components), "Component name") for item in value]


def _choose(value: Any, names: dict[str, str], noun: str) -> str:
    """The id of a choice given as {"id"} or {"name"}."""
    if not isinstance(value, dict):
        raise FieldError("Operation value must be an object")
    if str(value.get("id", "")) in names:
        return str(value["id"])
    for choice_id, name in names.items():
        if name == value.get("name"):
            return choice_id
    raise FieldError(f"{noun} '{value.get('name') or value.get('id')}' is not valid")


def _read_string(value: Any, _project: Project) -> str:
    if not isinstance(value, str):
        raise FieldError("Operation value must be a string")
    return value


def _read_anything(value: Any, _project: Project) -> Any:
    return value


_READERS: dict[str, Reader] = {
    "summary": _read_summary,
    "description": read_document,
    "environment": read_document,
    "labels": _read_labels,
    "customfield_10050": _read_labels,
    "duedate": _read_day,
    "customfield_10051": _read_instant,
    "customfield_10052": _read_string,
    "customfield_10053": _read_number,
    "assignee": _read_person,
    "reporter": _read_person,
    "security": _read_level,
    "components": _read_components,
    "priority": lambda value, _project: _choose(value, PRIORITIES, "Priority name"),
    "resolution": lambda value, _project: _choose(value, RESOLUTIONS, "Resolution name"),
    "issuetype": lambda value, project: _choose(
        value, {key: ISSUE_TYPES[key] for key in project.issue_types}, "Issue type"
    ),
}
