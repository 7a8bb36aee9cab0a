"""The web role's server: one uvicorn in this process, on a socket of its own or on one that the supervisor holds."""

import signal
import socket
from collections.abc import Callable
from types import FrameType

from starlette.types import ASGIApp
from uvicorn import Config, Server

from worker.web.listener import BACKLOG, bind_listener, name_url
from worker.web.protocol import BoundedHttp

_FINISH_SECONDS = 10


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
        backlog=BACKLOG,
    )
