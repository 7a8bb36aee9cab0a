"""The state machine: a virtual clock, workers that die or sleep anywhere, vendors that answer as they like.

A death is an exception that nothing catches, raised at a fail point: transactions roll back, and what the process
remembered is gone. A sleep is another worker that runs, on the same database, while the first one stands still.
"""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import structlog
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import event, or_, select

from connectors.records import Person, Role, StatusCategory, Ticket
from mappings.policy import Policy
from tests.conftest import NOW
from tests.core.making import make_policy, make_ticket
from tests.crash.doubles import LAG_S, REQUEST_S, Clock, DoubleHelpdesk, DoubleTracker, Trouble, World, add_remark
from tests.crash.scene import CONFIRMED, QUESTION, WORSE
from tests.rig import AGENT, BUG, CUSTOMER
from worker.core.life_texts import LifeTexts
from worker.core.limits import Limit
from worker.core.patterns.setting import build_detector
from worker.core.plan import Addresses
from worker.core.recovery import Windows
from worker.delivery import Delivery
from worker.failpoints import FailPoint, install_hook
from worker.flow.limits import Limits
from worker.flow.loop import work_once
from worker.flow.means import Means, Memory, Timing
from worker.flow.poll import start_polling
from worker.flow.replay import Operator, replay_letter
from worker.store.database import Database
from worker.store.deadletters import list_dead_letters
from worker.store.deliveries import WebStore
from worker.store.effects import EffectState
from worker.store.escalations import list_escalations
from worker.store.migrate import upgrade_database
from worker.store.schema import effects, inbox, members, subjects, wakes
from worker.store.subjects import Lane, SubjectKind

LEASE_S = 6.0
QUIET_S = 8.0
_OUTSIDE = frozenset(
    point
    for point in FailPoint
    if not point.value.startswith("deliveries.")
    and (not point.value.endswith("ing") or point in {FailPoint.CLAIMS_POSTPONING, FailPoint.WRITES_PAUSING})
    and point is not FailPoint.POLL_FILLED
)
"""Places with no transaction open: only there may another worker run while this one stands still."""

WORKERS = [point for point in FailPoint if not point.value.startswith("deliveries.")]
_WAITS = st.sampled_from([0.0, 0.5, LEASE_S + 0.1, LEASE_S + REQUEST_S, QUIET_S * 2])
_AMPLE = Limit(count=1_000_000, period_s=60.0)
_MEMORY = "/dev/shm"  # noqa: S108 - a folder with a name of its own is made there
_DRAIN_STEPS = 400
_CALM_STEPS = 12
_WORK_S = 0.001
_CALM_STEP_S = 20.0
_ISSUE_POLL_S = 120.0
_MOST_TICKETS = 6
_JUMP_S = 300.0


class Crash(BaseException):
    """The end of a process."""


@dataclass(kw_only=True)
class Tally:
    """What all runs together came to."""

    crashes: Counter[FailPoint] = field(default_factory=Counter)
    sleeps: Counter[FailPoint] = field(default_factory=Counter)
    waiting: int = 0
    schedules: int = 0
    escalations: int = 0
    parked: int = 0
    twins: int = 0

    @property
    def deaths(self) -> int:
        """Deaths of workers; the web role's, which only ever are at one place here, would swell the number."""
        return sum(self.crashes[point] for point in WORKERS) + self.waiting


TALLY = Tally()


@cache
def read_rules() -> Policy:
    """The shipped policy with every target on, and with every kind of write switched on."""
    policy = make_policy()
    paces = {
        name: getattr(policy.cadence, name).model_copy(update={"send": ("update", "confirm")})
        for name in ("critical", "high", "medium")
    }
    zendesk = policy.fields.zendesk.model_copy(update={"native_links": True})
    fields = policy.fields.model_copy(update={"zendesk": zendesk})
    return policy.model_copy(update={"cadence": policy.cadence.model_copy(update=paces), "fields": fields})


def make_fast_database() -> Database:
    """A fresh SQLite file in memory; durable enough for a process that only pretends to die."""
    folder = tempfile.mkdtemp(prefix="escalator-machine-", dir=_MEMORY if Path(_MEMORY).is_dir() else None)
    shutil.copy(_template(), f"{folder}/escalator.db")
    return open_fast(f"sqlite:///{folder}/escalator.db")


def open_fast(url: str) -> Database:
    """The database, without waiting for a disk."""
    database = Database(url)
    if database.is_sqlite:
        event.listen(database.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    return database


@cache
def _template() -> str:
    path = Path(tempfile.mkdtemp(prefix="escalator-template-")) / "escalator.db"
    with Database(f"sqlite:///{path}") as database:
        upgrade_database(database)
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return str(path)


class CrashMachine(RuleBasedStateMachine):
    """One schedule."""

    lag_s = LAG_S
    make_database = staticmethod(make_fast_database)

    def __init__(self) -> None:
        super().__init__()
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
        TALLY.schedules += 1
        self.database = self.make_database()
        self.clock = Clock(base=NOW)
        self.world = World(clock=self.clock, lag_s=self.lag_s)
        self.minted = 0
        self.acked: list[str] = []
        self.told: list[Delivery] = []
        self.worker = self.make_worker("first")
        self.web = WebStore(self.database, late_after_s=30)
        start_polling(self.worker)

    def make_worker(self, owner: str) -> Means:
        policy, addresses = read_rules(), Addresses(zendesk="https://desk.example", jira="https://jira.example")
        name = f"{owner}-{self.minted}"
        limits = Limits(
            database=self.database,
            sizes={},
            unannounced=_AMPLE,
            longest_request_s=120.0,
            owner=name,
            now=self.clock.now,
            monotonic=self.clock.read_monotonic,
            sleep=self.clock.pass_time,
            jitter=_jitter,
            log=structlog.get_logger(),
        )
        return Means(
            database=self.database,
            helpdesk=DoubleHelpdesk(self.world, limits),
            tracker=DoubleTracker(self.world, limits),
            rules=policy,
            timing=Timing(
                poll_every=timedelta(seconds=20),
                issue_poll_every=timedelta(seconds=_ISSUE_POLL_S),
                sweep_every=timedelta(seconds=60),
                lease=timedelta(seconds=LEASE_S),
                stuck_after=timedelta(minutes=10),
                loop_writes=1000,
                loop_window=timedelta(minutes=10),
                windows=Windows(request_s=REQUEST_S, lag_s=LAG_S, quiet_s=QUIET_S),
                poll_from=NOW - timedelta(days=1),
                keep_snapshots=timedelta(days=90),
                keep_texts=timedelta(days=400),
                updates_per_minute=6000,
            ),
            addresses=addresses,
            texts=_make_texts(),
            memory=Memory(),
            limits=limits,
            owner=name,
            now=self.clock.now,
            monotonic=self.clock.read_monotonic,
            mint_id=self._mint,
            make_detector=lambda counts: build_detector(policy.patterns, counts=counts),
            jitter=_jitter,
            log=structlog.get_logger(),
        )

    def _mint(self) -> str:
        self.minted += 1
        return f"{self.minted:08x}"

    # ---- what happens outside

    @initialize(bugs=st.integers(1, 3))
    def begin(self, bugs: int) -> None:
        for _ in range(bugs):
            self.open_ticket(escalates=True, told=True)

    @rule(escalates=st.booleans(), told=st.booleans())
    def open_ticket(self, escalates: bool, told: bool) -> None:
        if len(self.world.tickets) == _MOST_TICKETS:
            return
        number = 501 + len(self.world.tickets)
        self.world.save_ticket(_make_bug(number) if escalates else _make_question(number))
        if told:
            self.tell(number)

    @precondition(lambda self: self.world.tickets)
    @rule(data=st.data(), worse=st.booleans(), dies=st.booleans())
    def change_ticket(self, data: st.DataObject, worse: bool, dies: bool) -> None:
        number = data.draw(st.sampled_from(sorted(self.world.tickets)))
        ticket, at = self.world.tickets[number], self.clock.now()
        if worse and self.is_bug(number):
            ticket = add_remark(ticket, CUSTOMER, WORSE, at, public=True)
            ticket = add_remark(ticket, AGENT, CONFIRMED, at, public=False)
        self.world.save_ticket(ticket)
        (self.tell_and_die if dies else self.tell)(number)

    @precondition(lambda self: self.world.issues)
    @rule(data=st.data(), status=st.sampled_from([StatusCategory.INDETERMINATE, StatusCategory.DONE]))
    def move_issue(self, data: st.DataObject, status: StatusCategory) -> None:
        issue = data.draw(st.sampled_from(self.world.issues))
        issue.status = status
        self.deliver(SubjectKind.ESCALATION.value, issue.marker.removeprefix("escalator-"))

    @precondition(lambda self: self.told)
    @rule(data=st.data())
    def redeliver(self, data: st.DataObject) -> None:
        self.store(data.draw(st.sampled_from(self.told)))

    @rule(writes=st.lists(st.sampled_from(Trouble), max_size=2), reads=st.lists(st.sampled_from(Trouble), max_size=1))
    def brew_trouble(self, writes: list[Trouble], reads: list[Trouble]) -> None:
        self.world.writes.extend(writes)
        self.world.reads.extend(reads)

    @rule(seconds=st.sampled_from([0.2, 1.0, 2.5, 7.0, 30.0]))
    def tick(self, seconds: float) -> None:
        self.clock.pass_time(seconds)
        self.world.arrive()

    @rule(seconds=st.sampled_from([-_JUMP_S, -5.0, 5.0, _JUMP_S]))
    def jump(self, seconds: float) -> None:
        self.clock.jump(seconds)

    # ---- what the workers do

    @rule(rounds=st.integers(1, 4))
    def work(self, rounds: int) -> None:
        for _ in range(rounds):
            if not work_once(self.worker):
                return

    @rule(deaths=st.lists(st.tuples(st.integers(1, 12), _WAITS), min_size=6, max_size=16))
    def work_and_die(self, deaths: list[tuple[int, float]]) -> None:
        """One worker after the other dies at its n-th place, whichever that is."""
        for count, wait in deaths:
            self.run_with(_DieAt(count), 3)
            self.tick(wait)

    @rule(deaths=st.lists(st.tuples(st.sampled_from(WORKERS), st.integers(1, 2), _WAITS), min_size=3, max_size=8))
    def work_and_die_there(self, deaths: list[tuple[FailPoint, int, float]]) -> None:
        """One worker after the other dies at a place that was chosen for it."""
        for point, count, wait in deaths:
            self.run_with(_DieAt(count, point), 4)
            self.tick(wait)

    @rule(deaths=st.lists(st.tuples(st.integers(1, 8), _WAITS), min_size=3, max_size=8))
    def work_and_die_waiting(self, deaths: list[tuple[int, float]]) -> None:
        """One worker after the other dies while it waits for an answer that it paid the gate for."""
        for count, wait in deaths:
            self.world.while_waiting = _DieWaiting(count)
            self.run_with(lambda _: None, 3)
            self.tick(wait)

    @rule(
        point=st.sampled_from(sorted(_OUTSIDE)),
        count=st.integers(1, 2),
        asleep=st.sampled_from([1.0, 5.0, 9.0, 40.0]),
        dies=st.booleans(),
        jump=st.sampled_from([0.0, 0.0, _JUMP_S, -_JUMP_S]),
    )
    def work_and_sleep(self, point: FailPoint, count: int, asleep: float, dies: bool, jump: float) -> None:
        """The first worker stands still at some place while a second one takes over what it may."""
        second = self.make_worker("second")

        def sleep() -> None:
            self.clock.jump(jump)
            for _ in range(10):
                self.clock.pass_time(asleep / 10)
                self.world.arrive()
                work_once(second)

        self.open_ticket(escalates=True, told=True)
        self.run_with(_SleepAt(count, point, sleep), 6)
        if dies:
            self.worker = second

    # ---- how it is done

    def run_with(self, hook: Callable[[FailPoint], None], rounds: int) -> None:
        install_hook(hook)
        try:
            for _ in range(rounds):
                if not work_once(self.worker):
                    break
        except Crash:
            self.worker = self.make_worker("next")
        finally:
            install_hook(None)
            self.world.while_waiting = None

    def tell(self, ticket_id: int) -> None:
        self.deliver(SubjectKind.TICKET.value, str(ticket_id))

    def deliver(self, kind: str, subject_id: str) -> None:
        key = f"delivery-{len(self.told)}"
        self.store(
            Delivery(
                source="vendor",
                dedupe_keys=(key,),
                subject_kind=kind,
                subject_id=subject_id,
                lane=int(Lane.LIVE),
                received_at=self.clock.now(),
            )
        )

    def store(self, delivery: Delivery) -> None:
        self.web.add_deliveries([delivery])
        self.told.append(delivery)
        self.acked.append(delivery.dedupe_keys[0])

    def tell_and_die(self, ticket_id: int) -> None:
        """Not acknowledged, so nobody is owed anything; the export tells it anyway."""
        install_hook(_DieAt(1, FailPoint.DELIVERIES_STORING))
        try:
            self.tell(ticket_id)
        except Crash:
            pass
        finally:
            install_hook(None)

    def is_bug(self, number: int) -> bool:
        return self.world.tickets[number].comments[-1].author_id == AGENT

    # ---- what must always hold

    @invariant()
    def nothing_is_doubled(self) -> None:
        issues = Counter(one.marker for one in self.world.issues)
        assert not [marker for marker, count in issues.items() if count > 1], issues
        self.no_word_is_doubled()

    def no_word_is_doubled(self) -> None:
        for told in (self.world.notes, self.world.native):
            counts = Counter(told)
            assert not [one for one, count in counts.items() if count > 1], counts
        for issue in self.world.issues:
            comments = Counter(issue.comments)
            assert not [token for token, count in comments.items() if count > 1], comments

    @invariant()
    def nothing_waits_without_a_time(self) -> None:
        with self.database.snapshot() as connection:
            timed = or_(
                subjects.c.plan_due_at.is_not(None),
                subjects.c.write_due_at.is_not(None),
                subjects.c.parked_at.is_not(None) & subjects.c.error.is_not(None),
            )
            safe = {
                (row.kind, row.id) for row in connection.execute(select(subjects.c.kind, subjects.c.id).where(timed))
            }
            safe |= {(row.subject_kind, row.subject_id) for row in connection.execute(select(wakes))}
            is_open = effects.c.state.in_([EffectState.INTENDED.value, EffectState.STARTED.value])
            wanting = [
                *connection.execute(select(effects.c.subject_kind, effects.c.subject_id).where(is_open)),
                *connection.execute(
                    select(inbox.c.subject_kind, inbox.c.subject_id).where(inbox.c.consumed_at.is_(None))
                ),
            ]
        stuck = {(row.subject_kind, row.subject_id) for row in wanting} - safe
        assert not stuck, stuck

    # ---- the end

    def teardown(self) -> None:
        install_hook(None)
        try:
            self.drain()
            self.compare()
        finally:
            self.close()

    def close(self) -> None:
        path = self.database.engine.url.database if self.database.is_sqlite else None
        self.database.close()
        if path:
            shutil.rmtree(os.path.dirname(path), ignore_errors=True)  # noqa: PTH120

    def drain(self) -> None:
        """Peace, a clock that is set right, and somebody who replays what was parked."""
        self.world.writes.clear()
        self.world.reads.clear()
        # What was put off on a clock that ran ahead is due only when the right one has caught up.
        calm, enough = 0, _CALM_STEPS + int(self.clock.most_ahead_s / _CALM_STEP_S)
        self.clock.skew_s = 0.0
        for step in range(_DRAIN_STEPS + enough):
            if work_once(self.worker):
                # Work takes time: else a wait that rounds to nothing would never be over.
                self.clock.pass_time(_WORK_S)
                continue
            self.clock.pass_time(1.0 if not calm and step < _DRAIN_STEPS // 2 else _CALM_STEP_S)
            self.world.arrive()
            self.replay_parked()
            calm = 0 if self.is_waiting() else calm + 1
            if calm > enough:
                return
        raise AssertionError(f"it does not come to rest: {self.describe_rest()}")

    def describe_rest(self) -> str:
        with self.database.snapshot() as connection:
            rows = [
                *connection.execute(select(subjects)),
                *connection.execute(select(effects).where(effects.c.finished_at.is_(None))),
            ]
        return "\n".join([f"now {self.clock.now()}", *map(str, rows)])

    def replay_parked(self) -> None:
        """What an operator does about dead letters."""
        with self.database.transaction() as connection:
            for letter in list_dead_letters(connection):
                TALLY.parked += 1
                command = Operator(name="test", now=self.clock.now(), command_id=f"replay-{TALLY.parked}")
                replay_letter(connection, letter, letter.writes, command)

    def is_waiting(self) -> bool:
        with self.database.snapshot() as connection:
            is_open = effects.c.state.in_([EffectState.INTENDED.value, EffectState.STARTED.value])
            parked = subjects.c.parked_at.is_not(None)
            queries = (
                select(effects.c.id).where(is_open),
                select(inbox.c.id).where(inbox.c.consumed_at.is_(None)),
                select(subjects.c.id).where(parked),
            )
            return any(connection.execute(query.limit(1)).first() for query in queries)

    def compare(self) -> None:
        """What is outside is what was told."""
        self.nothing_is_doubled()
        with self.database.snapshot() as connection:
            rows = connection.execute(select(members).where(members.c.left_at.is_(None))).all()
            known = {escalation.id: escalation for escalation in list_escalations(connection)}
            kept = set(connection.execute(select(inbox.c.dedupe_key)).scalars())
        by_ticket = {row.ticket_id: known[row.escalation_id] for row in rows}
        bugs = {number for number in self.world.tickets if self.is_bug(number)}
        TALLY.escalations += len(bugs)
        assert set(self.acked) <= kept
        assert set(by_ticket) == bugs
        issues = {one.marker: one for one in self.world.issues if one.duplicate_of is None}
        assert set(issues) == {escalation.marker for escalation in by_ticket.values()}
        noted = {ticket_id for ticket_id, _ in self.world.notes}
        for number, escalation in by_ticket.items():
            issue = issues[escalation.marker]
            assert escalation.issue == issue.ref
            assert len(issue.links) == 1
            assert number in noted
            assert self.world.tags[number] == {"escalator_escalated"}
            assert escalation.issue_category is issue.status


class LaggingMachine(CrashMachine):
    """The search lags for longer than the quiet window: then there may be one twin, and a sweep leaves one of two."""

    lag_s = QUIET_S * 6

    @invariant()
    def nothing_is_doubled(self) -> None:
        issues = Counter(one.marker for one in self.world.issues)
        assert not [marker for marker, count in issues.items() if count > 2], issues
        self.no_word_is_doubled()

    def compare(self) -> None:
        for _ in range(int(self.lag_s)):
            self.clock.pass_time(_CALM_STEP_S)
            while work_once(self.worker):
                pass
        live = [one for one in self.world.issues if one.duplicate_of is None]
        assert len({one.marker for one in live}) == len(live), live
        TALLY.twins += len(self.world.issues) - len(live)
        super().compare()


class _DieAt:
    def __init__(self, count: int, point: FailPoint | None = None) -> None:
        self._left, self._point = count, point

    def __call__(self, point: FailPoint) -> None:
        if self._point not in {None, point}:
            return
        self._left -= 1
        if self._left == 0:
            TALLY.crashes[point] += 1
            raise Crash(point)


class _DieWaiting:
    def __init__(self, count: int) -> None:
        self._left = count

    def __call__(self) -> None:
        self._left -= 1
        if self._left == 0:
            TALLY.waiting += 1
            raise Crash("waiting for an answer")


class _SleepAt:
    def __init__(self, count: int, point: FailPoint, sleep: Callable[[], None]) -> None:
        self._left, self._point, self._sleep = count, point, sleep

    def __call__(self, point: FailPoint) -> None:
        if point is not self._point:
            return
        self._left -= 1
        if self._left == 0:
            TALLY.sleeps[point] += 1
            install_hook(None)
            self._sleep()


def _jitter() -> float:
    return 0.5


@cache
def _make_texts() -> LifeTexts:
    addresses = Addresses(zendesk="https://desk.example", jira="https://jira.example")
    return LifeTexts(policy=read_rules(), overlay=None, addresses=addresses)


def _make_bug(number: int) -> Ticket:
    ticket = make_ticket(
        id=number,
        assignee_id=AGENT,
        people=(
            Person(id=CUSTOMER, name="Ines Falk", role=Role.END_USER, organization_id=21),
            Person(id=AGENT, name="Tom Reed", role=Role.AGENT),
        ),
    )
    return add_remark(ticket, AGENT, BUG, NOW - timedelta(hours=1), public=False)


def _make_question(number: int) -> Ticket:
    ticket = make_ticket(id=number, subject=QUESTION, description=QUESTION)
    return replace(ticket, comments=(replace(ticket.comments[0], body=QUESTION),))
