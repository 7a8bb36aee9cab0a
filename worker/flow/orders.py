"""What people order from the command line, as events of the escalation or ticket that it is about."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from worker.core.assessment import Severity, Target
from worker.core.decision import Forced
from worker.core.review import Instruction, Order
from worker.flow.replay import SOURCE, Operator, add_word
from worker.store.audit import add_audit
from worker.store.inbox import PendingEvent
from worker.store.subjects import SubjectKind

_ESCALATE = "escalate"
_ORDERS = frozenset(order.value for order in Order)


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """What an order is about."""

    kind: SubjectKind
    id: str


def add_instruction(
    connection: Connection, escalation_id: str, order: Order, *, reason: str, operator: Operator
) -> None:
    """Orders a step in the life of an escalation; its reconciler takes it."""
    body = {"order": order.value, "reason": reason, "by": operator.name}
    _add(connection, Subject(kind=SubjectKind.ESCALATION, id=escalation_id), body, operator)


def add_escalate(
    connection: Connection,
    ticket_id: int,
    *,
    target: Target | None,
    severity: Severity | None,
    reason: str,
    operator: Operator,
) -> None:
    """Orders that a ticket goes up, whatever the rules say."""
    body = {
        "order": _ESCALATE,
        "reason": reason,
        "by": operator.name,
        "target": target.value if target else None,
        "severity": severity.value if severity else None,
    }
    _add(connection, Subject(kind=SubjectKind.TICKET, id=str(ticket_id)), body, operator)


def read_instruction(events: Sequence[PendingEvent]) -> Instruction | None:
    """The last order about the escalation among these events."""
    bodies = [body for body in map(_read_body, events) if body.get("order") in _ORDERS]
    if not bodies:
        return None
    last = bodies[-1]
    return Instruction(order=Order(last["order"]), reason=last["reason"], by=last["by"])


def read_forced(events: Sequence[PendingEvent]) -> Forced | None:
    """The last order among these events that the ticket goes up."""
    bodies = [body for body in map(_read_body, events) if body.get("order") == _ESCALATE]
    if not bodies:
        return None
    last = bodies[-1]
    return Forced(
        reason=last["reason"],
        by=last["by"],
        target=Target(last["target"]) if last["target"] else None,
        severity=Severity(last["severity"]) if last["severity"] else None,
    )


def _add(connection: Connection, subject: Subject, body: Mapping[str, str | None], operator: Operator) -> None:
    add_word(connection, subject.kind, subject.id, body, operator)
    add_audit(connection, subject.kind, subject.id, "ordered", body, now=operator.now)


def _read_body(event: PendingEvent) -> dict[str, str]:
    if event.source != SOURCE or event.body is None:
        return {}
    body: dict[str, str] = json.loads(event.body)
    return body
