"""Classes of words that mean much the same in the four languages, so that what is learnt in one serves in all."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_SHORTEST_STEM = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Meanings:
    """Which classes a folded word belongs to: by the whole word, by how it begins, by what it holds."""

    words: Mapping[str, tuple[str, ...]]
    stems: Mapping[str, tuple[str, ...]]
    parts: tuple[tuple[str, str], ...]

    def list_classes(self, word: str) -> tuple[str, ...]:
        """The classes of `word`, sorted; empty for a word of no class."""
        found = set(self.words.get(word, ()))
        for end in range(_SHORTEST_STEM, len(word) + 1):
            found.update(self.stems.get(word[:end], ()))
        found.update(name for part, name in self.parts if part in word)
        return tuple(sorted(found))


@cache
def load_meanings() -> Meanings:
    """The shipped classes of words."""
    path = files("mappings").joinpath("defaults", "reader", "meanings.toml")
    words: dict[str, set[str]] = {}
    stems: dict[str, set[str]] = {}
    parts: set[tuple[str, str]] = set()
    for name, listed in tomllib.loads(path.read_text(encoding="utf-8"))["meanings"].items():
        for entry in listed.split():
            if entry.startswith("*"):
                parts.add((entry.strip("*"), name))
            elif entry.endswith("*"):
                stems.setdefault(entry[:-1], set()).add(name)
            else:
                words.setdefault(entry, set()).add(name)
    return Meanings(words=_freeze(words), stems=_freeze(stems), parts=tuple(sorted(parts)))


def _freeze(classes: Mapping[str, set[str]]) -> dict[str, tuple[str, ...]]:
    return {entry: tuple(sorted(names)) for entry, names in classes.items()}
