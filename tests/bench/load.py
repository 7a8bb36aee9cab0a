"""The sender of webhooks: a process of its own that posts signed, distinct deliveries, bounded in number and time.

Reads one JSON object on stdin (see `Order`), writes one on stdout (see `Outcome`). With a rate it keeps to a schedule
and counts each delivery from when it was due, so that a stall of the server is not hidden by the sender's own wait.
"""

import asyncio
import base64
import dataclasses
import hashlib
import hmac
import json
import secrets
import sys
import time
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast
from urllib.parse import urlsplit

import httptools
import uvloop

from tests.bench.figures import find_percentile

_PATH = "/webhooks/zendesk"
_PADDING = "The export of the monthly report stops after the first thousand rows. " * 10
_OK = 200
_TICK_S = 0.001


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What to send where: at most `count` deliveries in `seconds`, over `connections`; `rate` 0 is the fastest."""

    url: str
    secret: str
    count: int
    seconds: float
    connections: int
    rate: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of it; times are milliseconds."""

    sent: int
    accepted: int
    seconds: float
    p50_ms: float
    p99_ms: float
    max_ms: float

    @property
    def rate(self) -> float:
        """Deliveries accepted per second."""
        return self.accepted / self.seconds if self.seconds else 0.0


class _Sender:
    """Hands out deliveries to connections and keeps the times."""

    def __init__(self, order: Order, requests: list[bytes]) -> None:
        self.order = order
        self.requests = deque(requests)
        self.idle: deque[_Connection] = deque()
        self.times: list[float] = []
        self.accepted = 0
        self.sent = 0
        self.last = time.monotonic()
        self.ends = self.last + order.seconds
        self.is_paced = order.rate > 0

    def note_answer(self, connection: "_Connection", status: int) -> None:
        """Keeps the time of an answer and gives the connection its next delivery."""
        self.last = time.monotonic()
        self.times.append(self.last - connection.since)
        self.accepted += status == _OK
        if self.is_paced:
            self.idle.append(connection)
        else:
            self.send_next(connection, self.last)

    def send_next(self, connection: "_Connection", since: float) -> None:
        """Sends the next delivery, unless there is none or the time is over."""
        if self.requests and time.monotonic() < self.ends:
            self.sent += 1
            connection.send(self.requests.popleft(), since)

    @property
    def is_done(self) -> bool:
        """True when every answer is there and no more will be sent."""
        over = not self.requests or time.monotonic() >= self.ends
        return over and len(self.times) >= self.sent


class _Connection(asyncio.Protocol):
    """One connection with at most one delivery under way."""

    def __init__(self, sender: _Sender) -> None:
        self.since = 0.0
        self._sender = sender
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports write as asyncio's do, without being of their class.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        """One answer is complete."""
        status = self._parser.get_status_code()
        self._parser = httptools.HttpResponseParser(self)
        self._sender.note_answer(self, status)

    def send(self, request: bytes, since: float) -> None:
        """Sends one request, counted from `since`."""
        self.since = since
        if self._transport is not None:
            self._transport.write(request)

    def close(self) -> None:
        """Closes the connection."""
        if self._transport is not None:
            self._transport.close()


async def send_all(order: Order, requests: list[bytes]) -> Outcome:
    """Sends until the deliveries or the time are used up, then waits a moment for the last answers."""
    address = urlsplit(order.url)
    sender = _Sender(order, requests)
    loop = asyncio.get_running_loop()
    connections = []
    for _ in range(order.connections):
        _, made = await loop.create_connection(lambda: _Connection(sender), address.hostname or "", address.port or 0)
        connections.append(made)
    began = time.monotonic()
    sender.ends = began + order.seconds
    if sender.is_paced:
        sender.idle.extend(connections)
        await _keep_pace(sender, began)
    else:
        for connection in connections:
            sender.send_next(connection, time.monotonic())
    while not sender.is_done and time.monotonic() < sender.ends + 2:
        await asyncio.sleep(_TICK_S * 5)
    for connection in connections:
        connection.close()
    times = [seconds * 1000 for seconds in sender.times]
    return Outcome(
        sent=sender.sent,
        accepted=sender.accepted,
        seconds=sender.last - began,
        p50_ms=find_percentile(times, 50),
        p99_ms=find_percentile(times, 99),
        max_ms=max(times, default=0.0),
    )


async def _keep_pace(sender: _Sender, began: float) -> None:
    """Sends each delivery when it is due and a connection is free."""
    number = 0
    while sender.requests and time.monotonic() < sender.ends:
        due = began + number / sender.order.rate
        while sender.idle and due <= time.monotonic():
            sender.send_next(sender.idle.popleft(), due)
            number += 1
            due = began + number / sender.order.rate
        await asyncio.sleep(_TICK_S)


def make_requests(order: Order) -> list[bytes]:
    """Signed requests of about 1.1 KB of body, each about another ticket."""
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    run = secrets.token_hex(4)
    first = secrets.randbelow(1 << 30) << 20
    return [_make_request(order, stamp, f"{run}-{number}", first + number) for number in range(order.count)]


def _make_request(order: Order, stamp: str, event_id: str, ticket_id: int) -> bytes:
    body = json.dumps(
        {
            "account_id": 22129848,
            "id": event_id,
            "subject": f"zen:ticket:{ticket_id}",
            "time": stamp,
            "type": "zen:event-type:ticket.comment_added",
            "zendesk_event_version": "2022-11-06",
            "detail": {"id": str(ticket_id), "status": "OPEN", "priority": "HIGH", "subject": "Export stops"},
            "event": {"comment": {"id": str(ticket_id), "is_public": True, "body": _PADDING}},
        }
    ).encode()
    digest = hmac.new(order.secret.encode(), stamp.encode() + body, hashlib.sha256).digest()
    head = (
        f"POST {_PATH} HTTP/1.1\r\nHost: {urlsplit(order.url).netloc}\r\nContent-Type: application/json\r\n"
        f"User-Agent: Zendesk Webhook\r\nX-Zendesk-Webhook-Invocation-Id: {event_id}\r\n"
        f"X-Zendesk-Webhook-Signature: {base64.b64encode(digest).decode()}\r\n"
        f"X-Zendesk-Webhook-Signature-Timestamp: {stamp}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def main() -> None:
    """Carries out the order on stdin."""
    order = Order(**json.load(sys.stdin))
    requests = make_requests(order)
    outcome = uvloop.run(send_all(order, requests))
    sys.stdout.write(json.dumps(dataclasses.asdict(outcome)))


if __name__ == "__main__":
    main()
