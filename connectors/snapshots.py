"""Putting a ticket's parts together the same way, wherever they were read.

A ticket over HTTP arrives in pieces (ticket with sideloads, then comments, then incidents), the same ticket
in a file arrives whole; both must become the same record, or they would be judged differently.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from connectors.records import Comment, Incident, Person, Ticket


def attach_comments(ticket: Ticket, comments: Sequence[Comment], people: Iterable[Person]) -> Ticket:
    """The ticket with all its comments in order of time, and with those of `people` who take part in it.

    A description that was not read is taken from the first comment.
    """
    ordered = tuple(sorted(comments, key=lambda comment: comment.created_at))
    description = ticket.description or (ordered[0].body if ordered else "")
    known = select_people(ticket, ordered, (*ticket.people, *people))
    return replace(ticket, description=description, comments=ordered, comments_read=True, people=known)


def attach_incidents(ticket: Ticket, incidents: Iterable[Incident]) -> Ticket:
    """The ticket with the incidents linked to it, in order of id."""
    return replace(ticket, incidents=tuple(sorted(incidents, key=lambda incident: incident.id)))


def select_people(ticket: Ticket, comments: Iterable[Comment], people: Iterable[Person]) -> tuple[Person, ...]:
    """Those of `people` who are on the ticket or wrote one of the comments, in order of id; the last wins."""
    wanted = {ticket.requester_id, ticket.submitter_id, ticket.assignee_id}
    wanted |= {comment.author_id for comment in comments}
    by_id = {person.id: person for person in people if person.id in wanted}
    return tuple(by_id[person_id] for person_id in sorted(by_id))
