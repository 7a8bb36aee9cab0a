"""Prints the processor time of a ticket and the memory with a number of reports in the window, as one JSON object.

    python -m tests.patterns.bench SIZE [--encoder]

The window is filled with members mixed from authored ones, as a restart would fill it; then fresh reports are timed.
"""

import argparse
import gc
import json
import random
import resource
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from mappings.loader import load_policy
from tests.patterns.authored import make_stream, read_blocks
from tests.patterns.streams import read_report
from worker.core.patterns.counts import DeskCounts
from worker.core.patterns.detector import Detector
from worker.core.patterns.encoder import Encoder
from worker.core.patterns.report import Link, Member, Report, Vector
from worker.core.patterns.setting import build_detector
from worker.core.patterns.vectors import read_vector, write_vector

_TIMED = 200
_CUSTOMERS = 2_000
_MEGABYTE = 1 << 20


def make_detector(encoder: Encoder | None, counts: DeskCounts | None = None) -> Detector:
    """A detector as the policy sets it."""
    rules = load_policy().patterns
    if encoder is None:
        return build_detector(rules, counts=counts)
    from worker.encoder.vector_window import NumpyVectors  # noqa: PLC0415 - needs the optional packages

    return build_detector(rules, encoder=encoder, vectors=NumpyVectors(), counts=counts)


def load_encoder() -> Encoder:
    """The shipped encoder."""
    from worker.encoder.minilm import load_minilm  # noqa: PLC0415 - needs the optional packages

    return load_minilm()


def list_reports(product: str, seed: int) -> list[Report]:
    """The reports of an authored stream."""
    return [read_report(row) for row in make_stream(read_blocks(product), seed).tickets]


def fill(detector: Detector, samples: list[Member], count: int, rng: random.Random) -> None:
    """Restores members with the words of two samples and a vector turned from one, spread over 29 days."""
    start = samples[0].at
    for number in range(count):
        one, other = rng.choice(samples), rng.choice(samples)
        links = tuple(
            Link(ticket=f"b{rng.randrange(number)}", chance=link.chance, similarity=link.similarity)
            for link in one.links
            if number
        )
        member = Member(
            id=f"b{number}",
            customer=f"c{rng.randrange(_CUSTOMERS)}",
            at=start + timedelta(days=29 * number / count),
            group=f"b{number}",
            language=one.language,
            words=_mix(one.words, other.words),
            concepts=one.concepts,
            cues=one.cues,
            found=one.found,
            sentences=one.sentences,
            mood=one.mood,
            leaning=one.leaning,
            meaning=_turn(one.meaning, rng),
            links=links,
        )
        detector.restore([member], [])


def _mix(one: Vector, other: Vector) -> Vector:
    mixed = {**dict(list(read_vector(other))[::2]), **dict(list(read_vector(one))[::2])}
    return write_vector([(number, weight * 0.7) for number, weight in mixed.items()])


def _turn(packed: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(packed)) if packed else 0
    return packed[at:] + packed[:at]


def measure(size: int, encoder: Encoder | None) -> dict[str, float]:
    """Milliseconds of processor time a ticket, and the memory of the process in MB, with `size` reports kept."""
    sampler = make_detector(encoder)
    samples = [sampler.observe(report).member for report in list_reports("payroll", 1)]
    detector = make_detector(encoder, sampler.counts)
    fill(detector, samples, size, random.Random(5))
    newest = detector.newest
    del samples, sampler
    gc.collect()
    times = []
    for report in list_reports("hosting", 2)[:_TIMED]:
        placed = replace(report, id=f"n{report.id}", at=report.at.fromtimestamp(newest, report.at.tzinfo))
        began = time.process_time()
        detector.observe(placed)
        times.append(1000 * (time.process_time() - began))
    times.sort()
    return {"median": times[len(times) // 2], "p95": times[len(times) * 95 // 100], "memory": read_memory()}


def read_memory() -> float:
    """The resident memory in MB: of now where the system tells it (Linux), else the most there was."""
    statm = Path("/proc/self/statm")
    if statm.is_file():
        return int(statm.read_text(encoding="ascii").split()[1]) * resource.getpagesize() / _MEGABYTE
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("size", type=int)
    parser.add_argument("--encoder", action="store_true")
    arguments = parser.parse_args()
    encoder = load_encoder() if arguments.encoder else None
    sys.stdout.write(json.dumps(measure(arguments.size, encoder)) + "\n")


if __name__ == "__main__":
    main()
