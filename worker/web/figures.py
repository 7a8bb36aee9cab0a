"""What the web edge has counted since it started. Touched on the event loop only, so it needs no lock."""

from collections import Counter


class DeliveryFigures:
    """Deliveries by (source, outcome)."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def count(self, source: str, outcome: str) -> int:
        """Count one more and return how many of this outcome there were."""
        self._counts[source, outcome] += 1
        return self._counts[source, outcome]

    def list_counts(self) -> tuple[tuple[str, str, int], ...]:
        """(source, outcome, number), sorted."""
        return tuple((source, outcome, number) for (source, outcome), number in sorted(self._counts.items()))
