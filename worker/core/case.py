"""One ticket of an escalation with everything a brief is composed from."""

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.records import Ticket
from worker.core.assessment import Assessment, Speaker
from worker.core.facts import Facts

SPEAKER_NAMES = {
    Speaker.CUSTOMER: "customer",
    Speaker.AGENT: "support, in public",
    Speaker.INTERNAL: "internal note",
    Speaker.SYSTEM: "system",
}
"""How the brief names who said something: by their side, never by their name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One ticket of an escalation with its assessment and the facts read from it."""

    ticket: Ticket
    assessment: Assessment
    facts: Facts


def join_words(parts: Sequence[str]) -> str | None:
    """Return the parts with commas between them; None when there are none."""
    return ", ".join(parts) or None
