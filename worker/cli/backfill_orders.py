"""Commands that steer a plan or report on it: pause, cancel, report."""

import csv
import io
from collections.abc import Callable
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from worker.cli.backfill_follow import read_figures
from worker.cli.backfill_words import RunFigures, spell_run, word_run
from worker.cli.cells import spell_cell
from worker.cli.database import open_current
from worker.cli.naming import name_operator
from worker.cli.output import JSON_OPTION, ExitCode, fail, print_json, print_text, print_verbatim
from worker.flow.backfill_control import PlanOrder, PlanRefused, cancel_backfill, pause_backfill
from worker.store.backfill_runs import ReportRow, list_report
from worker.store.backfills import Backfill, read_backfill
from worker.store.database import Database

_PLAN = typer.Argument(metavar="PLAN", help="The id that backfill plan printed.")
_BY = typer.Option("--by", help="Who says so; else the user of this machine.")
_COLUMNS = (
    "ticket",
    "subject",
    "planned",
    "target",
    "severity",
    "reason",
    "outcome",
    "settled_at",
    "escalation",
    "issue",
)


def register(group: typer.Typer) -> None:
    """Adds these commands to those of the backfill."""
    group.command("pause")(pause)
    group.command("cancel")(cancel)
    group.command("report")(report)


def pause(
    plan_id: Annotated[str, _PLAN],
    *,
    by: Annotated[str, _BY] = "",
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Feed no more tickets of a running plan; those at hand (100 at most) are finished. Resume goes on."""
    _steer(pause_backfill, plan_id, by, as_json=as_json)


def cancel(
    plan_id: Annotated[str, _PLAN],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Really do it.")] = False,
    by: Annotated[str, _BY] = "",
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """End a plan for good: what it has opened stays, it opens nothing more (but Security), and cannot be resumed."""
    if not yes:
        with open_current() as database:
            figures = _read_known(database, plan_id)
        left = figures.tickets - figures.read
        raise fail(
            ExitCode.USAGE,
            f"nothing was done: {left} tickets of the plan would not be worked off; to do it, add --yes",
        )
    _steer(cancel_backfill, plan_id, by, as_json=as_json)


def report(
    plan_id: Annotated[str, _PLAN],
    *,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a table for a spreadsheet.")] = False,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Tell for every ticket of a plan what was planned, what became of it, and where it is now.

    In the table, cells that a spreadsheet would take for a formula begin with an apostrophe.
    """
    if as_csv and as_json:
        raise fail(ExitCode.USAGE, "--csv and --json: choose one of them")
    with open_current() as database:
        figures = _read_known(database, plan_id)
        with database.snapshot() as connection:
            rows = [_spell_row(row) for row in list_report(connection, plan_id)]
    if as_json:
        print_json(spell_run(figures) | {"rows": rows})
    elif as_csv:
        print_verbatim(_spell_table(rows))
    else:
        print_text("\n".join((word_run(figures), "", *map(_word_row, rows))))


def _steer(order: Callable[[Connection, str, PlanOrder], Backfill], plan_id: str, by: str, *, as_json: bool) -> None:
    operator = name_operator(by)
    with open_current() as database:
        try:
            with database.transaction() as connection:
                order(connection, plan_id, PlanOrder(by=operator.name, now=operator.now))
        except PlanRefused as refused:
            raise fail(ExitCode.USAGE, str(refused)) from refused
        figures = read_figures(database, plan_id)
    print_json(spell_run(figures)) if as_json else print_text(word_run(figures))


def _read_known(database: Database, plan_id: str) -> RunFigures:
    with database.snapshot() as connection:
        if read_backfill(connection, plan_id) is None:
            raise fail(ExitCode.USAGE, f"{plan_id}: no such plan; escalator backfill status lists them")
    return read_figures(database, plan_id)


def _spell_row(row: ReportRow) -> dict[str, Any]:
    return {
        "ticket": row.ticket_id,
        "subject": row.subject,
        "planned": row.action or "park",
        "target": row.target,
        "severity": row.severity,
        "reason": row.reason,
        "outcome": row.outcome,
        "settled_at": row.settled_at.isoformat() if row.settled_at else None,
        "escalation": row.escalation,
        "issue": row.issue,
    }


def _spell_table(rows: list[dict[str, Any]]) -> str:
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(_COLUMNS)
    writer.writerows([spell_cell(row[name]) for name in _COLUMNS] for row in rows)
    return table.getvalue()


def _word_row(row: dict[str, Any]) -> str:
    planned = " ".join(str(row[name] or "-") for name in ("planned", "target", "severity"))
    became = " ".join(part for part in (row["outcome"] or "to come", row["issue"]) if part)
    return f"#{row['ticket']:<12}{planned:<32}{became:<20}{' '.join(row['subject'].split())}"
