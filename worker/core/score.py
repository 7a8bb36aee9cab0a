"""The JSON row of `escalator score`."""

from typing import Any

from worker.core.assessment import Assessment


def spell_score(row_id: str, assessment: Assessment) -> dict[str, Any]:
    """The assessment as one row of plain values; `row_id` is the row's id in the source, or the ticket's."""
    return {
        "id": row_id,
        "escalate": assessment.escalate,
        "target": assessment.target.value if assessment.target else None,
        "severity": assessment.severity.value if assessment.severity else None,
        "criteria": list(assessment.criteria),
        "sla_status": assessment.sla_status.value,
        "handle_in_support": list(assessment.handle_in_support),
        "de_escalate": assessment.de_escalate,
        "missing": [item.field for item in assessment.missing],
        "policy_digest": assessment.policy_digest,
    }
