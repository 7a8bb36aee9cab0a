"""GET /healthz and /readyz: alive, and able to store a webhook.

A vendor's outage is `degraded` and not "not ready": a load balancer that took us out for it would lose the
sender's events.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Generic, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from worker.delivery import Intake
from worker.health import Degraded, Health, HealthReader

_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Readiness:
    """Whether a webhook can be stored now, and what is known beside that."""

    ready: bool
    health: Health


class Probe(Generic[_T]):
    """Asks a blocking question on a thread of its own, one at a time, and keeps the answer for `fresh_s` seconds.

    However many ask and however long the answer takes, there is one thread; it is a daemon, so that a database which
    hangs cannot keep the process from ending.
    """

    def __init__(self, question: Callable[[], _T], *, patience_s: float = 2.0, fresh_s: float = 1.0) -> None:
        self._question = question
        self._patience_s = patience_s
        self._fresh_s = fresh_s
        self._answer: asyncio.Future[_T] | None = None
        self._answered_at = 0.0

    async def ask(self) -> _T:
        """The answer; raises what the question raised, or TimeoutError."""
        answer = self._answer
        if answer is None or (
            answer.done() and asyncio.get_running_loop().time() - self._answered_at > self._fresh_s
        ):
            answer = self._answer = self._begin()
        async with asyncio.timeout(self._patience_s):
            return await asyncio.shield(answer)

    def _begin(self) -> asyncio.Future[_T]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[_T] = loop.create_future()
        answer.add_done_callback(self._note_answer)
        threading.Thread(target=self._run, args=(loop, answer), name="health-probe", daemon=True).start()
        return answer

    def _note_answer(self, answer: asyncio.Future[_T]) -> None:
        self._answered_at = answer.get_loop().time()
        if not answer.cancelled():
            answer.exception()  # seen: a failure that nobody waited for is not worth a warning

    def _run(self, loop: asyncio.AbstractEventLoop, answer: asyncio.Future[_T]) -> None:
        settle: Callable[[], None]
        try:
            settle = partial(answer.set_result, self._question())
        except Exception as error:  # whatever a database raises, those who ask must hear it
            settle = partial(answer.set_exception, error)
        with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody asks any more
            loop.call_soon_threadsafe(settle)


class Readings:
    """What the service can say about itself: asked by /readyz and /metrics."""

    def __init__(self, *, reader: HealthReader, intake: Intake, now: Callable[[], datetime]) -> None:
        self._intake = intake
        self._now = now
        self._store = Probe(reader.can_store)
        self._health = Probe(lambda: reader.read_health(now()))
        self._failing_since: dict[str, datetime] = {}

    async def read(self) -> Readiness:
        """The readiness now; never raises and never takes longer than the probes' patience."""
        can_store, health = await asyncio.gather(self._ask_store(), self._ask_health())
        own = (
            self._follow("deliveries cannot be stored", can_store, "check the database and its disk"),
            self._follow("the intake is full or closing", self._intake.is_accepting, "the sender will send again"),
            self._follow("health cannot be read", health is not None, "check the database and its migrations"),
        )
        known = health or Health()
        found = (*(degraded for degraded in own if degraded is not None), *known.degraded)
        return Readiness(
            ready=can_store and self._intake.is_accepting,
            health=replace(known, degraded=found),
        )

    async def _ask_store(self) -> bool:
        try:
            return await self._store.ask()
        except Exception:  # whatever went wrong, the answer is no
            return False

    async def _ask_health(self) -> Health | None:
        try:
            return await self._health.ask()
        except Exception:  # whatever went wrong, there is nothing to tell
            return None

    def _follow(self, what: str, is_well: bool, remedy: str) -> Degraded | None:
        if is_well:
            self._failing_since.pop(what, None)
            return None
        return Degraded(what=what, since=self._failing_since.setdefault(what, self._now()), remedy=remedy)


class HealthPages:
    """The endpoints that a supervisor or a load balancer asks."""

    def __init__(self, readings: Readings) -> None:
        self._readings = readings

    async def answer_alive(self, request: Request) -> Response:  # noqa: ARG002 - the framework's signature
        """200 while the process answers at all."""
        return PlainTextResponse("alive\n")

    async def answer_ready(self, request: Request) -> Response:  # noqa: ARG002 - the framework's signature
        """200 when a webhook can be stored, else 503."""
        readiness = await self._readings.read()
        return JSONResponse(_spell_readiness(readiness), status_code=200 if readiness.ready else 503)


def _spell_readiness(readiness: Readiness) -> dict[str, object]:
    health = readiness.health
    return {
        "ready": readiness.ready,
        "degraded": [
            {"what": degraded.what, "since": _spell_instant(degraded.since), "remedy": degraded.remedy}
            for degraded in health.degraded
        ],
        "worker_heartbeat_age_s": health.worker_heartbeat_age_s,
    }


def _spell_instant(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
