"""What a customer answers when we say that it is solved: it works, or it does not."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connectors.records import Ticket
from worker.core.assessment import Evidence, Speaker
from worker.core.phrases import load_matcher
from worker.core.settlement import read_settlement
from worker.core.signals import CUSTOMER, Signal, read_signals
from worker.core.thread import read_thread

_CONFIRMS = frozenset({"solved", "own_fault", "content", "thanks", "workaround_ok"})
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
    """The customer's word after `since`, read in the order of events: what they say last about it holds."""
    thread = read_thread(ticket)
    signals = read_signals(thread, load_matcher())
    settlement = read_settlement(thread, signals)
    if settlement.is_open:
        denials = [
            signal for signal in signals.find(_DENIES, CUSTOMER) if signal.at is not None and signal.at > since
        ]
        return _tell(denials[-1], Word.DENIED) if denials else None
    turn = thread.utterances[settlement.turn]
    if turn.speaker is not Speaker.CUSTOMER or turn.at <= since or not settlement.accepted:
        return None
    said = signals.find(_CONFIRMS, CUSTOMER, after=settlement.turn - 1, until=settlement.turn)
    return _tell(said[0], Word.CONFIRMED) if said else None


def find_last_word_at(ticket: Ticket) -> datetime | None:
    """When the customer spoke last."""
    staff = {person.id for person in ticket.people if person.is_staff}
    said = (one.created_at for one in ticket.comments if one.public and one.author_id not in staff)
    return max(said, default=None)


def _tell(signal: Signal, word: Word) -> CustomerAnswer:
    fact = "the customer confirms it" if word is Word.CONFIRMED else "the customer says that it is not solved"
    assert signal.at is not None, "words in comments have their time"  # noqa: S101
    return CustomerAnswer(word=word, at=signal.at, evidence=signal.tell(fact))
