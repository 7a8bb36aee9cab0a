"""The command that tries a policy on the kept past, and how it prints what would change."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mappings.durations import parse_duration
from mappings.escaping import flatten_text
from mappings.loader import load_policy
from worker.cli.database import open_current
from worker.cli.naming import name_operator
from worker.cli.output import JSON_OPTION, ExitCode, fail, print_json, print_text
from worker.core.simulation import Call, Change, Compared
from worker.flow.lab import Label, Opinions, Simulation, keep_simulation, simulate_policy
from worker.settings import load_settings
from worker.wiring import read_policy

_EXAMPLES = 5
_TITLES = {
    Change.WOULD_OPEN: "would go up",
    Change.WOULD_NOT: "would stay",
    Change.CHANGED_TARGET: "other team",
    Change.CHANGED_SEVERITY: "other severity",
    Change.SAME: "same",
}


class Against(StrEnum):
    """What the tried policy is held against."""

    CURRENT = "current"
    DECIDED = "decided"


def register(app: typer.Typer) -> None:
    """Adds this command."""
    app.command("simulate")(simulate)


def simulate(
    *,
    policy: Annotated[
        Path | None, typer.Option(help="The folder with the policy to try, instead of ESCALATOR_POLICY_DIR.")
    ] = None,
    since: Annotated[str, typer.Option(help="How far back, such as 90d or 2w, or a day such as 2026-03-01.")] = "90d",
    against: Annotated[
        Against, typer.Option(help="Compare with what was decided, or with what the policy of now would decide.")
    ] = Against.DECIDED,
    by: Annotated[str, typer.Option("--by", help="Who asks; else the user of this machine.")] = "",
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Read the tickets of the past again under another policy: what would go up, stay, or go elsewhere.

    Nothing is written outside; the result is kept for the dashboard's Policy lab. As far back as snapshots are kept
    (ESCALATOR_KEEP_SNAPSHOTS). It also shows for each criterion how often agents agreed and disagreed with what was
    decided (the tags escalator_agree and escalator_disagree).
    """
    settings = load_settings()
    operator = name_operator(by)
    now = operator.now
    begins = _read_since(since, now)
    tried = load_policy(policy) if policy is not None else read_policy(settings)
    present = read_policy(settings) if against is Against.CURRENT else None
    with open_current() as database, _show_progress(quiet=as_json) as tell:
        found = simulate_policy(database, (begins, now), tried, against=present, tell=tell)
        label = Label(
            id=operator.command_id,
            by=operator.name,
            policy=str(policy or settings.policy_dir or "as shipped"),
            policy_digest=tried.digest,
            against=present.digest if present else None,
        )
        keep_simulation(database, found, label)
    digests = (label.against, tried.digest)
    print_json(_spell(found, digests)) if as_json else print_text(_word(found, digests))


def _read_since(text: str, now: datetime) -> datetime:
    try:
        return now - parse_duration(text)
    except (ValueError, OverflowError):
        pass
    try:
        day = datetime.fromisoformat(text.strip())
    except ValueError:
        raise fail(ExitCode.USAGE, f"--since {text}: write a span such as 90d, or a day such as 2026-03-01") from None
    begins = day.astimezone(UTC) if day.tzinfo else day.replace(tzinfo=UTC)
    if begins > now:
        raise fail(ExitCode.USAGE, f"--since {text}: lies in the future")
    return begins


@contextmanager
def _show_progress(*, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    console = Console(stderr=True)
    columns = (BarColumn(bar_width=24), MofNCompleteColumn(), TextColumn("tickets"), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("reading", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _spell(found: Simulation, digests: tuple[str | None, str]) -> dict[str, Any]:
    before, after = digests
    return {
        "since": found.span.since.isoformat(),
        "until": found.span.until.isoformat(),
        "kept_from": found.span.kept_from.isoformat() if found.span.kept_from else None,
        "policy_digest": after,
        "against": before or "decided",
        "tickets": found.tickets,
        **{change.value: found.count(change) for change in Change},
        "weeks": [
            {"week": week, "team": team.value if team else None, **{c.value: row.get(c, 0) for c in Change}}
            for (week, team), row in sorted(found.counts.items(), key=_order)
        ],
        "changed": [
            {
                "ticket": one.ticket_id,
                "subject": one.subject,
                "change": one.change.value,
                "week": one.week,
                "before": _spell_call(one.before),
                "after": _spell_call(one.after),
            }
            for one in found.changed
        ],
        "marks": _spell_opinions(found.opinions),
    }


def _spell_call(call: Call) -> dict[str, Any]:
    return {
        "goes_up": call.goes_up,
        "at": call.at.isoformat(),
        "target": call.target.value if call.goes_up and call.target else None,
        "severity": call.severity.value if call.goes_up and call.severity else None,
        "criteria": list(call.criteria),
        "reasons": list(call.reasons),
    }


def _spell_opinions(found: Opinions) -> dict[str, Any]:
    return {
        "agree": found.agree,
        "disagree": found.disagree,
        "criteria": [
            {"criterion": row.criterion, "agree": row.agree, "disagree": row.disagree} for row in found.criteria
        ],
        "read_again": found.read_again,
        "followed_before": found.followed_before,
        "followed_after": found.followed_after,
    }


def _word(found: Simulation, digests: tuple[str | None, str]) -> str:
    before, after = digests
    held = f"policy {before}" if before else "what was decided"
    lines = [
        f"{found.tickets} tickets since {found.span.since:%Y-%m-%d %H:%M} UTC, policy {after} against {held}",
        *_word_reach(found),
        "  ".join(f"{_TITLES[change]} {found.count(change)}" for change in Change),
    ]
    if found.tickets:
        lines += ["", f"{'week':<10}{'team':<14}" + "".join(f"{_TITLES[change]:>16}" for change in Change)]
        lines += [
            f"{week:<10}{team.value if team else '-':<14}" + "".join(f"{row.get(change, 0):>16}" for change in Change)
            for (week, team), row in sorted(found.counts.items(), key=_order)
        ]
    for change in Change:
        some = [one for one in found.changed if one.change is change]
        if some:
            lines += ["", f"{_TITLES[change]}:", *map(_word_compared, some[:_EXAMPLES])]
            lines += [f"  … and {len(some) - _EXAMPLES} more; --json lists them all"] * (len(some) > _EXAMPLES)
    return "\n".join([*lines, "", *_word_opinions(found.opinions)])


def _word_reach(found: Simulation) -> list[str]:
    first = found.span.kept_from
    if first is None:
        return ["no snapshot is kept yet: they are taken from now on, as tickets are read"]
    late = first - found.span.since > timedelta(days=1)
    return [f"snapshots reach back to {first:%Y-%m-%d %H:%M} UTC only"] if late else []


def _word_compared(one: Compared) -> str:
    reasons = (one.after if one.after.reasons else one.before).reasons
    told = flatten_text(reasons[0]) if reasons else ""
    return (
        f"  #{one.ticket_id} {flatten_text(one.subject)[:60]}: {_word_call(one.before)} -> {_word_call(one.after)}"
        f"{f' ({told[:120]})' if told else ''}"
    )


def _word_call(call: Call) -> str:
    if not call.goes_up:
        return "stays"
    return " ".join(part.value for part in (call.target, call.severity) if part) or "goes up"


def _word_opinions(found: Opinions) -> list[str]:
    if not found.agree + found.disagree:
        return ["no agent has marked a decision yet (tags escalator_agree and escalator_disagree)"]
    lines = [f"agents agree on {found.agree} tickets and disagree on {found.disagree}; where a criterion held:"]
    lines += [f"{'agree':>8}{'disagree':>10}  criterion"]
    lines += [f"{row.agree:>8}{row.disagree:>10}  {row.criterion}" for row in found.criteria]
    told = f"of {found.read_again} marked tickets in the span, {found.followed_before} come out as the agent wants"
    return [*lines, f"{told}, and {found.followed_after} under the tried policy"]


def _order(item: tuple[tuple[str, Any], Any]) -> tuple[str, str]:
    (week, team), _ = item
    return week, team.value if team else ""
