"""Finds phrases of word lists in a sequence of words; time grows with the words, not with the lists."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase found: the list it stands in, and the words from `start` up to `end`."""

    name: str
    start: int
    end: int


class PhraseIndex:
    """Named lists of phrases. A star at the end of a word stands for any ending, a star alone for any word."""

    def __init__(self, lists: Mapping[str, Iterable[str]]) -> None:
        self._whole: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        self._stems: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        for name, phrases in lists.items():
            for phrase in phrases:
                first, *rest = phrase.split()
                table = self._stems if first.endswith("*") else self._whole
                table.setdefault(first.rstrip("*"), []).append((name, tuple(rest)))
        self._lengths = tuple(sorted({len(stem) for stem in self._stems}))

    def find(self, words: Sequence[str]) -> Iterator[Found]:
        """Every phrase in `words`, by place; phrases may overlap."""
        for start, word in enumerate(words):
            for name, rest in self._list_starts(word):
                end = start + 1 + len(rest)
                if end <= len(words) and all(map(_fits, rest, words[start + 1 : end])):
                    yield Found(name, start, end)

    def _list_starts(self, word: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        yield from self._whole.get(word, ())
        for length in self._lengths:
            if length > len(word):
                return
            yield from self._stems.get(word[:length], ())


def _fits(pattern: str, word: str) -> bool:
    return word.startswith(pattern[:-1]) if pattern.endswith("*") else word == pattern
