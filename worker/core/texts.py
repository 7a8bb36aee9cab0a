"""What people read, from templates: the brief of an issue, notes on tickets, comments on issues."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from connectors.records import StatusCategory
from mappings.brief import Brief, Change, LeftIssue, LinkRef, SuspectedPattern, TagNames, Wait, spell_row
from mappings.fitting import fit_brief, measure_markdown
from mappings.masking import clear_marks, mask_text, spell_marks
from mappings.policy import Policy
from mappings.redaction import Removal
from mappings.render import render_template
from mappings.summary import summarise_issue
from worker.core.assessment import Target
from worker.core.brief import Case, build_brief
from worker.core.copies import Twin
from worker.core.decision import Decision
from worker.core.escalation import Escalation, spell_marker
from worker.core.facts import find_facts
from worker.core.moves import FormerIssue, list_former
from worker.core.patterns.view import PatternView
from worker.core.plan import Addresses, IssueText, Member
from worker.core.redaction import mask_assessment, mask_ticket, redact_brief
from worker.core.thread import read_thread


@dataclass(frozen=True, kw_only=True, slots=True)
class TemplateTexts:
    """The texts of the shipped templates, or of the operator's own where the overlay folder has them.

    `measure` tells how long a Markdown text is as the tracker counts it.
    """

    policy: Policy
    overlay: Path | None
    addresses: Addresses
    measure: Callable[[str], int] = measure_markdown

    def find_deadline(self, member: Member) -> datetime | None:
        """By when the ticket asks for it: an SLA clock that binds the solution, or a day that the customer named."""
        return self._read_case(member).facts.wanted.deadline

    def write_opened_note(self, member: Member, escalation: Escalation, *, waited: bool = False) -> str:
        """The note that tells an agent that an issue was opened, why, and what is still missing."""
        return self._write_note(
            "note_opened.md.j2",
            brief=self._build_brief([member], escalation),
            issue=self._refer_issue(escalation),
            tags=self._tags,
            waited=waited,
            left=tuple(self._refer_left(one, escalation) for one in list_former(escalation.former)),
        )

    def write_waiting_note(self, member: Member, escalation: Escalation, wait: Wait) -> str:
        """The note that says what waits, since when, why, and what to do; or that it is over."""
        return self._write_note("note_waiting.md.j2", brief=self._build_brief([member], escalation), wait=wait)

    def write_changed_note(self, member: Member, escalation: Escalation) -> str:
        """The note that tells an agent what changed on the other side."""
        return self._write_note(
            "note_updated.md.j2",
            brief=self._build_brief([member], escalation),
            issue=self._refer_issue(escalation),
            change=_tell_issue(escalation),
            tags=self._tags,
        )

    def write_l2_note(self, member: Member, escalation: Escalation) -> str:
        """The hand-over to L2 with what the tier's list asks for."""
        rules = self.policy.routing.targets.l2
        brief = self._build_brief([member], escalation)
        return self._write_note("note_l2.md.j2", brief=brief, group=rules.group or rules.title, tags=self._tags)

    def write_suggestion(self, member: Member, decision: Decision) -> str:
        """The note that asks an agent to approve."""
        rules = self.policy.routing.targets.find_target((decision.target or Target.L2).value)
        brief = self._build_proposed(member, decision)
        return self._write_note(
            "note_suggest.md.j2", brief=brief, project=rules.project or rules.title, tags=self._tags
        )

    def write_incomplete_note(self, member: Member, decision: Decision) -> str:
        """The note that asks for what is missing, as a checklist, and says until when the hand-over waits for it."""
        brief = self._build_proposed(member, decision)
        return self._write_note("note_incomplete.md.j2", brief=brief, until=decision.wait_until, tags=self._tags)

    def write_issue(self, members: Sequence[Member], escalation: Escalation) -> IssueText:
        """Summary, description and whole brief of the issue."""
        brief = self._build_outward(members, escalation)
        if self._is_stub(escalation.target):
            ticket_id = members[0].ticket.id
            stub = self._render("issue_stub.md.j2", brief=brief, ticket=self._refer_ticket(ticket_id), change=None)
            summary = f"{brief.target_title} report, details in Zendesk #{ticket_id}"
            return IssueText(summary=summary, description=stub, brief=stub, was_cut=False)
        whole = self._render("brief.md.j2", brief=brief)
        fitting, was_cut = fit_brief(brief, self.overlay, measure=self.measure)
        summary = summarise_issue(escalation.severity.value, brief.summary, members[0].ticket.id)
        return IssueText(summary=summary, description=fitting, brief=whole, was_cut=was_cut)

    def write_pattern_question(self, member: Member, pattern: PatternView) -> str:
        """The note that asks an agent whether several customers have the same problem."""
        brief = build_brief(
            [self._read_case(member)],
            self.policy,
            escalation_id=f"pattern-{pattern.id}",
            now=member.assessment.now,
            find_page=self._find_page,
        )
        return self._write_note(
            "note_pattern.md.j2", brief=brief, pattern=self._spell_pattern(pattern), tags=self._tags
        )

    def write_left_note(self, member: Member, escalation: Escalation) -> str:
        """The note that tells an agent that the ticket is not part of an escalation any more."""
        brief = self._build_brief([member], escalation)
        issue = self._refer_issue(escalation) if escalation.issue is not None else None
        return self._write_note("note_left.md.j2", brief=brief, issue=issue, tags=self._tags)

    def write_members_comment(
        self, members: Sequence[Member], fresh: Sequence[Member], gone: Sequence[int], escalation: Escalation
    ) -> str:
        """The comment that tells the receiving team which customers joined and which tickets left."""
        brief = self._build_outward(members, escalation)
        new = {member.ticket.id for member in fresh}
        added = tuple(
            customer
            for member, customer in zip(members, brief.impact.customers, strict=True)
            if member.ticket.id in new
        )
        change = Change(
            members_added=added,
            members_removed=tuple(self._refer_ticket(ticket_id) for ticket_id in gone),
            facts_added=tuple(_tell_breadth(members, brief)),
        )
        if self._is_stub(escalation.target):
            ticket = self._refer_ticket(members[0].ticket.id)
            return self._render(
                "issue_stub.md.j2", brief=brief, ticket=ticket, change=replace(change, members_added=())
            )
        return self._render("issue_comment_update.md.j2", brief=brief, change=change)

    def write_change_comment(self, members: Sequence[Member], escalation: Escalation) -> str:
        """The comment that tells the receiving team of a changed severity."""
        before = escalation.issue_severity.value if escalation.issue_severity else None
        reasons = escalation.severity_reasons or members[0].assessment.severity_verdict.reasons
        change = Change(severity_before=before, reasons=reasons)
        brief = self._build_outward(members, escalation)
        if self._is_stub(escalation.target):
            ticket = self._refer_ticket(members[0].ticket.id)
            return self._render("issue_stub.md.j2", brief=brief, ticket=ticket, change=replace(change, reasons=()))
        return self._render("issue_comment_update.md.j2", brief=brief, change=change)

    def write_twin_comment(self, escalation: Escalation, twin: Twin) -> str:
        """The comment on an issue that is one too many: why, and where the work goes on."""
        issue = self._refer_issue(escalation)
        return self._render(
            "issue_comment_twin.md.j2", issue=issue, is_ours_to_close=not twin.touched, token=escalation.marker
        )

    def write_problem_note(self, escalation: Escalation) -> str:
        """The internal note that a problem ticket begins with; it ends as every note does."""
        return self._render(
            "note_problem.md.j2",
            issue=self._refer_issue(escalation),
            token=spell_marker(escalation.id),
            policy_digest=self.policy.digest,
        )

    def write_left_comment(self, escalation: Escalation, former: FormerIssue, *, closes: bool) -> str:
        """The comment on an issue that was left behind: where it goes on, if it may say so, and its end."""
        is_quiet, kinds = escalation.target is Target.SECURITY, self._find_kinds(former.target)
        reasons = tuple(spell_marks(mask_text(clear_marks(one), kinds)) for one in former.reasons)
        return self._render(
            "issue_comment_moved.md.j2",
            issue=None if is_quiet else self._refer_issue(escalation),
            team=self.policy.routing.targets.find_target(escalation.target.value).title,
            reasons=() if is_quiet or self._is_stub(former.target) else reasons,
            closes=closes,
            token=spell_marker(escalation.id, former.number - 1),
        )

    def _refer_left(self, former: FormerIssue, escalation: Escalation) -> LeftIssue:
        key = former.issue.key
        return LeftIssue(
            issue=LinkRef(label=key, url=self.addresses.find_issue_page(key)),
            team=self.policy.routing.targets.find_target(former.target.value).title,
            reasons=former.reasons,
            restricted=escalation.target is Target.SECURITY,
        )

    def spell_brief(self, row_id: str, member: Member) -> dict[str, object]:
        """The flat row of `escalator brief --json`: what the brief of this ticket alone would say."""
        kinds = self._find_kinds(member.assessment.target or Target.L2)
        case = self._read_case(member, kinds)
        brief = build_brief(
            [case],
            self.policy,
            escalation_id=row_id,
            now=member.assessment.now,
            find_page=self._find_page,
        )
        brief = redact_brief(brief, [case.ticket], kinds)
        return spell_row(brief, self._render("brief.md.j2", brief=brief))

    def _spell_pattern(self, pattern: PatternView) -> SuspectedPattern:
        return SuspectedPattern(
            id=pattern.id,
            customers=pattern.customers,
            tickets=tuple(self._refer_ticket(ticket_id) for ticket_id in pattern.tickets),
            reasons=pattern.reasons,
        )

    @property
    def _tags(self) -> TagNames:
        tags = self.policy.routing.tags
        return TagNames(
            veto=tags.veto,
            force=tags.force,
            approve=tags.approve,
            snooze=tags.snooze,
            confirmed=tags.confirmed,
        )

    @property
    def _find_page(self) -> Callable[[int], str] | None:
        return self.addresses.find_ticket_page if self.addresses.zendesk else None

    def _build_proposed(self, member: Member, decision: Decision) -> Brief:
        """The brief that an escalation would get."""
        target = decision.target or Target.L2
        return build_brief(
            [self._read_case(member, target=target)],
            self.policy,
            escalation_id=f"ticket-{member.ticket.id}",
            now=member.assessment.now,
            severity=decision.severity,
            target=target,
            find_page=self._find_page,
        )

    def _build_outward(self, members: Sequence[Member], escalation: Escalation) -> Brief:
        """The brief as it leaves support: what the policy removes for this target is gone."""
        kinds = self._find_kinds(escalation.target)
        brief = self._build_brief(members, escalation, kinds)
        return redact_brief(brief, [mask_ticket(member.ticket, kinds) for member in members], kinds)

    def _build_brief(
        self, members: Sequence[Member], escalation: Escalation, kinds: AbstractSet[Removal] = frozenset()
    ) -> Brief:
        cases = [self._read_case(member, kinds, escalation.target) for member in members]
        brief = build_brief(
            cases,
            self.policy,
            escalation_id=escalation.id,
            now=max(member.assessment.now for member in members),
            deadline=escalation.deadline,
            severity=escalation.severity,
            target=escalation.target,
            find_page=self._find_page,
        )
        issues = tuple(self._refer_former(one, escalation.target) for one in escalation.former)
        return replace(brief, context=replace(brief.context, issues=issues))

    def _refer_former(self, former: FormerIssue, target: Target) -> LinkRef:
        team = self.policy.routing.targets.find_target(former.target.value).title
        exposed = ", which more people may read: restrict or delete it" if target is Target.SECURITY else ""
        key = former.issue.key
        return LinkRef(label=key, url=self.addresses.find_issue_page(key), note=f"with {team}{exposed}")

    def _find_titles(self, target: Target) -> Mapping[str, str]:
        return self.policy.routing.targets.find_target(target.value).titles

    def _read_case(
        self, member: Member, kinds: AbstractSet[Removal] = frozenset(), target: Target | None = None
    ) -> Case:
        ticket = mask_ticket(member.ticket, kinds)
        assessment = mask_assessment(member.assessment, ticket, kinds)
        fields = self.policy.fields.zendesk
        titles = self._find_titles(target or assessment.target or Target.L2)
        facts = find_facts(read_thread(ticket), ticket, assessment, assessment.now, fields=fields, titles=titles)
        return Case(ticket=ticket, assessment=assessment, facts=facts)

    def _find_kinds(self, target: Target) -> AbstractSet[Removal]:
        return self.policy.redaction.find_kinds(target.value)

    def _is_stub(self, target: Target) -> bool:
        return self.policy.routing.targets.find_target(target.value).stub

    def _refer_ticket(self, ticket_id: int) -> LinkRef:
        page = self._find_page
        return LinkRef(label=f"Zendesk #{ticket_id}", url=page(ticket_id) if page else None)

    def _refer_issue(self, escalation: Escalation) -> LinkRef:
        assert escalation.issue is not None, "a note about an issue needs one"  # noqa: S101
        key = escalation.issue.key
        return LinkRef(label=key, url=self.addresses.find_issue_page(key))

    def _write_note(self, name: str, brief: Brief, **context: object) -> str:
        """A note always ends with its footer, so that we never read our own words as evidence."""
        note = self._render(name, brief=brief, **context).rstrip()
        footer = f"{brief.token}, policy {brief.policy_digest}"
        return note if note.endswith(footer) else f"{note}\n\n{footer}"

    def _render(self, name: str, **context: object) -> str:
        return render_template(name, context, self.overlay)


def _tell_breadth(members: Sequence[Member], brief: Brief) -> Iterator[str]:
    customers = {member.ticket.organization_id or -member.ticket.requester_id for member in members}
    yield f"{len(customers)} customers in {len(members)} tickets so far"
    if brief.impact.revenue_at_risk:
        yield f"revenue at risk: {brief.impact.revenue_at_risk}"


def _tell_issue(escalation: Escalation) -> Change:
    """How the issue stands now, and why its severity is another one that it was not told of yet."""
    if escalation.issue_missing_since is not None:
        gone = "the issue was deleted, or our account may no longer see it; ask the receiving team"
        return Change(facts_added=(gone,))
    is_other = escalation.revision > 0 and escalation.issue_severity is not escalation.severity
    return Change(
        state=tuple(_tell_status(escalation)),
        facts_added=(*_tell_exposure(escalation), *map(_tell_twin, escalation.twins)),
        reasons=escalation.severity_reasons if is_other else (),
    )


def _tell_exposure(escalation: Escalation) -> list[str]:
    if not escalation.issue_exposed:
        return []
    return ["the issue is outside its security level, and more people than meant may read it; set the level again"]


def _tell_twin(twin: Twin) -> str:
    told = f"{twin.issue.key} is a second issue for the same problem and a duplicate of this one"
    if not twin.exposed:
        return told
    return f"{told}; it is outside the security level and its history remains: have it restricted or deleted"


def _tell_status(escalation: Escalation) -> list[str]:
    status = escalation.issue_status
    told = [f"status {status}" + (" (done)" if escalation.issue_category is StatusCategory.DONE else "")]
    if escalation.issue_resolution:
        told.append(f"resolution {escalation.issue_resolution}")
    told.append(f"assigned to {escalation.issue_assignee}" if escalation.issue_assignee else "not assigned yet")
    if escalation.issue_priority:
        told.append(f"priority {escalation.issue_priority}")
    return told if status else ["the issue was read for the first time"]
