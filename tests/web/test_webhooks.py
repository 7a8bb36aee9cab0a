import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from structlog.testing import capture_logs

from tests.web.serving import (
    NOW,
    SOURCE,
    MemoryStore,
    build_test_app,
    open_client,
    post_burst,
    post_once,
    sign,
    spell_request,
    spell_stamp,
)
from worker.flow.receive import GroupCommit
from worker.web.body import BODY_LIMIT_BYTES
from worker.web.sources import Hint, Refusal, WebhookSource

SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


def test_a_signed_delivery_is_stored_and_acknowledged() -> None:
    store = MemoryStore()
    body, headers = spell_request(41)
    answer = post_once(build_test_app(store), body, headers)
    assert answer.status_code == 200
    (kept,) = store.kept
    assert (kept.source, kept.subject_kind, kept.subject_id, kept.lane) == ("zendesk", "ticket", "41", 0)
    assert kept.dedupe_keys == ("inv-1", headers["X-Signature"])
    assert kept.received_at == NOW
    assert kept.body is None


def test_every_answer_tells_a_browser_to_do_little() -> None:
    async def collect() -> list[httpx.Response]:
        async with open_client(build_test_app(MemoryStore())) as client:
            return [await client.get(path) for path in ("/", "/healthz", "/readyz", "/metrics", "/nowhere")]

    for answer in asyncio.run(collect()):
        assert {name: answer.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
        assert "default-src 'none'" in answer.headers["content-security-policy"]


BODY, HEADERS = spell_request(7)
OLD = NOW - timedelta(minutes=6)


@pytest.mark.parametrize(
    ("name", "body", "headers"),
    [
        ("no signature", BODY, {}),
        ("another secret", BODY, {**HEADERS, "X-Signature": sign(BODY, HEADERS["X-Stamp"], "guessed")}),
        ("another body", BODY + b" ", HEADERS),
        ("another stamp", BODY, {**HEADERS, "X-Stamp": spell_stamp(NOW + timedelta(seconds=1))}),
        ("empty body", b"", HEADERS),
        ("stale", *spell_request(7, at=OLD)),
        ("from the future", *spell_request(7, at=NOW + timedelta(minutes=6))),
    ],
)
def test_an_unbelievable_delivery_is_refused_without_a_word(name: str, body: bytes, headers: dict[str, str]) -> None:
    store = MemoryStore()
    answer = post_once(build_test_app(store), body, headers)
    assert (answer.status_code, answer.content) == (401, b"")
    assert store.kept == []


@pytest.mark.parametrize("refusal", list(Refusal))
def test_all_refusals_look_the_same_from_outside(refusal: Refusal) -> None:
    source = WebhookSource(name="zendesk", verify=lambda *_: refusal, decode=SOURCE.decode)
    answer = post_once(build_test_app(MemoryStore(), sources=(source,)), BODY, HEADERS)
    assert (answer.status_code, answer.content) == (401, b"")


@pytest.mark.parametrize("path", ["/webhooks/zendesk", "/webhooks/jira", "/webhooks/", "/webhooks/other"])
def test_a_source_without_a_secret_is_not_served(path: str) -> None:
    assert post_once(build_test_app(MemoryStore(), sources=()), BODY, HEADERS, path).status_code == 404


def test_only_post_is_a_delivery() -> None:
    async def get() -> httpx.Response:
        async with open_client(build_test_app(MemoryStore())) as client:
            return await client.get("/webhooks/zendesk")

    assert asyncio.run(get()).status_code == 405


@pytest.mark.parametrize("text", [b'{"ticket_id": "7', b"", b"[]", b"null", b"\xff\xfe", b'{"other": 1}'])
def test_an_unreadable_body_is_acknowledged_and_counted(text: bytes) -> None:
    stamp = spell_stamp(NOW)
    store = MemoryStore()
    headers = {"X-Stamp": stamp, "X-Signature": sign(text, stamp), "X-Invocation": "i"}

    async def post() -> tuple[httpx.Response, str]:
        async with open_client(build_test_app(store)) as client:
            answer = await client.post("/webhooks/zendesk", content=text, headers=headers)
            return answer, (await client.get("/metrics")).text

    answer, metrics = asyncio.run(post())
    assert answer.status_code == 200
    assert store.kept == []
    assert 'escalator_deliveries_total{source="zendesk",outcome="unparsable"} 1' in metrics


def test_a_delivery_about_nothing_of_ours_is_acknowledged() -> None:
    store = MemoryStore()
    body, headers = spell_request(None)
    assert post_once(build_test_app(store), body, headers).status_code == 200
    assert store.kept == []


def test_a_duplicate_and_a_replay_are_acknowledged_and_kept_once() -> None:
    store = MemoryStore()
    body, headers = spell_request(7)
    replayed = {**headers, "X-Invocation": "another-invocation"}

    async def post_thrice() -> list[int]:
        async with open_client(build_test_app(store)) as client:
            return [
                (await client.post("/webhooks/zendesk", content=body, headers=sent)).status_code
                for sent in (headers, headers, replayed)
            ]

    assert asyncio.run(post_thrice()) == [200, 200, 200]
    assert len(store.kept) == 1


def test_a_key_that_no_column_could_hold_is_kept_as_its_digest() -> None:
    keys = ("k" * 4000, "a\x00b")
    hint = Hint(subject_kind="ticket", subject_id="1", dedupe_keys=keys)
    source = WebhookSource(name="zendesk", verify=lambda *_: None, decode=lambda *_: (hint,))
    store = MemoryStore()
    assert post_once(build_test_app(store, sources=(source,)), b"", {}).status_code == 200
    (kept,) = store.kept
    assert all(key.startswith("sha256:") and len(key) <= 255 for key in kept.dedupe_keys)
    assert len(set(kept.dedupe_keys)) == 2


@pytest.mark.parametrize("subject_id", ["", "9" * 65, "7\x00", "7\n"])
def test_a_subject_that_no_column_could_hold_is_acknowledged_and_left_out(subject_id: str) -> None:
    hints = [Hint(subject_kind="ticket", subject_id=name, dedupe_keys=(f"key-{name}",)) for name in (subject_id, "8")]
    source = WebhookSource(name="zendesk", verify=lambda *_: None, decode=lambda *_: hints)
    store = MemoryStore()
    assert post_once(build_test_app(store, sources=(source,)), b"", {}).status_code == 200
    assert [kept.subject_id for kept in store.kept] == ["8"]


def test_a_store_that_fails_asks_the_sender_to_send_again_and_recovers() -> None:
    store = MemoryStore()
    body, headers = spell_request(7)

    async def post_around_an_outage() -> list[httpx.Response]:
        async with open_client(build_test_app(store)) as client:
            store.broken = True
            first = await client.post("/webhooks/zendesk", content=body, headers=headers)
            store.broken = False
            return [first, await client.post("/webhooks/zendesk", content=body, headers=headers)]

    down, up = asyncio.run(post_around_an_outage())
    assert (down.status_code, down.headers["retry-after"], down.content) == (503, "30", b"")
    assert up.status_code == 200
    assert len(store.kept) == 1


@pytest.mark.parametrize(("size", "status"), [(BODY_LIMIT_BYTES, 401), (BODY_LIMIT_BYTES + 1, 413)])
def test_the_body_has_a_limit(size: int, status: int) -> None:
    assert post_once(build_test_app(MemoryStore()), b"x" * size, HEADERS).status_code == status


def test_a_body_without_an_announced_length_is_not_read_past_the_limit() -> None:
    sent = 0

    async def trickle() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(64):
            sent += 1
            yield b"x" * 64 * 1024

    async def post() -> int:
        async with open_client(build_test_app(MemoryStore())) as client:
            return (await client.post("/webhooks/zendesk", content=trickle(), headers=HEADERS)).status_code

    assert asyncio.run(post()) == 413
    assert sent == 17


@pytest.mark.parametrize("announced", ["9" * 30, "1048577"])
def test_an_announced_length_over_the_limit_is_refused_unread(announced: str) -> None:
    async def unread() -> dict[str, object]:
        raise AssertionError("the body must not be read")

    statuses: list[int] = []

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(int(str(message["status"])))

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/webhooks/zendesk",
        "query_string": b"",
        "headers": [(b"content-length", announced.encode())],
    }
    asyncio.run(build_test_app(MemoryStore())(scope, unread, send))  # type: ignore[arg-type]
    assert statuses == [413]


def test_a_burst_costs_two_commits() -> None:
    store = MemoryStore()
    intake = GroupCommit(store)

    async def run() -> set[int]:
        async with open_client(build_test_app(store, intake=intake)) as client:
            return await post_burst(store, intake, client, 200)

    assert asyncio.run(run()) == {200}
    assert sorted(int(kept.subject_id or 0) for kept in store.kept) == list(range(200))
    assert store.batches == [1, 199]


def test_a_flood_of_refusals_does_not_fill_the_log() -> None:
    clock = [NOW]

    async def post_many() -> None:
        async with open_client(build_test_app(MemoryStore(), now=lambda: clock[0])) as client:
            for _ in range(30):
                await client.post("/webhooks/zendesk", content=BODY)
            clock[0] += timedelta(seconds=11)
            await client.post("/webhooks/zendesk", content=BODY)

    with capture_logs() as logged:
        asyncio.run(post_many())
    assert [(entry["event"], entry["outcome"], entry["total"]) for entry in logged] == [
        ("webhook.refused", "unsigned", 1),
        ("webhook.refused", "unsigned", 31),
    ]
