"""What the reader looks at in a sentence: words, neighbours, parts of words, meanings, negation, speaker.

The shapes must stay as they are while the weights file was trained with them; `train.py` beside the corpus makes
new weights.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:-[^\W\d_]+)?|[?]")
_LIGATURES = str.maketrans({"ß": "ss", "œ": "oe", "æ": "ae", "ø": "o"})
_APOSTROPHES = str.maketrans({"’": "'", "`": "'", "´": "'"})
_NEGATIONS = frozenset({
    "not", "no", "never", "none", "nothing", "without", "nobody", "cannot", "isn", "doesn", "don", "didn",
    "won", "wasn", "haven", "hasn", "nicht", "kein", "keine", "keinen", "keiner", "nichts", "nie", "ohne",
    "niemand", "sin", "nada", "nunca", "ningun", "ninguna", "nadie", "tampoco", "ne", "pas", "aucun",
    "aucune", "rien", "jamais", "sans", "personne", "plus",
})  # fmt: skip
_NEGATION_REACH = 4
_MOST_LETTERS = 1_200
_MOST_WORDS = 80
_WORD_LETTERS = 32
_SHORTEST_PIECE, _LONGEST_PIECE = 3, 5
_PAIR_REACH = 6

# How much a feature of each kind weighs before training; a word's many short pieces together weigh about one word.
SHARES = {"w": 1.0, "c": 0.35, "b": 0.8, "n": 0.8, "m": 0.5, "p": 0.6}


def weigh_feature(feature: str) -> float:
    """The value that `feature` has in a sentence before the sentence's length is taken into account."""
    return SHARES.get(feature[0], 1.0) if feature[1:2] == ":" else 1.0


def split_tokens(text: str) -> tuple[str, ...]:
    """The folded words of `text` (lower case, no accents), numbers as `0`, and `?`; at most 80."""
    lowered = text[:_MOST_LETTERS].lower().translate(_LIGATURES).translate(_APOSTROPHES)
    if not lowered.isascii():
        lowered = "".join(one for one in unicodedata.normalize("NFD", lowered) if not unicodedata.combining(one))
    found = (match[0] for match in _TOKEN.finditer(lowered.replace("'", " ")))
    return tuple(
        "0" if one[0].isdigit() else one[:_WORD_LETTERS] for _, one in zip(range(_MOST_WORDS), found, strict=False)
    )


@lru_cache(maxsize=20_000)
def list_pieces(word: str) -> tuple[str, ...]:
    """The character runs of 3 to 5 letters of a word with its edges marked."""
    framed = f"<{word}>"
    return tuple(
        "c:" + framed[start : start + size]
        for size in range(_SHORTEST_PIECE, min(_LONGEST_PIECE, len(framed)) + 1)
        for start in range(len(framed) - size + 1)
    )


def list_word_features(word: str) -> tuple[str, ...]:
    """The features that a word has wherever it stands."""
    return ("w:" + word, *(list_pieces(word) if word.isalpha() or "-" in word else ()))


def list_joint_features(
    words: Sequence[str], meanings: Sequence[tuple[str, ...]], speaker: str, language: str
) -> Iterator[str]:
    """The features that words have together, or with the speaker; `meanings` are the classes of each word."""
    yield "speaker:" + speaker
    yield "language:" + language
    if "?" in words:
        yield "asks"
        yield "asks:" + speaker
    if len(words) < 6:  # noqa: PLR2004  # short answers are told differently
        yield "short:" + speaker
    if words:
        yield "first:" + words[0]
    yield from _list_neighbours(words)
    yield from _list_negated(words, meanings)
    yield from _list_meaning_pairs(meanings, speaker)


def _list_neighbours(words: Sequence[str]) -> Iterator[str]:
    for left, right in pairwise(words):
        yield f"b:{left} {right}"


def _list_negated(words: Sequence[str], meanings: Sequence[tuple[str, ...]]) -> Iterator[str]:
    reach = 0
    for word, classes in zip(words, meanings, strict=True):
        if word in _NEGATIONS:
            reach = _NEGATION_REACH
        elif reach:
            reach -= 1
            yield "n:" + word
            for one in classes:
                yield "n:" + one


def _list_meaning_pairs(meanings: Sequence[tuple[str, ...]], speaker: str) -> Iterator[str]:
    placed = [(at, one) for at, classes in enumerate(meanings) for one in classes]
    for number, (at, one) in enumerate(placed):
        yield f"m:{one}"
        yield f"m:{one}:{speaker}"
        for later, other in placed[number + 1 : number + 9]:
            if later - at > _PAIR_REACH:
                break
            if later > at:
                yield f"p:{one} {other}"
