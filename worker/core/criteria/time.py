"""Time criteria: open beyond SLA, waiting long, not progressing."""

from datetime import datetime, timedelta

from connectors.records import TicketStatus
from worker.core.assessment import Evidence, Speaker
from worker.core.criteria.reading import Judgement, Reading, Scale
from worker.core.criteria.technical import settle
from worker.core.settlement import State
from worker.core.signals import ANYONE, CUSTOMER
from worker.core.sla import list_breached
from worker.core.standing import find_waiting_since
from worker.core.thread import Sentence, Thread, Utterance
from worker.core.words import split_words

_ALIKE = 0.5
_SHORTEST_QUESTION = 3
_STOP_TEXT = (
    "the a an you your please could can would is are do does it to of in on for and or we i our if hi "
    "hello bitte sie ihr ihre der die das und ob konnen vous votre le la les de que est si el los su en "
    "puede por favor"
)
_STOP = frozenset(_STOP_TEXT.split())


def judge_open_beyond_sla(reading: Reading) -> Judgement:
    """Open past a breached clock of the resolution kind."""
    scale = Scale(reading=reading, fact="open past a resolution target")
    metrics = reading.policy.criteria.thresholds.resolution_metrics
    for clock in list_breached(reading.ticket, reading.now, metrics):
        scale.add_fact(1.0, f"{clock.metric} breached at {clock.breach_at:%Y-%m-%d %H:%M} UTC and still open")
    if reading.is_over:
        scale.score = 0.0
    return scale.judge()


def judge_waiting_long(reading: Reading) -> Judgement:
    """Unreasonably long open, or long without any answer."""
    scale = Scale(reading=reading, fact="the customer has waited too long")
    limits = reading.policy.criteria.thresholds
    open_for = reading.now - reading.ticket.created_at
    since = find_waiting_since(reading.thread)
    unanswered = reading.now - since if since else timedelta(0)
    if reading.is_over:
        return scale.judge()
    if unanswered >= limits.unanswered * (1 if since and not _is_worked_on(reading.thread, since) else 2):
        scale.add_fact(0.7, f"no public answer for {_spell_days(unanswered)}, limit {_spell_days(limits.unanswered)}")
    if open_for >= limits.waiting and reading.ticket.status is not TicketStatus.PENDING:
        scale.add_fact(0.7, f"open for {_spell_days(open_for)}, limit {_spell_days(limits.waiting)}")
    elif open_for >= limits.waiting / 2:
        scale.add_fact(0.3, f"open for {_spell_days(open_for)}, limit {_spell_days(limits.waiting)}")
    if reading.settlement.state is not State.OPEN:
        settle(scale, State.EXPLAINED)
    return scale.judge()


def _is_worked_on(thread: Thread, since: datetime) -> bool:
    """True when one of our own has written anything, internal notes included, after `since`."""
    return any(one.is_ours and one.at > since for one in thread.utterances)


def judge_not_progressing(reading: Reading) -> Judgement:
    """The same questions again, hand-overs in circles, nobody working on it."""
    scale = Scale(reading=reading, fact="the ticket goes in circles")
    repeated = _find_repeated_question(reading.thread)
    if repeated is not None:
        utterance, sentence = repeated
        scale.score += 0.5
        scale.evidence.append(_quote(utterance, sentence, "our side asks again what it asked before"))
    scale.add({"same_question": 0.35, "passed_around": 0.6}, CUSTOMER)
    if len({one.turn for one in reading.signals.find(("same_question",), CUSTOMER)}) > 1:
        scale.add_fact(0.3, "the customer says so in more than one message")
    scale.add({"our_no_owner": 0.6}, ANYONE[1:])
    _add_hand_overs(scale, reading)
    since = find_waiting_since(reading.thread)
    if since and reading.now - since >= reading.policy.criteria.thresholds.unanswered and _asked_again(reading):
        scale.add_fact(0.4, f"the customer asked again and nobody answered since {since:%Y-%m-%d}")
    settle(scale, State.EXPLAINED)
    return scale.judge()


def _asked_again(reading: Reading) -> bool:
    return len(reading.signals.find(("waiting",), CUSTOMER)) > 1


def _add_hand_overs(scale: Scale, reading: Reading) -> None:
    metrics, limit = reading.ticket.metrics, reading.policy.criteria.thresholds.hand_overs
    if metrics is None:
        return
    if metrics.assignee_stations >= limit:
        scale.add_fact(0.35, f"{metrics.assignee_stations} assignees so far, limit {limit}")
    if metrics.group_stations >= limit - 1:
        scale.add_fact(0.35, f"{metrics.group_stations} groups so far, limit {limit - 1}")


def _find_repeated_question(thread: Thread) -> tuple[Utterance, Sentence] | None:
    """A question of ours that resembles one of an earlier reply, with an answer of the customer between."""
    asked: list[tuple[int, frozenset[str]]] = []
    answered_at = -1
    for turn, utterance in enumerate(thread.utterances):
        if utterance.speaker is Speaker.CUSTOMER:
            answered_at = turn
        if utterance.speaker is not Speaker.AGENT:
            continue
        for sentence in utterance.sentences[:12]:
            words = _list_content(sentence)
            if len(words) < _SHORTEST_QUESTION:
                continue
            if any(before < answered_at and _are_alike(words, other) for before, other in asked[-60:]):
                return utterance, sentence
            asked.append((turn, words))
    return None


def _list_content(sentence: Sentence) -> frozenset[str]:
    words = (word.text for word in split_words(sentence.text) if not word.is_mark)
    return frozenset(word[:6] for word in words if word not in _STOP and len(word) > 2)  # noqa: PLR2004


def _are_alike(left: frozenset[str], right: frozenset[str]) -> bool:
    return len(left & right) >= _ALIKE * max(len(left), len(right)) and len(left & right) >= _SHORTEST_QUESTION - 1


def _quote(utterance: Utterance, sentence: Sentence, fact: str) -> Evidence:
    return Evidence(
        fact=fact,
        quote=utterance.body[sentence.start : sentence.end],
        speaker=utterance.speaker,
        at=utterance.at,
        comment_id=utterance.comment_id,
        start=sentence.start,
        end=sentence.end,
    )


def _spell_days(duration: timedelta) -> str:
    return f"{duration / timedelta(days=1):.1f} days"
