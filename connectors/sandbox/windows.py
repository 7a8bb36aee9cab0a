"""Sliding windows that count calls, for the vendors' rate limits."""

from collections import defaultdict, deque


class SlidingWindows:
    """Counts events per key within a span; times are seconds that the caller gives."""

    def __init__(self) -> None:
        self._events: defaultdict[str, deque[float]] = defaultdict(deque)

    def admit(self, key: str, *, limit: int, span_s: float, now: float) -> float:
        """Count one event and return 0.0, or count nothing and return the seconds until one is free."""
        events = self._events[key]
        while events and events[0] <= now - span_s:
            events.popleft()
        if len(events) < limit:
            events.append(now)
            return 0.0
        return max(events[0] + span_s - now, 0.001)

    def used(self, key: str) -> int:
        """How many events the key's window holds, as of its last admission."""
        return len(self._events[key])
