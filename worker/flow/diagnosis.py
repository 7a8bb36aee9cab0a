"""The gate of somebody who looks whether a vendor would answer, beside a service that may have found it does not.

It keeps to the limits and to what a vendor asked for. An outage that the service knows of does not stop it, or
credentials that were put right could not be tried; and its own failures are not told to the service, whose
credentials may be others.
"""

from connectors.errors import HeldBack, Throttled, VendorProblem
from connectors.gate import Passage, Rates
from worker.flow.limits import Limits
from worker.store.database import Database
from worker.store.vendors import read_vendor


class DiagnosisGate:
    """A `connectors.gate.Gate` on the limits of a service; for one thread."""

    def __init__(self, limits: Limits, database: Database) -> None:
        self._limits = limits
        self._database = database
        self._past: list[Passage] = []

    def admit(self, passage: Passage) -> None:
        """See `connectors.gate.Gate`; raises HeldBack for everything but an outage that the service knows of."""
        try:
            self._limits.admit(passage)
        except HeldBack as held:
            if not self._is_only_closed(passage.vendor, held):
                raise
            self._past.append(passage)

    def confirm(self, passage: Passage) -> None:
        """See `connectors.gate.Gate`."""
        self._limits.confirm(passage)

    def settle(self, passage: Passage, problem: VendorProblem | None, rates: Rates) -> None:
        """See `connectors.gate.Gate`; the service learns of limits and of good answers, never of a failure."""
        if passage in self._past or (problem is not None and not isinstance(problem, Throttled)):
            self.release(passage)
        else:
            self._limits.settle(passage, problem, rates)

    def release(self, passage: Passage) -> None:
        """See `connectors.gate.Gate`."""
        if passage in self._past:
            self._past.remove(passage)
        else:
            self._limits.release(passage)

    def _is_only_closed(self, vendor: str, held: HeldBack) -> bool:
        """True when nothing but the service's own experience with the vendor stands against the request."""
        with self._database.snapshot() as connection:
            breaker = read_vendor(connection, vendor).breaker
        return breaker.is_open and held.detail == f"not sent: {breaker.detail}"
