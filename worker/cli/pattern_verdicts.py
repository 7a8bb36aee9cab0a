"""Commands with which people say what a pattern is."""

import getpass
import secrets
from collections.abc import Callable
from typing import Annotated

import typer

from worker.cli.database import open_current
from worker.cli.output import JSON_OPTION, ExitCode, fail, print_json, print_text
from worker.cli.pattern_board import PATTERN, find_pattern
from worker.core.patterns.orders import PatternOrder, Verdict
from worker.flow.pattern import add_order
from worker.ground import now_utc
from worker.store.patterns import list_reports

_BY = typer.Option("--by", help="Who says so; your account's name when left out.")
_REASON = typer.Option("--reason", help="Why; it is kept in the audit.")
_TICKETS = typer.Argument(metavar="TICKET...", help="The tickets that are another problem.")
_OTHER = typer.Argument(metavar="OTHER", help="The pattern that is the same problem.")
_PLAIN = {
    Verdict.CONFIRM: "Say that it is one problem: its tickets share one escalation.",
    Verdict.REJECT: "Say that it is not one problem: it never asks again, and tickets that joined for it leave.",
    Verdict.MUTE: "Say that it is an everyday request: further tickets of it stay silent.",
    Verdict.REOPEN: "Take the last verdict back: the next report is judged anew.",
}


def add_commands(group: typer.Typer) -> None:
    """Adds these commands to the patterns group."""
    for verdict, words in _PLAIN.items():
        group.command(verdict.value, help=words)(_make_command(verdict))
    group.command("split")(split)
    group.command("merge")(merge)


def _make_command(verdict: Verdict) -> Callable[..., None]:
    """The command of a verdict that names nothing but the pattern."""

    def give(
        pattern: Annotated[str, PATTERN],
        *,
        by: Annotated[str, _BY] = "",
        reason: Annotated[str, _REASON] = "",
        as_json: Annotated[bool, JSON_OPTION] = False,
    ) -> None:
        _order(verdict, pattern, by, reason, as_json=as_json)

    return give


def split(
    pattern: Annotated[str, PATTERN],
    tickets: Annotated[list[int], _TICKETS],
    *,
    by: Annotated[str, _BY] = "",
    reason: Annotated[str, _REASON] = "",
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Say that some of its tickets are another problem; they become a pattern of their own."""
    with open_current() as database, database.snapshot() as connection:
        row = find_pattern(connection, pattern)
        known = {report.ticket_id for report in list_reports(connection, row.id)}
    strangers = [str(ticket_id) for ticket_id in tickets if ticket_id not in known]
    if strangers:
        raise fail(ExitCode.USAGE, f"not in pattern {row.id}: {', '.join(strangers)}; see patterns show {row.id}")
    if known <= set(tickets):
        raise fail(ExitCode.USAGE, "all its tickets are named; to say that it is no pattern, use patterns reject")
    _order(Verdict.SPLIT, pattern, by, reason, as_json=as_json, tickets=tuple(tickets))


def merge(
    pattern: Annotated[str, PATTERN],
    other: Annotated[str, _OTHER],
    *,
    by: Annotated[str, _BY] = "",
    reason: Annotated[str, _REASON] = "",
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Say that another pattern is the same problem; its tickets come over, and patterns split undoes it."""
    with open_current() as database, database.snapshot() as connection:
        one, two = find_pattern(connection, pattern), find_pattern(connection, other)
    if one.id == two.id:
        raise fail(ExitCode.USAGE, f"{pattern} and {other} are one pattern already")
    _order(Verdict.MERGE, one.id, by, reason, as_json=as_json, other=two.id)


def _order(
    verdict: Verdict,
    name: str,
    by: str,
    reason: str,
    *,
    as_json: bool,
    tickets: tuple[int, ...] = (),
    other: str = "",
) -> None:
    with open_current() as database:
        with database.snapshot() as connection:
            pattern = find_pattern(connection, name)
        order = PatternOrder(
            verdict=verdict,
            pattern_id=pattern.id,
            by=by or getpass.getuser(),
            reason=reason,
            tickets=tickets,
            other=other,
        )
        with database.transaction() as connection:
            add_order(connection, order, key=f"command:{secrets.token_hex(8)}", now=now_utc())
    told = {"pattern": pattern.id, "verdict": verdict.value, "by": order.by, "was": pattern.standing.value}
    words = f"pattern {pattern.id}: {verdict.value} by {order.by}; the running service carries it out"
    print_json(told) if as_json else print_text(words)
