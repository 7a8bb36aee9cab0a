"""Reading a request's body from somebody who may be hostile or slow: never more than the limit, never for long."""

import asyncio

from starlette.requests import ClientDisconnect, Request

BODY_LIMIT_BYTES = 1024 * 1024
BODY_SECONDS = 10.0
_LENGTH_DIGITS = 19


class BodyRefused(Exception):
    """The body is not read any further. `status` is the answer to give and `outcome` a word for the figures."""

    def __init__(self, status: int, outcome: str) -> None:
        self.status = status
        self.outcome = outcome
        super().__init__(f"{outcome} ({status})")


async def read_body(request: Request, *, limit_bytes: int, limit_s: float) -> bytes:
    """The whole body; raises BodyRefused as soon as it is too long, too late, or the sender has gone."""
    if _read_announced_length(request) > limit_bytes:
        raise BodyRefused(413, "too_large")
    try:
        async with asyncio.timeout(limit_s):
            return await _collect(request, limit_bytes)
    except TimeoutError:
        raise BodyRefused(408, "too_slow") from None
    except ClientDisconnect:
        raise BodyRefused(400, "disconnected") from None


def _read_announced_length(request: Request) -> int:
    announced = request.headers.get("content-length", "")
    return int(announced[:_LENGTH_DIGITS]) if announced.isascii() and announced.isdigit() else 0


async def _collect(request: Request, limit_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit_bytes:
            raise BodyRefused(413, "too_large")
    return bytes(body)
