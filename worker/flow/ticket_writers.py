"""Writes to a ticket: one PUT with note, fields and group; its tags; and the link for Zendesk's Jira app."""

from connectors.effects import LinkIssue, TagTicket, UpdateTicket
from connectors.errors import Certainty, NotFound, Refused, Unauthorized, VendorProblem
from connectors.ports import TicketUpdate
from connectors.records import IssueRef
from mappings.html import render_html
from mappings.markdown import parse_markdown
from worker.core.recovery import Lookup
from worker.flow.means import Means
from worker.flow.unsent import before_sending
from worker.flow.writer import DONE, Look, Sight, Writer, spell_found
from worker.store.effects import EffectRow


def _send_update(means: Means, row: EffectRow, effect: UpdateTicket) -> str:
    group_id = means.helpdesk.find_group(effect.group) if effect.group else None
    if effect.group and group_id is None:
        raise Refused(
            vendor="zendesk",
            operation="find group",
            detail=f"no group is named {effect.group!r}; correct targets.l2.group in routing.toml",
        )
    means.helpdesk.update_ticket(
        TicketUpdate(
            ticket_id=effect.ticket_id,
            token=row.key,
            note_html=render_html(parse_markdown(effect.note)) if effect.note else None,
            fields=effect.fields,
            group_id=group_id,
        )
    )
    return DONE


def _find_update(means: Means, look: Look, effect: UpdateTicket) -> Sight:
    return spell_found(means.helpdesk.find_update(effect.ticket_id, look.row.key) is not None)


def _send_tags(means: Means, _row: EffectRow, effect: TagTicket) -> str:
    if effect.add:
        means.helpdesk.add_tags(effect.ticket_id, effect.add)
    if effect.remove:
        means.helpdesk.remove_tags(effect.ticket_id, effect.remove)
    return DONE


def _send_link(means: Means, _row: EffectRow, effect: LinkIssue) -> str:
    with before_sending():
        is_linked = means.helpdesk.has_issue(effect.ticket_id, effect.issue_id)
    if not is_linked:
        means.helpdesk.link_issue(effect.ticket_id, IssueRef(id=effect.issue_id, key=effect.issue_key))
    return DONE


def _find_link(means: Means, _look: Look, effect: LinkIssue) -> Sight:
    return spell_found(means.helpdesk.has_issue(effect.ticket_id, effect.issue_id))


def _is_refused(problem: VendorProblem) -> bool:
    """The link is a convenience: where Zendesk does not take it, it is left out and holds up nothing."""
    return problem.certainty is Certainty.REJECTED and not isinstance(problem, Unauthorized)


def _is_final(problem: VendorProblem) -> bool:
    """A closed or deleted ticket takes no more updates, for good: nothing to repair, nothing to wait for."""
    closed = isinstance(problem, Refused) and "status" in problem.fields
    return closed or isinstance(problem, NotFound)


UPDATE: Writer[UpdateTicket] = Writer(
    vendor="zendesk",
    lookup=Lookup.DIRECT,
    send=_send_update,
    find=_find_update,
    is_final=_is_final,
)
TAG: Writer[TagTicket] = Writer(vendor="zendesk", lookup=Lookup.REPEAT, send=_send_tags, is_final=_is_final)
LINK: Writer[LinkIssue] = Writer(
    vendor="zendesk", lookup=Lookup.DIRECT, send=_send_link, find=_find_link, is_final=_is_refused
)
