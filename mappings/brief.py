"""What a brief, a note and an issue comment can say: the records that templates are written against.

Plain values only (strings, instants, tuples), so that an operator's template needs to know nothing else, and
so that None always means the same: not known yet. The sections and their order are those of the escalation
standard's structured format.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

ASK_FOR: Mapping[str, str] = {
    "summary": "one or two sentences: what is wrong, since when, for whom",
    "who": "the customer's name, and how many of their people it touches",
    "since": "the time when it was seen first",
    "repro_steps": "numbered steps from a clean state, with exact values",
    "expected": "the result they expected",
    "actual": "the result they get, with the exact text on the screen",
    "environment": "product version, plan, browser and operating system, feature flags",
    "frequency": "how often it happens: always, sometimes, or only under certain conditions",
    "evidence": "the exact error message, a log excerpt or a screenshot",
    "tried": "each step that was tried and what it showed",
    "result": "what it showed",
    "workflow_impact": "the work that the customer cannot do now, and how many people are affected",
    "revenue_at_risk": "the customer's yearly revenue and renewal date",
    "last_customer_update": "a first public reply",
    "customer_expectation": "the customer's expectation, and its date",
    "escalation_risk": "signs that the customer will take it further",
    "ask": "the one thing that the receiving team is to do",
    "deadline": "the date by which it is needed, and the reason",
    "use_case": "the customer's goal, in their words",
    "frequency_of_request": "the number of customers who have asked for this",
    "competitive_pressure": "any comparison with a competitor",
    "observed": "exactly what was seen, when and by whom",
    "affected": "accounts, people and data that may be exposed",
    "containment": "the steps taken so far: locked, revoked, switched off",
    "urgency": "how far it could spread, and whether it is still going on",
    "business_context": "the history of the account and what led here",
    "decision_needed": "the one decision or action that is wanted",
    "clean_start": "the starting point of the steps: account type, role, configuration, permissions",
    "specific_actions": "what exactly is clicked, typed or sent in each step",
    "exact_values": "the inputs, dates and ids that were used",
    "ruled_out": "what was ruled out: other browsers, accounts, devices, networks",
    "customer_context": "plan, size and importance of the customer, what they need it for",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRef:
    """Something to look at: a ticket, an issue, a file, a thread. Without `url` it is only named."""

    label: str
    url: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingItem:
    """Something the receiving team will want and nobody has said: which field, and what to ask for."""

    field: str
    ask_for: str
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a fact was read: `field` and `index` name it in the brief, `start` and `end` its place in the comment.

    `comment_id` is None for what a ticket field says, or for a ticket whose comments were not read.
    """

    field: str
    who: str
    at: datetime
    ticket_id: int
    index: int = 0
    comment_id: int | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The first lines: who has what, what it does to them, since when in words, and when it was reported."""

    who: str | None
    what: str
    impact: str | None
    since: str | None
    reported_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedCustomer:
    """One customer who reported it; `name` is None where it must not be told."""

    name: str | None
    detail: str | None = None
    ticket: LinkRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactRow:
    """One of the six impact dimensions; `answer` is None when nobody knows, `ask_for` says what to find out."""

    dimension: str
    answer: str | None
    ask_for: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """The IMPACT section. `sla_status` is in words ("Within SLA", "At risk", "Breached", "No SLA policy")."""

    customers: tuple[AffectedCustomer, ...]
    workflow_impact: str | None
    revenue_at_risk: str | None
    sla_status: str
    sla_detail: str | None = None
    rows: tuple[ImpactRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReproSteps:
    """REPRODUCTION STEPS, in the words of who reproduced it; `error_text` is verbatim machine output."""

    steps: tuple[str, ...] = ()
    expected: str | None = None
    actual: str | None = None
    environment: tuple[str, ...] = ()
    frequency: str | None = None
    ruled_out: tuple[str, ...] = ()
    error_text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedStep:
    """One thing that was tried, and what it showed."""

    action: str
    result: str | None = None
    who: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Communication:
    """CUSTOMER COMMUNICATION: our last public word, what the customer counts on, how far they would go."""

    last_update_at: datetime | None = None
    last_update_gist: str | None = None
    expectation: str | None = None
    expectation_by: str | None = None
    escalation_risk: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """WHAT'S NEEDED. `kind` is one of investigate, fix, decide, approve."""

    kind: str
    ask: str
    deadline: datetime | None = None
    deadline_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    """Why it was escalated: one criterion and what was seen. `quote` is verbatim, `fact` is ours."""

    criterion: str
    fact: str
    quote: str | None = None
    who: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineRow:
    """One thing that happened on the ticket."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class L2Part:
    """What senior support wants besides the sections that everybody gets."""

    customer_context: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductPart:
    """What Product wants besides the sections that everybody gets."""

    use_case: str | None = None
    frequency_of_request: str | None = None
    competitive_pressure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityPart:
    """What Security wants besides the sections that everybody gets."""

    observed: str | None = None
    affected: str | None = None
    containment: str | None = None
    urgency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadershipPart:
    """What Leadership wants besides the sections that everybody gets."""

    business_context: str | None = None
    decision_needed: str | None = None


TargetPart: TypeAlias = L2Part | ProductPart | SecurityPart | LeadershipPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """SUPPORTING CONTEXT: where to read on; `issues` are those that the escalation left behind."""

    tickets: tuple[LinkRef, ...] = ()
    issues: tuple[LinkRef, ...] = ()
    attachments: tuple[LinkRef, ...] = ()
    threads: tuple[LinkRef, ...] = ()
    timeline: tuple[TimelineRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedKind:
    """How many places of one kind ("card number") were taken out of what the ticket says."""

    kind: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """Everything a receiving team is told about one escalation.

    `id` is the escalation's id: the footer carries the token `escalator-<id>`. `target` is the target's id
    (l2, engineering, product, security, leadership), `target_title` its name. `cut` names the sections that
    were shortened to fit the tracker's limit; the whole brief is then attached. `description` holds three to
    five sentences, each of which reads on from the one before.
    """

    id: str
    policy_digest: str
    written_at: datetime
    summary: str
    severity: str
    target: str
    target_title: str
    opening: Opening
    impact: Impact
    description: tuple[str, ...]
    need: Need
    severity_reason: str | None = None
    target_reason: str | None = None
    repro: ReproSteps = field(default_factory=ReproSteps)
    tried: tuple[TriedStep, ...] = ()
    communication: Communication = field(default_factory=Communication)
    part: TargetPart | None = None
    evidence: tuple[EvidenceRow, ...] = ()
    other_targets: tuple[str, ...] = ()
    missing: tuple[MissingItem, ...] = ()
    practices: tuple[MissingItem, ...] = ()
    context: Context = field(default_factory=Context)
    cut: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    removed: tuple[RemovedKind, ...] = ()

    @property
    def token(self) -> str:
        """The token by which the issue is found again."""
        return f"escalator-{self.id}"

    def ask_for(self, name: str) -> str:
        """Return what to ask for when the field with this name is unknown."""
        told = next((item.ask_for for item in self.missing if item.field == name), None)
        return told or ASK_FOR.get(name, f"the {name.replace('_', ' ')}")

    def find_source(self, name: str, index: int = 0) -> Source | None:
        """Return where the fact of this field, or the entry `index` of its list, was read."""
        return next((one for one in self.sources if one.field == name and one.index == index), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class TagNames:
    """The tags by which agents steer us, as the policy names them."""

    veto: str = "escalator_veto"
    force: str = "escalator_now"
    approve: str = "escalator_approve"
    snooze: str = "escalator_snooze"
    confirmed: str = "escalator_confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspectedPattern:
    """Tickets of several customers that may be one problem, and why; for agents only."""

    id: str
    customers: tuple[str, ...]
    tickets: tuple[LinkRef, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became different since the issue or the note was written; None and empty mean unchanged.

    `state` is how the issue stands now, whatever of it is news.
    """

    severity_before: str | None = None
    target_before: str | None = None
    members_added: tuple[AffectedCustomer, ...] = ()
    members_removed: tuple[LinkRef, ...] = ()
    state: tuple[str, ...] = ()
    facts_added: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftIssue:
    """An issue that was left behind when its escalation went from `team` to another one, with the reasons.

    `restricted` when that is a team whose matters only few may read.
    """

    issue: LinkRef
    team: str
    reasons: tuple[str, ...] = ()
    restricted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Something that was decided at `since` and has not happened: what, why not, and what to do about it."""

    what: str
    since: datetime
    reason: str = ""
    remedy: str = ""
    is_over: bool = False


def spell_row(brief: Brief, markdown: str) -> dict[str, object]:
    """Return the brief as the flat JSON row of `escalator brief --json`; instants are ISO 8601 in UTC."""
    return {
        "id": brief.id,
        "repro_steps": list(brief.repro.steps),
        "expected": brief.repro.expected,
        "actual": brief.repro.actual,
        "environment": list(brief.repro.environment),
        "frequency": brief.repro.frequency,
        "tried": [{"action": step.action, "result": step.result} for step in brief.tried],
        "last_customer_update": _spell_instant(brief.communication.last_update_at),
        "customer_expectation": brief.communication.expectation,
        "escalation_risk": brief.communication.escalation_risk,
        "workflow_impact": brief.impact.workflow_impact,
        "revenue_at_risk": brief.impact.revenue_at_risk,
        "ask": brief.need.ask,
        "deadline": _spell_instant(brief.need.deadline),
        "missing": [{"field": item.field, "ask_for": item.ask_for} for item in brief.missing],
        "sources": [_spell_source(source) for source in brief.sources],
        "removed": {one.kind: one.count for one in brief.removed},
        "markdown": markdown,
    }


def _spell_source(source: Source) -> dict[str, object]:
    return {
        "field": source.field,
        "index": source.index,
        "ticket": source.ticket_id,
        "comment": source.comment_id,
        "who": source.who,
        "at": _spell_instant(source.at),
        "start": source.start,
        "end": source.end,
    }


def _spell_instant(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat().replace("+00:00", "Z")
