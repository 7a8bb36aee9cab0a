"""What a customer answers when we say that it is solved: it works, or it does not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connectors.records import Ticket
from worker.core.assessment import Evidence
from worker.core.phrases import load_matcher
from worker.core.signals import CUSTOMER, Signal, Signals, read_signals
from worker.core.thread import read_thread

_CONFIRMS = frozenset({"solved", "own_fault"})
_DENIES = frozenset({"not_helped", "recurred", "same_question", "workaround_bad", "down_now", "loss", "growing"})


class Word(StrEnum):
    """The customer's word."""

    CONFIRMED = "confirmed"
    DENIED = "denied"


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerAnswer:
    """The customer's last decisive word after an instant, with the sentence that says it."""

    word: Word
    at: datetime
    evidence: Evidence


def find_customer_answer(ticket: Ticket, since: datetime) -> CustomerAnswer | None:
    """The last word of the customer after `since` that decides; in one message a denial outweighs a confirmation."""
    signals = read_signals(read_thread(ticket), load_matcher())
    return max(_list_answers(signals, since), key=lambda one: (one.at, one.word is Word.DENIED), default=None)


def find_last_word_at(ticket: Ticket) -> datetime | None:
    """When the customer spoke last."""
    staff = {person.id for person in ticket.people if person.is_staff}
    said = (one.created_at for one in ticket.comments if one.public and one.author_id not in staff)
    return max(said, default=None)


def _list_answers(signals: Signals, since: datetime) -> Iterator[CustomerAnswer]:
    """A sentence that confirms is no denial ("it works again")."""
    said = signals.find(_CONFIRMS | _DENIES, CUSTOMER)
    happy = {(signal.turn, signal.sentence) for signal in said if signal.cue in _CONFIRMS}
    for signal in said:
        is_denial = signal.cue in _DENIES
        if signal.at is None or signal.at <= since or (is_denial and (signal.turn, signal.sentence) in happy):
            continue
        word = Word.DENIED if is_denial else Word.CONFIRMED
        yield CustomerAnswer(word=word, at=signal.at, evidence=_tell(signal, word))


def _tell(signal: Signal, word: Word) -> Evidence:
    fact = "the customer confirms it" if word is Word.CONFIRMED else "the customer says that it is not solved"
    return signal.tell(fact)
