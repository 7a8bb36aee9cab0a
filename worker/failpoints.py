"""Named places at which a crash test ends, stops or breaks this process; without such a test they do nothing.

A place is a boundary between two things that a crash could part: a commit and a vendor call, a cursor and its rows.
"""

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class FailPoint(StrEnum):
    """Every place, named by what has just happened; `…ing` is inside the transaction, right before its commit."""

    DELIVERIES_TAKEN = "deliveries.taken"
    DELIVERIES_STORING = "deliveries.storing"
    DELIVERIES_STORED = "deliveries.stored"
    POLL_CLAIMED = "poll.claimed"
    POLL_READ = "poll.read"
    POLL_FILLED = "poll.filled"
    POLL_STORING = "poll.storing"
    POLL_STORED = "poll.stored"
    TICKETS_CLAIMED = "tickets.claimed"
    TICKETS_READ = "tickets.read"
    TICKET_JUDGED = "ticket.judged"
    TICKET_SETTLING = "ticket.settling"
    TICKET_SETTLED = "ticket.settled"
    ESCALATIONS_CLAIMED = "escalations.claimed"
    ESCALATIONS_READ = "escalations.read"
    ESCALATION_SETTLING = "escalation.settling"
    ESCALATION_SETTLED = "escalation.settled"
    CLAIMS_POSTPONING = "claims.postponing"
    WRITES_CLAIMED = "writes.claimed"
    WRITES_PAUSING = "writes.pausing"
    WRITES_DONE = "writes.done"
    WRITES_RELEASED = "writes.released"
    EFFECT_STARTING = "effect.starting"
    EFFECT_STARTED = "effect.started"
    EFFECT_SENT = "effect.sent"
    EFFECT_FAILED = "effect.failed"
    EFFECT_LOOKED = "effect.looked"
    EFFECT_FINISHING = "effect.finishing"
    EFFECT_FINISHED = "effect.finished"


class FailAction(StrEnum):
    """What happens there: SIGKILL, SIGSTOP (until somebody sends SIGCONT), or an exception that nobody expects."""

    KILL = "kill"
    STOP = "stop"
    RAISE = "raise"


class InjectedFault(Exception):
    """The exception of `raise`."""


class BadFailPoint(ValueError):
    """The text names no fail point; the message says what to write."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FailPlan:
    """At the `count`th time that this process reaches the point, the action happens, once."""

    point: FailPoint
    count: int
    action: FailAction


_hooks: list[Callable[[FailPoint], None]] = []


def reach(point: FailPoint) -> None:
    """Says that a place was reached; does nothing unless a test has installed a hook."""
    for hook in _hooks:
        hook(point)


def install_hook(hook: Callable[[FailPoint], None] | None) -> None:
    """From now on every reached place is told to this hook alone; None: to nobody."""
    _hooks[:] = [] if hook is None else [hook]


def read_plan(text: str) -> FailPlan:
    """`name:count` or `name:count:action`; raises BadFailPoint."""
    name, _, rest = text.partition(":")
    count, _, action = rest.partition(":")
    if not count.isascii() or not count.isdigit() or int(count) < 1:
        raise BadFailPoint("write name:count or name:count:action, such as effect.sent:2:kill")
    try:
        return FailPlan(point=FailPoint(name), count=int(count), action=FailAction(action or "kill"))
    except ValueError as error:
        raise BadFailPoint(f"{error}; the names stand in worker/failpoints.py") from None


def arm(plan: FailPlan) -> None:
    """Carries the plan out in this process."""
    install_hook(_Trap(plan))


class _Trap:
    def __init__(self, plan: FailPlan) -> None:
        self._plan = plan
        self._seen = 0
        self._lock = threading.Lock()

    def __call__(self, point: FailPoint) -> None:
        if point is not self._plan.point:
            return
        with self._lock:
            self._seen += 1
            due = self._seen == self._plan.count
        if not due:
            return
        if self._plan.action is FailAction.RAISE:
            raise InjectedFault(point.value)
        os.kill(os.getpid(), signal.SIGKILL if self._plan.action is FailAction.KILL else signal.SIGSTOP)
