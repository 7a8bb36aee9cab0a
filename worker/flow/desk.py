"""Carries out what people order at the dashboard: the same inbox as the command line, one transaction an order."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from worker.core.assessment import Severity, Target
from worker.core.cadence import Snooze
from worker.core.escalation import Escalation, EscalationState
from worker.core.life import LIFE
from worker.core.patterns.orders import PatternOrder, Verdict
from worker.core.review import HAPPENINGS, Order
from worker.core.seen import Seen, find_changes, spell_seen, spell_tickets
from worker.desk import Change, NotThere, PlanStep, Refused, Stale, Word
from worker.flow.backfill_control import PlanOrder, PlanRefused, cancel_backfill, pause_backfill, resume_backfill
from worker.flow.orders import add_escalate, add_instruction
from worker.flow.pattern import ORDERS, add_order
from worker.flow.replay import SOURCE, Operator, drop_letter, replay_letter
from worker.store.audit import add_audit
from worker.store.backfills import BackfillState, read_backfill
from worker.store.clocks import TEAM, set_snooze
from worker.store.database import Database
from worker.store.deadletters import DeadLetter, read_dead_letter
from worker.store.escalations import find_by_tickets, read_escalation
from worker.store.inbox import has_row
from worker.store.lessons import LessonRow, LessonSource, add_lessons
from worker.store.patterns import list_reports, read_pattern
from worker.store.subjects import Lane, SubjectKind, insert_wakes
from worker.store.tickets import has_ticket

_STEERED = {
    PlanStep.PAUSE: BackfillState.PAUSED,
    PlanStep.RESUME: BackfillState.RUNNING,
    PlanStep.CANCEL: BackfillState.CANCELLED,
}


class OperatorDesk:
    """The orders of people at the dashboard, on one database."""

    def __init__(self, database: Database, *, policy_digest: str, now: Callable[[], datetime]) -> None:
        self._database = database
        self._policy_digest = policy_digest
        self._now = now

    def instruct(self, escalation_id: str, order: Order, word: Word, *, lesson: str = "") -> None:
        """See `worker.desk.Desk`."""
        operator = self._name(word)
        with self._database.transaction() as connection:
            known = _find_open(connection, escalation_id)
            if _was_said(connection, SubjectKind.ESCALATION, known.id, word):
                return
            _compare(word, spell_seen(known))
            if HAPPENINGS[order] not in LIFE[known.course.stage]:
                stage = known.course.stage.value.replace("_", " ")
                raise Refused(f"the escalation is {stage}, and that cannot follow from there")
            if lesson:
                _keep_lesson(connection, known, lesson, operator)
            add_instruction(connection, known.id, order, reason=word.reason, operator=operator)

    def learn(self, escalation_id: str, lesson: str, word: Word) -> None:
        """See `worker.desk.Desk`."""
        with self._database.transaction() as connection:
            known = read_escalation(connection, escalation_id)
            if known is None:
                raise NotThere(escalation_id)
            _keep_lesson(connection, known, lesson, self._name(word))

    def snooze(self, escalation_id: str, ticket_id: int, lasting: timedelta, word: Word) -> None:
        """See `worker.desk.Desk`."""
        operator = self._name(word)
        until = operator.now + lasting
        with self._database.transaction() as connection:
            known = _find_open(connection, escalation_id)
            _compare(word, spell_seen(known))
            if ticket_id != TEAM and ticket_id not in known.tickets:
                raise Refused(f"ticket #{ticket_id} is not part of the escalation (any more)")
            told = Snooze(until=until, reason=word.reason, by=word.by)
            set_snooze(connection, known.id, ticket_id, told, operator.now)
            data = {
                "clock": ticket_id or "team",
                "until": until.isoformat(),
                "reason": word.reason,
                "by": word.by,
                "command": word.command_id,
            }
            kind, subject = SubjectKind.ESCALATION, known.id
            add_audit(connection, kind, subject, "snoozed", data, now=operator.now)
            if ticket_id != TEAM:
                kind, subject = SubjectKind.TICKET, str(ticket_id)
                add_audit(connection, kind, subject, "snoozed", data, now=operator.now)
            insert_wakes(connection, kind, [subject], lane=Lane.FOLLOW_UP, now=operator.now)

    def escalate(self, ticket_id: int, word: Word, *, target: Target | None, severity: Severity | None) -> None:
        """See `worker.desk.Desk`."""
        with self._database.transaction() as connection:
            if not has_ticket(connection, ticket_id):
                raise NotThere(str(ticket_id))
            if _was_said(connection, SubjectKind.TICKET, str(ticket_id), word):
                return
            known = find_by_tickets(connection, [ticket_id]).get(ticket_id)
            _compare(word, {"escalation": known.id if known else "none"})
            if known is not None:
                raise Refused(f"ticket #{ticket_id} is part of escalation {known.id} already")
            add_escalate(
                connection,
                ticket_id,
                target=target,
                severity=severity,
                reason=word.reason,
                operator=self._name(word),
            )

    def judge_pattern(
        self, pattern_id: str, verdict: Verdict, word: Word, *, tickets: tuple[int, ...] = (), other: str = ""
    ) -> None:
        """See `worker.desk.Desk`."""
        with self._database.transaction() as connection:
            pattern = read_pattern(connection, pattern_id)
            if pattern is None:
                raise NotThere(pattern_id)
            known = {report.ticket_id for report in list_reports(connection, pattern.id)}
            if has_row(connection, ORDERS, word.command_id):
                return
            _compare(word, {"standing": pattern.standing.value, "tickets": spell_tickets(known)})
            if verdict is Verdict.SPLIT:
                _check_split(set(tickets), known)
            if verdict is Verdict.MERGE:
                other = _find_other(connection, pattern.id, other)
            order = PatternOrder(
                verdict=verdict,
                pattern_id=pattern.id,
                by=word.by,
                reason=word.reason,
                tickets=tickets,
                other=other,
            )
            add_order(connection, order, key=word.command_id, now=self._now())

    def replay(self, letter_id: str, word: Word) -> None:
        """See `worker.desk.Desk`."""
        with self._database.transaction() as connection:
            letter = self._find_letter(connection, letter_id, word)
            if letter is not None:
                replay_letter(connection, letter, letter.writes, self._name(word))

    def drop(self, letter_id: str, word: Word) -> None:
        """See `worker.desk.Desk`."""
        with self._database.transaction() as connection:
            letter = self._find_letter(connection, letter_id, word)
            if letter is not None:
                drop_letter(connection, letter, letter.writes, self._name(word), word.reason)

    def steer_backfill(self, plan_id: str, step: PlanStep, word: Word) -> None:
        """See `worker.desk.Desk`."""
        said = PlanOrder(by=word.by, now=self._now(), reason=word.reason)
        with self._database.transaction() as connection:
            plan = read_backfill(connection, plan_id)
            if plan is None:
                raise NotThere(plan_id)
            if plan.state is _STEERED[step]:
                return
            _compare(word, {"state": plan.state.value.replace("_", " ")})
            try:
                match step:
                    case PlanStep.PAUSE:
                        pause_backfill(connection, plan_id, said)
                    case PlanStep.RESUME:
                        resume_backfill(connection, plan_id, said, policy_digest=self._policy_digest)
                    case PlanStep.CANCEL:
                        cancel_backfill(connection, plan_id, said)
            except PlanRefused as refused:
                raise Refused(str(refused)) from refused

    def _find_letter(self, connection: Connection, letter_id: str, word: Word) -> DeadLetter | None:
        """None when the same form has dealt with it already."""
        name, _, subject_id = letter_id.partition(":")
        if name not in set(SubjectKind):
            raise NotThere(letter_id)
        kind = SubjectKind(name)
        if _was_said(connection, kind, subject_id, word):
            return None
        letter = read_dead_letter(connection, kind, subject_id)
        if letter is None:
            raise NotThere(letter_id)
        _compare(word, {"reason": letter.reason, "writes": " ".join(f"#{write.id}" for write in letter.writes)})
        return letter

    def _name(self, word: Word) -> Operator:
        return Operator(name=word.by, now=self._now(), command_id=word.command_id)


def _find_open(connection: Connection, escalation_id: str) -> Escalation:
    known = read_escalation(connection, escalation_id)
    if known is None:
        raise NotThere(escalation_id)
    if known.state is not EscalationState.OPEN:
        raise Refused("the escalation is closed already; only a lesson can be added")
    return known


def _was_said(connection: Connection, kind: SubjectKind, subject_id: str, word: Word) -> bool:
    return has_row(connection, SOURCE, f"{word.command_id}:{kind.value}:{subject_id}")


def _compare(word: Word, now: Seen) -> None:
    changes = find_changes(word.seen, now)
    if changes:
        raise Stale(tuple(Change(what=what, was=was, now=is_now) for what, was, is_now in changes))


def _check_split(chosen: set[int], known: set[int]) -> None:
    if not chosen or not chosen <= known:
        raise Refused("choose tickets of this pattern that are another problem")
    if chosen == known:
        raise Refused("all its tickets are chosen; to say that it is no pattern, reject it")


def _find_other(connection: Connection, pattern_id: str, name: str) -> str:
    other = read_pattern(connection, name)
    if other is None:
        raise Refused(f"no pattern is named {name}")
    if other.id == pattern_id:
        raise Refused("both are one pattern already")
    return other.id


def _keep_lesson(connection: Connection, known: Escalation, lesson: str, operator: Operator) -> None:
    row = LessonRow(
        source=LessonSource.COMMAND,
        source_id=operator.command_id,
        text=" ".join(lesson.split()),
        by=operator.name,
        at=operator.now,
    )
    if add_lessons(connection, known.id, [row]):
        data = {"by": operator.name, "source": row.source.value}
        add_audit(connection, SubjectKind.ESCALATION, known.id, "learned", data, now=operator.now)
