"""Zendesk's webhooks: believed or not, and what they say."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.zendesk.webhook import (
    TEST_SECRET,
    TRIGGER,
    SignatureFault,
    decode_delivery,
    verify_delivery,
    verify_signature,
)

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
SENT = "2026-03-01T11:59:30Z"
BODY = b'{"ticket_id": "4711"}'
MAX_AGE = timedelta(seconds=300)


def sign(secret: str, body: bytes = BODY, timestamp: str = SENT) -> str:
    digest = hmac.new(secret.encode(), timestamp.encode() + body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def verify(
    signature: str, *, secrets: tuple[str, ...] = ("s3cret", "older"), timestamp: str = SENT, body: bytes = BODY
) -> SignatureFault | None:
    return verify_signature(secrets, timestamp, body, signature, now=NOW, max_age=MAX_AGE)


def test_a_published_vector_has_the_signature_that_we_compute() -> None:
    body = b'{"event":"ticket.updated","id":123}'
    assert sign(TEST_SECRET, body, "2021-03-25T05:09:27Z") == "S/RDdU2ERmj7LHDDoWJ2onPYH+t7/f2+LTM4dL7UiLM="


@pytest.mark.parametrize("secret", ["s3cret", "older"])
def test_either_secret_of_a_rotation_is_believed(secret: str) -> None:
    assert verify(sign(secret)) is None


def test_a_secret_beyond_ascii_is_its_utf8_bytes() -> None:
    assert verify(sign("geheim-ß"), secrets=("geheim-ß",)) is None


def test_an_empty_body_is_signed_by_its_timestamp() -> None:
    assert verify(sign("s3cret", b""), body=b"") is None


@pytest.mark.parametrize(
    ("timestamp", "fault"),
    [
        ("2026-03-01T12:00:00Z", None),
        ("2026-03-01T11:55:00Z", None),
        ("2026-03-01T11:54:59Z", SignatureFault.STALE),
        ("2026-03-01T12:01:00Z", None),
        ("2026-03-01T12:01:01Z", SignatureFault.STALE),
        ("2026-03-01T13:00:00+01:00", None),
        ("2021-03-25T05:09:27Z", SignatureFault.STALE),
        ("yesterday", SignatureFault.STALE),
        ("2026-03-01T12:00:00", SignatureFault.STALE),
        ("2026-03-01 12:00:00Z", SignatureFault.STALE),
        (" 2026-03-01T12:00:00Z", SignatureFault.STALE),
        ("2026-03-01T12:00:00.25Z", None),
        ("0001-01-01T00:00:00+10:00", SignatureFault.STALE),
    ],
)
def test_only_a_recent_sending_is_believed(timestamp: str, fault: SignatureFault | None) -> None:
    assert verify(sign("s3cret", timestamp=timestamp), timestamp=timestamp) is fault


@pytest.mark.parametrize(
    ("signature", "fault"),
    [
        ("", SignatureFault.UNSIGNED),
        ("nonsense", SignatureFault.BAD_SIGNATURE),
        (sign("another"), SignatureFault.BAD_SIGNATURE),
        (sign("s3cret", b"other body"), SignatureFault.BAD_SIGNATURE),
        (sign("s3cret", timestamp="2026-03-01T11:59:31Z"), SignatureFault.BAD_SIGNATURE),
        (sign("s3cret").lower(), SignatureFault.BAD_SIGNATURE),
        ("ÿ" * 44, SignatureFault.BAD_SIGNATURE),
        ("A" * 10_000, SignatureFault.BAD_SIGNATURE),
        (sign(TEST_SECRET), SignatureFault.TEST_SECRET),
    ],
)
def test_other_signatures_are_not_believed(signature: str, fault: SignatureFault) -> None:
    assert verify(signature) is fault


def test_the_public_test_secret_is_refused_even_when_configured() -> None:
    assert verify(sign(TEST_SECRET), secrets=(TEST_SECRET,)) is SignatureFault.TEST_SECRET


@pytest.mark.parametrize("secrets", [(), ("",)])
def test_without_a_secret_nothing_is_believed(secrets: tuple[str, ...]) -> None:
    assert verify(sign(""), secrets=secrets) is SignatureFault.BAD_SIGNATURE


@given(st.binary(max_size=200), st.text(max_size=120), st.text(max_size=120))
def test_no_input_raises_or_is_believed_by_chance(body: bytes, timestamp: str, signature: str) -> None:
    assert verify(signature, timestamp=timestamp, body=body) is not None


def test_headers_are_found_in_any_case() -> None:
    headers = {"x-zendesk-webhook-signature": sign("s3cret"), "X-ZENDESK-WEBHOOK-SIGNATURE-TIMESTAMP": SENT}
    assert verify_delivery(headers, BODY, ["s3cret"], now=NOW, max_age=MAX_AGE) is None
    assert verify_delivery({}, BODY, ["s3cret"], now=NOW, max_age=MAX_AGE) is SignatureFault.UNSIGNED


# --- decoding ------------------------------------------------------------------------------------------------

HEADERS = {
    "X-Zendesk-Webhook-Invocation-Id": "01HB6RZ0",
    "X-Zendesk-Webhook-Signature": "abc=",
    "X-Zendesk-Webhook-Signature-Timestamp": SENT,
}
REPLAY_KEY = "zendesk:signature:abc="


@pytest.mark.parametrize(
    ("body", "ticket_id", "reason"),
    [
        (b'{"ticket_id": "4711"}', 4711, None),
        (b'{"ticket_id": 4711, "updated_at": "x"}', 4711, None),
        (b'{"ticket_id": "{{ticket.id}}"}', None, "`ticket_id` is not an id"),
        (b'{"ticket_id": ""}', None, "`ticket_id` is not an id"),
        (b'{"ticket_id": -1}', None, "`ticket_id` is not an id"),
        (b'{"ticket_id": 99999999999999999999}', None, "`ticket_id` is not an id"),
        (b"{}", None, "`ticket_id` is not an id"),
        (b"[]", None, "the body is not a JSON object"),
        (b"", None, "the body is not JSON"),
        (b'{"ticket_id": 1, "subject": "he said "no""}', None, "the body is not JSON"),
        (b"\xff\xfe", None, "the body is not JSON"),
        (b"[" * 100_000, None, "the body is not JSON"),
    ],
)
def test_a_trigger_names_a_ticket_or_a_reason(body: bytes, ticket_id: int | None, reason: str | None) -> None:
    delivery = decode_delivery(HEADERS, body)
    assert (delivery.kind, delivery.ticket_id, delivery.reason) == (TRIGGER, ticket_id, reason)
    assert delivery.dedupe_keys == ("zendesk:invocation:01HB6RZ0", REPLAY_KEY)


def make_event(**changes: object) -> bytes:
    envelope = {
        "type": "zen:event-type:ticket.comment_added",
        "account_id": 22129848,
        "id": "cbe4028c-7239-495d-b020-f22348516046",
        "time": "2026-03-01T11:59:00Z",
        "zendesk_event_version": "2022-11-06",
        "subject": "zen:ticket:4711",
        "detail": {"id": "4711", "status": "OPEN"},
        "event": {"comment": {"body": "words", "is_public": True}},
    }
    return json.dumps(envelope | changes).encode()


@pytest.mark.parametrize(
    ("changes", "ticket_id"),
    [
        ({}, 4711),
        ({"subject": "zen:ticket:8"}, 8),
        ({"subject": None}, 4711),
        ({"subject": "zen:ticket:x", "detail": {"id": 12}}, 12),
        ({"subject": None, "detail": None}, None),
        ({"type": "zen:event-type:user.created", "subject": "zen:user:4711"}, None),
    ],
)
def test_an_event_names_its_ticket(changes: dict[str, object], ticket_id: int | None) -> None:
    delivery = decode_delivery(HEADERS, make_event(**changes))
    assert delivery.ticket_id == ticket_id
    assert (delivery.reason is None) is (ticket_id is not None)
    assert delivery.kind.startswith("zen:event-type:")
    assert delivery.dedupe_keys == ("zendesk:event:cbe4028c-7239-495d-b020-f22348516046", REPLAY_KEY)


def test_one_event_under_two_invocations_shares_a_key() -> None:
    twice = [decode_delivery({**HEADERS, "X-Zendesk-Webhook-Invocation-Id": name}, make_event()) for name in "ab"]
    assert set(twice[0].dedupe_keys) & set(twice[1].dedupe_keys)


def test_two_changes_of_one_ticket_share_no_key() -> None:
    first = decode_delivery(HEADERS, BODY)
    second = decode_delivery(
        {**HEADERS, "X-Zendesk-Webhook-Invocation-Id": "01HB6RZ1", "X-Zendesk-Webhook-Signature": "xyz="}, BODY
    )
    assert not set(first.dedupe_keys) & set(second.dedupe_keys)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["type", "id", "subject", "detail", "ticket_id", "x"]), inner)
        ),
    )
)
def test_any_json_is_decoded(payload: object) -> None:
    delivery = decode_delivery({}, json.dumps(payload).encode())
    assert delivery.ticket_id is None or 0 < delivery.ticket_id < 2**63
