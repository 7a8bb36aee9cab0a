"""How much of a vendor's limit may be used, by whom, and when: arithmetic on instants in seconds, nothing else.

The generic cell rate algorithm, sized so that no stretch of time as long as the vendor's window ever holds more
calls than the vendor allows: a burst and what drips in during the window add up to the limit, not to more.
"""

import math
from dataclasses import dataclass, replace

WINDOW_SLACK = 1.05
"""Windows are taken a little longer than the vendor's, since requests take unequal times to arrive there."""

_FIRST_PART = 4
_ROUNDING_S = 1e-6
_LONGEST_WINDOW_S = 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """What a vendor allows: `count` units in any `period_s` seconds; we use `share` (0-1) of it, people the rest."""

    count: int
    period_s: float
    share: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """At most `count` units in any `period_s` seconds, `burst` of them at once; `reserve` units stay untouched."""

    count: int
    period_s: float
    burst: int
    reserve: int = 0

    @property
    def interval_s(self) -> float:
        """Seconds until one unit drips in."""
        return self.period_s * WINDOW_SLACK / (self.count - self.burst + 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Level:
    """Where a budget stands: `tat` is when it will be full again; what the vendor said is left holds to `resets_at`.

    `capacity` is the vendor's limit as it last announced it.
    """

    tat: float = 0.0
    capacity: int | None = None
    remaining: int | None = None
    resets_at: float | None = None


def size_budget(limit: Limit, capacity: int | None) -> Budget:
    """The budget within a limit; a smaller one that the vendor announced goes before the configured one."""
    allowed = min(limit.count, capacity) if capacity is not None else limit.count
    allowed = max(1, allowed)
    count = max(1, math.floor(allowed * limit.share + _ROUNDING_S))
    burst = min(count, max(2, count // _FIRST_PART))
    return Budget(count=count, period_s=limit.period_s, burst=burst, reserve=min(allowed - count, allowed - 1))


def take(budget: Budget, level: Level, *, part: float, cost: int, clock: float) -> tuple[float, Level]:
    """(0.0, the level after taking `cost`) when that is allowed now, else (seconds to wait, the level as it was).

    `part` (0-1) is how much of the burst, and of what the vendor says is left, this caller may use: 1 for the most
    urgent. A clock that went back starves nobody: the budget then counts as just used up.
    """
    interval = budget.interval_s
    # A single call that costs more than a burst could otherwise never be made.
    cost = min(cost, budget.burst)
    tat = max(level.tat, clock)
    if tat > clock + interval * budget.burst + _ROUNDING_S:
        tat, part = clock + interval * (budget.burst - cost), 1.0
    room = max(cost, math.floor(budget.burst * part))
    wait = tat + interval * cost - clock - interval * room
    wait = max(wait if wait > _ROUNDING_S else 0.0, _wait_for_reset(budget, level, part, cost, clock))
    if wait > 0:
        return wait, level
    left = level.remaining - cost if level.remaining is not None else None
    return 0.0, replace(level, tat=tat + interval * cost, remaining=None if left is None else max(0, left))


def learn(level: Level, *, limit: int | None, remaining: int | None, resets_s: float | None, clock: float) -> Level:
    """The level with what an answer said."""
    if limit is not None:
        level = replace(level, capacity=limit)
    if remaining is not None and resets_s is not None:
        level = replace(level, remaining=remaining, resets_at=clock + min(resets_s, _LONGEST_WINDOW_S))
    return level


def _wait_for_reset(budget: Budget, level: Level, part: float, cost: int, clock: float) -> float:
    """Others draw on the same limit: when what is left reaches the reserve, wait until it is full again."""
    if level.remaining is None or level.resets_at is None:
        return 0.0
    if not clock < level.resets_at <= clock + _LONGEST_WINDOW_S:
        return 0.0
    kept = budget.reserve + math.floor(budget.count * (1.0 - part))
    whole = budget.reserve + budget.count
    return level.resets_at - clock if level.remaining - cost < min(kept, whole - cost) else 0.0
