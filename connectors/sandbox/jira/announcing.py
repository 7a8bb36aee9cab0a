"""Jira's webhooks: v2-shaped payloads, signed with the hub signature, retried by Jira's rule."""

import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping
from datetime import datetime

from connectors.sandbox.delivery import Outcome
from connectors.sandbox.exchange import Json
from connectors.sandbox.jira import adf
from connectors.sandbox.jira.issues import Change, Comment, Issue
from connectors.sandbox.jira.views import JiraViews

_MOST_RETRIES = 5
_RETRIED = frozenset({408, 409, 425, 429})
_SERVER_ERROR = 500
_COMMENT_FIELDS = ("summary", "status", "priority", "assignee", "project", "issuetype")


class SignedPost:
    """Makes the headers of one webhook; the identifier stays the same over retries and duplicates."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._identifier = uuid.uuid4().hex

    def __call__(self, body: bytes, attempt: int, _at: datetime) -> Mapping[str, str]:
        """Sign the raw body with HMAC-SHA256 in hex (Jira Cloud, webhooks)."""
        headers = {
            "User-Agent": "Atlassian Webhook HTTP Client",
            "X-Atlassian-Webhook-Identifier": self._identifier,
            "X-Atlassian-Webhook-Flow": "Primary",
        }
        if self._secret:
            digest = hmac.new(self._secret, body, hashlib.sha256).hexdigest()
            headers["X-Hub-Signature"] = f"sha256={digest}"
        return headers if attempt == 1 else {**headers, "X-Atlassian-Webhook-Retry": str(attempt - 1)}


class RetryPolicy:
    """Cloud's retries: up to five, on 408, 409, 425, 429, any 5xx, a refused connection, time-outs. Else none."""

    def __init__(self, pause_s: float, *, is_cloud: bool = True) -> None:
        self._pause_s = pause_s
        self._most = _MOST_RETRIES if is_cloud else 0

    def __call__(self, outcome: Outcome, attempt: int) -> float | None:
        """The wait before the next attempt, or None."""
        status = outcome.status
        failed = status is None or status in _RETRIED or status >= _SERVER_ERROR
        return self._pause_s if failed and attempt <= self._most else None


def issue_body(
    views: JiraViews, *, event: str, issue: Issue, change: Change | None, comment: Comment | None, at: datetime
) -> bytes:
    """The payload of one event in the shape of REST v2: wiki text instead of documents."""
    body: Json = {"timestamp": int(at.timestamp() * 1000), "webhookEvent": event}
    if comment is not None:
        shown = views.comment(issue, comment)
        body["comment"] = {**shown, "body": adf.plain_text(comment.body), "self": _as_v2(shown["self"])}
        body["issue"] = _issue(views, issue, _COMMENT_FIELDS if views.is_cloud else ("*all", "-comment"))
        if not views.is_cloud:
            body["issue_event_type_name"] = "issue_commented"
        return json.dumps(body).encode()
    body["issue_event_type_name"] = _event_type(event, change)
    body["user"] = views.person(change.author if change else issue.creator)
    body["issue"] = _issue(views, issue, ("*all", "-comment"))
    if change is not None:
        body["changelog"] = {"id": change.id, "items": change.items}
    return json.dumps(body).encode()


def _issue(views: JiraViews, issue: Issue, fields: tuple[str, ...]) -> Json:
    shown = views.issue(issue, fields)
    for name in ("description", "environment"):
        if isinstance(shown["fields"].get(name), dict):
            shown["fields"][name] = adf.plain_text(shown["fields"][name])
    return {"id": shown["id"], "key": shown["key"], "self": _as_v2(shown["self"]), "fields": shown["fields"]}


def _as_v2(address: str) -> str:
    return address.replace("/rest/api/3/", "/rest/api/2/")


def _event_type(event: str, change: Change | None) -> str:
    if event != "jira:issue_updated":
        return event.removeprefix("jira:")
    names = {item["field"] for item in change.items} if change else set()
    if "resolution" in names:
        return "issue_resolved"
    return "issue_assigned" if names == {"assignee"} else "issue_generic" if "status" in names else "issue_updated"
