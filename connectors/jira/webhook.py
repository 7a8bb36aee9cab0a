"""Everything that can be known of a Jira webhook delivery without a socket: is it Jira's, and what is it about.

A delivery is a hint. It may be late, doubled or out of order, so it only names the issue to read again.
Rules from Jira Cloud's developer documentation, webhooks: `X-Hub-Signature` is `method=signature` over the
raw body, and `X-Atlassian-Webhook-Identifier` stays the same across the retries of one delivery.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.jira.parse import read_labels

SIGNATURE_HEADER = "X-Hub-Signature"
IDENTIFIER_HEADER = "X-Atlassian-Webhook-Identifier"
MARKER_PREFIX = "escalator-"


class Undecodable(ValueError):
    """A delivery's body is not a JSON object."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """What a delivery says: its `event` (as in `jira:issue_updated`), its issue if any, and our labels on that."""

    dedupe_key: str
    event: str
    issue_id: str | None = None
    issue_key: str | None = None
    markers: tuple[str, ...] = ()


def is_signed(body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
    """True when the raw body carries a signature by one of the secrets; every secret is compared, in constant time.

    Only `sha256` is accepted; no secrets means never.
    """
    method, _, signature = _find_header(headers, SIGNATURE_HEADER).partition("=")
    if method.strip().lower() != "sha256":
        return False
    given = signature.strip().lower().encode(errors="replace")
    matches = [hmac.compare_digest(given, _sign(body, secret)) for secret in secrets if secret]
    return any(matches)


def decode_delivery(body: bytes, headers: Mapping[str, str]) -> Delivery:
    """Return what the delivery says; raises Undecodable when the body is not a JSON object.

    Without an identifier header the body's own digest is the dedupe key.
    """
    payload = _load_object(body)
    issue = _find_issue(payload)
    labels = read_labels(_find_object(issue, "fields"))
    return Delivery(
        dedupe_key=_find_header(headers, IDENTIFIER_HEADER).strip() or hashlib.sha256(body).hexdigest(),
        event=_find_text(payload, "webhookEvent") or "unknown",
        issue_id=_find_text(issue, "id"),
        issue_key=_find_text(issue, "key"),
        markers=tuple(label for label in labels if label.startswith(MARKER_PREFIX)),
    )


def _sign(body: bytes, secret: str) -> bytes:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()


def _find_header(headers: Mapping[str, str], name: str) -> str:
    wanted = name.lower()
    return next((value for key, value in headers.items() if key.lower() == wanted), "")


def _load_object(body: bytes) -> Mapping[str, Any]:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Undecodable("the body is not JSON") from error
    if not isinstance(payload, Mapping):
        raise Undecodable("the body is not a JSON object")
    return payload


def _find_issue(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Entity property events name their issue elsewhere or not at all; only `issue` is read."""
    return _find_object(payload, "issue")


def _find_object(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = holder.get(name)
    return value if isinstance(value, Mapping) else {}


def _find_text(holder: Mapping[str, Any], name: str) -> str | None:
    value = holder.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None
