"""Turns a table of plain endpoint functions into a Starlette application that serves them one at a time."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.exchange import Answer, Call, Refusal
from connectors.sandbox.instants import utc_now

Endpoint = Callable[[Call], Answer]
Guard = Callable[[Call, Endpoint], Answer]


class RouteTable:
    """Collects `METHOD path -> endpoint`, guarded (the API) or open (the pages), in order of precedence."""

    def __init__(self, guard: Guard, lock: threading.RLock) -> None:
        self._guard = guard
        self._lock = lock
        self._routes: list[Route] = []

    def guarded(self, methods: str, paths: str | Iterable[str], endpoint: Endpoint) -> None:
        """Serve an endpoint behind authentication and limits; `methods` is space-separated."""
        for path in [paths] if isinstance(paths, str) else paths:
            self._add(methods, path, lambda call: self._guard(call, endpoint))

    def open(self, methods: str, path: str, endpoint: Endpoint) -> None:
        """Serve an endpoint to anybody."""
        self._add(methods, path, endpoint)

    def build(self) -> Starlette:
        """The application that serves the table."""
        return Starlette(routes=list(self._routes))

    def _add(self, methods: str, path: str, endpoint: Endpoint) -> None:
        async def serve(request: Request) -> Response:
            call = await _read_call(request)
            with self._lock:
                answer = _answer(endpoint, call)
            return Response(
                answer.encode(),
                status_code=answer.status,
                headers=dict(answer.headers),
                media_type=answer.media_type,
            )

        self._routes.append(Route(path, serve, methods=methods.split()))


def _answer(endpoint: Endpoint, call: Call) -> Answer:
    try:
        return endpoint(call)
    except Refusal as refusal:
        return refusal.answer


async def _read_call(request: Request) -> Call:
    parts: dict[str, Any] = request.path_params
    return Call(
        method=request.method,
        path=request.url.path,
        at=utc_now(),
        parts={name: str(value) for name, value in parts.items()},
        query=tuple(request.query_params.multi_items()),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=await request.body(),
    )
