"""Fits the weights of `mappings/defaults/patterns/weights.toml` on the authored training products.

    python -m tests.patterns.train OUT.toml [--encoder]

Pairs are taken as the detector meets them: every ticket with its candidates. Groups are judged as they grow while the
fitted pair weights run, with and without the incidents' tickets and at windows of 14 and 30 days. The hold-out is
not read. `--encoder` fits the weights for comparison by meaning too; without it those of OUT.toml stay.
"""

import argparse
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from mappings.loader import load_policy
from mappings.pattern_words import PatternWeights, Weights, load_pattern_words
from tests.patterns.authored import Stream, make_stream, read_blocks
from tests.patterns.logistic import Sample, fit_logistic
from tests.patterns.streams import read_report
from worker.core.patterns.detector import Detector, LaneLimits, Terms
from worker.core.patterns.encoder import Encoder, VectorWindow
from worker.core.patterns.reading import Reader
from worker.core.patterns.report import Member
from worker.core.patterns.scoring import Likeness, describe_pair

PRODUCTS = ("fulfilment", "learning")
SEEDS = 6
WINDOWS = (14, 30)
_CUES = ("least_fault", "most_ask", "most_single", "least_onset", "sum_mass", "most_routine", "log_hours")
WORDS_PAIR = ("words", "concepts", *_CUES)
MEANING_PAIR = ("similarity", "concepts", *_CUES)
GROUP = (
    "mean_odds", "least_odds", "contrast", "least_similarity", "mean_fault", "mean_ask", "mean_single", "mean_mass",
    "mean_onset", "log_span",
)  # fmt: skip
_FIRST_GUESS = Weights(bias=-4.0, features={"words": 10.0, "concepts": 3.0})
_NOTHING = Weights(bias=-9.0, features={})
_PAIR_PENALTY, _GROUP_PENALTY = 1.0, 40.0
_KEEP_NEGATIVE = 4


@dataclass(kw_only=True)
class Recorder(Detector):
    """A detector that records the features of all it judges."""

    pairs: dict[tuple[str, str], dict[str, float]] = field(default_factory=dict)
    judged: list[tuple[tuple[str, ...], dict[str, float], bool]] = field(default_factory=list)

    def judge_pair(self, member: Member, other: Member, likeness: Likeness) -> float:
        """As the detector does; remembers the pair."""
        if member.customer != other.customer:
            self.pairs[member.id, other.id] = describe_pair(member, other, likeness)
        return super().judge_pair(member, other, likeness)

    def judge_group(self, members: Sequence[Member]) -> tuple[float, bool]:
        """As the detector does; remembers the group."""
        judged, by_meaning = self._select_judged(members)
        self.judged.append((tuple(member.id for member in members), self.describe(judged), by_meaning))
        return super().judge_group(members)


@dataclass(frozen=True)
class Meaning:
    """How to make an encoder's vectors, if at all."""

    encoder: Encoder | None = None
    make_window: type[VectorWindow] | None = None


def record(stream: Stream, weights: PatternWeights, days: int, meaning: Meaning, reader: Reader) -> Recorder:
    """Runs a stream through a recorder."""
    join = load_policy().patterns.join
    recorder = Recorder(
        terms=Terms(
            window=timedelta(days=days),
            customers=3,
            limits=LaneLimits(words={}, meaning={}),
            weights=weights,
            join_chance=join.by_words if meaning.encoder is None else join.by_meaning,
            unite_chance=join.unite,
        ),
        reader=reader,
        encoder=meaning.encoder,
        vectors=meaning.make_window() if meaning.make_window else None,
    )
    for row in stream.tickets:
        recorder.observe(read_report(row))
    return recorder


def list_pair_samples(stream: Stream, recorder: Recorder) -> Iterable[Sample]:
    """The recorded pairs with their labels; of the many pairs that differ one in four, four times as heavy."""
    labels = {row["id"]: row for row in stream.labels}
    for number, ((one, other), features) in enumerate(recorder.pairs.items()):
        same = labels[one]["issue"] == labels[other]["issue"] and labels[one]["kind"] != "chronic"
        if same:
            yield Sample(features, 1.0, 1.0)
        elif number % _KEEP_NEGATIVE == 0:
            yield Sample(features, 0.0, float(_KEEP_NEGATIVE))


def list_group_samples(stream: Stream, recorder: Recorder) -> Iterable[tuple[Sample, bool]]:
    """The recorded groups; one is right when at least half of it, and two reports, are one incident."""
    labels = {row["id"]: row for row in stream.labels}
    kinds = {row["issue"]: row["kind"] for row in stream.labels}
    for tickets, features, by_meaning in recorder.judged:
        issue, count = Counter(labels[ticket]["issue"] for ticket in tickets).most_common(1)[0]
        right = kinds[issue] == "incident" and count > 1 and 2 * count >= len(tickets)
        yield Sample(features, float(right), 1.0), by_meaning


def fit(streams: Sequence[Stream], meaning: Meaning) -> tuple[Weights, Weights]:
    """Weights of pairs and of groups, by meaning when there is an encoder and by words when not."""
    reader = Reader(load_pattern_words())
    with_meaning = meaning.encoder is not None
    names = MEANING_PAIR if with_meaning else WORDS_PAIR
    first = PatternWeights(
        words_pair=_FIRST_GUESS, words_group=_NOTHING, meaning_pair=_FIRST_GUESS, meaning_group=_NOTHING
    )
    samples = [
        sample
        for stream in streams
        for sample in list_pair_samples(stream, record(stream, first, max(WINDOWS), meaning, reader))
        if ("similarity" in sample.features) == with_meaning
    ]
    pair = fit_logistic(samples, names, _PAIR_PENALTY)
    weights = PatternWeights(words_pair=pair, words_group=_NOTHING, meaning_pair=pair, meaning_group=_NOTHING)
    groups = [
        sample
        for days in WINDOWS
        for stream in streams
        for version in (stream, stream.drop_incidents())
        for sample, by_meaning in list_group_samples(version, record(version, weights, days, meaning, reader))
        if by_meaning == with_meaning
    ]
    return pair, fit_logistic(groups, GROUP, _GROUP_PENALTY)


def write_weights(path: Path, parts: Mapping[str, Weights]) -> None:
    """Writes the weights as TOML."""
    lines = ["# Fitted by tests/patterns/train.py on the products " + ", ".join(PRODUCTS) + "; do not edit by hand."]
    for name, weights in parts.items():
        lines += ["", f"[{name}]", f"bias = {weights.bias:.4f}", "", f"[{name}.features]"]
        lines += [f"{feature} = {weight:.4f}" for feature, weight in weights.features.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Fits and writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--encoder", action="store_true")
    arguments = parser.parse_args()
    streams = [make_stream(read_blocks(product), seed) for product in PRODUCTS for seed in range(SEEDS)]
    parts = dict(zip(("words_pair", "words_group"), fit(streams, Meaning()), strict=True))
    if arguments.encoder:
        from worker.encoder.minilm import load_minilm  # noqa: PLC0415 - needs the optional packages
        from worker.encoder.vector_window import NumpyVectors  # noqa: PLC0415

        meaning = Meaning(load_minilm(), NumpyVectors)
        parts |= dict(zip(("meaning_pair", "meaning_group"), fit(streams, meaning), strict=True))
    else:
        kept = PatternWeights.model_validate(tomllib.loads(arguments.out.read_text(encoding="utf-8")))
        parts |= {"meaning_pair": kept.meaning_pair, "meaning_group": kept.meaning_group}
    write_weights(arguments.out, parts)


if __name__ == "__main__":
    main()
