"""No regular expression of the project explodes: twice the text takes about twice the time."""

import time

import pytest

from tests.hostile.expressions import list_attacks, list_expressions

EXPRESSIONS = list_expressions()
_SHORT, _LONG = 2_000, 16_000
_ENOUGH_S = 0.1
"""What eight times the text may take in any case; the slowest honest expression needs a quarter of it."""
_RATIO = 24.0
"""Eight times the text: 8 is linear, 64 is quadratic."""
_TAILS = ("", "\x00", "!")


def measure(pattern: "object", text: str, best_of: int = 1) -> float:
    """Seconds of computing to look through the text for all matches."""
    times = []
    for _ in range(best_of):
        began = time.thread_time()
        for _found in pattern.finditer(text):  # type: ignore[attr-defined]
            pass
        times.append(time.thread_time() - began)
    return min(times)


def repeat(seed: str, length: int, tail: str) -> str:
    return (seed * (length // len(seed) + 1))[:length] + tail


def test_there_are_expressions_to_look_at() -> None:
    assert len(EXPRESSIONS) > 80


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_an_expression_takes_time_in_proportion_to_its_text(name: str) -> None:
    pattern = EXPRESSIONS[name]
    for seed in list_attacks(pattern):
        for tail in _TAILS:
            if measure(pattern, repeat(seed, _LONG, tail)) < _ENOUGH_S:
                continue
            short = measure(pattern, repeat(seed, _SHORT, tail), best_of=5)
            long = measure(pattern, repeat(seed, _LONG, tail), best_of=3)
            assert long < _ENOUGH_S or long < short * _RATIO, (
                f"{seed!r} and {tail!r}: {_SHORT} characters {short:.4f} s, {_LONG} characters {long:.4f} s"
            )
