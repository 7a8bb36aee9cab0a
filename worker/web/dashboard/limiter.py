"""How often somebody may try a password: by name and by address, in the memory of this process."""

from collections import deque
from collections.abc import Callable

_WINDOW_S = 600.0
_MOST_BY_NAME = 8
_MOST_BY_PEER = 40
_MOST_KEYS = 10_000


class LoginLimiter:
    """Counts failures of the last ten minutes: eight for a name, forty for an address. `clock` is in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures: dict[tuple[str, str], deque[float]] = {}

    def find_wait(self, name: str, peer: str) -> float:
        """Seconds until somebody may try again; 0.0 when they may now."""
        now = self._clock()
        waits = (
            self._wait(("name", name.casefold()[:100]), _MOST_BY_NAME, now),
            self._wait(("peer", peer), _MOST_BY_PEER, now),
        )
        return max(waits)

    def note_failure(self, name: str, peer: str) -> None:
        """One more wrong password."""
        now = self._clock()
        if len(self._failures) >= _MOST_KEYS:
            self._forget(now)
        for key in (("name", name.casefold()[:100]), ("peer", peer)):
            self._failures.setdefault(key, deque(maxlen=_MOST_BY_PEER)).append(now)

    def note_success(self, name: str) -> None:
        """The name's failures are forgiven."""
        self._failures.pop(("name", name.casefold()[:100]), None)

    def _wait(self, key: tuple[str, str], most: int, now: float) -> float:
        failures = self._failures.get(key, deque())
        while failures and now - failures[0] > _WINDOW_S:
            failures.popleft()
        return max(0.0, failures[-most] + _WINDOW_S - now) if len(failures) >= most else 0.0

    def _forget(self, now: float) -> None:
        """What is over; else the oldest names, for whoever tries so many is held by the address."""
        old = [key for key, times in self._failures.items() if not times or now - times[-1] > _WINDOW_S]
        names = [key for key in self._failures if key[0] == "name"]
        for key in old or names[: _MOST_KEYS // 2]:
            del self._failures[key]
