"""Words that are marked as a lesson: in an internal note of an agent, or in a comment of an engineer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from connectors.records import Ticket
from worker.core.assessment import Speaker
from worker.core.thread import read_thread

_LONGEST = 4_000


@dataclass(frozen=True, kw_only=True, slots=True)
class NotedLesson:
    """A lesson in an internal note."""

    comment_id: int
    text: str
    by: str
    at: datetime


def find_noted(ticket: Ticket, prefix: str) -> tuple[NotedLesson, ...]:
    """The lessons in the ticket's internal notes, ours excepted, oldest first."""
    return tuple(_list_noted(ticket, prefix))


def read_lesson(text: str, prefix: str) -> str | None:
    """The lesson that a text tells behind the prefix; None when it tells none."""
    bare = text.lstrip()
    if not bare.casefold().startswith(prefix.casefold()):
        return None
    lesson = " ".join(bare[len(prefix) :].split())[:_LONGEST]
    return lesson or None


def _list_noted(ticket: Ticket, prefix: str) -> Iterator[NotedLesson]:
    for said in read_thread(ticket).list_spoken(Speaker.INTERNAL):
        lesson = read_lesson(said.body, prefix)
        if lesson is not None and said.comment_id is not None:
            yield NotedLesson(comment_id=said.comment_id, text=lesson, by=said.author_name, at=said.at)
