"""Reads a report once: its sentences that matter, its words, codes and concepts, its cues and its language."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from sys import intern

from mappings.pattern_words import Mood, PatternWords
from worker.core.patterns.cleaning import cut_report
from worker.core.patterns.phrases import PhraseIndex
from worker.core.patterns.report import CueScores, Report
from worker.core.words import fold

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_CHUNK = re.compile(r"[A-Za-z0-9_./:-]{3,80}")
_STATUS = re.compile(r"[45]\d\d")
_VERSION = re.compile(r"v?\d{1,4}\.\d{1,4}(?:\.\d{1,5}){0,2}")
_CAMEL = re.compile(r"[a-z][A-Z]")
_RECORD = re.compile(r"\b[A-Z]{2,6}[- ]?#?\d{3,}\b|#\d{3,}")
_DIGITS = re.compile(r"\d+")
_MOST_ID_DIGITS = 5
_LONGEST_BOILERPLATE = 14
_MOST_WORDS = 400
_MOST_MOOD_WORDS = 80
_LONGEST_MOOD_TEXT = 2_000
_MOST_FOUND = 12
_UNKNOWN = "unknown"
_FEWEST_KNOWN = 2
_MOST_STEMS = 20_000


# Few combinations exist; sharing them keeps a hundred thousand members small.
share_cues = cache(CueScores)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What a report says. `terms` and `concepts` may repeat; `found` are the cues' words as written, for people.

    `mood` is how much it sounds like one of many reports of a fault, in log odds, by its words and cues.
    """

    text: str
    terms: tuple[str, ...]
    concepts: tuple[str, ...]
    cues: CueScores
    found: tuple[str, ...]
    sentences: str
    language: str
    mood: float


class Reader:
    """Reads reports with given word lists."""

    def __init__(self, words: PatternWords, mood: Mood) -> None:
        self._mood = mood
        self._function = {language: frozenset(listed) for language, listed in words.function.items()}
        self._courtesy = {name: PhraseIndex({name: listed}) for name, listed in words.courtesy.items()}
        self._concepts = PhraseIndex(words.concepts)
        languages = sorted({language for lists in words.cues.values() for language in lists})
        self._cues = {
            language: PhraseIndex({cue: lists.get(language, ()) for cue, lists in words.cues.items()})
            for language in languages
        }
        self.languages = frozenset(languages)

    def read(self, report: Report, is_boilerplate: Callable[[str], bool]) -> Reading:
        """The reading of a report, without sentences of courtesy and those that `is_boilerplate` knows."""
        sentences = cut_report(report.subject, report.body, report.author_name)
        worded = [split_folded(sentence) for sentence in sentences]
        language = self._tell_language([word for words in worded for word in words])
        kept: list[tuple[str, list[str]]] = []
        marks: list[str] = []
        for sentence, words in zip(sentences, worded, strict=True):
            codes = find_codes(sentence)
            if not codes and self._is_courtesy(words, language):
                continue
            mark = _mark_sentence(words) if not codes else None
            if mark is not None:
                marks.append(mark)
                if is_boilerplate(mark):
                    continue
            kept.append((sentence, words))
        return self._sum_up(kept, "".join(marks), language)

    def _sum_up(self, kept: Sequence[tuple[str, list[str]]], marks: str, language: str) -> Reading:
        text = ". ".join(sentence.rstrip(".") for sentence, _ in kept)
        words = [word for _, own in kept for word in [*own, "."]][:_MOST_WORDS]
        codes = [code for sentence, _ in kept for code in find_codes(sentence)]
        stops = self._function.get(language, frozenset()) | self._function["en"]
        terms = [stem(word) for word in words if len(word) > 1 and word not in stops and not word.isdigit()]
        cues, found = self._score_cues(words, text, language)
        return Reading(
            text=text,
            terms=(*terms, *(f"#{code}" for code in codes)),
            concepts=tuple(hit.name for hit in self._concepts.find(words)),
            cues=cues,
            found=found,
            sentences=marks,
            language=language,
            mood=self._judge_mood(text, cues),
        )

    def _judge_mood(self, text: str, cues: CueScores) -> float:
        weights = self._mood.words
        score = self._mood.bias + sum(weights.get(word, 0.0) for word in list_mood_words(text))
        return round(score + sum(weight * float(getattr(cues, cue)) for cue, weight in self._mood.cues.items()), 3)

    def _tell_language(self, words: Sequence[str]) -> str:
        hits = {
            language: sum(1 for word in words if word in listed and word not in _SHARED)
            for language, listed in self._function.items()
        }
        best = max(hits, key=lambda language: (hits[language], language == "en"))
        if hits[best] >= _FEWEST_KNOWN and hits[best] * 12 >= len(words):
            return best
        if hits[best] > hits["en"] and hits[best] * 4 >= len(words) and best in self.languages:
            return best
        ascii_words = sum(1 for word in words if word.isascii())
        return "en" if ascii_words * 2 >= len(words) else _UNKNOWN

    def _is_courtesy(self, words: Sequence[str], language: str) -> bool:
        function = self._function.get(language, frozenset()) | self._function["en"]
        covered = [word in function or word.isdigit() or len(word) == 1 for word in words]
        for name in {language, "en"} & set(self._courtesy):
            for hit in self._courtesy[name].find(words):
                covered[hit.start : hit.end] = [True] * (hit.end - hit.start)
        return all(covered)

    def _score_cues(self, words: Sequence[str], text: str, language: str) -> tuple[CueScores, tuple[str, ...]]:
        found: dict[str, dict[str, None]] = {}
        for name in sorted({language, "en"} & set(self._cues)):
            for hit in self._cues[name].find(words):
                found.setdefault(hit.name, {})[" ".join(words[hit.start : hit.end])] = None
        count = {cue: len(phrases) for cue, phrases in found.items()}
        status = sum(1 for word in words if _STATUS.fullmatch(word))
        records = len(_RECORD.findall(text))
        scores = share_cues(
            fault=min(count.get("fault", 0) + status, 4) / 4,
            ask=min(count.get("ask", 0) + min(text.count("?"), 4) / 2, 3) / 3,
            single=min(count.get("single", 0) + records, 2) / 2,
            onset=min(count.get("onset", 0), 3) / 3,
            mass=min(count.get("mass", 0), 3) / 3,
            routine=min(count.get("routine", 0), 2) / 2,
        )
        return scores, tuple(intern(f"{cue}: {phrase}") for cue in sorted(found) for phrase in found[cue])[
            :_MOST_FOUND
        ]


# Function words of several languages tell none apart.
_SHARED = frozenset(
    (
        "a",
        "is",
        "on",
        "me",
        "no",
        "in",
        "des",
        "an",
        "am",
        "de",
        "we",
        "his",
        "her",
        "so",
        "by",
        "at",
        "as",
        "was",
        "are",
    )
)


def list_mood_words(text: str) -> tuple[str, ...]:
    """The words by which a text's mood is judged: the first 80, each once."""
    return tuple(dict.fromkeys(split_folded(text[:_LONGEST_MOOD_TEXT])[:_MOST_MOOD_WORDS]))


def split_folded(text: str) -> list[str]:
    """The words of a text in lower case and without accents."""
    return [word.replace("’", "'") for word in _WORD.findall(fold(text))]


def find_codes(text: str) -> tuple[str, ...]:
    """Error codes, versions and programs' identifiers, in lower case, without numbers of a customer's records."""
    chunks = (match[0].strip("./:-") for match in _CHUNK.finditer(text))
    return tuple(dict.fromkeys(chunk.lower() for chunk in chunks if _is_code(chunk)))


def _is_code(chunk: str) -> bool:
    if len(chunk) < 3:  # noqa: PLR2004  # too short to be rare
        return False
    if chunk.replace(".", "").replace("/", "").replace(":", "").replace("-", "").isdigit():
        return _STATUS.fullmatch(chunk) is not None or _VERSION.fullmatch(chunk) is not None
    if "://" in chunk or sum(letter.isdigit() for letter in chunk) > _MOST_ID_DIGITS:
        return False
    if chunk[0].isdigit():
        return False
    return (
        "_" in chunk
        or "::" in chunk
        or _CAMEL.search(chunk) is not None
        or ("-" in chunk and chunk.upper() == chunk and any(letter.isdigit() for letter in chunk))
    )


def _mark_sentence(words: Sequence[str]) -> str | None:
    """The fingerprint of a short sentence, whatever its numbers; long ones are never boilerplate."""
    if not words or len(words) > _LONGEST_BOILERPLATE:
        return None
    shape = _DIGITS.sub("0", " ".join(words))
    return hashlib.blake2b(shape.encode(), digest_size=6).digest().decode("latin-1")


@lru_cache(maxsize=_MOST_STEMS)
def _known_stem(word: str) -> str:
    return _strip(word)


def stem(word: str) -> str:
    """The word without the commonest endings."""
    return _known_stem(word) if len(word) < 24 else word  # noqa: PLR2004  # no word of a language


_ENDINGS = (
    ("iness", "y"), ("ations", "at"), ("ation", "at"), ("ating", "at"), ("ated", "at"), ("ates", "at"), ("ate", "at"),
    ("ements", ""), ("ement", ""), ("ions", ""), ("ies", "y"), ("ion", ""), ("ings", ""), ("ing", ""), ("ness", ""),
    ("edly", ""), ("ied", "y"), ("ed", ""), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("ly", ""),
    ("'s", ""), ("es", ""), ("s", ""), ("en", ""), ("e", ""),
)  # fmt: skip
_SHORTEST_STEM = 3


def _strip(word: str) -> str:
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM and not word.endswith("ss"):
            short = word[: len(word) - len(ending)] + instead
            if len(short) > _SHORTEST_STEM and short[-1] == short[-2] and short[-1] not in "lse":
                return short[:-1]
            return short
    return word
