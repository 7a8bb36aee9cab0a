"""From decisions to keyed writes.

A key names the change itself, so any event, any number of times, plans the same.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from connectors.effects import (
    AttachBrief,
    ChangeIssue,
    CloseTwin,
    CommentIssue,
    CommentTwin,
    LinkIssue,
    LinkTicket,
    LinkTwin,
    OpenIssue,
    PlannedWrite,
    TagTicket,
    UpdateTicket,
)
from connectors.records import FieldValue, StatusCategory, Ticket, TicketStatus
from mappings.brief import Wait
from mappings.followup import CarriedComment, CustomerWords, DigestLine, DueWord, Question, SentReply, StageStep
from mappings.masking import spell_marks
from mappings.policy import Policy
from mappings.routing import Mode
from mappings.summary import cut_line
from worker.core.assessment import Assessment, Severity, Target
from worker.core.copies import Twin
from worker.core.decision import Action, Decision
from worker.core.escalation import Escalation
from worker.core.fates import plan_fates
from worker.core.life import Stage, tells_agents
from worker.core.moves import FormerIssue, find_move_tag, plan_former
from worker.core.patterns.view import PatternView
from worker.core.recurrence import choose_related, plan_relations
from worker.core.redaction import mask_ticket

_TITLE_LIMIT = 200
_CHANGED = "changed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Addresses:
    """Where people look: the base addresses of the two sites, without a slash at the end."""

    zendesk: str
    jira: str

    def find_ticket_page(self, ticket_id: int) -> str:
        """The agent's page of a ticket."""
        return f"{self.zendesk}/agent/tickets/{ticket_id}"

    def find_issue_page(self, key: str) -> str:
        """The page of an issue."""
        return f"{self.jira}/browse/{key}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One ticket of an escalation with its last assessment."""

    ticket: Ticket
    assessment: Assessment


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueText:
    """The words of a new issue; `was_cut` when the description carries less than the whole brief."""

    summary: str
    description: str
    brief: str
    was_cut: bool


class Texts(Protocol):
    """Renders what people read, as Markdown."""

    def find_deadline(self, member: Member) -> datetime | None:
        """By when the ticket itself (its SLA or its thread) wants something done."""

    def write_opened_note(self, member: Member, escalation: Escalation, *, waited: bool = False) -> str:
        """The note that tells an agent that an issue was opened, why, and what is still missing.

        `waited` when the ticket was told before that the issue was waiting.
        """

    def write_changed_note(self, member: Member, escalation: Escalation) -> str:
        """The note that tells an agent what changed on the other side."""

    def write_waiting_note(self, member: Member, escalation: Escalation, wait: Wait) -> str:
        """The note that says what waits, since when, why, and what to do; or that it is over."""

    def write_l2_note(self, member: Member, escalation: Escalation) -> str:
        """The hand-over to L2 with what the tier's list asks for."""

    def write_suggestion(self, member: Member, decision: Decision) -> str:
        """The note that asks an agent to approve."""

    def write_incomplete_note(self, member: Member, decision: Decision) -> str:
        """The note that asks for what is missing, as a checklist."""

    def write_issue(self, members: Sequence[Member], escalation: Escalation) -> IssueText:
        """Summary, description and whole brief of the issue."""

    def write_pattern_question(self, member: Member, pattern: PatternView) -> str:
        """The note that asks an agent whether several customers have the same problem."""

    def write_left_note(self, member: Member, escalation: Escalation) -> str:
        """The note that tells an agent that the ticket is not part of an escalation any more."""

    def write_members_comment(
        self, members: Sequence[Member], fresh: Sequence[Member], gone: Sequence[int], escalation: Escalation
    ) -> str:
        """The comment that tells the receiving team which customers joined and which tickets left."""

    def write_change_comment(self, members: Sequence[Member], escalation: Escalation) -> str:
        """The comment that tells the receiving team of a changed severity."""

    def write_question(self, members: Sequence[Member], escalation: Escalation, question: Question) -> str:
        """The question for progress, to the receiving team."""

    def write_stage_comment(self, members: Sequence[Member], escalation: Escalation, step: StageStep) -> str:
        """The comment that tells the receiving team of a step in the escalation's life."""

    def write_stage_note(
        self,
        member: Member,
        escalation: Escalation,
        step: StageStep,
        words: tuple[str, CustomerWords] | None,
        *,
        sends: bool = False,
    ) -> str:
        """The note that tells an agent of such a step; `words` are a draft's kind and what it may say.

        `sends` when that goes to the customer by itself.
        """

    def write_reply(self, member: Member, kind: str, words: CustomerWords) -> str:
        """A text for the customer as they read it, without a trace of ours."""

    def write_digest(self, member: Member, escalation: Escalation, lines: Sequence[DigestLine]) -> str:
        """The note that says what was asked and answered on the issue."""

    def write_sent_note(self, member: Member, escalation: Escalation, sent: SentReply) -> str:
        """The note that says that a text went to the customer by itself."""

    def write_due_note(self, member: Member, escalation: Escalation, due: DueWord, words: CustomerWords) -> str:
        """The note that says that the customer is owed a word, with a draft of it."""

    def write_snoozed_note(self, member: Member, escalation: Escalation, until: datetime) -> str:
        """The note that says until when the reminders are put off."""

    def write_carried_note(self, member: Member, escalation: Escalation, carried: CarriedComment) -> str:
        """The note that carries over a comment that the receiving team marked for support."""

    def write_twin_comment(self, escalation: Escalation, twin: Twin) -> str:
        """The comment on an issue that is one too many: why, and where the work goes on."""

    def write_problem_note(self, escalation: Escalation) -> str:
        """The internal note that a problem ticket begins with."""

    def write_left_comment(self, escalation: Escalation, former: FormerIssue, *, closes: bool) -> str:
        """The comment on an issue that was left behind: where it goes on, if it may say so, and its end."""


def plan_ticket(
    member: Member,
    decision: Decision,
    escalation: Escalation | None,
    policy: Policy,
    texts: Texts,
    *,
    pattern: PatternView | None = None,
    waited: bool = False,
) -> tuple[PlannedWrite, ...]:
    """The writes to this ticket that should have happened by now; `waited` when it was told that its issue waits."""
    if member.ticket.status in {TicketStatus.CLOSED, TicketStatus.DELETED}:
        return ()
    if decision.action is Action.LEAVE and escalation is not None:
        return _plan_leaving(member, escalation, policy, texts)
    shown = _plan_shown(member, escalation, policy, texts, waited=waited) if escalation is not None else ()
    shown = (*shown, *_plan_native_link(member, escalation, policy))
    if decision.action is Action.ASK:
        return (*shown, *_plan_suggestion(member, decision, policy, texts))
    if decision.action is Action.WAIT:
        return (*shown, _plan_waiting(member, decision, texts))
    if pattern is not None and escalation is None and _wants_verdict(pattern, member, policy):
        return _plan_pattern_question(member, pattern, policy, texts)
    return shown


def plan_escalation(
    members: Sequence[Member], escalation: Escalation, policy: Policy, texts: Texts, addresses: Addresses
) -> tuple[PlannedWrite, ...]:
    """The writes to this escalation's issue that should have happened by now."""
    if escalation.target is Target.L2 or escalation.issue_missing_since is not None:
        return ()
    left = tuple(write for one in escalation.former for write in _plan_left(escalation, one, policy, texts))
    if escalation.issue is None:
        is_wanted = escalation.course.stage in {Stage.OPENING, Stage.ACTIVE}
        if escalation.adopt_key or not members or not is_wanted:
            return left
        return (_plan_opening(members, escalation, policy, texts), *left)
    links = tuple(_plan_link(member, escalation, policy, addresses) for member in members)
    joined = _plan_members(members, escalation, texts) if members else ()
    changes = _plan_change(members, escalation, policy, texts) if members else ()
    fates = plan_fates(escalation.id, escalation.fates, escalation.target)
    twins = (write for twin in escalation.twins for write in _plan_twin(escalation, twin, texts))
    related = choose_related(escalation.target, escalation.related)
    relations = plan_relations(escalation.id, escalation.issue, related)
    return (*links, *joined, *changes, *fates, *twins, *relations, *left)


def plan_attachment(escalation_id: str, issue_id: str, brief: str) -> PlannedWrite:
    """The whole brief as a file of the issue, for when the description had to be cut."""
    effect = AttachBrief(escalation_id=escalation_id, file_name=f"brief-{escalation_id}.md", content=brief)
    return PlannedWrite(key=f"attach:{escalation_id}:{issue_id}:brief", effect=effect)


def spell_mark(escalation: Escalation) -> str:
    """Which changes of the issue and of the severity the tickets are to be shown."""
    seen = f"{escalation.revision}.{escalation.sightings}"
    return f"{escalation.moves}.{seen}" if escalation.moves else seen


def find_opening_key(escalation: Escalation) -> str:
    """The key of the one create of an escalation with the team that it is with."""
    return f"open:{escalation.id}:{escalation.moves + 1}" if escalation.moves else f"open:{escalation.id}"


def spell_change_prefix(escalation_id: str, ticket_id: int | str) -> str:
    """What the keys of all notes about changes of an escalation on a ticket begin with."""
    return f"note:{escalation_id}:{ticket_id}:{_CHANGED}:"


def describe_state(escalation: Escalation, policy: Policy) -> str:
    """The escalation's state as the ticket's field shows it, in the policy's words."""
    names = policy.fields.jira.states
    told = {Stage.FIXED: names.fixed, Stage.STOOD_DOWN: names.stood_down, Stage.CLOSED: names.closed}
    if escalation.course.stage in told:
        return told[escalation.course.stage]
    if escalation.target is Target.L2:
        return names.l2
    if escalation.issue_missing_since is not None:
        return names.missing
    if escalation.course.stage is Stage.ACTIVE and escalation.issue_category is StatusCategory.DONE:
        return names.indeterminate
    if escalation.issue_category is StatusCategory.DONE:
        return names.resolutions.get(escalation.issue_resolution or "", names.done)
    return names.indeterminate if escalation.issue_category is StatusCategory.INDETERMINATE else names.new


def spell_severity_labels(severity: Severity, policy: Policy) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The label that an issue of this severity carries, and those that it must not; none when not configured."""
    prefix = policy.fields.jira.severity_label
    if not prefix:
        return (), ()
    return (f"{prefix}{severity.value}",), tuple(f"{prefix}{one.value}" for one in Severity if one is not severity)


def find_deadline(severity: Severity, policy: Policy, now: datetime, wanted: datetime | None) -> datetime:
    """When the receiving team must have looked at it: by severity, or earlier when the ticket says so."""
    rhythm = policy.cadence.find_rhythm(severity.value)
    latest = policy.cadence.add_span(rhythm, now, rhythm.attention)
    return min(latest, wanted) if wanted is not None and wanted > now else latest


def make_title(ticket: Ticket) -> str:
    """The escalation's working title: the ticket's subject on one line."""
    return cut_line(ticket.subject, _TITLE_LIMIT) or f"Ticket {ticket.id}"


def _plan_shown(
    member: Member, escalation: Escalation, policy: Policy, texts: Texts, *, waited: bool
) -> tuple[PlannedWrite, ...]:
    if escalation.target is Target.L2:
        return plan_note(member.ticket, escalation, policy, "l2", texts.write_l2_note(member, escalation))
    if escalation.issue is None:
        return ()
    mark = spell_mark(escalation)
    if not escalation.revision and not escalation.sightings:
        note = texts.write_opened_note(member, escalation, waited=waited)
        name = f"moved:{escalation.moves}" if escalation.moves else "opened"
        return (*plan_note(member.ticket, escalation, policy, name, note), *_plan_heard(member, escalation, policy))
    if escalation.course.mark == mark and tells_agents(escalation.course):
        # The step in its life tells the same change, and more.
        return ()
    name = f"{_CHANGED}:{mark}"
    return plan_note(member.ticket, escalation, policy, name, texts.write_changed_note(member, escalation))


def _plan_heard(member: Member, escalation: Escalation, policy: Policy) -> tuple[PlannedWrite, ...]:
    """The tag by which an agent sent it to its team comes off, so that it can be set again."""
    found = find_move_tag(member.ticket.tags, policy.routing.tags.move)
    if found is None or found[1] is not escalation.target:
        return ()
    effect = TagTicket(ticket_id=member.ticket.id, remove=(found[0],))
    return (PlannedWrite(key=f"tag:{escalation.id}:{member.ticket.id}:sent:{escalation.moves}", effect=effect),)


def _plan_native_link(member: Member, escalation: Escalation | None, policy: Policy) -> tuple[PlannedWrite, ...]:
    """The link for Zendesk's Jira app, where the policy wants it."""
    issue = escalation.issue if escalation is not None else None
    if escalation is None or issue is None or not policy.fields.zendesk.native_links:
        return ()
    effect = LinkIssue(ticket_id=member.ticket.id, issue_id=issue.id, issue_key=issue.key)
    return (PlannedWrite(key=f"native:{escalation.id}:{member.ticket.id}:{issue.id}", effect=effect),)


def plan_note(
    ticket: Ticket, escalation: Escalation, policy: Policy, name: str, note: str
) -> tuple[PlannedWrite, ...]:
    """A note with the fields that show the escalation's state, and the tag that says that there is one."""
    group = policy.routing.targets.l2.group if escalation.target is Target.L2 else ""
    fields = _list_fields(escalation, policy)
    update = UpdateTicket(ticket_id=ticket.id, note=note, fields=fields, group=group or None)
    tag = TagTicket(
        ticket_id=ticket.id,
        add=(policy.routing.tags.escalated,),
        remove=tuple({policy.routing.tags.suggested} & set(ticket.tags)),
    )
    return (
        PlannedWrite(key=f"note:{escalation.id}:{ticket.id}:{name}", effect=update),
        PlannedWrite(key=f"tag:{escalation.id}:{ticket.id}:escalated", effect=tag),
    )


def _plan_suggestion(member: Member, decision: Decision, policy: Policy, texts: Texts) -> tuple[PlannedWrite, ...]:
    ticket = member.ticket
    target = decision.target.value if decision.target else ""
    update = UpdateTicket(ticket_id=ticket.id, note=texts.write_suggestion(member, decision))
    tag = TagTicket(ticket_id=ticket.id, add=(policy.routing.tags.suggested,))
    return (
        PlannedWrite(key=f"ask:{ticket.id}:{target}", effect=update),
        PlannedWrite(key=f"ask:{ticket.id}:{target}:tag", effect=tag),
    )


def _wants_verdict(pattern: PatternView, member: Member, policy: Policy) -> bool:
    """Asked once, on the newest ticket, and only where Engineering's patterns may be written about at all."""
    is_live = member.ticket.status is not TicketStatus.SOLVED
    return (
        pattern.asks and pattern.is_newest and is_live and policy.routing.targets.engineering.mode is not Mode.SHADOW
    )


def _plan_pattern_question(
    member: Member, pattern: PatternView, policy: Policy, texts: Texts
) -> tuple[PlannedWrite, ...]:
    ticket = member.ticket
    update = UpdateTicket(ticket_id=ticket.id, note=texts.write_pattern_question(member, pattern))
    tag = TagTicket(ticket_id=ticket.id, add=(policy.routing.tags.suggested,))
    return (
        PlannedWrite(key=f"pattern:{pattern.id}:ask", effect=update),
        PlannedWrite(key=f"pattern:{pattern.id}:ask:tag", effect=tag),
    )


def _plan_leaving(member: Member, escalation: Escalation, policy: Policy, texts: Texts) -> tuple[PlannedWrite, ...]:
    ticket = member.ticket
    update = UpdateTicket(ticket_id=ticket.id, note=texts.write_left_note(member, escalation))
    tag = TagTicket(ticket_id=ticket.id, remove=(policy.routing.tags.escalated,))
    return (
        PlannedWrite(key=f"note:{escalation.id}:{ticket.id}:left", effect=update),
        PlannedWrite(key=f"tag:{escalation.id}:{ticket.id}:left", effect=tag),
    )


def _plan_members(members: Sequence[Member], escalation: Escalation, texts: Texts) -> tuple[PlannedWrite, ...]:
    """One comment for the tickets that came or went since the issue was told; none before it knows its first."""
    present = {member.ticket.id for member in members}
    fresh = tuple(member for member in members if member.ticket.id not in escalation.shown)
    gone = tuple(ticket_id for ticket_id in escalation.shown if ticket_id not in present)
    if not escalation.shown or not (fresh or gone):
        return ()
    names = f"{sorted(present - set(escalation.shown))}-{sorted(gone)}"
    digest = hashlib.sha256(names.encode()).hexdigest()[:12]
    markdown = texts.write_members_comment(members, fresh, gone, escalation)
    effect = CommentIssue(escalation_id=escalation.id, markdown=markdown)
    return (PlannedWrite(key=f"members:{escalation.id}:{digest}", effect=effect),)


def _plan_waiting(member: Member, decision: Decision, texts: Texts) -> PlannedWrite:
    """One note for one wait, however often the ticket is read meanwhile."""
    ticket_id, until = member.ticket.id, decision.wait_until
    target = decision.target.value if decision.target else ""
    key = f"wait:{ticket_id}:{target}:{until:%Y%m%dT%H%M%S}" if until else f"wait:{ticket_id}:{target}"
    note = texts.write_incomplete_note(member, decision)
    return PlannedWrite(key=key, effect=UpdateTicket(ticket_id=ticket_id, note=note))


def _list_fields(escalation: Escalation, policy: Policy) -> dict[int, FieldValue]:
    ids = policy.fields.zendesk
    values: dict[int, FieldValue] = {
        ids.jira_issue: escalation.issue.key if escalation.issue else None,
        ids.state: describe_state(escalation, policy),
        ids.severity: escalation.severity.value,
        ids.target: escalation.target.value,
    }
    return {field_id: value for field_id, value in values.items() if field_id and value is not None}


def _plan_opening(members: Sequence[Member], escalation: Escalation, policy: Policy, texts: Texts) -> PlannedWrite:
    rules = policy.routing.targets.find_target(escalation.target.value)
    text = texts.write_issue(members, escalation)
    own, _ = spell_severity_labels(escalation.severity, policy)
    labels = (*policy.routing.labels, escalation.target.value, *rules.labels, *own)
    effect = OpenIssue(
        escalation_id=escalation.id,
        marker=escalation.marker,
        project=rules.project,
        issue_type=rules.issue_type,
        summary=text.summary,
        description=text.description,
        brief=text.brief,
        severity=escalation.severity.value,
        priority=getattr(policy.fields.jira.priority, escalation.severity.value) or None,
        due=_spell_date(escalation.deadline),
        labels=tuple(dict.fromkeys(labels)),
        security_level=rules.security_level or None,
        require_level=rules.require_level,
        ticket_id=members[0].ticket.id,
        tickets=tuple(member.ticket.id for member in members),
    )
    return PlannedWrite(key=find_opening_key(escalation), effect=effect)


def _plan_link(member: Member, escalation: Escalation, policy: Policy, addresses: Addresses) -> PlannedWrite:
    ticket = member.ticket
    kinds = policy.redaction.find_kinds(escalation.target.value)
    is_stub = policy.routing.targets.find_target(escalation.target.value).stub
    is_over = escalation.course.stage is Stage.CLOSED
    resolved = is_over or ticket.status in {TicketStatus.SOLVED, TicketStatus.CLOSED}
    restricted = is_stub or escalation.target is Target.SECURITY
    title = (
        f"Zendesk #{ticket.id}" if restricted else f"Zendesk #{ticket.id}: {make_title(mask_ticket(ticket, kinds))}"
    )
    host = addresses.zendesk.split("://", 1)[-1]
    effect = LinkTicket(
        escalation_id=escalation.id,
        ticket_id=ticket.id,
        global_id=f"system={host}&id={ticket.id}",
        url=addresses.find_ticket_page(ticket.id),
        title=spell_marks(title),
        summary="" if restricted or ticket.organization is None else cut_line(ticket.organization.name, _TITLE_LIMIT),
        resolved=resolved,
    )
    issue_id = escalation.issue.id if escalation.issue else ""
    shown = f"{issue_id}\0{effect.title}\0{effect.summary}\0{resolved}"
    digest = hashlib.sha256(shown.encode()).hexdigest()[:12]
    return PlannedWrite(key=f"link:{escalation.id}:{ticket.id}:{digest}", effect=effect)


def _plan_change(
    members: Sequence[Member], escalation: Escalation, policy: Policy, texts: Texts
) -> tuple[PlannedWrite, ...]:
    if escalation.revision == 0 or escalation.issue_severity is escalation.severity:
        return ()
    own, others = spell_severity_labels(escalation.severity, policy)
    change = ChangeIssue(
        escalation_id=escalation.id,
        severity=escalation.severity.value,
        priority=getattr(policy.fields.jira.priority, escalation.severity.value) or None,
        due=_spell_date(escalation.deadline),
        add_labels=own,
        remove_labels=others,
    )
    comment = CommentIssue(escalation_id=escalation.id, markdown=texts.write_change_comment(members, escalation))
    place = f"{escalation.id}:{escalation.issue.id if escalation.issue else ''}:{escalation.revision}"
    return (
        PlannedWrite(key=f"change:{place}", effect=change),
        PlannedWrite(key=f"comment:{place}", effect=comment),
    )


def _plan_twin(escalation: Escalation, twin: Twin, texts: Texts) -> tuple[PlannedWrite, ...]:
    """An issue that a person works on is linked and told; only one that nobody touched is ours to close."""
    survivor_id = escalation.issue.id if escalation.issue else ""
    key = f"twin:{escalation.id}:{twin.issue.id}"
    link = LinkTwin(escalation_id=escalation.id, issue_id=twin.issue.id, survivor_id=survivor_id)
    words = texts.write_twin_comment(escalation, twin)
    comment = CommentTwin(escalation_id=escalation.id, issue_id=twin.issue.id, markdown=words)
    close = CloseTwin(escalation_id=escalation.id, issue_id=twin.issue.id)
    told = (
        PlannedWrite(key=f"{key}:link:{survivor_id}", effect=link),
        PlannedWrite(key=f"{key}:comment:{survivor_id}", effect=comment),
    )
    return told if twin.touched else (*told, PlannedWrite(key=f"{key}:close", effect=close))


def _plan_left(escalation: Escalation, former: FormerIssue, policy: Policy, texts: Texts) -> tuple[PlannedWrite, ...]:
    """An issue that was left behind is told when its successor is there; for Security, without a word of it."""
    quiet = escalation.target is Target.SECURITY
    if escalation.issue is None and not quiet:
        return ()
    closes = policy.routing.close_left_issues and not former.touched
    words = texts.write_left_comment(escalation, former, closes=closes)
    return tuple(plan_former(escalation.id, escalation.issue, former, quiet=quiet, comment=words, closes=closes))


def _spell_date(instant: datetime | None) -> str | None:
    return instant.astimezone(UTC).date().isoformat() if instant else None
