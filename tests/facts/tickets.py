"""Reads the authored tickets whose facts are marked in the text: `{{kind|words}}`, `kind?` where it can be argued.

A file holds tickets: `=== id | target | subject`, then what was said under `--- customer`, `--- agent` (in public)
and `--- note` (internal). The marks are taken out before anything reads the ticket.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from connectors.records import Comment, Organization, Person, Role, Ticket, TicketStatus
from tests.conftest import NOW
from worker.core.assessment import Target

TUNED = Path(__file__).parent / "tuned"
"""Tickets whose misses were read when the cues were repaired."""

UNSEEN = Path(__file__).parent / "unseen"
"""Tickets whose misses nobody read: only totals. One that was looked at belongs among the tuned."""

_MARK = re.compile(r"\{\{([a-z_?,]+)\|([^{}]+)\}\}")
_CUSTOMER = Person(id=1, name="Robin Customer", role=Role.END_USER, organization_id=70)
_AGENT = Person(id=2, name="Sam Agent", role=Role.AGENT)
_SPEAKERS = {"customer": (_CUSTOMER, True), "agent": (_AGENT, True), "note": (_AGENT, False)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """Where a fact of this kind stands; an optional one may be found and need not."""

    kind: str
    comment_id: int
    start: int
    end: int
    is_optional: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Labelled:
    """A ticket with the facts that its author marked."""

    id: str
    ticket: Ticket
    target: Target
    labels: tuple[Label, ...]

    @property
    def language(self) -> str:
        """The two letters that the ticket's id begins with."""
        return self.id[:2]


def read_labelled(folder: Path) -> Iterator[Labelled]:
    """The tickets of a folder."""
    for path in sorted(folder.glob("*.txt")):
        for block in path.read_text(encoding="utf-8").split("=== ")[1:]:
            yield _read_ticket(block)


def _read_ticket(block: str) -> Labelled:
    head, *parts = block.split("\n--- ")
    name, target, subject = (word.strip() for word in head.split("|"))
    comments, labels = [], []
    for number, part in enumerate(parts):
        who, _, marked = part.partition("\n")
        person, public = _SPEAKERS[who.strip()]
        body, found = _take_out(marked.strip(), 100 + number)
        labels += found
        at = NOW - timedelta(hours=3 * (len(parts) - number))
        comments.append(Comment(id=100 + number, author_id=person.id, public=public, body=body, created_at=at))
    ticket = Ticket(
        id=int(name[-2:]) + 900,
        subject=subject,
        description=comments[0].body,
        status=TicketStatus.OPEN,
        created_at=comments[0].created_at,
        updated_at=comments[-1].created_at,
        requester_id=_CUSTOMER.id,
        organization_id=70,
        organization=Organization(id=70, name="Quillfeather & Co", fields={"arr": 60_000, "tier": "growth"}),
        comments=tuple(comments),
        comments_read=True,
        people=(_CUSTOMER, _AGENT),
    )
    return Labelled(id=name, ticket=ticket, target=Target(target), labels=tuple(labels))


def _take_out(marked: str, comment_id: int) -> tuple[str, list[Label]]:
    """The text without its marks, and where what they marked stands in it."""
    body, at, labels = "", 0, []
    for mark in _MARK.finditer(marked):
        body += marked[at : mark.start()]
        labels += [
            Label(
                kind=kind.rstrip("?"),
                comment_id=comment_id,
                start=len(body),
                end=len(body) + len(mark[2]),
                is_optional=kind.endswith("?"),
            )
            for kind in mark[1].split(",")
        ]
        body += mark[2]
        at = mark.end()
    return body + marked[at:], labels
