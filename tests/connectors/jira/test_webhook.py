"""Deliveries: signed by us and decoded as hints, whatever else arrives."""

import contextlib
import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.jira.webhook import IDENTIFIER_HEADER, Delivery, Undecodable, decode_delivery, is_signed

BODY = b'{"webhookEvent":"jira:issue_updated"}'


def sign(body: bytes, secret: str) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def digest(body: bytes) -> str:
    return f"jira:body:{hashlib.sha256(body).hexdigest()}"


def test_published_vector() -> None:
    """The example of Atlassian's webhook documentation."""
    signature = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
    secret = "It's a Secret to Everybody"
    assert is_signed(b"Hello World!", {"x-hub-signature": signature}, [secret])


@pytest.mark.parametrize(
    ("header", "secrets", "accepted"),
    [
        (sign(BODY, "new"), ["new"], True),
        (sign(BODY, "old"), ["new", "old"], True),
        (sign(BODY, "new").upper(), ["new"], False),
        (sign(BODY, "new").upper().replace("SHA256", "sha256"), ["new"], False),
        (sign(BODY, "new").replace("sha256", "SHA256"), ["new"], False),
        (sign(BODY, "new")[:-1], ["new"], False),
        (sign(BODY, "new") + "0", ["new"], False),
        (sign(BODY, "new") + "\xa0", ["new"], False),
        (sign(BODY, "new"), ["old"], False),
        (sign(BODY, "new"), [], False),
        (sign(BODY, ""), [""], False),
        (sign(BODY + b" ", "new"), ["new"], False),
        (sign(BODY, "new").replace("sha256=", "sha1="), ["new"], False),
        (sign(BODY, "new").removeprefix("sha256="), ["new"], False),
        ("sha256=", ["new"], False),
        ("sha256=\udcff\xe9", ["new"], False),
        ("", ["new"], False),
    ],
)
def test_signatures(header: str, secrets: list[str], accepted: bool) -> None:
    assert is_signed(BODY, {"X-Hub-Signature": header}, secrets) is accepted


def test_without_the_header_nothing_is_signed() -> None:
    assert not is_signed(BODY, {}, ["new"])


def test_issue_event() -> None:
    payload = {
        "timestamp": 1775037600000,
        "webhookEvent": "jira:issue_updated",
        "issue_event_type_name": "issue_generic",
        "issue": {
            "id": "10042",
            "key": "OPS-7",
            "fields": {"labels": ["from-zendesk", "escalator-k7"], "description": "h2. wiki text"},
        },
        "changelog": {"id": "1", "items": [{"field": "resolution", "toString": "Done"}]},
    }
    headers = {"x-atlassian-webhook-identifier": "c0ffee-1", "X-Atlassian-Webhook-Retry": "2"}
    body = json.dumps(payload).encode()
    assert decode_delivery(body, headers) == Delivery(
        dedupe_keys=("jira:delivery:c0ffee-1", digest(body)),
        event="jira:issue_updated",
        issue_id="10042",
        issue_key="OPS-7",
        markers=("escalator-k7",),
    )


@pytest.mark.parametrize(
    ("fields", "markers"),
    [
        ({"labels": ["escalator-k7", "escalator-k8"]}, ("escalator-k7", "escalator-k8")),
        ({"labels": [], "customfield_10050": ["escalator-k7"]}, ("escalator-k7",)),
        ({"customfield_10051": "escalator-k7", "customfield_10052": 7}, ("escalator-k7",)),
        ({"labels": ["escalator-k7"], "customfield_10050": ["escalator-k7"]}, ("escalator-k7",)),
        ({"summary": "escalator-k7", "customfield_10053": {"value": "escalator-k7"}}, ()),
    ],
)
def test_a_mark_is_a_label_or_in_a_custom_field(fields: dict[str, object], markers: tuple[str, ...]) -> None:
    body = json.dumps({"issue": {"id": "7", "fields": fields}}).encode()
    assert decode_delivery(body, {}).markers == markers


@pytest.mark.parametrize(
    ("payload", "event"),
    [
        ({"webhookEvent": "comment_created", "comment": {"id": "1"}}, "comment_created"),
        ({"webhookEvent": "project_deleted", "issue": None}, "project_deleted"),
        ({"issue": [1, 2]}, "unknown"),
        ({"webhookEvent": 7, "issue": {"id": None, "fields": {"labels": [3, None]}}}, "7"),
    ],
)
def test_an_issue_is_optional(payload: dict[str, object], event: str) -> None:
    body = json.dumps(payload).encode()
    expected = Delivery(dedupe_keys=(digest(body),), event=event)
    assert decode_delivery(body, {}) == expected


STAMPED = b'{"timestamp":1775037600000,"webhookEvent":"jira:issue_updated"}'


@pytest.mark.parametrize(
    ("body", "identifier", "keys"),
    [
        (STAMPED, "a", ("jira:delivery:a", digest(STAMPED))),
        (STAMPED, "", (digest(STAMPED),)),
        (BODY, "a", ("jira:delivery:a",)),
        (BODY, "", (digest(BODY),)),
    ],
)
def test_a_delivery_is_known_by_its_identifier_and_by_a_body_that_names_its_instant(
    body: bytes, identifier: str, keys: tuple[str, ...]
) -> None:
    """Without an instant in it the same body may come again and mean another change."""
    assert decode_delivery(body, {IDENTIFIER_HEADER: identifier}).dedupe_keys == keys


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[1]", b"null", b"\xff\xfe\x00", b"[" * 200_000])
def test_undecodable(body: bytes) -> None:
    with pytest.raises(Undecodable):
        decode_delivery(body, {})


@given(st.binary(max_size=200))
def test_any_bytes_decode_or_are_undecodable(body: bytes) -> None:
    with contextlib.suppress(Undecodable):
        assert decode_delivery(body, {}).event
