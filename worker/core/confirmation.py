"""What a customer answers when we say that it is solved: it works, or it does not."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connectors.records import Ticket
from worker.core.relief import Relief, find_customer_said


class Word(StrEnum):
    """The customer's word."""

    CONFIRMED = "confirmed"
    DENIED = "denied"


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerAnswer:
    """The customer's last decisive word after an instant, with the sentence that says it."""

    word: Word
    at: datetime
    quote: str


def find_customer_answer(ticket: Ticket, since: datetime) -> CustomerAnswer | None:
    """The customer's word after `since`: what they say last about it holds; None when they said nothing plain."""
    said = find_customer_said(ticket, since)
    if said is None:
        return None
    word = Word.DENIED if said.relief is Relief.DENIED else Word.CONFIRMED
    return CustomerAnswer(word=word, at=said.at, quote=said.quote)


def find_last_word_at(ticket: Ticket) -> datetime | None:
    """When the customer spoke last."""
    staff = {person.id for person in ticket.people if person.is_staff}
    said = (one.created_at for one in ticket.comments if one.public and one.author_id not in staff)
    return max(said, default=None)
