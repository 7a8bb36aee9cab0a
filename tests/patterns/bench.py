"""Prints the time of a ticket and the memory with 1,000, 10,000 and 100,000 reports in the window.

    python -m tests.patterns.bench [--encoder] [--sizes 1000 10000 100000]

The window is filled with members mixed from authored ones, as a restart would fill it; then fresh reports are timed.
"""

import argparse
import random
import resource
import sys
import time
from dataclasses import replace
from datetime import timedelta

from mappings.loader import load_policy
from tests.patterns.authored import make_stream, read_blocks
from tests.patterns.streams import read_report
from worker.core.patterns.detector import Detector
from worker.core.patterns.encoder import Encoder
from worker.core.patterns.report import Group, Member, Vector
from worker.core.patterns.setting import build_detector

_TIMED = 300


def make_detector(encoder: Encoder | None) -> Detector:
    """A detector as the policy sets it."""
    rules = load_policy().patterns
    if encoder is None:
        return build_detector(rules)
    from worker.encoder.vector_window import NumpyVectors  # noqa: PLC0415 - needs the optional packages

    return build_detector(rules, encoder=encoder, vectors=NumpyVectors())


def load_encoder() -> Encoder:
    """The shipped encoder."""
    from worker.encoder.minilm import load_minilm  # noqa: PLC0415 - needs the optional packages

    return load_minilm()


def mix_members(samples: list[Member], count: int, rng: random.Random) -> list[Member]:
    """Members with the words of two samples and a vector shuffled from one, spread over 29 days."""
    members = []
    start = samples[0].at
    for number in range(count):
        one, other = rng.choice(samples), rng.choice(samples)
        members.append(
            replace(
                one,
                id=f"m{number}",
                customer=f"c{rng.randrange(count // 5 + 1)}",
                at=start + timedelta(days=29 * number / count),
                group=f"m{number}",
                words=_mix(one.words, other.words),
                links=(),
                meaning=_turn(one.meaning, rng),
            )
        )
    return members


def _mix(one: Vector, other: Vector) -> Vector:
    return tuple((term, weight * 0.7) for term, weight in {**dict(other[::2]), **dict(one[::2])}.items())


def _turn(packed: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(packed)) if packed else 0
    return packed[at:] + packed[:at]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", action="store_true")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000])
    arguments = parser.parse_args()
    rng = random.Random(5)
    encoder = load_encoder() if arguments.encoder else None
    sampler = make_detector(encoder)
    rows = [row for product in ("fulfilment", "learning") for row in make_stream(read_blocks(product), 1).tickets]
    samples = [sampler.observe(read_report(row)).member for row in rows]
    fresh = [read_report(row) for row in make_stream(read_blocks("clinic"), 2).tickets][:_TIMED]
    for size in arguments.sizes:
        detector = make_detector(encoder)
        detector.counts = replace(
            sampler.counts, terms=dict(sampler.counts.terms), pieces=dict(sampler.counts.pieces)
        )
        members = mix_members(samples, size, rng)
        detector.restore(members, [Group(id=member.id) for member in members])
        newest = members[-1].at
        times = []
        for report in fresh:
            started = time.perf_counter()
            detector.observe(replace(report, at=newest))
            times.append(1000 * (time.perf_counter() - started))
        times.sort()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        sys.stdout.write(
            f"{size:>7} reports: median {times[len(times) // 2]:.1f} ms, p95 {times[len(times) * 95 // 100]:.1f} ms,"
            f" peak memory {peak:.0f} MB\n"
        )
        del detector, members


if __name__ == "__main__":
    main()
