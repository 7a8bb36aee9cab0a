"""When something else answers each write of ours with a change of its own, so that the two would go on for ever."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mappings.durations import write_duration

_SHARED = ""
"""The pair of a write that concerns all tickets of an escalation."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Echo:
    """A write of ours on a pair of ticket and issue; `ticket` is empty when it concerns all tickets."""

    id: int
    ticket: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounce:
    """More writes on one pair than any person causes; nothing is written before `until`. `name` tells it apart."""

    name: str
    until: datetime
    reason: str


def find_bounce(echoes: Sequence[Echo], *, most: int, window: timedelta, now: datetime) -> Bounce | None:
    """The bounce that goes on, judged by our writes of the last `window`; None below `most` writes on each pair."""
    recent = [echo for echo in echoes if echo.at > now - window]
    counts = Counter(echo.ticket for echo in recent)
    shared = counts.pop(_SHARED, 0)
    highest = max(counts.values(), default=0) + shared
    if highest < most:
        return None
    last = max(recent, key=lambda echo: echo.id)
    reason = (
        f"{highest} writes on one ticket and its issue in {write_duration(window)}: something else seems to answer "
        "each of them (a Zendesk trigger, a Jira automation, another integration); exclude our account from its "
        "conditions"
    )
    return Bounce(name=str(last.id), until=last.at + window, reason=reason)
