"""What the chosen target wants to be told and the ticket does not say: a first, plain check of its list."""

import re

from worker.core.assessment import ImpactDimension, MissingItem, Target
from worker.core.criteria.reading import Reading
from worker.core.sentences import SentenceKind
from worker.core.signals import ANYONE, CUSTOMER, OURS

_ENVIRONMENT = re.compile(
    r"\b(?:chrome|firefox|safari|edge|windows|macos|mac os|linux|ubuntu|android|ios|iphone|ipad|version"
    r"|v?\d+\.\d+|browser|sdk"
    r"|api|app|firmware|build|server|plan)\b",
    re.I,
)
_FREQUENCY = re.compile(
    r"\b(?:always|every time|each time|sometimes|intermittent\w*|once|only when|randomly|since|immer|jedes mal"
    r"|manchmal|sporadisch"
    r"|siempre|cada vez|a veces|toujours|chaque fois|parfois|\d+ (?:out )?of \d+)\b",
    re.I,
)


def list_missing(reading: Reading, target: Target, impact: tuple[ImpactDimension, ...]) -> tuple[MissingItem, ...]:
    """The items of the target's "what to include" list for which nothing was found."""
    known = _list_known(reading, impact)
    rules = reading.policy.routing.targets.find_target(target.value)
    return tuple(
        MissingItem(field=item.field, ask_for=item.ask_for) for item in rules.include if item.field not in known
    )


def _list_known(reading: Reading, impact: tuple[ImpactDimension, ...]) -> set[str]:
    signals, thread = reading.signals, reading.thread
    text = "\n".join(one.text for one in thread.utterances)[:40_000]
    answered = {dimension.id for dimension in impact if dimension.answer}
    fields = reading.policy.fields.zendesk
    has_environment = any(
        number and reading.ticket.custom_fields.get(number) for number in (fields.version, fields.environment)
    )
    checks = {
        "summary": bool(text),
        "observed": bool(text),
        "use_case": bool(text),
        "actual": bool(text),
        "tried": len(thread.list_spoken(*OURS)) > 0 or signals.has(("not_helped",), CUSTOMER),
        "customer_context": "revenue" in answered,
        "business_context": "revenue" in answered,
        "revenue_at_risk": reading.account.arr is not None,
        "repro_steps": _has_steps(reading) or signals.has(("our_reproduced",), OURS),
        "expected": signals.has(("wrong_data",), ANYONE),
        "environment": has_environment or _ENVIRONMENT.search(text) is not None,
        "frequency": _FREQUENCY.search(text) is not None,
        "evidence": any(one.logs or one.attachments for one in thread.utterances),
        "workflow_impact": "depth" in answered or signals.has(("pain", "down_now"), CUSTOMER),
        "deadline": signals.has(("deadline",), CUSTOMER),
        "frequency_of_request": signals.has(("our_others", "our_product_decides"), OURS),
        "competitive_pressure": signals.has(("churn",)),
        "affected": "breadth" in answered or signals.has(("sees_foreign",)),
        "containment": signals.has(("our_security",)),
        "urgency": signals.has(("our_ongoing", "urgent", "deadline")),
        "decision_needed": signals.has(("our_authority", "executive", "legal_strong", "press_strong")),
    }
    return {name for name, is_known in checks.items() if is_known}


def _has_steps(reading: Reading) -> bool:
    return any(
        sentence.kind is SentenceKind.STEP for one in reading.thread.utterances for sentence in one.sentences[:80]
    )
