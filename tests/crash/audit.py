"""Whether the two vendors and the database show exactly what should have happened, once everything is quiet."""

import secrets
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, func, or_, select

from connectors.sandbox.server import Sandbox
from connectors.sandbox.zendesk.tables import API_USER_ID
from tests.crash.scene import Scene
from tests.rig import FIELDS
from worker.flow.replay import Operator, replay_letter
from worker.store.database import Database
from worker.store.deadletters import list_dead_letters
from worker.store.effects import EffectState
from worker.store.escalations import list_escalations
from worker.store.schema import effects, inbox, members, subjects, tickets, wakes
from worker.store.subjects import SubjectKind

_OPEN = [EffectState.INTENDED.value, EffectState.STARTED.value]


@dataclass(frozen=True, kw_only=True, slots=True)
class Quiet:
    """How it came to rest: what was left undone (nothing is well), and how many subjects had to be replayed."""

    unsettled: tuple[str, ...]
    drained: int


def await_quiet(scene: Scene, database: Database, *, seconds: float, calm_s: float = 5.0) -> Quiet:
    """Waits until nothing moves for a while; what is parked is replayed."""
    ends, calm_since, drained = time.monotonic() + seconds, None, 0
    unsettled: tuple[str, ...] = ("nothing was looked at",)
    while time.monotonic() < ends:
        with database.snapshot() as connection:
            unsettled = find_unsettled(connection, scene.bugs + scene.questions)
            parked = list_dead_letters(connection)
        if parked:
            drained += _replay(database)
            calm_since = None
            time.sleep(2.0)
        elif unsettled:
            calm_since = None
        elif calm_since is None:
            calm_since = time.monotonic()
        elif time.monotonic() - calm_since > calm_s:
            return Quiet(unsettled=(), drained=drained)
        time.sleep(0.2)
    return Quiet(unsettled=unsettled or ("still parked",), drained=drained)


def _replay(database: Database) -> int:
    """Replays all dead letters, as an operator would; returns how many there were."""
    with database.transaction() as connection:
        letters = list_dead_letters(connection)
        for letter in letters:
            operator = Operator(name="test", now=datetime.now(UTC), command_id=secrets.token_hex(8))
            replay_letter(connection, letter, letter.writes, operator)
    return len(letters)


def find_unsettled(connection: Connection, ticket_ids: Sequence[int]) -> tuple[str, ...]:
    """Everything that somebody must still do something about."""
    now = datetime.now(UTC)
    read = set(connection.execute(select(tickets.c.id)).scalars())
    found = [f"ticket {ticket_id} was never read" for ticket_id in ticket_ids if ticket_id not in read]
    waiting = select(func.count()).select_from(inbox)
    parked = select(subjects.c.id).where(subjects.c.parked_at.is_not(None))
    pending = waiting.where(
        inbox.c.consumed_at.is_(None), inbox.c.subject_id.is_not(None), inbox.c.subject_id.not_in(parked)
    )
    if count := connection.execute(pending).scalar():
        found.append(f"{count} events wait")
    if count := connection.execute(
        select(func.count()).select_from(wakes).where(wakes.c.subject_kind != SubjectKind.POLL.value)
    ).scalar():
        found.append(f"{count} wakes wait")
    unsent = connection.execute(select(effects.c.key, effects.c.state).where(effects.c.state.in_(_OPEN)))
    found += [f"{row.key} is {row.state}" for row in unsent]
    busy = or_(subjects.c.plan_due_at <= now, subjects.c.write_due_at.is_not(None), subjects.c.lease_until > now)
    held = connection.execute(
        select(subjects.c.kind, subjects.c.id, subjects.c.error).where(busy, subjects.c.kind == "ticket")
    )
    found += [f"{row.kind} {row.id} is due or held ({row.error})" for row in held]
    return tuple(found)


def audit(scene: Scene, database: Database) -> tuple[str, ...]:
    """Every violation in words; none when each problem has exactly what it should have."""
    with database.snapshot() as connection:
        by_ticket = {
            row.ticket_id: row.escalation_id
            for row in connection.execute(select(members).where(members.c.left_at.is_(None)))
        }
        escalations = {escalation.id: escalation for escalation in list_escalations(connection)}
        wrong = [*_check_inbox(scene, connection), *_check_rows(connection)]
    wrong += [f"ticket {ticket} was lost: no escalation" for ticket in scene.bugs if ticket not in by_ticket]
    wrong += [f"question {ticket} was escalated" for ticket in scene.questions if ticket in by_ticket]
    doubled = [key for key, count in Counter(by_ticket.values()).items() if count > 1]
    wrong += [f"escalation {key} has two tickets" for key in doubled]
    wrong += _check_issues(scene.box, [escalations[key].marker for key in by_ticket.values()])
    for ticket_id, key in by_ticket.items():
        issue = escalations[key].issue
        if issue is None:
            wrong.append(f"escalation {key} of ticket {ticket_id} knows no issue")
        else:
            wrong += _check_ticket(scene.box, ticket_id, issue.key)
    return tuple(wrong)


def _check_inbox(scene: Scene, connection: Connection) -> list[str]:
    rows = connection.execute(select(inbox.c.dedupe_key, inbox.c.subject_id, inbox.c.consumed_at)).all()
    kept = {row.dedupe_key for row in rows if row.consumed_at is not None}
    wrong = [f"acknowledged delivery {key} was not consumed" for key in scene.acked if key not in kept]
    known = {row.subject_id for row in rows}
    told = {receipt.subject for receipt in scene.box.courier.receipts("zendesk") if receipt.status == 200}
    return wrong + [f"acknowledged webhook about ticket {subject} left no row" for subject in told - known]


def _check_rows(connection: Connection) -> list[str]:
    rejected = connection.execute(
        select(effects.c.key, effects.c.error).where(effects.c.state == EffectState.REJECTED.value)
    ).all()
    return [f"{row.key} was rejected: {row.error}" for row in rejected]


def _check_issues(box: Sandbox, markers: Sequence[str]) -> list[str]:
    labels = [label for issue in box.jira.issues for label in issue.get("labels") or ()]
    counts = Counter(label for label in labels if label.startswith("escalator-"))
    wrong = [f"{count} issues carry {marker}" for marker, count in counts.items() if count > 1]
    wrong += [f"no issue carries {marker}" for marker in markers if not counts[marker]]
    wrong += [f"an issue of nobody carries {marker}" for marker in counts if marker not in set(markers)]
    for issue in box.jira.issues:
        tokens = [(comment.properties.get("escalator") or {}).get("token") for comment in issue.comments]
        wrong += [
            f"{issue.key} has comment {token} {n} times" for token, n in Counter(tokens).items() if token and n > 1
        ]
        if len(issue.remote_links) != 1:
            wrong.append(f"{issue.key} has {len(issue.remote_links)} links to its ticket")
        names = Counter(attachment.filename for attachment in issue.attachments)
        wrong += [f"{issue.key} has file {name} {n} times" for name, n in names.items() if n > 1]
    return wrong


def _check_ticket(box: Sandbox, ticket_id: int, issue_key: str) -> list[str]:
    tokens = [(audit["metadata"].get("custom") or {}).get("escalator") for audit in box.zendesk.audits(ticket_id)]
    counts = Counter(token for token in tokens if token)
    wrong = [f"ticket {ticket_id} has note {token} {count} times" for token, count in counts.items() if count > 1]
    said = sum(comment["author_id"] == API_USER_ID for comment in box.zendesk.comments(ticket_id))
    if said != counts.total():
        wrong.append(f"ticket {ticket_id} has {said} comments of ours and {counts.total()} tokens")
    if len(box.zendesk.jira_links(ticket_id)) != 1:
        wrong.append(f"ticket {ticket_id} has {len(box.zendesk.jira_links(ticket_id))} links to its issue")
    # A step of the issue that was quicker than the first note is told by the same note.
    if not any(token.endswith(":opened") or ":changed:" in token or ":stage:" in token for token in counts):
        wrong.append(f"ticket {ticket_id} has no note")
    if box.zendesk.field(ticket_id, FIELDS["jira_issue"]) != issue_key:
        wrong.append(f"ticket {ticket_id} does not name {issue_key}")
    if "escalator_escalated" not in box.zendesk.tickets[ticket_id]["tags"]:
        wrong.append(f"ticket {ticket_id} has lost its tag")
    return wrong
