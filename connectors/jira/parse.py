"""Jira's issue JSON becomes our `Issue`: the one place that knows how Jira spells an issue.

The same shapes come from search, bulk fetch, a single GET and (in its v2 form) a webhook. Whatever a project's
screens or our permissions leave out is None or empty; only an issue without an id or a key is not an issue.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.records import FixVersion, Issue, IssueComment, StatusCategory

PROPERTY_KEY = "escalator"
"""The entity property that proves an issue (or a comment) to be ours."""

ISSUE_FIELDS = (
    "summary",
    "project",
    "status",
    "resolution",
    "assignee",
    "priority",
    "duedate",
    "labels",
    "updated",
    "created",
    "creator",
    "security",
    "fixVersions",
)
"""The fields that `parse_issue` looks at; nothing more is asked for."""

_LINES = frozenset({"paragraph", "heading", "codeBlock", "hardBreak", "listItem", "tableCell", "rule"})

Json = Mapping[str, Any]


def parse_issue(raw: Json, marker_field: str = "") -> Issue:
    """Return the issue of one JSON object; raises ValueError when it has no id or no key.

    `marker_field` is the id of a custom field whose values are marks beside the labels.
    """
    issue_id, key = read_identity(raw)
    fields = _read_object(raw, "fields")
    status = _read_object(fields, "status")
    return Issue(
        id=issue_id,
        key=key,
        project=_read_text(_read_object(fields, "project"), "key") or key.rpartition("-")[0],
        summary=_read_text(fields, "summary") or "",
        status=_read_text(status, "name") or "",
        category=_read_category(status),
        resolution=_read_text(_read_object(fields, "resolution"), "name"),
        assignee=_read_text(_read_object(fields, "assignee"), "displayName"),
        priority=_read_text(_read_object(fields, "priority"), "name"),
        due=_read_text(fields, "duedate"),
        labels=read_labels(fields),
        marks=(*read_labels(fields), *(_read_words(fields.get(marker_field)) if marker_field else ())),
        creator=read_person(fields, "creator"),
        security=_read_text(_read_object(fields, "security"), "name"),
        security_id=_read_text(_read_object(fields, "security"), "id"),
        updated_at=parse_instant(fields.get("updated")),
        created_at=parse_instant(fields.get("created")),
        marker=_read_marker(raw),
        versions=tuple(_read_versions(fields)),
    )


def parse_comment(raw: Json, own_id: str) -> IssueComment | None:
    """Return the comment of one JSON object; None when it has no id or no time."""
    comment_id, created = _read_text(raw, "id"), parse_instant(raw.get("created"))
    if comment_id is None or created is None:
        return None
    author = _read_object(raw, "author")
    return IssueComment(
        id=comment_id,
        text=read_plain(raw.get("body")),
        created_at=created,
        author=_read_text(author, "displayName"),
        is_ours=read_person(raw, "author") == own_id,
        is_person=author.get("accountType") != "app",
    )


def read_plain(rich: object) -> str:
    """The words of an ADF document, or of the one text of wiki markup, as lines; no recursion, whatever the depth."""
    if isinstance(rich, str):
        return rich.strip()
    words: list[str] = []
    pending: list[object] = [rich]
    while pending:
        node = pending.pop()
        if isinstance(node, str):
            words.append(node)
        elif isinstance(node, list):
            pending.extend(reversed(node))
        elif isinstance(node, Mapping):
            is_block = node.get("type") in _LINES
            pending.extend(("\n" if is_block else None, node.get("content"), _read_text(node, "text")))
    lines = (" ".join(line.split()) for line in "".join(words).splitlines())
    return "\n".join(line for line in lines if line)


def read_identity(raw: Json) -> tuple[str, str]:
    """Return an issue's id and key; raises ValueError when either is missing."""
    issue_id, key = raw.get("id"), raw.get("key")
    if not issue_id or not key or isinstance(issue_id, bool) or not isinstance(issue_id, str | int):
        raise ValueError("an issue without an id or a key")
    return str(issue_id), str(key)


def read_labels(fields: Json) -> tuple[str, ...]:
    """Return the labels of an issue's fields; anything but text is left out."""
    labels = fields.get("labels")
    return _read_words(labels) if isinstance(labels, list) else ()


def read_marks(fields: Json) -> tuple[str, ...]:
    """Return everything in an issue's fields that could be a mark: labels, and the words of all custom fields."""
    custom = (value for name, value in fields.items() if name.startswith("customfield_"))
    return (*read_labels(fields), *(word for value in custom for word in _read_words(value)))


def read_person(holder: Json, name: str) -> str | None:
    """Return who this is: the account id, or what stands for it on Data Center."""
    person = _read_object(holder, name)
    return next((text for key in ("accountId", "key", "name") if (text := _read_text(person, key))), None)


def parse_instant(text: object) -> datetime | None:
    """Return the UTC instant of Jira's `2026-04-01T10:00:00.000+0000`; None when it is not one with an offset."""
    if not isinstance(text, str):
        return None
    try:
        instant = datetime.fromisoformat(text)
        return None if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _read_words(value: object) -> tuple[str, ...]:
    words = value if isinstance(value, list) else [value]
    return tuple(word for word in words if isinstance(word, str))


def _read_object(holder: Json, name: str) -> Json:
    value = holder.get(name)
    return value if isinstance(value, Mapping) else {}


def _read_text(holder: Json, name: str) -> str | None:
    value = holder.get(name)
    return value if isinstance(value, str) and value else None


def _read_versions(fields: Json) -> Iterator[FixVersion]:
    listed = fields.get("fixVersions")
    for version in listed if isinstance(listed, list) else []:
        if isinstance(version, Mapping):
            yield FixVersion(name=_read_text(version, "name") or "", released=version.get("released") is True)


def _read_category(status: Json) -> StatusCategory:
    key = _read_text(_read_object(status, "statusCategory"), "key")
    return StatusCategory(key) if key in set(StatusCategory) else StatusCategory.UNDEFINED


def _read_marker(raw: Json) -> str | None:
    return _read_text(_read_object(_read_object(raw, "properties"), PROPERTY_KEY), "marker")
