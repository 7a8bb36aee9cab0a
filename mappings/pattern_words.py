"""The word lists and fitted weights of pattern detection, from `defaults/patterns/*.toml`."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from mappings.rules import Rules

Lists = Mapping[str, tuple[str, ...]]


class PatternWords(Rules):
    """Lists per language. `cues` are by cue, then language; `concepts` mix languages on purpose."""

    cues: Mapping[str, Lists]
    concepts: Lists
    function: Lists
    courtesy: Lists
    freemail: frozenset[str]


class Weights(Rules):
    """A fitted logistic regression: the log odds are `bias` plus each feature times its weight."""

    bias: float
    features: Mapping[str, float]


class Mood(Rules):
    """Two regressions of one report: does it sound like one of many about a fault, by its words, by its vector.

    `words` and `cues` are added up with `bias`. `meaning` has one weight for each dimension of the vectors of the
    encoder named `encoder`, and stands beside the first. `center` is the mean of such vectors over all desks.
    """

    bias: float
    cues: Mapping[str, float]
    words: Mapping[str, float]
    encoder: str
    meaning_bias: float
    meaning: tuple[float, ...]
    center: tuple[float, ...]


class PatternWeights(Rules):
    """The regressions of a report, and of a pair and a group by words alone and by meaning too."""

    mood: Mood

    words_pair: Weights
    words_group: Weights
    meaning_pair: Weights
    meaning_group: Weights


@cache
def load_pattern_words() -> PatternWords:
    """The shipped word lists."""
    filler = _read("filler")
    return PatternWords(
        cues=_read("cues"),
        concepts=_read("concepts"),
        function=filler["function"],
        courtesy=filler["courtesy"],
        freemail=frozenset(_read("freemail")["domains"]),
    )


@cache
def load_pattern_weights() -> PatternWeights:
    """The shipped weights; how they were fitted is told in their file."""
    return PatternWeights.model_validate({**_read("weights"), "mood": _read("mood")})


def _read(name: str) -> dict[str, Any]:
    path = files("mappings").joinpath("defaults", "patterns", f"{name}.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
