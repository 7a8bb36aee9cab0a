"""What people read after the hand-over, from templates: questions, steps, and drafts for customers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from mappings.environment import Markdown
from mappings.followup import (
    CarriedComment,
    CustomerWords,
    DigestLine,
    DueWord,
    Question,
    SentReply,
    StageStep,
    name_customer_text,
)
from mappings.masking import clear_marks, mask_text, spell_marks
from worker.core.assessment import Target
from worker.core.escalation import Escalation
from worker.core.followup import choose_draft
from worker.core.plan import Member
from worker.core.texts import TemplateTexts


class LifeTexts(TemplateTexts):
    """The texts of the templates, follow-ups included."""

    __slots__ = ()

    def write_question(self, members: Sequence[Member], escalation: Escalation, question: Question) -> str:
        """The question for progress; for L2 it is a note on the ticket, which ends as every note does."""
        if escalation.target is Target.L2:
            brief = self._build_brief(members, escalation)
            return self._write_note("note_ask.md.j2", brief=brief, question=question)
        return self._render(
            "issue_comment_ask.md.j2",
            brief=self._build_outward(members, escalation),
            question=question,
            stub=self._is_stub(escalation.target),
        )

    def write_stage_comment(self, members: Sequence[Member], escalation: Escalation, step: StageStep) -> str:
        """The comment that tells the receiving team of a step; what may not leave support is taken out."""
        brief, kinds = self._build_outward(members, escalation), self._find_kinds(escalation.target)
        is_quiet = self._is_stub(escalation.target)
        reasons = () if is_quiet else tuple(spell_marks(mask_text(clear_marks(one), kinds)) for one in step.reasons)
        return self._render(
            "issue_comment_stage.md.j2", brief=brief, step=replace(step, reasons=reasons), stub=is_quiet
        )

    def write_stage_note(
        self,
        member: Member,
        escalation: Escalation,
        step: StageStep,
        words: tuple[str, CustomerWords] | None,
        *,
        sends: bool = False,
    ) -> str:
        """The note that tells an agent of a step, with a draft for the customer where one is owed."""
        draft = self._write_draft(words[0], words[1], member.assessment.language) if words else None
        return self._write_note(
            "note_stage.md.j2",
            brief=self._build_brief([member], escalation),
            issue=self._refer_issue(escalation) if escalation.issue else None,
            step=step,
            draft=draft,
            sends=sends,
            tags=self._tags,
        )

    def write_reply(self, member: Member, kind: str, words: CustomerWords) -> str:
        """A text for the customer as they read it; it carries no token, since they would see it."""
        return self._render(name_customer_text(kind, member.assessment.language), customer=words).strip()

    def write_digest(self, member: Member, escalation: Escalation, lines: Sequence[DigestLine]) -> str:
        """The note that says what was asked and answered on the issue."""
        return self._write_note(
            "note_digest.md.j2",
            brief=self._build_brief([member], escalation),
            issue=self._refer_issue(escalation),
            lines=lines,
        )

    def write_sent_note(self, member: Member, escalation: Escalation, sent: SentReply) -> str:
        """The note that says that a text went to the customer by itself."""
        brief = self._build_brief([member], escalation)
        return self._write_note("note_sent.md.j2", brief=brief, sent=sent, tags=self._tags)

    def write_due_note(self, member: Member, escalation: Escalation, due: DueWord, words: CustomerWords) -> str:
        """The note that says that the customer is owed a word, with a draft of it."""
        kind = choose_draft(escalation.course.stage)
        return self._write_note(
            "note_draft.md.j2",
            brief=self._build_brief([member], escalation),
            due=due,
            draft=self._write_draft(kind, words, member.assessment.language),
            tags=self._tags,
        )

    def write_snoozed_note(self, member: Member, escalation: Escalation, until: datetime) -> str:
        """The note that says until when the reminders are put off."""
        brief = self._build_brief([member], escalation)
        return self._write_note("note_snoozed.md.j2", brief=brief, until=until, tags=self._tags)

    def write_carried_note(self, member: Member, escalation: Escalation, carried: CarriedComment) -> str:
        """The note that carries over a comment that the receiving team marked for support."""
        return self._write_note(
            "note_carried.md.j2",
            brief=self._build_brief([member], escalation),
            issue=self._refer_issue(escalation),
            carried=carried,
        )

    def _write_draft(self, kind: str, words: CustomerWords, language: str) -> Markdown:
        """The customer's text as a quote."""
        text = self._render(name_customer_text(kind, language), customer=words).strip()
        return Markdown("\n".join(f"> {line}".rstrip() for line in text.splitlines()))
