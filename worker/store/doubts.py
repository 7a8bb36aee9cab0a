"""Creates that were once uncertain, and the issues that turned out to be one too many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from connectors.records import IssueRef
from worker.core.copies import Twin
from worker.store.effects import EffectState
from worker.store.insertion import insert_into
from worker.store.schema import doubts, effects, escalations, former_issues, twins

_NUMBERED = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class UncertainCreate:
    """An escalation's create was uncertain at `since` first. `resent_at`: a second request went out after that.

    `sweep_at` is when to look for a second issue next; None when that is over.
    """

    since: datetime
    resent_at: datetime | None = None
    sweep_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownIssue:
    """An issue that we opened, and the id of its escalation."""

    escalation_id: str
    issue: IssueRef


def add_doubt(connection: Connection, escalation_id: str, *, now: datetime, sweep_at: datetime) -> None:
    """The outcome of this escalation's create is unknown; only the first time counts."""
    insertion = insert_into(connection, doubts).values(escalation_id=escalation_id, since=now, sweep_at=sweep_at)
    connection.execute(insertion.on_conflict_do_nothing(index_elements=["escalation_id"]))


def note_resent(connection: Connection, escalation_id: str, now: datetime) -> bool:
    """Another create goes out; True when an earlier one was uncertain, so that there may be two issues."""
    noted = connection.execute(update(doubts).where(doubts.c.escalation_id == escalation_id).values(resent_at=now))
    return noted.rowcount == 1


def set_sweep(connection: Connection, escalation_id: str, sweep_at: datetime | None) -> None:
    """When to look for a second issue next; None ends it."""
    connection.execute(update(doubts).where(doubts.c.escalation_id == escalation_id).values(sweep_at=sweep_at))


def read_doubt(connection: Connection, escalation_id: str) -> UncertainCreate | None:
    """What is known of an uncertain create, if there ever was one."""
    row = connection.execute(
        select(doubts.c.since, doubts.c.resent_at, doubts.c.sweep_at).where(doubts.c.escalation_id == escalation_id)
    ).first()
    return UncertainCreate(since=row.since, resent_at=row.resent_at, sweep_at=row.sweep_at) if row else None


def add_twins(connection: Connection, escalation_id: str, found: Sequence[Twin], now: datetime) -> None:
    """Keeps the issues that are stood down; one that is known already stays as it was."""
    for twin in found:
        insertion = insert_into(connection, twins).values(
            escalation_id=escalation_id,
            issue_id=twin.issue.id,
            issue_key=twin.issue.key,
            touched=twin.touched,
            exposed=twin.exposed,
            found_at=now,
        )
        connection.execute(insertion.on_conflict_do_nothing(index_elements=["escalation_id", "issue_id"]))


def list_twins(connection: Connection, escalation_id: str) -> tuple[Twin, ...]:
    """The issues of an escalation that were stood down, in the order in which they were found."""
    rows = connection.execute(
        select(twins).where(twins.c.escalation_id == escalation_id).order_by(twins.c.found_at, twins.c.issue_id)
    ).all()
    return tuple(
        Twin(issue=IssueRef(id=row.issue_id, key=row.issue_key), touched=row.touched, exposed=row.exposed)
        for row in rows
    )


def find_canary(connection: Connection, opened_before: datetime, besides: str) -> KnownIssue | None:
    """The newest issue that we opened before an instant and still see, of another escalation than `besides`.

    None of one that changed its target: its create may be of another issue than the one that it has now.
    """
    row = connection.execute(
        select(escalations.c.id, escalations.c.issue_id, escalations.c.issue_key)
        .join(effects, effects.c.subject_id == escalations.c.id)
        .where(
            effects.c.kind == "issue.open",
            effects.c.state == EffectState.DONE.value,
            effects.c.finished_at <= opened_before,
            escalations.c.id != besides,
            escalations.c.moves == 0,
            escalations.c.issue_id.is_not(None),
            escalations.c.issue_missing_since.is_(None),
        )
        .order_by(effects.c.finished_at.desc())
        .limit(1)
    ).first()
    return KnownIssue(escalation_id=row.id, issue=IssueRef(id=row.issue_id, key=row.issue_key)) if row else None


def find_last_number(connection: Connection, project: str) -> int:
    """The highest issue number of a project that we know of; 0 when we know none."""
    rows = connection.execute(
        select(escalations.c.issue_key)
        .where(escalations.c.issue_key.startswith(f"{project}-", autoescape=True))
        .order_by(escalations.c.created_at.desc())
        .limit(_NUMBERED)
    ).all()
    left = connection.execute(
        select(former_issues.c.issue_key)
        .where(former_issues.c.issue_key.startswith(f"{project}-", autoescape=True))
        .order_by(former_issues.c.left_at.desc())
        .limit(_NUMBERED)
    ).all()
    numbers = [row.issue_key.rpartition("-")[2] for row in (*rows, *left)]
    return max((int(number) for number in numbers if number.isascii() and number.isdigit()), default=0)
