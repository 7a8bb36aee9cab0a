"""The sandbox's Jira site as tests, stories and pages see it: issues, and what may be done to them."""

import itertools
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from connectors.sandbox.exchange import Json
from connectors.sandbox.instants import utc_now
from connectors.sandbox.jira import adf
from connectors.sandbox.jira.catalog import (
    API_ACCOUNT_ID,
    DEFAULT_PRIORITY,
    FIELD_TYPES,
    ISSUE_TYPES,
    PEOPLE,
    PRIORITIES,
    RESOLUTIONS,
    STATUSES,
    TRANSITIONS,
    Project,
    find_project,
)
from connectors.sandbox.jira.issues import Attachment, Change, Comment, Issue
from connectors.sandbox.jira.refusals import no_issue

ChangeListener = Callable[[str, Issue, Change | None, Comment | None], None]
"""Called with the event's name, the issue, and the changelog entry or the comment."""


class JiraState:
    """All issues of one site behind one lock."""

    def __init__(self, lock: threading.RLock, on_change: ChangeListener, *, is_cloud: bool = True) -> None:
        self.lock = lock
        self.is_cloud = is_cloud
        self.webhooks: dict[str, Json] = {}
        self.is_admin = True
        """Whether the caller administers Jira."""
        self.hidden_levels: set[str] = set()
        self.denied: set[tuple[str, str]] = set()
        """Pairs of (project key, permission) that the caller does not have."""
        self.required: set[tuple[str, str]] = set()
        """Pairs of (project key, field id) that a create must bring, beside those of the catalog."""
        self.lost_statuses: set[str] = set()
        """Ids of statuses that no workflow reaches."""
        self.lost_links: set[str] = set()
        """Ids of issue link types that the site does not have."""
        self._on_change = on_change
        self._issues: dict[str, Issue] = {}
        self._keys: dict[str, str] = {}
        self._ids = itertools.count(20001)
        self._numbers: dict[str, int] = {}

    @property
    def issues(self) -> list[Issue]:
        """The issues that are not deleted, oldest first."""
        with self.lock:
            return [issue for issue in self._issues.values() if not issue.deleted]

    def mint_id(self) -> str:
        """A new id, unique over issues, comments, links and files."""
        return str(next(self._ids))

    def find(self, id_or_key: str) -> Issue:
        """The issue of this id, key or earlier key; raises Refusal 404 when deleted or out of sight."""
        issue = self._issues.get(id_or_key) or self._issues.get(self._keys.get(id_or_key.upper(), ""))
        if issue is None or issue.deleted or issue.get("security") in self.hidden_levels:
            raise no_issue()
        return issue

    def labelled(self, label: str) -> list[Issue]:
        """The issues that carry a label now, whatever the index knows."""
        return [issue for issue in self.issues if label in (issue.get("labels") or [])]

    def create_issue(self, project: Project, fields: Json, *, at: datetime, account: str = API_ACCOUNT_ID) -> Issue:
        """Create an issue from values that `fields.read_fields` has accepted."""
        issue = Issue(
            id=self.mint_id(),
            key=self._next_key(project),
            project=project,
            created=at,
            updated=at,
            creator=account,
        )
        issue.fields |= {"priority": DEFAULT_PRIORITY, "reporter": account, **fields}
        self._issues[issue.id] = issue
        self._keys[issue.key] = issue.id
        issue.remember(at)
        self._on_change("jira:issue_created", issue, None, None)
        return issue

    def edit_issue(self, issue: Issue, values: Json, *, at: datetime, account: str = API_ACCOUNT_ID) -> Change | None:
        """Set field values; the changelog entry, or None when nothing differs."""
        items = [
            _item(name, issue.get(name), value, issue.project)
            for name, value in values.items()
            if issue.get(name) != value
        ]
        if not items:
            return None
        issue.fields |= values
        return self._log(issue, items, at, account)

    def transition_issue(
        self,
        id_or_key: str,
        transition: str,
        *,
        resolution: str | None = None,
        account: str | None = None,
    ) -> Change | None:
        """Move an issue by transition id, or by the name of the transition or of its status.

        `resolution` is a name or id; a done status takes "Done" when none is given, any other clears it.
        """
        with self.lock:
            issue = self.find(id_or_key)
            wanted = transition.lower()
            status = next(
                status_id
                for transition_id, (name, status_id) in TRANSITIONS.items()
                if wanted in (transition_id, name.lower(), STATUSES[status_id][0].lower())
            )
            chosen = _resolution_id(resolution) if STATUSES[status][1] == "done" else None
            return self.move_status(issue, status, chosen, at=utc_now(), account=account or self._person())

    def move_status(
        self, issue: Issue, status: str, resolution: str | None, *, at: datetime, account: str
    ) -> Change | None:
        """Put an issue into a status with a resolution (None clears it)."""
        issue.resolved = at if STATUSES[status][1] == "done" else None
        return self.edit_issue(issue, {"resolution": resolution, "status": status}, at=at, account=account)

    def comment_issue(
        self,
        issue: Issue,
        body: Any,
        *,
        at: datetime,
        account: str = API_ACCOUNT_ID,
        properties: dict[str, Any] | None = None,
    ) -> Comment:
        """Add a comment whose body is an ADF document."""
        comment = Comment(
            id=self.mint_id(),
            author=account,
            body=body,
            created=at,
            updated=at,
            properties=dict(properties or {}),
        )
        issue.comments.append(comment)
        self.touch(issue, at)
        self._on_change("comment_created", issue, None, comment)
        return comment

    def add_comment(self, id_or_key: str, text: str, *, account: str | None = None) -> Comment:
        """Let a person comment in plain text."""
        with self.lock:
            paragraphs = [
                {"type": "paragraph", "content": [{"type": "text", "text": line}]}
                for line in text.splitlines()
                if line
            ]
            document: Json = {"type": "doc", "version": 1, "content": paragraphs}
            body = document if self.is_cloud else text
            return self.comment_issue(self.find(id_or_key), body, at=utc_now(), account=account or self._person())

    def update_issue(self, id_or_key: str, *, account: str | None = None, **values: Any) -> Change | None:
        """Change raw field values as a person does (`priority="1"`, `assignee=…`, `duedate="2026-01-31"`)."""
        with self.lock:
            return self.edit_issue(self.find(id_or_key), values, at=utc_now(), account=account or self._person())

    def plan_fix(self, id_or_key: str, version: str, *, account: str | None = None) -> Change | None:
        """Let a person say with which version the fix is to go out; it is not released yet."""
        planned = [{"name": version, "released": False}]
        return self.update_issue(id_or_key, account=account, fixVersions=planned)

    def release_version(self, version: str) -> None:
        """Release a version: its issues show it, and neither change nor announce anything, as in Jira."""
        with self.lock:
            for issue in self._issues.values():
                for planned in issue.get("fixVersions") or []:
                    planned["released"] = planned["released"] or planned["name"] == version

    def move_issue(self, id_or_key: str, project_key: str) -> str:
        """Move an issue to another project: new key, same id; the old key still finds it. The new key."""
        with self.lock:
            issue, project = self.find(id_or_key), find_project(project_key)
            if project is None:
                raise KeyError(project_key)
            before, old_project = issue.key, issue.project
            issue.project, issue.key = project, self._next_key(project)
            self._keys[issue.key] = issue.id
            if issue.get("security") not in dict(project.levels):
                issue.fields["security"] = None
            items = [
                _plain_item("project", old_project.id, old_project.name, project.id, project.name),
                _plain_item("Key", None, before, None, issue.key),
            ]
            self._log(issue, items, utc_now(), self._person())
            return issue.key

    def delete_issue(self, id_or_key: str) -> None:
        """Delete an issue: 404 from now on, gone from search at once."""
        with self.lock:
            issue = self.find(id_or_key)
            issue.deleted = True
            self._on_change("jira:issue_deleted", issue, None, None)

    def attach(self, issue: Issue, filename: str, media_type: str, content: bytes, at: datetime) -> Attachment:
        """Attach a file."""
        attachment = Attachment(
            id=self.mint_id(),
            filename=filename,
            media_type=media_type,
            content=content,
            author=API_ACCOUNT_ID,
            created=at,
        )
        issue.attachments.append(attachment)
        item = _plain_item("Attachment", None, "", attachment.id, filename)
        self._log(issue, [item], at, API_ACCOUNT_ID)
        return attachment

    def touch(self, issue: Issue, at: datetime) -> None:
        """Note that an issue changed and hand it to the index."""
        issue.updated = at
        issue.remember(at)

    def _log(self, issue: Issue, items: list[Json], at: datetime, account: str) -> Change:
        change = Change(id=self.mint_id(), author=account, at=at, items=items)
        issue.changes.append(change)
        self.touch(issue, at)
        self._on_change("jira:issue_updated", issue, change, None)
        return change

    def _next_key(self, project: Project) -> str:
        self._numbers[project.key] = self._numbers.get(project.key, 0) + 1
        return f"{project.key}-{self._numbers[project.key]}"

    def _person(self) -> str:
        return next(account for account in PEOPLE if account != API_ACCOUNT_ID)


def _resolution_id(wanted: str | None) -> str:
    names = {name.lower(): key for key, name in RESOLUTIONS.items()}
    if wanted is None:
        return next(iter(RESOLUTIONS))
    return wanted if wanted in RESOLUTIONS else names[wanted.lower()]


def _item(name: str, before: Any, after: Any, project: Project) -> Json:
    """One changed field; labels and the like are shown as the whole list, joined by blanks."""
    known = FIELD_TYPES[name]
    shown = known.name if known.custom or name == "components" else name
    field = {"components": "Component", "security": "security"}.get(name, shown)
    item = _plain_item(
        field, _raw(name, before), _spell(name, before, project), _raw(name, after), _spell(name, after, project)
    )
    return {**item, "fieldtype": "custom" if known.custom else "jira", "fieldId": name}


def _plain_item(
    field: str, before: str | None, before_text: str | None, after: str | None, after_text: str | None
) -> Json:
    return {
        "field": field,
        "fieldtype": "jira",
        "fieldId": field.lower(),
        "from": before,
        "fromString": before_text,
        "to": after,
        "toString": after_text,
    }


def _raw(name: str, value: Any) -> str | None:
    by_id = ("status", "priority", "resolution", "assignee", "reporter", "security", "issuetype")
    return value if name in by_id else None


def _spell(name: str, value: Any, project: Project) -> str | None:
    if value is None:
        return None
    if isinstance(value, dict):
        return adf.plain_text(value)
    if isinstance(value, list):
        return " ".join(str(part["name"] if isinstance(part, dict) else part) for part in value)
    names = {
        "status": {key: status for key, (status, _) in STATUSES.items()},
        "priority": PRIORITIES,
        "resolution": RESOLUTIONS,
        "assignee": PEOPLE,
        "reporter": PEOPLE,
        "security": dict(project.levels),
        "issuetype": ISSUE_TYPES,
    }.get(name, {})
    return str(names.get(value, value))
