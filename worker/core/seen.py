"""What a page shows of a subject as names and values, so that an order can tell whether it is still so."""

from collections.abc import Iterable, Mapping

from worker.core.escalation import Escalation

Seen = Mapping[str, str]


def spell_seen(escalation: Escalation) -> Seen:
    """What somebody who orders a step in its life must have seen."""
    return {
        "stage": escalation.course.stage.value.replace("_", " "),
        "step": str(escalation.course.turn),
        "severity": escalation.severity.value,
        "team": escalation.target.value,
        "status in Jira": escalation.issue_status or "none",
        "tickets": spell_tickets(escalation.tickets),
    }


def spell_tickets(ticket_ids: Iterable[int]) -> str:
    """Numbers of tickets in one order, as people write them."""
    return " ".join(f"#{ticket_id}" for ticket_id in sorted(ticket_ids))


def find_changes(seen: Seen, now: Seen) -> tuple[tuple[str, str, str], ...]:
    """(name, what was seen, what it is now) of all that differs among the names that were seen."""
    return tuple((name, was, now.get(name, "gone")) for name, was in seen.items() if now.get(name, "gone") != was)
