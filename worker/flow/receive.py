"""The arrow from an accepted webhook into the inbox: group commit.

Deliveries that arrive while one commit runs form the next one, so a burst costs a few disk flushes and not one each,
and a delivery is acknowledged only after the flush that holds it.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from worker.delivery import CommitFigures, Delivery, DeliveryStore, NotStored
from worker.failpoints import FailPoint, reach

__all__ = ["CommitFigures", "Delivery", "DeliveryStore", "GroupCommit", "NotStored"]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Waiting:
    delivery: Delivery
    answer: asyncio.Future[None]


class GroupCommit:
    """Commits deliveries in batches on one writer thread; every caller learns the fate of its own delivery.

    `queue_limit` bounds the deliveries that wait for a commit, `batch_limit` those of one commit, `patience_s` is how
    many seconds a caller waits at most (below the 12 s after which Zendesk gives up on an answer).
    """

    def __init__(
        self, store: DeliveryStore, *, queue_limit: int = 5000, batch_limit: int = 500, patience_s: float = 8.0
    ) -> None:
        self._store = store
        self._queue_limit = queue_limit
        self._batch_limit = batch_limit
        self._patience_s = patience_s
        self._queue: deque[_Waiting] = deque()
        self._in_commit: Sequence[_Waiting] = ()
        self._changed = threading.Condition()
        self._closing = True
        self._writer: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._figures = CommitFigures()

    @property
    def figures(self) -> CommitFigures:
        """What has been done so far."""
        return self._figures

    @property
    def waiting(self) -> int:
        """How many deliveries wait for the next commit."""
        return len(self._queue)

    @property
    def is_accepting(self) -> bool:
        """True between `start` and `drain` while the queue has room."""
        return not self._closing and len(self._queue) < self._queue_limit

    def start(self) -> None:
        """Begin to accept; call it on the event loop that will call `accept`."""
        if self._writer is not None:
            raise RuntimeError("the group commit has been started already")
        self._loop = asyncio.get_running_loop()
        self._closing = False
        # A daemon: a disk that hangs must not keep the process from ending.
        self._writer = threading.Thread(target=self._write, name="group-commit", daemon=True)
        self._writer.start()

    async def accept(self, delivery: Delivery) -> None:
        """Return once the delivery is durable (new or known before); raise NotStored when that cannot be promised."""
        waiting = _Waiting(delivery=delivery, answer=asyncio.get_running_loop().create_future())
        with self._changed:
            if self._closing:
                raise NotStored("shutting down")
            if len(self._queue) >= self._queue_limit:
                raise NotStored("too many deliveries are waiting")
            self._queue.append(waiting)
            self._changed.notify()
        try:
            async with asyncio.timeout(self._patience_s):
                await waiting.answer
        except TimeoutError:
            raise NotStored("the store did not answer in time") from None

    async def drain(self, limit_s: float = 10.0) -> None:
        """Refuse new deliveries, commit those that wait, and return; after `limit_s` seconds fail the rest."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        writer = self._writer
        if writer is None:
            return
        until = time.monotonic() + limit_s
        while writer.is_alive() and time.monotonic() < until:
            await asyncio.sleep(0.005)
        with self._changed:
            rest = [*self._in_commit, *self._queue]
            self._queue.clear()
        await asyncio.sleep(0)  # answers that the writer has handed over are given before the rest is failed
        self._answer(rest, "the store did not answer before the shutdown")

    def _write(self) -> None:
        while batch := self._take_batch():
            began = time.monotonic()
            reason: str | None = None
            stored = 0
            reach(FailPoint.DELIVERIES_TAKEN)
            try:
                stored = self._store.add_deliveries([waiting.delivery for waiting in batch])
            except Exception as error:  # whatever a store raises, each sender must hear "send it again"
                _log.error("deliveries.not_stored", deliveries=len(batch), problem=type(error).__name__)
                reason = f"the store failed: {type(error).__name__}"
            reach(FailPoint.DELIVERIES_STORED)
            self._note(len(batch), stored, time.monotonic() - began, failed=reason is not None)
            self._hand_over(batch, reason)

    def _take_batch(self) -> Sequence[_Waiting]:
        """The next batch; empty when there is nothing left and the writer is to end."""
        with self._changed:
            self._in_commit = ()
            while not self._queue and not self._closing:
                self._changed.wait()
            size = min(len(self._queue), self._batch_limit)
            self._in_commit = tuple(self._queue.popleft() for _ in range(size))
            return self._in_commit

    def _note(self, size: int, stored: int, seconds: float, *, failed: bool) -> None:
        before = self._figures
        self._figures = CommitFigures(
            commits=before.commits + (not failed),
            failed_commits=before.failed_commits + failed,
            stored=before.stored + stored,
            duplicates=before.duplicates + (0 if failed else size - stored),
            seconds=before.seconds + seconds,
        )

    def _hand_over(self, batch: Sequence[_Waiting], reason: str | None) -> None:
        if self._loop is None or self._loop.is_closed():
            return  # nobody is left to be told; a sender without an answer sends again
        self._loop.call_soon_threadsafe(self._answer, batch, reason)

    @staticmethod
    def _answer(batch: Sequence[_Waiting], reason: str | None) -> None:
        for waiting in batch:
            if waiting.answer.done():
                continue  # its caller gave up
            if reason is None:
                waiting.answer.set_result(None)
            else:
                waiting.answer.set_exception(NotStored(reason))
