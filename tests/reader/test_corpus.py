"""The corpus is fit for teaching: known labels, four languages, many companies, enough that says nothing."""

import json
from collections import Counter
from pathlib import Path

from worker.core.assessment import Speaker
from worker.reader.concepts import Concept

ROWS = [
    json.loads(line)
    for path in sorted((Path(__file__).parent / "corpus").glob("*.jsonl"))
    for line in path.read_text(encoding="utf-8").splitlines()
]


MESSAGES = [
    line
    for path in sorted((Path(__file__).parent / "messages").glob("*.txt"))
    for line in path.read_text(encoding="utf-8").splitlines()
]


def test_messages_are_marked_once_and_teach_both_sides():
    assert all(line[:2] in {"+ ", "- "} and line[2:].strip() == line[2:] != "" for line in MESSAGES)
    assert len({line[2:].casefold() for line in MESSAGES}) == len(MESSAGES)
    assert min(sum(line[0] == mark for line in MESSAGES) for mark in "+-") >= 300


def test_rows_use_known_labels_speakers_and_languages():
    for row in ROWS:
        assert set(row) == {"text", "lang", "speaker", "company", "labels"}
        assert all(Concept(label) for label in row["labels"])
        assert Speaker(row["speaker"]) is not Speaker.SYSTEM
        assert row["lang"] in {"en", "de", "es", "fr"}
        assert row["text"].strip() == row["text"] != ""


def test_no_sentence_stands_twice_with_different_labels():
    seen: dict[tuple[str, str], list[str]] = {}
    for row in ROWS:
        key = (row["text"].casefold(), row["speaker"])
        assert seen.setdefault(key, row["labels"]) == row["labels"], row["text"]


def test_it_is_large_and_varied():
    assert len(ROWS) >= 2_500
    assert len({row["company"] for row in ROWS}) >= 25
    assert all(number >= 400 for number in Counter(row["lang"] for row in ROWS).values())
    labelled = Counter(label for row in ROWS for label in row["labels"])
    assert all(labelled[concept.value] >= 25 for concept in Concept)
    assert sum(not row["labels"] for row in ROWS) >= 500
