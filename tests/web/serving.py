"""A store, a sender and a running server for the tests of the web edge."""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import httpx
from starlette.applications import Starlette

from worker.delivery import Delivery
from worker.flow.receive import GroupCommit
from worker.health import Health
from worker.web.app import WebDependencies, build_app
from worker.web.listener import bind_listener, name_url
from worker.web.server import WebServer
from worker.web.sources import Hint, Refusal, Undecodable, WebhookSource

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECRET = "a-secret-of-the-tests"


class MemoryStore:
    """Keeps deliveries as a real store does: all of a batch or none, a known key is a duplicate."""

    def __init__(self, *, seconds: float = 0.0) -> None:
        self.kept: list[Delivery] = []
        self.batches: list[int] = []
        self.seconds = seconds
        self.broken = False
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self._keys: set[tuple[str, str]] = set()

    def add_deliveries(self, deliveries: Sequence[Delivery]) -> int:
        self.entered.set()
        self.gate.wait(30)
        time.sleep(self.seconds)
        if self.broken:
            raise OSError("disk is full")
        self.batches.append(len(deliveries))
        fresh = 0
        for delivery in deliveries:
            keys = {(delivery.source, key) for key in delivery.dedupe_keys}
            if keys & self._keys:
                continue
            self._keys |= keys
            self.kept.append(delivery)
            fresh += 1
        return fresh


class FixedHealth:
    """Reads the health that a test has set; `broken` fails, `gate` holds it up."""

    def __init__(self, health: Health | None = None) -> None:
        self.health = health or Health()
        self.storable = True
        self.broken = False
        self.gate = threading.Event()
        self.gate.set()
        self.asked = 0

    def read_health(self, now: datetime) -> Health:
        self.gate.wait(30)
        if self.broken:
            raise OSError("no such table")
        return self.health

    def can_store(self) -> bool:
        self.asked += 1
        self.gate.wait(30)
        if self.broken:
            raise OSError("no such table")
        return self.storable


def sign(body: bytes, stamp: str, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.new(secret.encode(), stamp.encode() + body, hashlib.sha256).digest()).decode()


def spell_stamp(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def spell_request(
    ticket_id: object = 7, *, invocation: str = "inv-1", at: datetime = NOW
) -> tuple[bytes, dict[str, str]]:
    body = json.dumps({"ticket_id": ticket_id}).encode()
    stamp = spell_stamp(at)
    return body, {"X-Stamp": stamp, "X-Signature": sign(body, stamp), "X-Invocation": invocation}


def verify(body: bytes, headers: Mapping[str, str], now: datetime) -> Refusal | None:
    stamp, signature = headers.get("X-Stamp", ""), headers.get("X-Signature", "")
    if not signature:
        return Refusal.UNSIGNED
    if not hmac.compare_digest(signature, sign(body, stamp)):
        return Refusal.BAD_SIGNATURE
    age = abs(now - datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC))
    return Refusal.STALE if age > timedelta(minutes=5) else None


def decode(body: bytes, headers: Mapping[str, str]) -> tuple[Hint, ...]:
    try:
        ticket_id = json.loads(body)["ticket_id"]
    except (ValueError, KeyError, TypeError):
        raise Undecodable("not JSON with a ticket_id") from None
    if ticket_id is None:
        return ()
    keys = (headers["X-Invocation"], headers["X-Signature"])
    return (Hint(subject_kind="ticket", subject_id=str(ticket_id), dedupe_keys=keys),)


SOURCE = WebhookSource(name="zendesk", verify=verify, decode=decode)


def build_test_app(
    store: MemoryStore,
    *,
    health: FixedHealth | None = None,
    sources: Sequence[WebhookSource] = (SOURCE,),
    now: Callable[[], datetime] = lambda: NOW,
    intake: GroupCommit | None = None,
) -> Starlette:
    return build_app(
        WebDependencies(intake=intake or GroupCommit(store), health=health or FixedHealth(), sources=sources, now=now)
    )


async def post_burst(store: MemoryStore, intake: GroupCommit, client: httpx.AsyncClient, size: int) -> set[int]:
    """One delivery whose commit is held up until all others wait for the next; the statuses of all."""

    async def post(number: int) -> int:
        body, headers = spell_request(number, invocation=f"inv-{number}")
        return (await client.post("/webhooks/zendesk", content=body, headers=headers)).status_code

    store.gate.clear()
    first = asyncio.create_task(post(0))
    await wait_until(store.entered.is_set)
    rest = asyncio.gather(*(post(number) for number in range(1, size)))
    await wait_until(lambda: intake.waiting == size - 1)
    store.gate.set()
    return {await first, *await rest}


async def wait_until(holds: Callable[[], bool], seconds: float = 6.0) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def open_client(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client that calls the application without a socket, between its start and its end."""
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://escalator.test") as client,
    ):
        yield client


@contextlib.contextmanager
def run_server(app: Starlette) -> Iterator[str]:
    """A real server on a free port, in a thread; yields its URL."""
    ready = threading.Event()
    with bind_listener("127.0.0.1", 0) as listener:
        url = name_url(listener)
        server = WebServer(app, on_ready=ready.set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            assert ready.wait(10)
            yield url
        finally:
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive()


def post_once(
    app: Starlette, body: bytes, headers: Mapping[str, str], path: str = "/webhooks/zendesk"
) -> httpx.Response:
    async def post() -> httpx.Response:
        async with open_client(app) as client:
            return await client.post(path, content=body, headers=dict(headers))

    return asyncio.run(post())
