"""What to do about a write whose outcome is unknown: look, wait, send once more, or hand it to a human.

A search index lags, so not finding a create proves nothing until the quiet window is over (Atlassian, search
and reconcile: changes are searchable within seconds, sometimes minutes).
"""

from dataclasses import dataclass
from enum import StrEnum

_LADDER_S = (2.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0)
_MOST_SENDS = 2
_PATIENCE_WINDOWS = 3
_UNSURE_PAUSES = 10


class Lookup(StrEnum):
    """How a write can be found again.

    repeat: the write is idempotent and may simply be sent again, as often as its subject has patience.
    direct: a read by identity finds it at once.
    index: only a lagging search finds it.
    """

    REPEAT = "repeat"
    DIRECT = "direct"
    INDEX = "index"


class Step(StrEnum):
    """The next step for an uncertain write."""

    LOOK = "look"
    WAIT = "wait"
    RESEND = "resend"
    PARK = "park"


class Doubt(StrEnum):
    """Why a look that found nothing proves nothing: the search was refused, or does not see what must be there."""

    REFUSED = "refused"
    LAGGING = "lagging"


@dataclass(frozen=True, kw_only=True, slots=True)
class Windows:
    """Times in seconds: how long a request may still be under way, the index lags, and absence is no proof."""

    request_s: float
    lag_s: float
    quiet_s: float

    @property
    def whole_s(self) -> float:
        """From the moment a create became uncertain until a search that does not find it may be believed."""
        return self.request_s + max(self.lag_s, self.quiet_s)


@dataclass(frozen=True, kw_only=True, slots=True)
class Recovery:
    """A step; `wait_s` says when to come back. `is_last`: when this look finds nothing, the write is sent again."""

    step: Step
    wait_s: float = 0.0
    is_last: bool = False


def plan_recovery(lookup: Lookup, *, waited_s: float, looks: int, sends: int, windows: Windows) -> Recovery:
    """The next step after `waited_s` seconds, `looks` searches without a find and `sends` requests."""
    if lookup is Lookup.REPEAT:
        return Recovery(step=Step.RESEND)
    if lookup is Lookup.DIRECT:
        return _plan_direct(waited_s, looks, sends, windows)
    return _plan_search(waited_s, looks, sends, windows)


def plan_unsure(doubt: Doubt, *, waited_s: float, windows: Windows) -> Recovery:
    """The step after a look that found nothing and proves nothing: wait on, for three windows at most.

    Then a lagging index is taken at its word (LOOK: the look counts), since a problem without an issue is worse than
    one with two for a while; a search that is refused never said anything, and is handed to a human.
    """
    if waited_s < windows.whole_s * _PATIENCE_WINDOWS:
        return Recovery(step=Step.WAIT, wait_s=max(1.0, windows.whole_s / _UNSURE_PAUSES))
    return Recovery(step=Step.LOOK if doubt is Doubt.LAGGING else Step.PARK)


def _plan_direct(waited_s: float, looks: int, sends: int, windows: Windows) -> Recovery:
    if waited_s < windows.request_s:
        return Recovery(step=Step.WAIT, wait_s=windows.request_s - waited_s)
    if looks == 0:
        return Recovery(step=Step.LOOK, is_last=True)
    return Recovery(step=Step.RESEND if sends < _MOST_SENDS else Step.PARK)


def _plan_search(waited_s: float, looks: int, sends: int, windows: Windows) -> Recovery:
    rungs = [*(rung for rung in _LADDER_S if rung < windows.whole_s), windows.whole_s]
    if looks < len(rungs):
        if waited_s >= rungs[looks]:
            return Recovery(step=Step.LOOK, is_last=looks == len(rungs) - 1)
        return Recovery(step=Step.WAIT, wait_s=rungs[looks] - waited_s)
    return Recovery(step=Step.RESEND if sends < _MOST_SENDS else Step.PARK)
