"""Tickets to measure with: those of the demo's story, and as many more as wanted made from them."""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from itertools import cycle, islice
from typing import Any

from connectors.ticket_file import FileTicket, read_ticket_line
from mappings.loader import load_policy
from tests.rig import make_record
from worker.core.assess import assess
from worker.core.context import Context

ESCALATING_EVERY = 50
_FIRST_ID = 200_000
_LATEST = timedelta(minutes=20)


@dataclass(frozen=True, kw_only=True, slots=True)
class StoryTicket:
    """One line of the story as bytes, as JSON, and as the ticket that the product reads from it."""

    line: bytes
    record: dict[str, Any]
    row: FileTicket


@cache
def list_story() -> tuple[StoryTicket, ...]:
    """Every ticket of the shipped story, as it is when it appears."""
    text = files("connectors.sandbox").joinpath("stories", "demo.jsonl").read_bytes()
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        row = read_ticket_line(line, number)
        if isinstance(row, FileTicket):
            found.append(StoryTicket(line=line, record=json.loads(line), row=row))
    return tuple(found)


def generate_records(count: int) -> Iterator[dict[str, Any]]:
    """Tickets with ids of their own: the story's quiet ones in turn, and every fiftieth a reproduced bug."""
    quiet = cycle(_list_quiet())
    for number, record in enumerate(islice(quiet, count)):
        ticket_id = _FIRST_ID + number
        yield make_record(ticket_id) if number % ESCALATING_EVERY == 0 else _copy_record(record, ticket_id)


def _list_quiet() -> tuple[dict[str, Any], ...]:
    """The records of the story that stay in support, also when a slow machine gets to them late, and stand alone."""
    policy = load_policy(None)
    return tuple(
        ticket.record
        for ticket in list_story()
        if not ticket.record.get("incidents")
        and not any(
            assess(ticket.row.ticket, Context(), policy, ticket.row.now + later).escalate
            for later in (timedelta(), _LATEST)
        )
    )


def _copy_record(record: dict[str, Any], ticket_id: int) -> dict[str, Any]:
    made = copy.deepcopy(record)
    made["id"] = f"t-{ticket_id}"
    made["ticket"]["id"] = ticket_id
    if isinstance(made.get("metric_set"), dict):
        made["metric_set"]["ticket_id"] = ticket_id
    for place, comment in enumerate(made["comments"]):
        comment["id"] = ticket_id * 100 + place
    return made
