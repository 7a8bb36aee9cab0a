"""Takes secrets and personal data out of text and leaves a visible mark.

Masking keeps every character's place: each removed one becomes a private character that stands for its kind. So a
masked ticket can be read, quoted, cut at a word and pointed into as before, and nothing can be cut in half and then
slip through. Spelling turns a run of them into its mark at the very end.
"""

import re
from collections import Counter
from collections.abc import Set as AbstractSet

from mappings.escaping import INVISIBLE
from mappings.identifiers import find_identifiers
from mappings.leaks import find_leaks
from mappings.redaction import Removal

_FIRST = 0xE100
_KINDS = tuple(Removal)
_CODES = {kind: chr(_FIRST + index) for index, kind in enumerate(_KINDS)}
_ANY = re.compile(f"[{chr(_FIRST)}-{chr(_FIRST + len(_KINDS) - 1)}]")
_RUN = re.compile("|".join(f"{code}+" for code in _CODES.values()))


def mask_text(text: str, kinds: AbstractSet[Removal]) -> str:
    """Return the text with what is of these kinds masked; its length stays the same."""
    if not kinds:
        return text
    spans = [span for span in (*find_leaks(text), *find_identifiers(text)) if span[2] in kinds]
    visible, places = _drop_invisible(text)
    if len(visible) < len(text):
        hidden = (span for span in (*find_leaks(visible), *find_identifiers(visible)) if span[2] in kinds)
        spans += [(places[start], places[end - 1] + 1, kind) for start, end, kind in hidden]
    letters = list(text)
    for start, end, kind in sorted(spans, key=lambda span: _KINDS.index(span[2]), reverse=True):
        letters[start:end] = _CODES[kind] * (end - start)
    return "".join(letters)


def clear_marks(text: str) -> str:
    """Return the text without characters that would read as masks of ours; its length stays the same."""
    return _ANY.sub(" ", text)


def spell_marks(text: str) -> str:
    """Return the masked text with visible marks: "[removed: card number]"."""
    return _RUN.sub(lambda run: f"[removed: {_KINDS[ord(run[0][0]) - _FIRST].value}]", text)


def count_masks(texts: list[str]) -> tuple[tuple[str, int], ...]:
    """How many places of each kind are masked in these texts, by the kind's name, in the order of kinds."""
    counts = Counter(ord(run[0][0]) - _FIRST for text in texts for run in _RUN.finditer(text))
    return tuple((kind.value, counts[index]) for index, kind in enumerate(_KINDS) if counts[index])


def _drop_invisible(text: str) -> tuple[str, list[int]]:
    """The text as a reader sees it, and where each character stands: nobody hides a number with blank marks."""
    if INVISIBLE.search(text) is None:
        return text, []
    places = [at for at, letter in enumerate(text) if INVISIBLE.match(letter) is None]
    return "".join(text[at] for at in places), places
