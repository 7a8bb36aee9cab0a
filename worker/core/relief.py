"""Whether somebody says outright that it is well now, or that it is not: what may stand down or close an escalation.

A wrong end is worse than a late one, so only plain words count, in sentences that neither ask, suppose nor promise.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from re import Pattern

from connectors.records import Ticket
from worker.core.assessment import Speaker
from worker.core.relief_phrases import DENIES, EASED, FOUND, HEALED, SOLVED, SPOILS, SUPPOSES, UNTIL
from worker.core.sentences import SentenceKind
from worker.core.thread import Thread, Utterance, read_thread


class Relief(StrEnum):
    """solved: it works. healed: it went away. eased: a way around it is good enough. found: support can settle it.

    denied: it is not solved.
    """

    SOLVED = "solved"
    HEALED = "healed"
    EASED = "eased"
    FOUND = "found"
    DENIED = "denied"


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """One such sentence: what it says, who says it and when, in their own words."""

    relief: Relief
    speaker: Speaker
    at: datetime
    quote: str


_LONGEST = 300
_OURS = (Speaker.AGENT, Speaker.INTERNAL)


_BY_CUSTOMER: Mapping[Relief, Pattern[str]] = {
    Relief.HEALED: HEALED,
    Relief.EASED: EASED,
    Relief.SOLVED: SOLVED,
}
_BY_US: Mapping[Relief, Pattern[str]] = {Relief.FOUND: FOUND, Relief.HEALED: HEALED}
_NEGATIVES = frozenset({Relief.HEALED, Relief.FOUND})
"""Told with a negation themselves ("not a bug", "has not happened again")."""


def find_said(ticket: Ticket, since: datetime) -> Said | None:
    """The last decisive word on the ticket after `since`: the customer's, or our own people's about the cause.

    Within one message a denial outweighs the rest.
    """
    return next(_walk_back(read_thread(ticket), since), None)


def find_customer_said(ticket: Ticket, since: datetime) -> Said | None:
    """The customer's last decisive word after `since`."""
    return next((one for one in _walk_back(read_thread(ticket), since) if one.speaker is Speaker.CUSTOMER), None)


def _walk_back(thread: Thread, since: datetime) -> Iterator[Said]:
    for utterance in reversed(thread.utterances):
        if utterance.at <= since:
            return
        if utterance.is_auto_reply or utterance.speaker is Speaker.SYSTEM:
            continue
        said = list(_read_utterance(utterance))
        denied = next((one for one in said if one.relief is Relief.DENIED), None)
        if denied is not None or said:
            yield denied or said[0]


def _read_utterance(utterance: Utterance) -> Iterator[Said]:
    is_ours = utterance.speaker in _OURS
    for sentence in utterance.sentences:
        text = sentence.text[:_LONGEST]
        relief = _read_sentence(text, is_ours=is_ours, asks=sentence.kind is SentenceKind.QUESTION)
        if relief is not None:
            quote = " ".join(text.split())
            yield Said(relief=relief, speaker=utterance.speaker, at=utterance.at, quote=quote)


def _read_sentence(text: str, *, is_ours: bool, asks: bool) -> Relief | None:
    if asks or text.rstrip().endswith("?"):
        return None
    patterns = _BY_US if is_ours else _BY_CUSTOMER
    relief = next((relief for relief, pattern in patterns.items() if pattern.search(text)), None)
    if relief is not None and not _is_spoilt(relief, text):
        return relief
    return Relief.DENIED if not is_ours and DENIES.search(text) else None


def _is_spoilt(relief: Relief, text: str) -> bool:
    """Supposed, promised, or taken back in the same breath."""
    if SUPPOSES.search(text) or (relief is not Relief.EASED and UNTIL.search(text)):
        return True
    if relief in _NEGATIVES:
        return False
    return bool(SPOILS.search(text) or DENIES.search(text))
