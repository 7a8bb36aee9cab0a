"""The progress of planning and of running a backfill: a bar on a terminal, plain lines elsewhere, all on stderr."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn

from worker.cli.backfill_words import RunFigures, word_span
from worker.flow.backfill_plan import PlanProgress
from worker.ground import now_utc
from worker.store.backfill_runs import Outcome

_LINE_EVERY_S = 10.0


@contextmanager
def show_planning(since: datetime, *, quiet: bool) -> Iterator[Callable[[PlanProgress], None]]:
    """Shows how far the export has been read, on a terminal only; gives what to call with each progress."""
    console = Console(stderr=True)
    with _make_bar(console, enabled=console.is_terminal and not quiet) as bar:
        task = bar.add_task("planning", total=max(1.0, (now_utc() - since).total_seconds()), words="")

        def tell(progress: PlanProgress) -> None:
            behind = max(0.0, (progress.reached - since).total_seconds())
            words = f"{progress.tickets} tickets, read up to {progress.reached:%Y-%m-%d}"
            bar.update(task, completed=behind, words=words)

        yield tell


class RunBoard:
    """Shows a run: tickets done, escalations of those allowed, rate, budget of writes, time left."""

    def __init__(self, *, quiet: bool, updates_per_minute: int) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._quiet = quiet
        self._updates_per_minute = updates_per_minute
        self._bar = _make_bar(self._console, enabled=self._console.is_terminal and not quiet)
        self._task: TaskID | None = None
        self._began = time.monotonic()
        self._read_before = 0
        self._next_line = 0.0

    def __enter__(self) -> Self:
        """Begin to show."""
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the last state behind."""
        self._bar.stop()

    def show(self, figures: RunFigures) -> None:
        """The state of now."""
        if self._task is None:
            self._task = self._bar.add_task("running", total=max(1, figures.tickets), words="")
            self._read_before = figures.read
        words = self._word_progress(figures)
        self._bar.update(self._task, completed=figures.read, words=words)
        if not self._console.is_terminal and not self._quiet and time.monotonic() >= self._next_line:
            self._next_line = time.monotonic() + _LINE_EVERY_S
            self._console.print(f"{figures.read} of {figures.tickets} tickets, {words}", markup=False)

    def _word_progress(self, figures: RunFigures) -> str:
        opened = figures.outcomes.get(Outcome.OPENED, 0)
        parts = [f"opened {opened} (at most {figures.plan.max_create})"]
        elapsed, done = time.monotonic() - self._began, figures.read - self._read_before
        if done and elapsed > 0:
            parts.append(f"{done / elapsed * 60:.0f}/min")
        parts.append(f"budget {self._updates_per_minute} writes/min")
        left = figures.tickets - figures.read
        if left and done:
            parts.append(f"{word_span(left * elapsed / done)} left")
        elif not left:
            parts.append("finishing the writes")
        if figures.is_stalled:
            parts.append("stalled: see escalator health")
        return ", ".join(parts)


def _make_bar(console: Console, *, enabled: bool) -> Progress:
    words = TextColumn("{task.fields[words]}", markup=False)
    columns = (BarColumn(bar_width=16), TaskProgressColumn(), words)
    return Progress(*columns, console=console, disable=not enabled, redirect_stdout=False, redirect_stderr=False)
