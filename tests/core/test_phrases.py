"""The pattern language of the lexicon, and how a thing is said."""

import pytest

from mappings.lexicon import Lexicon, load_lexicon
from worker.core.phrases import Matcher, Mood, load_matcher

GRAMMAR = {
    "light": ["the|a|is|was"],
    "negator": ["not|no|nicht"],
    "near_negator": ["without"],
    "no_negator": ["not only"],
    "supposing": ["if|would"],
    "but": ["but"],
}


def match(pattern: str, text: str, **switches: str) -> list[Mood]:
    lexicon = Lexicon.model_validate(
        {
            "concepts": GRAMMAR | {"thing": ["red box", "ball*"]},
            "cues": {"cue": {"patterns": [pattern], **switches}},
        }
    )
    return [one.mood for one in Matcher(lexicon).find_cues(text, is_question=text.endswith("?"))]


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("lost data", "We lost data", True),
        ("lost data", "We lost the data", True),
        ("lost data", "We lost some data", False),
        ("lost .. data", "We lost some data", True),
        ("lost .. data", "We lost it. Some data", False),
        ("lost ... data", "We lost it. Some data", True),
        ("lost .. data", "lost one two three four five six data", False),
        ("los* data|files", "losing files", True),
        ("*verlust", "Ein Datenverlust", True),
        ("*ata*", "metadatas", True),
        ("(lost it|found them) now", "found them now", True),
        ("(lost it|found them) now", "found now", False),
        ("{thing} gone", "red box gone", True),
        ("{thing} gone", "the balls gone", True),
        ("very? bad", "bad", True),
        ("can not open", "can't open", True),
        ("ca ne va pas", "ça ne va pas", True),
    ],
)
def test_patterns(pattern: str, text: str, *, matches: bool) -> None:
    assert bool(match(pattern, text)) is matches


@pytest.mark.parametrize(
    ("text", "mood"),
    [
        ("we lost data", Mood.ASSERTED),
        ("we have not lost data", Mood.DENIED),
        ("it works without lost data", Mood.DENIED),
        ("not only lost data", Mood.ASSERTED),
        ("it was not slow, but lost data", Mood.ASSERTED),
        ("if we lost data", Mood.SUPPOSED),
        ("have we lost data?", Mood.ASKED),
    ],
)
def test_moods(text: str, mood: Mood) -> None:
    assert match("lost data", text) == [mood]


def test_a_cue_may_keep_what_is_supposed_or_asked() -> None:
    assert match("lost data", "if we lost data?", supposed="kept", asked="kept") == [Mood.ASSERTED]


@pytest.mark.parametrize(
    "text",
    [
        "the of and to with for it was",
        "und der die das mit für es war",
        "y el la los con para es de",
        "et le la les avec pour c'est de",
        "we have to be there",
        "I need it",
    ],
)
def test_function_words_alone_signal_nothing(text: str) -> None:
    assert [one.cue for one in load_matcher().find_cues(text, is_question=False)] == []


def test_brackets_must_match() -> None:
    with pytest.raises(ValueError, match="brackets"):
        match("(lost data", "x")


def test_unknown_concepts_are_named() -> None:
    with pytest.raises(ValueError, match="nowhere"):
        Lexicon.model_validate({"concepts": {}, "cues": {"cue": {"patterns": ["{nowhere}"]}}})


def test_the_shipped_lexicon_loads_once() -> None:
    assert load_lexicon() is load_lexicon()
    assert len(load_lexicon().cues) > 40
