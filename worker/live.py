"""What is happening, as a table that fills while one watches: the view of `escalator demo`.

On a terminal it is a live table; elsewhere one plain line per event. Subjects are customers' words: they are shown
as text, whatever markup or control characters they hold.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import TracebackType
from typing import Self

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.table import Table
from rich.text import Text

from mappings.escaping import flatten_text

_ROOM_AROUND = 6  # lines of a terminal that are not rows: title, header, rule, footer, prompt
_SUBJECT_LIMIT = 200
_SEVERITY_STYLES = {"critical": "bold red", "high": "yellow", "medium": "cyan"}


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveRow:
    """One ticket's way so far. `judged` is "stay", or "target: severity" for one that goes up; empty: not yet."""

    time: datetime
    ticket_id: int
    subject: str
    judged: str = ""
    goes_up: bool = False
    severity: str | None = None
    issue_key: str = ""
    notes: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveCounts:
    """What the board has seen: tickets read and judged, issues opened, notes written."""

    read: int = 0
    judged: int = 0
    opened: int = 0
    written: int = 0


class LiveBoard:
    """The table. Call its methods from any thread, between entering and leaving it as a context."""

    def __init__(self, console: Console, *, now: Callable[[], datetime]) -> None:
        self._console = console
        self._now = now
        self._rows: dict[int, LiveRow] = {}
        self._lock = threading.Lock()
        self._live: Live | None = None

    @property
    def rows(self) -> tuple[LiveRow, ...]:
        """All rows, the one that changed last at the end."""
        with self._lock:
            return tuple(self._rows.values())

    @property
    def counts(self) -> LiveCounts:
        """The totals so far."""
        rows = self.rows
        return LiveCounts(
            read=len(rows),
            judged=sum(1 for row in rows if row.judged),
            opened=len({row.issue_key for row in rows if row.issue_key}),
            written=sum(row.notes for row in rows),
        )

    def __enter__(self) -> Self:
        """Begin to show; on a terminal the table then follows every note."""
        if self._console.is_terminal:
            self._live = Live(
                _Latest(self), console=self._console, refresh_per_second=8, transient=True, redirect_stderr=False
            )
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the live table and leave the whole of it behind."""
        if self._live is not None:
            self._live.stop()
            self._live = None
            self._console.print(build_table(self.rows))

    def note_read(self, ticket_id: int, subject: str) -> None:
        """The ticket has been read."""
        shown = flatten_text(subject[:_SUBJECT_LIMIT])
        self._change(ticket_id, f"read     #{ticket_id}  {shown}", lambda row: replace(row, subject=shown))

    def note_judged(self, ticket_id: int, *, target: str | None, severity: str | None = None) -> None:
        """The ticket has been judged: it goes up to `target` with `severity`, or stays in support (None)."""
        judged = "stay" if target is None else f"{target}: {severity}" if severity else target
        self._change(
            ticket_id,
            f"judged   #{ticket_id}  {judged}",
            lambda row: replace(
                row, judged=judged, goes_up=target is not None, severity=severity if target else None
            ),
        )

    def note_opened(self, ticket_id: int, issue_key: str) -> None:
        """An issue has been opened for the ticket, or the ticket has joined it."""
        key = flatten_text(issue_key)
        self._change(ticket_id, f"opened   #{ticket_id}  {key}", lambda row: replace(row, issue_key=key))

    def note_written(self, ticket_id: int) -> None:
        """A note has been written to the ticket."""
        self._change(ticket_id, f"written  #{ticket_id}", lambda row: replace(row, notes=row.notes + 1))

    def _change(self, ticket_id: int, line: str, change: Callable[[LiveRow], LiveRow]) -> None:
        now = self._now()
        with self._lock:
            row = self._rows.pop(ticket_id, None) or LiveRow(time=now, ticket_id=ticket_id, subject="")
            self._rows[ticket_id] = change(replace(row, time=now))
        if self._live is None:
            self._console.print(Text(f"{now:%H:%M:%S}  {line}"), soft_wrap=True)


class _Latest:
    """The rows that fit on the terminal as it is now, the newest at the end."""

    def __init__(self, board: LiveBoard) -> None:
        self._board = board

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        fitting = max(3, (options.height or console.height) - _ROOM_AROUND)
        yield build_table(self._board.rows[-fitting:], _spell_counts(self._board.counts))


def build_table(rows: Sequence[LiveRow], caption: str = "") -> Table:
    """The rows as a table that reads well at 100 columns; each row takes one line."""
    table = Table(
        box=SIMPLE_HEAD,
        caption=Text(caption) if caption else None,
        caption_justify="left",
        pad_edge=False,
        collapse_padding=True,
    )
    table.add_column("Time", no_wrap=True, min_width=8)
    table.add_column("Ticket", no_wrap=True, min_width=6, justify="right")
    table.add_column("Subject", min_width=10, max_width=34)  # the one that gives way, as it may wrap
    table.add_column("Judged", no_wrap=True, min_width=21)
    table.add_column("Issue", no_wrap=True, min_width=7)
    table.add_column("Written", no_wrap=True, min_width=7)
    for row in rows:
        style = _SEVERITY_STYLES.get(row.severity or "", "" if row.goes_up else "dim")
        table.add_row(
            Text(f"{row.time:%H:%M:%S}"),
            Text(f"#{row.ticket_id}"),
            Text(row.subject, no_wrap=True, overflow="ellipsis"),
            Text(row.judged, style=style),
            Text(row.issue_key, style="bold" if row.issue_key else ""),
            Text(_spell_notes(row.notes)),
        )
    return table


def print_summary(console: Console, counts: LiveCounts, pages: Sequence[tuple[str, str]]) -> None:
    """The pages to look at, as (what, address), and as the last line what was done."""
    width = max((len(what) for what, _ in pages), default=0)
    for what, address in pages:
        console.print(Text(f"{what:<{width}}  {address}"), soft_wrap=True)
    console.print(Text(spell_outcome(counts)), soft_wrap=True)


def spell_outcome(counts: LiveCounts) -> str:
    """The demo's last line."""
    return f"read {counts.read} tickets, opened {counts.opened} issues, wrote {counts.written} notes"


def _spell_counts(counts: LiveCounts) -> str:
    return f"{counts.read} read · {counts.judged} judged · {counts.opened} issues · {counts.written} notes"


def _spell_notes(notes: int) -> str:
    return "" if notes == 0 else "note" if notes == 1 else f"{notes} notes"
