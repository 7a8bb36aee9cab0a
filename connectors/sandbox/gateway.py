"""The door of each vendor: latency, scripted faults and the journal, around the application inside."""

import asyncio
import re
import time
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.sandbox.faults import Fault, FaultBook
from connectors.sandbox.instants import utc_now
from connectors.sandbox.journal import Effect, Entry, Journal
from connectors.sandbox.serving import OpenLines

_READS = re.compile(r"/(search/jql|bulkfetch|jql/parse|oauth/tokens|search)$")
_BEFORE = frozenset({"drop_before", "status", "redirect"})
_FIRST_ERROR = 400
_SLICE_S = 0.05


@dataclass(kw_only=True, slots=True)
class _Reply:
    """What the application inside answered, buffered."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Gateway:
    """Wraps one vendor's application; `lines` can close the socket of a request without another byte."""

    def __init__(
        self,
        inner: ASGIApp,
        *,
        vendor: str,
        journal: Journal,
        faults: FaultBook,
        latency_s: float,
        lines: OpenLines,
        clock_ahead_s: float = 0.0,
    ) -> None:
        self._inner = inner
        self._vendor = vendor
        self._journal = journal
        self._faults = faults
        self._latency_s = latency_s
        self._clock_ahead = timedelta(seconds=clock_ahead_s)
        self.lines = lines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, faults included, and write it into the journal."""
        if scope["type"] != "http":
            return
        path = scope["path"]
        query = scope["query_string"].decode("latin-1")
        target = f"{path}?{query}" if query else path
        if path.startswith("/api/") and path.endswith(".json"):
            scope = {**scope, "path": path.removesuffix(".json"), "raw_path": None}
        fault = self._faults.strike_request(self._vendor, scope["method"], target)
        line = _Line(self, scope, receive, send, target=target, fault=fault)
        await line.serve()

    async def run_inner(self, scope: Scope, body: bytes) -> _Reply:
        """Run the application inside on a buffered body and buffer its answer."""
        reply = _Reply(status=500, headers=[], body=b"")

        async def replay() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                reply.status = message["status"]
                reply.headers = list(message["headers"])
            elif message["type"] == "http.response.body":
                reply.body += message.get("body", b"")

        await self._inner(scope, replay, keep)
        return reply

    def spell_date(self) -> bytes:
        """The vendor's clock as every answer's Date header has it."""
        return format_datetime(utc_now() + self._clock_ahead, usegmt=True).encode()

    async def wait_latency(self) -> None:
        """Take the vendor's usual time."""
        if self._latency_s:
            await asyncio.sleep(self._latency_s)

    async def pause(self, seconds: float) -> bool:
        """Wait; False when the server goes down meanwhile."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if self.lines.closing:
                return False
            await asyncio.sleep(min(left, _SLICE_S))
        return True

    def record(self, *, scope: Scope, target: str, status: int, effect: Effect, fault: Fault | None) -> None:
        """Write one served request into the journal."""
        self._journal.append(
            Entry(
                at=utc_now(),
                monotonic=time.monotonic(),
                vendor=self._vendor,
                method=scope["method"],
                path=target,
                status=status,
                effect=effect,
                fault=fault.action if fault else "",
            )
        )


class _Line:
    """One request on its way through the gateway."""

    def __init__(
        self,
        gateway: Gateway,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        target: str,
        fault: Fault | None,
    ) -> None:
        self._gateway = gateway
        self._scope = scope
        self._receive = receive
        self._send = send
        self._target = target
        self._fault = fault

    async def serve(self) -> None:
        fault = self._fault
        body = await self._read_body()
        await self._gateway.wait_latency()
        if fault is not None and fault.action == "slow" and not await self._gateway.pause(fault.seconds):
            self._record(0, self._unchanged())
            await self._cut()
            return
        if fault is not None and fault.action in _BEFORE and not fault.commit:
            await self._refuse(fault, self._unchanged())
            return
        reply = await self._gateway.run_inner(self._scope, body)
        effect = self._effect_of(reply)
        if fault is None or fault.action == "slow":
            self._record(reply.status, effect)
            await self._send_reply(reply)
        elif fault.action in _BEFORE:
            await self._refuse(fault, effect)
        else:
            await self._spoil(fault, reply, effect)

    async def _read_body(self) -> bytes:
        chunks = []
        while True:
            message = await self._receive()
            chunks.append(message.get("body", b""))
            if message["type"] == "http.disconnect" or not message.get("more_body", False):
                return b"".join(chunks)

    def _unchanged(self) -> Effect:
        return "read" if self._is_read() else "none"

    def _is_read(self) -> bool:
        return self._scope["method"] in ("GET", "HEAD") or bool(_READS.search(self._scope["path"]))

    def _effect_of(self, reply: _Reply) -> Effect:
        if self._is_read():
            return "read"
        return "committed" if reply.status < _FIRST_ERROR else "none"

    def _record(self, status: int, effect: Effect) -> None:
        self._gateway.record(scope=self._scope, target=self._target, status=status, effect=effect, fault=self._fault)

    async def _refuse(self, fault: Fault, effect: Effect) -> None:
        if fault.action == "drop_before":
            self._record(0, effect)
            await self._cut()
            return
        body = fault.body.encode() if isinstance(fault.body, str) else fault.body
        headers = {"content-type": "application/json", **{k.lower(): v for k, v in fault.headers.items()}}
        status = fault.status
        if fault.action == "redirect":
            status, headers["location"] = 301, fault.location
        self._record(status, effect)
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await self._send_reply(_Reply(status=status, headers=_sized(encoded, len(body)), body=body))

    async def _spoil(self, fault: Fault, reply: _Reply, effect: Effect) -> None:
        half = reply.body[: len(reply.body) // 2]
        match fault.action:
            case "malformed":
                self._record(reply.status, effect)
                broken = _Reply(status=reply.status, headers=_sized(reply.headers, len(half)), body=half)
                await self._send_reply(broken)
            case "stall":
                self._record(reply.status, effect)
                await self._send_start(reply)
                await self._send_body(half, more=True)
                if await self._gateway.pause(fault.seconds):
                    await self._send_body(reply.body[len(half) :], more=False)
                else:
                    await self._cut()
            case "truncate":
                self._record(reply.status, effect)
                await self._send_start(reply)
                await self._send_body(half, more=True)
                await self._cut()
            case _:
                self._record(0, effect)
                await self._cut()

    async def _send_reply(self, reply: _Reply) -> None:
        await self._send_start(reply)
        await self._send_body(reply.body, more=False)

    async def _send_start(self, reply: _Reply) -> None:
        headers = [*reply.headers, (b"date", self._gateway.spell_date())]
        await self._send({"type": "http.response.start", "status": reply.status, "headers": headers})

    async def _send_body(self, body: bytes, *, more: bool) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": more})

    async def _cut(self) -> None:
        self._gateway.lines.hang_up(self._scope["client"])
        while (await self._receive())["type"] != "http.disconnect":
            await asyncio.sleep(0)


def _sized(headers: list[tuple[bytes, bytes]], length: int) -> list[tuple[bytes, bytes]]:
    kept = [(name, value) for name, value in headers if name.lower() != b"content-length"]
    return [*kept, (b"content-length", str(length).encode())]
