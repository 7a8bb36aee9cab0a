"""Which kind of effect is written how."""

from collections.abc import Mapping
from typing import Any

from connectors.effects import Effect
from worker.flow import (
    file_writers,
    issue_writers,
    opening,
    problem_writers,
    reply_writers,
    ticket_writers,
    twin_writers,
)
from worker.flow.writer import Writer

_WRITERS: Mapping[str, Writer[Any]] = {
    "ticket.update": ticket_writers.UPDATE,
    "ticket.reply": reply_writers.REPLY,
    "ticket.tag": ticket_writers.TAG,
    "ticket.link": ticket_writers.LINK,
    "ticket.problem": problem_writers.LINK,
    "problem.open": problem_writers.OPEN,
    "issue.open": opening.OPEN,
    "issue.link": issue_writers.LINK,
    "issue.attach": issue_writers.ATTACH,
    "issue.copy": file_writers.COPY,
    "issue.change": issue_writers.CHANGE,
    "issue.comment": issue_writers.COMMENT,
    "issue.relate": twin_writers.RELATE,
    "twin.link": twin_writers.LINK,
    "twin.comment": twin_writers.COMMENT,
    "twin.close": twin_writers.CLOSE,
}


def find_writer(effect: Effect) -> Writer[Any]:
    """The writer of this effect."""
    return _WRITERS[effect.kind]
