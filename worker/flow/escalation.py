"""The escalation reconciler: what its issue is compared with what it should be, and intents for the difference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from connectors.effects import PlannedWrite
from connectors.errors import VendorProblem
from connectors.records import Issue, IssueComment, IssueRef
from worker.core.cadence import Snooze
from worker.core.escalation import Escalation, EscalationState
from worker.core.fates import Fate, plan_duplicate, plan_farewell, plan_fates
from worker.core.files import plan_copies
from worker.core.followup import find_own_priority
from worker.core.life import Stage
from worker.core.plan import Member, plan_attachment, plan_escalation
from worker.core.problems import plan_problem
from worker.core.sighting import see_copies
from worker.core.succession import survives
from worker.failpoints import FailPoint, reach
from worker.flow.apart import read_apart
from worker.flow.bounce import find_loop, park_loop
from worker.flow.claiming import claim_planned
from worker.flow.course import advance_escalation, find_lessons, find_next_look, hear_team, keep_advance
from worker.flow.hints import list_hinted
from worker.flow.holding import let_go, walk_held
from worker.flow.intents import spell_intents
from worker.flow.means import Means
from worker.flow.moving import move_escalation
from worker.flow.orders import read_instruction
from worker.flow.patience import is_vendors_fault
from worker.flow.postponement import postpone_apart, postpone_claims
from worker.flow.replay import is_forgotten
from worker.flow.survey import Survey, index_issues, survey_issues
from worker.flow.twins import keep_twins, plan_sweep, settle_uncertain
from worker.store.audit import add_audit
from worker.store.clocks import TEAM, list_snoozes
from worker.store.doubts import UncertainCreate, read_doubt
from worker.store.effects import add_intents, has_open, has_started, retire_dead, skip_intended
from worker.store.escalations import (
    change_escalation,
    close_escalation,
    find_successor,
    list_last_members,
    read_brief,
    read_escalation,
    save_seen_issue,
    save_shown,
)
from worker.store.inbox import PendingEvent, consume_events
from worker.store.lessons import add_lessons
from worker.store.subjects import (
    Claim,
    Lane,
    LeaseLost,
    SubjectKind,
    check_fence,
    insert_wakes,
    park_subject,
    release_subject,
)
from worker.store.tickets import read_states
from worker.store.tidings import Tiding, list_tidings

BATCH = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class _Work:
    claim: Claim
    events: tuple[PendingEvent, ...]
    escalation: Escalation
    members: tuple[Member, ...]
    brief: str | None
    brief_cut: bool
    doubt: UncertainCreate | None
    tidings: tuple[Tiding, ...]
    snooze: Snooze | None

    def must_sweep(self, now: datetime) -> bool:
        """True when it is time to look for a second issue."""
        sweep_at = self.doubt.sweep_at if self.doubt else None
        return self.escalation.issue is not None and sweep_at is not None and sweep_at <= now


def reconcile_escalations(means: Means) -> bool:
    """Reads the issues of due escalations in one call and settles each; True when there was something to do."""
    since, works = means.monotonic(), _claim_escalations(means)
    if not works:
        return False
    reach(FailPoint.ESCALATIONS_CLAIMED)
    with means.limits.use_lane(min(work.claim.lane for work in works)):
        issues, failed = _read_issues(means, works)
    reach(FailPoint.ESCALATIONS_READ)
    troubles = {work.claim.id: failed.get(_name_issue(work.escalation) or "") for work in works}
    postpone_apart(means, ((work.claim, trouble) for work in works if (trouble := troubles[work.claim.id])))
    whole = [work for work in works if troubles[work.claim.id] is None]
    for work in walk_held(means, whole, since=since):
        with let_go(means, work.claim.id), means.limits.use_lane(work.claim.lane):
            _reconcile_escalation(means, work, issues)
    return True


def _claim_escalations(means: Means) -> tuple[_Work, ...]:
    with means.database.transaction() as connection:
        claims, events = claim_planned(connection, means, SubjectKind.ESCALATION, limit=BATCH)
        works = [_load_work(connection, claim, events[claim.id], means.now()) for claim in claims]
    return tuple(work for work in works if work is not None)


def _load_work(connection: Connection, claim: Claim, events: tuple[PendingEvent, ...], now: datetime) -> _Work | None:
    escalation = read_escalation(connection, claim.id)
    if escalation is None or _is_over(escalation) or is_forgotten(events):
        consume_events(connection, [event.id for event in events], now)
        writes = now if has_open(connection, claim.kind, claim.id) else None
        release_subject(connection, claim, plan_due_at=None, write_due_at=writes)
        return None
    tickets = escalation.tickets
    if escalation.state is EscalationState.CLOSED:
        tickets = list_last_members(connection, escalation)
    states = read_states(connection, tickets)
    brief = read_brief(connection, claim.id)
    return _Work(
        claim=claim,
        events=events,
        escalation=escalation,
        members=tuple(
            Member(ticket=state.ticket, assessment=state.assessment)
            for state in (states.get(ticket_id) for ticket_id in tickets)
            if state is not None and state.assessment is not None
        ),
        brief=brief.markdown if brief else None,
        brief_cut=brief.cut if brief else False,
        doubt=read_doubt(connection, claim.id),
        tidings=list_tidings(connection, [claim.id])[claim.id],
        snooze=list_snoozes(connection, [claim.id]).get((claim.id, TEAM)),
    )


def _is_over(escalation: Escalation) -> bool:
    """A closed escalation is looked at only to see whether its issue is taken up again."""
    return escalation.state is EscalationState.CLOSED and (
        escalation.issue is None or escalation.course.stage is not Stage.CLOSED
    )


def _name_issue(escalation: Escalation) -> str | None:
    return escalation.issue.id if escalation.issue else escalation.adopt_key


def _read_issues(means: Means, works: Sequence[_Work]) -> tuple[Mapping[str, Issue], Mapping[str, VendorProblem]]:
    own = [name for work in works if (name := _name_issue(work.escalation)) is not None]
    hinted = [name for work in works for name in list_hinted(work.events)]
    issues, failed = read_apart(
        means.tracker.read_issues,
        list(dict.fromkeys((*own, *hinted))),
        is_vendors_fault=lambda problem: is_vendors_fault(means, problem),
    )
    return index_issues(issues), failed


def _reconcile_escalation(means: Means, work: _Work, issues: Mapping[str, Issue]) -> None:
    hinted = [issues[name] for name in list_hinted(work.events) if name in issues]
    try:
        own = issues.get(_name_issue(work.escalation) or "") or _read_again(means, work.escalation)
        sweep = work.must_sweep(means.now())
        survey = survey_issues(means, work.escalation, own, hinted, sweep=sweep)
        _settle_escalation(means, work, survey, hear_team(means, work.escalation, survey.issue))
    except VendorProblem as problem:
        postpone_claims(means, [work.claim], problem)
    except LeaseLost:
        raise
    except Exception as error:
        _park_escalation(means, work, error)


def _read_again(means: Means, escalation: Escalation) -> Issue | None:
    """An issue that is missing for the first time is asked for by itself, before people are told that it is gone."""
    if escalation.issue is None or escalation.issue_missing_since is not None:
        return None
    return next(iter(means.tracker.read_issues([escalation.issue.id])), None)


def _settle_escalation(means: Means, work: _Work, survey: Survey, comments: tuple[IssueComment, ...]) -> None:
    now, known, issue = means.now(), work.escalation, survey.issue
    is_open = known.state is EscalationState.OPEN
    if is_open and not known.tickets and _end_escalation(means, work, now):
        return
    if is_open and known.moving is not None and move_escalation(means, work.claim, known, issue):
        return
    rules = means.policy.routing.targets.find_target(known.target.value)
    seen = see_copies(
        _see_issue(known, issue, find_own_priority(known, means.policy), now), known, issue, survey.twins, rules
    )
    advance = advance_escalation(
        means,
        known,
        seen,
        issue,
        members=work.members,
        comments=comments,
        tidings=work.tidings,
        snooze=work.snooze,
        instruction=read_instruction(work.events),
        now=now,
    )
    seen = advance.escalation
    planned = plan_escalation(work.members, seen, means.policy, means.texts, means.addresses)
    planned = (*planned, *plan_problem(work.members, seen, means.policy, means.texts))
    planned = (*planned, *plan_copies(work.members, seen, means.policy))
    planned = (*planned, *advance.planned) if is_open or seen.course.stage is not Stage.CLOSED else ()
    if work.brief is not None and work.brief_cut and seen.issue is not None and seen.issue_missing_since is None:
        planned = (*planned, plan_attachment(known.id, seen.issue.id, work.brief))
    with means.database.transaction() as connection:
        check_fence(connection, work.claim, lease_until=now + means.timing.lease)
        consume_events(connection, [event.id for event in work.events], now)
        is_found = issue is not None and known.issue is None and known.adopt_key is None
        if issue is not None and is_found:
            settle_uncertain(connection, means, known, issue, now)
        if issue is not None:
            save_seen_issue(connection, known.id, issue, now)
        keep_twins(connection, means, seen, survey.twins, now)
        change_escalation(
            connection,
            known.id,
            now,
            sightings=seen.sightings,
            adopted=seen.adopted,
            adopt_key=seen.adopt_key,
            issue_missing_since=seen.issue_missing_since,
            issue_exposed=seen.issue_exposed,
            **({"issue_severity": seen.issue_severity} if known.issue is not None else {}),
        )
        add_lessons(connection, known.id, find_lessons(means, comments))
        is_told = keep_advance(connection, means, known, advance, now)
        is_seen = seen.sightings != known.sightings or (known.issue is None and seen.issue is not None)
        if is_seen:
            _audit_sighting(connection, means, seen, now)
        if is_seen or is_told:
            ids = sorted({str(ticket_id) for ticket_id in (*seen.tickets, *(one.ticket.id for one in work.members))})
            insert_wakes(connection, SubjectKind.TICKET, ids, lane=Lane.FOLLOW_UP, now=now)
        if is_open and seen.issue is not None and seen.issue_missing_since is None:
            save_shown(connection, known.id, [member.ticket.id for member in work.members], now)
        added = _keep_intents(connection, means, work, planned, now)
        due = now + means.timing.issue_poll_every if seen.issue is not None else None
        due = plan_sweep(connection, means, known.id, work.doubt, swept=survey.swept, due=due, now=now)
        due = find_next_look(means, advance, due)
        writes = now if has_open(connection, SubjectKind.ESCALATION, known.id) else None
        if added is not None:
            release_subject(connection, work.claim, plan_due_at=due, write_due_at=writes, waits=not is_found)
        reach(FailPoint.ESCALATION_SETTLING)
    reach(FailPoint.ESCALATION_SETTLED)
    means.log.info(
        "compared",
        escalation=known.id,
        issue=seen.issue.key if seen.issue else None,
        status=seen.issue_status,
        writes=added,
    )


def _keep_intents(
    connection: Connection, means: Means, work: _Work, planned: Sequence[PlannedWrite], now: datetime
) -> int | None:
    """Keeps what is to be written; None when it was parked instead, because our writes only answer each other."""
    intents, kind = spell_intents(planned), SubjectKind.ESCALATION
    wanted = [intent.key for intent in intents]
    bounce = find_loop(connection, means, work.claim, work.events, wanted, now=now)
    if bounce is not None:
        park_loop(connection, means, work.claim, bounce, now=now)
        return None
    digest = means.policy.digest
    added = add_intents(connection, kind, work.claim.id, intents, policy_digest=digest, now=now)
    retire_dead(connection, kind, work.claim.id, wanted=wanted, now=now)
    return added


def _end_escalation(means: Means, work: _Work, now: datetime) -> bool:
    """Ends an escalation that all its tickets have left: handed on to another one, or before it had an issue."""
    known, kind = work.escalation, SubjectKind.ESCALATION
    with means.database.transaction() as connection:
        successor = find_successor(connection, known.id)
        if has_started(connection, kind, known.id) or (successor is None and known.issue is not None):
            return False
        heirs = _list_heirs(known)
        if heirs and (successor is None or any(survives(known, successor, heir) for heir in heirs)):
            return False
        check_fence(connection, work.claim, lease_until=now + means.timing.lease)
        consume_events(connection, [event.id for event in work.events], now)
        skip_intended(connection, kind, known.id, reason="its tickets have left", now=now)
        planned = plan_fates(known.id, known.fates, known.target) if known.issue else ()
        if successor is not None and known.issue is not None:
            place = successor.issue.key if successor.issue else f"escalation {successor.id}"
            planned = (*planned, plan_farewell(known.id, successor.id, place, is_one_problem=not heirs))
            if successor.issue is not None and not heirs:
                planned = (*planned, plan_duplicate(known.id, known.issue.id, successor.issue.id))
        intents = spell_intents(planned)
        add_intents(connection, kind, known.id, intents, policy_digest=means.policy.digest, now=now)
        close_escalation(connection, known.id, now)
        data = {"successor": successor.id if successor else None}
        add_audit(connection, kind, known.id, "ended", data, now=now, policy_digest=means.policy.digest)
        writes = now if has_open(connection, kind, known.id) else None
        release_subject(connection, work.claim, plan_due_at=None, write_due_at=writes)
    means.log.info("ended", escalation=known.id, successor=successor.id if successor else None)
    return True


def _list_heirs(escalation: Escalation) -> tuple[int, ...]:
    """The tickets that its own were merged into."""
    return tuple(one.other for one in escalation.fates if one.fate is Fate.MERGED and one.other is not None)


def _see_issue(escalation: Escalation, issue: Issue | None, own_priority: str, now: datetime) -> Escalation:
    """The escalation with what its issue looks like now; a sighting is counted when that is news.

    The priority that we set ourselves is none.
    """
    if issue is None:
        return _miss_issue(escalation, now)
    seen = replace(
        escalation,
        issue=IssueRef(id=issue.id, key=issue.key),
        adopt_key=None,
        issue_status=issue.status,
        issue_category=issue.category,
        issue_resolution=issue.resolution,
        issue_assignee=issue.assignee,
        issue_priority=issue.priority,
        issue_missing_since=None,
    )
    first = escalation.issue_status is None
    known = replace(escalation, issue_priority=issue.priority) if issue.priority == own_priority else escalation
    return seen if first or _look_same(known, seen) else replace(seen, sightings=seen.sightings + 1)


def _look_same(before: Escalation, after: Escalation) -> bool:
    return (
        before.issue == after.issue
        and before.issue_status == after.issue_status
        and before.issue_resolution == after.issue_resolution
        and before.issue_assignee == after.issue_assignee
        and before.issue_priority == after.issue_priority
        and before.issue_missing_since is None
    )


def _miss_issue(escalation: Escalation, now: datetime) -> Escalation:
    if escalation.adopt_key is not None:
        # The key on the ticket leads nowhere, so the problem still needs an issue of its own.
        return replace(escalation, adopt_key=None, adopted=False)
    if escalation.issue is None or escalation.issue_missing_since is not None:
        return escalation
    return replace(escalation, issue_missing_since=now, sightings=escalation.sightings + 1)


def _audit_sighting(connection: Connection, means: Means, seen: Escalation, now: datetime) -> None:
    add_audit(
        connection,
        SubjectKind.ESCALATION,
        seen.id,
        "issue_seen",
        {
            "key": seen.issue.key if seen.issue else None,
            "status": seen.issue_status,
            "resolution": seen.issue_resolution,
            "assignee": seen.issue_assignee,
            "missing": seen.issue_missing_since is not None,
        },
        now=now,
        policy_digest=means.policy.digest,
    )


def _park_escalation(means: Means, work: _Work, error: Exception) -> None:
    now, reason = means.now(), f"{type(error).__name__}: could not be planned"
    means.log.error("parked", escalation=work.claim.id, detail=reason, exc_info=error)
    with means.database.transaction() as connection:
        park_subject(connection, work.claim, error=reason, now=now)
        add_audit(connection, SubjectKind.ESCALATION, work.claim.id, "parked", {"reason": reason}, now=now)
