"""What a customer is worth to us, as the help desk's own organisation fields tell it."""

import math
from collections.abc import Sequence

from connectors.records import Organization, Ticket
from mappings.policy import Policy
from worker.core.case import Case, join_words
from worker.core.figures import spell_day, spell_money, spell_number


def read_worth(ticket: Ticket, policy: Policy) -> tuple[str, ...]:
    """Return tier and yearly revenue of the ticket's customer, in words."""
    organization = ticket.organization
    if organization is None:
        return ()
    keys = policy.fields.zendesk.organization
    tier = organization.fields.get(keys.tier) if keys.tier else None
    arr = _read_arr(organization, keys.arr)
    return tuple(part for part in (str(tier) if tier else None, f"ARR {spell_money(arr)}" if arr else None) if part)


def list_revenue(tickets: Sequence[Ticket], policy: Policy) -> tuple[str, ...]:
    """Return the yearly revenue of all customers together, each counted once, and the lead's renewal."""
    keys = policy.fields.zendesk.organization
    organizations = {one.organization.id: one.organization for one in tickets if one.organization}
    figures = [figure for one in organizations.values() if (figure := _read_arr(one, keys.arr))]
    if not figures:
        return ()
    lead = tickets[0].organization
    renewal = lead.fields.get(keys.renewal) if lead and keys.renewal else None
    total = f"ARR {spell_money(sum(figures))}" + (f" of {len(figures)} customers" if len(figures) > 1 else "")
    return (total, f"renewal on {spell_day(str(renewal))}") if renewal else (total,)


def tell_customer(lead: Case, money: Sequence[str]) -> str | None:
    """Return who the customer is in one line: name, worth and affected users; None when it is unknown."""
    organization = lead.ticket.organization
    if organization is None:
        return None
    users = lead.facts.affected_users
    return join_words([organization.name, *money, *([f"{spell_number(users)} users affected"] if users else [])])


def _read_arr(organization: Organization, key: str) -> float | None:
    value = organization.fields.get(key) if key else None
    if isinstance(value, str):
        digits = value.replace(",", "").replace("_", "").strip()
        value = float(digits) if digits.replace(".", "", 1).isdecimal() and digits.isascii() else None
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if math.isfinite(value) else None
