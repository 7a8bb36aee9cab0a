"""A ticket's sentences with who said them and when: what facts are picked from."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from worker.core.assessment import Speaker
from worker.core.sentences import Sentence
from worker.core.thread import Thread, Utterance

_GREETING = re.compile(
    r"^(?:hi|hello|hey|hiya|dear|good (?:morning|afternoon|evening)|morning|afternoon|kia ora|guten (?:tag"
    r"|morgen)|hallo|moin|servus"
    r"|sehr geehrte\w*|liebe\w*|hola|buen[oa]s (?:d[ií]as|tardes)|estimad\w+|bonjour"
    r"|bonsoir)(?: [\w.'’-]{1,20}){0,3}[,!:.–-]+\s+(?=\S)",
    re.IGNORECASE,
)
_LONGEST_READ = 600
_LONGEST_KEPT = 400


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """Something somebody said: `start` and `end` locate it in the comment's body (characters)."""

    text: str
    speaker: Speaker
    at: datetime
    comment_id: int | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """Something that was tried and, where somebody told, what it showed."""

    action: Fact
    result: Fact | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """A sentence with the utterance it belongs to; `order` counts utterances from 0."""

    sentence: Sentence
    utterance: Utterance
    order: int

    @property
    def speaker(self) -> Speaker:
        """Who says it."""
        return self.utterance.speaker

    @property
    def text(self) -> str:
        """The sentence without its greeting, as far as patterns are tried on it."""
        return self.own_text[:_LONGEST_READ]

    @property
    def own_text(self) -> str:
        """The sentence without its greeting, with a capital letter."""
        return drop_greeting(self.sentence.text)


def drop_greeting(text: str) -> str:
    """Return the text without the greeting it begins with, with a capital letter ("iOS" stays as it is)."""
    bare = _GREETING.sub("", text, count=1)
    return bare[:1].upper() + bare[1:] if bare[:1].islower() and not bare[1:2].isupper() else bare


def list_told(thread: Thread) -> tuple[Told, ...]:
    """All sentences of people, in order of time."""
    return tuple(
        Told(sentence=sentence, utterance=utterance, order=order)
        for order, utterance in enumerate(thread.utterances)
        if utterance.speaker is not Speaker.SYSTEM
        for sentence in utterance.sentences
    )


def make_fact(told: Told, text: str | None = None) -> Fact:
    """The fact that a sentence, or the part `text` of it, tells."""
    words = clip_words(told.own_text if text is None else text.strip(" \t,;:.-→>"))
    start, end = (told.sentence.start, told.sentence.end) if text is None else _find_span(told, words)
    return Fact(
        text=words,
        speaker=told.speaker,
        at=told.utterance.at,
        comment_id=told.utterance.comment_id,
        start=start,
        end=end,
    )


def _find_span(told: Told, words: str) -> tuple[int, int]:
    """Where a part of the sentence stands in the body; the whole sentence when its white space differs there."""
    sentence = told.sentence
    said = told.utterance.body[sentence.start : sentence.end].lower()
    at = said.find(words.rstrip("…").lower())
    if at < 0 or len(said) != sentence.end - sentence.start:
        return sentence.start, sentence.end
    return sentence.start + at, sentence.start + at + len(words.rstrip("…"))


def find_told(
    told: Iterable[Told], cue: re.Pattern[str], *speakers: Speaker, where: Callable[[Told], bool] | None = None
) -> Told | None:
    """The first sentence of these speakers (all, when none is named) that shows the cue."""
    for one in told:
        if (not speakers or one.speaker in speakers) and cue.search(one.text) and (where is None or where(one)):
            return one
    return None


def find_last_told(told: Sequence[Told], cue: re.Pattern[str], *speakers: Speaker) -> Told | None:
    """The last sentence of these speakers that shows the cue."""
    return find_told(reversed(told), cue, *speakers)


def clip_words(text: str, limit: int = _LONGEST_KEPT) -> str:
    """The text on one line, cut at a word when it is longer than `limit` characters."""
    flat = " ".join(text.split())
    if len(flat) <= limit:
        return flat
    room = flat[: limit - 1]
    return (room[: room.rfind(" ")] if " " in room[limit // 2 :] else room).rstrip(" ,;:-") + "…"
