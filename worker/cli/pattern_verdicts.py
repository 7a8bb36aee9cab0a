"""Commands with which people look at patterns and say what they are."""

import getpass
import secrets
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from worker.cli.output import JSON_OPTION, ExitCode, blank_controls, fail, print_json, print_text
from worker.cli.service import open_current
from worker.core.patterns.orders import PatternOrder, Verdict
from worker.flow.pattern import add_order
from worker.store.database import Database
from worker.store.escalations import find_by_pattern
from worker.store.pattern_views import view_pattern
from worker.store.patterns import PatternRow, PatternStanding, ReportRow, list_patterns, list_reports, read_pattern
from worker.wiring import now_utc

_PATTERN = typer.Argument(metavar="PATTERN", help="A pattern's name, as patterns list shows it.")
_BY = typer.Option("--by", help="Who says so; your account's name when left out.")
_REASON = typer.Option("--reason", help="Why; it is kept in the audit.")
_TICKETS = typer.Argument(metavar="TICKET...", help="The tickets that are another problem.")
_LEAST = 2


def add_commands(group: typer.Typer) -> None:
    """Adds these commands to the patterns group."""
    group.command("list")(list_all)
    group.command("show")(show)
    group.command("confirm")(confirm)
    group.command("reject")(reject)
    group.command("mute")(mute)
    group.command("reopen")(reopen)
    group.command("split")(split)
    group.command("merge")(merge)


def list_all(
    *,
    everything: Annotated[bool, typer.Option("--all", help="Rejected and muted ones too.")] = False,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """List patterns from two customers on, newest first: forming, suggested, raised, confirmed."""
    hidden = set() if everything else {PatternStanding.REJECTED, PatternStanding.MUTED}
    standings = [standing for standing in PatternStanding if standing not in hidden]
    with open_current() as database, database.snapshot() as connection:
        found = list_patterns(connection, standings, _LEAST)
    if as_json:
        print_json([_spell_pattern(pattern) for pattern in found])
    elif not found:
        print_text("no pattern: no two customers have reported the same lately")
    else:
        Console(highlight=False).print(_draw_table(found))


def show(pattern: Annotated[str, _PATTERN], *, as_json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Show why a pattern is one: its tickets, what they share, the numbers that decided, the nearest left out."""
    with open_current() as database, database.snapshot() as connection:
        row = _find(connection, pattern)
        reports = list_reports(connection, row.id)
        escalations = find_by_pattern(connection, view_pattern(row, reports))
    spelt = _spell_pattern(row) | {
        "explanation": row.explanation,
        "members": [_spell_report(report) for report in reports],
        "escalations": [
            {"id": one.id, "issue": one.issue.key if one.issue else None, "tickets": list(one.tickets)}
            for one in escalations
        ],
    }
    print_json(spelt) if as_json else print_text("\n".join(map(blank_controls, _tell_pattern(spelt))))


def confirm(
    pattern: Annotated[str, _PATTERN],
    *,
    by: Annotated[str, _BY] = "",
    reason: Annotated[str, _REASON] = "",
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Say that it is one problem: its tickets share one escalation."""
    _order(Verdict.CONFIRM, pattern, by, reason, as_json=as_json)


def reject(
    pattern: Annotated[str, _PATTERN],
    *,
    by: Annotated[str, _BY] = "",
    reason: Annotated[str, _REASON] = "",
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Say that it is not one problem: it never asks again, and tickets that joined for it leave."""
    _order(Verdict.REJECT, pattern, by, reason, as_json=as_json)


def mute(
    pattern: Annotated[str, _PATTERN],
    *,
    by: Annotated[str, _BY] = "",
    reason: Annotated[str, _REASON] = "",
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Say that it is an everyday request: further tickets of it stay silent."""
    _order(Verdict.MUTE, pattern, by, reason, as_json=as_json)


def reopen(
    pattern: Annotated[str, _PATTERN],
    *,
    by: Annotated[str, _BY] = "",
    reason: Annotated[str, _REASON] = "",
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Take the last verdict back: the next report is judged anew."""
    _order(Verdict.REOPEN, pattern, by, reason, as_json=as_json)


def split(
    pattern: Annotated[str, _PATTERN],
    tickets: Annotated[list[int], _TICKETS],
    *,
    by: Annotated[str, _BY] = "",
    reason: Annotated[str, _REASON] = "",
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Say that some of its tickets are another problem; they become a pattern of their own."""
    with open_current() as database, database.snapshot() as connection:
        row = _find(connection, pattern)
        known = {report.ticket_id for report in list_reports(connection, row.id)}
    strangers = [str(ticket_id) for ticket_id in tickets if ticket_id not in known]
    if strangers:
        raise fail(ExitCode.USAGE, f"not in pattern {row.id}: {', '.join(strangers)}; see patterns show {row.id}")
    if known <= set(tickets):
        raise fail(ExitCode.USAGE, "all its tickets are named; to say that it is no pattern, use patterns reject")
    _order(Verdict.SPLIT, pattern, by, reason, as_json=as_json, tickets=tuple(tickets))


def merge(
    pattern: Annotated[str, _PATTERN],
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The pattern that is the same problem.")],
    *,
    by: Annotated[str, _BY] = "",
    reason: Annotated[str, _REASON] = "",
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Say that another pattern is the same problem; its tickets come over, and patterns split undoes it."""
    with open_current() as database, database.snapshot() as connection:
        one, two = _find(connection, pattern), _find(connection, other)
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
    now = now_utc()
    with open_current() as database:
        pattern = _look_up(database, name)
        order = PatternOrder(
            verdict=verdict,
            pattern_id=pattern.id,
            by=by or getpass.getuser(),
            reason=reason,
            tickets=tickets,
            other=other,
        )
        with database.transaction() as connection:
            add_order(connection, order, key=f"command:{secrets.token_hex(8)}", now=now)
    told = {"pattern": pattern.id, "verdict": verdict.value, "by": order.by, "was": pattern.standing.value}
    words = f"pattern {pattern.id}: {verdict.value} by {order.by}; the running service carries it out"
    print_json(told) if as_json else print_text(words)


def _look_up(database: Database, name: str) -> PatternRow:
    with database.snapshot() as connection:
        return _find(connection, name)


def _find(connection: Any, name: str) -> PatternRow:
    row = read_pattern(connection, name)
    if row is None:
        raise fail(ExitCode.USAGE, f"no pattern is named {name}; see escalator patterns list --all")
    return row


def _spell_pattern(pattern: PatternRow) -> dict[str, Any]:
    return {
        "id": pattern.id,
        "standing": pattern.standing.value,
        "customers": pattern.customers,
        "tickets": pattern.tickets,
        "score": None if pattern.score is None else round(pattern.score, 4),
        "by_meaning": pattern.by_meaning,
        "first_at": pattern.first_at.isoformat(),
        "last_at": pattern.last_at.isoformat(),
        "decided_by": pattern.decided_by,
        "decided_reason": pattern.decided_reason,
    }


def _spell_report(report: ReportRow) -> dict[str, Any]:
    return {
        "ticket": report.ticket_id,
        "customer": report.customer_name,
        "at": report.member.at.isoformat(),
        "language": report.member.language,
    }


def _draw_table(found: Sequence[PatternRow]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("pattern", "standing", "customers", "tickets", "score", "first", "last", "decided by"):
        table.add_column(title, justify="right" if title in {"customers", "tickets", "score"} else "left")
    for pattern in found:
        table.add_row(
            pattern.id,
            pattern.standing.value,
            str(pattern.customers),
            str(pattern.tickets),
            "-" if pattern.score is None else f"{pattern.score:.2f}",
            f"{pattern.first_at:%Y-%m-%d %H:%M}",
            f"{pattern.last_at:%Y-%m-%d %H:%M}",
            Text(blank_controls(pattern.decided_by or "-")),
        )
    return table


def _tell_pattern(spelt: dict[str, Any]) -> list[str]:
    ground = "by meaning" if spelt["by_meaning"] else "by words"
    score = "no score yet" if spelt["score"] is None else f"score {spelt['score']:.2f} {ground}"
    counts = f"{spelt['customers']} customers, {spelt['tickets']} tickets, {score}"
    lines = [f"pattern {spelt['id']}: {spelt['standing']}, {counts}"]
    if spelt["decided_by"]:
        because = f": {spelt['decided_reason']}" if spelt["decided_reason"] else ""
        lines.append(f"  decided by {spelt['decided_by']}{because}")
    reasons = {one["ticket"]: one for one in (spelt["explanation"] or {}).get("members", ())}
    for member in spelt["members"]:
        lines.append(f"  #{member['ticket']}  {member['customer']}, {member['at'][:16]}, {member['language']}")
        lines += [f"      {line}" for line in _tell_member(reasons.get(str(member["ticket"])))]
    left_out = (spelt["explanation"] or {}).get("left_out")
    if left_out:
        lines.append(f"  nearest left out: {_tell_near(left_out)}")
    lines += [f"  {name.replace('_', ' ')}: {value:.3f}" for name, value in _list_figures(spelt)]
    return [*lines, *(f"  escalation {one['id']}: {one['issue'] or 'no issue yet'}" for one in spelt["escalations"])]


def _list_figures(spelt: dict[str, Any]) -> list[tuple[str, float]]:
    figures: dict[str, float] = (spelt["explanation"] or {}).get("figures", {})
    return sorted(figures.items())


def _tell_member(reason: dict[str, Any] | None) -> list[str]:
    if reason is None:
        return []
    lines = [f"nearest {_tell_near(reason['nearest'])}"] if reason["nearest"] else []
    return [*lines, f"says: {', '.join(reason['cues'])}"] if reason["cues"] else lines


def _tell_near(near: dict[str, Any]) -> str:
    shared = [*near["codes"], *near["words"], *near["concepts"]]
    words = f"; both say {', '.join(shared)}" if shared else ""
    return f"#{near['ticket']}, chance {near['chance']:.2f}, {near['hours_apart']:g} h apart{words}"
