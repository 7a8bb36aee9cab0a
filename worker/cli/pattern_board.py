"""Commands that show patterns: which form, why each is one, and what is like a ticket."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import Connection

from worker.cli.database import open_current
from worker.cli.output import JSON_OPTION, ExitCode, blank_controls, fail, print_json, print_text
from worker.core.patterns.rate import AlarmRate
from worker.store.escalations import find_by_pattern
from worker.store.pattern_rates import read_rate
from worker.store.pattern_views import view_pattern
from worker.store.patterns import PatternRow, PatternStanding, ReportRow, list_patterns, list_reports, read_pattern

PATTERN = typer.Argument(metavar="PATTERN", help="A pattern's name, as patterns list shows it.")
_LEAST = 2


def add_commands(group: typer.Typer) -> None:
    """Adds these commands to the patterns group."""
    group.command("list")(list_all)
    group.command("show")(show)


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
        rate = read_rate(connection)
    if as_json:
        print_json([_spell_pattern(pattern) for pattern in found])
    elif not found:
        print_text("no pattern: no two customers have reported the same lately")
    else:
        Console(highlight=False).print(_draw_table(found))
    if rate is not None and not as_json:
        print_text(_tell_rate(rate))


def show(pattern: Annotated[str, PATTERN], *, as_json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Show why a pattern is one: its tickets, what they share, the numbers that decided, the nearest left out."""
    with open_current() as database, database.snapshot() as connection:
        row = find_pattern(connection, pattern)
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


def find_pattern(connection: Connection, name: str) -> PatternRow:
    """The pattern of this name; exit 2 when there is none."""
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


def _tell_rate(rate: AlarmRate) -> str:
    words = f"raised and not confirmed: {rate.raised} of {rate.reports} tickets read"
    if rate.per_thousand is not None:
        words += f", {rate.per_thousand:g} per 1,000"
    if rate.limit is not None:
        words += f"; raised from a score of {rate.limit:g} on"
    return words + (f", suggested {rate.suggested:g}" if rate.suggested is not None else "")


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
        lines.append(f"  nearest left out: {tell_near(left_out)}")
    lines += [f"  {name.replace('_', ' ')}: {value:.3f}" for name, value in _list_figures(spelt)]
    return [*lines, *(f"  escalation {one['id']}: {one['issue'] or 'no issue yet'}" for one in spelt["escalations"])]


def _list_figures(spelt: dict[str, Any]) -> list[tuple[str, float]]:
    figures: dict[str, float] = (spelt["explanation"] or {}).get("figures", {})
    return sorted(figures.items())


def _tell_member(reason: dict[str, Any] | None) -> list[str]:
    if reason is None:
        return []
    lines = [f"nearest {tell_near(reason['nearest'])}"] if reason["nearest"] else []
    return [*lines, f"says: {', '.join(reason['cues'])}"] if reason["cues"] else lines


def tell_near(near: dict[str, Any]) -> str:
    """A near ticket in words: how near, how far apart in time, and what both say."""
    shared = [*near["codes"], *near["words"], *near["concepts"]]
    words = f"; both say {', '.join(shared)}" if shared else ""
    return f"#{near['ticket']}, chance {near['chance']:.2f}, {near['hours_apart']:g} h apart{words}"
