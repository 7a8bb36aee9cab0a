"""How each kind of write is sent, found again when its outcome is unknown, and what follows when it happened."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Connection

from connectors.effects import (
    AttachBrief,
    ChangeIssue,
    CommentIssue,
    Effect,
    LinkTicket,
    OpenIssue,
    TagTicket,
    UpdateTicket,
)
from connectors.errors import Refused
from connectors.ports import IssueChange, IssueCreated, IssueDraft, RemoteLink, TicketUpdate
from connectors.records import IssueRef
from mappings.html import render_html
from mappings.markdown import parse_markdown
from worker.core.assessment import Severity
from worker.core.recovery import Lookup
from worker.flow.means import Means
from worker.store.effects import EffectRow
from worker.store.escalations import Brief, change_escalation, read_escalation, save_brief, save_issue
from worker.store.subjects import Lane, SubjectKind, insert_wakes

_CREATED: TypeAdapter[IssueCreated] = TypeAdapter(IssueCreated)


@dataclass(frozen=True, kw_only=True, slots=True)
class Writer:
    """One kind of write. `send` and `find` return the outcome as text; `find` returns None when it sees nothing."""

    vendor: str
    lookup: Lookup
    send: Callable[[Means, EffectRow, Effect], str]
    find: Callable[[Means, EffectRow, Effect], str | None]
    settle: Callable[[Connection, Means, Effect, str, datetime], None]


def find_writer(effect: Effect) -> Writer:
    """The writer of this effect."""
    return _WRITERS[effect.kind]


def _send_update(means: Means, row: EffectRow, effect: Effect) -> str:
    assert isinstance(effect, UpdateTicket)  # noqa: S101 - by the table below
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
    return "{}"


def _find_update(means: Means, row: EffectRow, effect: Effect) -> str | None:
    assert isinstance(effect, UpdateTicket)  # noqa: S101
    return "{}" if means.helpdesk.find_update(effect.ticket_id, row.key) is not None else None


def _send_tags(means: Means, _row: EffectRow, effect: Effect) -> str:
    assert isinstance(effect, TagTicket)  # noqa: S101
    if effect.add:
        means.helpdesk.add_tags(effect.ticket_id, effect.add)
    if effect.remove:
        means.helpdesk.remove_tags(effect.ticket_id, effect.remove)
    return "{}"


def _send_issue(means: Means, row: EffectRow, effect: Effect) -> str:
    assert isinstance(effect, OpenIssue)  # noqa: S101
    created = means.tracker.create_issue(
        IssueDraft(
            project=effect.project,
            issue_type=effect.issue_type,
            summary=effect.summary,
            description=effect.description,
            marker=effect.marker,
            priority=effect.priority,
            due=effect.due,
            labels=effect.labels,
            security_level=effect.security_level,
            require_level=effect.require_level,
            properties={
                "escalation": effect.escalation_id,
                "ticket": effect.ticket_id,
                "attempt": row.attempts,
            },
        )
    )
    return _CREATED.dump_json(created).decode()


def _find_issue(means: Means, _row: EffectRow, effect: Effect) -> str | None:
    """Looks in every project that an issue of ours may live in: people move issues."""
    assert isinstance(effect, OpenIssue)  # noqa: S101
    targets = means.policy.routing.targets
    projects = {effect.project, *(getattr(targets, name).project for name in type(targets).model_fields)} - {""}
    found = means.tracker.find_issues(effect.marker, sorted(projects))
    if not found:
        return None
    oldest = min(found, key=lambda issue: int(issue.id) if issue.id.isdigit() else 0)
    return _CREATED.dump_json(IssueCreated(issue=IssueRef(id=oldest.id, key=oldest.key))).decode()


def _settle_issue(connection: Connection, means: Means, effect: Effect, outcome: str, now: datetime) -> None:
    assert isinstance(effect, OpenIssue)  # noqa: S101
    created = _CREATED.validate_json(outcome)
    save_issue(connection, effect.escalation_id, created.issue, Severity(effect.severity), now)
    was_cut = effect.brief != effect.description
    save_brief(connection, effect.escalation_id, Brief(markdown=effect.brief, cut=was_cut), now)
    insert_wakes(connection, SubjectKind.ESCALATION, [effect.escalation_id], lane=Lane.LIVE, now=now)
    escalation = read_escalation(connection, effect.escalation_id)
    if escalation is not None:
        ids = [str(ticket_id) for ticket_id in escalation.tickets]
        insert_wakes(connection, SubjectKind.TICKET, ids, lane=Lane.LIVE, now=now)
    means.log.info("opened", escalation=effect.escalation_id, issue=created.issue.key)


def _find_issue_id(means: Means, escalation_id: str) -> str:
    with means.database.snapshot() as connection:
        escalation = read_escalation(connection, escalation_id)
    if escalation is None or escalation.issue is None:
        raise Refused(vendor="jira", operation="find issue", detail=f"escalation {escalation_id} has no issue")
    return escalation.issue.id


def _send_link(means: Means, _row: EffectRow, effect: Effect) -> str:
    assert isinstance(effect, LinkTicket)  # noqa: S101
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
    return "{}"


def _send_attachment(means: Means, _row: EffectRow, effect: Effect) -> str:
    assert isinstance(effect, AttachBrief)  # noqa: S101
    issue_id = _find_issue_id(means, effect.escalation_id)
    means.tracker.attach_file(issue_id, effect.file_name, effect.content.encode())
    return "{}"


def _send_change(means: Means, _row: EffectRow, effect: Effect) -> str:
    assert isinstance(effect, ChangeIssue)  # noqa: S101
    issue_id = _find_issue_id(means, effect.escalation_id)
    means.tracker.update_issue(IssueChange(issue_id=issue_id, priority=effect.priority, due=effect.due))
    return "{}"


def _settle_change(connection: Connection, _means: Means, effect: Effect, _outcome: str, now: datetime) -> None:
    assert isinstance(effect, ChangeIssue)  # noqa: S101
    change_escalation(connection, effect.escalation_id, now, issue_severity=Severity(effect.severity))


def _send_comment(means: Means, row: EffectRow, effect: Effect) -> str:
    assert isinstance(effect, CommentIssue)  # noqa: S101
    means.tracker.add_comment(_find_issue_id(means, effect.escalation_id), effect.markdown, row.key)
    return "{}"


def _find_comment(means: Means, row: EffectRow, effect: Effect) -> str | None:
    assert isinstance(effect, CommentIssue)  # noqa: S101
    return "{}" if means.tracker.has_comment(_find_issue_id(means, effect.escalation_id), row.key) else None


def _find_nothing(_means: Means, _row: EffectRow, _effect: Effect) -> str | None:
    return None


def _settle_nothing(_connection: Connection, _means: Means, _effect: Effect, _outcome: str, _now: datetime) -> None:
    return None


_WRITERS: dict[str, Writer] = {
    "ticket.update": Writer(
        vendor="zendesk",
        lookup=Lookup.DIRECT,
        send=_send_update,
        find=_find_update,
        settle=_settle_nothing,
    ),
    "ticket.tag": Writer(
        vendor="zendesk",
        lookup=Lookup.REPEAT,
        send=_send_tags,
        find=_find_nothing,
        settle=_settle_nothing,
    ),
    "issue.open": Writer(
        vendor="jira",
        lookup=Lookup.INDEX,
        send=_send_issue,
        find=_find_issue,
        settle=_settle_issue,
    ),
    "issue.link": Writer(
        vendor="jira",
        lookup=Lookup.REPEAT,
        send=_send_link,
        find=_find_nothing,
        settle=_settle_nothing,
    ),
    "issue.attach": Writer(
        vendor="jira",
        lookup=Lookup.REPEAT,
        send=_send_attachment,
        find=_find_nothing,
        settle=_settle_nothing,
    ),
    "issue.change": Writer(
        vendor="jira",
        lookup=Lookup.REPEAT,
        send=_send_change,
        find=_find_nothing,
        settle=_settle_change,
    ),
    "issue.comment": Writer(
        vendor="jira",
        lookup=Lookup.DIRECT,
        send=_send_comment,
        find=_find_comment,
        settle=_settle_nothing,
    ),
}
