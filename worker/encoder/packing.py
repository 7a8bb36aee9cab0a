"""Vectors as they are stored: one signed byte per dimension, scaled so that the largest is 127."""

from typing import Any

_LARGEST = 127.0


def pack(numpy: Any, vector: Any) -> bytes:
    """The bytes of a vector, which loses its length; empty for a vector without one."""
    largest = float(numpy.abs(vector).max(initial=0.0))
    if largest == 0.0:
        return b""
    return bytes(numpy.rint(vector * (_LARGEST / largest)).astype(numpy.int8).tobytes())


def unpack(numpy: Any, packed: bytes) -> Any:
    """The unit vector, in single precision."""
    vector = numpy.frombuffer(packed, dtype=numpy.int8).astype(numpy.float32)
    return vector / numpy.linalg.norm(vector)
