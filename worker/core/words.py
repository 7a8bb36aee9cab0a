"""Turns a sentence into words that can be compared: lower case, without accents, contractions opened."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"https?://\S+|[\w.+-]{1,64}@[\w-]+\.[\w.-]+|\d+(?:[.,:/]\d+)*%?|[^\W_]+(?:['’`´][^\W\d_]+)*|[^\w\s]|_+",
)
_HARD = frozenset(';.:()[]–—!?|…•"“”„«»')
_SPLIT_LEFT = frozenset(
    ["l", "d", "n", "s", "j", "c", "m", "t", "qu", "jusqu", "lorsqu", "puisqu", "quelqu", "aujourd"]
)
_RIGHT = {"s": "is", "re": "are", "ve": "have", "ll": "will", "d": "would", "m": "am", "t": "not"}
_WHOLE = {
    "cannot": ("can", "not"), "cant": ("can", "not"), "wont": ("will", "not"), "dont": ("do", "not"),
    "doesnt": ("does", "not"), "didnt": ("did", "not"), "isnt": ("is", "not"), "arent": ("are", "not"),
    "wasnt": ("was", "not"), "couldnt": ("could", "not"), "wouldnt": ("would", "not"), "havent": ("have", "not"),
    "hasnt": ("has", "not"), "shouldnt": ("should", "not"), "im": ("i", "am"), "ive": ("i", "have"),
}  # fmt: skip
_STEMS = {"can": "can", "ca": "can", "wo": "will", "sha": "shall"}
_LIGATURES = str.maketrans({"ß": "ss", "œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "ð": "d", "þ": "th", "ı": "i"})
_TOLD_APART = ("würde", "könnte", "sí")
_MOST_WORDS = 260


@dataclass(frozen=True, slots=True)
class Word:
    """A folded word, a number or a mark; `is_break` ends a clause."""

    text: str
    is_break: bool = False
    is_mark: bool = False


def fold(text: str) -> str:
    """`text` in lower case and without accents, but for the few words that an accent alone tells apart."""
    lowered = text.lower().translate(_LIGATURES)
    if lowered.startswith(_TOLD_APART):
        lowered = lowered.replace("ü", "ue").replace("ö", "oe").replace("í", "ii")
    if lowered.isascii():
        return lowered
    return "".join(letter for letter in unicodedata.normalize("NFD", lowered) if not unicodedata.combining(letter))


def split_words(text: str) -> tuple[Word, ...]:
    """The words of a sentence, at most 260."""
    words: list[Word] = []
    for match in _TOKEN.finditer(text):
        words.extend(_open(match[0]))
        if len(words) >= _MOST_WORDS:
            break
    return tuple(words[:_MOST_WORDS])


def _open(seen: str) -> Iterator[Word]:
    first = seen[0]
    if not (first.isalnum() or first == "_"):
        if seen in "'`´’-_*":
            return
        yield Word(seen, is_break=seen in _HARD, is_mark=True)
        return
    if seen.startswith(("http://", "https://")):
        yield Word("<url>")
        return
    if first.isdigit():
        yield Word(seen)
        return
    folded = fold(seen).replace("’", "'").replace("`", "'").replace("´", "'")
    if "'" not in folded:
        for part in _WHOLE.get(folded, (folded,)):
            yield Word(part)
        return
    yield from _open_contraction(folded)


def _open_contraction(folded: str) -> Iterator[Word]:
    left, right = folded.split("'", 1)
    if (left in _SPLIT_LEFT and len(right) > 2) or left in {"n", "qu", "j", "c", "jusqu"}:  # noqa: PLR2004
        yield Word(left)
        yield Word(right)
    elif right == "t" and left.endswith("n"):
        stem = left[:-1]
        yield Word(_STEMS.get(stem, stem))
        yield Word("not")
    else:
        yield Word(left)
        if right in _RIGHT:
            yield Word(_RIGHT[right])
        elif right:
            yield Word(right)
