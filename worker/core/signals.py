"""What the sentences of a thread signal, who says it and when."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from worker.core.assessment import Evidence, Speaker
from worker.core.language import read_language, tell_language
from worker.core.phrases import CueMatch, Matcher, Mood
from worker.core.proposals import ProposedCue, propose_cues, rate_exposure
from worker.core.thread import Sentence, SentenceKind, Thread, Utterance

CUSTOMER = (Speaker.CUSTOMER,)
OURS = (Speaker.AGENT, Speaker.INTERNAL)
INTERNAL = (Speaker.INTERNAL,)
ANYONE = (Speaker.CUSTOMER, Speaker.AGENT, Speaker.INTERNAL)

_LONGEST_QUOTE = 320
_MOST_SENTENCES = 900
_SHORTEST_TELLING = 60
_MOST_MESSAGES = 40
_MOST_TOGETHER = 8
# Whose messages may tell of an exposure, and by how much less likely (log odds) than a customer's in the same words.
_ALARMING: Mapping[Speaker, float] = {Speaker.CUSTOMER: 0.0, Speaker.INTERNAL: 1.2}
_TROUBLE = frozenset({"trouble_back", "growing", "worsening"})
_RELIEF = frozenset({"solved", "content", "found_again", "workaround_ok"})
# What a weaker pattern of the lexicon counts of its cue.
_HINT_SHARE = 0.65


@dataclass(frozen=True, kw_only=True, slots=True)
class Signal:
    """One cue in one sentence. `turn` is the utterance's place in the thread; `words` carry the cue.

    `share` of the cue's weight counts: less than 1 for a hint and for what the reader proposes without being sure.
    `is_guess` for what is less likely than not: it adds to a score and stands for nothing by itself.
    """

    cue: str
    mood: Mood
    turn: int
    sentence: int
    speaker: Speaker
    at: datetime | None
    quote: str
    words: tuple[str, ...]
    comment_id: int | None = None
    start: int | None = None
    end: int | None = None
    in_subject: bool = False
    is_hint: bool = False
    is_question: bool = False
    is_guess: bool = False
    share: float = 1.0

    def tell(self, fact: str) -> Evidence:
        """The signal as evidence for `fact`; a subject line is told, not quoted, because no comment holds it."""
        if self.in_subject:
            return Evidence(fact=f'{fact} (subject: "{self.quote}")', speaker=self.speaker, at=self.at)
        return Evidence(
            fact=fact,
            quote=self.quote,
            speaker=self.speaker,
            at=self.at,
            comment_id=self.comment_id,
            start=self.start,
            end=self.end,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarm:
    """How likely a message tells of an exposure (log odds), with the sentence that most likely does."""

    odds: float
    told: Signal


@dataclass(frozen=True, kw_only=True, slots=True)
class Signals:
    """All signals of a thread, in its order, and what its messages tell of an exposure."""

    all: tuple[Signal, ...]
    alarms: tuple[Alarm, ...] = ()

    def find(
        self,
        cues: Collection[str],
        speakers: Collection[Speaker] = ANYONE,
        *,
        moods: Collection[Mood] = (Mood.ASSERTED,),
        after: int = -1,
        until: int | None = None,
        subject: bool = False,
        guesses: bool = False,
    ) -> tuple[Signal, ...]:
        """The signals of these cues by these speakers in turns after `after` and up to `until`."""
        return tuple(
            signal
            for signal in self.all
            if signal.cue in cues
            and signal.speaker in speakers
            and signal.mood in moods
            and signal.turn > after
            and (until is None or signal.turn <= until)
            and (subject or not signal.in_subject)
            and (guesses or not signal.is_guess)
        )

    def has(self, cues: Collection[str], speakers: Collection[Speaker] = ANYONE, *, after: int = -1) -> bool:
        """True when one of these cues is asserted by one of these speakers after turn `after`."""
        return bool(self.find(cues, speakers, after=after))

    def in_turn(self, turn: int, *, hints: bool = True, questions: bool = True) -> frozenset[str]:
        """The cues asserted in one turn, with or without those only hinted at or said in a question."""
        return frozenset(
            signal.cue
            for signal in self.all
            if signal.turn == turn
            and signal.mood is Mood.ASSERTED
            and not signal.in_subject
            and not signal.is_guess
            and (hints or not signal.is_hint)
            and (questions or not signal.is_question)
        )


def read_signals(thread: Thread, matcher: Matcher) -> Signals:
    """The signals of all sentences and of the subject; of a huge thread both ends are read."""
    found = list(_read_subject(thread, matcher))
    pairs = [
        (turn, number, sentence)
        for turn, one in enumerate(thread.utterances)
        for number, sentence in enumerate(one.sentences)
    ]
    if len(pairs) > _MOST_SENTENCES:
        pairs = [*pairs[: _MOST_SENTENCES // 3], *pairs[-2 * _MOST_SENTENCES // 3 :]]
    languages = _tell_languages(thread)
    for turn, number, sentence in pairs:
        found.extend(
            _read_sentence(thread.utterances[turn], turn, number, sentence, matcher, language=languages[turn])
        )
    return Signals(all=tuple(found), alarms=tuple(_read_alarms(thread, languages)))


def _read_alarms(thread: Thread, languages: Sequence[str]) -> Iterator[Alarm]:
    """What each message of customers and each note tells of an exposure; of a huge thread both ends are read."""
    turns = [turn for turn, one in enumerate(thread.utterances) if one.speaker in _ALARMING and one.sentences]
    if len(turns) > _MOST_MESSAGES:
        turns = [*turns[: _MOST_MESSAGES // 2], *turns[-_MOST_MESSAGES // 2 :]]
    for turn in turns:
        utterance = thread.utterances[turn]
        sentences = utterance.sentences[:_MOST_TOGETHER]
        texts = [one.text for one in sentences]
        rated = rate_exposure(texts, speaker=utterance.speaker, language=languages[turn])
        if rated is not None:
            match = CueMatch(cue="exposure", mood=Mood.ASSERTED, words=())
            told = _make_signal(utterance, turn, rated[1], sentences[rated[1]], match, share=1.0)
            yield Alarm(odds=rated[0] - _ALARMING[utterance.speaker], told=told)


def _tell_languages(thread: Thread) -> tuple[str, ...]:
    """The language of each utterance; of one too short to tell, the thread's."""
    whole, _ = read_language(thread)
    return tuple(
        tell_language(one.text) if len(one.text) >= _SHORTEST_TELLING else whole for one in thread.utterances
    )


def _read_subject(thread: Thread, matcher: Matcher) -> Iterator[Signal]:
    asked = thread.subject.rstrip().endswith("?")
    for match in matcher.find_cues(thread.subject, is_question=asked):
        yield Signal(
            cue=match.cue,
            mood=match.mood,
            turn=0,
            sentence=-1,
            speaker=Speaker.CUSTOMER,
            at=thread.utterances[0].at if thread.utterances else None,
            quote=thread.subject,
            words=match.words,
            in_subject=True,
            is_hint=match.is_hint,
            share=_HINT_SHARE if match.is_hint else 1.0,
        )


def _read_sentence(
    utterance: Utterance, turn: int, number: int, sentence: Sentence, matcher: Matcher, *, language: str
) -> Iterator[Signal]:
    asked = sentence.kind is SentenceKind.QUESTION
    known = matcher.find_cues(sentence.text, is_question=asked)
    is_trouble = _tells_of_trouble(known)
    for match in known:
        if is_trouble and match.cue in _RELIEF:
            continue
        share = _HINT_SHARE if match.is_hint else 1.0
        yield _make_signal(utterance, turn, number, sentence, match, share=share, is_hint=match.is_hint)
    for one in propose_cues(
        sentence.text,
        speaker=utterance.speaker,
        language=language,
        is_question=asked,
        matcher=matcher,
        known=known,
    ):
        if is_trouble and one.cue in _RELIEF:
            continue
        yield _make_signal(utterance, turn, number, sentence, one, share=one.share, is_guess=one.is_guess)


def _tells_of_trouble(known: Sequence[CueMatch]) -> bool:
    """True when a sentence says that trouble returned or grows, in which "is back" and "is now" are no relief."""
    return any(one.cue in _TROUBLE and one.mood is Mood.ASSERTED for one in known)


def _make_signal(
    utterance: Utterance,
    turn: int,
    number: int,
    sentence: Sentence,
    match: CueMatch | ProposedCue,
    *,
    share: float,
    is_hint: bool = False,
    is_guess: bool = False,
) -> Signal:
    end = min(sentence.end, sentence.start + _LONGEST_QUOTE)
    return Signal(
        cue=match.cue,
        mood=match.mood,
        turn=turn,
        sentence=number,
        speaker=utterance.speaker,
        at=utterance.at,
        quote=utterance.body[sentence.start : end],
        words=match.words,
        comment_id=utterance.comment_id,
        start=sentence.start,
        end=end,
        is_hint=is_hint,
        is_guess=is_guess,
        share=share,
        is_question=sentence.kind is SentenceKind.QUESTION,
    )
