"""What a session asks before it sends, and tells after it was answered: the port to limits and outages.

A session knows what a request costs and what an answer's headers say; who shares the limits, and where they are
kept, is behind the port.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from connectors.errors import VendorProblem

ZENDESK_REQUESTS = "zendesk.requests"
ZENDESK_EXPORTS = "zendesk.exports"
ZENDESK_UPDATES = "zendesk.updates"
ZENDESK_TICKET = "zendesk.ticket"
ZENDESK_AUDITS = "zendesk.audits"
ZENDESK_TOKENS = "zendesk.tokens"
JIRA_GET = "jira.get"
JIRA_POST = "jira.post"
JIRA_PUT = "jira.put"
JIRA_DELETE = "jira.delete"
JIRA_ISSUE_BURST = "jira.issue.2s"
JIRA_ISSUE = "jira.issue.30s"
JIRA_POINTS = "jira.points"


@dataclass(frozen=True, kw_only=True, slots=True)
class Charge:
    """`cost` units of a vendor's limit; `key` names which one where there are many, such as one for each ticket."""

    bucket: str
    key: str = ""
    cost: int = 1

    @property
    def name(self) -> str:
        """The limit's own name."""
        return f"{self.bucket}:{self.key}" if self.key else self.bucket


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """One request that wants to go: `target` is its method and path, the broadest of its charges comes first."""

    vendor: str
    target: str
    charges: tuple[Charge, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What an answer says of one limit: its size, what is left of it, and the seconds until it is full again."""

    bucket: str
    key: str = ""
    limit: int | None = None
    remaining: int | None = None
    resets_s: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Rates:
    """What an answer's headers say of limits.

    `spent` names the limits that a refusal is about; empty means the whole vendor. `resets_s` is when to come back
    where the headers say so in other words than Retry-After.
    """

    readings: tuple[Reading, ...] = ()
    spent: tuple[str, ...] = ()
    resets_s: float | None = None


NO_RATES = Rates()


class Gate(Protocol):
    """Decides whether a request may go now, and learns from what came back."""

    def admit(self, passage: Passage) -> None:
        """Return when the request may go, within about a second; raise HeldBack when it must not go yet."""

    def confirm(self, passage: Passage) -> None:
        """The last look before bytes leave; raises HeldBack when this process stood still for too long since."""

    def settle(self, passage: Passage, problem: VendorProblem | None, rates: Rates) -> None:
        """The request was answered, or failed; never raises."""

    def release(self, passage: Passage) -> None:
        """The request was admitted and then not sent, or what became of it was settled elsewhere; never raises."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Guard:
    """A gate with one vendor's reading of its own requests and headers."""

    gate: Gate
    measure: Callable[[str, str], tuple[Charge, ...]]
    read: Callable[[int, Mapping[str, str], Passage, datetime], Rates]
