"""The gate that every vendor request of every worker passes: budgets, Retry-After and outages, kept as rows.

Nothing is sent that a row forbids. A wait under about a second is waited here; a longer one is raised as HeldBack,
so that the subject is put back and the thread does other work. A wait that this process has seen counts on its own
monotonic clock too, so that a wall clock which jumps ahead does not end it early.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from structlog.typing import FilteringBoundLogger

from connectors.errors import Forbidden, HeldBack, Throttled, Unauthorized, Uncertain, Unreachable, VendorProblem
from connectors.gate import ZENDESK_TOKENS, Charge, Passage, Rates, Reading
from worker.core.breaker import CAREFUL_S, Breaker, Notice, Trouble, fail, succeed
from worker.core.limits import Limit
from worker.store.budgets import Draw, note_level, take_tokens
from worker.store.database import Database
from worker.store.subjects import Lane
from worker.store.vendors import (
    Pause,
    VendorRow,
    be_careful,
    claim_slot,
    ease_pauses,
    is_slot_free,
    leave_slot,
    lock_vendor,
    read_pauses,
    read_vendor,
    save_breaker,
    save_pause,
    spell_clock,
)

LANE_PARTS: Mapping[Lane, float] = {Lane.LIVE: 1.0, Lane.FOLLOW_UP: 0.75, Lane.BACKFILL: 0.5}
"""How much of each budget a lane may use; the last part is kept for the more urgent."""

_PATIENCE_S = 1.0
_SLOT_LOOK_S = 0.05
_FRESH_SUCCESS_S = 5.0
_FIRST_WAIT_S = 5.0
_SHORTEST_WAIT_S = 1.0
_LONGEST_GUESS_S = 300.0
_LONGEST_WISH_S = 86_400.0
_QUIET_S = 60.0
_LOW = 0.6
_MOST_DEADLINES = 1_000
_CREDENTIALS = {
    "zendesk": (
        "renew ESCALATOR_ZENDESK_CLIENT_ID and ESCALATOR_ZENDESK_CLIENT_SECRET "
        "(or ESCALATOR_ZENDESK_EMAIL and ESCALATOR_ZENDESK_API_TOKEN) and restart"
    ),
    "jira": "renew ESCALATOR_JIRA_EMAIL and ESCALATOR_JIRA_API_TOKEN (or ESCALATOR_JIRA_TOKEN) and restart",
}


@dataclass(kw_only=True)
class _Thread(threading.local):
    """What one thread is about."""

    lane: Lane = Lane.LIVE
    probing: str = ""
    has_slot: bool = False
    is_unwell: bool = False
    ended_pauses: tuple[str, ...] = ()
    prepaid: Counter[str] = field(default_factory=Counter)
    write_ends: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Outcome:
    """What is to be kept of one request: `pauses` are waits in seconds by name."""

    passage: Passage
    problem: VendorProblem | None
    trouble: Trouble | None
    pauses: Mapping[str, float]
    readings: tuple[Reading, ...]
    clock: float


class _NotYet(Exception):
    """Rolls an admission back."""

    def __init__(self, wait_s: float, detail: str) -> None:
        self.wait_s = wait_s
        self.detail = detail
        super().__init__(detail)


class Limits:
    """The `connectors.gate.Gate` of one process, shared by its threads; durations in seconds.

    `sizes` holds the limit of each bucket; one that is missing is bounded only by what the vendor announces.
    After `longest_request_s` a request whose end was never told is over, as its process died.
    """

    def __init__(
        self,
        *,
        database: Database,
        sizes: Mapping[str, Limit],
        unannounced: Limit,
        longest_request_s: float,
        owner: str,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
        jitter: Callable[[], float],
        log: FilteringBoundLogger,
    ) -> None:
        self._database = database
        self._sizes = sizes
        self._unannounced = unannounced
        self._longest_request_s = longest_request_s
        self._owner = owner
        self._now = now
        self._monotonic = monotonic
        self._sleep = sleep
        self._jitter = jitter
        self._log = log
        self._thread = _Thread()
        self._deadlines: dict[str, tuple[float, float]] = {}
        self._successes: dict[str, float] = {}
        self._capacities: dict[str, int] = {}
        self._low: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def use_lane(self, lane: Lane) -> Iterator[None]:
        """Requests of this thread count as this lane's."""
        before, self._thread.lane = self._thread.lane, lane
        try:
            yield
        finally:
            self._thread.lane = before

    @contextmanager
    def probe(self, vendor: str) -> Iterator[None]:
        """Requests of this thread may go to a vendor whose breaker is open, once its wait is over."""
        self._thread.probing = vendor
        try:
            yield
        finally:
            self._thread.probing = ""

    def admit(self, passage: Passage) -> None:
        """See `connectors.gate.Gate`."""
        ends = self._monotonic() + _PATIENCE_S
        while True:
            try:
                self._pass(passage)
            except _NotYet as obstacle:
                if self._monotonic() + obstacle.wait_s > ends:
                    raise _hold_back(passage, obstacle.wait_s, obstacle.detail) from None
                self._sleep(obstacle.wait_s)
            except SQLAlchemyError as error:
                detail = f"not sent: the shared limits cannot be read ({type(error).__name__})"
                raise _hold_back(passage, _PATIENCE_S, detail) from error
            else:
                return

    def confirm(self, passage: Passage) -> None:
        """See `connectors.gate.Gate`: another process may have a write's subject by now, and have sent it."""
        ends = self._thread.write_ends
        if ends is not None and self._monotonic() > ends:
            raise _hold_back(passage, 0.0, "not sent: this process stood still")

    def settle(self, passage: Passage, problem: VendorProblem | None, rates: Rates) -> None:
        """See `connectors.gate.Gate`."""
        clock = self._now().timestamp()
        pauses = self._find_pauses(passage, problem, rates)
        for name, wait in pauses.items():
            # First here, where the other threads see it at once.
            self._keep_deadline(name, clock + wait, wait)
        trouble = _find_trouble(passage, problem)
        if trouble is None:
            self._successes[passage.vendor] = self._monotonic()
        try:
            readings = tuple(reading for reading in rates.readings if self._is_news(reading))
            if not (pauses or trouble or readings or self._must_write(passage.vendor)):
                return
            outcome = _Outcome(
                passage=passage, problem=problem, trouble=trouble, pauses=pauses, readings=readings, clock=clock
            )
            self._log_notice(passage.vendor, *self._write(outcome))
        except SQLAlchemyError as error:
            self._log.warning("limits_not_saved", vendor=passage.vendor, detail=type(error).__name__)
        finally:
            self._thread.has_slot = False

    def release(self, passage: Passage) -> None:
        """See `connectors.gate.Gate`."""
        if not self._thread.has_slot:
            return
        self._thread.has_slot = False
        try:
            with self._database.transaction() as connection:
                leave_slot(connection, passage.vendor, owner=self._name_owner())
        except SQLAlchemyError as error:
            self._log.warning("limits_not_saved", vendor=passage.vendor, detail=type(error).__name__)

    def reserve(
        self, connection: Connection, vendor: str, charges: Sequence[Charge], lane: Lane, *, within_s: float
    ) -> float:
        """0.0 when a write may start now: its tokens are taken in this transaction; else the seconds to wait.

        The write has to leave within `within_s` seconds, or is held back. `drop_reserve` must follow when it is over.
        """
        passage = Passage(vendor=vendor, target="", charges=tuple(charges))
        clock = self._now().timestamp()
        try:
            row = self._check(connection, passage, clock)
        except _NotYet as obstacle:
            return obstacle.wait_s
        if _is_careful(row, clock) and not is_slot_free(connection, vendor, owner=self._name_owner(), clock=clock):
            return _SLOT_LOOK_S
        draws = [self._find_draw(charge) for charge in passage.charges]
        wait = take_tokens(connection, draws, part=LANE_PARTS[lane], clock=clock)
        if wait <= 0:
            self._thread.prepaid = Counter()
            self._thread.write_ends = self._monotonic() + within_s
            for charge in charges:
                self._thread.prepaid[charge.name] += charge.cost
        return wait

    def drop_reserve(self) -> None:
        """What a write did not use of its reserve is not used any more."""
        self._thread.prepaid = Counter()
        self._thread.write_ends = None

    def find_wait(self, vendor: str, row: VendorRow, pauses: Mapping[str, Pause], clock: float) -> float:
        """Seconds until anything may be sent to a vendor whose row and pauses these are; 0.0 when it may now."""
        breaker = row.breaker
        closed = max(breaker.left(clock), _SLOT_LOOK_S) if breaker.is_open else 0.0
        return max(closed, self._wait_for_pause(vendor, pauses.get(vendor), clock))

    def answered_lately(self, vendor: str, within_s: float) -> bool:
        """True when this process had an answer from the vendor within so many seconds."""
        last = self._successes.get(vendor)
        return last is not None and self._monotonic() - last <= within_s

    def _pass(self, passage: Passage) -> None:
        clock = self._now().timestamp()
        thread = self._thread
        with self._database.snapshot() as connection:
            # A storm must not queue for the write lock only to be told to wait.
            self._check(connection, passage, clock)
        with self._database.transaction() as connection:
            clock = self._now().timestamp()
            row = self._check(connection, passage, clock)
            has_slot = _is_careful(row, clock)
            if has_slot and not claim_slot(
                connection,
                passage.vendor,
                owner=self._name_owner(),
                clock=clock,
                until=clock + self._longest_request_s,
            ):
                raise _NotYet(_SLOT_LOOK_S, "not sent: after a refusal only one request at a time goes out")
            charges = self._find_unpaid(passage.charges)
            draws = [self._find_draw(charge) for charge in charges]
            wait = take_tokens(connection, draws, part=LANE_PARTS[thread.lane], clock=clock)
            if wait > 0:
                raise _NotYet(wait, "not sent: our part of the vendor's limit is used up for now")
        self._pay(passage.charges, charges)
        thread.has_slot = has_slot
        thread.is_unwell = row.breaker.failures > 0 or row.breaker.is_open or row.breaker.trips > 0
        wait = max((self._find_deadline(name) for name in _list_names(passage)), default=0.0)
        if wait > 0:
            self.release(passage)
            raise _NotYet(wait, "not sent: the vendor asked to wait")

    def _check(self, connection: Connection, passage: Passage, clock: float) -> VendorRow:
        """The vendor's row; raises _NotYet when a pause or an open breaker forbids the request."""
        row = read_vendor(connection, passage.vendor)
        names = _list_names(passage)
        pauses = read_pauses(connection, names)
        self._thread.ended_pauses = tuple(name for name, pause in pauses.items() if pause.refusals)
        wait = max(self._wait_for_pause(name, pauses.get(name), clock) for name in names)
        if wait > 0:
            raise _NotYet(wait, "not sent: the vendor asked to wait")
        if row.breaker.is_open:
            left = row.breaker.left(clock)
            if self._thread.probing != passage.vendor or left > 0:
                raise _NotYet(max(left, _PATIENCE_S * 2), f"not sent: {row.breaker.detail}")
        return row

    def _wait_for_pause(self, name: str, pause: Pause | None, clock: float) -> float:
        if pause is not None and (left := pause.left(clock)) > 0:
            self._keep_deadline(name, pause.not_before, left)
        return self._find_deadline(name)

    def _keep_deadline(self, name: str, not_before: float, wait: float) -> None:
        """The same wait is kept once: seeing its row again must not move its end on our own clock."""
        with self._lock:
            known = self._deadlines.get(name)
            if known is None or not_before > known[0]:
                self._deadlines[name] = (not_before, self._monotonic() + wait)
            if len(self._deadlines) > _MOST_DEADLINES:
                now = self._monotonic()
                self._deadlines = {kept: ends for kept, ends in self._deadlines.items() if ends[1] > now}

    def _find_deadline(self, name: str) -> float:
        known = self._deadlines.get(name)
        return max(0.0, known[1] - self._monotonic()) if known is not None else 0.0

    def _find_unpaid(self, charges: Sequence[Charge]) -> tuple[Charge, ...]:
        prepaid = self._thread.prepaid
        return tuple(charge for charge in charges if prepaid[charge.name] < charge.cost)

    def _pay(self, charges: Sequence[Charge], drawn: Sequence[Charge]) -> None:
        for charge in charges:
            if charge not in drawn:
                self._thread.prepaid[charge.name] -= charge.cost

    def _find_draw(self, charge: Charge) -> Draw:
        limit = self._sizes.get(charge.bucket, self._unannounced)
        return Draw(name=charge.name, family=charge.bucket, limit=limit, cost=charge.cost)

    def _find_pauses(self, passage: Passage, problem: VendorProblem | None, rates: Rates) -> dict[str, float]:
        """Which waits an answer asks for, in seconds by name; one that names no limit is about the whole vendor."""
        if problem is None or problem.status is None:
            return {}
        wish = problem.retry_after_s
        if not (isinstance(problem, Throttled) or wish):
            return {}
        names = rates.spent or (passage.vendor,)
        if wish:
            return dict.fromkeys(names, min(wish, _LONGEST_WISH_S))
        if wish is None and rates.resets_s:
            return dict.fromkeys(names, min(max(rates.resets_s, _SHORTEST_WAIT_S), _LONGEST_GUESS_S))
        # The doubling needs the row; until it is read the first step holds.
        return dict.fromkeys(names, _FIRST_WAIT_S if wish is None else _SHORTEST_WAIT_S)

    def _is_news(self, reading: Reading) -> bool:
        name = Charge(bucket=reading.bucket, key=reading.key).name
        limit = reading.limit if reading.limit is not None else self._capacities.get(reading.bucket)
        news = reading.limit is not None and self._capacities.get(reading.bucket) != reading.limit
        if reading.limit is not None:
            self._capacities[reading.bucket] = reading.limit
        if reading.remaining is None:
            return news
        is_low = limit is None or reading.remaining <= limit * _LOW
        was_low = name in self._low
        (self._low.add if is_low else self._low.discard)(name)
        return news or is_low or was_low

    def _must_write(self, vendor: str) -> bool:
        thread = self._thread
        if thread.has_slot or thread.is_unwell or thread.ended_pauses:
            return True
        noted = self._successes.get(f"noted {vendor}")
        return noted is None or self._monotonic() - noted > _FRESH_SUCCESS_S

    def _write(self, outcome: _Outcome) -> tuple[Notice | None, Breaker, Sequence[Pause]]:
        vendor, clock, pauses = outcome.passage.vendor, outcome.clock, outcome.pauses
        with self._database.transaction() as connection:
            row = lock_vendor(connection, vendor)
            breaker, notice = self._turn_breaker(row.breaker, outcome)
            save_breaker(connection, vendor, breaker)
            if self._thread.has_slot:
                leave_slot(connection, vendor, owner=self._name_owner())
            told = self._save_pauses(connection, outcome)
            if broad := [wait for name, wait in pauses.items() if ":" not in name]:
                be_careful(connection, vendor, until=clock + max(broad) + CAREFUL_S)
            elif outcome.trouble is None and self._thread.ended_pauses:
                ease_pauses(connection, self._thread.ended_pauses, clock=clock)
            for reading in outcome.readings:
                note_level(
                    connection,
                    name=Charge(bucket=reading.bucket, key=reading.key).name,
                    family=reading.bucket,
                    limit=reading.limit,
                    remaining=reading.remaining,
                    resets_s=reading.resets_s,
                    clock=clock,
                )
        if outcome.trouble is None:
            self._successes[f"noted {vendor}"] = self._monotonic()
        return notice, breaker, told

    def _turn_breaker(self, breaker: Breaker, outcome: _Outcome) -> tuple[Breaker, Notice | None]:
        vendor = outcome.passage.vendor
        if outcome.trouble is None:
            return succeed(breaker, is_probe=self._thread.probing == vendor, clock=outcome.clock)
        return fail(
            breaker,
            outcome.trouble,
            target=outcome.passage.target,
            detail=str(outcome.problem),
            remedy=_find_remedy(vendor, outcome.trouble),
            clock=outcome.clock,
            jitter=self._jitter(),
        )

    def _save_pauses(self, connection: Connection, outcome: _Outcome) -> list[Pause]:
        """Keeps the later end of two waits for the same; returns those that deserve a line in the log."""
        told = []
        clock, is_wish = outcome.clock, bool(outcome.problem and outcome.problem.retry_after_s)
        for name, (known, asked) in self._join_known(connection, outcome.pauses).items():
            refusals = known.refusals if known is not None else 0
            wait = asked if is_wish else min(asked * 2.0 ** min(refusals, 10), max(asked, _LONGEST_GUESS_S))
            self._keep_deadline(name, clock + wait, wait)
            logged_at = known.logged_at if known is not None else None
            tell = logged_at is None or clock - logged_at >= _QUIET_S
            pause = Pause(
                name=name,
                vendor=outcome.passage.vendor,
                since=known.since if known is not None and refusals else clock,
                noted_at=clock,
                not_before=clock + wait,
                refusals=refusals + 1,
                logged_at=clock if tell else logged_at,
            )
            if known is not None and known.left(clock) > wait:
                pause = replace(pause, noted_at=known.noted_at, not_before=known.not_before)
            save_pause(connection, pause)
            if tell:
                told.append(pause)
        return told

    def _join_known(
        self, connection: Connection, pauses: Mapping[str, float]
    ) -> dict[str, tuple[Pause | None, float]]:
        known = read_pauses(connection, pauses) if pauses else {}
        return {name: (known.get(name), wait) for name, wait in pauses.items()}

    def _log_notice(self, vendor: str, notice: Notice | None, breaker: Breaker, pauses: Sequence[Pause]) -> None:
        for pause in pauses:
            self._log.warning(
                "vendor_asks_to_wait",
                vendor=vendor,
                limit=pause.name,
                until=spell_clock(pause.not_before).isoformat(),
                refusals=pause.refusals,
            )
        since = spell_clock(breaker.failing_since).isoformat() if breaker.failing_since is not None else None
        if notice is Notice.CLOSED:
            self._log.warning("vendor_recovered", vendor=vendor)
        elif notice is not None:
            event = "vendor_failing" if notice is Notice.OPENED else "vendor_still_failing"
            self._log.warning(event, vendor=vendor, detail=breaker.detail, since=since, remedy=breaker.remedy)

    def _name_owner(self) -> str:
        return f"{self._owner}:{threading.get_ident()}"


def _is_careful(row: VendorRow, clock: float) -> bool:
    return row.careful_until is not None and clock < row.careful_until


def _list_names(passage: Passage) -> list[str]:
    names = {passage.vendor}
    for charge in passage.charges:
        names |= {charge.name, charge.bucket}
    return sorted(names)


def _hold_back(passage: Passage, wait_s: float, detail: str) -> HeldBack:
    return HeldBack(vendor=passage.vendor, operation=passage.target, detail=detail, wait_s=wait_s)


def _find_trouble(passage: Passage, problem: VendorProblem | None) -> Trouble | None:
    """What a failure says of the vendor; a refusal of one request says that it answers."""
    # Where no token is to be had nothing can be asked, as if there was no way to the vendor.
    is_vital = any(charge.bucket == ZENDESK_TOKENS for charge in passage.charges)
    if isinstance(problem, Unreachable) or (is_vital and isinstance(problem, Uncertain)):
        return Trouble.UNREACHED
    if isinstance(problem, Unauthorized):
        return Trouble.CREDENTIALS
    if isinstance(problem, Forbidden):
        return Trouble.DENIED
    return Trouble.FAILED if isinstance(problem, Uncertain) else None


def _find_remedy(vendor: str, trouble: Trouble) -> str:
    if trouble in {Trouble.CREDENTIALS, Trouble.DENIED}:
        renew = _CREDENTIALS.get(vendor, f"renew the credentials of {vendor} and restart")
        return renew if trouble is Trouble.CREDENTIALS else f"give the account its permissions back, or {renew}"
    return f"nothing: Escalator tries again by itself; check that {vendor} answers if this stays"
