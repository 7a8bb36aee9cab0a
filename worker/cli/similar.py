"""The command that finds the tickets most like one ticket, and what became of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from mappings.patterns import PatternRules
from worker.cli.database import open_current
from worker.cli.output import JSON_OPTION, ExitCode, blank_controls, fail, print_json, print_text
from worker.cli.pattern_board import tell_near
from worker.core.escalation import Escalation
from worker.core.patterns.similar import Similar, find_similar
from worker.flow.pattern_desk import restore_desk
from worker.settings import load_settings
from worker.store.escalations import find_last_escalation
from worker.store.patterns import read_report
from worker.store.tickets import read_states
from worker.wiring import make_comparer, read_policy

_TICKET = typer.Argument(metavar="TICKET", help="The number of a ticket that the service has read.")
_MOST = typer.Option("--most", min=1, max=100, help="How many to show.")
_LEAST = typer.Option("--least", min=0.0, max=1.0, help="The least chance of being the same problem.")


def register(app: typer.Typer) -> None:
    """Adds this command."""
    app.command("similar")(similar)


def similar(
    ticket: Annotated[int, _TICKET],
    *,
    most: Annotated[int, _MOST] = 10,
    least: Annotated[float, _LEAST] = 0.02,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Show the tickets most like one, of the slow window before and after it: why, and what became of them."""
    rules = read_policy(load_settings()).patterns
    with open_current() as database, database.snapshot() as connection:
        report = read_report(connection, ticket)
        if report is None:
            raise fail(ExitCode.USAGE, f"ticket {ticket} counts for no pattern, or the service has not read it")
        found = _find(connection, rules, ticket, report.member.at, most=most)
        rows = [_spell(connection, one) for one in found if one.nearest.chance >= least]
    if as_json:
        print_json({"ticket": ticket, "similar": rows})
    elif rows:
        print_text("\n".join(blank_controls(line) for row in rows for line in _tell(row)))
    else:
        print_text(f"no ticket of the {rules.slow_window.days} days before or after is like ticket {ticket}")


def _find(connection: Connection, rules: PatternRules, ticket: int, at: datetime, *, most: int) -> Sequence[Similar]:
    """Compares what is stored of them; nothing is read or encoded again."""
    wide = rules.model_copy(update={"window": rules.slow_window})
    desk = restore_desk(connection, wide, lambda counts: make_comparer(wide, counts), None, at)
    return find_similar(desk.detector, str(ticket), most)


def _spell(connection: Connection, similar: Similar) -> dict[str, Any]:
    near, ticket_id = similar.nearest, int(similar.nearest.ticket)
    report, state = read_report(connection, ticket_id), read_states(connection, [ticket_id]).get(ticket_id)
    return {
        "ticket": ticket_id,
        "customer": report.customer_name if report else similar.customer,
        "subject": state.ticket.subject if state else None,
        "status": state.ticket.status.value if state else None,
        "chance": near.chance,
        "similarity": near.similarity,
        "by_meaning": similar.by_meaning,
        "hours_apart": near.hours_apart,
        "words": list(near.words),
        "codes": list(near.codes),
        "concepts": list(near.concepts),
        "pattern": similar.group,
        "escalation": _spell_escalation(find_last_escalation(connection, ticket_id)),
    }


def _spell_escalation(escalation: Escalation | None) -> dict[str, Any] | None:
    if escalation is None:
        return None
    return {
        "id": escalation.id,
        "issue": escalation.issue.key if escalation.issue else None,
        "status": escalation.issue_status,
        "resolution": escalation.issue_resolution,
        "over": escalation.closed_at is not None,
    }


def _tell(row: dict[str, Any]) -> list[str]:
    name = f"{row['customer']}, {row['status']}" if row["status"] else str(row["customer"])
    lines = [f"{tell_near(row)}", f"    {name}{': ' + row['subject'] if row['subject'] else ''}"]
    escalation = row["escalation"]
    if escalation:
        words = (
            escalation["issue"] or f"escalation {escalation['id']}",
            escalation["status"],
            escalation["resolution"],
        )
        lines.append(f"    {', '.join(word for word in words if word)}")
    return lines
