"""The policy of patterns: what it accepts, what it refuses, and mutes."""

from pathlib import Path

import pytest

from mappings.loader import load_policy
from mappings.mistakes import PolicyProblem
from mappings.pattern_words import load_pattern_weights, load_pattern_words
from mappings.patterns import Mute
from tests.patterns.features import GROUP, MEANING_PAIR, WORDS_PAIR
from worker.core.patterns.mutes import MuteList
from worker.encoder.minilm import MiniLm


def load(tmp_path: Path, text: str) -> object:
    (tmp_path / "patterns.toml").write_text(text, encoding="utf-8")
    return load_policy(tmp_path).patterns


def test_shipped_words_only_suggest() -> None:
    lanes = load_policy().patterns.lanes
    assert lanes.raises.by_words == "never"
    assert isinstance(lanes.suggest.by_words, float)


def test_an_overlay_changes_one_lane(tmp_path: Path) -> None:
    rules = load(tmp_path, '[lanes.raise]\nby_meaning = "never"\n')
    assert rules.lanes.raises.by_meaning == "never"  # type: ignore[attr-defined]
    assert rules.lanes.suggest == load_policy().patterns.lanes.suggest  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text",
    [
        "[lanes.raise]\nby_meaning = 1.5\n", '[lanes.raise]\nby_meaning = "always"\n', 'slow_window = "1d"\n',
        'window = "0s"\n', "[join]\nunite = 0\n", '[[mute]]\nid = "a"\nphrases = []\n', "customers = 1\n",
    ],
)  # fmt: skip
def test_mistakes_are_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(PolicyProblem, match=r"patterns\.toml"):
        load(tmp_path, text)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("When is the next webinar?", True),
        ("Die Webinare gefallen uns", True),
        ("> webinar\nok", False),
        ("web", False),
    ],
)
def test_mutes(body: str, expected: bool) -> None:
    assert MuteList((Mute(id="seminar", phrases=("webinar*",)),)).covers("Question", body) is expected


def test_no_mutes_cover_nothing() -> None:
    assert not MuteList(()).covers("anything", "at all")


def test_weights_have_the_features_that_the_training_fits() -> None:
    weights = load_pattern_weights()
    assert tuple(weights.words_pair.features) == WORDS_PAIR
    assert tuple(weights.meaning_pair.features) == MEANING_PAIR
    assert tuple(weights.words_group.features) == tuple(weights.meaning_group.features) == GROUP
    assert len(weights.mood.meaning) == 384
    assert weights.mood.encoder == MiniLm.name
    assert weights.mood.words["since"] > 0 > weights.mood.words["how"]


def test_word_lists_are_folded() -> None:
    words = load_pattern_words()
    phrases = [phrase for lists in words.cues.values() for listed in lists.values() for phrase in listed]
    phrases += [phrase for listed in words.concepts.values() for phrase in listed]
    assert all(phrase == phrase.lower().strip() for phrase in phrases)
    assert all(set(words.cues[cue]) >= {"en", "de", "es", "fr"} for cue in words.cues)
