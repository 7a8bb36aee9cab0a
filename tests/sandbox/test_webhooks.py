"""Webhooks that the sandbox sends: signed as the vendors do, retried by their rules, troubled on request."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from connectors.sandbox.delivery import Outcome
from connectors.sandbox.faults import Fault
from connectors.sandbox.instants import parse_instant
from connectors.sandbox.jira.announcing import RetryPolicy as JiraRetry
from connectors.sandbox.server import Sandbox, SandboxSettings
from connectors.sandbox.zendesk.announcing import RetryPolicy as ZendeskRetry
from connectors.sandbox.zendesk.announcing import SignedPost
from connectors.sandbox.zendesk.tables import API_USER_ID
from tests.sandbox.conftest import CUSTOMER, Api, Json, make_document, make_fields, make_record


@dataclass
class Target:
    """A receiver that answers from a script, then 200, and keeps what it got."""

    script: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    def bodies(self, path: str) -> list[Json]:
        return [json.loads(body) for where, _, body in self.got if where == path]


@pytest.fixture
def target(box: Sandbox) -> Iterator[Target]:
    target = Target()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            target.got.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            status, headers = target.script.pop(0) if target.script else (200, {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    target.url = f"http://127.0.0.1:{server.server_port}"
    box.webhook_target(target.url)
    yield target
    server.shutdown()
    thread.join()
    server.server_close()


def zendesk_signature(secret: str, headers: dict[str, str], body: bytes) -> str:
    stamp = headers["x-zendesk-webhook-signature-timestamp"].encode()
    return base64.b64encode(hmac.new(secret.encode(), stamp + body, hashlib.sha256).digest()).decode()


def test_every_change_sends_a_signed_trigger(box: Sandbox, zendesk: Api, target: Target) -> None:
    box.zendesk.load_records([make_record()])
    box.zendesk.add_comment(501, author_id=CUSTOMER, body="Hello?")
    zendesk("PUT", "/tickets/501", json={"ticket": {"comment": {"body": "ours", "public": False}}})
    zendesk("PUT", "/tickets/501/tags", json={"tags": ["ours"]})
    box.zendesk.set_sla(501, "next_reply_time", breach_in_s=-1)
    assert box.courier.wait_idle()
    assert target.bodies("/webhooks/zendesk") == [{"ticket_id": "501"}] * 4
    for _, headers, body in target.got:
        secret = box.environment["ESCALATOR_ZENDESK_WEBHOOK_SECRET"]
        assert headers["x-zendesk-webhook-signature"] == zendesk_signature(secret, headers, body)
    invocations = {headers["x-zendesk-webhook-invocation-id"] for _, headers, _ in target.got}
    assert len(invocations) == 4


def test_the_signature_agrees_with_a_published_vector() -> None:
    post = SignedPost("dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==", "w")
    headers = post(b'{"event":"ticket.updated","id":123}', 1, parse_instant("2021-03-25T05:09:27Z"))
    assert headers["X-Zendesk-Webhook-Signature"] == "S/RDdU2ERmj7LHDDoWJ2onPYH+t7/f2+LTM4dL7UiLM="


class TestEvents:
    @pytest.fixture
    def settings(self, settings: SandboxSettings) -> SandboxSettings:
        return replace(settings, webhook_kind="event")

    def test_each_change_is_an_envelope_of_its_own(self, box: Sandbox, target: Target) -> None:
        box.zendesk.load_records([make_record()], announce=False)
        box.zendesk.update_ticket(501, priority="urgent", comment={"body": "Hm", "public": False})
        assert box.courier.wait_idle()
        bodies = {body["type"]: body for body in target.bodies("/webhooks/zendesk")}
        assert set(bodies) == {"zen:event-type:ticket.comment_added", "zen:event-type:ticket.priority_changed"}
        changed = bodies["zen:event-type:ticket.priority_changed"]
        assert (changed["subject"], changed["detail"]["id"]) == ("zen:ticket:501", "501")
        assert (changed["event"]["previous"], changed["event"]["current"]) == ("normal", "urgent")
        added = bodies["zen:event-type:ticket.comment_added"]["event"]
        assert (added["comment"]["is_public"], added["comment"]["author"]["is_staff"]) == (False, True)
        assert added["meta"]["sequence"]["id"] == changed["event"]["meta"]["sequence"]["id"]


@pytest.mark.parametrize(
    ("answers", "attempts"),
    [
        ([(503, {"Retry-After": "0"}), (409, {}), (200, {})], 3),
        ([(503, {})], 1),
        ([(503, {"Retry-After": "60"})], 1),
        ([(500, {})], 1),
        ([(409, {})] * 9, 4),
    ],
)
def test_zendesk_retries_only_what_it_promises(
    box: Sandbox, target: Target, answers: list[tuple[int, dict[str, str]]], attempts: int
) -> None:
    target.script = list(answers)
    box.zendesk.load_records([make_record()])
    assert box.courier.wait_idle()
    assert len(target.got) == attempts
    assert len({headers["x-zendesk-webhook-invocation-id"] for _, headers, _ in target.got}) == 1
    assert [receipt.final for receipt in box.courier.receipts("zendesk")] == [False] * (attempts - 1) + [True]


@pytest.mark.parametrize(
    ("rule", "outcome", "retries"),
    [
        (ZendeskRetry(1.0), Outcome(status=None, timed_out=True), 5),
        (ZendeskRetry(1.0), Outcome(status=None), 0),
        (ZendeskRetry(1.0), Outcome(status=200), 0),
        (JiraRetry(1.0), Outcome(status=None), 5),
        (JiraRetry(1.0), Outcome(status=502), 5),
        (JiraRetry(1.0), Outcome(status=429), 5),
        (JiraRetry(1.0), Outcome(status=404), 0),
        (JiraRetry(1.0), Outcome(status=200), 0),
    ],
)
def test_retry_counts(rule: ZendeskRetry | JiraRetry, outcome: Outcome, retries: int) -> None:
    assert sum(rule(outcome, attempt) is not None for attempt in range(1, 20)) == retries


def test_mishaps_on_the_way(box: Sandbox, target: Target) -> None:
    box.zendesk.load_records([make_record(501), make_record(502), make_record(503)], announce=False)
    box.faults.add(Fault(vendor="zendesk", path="501", action="lose"))
    box.faults.add(Fault(vendor="zendesk", path="502", action="duplicate"))
    box.faults.add(Fault(vendor="zendesk", path="503", action="reorder"))
    for ticket_id in (503, 501, 502):
        box.zendesk.update_ticket(ticket_id, subject="New")
    assert box.courier.wait_idle()
    assert [body["ticket_id"] for body in target.bodies("/webhooks/zendesk")] == ["502", "502", "503"]
    ids = [headers["x-zendesk-webhook-invocation-id"] for _, headers, _ in target.got]
    assert ids[0] == ids[1]


def test_jira_sends_created_updated_and_commented(box: Sandbox, jira: Api, target: Target) -> None:
    target.script = [(500, {})]
    made = jira("POST", "/issue", json={"fields": make_fields(labels=["escalator-1"])}).json()
    assert box.courier.wait_idle()
    box.jira.transition_issue(made["key"], "Done", resolution="Duplicate")
    assert box.courier.wait_idle()
    jira("POST", f"/issue/{made['key']}/comment", json={"body": make_document("hello")})
    assert box.courier.wait_idle()
    created, again, updated, commented = target.bodies("/webhooks/jira")
    assert created == again
    assert (created["webhookEvent"], created["issue"]["fields"]["labels"]) == ("jira:issue_created", ["escalator-1"])
    assert created["issue"]["fields"]["description"] == "Something broke.\n"
    assert {item["field"] for item in updated["changelog"]["items"]} == {"status", "resolution"}
    assert (commented["webhookEvent"], commented["comment"]["body"]) == ("comment_created", "hello\n")
    secret = box.environment["ESCALATOR_JIRA_WEBHOOK_SECRET"].encode()
    for _, headers, body in target.got:
        assert headers["x-hub-signature"] == "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    identifiers = [headers["x-atlassian-webhook-identifier"] for _, headers, _ in target.got]
    assert (identifiers[0] == identifiers[1], len(set(identifiers))) == (True, 3)
    assert [headers.get("x-atlassian-webhook-retry") for _, headers, _ in target.got] == [None, "1", None, None]


def make_webhook(zendesk: Api, endpoint: str, subscriptions: list[str]) -> Json:
    shape = {"http_method": "POST", "request_format": "json", "status": "active", "subscriptions": subscriptions}
    made = zendesk("POST", "/webhooks", json={"webhook": {"name": "w", "endpoint": endpoint, **shape}})
    assert made.status_code == 201
    row: Json = made.json()["webhook"]
    return row


def test_registered_webhooks_fire_with_their_own_secret(box: Sandbox, zendesk: Api, target: Target) -> None:
    box.webhook_target(None)
    made = make_webhook(zendesk, f"{target.url}/mine", ["conditional_ticket_events"])
    path = f"/webhooks/{made['id']}/signing_secret"
    before = zendesk("GET", path).json()["signing_secret"]["secret"]
    after = zendesk("POST", path).json()["signing_secret"]["secret"]
    assert before != after
    box.zendesk.load_records([make_record()])
    assert box.courier.wait_idle()
    assert target.got == []
    notify = {"field": "notification_webhook", "value": [made["id"], '{"ticket_id": "{{ticket.id}}"}']}
    ours = {"field": "role", "operator": "is_not", "value": str(API_USER_ID)}
    trigger = {"title": "t", "actions": [notify], "conditions": {"all": [ours], "any": []}}
    assert zendesk("POST", "/triggers", json={"trigger": trigger}).status_code == 201
    box.zendesk.add_comment(501, author_id=CUSTOMER, body="Hello?")
    zendesk("PUT", "/tickets/501", json={"ticket": {"comment": {"body": "ours", "public": False}}})
    assert box.courier.wait_idle()
    ((where, headers, body),) = target.got
    assert (where, json.loads(body)) == ("/mine", {"ticket_id": "501"})
    assert headers["x-zendesk-webhook-signature"] == zendesk_signature(after, headers, body)
    assert zendesk("DELETE", f"/webhooks/{made['id']}").status_code == 400


def test_a_webhook_for_events_needs_no_trigger(box: Sandbox, zendesk: Api, target: Target) -> None:
    box.webhook_target(None)
    make_webhook(zendesk, f"{target.url}/mine", ["zen:event-type:ticket.priority_changed"])
    box.zendesk.load_records([make_record()])
    box.zendesk.update_ticket(501, priority="urgent", comment={"body": "Hm", "public": False})
    assert box.courier.wait_idle()
    assert [body["type"] for body in target.bodies("/mine")] == ["zen:event-type:ticket.priority_changed"]


def test_nothing_is_sent_without_a_target(box: Sandbox, target: Target) -> None:
    box.webhook_target(None)
    box.zendesk.load_records([make_record()])
    assert box.courier.wait_idle()
    assert target.got == []
