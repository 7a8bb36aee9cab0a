"""Writes to an escalation's own issue: links to tickets, the brief as a file, a changed severity, comments."""

from datetime import datetime

from sqlalchemy import Connection

from connectors.effects import AttachBrief, ChangeIssue, CommentIssue, LinkTicket
from connectors.errors import Refused
from connectors.ports import IssueChange, RemoteLink
from worker.core.assessment import Severity
from worker.core.recovery import Lookup
from worker.flow.means import Means
from worker.flow.writer import DONE, Look, Sight, Writer, spell_found
from worker.store.effects import EffectRow
from worker.store.escalations import change_escalation, read_escalation


def _find_issue_id(means: Means, escalation_id: str) -> str:
    with means.database.snapshot() as connection:
        escalation = read_escalation(connection, escalation_id)
    if escalation is None or escalation.issue is None:
        raise Refused(vendor="jira", operation="find issue", detail=f"escalation {escalation_id} has no issue")
    return escalation.issue.id


def _is_gone(means: Means, effect: LinkTicket | AttachBrief | ChangeIssue | CommentIssue) -> bool:
    return not means.tracker.read_issues([_find_issue_id(means, effect.escalation_id)])


def _send_link(means: Means, _row: EffectRow, effect: LinkTicket) -> str:
    means.tracker.link_ticket(
        RemoteLink(
            issue_id=_find_issue_id(means, effect.escalation_id),
            global_id=effect.global_id,
            url=effect.url,
            title=effect.title,
            summary=effect.summary,
            resolved=effect.resolved,
        )
    )
    return DONE


def _send_attachment(means: Means, _row: EffectRow, effect: AttachBrief) -> str:
    issue_id = _find_issue_id(means, effect.escalation_id)
    means.tracker.attach_file(issue_id, effect.file_name, effect.content.encode())
    return DONE


def _find_attachment(means: Means, _look: Look, effect: AttachBrief) -> Sight:
    issue_id = _find_issue_id(means, effect.escalation_id)
    return spell_found(means.tracker.has_file(issue_id, effect.file_name, len(effect.content.encode())))


def _send_change(means: Means, _row: EffectRow, effect: ChangeIssue) -> str:
    issue_id = _find_issue_id(means, effect.escalation_id)
    means.tracker.update_issue(
        IssueChange(
            issue_id=issue_id,
            priority=effect.priority,
            due=effect.due,
            add_labels=effect.add_labels,
            remove_labels=effect.remove_labels,
        )
    )
    return DONE


def _settle_change(connection: Connection, _means: Means, effect: ChangeIssue, _outcome: str, now: datetime) -> None:
    change_escalation(connection, effect.escalation_id, now, issue_severity=Severity(effect.severity))


def _send_comment(means: Means, row: EffectRow, effect: CommentIssue) -> str:
    means.tracker.add_comment(_find_issue_id(means, effect.escalation_id), effect.markdown, row.key, effect.mentions)
    return DONE


def _find_comment(means: Means, look: Look, effect: CommentIssue) -> Sight:
    return spell_found(means.tracker.has_comment(_find_issue_id(means, effect.escalation_id), look.row.key))


LINK: Writer[LinkTicket] = Writer(vendor="jira", lookup=Lookup.REPEAT, send=_send_link, is_gone=_is_gone)
ATTACH: Writer[AttachBrief] = Writer(
    vendor="jira", lookup=Lookup.DIRECT, send=_send_attachment, find=_find_attachment, is_gone=_is_gone
)
CHANGE: Writer[ChangeIssue] = Writer(
    vendor="jira", lookup=Lookup.REPEAT, send=_send_change, settle=_settle_change, is_gone=_is_gone
)
COMMENT: Writer[CommentIssue] = Writer(
    vendor="jira", lookup=Lookup.DIRECT, send=_send_comment, find=_find_comment, is_gone=_is_gone
)
