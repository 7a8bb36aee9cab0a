"""An escalation's life in its reconciler: the team's words, the next step, questions that are due, its end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from connectors.effects import PlannedWrite
from connectors.errors import NotFound
from connectors.records import Issue, IssueComment
from worker.core.advance import TeamDue, find_team_due, follow_course, weigh_severity
from worker.core.assessment import Target
from worker.core.cadence import Snooze
from worker.core.escalation import Escalation, EscalationState
from worker.core.followup import plan_question, plan_stage_words, spell_question_prefix
from worker.core.lessons import read_lesson
from worker.core.life import Stage
from worker.core.plan import Member
from worker.core.review import Instruction
from worker.flow.means import Means
from worker.store.audit import add_audit
from worker.store.clocks import TEAM, Clock, set_clock
from worker.store.effects import skip_unwanted
from worker.store.escalations import (
    change_escalation,
    close_escalation,
    lower_severity,
    reopen_escalation,
    save_course,
)
from worker.store.lessons import LessonRow, LessonSource
from worker.store.subjects import SubjectKind
from worker.store.tidings import Tiding, TidingKind, add_tidings

_LONGEST_CARRIED = 8_000
_WATCH_EVERY = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Advance:
    """Where an escalation stands after a look: with what the team said, and when it is asked next.

    `asks` is the number of the question that is due now.
    """

    escalation: Escalation
    heard: tuple[Tiding, ...]
    due: TeamDue
    planned: tuple[PlannedWrite, ...] = ()
    asks: int | None = None


def hear_team(means: Means, known: Escalation, issue: Issue | None) -> tuple[IssueComment, ...]:
    """The newest comments on the issue when it changed since they were read last; raises VendorProblem."""
    if issue is None or issue.updated_at is None or issue.updated_at == known.heard_until:
        return ()
    try:
        return means.tracker.read_comments(issue.id)
    except NotFound:
        return ()


def advance_escalation(
    means: Means,
    known: Escalation,
    seen: Escalation,
    issue: Issue | None,
    *,
    members: Sequence[Member],
    comments: Sequence[IssueComment],
    tidings: Sequence[Tiding],
    snooze: Snooze | None,
    instruction: Instruction | None,
    now: datetime,
) -> Advance:
    """The escalation after all that was seen, and what is owed for it; decides and writes nothing."""
    policy, texts = means.policy, means.texts
    heard = _read_comments(means, known, comments)
    moved = replace(
        seen,
        answered_at=_find_answer(known, seen, heard, now),
        heard_until=issue.updated_at if issue is not None and issue.updated_at else known.heard_until,
    )
    moved = follow_course(moved, members, issue, instruction=instruction, policy=policy, now=now)
    moved = weigh_severity(moved, members, policy, now)
    asked = tuple(one.at for one in tidings if one.kind is TidingKind.ASKED)
    due = find_team_due(moved, members, asked, policy, snooze)
    planned = plan_stage_words(members, moved, policy, texts)
    if due.clock is None or due.clock.due_at > now:
        return Advance(escalation=moved, heard=heard, due=due, planned=planned)
    number = len(asked) + 1
    question = (
        plan_question(members, moved, due.clock, number=number, policy=policy, texts=texts)
        if moved.target is not Target.L2
        else ()
    )
    return Advance(
        escalation=moved,
        heard=heard,
        due=find_team_due(moved, members, (*asked, now), policy, snooze),
        planned=(*planned, *question),
        asks=number,
    )


def keep_advance(connection: Connection, means: Means, known: Escalation, advance: Advance, now: datetime) -> bool:
    """Keeps where the escalation stands; True when its tickets should hear of it."""
    moved, digest = advance.escalation, means.policy.digest
    change_escalation(
        connection,
        known.id,
        now,
        answered_at=moved.answered_at,
        heard_until=moved.heard_until,
        lower_since=moved.lower_since,
    )
    is_news = add_tidings(connection, known.id, advance.heard) > 0 or advance.asks is not None
    if moved.revision != known.revision and lower_severity(connection, moved, known.revision, now):
        data = {"severity": moved.severity, "reasons": moved.severity_reasons}
        add_audit(connection, SubjectKind.ESCALATION, known.id, "lowered", data, now=now, policy_digest=digest)
        is_news = True
    if moved.course != known.course:
        save_course(connection, known.id, moved.course, now)
    if moved.course.turn != known.course.turn:
        _keep_step(connection, means, known, moved, now)
        is_news = True
    _keep_question(connection, means, advance, now)
    due = advance.due
    clock = Clock(
        escalation_id=known.id,
        ticket_id=TEAM,
        due_at=due.clock.due_at if due.clock else None,
        reasons=due.clock.reasons if due.clock else (due.reason,),
        set_at=now,
    )
    set_clock(connection, clock)
    return is_news


def find_next_look(means: Means, advance: Advance, due: datetime | None) -> datetime | None:
    """When the escalation is to be looked at again: at `due`, or earlier when a clock ends."""
    moved = advance.escalation
    if moved.course.stage is Stage.CLOSED:
        return _find_watch(means, moved)
    instants = [due, advance.due.clock.due_at if advance.due.clock else None]
    if moved.lower_since is not None:
        instants.append(moved.lower_since + means.policy.cadence.lower_after)
    return min((instant for instant in instants if instant is not None), default=None)


def _find_watch(means: Means, closed: Escalation) -> datetime | None:
    """A closed escalation is looked at for a while, in case the team takes its issue up again."""
    if closed.issue is None or closed.issue_missing_since is not None or closed.course.since is None:
        return None
    now = means.now()
    is_watched = now < closed.course.since + means.policy.cadence.watch_closed
    return now + max(means.timing.issue_poll_every, _WATCH_EVERY) if is_watched else None


def _keep_step(connection: Connection, means: Means, known: Escalation, moved: Escalation, now: datetime) -> None:
    course = moved.course
    data = {
        "from": known.course.stage,
        "to": course.stage,
        "happening": course.happening,
        "reasons": course.reasons,
    }
    kind, digest = SubjectKind.ESCALATION, means.policy.digest
    add_audit(connection, kind, known.id, "stepped", data, now=now, policy_digest=digest)
    if course.stage is Stage.CLOSED and known.state is EscalationState.OPEN:
        close_escalation(connection, known.id, now)
    elif course.stage is not Stage.CLOSED and known.state is EscalationState.CLOSED:
        reopen_escalation(connection, known, now)
    means.log.info("stepped", escalation=known.id, stage=course.stage.value, happening=course.happening)


def _keep_question(connection: Connection, means: Means, advance: Advance, now: datetime) -> None:
    """A question that is answered, or that a newer one repeats, is not asked any more."""
    moved, kind = advance.escalation, SubjectKind.ESCALATION
    clock = advance.due.clock
    is_open = clock is not None and clock.number > 1
    if advance.asks is not None:
        asked = Tiding(kind=TidingKind.ASKED, source_id=str(advance.asks), at=now)
        add_tidings(connection, moved.id, [asked])
        data = {"number": advance.asks, "reasons": clock.reasons if clock else ()}
        add_audit(connection, kind, moved.id, "asked", data, now=now, policy_digest=means.policy.digest)
    if advance.asks is not None or not is_open:
        skip_unwanted(
            connection,
            kind,
            moved.id,
            prefix=spell_question_prefix(moved.id),
            wanted=[write.key for write in advance.planned],
            reason="answered before it was asked",
            now=now,
        )


def find_lessons(means: Means, comments: Sequence[IssueComment]) -> tuple[LessonRow, ...]:
    """What people marked as the lesson on the issue."""
    prefix = means.policy.fields.jira.lesson_prefix
    return tuple(
        LessonRow(
            source=LessonSource.COMMENT,
            source_id=comment.id,
            text=lesson,
            by=comment.author or "the receiving team",
            at=comment.created_at,
        )
        for comment in comments
        if not comment.is_ours and (lesson := read_lesson(comment.text, prefix)) is not None
    )


def _read_comments(means: Means, known: Escalation, comments: Sequence[IssueComment]) -> tuple[Tiding, ...]:
    """What people said on the issue since we have it; ours and those of apps are no answers."""
    prefix = means.policy.fields.jira.support_prefix.casefold()
    heard = []
    for comment in comments:
        if comment.is_ours or not comment.is_person or comment.created_at < known.created_at:
            continue
        is_marked = comment.text.casefold().startswith(prefix)
        told = Tiding(
            kind=TidingKind.MARKED if is_marked else TidingKind.ANSWERED,
            source_id=comment.id,
            at=comment.created_at,
            author=comment.author,
            text=comment.text[len(prefix) : _LONGEST_CARRIED].strip() if is_marked else "",
        )
        heard.append(told)
    return tuple(heard)


def _find_answer(known: Escalation, seen: Escalation, heard: Sequence[Tiding], now: datetime) -> datetime | None:
    """The team's last comment, or change of status, assignee or resolution."""
    words = [one.at for one in heard]
    if known.answered_at is not None:
        words.append(known.answered_at)
    before = (known.issue_status, known.issue_resolution, known.issue_assignee)
    if known.issue_status is not None and before != (seen.issue_status, seen.issue_resolution, seen.issue_assignee):
        words.append(now)
    return max(words, default=None)
