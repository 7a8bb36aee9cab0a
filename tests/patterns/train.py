"""Fits `mappings/defaults/patterns/weights.toml` and `mood.toml` on labelled streams. Needs the extra `[semantic]`.

    python -m tests.patterns.train FOLDER [--without PRODUCT] [--stream PREFIX ...]

The streams are those of the authored training products, and any others of the same form, named `PRODUCT-NAME`. Each
product is judged with a mood that was fitted on the others, so that later steps see it as for new products. Pairs are
taken as the detector meets them: every ticket with its candidates. Of groups, the best set around each ticket
counts, for that is what is announced: first as mean odds choose it, then as the fitted weights do. Besides whole
streams there are some of which many incidents were thinned to one or two reports: what sounds like an incident and
has no fellows is the hardest thing to leave alone. `--without` leaves out one product, to see how the method does.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

from mappings.loader import load_policy
from mappings.pattern_words import Mood, PatternWeights, Weights, load_pattern_words
from tests.patterns.authored import Stream, make_stream, read_blocks, read_stream
from tests.patterns.features import GROUP, MEANING_PAIR, WORDS_PAIR
from tests.patterns.logistic import Sample, fit_logistic
from tests.patterns.moods import Voice, fit_mood
from tests.patterns.streams import read_report
from worker.core.patterns.counts import DeskCounts
from worker.core.patterns.detector import Detector
from worker.core.patterns.encoder import Encoder
from worker.core.patterns.judge import Judge
from worker.core.patterns.reading import Reader, list_mood_words
from worker.core.patterns.report import Lane, Member
from worker.core.patterns.scoring import Likeness, describe_pair
from worker.core.patterns.terms import LaneLimits, Terms
from worker.core.patterns.window import ReportWindow
from worker.encoder.minilm import MiniLm, load_minilm
from worker.encoder.vector_window import NumpyVectors

T = TypeVar("T")
F = TypeVar("F")
PRODUCTS = ("fulfilment", "learning", "clinic", "payroll", "hosting", "charging")
_SEEDS = (300, 301)
_DAYS = (35, 16)
_WINDOWS = (14, 30)
_NO_MOOD = Mood(bias=0.0, cues={}, words={}, encoder="", meaning_bias=0.0, meaning=(), center=())
_FIRST_GUESS = Weights(bias=-4.0, features={"words": 10.0, "concepts": 3.0})
_FIRST_GROUP = Weights(bias=0.0, features={"mean_odds": 1.0})
_ROUNDS, _LIMIT = 2, 0.75
_PAIR_PENALTY, _GROUP_PENALTY = 1.0, 10.0
_KEEP_NEGATIVE = 4


class RecordingJudge(Judge):
    """A judge that records the features of the pairs that it judges, with the encoder and without."""

    def __init__(self, terms: Terms, counts: DeskCounts, window: ReportWindow) -> None:
        super().__init__(terms, counts, window)
        self.by_words: dict[tuple[str, str], dict[str, float]] = {}
        self.by_meaning: dict[tuple[str, str], dict[str, float]] = {}

    def judge_pair(self, member: Member, other: Member, likeness: Likeness) -> float:
        """As the judge does; remembers the pair."""
        if member.customer != other.customer:
            key, by_words = (member.id, other.id), replace(likeness, meaning=None)
            self.by_words[key] = describe_pair(member, other, by_words)
            if likeness.meaning is not None:
                self.by_meaning[key] = describe_pair(member, other, likeness)
        return super().judge_pair(member, other, likeness)


@dataclass(kw_only=True)
class Recorder(Detector):
    """A detector that records the features of all pairs, and of the best set around each ticket."""

    judged: list[tuple[tuple[str, ...], dict[str, float], bool]] = field(default_factory=list)
    judge: RecordingJudge = field(init=False)

    def make_judge(self) -> RecordingJudge:
        """One that records."""
        return RecordingJudge(self.terms, self.counts, self.window)

    def choose_set(self, sets: Sequence[tuple[Member, ...]]) -> tuple[tuple[Member, ...], float, bool] | None:
        """As the detector does; remembers the best set, which is what a lane decides on."""
        found = super().choose_set(sets)
        if found is not None:
            judged, by_meaning = self.judge.select_judged(found[0])
            features = self.judge.describe(judged, by_meaning=by_meaning)
            self.judged.append((tuple(member.id for member in judged), features, by_meaning))
        return found

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


def make_recorder(
    weights: PatternWeights, days: int, encoder: Encoder | None, limit: float | None = None
) -> Recorder:
    """A recorder that joins as the policy says, and announces from a score on, or never."""
    join = load_policy().patterns.join
    limits = {Lane.SUGGEST: limit}
    return Recorder(
        terms=Terms(
            window=timedelta(days=days),
            customers=3,
            limits=LaneLimits(words=limits, meaning=limits),
            weights=weights,
            join_chance=join.by_words if encoder is None else join.by_meaning,
            unite_chance=join.unite,
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
    """The recorded sets. One is as right as much of it is one incident that three customers report."""
    labels = {row["id"]: row for row in stream.labels}
    kinds = {row["issue"]: row["kind"] for row in stream.labels}
    customers: dict[str, set[str]] = {}
    for row in stream.tickets:
        customers.setdefault(labels[row["id"]]["issue"], set()).add(row["org"])
    for tickets, features, by_meaning in recorder.judged:
        issue, count = Counter(labels[ticket]["issue"] for ticket in tickets).most_common(1)[0]
        fits = kinds[issue] == "incident" and len(customers[issue]) > 2 and count > 1 and 2 * count >= len(tickets)
        yield Sample(features, ((count - 1) / (len(tickets) - 1)) ** 2 if fits else 0.0, 1.0), by_meaning


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
        words += list_pair_samples(stream, recorder.judge.by_words)
        meanings += list_pair_samples(stream, recorder.judge.by_meaning)
    return words, meanings


def gather_groups(
    streams: Sequence[Stream], weights: PatternWeights, *, limit: float | None, by_meaning: bool
) -> list[Sample]:
    """The best sets around each ticket in one product's streams, whole and thinned."""
    samples = []
    encoder = read_encoder() if by_meaning else None
    for number, stream in enumerate(streams):
        for form in (stream, stream.thin_incidents(number)):
            recorder = make_recorder(weights, _WINDOWS[number % 2], encoder, limit)
            found = list_group_samples(form, record(recorder, form))
            samples += [sample for sample, meant in found if meant == by_meaning]
    return samples


@dataclass(frozen=True, kw_only=True, slots=True)
class Fitted:
    """Everything that was fitted, by the product that was left out; under the empty name, on all."""

    moods: Mapping[str, Mood]
    words: Mapping[str, Weights]
    meaning: Mapping[str, Weights]
    words_group: Mapping[str, Weights]
    meaning_group: Mapping[str, Weights]

    def leave_out(self, product: str) -> PatternWeights:
        """The weights to which this product added nothing."""
        return PatternWeights(
            mood=self.moods[product],
            words_pair=self.words[product],
            words_group=self.words_group[product],
            meaning_pair=self.meaning[product],
            meaning_group=self.meaning_group[product],
        )


class Training:
    """Fits all weights; a process for each product, because each remembers what its texts were read as."""

    def __init__(self, streams: Mapping[str, Sequence[Stream]]) -> None:
        self._streams = streams
        self._processes = {product: ProcessPoolExecutor(max_workers=1) for product in streams}

    def fit(self) -> Fitted:
        """Each step of a product sees what the earlier steps learned from the others, as for a new product."""
        voices = self.ask(lambda product: (gather_voices, product, self._streams[product]))
        name = read_encoder().name
        moods = self._fit_each(voices, lambda found: fit_mood(found, name))
        pairs = self.ask(lambda product: (gather_pairs, self._streams[product], moods[product]))
        words = self._fit_each(
            {product: own for product, (own, _) in pairs.items()},
            lambda found: fit_logistic(found, WORDS_PAIR, _PAIR_PENALTY),
        )
        meaning = self._fit_each(
            {product: own for product, (_, own) in pairs.items()},
            lambda found: fit_logistic(found, MEANING_PAIR, _PAIR_PENALTY),
        )
        gather = partial(self._fit_groups, moods, words, meaning)
        return Fitted(
            moods=moods,
            words=words,
            meaning=meaning,
            words_group=gather(by_meaning=False),
            meaning_group=gather(by_meaning=True),
        )

    def ask(self, choose: Callable[[str], tuple[Any, ...]]) -> dict[str, Any]:
        """What the chosen call answers in the process of each product."""
        asked = {product: process.submit(*choose(product)) for product, process in self._processes.items()}
        return {product: answer.result() for product, answer in asked.items()}

    def _fit_groups(
        self,
        moods: Mapping[str, Mood],
        words: Mapping[str, Weights],
        meaning: Mapping[str, Weights],
        *,
        by_meaning: bool,
    ) -> Mapping[str, Weights]:
        groups: Mapping[str, Weights] = dict.fromkeys(self._streams, _FIRST_GROUP)
        for limit in (None, *[_LIMIT] * (_ROUNDS - 1)):
            weights = {
                product: _gather(words[product], meaning[product], moods[product], groups[product])
                for product in self._streams
            }
            gather = partial(gather_groups, limit=limit, by_meaning=by_meaning)
            found = self.ask(partial(_choose_call, gather, self._streams, weights))
            groups = self._fit_each(found, lambda samples: fit_logistic(samples, GROUP, _GROUP_PENALTY))
        return groups

    def _fit_each(self, found: Mapping[str, Sequence[T]], fit: Callable[[list[T]], F]) -> dict[str, F]:
        return {
            left_out: fit([one for product, own in found.items() if product != left_out for one in own])
            for left_out in (*self._streams, "")
        }


def _choose_call(
    gather: Callable[..., list[Sample]],
    streams: Mapping[str, Sequence[Stream]],
    weights: Mapping[str, PatternWeights],
    product: str,
) -> tuple[Any, ...]:
    return gather, streams[product], weights[product]


def _gather(words: Weights, meaning: Weights, mood: Mood, group: Weights = _FIRST_GROUP) -> PatternWeights:
    """Weights for a recorder."""
    return PatternWeights(mood=mood, words_pair=words, words_group=group, meaning_pair=meaning, meaning_group=group)


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


def write_weights(folder: Path, weights: PatternWeights, products: Iterable[str]) -> None:
    """Writes both files."""
    head = f"# Fitted by tests/patterns/train.py on the products {', '.join(products)}; do not edit by hand."
    lines = [head]
    for name in ("words_pair", "words_group", "meaning_pair", "meaning_group"):
        part: Weights = getattr(weights, name)
        lines += ["", f"[{name}]", f"bias = {part.bias:.4f}", "", f"[{name}.features]"]
        lines += [f"{feature} = {weight:.4f}" for feature, weight in part.features.items()]
    folder.joinpath("weights.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    mood = weights.mood
    lines = [head, "", f"bias = {mood.bias}", f'encoder = "{mood.encoder}"', f"meaning_bias = {mood.meaning_bias}"]
    lines += ["meaning = [", *_wrap([f"{weight}," for weight in mood.meaning]), "]"]
    lines += ["center = [", *_wrap([f"{value}," for value in mood.center]), "]", "", "[cues]"]
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
    write_weights(arguments.folder, Training(streams).fit().leave_out(""), streams)


if __name__ == "__main__":
    main()
