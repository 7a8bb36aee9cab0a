"""The part of a brief that only one receiving team gets."""

from collections.abc import Sequence

from mappings.brief import L2Part, LeadershipPart, ProductPart, SecurityPart, TargetPart
from worker.core.accounts import tell_customer
from worker.core.assessment import Target
from worker.core.case import Case, join_words


def compose_part(lead: Case, target: Target, money: Sequence[str]) -> TargetPart | None:
    """Return the facts that only `target` asks for, in the words of whoever said them; None for Engineering."""
    told = {name: f"“{fact.text}”" for name, fact in lead.facts.concerns.items()}
    match target:
        case Target.L2:
            return L2Part(customer_context=tell_customer(lead, money))
        case Target.PRODUCT:
            return ProductPart(
                use_case=told.get("use_case"),
                frequency_of_request=told.get("frequency_of_request"),
                competitive_pressure=told.get("competitive_pressure"),
            )
        case Target.SECURITY:
            return SecurityPart(
                observed=told.get("observed"),
                affected=told.get("affected"),
                containment=told.get("containment"),
                urgency=told.get("urgency"),
            )
        case Target.LEADERSHIP:
            return LeadershipPart(
                business_context=join_words(
                    [part for part in (tell_customer(lead, money), told.get("business_context")) if part]
                ),
                decision_needed=told.get("decision_needed"),
            )
    return None
