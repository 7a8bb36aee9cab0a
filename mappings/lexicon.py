"""The words by which meaning is recognised: concepts (classes of words) and cues (shapes of sentences).

The lists are package data in `defaults/lexicon/*.toml`. A concept is a list of phrases; a cue is a list of
patterns over words and concepts:

    word  wor*  *word  *wor*   a word, folded to lower case without accents; `a|b` gives alternatives
    (two words|another)        alternatives of several words; brackets may stand in brackets
    {concept}                  a phrase of that concept
    ..   ...                   a gap of up to five words within the clause, of up to twelve within the sentence
    x?                         may be absent
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import model_validator

from mappings.rules import Rules

_NAME = re.compile(r"\{(\w+)\}")


class Cue(Rules):
    """One shape of sentence; `hints` are patterns that say the same less surely.

    The three switches say what becomes of a match that is negated, supposed or asked.
    """

    patterns: tuple[str, ...]
    hints: tuple[str, ...] = ()
    negated: Literal["denied", "kept"] = "denied"
    supposed: Literal["supposed", "kept"] = "supposed"
    asked: Literal["asked", "kept"] = "asked"


class Lexicon(Rules):
    """All concepts and cues, from every file of the folder."""

    concepts: Mapping[str, tuple[str, ...]]
    cues: Mapping[str, Cue]

    @model_validator(mode="after")
    def _check_names(self) -> "Lexicon":
        used = {
            name
            for cue in self.cues.values()
            for pattern in (*cue.patterns, *cue.hints)
            for name in _NAME.findall(pattern)
        } | {name for phrases in self.concepts.values() for phrase in phrases for name in _NAME.findall(phrase)}
        unknown = sorted(used - set(self.concepts))
        if unknown:
            raise ValueError(f"patterns name unknown concepts: {', '.join(unknown)}")
        return self


@cache
def load_lexicon() -> Lexicon:
    """The shipped word lists; raises ValueError when two files define the same name.

    `[more]` and `[hints]` in a file add patterns and hints to cues of other files.
    """
    concepts: dict[str, Any] = {}
    cues: dict[str, Any] = {}
    more: list[tuple[str, dict[str, list[str]]]] = []
    folder = files("mappings").joinpath("defaults", "lexicon")
    for path in sorted(folder.iterdir(), key=lambda one: one.name):
        if path.name.endswith(".toml"):
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
            _add(concepts, tables.get("concepts", {}), path.name)
            _add(cues, tables.get("cues", {}), path.name)
            more += [("patterns", tables.get("more", {})), ("hints", tables.get("hints", {}))]
    for kind, table in more:
        for name, patterns in table.items():
            cues[name][kind] = [*cues[name].get(kind, []), *patterns]
    return Lexicon.model_validate({"concepts": concepts, "cues": cues})


def _add(known: dict[str, Any], new: dict[str, Any], file_name: str) -> None:
    twice = sorted(set(known) & set(new))
    if twice:
        raise ValueError(f"{file_name}: defined before: {', '.join(twice)}")
    known.update(new)
