"""The web role's server: one uvicorn in this process, on a socket of its own or on one that the supervisor holds."""

import signal
import socket
from collections.abc import Callable
from types import FrameType

from starlette.types import ASGIApp
from uvicorn import Config, Server

from worker.web.protocol import BoundedHttp

_BACKLOG = 2048
_FINISH_SECONDS = 10


class AddressUnavailable(OSError):
    """Nothing can listen at the address; the message says which and why."""


def bind_listener(host: str, port: int) -> socket.socket:
    """A listening TCP socket; port 0 picks a free one. Raises AddressUnavailable."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's algorithm off only on a socket that names its protocol; else answers wait 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise AddressUnavailable(f"cannot listen at {host}:{port}: {error.strerror or error}") from error
    listener.setblocking(False)
    return listener


def name_url(listener: socket.socket) -> str:
    """The address of the socket as a URL that a client on this machine can open."""
    host, port = listener.getsockname()[:2]
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - it is read, not bound
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


def run_web(
    app: ASGIApp,
    host: str,
    port: int,
    on_ready: Callable[[str], None],
    *,
    listener: socket.socket | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, finish what is under way, and return.

    Calls `on_ready` with the URL once requests are answered. Serves on `listener` when there is one, else binds the
    host and port. Must run on the main thread, or the signals stay with whoever has them. Raises AddressUnavailable.
    """
    bound = listener if listener is not None else bind_listener(host, port)
    with bound:
        WebServer(app, on_ready=lambda: on_ready(name_url(bound))).run(sockets=[bound])


class WebServer(Server):
    """uvicorn's server that says when it answers, and that a signal ends in peace.

    uvicorn raises the signal again once it has finished, and the process would end as killed; ours returns.
    """

    def __init__(self, app: ASGIApp, *, on_ready: Callable[[], None]) -> None:
        super().__init__(_spell_config(app))
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell."""
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signature of a handler
        """The first signal finishes what is under way; a second Ctrl-C does not wait for it."""
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True


def _spell_config(app: ASGIApp) -> Config:
    return Config(
        app,
        loop="uvloop",
        http=BoundedHttp,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=_FINISH_SECONDS,
        backlog=_BACKLOG,
    )
