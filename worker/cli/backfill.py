"""Commands about the past: plan a backfill, run the plan, see how it is."""

import logging
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from datetime import time as day_time
from typing import Annotated

import typer

from worker.cli.backfill_board import RunBoard, show_planning
from worker.cli.backfill_words import RunFigures, spell_plan, spell_run, word_plan, word_run
from worker.cli.output import JSON_OPTION, ExitCode, fail, print_json, print_text
from worker.cli.service import open_current, prepare_database
from worker.flow.backfill import PlanRefused, find_refusal, start_backfill
from worker.flow.backfill_plan import Watcher, make_plan, read_review
from worker.flow.loop import work_once
from worker.log import configure_logging
from worker.settings import Need, load_settings
from worker.store.backfill_runs import Outcome, count_outcomes, find_last_settled
from worker.store.backfills import Backfill, BackfillState, count_groups, list_backfills, read_backfill
from worker.store.database import Database
from worker.store.progress import read_last_beat
from worker.wiring import MakeMeans, check_access, now_utc, open_database, read_policy

_THREADS = 4
_FRESH_BEAT_S = 15.0
_TICK_S = 0.25
_PLAN = typer.Argument(metavar="PLAN", help="The id that backfill plan printed.")


def register(app: typer.Typer) -> None:
    """Adds these commands."""
    group = typer.Typer(help="Tickets of the past: plan first, then run the plan.", no_args_is_help=True)
    group.command("plan")(plan)
    group.command("run")(run)
    group.command("status")(show_status)
    app.add_typer(group, name="backfill")


def plan(
    *,
    since: Annotated[str, typer.Option(help="The first day (2026-01-31), or an instant with its zone.")],
    until: Annotated[str | None, typer.Option(help="The last day, whole, or an instant; else now.")] = None,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Read and judge the tickets that were created or changed in a time, and say what a run would do.

    Writes nothing outside. The judgement is that of live work, under the policy of now.
    """
    now = now_utc()
    first, last = read_instant(since, "--since"), read_instant(until, "--until", whole_day=True) if until else now
    if first > now:
        raise fail(ExitCode.USAGE, f"--since {since}: lies in the future")
    if last < first:
        raise fail(ExitCode.USAGE, f"--until {until}: lies before --since {since}")
    with _open_means() as make_means:
        means = make_means()
        means.helpdesk.read_account()
        with show_planning(first, quiet=as_json) as tell:
            made = make_plan(means, first, last, Watcher(wait=time.sleep, tell=tell))
        review = read_review(means.database, made)
    print_json(spell_plan(review)) if as_json else print_text(word_plan(review))
    if review.count_unjudged():
        raise typer.Exit(int(ExitCode.FAILED))


def run(
    plan_id: Annotated[str, _PLAN],
    *,
    max_create: Annotated[int | None, typer.Option(min=0, help="Make at most so many escalations.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Really do it.")] = False,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Do what a plan found, in the backfill lane: live work goes first, the most severe tickets next.

    A running escalator serve does the work, else this command does. Stop it any time; the same command goes on.
    Tickets over --max-create are held back until something new happens on them or the next plan is run; Security
    is never held back.
    """
    with _open_means() as make_means:
        database = make_means.database
        with database.snapshot() as connection:
            found = read_backfill(connection, plan_id)
            groups = count_groups(connection, plan_id)
        problem = find_refusal(found, plan_id, make_means.policy.digest)
        if found is None or problem:
            raise fail(ExitCode.USAGE, problem)
        if max_create is None or not yes:
            raise fail(ExitCode.USAGE, _word_missing(found, sum(g.tickets for g in groups if g.creates), max_create))
        if not _is_served(database):
            check_access(make_means())
        try:
            start_backfill(make_means(), plan_id, max_create=max_create)
        except PlanRefused as refused:
            raise fail(ExitCode.USAGE, str(refused)) from refused
        figures = _follow_run(make_means, plan_id, quiet=as_json)
    print_json(spell_run(figures)) if as_json else print_text(word_run(figures))
    if figures.plan.state is BackfillState.CANCELLED or figures.outcomes.get(Outcome.PARKED):
        raise typer.Exit(int(ExitCode.FAILED))


def show_status(
    plan_id: Annotated[str | None, typer.Argument(metavar="[PLAN]", help="One plan; else all, newest first.")] = None,
    *,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Show the plans, how far each has come, and what became of its tickets."""
    with open_current() as database:
        with database.snapshot() as connection:
            plans = list_backfills(connection)
        chosen = [each for each in plans if plan_id in {None, each.id}]
        figures = [_read_figures(database, each.id) for each in chosen]
    if plan_id is not None and not figures:
        raise fail(ExitCode.USAGE, f"{plan_id}: no such plan; escalator backfill status lists them")
    if as_json:
        rows = [spell_run(each) for each in figures]
        print_json(rows[0] if plan_id is not None else {"plans": rows})
    else:
        print_text("\n\n".join(word_run(each) for each in figures) or "no plan yet; make one with backfill plan")


def read_instant(text: str, option: str, *, whole_day: bool = False) -> datetime:
    """A day (its first moment in UTC, or its last with `whole_day`) or an aware instant; else it is exit 2."""
    try:
        found = datetime.fromisoformat(text.strip())
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        found = None
    if found is None or len(text.strip()) > len("2026-01-31"):
        example = "a day such as 2026-01-31, or an instant with its zone such as 2026-01-31T09:00:00Z"
        raise fail(ExitCode.USAGE, f"{option} {text}: write {example}")
    return datetime.combine(found.date(), day_time.max if whole_day else day_time.min, tzinfo=UTC)


@contextmanager
def _open_means() -> Iterator[MakeMeans]:
    if sys.stderr.isatty():
        # A line per ticket would tear the progress bar to pieces.
        configure_logging(level=logging.WARNING)
    settings = load_settings(Need.WORKER)
    policy = read_policy(settings)
    with open_database(settings) as database:
        prepare_database(database)
        yield MakeMeans(settings=settings, policy=policy, database=database)


def _word_missing(plan: Backfill, creating: int, max_create: int | None) -> str:
    missing = [name for name, absent in (("--max-create N", max_create is None), ("--yes", True)) if absent]
    would = creating if max_create is None else min(creating, max_create)
    return (
        f"nothing was done: the plan would make up to {would} escalations, with about "
        f"{plan.calls.run_issue_writes} writes to Jira and {plan.calls.run_ticket_writes} to Zendesk; "
        f"to do it, add {' and '.join(missing)}"
    )


def _is_served(database: Database) -> bool:
    with database.snapshot() as connection:
        beat = read_last_beat(connection, "worker")
    return beat is not None and (now_utc() - beat).total_seconds() < _FRESH_BEAT_S


def _read_figures(database: Database, plan_id: str) -> RunFigures:
    with database.snapshot() as connection:
        found = read_backfill(connection, plan_id)
        assert found is not None  # noqa: S101 - plans are never deleted
        return RunFigures(
            plan=found,
            tickets=sum(group.tickets for group in count_groups(connection, plan_id)),
            outcomes=count_outcomes(connection, plan_id),
            last_settled_at=find_last_settled(connection, plan_id),
            now=now_utc(),
        )


def _follow_run(make_means: MakeMeans, plan_id: str, *, quiet: bool) -> RunFigures:
    """Shows the progress until the plan ends; works itself whenever no service does."""
    crews: list[Future[None]] = []
    stop = threading.Event()
    per_minute = make_means.settings.zendesk_updates_per_minute
    with ThreadPoolExecutor(_THREADS) as pool, RunBoard(quiet=quiet, updates_per_minute=per_minute) as board:
        try:
            while True:
                figures = _read_figures(make_means.database, plan_id)
                board.show(figures)
                if figures.plan.state is not BackfillState.RUNNING:
                    return figures
                if not crews and not _is_served(make_means.database):
                    crews = [pool.submit(_work, make_means, stop) for _ in range(_THREADS)]
                for crew in crews:
                    if crew.done():
                        crew.result()
                time.sleep(_TICK_S)
        except KeyboardInterrupt:
            reason = "stopped; the same command, or escalator serve, goes on with the plan"
            raise fail(ExitCode.FAILED, reason) from None
        finally:
            stop.set()


def _work(make_means: MakeMeans, stop: threading.Event) -> None:
    means = make_means()
    while not stop.is_set():
        if not work_once(means):
            stop.wait(_TICK_S)
