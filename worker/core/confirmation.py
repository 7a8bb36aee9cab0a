"""What a customer answers when we say that it is solved: it works, or it does not."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connectors.records import Ticket
from worker.core.assessment import Evidence, Speaker
from worker.core.phrases import Mood, load_matcher
from worker.core.signals import Signal, Signals, read_signals
from worker.core.thread import read_thread

_CONFIRMS = frozenset({"solved", "own_fault", "workaround_ok"})
_DENIES = frozenset(
    {
        "not_helped",
        "recurred",
        "came_back",
        "worsening",
        "same_question",
        "workaround_bad",
        "down_now",
        "loss",
        "growing",
    }
)
_LATER = re.compile(
    r"\b(?:will|going to|i'll|we'll|let me|once i|tomorrow|later|next week"
    r"|werde[nt]?|morgen|später|nächste woche|mañana|probaré|probaremos|luego|demain|essaier\w*|plus tard)\b",
    re.IGNORECASE,
)


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
    """The customer's word after `since`: what they say last about it holds, and a denial outweighs a confirmation.

    What they only mean to try, and what is only guessed from their words, confirms nothing.
    """
    thread = read_thread(ticket)
    signals = read_signals(thread, load_matcher())
    for turn in reversed(range(len(thread.utterances))):
        said = thread.utterances[turn]
        if said.at <= since:
            return None
        if said.speaker is not Speaker.CUSTOMER or said.is_auto_reply:
            continue
        answer = _hear_turn(signals, turn)
        if answer is not None:
            return answer
    return None


def _hear_turn(signals: Signals, turn: int) -> CustomerAnswer | None:
    clear = [one for one in signals.all if one.turn == turn and not (one.in_subject or one.is_guess or one.is_hint)]
    heard = [one for one in clear if one.mood is Mood.ASSERTED and not one.is_question]
    denied = next((one for one in heard if one.cue in _DENIES), None)
    if denied is not None:
        return _tell(denied, Word.DENIED)
    confirmed = next((one for one in heard if one.cue in _CONFIRMS and not _LATER.search(one.quote)), None)
    return _tell(confirmed, Word.CONFIRMED) if confirmed is not None else None


def has_objected(ticket: Ticket) -> bool:
    """True when the customer's words since our last one say that it is not solved."""
    thread = read_thread(ticket)
    ours = [one.at for one in thread.utterances if one.is_ours]
    answer = find_customer_answer(ticket, max(ours, default=ticket.created_at))
    return answer is not None and answer.word is Word.DENIED


def find_last_word_at(ticket: Ticket) -> datetime | None:
    """When the customer spoke last."""
    staff = {person.id for person in ticket.people if person.is_staff}
    said = (one.created_at for one in ticket.comments if one.public and one.author_id not in staff)
    return max(said, default=None)


def _tell(signal: Signal, word: Word) -> CustomerAnswer:
    fact = "the customer confirms it" if word is Word.CONFIRMED else "the customer says that it is not solved"
    assert signal.at is not None, "words in comments have their time"  # noqa: S101
    return CustomerAnswer(word=word, at=signal.at, evidence=signal.tell(fact))
