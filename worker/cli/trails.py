"""Commands that show what was done and why: the audit of one subject, and the export of all escalations."""

from datetime import datetime
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from worker.cli.database import open_current
from worker.cli.naming import WANTED, find_escalation, read_ticket_id
from worker.cli.output import JSON_OPTION, ExitCode, blank_controls, fail, print_json, print_text
from worker.core.escalation import Escalation
from worker.store.clocks import TEAM, list_clocks
from worker.store.escalations import list_escalations
from worker.store.lessons import LessonRow, list_lessons
from worker.store.trail import Step, list_ever, list_trail

_SINCE = typer.Option("--since", help="Only escalations that were opened since then, such as 2026-03-01.")


def register(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command("audit")(show_audit)
    app.command("export")(export)


def show_audit(
    name: Annotated[str, typer.Argument(metavar="NAME", help=f"What is meant: {WANTED}.")],
    *,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Show everything that was decided, ordered and written about a ticket, an issue or an escalation."""
    with open_current() as database, database.snapshot() as connection:
        known, ticket_id = find_escalation(connection, name), read_ticket_id(name)
        tickets = list_ever(connection, known.id) if known else ()
        if ticket_id is not None:
            tickets = (ticket_id,)
        steps = list_trail(connection, known.id if known else None, tickets)
        lessons = list_lessons(connection, known.id) if known else ()
    if not steps:
        raise fail(ExitCode.USAGE, f"{name}: nothing is kept about it; write {WANTED}")
    if as_json:
        print_json({"steps": [_spell_step(step) for step in steps], "lessons": list(map(_spell_lesson, lessons))})
    else:
        lines = (*map(_tell_step, steps), *(f"lesson by {one.by}: {one.text}" for one in lessons))
        print_text("\n".join(map(blank_controls, lines)))


def export(*, since: Annotated[str, _SINCE] = "") -> None:
    """Print all escalations as JSON Lines: who, what, when, why, each step, clock, write and lesson."""
    begins = _read_instant(since) if since else None
    with open_current() as database, database.snapshot() as connection:
        for escalation in list_escalations(connection):
            if begins is None or escalation.created_at >= begins:
                print_json(_spell_escalation(connection, escalation))


def _spell_escalation(connection: Connection, escalation: Escalation) -> dict[str, Any]:
    tickets = list_ever(connection, escalation.id)
    course = escalation.course
    return {
        "id": escalation.id,
        "state": escalation.state.value,
        "stage": course.stage.value,
        "stage_since": course.since.isoformat() if course.since else None,
        "stage_reasons": list(course.reasons),
        "target": escalation.target.value,
        "severity": escalation.severity.value,
        "title": escalation.title,
        "reasons": list(escalation.reasons),
        "issue": escalation.issue.key if escalation.issue else None,
        "tickets": list(tickets),
        "open_tickets": list(escalation.tickets),
        "created_at": escalation.created_at.isoformat(),
        "closed_at": escalation.closed_at.isoformat() if escalation.closed_at else None,
        "deadline": escalation.deadline.isoformat() if escalation.deadline else None,
        "policy_digest": escalation.policy_digest,
        "clocks": [
            {
                "clock": "team" if clock.ticket_id == TEAM else clock.ticket_id,
                "due_at": clock.due_at.isoformat() if clock.due_at else None,
                "reasons": list(clock.reasons),
            }
            for clock in list_clocks(connection, escalation.id)
        ],
        "lessons": list(map(_spell_lesson, list_lessons(connection, escalation.id))),
        "steps": [_spell_step(step) for step in list_trail(connection, escalation.id, tickets)],
    }


def _spell_lesson(lesson: LessonRow) -> dict[str, Any]:
    return {
        "text": lesson.text,
        "by": lesson.by,
        "at": lesson.at.isoformat(),
        "source": lesson.source.value,
        "ticket": lesson.ticket_id,
    }


def _spell_step(step: Step) -> dict[str, Any]:
    return {
        "at": step.at.isoformat(),
        "subject": step.subject,
        "event": step.event,
        "data": step.data,
        "policy_digest": step.policy_digest,
    }


def _tell_step(step: Step) -> str:
    data = step.data
    if step.event == "write":
        error = f" ({data['error']})" if data["error"] else ""
        told = f"{data['kind']} {data['key']}: {data['state']}{error}"
    else:
        told = ", ".join(
            f"{name} {_tell_value(value)}" for name, value in data.items() if value not in (None, "", [])
        )
    digest = f"  [policy {step.policy_digest}]" if step.policy_digest else ""
    return f"{step.at:%Y-%m-%d %H:%M:%S}  {step.subject}  {step.event}  {told}{digest}"


def _tell_value(value: object) -> str:
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value)


def _read_instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise fail(ExitCode.USAGE, f"--since: {text!r} is no day or instant; write 2026-03-01") from None
    return instant.astimezone() if instant.tzinfo is None else instant
