"""What the snapshot says about the customer and the ticket besides its text: worth, tags, fields, times."""

from dataclasses import dataclass, replace
from datetime import datetime

from connectors.records import Organization, Ticket, TicketStatus
from mappings.criteria import Thresholds
from mappings.fields import OrganizationFields
from mappings.policy import Policy
from worker.core.assessment import Speaker, Target
from worker.core.thread import Thread

_ESCALATED_TAGS = frozenset({"escalated", "jira_linked"})
_SPAM_TAGS = frozenset({"spam", "suspended", "junk"})
_FINISHED = frozenset({TicketStatus.SOLVED, TicketStatus.CLOSED, TicketStatus.DELETED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """A customer's worth: `arr` in the organisation field's currency, `renewal` as the field has it."""

    name: str = ""
    arr: float | None = None
    tier: str = ""
    renewal: str = ""
    is_reference: bool = False
    is_high_value: bool = False
    is_critical: bool = False

    def tell(self) -> str:
        """The worth in words, for evidence; empty when nothing is known."""
        parts = (
            f"ARR {self.arr:,.0f}" if self.arr is not None else "",
            f"tier {self.tier}" if self.tier else "",
            "reference customer" if self.is_reference else "",
            f"renewal {self.renewal}" if self.renewal else "",
        )
        return ", ".join(part for part in parts if part)


def read_account(organization: Organization | None, fields: OrganizationFields, thresholds: Thresholds) -> Account:
    """The account of an organisation; everything unknown when there is none."""
    if organization is None:
        return Account()
    values = organization.fields
    arr = _read_number(values.get(fields.arr)) if fields.arr else None
    tier = str(values.get(fields.tier) or "").strip().lower() if fields.tier else ""
    reference = _is_true(values.get(fields.reference)) if fields.reference else False
    high_tier = tier in {name.lower() for name in thresholds.high_value_tiers}
    rich = arr is not None and arr >= thresholds.high_value_arr
    return Account(
        name=organization.name,
        arr=arr,
        tier=tier,
        renewal=str(values.get(fields.renewal) or "") if fields.renewal else "",
        is_reference=reference,
        is_high_value=high_tier or rich or reference,
        is_critical=tier in {name.lower() for name in thresholds.critical_tiers},
    )


def is_finished(ticket: Ticket) -> bool:
    """True for a solved, closed or deleted ticket."""
    return ticket.status in _FINISHED


def is_marked_spam(ticket: Ticket) -> bool:
    """True when somebody tagged the ticket as spam."""
    return not _SPAM_TAGS.isdisjoint(ticket.tags)


def is_escalated(ticket: Ticket, policy: Policy) -> bool:
    """True when tags or fields say that an escalation runs already."""
    if not (_ESCALATED_TAGS | {policy.routing.tags.escalated}).isdisjoint(ticket.tags):
        return True
    fields = policy.fields.zendesk
    return any(number and ticket.custom_fields.get(number) for number in (fields.jira_issue, fields.target))


def forget_escalation(ticket: Ticket, policy: Policy) -> Ticket:
    """The ticket without the marks of an escalation that is over."""
    fields = policy.fields.zendesk
    marks = _ESCALATED_TAGS | {policy.routing.tags.escalated}
    numbers = {fields.jira_issue, fields.target}
    return replace(
        ticket,
        tags=tuple(tag for tag in ticket.tags if tag not in marks),
        custom_fields={number: value for number, value in ticket.custom_fields.items() if number not in numbers},
    )


def find_known_target(ticket: Ticket, policy: Policy) -> Target | None:
    """The team that the ticket's field says it is with."""
    value = ticket.custom_fields.get(policy.fields.zendesk.target) if policy.fields.zendesk.target else None
    try:
        return Target(str(value).strip().lower()) if value else None
    except ValueError:
        return None


def count_affected(ticket: Ticket, policy: Policy) -> int | None:
    """The number in the affected-users field, when it holds one."""
    number = policy.fields.zendesk.affected_users
    value = _read_number(ticket.custom_fields.get(number)) if number else None
    return int(value) if value is not None else None


def find_waiting_since(thread: Thread) -> datetime | None:
    """When the customer spoke without being answered in public since; None when answered, or nobody spoke."""
    since: datetime | None = None
    for utterance in thread.utterances:
        if utterance.speaker is Speaker.CUSTOMER:
            since = since or utterance.at
        elif utterance.speaker is Speaker.AGENT:
            since = None
    return since


def _read_number(value: object) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value) if abs(value) < 1e15 else None  # noqa: PLR2004  # beyond any revenue
    digits = "".join(letter for letter in str(value)[:40] if letter.isascii() and (letter.isdigit() or letter == "."))
    try:
        return float(digits) if digits.strip(".") else None
    except ValueError:
        return None


def _is_true(value: object) -> bool:
    return value is True or str(value).strip().lower() in {"true", "yes", "1", "ja", "oui", "si", "sí"}
