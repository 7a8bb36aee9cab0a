"""uvicorn's HTTP protocol with limits that it lacks: no stranger can hold a connection or fill the memory.

How long a request's head may be and may take, how long its body may take, how many requests may wait behind one
another on a connection, and how long a client may leave an answer unread.
"""

import asyncio
from typing import Any

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

HEAD_LIMIT_BYTES = 32 * 1024
HEAD_SECONDS = 10.0
MESSAGE_SECONDS = 20.0
ANSWER_SECONDS = 20.0
UNREAD_LIMIT_BYTES = 1024 * 1024
PIPELINE_LIMIT = 16


class TooManyRequests(Exception):
    """More requests wait on one connection than any client of ours sends without an answer."""


class BoundedHttp(HttpToolsProtocol):
    """Closes a connection that takes too long, says too much at once, or does not take its answer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._running: RequestResponseCycle | None = None
        self._is_in_head = False
        self._head_bytes = 0
        self._unread_bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._answer_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A head is expected from the start: a connection that says nothing is closed too."""
        super().connection_made(transport)
        self._begin_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers."""
        self._stop_timer()
        self.resume_writing()
        self._leave_cycle()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Nobody answers on this connection after it."""
        super().send_400_response(msg)
        self._leave_cycle()

    def data_received(self, data: bytes) -> None:
        """Count the bytes that belong to a head for sure: those of chunks that neither begin nor end one."""
        was_in_head = self._is_in_head
        super().data_received(data)
        if was_in_head and self._is_in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_LIMIT_BYTES:
                self._cut_off()
        elif self._is_idle():
            self._begin_head()  # line ends between requests begin no message and would be accepted for ever

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        if not self._is_in_head:
            self._begin_head()

    def on_headers_complete(self) -> None:
        """A head is there, and a body may follow."""
        self._is_in_head = False
        self._unread_bytes = 0
        self._start_timer(MESSAGE_SECONDS)
        if len(self.pipeline) >= PIPELINE_LIMIT:
            raise TooManyRequests  # the parser stops at once, and the connection ends
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """What comes after the answer is read by nobody; it has a limit too."""
        super().on_body(body)
        if self.cycle.response_complete:
            self._unread_bytes += len(body)
            if self._unread_bytes > UNREAD_LIMIT_BYTES:
                self._cut_off()

    def on_message_complete(self) -> None:
        """All of the request is there; how long the answer takes is the application's to limit."""
        self._stop_timer()
        super().on_message_complete()

    def pause_writing(self) -> None:
        """The client does not take what we send."""
        super().pause_writing()
        self._answer_timer = self.loop.call_later(ANSWER_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """It takes it again."""
        if self._answer_timer is not None:
            self._answer_timer.cancel()
            self._answer_timer = None
        super().resume_writing()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _leave_cycle(self) -> None:
        """Tell the request that is being answered: uvicorn tells only the newest, which may wait behind it."""
        self.pipeline.clear()
        if self._running is not None and not self._running.response_complete:
            self._running.disconnected = True
            self._running.message_event.set()

    def _is_idle(self) -> bool:
        """Nothing is asked, nothing is owed, and uvicorn's own patience is not running."""
        is_answered = self.cycle is not None and self.cycle.response_complete
        return self._timer is None and is_answered and self.timeout_keep_alive_task is None

    def _begin_head(self) -> None:
        self._is_in_head = True
        self._head_bytes = 0
        self._start_timer(HEAD_SECONDS)

    def _start_timer(self, seconds: float) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(seconds, self._cut_off)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _cut_off(self) -> None:
        if not self.transport.is_closing():
            self._leave_cycle()
            self.transport.close()
