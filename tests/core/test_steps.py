"""The fast search finds what the plain one finds, on the shipped lexicon and on patterns made to break it."""

from collections.abc import Mapping
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.lexicon import load_lexicon
from tests.core.naive_matching import find_end
from worker.core.phrases import load_matcher
from worker.core.steps import Atoms, Line, Step, build_search, compile_pattern, list_needs
from worker.core.words import Word, split_words

WORDS = ("a", "b", "c", "the", "of", ",", ".", "not")
CONCEPTS = ("light", "x", "y")
literals = st.sampled_from(["a", "b", "c", "the", "a|b", "a*", "{x}", "{y}", "a|{x}", "b?", "{x}?", "a|{y}?"])


@st.composite
def groups(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    options = draw(st.lists(st.lists(inner, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=3))
    return f"({'|'.join(options)}){draw(st.sampled_from(['', '?']))}"


items = st.recursive(literals | st.sampled_from(["..", "..."]), groups, max_leaves=6)
patterns = st.lists(items, min_size=1, max_size=5).map(" ".join)


@st.composite
def lines(draw: st.DrawFn) -> tuple[list[str], list[dict[str, int]]]:
    texts = draw(st.lists(st.sampled_from(WORDS), max_size=14))
    spans: list[dict[str, int]] = []
    for at in range(len(texts)):
        names = draw(st.lists(st.sampled_from(CONCEPTS), max_size=2, unique=True))
        spans.append({name: draw(st.integers(at + 1, len(texts))) for name in names})
    return texts, spans


@given(pattern=patterns, drawn=lines())
@settings(max_examples=600)
def test_any_pattern_is_found_where_the_plain_search_finds_it(
    pattern: str, drawn: tuple[list[str], list[dict[str, int]]]
) -> None:
    """Gaps, groups in groups, steps that may be left out, light words between: the end is the same, or none."""
    atoms = Atoms()
    steps = compile_pattern(pattern, atoms)
    texts, spans = drawn
    words = [Word(text, is_break=text in ",.") for text in texts]
    line = Line(words=words, atoms=[atoms.look_up(text) for text in texts], spans=spans)
    _compare(steps, line)


@cache
def compile_shipped() -> tuple[Atoms, tuple[tuple[Step, ...], ...]]:
    atoms, lexicon = Atoms(), load_lexicon()
    concepts = [phrase for phrases in lexicon.concepts.values() for phrase in phrases]
    cues = [pattern for cue in lexicon.cues.values() for pattern in (*cue.patterns, *cue.hints)]
    return atoms, tuple(compile_pattern(pattern, atoms) for pattern in (*concepts, *cues))


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_shipped_pattern_is_found_where_the_plain_search_finds_it(data: st.DataObject) -> None:
    """Sentences made of the lexicon's own words, so that much of it nearly matches."""
    vocabulary = _list_vocabulary()
    texts = data.draw(st.lists(st.sampled_from(vocabulary), min_size=1, max_size=25))
    text = " ".join(texts)
    spans: list[Mapping[str, int]] = [
        {name: data.draw(st.integers(at + 1, at + 2))}
        for at, name in enumerate(data.draw(st.lists(st.sampled_from(_list_concepts()), max_size=len(texts))))
    ]
    atoms, compiled = compile_shipped()
    words = split_words(text)
    spans = [*spans, *({} for _ in words)][: len(words)]
    line = Line(words=words, atoms=[atoms.look_up(word.text) for word in words], spans=spans)
    for steps in compiled:
        _compare(steps, line)


def test_what_a_pattern_needs_is_told() -> None:
    """Only what must be there: no gap, nothing optional, and not its beginning."""
    atoms = Atoms()
    steps = compile_pattern("a .. (b|{x}) c? {y}", atoms)
    needs = list_needs(steps)
    assert [need.concepts for need in needs] == [{"x"}, {"y"}]
    assert needs[0].atoms == atoms.look_up("b")


def test_the_shipped_lexicon_is_read_from_beginning_to_end() -> None:
    assert load_matcher().find_cues("", is_question=False) == ()


def _compare(steps: tuple[Step, ...], line: Line) -> None:
    search, needs = build_search(steps), list_needs(steps)
    held = frozenset().union(*line.atoms), frozenset().union(*line.spans)
    for at in range(len(line.words)):
        end = find_end(steps, at, line)
        assert search(at, line) == end
        if end is not None:
            assert all(need.atoms & held[0] or need.concepts & held[1] for need in needs)


@cache
def _list_vocabulary() -> tuple[str, ...]:
    lexicon = load_lexicon()
    texts = [phrase for phrases in lexicon.concepts.values() for phrase in phrases]
    texts += [pattern for cue in lexicon.cues.values() for pattern in cue.patterns]
    pieces = {piece.strip("*") for text in texts for piece in text.translate(_PLAIN).split()}
    return tuple(sorted(piece for piece in pieces if piece.isalpha()))


_PLAIN = str.maketrans(dict.fromkeys("(){}|?.", " "))


@cache
def _list_concepts() -> tuple[str, ...]:
    return tuple(sorted(load_lexicon().concepts))
