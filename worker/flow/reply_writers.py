"""Public comments to a customer: looked at once more right before they are sent, and told on the ticket after."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from connectors.effects import SendReply
from connectors.errors import NotFound, Refused, VendorProblem
from connectors.ports import TicketReply
from connectors.records import Ticket
from connectors.snapshots import attach_comments
from mappings.followup import SentReply
from mappings.html import render_html
from mappings.markdown import parse_markdown
from worker.core.recovery import Lookup
from worker.core.replies import find_objection
from worker.flow.means import Means
from worker.flow.unsent import before_sending
from worker.flow.writer import Look, Sight, Writer
from worker.store.audit import add_audit
from worker.store.effects import EffectRow
from worker.store.subjects import Lane, SubjectKind, insert_wakes
from worker.store.tidings import Tiding, TidingKind, add_tidings

_STAMP = "%Y%m%dT%H%M%S"


@dataclass(frozen=True, kw_only=True, slots=True)
class SentTo:
    """A reply that went out, whose customer it went to, and its name among those of the ticket."""

    ticket_id: int
    name: str
    reply: SentReply


def read_sent(tiding: Tiding) -> SentTo:
    """What a tiding of the kind `sent` tells."""
    ticket_id, kind, stamp = tiding.source_id.split(":")
    reply = SentReply(kind=kind, severity=tiding.text, at=tiding.at)
    return SentTo(ticket_id=int(ticket_id), name=f"{kind}:{stamp}", reply=reply)


def _send_reply(means: Means, row: EffectRow, effect: SendReply) -> str:
    with before_sending():
        ticket = _read_whole(means, effect.ticket_id)
    objection = find_objection(ticket, effect.since, effect.veto)
    if objection is not None:
        return json.dumps({"sent": False, "because": objection})
    means.helpdesk.send_reply(
        TicketReply(
            ticket_id=effect.ticket_id,
            token=row.key,
            html=render_html(parse_markdown(effect.markdown)),
            updated_at=ticket.updated_at,
        )
    )
    return json.dumps({"sent": True})


def _read_whole(means: Means, ticket_id: int) -> Ticket:
    """The ticket is read before its comments, so a comment that is missed has moved its stamp."""
    ticket = next(iter(means.helpdesk.read_tickets([ticket_id])), None)
    if ticket is None:
        raise NotFound(vendor="zendesk", operation="read ticket", detail="not sent; the ticket is gone", status=404)
    comments, people = means.helpdesk.read_comments(ticket_id)
    return attach_comments(ticket, comments, people)


def _find_reply(means: Means, look: Look, effect: SendReply) -> Sight:
    is_there = means.helpdesk.find_update(effect.ticket_id, look.row.key) is not None
    return Sight(outcome=json.dumps({"sent": True})) if is_there else Sight()


def _settle_reply(connection: Connection, means: Means, effect: SendReply, outcome: str, now: datetime) -> None:
    data = {"reply": effect.reply, "escalation": effect.escalation_id, **json.loads(outcome)}
    kind, ticket_id = SubjectKind.TICKET, str(effect.ticket_id)
    add_audit(connection, kind, ticket_id, "replied", data, now=now, policy_digest=means.policy.digest)
    if not data["sent"]:
        return
    source_id = f"{effect.ticket_id}:{effect.reply}:{effect.since.strftime(_STAMP)}"
    told = Tiding(kind=TidingKind.SENT, source_id=source_id, at=now.replace(microsecond=0), text=effect.severity)
    add_tidings(connection, effect.escalation_id, [told])
    insert_wakes(connection, kind, [ticket_id], lane=Lane.FOLLOW_UP, now=now)


def _is_final(problem: VendorProblem) -> bool:
    closed = isinstance(problem, Refused) and "status" in problem.fields
    return closed or isinstance(problem, NotFound)


REPLY: Writer[SendReply] = Writer(
    vendor="zendesk",
    lookup=Lookup.DIRECT,
    send=_send_reply,
    find=_find_reply,
    settle=_settle_reply,
    is_final=_is_final,
)
