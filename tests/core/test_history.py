"""Random histories of an escalation: nobody is asked or reminded early or twice, and every clock has a reason."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from connectors.records import Comment, FixVersion, Issue, IssueRef, Person, Role, StatusCategory, TicketStatus
from tests.conftest import NOW
from tests.core.making import make_assessment, make_escalation, make_policy, make_ticket
from worker.core.advance import find_team_due, follow_course, weigh_severity
from worker.core.assessment import Severity
from worker.core.escalation import Escalation
from worker.core.life import Stage
from worker.core.plan import Member
from worker.core.review import Instruction, Order
from worker.core.updates import FINISHED, find_due_word

POLICY = make_policy()
AGENT, CUSTOMER = 31, 11
WORDS = (
    "It works again, thank you.",
    "Unfortunately that did not help, it still stops.",
    "When will it be fixed?",
    "The workaround unblocks us.",
)
HOURS = st.floats(min_value=0.1, max_value=40, allow_nan=False)
DONE = {"status": "Done", "category": StatusCategory.DONE}


class History(RuleBasedStateMachine):
    """A ticket, its issue and its escalation, looked at after everything that happens, as the reconcilers do."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.ticket = make_ticket(people=(*make_ticket().people, Person(id=AGENT, name="Tom", role=Role.AGENT)))
        self.escalation: Escalation = make_escalation()
        self.issue: Issue | None = None
        self.assessment = make_assessment()
        self.asked: list[datetime] = []
        self.reminded: set[tuple[datetime, str]] = set()
        self.turn = 0

    @initialize(severity=st.sampled_from(Severity))
    def begin(self, severity: Severity) -> None:
        self.escalation = replace(self.escalation, severity=severity)
        self.look()

    @rule(hours=HOURS)
    def pass_time(self, hours: float) -> None:
        self.now += timedelta(hours=hours)
        self.look()

    @rule()
    def open_issue(self) -> None:
        if self.issue is None:
            self.issue = Issue(
                id="7", key="ENG-7", project="ENG", summary="x", status="To Do", category=StatusCategory.NEW
            )
            self.escalation = replace(self.escalation, issue=IssueRef(id="7", key="ENG-7"))
            self.look()

    @rule(how=st.sampled_from(("start", "done", "fixed", "released", "declined", "back")))
    def move_issue(self, how: str) -> None:
        if self.issue is None:
            return
        base = replace(self.issue, status="To Do", category=StatusCategory.NEW, resolution=None, versions=())
        planned = (FixVersion(name="8.15", released=how == "released"),)
        self.issue = {
            "start": replace(base, status="In Progress", category=StatusCategory.INDETERMINATE),
            "done": replace(base, **DONE, resolution="Done"),
            "fixed": replace(base, **DONE, resolution="Done", versions=planned),
            "released": replace(base, **DONE, resolution="Done", versions=planned),
            "declined": replace(base, **DONE, resolution="Won't Do"),
            "back": base,
        }[how]
        self.escalation = replace(
            self.escalation,
            issue_status=self.issue.status,
            issue_category=self.issue.category,
            answered_at=self.now,
        )
        self.look()

    @rule(words=st.sampled_from(WORDS), author=st.sampled_from((AGENT, CUSTOMER)))
    def speak(self, words: str, author: int) -> None:
        self.now += timedelta(seconds=1)
        said = Comment(
            id=100 + len(self.ticket.comments), author_id=author, public=True, body=words, created_at=self.now
        )
        self.ticket = replace(self.ticket, comments=(*self.ticket.comments, said))
        self.look()

    @rule(eased=st.booleans(), severity=st.sampled_from(Severity))
    def judge(self, eased: bool, severity: Severity) -> None:
        self.assessment = make_assessment(de_escalate=eased, escalate=not eased, severity=severity)
        self.look()

    @rule(status=st.sampled_from((TicketStatus.OPEN, TicketStatus.PENDING, TicketStatus.SOLVED, TicketStatus.CLOSED)))
    def change_ticket(self, status: TicketStatus) -> None:
        if self.ticket.status is not TicketStatus.CLOSED:
            self.ticket = replace(self.ticket, status=status)
            self.look()

    @rule(order=st.sampled_from(Order))
    def instruct(self, order: Order) -> None:
        self.look(Instruction(order=order, reason="because", by="kim"))

    def look(self, instruction: Instruction | None = None) -> None:
        """One look of each reconciler; what they would write is checked here."""
        if self.escalation.course.stage is Stage.CLOSED and instruction is not None:
            return
        members = (Member(ticket=self.ticket, assessment=self.assessment),)
        before = self.escalation
        moved = follow_course(before, members, self.issue, instruction=instruction, policy=POLICY, now=self.now)
        self.escalation = weigh_severity(moved, members, POLICY, self.now)
        assert self.escalation.course.turn >= before.course.turn
        again = follow_course(self.escalation, members, self.issue, instruction=None, policy=POLICY, now=self.now)
        assert again.course == self.escalation.course, "a second look changes nothing"
        self.ask(members)
        self.remind()

    def ask(self, members: tuple[Member, ...]) -> None:
        due = find_team_due(self.escalation, members, tuple(self.asked), POLICY)
        if due.clock is None or due.clock.due_at > self.now:
            return
        rhythm = POLICY.cadence.find_rhythm(self.escalation.severity.value)
        since = max([self.escalation.answered_at or NOW, *self.asked])
        assert self.now - since >= rhythm.internal, "asked early"
        assert self.escalation.course.stage in {Stage.ACTIVE, Stage.FIXED}
        self.asked.append(self.now)
        following = find_team_due(self.escalation, members, tuple(self.asked), POLICY)
        assert following.clock is not None
        assert following.clock.due_at > self.now, "asked twice"

    def remind(self) -> None:
        due = find_due_word(self.ticket, self.escalation, POLICY)
        if due.draft_at is None or due.overdue_at is None or self.now < due.draft_at:
            return
        assert self.ticket.status not in FINISHED
        assert self.escalation.course.stage is not Stage.CLOSED
        low = POLICY.cadence.find_rhythm(self.escalation.severity.value).customer[0]
        assert self.now - due.since >= low, "reminded early"
        self.reminded.add((due.since, "overdue" if self.now >= due.overdue_at else "due"))
        assert len([since for since, _ in self.reminded if since == due.since]) <= 2

    @invariant()
    def every_clock_runs_or_says_why_not(self) -> None:
        members = (Member(ticket=self.ticket, assessment=self.assessment),)
        team = find_team_due(self.escalation, members, tuple(self.asked), POLICY)
        customer = find_due_word(self.ticket, self.escalation, POLICY)
        assert (team.clock is not None and team.clock.reasons) or team.reason
        assert customer.reasons
        if team.clock is not None:
            assert team.clock.due_at > self.now

    @invariant()
    def a_stage_fits_what_is_there(self) -> None:
        stage = self.escalation.course.stage
        if stage in {Stage.FIXED, Stage.RESOLVED, Stage.DECLINED}:
            assert self.issue is not None
        assert self.issue is not None or not self.asked


History.TestCase.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
test_histories = History.TestCase
