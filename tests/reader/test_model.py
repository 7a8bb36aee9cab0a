"""The shipped weights are whole, small, made for these concepts and word classes, and packed without loss."""

import hashlib
import json
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.reader.concepts import Concept
from worker.reader.features import list_word_features, split_tokens
from worker.reader.meanings import load_meanings
from worker.reader.model import BadWeights, load_model, pack_line, unpack_model

FOLDER = files("mappings").joinpath("defaults", "reader")
WEIGHTS = FOLDER.joinpath("weights.txt").read_bytes()


def test_weights_match_their_checksum_and_stay_small():
    assert (
        hashlib.sha256(WEIGHTS).hexdigest() == FOLDER.joinpath("weights.sha256").read_text(encoding="ascii").strip()
    )
    assert len(WEIGHTS) <= 1_500_000


def test_weights_were_trained_with_the_shipped_word_classes():
    head = json.loads(WEIGHTS.split(b"\n", 1)[0])
    assert head["meanings"] == hashlib.sha256(FOLDER.joinpath("meanings.toml").read_bytes()).hexdigest()


def test_each_concept_has_cutoffs_in_order():
    cutoffs = load_model().cutoffs
    assert len(cutoffs) == len(Concept)
    assert all(0 < one.proposed <= one.sure < 1 for one in cutoffs)


@given(
    st.lists(
        st.tuples(st.integers(0, len(Concept) - 1), st.integers(-45, 45).filter(bool)), min_size=1, max_size=6
    ).map(lambda pairs: sorted(dict(pairs).items()))
)
def test_packed_weights_come_back(pairs):
    head = json.dumps(
        {
            "step": 0.5,
            "concepts": [
                {"id": one.value, "slope": 1.0, "offset": 0.0, "proposed": 0.5, "sure": 0.9} for one in Concept
            ],
        }
    )
    model = unpack_model(f"{head}\n{pack_line('w:data', pairs)}\n", load_meanings())
    assert model.weights["w:data"] == tuple((index, weight * 0.5) for index, weight in pairs)


def test_weights_for_other_concepts_are_refused():
    with pytest.raises(BadWeights, match="other concepts"):
        unpack_model('{"step":1,"concepts":[]}\n', load_meanings())


@pytest.mark.parametrize(
    ("word", "name"),
    [("verschwunden", "lose"), ("datensatzes", "data"), ("perdidos", "lose"), ("effacee", "erase"), ("zqx", "")],
)
def test_a_word_belongs_to_classes_whatever_its_ending(word, name):
    classes = load_meanings().list_classes(word)
    assert name in classes if name else classes == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Déjà vu, n'est-ce pas ?", ("deja", "vu", "n", "est-ce", "pas", "?")),
        ("Größe 1.000,5 kg!", ("grosse", "0", "kg")),
        ("can’t", ("can", "t")),
        ("", ()),
    ],
)
def test_words_are_folded(text, words):
    assert split_tokens(text) == words


def test_a_word_gives_itself_and_its_pieces():
    assert list_word_features("ab") == ("w:ab", "c:<ab", "c:ab>", "c:<ab>")
