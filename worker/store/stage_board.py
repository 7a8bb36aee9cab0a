"""Escalations and waiting tickets as a board shows them: counts by lane, and the rows behind each count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, select

from worker.core.assessment import Severity, Target
from worker.core.decision import Action
from worker.core.escalation import EscalationState
from worker.core.life import Stage
from worker.store.schema import escalations, members, tickets


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """An escalation in one line. `since` is when it came to its stage."""

    id: str
    title: str
    stage: Stage
    severity: Severity
    target: Target
    issue_key: str | None
    issue_status: str | None
    issue_assignee: str | None
    created_at: datetime
    since: datetime
    deadline: datetime | None
    tickets: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketLine:
    """A ticket in one line, with what was decided of it last."""

    id: int
    subject: str
    status: str
    action: Action | None
    target: Target | None
    severity: Severity | None
    assessed_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """Which escalations; None stands for all. `is_open` chooses by state, `since` by when they were closed."""

    is_open: bool | None = None
    stage: Stage | None = None
    target: Target | None = None
    severity: Severity | None = None
    closed_since: datetime | None = None
    created_since: datetime | None = None
    created_until: datetime | None = None


def list_cards(connection: Connection, chosen: Filter, *, limit: int, offset: int = 0) -> tuple[Card, ...]:
    """Escalations, the most severe first and of those the oldest; closed ones newest first."""
    if chosen.stage is Stage.CLOSED or chosen.is_open is False:
        order: Sequence[ColumnElement[Any]] = (escalations.c.closed_at.desc(), escalations.c.id)
    else:
        order = (_rank_severity(), escalations.c.created_at, escalations.c.id)
    rows = connection.execute(_select_cards().where(*_spell(chosen)).order_by(*order).limit(limit).offset(offset))
    return tuple(map(_read_card, rows))


def read_cards(connection: Connection, escalation_ids: Sequence[str]) -> tuple[Card, ...]:
    """These escalations, in any order."""
    rows = connection.execute(_select_cards().where(escalations.c.id.in_(list(escalation_ids))))
    return tuple(map(_read_card, rows))


def count_cards(connection: Connection, chosen: Filter) -> dict[tuple[Stage, Target, Severity], int]:
    """How many escalations by stage, target and severity."""
    columns = (escalations.c.stage, escalations.c.target, escalations.c.severity)
    rows = connection.execute(select(*columns, func.count()).where(*_spell(chosen)).group_by(*columns))
    return {(Stage(row[0]), Target(row[1]), Severity(row[2])): row[3] for row in rows}


def list_ticket_lines(
    connection: Connection,
    *,
    action: Action,
    target: Target | None = None,
    since: datetime | None = None,
    limit: int,
    offset: int = 0,
) -> tuple[TicketLine, ...]:
    """Tickets of which this was decided last, the newest judgement first; only live ones since an instant."""
    wanted: list[ColumnElement[bool]] = [tickets.c.action == action.value]
    if target is not None:
        wanted.append(tickets.c.target == target.value)
    if since is not None:
        wanted.append(tickets.c.assessed_at >= since)
    # The part is found in the index alone: a row holds the whole ticket, and would be read only to be passed over.
    part = (
        select(tickets.c.id)
        .where(*wanted)
        .order_by(tickets.c.assessed_at.desc(), tickets.c.id.desc())
        .limit(limit)
        .offset(offset)
        .subquery()
    )
    rows = connection.execute(
        _select_lines()
        .join(part, part.c.id == tickets.c.id)
        .order_by(tickets.c.assessed_at.desc(), tickets.c.id.desc())
    )
    return tuple(_read_line(row._mapping) for row in rows)


def count_tickets_by_action(
    connection: Connection, actions: Sequence[Action], target: Target | None = None
) -> dict[Action, int]:
    """How many tickets stand at each of these decisions, of one team or of all."""
    wanted: list[ColumnElement[bool]] = [tickets.c.action.in_([action.value for action in actions])]
    if target is not None:
        wanted.append(tickets.c.target == target.value)
    rows = connection.execute(select(tickets.c.action, func.count()).where(*wanted).group_by(tickets.c.action))
    return {Action(row[0]): row[1] for row in rows}


def count_tickets_by_target(connection: Connection, actions: Sequence[Action]) -> dict[tuple[Action, Target], int]:
    """How many tickets stand at each of these decisions, by team."""
    rows = connection.execute(
        select(tickets.c.action, tickets.c.target, func.count())
        .where(tickets.c.action.in_([action.value for action in actions]), tickets.c.target.is_not(None))
        .group_by(tickets.c.action, tickets.c.target)
    )
    return {(Action(row[0]), Target(row[1])): row[2] for row in rows}


def read_ticket_lines(connection: Connection, ticket_ids: Sequence[int]) -> dict[int, TicketLine]:
    """These tickets by id, those that were read."""
    rows = connection.execute(_select_lines().where(tickets.c.id.in_(list(ticket_ids))))
    return {row.id: _read_line(row._mapping) for row in rows}


def _select_cards() -> Select[Any]:
    counted = (
        select(func.count(members.c.ticket_id.distinct()))
        .where(
            members.c.escalation_id == escalations.c.id,
            (members.c.left_at.is_(None)) | (members.c.left_at == escalations.c.closed_at),
        )
        .scalar_subquery()
    )
    return select(
        escalations.c.id,
        escalations.c.title,
        escalations.c.stage,
        escalations.c.severity,
        escalations.c.target,
        escalations.c.issue_key,
        escalations.c.issue_status,
        escalations.c.issue_assignee,
        escalations.c.created_at,
        func.coalesce(escalations.c.stage_at, escalations.c.created_at).label("since"),
        escalations.c.deadline,
        counted.label("tickets"),
    )


def _read_card(row: Any) -> Card:
    values = dict(row._mapping)
    return Card(
        **values | {"stage": Stage(row.stage), "severity": Severity(row.severity), "target": Target(row.target)}
    )


def _select_lines() -> Select[Any]:
    columns = ("id", "subject", "status", "action", "target", "severity", "assessed_at")
    return select(*(tickets.c[name] for name in columns))


def _read_line(values: Any) -> TicketLine:
    row = dict(values)
    return TicketLine(
        **row
        | {
            "action": Action(row["action"]) if row["action"] else None,
            "target": Target(row["target"]) if row["target"] else None,
            "severity": Severity(row["severity"]) if row["severity"] else None,
        }
    )


def _rank_severity() -> ColumnElement[int]:
    return case({Severity.CRITICAL.value: 0, Severity.HIGH.value: 1}, value=escalations.c.severity, else_=2)


def _spell(chosen: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if chosen.is_open is not None:
        state = EscalationState.OPEN if chosen.is_open else EscalationState.CLOSED
        found.append(escalations.c.state == state.value)
    for column, value in (
        (escalations.c.stage, chosen.stage),
        (escalations.c.target, chosen.target),
        (escalations.c.severity, chosen.severity),
    ):
        if value is not None:
            found.append(column == value.value)
    if chosen.closed_since is not None:
        found.append(escalations.c.closed_at >= chosen.closed_since)
    if chosen.created_since is not None:
        found.append(escalations.c.created_at >= chosen.created_since)
    if chosen.created_until is not None:
        found.append(escalations.c.created_at < chosen.created_until)
    return found
