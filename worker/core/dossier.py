"""The SUPPORTING CONTEXT of a brief: tickets, files, internal notes and how it went so far."""

from collections.abc import Callable, Sequence

from connectors.records import Comment, Ticket
from mappings import brief as texts
from mappings.escaping import flatten_text
from worker.core.case import SPEAKER_NAMES, Case
from worker.core.figures import spell_day
from worker.core.telling import clip_words

_MOST_TIMELINE = 12
_MOST_NOTES = 5
_GIST = 160


def collect_context(cases: Sequence[Case], find_page: Callable[[int], str] | None) -> texts.Context:
    """Return where to read on; `find_page` gives a ticket's page, without it tickets are named only."""
    return texts.Context(
        tickets=tuple(
            refer_ticket(case.ticket, find_page, flatten_text(case.ticket.subject) or None) for case in cases
        ),
        attachments=tuple(
            texts.LinkRef(
                label=fact.text,
                url=find_page(case.ticket.id) if find_page else None,
                note=f"{SPEAKER_NAMES[fact.speaker]}, {spell_day(fact.at.isoformat())}",
            )
            for case in cases
            for fact in case.facts.attachments
        ),
        threads=_list_notes(cases),
        timeline=_tell_timeline(cases[0]),
    )


def _list_notes(cases: Sequence[Case]) -> tuple[texts.LinkRef, ...]:
    """The internal notes, newest first, each with the words it begins with."""
    notes = [
        texts.LinkRef(
            label=f"Internal note on ZD-{case.ticket.id}, {spell_day(comment.created_at.isoformat())}",
            note=clip_words(comment.body, _GIST),
        )
        for case in cases
        for comment in sorted(case.ticket.comments, key=lambda one: one.created_at, reverse=True)
        if not comment.public
    ]
    return tuple(notes[:_MOST_NOTES])


def _tell_timeline(lead: Case) -> tuple[texts.TimelineRow, ...]:
    """The comments as they came: the first and the latest when there are many."""
    ticket = lead.ticket
    comments = sorted(ticket.comments, key=lambda one: one.created_at)
    if len(comments) > _MOST_TIMELINE:
        comments = [*comments[:2], *comments[2 - _MOST_TIMELINE :]]
    rows = []
    for comment in comments:
        what = f"{_name_side(ticket, comment)}: {clip_words(comment.body, _GIST)}"
        rows.append(texts.TimelineRow(at=comment.created_at, what=what))
    return tuple(rows)


def _name_side(ticket: Ticket, comment: Comment) -> str:
    if not comment.public:
        return "internal note"
    person = ticket.find_person(comment.author_id)
    return "support" if person is not None and person.is_staff else "customer"


def refer_ticket(ticket: Ticket, find_page: Callable[[int], str] | None, note: str | None = None) -> texts.LinkRef:
    """Return the reference to a ticket, `ZD-<id>`."""
    return texts.LinkRef(label=f"ZD-{ticket.id}", url=find_page(ticket.id) if find_page else None, note=note)
