"""Cuts a passage of plain text into sentences that keep their place in the comment they come from."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class SentenceKind(StrEnum):
    """What a sentence does: tell, ask, or stand in a list of steps."""

    STATEMENT = "statement"
    QUESTION = "question"
    STEP = "step"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """One sentence. `text` has its white space collapsed; `start` and `end` locate it in the comment's body."""

    text: str
    start: int
    end: int
    kind: SentenceKind = SentenceKind.STATEMENT


_WRAPPED_AT = 58
_LONGEST = 1200
_STEP = re.compile(
    r"(?<![ \t])[ \t]*+(?:\d{1,2}[.)]|[-*•–]|\(\d{1,2}\)|(?:step|schritt|paso|étape)\s\d{1,2}\b[.:)]?)[ \t]+", re.I
)
_STOP = re.compile(r"(?<![.!?…。！？])[.!?…。！？]+[\"'”’»)\]]{0,3}(?=\s|$)|[。！？]")
_ABBREVIATION = re.compile(
    r"(?:^|[^\w'’])(?:e\.g|i\.e|approx|vs|nr|dr|prof|mr|mrs|ms|bzw|z\.\s?b|d\.\s?h|u\.\s?a|ca|inkl|zzgl|ggf"
    r"|evtl|hr|fr"
    r"|sr|sra|ud|uds|p\.\s?ej|mme|abs|fig|vol|[a-z])\.$",
    re.I,
)
_SOFT_ABBREVIATION = re.compile(
    r"(?:^|[^\w'’])(?:etc|no|st|inc|ltd|co|usw|tel|art|max|min|std|sec|jan|feb|mar|apr|jun|jul|aug|sept?|o[ck]t|nov"
    r"|de[cz]|\d{1,2})\.$",
    re.I,
)
_LOWER = re.compile(r"(?<!\s)\s+[a-zà-ÿ\d]")
_MONTH = re.compile(r"(?<!\s)\s+(?:jan|feb|mär|apr|mai|jun|jul|aug|sep|okt|nov|dez)[a-zä]*\b", re.I)
_ASKS = re.compile(
    r"^(?:(?:hi|hello|hallo|hey|hola|bonjour|and|but|so|und|aber|also|y|pero|et|mais|thanks|danke)\b[\s,!]+){0,3}"
    r"(?:how (?:do|can|could|would|should|to)\b|what(?:'s| is| are| do| does| would)\b|where (?:is|are|do"
    r"|can)\b|why (?:is|are|do|does|did)\b"
    r"|when (?:is|will|can|do)\b|which\b|who (?:is|can)\b|(?:can|could|may|would|should|is|are|does|do|did|will"
    r"|has|have) (?:i|we|you|it|there|this|that|the|they|anyone|somebody|someone)\b"
    r"|wie (?:kann|können|geht|macht|lange|komme|stelle|richte)\b|wo (?:ist|sind|finde|kann)\b|warum\b|wann\b"
    r"|was (?:ist|muss|kann|bedeutet)\b|(?:kann|können|könnten|könntet|gibt|ist|sind|haben|hat|darf|wäre|muss"
    r"|müssen) (?:ich|wir|man|sie|ihr|es|das|die|der|jemand)\b"
    r"|¿|cómo\b|como puedo\b|dónde\b|por qué\b|cuándo\b|qué\b|(?:puedo|podemos|podéis|pueden|podrían|podríais"
    r"|hay|es posible)\b"
    r"|comment\b|où\b|pourquoi\b|quand\b|quel(?:le)?s?\b|est-ce\b|qu'est-ce\b|(?:puis-je|peut-on|pouvez-vous"
    r"|pourriez-vous|y a-t-il|avez-vous|existe-t-il)\b)",
    re.I,
)

# A sentence that ends like a statement is still a question when it opens like one of these.
_ASKS_POLITELY = re.compile(
    r"^(?:(?:can|could|would|may) (?:i|we|you)\b|how (?:do|can) (?:i|we|you)\b|is there (?:a|any)\b|¿|est-ce\b"
    r"|(?:können|könnten|kann|gibt) (?:sie|ich|wir|es)\b|(?:pouvez|pourriez)-vous\b|podrían?\b)",
    re.I,
)


def cut_sentences(clean: str, start: int, end: int) -> Iterator[Sentence]:
    """The sentences of `clean[start:end]`; `clean` has the same length as the body that it stands for."""
    for piece_start, piece_end, is_step in _cut_lines(clean, start, end):
        for low, high in _cut_piece(clean, piece_start, piece_end):
            text = " ".join(clean[low:high].split())
            if any(letter.isalnum() for letter in text):
                yield Sentence(text=text, start=low, end=high, kind=_tell_kind(text, is_step=is_step))


def _tell_kind(text: str, *, is_step: bool) -> SentenceKind:
    if text.rstrip("\"'”’»)] ").endswith(("?", "？", "؟")):
        return SentenceKind.QUESTION
    if is_step:
        return SentenceKind.STEP
    asks = _ASKS_POLITELY if text.endswith((".", "!", ":")) else _ASKS
    return SentenceKind.QUESTION if asks.match(text[:120]) else SentenceKind.STATEMENT


def _cut_lines(clean: str, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """Blocks that a line break ends for good: mail wrapped at a margin goes on, list items and short lines do not."""
    block_start, is_step, at = start, False, start
    while at < end:
        stop = clean.find("\n", at, end)
        stop = end if stop < 0 else stop
        step = _STEP.match(clean, at, stop)
        if step:
            if block_start < at:
                yield block_start, at, is_step
            block_start, is_step = step.end(), True
        line_length = stop - at
        following = clean[stop + 1 : min(stop + 3, end)]
        goes_on = line_length >= _WRAPPED_AT and following[:1].strip() and not _STEP.match(clean, stop + 1, end)
        if not goes_on and block_start < stop:
            yield block_start, stop, is_step
            block_start, is_step = stop + 1, False
        elif not goes_on:
            block_start, is_step = stop + 1, False
        at = stop + 1
    if block_start < end:
        yield block_start, end, is_step


def _cut_piece(clean: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    low = start
    for stop in _STOP.finditer(clean, start, end):
        if stop[0] == "." and _only_abbreviates(clean, max(low, stop.end() - 12), stop.end()):
            continue
        yield from _trim(clean, low, stop.end())
        low = stop.end()
    yield from _trim(clean, low, end)


def _only_abbreviates(clean: str, low: int, stop: int) -> bool:
    """True when the dot before `stop` ends an abbreviation or an ordinal, not the sentence."""
    before = clean[low:stop]
    if _ABBREVIATION.search(before):
        return True
    return _SOFT_ABBREVIATION.search(before) is not None and bool(
        _LOWER.match(clean, stop) or _MONTH.match(clean, stop)
    )


def _trim(clean: str, low: int, high: int) -> Iterator[tuple[int, int]]:
    """The span without the white space around it, in pieces no longer than a reader would follow."""
    while low < high and clean[low].isspace():
        low += 1
    while high > low and clean[high - 1].isspace():
        high -= 1
    while high - low > _LONGEST:
        cut = clean.rfind(" ", low + 1, low + _LONGEST)
        cut = low + _LONGEST if cut <= low else cut
        yield low, cut
        low = cut + 1 if clean[cut : cut + 1].isspace() else cut
    if low < high:
        yield low, high
