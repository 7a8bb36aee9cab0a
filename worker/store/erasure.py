"""Where a person is found in our rows, and how they are taken out of them."""

import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, LargeBinary, String, Table, and_, delete, func, or_, select, update

from worker.core.erasure import (
    ERASED,
    Identity,
    blank_texts,
    is_involved,
    learn_identity,
    remove_found,
    strip_person,
)
from worker.store.effects import EffectState
from worker.store.schema import (
    audit,
    backfill_tickets,
    clocks,
    effects,
    escalations,
    former_issues,
    inbox,
    lessons,
    members,
    metadata,
    pattern_counts,
    pattern_reports,
    patterns,
    snapshots,
    snoozes,
    tickets,
    tidings,
    wakes,
)
from worker.store.subjects import SubjectKind

_WORD = re.compile(r"\w+")
_STEM = 3
_PAGE = 200
_MANY = 500
_OWN_VECTOR = frozenset({("pattern_reports", "vector")})


@dataclass(frozen=True, kw_only=True, slots=True)
class Traces:
    """Where a person is: tickets of their own, others' tickets that hold words of theirs, and what came of them."""

    identity: Identity
    own: tuple[int, ...]
    involved: tuple[int, ...]
    escalations: tuple[str, ...]
    issues: tuple[str, ...]
    snapshots: int

    @property
    def tickets(self) -> tuple[int, ...]:
        """All tickets that it concerns."""
        return tuple(sorted({*self.own, *self.involved}))


def find_traces(connection: Connection, wanted: Identity, tell: Callable[[int], None]) -> Traces:
    """Reads every kept ticket twice: who the person is, then where they are; `tell` hears how many were read."""
    identity, read = wanted, 0
    for packed in _walk_bodies(connection):
        read += 1
        tell(read)
        if _may_name(packed, identity):
            identity = learn_identity(identity, json.loads(packed).get("people", ()))
    own = {
        row.id
        for row in connection.execute(select(tickets.c.id).where(_is_one_of(tickets.c.requester_id, identity.ids)))
    }
    involved: set[int] = set()
    for packed in _walk_bodies(connection):
        read += 1
        tell(read)
        if _may_name(packed, identity):
            ticket = json.loads(packed)
            if ticket.get("requester_id") in identity.ids:
                own.add(ticket["id"])
            elif is_involved(ticket, identity):
                involved.add(ticket["id"])
    involved -= own
    named = _list_escalations(connection, own | involved)
    return Traces(
        identity=identity,
        own=tuple(sorted(own)),
        involved=tuple(sorted(involved)),
        escalations=tuple(sorted(named)),
        issues=tuple(sorted(key for key in named.values() if key)),
        snapshots=sum(_count(connection, snapshots, snapshots.c.ticket_id.in_(part)) for part in _cut(own)),
    )


def list_unfinished(connection: Connection, traces: Traces) -> tuple[str, ...]:
    """Keys of writes about the person that are still to be made, or whose outcome is unknown."""
    found: list[str] = []
    for condition in _concern(effects.c.subject_kind, effects.c.subject_id, traces):
        is_open = effects.c.state.in_([EffectState.INTENDED.value, EffectState.STARTED.value])
        found += connection.execute(select(effects.c.key).where(condition, is_open)).scalars()
    return tuple(sorted(found))


def erase_tickets(connection: Connection, traces: Traces, now: datetime) -> None:
    """Forgets the person's own tickets, and takes their words out of others' tickets."""
    for part in _cut(traces.own):
        names = [str(ticket_id) for ticket_id in part]
        connection.execute(delete(snapshots).where(snapshots.c.ticket_id.in_(part)))
        connection.execute(
            update(tickets)
            .where(tickets.c.id.in_(part))
            .values(
                subject="",
                snapshot=None,
                assessment=None,
                decision=None,
                requester_id=None,
                organization_id=None,
                next_instant=None,
            )
        )
        connection.execute(
            delete(wakes).where(wakes.c.subject_kind == SubjectKind.TICKET.value, wakes.c.subject_id.in_(names))
        )
        mine = and_(inbox.c.subject_kind == SubjectKind.TICKET.value, inbox.c.subject_id.in_(names))
        reported = and_(inbox.c.subject_kind == SubjectKind.PATTERN.value, inbox.c.dedupe_key.in_(names))
        connection.execute(
            update(inbox).where(or_(mine, reported), inbox.c.consumed_at.is_(None)).values(consumed_at=now, body=None)
        )
    for ticket_id in traces.involved:
        _strip(connection, tickets, tickets.c.id == ticket_id, "snapshot", traces.identity)
        values: dict[str, Any] = {"assessment": None, "decision": None}
        connection.execute(update(tickets).where(tickets.c.id == ticket_id).values(**values))
        _strip(connection, snapshots, snapshots.c.ticket_id == ticket_id, "body", traces.identity)


def erase_words(connection: Connection, traces: Traces) -> None:
    """Takes all texts out of what came of the tickets; what happened, when, to which team and why by code stays."""
    for condition in _concern(audit.c.subject_kind, audit.c.subject_id, traces):
        blank_columns(connection, audit, condition, ("data",))
    for condition in _concern(effects.c.subject_kind, effects.c.subject_id, traces):
        blank_columns(connection, effects, condition, ("payload", "outcome", "error"))
    for part in _cut(traces.tickets):
        blank_columns(connection, backfill_tickets, backfill_tickets.c.ticket_id.in_(part), ("reason",))
        blank_columns(connection, members, members.c.ticket_id.in_(part), ("fate_detail",))
    # A title is the subject of a ticket; that of somebody else's ticket is no word of the person.
    for part in _cut(_list_escalations(connection, traces.own)):
        blank_columns(connection, escalations, escalations.c.id.in_(part), ("title",))
    for part in _cut(traces.escalations):
        columns = ("reasons", "stage_reasons", "severity_reasons", "moving_reasons")
        blank_columns(connection, escalations, escalations.c.id.in_(part), columns)
        blank_columns(connection, former_issues, former_issues.c.escalation_id.in_(part), ("reasons",))
        connection.execute(update(escalations).where(escalations.c.id.in_(part)).values(brief=None))
        blank_columns(connection, tidings, tidings.c.escalation_id.in_(part), ("text",))
        blank_columns(connection, clocks, clocks.c.escalation_id.in_(part), ("reasons",))
        blank_columns(connection, snoozes, snoozes.c.escalation_id.in_(part), ("reason",))
        blank_columns(connection, lessons, lessons.c.escalation_id.in_(part), ("text",))


def erase_reports(connection: Connection, traces: Traces) -> tuple[str, ...]:
    """Forgets the person's reports in patterns, vectors included; the patterns that they stood in."""
    touched: set[str] = set()
    for part in _cut(traces.own):
        reported = pattern_reports.c.ticket_id.in_(part)
        touched |= set(connection.execute(select(pattern_reports.c.pattern_id).where(reported)).scalars())
        connection.execute(delete(pattern_reports).where(reported))
    for names in _cut(touched):
        concerned = or_(patterns.c.id.in_(names), patterns.c.part_of.in_(names))
        connection.execute(update(patterns).where(concerned).values(explanation=None))
    _forget_counts(connection, traces)
    return tuple(sorted(touched))


def sweep_table(database_table: Table, connection: Connection, search: re.Pattern[str]) -> Iterator[tuple[Any, ...]]:
    """The primary keys of the rows in which the search finds something."""
    columns = _list_columns(database_table)
    if not columns:
        return
    keys = list(database_table.primary_key)
    wanted = select(*keys, *(database_table.c[name] for name in columns))
    for row in connection.execution_options(yield_per=_PAGE).execute(wanted):
        if any(_clean(value, search) != value for value in row[len(keys) :]):
            yield tuple(row[: len(keys)])


def clean_row(database_table: Table, connection: Connection, key: Sequence[Any], search: re.Pattern[str]) -> None:
    """Replaces what the search finds in one row."""
    same = and_(*(column == value for column, value in zip(database_table.primary_key, key, strict=True)))
    columns = _list_columns(database_table)
    row = connection.execute(
        select(*(database_table.c[name] for name in columns)).where(same).with_for_update()
    ).first()
    if row is not None:
        values = {name: _clean(value, search) for name, value in zip(columns, row, strict=True)}
        connection.execute(update(database_table).where(same).values(**values))


def blank_columns(connection: Connection, table: Table, condition: Any, columns: Sequence[str]) -> None:
    """Removes every text from these columns of the rows; JSON keeps its shape, its numbers and its codes."""
    keys = list(table.primary_key)
    rows = connection.execute(select(*keys, *(table.c[name] for name in columns)).where(condition)).all()
    for row in rows:
        same = and_(*(column == row[index] for index, column in enumerate(keys)))
        values = {name: _blank(value) for name, value in zip(columns, row[len(keys) :], strict=True)}
        connection.execute(update(table).where(same).values(**values))


def list_tables() -> tuple[Table, ...]:
    """Every table; what detection has counted is no text, and is cleaned by itself."""
    return tuple(table for table in metadata.sorted_tables if table is not pattern_counts)


def _walk_bodies(connection: Connection) -> Iterator[bytes]:
    options = connection.execution_options(yield_per=_PAGE)
    for column in (tickets.c.snapshot, snapshots.c.body):
        for packed in options.execute(select(column).where(column.is_not(None))).scalars():
            yield zlib.decompress(packed)


def _may_name(body: bytes, identity: Identity) -> bool:
    """A cheap look before the JSON is read."""
    if any(str(one).encode() in body for one in identity.ids):
        return True
    folded = body.decode().casefold() if identity.emails else ""
    return any(email in folded for email in identity.emails)


def _list_escalations(connection: Connection, ticket_ids: Iterable[int]) -> Mapping[str, str | None]:
    found: dict[str, str | None] = {}
    for part in _cut(ticket_ids):
        ids = select(members.c.escalation_id).where(members.c.ticket_id.in_(part))
        rows = connection.execute(
            select(escalations.c.id, escalations.c.issue_key).where(escalations.c.id.in_(ids))
        ).all()
        found |= {row.id: row.issue_key for row in rows}
    return found


def _concern(kind: Any, subject_id: Any, traces: Traces) -> Iterator[Any]:
    """Conditions on rows of the tickets and of the escalations."""
    for tickets_part in _cut(traces.tickets):
        names = [str(ticket_id) for ticket_id in tickets_part]
        yield and_(kind == SubjectKind.TICKET.value, subject_id.in_(names))
    for part in _cut(traces.escalations):
        yield and_(kind == SubjectKind.ESCALATION.value, subject_id.in_(part))


def _blank(text: str | None) -> str | None:
    if not text:
        return text
    try:
        value = json.loads(text)
    except ValueError:
        return ERASED
    return json.dumps(blank_texts(value), sort_keys=True)


def _strip(connection: Connection, table: Table, condition: Any, column: str, identity: Identity) -> None:
    keys = list(table.primary_key)
    for row in connection.execute(
        select(*keys, table.c[column]).where(condition, table.c[column].is_not(None))
    ).all():
        ticket = json.loads(zlib.decompress(row[len(keys)]))
        packed = zlib.compress(json.dumps(strip_person(ticket, identity)).encode(), 6)
        same = and_(*(key == row[index] for index, key in enumerate(keys)))
        connection.execute(update(table).where(same).values({column: packed}))


def _forget_counts(connection: Connection, traces: Traces) -> None:
    """The person's name, words that only they wrote, and that they wrote a sentence, are no statistics of a desk."""
    names = _list_beginnings((*traces.identity.names, *traces.identity.emails))
    words = _list_beginnings(_read_texts(connection, traces.own))
    customers = {f"requester:{one}" for one in traces.identity.ids}
    for row in connection.execute(select(pattern_counts)).all():
        same = and_(pattern_counts.c.field == row.field, pattern_counts.c.name == row.name)
        name = json.loads(row.name) if row.name else ""
        value = json.loads(row.value)
        parts = set(_WORD.findall(name.casefold())) if isinstance(name, str) else set()
        if parts & names or (value == 1 and parts & words):
            connection.execute(delete(pattern_counts).where(same))
        elif isinstance(value, list) and customers & {one for one in value if isinstance(one, str)}:
            kept = json.dumps([one for one in value if one not in customers])
            connection.execute(update(pattern_counts).where(same).values(value=kept))


def _read_texts(connection: Connection, ticket_ids: Iterable[int]) -> Iterator[str]:
    for part in _cut(ticket_ids):
        kept = select(tickets.c.snapshot).where(tickets.c.id.in_(part), tickets.c.snapshot.is_not(None))
        for packed in connection.execute(kept).scalars():
            ticket = json.loads(zlib.decompress(packed))
            yield from (ticket["subject"], ticket["description"])


def _list_beginnings(texts: Iterable[str]) -> set[str]:
    """The words with what stemming may have left of them: all but their last three letters at least."""
    words = {word for text in texts for word in _WORD.findall(text.casefold())}
    return {word[:end] for word in words for end in range(max(_STEM, len(word) - 3), len(word) + 1)}


def _list_columns(table: Table) -> list[str]:
    keys = {column.name for column in table.primary_key}
    return [
        column.name
        for column in table.columns
        if column.name not in keys
        and isinstance(column.type, String | LargeBinary)
        and (table.name, column.name) not in _OWN_VECTOR
    ]


def _clean(value: str | bytes | None, search: re.Pattern[str]) -> str | bytes | None:
    """The value without what the search finds; packed values are packed anew, what holds nothing stays as it is."""
    if isinstance(value, bytes):
        return _clean_bytes(value, search)
    if not value:
        return value
    if value[:1] in "[{":
        try:
            read = json.loads(value)
        except ValueError:
            return search.sub(ERASED, value)
        cleaned = remove_found(read, search)
        return value if cleaned == read else json.dumps(cleaned, sort_keys=True)
    return search.sub(ERASED, value)


def _clean_bytes(value: bytes, search: re.Pattern[str]) -> bytes:
    try:
        text, is_packed = zlib.decompress(value).decode(), True
    except (zlib.error, UnicodeDecodeError):
        is_packed = False
        try:
            text = value.decode()
        except UnicodeDecodeError:
            return value
    cleaned = _clean(text, search)
    if cleaned == text or not isinstance(cleaned, str):
        return value
    return zlib.compress(cleaned.encode(), 6) if is_packed else cleaned.encode()


def _is_one_of(column: Any, values: Iterable[int]) -> Any:
    return column.in_(sorted(values))


def _count(connection: Connection, table: Table, condition: Any) -> int:
    return int(connection.execute(select(func.count()).select_from(table).where(condition)).scalar() or 0)


def _cut(values: Iterable[Any]) -> Iterator[list[Any]]:
    """Parts that fit into one statement."""
    ordered = sorted(values)
    for start in range(0, len(ordered), _MANY):
        yield ordered[start : start + _MANY]
