"""Watching the service work, through its database: what was read, judged, opened and written since the last look."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select

from connectors.effects import LinkTicket, UpdateTicket
from worker.core.decision import Action, Decision
from worker.flow.intents import read_effect
from worker.store.codec import RecordCodec
from worker.store.database import Database
from worker.store.effects import EffectState, list_finished
from worker.store.escalations import read_escalation
from worker.store.schema import tickets

_DECISIONS = RecordCodec(Decision)
_UP = {Action.OPEN, Action.ADOPT, Action.KEEP, Action.UPDATE, Action.MOVE, Action.ASK, Action.WAIT, Action.WATCH}


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """A ticket was read."""

    ticket_id: int
    subject: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A ticket was judged; `target` is None when it stays in support."""

    ticket_id: int
    target: str | None
    severity: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """A ticket has an issue."""

    ticket_id: int
    issue_key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A note was written to a ticket."""

    ticket_id: int


Sight = Read | Judged | Opened | Written


class Watch:
    """Tells what is new since it last looked."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._judged: dict[int, Judged] = {}
        self._finished: set[int] = set()

    def look(self) -> Iterator[Sight]:
        """Everything new, tickets first."""
        with self._database.snapshot() as connection:
            yield from self._look_at_tickets(connection)
            yield from self._look_at_effects(connection)

    def _look_at_tickets(self, connection: Connection) -> Iterator[Sight]:
        rows = connection.execute(
            select(tickets.c.id, tickets.c.subject, tickets.c.decision).order_by(tickets.c.read_at, tickets.c.id)
        ).all()
        for row in rows:
            if row.decision is None:
                continue
            decision = _DECISIONS.read_text(row.decision)
            up = decision.action in _UP and decision.target is not None
            judged = Judged(
                ticket_id=row.id,
                target=decision.target.value if up and decision.target else None,
                severity=decision.severity.value if up and decision.severity else None,
            )
            if row.id not in self._judged:
                yield Read(ticket_id=row.id, subject=row.subject)
            if self._judged.get(row.id) != judged:
                self._judged[row.id] = judged
                yield judged

    def _look_at_effects(self, connection: Connection) -> Iterator[Sight]:
        for row in list_finished(connection, EffectState.DONE):
            if row.id in self._finished:
                continue
            self._finished.add(row.id)
            effect = read_effect(row)
            if isinstance(effect, UpdateTicket):
                yield Written(ticket_id=effect.ticket_id)
            elif isinstance(effect, LinkTicket):
                escalation = read_escalation(connection, effect.escalation_id)
                if escalation is not None and escalation.issue is not None:
                    yield Opened(ticket_id=effect.ticket_id, issue_key=escalation.issue.key)
