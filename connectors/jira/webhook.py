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

from connectors.jira.parse import read_marks

SIGNATURE_HEADER = "X-Hub-Signature"
IDENTIFIER_HEADER = "X-Atlassian-Webhook-Identifier"
MARKER_PREFIX = "escalator-"

_WHITE_SPACE = " \t"  # what HTTP allows around a header's value (RFC 9110, 5.5); anything else is part of it


class Undecodable(ValueError):
    """A delivery's body is not a JSON object."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """What a delivery says: its `event` (as in `jira:issue_updated`), its issue if any, and our marks on that.

    `dedupe_keys` are the names under which the same delivery may come again: its identifier, which stays over
    Jira's retries, and last the body's digest, which a replay under another identifier cannot change.
    """

    dedupe_keys: tuple[str, ...]
    event: str
    issue_id: str | None = None
    issue_key: str | None = None
    markers: tuple[str, ...] = ()


def is_signed(body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
    """True when the raw body carries a signature by one of the secrets; every secret is compared, in constant time.

    Only `sha256=` and lower-case hex is accepted, in one header; no secrets means never.
    """
    given = _find_header(headers, SIGNATURE_HEADER).encode(errors="replace")
    matches = [hmac.compare_digest(given, _sign(body, secret)) for secret in secrets if secret]
    return any(matches)


def sign_delivery(body: bytes, secret: str) -> dict[str, str]:
    """The header by which Jira proves that a body is its own, for a delivery that we try on ourselves."""
    return {SIGNATURE_HEADER: _sign(body, secret).decode()}


def decode_delivery(body: bytes, headers: Mapping[str, str]) -> Delivery:
    """Return what the delivery says; raises Undecodable when the body is not a JSON object."""
    payload = _load_object(body)
    issue = _find_issue(payload)
    marks = read_marks(_find_object(issue, "fields"))
    return Delivery(
        dedupe_keys=_name_delivery(payload, body, _find_header(headers, IDENTIFIER_HEADER)),
        event=_find_text(payload, "webhookEvent") or "unknown",
        issue_id=_find_text(issue, "id"),
        issue_key=_find_text(issue, "key"),
        markers=tuple(dict.fromkeys(mark for mark in marks if mark.startswith(MARKER_PREFIX))),
    )


def _sign(body: bytes, secret: str) -> bytes:
    return b"sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()


def _name_delivery(payload: Mapping[str, Any], body: bytes, identifier: str) -> tuple[str, ...]:
    """Jira writes the millisecond of the event into the body, so equal bodies are one event.

    A body without it may come again and mean something new: then the identifier alone tells deliveries apart.
    """
    digest = f"jira:body:{hashlib.sha256(body).hexdigest()}"
    if not identifier:
        return (digest,)
    named = f"jira:delivery:{identifier}"
    return (named, digest) if _find_text(payload, "timestamp") else (named,)


def _find_header(headers: Mapping[str, str], name: str) -> str:
    """The header's value; nothing when it is there twice: which of the two counts would be anybody's guess."""
    wanted = name.lower()
    values = [value for key, value in headers.items() if key.lower() == wanted]
    return values[0].strip(_WHITE_SPACE) if len(values) == 1 else ""


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
