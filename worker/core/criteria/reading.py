"""Everything that a criterion may look at, and how cues are weighed into a finding."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from connectors.records import Ticket
from mappings.criteria import Criterion
from mappings.policy import Policy
from worker.core.assessment import Evidence, Finding, SlaStatus, Speaker, Standing
from worker.core.context import Context
from worker.core.phrases import Mood
from worker.core.settlement import Settlement
from worker.core.signals import Signal, Signals
from worker.core.standing import Account
from worker.core.thread import Thread

_SHARE = {Mood.ASSERTED: 1.0, Mood.SUPPOSED: 0.35, Mood.ASKED: 0.35, Mood.DENIED: 0.0}
_AGAIN = 0.4
_MOST_EVIDENCE = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A ticket as read: the snapshot, the conversation, its signals, and what holds by the order of events."""

    ticket: Ticket
    context: Context
    policy: Policy
    now: datetime
    thread: Thread
    signals: Signals
    settlement: Settlement
    account: Account
    sla_status: SlaStatus
    is_spam: bool = False
    is_over: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """How strongly a criterion holds, before thresholds: score from 0 to 1, evidence for and against."""

    score: float = 0.0
    evidence: tuple[Evidence, ...] = ()
    against: tuple[Evidence, ...] = ()
    note: str = ""


@dataclass(slots=True)
class Scale:
    """Collects what speaks for and against one criterion. Each cue counts once, with its strongest saying."""

    reading: Reading
    fact: str
    score: float = 0.0
    evidence: list[Evidence] = field(default_factory=list)
    against: list[Evidence] = field(default_factory=list)

    def add(
        self,
        weights: Mapping[str, float],
        speakers: Collection[Speaker],
        *,
        after: int = -1,
        subject: float = 0.0,
    ) -> float:
        """Adds these cues as said by these speakers; a subject line counts by `subject`. Returns what was added."""
        said: dict[str, list[tuple[float, Signal]]] = {}
        for signal in self.reading.signals.find(
            weights, speakers, moods=tuple(Mood), after=after, subject=subject > 0, guesses=True
        ):
            if signal.mood is Mood.DENIED:
                self._note_denial(signal)
                continue
            share = _SHARE[signal.mood] * signal.share * (subject if signal.in_subject else 1.0)
            said.setdefault(signal.cue, []).append((weights[signal.cue] * share, signal))
        shows: defaultdict[tuple[int, int], float] = defaultdict(float)
        for worth, signal in (saying for sayings in said.values() for saying in sayings):
            shows[signal.turn, signal.sentence] += worth
        chosen: list[Signal] = []
        added = 0.0
        for sayings in said.values():
            ordered = sorted(sayings, key=lambda pair: (-pair[0], -shows[pair[1].turn, pair[1].sentence]))
            added += ordered[0][0] + (_AGAIN * ordered[1][0] if len(ordered) > 1 else 0.0)
            chosen.extend(signal for _, signal in ordered[:2])
        self.score += added
        # The sentence that shows most of it is quoted first.
        for signal in sorted(chosen, key=lambda one: -shows[one.turn, one.sentence]):
            self.tell(signal)
        return added

    def add_fact(self, worth: float, fact: str) -> None:
        """Adds a structured fact."""
        self.score += worth
        self.evidence.append(Evidence(fact=fact))

    def take(self, worth: float, signals: Collection[Signal], why: str) -> None:
        """Takes away for what speaks against."""
        if signals:
            self.score -= worth
            self.against.extend(signal.tell(why) for signal in list(signals)[-2:])

    def judge(self, note: str = "") -> Judgement:
        """The judgement reached."""
        return Judgement(
            score=min(max(self.score, 0.0), 1.0),
            evidence=tuple(self.evidence[:_MOST_EVIDENCE]),
            against=tuple(self.against[:_MOST_EVIDENCE]),
            note=note,
        )

    def tell(self, signal: Signal) -> None:
        """Adds the signal's sentence to the evidence, unless it is there."""
        told = signal.tell(self.fact)
        if told.quote and any(told.start == one.start and told.comment_id == one.comment_id for one in self.evidence):
            return
        self.evidence.append(told)

    def _note_denial(self, signal: Signal) -> None:
        if len(self.against) < _MOST_EVIDENCE:
            self.against.append(signal.tell("said with a negation"))


def conclude(rule: Criterion, judgement: Judgement, policy: Policy) -> Finding:
    """The finding for a judgement: met, near or unmet by the policy's thresholds."""
    thresholds = policy.criteria.thresholds
    score = round(judgement.score, 3)
    if not rule.enabled:
        standing = Standing.UNMET
    elif score >= thresholds.met:
        standing = Standing.MET
    else:
        standing = Standing.NEAR if score >= thresholds.near else Standing.UNMET
    return Finding(
        id=rule.id,
        title=rule.title,
        standing=standing,
        score=score,
        weight=rule.weight,
        evidence=judgement.evidence,
        against=judgement.against,
        note=judgement.note,
    )
