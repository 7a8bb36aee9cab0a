"""What is owed after the hand-over: questions to the team, words about each step, drafts for customers."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from connectors.effects import ChangeIssue, CommentIssue, PlannedWrite, TagTicket, UpdateTicket
from connectors.records import StatusCategory, Ticket, TicketStatus
from mappings.followup import CarriedComment, CustomerWords, DueWord, Question, spell_moment
from mappings.policy import Policy
from worker.core.assessment import Severity, Target
from worker.core.cadence import Snooze, TeamClock, find_told_at
from worker.core.escalation import Escalation
from worker.core.life import Duty, Happening, Stage, tells_agents
from worker.core.plan import Member, Texts, plan_note
from worker.core.stage_words import tell_agents, tell_team
from worker.core.updates import FINISHED, WordDue

_STAMP = "%Y%m%dT%H%M%S"
_DRAFTS = {Stage.RESOLVED: "confirm", Stage.DECLINED: "declined", Stage.STOOD_DOWN: "stood_down"}
_SUPPORT_OWNS = frozenset({Stage.STOOD_DOWN, Stage.CLOSED})


def spell_question_prefix(escalation_id: str) -> str:
    """What the keys of all questions of an escalation begin with."""
    return f"ask:{escalation_id}:"


def spell_draft_prefix(escalation_id: str, ticket_id: int | str) -> str:
    """What the keys of all reminders about a customer of an escalation begin with."""
    return f"draft:{escalation_id}:{ticket_id}:"


def plan_question(
    members: Sequence[Member], escalation: Escalation, clock: TeamClock, *, number: int, policy: Policy, texts: Texts
) -> tuple[PlannedWrite, ...]:
    """The question with this number, as a comment on the issue; `clock` tells why, and who is to be called."""
    if escalation.issue is None or not members:
        return ()
    markdown = texts.write_question(members, escalation, make_question(escalation, clock, policy))
    effect = CommentIssue(escalation_id=escalation.id, markdown=markdown, mentions=clock.contacts)
    return (PlannedWrite(key=f"{spell_question_prefix(escalation.id)}{number}", effect=effect),)


def plan_l2_question(
    member: Member, escalation: Escalation, clock: TeamClock, *, number: int, policy: Policy, texts: Texts
) -> tuple[PlannedWrite, ...]:
    """The same for L2, which works on the ticket itself: an internal note on the escalation's first ticket."""
    ticket = member.ticket
    if ticket.id != escalation.tickets[0] or ticket.status in FINISHED:
        return ()
    markdown = texts.write_question([member], escalation, make_question(escalation, clock, policy))
    effect = UpdateTicket(ticket_id=ticket.id, note=markdown)
    return (PlannedWrite(key=f"{spell_question_prefix(escalation.id)}{number}", effect=effect),)


def make_question(escalation: Escalation, clock: TeamClock, policy: Policy) -> Question:
    """What is asked, and why now."""
    return Question(
        number=clock.number,
        still_open=tuple(_list_open(escalation)),
        reasons=clock.reasons,
        prefix=policy.fields.jira.support_prefix,
    )


def plan_stage_words(
    members: Sequence[Member], escalation: Escalation, policy: Policy, texts: Texts
) -> tuple[PlannedWrite, ...]:
    """The comment that tells the team of the last step, and the edit that goes with it."""
    course, issue = escalation.course, escalation.issue
    if issue is None or escalation.issue_missing_since is not None or not members:
        return ()
    if Duty.TELL_TEAM not in course.duties:
        return ()
    place = f"{escalation.id}:{issue.id}:{course.turn}"
    markdown = texts.write_stage_comment(members, escalation, tell_team(course))
    comment = CommentIssue(escalation_id=escalation.id, markdown=markdown)
    edit = _edit_issue(escalation, policy)
    change = (PlannedWrite(key=f"stage:{place}:edit", effect=edit),) if edit is not None else ()
    return (PlannedWrite(key=f"stage:{place}", effect=comment), *change)


def plan_stage_note(
    member: Member, escalation: Escalation, *, policy: Policy, texts: Texts, now: datetime, sends: bool = False
) -> tuple[PlannedWrite, ...]:
    """The note that tells the agents of the last step, with a draft where the customer is to be told.

    `sends` when that goes to the customer by itself.
    """
    course = escalation.course
    if not tells_agents(course) or member.ticket.status in {TicketStatus.CLOSED, TicketStatus.DELETED}:
        return ()
    words = None
    if course.stage is not Stage.CLOSED and member.ticket.status not in FINISHED and _owes_words(escalation):
        words = (_DRAFTS.get(course.stage, "update"), make_words(member, escalation, policy, now))
    note = texts.write_stage_note(member, escalation, tell_agents(course), words, sends=sends)
    written = plan_note(member.ticket, escalation, policy, f"stage:{course.turn}", note)
    return tuple(_turn_tag(write, escalation, policy) for write in written)


def _turn_tag(write: PlannedWrite, escalation: Escalation, policy: Policy) -> PlannedWrite:
    """A closed escalation takes its tag back, and one that is taken up again sets it anew."""
    effect, course, tag = write.effect, escalation.course, policy.routing.tags.escalated
    if not isinstance(effect, TagTicket):
        return write
    if course.stage is Stage.CLOSED:
        effect = TagTicket(ticket_id=effect.ticket_id, remove=(tag,))
    elif course.happening is not Happening.ISSUE_REOPENED:
        return write
    return PlannedWrite(key=f"tag:{escalation.id}:{effect.ticket_id}:{course.turn}", effect=effect)


def plan_due_word(
    member: Member, escalation: Escalation, due: WordDue, *, policy: Policy, texts: Texts, now: datetime
) -> tuple[PlannedWrite, ...]:
    """A reminder with a draft when a word is due, and one when it is overdue; each at most once for each wait."""
    if due.draft_at is None or due.overdue_at is None or now < due.draft_at:
        return ()
    is_overdue = now >= due.overdue_at
    word = DueWord(overdue_at=due.overdue_at, is_overdue=is_overdue, reasons=due.reasons)
    words = make_words(member, escalation, policy, now)
    markdown = texts.write_due_note(member, escalation, word, words)
    prefix = spell_draft_prefix(escalation.id, member.ticket.id)
    key = f"{prefix}{due.since.strftime(_STAMP)}:{'overdue' if is_overdue else 'due'}"
    return (PlannedWrite(key=key, effect=UpdateTicket(ticket_id=member.ticket.id, note=markdown)),)


def find_tag_snooze(ticket: Ticket, known: Snooze | None, policy: Policy, now: datetime) -> Snooze | None:
    """The snooze that an agent's tag asks for: the one that runs already, or a new one; None without the tag."""
    tag = policy.routing.tags.snooze
    if tag not in ticket.tags:
        return None
    if known is not None and known.until > now:
        return known
    until = (now + policy.cadence.snooze).replace(microsecond=0)
    return Snooze(until=until, reason=f"an agent set the tag {tag}", by="agent")


def plan_snoozed(
    member: Member, escalation: Escalation, until: datetime, *, policy: Policy, texts: Texts
) -> tuple[PlannedWrite, ...]:
    """One note that the tag was heard, and the tag taken off, so that it can be set again."""
    ticket_id = member.ticket.id
    key = f"snooze:{escalation.id}:{ticket_id}:{until.strftime(_STAMP)}"
    note = texts.write_snoozed_note(member, escalation, until)
    tag = TagTicket(ticket_id=ticket_id, remove=(policy.routing.tags.snooze,))
    return (
        PlannedWrite(key=key, effect=UpdateTicket(ticket_id=ticket_id, note=note)),
        PlannedWrite(key=f"{key}:tag", effect=tag),
    )


def plan_carried(
    member: Member, escalation: Escalation, marked: Mapping[str, CarriedComment], texts: Texts
) -> tuple[PlannedWrite, ...]:
    """A note for each comment, by its id, that the team marked for support; none on a ticket that takes no notes."""
    ticket = member.ticket
    if escalation.issue is None or ticket.status in {TicketStatus.CLOSED, TicketStatus.DELETED}:
        return ()
    return tuple(
        PlannedWrite(
            key=f"note:{escalation.id}:{ticket.id}:carried:{comment_id}",
            effect=UpdateTicket(ticket_id=ticket.id, note=texts.write_carried_note(member, escalation, carried)),
        )
        for comment_id, carried in marked.items()
    )


def make_words(member: Member, escalation: Escalation, policy: Policy, now: datetime) -> CustomerWords:
    """All that a draft may say to this customer."""
    requester = member.ticket.find_person(member.ticket.requester_id)
    rhythm = policy.cadence.find_rhythm(escalation.severity.value)
    cadence, is_pressing = policy.cadence, escalation.severity is Severity.CRITICAL
    next_by = cadence.add_span(rhythm, now, rhythm.customer[1])
    if cadence.quiet_hours is not None and not is_pressing:
        # Reminders wait for their end, so nothing earlier can be promised.
        next_by = cadence.quiet_hours.find_end(next_by)
    return CustomerWords(
        name=requester.name.split()[0] if requester and requester.name.split() else "",
        subject=" ".join(member.ticket.subject.split()),
        progress=_find_progress(member, escalation),
        is_news=_has_news(member, escalation),
        next_by=spell_moment(next_by, member.assessment.language),
    )


def choose_draft(stage: Stage) -> str:
    """The kind of text for customers that fits an escalation in this stage."""
    return _DRAFTS.get(stage, "update")


def _owes_words(escalation: Escalation) -> bool:
    return bool({Duty.DRAFT_UPDATE, Duty.ASK_CONFIRMATION} & set(escalation.course.duties))


def find_own_priority(escalation: Escalation, policy: Policy) -> str:
    """The priority that we have set, or are about to set, on the issue; empty where the project's own stays."""
    names = policy.fields.jira.priority
    severity = Severity.MEDIUM if escalation.course.stage in _SUPPORT_OWNS else escalation.severity
    name: str = getattr(names, severity.value)
    return name


def _edit_issue(escalation: Escalation, policy: Policy) -> ChangeIssue | None:
    """An issue that support took back carries the label and the lowest priority; both go when it is needed again."""
    label = policy.fields.jira.stood_down_label
    is_ours = escalation.course.stage in _SUPPORT_OWNS
    if is_ours and escalation.issue_category is StatusCategory.DONE:
        return None
    labels = (label,) if label else ()
    return ChangeIssue(
        escalation_id=escalation.id,
        severity=escalation.severity.value,
        priority=find_own_priority(escalation, policy) or None,
        add_labels=labels if is_ours else (),
        remove_labels=() if is_ours else labels,
    )


def _list_open(escalation: Escalation) -> list[str]:
    if escalation.course.stage is Stage.FIXED:
        return ["when the fix is released"]
    if escalation.target is Target.L2:
        return ["what was found so far, and what the next step is"]
    who = [] if escalation.issue_assignee else ["who takes it"]
    if escalation.issue_category is StatusCategory.INDETERMINATE:
        return [*who, "when a fix, or a way around it, can be expected"]
    return [*who, "when the work on it begins"]


def _find_progress(member: Member, escalation: Escalation) -> str:
    stage = escalation.course.stage
    if stage is Stage.FIXED:
        return "fixed"
    if stage in {Stage.RESOLVED, Stage.CLOSED}:
        return "solved"
    if stage is Stage.STOOD_DOWN:
        reasons = " ".join(member.assessment.de_escalate_reasons)
        return "solved" if "resolved" in reasons or member.ticket.status in FINISHED else "waiting"
    return "started" if escalation.issue_category is StatusCategory.INDETERMINATE else "waiting"


def _has_news(member: Member, escalation: Escalation) -> bool:
    """True when the work began, or the fix was made, since our last public word."""
    told_at = find_told_at(member.ticket, escalation.created_at)
    moved = escalation.course.since if escalation.course.stage is Stage.FIXED else escalation.answered_at
    started = escalation.issue_category is StatusCategory.INDETERMINATE or escalation.course.stage is Stage.FIXED
    return started and moved is not None and moved > told_at
