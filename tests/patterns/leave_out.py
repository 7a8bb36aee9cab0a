"""Prints how detection does on each product with weights to which that product added nothing. Needs `[semantic]`.

    python -m tests.patterns.leave_out [--stream PREFIX ...] [--raise LIMIT ...] [--suggest LIMIT ...]

This is what limits and features are chosen by: each product stands for a desk that nobody has seen. Streams scatter,
so each line ends with the standard deviation of recall over them.
"""

import argparse
import statistics
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from mappings.pattern_words import PatternWeights
from tests.patterns.authored import Stream, make_stream, read_blocks
from tests.patterns.scorer import Score, run_stream, score_steps
from tests.patterns.train import PRODUCTS, Training, make_recorder, read_encoder, read_streams
from worker.core.patterns.report import Lane

_SEEDS = (200, 201, 202)
_DAYS = 14


def score_product(
    streams: Sequence[Stream], weights: PatternWeights, limit: float, *, by_meaning: bool
) -> list[tuple[Score, Score]]:
    """The scores of one limit on each stream, with its incidents and without."""
    found = []
    for stream in streams:
        scores = []
        for form in (stream, stream.drop_incidents()):
            detector = make_recorder(weights, _DAYS, read_encoder() if by_meaning else None, limit)
            scores.append(score_steps(form, run_stream(detector, form), Lane.SUGGEST))
        found.append((scores[0], scores[1]))
    return found


def main() -> None:
    """Fits and judges."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stream", type=Path, nargs="*", default=[])
    parser.add_argument("--raise", type=float, nargs="*", default=[0.45], dest="raises")
    parser.add_argument("--suggest", type=float, nargs="*", default=[0.2])
    arguments = parser.parse_args()
    streams = read_streams("", arguments.stream)
    judged = {
        product: [make_stream(read_blocks(product), seed) for seed in _SEEDS] if product in PRODUCTS else own
        for product, own in streams.items()
    }
    training = Training(streams)
    fitted = training.fit()
    for by_meaning, limits in ((True, arguments.raises), (False, arguments.suggest)):
        for limit in limits:
            score = partial(score_product, limit=limit, by_meaning=by_meaning)
            sys.stdout.write(f"{'by meaning' if by_meaning else 'by words'} from a score of {limit}\n")
            found = training.ask(lambda product, score=score: (score, judged[product], fitted.leave_out(product)))
            for product, scores in (*found.items(), ("all", [one for own in found.values() for one in own])):
                sys.stdout.write(f"  {product:<12}{describe(scores)}\n")


def describe(scores: Sequence[tuple[Score, Score]]) -> str:
    """Precision, recall, false alarms on the background, and scatter."""
    total, background = sum_up([one for one, _ in scores]), sum_up([one for _, one in scores])
    scatter = statistics.pstdev([one.recall for one, _ in scores])
    return (
        f"precision {total.precision:.3f} recall {total.recall:.3f} F1 {total.f1:.3f}"
        f" background {background.false_per_thousand:.2f} per 1,000 scatter {scatter:.3f}"
    )


def sum_up(scores: Sequence[Score]) -> Score:
    """All streams as one."""
    return sum(scores[1:], scores[0])


if __name__ == "__main__":
    main()
