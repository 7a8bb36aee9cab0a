"""Everything that can be known of a Zendesk webhook without a socket: is it Zendesk's, and which ticket is it about.

A delivery is a hint. It may be doubled, late, lost or out of order (Zendesk, anatomy of a webhook request), so
it only names a ticket to read again.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from connectors.zendesk.values import read_id, read_instant, read_object, read_word

SIGNATURE_HEADER = "X-Zendesk-Webhook-Signature"
TIMESTAMP_HEADER = "X-Zendesk-Webhook-Signature-Timestamp"
INVOCATION_HEADER = "X-Zendesk-Webhook-Invocation-Id"

TEST_SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="  # noqa: S105 - public, and refused
"""Signs webhooks that are not saved yet; everybody knows it (Zendesk, verifying webhooks)."""

TRIGGER = "trigger"
"""The kind of a delivery whose body a trigger or automation wrote."""

_CLOCK_SKEW = timedelta(seconds=60)
_LONGEST_HEADER = 100
_WHITE_SPACE = " \t"  # what HTTP allows around a header's value (RFC 9110, 5.5); anything else is part of it
# Nothing stands between timestamp and body in what is signed, so only a whole timestamp tells where the body begins.
_STAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
_TICKET_SUBJECT = re.compile(r"zen:ticket:([0-9]{1,19})")


class SignatureFault(StrEnum):
    """Why a delivery is not believed."""

    UNSIGNED = "unsigned"
    BAD_SIGNATURE = "bad_signature"
    STALE = "stale"
    TEST_SECRET = "test_secret"  # noqa: S105 - the name of a reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """What a delivery says. `ticket_id` is None when it names no ticket, and `reason` then says why.

    `dedupe_keys` are the names under which the same hint may come again: the event's or invocation's id, which
    stays over Zendesk's retries, and last the signature, which covers timestamp and body, so that a replay cannot
    change it. The invocation's id is not signed: a replay can.
    """

    kind: str
    ticket_id: int | None
    dedupe_keys: tuple[str, ...]
    reason: str | None = None


def verify_delivery(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], *, now: datetime, max_age: timedelta
) -> SignatureFault | None:
    """None when the delivery is Zendesk's and fresh, by the signature headers in any case of letters.

    A header that is there twice counts as missing: which of the two was signed would be anybody's guess.
    """
    timestamp, signature = _find_header(headers, TIMESTAMP_HEADER), _find_header(headers, SIGNATURE_HEADER)
    return verify_signature(secrets, timestamp, body, signature, now=now, max_age=max_age)


def verify_signature(
    secrets: Sequence[str], timestamp: str, body: bytes, signature: str, *, now: datetime, max_age: timedelta
) -> SignatureFault | None:
    """None when `signature` is the base64 HMAC-SHA256 of timestamp and raw body under one of the secrets.

    The timestamp is the time of sending: older than `max_age`, or more than a minute ahead, is STALE. Every
    secret is tried, in constant time (two during a rotation); the public test secret is never believed, even
    when it is configured (Zendesk, verifying webhooks).
    """
    if not timestamp or not signature:
        return SignatureFault.UNSIGNED
    if max(len(timestamp), len(signature)) > _LONGEST_HEADER:
        return SignatureFault.BAD_SIGNATURE
    signed = timestamp.encode(errors="replace") + body
    given = signature.encode(errors="replace")
    matches = [hmac.compare_digest(given, _sign(secret, signed)) for secret in secrets if _is_believable(secret)]
    if not any(matches):
        forged = hmac.compare_digest(given, _sign(TEST_SECRET, signed))
        return SignatureFault.TEST_SECRET if forged else SignatureFault.BAD_SIGNATURE
    sent_at = read_instant(timestamp) if _STAMP.fullmatch(timestamp) else None
    fresh = sent_at is not None and now - max_age <= sent_at <= now + _CLOCK_SKEW
    return None if fresh else SignatureFault.STALE


def sign_delivery(body: bytes, secret: str, *, now: datetime) -> dict[str, str]:
    """The headers by which Zendesk proves that a body is its own, for a delivery that we try on ourselves."""
    timestamp = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {TIMESTAMP_HEADER: timestamp, SIGNATURE_HEADER: _sign(secret, timestamp.encode() + body).decode()}


def decode_delivery(headers: Mapping[str, str], body: bytes) -> Delivery:
    """What a verified delivery says: a trigger's `{"ticket_id": …}` or an event envelope. Never raises.

    Free text in a trigger's body can break its JSON, so a body that cannot be read is a Delivery without a
    ticket, to be acknowledged and counted.
    """
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return _spell(headers, TRIGGER, None, None, "the body is not JSON")
    if not isinstance(payload, dict):
        return _spell(headers, TRIGGER, None, None, "the body is not a JSON object")
    kind = read_word(payload.get("type"))
    if kind is not None and kind.startswith("zen:event-type:"):
        return _decode_event(headers, kind, payload)
    ticket_id = _read_ticket_id(payload.get("ticket_id"))
    return _spell(headers, TRIGGER, ticket_id, None, None if ticket_id else "`ticket_id` is not an id")


def _decode_event(headers: Mapping[str, str], kind: str, payload: Mapping[str, Any]) -> Delivery:
    """An envelope names its ticket in `subject`, and again in `detail` (Zendesk, ticket event types)."""
    event_id = read_word(payload.get("id"))
    if not kind.startswith("zen:event-type:ticket."):
        return _spell(headers, kind, None, event_id, "the event is not about a ticket")
    match = _TICKET_SUBJECT.fullmatch(read_word(payload.get("subject")) or "")
    named = match[1] if match else read_object(payload.get("detail")).get("id")
    ticket_id = _read_ticket_id(named)
    return _spell(headers, kind, ticket_id, event_id, None if ticket_id else "the event names no ticket")


def _spell(
    headers: Mapping[str, str], kind: str, ticket_id: int | None, event_id: str | None, reason: str | None
) -> Delivery:
    keys = [f"zendesk:event:{event_id}"] if event_id else []
    if not event_id and (invocation_id := _find_header(headers, INVOCATION_HEADER)):
        keys.append(f"zendesk:invocation:{invocation_id}")
    if signature := _find_header(headers, SIGNATURE_HEADER):
        keys.append(f"zendesk:signature:{signature}")
    return Delivery(kind=kind, ticket_id=ticket_id, dedupe_keys=tuple(keys), reason=reason)


def _read_ticket_id(value: object) -> int | None:
    ticket_id = read_id(value)
    return ticket_id if ticket_id is not None and ticket_id > 0 else None


def _is_believable(secret: str) -> bool:
    return bool(secret) and not hmac.compare_digest(secret.encode(), TEST_SECRET.encode())


def _sign(secret: str, signed: bytes) -> bytes:
    return base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest())


def _find_header(headers: Mapping[str, str], name: str) -> str:
    wanted = name.lower()
    values = [value for key, value in headers.items() if key.lower() == wanted]
    return values[0].strip(_WHITE_SPACE) if len(values) == 1 else ""
