"""When a running escalation may be stood down or lowered."""

from collections.abc import Iterator
from dataclasses import dataclass

from worker.core.criteria.reading import Reading
from worker.core.settlement import State, goes_on_elsewhere
from worker.core.signals import CUSTOMER, OURS

_EASED = ("solved", "content")


@dataclass(frozen=True, kw_only=True, slots=True)
class StandDown:
    """Whether a running escalation is to be stood down or lowered, why, and whether it still has to stay."""

    reasons: tuple[str, ...] = ()
    stays: bool = True

    @property
    def is_due(self) -> bool:
        """True when there is a reason to stand down or to lower."""
        return bool(self.reasons)


def judge_stand_down(reading: Reading, *, is_running: bool) -> StandDown:
    """The reasons of the standard's de-escalation list that hold for a running escalation."""
    if not is_running:
        return StandDown(stays=False)
    reasons = tuple(_list_reasons(reading))
    if reasons and goes_on_elsewhere(reading.signals, reading.settlement.turn):
        return StandDown()
    return StandDown(reasons=reasons, stays=not reasons or _still_wants_fix(reading))


def _still_wants_fix(reading: Reading) -> bool:
    """True when the customer can go on, but says in another sentence that the fix is needed, or by when."""
    settled = reading.settlement.turn - 1
    oks = reading.signals.find(("workaround_ok",), CUSTOMER) or reading.signals.find(_EASED, CUSTOMER, after=settled)
    since = oks[0].turn if oks else reading.settlement.turn
    if reading.signals.has(("still_needs_fix",), CUSTOMER, after=since - 1):
        return True
    said = {(one.turn, one.sentence) for one in oks}
    dated = reading.signals.find(("deadline",), CUSTOMER, after=since - 1) if oks else ()
    return any((one.turn, one.sentence) not in said for one in dated)


def _list_reasons(reading: Reading) -> Iterator[str]:
    signals, settlement = reading.signals, reading.settlement
    if settlement.state is State.SOLVED:
        yield "The issue is resolved"
    elif signals.has(("workaround_ok",), CUSTOMER) and not signals.has(
        ("workaround_bad", "recurred", "trouble_back", "came_back", "worsening"),
        CUSTOMER,
        after=signals.find(("workaround_ok",), CUSTOMER)[-1].turn,
    ):
        yield "A workaround unblocks the customer"
    elif settlement.accepted and signals.has(("still_needs_fix",), CUSTOMER, after=settlement.turn - 1):
        yield "The customer can go on until it is fixed"
    elif settlement.state is State.EXPLAINED and signals.has(("our_explained", "our_retracts", "false_alarm"), OURS):
        yield "The cause is found and support can resolve it"
