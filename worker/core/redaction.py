"""A ticket and its assessment as they may leave support, and the last look over a brief on its way out."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from connectors.records import Comment, Ticket
from mappings.brief import Brief, RemovedKind
from mappings.masking import clear_marks, count_masks, mask_text, spell_marks
from mappings.redaction import Removal
from worker.core.assessment import Assessment, Evidence, Finding

_OURS = frozenset({"id", "policy_digest", "url", "severity", "target", "target_title", "field", "removed", "sources"})
_Value = TypeVar("_Value")


def mask_ticket(ticket: Ticket, kinds: AbstractSet[Removal]) -> Ticket:
    """Return the ticket with its texts masked; every place in a comment stays where it was."""
    if not kinds:
        return ticket
    return replace(
        ticket,
        subject=_mask_raw(ticket.subject, kinds),
        description=_mask_raw(ticket.description, kinds),
        comments=tuple(_mask_comment(comment, kinds) for comment in ticket.comments),
        custom_fields={
            key: _mask_raw(value, kinds) if isinstance(value, str) else value
            for key, value in ticket.custom_fields.items()
        },
    )


def mask_assessment(assessment: Assessment, masked: Ticket, kinds: AbstractSet[Removal]) -> Assessment:
    """Return the assessment with its quotes taken from the masked ticket, and its other words masked."""
    if not kinds:
        return assessment
    bodies = {comment.id: comment.body for comment in masked.comments}

    def mask_evidence(evidence: Evidence) -> Evidence:
        return replace(evidence, fact=mask_text(evidence.fact, kinds), quote=_requote(evidence, bodies, kinds))

    def mask_finding(finding: Finding) -> Finding:
        return replace(
            finding,
            evidence=tuple(mask_evidence(one) for one in finding.evidence),
            against=tuple(mask_evidence(one) for one in finding.against),
            note=mask_text(finding.note, kinds),
        )

    return replace(
        assessment,
        findings=tuple(mask_finding(one) for one in assessment.findings),
        support_findings=tuple(mask_finding(one) for one in assessment.support_findings),
        impact=tuple(
            replace(row, answer=mask_text(row.answer, kinds) if row.answer else None) for row in assessment.impact
        ),
    )


def redact_brief(brief: Brief, masked: Sequence[Ticket], kinds: AbstractSet[Removal]) -> Brief:
    """Return the brief of these masked tickets with visible marks, and how much of which kind was taken out."""
    if not kinds:
        return brief
    whole = [text for ticket in masked for text in _list_texts(ticket)]
    removed = tuple(RemovedKind(kind=kind, count=count) for kind, count in count_masks(whole))
    looked_over = _change_texts(brief, lambda text: spell_marks(mask_text(text, kinds)))
    return replace(looked_over, removed=removed)


def _list_texts(ticket: Ticket) -> tuple[str, ...]:
    told = tuple(comment.body for comment in ticket.comments) or (ticket.description,)
    return (ticket.subject, *told)


def _mask_raw(text: str, kinds: AbstractSet[Removal]) -> str:
    """What comes from outside may hold characters that look like our masks."""
    return mask_text(clear_marks(text), kinds)


def _mask_comment(comment: Comment, kinds: AbstractSet[Removal]) -> Comment:
    names = tuple(replace(one, file_name=_mask_raw(one.file_name, kinds)) for one in comment.attachments)
    return replace(comment, body=_mask_raw(comment.body, kinds), attachments=names)


def _requote(evidence: Evidence, bodies: Mapping[int, str], kinds: AbstractSet[Removal]) -> str:
    body = bodies.get(evidence.comment_id) if evidence.comment_id is not None else None
    if not evidence.quote or body is None or evidence.start is None or evidence.end is None:
        return mask_text(evidence.quote, kinds)
    said = " ".join(body[evidence.start : evidence.end].split())
    return said if len(said) == len(evidence.quote) else mask_text(evidence.quote, kinds)


def _change_texts(value: _Value, change: Any) -> _Value:
    """The record with every text of it changed, but for ids, addresses and names of ours."""
    if isinstance(value, str):
        changed: Any = change(value)
        return changed  # type: ignore[no-any-return]
    if isinstance(value, tuple):
        return tuple(_change_texts(entry, change) for entry in value)  # type: ignore[return-value]
    if is_dataclass(value) and not isinstance(value, type):
        names = [one.name for one in fields(value) if one.name not in _OURS]
        return replace(value, **{name: _change_texts(getattr(value, name), change) for name in names})
    return value
