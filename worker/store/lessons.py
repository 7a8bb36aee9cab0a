"""Lessons: what was learned from an escalation, who said so where, and which later tickets they are for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, exists, select

from worker.core.escalation import EscalationState
from worker.core.life import Stage
from worker.store.insertion import add_new
from worker.store.patterns import PatternStanding
from worker.store.schema import escalations, lessons, members, pattern_reports, patterns


class LessonSource(StrEnum):
    """Where a lesson was said: in an internal note, in a comment on the issue, or to the command line."""

    NOTE = "note"
    COMMENT = "comment"
    COMMAND = "command"


@dataclass(frozen=True, kw_only=True, slots=True)
class LessonRow:
    """One lesson. `source_id` names the note, comment or command, so that each is kept once."""

    source: LessonSource
    source_id: str
    text: str
    by: str
    at: datetime
    ticket_id: int | None = None
    escalation_id: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Related:
    """A closed escalation of another ticket about the same problem, and what was learned from it.

    `is_sure` when the two stand in a pattern that was raised or confirmed, and do not only resemble each other.
    """

    escalation_id: str
    ticket_id: int
    issue_id: str | None
    issue_key: str | None
    target: str
    opened_at: datetime
    closed_at: datetime
    outcome: str | None
    is_sure: bool
    lessons: tuple[str, ...] = ()


def add_lessons(connection: Connection, escalation_id: str, found: Sequence[LessonRow]) -> int:
    """Keeps those that are new; returns how many were."""
    rows = [
        {
            "escalation_id": escalation_id,
            "source": lesson.source.value,
            "source_id": lesson.source_id,
            "ticket_id": lesson.ticket_id,
            "text": lesson.text,
            "by": lesson.by,
            "at": lesson.at,
        }
        for lesson in found
    ]
    return add_new(connection, lessons, rows)


def list_lessons(connection: Connection, escalation_id: str | None = None) -> tuple[LessonRow, ...]:
    """The lessons of an escalation, or all, oldest first."""
    chosen = select(lessons).order_by(lessons.c.id)
    if escalation_id is not None:
        chosen = chosen.where(lessons.c.escalation_id == escalation_id)
    return tuple(
        LessonRow(
            escalation_id=row.escalation_id,
            source=LessonSource(row.source),
            source_id=row.source_id,
            ticket_id=row.ticket_id,
            text=row.text,
            by=row.by,
            at=row.at,
        )
        for row in connection.execute(chosen)
    )


def list_unlearned(connection: Connection) -> tuple[str, ...]:
    """Ids of the escalations that ended without a lesson, oldest first; not those that another one continues."""
    learned = select(lessons.c.escalation_id)
    had_tickets = exists().where(
        members.c.escalation_id == escalations.c.id, members.c.left_at == escalations.c.closed_at
    )
    rows = connection.execute(
        select(escalations.c.id)
        .where(
            escalations.c.state == EscalationState.CLOSED.value,
            escalations.c.stage == Stage.CLOSED.value,
            escalations.c.stage_turn > 0,
            escalations.c.id.not_in(learned),
            had_tickets,
        )
        .order_by(escalations.c.closed_at, escalations.c.id)
    )
    return tuple(row.id for row in rows)


def find_related(connection: Connection, ticket_ids: Sequence[int]) -> dict[int, tuple[Related, ...]]:
    """For each of these tickets the closed escalations of other tickets that are taken for the same problem."""
    mine, theirs = pattern_reports.alias("mine"), pattern_reports.alias("theirs")
    rows = connection.execute(
        select(mine.c.ticket_id.label("wanted"), theirs.c.ticket_id, patterns.c.standing, escalations)
        .select_from(
            mine.join(theirs, theirs.c.pattern_id == mine.c.pattern_id)
            .join(patterns, patterns.c.id == mine.c.pattern_id)
            .join(members, members.c.ticket_id == theirs.c.ticket_id)
            .join(escalations, escalations.c.id == members.c.escalation_id)
        )
        .where(
            mine.c.ticket_id.in_(list(ticket_ids)),
            theirs.c.ticket_id != mine.c.ticket_id,
            escalations.c.state == EscalationState.CLOSED.value,
            escalations.c.stage == Stage.CLOSED.value,
            members.c.left_at == escalations.c.closed_at,
        )
        .order_by(escalations.c.closed_at, escalations.c.id, theirs.c.ticket_id)
    ).all()
    texts = _read_texts(connection, {row.id for row in rows})
    found: dict[int, dict[str, Related]] = {}
    for row in rows:
        related = Related(
            escalation_id=row.id,
            ticket_id=row.ticket_id,
            issue_id=row.issue_id,
            issue_key=row.issue_key,
            target=row.target,
            opened_at=row.created_at,
            closed_at=row.closed_at,
            outcome=row.outcome,
            is_sure=PatternStanding(row.standing).acts,
            lessons=texts.get(row.id, ()),
        )
        found.setdefault(row.wanted, {}).setdefault(row.id, related)
    return {ticket_id: tuple(related.values()) for ticket_id, related in found.items()}


def _read_texts(connection: Connection, escalation_ids: set[str]) -> dict[str, tuple[str, ...]]:
    texts: dict[str, tuple[str, ...]] = {}
    for row in connection.execute(
        select(lessons.c.escalation_id, lessons.c.text)
        .where(lessons.c.escalation_id.in_(sorted(escalation_ids)))
        .order_by(lessons.c.id)
    ):
        texts[row.escalation_id] = (*texts.get(row.escalation_id, ()), row.text)
    return texts
