"""What a receiving team wants to be told and the ticket does not say: its list, and the practices of reproduction.

The brief and the assessment ask the same question of the same facts, so a note asks for exactly what the brief lacks.
"""

import re
from collections.abc import Sequence

from connectors.records import Ticket
from mappings.brief import ASK_FOR
from mappings.policy import Policy
from worker.core import repeat_cues
from worker.core.accounts import list_revenue
from worker.core.assessment import MissingItem, Target
from worker.core.facts import Facts
from worker.core.telling import Fact

_EXACT = re.compile(r"\d|[\"“„«»”']\S")
_STATE = re.compile(
    r"\b(?:sign(?:ed)? in|log(?:ged)? in|as an? |account|tenant|role|plan|permission\w*|fresh|new|clean"
    r"|empty|default|with \d|on \d"
    r"|anmelden|angemeldet|als |konto|mandant\w*|rolle|leer\w*|neu\w*|testsystem|cuenta|usuario|rol"
    r"|vac[ií]\w*|nuev\w+|entorno"
    r"|compte|connect[eé]\w*|r[oô]le|vierge|nouve\w+|base de d[eé]mo)\b",
    re.IGNORECASE,
)
_SHORTEST_ACTION = 3
PRACTICES = ("clean_start", "specific_actions", "exact_values", "ruled_out")
"""The practices that a list does not ask for; environment, frequency and evidence stand in Engineering's list."""


def list_missing(ticket: Ticket, facts: Facts, target: Target, policy: Policy) -> tuple[MissingItem, ...]:
    """Return the items of the target's "what to include" list for which nothing was told."""
    known = _list_known(ticket, facts, target, policy)
    include = policy.routing.targets.find_target(target.value).include
    return tuple(MissingItem(field=item.field, ask_for=item.ask_for) for item in include if item.field not in known)


def list_weak_practices(facts: Facts, target: Target) -> tuple[MissingItem, ...]:
    """Return what would make told reproduction steps better; nothing where there are none, or for other teams."""
    steps = facts.reproduction.steps
    if target is not Target.ENGINEERING or not steps:
        return ()
    held = {
        "clean_start": _STATE.search(steps[0].text) is not None
        or repeat_cues.TEST_PLACE.search(steps[0].text) is not None,
        "specific_actions": all(len(step.text.split()) >= _SHORTEST_ACTION for step in steps),
        "exact_values": any(_EXACT.search(step.text) for step in steps),
        "ruled_out": bool(facts.reproduction.ruled_out),
    }
    return tuple(MissingItem(field=name, ask_for=ASK_FOR[name]) for name in PRACTICES if not held[name])


def _list_known(ticket: Ticket, facts: Facts, target: Target, policy: Policy) -> set[str]:
    found, wanted = facts.reproduction, facts.wanted
    told: dict[str, Fact | Sequence[object] | str | bool | None] = {
        "summary": found.problem or ticket.subject.strip(),
        "repro_steps": found.steps,
        "expected": found.expected,
        "actual": found.actual,
        "environment": facts.environment,
        "frequency": found.frequency,
        "evidence": found.error_text or facts.attachments,
        "ruled_out": found.ruled_out,
        "workflow_impact": found.workflow_impact,
        "revenue_at_risk": list_revenue([ticket], policy),
        "tried": facts.attempts,
        "ask": True,
        "deadline": target is Target.LEADERSHIP or wanted.by is not None,
        "last_customer_update": facts.last_update,
        "customer_expectation": wanted.expectation,
        "customer_context": ticket.organization is not None,
        "business_context": ticket.organization is not None or facts.concerns.get("business_context"),
        **facts.concerns,
    }
    return {name for name, value in told.items() if value}
