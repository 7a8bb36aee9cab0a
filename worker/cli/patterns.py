"""Commands about patterns: the same problem reported by several customers."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from connectors.ticket_file import FileProblem, FileTicket, read_ticket_file
from mappings.durations import parse_duration
from mappings.loader import load_policy
from mappings.pattern_words import load_pattern_words
from mappings.patterns import PatternRules
from worker.cli import pattern_board, pattern_verdicts
from worker.cli.output import ExitCode, fail, print_json, print_problems
from worker.core.patterns.customers import name_customer
from worker.core.patterns.detector import Detector
from worker.core.patterns.mutes import MuteList
from worker.core.patterns.report import Lane, Report, Step
from worker.core.patterns.setting import build_detector
from worker.encoder.minilm import EncoderUnavailable, load_minilm

_ENGLISH = "en"
_FILE = typer.Argument(metavar="FILE", help="Tickets in the order in which they came (JSON Lines).")
_WINDOW = typer.Option(
    "--window", help='How long tickets belong together, such as "14d"; the policy\'s window when left out.'
)
_LANE = typer.Option("--lane", help="The lane whose rows are printed.")
_POLICY = typer.Option("--policy", help="A folder with policy overlays.")
_WORDS_ONLY = typer.Option("--words-only", help="Leave the encoder out even when it is installed.")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Observed:
    """A row of the file: what it changed, or why it cannot be read."""

    id: str
    step: Step | None = None
    error: str = ""


def register(app: typer.Typer) -> None:
    """Adds these commands."""
    group = typer.Typer(help="The same problem reported by several customers.", no_args_is_help=True)
    group.callback()(_say_nothing)
    group.command("detect")(detect)
    pattern_board.add_commands(group)
    pattern_verdicts.add_commands(group)
    app.add_typer(group, name="patterns")


def detect(
    file: Annotated[Path, _FILE],
    *,
    window: Annotated[str | None, _WINDOW] = None,
    lane: Annotated[Lane, _LANE] = Lane.RAISE,
    policy: Annotated[Path | None, _POLICY] = None,
    words_only: Annotated[bool, _WORDS_ONLY] = False,
) -> None:
    """Find patterns in a file: a row when one is announced in the lane, and for each ticket that joins it later.

    The output is always JSON Lines. Groups that only form are no rows; the slow lane is off.
    """
    rules = load_policy(policy).patterns
    width = rules.window if window is None else _read_window(window)
    rules = rules.model_copy(update={"window": width, "slow_window": width})
    failed = False
    unread: Counter[str] = Counter()
    for observed in _observe_file(file, rules, words_only=words_only):
        if observed.step is not None and not observed.step.member.meant:
            unread[observed.step.member.language] += 1
        failed = failed or bool(observed.error)
        if observed.error:
            print_json({"id": observed.id, "error": observed.error})
        elif observed.step is not None and lane in observed.step.lanes:
            print_json(_spell_flag(observed.step))
    unread.pop(_ENGLISH, None)
    if unread:
        told = ", ".join(f"{count} in {language}" for language, count in sorted(unread.items()))
        print_problems([f"tickets that the encoder cannot read were compared by words only: {told}"])
    if failed:
        raise typer.Exit(int(ExitCode.FAILED))


def _say_nothing() -> None:
    """The same problem reported by several customers."""


def _read_window(text: str) -> timedelta:
    try:
        window = parse_duration(text)
    except ValueError as problem:
        raise fail(ExitCode.USAGE, f"--window: {problem}") from None
    if window <= timedelta(0):
        raise fail(ExitCode.USAGE, "--window: give a duration longer than nothing")
    return window


def _observe_file(file: Path, rules: PatternRules, *, words_only: bool) -> Iterator[_Observed]:
    detector = _make_detector(rules, words_only=words_only)
    freemail, mutes = load_pattern_words().freemail, MuteList(rules.mute)
    seen: set[str] = set()
    for row in read_ticket_file(file):
        if isinstance(row, FileProblem):
            yield _Observed(id=row.id, error=row.error)
            continue
        customer = name_customer(row.ticket, rules, freemail)
        if customer is None or row.id in seen:
            continue
        seen.add(row.id)
        report = _make_report(row, customer)
        yield _Observed(id=row.id, step=detector.observe(report, muted=mutes.covers(report.subject, report.body)))


def _make_detector(rules: PatternRules, *, words_only: bool) -> Detector:
    if words_only:
        return build_detector(rules)
    try:
        encoder = load_minilm()
    except EncoderUnavailable as problem:
        print_problems([f"{problem}; going on with words only, which never raises"])
        return build_detector(rules)
    from worker.encoder.vector_window import NumpyVectors  # noqa: PLC0415 - needs numpy, which is optional

    return build_detector(rules, encoder=encoder, vectors=NumpyVectors())


def _make_report(row: FileTicket, customer: str) -> Report:
    ticket = row.ticket
    requester = ticket.find_person(ticket.requester_id)
    return Report(
        id=row.id,
        customer=customer,
        at=ticket.created_at,
        subject=ticket.subject,
        body=ticket.description,
        author_name=requester.name if requester else "",
    )


def _spell_flag(step: Step) -> dict[str, Any]:
    return {
        "type": "flag",
        "at": step.member.id,
        "cluster": step.standing.group,
        "tickets": list(step.standing.tickets),
        "customers": step.standing.customers,
        "score": None if step.standing.score is None else round(step.standing.score, 4),
        "by_meaning": step.standing.by_meaning,
    }
