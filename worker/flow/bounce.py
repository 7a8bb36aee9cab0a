"""The breaker of each pair of ticket and issue: when our writes only make each other, they pause and say so."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection

from connectors.effects import LinkTicket
from worker.core.bounce import Bounce, Echo, find_bounce
from worker.flow.intents import read_effect
from worker.flow.means import Means
from worker.flow.replay import SOURCE
from worker.store.audit import add_audit, has_audit
from worker.store.effects import EffectRow, has_new, list_done_since
from worker.store.inbox import PendingEvent
from worker.store.subjects import Claim, SubjectKind, park_subject

NOTE_PREFIX = "bounce:"
"""The key of the note that tells of a bounce begins with it; it does not count as one more."""

_UNCOUNTED = (NOTE_PREFIX, "stage:")
"""A step of the life brings a comment and an edit of the issue beside what counts: its link and the ticket's note."""


def find_loop(
    connection: Connection,
    means: Means,
    claim: Claim,
    events: Sequence[PendingEvent],
    keys: Collection[str],
    *,
    now: datetime,
) -> Bounce | None:
    """Why nothing new is written now; None when nothing new is wanted, or an operator has just said to go on."""
    if any(event.source == SOURCE for event in events) or not has_new(connection, keys):
        return None
    window = means.timing.loop_window
    rows = list_done_since(connection, claim.kind, claim.id, now - window)
    echoes = [_read_echo(row) for row in rows if not row.key.startswith(_UNCOUNTED) and row.kind != "issue.open"]
    return find_bounce(echoes, most=means.timing.loop_writes, window=window, now=now)


def park_loop(
    connection: Connection, means: Means, claim: Claim, bounce: Bounce, *, now: datetime, write: bool = False
) -> None:
    """Parks the subject until the window has passed; the audit has the reason once. `write` sends what is open."""
    if not has_audit(connection, claim.kind, claim.id, "bounced", since=bounce.until - means.timing.loop_window):
        data = {"reason": bounce.reason, "until": bounce.until.isoformat()}
        add_audit(connection, claim.kind, claim.id, "bounced", data, now=now)
        means.log.warning("bounced", subject=f"{claim.kind.value} {claim.id}", detail=bounce.reason)
    park_subject(
        connection, claim, error=bounce.reason, now=now, look_at=bounce.until, write_at=now if write else None
    )


def _read_echo(row: EffectRow) -> Echo:
    """A write to a ticket is about its own pair; a link about one ticket's; the others concern all."""
    effect = read_effect(row)
    ticket = row.subject_id if row.subject_kind is SubjectKind.TICKET else ""
    if isinstance(effect, LinkTicket):
        ticket = str(effect.ticket_id)
    return Echo(id=row.id, ticket=ticket, at=row.finished_at or row.intended_at)
