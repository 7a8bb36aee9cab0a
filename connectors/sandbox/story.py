"""Plays a written story into a sandbox: tickets appear, people answer, clocks run out, at a chosen speed.

A story is a JSON Lines file; each line is one ticket in the golden format plus
`"story": {"at_s", "title", "steps": [{"at_s", "do", ...}]}`. `at_s` counts seconds from the story's start at
speed 1. The record's `now` becomes the moment of appearance, so that all ages hold.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal

from connectors.sandbox.exchange import Json
from connectors.sandbox.server import Sandbox

DoName = Literal["appear", "comment", "update", "sla", "tag", "issue"]
_SHIPPED = "demo.jsonl"
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "comment": ("author_id", "body"),
    "update": ("set",),
    "sla": ("metric",),
    "tag": (),
    "issue": (),
}


class StoryError(ValueError):
    """A story cannot be read; the text names the line and what is wrong."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One thing that happens: `do` is appear, comment, update, sla, tag or issue; `detail` is its JSON."""

    at_s: float
    ticket_id: int
    title: str
    do: DoName
    detail: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """All steps of a story in the order of time."""

    steps: tuple[Step, ...]

    @property
    def tickets(self) -> int:
        """How many tickets appear."""
        return sum(step.do == "appear" for step in self.steps)

    @property
    def length_s(self) -> float:
        """The time of the last step at speed 1."""
        return self.steps[-1].at_s if self.steps else 0.0

    def play(
        self,
        box: Sandbox,
        speed: float = 1.0,
        on_step: Callable[[Step], None] | None = None,
        stop: threading.Event | None = None,
    ) -> bool:
        """Play every step at its time divided by `speed`, telling `on_step` after each.

        False when `stop` was set before the end. Durations inside a step (an SLA's `breach_in_s`) are
        divided by `speed` as well. Raises ValueError for a speed that is not positive.
        """
        if speed <= 0:
            raise ValueError("speed must be positive")
        halt = stop or threading.Event()
        began = time.monotonic()
        for step in self.steps:
            if halt.wait(max(0.0, began + step.at_s / speed - time.monotonic())):
                return False
            play_step(box, step, speed)
            if on_step is not None:
                on_step(step)
        return True


def play_step(box: Sandbox, step: Step, speed: float = 1.0) -> None:
    """Let one step happen in the sandbox."""
    detail = step.detail
    match step.do:
        case "appear":
            box.zendesk.load_records([dict(detail)])
        case "comment":
            box.zendesk.add_comment(
                step.ticket_id,
                author_id=detail["author_id"],
                body=detail["body"],
                public=detail.get("public", True),
            )
        case "update":
            box.zendesk.update_ticket(step.ticket_id, **detail["set"])
        case "sla":
            breach_in_s = detail.get("breach_in_s")
            box.zendesk.set_sla(
                step.ticket_id,
                detail["metric"],
                breach_in_s=None if breach_in_s is None else breach_in_s / speed,
                stage=detail.get("stage", "active"),
            )
        case "tag":
            if detail.get("add"):
                box.zendesk.add_tags(step.ticket_id, *detail["add"])
            if detail.get("remove"):
                box.zendesk.remove_tags(step.ticket_id, *detail["remove"])
        case "issue":
            _play_on_issue(box, step)


def _play_on_issue(box: Sandbox, step: Step) -> None:
    """What an engineer does on the issue that links to the ticket; nothing while there is none."""
    page = f"/agent/tickets/{step.ticket_id}"
    for issue in box.jira.issues:
        if any(str(link["object"]["url"]).endswith(page) for link in issue.remote_links.values()):
            if "transition" in step.detail:
                box.jira.transition_issue(
                    issue.key, step.detail["transition"], resolution=step.detail.get("resolution")
                )
            if "comment" in step.detail:
                box.jira.add_comment(issue.key, step.detail["comment"])


def load_story(path: Path | None = None) -> Story:
    """Read a story, or the shipped one; raises StoryError with the line, and OSError for a missing file."""
    source: Path | Traversable = path or files("connectors.sandbox").joinpath("stories", _SHIPPED)
    steps: list[Step] = []
    for number, line in enumerate(source.read_text("utf-8").splitlines(), 1):
        if line.strip():
            steps.extend(_read_line(number, line))
    return Story(steps=tuple(sorted(steps, key=lambda step: step.at_s)))


def _read_line(number: int, line: str) -> list[Step]:
    try:
        record: Json = json.loads(line)
        story = record.get("story") or {}
        title = str(story.get("title") or record["ticket"]["subject"])
        ticket_id = int(record["ticket"]["id"])
        appears_s = float(story.get("at_s", 0.0))
        steps = [Step(at_s=appears_s, ticket_id=ticket_id, title=title, do="appear", detail=record)]
        steps.extend(_read_step(item, ticket_id, title) for item in story.get("steps", []))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise StoryError(f"line {number}: {type(error).__name__}: {error}") from error
    early = [step.do for step in steps if step.at_s < appears_s]
    if early:
        raise StoryError(f"line {number}: '{early[0]}' happens before the ticket appears")
    return steps


def _read_step(item: Json, ticket_id: int, title: str) -> Step:
    do = item["do"]
    if do not in _NEEDS:
        raise ValueError(f"unknown step {do!r}")
    missing = [name for name in _NEEDS[do] if name not in item]
    if missing:
        raise ValueError(f"step {do!r} lacks {missing[0]!r}")
    return Step(at_s=float(item["at_s"]), ticket_id=ticket_id, title=title, do=do, detail=item)
