"""Tickets in files: the FILE forms of the commands need no settings, database or network.

Two formats, both JSON Lines: a whole ticket in Zendesk's API shapes with the instant to judge it at, and a
one-line report with organisation, requester and text. The same parser as for the API reads the first, so a
ticket over HTTP and the same ticket in a file give the same record.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from connectors.errors import UnreadableFile
from connectors.records import Comment, Organization, Person, Role, Ticket, TicketStatus
from connectors.snapshots import attach_comments, attach_incidents
from connectors.zendesk.parse import (
    UnreadableTicket,
    parse_comment,
    parse_incident,
    parse_sideloads,
    parse_ticket,
)
from connectors.zendesk.values import read_id, read_instant, read_objects, read_text, read_word

Row = Mapping[str, Any]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, kw_only=True, slots=True)
class FileTicket:
    """One row: its id in the file, the instant to judge it at, and the ticket with its comments."""

    id: str
    now: datetime
    ticket: Ticket


@dataclass(frozen=True, kw_only=True, slots=True)
class FileProblem:
    """A row that cannot be read: its id, or `line N` when it has none, and why."""

    id: str
    line: int
    error: str


def read_ticket_file(path: Path) -> Iterator[FileTicket | FileProblem]:
    """The rows of a file in order, one at a time; empty lines are skipped, a bad row becomes a FileProblem.

    Raises UnreadableFile at once when the file cannot be opened. Never looks at labels in a row.
    """
    try:
        file = path.open("rb")
    except OSError as problem:
        raise UnreadableFile(f"{path}: {problem.strerror or 'cannot be opened'}") from None

    def read_rows() -> Iterator[FileTicket | FileProblem]:
        with file:
            for number, line in enumerate(file, start=1):
                content = line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line
                if content.strip():
                    yield read_ticket_line(content, number)

    return read_rows()


def read_ticket_line(line: bytes, number: int) -> FileTicket | FileProblem:
    """One line of a ticket file; `number` names it in a FileProblem."""
    name = f"line {number}"
    try:
        row = json.loads(line, parse_constant=_refuse_constant)
        if not isinstance(row, dict):
            return FileProblem(id=name, line=number, error="not a JSON object")
        name = _name_row(row) or name
        return _read_row(name, row)
    except UnreadableTicket as problem:
        return FileProblem(id=name, line=number, error=str(problem))
    except (ValueError, RecursionError) as problem:
        return FileProblem(id=name, line=number, error=f"not JSON: {_shorten(problem)}")


def _read_row(name: str, row: Row) -> FileTicket:
    if isinstance(row.get("ticket"), dict):
        return _read_whole_ticket(name, row)
    if "body" in row or "subject" in row:
        return _read_report(name, row)
    raise UnreadableTicket("neither a ticket (`ticket`) nor a report (`subject`, `body`)")


def _read_whole_ticket(name: str, row: Row) -> FileTicket:
    now = _require_instant(row, "now")
    source = dict(row["ticket"])
    # Sideloads stand beside the ticket in a file and on the ticket in the API's answers.
    source.update({key: row[key] for key in ("slas", "metric_set") if row.get(key) is not None})
    sideloads = parse_sideloads(row)
    ticket = parse_ticket(source, sideloads)
    comments = [parse_comment(item, default_instant=ticket.created_at) for item in read_objects(row.get("comments"))]
    ticket = attach_comments(ticket, comments, sideloads.people.values())
    incidents = (parse_incident(item, sideloads.organizations) for item in read_objects(row.get("incidents")))
    return FileTicket(id=name, now=now, ticket=attach_incidents(ticket, filter(None, incidents)))


def _read_report(name: str, row: Row) -> FileTicket:
    """A one-line report: a new ticket with one public comment; ids are derived from the names it gives."""
    created_at = _require_instant(row, "created_at")
    numbered = read_id(row.get("id")) or 0
    ticket_id = numbered if numbered > 0 else _derive_id("ticket", name)
    body, channel = read_text(row.get("body")), read_word(row.get("channel")) or "web"
    customer = read_word(row.get("org"))
    organization = Organization(id=_derive_id("organization", customer), name=customer) if customer else None
    requester = _make_requester(row, organization, ticket_id)
    comment = Comment(
        id=_derive_id("comment", name),
        author_id=requester.id,
        public=True,
        body=body,
        created_at=created_at,
        via_channel=channel,
    )
    ticket = Ticket(
        id=ticket_id,
        subject=read_text(row.get("subject")),
        description=body,
        status=TicketStatus.NEW,
        created_at=created_at,
        updated_at=created_at,
        requester_id=requester.id,
        submitter_id=requester.id,
        organization_id=organization.id if organization else None,
        organization=organization,
        via_channel=channel,
    )
    return FileTicket(id=name, now=created_at, ticket=attach_comments(ticket, [comment], [requester]))


def _make_requester(row: Row, organization: Organization | None, ticket_id: int) -> Person:
    email = read_word(row.get("requester"))
    # Without a name nobody can be told apart from anybody: each such report has a requester of its own.
    identity = email.lower() if email else f"unnamed {ticket_id}"
    return Person(
        id=_derive_id("requester", identity),
        name=email or "",
        role=Role.END_USER,
        email=email,
        organization_id=organization.id if organization else None,
    )


def _name_row(row: Row) -> str | None:
    """The row's own id, else its ticket's."""
    inner = row.get("ticket")
    for value in (row.get("id"), inner.get("id") if isinstance(inner, dict) else None):
        if isinstance(value, str | int) and not isinstance(value, bool) and read_text(str(value)).strip():
            return read_text(str(value)).strip()
    return None


def _require_instant(row: Row, key: str) -> datetime:
    instant = read_instant(row.get(key))
    if instant is None:
        raise UnreadableTicket(f"`{key}` is missing or not an ISO instant")
    return instant


def _derive_id(kind: str, name: str) -> int:
    """The same positive 52-bit id for the same name, always: small enough to survive JSON readers that use floats."""
    digest = hashlib.sha256(f"{kind}:{name}".encode()).digest()
    return int.from_bytes(digest[:7], "big") >> 4 | 1


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _shorten(problem: Exception) -> str:
    """The reason without the text that it was found in."""
    if isinstance(problem, json.JSONDecodeError):
        return f"{problem.msg} at character {problem.pos + 1}"
    if isinstance(problem, UnicodeDecodeError):
        return f"byte {problem.start + 1} is not UTF-8"
    return "nested too deeply" if isinstance(problem, RecursionError) else str(problem)[:120]
