"""WordPiece as BERT's uncased models read text: lower case, no accents, longest known piece first."""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

_LONGEST_WORD = 100
_UNKNOWN = "[UNK]"


class WordPiece:
    """Splits text into numbers of pieces. `start` and `end` are the marks around every text."""

    def __init__(self, pieces: tuple[str, ...]) -> None:
        self._numbers = {piece: number for number, piece in enumerate(pieces)}
        self._unknown = self._numbers[_UNKNOWN]
        self.start = self._numbers["[CLS]"]
        self.end = self._numbers["[SEP]"]
        self._split_word = lru_cache(maxsize=20_000)(self._cut_word)

    def split(self, text: str, most: int) -> tuple[int, ...]:
        """The first `most` pieces of a text, without the marks around it."""
        numbers: list[int] = []
        for word in _split_words(text):
            numbers.extend(self._split_word(word))
            if len(numbers) >= most:
                break
        return tuple(numbers[:most])

    def _cut_word(self, word: str) -> tuple[int, ...]:
        if len(word) > _LONGEST_WORD:
            return (self._unknown,)
        numbers, start = [], 0
        while start < len(word):
            end = len(word)
            while end > start and (piece := ("##" if start else "") + word[start:end]) not in self._numbers:
                end -= 1
            if end == start:
                return (self._unknown,)
            numbers.append(self._numbers[piece])
            start = end
        return tuple(numbers)


def load_minilm_wordpiece() -> WordPiece:
    """The vocabulary of MiniLM-L6 (that of BERT uncased, Apache License 2.0)."""
    text = files("worker.encoder").joinpath("minilm_vocab.txt").read_text(encoding="utf-8")
    return WordPiece(tuple(text.split("\n")[:-1]))


def _split_words(text: str) -> Iterator[str]:
    letters: list[str] = []
    for letter in unicodedata.normalize("NFD", text.lower()):
        category = unicodedata.category(letter)
        if category == "Mn" or letter in "\ufffd\u200d":
            continue
        if category[0] == "Z" or letter in "\t\n\r" or category[0] == "C":
            if letters:
                yield "".join(letters)
                letters = []
        elif category[0] in "PS" or _is_ideograph(letter):
            if letters:
                yield "".join(letters)
                letters = []
            yield letter
        else:
            letters.append(letter)
    if letters:
        yield "".join(letters)


def _is_ideograph(letter: str) -> bool:
    return "\u3400" <= letter <= "\u9fff" or "\uf900" <= letter <= "\ufaff"
