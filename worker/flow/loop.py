"""The worker's loop: threads that do whatever is due, most urgent first, until told to stop."""

import threading
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from connectors.errors import VendorProblem
from worker.flow.backfill import feed_backfills
from worker.flow.escalation import reconcile_escalations
from worker.flow.means import Means
from worker.flow.pattern import reconcile_patterns
from worker.flow.perform import perform_effects
from worker.flow.poll import poll_sources, start_polling
from worker.flow.retention import prune_kept, start_pruning
from worker.flow.schedule import use_calendar
from worker.flow.standing import look_for_work, probe_vendors
from worker.flow.ticket import reconcile_tickets
from worker.store.budgets import forget_full
from worker.store.progress import beat, forget_beats
from worker.store.subjects import SubjectKind
from worker.store.vendors import forget_pauses

_LOOK_S = 0.2
_IDLE_S = 5.0
_BEAT_S = 5.0
_OLD_BEAT = timedelta(hours=1)
_CALM_S = 2.0


def work_once(means: Means) -> bool:
    """One round over everything that may be due; True when any of it was."""
    use_calendar(means)
    work = look_for_work(means)
    did, due = probe_vendors(means, work.probes), work.kinds
    if SubjectKind.ESCALATION in due:
        # What has happened meanwhile comes first: an issue for a ticket that is gone must not be opened.
        did |= reconcile_escalations(means)
        did |= perform_effects(means, SubjectKind.ESCALATION)
    if SubjectKind.TICKET in due:
        did |= perform_effects(means, SubjectKind.TICKET)
        did |= reconcile_tickets(means)
    if SubjectKind.PATTERN in due:
        did |= reconcile_patterns(means)
    if SubjectKind.POLL in due:
        did |= poll_sources(means)
    if SubjectKind.BACKFILL in due and not did:
        did |= feed_backfills(means)
    if SubjectKind.RETENTION in due and not did:
        did |= prune_kept(means)
    return did


def run_until_idle(means: Means) -> None:
    """Polls once to the tip and works until nothing is due now."""
    start_polling(means)
    while work_once(means):
        pass


def run_worker(
    make_means: Callable[[], Means], *, threads: int, stop: threading.Event, on_ready: Callable[[], None]
) -> None:
    """Works until `stop` is set; each thread gets means of its own, and finishes the step at hand."""
    first, bell = make_means(), Bell()
    start_polling(first)
    start_pruning(first)
    _beat(first)
    crews = [
        threading.Thread(target=_work, args=(make_means, stop, bell), name=f"worker-{number}")
        for number in range(threads)
    ]
    for crew in crews:
        crew.start()
    on_ready()
    _watch(first, stop, bell)
    bell.ring()
    for crew in crews:
        crew.join()


class Bell:
    """Wakes the threads that have nothing to do."""

    def __init__(self) -> None:
        self._rung = threading.Condition()

    def ring(self) -> None:
        """Wakes all that wait."""
        with self._rung:
            self._rung.notify_all()

    def wait(self, seconds: float) -> None:
        """Sleeps until the bell rings, at most so long."""
        with self._rung:
            self._rung.wait(seconds)


def _watch(means: Means, stop: threading.Event, bell: Bell) -> None:
    """One look for all threads: when something is due the bell rings; now and then the worker says it is alive."""
    beaten = means.monotonic()
    while not stop.wait(_LOOK_S):
        try:
            work = look_for_work(means)
            if means.monotonic() - beaten >= _BEAT_S:
                beaten = means.monotonic()
                _beat(means)
        except SQLAlchemyError as error:
            means.log.warning("database_failed", detail=type(error).__name__)
            stop.wait(_CALM_S)
            continue
        if work:
            bell.ring()


def _work(make_means: Callable[[], Means], stop: threading.Event, bell: Bell) -> None:
    means = make_means()
    while not stop.is_set():
        try:
            if work_once(means):
                bell.ring()
            else:
                bell.wait(_IDLE_S)
        except VendorProblem as problem:
            means.log.warning("vendor_failed", vendor=problem.vendor, detail=str(problem))
            stop.wait(_CALM_S)
        except Exception as error:
            means.log.exception("worker_failed", detail=type(error).__name__)
            stop.wait(_CALM_S)


def _beat(means: Means) -> None:
    now = means.now()
    with means.database.transaction() as connection:
        beat(connection, means.owner, "worker", now)
        forget_beats(connection, now - _OLD_BEAT)
        forget_full(connection, now.timestamp())
        forget_pauses(connection, (now - _OLD_BEAT).timestamp())
