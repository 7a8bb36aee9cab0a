"""Opening the one issue of an escalation, and finding it again when the answer to its create was lost."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Connection

from connectors.effects import OpenIssue
from connectors.ports import IssueCreated, IssueDraft
from connectors.records import Issue, IssueRef
from worker.core.assessment import Severity
from worker.core.recovery import Doubt, Lookup
from worker.flow.lookup import find_lag, probe_issues, search_issues
from worker.flow.means import Means
from worker.flow.unsent import before_sending
from worker.flow.writer import Look, Sight, Writer
from worker.store.audit import add_audit
from worker.store.doubts import add_doubt, note_resent, read_doubt
from worker.store.effects import EffectRow
from worker.store.escalations import Brief, read_escalation, save_brief, save_issue, save_shown
from worker.store.subjects import Lane, SubjectKind, insert_wakes

_CREATED: TypeAdapter[IssueCreated] = TypeAdapter(IssueCreated)


def spell_created(issue: Issue) -> str:
    """The outcome of a create whose issue was found again."""
    return _CREATED.dump_json(IssueCreated(issue=IssueRef(id=issue.id, key=issue.key))).decode()


def settle_issue(connection: Connection, means: Means, effect: OpenIssue, outcome: str, now: datetime) -> None:
    """The escalation has its issue: keep which, and wake everything that shows it."""
    created = _CREATED.validate_json(outcome)
    save_issue(connection, effect.escalation_id, created.issue, Severity(effect.severity), now)
    save_shown(connection, effect.escalation_id, effect.tickets, now)
    was_cut = effect.brief != effect.description
    save_brief(connection, effect.escalation_id, Brief(markdown=effect.brief, cut=was_cut), now)
    insert_wakes(connection, SubjectKind.ESCALATION, [effect.escalation_id], lane=Lane.LIVE, now=now)
    escalation = read_escalation(connection, effect.escalation_id)
    if escalation is not None:
        ids = [str(ticket_id) for ticket_id in escalation.tickets]
        insert_wakes(connection, SubjectKind.TICKET, ids, lane=Lane.LIVE, now=now)
    means.log.info("opened", escalation=effect.escalation_id, issue=created.issue.key)


def _send_issue(means: Means, row: EffectRow, effect: OpenIssue) -> str:
    """One create; when an earlier one of this escalation was ever uncertain, only after a look for its issue."""
    with means.database.snapshot() as connection:
        doubt = read_doubt(connection, effect.escalation_id)
    if doubt is not None:
        with before_sending():
            found = _find_live(means, effect)
        if found is not None:
            return spell_created(found)
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
                "attempt": row.attempts + 1,
            },
        )
    )
    return _CREATED.dump_json(created).decode()


def _find_issue(means: Means, look: Look, effect: OpenIssue) -> Sight:
    """Absence counts on the last look only, and only when the index can be seen to be up to date by then."""
    hits = search_issues(means, effect.marker)
    found = _choose_oldest(hits.live or probe_issues(means, effect.marker, effect.project))
    if found is not None:
        return Sight(outcome=spell_created(found))
    if not look.is_last:
        return Sight()
    ghost = _choose_oldest(hits.ghosts)
    if ghost is not None:
        # It was opened, and deleted or hidden since: the problem had its issue, so it gets no second one.
        return Sight(outcome=spell_created(ghost))
    lag = find_lag(means, effect.escalation_id)
    return Sight(doubt=Doubt.LAGGING, detail=lag) if lag else Sight()


def _find_live(means: Means, effect: OpenIssue) -> Issue | None:
    hits = search_issues(means, effect.marker)
    return _choose_oldest(hits.live or probe_issues(means, effect.marker, effect.project))


def _choose_oldest(issues: Sequence[Issue]) -> Issue | None:
    return min(issues, key=lambda issue: int(issue.id) if issue.id.isdigit() else 0, default=None)


def _note_doubt(connection: Connection, means: Means, effect: OpenIssue, now: datetime) -> None:
    add_doubt(connection, effect.escalation_id, now=now, sweep_at=now + means.timing.sweep_every)


def _note_resent(connection: Connection, _means: Means, effect: OpenIssue, now: datetime) -> None:
    """The risk that this takes is kept: from now on there may be two issues, which the sweep looks for."""
    if not note_resent(connection, effect.escalation_id, now):
        return
    add_audit(
        connection,
        SubjectKind.ESCALATION,
        effect.escalation_id,
        "create_resent",
        {"possible_duplicate": True, "project": effect.project},
        now=now,
    )


OPEN: Writer[OpenIssue] = Writer(
    vendor="jira",
    lookup=Lookup.INDEX,
    send=_send_issue,
    find=_find_issue,
    settle=settle_issue,
    doubt=_note_doubt,
    resend=_note_resent,
)
