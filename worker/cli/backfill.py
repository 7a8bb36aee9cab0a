"""Commands about the past: plan a backfill, run the plan, go on with it, see how it is."""

from datetime import UTC, datetime
from datetime import time as day_time
from typing import Annotated

import typer

from worker.cli import backfill_orders
from worker.cli.backfill_follow import follow_planning, open_means, read_figures, start_and_follow
from worker.cli.backfill_words import RunFigures, spell_plan, spell_run, word_plan, word_run
from worker.cli.database import open_current
from worker.cli.output import JSON_OPTION, ExitCode, fail, print_json, print_text
from worker.flow.backfill_control import find_refusal, find_resume_refusal
from worker.flow.backfill_plan import Review, begin_plan
from worker.ground import now_utc
from worker.store.backfill_runs import Outcome
from worker.store.backfills import Backfill, BackfillState, count_groups, list_backfills, read_backfill

_PLAN = typer.Argument(metavar="PLAN", help="The id that backfill plan printed.")


def register(app: typer.Typer) -> None:
    """Adds these commands."""
    group = typer.Typer(help="Tickets of the past: plan first, then run the plan.", no_args_is_help=True)
    group.command("plan")(plan)
    group.command("run")(run)
    group.command("status")(show_status)
    group.command("resume")(resume)
    backfill_orders.register(group)
    app.add_typer(group, name="backfill")


def plan(
    *,
    since: Annotated[str, typer.Option(help="The first day (2026-01-31), or an instant with its zone.")],
    until: Annotated[str | None, typer.Option(help="The last day, whole, or an instant; else now.")] = None,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Read and judge the tickets that were created or changed in a time, and say what a run would do.

    Writes nothing outside. The judgement is that of live work, under the policy of now. When it is interrupted,
    backfill resume goes on where it stood.
    """
    now = now_utc()
    first, last = read_instant(since, "--since"), read_instant(until, "--until", whole_day=True) if until else now
    if first > now:
        raise fail(ExitCode.USAGE, f"--since {since}: lies in the future")
    if last < first:
        raise fail(ExitCode.USAGE, f"--until {until}: lies before --since {since}")
    with open_means() as make_means:
        means = make_means()
        means.helpdesk.read_account()
        begun = begin_plan(means, first, last)
        _print_plan(follow_planning(make_means, begun, quiet=as_json), as_json=as_json)


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
    with open_means() as make_means:
        with make_means.database.snapshot() as connection:
            found = read_backfill(connection, plan_id)
            groups = count_groups(connection, plan_id)
        problem = find_refusal(found, plan_id, make_means.policy.digest)
        if found is None or problem:
            raise fail(ExitCode.USAGE, problem)
        if max_create is None or not yes:
            raise fail(ExitCode.USAGE, _word_missing(found, sum(g.tickets for g in groups if g.creates), max_create))
        _print_run(start_and_follow(make_means, plan_id, max_create=max_create, quiet=as_json), as_json=as_json)


def resume(plan_id: Annotated[str, _PLAN], *, as_json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Go on with a plan that was paused or interrupted, under the cap that it was started with.

    An interrupted planning goes on at the page of the export where it stood.
    """
    with open_means() as make_means:
        with make_means.database.snapshot() as connection:
            found = read_backfill(connection, plan_id)
        problem = find_resume_refusal(found, plan_id, make_means.policy.digest)
        if found is None or problem:
            raise fail(ExitCode.USAGE, problem)
        if found.state is BackfillState.PLANNING:
            _print_plan(follow_planning(make_means, found, quiet=as_json), as_json=as_json)
        else:
            figures = start_and_follow(make_means, plan_id, max_create=found.max_create or 0, quiet=as_json)
            _print_run(figures, as_json=as_json)


def show_status(
    plan_id: Annotated[str | None, typer.Argument(metavar="[PLAN]", help="One plan; else all, newest first.")] = None,
    *,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Show the plans, how far each has come, and what became of its tickets.

    The state "stalled" means that nothing came of a plan for minutes, and what to do stands beside it.
    """
    with open_current() as database:
        with database.snapshot() as connection:
            plans = list_backfills(connection)
        figures = [read_figures(database, each.id) for each in plans if plan_id in {None, each.id}]
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


def _print_plan(review: Review, *, as_json: bool) -> None:
    print_json(spell_plan(review)) if as_json else print_text(word_plan(review))
    if review.count_unjudged() or review.plan.state is BackfillState.CANCELLED:
        raise typer.Exit(int(ExitCode.FAILED))


def _print_run(figures: RunFigures, *, as_json: bool) -> None:
    print_json(spell_run(figures)) if as_json else print_text(word_run(figures))
    if figures.plan.state is BackfillState.CANCELLED or figures.outcomes.get(Outcome.PARKED):
        raise typer.Exit(int(ExitCode.FAILED))


def _word_missing(plan: Backfill, creating: int, max_create: int | None) -> str:
    missing = [name for name, absent in (("--max-create N", max_create is None), ("--yes", True)) if absent]
    would = creating if max_create is None else min(creating, max_create)
    return (
        f"nothing was done: the plan would make up to {would} escalations, with about "
        f"{plan.calls.run_issue_writes} writes to Jira and {plan.calls.run_ticket_writes} to Zendesk; "
        f"to do it, add {' and '.join(missing)}"
    )
