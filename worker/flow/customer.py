"""The customer's clock in the ticket reconciler: when a word is owed, and the reminders that follow from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from connectors.effects import PlannedWrite
from mappings.followup import CarriedComment, DigestLine, SentReply
from worker.core.advance import find_team_due
from worker.core.assessment import Target
from worker.core.cadence import Snooze
from worker.core.digest import LastDigest, News, plan_digest
from worker.core.escalation import Escalation
from worker.core.followup import (
    find_tag_snooze,
    plan_carried,
    plan_due_word,
    plan_l2_question,
    plan_snoozed,
    plan_stage_note,
    spell_draft_prefix,
)
from worker.core.plan import Member
from worker.core.replies import plan_confirm, plan_sent_notes, plan_update, spell_reply_prefix
from worker.core.updates import WordDue, find_due_word
from worker.flow.means import Means
from worker.flow.reply_writers import read_sent
from worker.store.audit import add_audit
from worker.store.clocks import TEAM, Clock, set_clock, set_snooze
from worker.store.effects import skip_unwanted
from worker.store.escalations import is_member
from worker.store.subjects import SubjectKind
from worker.store.tidings import Tiding, TidingKind

_MOST_CARRIED = 20
_MOST_SENT = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Rhythm:
    """What is known of an escalation's follow-ups: the sleeping clocks by ticket, and the tidings.

    `joined_at` is since when the ticket is part of it, `last_digest` up to where it was told the tidings.
    """

    snoozes: Mapping[int, Snooze] = field(default_factory=dict)
    tidings: tuple[Tiding, ...] = ()
    joined_at: datetime | None = None
    last_digest: LastDigest | None = None


NO_RHYTHM = Rhythm()
"""Of a ticket without an escalation."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Owed:
    """When the customer is owed a word, and the notes that are due on the ticket by now; `snooze` is new.

    At `digest_at` the agents are told what happened on the issue.
    """

    due: WordDue
    planned: tuple[PlannedWrite, ...]
    digest_at: datetime | None = None
    snooze: Snooze | None = None


def plan_owed(means: Means, member: Member, escalation: Escalation, rhythm: Rhythm, now: datetime) -> Owed:
    """What the ticket is owed at `now` for an escalation that runs."""
    policy, texts = means.policy, means.texts
    known = rhythm.snoozes.get(member.ticket.id)
    asked = find_tag_snooze(member.ticket, known, policy, now)
    heard = plan_snoozed(member, escalation, asked.until, policy=policy, texts=texts) if asked else ()
    due = find_due_word(member.ticket, escalation, policy, asked or known)
    reminder = plan_update(member, escalation, due, policy=policy, texts=texts, now=now) or plan_due_word(
        member, escalation, due, policy=policy, texts=texts, now=now
    )
    confirm = plan_confirm(member, escalation, policy=policy, texts=texts, now=now)
    step = plan_stage_note(member, escalation, policy=policy, texts=texts, now=now, sends=bool(confirm))
    question = _plan_l2_question(means, member, escalation, rhythm)
    carried = plan_carried(member, escalation, _list_marked(rhythm), texts)
    sent = plan_sent_notes(member, escalation, _list_sent(rhythm, member.ticket.id), texts)
    news = _list_news(rhythm)
    digest = plan_digest(member, escalation, news, rhythm.last_digest, policy=policy, texts=texts, now=now)
    planned = (*step, *confirm, *sent, *carried, *digest.planned, *reminder, *heard, *question)
    return Owed(due=due, planned=planned, snooze=asked if asked is not known else None, digest_at=digest.due_at)


def keep_owed(connection: Connection, escalation: Escalation, ticket_id: int, owed: Owed, now: datetime) -> None:
    """Keeps the clock of a member; a reminder that is not due any more is not written."""
    due = owed.due
    if owed.snooze is not None:
        set_snooze(connection, escalation.id, ticket_id, owed.snooze, now)
        data = {"until": owed.snooze.until.isoformat(), "reason": owed.snooze.reason, "by": owed.snooze.by}
        add_audit(connection, SubjectKind.TICKET, str(ticket_id), "snoozed", data, now=now)
    clock = Clock(
        escalation_id=escalation.id,
        ticket_id=ticket_id,
        due_at=due.draft_at,
        overdue_at=due.overdue_at,
        reasons=due.reasons,
        set_at=now,
    )
    if is_member(connection, escalation.id, ticket_id):
        set_clock(connection, clock)
    for prefix in (spell_draft_prefix(escalation.id, ticket_id), spell_reply_prefix(escalation.id, ticket_id)):
        skip_unwanted(
            connection,
            SubjectKind.TICKET,
            str(ticket_id),
            prefix=prefix,
            wanted=[write.key for write in owed.planned],
            reason="the customer was told before it was written",
            now=now,
        )


def _list_marked(rhythm: Rhythm) -> dict[str, CarriedComment]:
    marked = [one for one in rhythm.tidings if one.kind is TidingKind.MARKED and one.text][-_MOST_CARRIED:]
    return {one.source_id: CarriedComment(text=one.text, author=one.author, at=one.at) for one in marked}


def _list_news(rhythm: Rhythm) -> list[News]:
    """What was asked and answered since the ticket joined the escalation; marked words have notes of their own."""
    since, found = rhythm.joined_at, []
    for one in rhythm.tidings:
        if one.kind in {TidingKind.ASKED, TidingKind.ANSWERED} and (since is None or one.at >= since):
            number = int(one.source_id) if one.kind is TidingKind.ASKED else None
            line = DigestLine(at=one.at, author=one.author, number=number)
            found.append(News(position=one.position, line=line))
    return sorted(found, key=lambda news: news.position)


def _list_sent(rhythm: Rhythm, ticket_id: int) -> dict[str, SentReply]:
    """What went to this ticket's customer by itself, by the kind and the instant of the wait that it ended."""
    sent = [read_sent(one) for one in rhythm.tidings if one.kind is TidingKind.SENT]
    own = [one for one in sent if one.ticket_id == ticket_id]
    return {one.name: one.reply for one in own[-_MOST_SENT:]}


def _plan_l2_question(
    means: Means, member: Member, escalation: Escalation, rhythm: Rhythm
) -> tuple[PlannedWrite, ...]:
    """L2 works on the ticket, so the question that its escalation asked is a note on it."""
    asked = [one for one in rhythm.tidings if one.kind is TidingKind.ASKED]
    if escalation.target is not Target.L2 or not asked:
        return ()
    before = tuple(one.at for one in asked[:-1])
    due = find_team_due(escalation, [member], before, means.policy, rhythm.snoozes.get(TEAM))
    if due.clock is None or due.clock.due_at > asked[-1].at:
        return ()
    return plan_l2_question(member, escalation, due.clock, number=len(asked), policy=means.policy, texts=means.texts)
