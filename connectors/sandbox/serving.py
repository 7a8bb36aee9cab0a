"""An ASGI application on a loopback port in a thread, with a way to hang up on one client."""

import asyncio
import socket
import threading
import time
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_START_TIMEOUT_S = 10.0
_STOP_TIMEOUT_S = 5.0


class OpenLines:
    """The sockets now open to one server, by the client's address, and whether the server is going down."""

    def __init__(self) -> None:
        self.closing = False
        self._transports: dict[Any, asyncio.Transport] = {}

    def enter(self, client: Any, transport: asyncio.Transport) -> None:
        """Remember an accepted connection."""
        self._transports[client] = transport

    def leave(self, client: Any) -> None:
        """Forget a closed connection."""
        self._transports.pop(client, None)

    def hang_up(self, client: Any) -> None:
        """Close the client's socket without another byte; call it on the server's own thread."""
        transport = self._transports.get(tuple(client) if client else None)
        if transport is not None:
            transport.close()


class ServerThread:
    """Serves one application; the port is kept across stop and start, as a vendor keeps its name."""

    def __init__(self, *, host: str, port: int, name: str) -> None:
        self.lines = OpenLines()
        self._host = host
        self._port = port
        self._name = name
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._socket: socket.socket | None = None

    @property
    def port(self) -> int:
        """The bound port; 0 before the first bind when none was asked for."""
        return self._port

    @property
    def running(self) -> bool:
        """Whether the server accepts requests."""
        return self._thread is not None

    def bind(self) -> None:
        """Bind the port, so that the address is known before anything is served; raises OSError."""
        if self._socket is None:
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind((self._host, self._port))
            self._port = self._socket.getsockname()[1]

    def start(self, application: ASGIApp) -> None:
        """Serve until `stop`; returns once requests are accepted."""
        if self._thread is not None:
            return
        self.bind()
        self.lines.closing = False
        config = uvicorn.Config(
            application,
            http=_watched_protocol(self.lines),
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        bound = self._socket
        assert bound is not None  # noqa: S101 - bind() has just set it
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [bound]}, name=self._name, daemon=True
        )
        self._thread.start()
        self._await_started()

    def stop(self) -> None:
        """Stop serving and close the port; harmless when it is not running."""
        self.lines.closing = True
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(_STOP_TIMEOUT_S)
        if self._socket is not None:
            self._socket.close()
        self._server = self._thread = self._socket = None

    def _await_started(self) -> None:
        deadline = time.monotonic() + _START_TIMEOUT_S
        while self._server is not None and not self._server.started:
            if time.monotonic() > deadline or self._thread is None or not self._thread.is_alive():
                raise RuntimeError(f"{self._name} did not start within {_START_TIMEOUT_S:.0f} s")
            time.sleep(0.005)


def _watched_protocol(lines: OpenLines) -> type[HttpToolsProtocol]:
    class WatchedProtocol(HttpToolsProtocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            lines.enter(self.client, transport)

        def connection_lost(self, exc: Exception | None) -> None:
            lines.leave(self.client)
            super().connection_lost(exc)

    return WatchedProtocol
