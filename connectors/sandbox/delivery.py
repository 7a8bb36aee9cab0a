"""Sends webhooks in the background with each vendor's own rules of retry, and scripted mishaps on the way."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

import requests

from connectors.sandbox.faults import Fault, FaultBook
from connectors.sandbox.instants import utc_now

_SENDERS = 4
_REORDER_HOLD_S = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How one attempt ended: a status, or None with `timed_out` when nothing was answered in time."""

    status: int | None
    retry_after_s: float | None = None
    timed_out: bool = False


class RetryRule(Protocol):
    """A vendor's rule: the wait in seconds before the next attempt, or None when this one is final."""

    def __call__(self, outcome: Outcome, attempt: int) -> float | None: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Parcel:
    """One webhook on its way. `sign` makes the headers at the moment of sending, from attempt and instant."""

    vendor: str
    subject: str
    url: str
    body: bytes
    sign: Callable[[bytes, int, datetime], Mapping[str, str]]
    retry: RetryRule
    timeout_s: float
    attempt: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """What became of one attempt; `status` None means that nothing was answered (or it was lost on purpose)."""

    at: datetime
    vendor: str
    subject: str
    attempt: int
    status: int | None
    final: bool
    note: str = ""


@dataclass(order=True, slots=True)
class _Due:
    at: float
    turn: int
    parcel: Parcel = field(compare=False)


class Courier:
    """A thread that sends parcels when they are due; `stop` abandons what is still waiting."""

    def __init__(self, faults: FaultBook) -> None:
        self._faults = faults
        self._turns = itertools.count()
        self._waiting: list[_Due] = []
        self._receipts: list[Receipt] = []
        self._condition = threading.Condition()
        self._busy = 0
        self._stopped = True
        self._thread: threading.Thread | None = None
        self._senders: ThreadPoolExecutor | None = None

    def start(self) -> None:
        """Begin to deliver; harmless when it has begun."""
        with self._condition:
            if not self._stopped:
                return
            self._stopped = False
        self._senders = ThreadPoolExecutor(_SENDERS, thread_name_prefix="sandbox-webhook")
        self._thread = threading.Thread(target=self._run, name="sandbox-courier", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop delivering; attempts under way end with their time-out."""
        with self._condition:
            self._stopped = True
            self._waiting.clear()
            self._condition.notify_all()
        if self._thread is not None:
            self._thread.join()
        if self._senders is not None:
            self._senders.shutdown(wait=True, cancel_futures=True)
        self._thread = self._senders = None

    def post(self, parcel: Parcel, *, delay_s: float) -> None:
        """Send a parcel after a delay, unless a scripted mishap meets it."""
        mishap = self._faults.strike_webhook(parcel.vendor, parcel.subject)
        for wait_s in _waits(mishap, delay_s):
            self._enqueue(parcel, wait_s)
        if mishap is not None and mishap.action == "lose":
            self._note(parcel, None, final=True, note="lost on purpose")

    def receipts(self, vendor: str = "") -> list[Receipt]:
        """Every attempt so far, oldest first."""
        with self._condition:
            return [receipt for receipt in self._receipts if vendor in ("", receipt.vendor)]

    def wait_idle(self, timeout_s: float = 10.0) -> bool:
        """Wait until nothing is waiting or under way; False when that took too long."""
        with self._condition:
            return self._condition.wait_for(lambda: not self._waiting and not self._busy, timeout_s)

    def _enqueue(self, parcel: Parcel, delay_s: float) -> None:
        with self._condition:
            if self._stopped:
                return
            heapq.heappush(self._waiting, _Due(time.monotonic() + delay_s, next(self._turns), parcel))
            self._condition.notify_all()

    def _run(self) -> None:
        while True:
            parcel = self._next_due()
            if parcel is None or self._senders is None:
                return
            self._senders.submit(self._send, parcel)

    def _next_due(self) -> Parcel | None:
        with self._condition:
            while not self._stopped:
                if not self._waiting:
                    self._condition.wait()
                    continue
                wait_s = self._waiting[0].at - time.monotonic()
                if wait_s <= 0:
                    self._busy += 1
                    return heapq.heappop(self._waiting).parcel
                self._condition.wait(wait_s)
        return None

    def _send(self, parcel: Parcel) -> None:
        try:
            outcome = _attempt(parcel)
            wait_s = parcel.retry(outcome, parcel.attempt)
            self._note(parcel, outcome.status, final=wait_s is None)
            if wait_s is not None:
                self._enqueue(replace(parcel, attempt=parcel.attempt + 1), wait_s)
        finally:
            with self._condition:
                self._busy -= 1
                self._condition.notify_all()

    def _note(self, parcel: Parcel, status: int | None, *, final: bool, note: str = "") -> None:
        receipt = Receipt(
            at=utc_now(),
            vendor=parcel.vendor,
            subject=parcel.subject,
            attempt=parcel.attempt,
            status=status,
            final=final,
            note=note,
        )
        with self._condition:
            self._receipts.append(receipt)


def _waits(mishap: Fault | None, delay_s: float) -> tuple[float, ...]:
    if mishap is None:
        return (delay_s,)
    match mishap.action:
        case "lose":
            return ()
        case "duplicate":
            return (delay_s, delay_s)
        case "reorder":
            return (delay_s + _REORDER_HOLD_S,)
        case _:
            return (delay_s + mishap.seconds,)


def _attempt(parcel: Parcel) -> Outcome:
    headers = {"Content-Type": "application/json", **parcel.sign(parcel.body, parcel.attempt, utc_now())}
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(
                parcel.url,
                data=parcel.body,
                headers=headers,
                timeout=parcel.timeout_s,
                allow_redirects=False,
            )
    except requests.Timeout:
        return Outcome(status=None, timed_out=True)
    except requests.RequestException:
        return Outcome(status=None)
    return Outcome(status=answer.status_code, retry_after_s=_seconds(answer.headers.get("Retry-After")))


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isdigit() else None
