"""Fits `mappings/defaults/patterns/weights.toml` and `mood.toml` on labelled streams. Needs the extra `[semantic]`.

    python -m tests.patterns.train FOLDER [--without PRODUCT] [--stream PREFIX ...]

The streams are those of the authored training products, and any others of the same form, named `PRODUCT-NAME`. Each
product is judged with a mood that was fitted on the others, so that later steps see it as for new products. Pairs are
taken as the detector meets them: every ticket with its candidates. Groups are judged as they grow while the fitted
pair weights run, with looser joining, in streams of which many incidents were thinned to one or two reports: what
sounds like an incident and has no fellows is the hardest thing to leave alone. The hold-out is not read.
`--without` leaves out one product more, to see how the method does on it.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

from mappings.loader import load_policy
from mappings.pattern_words import Mood, PatternWeights, Weights, load_pattern_words
from tests.patterns.authored import Stream, make_stream, read_blocks, read_stream
from tests.patterns.features import GROUP, MEANING_PAIR, WORDS_PAIR
from tests.patterns.logistic import Sample, fit_logistic
from tests.patterns.moods import Voice, fit_mood
from tests.patterns.streams import read_report
from worker.core.patterns.detector import Detector, LaneLimits, Terms
from worker.core.patterns.encoder import Encoder
from worker.core.patterns.reading import Reader, list_mood_words
from worker.core.patterns.report import Member
from worker.core.patterns.scoring import Likeness, describe_pair
from worker.encoder.minilm import MiniLm, load_minilm
from worker.encoder.vector_window import NumpyVectors

PRODUCTS = ("fulfilment", "learning", "clinic", "payroll", "hosting")
_SEEDS = (300, 301)
_DAYS = (35, 16)
_WINDOWS = (14, 30)
_LOOSER = (0.5, 0.8)
_NO_MOOD = Mood(bias=0.0, cues={}, words={}, encoder="", meaning_bias=0.0, meaning=())
_FIRST_GUESS = Weights(bias=-4.0, features={"words": 10.0, "concepts": 3.0})
_NOTHING = Weights(bias=-9.0, features={})
_PAIR_PENALTY, _GROUP_PENALTY = 1.0, 10.0
_KEEP_NEGATIVE = 4


@dataclass(kw_only=True)
class Recorder(Detector):
    """A detector that records the features of all it judges."""

    by_words: dict[tuple[str, str], dict[str, float]] = field(default_factory=dict)
    by_meaning: dict[tuple[str, str], dict[str, float]] = field(default_factory=dict)
    judged: list[tuple[tuple[str, ...], dict[str, float], bool]] = field(default_factory=list)

    def judge_pair(self, member: Member, other: Member, likeness: Likeness) -> float:
        """As the detector does; remembers the pair as it is with the encoder and without."""
        if member.customer != other.customer:
            key, by_words = (member.id, other.id), replace(likeness, meaning=None)
            self.by_words[key] = describe_pair(member, other, by_words)
            if likeness.meaning is not None:
                self.by_meaning[key] = describe_pair(member, other, likeness)
        return super().judge_pair(member, other, likeness)

    def judge_group(self, members: Sequence[Member]) -> tuple[float, bool]:
        """As the detector does; remembers the group."""
        judged, by_meaning = self._select_judged(members)
        features = self.describe(judged, by_meaning=by_meaning)
        self.judged.append((tuple(member.id for member in members), features, by_meaning))
        return super().judge_group(members)

    def list_voices(self, product: str, stream: Stream) -> Iterator[Voice]:
        """What the mood of the stream's reports is judged by."""
        kinds = {row["id"]: row["kind"] for row in stream.labels}
        for row in stream.tickets:
            report = read_report(row)
            text = self.reader.read(report, self.counts.is_boilerplate).text
            member = self._read(report, muted=False)
            yield Voice(product, kinds[member.id] == "incident", list_mood_words(text), member.cues, member.meaning)


class RememberingMiniLm(MiniLm):
    """The shipped encoder, which reads each text once."""

    def __init__(self, encoder: MiniLm) -> None:
        super().__init__(encoder._session, encoder._numpy, encoder._pieces)
        self._states: dict[tuple[int, ...], Any] = {}

    def read_states(self, pieces: Sequence[int]) -> Any:
        """As the encoder does, from memory where possible."""
        key = tuple(pieces)
        if key not in self._states:
            self._states[key] = super().read_states(pieces)
        return self._states[key]


def make_recorder(weights: PatternWeights, days: int, encoder: Encoder | None, looser: float = 1.0) -> Recorder:
    """A recorder that joins as the policy says, or `looser` times as readily."""
    join = load_policy().patterns.join
    chance = join.by_words if encoder is None else join.by_meaning
    return Recorder(
        terms=Terms(
            window=timedelta(days=days),
            customers=3,
            limits=LaneLimits(words={}, meaning={}),
            weights=weights,
            join_chance=chance * looser,
            unite_chance=join.unite * looser,
        ),
        reader=Reader(load_pattern_words(), weights.mood),
        encoder=encoder,
        vectors=NumpyVectors() if encoder else None,
    )


def record(recorder: Recorder, stream: Stream) -> Recorder:
    """Runs a stream through a recorder."""
    for row in stream.tickets:
        recorder.observe(read_report(row))
    return recorder


def list_pair_samples(stream: Stream, pairs: Mapping[tuple[str, str], Mapping[str, float]]) -> Iterator[Sample]:
    """Recorded pairs with their labels; of the many pairs that differ one in four, four times as heavy."""
    labels = {row["id"]: row for row in stream.labels}
    for number, ((one, other), features) in enumerate(pairs.items()):
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


@cache
def read_encoder() -> RememberingMiniLm:
    """The encoder of this process."""
    return RememberingMiniLm(load_minilm())


def gather_voices(product: str, streams: Sequence[Stream]) -> list[Voice]:
    """What moods are fitted on, of one product."""
    recorder = make_recorder(_gather(_FIRST_GUESS, _FIRST_GUESS, _NO_MOOD), max(_WINDOWS), read_encoder())
    return list(recorder.list_voices(product, streams[0]))


def gather_pairs(streams: Sequence[Stream], mood: Mood) -> tuple[list[Sample], list[Sample]]:
    """The pairs of one product as they are by words and by meaning."""
    words: list[Sample] = []
    meanings: list[Sample] = []
    weights = _gather(_FIRST_GUESS, _FIRST_GUESS, mood)
    for stream in streams:
        recorder = record(make_recorder(weights, max(_WINDOWS), read_encoder()), stream)
        words += list_pair_samples(stream, recorder.by_words)
        meanings += list_pair_samples(stream, recorder.by_meaning)
    return words, meanings


def gather_groups(
    streams: Sequence[Stream], mood: Mood, pairs: tuple[Weights, Weights], *, by_meaning: bool
) -> list[Sample]:
    """The groups that form in one product's thinned streams."""
    samples = []
    weights, encoder = _gather(*pairs, mood), read_encoder() if by_meaning else None
    for number, stream in enumerate(streams):
        thin = stream.thin_incidents(number)
        recorder = make_recorder(weights, _WINDOWS[number % 2], encoder, _LOOSER[number % 2])
        found = list_group_samples(thin, record(recorder, thin))
        samples += [sample for sample, meant in found if meant == by_meaning]
    return samples


class Training:
    """Fits all weights; a process for each product, because each remembers what its texts were read as."""

    def __init__(self, streams: Mapping[str, Sequence[Stream]]) -> None:
        self._streams = streams
        self._processes = {product: ProcessPoolExecutor(max_workers=1) for product in streams}

    def fit(self) -> tuple[Mapping[str, Weights], Mood]:
        """The weights of pairs and groups, and the mood fitted on all products."""
        voices = self._ask(lambda product: (gather_voices, product, self._streams[product]))
        name = read_encoder().name
        moods = {
            left_out: fit_mood([v for product, own in voices.items() if product != left_out for v in own], name)
            for left_out in (*self._streams, "")
        }
        pairs = self._ask(lambda product: (gather_pairs, self._streams[product], moods[product])).values()
        words = fit_logistic([sample for own, _ in pairs for sample in own], WORDS_PAIR, _PAIR_PENALTY)
        meaning = fit_logistic([sample for _, own in pairs for sample in own], MEANING_PAIR, _PAIR_PENALTY)
        weights = {
            "words_pair": words,
            "words_group": self._fit_group(moods, (words, meaning), by_meaning=False),
            "meaning_pair": meaning,
            "meaning_group": self._fit_group(moods, (words, meaning), by_meaning=True),
        }
        return weights, moods[""]

    def _fit_group(self, moods: Mapping[str, Mood], pairs: tuple[Weights, Weights], *, by_meaning: bool) -> Weights:
        gather = partial(gather_groups, by_meaning=by_meaning)
        found = self._ask(lambda product: (gather, self._streams[product], moods[product], pairs))
        return fit_logistic([sample for own in found.values() for sample in own], GROUP, _GROUP_PENALTY)

    def _ask(self, choose: Callable[[str], tuple[Any, ...]]) -> dict[str, Any]:
        asked = {product: process.submit(*choose(product)) for product, process in self._processes.items()}
        return {product: answer.result() for product, answer in asked.items()}


def _gather(words: Weights, meaning: Weights, mood: Mood) -> PatternWeights:
    """Weights of pairs for a recorder, which judges no groups."""
    return PatternWeights(
        mood=mood, words_pair=words, words_group=_NOTHING, meaning_pair=meaning, meaning_group=_NOTHING
    )


def read_streams(without: str, prefixes: Sequence[Path]) -> dict[str, list[Stream]]:
    """The streams of the authored training products, and those of `prefixes`."""
    streams: dict[str, list[Stream]] = {
        product: [make_stream(read_blocks(product), seed, days=_DAYS[seed % 2]) for seed in _SEEDS]
        for product in PRODUCTS
        if product != without
    }
    for prefix in prefixes:
        streams.setdefault(prefix.name.split("-")[0], []).append(read_stream(prefix))
    return streams


def write_weights(folder: Path, parts: Mapping[str, Weights], mood: Mood, products: Iterable[str]) -> None:
    """Writes both files."""
    head = f"# Fitted by tests/patterns/train.py on the products {', '.join(products)}; do not edit by hand."
    lines = [head]
    for name, weights in parts.items():
        lines += ["", f"[{name}]", f"bias = {weights.bias:.4f}", "", f"[{name}.features]"]
        lines += [f"{feature} = {weight:.4f}" for feature, weight in weights.features.items()]
    folder.joinpath("weights.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    lines = [head, "", f"bias = {mood.bias}", f'encoder = "{mood.encoder}"', f"meaning_bias = {mood.meaning_bias}"]
    lines += ["meaning = [", *_wrap([f"{weight}," for weight in mood.meaning]), "]", "", "[cues]"]
    lines += [f"{cue} = {weight}" for cue, weight in mood.cues.items()]
    lines += ["", "[words]", *(f'"{word}" = {weight}' for word, weight in mood.words.items())]
    folder.joinpath("mood.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _wrap(items: Sequence[str]) -> Iterator[str]:
    for start in range(0, len(items), 16):
        yield "  " + " ".join(items[start : start + 16])


def main() -> None:
    """Fits and writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--without", default="")
    parser.add_argument("--stream", type=Path, nargs="*", default=[])
    arguments = parser.parse_args()
    streams = read_streams(arguments.without, arguments.stream)
    weights, mood = Training(streams).fit()
    write_weights(arguments.folder, weights, mood, streams)


if __name__ == "__main__":
    main()
