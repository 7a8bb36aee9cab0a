"""Erasing a person: everything that it concerns is held, emptied in one transaction, and then the rest is swept."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from worker.core.erasure import Identity, compile_search
from worker.core.escalation import Escalation, EscalationState
from worker.flow.pattern import DESK
from worker.flow.pattern_desk import outdate_desks
from worker.flow.replay import Operator
from worker.store.audit import add_audit
from worker.store.database import Database
from worker.store.erasure import (
    Traces,
    clean_row,
    erase_reports,
    erase_tickets,
    erase_words,
    find_traces,
    list_tables,
    list_unfinished,
    sweep_table,
)
from worker.store.escalations import close_escalation, leave_escalation, read_escalation
from worker.store.subjects import Claim, SubjectKind, check_fence, claim_subject, let_go, release_subject

_LEASE = timedelta(minutes=10)
_PATIENCE_S = 30.0
_PAUSE_S = 0.5


class StillBusy(Exception):
    """Something about the person is being worked on; nothing was changed. The message says what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Erasure:
    """What was erased: where the person was, how many more rows named them, whether the space was overwritten."""

    traces: Traces
    swept: int
    is_compacted: bool


def look_for_person(database: Database, wanted: Identity, tell: Callable[[int], None]) -> Traces:
    """Where the person is found; changes nothing."""
    with database.snapshot() as connection:
        return find_traces(connection, wanted, tell)


def count_named(database: Database, traces: Traces) -> int:
    """How many rows name the person, those of their own tickets included."""
    search = compile_search(traces.identity)
    if search is None:
        return 0
    with database.snapshot() as connection:
        return sum(1 for table in list_tables() for _ in sweep_table(table, connection, search))


def erase_person(
    database: Database,
    traces: Traces,
    operator: Operator,
    *,
    now: Callable[[], datetime],
    sleep: Callable[[float], None] = time.sleep,
) -> Erasure:
    """Takes the person out of the database; a second time changes nothing. Raises StillBusy.

    When it is cut short, the same call goes on: the transaction of the tickets is whole or not at all.
    """
    if traces.tickets:
        _empty_tickets(database, traces, operator, now=now, sleep=sleep)
    swept = _sweep(database, traces)
    return Erasure(traces=traces, swept=swept, is_compacted=database.compact())


def _empty_tickets(
    database: Database,
    traces: Traces,
    operator: Operator,
    *,
    now: Callable[[], datetime],
    sleep: Callable[[float], None],
) -> None:
    claims = _hold_all(database, traces, operator, now=now, sleep=sleep)
    try:
        with database.transaction() as connection:
            for claim in claims:
                check_fence(connection, claim, lease_until=now() + _LEASE)
            _refuse_unfinished(connection, traces)
            _erase(connection, traces, operator, now())
            _release(connection, claims, traces, now())
    except BaseException:
        _let_go(database, claims)
        raise


def _refuse_unfinished(connection: Connection, traces: Traces) -> None:
    """A write that is under way would carry the words outside after they were erased here."""
    if keys := list_unfinished(connection, traces):
        raise StillBusy(
            f"{len(keys)} writes about this person are not finished ({keys[0]} …); nothing was erased."
            " Let the worker finish, or drop them (escalator deadletters list), and try again"
        )


def _erase(connection: Connection, traces: Traces, operator: Operator, now: datetime) -> None:
    _leave_escalations(connection, traces, now)
    erase_reports(connection, traces)
    erase_tickets(connection, traces, now)
    erase_words(connection, traces)
    outdate_desks(connection, now)
    for kind, ids in ((SubjectKind.TICKET, traces.tickets), (SubjectKind.ESCALATION, traces.escalations)):
        for subject_id in ids:
            is_own = kind is SubjectKind.ESCALATION or subject_id in traces.own
            data = {"by": operator.name, "what": "all texts" if is_own else "words of one person"}
            add_audit(connection, kind, str(subject_id), "erased", data, now=now)


def _leave_escalations(connection: Connection, traces: Traces, now: datetime) -> None:
    """The person's tickets leave; what no other ticket stands for ends here, and people decide about its issue."""
    for escalation_id in traces.escalations:
        known = read_escalation(connection, escalation_id)
        if known is None or known.state is not EscalationState.OPEN:
            continue
        for ticket_id in set(known.tickets) & set(traces.own):
            leave_escalation(connection, known.id, ticket_id, now)
        if _is_empty(known, traces):
            close_escalation(connection, known.id, now)
            data = {"because": "its tickets were erased"}
            add_audit(connection, SubjectKind.ESCALATION, known.id, "ended", data, now=now)


def _is_empty(known: Escalation, traces: Traces) -> bool:
    return set(known.tickets) <= set(traces.own)


def _hold_all(
    database: Database,
    traces: Traces,
    operator: Operator,
    *,
    now: Callable[[], datetime],
    sleep: Callable[[float], None],
) -> Sequence[Claim]:
    """Every subject that it concerns, so that no worker writes back what it still has in hand."""
    wanted = [(SubjectKind.TICKET, str(ticket_id)) for ticket_id in traces.tickets]
    wanted += [(SubjectKind.ESCALATION, escalation_id) for escalation_id in traces.escalations]
    wanted.append((SubjectKind.PATTERN, DESK))
    claims: list[Claim] = []
    ends = now() + timedelta(seconds=_PATIENCE_S)
    owner = f"erase:{operator.command_id}"
    while wanted:
        with database.transaction() as connection:
            for kind, subject_id in list(wanted):
                claim = claim_subject(connection, kind, subject_id, owner=owner, now=now(), lease=_LEASE)
                if claim is not None:
                    claims.append(claim)
                    wanted.remove((kind, subject_id))
        if wanted and now() >= ends:
            _let_go(database, claims)
            kind, subject_id = wanted[0]
            raise StillBusy(
                f"{kind.value} {subject_id} is being worked on (and {len(wanted) - 1} more); nothing was erased."
                " Try again in a minute"
            )
        if wanted:
            sleep(_PAUSE_S)
    return claims


def _release(connection: Connection, claims: Sequence[Claim], traces: Traces, now: datetime) -> None:
    own = {str(ticket_id) for ticket_id in traces.own}
    for claim in claims:
        is_own = claim.kind is SubjectKind.TICKET and claim.id in own
        release_subject(connection, claim, plan_due_at=None if is_own else now, write_due_at=None)


def _let_go(database: Database, claims: Sequence[Claim]) -> None:
    with database.transaction() as connection:
        for claim in claims:
            let_go(connection, claim)


def _sweep(database: Database, traces: Traces) -> int:
    search = compile_search(traces.identity)
    if search is None:
        return 0
    swept = 0
    for table in list_tables():
        with database.snapshot() as connection:
            found = list(sweep_table(table, connection, search))
        for key in found:
            with database.transaction() as connection:
                clean_row(table, connection, key, search)
        swept += len(found)
    return swept
