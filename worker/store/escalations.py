"""Escalations: one problem each, at most one open Jira issue, one or more tickets."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, update

from connectors.records import Issue, IssueRef, StatusCategory
from worker.core.assessment import Severity, Target
from worker.core.escalation import Escalation, EscalationState
from worker.core.fates import Fate, MemberFate
from worker.core.life import Course, Happening, Outcome, Stage
from worker.core.moves import Move
from worker.core.patterns.view import PatternView
from worker.store.clocks import drop_clock, stop_clocks
from worker.store.doubts import list_twins
from worker.store.moves import find_leaver, list_former_issues
from worker.store.related import add_related, list_related
from worker.store.schema import escalations, members


@dataclass(frozen=True, kw_only=True, slots=True)
class Brief:
    """The text that went out with the issue; `cut` when the issue carries less than the whole."""

    markdown: str
    cut: bool


def add_escalation(connection: Connection, escalation: Escalation) -> None:
    """A new escalation with its tickets, in the transaction of the ticket that needs it."""
    connection.execute(escalations.insert().values(**_spell_escalation(escalation)))
    for ticket_id in escalation.tickets:
        add_member(connection, escalation.id, ticket_id, escalation.created_at)
    add_related(connection, escalation.id, escalation.related, escalation.created_at)


def add_member(connection: Connection, escalation_id: str, ticket_id: int, now: datetime) -> None:
    """Joins a ticket to an escalation; raises IntegrityError when it belongs to another open one."""
    connection.execute(members.insert().values(escalation_id=escalation_id, ticket_id=ticket_id, joined_at=now))


def leave_escalation(
    connection: Connection, escalation_id: str, ticket_id: int, now: datetime, *, moved_to: int | None = None
) -> None:
    """Ends a ticket's membership, and its customer's clock; `moved_to` is the ticket that takes its place."""
    connection.execute(
        update(members).where(*_is_member(escalation_id, ticket_id)).values(left_at=now, moved_to=moved_to)
    )
    drop_clock(connection, escalation_id, ticket_id)


def is_member(connection: Connection, escalation_id: str, ticket_id: int) -> bool:
    """True while the ticket belongs to the escalation."""
    return connection.execute(select(members.c.id).where(*_is_member(escalation_id, ticket_id))).first() is not None


def save_fate(connection: Connection, escalation_id: str, fate: MemberFate) -> None:
    """Keeps the last turn of a ticket that belongs to an escalation."""
    connection.execute(
        update(members)
        .where(*_is_member(escalation_id, fate.ticket_id))
        .values(
            fate=fate.fate.value,
            fate_turn=fate.turn,
            fate_other=fate.other,
            fate_detail=fate.detail,
        )
    )


def find_last_escalation(connection: Connection, ticket_id: int) -> Escalation | None:
    """The escalation that a ticket was part of last, over or not."""
    row = connection.execute(
        select(members.c.escalation_id).where(members.c.ticket_id == ticket_id).order_by(members.c.id.desc()).limit(1)
    ).first()
    return read_escalation(connection, row.escalation_id) if row else None


def find_inheritances(connection: Connection, ticket_ids: Sequence[int]) -> dict[int, Escalation]:
    """The open escalation that each of these tickets takes over from one that was merged into it.

    Not one that it belongs to, or left before.
    """
    rows = connection.execute(
        select(members.c.moved_to, members.c.escalation_id)
        .where(members.c.moved_to.in_(list(ticket_ids)), members.c.left_at.is_not(None))
        .order_by(members.c.id)
    ).all()
    found: dict[int, Escalation] = {}
    for row in rows:
        escalation = read_escalation(connection, row.escalation_id)
        if escalation is None or escalation.state is not EscalationState.OPEN:
            continue
        if row.moved_to not in _list_ever(connection, escalation.id):
            found.setdefault(row.moved_to, escalation)
    return found


def find_successor(connection: Connection, escalation_id: str) -> Escalation | None:
    """The open escalation in which the tickets of one that has none left go on."""
    rows = connection.execute(
        select(members.c.ticket_id, members.c.moved_to).where(members.c.escalation_id == escalation_id)
    ).all()
    ids = [row.moved_to or row.ticket_id for row in rows]
    found = [one for one in find_by_tickets(connection, ids).values() if one.id != escalation_id]
    return min(found, key=lambda one: (one.created_at, one.id), default=None)


def save_course(connection: Connection, escalation_id: str, course: Course, now: datetime) -> None:
    """Keeps where an escalation stands."""
    change_escalation(connection, escalation_id, now, **_spell_course(course))


def lower_severity(connection: Connection, moved: Escalation, known_revision: int, now: datetime) -> bool:
    """Writes a lower severity unless a ticket has changed it meanwhile; True when it was written."""
    done = connection.execute(
        update(escalations)
        .where(escalations.c.id == moved.id, escalations.c.revision == known_revision)
        .values(
            severity=moved.severity.value,
            revision=moved.revision,
            deadline=moved.deadline,
            severity_reasons=json.dumps(moved.severity_reasons),
            updated_at=now,
        )
    )
    return done.rowcount == 1


def close_escalation(connection: Connection, escalation_id: str, now: datetime) -> None:
    """The escalation is over; its tickets are free for another one."""
    change_escalation(connection, escalation_id, now, state=EscalationState.CLOSED, closed_at=now, stage=Stage.CLOSED)
    connection.execute(
        update(members)
        .where(members.c.escalation_id == escalation_id, members.c.left_at.is_(None))
        .values(left_at=now)
    )
    stop_clocks(connection, escalation_id, "the escalation is closed", now)


def reopen_escalation(connection: Connection, closed: Escalation, now: datetime) -> None:
    """The escalation goes on with those of its last tickets that belong to no other one meanwhile."""
    change_escalation(connection, closed.id, now, state=EscalationState.OPEN, closed_at=None)
    last = list_last_members(connection, closed)
    taken = find_by_tickets(connection, last)
    connection.execute(
        update(members)
        .where(
            members.c.escalation_id == closed.id,
            members.c.left_at == closed.closed_at,
            members.c.ticket_id.in_([ticket_id for ticket_id in last if ticket_id not in taken]),
        )
        .values(left_at=None)
    )


def list_last_members(connection: Connection, closed: Escalation) -> tuple[int, ...]:
    """Ids of the tickets that an escalation had when it was closed."""
    rows = connection.execute(
        select(members.c.ticket_id)
        .where(members.c.escalation_id == closed.id, members.c.left_at == closed.closed_at)
        .order_by(members.c.id)
    )
    return tuple(row.ticket_id for row in rows)


def find_past(connection: Connection, ticket_ids: Sequence[int]) -> dict[int, Escalation]:
    """The last escalation of each of these tickets that had it until it was closed."""
    rows = connection.execute(
        select(members.c.ticket_id, members.c.escalation_id)
        .join(escalations, escalations.c.id == members.c.escalation_id)
        .where(
            members.c.ticket_id.in_(list(ticket_ids)),
            escalations.c.state == EscalationState.CLOSED.value,
            members.c.left_at == escalations.c.closed_at,
        )
        .order_by(members.c.id)
    ).all()
    last = {row.ticket_id: row.escalation_id for row in rows}
    read = {escalation_id: read_escalation(connection, escalation_id) for escalation_id in set(last.values())}
    found = {ticket_id: read[escalation_id] for ticket_id, escalation_id in last.items()}
    return {ticket_id: escalation for ticket_id, escalation in found.items() if escalation is not None}


def read_escalation(connection: Connection, escalation_id: str) -> Escalation | None:
    """The escalation with this id."""
    row = connection.execute(select(escalations).where(escalations.c.id == escalation_id)).first()
    return _read_row(connection, row) if row else None


def find_by_tickets(connection: Connection, ticket_ids: Sequence[int]) -> dict[int, Escalation]:
    """The open escalation of each ticket that has one."""
    rows = connection.execute(
        select(members.c.ticket_id, members.c.escalation_id).where(
            members.c.ticket_id.in_(list(ticket_ids)), members.c.left_at.is_(None)
        )
    ).all()
    found: dict[int, Escalation] = {}
    for row in rows:
        escalation = read_escalation(connection, row.escalation_id)
        if escalation is not None and escalation.state is EscalationState.OPEN:
            found[row.ticket_id] = escalation
    return found


def find_by_pattern(connection: Connection, view: PatternView) -> tuple[Escalation, ...]:
    """The open escalations of a pattern and of its tickets, oldest first."""
    owned = select(members.c.escalation_id).where(
        members.c.ticket_id.in_(list(view.tickets)), members.c.left_at.is_(None)
    )
    rows = connection.execute(
        select(escalations)
        .where(
            (escalations.c.pattern_id == view.id) | escalations.c.id.in_(owned),
            escalations.c.state == EscalationState.OPEN.value,
        )
        .order_by(escalations.c.created_at, escalations.c.id)
    ).all()
    return tuple(_read_row(connection, row) for row in rows)


def change_escalation(connection: Connection, escalation_id: str, now: datetime, **values: Any) -> None:
    """Writes these columns of an escalation."""
    connection.execute(
        update(escalations).where(escalations.c.id == escalation_id).values(updated_at=now, **_plain(values))
    )


def change_running(connection: Connection, known: Escalation, now: datetime, **values: Any) -> None:
    """The same, unless the escalation went to another team since it was read as `known`; it is then read again."""
    connection.execute(
        update(escalations)
        .where(escalations.c.id == known.id, escalations.c.moves == known.moves)
        .values(updated_at=now, **_plain(values))
    )


def save_moving(connection: Connection, escalation: Escalation, now: datetime) -> None:
    """Keeps the change of target that is to come, with the severity that it goes with."""
    assert escalation.moving is not None  # noqa: S101 - see the decision
    change_running(
        connection,
        escalation,
        now,
        moving_to=escalation.moving.target,
        moving_reasons=json.dumps(escalation.moving.reasons),
        severity=escalation.severity,
        deadline=escalation.deadline,
    )


def save_issue(
    connection: Connection, escalation_id: str, issue: IssueRef, severity: Severity, now: datetime
) -> None:
    """Commits the identity of the issue that was opened (or found again) for an escalation."""
    change_escalation(
        connection,
        escalation_id,
        now,
        issue_id=issue.id,
        issue_key=issue.key,
        issue_severity=severity,
    )


def save_shown(connection: Connection, escalation_id: str, ticket_ids: Sequence[int], now: datetime) -> None:
    """Keeps which tickets the issue was told of."""
    change_escalation(connection, escalation_id, now, shown=json.dumps(sorted(ticket_ids)))


def save_brief(connection: Connection, escalation_id: str, brief: Brief, now: datetime) -> None:
    """Keeps the whole brief that an issue was opened with."""
    change_escalation(connection, escalation_id, now, brief=brief.markdown, brief_cut=brief.cut)


def read_brief(connection: Connection, escalation_id: str) -> Brief | None:
    """The brief that was kept, if any."""
    row = connection.execute(
        select(escalations.c.brief, escalations.c.brief_cut).where(escalations.c.id == escalation_id)
    ).first()
    return Brief(markdown=row.brief, cut=row.brief_cut) if row and row.brief is not None else None


def save_seen_issue(connection: Connection, escalation_id: str, issue: Issue, now: datetime) -> None:
    """Keeps what the issue looked like when it was last read."""
    change_escalation(
        connection,
        escalation_id,
        now,
        issue_id=issue.id,
        issue_key=issue.key,
        issue_status=issue.status,
        issue_category=issue.category,
        issue_resolution=issue.resolution,
        issue_assignee=issue.assignee,
        issue_priority=issue.priority,
        issue_seen_at=now,
        issue_missing_since=None,
    )


def read_issue_seen(connection: Connection, escalation_id: str) -> datetime | None:
    """When the escalation's issue was last read."""
    return connection.execute(select(escalations.c.issue_seen_at).where(escalations.c.id == escalation_id)).scalar()


def list_members(connection: Connection, escalation_id: str) -> tuple[int, ...]:
    """Ids of the tickets that belong to an escalation now."""
    rows = connection.execute(
        select(members.c.ticket_id)
        .where(members.c.escalation_id == escalation_id, members.c.left_at.is_(None))
        .order_by(members.c.id)
    )
    return tuple(row.ticket_id for row in rows)


def list_fates(connection: Connection, escalation_id: str) -> tuple[MemberFate, ...]:
    """The last turn of each ticket that is or was part of an escalation."""
    rows = connection.execute(
        select(members)
        .where(members.c.escalation_id == escalation_id, members.c.fate.is_not(None))
        .order_by(members.c.id)
    )
    return tuple(
        MemberFate(
            ticket_id=row.ticket_id,
            fate=Fate(row.fate),
            turn=row.fate_turn,
            other=row.fate_other,
            detail=row.fate_detail,
        )
        for row in rows
    )


def find_by_key(connection: Connection, key: str) -> Escalation | None:
    """The escalation whose issue has this key: the open one, else the last, else the one that left it behind."""
    rows = connection.execute(
        select(escalations)
        .where(escalations.c.issue_key == key.upper())
        .order_by(escalations.c.state == EscalationState.OPEN.value, escalations.c.created_at)
    ).all()
    if rows:
        return _read_row(connection, rows[-1])
    leaver = find_leaver(connection, key)
    return read_escalation(connection, leaver) if leaver else None


def list_open(connection: Connection) -> tuple[Escalation, ...]:
    """The open escalations, oldest first."""
    rows = connection.execute(
        select(escalations)
        .where(escalations.c.state == EscalationState.OPEN.value)
        .order_by(escalations.c.created_at, escalations.c.id)
    ).all()
    return tuple(_read_row(connection, row) for row in rows)


def list_escalations(connection: Connection) -> tuple[Escalation, ...]:
    """All escalations, oldest first."""
    rows = connection.execute(select(escalations).order_by(escalations.c.created_at, escalations.c.id)).all()
    return tuple(_read_row(connection, row) for row in rows)


def _is_member(escalation_id: str, ticket_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        members.c.escalation_id == escalation_id,
        members.c.ticket_id == ticket_id,
        members.c.left_at.is_(None),
    )


def _list_ever(connection: Connection, escalation_id: str) -> frozenset[int]:
    rows = connection.execute(select(members.c.ticket_id).where(members.c.escalation_id == escalation_id))
    return frozenset(row.ticket_id for row in rows)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: getattr(value, "value", value) for name, value in values.items()}


def _spell_escalation(escalation: Escalation) -> dict[str, Any]:
    return {
        "id": escalation.id,
        "state": escalation.state.value,
        "target": escalation.target.value,
        "severity": escalation.severity.value,
        "revision": escalation.revision,
        "sightings": escalation.sightings,
        "title": escalation.title,
        "reasons": json.dumps(escalation.reasons),
        "deadline": escalation.deadline,
        "issue_id": escalation.issue.id if escalation.issue else None,
        "issue_key": escalation.issue.key if escalation.issue else None,
        "adopted": escalation.adopted,
        "adopt_key": escalation.adopt_key,
        "brief_cut": False,
        "policy_digest": escalation.policy_digest,
        "created_at": escalation.created_at,
        "updated_at": escalation.created_at,
        "pattern_id": escalation.pattern_id,
        "shown": json.dumps(escalation.shown),
        "answered_at": escalation.answered_at,
        "heard_until": escalation.heard_until,
        "severity_reasons": json.dumps(escalation.severity_reasons),
        "lower_since": escalation.lower_since,
        **_spell_course(escalation.course),
    }


def _spell_course(course: Course) -> dict[str, Any]:
    return {
        "stage": course.stage.value,
        "stage_at": course.since,
        "stage_turn": course.turn,
        "stage_mark": course.mark,
        "happening": course.happening.value if course.happening else None,
        "stage_reasons": json.dumps(course.reasons),
        "outcome": course.outcome.value if course.outcome else None,
    }


def _read_course(row: Any) -> Course:
    return Course(
        stage=Stage(row.stage),
        since=row.stage_at,
        turn=row.stage_turn,
        mark=row.stage_mark or "",
        happening=Happening(row.happening) if row.happening else None,
        reasons=tuple(json.loads(row.stage_reasons)) if row.stage_reasons else (),
        outcome=Outcome(row.outcome) if row.outcome else None,
    )


def _read_row(connection: Connection, row: Any) -> Escalation:
    return Escalation(
        id=row.id,
        state=EscalationState(row.state),
        target=Target(row.target),
        severity=Severity(row.severity),
        revision=row.revision,
        sightings=row.sightings,
        title=row.title,
        reasons=tuple(json.loads(row.reasons)),
        deadline=row.deadline,
        issue=IssueRef(id=row.issue_id, key=row.issue_key) if row.issue_id else None,
        adopted=row.adopted,
        adopt_key=row.adopt_key,
        issue_severity=Severity(row.issue_severity) if row.issue_severity else None,
        issue_status=row.issue_status,
        issue_category=StatusCategory(row.issue_category) if row.issue_category else None,
        issue_resolution=row.issue_resolution,
        issue_assignee=row.issue_assignee,
        issue_priority=row.issue_priority,
        issue_missing_since=row.issue_missing_since,
        issue_exposed=row.issue_exposed,
        twins=list_twins(connection, row.id),
        related=list_related(connection, row.id),
        tickets=list_members(connection, row.id),
        fates=list_fates(connection, row.id),
        policy_digest=row.policy_digest,
        created_at=row.created_at,
        closed_at=row.closed_at,
        pattern_id=row.pattern_id,
        shown=tuple(json.loads(row.shown)) if row.shown else (),
        course=_read_course(row),
        answered_at=row.answered_at,
        heard_until=row.heard_until,
        severity_reasons=tuple(json.loads(row.severity_reasons)) if row.severity_reasons else (),
        lower_since=row.lower_since,
        moves=row.moves,
        problem_ticket=row.problem_ticket,
        moving=Move(target=Target(row.moving_to), reasons=tuple(json.loads(row.moving_reasons)))
        if row.moving_to
        else None,
        former=list_former_issues(connection, row.id) if row.moves else (),
    )
