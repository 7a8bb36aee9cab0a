"""One issue with everything that hangs on it, and the versions of it that the search index knows."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.sandbox.exchange import Json
from connectors.sandbox.jira import adf
from connectors.sandbox.jira.catalog import (
    FIRST_STATUS,
    ISSUE_TYPES,
    PRIORITIES,
    RESOLUTIONS,
    STATUS_CATEGORIES,
    STATUSES,
    Project,
)

_VERSIONS_KEPT = 50


@dataclass(kw_only=True, slots=True)
class Comment:
    """One comment; its properties are hidden from people."""

    id: str
    author: str
    body: Any
    created: datetime
    updated: datetime
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(kw_only=True, slots=True)
class Attachment:
    """One file; `content` stays in memory."""

    id: str
    filename: str
    media_type: str
    content: bytes
    author: str
    created: datetime


@dataclass(kw_only=True, slots=True)
class Change:
    """One changelog entry: who, when, and the changed fields as Jira shows them."""

    id: str
    author: str
    at: datetime
    items: list[Json]


@dataclass(kw_only=True, slots=True)
class Issue:
    """One issue. `fields` holds ids (priority, status, people), never nested objects."""

    id: str
    key: str
    project: Project
    created: datetime
    updated: datetime
    creator: str
    fields: dict[str, Any] = field(default_factory=lambda: {"status": FIRST_STATUS, "resolution": None})
    properties: dict[str, Any] = field(default_factory=dict)
    comments: list[Comment] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    remote_links: dict[str, Json] = field(default_factory=dict)
    links: list[Json] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    deleted: bool = False
    resolved: datetime | None = None
    _versions: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)

    @property
    def category(self) -> str:
        """The key of the status category: new, indeterminate or done."""
        return STATUSES[self.fields["status"]][1]

    def get(self, name: str) -> Any:
        """A raw field value, None when it is not set."""
        return self.fields.get(name)

    def remember(self, at: datetime) -> None:
        """Hand the present version to the search index; it shows there once the lag has passed."""
        self._versions.append((at, self._index()))
        del self._versions[:-_VERSIONS_KEPT]

    def indexed(self, horizon: datetime) -> dict[str, Any] | None:
        """The newest version handed over until `horizon`; None when the index does not know the issue yet."""
        return next((index for at, index in reversed(self._versions) if at <= horizon), None)

    def fresh(self) -> dict[str, Any]:
        """The present version, as the index will know it."""
        return self._index()

    def _index(self) -> dict[str, Any]:
        status, category = STATUSES[self.fields["status"]]
        category_id, category_name, _ = STATUS_CATEGORIES[category]
        description = adf.plain_text(self.get("description"))
        return {
            "key": {self.key.lower(), self.id},
            "project": {self.project.key.lower(), self.project.id, self.project.name.lower()},
            "labels": _lower(self.get("labels")),
            "customfield_10050": _lower(self.get("customfield_10050")),
            "status": {status.lower(), self.fields["status"]},
            "statuscategory": {category, category_name.lower(), str(category_id)},
            "priority": _named(PRIORITIES, self.get("priority")),
            "issuetype": _named(ISSUE_TYPES, self.get("issuetype")),
            "resolution": _named(RESOLUTIONS, self.get("resolution")),
            "assignee": _lower([self.get("assignee")] if self.get("assignee") else []),
            "reporter": _lower([self.get("reporter")] if self.get("reporter") else []),
            "creator": {self.creator.lower()},
            "security": {self.get("security")} if self.get("security") else set(),
            "summary": self.get("summary") or "",
            "description": description,
            "text": f"{self.get('summary') or ''} {description}",
            "created": self.created,
            "updated": self.updated,
            "duedate": _day(self.get("duedate"), self.created),
            "order": (self.created, int(self.id)),
        }


def _lower(values: Any) -> set[str]:
    return {str(value).lower() for value in values or ()}


def _named(names: dict[str, str], value: str | None) -> set[str]:
    return {value, names[value].lower()} if value in names else set()


def _day(text: str | None, like: datetime) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=like.tzinfo) if text else None
