# ruff: noqa: T201  (a script that reports to its reader)
"""Learns the reader's weights from the corpus beside this file and writes them into the package data.

Needs numpy, scipy and scikit-learn, which the product does not: run it from a virtual environment of its own, at
the root of the repository:

    python tests/reader/train.py            cross-validates by company, calibrates, trains on all, writes the weights
    python tests/reader/train.py --check    prints the validation figures only

Deterministic: the same corpus, word classes and library versions give the same file. Companies are the unit of
validation: each company's sentences are judged by a model that saw none of its sentences. `UNSEEN` names the
companies whose texts were written after the word classes, which is the stricter test.
"""

import hashlib
import json
import math
import re
import sys
import tomllib
from collections import Counter
from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT))

from worker.core.language import tell_language  # noqa: E402  # the script runs from a checkout, not an installation
from worker.reader.concepts import Concept  # noqa: E402
from worker.reader.features import (  # noqa: E402
    list_joint_features,
    list_word_features,
    split_tokens,
    weigh_feature,
)
from worker.reader.meanings import load_meanings  # noqa: E402
from worker.reader.model import pack_line  # noqa: E402

OUT = ROOT / "mappings" / "defaults" / "reader"
CONCEPTS = [concept.value for concept in Concept]
JUDGED = HERE.parent / "judgement"
# Named one by one: a file that is only laid beside them teaches nothing.
TEACHING = {
    "tuning": ("kursbogen", "lodgekeel", "ostara", "wheelhaus"),
    "heldout": ("girderly", "paystead", "signoble", "siltbox", "tavolo"),
    "teaching": (
        *(
            "aulamar",
            "bayline",
            "brinewatch",
            "cadenceo",
            "cartwall",
            "cobranube",
            "crownbench",
            "klinkwerk",
            "levainier",
        ),
        *("pallbridge", "parafeo", "pistewise", "quittel", "silopegel", "tallybrook", "understory", "vetrivia"),
    ),
    "heldout2": (
        *("aulaviva", "fernwick", "harrowfen", "hofkladde", "pflegora"),
        *("pointalis", "seawick", "transhumo", "turnkeep", "ventadour"),
    ),
}
EXPOSED = "impact.security"
# What is written in this file of messages stands in notes of our own people.
NOTES = "notes"
UNSEEN = ("bellwether", "hafenglas", "montrasol", "rivaune")
FOLDS = 6
STRENGTH = 150.0
RAREST = 3
SURE_PRECISION = 0.92
MOST_PROPOSED = 33
LARGEST = 45
SMALLEST = 2
SENTENCE_END = re.compile(r"(?<=[.!?]) ")


def read_corpus():
    return [
        json.loads(line)
        for path in sorted((HERE / "corpus").glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def read_messages():
    """Whole first messages of the labelled tickets, which teach exposure only: it is often told over sentences."""
    ambiguous = set((HERE / "alarms.txt").read_text(encoding="utf-8").split())
    for path in sorted(JUDGED / folder / f"{name}.jsonl" for folder, names in TEACHING.items() for name in names):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            expected = row["expected"]
            if row["id"] in ambiguous or EXPOSED in (expected.get("criteria_optional") or ()):
                continue
            yield make_message(row["ticket"]["description"], path.stem, exposed=EXPOSED in expected["criteria"])
    yield from read_authored()
    openings = tomllib.loads((JUDGED / "dev" / "security.toml").read_text(encoding="utf-8"))
    for name in ("yes", "no"):
        yield from (make_message(text, "openings", exposed=name == "yes") for text in openings[name])


def read_authored():
    """Messages written for teaching, a company each; nothing in a harmless one tells of an exposure either."""
    for path in sorted((HERE / "messages").glob("*.txt")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
            company = f"messages-{number % FOLDS}"
            text, exposed = line[2:], line.startswith("+")
            speaker = "internal" if path.stem == NOTES else "customer"
            yield make_message(text, company, exposed=exposed, speaker=speaker)
            pieces = () if exposed else SENTENCE_END.split(text)
            if len(pieces) > 1:
                yield from (make_message(piece, company, exposed=False, speaker=speaker) for piece in pieces)


def make_message(text, company, *, exposed, speaker="customer"):
    return {
        "text": text,
        "lang": tell_language(text),
        "speaker": speaker,
        "company": company,
        "labels": ["exposure"] if exposed else [],
        "about": ["exposure"],
    }


def make_vector(row, classes):
    words = split_tokens(row["text"])
    features = [feature for word in words for feature in list_word_features(word)]
    features += list_joint_features(words, [classes(word) for word in words], row["speaker"], row["lang"])
    length = math.sqrt(sum(weigh_feature(one) ** 2 for one in features)) or 1.0
    return {one: count * weigh_feature(one) / length for one, count in Counter(features).items()}


def make_matrix(vectors, places):
    rows, columns, values = [], [], []
    for number, vector in enumerate(vectors):
        for feature, value in vector.items():
            if feature in places:
                rows.append(number)
                columns.append(places[feature])
                values.append(value)
    return sparse.csr_matrix((values, (rows, columns)), shape=(len(vectors), len(places)))


def place_features(vectors):
    seen = Counter(feature for vector in vectors for feature in vector)
    return {feature: place for place, feature in enumerate(sorted(one for one, n in seen.items() if n >= RAREST))}


def fit(matrix, wanted):
    """Weights of one concept and its constant."""
    model = LogisticRegression(C=STRENGTH, solver="liblinear", dual=True, tol=1e-2, random_state=0, max_iter=300)
    model.fit(matrix, wanted)
    return model.coef_[0], model.intercept_[0]


def fit_known(matrix, wanted, known):
    """Weights of one concept from the rows that tell of it."""
    places = np.flatnonzero(known)
    return fit(matrix[places], wanted[places])


def score_held_out(vectors, labels, known, held):
    """Scores of the rows in `held` by models that were trained on all others."""
    taught = [vector for vector, out in zip(vectors, held, strict=True) if not out]
    places = place_features(taught)
    matrix = make_matrix(taught, places)
    asked = make_matrix([vector for vector, out in zip(vectors, held, strict=True) if out], places)
    scores = np.full((asked.shape[0], len(CONCEPTS)), -9.0)
    for column in range(len(CONCEPTS)):
        weights, constant = fit_known(matrix, labels[~held, column], known[~held, column])
        scores[:, column] = asked @ weights + constant
    return scores


def cross_validate(rows, vectors, labels, known):
    companies = sorted({row["company"] for row in rows})
    scores = np.zeros(labels.shape)
    for fold in range(FOLDS):
        chosen = set(companies[fold::FOLDS])
        held = np.array([row["company"] in chosen for row in rows])
        scores[held] = score_held_out(vectors, labels, known, held)
    return scores


def calibrate(scores, wanted, known):
    """Slope and offset of the curve that turns a score into a probability."""
    scores, wanted = scores[known], wanted[known]
    model = LogisticRegression(C=1e4, solver="liblinear", random_state=0).fit(scores.reshape(-1, 1), wanted)
    return float(model.coef_[0][0]), float(model.intercept_[0])


def count(chosen, wanted):
    hits = int((chosen & wanted).sum())
    return hits, int((chosen & ~wanted).sum()), int((~chosen & wanted).sum())


def rate(hits, false, missed):
    precision = hits / max(1, hits + false)
    recall = hits / max(1, hits + missed)
    return precision, recall, 2 * hits / max(1, 2 * hits + false + missed)


def choose_cutoffs(probabilities, wanted, known):
    """The cut-off of best F1, and the lowest above it whose precision reaches SURE_PRECISION."""
    probabilities, wanted = probabilities[known], wanted[known]
    steps = [step / 100 for step in range(8, 96)]
    # What is only proposed counts little, so it may be wrong more often than not found.
    proposed = max(steps[:MOST_PROPOSED], key=lambda step: (rate(*count(probabilities >= step, wanted))[2], step))
    sure = next(
        (
            step
            for step in steps
            if step >= proposed and rate(*count(probabilities >= step, wanted))[0] >= SURE_PRECISION
        ),
        0.95,
    )
    return proposed, sure


def report(title, tables):
    """Prints one line a concept and the totals."""
    print(f"\n{title}\n{'concept':28} {'n':>4}  proposed: P    R    F1     sure at: P    R")
    totals = np.zeros((2, 3), dtype=int)
    scores = []
    for name, (proposed, sure, at, sure_at) in tables.items():
        totals += np.array([proposed, sure])
        p, r, f = rate(*proposed)
        sp, sr, _ = rate(*sure)
        scores.append(f)
        print(
            f"{name:28} {proposed[0] + proposed[2]:4}  {at:.2f} {p:.2f} {r:.2f} {f:.2f}"
            f"   {sure_at:.2f} {sp:.2f} {sr:.2f}"
        )
    for name, total in zip(("proposed", "sure"), totals, strict=True):
        print("micro {}: precision {:.3f} recall {:.3f} F1 {:.3f}".format(name, *rate(*total)))
    print(f"macro F1 of proposed: {sum(scores) / len(scores):.3f}")


def tabulate(probabilities, labels, known, cutoffs):
    return {
        name: (
            count(probabilities[known[:, column], column] >= cutoffs[column][0], labels[known[:, column], column]),
            count(probabilities[known[:, column], column] >= cutoffs[column][1], labels[known[:, column], column]),
            *cutoffs[column],
        )
        for column, name in enumerate(CONCEPTS)
    }


def squash(scores, curves):
    return np.column_stack([1 / (1 + np.exp(-(a * scores[:, i] + b))) for i, (a, b) in enumerate(curves)])


def settle_curves(scores, labels, known):
    """Curves, probabilities and cut-offs of all concepts."""
    columns = range(len(CONCEPTS))
    curves = [calibrate(scores[:, one], labels[:, one], known[:, one]) for one in columns]
    probabilities = squash(scores, curves)
    return (
        curves,
        probabilities,
        [choose_cutoffs(probabilities[:, one], labels[:, one], known[:, one]) for one in columns],
    )


def validate(rows, vectors, labels, known):
    """Curves and cut-offs from validation by company; prints the figures."""
    curves, probabilities, cutoffs = settle_curves(cross_validate(rows, vectors, labels, known), labels, known)
    report(f"cross-validation by company, {len(rows)} texts", tabulate(probabilities, labels, known, cutoffs))
    for language in ("en", "de", "es", "fr"):
        chosen = np.array([row["lang"] == language for row in rows])
        tables = tabulate(probabilities[chosen], labels[chosen], known[chosen], cutoffs)
        total = np.array([one[0] for one in tables.values()]).sum(0)
        print(
            "{}: {} sentences, precision {:.3f} recall {:.3f} F1 {:.3f}".format(language, chosen.sum(), *rate(*total))
        )
    check_unseen(rows, vectors, labels, known)
    return curves, cutoffs


def check_unseen(rows, vectors, labels, known):
    """The strict test: curves and cut-offs too come from the other companies."""
    held = np.array([row["company"] in UNSEEN for row in rows])
    if not held.any():
        return
    others = [row for row, out in zip(rows, held, strict=True) if not out]
    taught = [vector for vector, out in zip(vectors, held, strict=True) if not out]
    scores = cross_validate(others, taught, labels[~held], known[~held])
    curves, _, cutoffs = settle_curves(scores, labels[~held], known[~held])
    probabilities = squash(score_held_out(vectors, labels, known, held), curves)
    report(f"unseen companies, {int(held.sum())} texts", tabulate(probabilities, labels[held], known[held], cutoffs))


def write_weights(vectors, labels, known, curves, cutoffs):
    places = place_features(vectors)
    matrix = make_matrix(vectors, places)
    columns = [fit_known(matrix, labels[:, one], known[:, one]) for one in range(len(CONCEPTS))]
    weights = np.column_stack([one[0] for one in columns])
    step = float(np.quantile(np.abs(weights[np.abs(weights) > 0]), 0.9995)) / LARGEST
    whole = np.clip(np.rint(weights / step), -LARGEST, LARGEST).astype(int)
    lines = []
    for feature in sorted(places):
        pairs = [
            (column, int(value)) for column, value in enumerate(whole[places[feature]]) if abs(value) >= SMALLEST
        ]
        if pairs:
            lines.append(pack_line(feature, pairs))
    head = {
        "step": round(step, 8),
        "meanings": hashlib.sha256((OUT / "meanings.toml").read_bytes()).hexdigest(),
        "concepts": [
            {
                "id": name,
                "slope": round(slope, 5),
                "offset": round(offset + slope * columns[column][1], 5),
                "proposed": cutoffs[column][0],
                "sure": cutoffs[column][1],
            }
            for column, (name, (slope, offset)) in enumerate(zip(CONCEPTS, curves, strict=True))
        ],
    }
    text = json.dumps(head, separators=(",", ":")) + "\n" + "\n".join(lines) + "\n"
    (OUT / "weights.txt").write_text(text, encoding="utf-8")
    (OUT / "weights.sha256").write_text(hashlib.sha256(text.encode()).hexdigest() + "\n", encoding="ascii")
    print(f"{len(lines)} features, {len(text.encode())} bytes")


def main():
    """Validates, and writes the weights unless only asked to check."""
    rows = [*read_corpus(), *read_messages()]
    classes = load_meanings().list_classes
    vectors = [make_vector(row, classes) for row in rows]
    labels = np.array([[name in row["labels"] for name in CONCEPTS] for row in rows])
    known = np.array([[name in row.get("about", CONCEPTS) for name in CONCEPTS] for row in rows])
    curves, cutoffs = validate(rows, vectors, labels, known)
    if "--check" not in sys.argv:
        write_weights(vectors, labels, known, curves, cutoffs)


if __name__ == "__main__":
    main()
