"""How long a webhook takes to become an issue and a note, when the vendors answer as slowly as they really do."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from connectors.sandbox.journal import Entry
from connectors.sandbox.server import Sandbox, SandboxSettings
from tests.bench.figures import Figure, Result, divide, find_median, find_percentile
from tests.bench.service import ESCALATOR, Running, open_service, spell_environment
from tests.rig import make_record

NAME = "latency"
ZENDESK_S, JIRA_S = 0.12, 0.18
_NEEDED_ISSUE_S = 2 * ZENDESK_S + JIRA_S
_NEEDED_NOTE_S = _NEEDED_ISSUE_S + ZENDESK_S
_WARM_UP, _MEASURED = 8, 16
_LIMIT_S = 20.0
_QUIET_S = 0.8
_TICK_S = 0.02
METHOD = (
    f"A real `escalator serve` on SQLite; each Zendesk call takes {ZENDESK_S * 1000:.0f} ms, each Jira call"
    f" {JIRA_S * 1000:.0f} ms; {_MEASURED} tickets one after another, after {_WARM_UP} together to warm up."
    " Calls made: the median of what each ticket's calls add up to."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """One ticket's way: seconds from its appearance, and the vendor seconds of the calls made until then."""

    issue_s: float
    issue_calls_s: float
    note_s: float
    note_calls_s: float
    calls: int


def run(folder: Path) -> Result:
    """Measures the way of each ticket."""
    home = folder / "responding"
    home.mkdir()
    settings = SandboxSettings(export_lag_s=0.0, search_lag_s=0.2, zendesk_latency_s=ZENDESK_S, jira_latency_s=JIRA_S)
    with Sandbox(settings) as box:
        environment = spell_environment(box, home, f"sqlite:///{home / 'escalator.db'}", POLL_EVERY="1h")
        with open_service((*ESCALATOR, "serve"), environment, home / "service.log") as running:
            passages = _send_all(box, running)
    return Result(
        benchmark=NAME,
        method=METHOD,
        figures=_describe(passages),
        problem="" if len(passages) == _MEASURED else f"{_MEASURED - len(passages)} tickets had no note in time",
    )


def _send_all(box: Sandbox, running: Running) -> list[Passage]:
    box.webhook_target(running.url)
    first = range(501, 501 + _WARM_UP)
    box.zendesk.load_records([make_record(ticket_id) for ticket_id in first])
    _await_true(lambda: all(box.zendesk.notes(ticket_id) for ticket_id in first))
    made = (_send_ticket(box, 601 + number) for number in range(_MEASURED))
    return [passage for passage in made if passage is not None]


def _send_ticket(box: Sandbox, ticket_id: int) -> Passage | None:
    """Lets a ticket appear and waits for its note; None when that takes too long."""
    _await_quiet(box)
    box.journal.clear()
    began = time.monotonic()
    box.zendesk.load_records([make_record(ticket_id)])
    _await_true(lambda: _find_note(box, ticket_id))
    calls, noted = box.journal.entries(), _find_note(box, ticket_id)
    opened = next((entry for entry in calls if (entry.method, entry.path) == ("POST", "/rest/api/3/issue")), None)
    if noted is None or opened is None:
        return None
    before_issue = [entry for entry in calls if entry.monotonic <= opened.monotonic]
    # What Jira is told after the opening goes on beside the way to the note.
    then = [entry for entry in calls if opened.monotonic < entry.monotonic <= noted.monotonic]
    before_note = before_issue + [entry for entry in then if entry.vendor == "zendesk"]
    return Passage(
        issue_s=opened.monotonic - began,
        issue_calls_s=_add_latencies(before_issue),
        note_s=noted.monotonic - began,
        note_calls_s=_add_latencies(before_note),
        calls=len(before_note),
    )


def _find_note(box: Sandbox, ticket_id: int) -> Entry | None:
    """The call that wrote the note; the ticket's only PUT."""
    wanted = ("PUT", f"/api/v2/tickets/{ticket_id}")
    return next((entry for entry in box.journal if (entry.method, entry.path) == wanted), None)


def _add_latencies(calls: list[Entry]) -> float:
    return sum(JIRA_S if entry.vendor == "jira" else ZENDESK_S for entry in calls)


def _await_quiet(box: Sandbox) -> None:
    """Until nothing has been asked of the vendors for a while, so that one ticket's rest is not the next one's."""

    def is_quiet() -> bool:
        calls = box.journal.entries()
        return not calls or time.monotonic() - calls[-1].monotonic > _QUIET_S

    _await_true(is_quiet)


def _await_true(condition: Callable[[], object]) -> bool:
    ends = time.monotonic() + _LIMIT_S
    while not condition():
        if time.monotonic() > ends:
            return False
        time.sleep(_TICK_S)
    return True


def _describe(passages: list[Passage]) -> tuple[Figure, ...]:
    issue, note = [one.issue_s for one in passages], [one.note_s for one in passages]
    made_issue = find_median([one.issue_calls_s for one in passages])
    made_note = find_median([one.note_calls_s for one in passages])
    calls = find_median([one.calls for one in passages])
    return (
        _figure("webhook to opened issue, median", find_median(issue), made_issue, "calls made"),
        _figure("the same", find_median(issue), _NEEDED_ISSUE_S, "calls needed: ticket, comments, create (goal 1.3)"),
        _figure("webhook to opened issue, p95", find_percentile(issue, 95), made_issue, "calls made"),
        _figure("webhook to note, median", find_median(note), made_note, f"calls made ({calls:.0f})"),
        _figure("the same", find_median(note), _NEEDED_NOTE_S, "calls needed: these and the note"),
        _figure("webhook to note, p95", find_percentile(note, 95), made_note, "calls made"),
    )


def _figure(name: str, seconds: float, floor_s: float, what: str) -> Figure:
    return Figure(
        name=name, value=seconds, unit="s", floor=f"{floor_s:.2f} s, {what}", ratio=divide(seconds, floor_s)
    )
