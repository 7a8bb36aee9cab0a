"""Commands about running escalations: what is due, put a clock to sleep, take up, stand down, close."""

from datetime import datetime, timedelta
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import Connection

from mappings.durations import parse_duration
from worker.cli.database import open_current
from worker.cli.naming import (
    WANTED,
    find_escalation,
    find_named,
    find_open,
    name_operator,
    read_ticket_id,
    require_reason,
)
from worker.cli.output import JSON_OPTION, ExitCode, blank_controls, fail, print_json, print_text
from worker.core.assessment import Severity, Target
from worker.core.cadence import Snooze
from worker.core.escalation import Escalation, EscalationState
from worker.core.life import LIFE
from worker.core.moves import find_refusal
from worker.core.review import HAPPENINGS, Order
from worker.flow.orders import add_escalate, add_instruction
from worker.flow.replay import Operator
from worker.ground import now_utc
from worker.store.audit import add_audit
from worker.store.clocks import TEAM, Clock, list_clocks, set_snooze
from worker.store.escalations import list_open
from worker.store.lessons import LessonRow, LessonSource, add_lessons, list_unlearned
from worker.store.subjects import Lane, SubjectKind, insert_wakes

_NAME = typer.Argument(metavar="NAME", help=f"What is meant: {WANTED}.")
_BY = typer.Option("--by", help="Who acts; the audit keeps it. Default: the user of this machine.")
_REASON = typer.Option("--reason", help="Why; the audit keeps it, and both sides are told.")
_CARRIED_OUT = "the running service carries it out; without one, escalator poll --once does"


def register(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command("due")(show_due)
    app.command("snooze")(snooze)
    app.command("escalate")(escalate)
    app.command("deescalate")(deescalate)
    app.command("close")(close)


def show_due(
    *,
    within: Annotated[str, typer.Option("--within", help="Only what is due so soon, such as 2h.")] = "",
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Show when which team is to be asked and which customer is owed a word, and what is closed without a lesson."""
    now = now_utc()
    until = now + _read_duration("--within", within) if within else None
    with open_current() as database, database.snapshot() as connection:
        running = {escalation.id: escalation for escalation in list_open(connection)}
        clocks = [clock for clock in list_clocks(connection) if clock.escalation_id in running]
        unlearned = list_unlearned(connection)
    if until is not None:
        clocks = [clock for clock in clocks if clock.due_at is not None and clock.due_at <= until]
    rows = [_spell_clock(clock, running[clock.escalation_id], now) for clock in clocks]
    if as_json:
        print_json({"clocks": rows, "without_lesson": list(unlearned)})
        return
    if rows:
        Console(highlight=False).print(_draw_clocks(rows))
    else:
        print_text("nothing is due")
    if unlearned:
        print_text(f"closed without a lesson: {', '.join(unlearned)}")


def snooze(
    name: Annotated[str, _NAME],
    *,
    lasting: Annotated[str, typer.Option("--for", help="How long, such as 4h.")],
    reason: Annotated[str, _REASON] = "",
    by: Annotated[str, _BY] = "",
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Put a clock to sleep: the customer's of a ticket, or the team's of an issue or escalation."""
    why, operator = require_reason("snooze", reason), name_operator(by)
    until = operator.now + _read_duration("--for", lasting)
    with open_current() as database, database.transaction() as connection:
        escalation, ticket_id = find_open(connection, name), read_ticket_id(name) or TEAM
        told = Snooze(until=until, reason=why, by=operator.name)
        set_snooze(connection, escalation.id, ticket_id, told, operator.now)
        data = {"clock": ticket_id or "team", "until": until.isoformat(), "reason": why, "by": operator.name}
        kind, subject = SubjectKind.ESCALATION, escalation.id
        add_audit(connection, kind, subject, "snoozed", data, now=operator.now)
        if ticket_id:
            kind, subject = SubjectKind.TICKET, str(ticket_id)
            add_audit(connection, kind, subject, "snoozed", data, now=operator.now)
        insert_wakes(connection, kind, [subject], lane=Lane.FOLLOW_UP, now=operator.now)
    whose = f"the customer's of #{ticket_id}" if ticket_id else "the team's"
    words = f"the clock of escalation {escalation.id} ({whose}) sleeps until {until:%Y-%m-%d %H:%M} UTC"
    print_json({"escalation": escalation.id, **data}) if as_json else print_text(words)


def escalate(
    name: Annotated[str, _NAME],
    *,
    target: Annotated[Target | None, typer.Option("--target", help="The team; else the one that fits.")] = None,
    severity: Annotated[Severity | None, typer.Option("--severity", help="Else what the ticket tells.")] = None,
    reason: Annotated[str, _REASON] = "",
    by: Annotated[str, _BY] = "",
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Escalate a ticket whatever the rules say, take up again what was stood down, or send it to another team."""
    why, operator = require_reason("escalate", reason), name_operator(by)
    with open_current() as database, database.transaction() as connection:
        known, ticket_id = find_escalation(connection, name), read_ticket_id(name)
        if known is not None and known.state is EscalationState.OPEN and target not in {None, known.target}:
            ticket_id = _find_mover(known, name, ticket_id, target)
            add_escalate(connection, ticket_id, target=target, severity=severity, reason=why, operator=operator)
            subject = f"escalation {known.id}"
        elif known is not None and known.state is EscalationState.OPEN:
            _instruct(connection, known, Order.TAKE_UP, why, operator)
            subject = f"escalation {known.id}"
        elif ticket_id is not None:
            add_escalate(connection, ticket_id, target=target, severity=severity, reason=why, operator=operator)
            subject = f"ticket {ticket_id}"
        else:
            raise fail(ExitCode.USAGE, f"{name}: write a ticket's number to escalate it")
    _report("escalate", subject, operator, why, as_json=as_json)


def deescalate(
    name: Annotated[str, _NAME],
    *,
    reason: Annotated[str, _REASON] = "",
    by: Annotated[str, _BY] = "",
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Take an escalation back into support: the team and the agents are told, and the lesson is asked for."""
    why, operator = require_reason("deescalate", reason), name_operator(by)
    with open_current() as database, database.transaction() as connection:
        known = find_open(connection, name)
        _instruct(connection, known, Order.STAND_DOWN, why, operator)
    _report("deescalate", f"escalation {known.id}", operator, why, as_json=as_json)


def close(
    name: Annotated[str, _NAME],
    *,
    reason: Annotated[str, _REASON] = "",
    lesson: Annotated[str, typer.Option("--lesson", help="What was learned: the cause, and what helps.")] = "",
    by: Annotated[str, _BY] = "",
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """End an escalation, and keep what was learned; on a closed one only the lesson is added."""
    operator = name_operator(by)
    with open_current() as database, database.transaction() as connection:
        known = find_named(connection, name)
        is_open = known.state is EscalationState.OPEN
        if not is_open and not lesson.strip():
            raise fail(ExitCode.USAGE, f"{name}: its escalation {known.id} is closed already; add a --lesson")
        why = require_reason("close", reason) if is_open else reason.strip() or "the lesson is added"
        if lesson.strip():
            _keep_lesson(connection, known, lesson.strip(), operator)
        if is_open:
            _instruct(connection, known, Order.CLOSE, why, operator)
    _report("close", f"escalation {known.id}", operator, why, as_json=as_json)


def _instruct(connection: Connection, known: Escalation, order: Order, reason: str, operator: Operator) -> None:
    if HAPPENINGS[order] not in LIFE[known.course.stage]:
        stage = known.course.stage.value.replace("_", " ")
        raise fail(ExitCode.USAGE, f"escalation {known.id} is {stage}, and that cannot follow from there")
    add_instruction(connection, known.id, order, reason=reason, operator=operator)


def _find_mover(known: Escalation, name: str, ticket_id: int | None, target: Target | None) -> int:
    """The ticket whose judgement sends its escalation to another team; exit 2 when it may not go there."""
    refusal = find_refusal(known.target, target) if target else None
    if refusal is None and not known.tickets:
        refusal = "it has no ticket any more"
    if refusal is not None:
        raise fail(ExitCode.USAGE, f"{name}: its escalation {known.id} is with {known.target.value}; {refusal}")
    return ticket_id if ticket_id in known.tickets and ticket_id is not None else known.tickets[0]


def _keep_lesson(connection: Connection, known: Escalation, lesson: str, operator: Operator) -> None:
    row = LessonRow(
        source=LessonSource.COMMAND,
        source_id=operator.command_id,
        text=" ".join(lesson.split()),
        by=operator.name,
        at=operator.now,
    )
    add_lessons(connection, known.id, [row])
    data = {"by": operator.name, "source": row.source.value}
    add_audit(connection, SubjectKind.ESCALATION, known.id, "learned", data, now=operator.now)


def _report(command: str, subject: str, operator: Operator, reason: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"ordered": command, "subject": subject, "by": operator.name, "reason": reason})
    else:
        print_text(f"{command} {subject}, ordered by {operator.name}; {_CARRIED_OUT}")


def _read_duration(option: str, text: str) -> timedelta:
    try:
        span = parse_duration(text)
    except ValueError as problem:
        raise fail(ExitCode.USAGE, f"{option}: {problem}") from None
    if span <= timedelta(0):
        raise fail(ExitCode.USAGE, f"{option}: give a duration longer than nothing")
    return span


def _spell_clock(clock: Clock, escalation: Escalation, now: datetime) -> dict[str, Any]:
    return {
        "escalation": escalation.id,
        "issue": escalation.issue.key if escalation.issue else None,
        "stage": escalation.course.stage.value,
        "severity": escalation.severity.value,
        "clock": "team" if clock.ticket_id == TEAM else "customer",
        "ticket": clock.ticket_id or None,
        "due_at": clock.due_at.isoformat() if clock.due_at else None,
        "overdue_at": clock.overdue_at.isoformat() if clock.overdue_at else None,
        "is_due": clock.due_at is not None and clock.due_at <= now,
        "reasons": list(clock.reasons),
    }


def _draw_clocks(rows: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("due", "whose", "issue", "severity", "stage", "escalation", "why"):
        table.add_column(title)
    for row in rows:
        whose = f"customer of #{row['ticket']}" if row["ticket"] else "team"
        table.add_row(
            row["due_at"][:16].replace("T", " ") if row["due_at"] else "-",
            whose,
            Text(blank_controls(row["issue"] or "-")),
            row["severity"],
            row["stage"].replace("_", " "),
            row["escalation"],
            Text(blank_controls("; ".join(row["reasons"]))),
        )
    return table
