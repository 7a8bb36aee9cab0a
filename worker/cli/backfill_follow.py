"""Watching a plan, and doing its work here whenever no service does."""

import logging
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from worker.cli.backfill_board import RunBoard, show_planning
from worker.cli.backfill_words import RunFigures
from worker.cli.database import prepare_database
from worker.cli.output import ExitCode, fail
from worker.flow.backfill_control import PlanRefused, start_backfill
from worker.flow.backfill_hold import PlanHeld
from worker.flow.backfill_plan import Review, Watcher, read_review, resume_plan
from worker.flow.loop import work_once
from worker.ground import now_utc, open_database
from worker.log import configure_logging
from worker.settings import Need, load_settings
from worker.store.backfill_runs import count_outcomes, find_last_settled, find_last_write
from worker.store.backfills import Backfill, BackfillState, count_groups, read_backfill
from worker.store.database import Database
from worker.store.degraded import find_degraded
from worker.store.progress import read_last_beat
from worker.store.subjects import LeaseLost, SubjectKind, find_lease_end
from worker.wiring import MakeMeans, check_access, read_policy

_THREADS = 4
_FRESH_BEAT_S = 15.0
_TICK_S = 0.25


@contextmanager
def open_means() -> Iterator[MakeMeans]:
    """What makes the means of a worker, on a database that is ready."""
    if sys.stderr.isatty():
        # A line per ticket would tear the progress bar to pieces.
        configure_logging(level=logging.WARNING)
    settings = load_settings(Need.WORKER)
    policy = read_policy(settings)
    with open_database(settings) as database:
        prepare_database(database)
        yield MakeMeans(settings=settings, policy=policy, database=database)


def read_figures(database: Database, plan_id: str) -> RunFigures:
    """A plan as it stands at this moment."""
    now = now_utc()
    with database.snapshot() as connection:
        found = read_backfill(connection, plan_id)
        assert found is not None  # noqa: S101 - plans are never deleted
        beat = read_last_beat(connection, "worker")
        held_until = find_lease_end(connection, SubjectKind.BACKFILL, plan_id)
        return RunFigures(
            plan=found,
            tickets=sum(group.tickets for group in count_groups(connection, plan_id)),
            outcomes=count_outcomes(connection, plan_id),
            last_settled_at=find_last_settled(connection, plan_id),
            last_write_at=find_last_write(connection),
            is_held=held_until is not None and held_until > now,
            is_served=beat is not None and (now - beat).total_seconds() < _FRESH_BEAT_S,
            degraded=find_degraded(connection, now),
            now=now,
        )


def follow_planning(make_means: MakeMeans, plan: Backfill, *, quiet: bool) -> Review:
    """Makes an unfinished plan to its end; whatever stops it, the plan can be resumed."""
    means = make_means()
    means.helpdesk.read_account()
    try:
        with show_planning(plan.since, quiet=quiet) as tell:
            made = resume_plan(means, plan, Watcher(wait=time.sleep, tell=tell))
    except (PlanHeld, LeaseLost) as held:
        raise fail(ExitCode.FAILED, str(held)) from held
    except KeyboardInterrupt:
        reason = f"stopped; escalator backfill resume {plan.id} goes on with the plan"
        raise fail(ExitCode.FAILED, reason) from None
    return read_review(means.database, made)


def start_and_follow(make_means: MakeMeans, plan_id: str, *, max_create: int, quiet: bool) -> RunFigures:
    """Sets a plan running and shows its progress until it ends or is paused; works itself where no service does."""
    if not read_figures(make_means.database, plan_id).is_served:
        check_access(make_means())
    try:
        start_backfill(make_means(), plan_id, max_create=max_create)
    except PlanRefused as refused:
        raise fail(ExitCode.USAGE, str(refused)) from refused
    return _follow_run(make_means, plan_id, quiet=quiet)


def _follow_run(make_means: MakeMeans, plan_id: str, *, quiet: bool) -> RunFigures:
    crews: list[Future[None]] = []
    stop = threading.Event()
    per_minute = make_means.settings.zendesk_updates_per_minute
    with ThreadPoolExecutor(_THREADS) as pool, RunBoard(quiet=quiet, updates_per_minute=per_minute) as board:
        try:
            while True:
                figures = read_figures(make_means.database, plan_id)
                board.show(figures)
                if figures.plan.state is not BackfillState.RUNNING:
                    return figures
                if not crews and not figures.is_served:
                    crews = [pool.submit(_work, make_means, stop) for _ in range(_THREADS)]
                for crew in crews:
                    if crew.done():
                        crew.result()
                time.sleep(_TICK_S)
        except KeyboardInterrupt:
            reason = f"stopped; escalator backfill resume {plan_id}, or escalator serve, goes on with the plan"
            raise fail(ExitCode.FAILED, reason) from None
        finally:
            stop.set()


def _work(make_means: MakeMeans, stop: threading.Event) -> None:
    means = make_means()
    while not stop.is_set():
        if not work_once(means):
            stop.wait(_TICK_S)
