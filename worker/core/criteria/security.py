"""The security criterion: who perceives what of whom, whose credential is still good, what lies open to whom.

Grave matters are often told in mild words, over two or three sentences: a party that is not theirs in one, its
private data in the next. So weak cues of one turn are taken together.
"""

from collections.abc import Iterator
from dataclasses import replace

from worker.core.assessment import Speaker
from worker.core.criteria.reading import Judgement, Reading, Scale
from worker.core.criteria.technical import settle
from worker.core.phrases import Mood
from worker.core.settlement import State, goes_on_elsewhere
from worker.core.signals import CUSTOMER, OURS, Signal, Signals
from worker.core.standing import is_finished

# What only the customer can observe, and what our own people find.
_FOUND_BY_OURS = {
    "foreign_data": 0.35,
    "no_login": 0.25,
    "outsider_reaches": 0.4,
    "stranger_in": 0.4,
    "vulnerability": 0.5,
    "our_security": 0.4,
}
_SEEN = {
    "sees_foreign": 0.3,
    "foreign_data": 0.35,
    "sensitive_seen": 0.5,
    "reads_all": 0.4,
    "theirs": 0.3,
    "not_ours": 0.25,
    "not_supposed": 0.15,
    "no_login": 0.4,
    "guessable": 0.6,
    "stranger_in": 0.6,
    "hack_word": 0.5,
    "outsider_reaches": 0.6,
    "vulnerability": 0.6,
    "report_of_flaw": 0.45,
    "compliance": 0.6,
    "fraud": 0.45,
}
# Cues that say little alone, and what two of them in neighbouring sentences of one turn are worth.
_TOGETHER = (
    ("not_ours", "private_thing", 0.3),
    ("not_ours", "perceived", 0.3),
    ("not_ours", "my_place", 0.25),
    ("not_ours", "foreign_owner", 0.3),
    ("not_ours", "indef_owner", 0.3),
    ("foreign_owner", "private_thing", 0.25),
    ("foreign_owner", "not_supposed", 0.3),
    ("foreign_owner", "still_in", 0.3),
    ("guessable", "foreign_owner", 0.3),
    ("ended", "still_in", 0.62),
    ("ended", "acted", 0.6),
    ("my_place", "indef_owner", 0.4),
    ("who_we_are", "indef_owner", 0.35),
    ("who_we_are", "perceived", 0.1),
    ("not_supposed", "private_thing", 0.25),
    ("not_supposed", "perceived", 0.25),
    ("not_supposed", "open_to_all", 0.3),
    ("open_to_all", "private_thing", 0.3),
    ("open_to_all", "perceived", 0.2),
    ("no_login", "private_thing", 0.2),
    ("mistyped", "let_in", 0.6),
    ("mistyped", "foreign_owner", 0.3),
    ("mistyped", "indef_owner", 0.3),
    ("denies", "signed_thing", 0.6),
    ("activity", "alibi", 0.6),
    ("greets_as", "my_name", 0.6),
    ("secret_word", "laid_open", 0.6),
    ("reads_all", "private_thing", 0.2),
    ("report_of_flaw", "vulnerability", 0.3),
)
_NEAR = 2
# From these log odds on a message tells of an exposure by itself; what each unit of them, and words that are all
# there, add to the score. Fitted on labelled tickets of companies whose texts taught nothing.
_TELLING = 1.4
_MET = 0.6
_PER_ODDS = 0.12
_WORDED = 0.115
_SAID = (Mood.ASSERTED, Mood.SUPPOSED, Mood.ASKED)


def judge_security(reading: Reading) -> Judgement:
    """Credible exposure, unauthorised access, vulnerability report or compliance concern about our product."""
    heard = replace(reading, signals=_leave_out_wondering(reading.signals))
    scale = Scale(reading=heard, fact="security is concerned")
    scale.add(_SEEN, CUSTOMER, subject=0.5)
    for worth, signal in _list_pairs(heard):
        scale.score += worth
        scale.tell(signal)
    scale.add(_FOUND_BY_OURS, OURS)
    said = heard.signals
    scale.take(0.35, said.find(("security_question",), CUSTOMER), "asked as a precaution")
    scale.take(0.5, said.find(("no_incident",), CUSTOMER), "no incident is told")
    scale.take(0.4, said.find(("false_alarm",), OURS), "explained as a false alarm")
    _heed_messages(scale)
    if _is_cleared(reading):
        settle(scale, State.EXPLAINED)
    return scale.judge()


def _is_cleared(reading: Reading) -> bool:
    """No guess, advice or repair of ours clears an exposure; the customer has to agree, and to tell of no other."""
    if is_finished(reading.ticket):
        return True
    last = max((one.told.turn for one in reading.signals.alarms if one.odds >= _TELLING), default=-1)
    settlement = reading.settlement
    goes_on = goes_on_elsewhere(reading.signals, settlement.turn)
    return settlement.accepted and last < max(settlement.turn, 1) and not goes_on


def _heed_messages(scale: Scale) -> None:
    """Weighs the message that most likely tells of an exposure with the words found; unread, words alone count."""
    alarm = max(scale.reading.signals.alarms, key=lambda one: one.odds, default=None)
    if alarm is None:
        return
    worded = min(max(scale.score, 0.0), 1.0)
    scale.score = _MET + _PER_ODDS * (alarm.odds - _TELLING) + _WORDED * worded
    if alarm.odds > 0:
        told = alarm.told.tell(scale.fact)
        scale.evidence[:] = [told, *(one for one in scale.evidence if one != told)]


def _leave_out_wondering(signals: Signals) -> Signals:
    """Without sentences that ask how something is done, and those about the customer's own customers or people."""
    wondering = {
        (one.turn, one.sentence)
        for one in signals.all
        if one.cue == "own_party" or (one.cue == "howto" and one.is_question and one.speaker is Speaker.CUSTOMER)
    }
    alarmed = {(one.turn, one.sentence) for one in signals.all if one.cue == "not_supposed"}
    kept = (one for one in signals.all if (one.turn, one.sentence) not in wondering - alarmed)
    return replace(signals, all=tuple(kept))


def _list_pairs(reading: Reading) -> Iterator[tuple[float, Signal]]:
    """Each pair of weak cues that stand together somewhere, with its worth and the sentence that shows it."""
    for left, right, worth in _TOGETHER:
        others = reading.signals.find((right,), CUSTOMER, moods=_SAID)
        for one in reading.signals.find((left,), CUSTOMER, moods=_SAID):
            if any(one.turn == other.turn and abs(one.sentence - other.sentence) <= _NEAR for other in others):
                yield worth, one
                break
