"""Technical criteria: confirmed bug, infrastructure, data corruption or loss."""

from worker.core.criteria.reading import Judgement, Reading, Scale
from worker.core.settlement import BENIGN, GRAVE, State, weigh_turn
from worker.core.signals import CUSTOMER, OURS

_CONFIRMS = {"our_reproduced": 0.6, "our_defect": 0.5, "our_version_blame": 0.35, "our_code_change": 0.4}
_HARM = {"wrong_data": 0.2, "loss": 0.2, "some_broken": 0.15, "down_now": 0.15, "our_ongoing": 0.1}
_GRAVE_NOTE = 0.4
# Words of loss that as often mean something hidden, unfinished or cut off on paper.
_WEAKLY_LOST = frozenset(
    {"missing", "fehlt", "fehlen", "fehlten", "falta", "faltan", "manque", "manquent", "empty", "blank", "short"}
    | {"grey", "gray", "kaputt", "weg", "cut", "leer", "vide", "vacio"}
)


def judge_confirmed_bug(reading: Reading) -> Judgement:
    """Our side reproduced or named a defect, and nothing settled it since."""
    scale = Scale(reading=reading, fact="our side confirmed a defect")
    said = reading.signals
    confirmed = scale.add(_CONFIRMS, OURS)
    if confirmed:
        scale.add({**_HARM, "our_tested": 0.2}, OURS)
    scale.take(0.6, said.find(("our_not_reproduced",), OURS), "our side could not reproduce it")
    last = max((one.turn for one in said.find(_CONFIRMS, OURS)), default=-1)
    confirming = {(one.turn, one.sentence) for one in said.find(_CONFIRMS, OURS)}
    explained = [
        one
        for one in said.find(("our_explained", "our_retracts"), OURS, after=last - 1)
        if (one.turn, one.sentence) not in confirming
    ]
    scale.take(0.5, explained, "explained as no defect")
    settle(scale, State.EXPLAINED if _is_agreed(reading, last) else State.SOLVED)
    return scale.judge()


def _is_agreed(reading: Reading, last: int) -> bool:
    """True when the customer took up an answer that came with or after turn `last`, and not as a detour only."""
    settlement = reading.settlement
    goes_round = reading.signals.has(("workaround_ok", "still_needs_fix", "our_workaround"))
    return settlement.accepted and settlement.turn > last and not goes_round


def judge_infrastructure(reading: Reading) -> Judgement:
    """A part of our infrastructure fails, by our own word or plainly seen by the customer."""
    scale = Scale(reading=reading, fact="our infrastructure is failing")
    ours = scale.add({"our_infra": 0.6}, OURS)
    if ours:
        scale.add({"our_no_access": 0.1, "our_code_change": 0.1, "our_others": 0.1}, OURS)
    else:
        scale.add({"our_infra": 0.35, "down_now": 0.1}, CUSTOMER, subject=0.5)
    settle(scale, State.EXPLAINED)
    return scale.judge()


def judge_data_corruption(reading: Reading) -> Judgement:
    """Data was lost, overwritten, truncated or corrupted, and was not found again."""
    scale = Scale(reading=reading, fact="data was lost or damaged")
    said = reading.signals
    strong = [one for one in said.find(("loss",), OURS) if not _WEAKLY_LOST & set(one.words)]
    scale.add({"loss": 0.6 if strong else 0.3, "unrecoverable": 0.25}, OURS)
    claimed = [one for one in said.find(("loss",), CUSTOMER) if not _WEAKLY_LOST & set(one.words)]
    scale.add({"loss": 0.4 if claimed else 0.2, "unrecoverable": 0.25}, CUSTOMER, subject=0.5)
    unanswered = not any(one.is_ours for one in reading.thread.utterances)
    if claimed and unanswered:
        scale.add_fact(0.2, "nobody has looked at the claimed loss yet")
    if (strong or claimed) and confirms_defect(reading):
        scale.add_fact(0.2, "our side confirmed a defect")
    found = [one for one in said.find(("found_again",), OURS) if is_benign_turn(reading, one.turn)]
    scale.take(0.5, found, "the data was found or restored")
    settle(scale, State.EXPLAINED)
    return scale.judge()


def confirms_defect(reading: Reading) -> bool:
    """True when our side said at least two things that confirm a defect."""
    return len({one.cue for one in reading.signals.find(_CONFIRMS, OURS)}) > 1


def settle(scale: Scale, least: State) -> None:
    """Takes the score down when the matter is solved, or explained when `least` is explained."""
    settlement = scale.reading.settlement
    if settlement.state is State.SOLVED or (least is State.EXPLAINED and settlement.state is State.EXPLAINED):
        signals = scale.reading.signals.find((*BENIGN, "own_fault", "thanks"), after=settlement.turn - 1)
        scale.score = 0.3 * min(scale.score, 1.0)
        scale.take(0.1, signals or scale.reading.signals.all[-1:], f"{settlement.state.value} since")


def is_benign_turn(reading: Reading, turn: int) -> bool:
    """True when what our side says in a turn explains more than it confirms."""
    return weigh_turn(reading.signals, turn, BENIGN) > weigh_turn(reading.signals, turn, GRAVE)


def found_grave(reading: Reading) -> bool:
    """True when a note of our own side says more of trouble than of an answer."""
    return any(
        weigh_turn(reading.signals, turn, GRAVE) >= _GRAVE_NOTE
        and weigh_turn(reading.signals, turn, GRAVE) > weigh_turn(reading.signals, turn, BENIGN)
        for turn, one in enumerate(reading.thread.utterances)
        if one.is_ours
    )
