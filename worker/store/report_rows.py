"""The escalations of a time with what a report counts of each, in a handful of statements."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, String, cast, func, select

from mappings.environment import NOT_KNOWN
from worker.core.assessment import Severity, Target
from worker.core.escalation import EscalationState
from worker.core.life import Happening
from worker.core.reporting import Past
from worker.store.effects import EffectState
from worker.store.lessons import list_unlearned
from worker.store.schema import audit, effects, escalations, members, tickets, tidings
from worker.store.subjects import SubjectKind
from worker.store.tidings import TidingKind

MOST = 5000
"""A report tells of so many escalations at most, the newest."""

_MOST_BRIEFS = 500
_DECLINED = frozenset({Happening.ISSUE_DECLINED.value})
_REOPENED = frozenset({Happening.ISSUE_REOPENED.value, Happening.DENIED.value, Happening.WORSENED.value})


def list_past(connection: Connection, since: datetime, until: datetime) -> tuple[Past, ...]:
    """The escalations that were made in a time, the newest first."""
    rows = connection.execute(
        select(
            escalations.c.id,
            escalations.c.target,
            escalations.c.severity,
            escalations.c.created_at,
            escalations.c.closed_at,
        )
        .where(
            escalations.c.created_at >= since,
            escalations.c.created_at < until,
            escalations.c.state.in_([state.value for state in EscalationState]),
        )
        .order_by(escalations.c.created_at.desc())
        .limit(MOST)
    ).all()
    ids = [row.id for row in rows]
    reported, handed = _find_reported(connection, since), _find_handed(connection, since)
    asked, answered = _count_asked(connection, since), _find_answers(connection, since)
    due, late = _count_words(connection, since)
    gaps = _count_gaps(connection, [escalation_id for escalation_id in ids if escalation_id in answered])
    steps = _find_steps(connection, since)
    unlearned = frozenset(list_unlearned(connection)) if ids else frozenset()
    return tuple(
        Past(
            id=row.id,
            target=Target(row.target),
            severity=Severity(row.severity),
            created_at=row.created_at,
            closed_at=row.closed_at,
            reported_at=reported.get(row.id),
            handed_at=handed.get(row.id),
            answered_at=_find_first(answered.get(row.id, ()), handed.get(row.id)),
            gaps=gaps.get(row.id),
            asked=asked[row.id],
            words_due=due[row.id],
            words_late=late[row.id],
            declined=bool(steps.get(row.id, frozenset()) & _DECLINED),
            reopened=bool(steps.get(row.id, frozenset()) & _REOPENED),
            unlearned=row.id in unlearned,
        )
        for row in rows
    )


def _count_gaps(connection: Connection, escalation_ids: Sequence[str]) -> dict[str, int]:
    """How many parts the brief of each of the newest of these had to ask for."""
    marks = func.length(escalations.c.brief) - func.length(func.replace(escalations.c.brief, NOT_KNOWN, ""))
    rows = connection.execute(
        select(escalations.c.id, (marks / len(NOT_KNOWN)).label("gaps")).where(
            escalations.c.id.in_(list(escalation_ids[:_MOST_BRIEFS])), escalations.c.brief.is_not(None)
        )
    )
    return {row.id: int(row.gaps) for row in rows}


def _find_first(instants: Sequence[datetime], since: datetime | None) -> datetime | None:
    return next((instant for instant in instants if since is not None and instant >= since), None)


def _find_reported(connection: Connection, since: datetime) -> dict[str, datetime]:
    """When the earliest ticket of each escalation was made."""
    rows = connection.execute(
        select(members.c.escalation_id, func.min(tickets.c.opened_at).label("at"))
        .join(tickets, tickets.c.id == members.c.ticket_id)
        .join(escalations, escalations.c.id == members.c.escalation_id)
        .where(escalations.c.created_at >= since, tickets.c.opened_at.is_not(None))
        .group_by(members.c.escalation_id)
    )
    return {row.escalation_id: row.at for row in rows}


def _find_handed(connection: Connection, since: datetime) -> dict[str, datetime]:
    rows = connection.execute(
        select(effects.c.subject_id, func.min(effects.c.finished_at).label("at"))
        .where(
            effects.c.finished_at >= since,
            effects.c.kind == "issue.open",
            effects.c.state == EffectState.DONE.value,
            effects.c.subject_kind == SubjectKind.ESCALATION.value,
        )
        .group_by(effects.c.subject_id)
    )
    return {row.subject_id: row.at for row in rows}


def _find_answers(connection: Connection, since: datetime) -> dict[str, list[datetime]]:
    """When each team said something, in order of time."""
    rows = connection.execute(
        select(tidings.c.escalation_id, tidings.c.at)
        .join(escalations, escalations.c.id == tidings.c.escalation_id)
        .where(tidings.c.kind == TidingKind.ANSWERED.value, escalations.c.created_at >= since)
        .order_by(tidings.c.at)
    )
    found: dict[str, list[datetime]] = {}
    for row in rows:
        found.setdefault(row.escalation_id, []).append(row.at)
    return found


def _count_asked(connection: Connection, since: datetime) -> Counter[str]:
    rows = connection.execute(
        select(tidings.c.escalation_id, func.count())
        .join(escalations, escalations.c.id == tidings.c.escalation_id)
        .where(tidings.c.kind == TidingKind.ASKED.value, escalations.c.created_at >= since)
        .group_by(tidings.c.escalation_id)
    )
    return Counter({row[0]: row[1] for row in rows})


def _count_words(connection: Connection, since: datetime) -> tuple[Counter[str], Counter[str]]:
    """(words that fell due, words that were overdue) by escalation; a wait that went late counts once in each."""
    keys = connection.execute(
        select(effects.c.key).where(
            effects.c.finished_at >= since,
            effects.c.kind == "ticket.update",
            cast(effects.c.key, String).like("draft:%"),
            effects.c.state == EffectState.DONE.value,
        )
    ).scalars()
    due, late = set[tuple[str, str]](), set[tuple[str, str]]()
    for key in keys:
        wait, _, step = key.rpartition(":")
        escalation_id = wait.split(":")[1]
        due.add((escalation_id, wait))
        if step == "overdue":
            late.add((escalation_id, wait))
    return Counter(one for one, _ in due), Counter(one for one, _ in late)


def _find_steps(connection: Connection, since: datetime) -> dict[str, frozenset[str]]:
    """What happened in the life of each escalation."""
    rows = connection.execute(
        select(audit.c.subject_id, audit.c.data).where(audit.c.event == "stepped", audit.c.at >= since)
    )
    found: dict[str, frozenset[str]] = {}
    for row in rows:
        happening = str(json.loads(row.data).get("happening"))
        found[row.subject_id] = found.get(row.subject_id, frozenset()) | {happening}
    return found
