"""Whose ticket it is, as far as counting customers goes."""

from connectors.records import Ticket
from mappings.patterns import PatternRules
from worker.core.words import fold

_COPY_TAGS = frozenset({"closed_by_merge", "created_for_side_conversation"})
_CHILD_CHANNEL = "side_conversation"


def name_customer(ticket: Ticket, rules: PatternRules, freemail: frozenset[str]) -> str | None:
    """The customer of a ticket: its organisation, else its requester's mail domain, else the requester.

    None when the ticket does not count: it follows up another, was merged into one or split off for a side
    conversation, its requester is staff, or the rules ignore its organisation or
    domain. A ticket that an agent wrote for a customer counts as that customer's.
    A free mail provider's domain says nothing about the customer; nor does the domain of an unverified address, so a
    caller who knows that an address is unverified leaves it out.
    """
    requester = ticket.find_person(ticket.requester_id)
    domain = _read_domain(requester.email if requester else None)
    if _is_copy(ticket) or (requester is not None and requester.is_staff):
        return None
    if _covers(rules.own_domains, domain):
        return None
    if ticket.organization_id is not None:
        name = ticket.organization.name if ticket.organization else ""
        return None if _is_ignored(rules, ticket.organization_id, name) else f"organization:{ticket.organization_id}"
    if domain and domain not in freemail:
        return f"domain:{domain}"
    return f"requester:{ticket.requester_id}"


def _is_copy(ticket: Ticket) -> bool:
    """True for a ticket that repeats another's report (Zendesk marks merged and child tickets by tags)."""
    return (
        ticket.followup_source_id is not None
        or ticket.via_channel == _CHILD_CHANNEL
        or not _COPY_TAGS.isdisjoint(ticket.tags)
    )


def _is_ignored(rules: PatternRules, organization_id: int, name: str) -> bool:
    ignored = {fold(entry.strip()) for entry in rules.ignored_organizations}
    return str(organization_id) in ignored or (bool(name) and fold(name.strip()) in ignored)


def _covers(domains: tuple[str, ...], domain: str) -> bool:
    return bool(domain) and any(domain == own.lower() or domain.endswith(f".{own.lower()}") for own in domains)


def _read_domain(email: str | None) -> str:
    _, at, domain = (email or "").strip().lower().rpartition("@")
    return domain if at else ""
