"""The verdict on a ticket as data: findings with their evidence, severity, target, impact, SLA state.

`explain`, the brief, the dashboard and the audit all render this one tree.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Target(StrEnum):
    """The team that a ticket goes up to."""

    L2 = "l2"
    ENGINEERING = "engineering"
    PRODUCT = "product"
    SECURITY = "security"
    LEADERSHIP = "leadership"


class Severity(StrEnum):
    """The standard's three severities."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"

    @property
    def rank(self) -> int:
        """3 for critical down to 1 for medium."""
        return {"critical": 3, "high": 2, "medium": 1}[self.value]


class SlaStatus(StrEnum):
    """The state of the ticket's SLA clocks taken together."""

    WITHIN = "within"
    AT_RISK = "at_risk"
    BREACHED = "breached"
    NONE = "none"


class Speaker(StrEnum):
    """Who says something on a ticket."""

    CUSTOMER = "customer"
    AGENT = "agent"
    INTERNAL = "internal"
    SYSTEM = "system"


class Standing(StrEnum):
    """How a criterion stands."""

    MET = "met"
    NEAR = "near"
    UNMET = "unmet"


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What was seen. `quote` is verbatim text of a comment, or empty when `fact` tells a structured fact.

    `fact` says in words what was seen (value seen, condition wanted). `comment_id`, `start`, `end` locate the
    quote in the comment's body (characters); None for structured facts.
    """

    fact: str
    quote: str = ""
    speaker: Speaker | None = None
    at: datetime | None = None
    comment_id: int | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One criterion of the standard (or one stay-in-support test), met or not, with the evidence seen.

    `score` is between 0 and 1; `against` is evidence that spoke against it (a denial, a later fix).
    """

    id: str
    title: str
    standing: Standing
    score: float
    weight: float
    evidence: tuple[Evidence, ...] = ()
    against: tuple[Evidence, ...] = ()
    note: str = ""

    @property
    def is_met(self) -> bool:
        """True when the criterion holds."""
        return self.standing is Standing.MET


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """A value with the reasons that led to it, in words, and the findings they rest on."""

    value: str | None
    reasons: tuple[str, ...] = ()
    finding_ids: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ImpactDimension:
    """One of the six impact dimensions: `answer` is None when not known, `ask_for` says what to find out."""

    id: str
    title: str
    answer: str | None
    ask_for: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class MissingItem:
    """Something that the chosen target's "what to include" list wants and the ticket does not have."""

    field: str
    ask_for: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Assessment:
    """All findings of a ticket at `now` and what follows from them.

    `severity` and `target` are None when `escalate` is False. `other_targets` also hold and are named in the
    brief. `next_instant` is when time alone could change the assessment; None when it could not.
    `language` is an ISO 639-1 code; `language_read` is False when only structured facts were used.
    `second_reader` says what became of asking a second reader; empty when none was asked.
    """

    ticket_id: int
    now: datetime
    policy_digest: str
    escalate: bool
    target: Target | None
    severity: Severity | None
    sla_status: SlaStatus
    findings: tuple[Finding, ...]
    support_findings: tuple[Finding, ...]
    target_verdict: Verdict
    severity_verdict: Verdict
    escalate_verdict: Verdict
    de_escalate: bool = False
    de_escalate_reasons: tuple[str, ...] = ()
    already_escalated: bool = False
    other_targets: tuple[Target, ...] = ()
    impact: tuple[ImpactDimension, ...] = ()
    missing: tuple[MissingItem, ...] = ()
    next_instant: datetime | None = None
    score: float = 0.0
    language: str = "en"
    language_read: bool = True
    second_reader: str = ""

    @property
    def criteria(self) -> tuple[str, ...]:
        """Ids of the criteria that hold, in the standard's order."""
        return tuple(finding.id for finding in self.findings if finding.is_met)

    @property
    def handle_in_support(self) -> tuple[str, ...]:
        """Ids of the stay-in-support tests that hold."""
        return tuple(finding.id for finding in self.support_findings if finding.is_met)
