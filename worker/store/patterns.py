"""Patterns: what is kept of each report and each group, so that a restart reads rows and encodes nothing again."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, delete, func, select, update

from worker.core.patterns.report import Group, Lane, Member
from worker.store.codec import RecordCodec
from worker.store.insertion import insert_into
from worker.store.schema import pattern_reports, patterns

_MEMBERS = RecordCodec(Member)


class PatternStanding(StrEnum):
    """What a pattern is taken for.

    forming: too few customers, or too doubtful. suggested: a person is asked. raised: sure enough to act. confirmed,
    rejected, muted: a person said so (a muted one is an everyday request and stays silent).
    """

    FORMING = "forming"
    SUGGESTED = "suggested"
    RAISED = "raised"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    MUTED = "muted"

    @property
    def acts(self) -> bool:
        """True when its tickets share an escalation."""
        return self in {PatternStanding.RAISED, PatternStanding.CONFIRMED}


@dataclass(frozen=True, kw_only=True, slots=True)
class PatternRow:
    """A pattern as stored. `customers` and `tickets` count what stood in the window at its last report."""

    id: str
    standing: PatternStanding
    group: Group
    tickets: int
    customers: int
    score: float | None
    by_meaning: bool
    first_at: datetime
    last_at: datetime
    explanation: Mapping[str, object] | None
    decided_by: str | None
    decided_reason: str | None
    decided_at: datetime | None
    policy_digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportRow:
    """A report as stored: the ticket, whose it is, and all that detection keeps of it."""

    ticket_id: int
    pattern_id: str
    customer_name: str
    member: Member


def save_report(connection: Connection, report: ReportRow) -> None:
    """Keeps a report; one that is known stays as it is."""
    member = report.member
    insertion = insert_into(connection, pattern_reports).values(
        ticket_id=report.ticket_id,
        pattern_id=report.pattern_id,
        customer=member.customer[:255],
        customer_name=report.customer_name[:255],
        at=member.at,
        member=_MEMBERS.pack(replace(member, meaning=b"")),
        vector=member.meaning,
    )
    connection.execute(insertion.on_conflict_do_nothing(index_elements=["ticket_id"]))


def read_members(connection: Connection, since: datetime) -> Iterator[Member]:
    """What was kept of each report created since an instant, in the order in which they came."""
    rows = connection.execute(
        select(pattern_reports.c.member, pattern_reports.c.vector, pattern_reports.c.pattern_id)
        .where(pattern_reports.c.at >= since)
        .order_by(pattern_reports.c.position)
    )
    for row in rows:
        yield replace(_MEMBERS.unpack(row.member), meaning=row.vector, group=row.pattern_id)


def read_report(connection: Connection, ticket_id: int) -> ReportRow | None:
    """What was kept of a ticket's report."""
    row = connection.execute(select(pattern_reports).where(pattern_reports.c.ticket_id == ticket_id)).first()
    return _read_report(row) if row else None


def list_reports(connection: Connection, pattern_id: str) -> tuple[ReportRow, ...]:
    """The reports of a pattern and of those that became part of it, oldest first."""
    ids = [pattern_id, *_list_parts(connection, pattern_id)]
    rows = connection.execute(
        select(pattern_reports).where(pattern_reports.c.pattern_id.in_(ids)).order_by(pattern_reports.c.at)
    ).all()
    return tuple(_read_report(row) for row in rows)


def find_pattern_of(connection: Connection, ticket_id: int) -> PatternRow | None:
    """The pattern that a ticket stands in, followed to the one that it became part of."""
    row = connection.execute(
        select(pattern_reports.c.pattern_id).where(pattern_reports.c.ticket_id == ticket_id)
    ).first()
    return read_pattern(connection, row.pattern_id) if row else None


def read_pattern(connection: Connection, pattern_id: str, *, lock: bool = False) -> PatternRow | None:
    """A pattern, or the one that it became part of; `lock` holds it until the transaction ends."""
    seen: set[str] = set()
    while pattern_id not in seen:
        seen.add(pattern_id)
        wanted = select(patterns).where(patterns.c.id == pattern_id)
        row = connection.execute(wanted.with_for_update() if lock else wanted).first()
        if row is None or not row.part_of:
            return _read_pattern(row) if row else None
        pattern_id = row.part_of
    return None


def list_patterns(connection: Connection, standings: Sequence[PatternStanding], least: int) -> tuple[PatternRow, ...]:
    """The patterns of these standings with at least so many customers, newest first."""
    rows = connection.execute(
        select(patterns).where(*_is_shown(standings, least)).order_by(patterns.c.last_at.desc(), patterns.c.id)
    ).all()
    return tuple(_read_pattern(row) for row in rows)


def list_pattern_page(
    connection: Connection, standings: Sequence[PatternStanding], least: int, *, limit: int, offset: int
) -> tuple[PatternRow, ...]:
    """A part of what `list_patterns` lists."""
    rows = connection.execute(
        select(patterns)
        .where(*_is_shown(standings, least))
        .order_by(patterns.c.last_at.desc(), patterns.c.id)
        .limit(limit)
        .offset(offset)
    )
    return tuple(_read_pattern(row) for row in rows)


def count_patterns(connection: Connection, least: int) -> dict[PatternStanding, int]:
    """How many patterns of each standing have at least so many customers."""
    rows = connection.execute(
        select(patterns.c.standing, func.count())
        .where(*_is_shown(tuple(PatternStanding), least))
        .group_by(patterns.c.standing)
    )
    return {PatternStanding(row[0]): row[1] for row in rows}


def read_groups(connection: Connection, since: datetime) -> tuple[Group, ...]:
    """The groups whose last report was created since an instant."""
    rows = connection.execute(select(patterns).where(patterns.c.last_at >= since)).all()
    return tuple(_read_pattern(row).group for row in rows)


def save_pattern(connection: Connection, pattern: PatternRow, now: datetime) -> None:
    """Stores a pattern as it stands now."""
    values = {
        "id": pattern.id,
        "standing": pattern.standing.value,
        "announced": ",".join(sorted(lane.value for lane in pattern.group.announced)),
        "part_of": pattern.group.part_of,
        "tickets": pattern.tickets,
        "customers": pattern.customers,
        "score": pattern.score,
        "by_meaning": pattern.by_meaning,
        "first_at": pattern.first_at,
        "last_at": pattern.last_at,
        "explanation": json.dumps(pattern.explanation) if pattern.explanation is not None else None,
        "decided_by": pattern.decided_by,
        "decided_reason": pattern.decided_reason,
        "decided_at": pattern.decided_at,
        "policy_digest": pattern.policy_digest,
        "updated_at": now,
    }
    insertion = insert_into(connection, patterns).values(**values)
    changed = {name: insertion.excluded[name] for name in values if name != "id"}
    connection.execute(insertion.on_conflict_do_update(index_elements=["id"], set_=changed))


def regroup_reports(connection: Connection, ticket_ids: Sequence[int], pattern_id: str) -> None:
    """Puts these tickets' reports into a pattern, because a person said so."""
    connection.execute(
        update(pattern_reports).where(pattern_reports.c.ticket_id.in_(list(ticket_ids))).values(pattern_id=pattern_id)
    )


def drop_pattern(connection: Connection, pattern_id: str) -> None:
    """Forgets a pattern that has no ticket left."""
    connection.execute(delete(patterns).where(patterns.c.id == pattern_id))


def _is_shown(standings: Sequence[PatternStanding], least: int) -> tuple[ColumnElement[bool], ...]:
    return (
        patterns.c.standing.in_([standing.value for standing in standings]),
        patterns.c.part_of == "",
        patterns.c.customers >= least,
    )


def _list_parts(connection: Connection, pattern_id: str) -> list[str]:
    found: list[str] = []
    wanted = [pattern_id]
    while wanted:
        rows = connection.execute(select(patterns.c.id).where(patterns.c.part_of.in_(wanted))).all()
        wanted = [row.id for row in rows if row.id not in found and row.id != pattern_id]
        found += wanted
    return found


def _read_report(row: object) -> ReportRow:
    values = row._mapping  # type: ignore[attr-defined]
    member = replace(_MEMBERS.unpack(values["member"]), meaning=values["vector"], group=values["pattern_id"])
    return ReportRow(
        ticket_id=values["ticket_id"],
        pattern_id=values["pattern_id"],
        customer_name=values["customer_name"],
        member=member,
    )


def _read_pattern(row: object) -> PatternRow:
    values = row._mapping  # type: ignore[attr-defined]
    announced = frozenset(Lane(name) for name in values["announced"].split(",") if name)
    return PatternRow(
        id=values["id"],
        standing=PatternStanding(values["standing"]),
        group=Group(
            id=values["id"],
            announced=announced,
            part_of=values["part_of"],
            settled=values["decided_by"] is not None,
        ),
        tickets=values["tickets"],
        customers=values["customers"],
        score=values["score"],
        by_meaning=values["by_meaning"],
        first_at=values["first_at"],
        last_at=values["last_at"],
        explanation=json.loads(values["explanation"]) if values["explanation"] else None,
        decided_by=values["decided_by"],
        decided_reason=values["decided_reason"],
        decided_at=values["decided_at"],
        policy_digest=values["policy_digest"],
    )
