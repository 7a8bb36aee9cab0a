"""Real signatures through the real edge: the vendors' verification and decoding as they are wired."""

import asyncio
import base64
import hashlib
import hmac
import json
from datetime import timedelta

import httpx
import pytest

from connectors.zendesk.webhook import TEST_SECRET
from tests.web.serving import NOW, MemoryStore, build_test_app, open_client, spell_stamp
from worker.webhook_sources import build_jira_source, build_zendesk_source

NEW, OLD = "new-secret", "old-secret"
SOURCES = (
    build_zendesk_source((NEW, OLD), timedelta(minutes=5)),
    build_jira_source((NEW, OLD)),
)
TRIGGER = b'{"ticket_id": "41"}'


def sign_zendesk(
    body: bytes, *, secret: str = NEW, age: timedelta = timedelta(0), id_: str = "01HX"
) -> dict[str, str]:
    stamp = spell_stamp(NOW - age)
    digest = hmac.new(secret.encode(), stamp.encode() + body, hashlib.sha256).digest()
    return {
        "X-Zendesk-Webhook-Signature": base64.b64encode(digest).decode(),
        "X-Zendesk-Webhook-Signature-Timestamp": stamp,
        "X-Zendesk-Webhook-Invocation-Id": id_,
    }


def sign_jira(body: bytes, *, secret: str = NEW, id_: str = "abc-1") -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature": f"sha256={digest}", "X-Atlassian-Webhook-Identifier": id_}


def post(store: MemoryStore, vendor: str, *requests: tuple[bytes, dict[str, str]]) -> list[int]:
    async def run() -> list[httpx.Response]:
        async with open_client(build_test_app(store, sources=SOURCES)) as client:
            return [
                await client.post(f"/webhooks/{vendor}", content=body, headers=headers) for body, headers in requests
            ]

    return [answer.status_code for answer in asyncio.run(run())]


def spell_event(kind: str, subject: str, id_: str = "e-1") -> bytes:
    return json.dumps({"type": f"zen:event-type:{kind}", "subject": subject, "id": id_, "detail": {}}).encode()


def spell_issue_event(issue_id: object) -> bytes:
    return json.dumps({"webhookEvent": "jira:issue_updated", "timestamp": 1, "issue": {"id": issue_id}}).encode()


@pytest.mark.parametrize(
    ("body", "headers", "status", "subjects"),
    [
        (TRIGGER, sign_zendesk(TRIGGER), 200, ["41"]),
        (TRIGGER, sign_zendesk(TRIGGER, secret=OLD), 200, ["41"]),
        (TRIGGER, sign_zendesk(TRIGGER, secret="other"), 401, []),
        (TRIGGER, sign_zendesk(TRIGGER, secret=TEST_SECRET), 401, []),
        (TRIGGER, sign_zendesk(TRIGGER, age=timedelta(minutes=6)), 401, []),
        (TRIGGER, sign_zendesk(TRIGGER, age=timedelta(minutes=-6)), 401, []),
        (TRIGGER, {}, 401, []),
        (b'{"ticket_id": 42}', sign_zendesk(b'{"ticket_id": 42}'), 200, ["42"]),
        (b'{"ticket_id": "4', sign_zendesk(b'{"ticket_id": "4'), 200, []),
        (b"", sign_zendesk(b""), 200, []),
        *(
            (body, sign_zendesk(body), 200, subjects)
            for body, subjects in (
                (spell_event("ticket.comment_added", "zen:ticket:43"), ["43"]),
                (spell_event("user.created", "zen:user:9"), []),
                (spell_event("ticket.created", "nonsense"), []),
            )
        ),
    ],
)
def test_zendesk(body: bytes, headers: dict[str, str], status: int, subjects: list[str]) -> None:
    store = MemoryStore()
    assert post(store, "zendesk", (body, headers)) == [status]
    assert [(kept.subject_kind, kept.subject_id) for kept in store.kept] == [("ticket", name) for name in subjects]


def test_a_retry_a_replay_and_an_event_under_two_invocations_are_kept_once() -> None:
    store = MemoryStore()
    sent = sign_zendesk(TRIGGER)
    event = spell_event("ticket.created", "zen:ticket:50")
    statuses = post(
        store,
        "zendesk",
        (TRIGGER, sent),
        (TRIGGER, sent),
        (TRIGGER, sign_zendesk(TRIGGER, age=timedelta(seconds=-9))),
        (TRIGGER, {**sent, "X-Zendesk-Webhook-Invocation-Id": "replayed"}),
        (event, sign_zendesk(event, id_="i-1")),
        (event, sign_zendesk(event, id_="i-2", age=timedelta(seconds=3))),
    )
    assert statuses == [200] * 6
    assert [kept.subject_id for kept in store.kept] == ["41", "50"]


ISSUE = spell_issue_event("10007")


@pytest.mark.parametrize(
    ("body", "headers", "status", "subjects"),
    [
        (ISSUE, sign_jira(ISSUE), 200, ["10007"]),
        (ISSUE, sign_jira(ISSUE, secret=OLD), 200, ["10007"]),
        (ISSUE, sign_jira(ISSUE, secret="other"), 401, []),
        (ISSUE, {}, 401, []),
        (ISSUE + b" ", sign_jira(ISSUE), 401, []),
        (b"{", sign_jira(b"{"), 200, []),
        (spell_issue_event("1" * 90), sign_jira(spell_issue_event("1" * 90)), 200, []),
        (spell_issue_event(10008), sign_jira(spell_issue_event(10008)), 200, ["10008"]),
        (b'{"webhookEvent": "project_created"}', sign_jira(b'{"webhookEvent": "project_created"}'), 200, []),
    ],
)
def test_jira(body: bytes, headers: dict[str, str], status: int, subjects: list[str]) -> None:
    store = MemoryStore()
    assert post(store, "jira", (body, headers)) == [status]
    assert [(kept.subject_kind, kept.subject_id) for kept in store.kept] == [("issue", name) for name in subjects]


@pytest.mark.parametrize(
    ("issue_id", "body"),
    [("10007", b'{"issue":"10007"}'), ("1" * 90, None), ("ENG-1", None), (None, None)],
)
def test_a_marked_issue_wakes_each_escalation_that_it_names_and_brings_its_id(
    issue_id: str | None, body: bytes | None
) -> None:
    fields = {"labels": ["sev-high", "escalator-e1", "escalator-e2"], "customfield_10050": ["escalator-e1"]}
    sent = json.dumps({"webhookEvent": "jira:issue_created", "issue": {"id": issue_id, "fields": fields}}).encode()
    store = MemoryStore()
    assert post(store, "jira", (sent, sign_jira(sent)), (sent, sign_jira(sent))) == [200, 200]
    kept = [(delivery.subject_kind, delivery.subject_id, delivery.body) for delivery in store.kept]
    assert kept == [("escalation", "e1", body), ("escalation", "e2", body)]


def test_a_jira_retry_and_a_replay_under_another_name_are_kept_once() -> None:
    store = MemoryStore()
    sent = sign_jira(ISSUE)
    unnamed = {name: value for name, value in sent.items() if name == "X-Hub-Signature"}
    statuses = post(store, "jira", (ISSUE, sent), (ISSUE, sent), (ISSUE, sign_jira(ISSUE, id_="b")), (ISSUE, unnamed))
    assert statuses == [200] * 4
    assert len(store.kept) == 1


def test_two_jira_deliveries_whose_equal_bodies_name_no_instant_are_two() -> None:
    store = MemoryStore()
    body = b'{"webhookEvent": "jira:issue_updated", "issue": {"id": "10009"}}'
    assert post(store, "jira", (body, sign_jira(body, id_="a")), (body, sign_jira(body, id_="b"))) == [200] * 2
    assert len(store.kept) == 2
