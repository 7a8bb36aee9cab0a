"""A help desk and a tracker in memory, on a clock of their own, that answer late, not at all, or after the fact.

They commit what a request asks when it arrives, which may be after its sender has given up, and their search knows a
commit only after a lag. Each request passes the gate of the process that sends it. They share no code with the
sandbox.
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from connectors.errors import Conflict, HeldBack, Throttled, Uncertain, Unreachable, VendorProblem
from connectors.gate import NO_RATES, Charge, Gate, Passage
from connectors.ports import (
    IncidentChange,
    IssueChange,
    IssueCreated,
    IssueDraft,
    ProblemDraft,
    RemoteLink,
    TicketReply,
    TicketUpdate,
)
from connectors.records import (
    Comment,
    ExportPage,
    Incident,
    Issue,
    IssueComment,
    IssueRef,
    NoteFound,
    Person,
    Schedule,
    StatusCategory,
    Ticket,
    TicketMetrics,
    VendorAccount,
)

REQUEST_S = 2.0
LAG_S = 3.0
_ROUND_TRIP_S = 0.05
_PAGE = 50


class Trouble(StrEnum):
    """What happens to the next request of a kind.

    lose: done, but the answer is lost. late: the sender gives up, and only then it is done. never: the sender gives
    up, and it is not done. unsent, throttle, conflict: told, and not done.
    """

    LOSE = "lose"
    LATE = "late"
    NEVER = "never"
    UNSENT = "unsent"
    THROTTLE = "throttle"
    CONFLICT = "conflict"


@dataclass(kw_only=True)
class Clock:
    """The wall clock and the monotonic one; only the first can jump."""

    base: datetime
    monotonic: float = 0.0
    skew_s: float = 0.0
    most_ahead_s: float = 0.0

    def now(self) -> datetime:
        """The wall clock."""
        return self.base + timedelta(seconds=self.monotonic + self.skew_s)

    def read_monotonic(self) -> float:
        """Seconds that really went by."""
        return self.monotonic

    def pass_time(self, seconds: float) -> None:
        """Time goes by."""
        self.monotonic += seconds

    def jump(self, seconds: float) -> None:
        """Somebody, or a time server, sets the wall clock."""
        self.skew_s += seconds
        self.most_ahead_s = max(self.most_ahead_s, self.skew_s)


@dataclass(kw_only=True)
class DoubleIssue:
    """An issue with all that was written to it."""

    ref: IssueRef
    marker: str
    created_s: float
    status: StatusCategory = StatusCategory.NEW
    comments: list[str] = field(default_factory=list)
    links: dict[str, RemoteLink] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    priority: str | None = None
    duplicate_of: str | None = None
    related: set[str] = field(default_factory=set)


@dataclass(kw_only=True)
class World:
    """Everything outside, and what will go wrong next. `instant` is when the commit at hand arrives.

    `while_waiting` is called once a request has arrived and before its answer is back.
    """

    clock: Clock
    lag_s: float = LAG_S
    tickets: dict[int, Ticket] = field(default_factory=dict)
    exports: list[Ticket] = field(default_factory=list)
    notes: list[tuple[int, str]] = field(default_factory=list)
    native: list[tuple[int, str]] = field(default_factory=list)
    problems: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    incidents: dict[int, int | None] = field(default_factory=dict)
    shown: dict[int, dict[int, object]] = field(default_factory=dict)
    tags: dict[int, set[str]] = field(default_factory=dict)
    issues: list[DoubleIssue] = field(default_factory=list)
    writes: deque[Trouble] = field(default_factory=deque)
    reads: deque[Trouble] = field(default_factory=deque)
    latency_s: float = _ROUND_TRIP_S
    comments_read: Counter[int] = field(default_factory=Counter)
    instant: float = 0.0
    while_waiting: Callable[[], None] | None = None
    under_way: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def arrive(self) -> None:
        """Does what requests asked whose senders have given up, when its time has come."""
        due = [entry for entry in self.under_way if entry[0] <= self.clock.monotonic]
        self.under_way = [entry for entry in self.under_way if entry[0] > self.clock.monotonic]
        for at, commit in sorted(due, key=lambda entry: entry[0]):
            self.instant = at
            commit()
        self.instant = self.clock.monotonic

    def save_ticket(self, ticket: Ticket) -> None:
        """A ticket as it is now; the export shows it from now on."""
        stamped = replace(ticket, updated_at=self.clock.now(), generated_at=self.clock.now())
        self.tickets[ticket.id] = stamped
        self.exports.append(stamped)

    def read(self, vendor: str) -> None:
        """One read's way to the vendor, which may fail."""
        self.clock.pass_time(self.latency_s)
        self.arrive()
        self._let_die()
        if self.reads:
            _fail(self.reads.popleft(), vendor, "read")

    def write(self, vendor: str, commit: Callable[[], None]) -> None:
        """One write's way to the vendor and back."""
        self.clock.pass_time(self.latency_s)
        self.arrive()
        trouble = self.writes.popleft() if self.writes else None
        if trouble in {Trouble.LATE, Trouble.NEVER}:
            self.clock.pass_time(REQUEST_S)
            if trouble is Trouble.LATE:
                self.under_way.append((self.clock.monotonic + REQUEST_S * 0.9, commit))
            self._let_die()
            raise Uncertain(vendor=vendor, operation="write", detail="no answer in time")
        if trouble is not None and trouble is not Trouble.LOSE:
            _fail(trouble, vendor, "write")
        commit()
        self._let_die()
        if trouble is Trouble.LOSE:
            raise Uncertain(vendor=vendor, operation="write", detail="the connection was lost")

    def _let_die(self) -> None:
        if self.while_waiting is not None:
            self.while_waiting()


def _fail(trouble: Trouble, vendor: str, operation: str) -> None:
    if trouble is Trouble.THROTTLE:
        raise Throttled(vendor=vendor, operation=operation, detail="slow down", status=429, retry_after_s=2.0)
    if trouble is Trouble.CONFLICT and operation == "write":
        raise Conflict(vendor=vendor, operation=operation, detail="another update", status=409)
    if trouble is Trouble.UNSENT:
        raise Unreachable(vendor=vendor, operation=operation, detail="refused")
    raise Uncertain(vendor=vendor, operation=operation, detail="broken")


@dataclass(frozen=True, kw_only=True, slots=True)
class Road:
    """A process's way to one vendor: through its gate, as a session of the connectors goes."""

    world: World
    gate: Gate
    vendor: str

    def read(self, target: str) -> None:
        """One read there and back."""
        self._pass(target, lambda: self.world.read(self.vendor))

    def write(self, target: str, commit: Callable[[], None]) -> None:
        """One write there and back."""
        self._pass(target, lambda: self.world.write(self.vendor, commit))

    def _pass(self, target: str, request: Callable[[], None]) -> None:
        passage = Passage(vendor=self.vendor, target=target, charges=(Charge(bucket=f"{self.vendor}.requests"),))
        self.gate.admit(passage)
        try:
            self.gate.confirm(passage)
            request()
        except HeldBack:
            self.gate.release(passage)
            raise
        except VendorProblem as problem:
            self.gate.settle(passage, problem, NO_RATES)
            raise
        self.gate.settle(passage, None, NO_RATES)


class DoubleHelpdesk:
    """The `Helpdesk` of a world."""

    def __init__(self, world: World, gate: Gate) -> None:
        self._world = world
        self._road = Road(world=world, gate=gate, vendor="zendesk")

    def read_account(self) -> VendorAccount:
        """Ours."""
        self._road.read("account")
        return VendorAccount(id="1", name="Escalator")

    def read_export(self, *, cursor: str | None, start_time: int | None) -> ExportPage:
        """The changes so far, a page at a time."""
        self._road.read("read_export")
        start = int(cursor or 0)
        rows = self._world.exports[start : start + _PAGE]
        end = start + len(rows)
        page = tuple(replace(ticket, comments=(), comments_read=False) for ticket in rows)
        return ExportPage(tickets=page, cursor=str(end), end_of_stream=end >= len(self._world.exports))

    def read_tickets(self, ticket_ids: Sequence[int]) -> tuple[Ticket, ...]:
        """As they are now."""
        self._road.read("read_tickets")
        known = [self._world.tickets[number] for number in ticket_ids if number in self._world.tickets]
        return tuple(replace(ticket, comments=(), comments_read=False) for ticket in known)

    def read_comments(self, ticket_id: int) -> tuple[tuple[Comment, ...], tuple[Person, ...]]:
        """All of them."""
        self._road.read("read_comments")
        self._world.comments_read[ticket_id] += 1
        ticket = self._world.tickets[ticket_id]
        return ticket.comments, ticket.people

    def read_incidents(self, ticket_id: int) -> tuple[Incident, ...]:
        """None."""
        return ()

    def find_update(self, ticket_id: int, token: str) -> NoteFound | None:
        """By its token, at once."""
        self._road.read("find_update")
        if (ticket_id, token) not in self._world.notes:
            return None
        return NoteFound(ticket_id=ticket_id, audit_id=1, token=token, created_at=self._world.clock.now())

    def update_ticket(self, update: TicketUpdate) -> None:
        """Note and fields."""

        def commit() -> None:
            self._world.notes.append((update.ticket_id, update.token))
            self._world.shown.setdefault(update.ticket_id, {}).update(update.fields)
            self._world.save_ticket(self._world.tickets[update.ticket_id])

        self._road.write("update_ticket", commit)

    def send_reply(self, reply: TicketReply) -> None:
        """A public comment."""

        def commit() -> None:
            self._world.notes.append((reply.ticket_id, reply.token))
            self._world.save_ticket(self._world.tickets[reply.ticket_id])

        self._road.write("send_reply", commit)

    def add_tags(self, ticket_id: int, tags: Sequence[str]) -> None:
        """Adds."""
        self._road.write("add_tags", lambda: self._world.tags.setdefault(ticket_id, set()).update(tags))

    def remove_tags(self, ticket_id: int, tags: Sequence[str]) -> None:
        """Removes."""
        self._road.write("remove_tags", lambda: self._world.tags.setdefault(ticket_id, set()).difference_update(tags))

    def link_issue(self, ticket_id: int, issue: IssueRef) -> None:
        """One link."""
        self._road.write("link_issue", lambda: self._world.native.append((ticket_id, issue.id)))

    def has_issue(self, ticket_id: int, issue_id: str) -> bool:
        """By what was linked."""
        self._road.read("has_issue")
        return (ticket_id, issue_id) in self._world.native

    def fetch_file(self, url: str, max_bytes: int) -> bytes:
        """Its own address."""
        self._road.read("fetch_file")
        return url.encode()[:max_bytes]

    def read_schedules(self) -> tuple[Schedule, ...]:
        """None."""
        return ()

    def read_holidays(self, schedule: Schedule) -> Schedule:
        """None."""
        return schedule

    def create_problem(self, draft: ProblemDraft) -> int:
        """One for each key."""

        def commit() -> None:
            if draft.key not in {key for key, _ in self._world.problems}:
                self._world.problems.append((draft.key, draft.tags))

        self._road.write("create_problem", commit)
        return 9_000 + [key for key, _ in self._world.problems].index(draft.key)

    def find_problem(self, tag: str) -> int | None:
        """By its tag, at once."""
        self._road.read("find_problem")
        found = [number for number, (_, tags) in enumerate(self._world.problems) if tag in tags]
        return 9_000 + found[0] if found else None

    def change_incident(self, change: IncidentChange) -> None:
        """Sets it."""
        self._road.write(
            "change_incident", lambda: self._world.incidents.update({change.ticket_id: change.problem_id})
        )

    def find_group(self, name: str) -> int | None:
        """There is one."""
        return 41


class DoubleTracker:
    """The `Tracker` of a world."""

    def __init__(self, world: World, gate: Gate) -> None:
        self._world = world
        self._road = Road(world=world, gate=gate, vendor="jira")

    def read_account(self) -> VendorAccount:
        """Ours."""
        self._road.read("account")
        return VendorAccount(id="1", name="Escalator")

    def find_issues(self, marker: str, projects: Sequence[str], known_ids: Sequence[str] = ()) -> tuple[Issue, ...]:
        """What the index knows by now."""
        self._road.read("find_issues")
        horizon = self._world.clock.monotonic - self._world.lag_s
        found = [one for one in self._world.issues if one.marker == marker]
        return tuple(_show(one) for one in found if one.created_s <= horizon or one.ref.id in known_ids)

    def read_issues(self, ids_or_keys: Sequence[str]) -> tuple[Issue, ...]:
        """By identity."""
        self._road.read("read_issues")
        wanted = set(ids_or_keys)
        return tuple(_show(one) for one in self._world.issues if wanted & {one.ref.id, one.ref.key})

    def create_issue(self, draft: IssueDraft) -> IssueCreated:
        """One more issue."""
        made: list[IssueRef] = []

        def commit() -> None:
            number = len(self._world.issues) + 1
            ref = IssueRef(id=str(20000 + number), key=f"{draft.project or 'ENG'}-{number}")
            created_s = self._world.instant
            self._world.issues.append(
                DoubleIssue(ref=ref, marker=draft.marker, created_s=created_s, priority=draft.priority)
            )
            made.append(ref)

        self._road.write("create_issue", commit)
        return IssueCreated(issue=made[0])

    def update_issue(self, change: IssueChange) -> None:
        """Priority."""
        self._road.write("update_issue", lambda: setattr(self._find(change.issue_id), "priority", change.priority))

    def add_comment(self, issue_id: str, markdown: str, token: str, mentions: Sequence[str] = ()) -> None:
        """One more comment."""
        self._road.write("add_comment", lambda: self._find(issue_id).comments.append(token))

    def read_comments(self, issue_id: str) -> tuple[IssueComment, ...]:
        """Ours: nobody else writes any."""
        self._road.read("read_comments")
        return tuple(
            IssueComment(id=str(number), text=token, created_at=self._world.clock.now(), is_ours=True)
            for number, token in enumerate(self._find(issue_id).comments, start=1)
        )

    def has_comment(self, issue_id: str, token: str) -> bool:
        """By its token, at once."""
        self._road.read("has_comment")
        return token in self._find(issue_id).comments

    def link_ticket(self, link: RemoteLink) -> None:
        """By its global id."""
        self._road.write("link_ticket", lambda: self._find(link.issue_id).links.update({link.global_id: link}))

    def attach_file(self, issue_id: str, file_name: str, content: bytes) -> None:
        """Once a name."""

        def commit() -> None:
            if file_name not in self._find(issue_id).files:
                self._find(issue_id).files.append(file_name)

        self._road.write("attach_file", commit)

    def has_file(self, issue_id: str, file_name: str, size: int) -> bool:
        """By its name."""
        self._road.read("has_file")
        return file_name in self._find(issue_id).files

    def probe_issues(self, marker: str, project: str, last_number: int) -> tuple[Issue, ...]:
        """Nothing, as when others open issues faster than we probe; it never proves absence."""
        self._road.read("probe_issues")
        return ()

    def read_projects(self) -> tuple[str, ...]:
        """All that the policy names."""
        self._road.read("read_projects")
        return ("ENG", "PROD", "SEC", "LEAD")

    def was_touched(self, issue_id: str) -> bool:
        """By nobody but us."""
        self._road.read("was_touched")
        return False

    def link_duplicate(self, issue_id: str, original_id: str) -> None:
        """Marks the first as a duplicate of the second."""
        self._road.write("link_duplicate", lambda: setattr(self._find(issue_id), "duplicate_of", original_id))

    def link_related(self, issue_id: str, other_id: str) -> None:
        """Relates the first to the second."""
        self._road.write("link_related", lambda: self._find(issue_id).related.add(other_id))

    def has_link(self, issue_id: str, other_id: str) -> bool:
        """True when the first is marked so."""
        self._road.read("has_link")
        issue = self._find(issue_id)
        return other_id in {issue.duplicate_of, *issue.related}

    def close_issue(self, issue_id: str) -> bool:
        """Done."""
        self._road.write("close_issue", lambda: setattr(self._find(issue_id), "status", StatusCategory.DONE))
        return True

    def _find(self, issue_id: str) -> DoubleIssue:
        return next(one for one in self._world.issues if one.ref.id == issue_id)


def _show(one: DoubleIssue) -> Issue:
    return Issue(
        id=one.ref.id,
        key=one.ref.key,
        project=one.ref.key.split("-", 1)[0],
        summary="Export stops",
        status={"new": "To Do", "indeterminate": "In Progress", "done": "Done"}[one.status.value],
        category=one.status,
        priority=one.priority,
        marker=one.marker,
    )


def add_remark(ticket: Ticket, author_id: int, body: str, at: datetime, *, public: bool) -> Ticket:
    """The ticket with one more comment."""
    remark = Comment(id=len(ticket.comments) + 1, author_id=author_id, public=public, body=body, created_at=at)
    metrics = replace(ticket.metrics or TicketMetrics(), latest_comment_added_at=at)
    return replace(ticket, comments=(*ticket.comments, remark), metrics=metrics)
