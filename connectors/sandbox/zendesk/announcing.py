"""Zendesk's webhooks: one trigger body per update, or one event envelope per change, signed when sent."""

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime

from connectors.sandbox.delivery import Outcome
from connectors.sandbox.exchange import Json
from connectors.sandbox.instants import spell_zendesk
from connectors.sandbox.zendesk.tables import ACCOUNT_ID

_TIMEOUT_RETRIES = 5
_CONFLICT_RETRIES = 3
_BUSY_RETRIES = 3
_LONGEST_RETRY_AFTER_S = 60
_EVENT_NAMES = {
    "status": "status_changed",
    "priority": "priority_changed",
    "subject": "subject_changed",
    "type": "type_changed",
    "tags": "tags_changed",
    "organization_id": "organization_changed",
    "requester_id": "requester_changed",
    "problem_id": "problem_link_changed",
    "group_id": "group_assignment_changed",
    "assignee_id": "agent_assignment_changed",
    "custom_status_id": "custom_status_changed",
}


class SignedPost:
    """Makes the headers of one webhook; the same invocation keeps its id over all attempts and duplicates."""

    def __init__(self, secret: str, webhook_id: str) -> None:
        self._secret = secret.encode()
        self._webhook_id = webhook_id
        self._invocation_id = uuid.uuid4().hex.upper()[:26]

    def __call__(self, body: bytes, _attempt: int, at: datetime) -> Mapping[str, str]:
        """Sign `timestamp + raw body` with HMAC-SHA256 in base64 (Zendesk, verifying webhooks)."""
        timestamp = spell_zendesk(at)
        digest = hmac.new(self._secret, timestamp.encode() + body, hashlib.sha256).digest()
        return {
            "User-Agent": "Zendesk Webhook",
            "X-Zendesk-Account-Id": str(ACCOUNT_ID),
            "X-Zendesk-Webhook-Id": self._webhook_id,
            "X-Zendesk-Webhook-Invocation-Id": self._invocation_id,
            "X-Zendesk-Webhook-Signature": base64.b64encode(digest).decode(),
            "X-Zendesk-Webhook-Signature-Timestamp": timestamp,
        }


class RetryPolicy:
    """Zendesk's retries: time-outs five times, 409 three times, 429 and 503 only when told soon."""

    def __init__(self, pause_s: float) -> None:
        self._pause_s = pause_s

    def __call__(self, outcome: Outcome, attempt: int) -> float | None:
        """The wait before the next attempt, or None."""
        if outcome.timed_out:
            return self._pause_s if attempt <= _TIMEOUT_RETRIES else None
        if outcome.status == 409:  # noqa: PLR2004
            return self._pause_s if attempt <= _CONFLICT_RETRIES else None
        if outcome.status in (429, 503) and outcome.retry_after_s is not None:
            soon = outcome.retry_after_s < _LONGEST_RETRY_AFTER_S and attempt <= _BUSY_RETRIES
            return outcome.retry_after_s if soon else None
        return None


def trigger_body(ticket_id: int) -> bytes:
    """The body of the documented trigger: the ticket's id and nothing else."""
    return json.dumps({"ticket_id": str(ticket_id)}).encode()


def event_bodies(ticket: Json, audit: Json, users: Mapping[int, Json], *, created: bool) -> Iterator[bytes]:
    """One event envelope for each event of an audit (Zendesk, ticket event types)."""
    if created:
        yield _envelope(ticket, audit, "created", {})
    for position, event in enumerate(audit["events"], 1):
        name, content = _event(event, users)
        sequence = {"meta": {"sequence": {"id": str(audit["id"]), "position": position}}}
        yield _envelope(ticket, audit, name, {**content, **sequence})


def _event(event: Json, users: Mapping[int, Json]) -> tuple[str, Json]:
    if event["type"] == "Comment":
        author = users.get(event["author_id"], {})
        comment = {
            "id": str(event["id"]),
            "body": event["body"],
            "is_public": event["public"],
            "author": {
                "id": str(event["author_id"]),
                "is_staff": author.get("role") in ("agent", "admin"),
                "name": author.get("name") or "",
            },
        }
        return "comment_added", {"comment": comment}
    name = str(event["field_name"])
    change: Json = {"current": event["value"], "previous": event["previous_value"]}
    if name.isdigit():
        return "custom_field_changed", {**change, "field": {"id": name}}
    return _EVENT_NAMES.get(name, "custom_field_changed"), change


def _envelope(ticket: Json, audit: Json, name: str, event: Json) -> bytes:
    detail = {
        "id": str(ticket["id"]),
        "actor_id": str(audit["author_id"]),
        "assignee_id": str(ticket.get("assignee_id") or ""),
        "created_at": ticket["created_at"],
        "updated_at": ticket["updated_at"],
        "description": ticket.get("description"),
        "group_id": str(ticket.get("group_id") or ""),
        "is_public": ticket.get("is_public", True),
        "organization_id": str(ticket.get("organization_id") or ""),
        "priority": (ticket.get("priority") or "").upper() or None,
        "requester_id": str(ticket.get("requester_id") or ""),
        "status": ticket["status"].upper(),
        "subject": ticket.get("subject"),
        "submitter_id": str(ticket.get("submitter_id") or ""),
        "tags": ticket.get("tags") or [],
        "type": ticket.get("type"),
        "via": ticket.get("via"),
    }
    return json.dumps(
        {
            "type": f"zen:event-type:ticket.{name}",
            "account_id": ACCOUNT_ID,
            "id": str(uuid.uuid4()),
            "time": audit["created_at"],
            "zendesk_event_version": "2022-11-06",
            "subject": f"zen:ticket:{ticket['id']}",
            "detail": detail,
            "event": event,
        }
    ).encode()
