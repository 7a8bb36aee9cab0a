"""*Now*: who is owed a word, what is overdue first."""

from sqlalchemy import Connection

from worker.core.decision import Action
from worker.core.life import Stage
from worker.store.due_board import Side, count_due, list_due
from worker.store.lessons import list_unlearned
from worker.store.progress import read_last_beat
from worker.store.stage_board import Filter, count_cards, count_tickets_by_action
from worker.store.status import count_parked
from worker.web.dashboard.paging import read_page
from worker.web.dashboard.visit import Page, Room, Visit

_LATE_BEAT_S = 120.0
_ROWS = 50


def show_now(connection: Connection, room: Room, visit: Visit) -> Page:  # noqa: ARG001 - every page is made so
    """Both clocks, side by side, with what else waits for a person."""
    pages = {side: read_page(visit, side.value, _ROWS) for side in Side}
    due = {side: list_due(connection, side, limit=_ROWS + 1, offset=pages[side].offset) for side in Side}
    counts = {side: count_due(connection, side, visit.now) for side in Side}
    open_cards = count_cards(connection, Filter(is_open=True))
    severities: dict[str, int] = {}
    for (_, _, severity), number in open_cards.items():
        severities[severity.value] = severities.get(severity.value, 0) + number
    beat = read_last_beat(connection, "worker")
    words = {
        "sides": [
            {
                "side": side,
                "counts": counts[side],
                "rows": due[side][:_ROWS],
                "page": pages[side].turn(len(due[side])),
            }
            for side in (Side.CUSTOMER, Side.TEAM)
        ],
        "severities": severities,
        "open": sum(severities.values()),
        "awaiting": sum(number for (stage, _, _), number in open_cards.items() if stage is Stage.RESOLVED),
        "asked": count_tickets_by_action(connection, (Action.ASK,)).get(Action.ASK, 0),
        "unlearned": len(list_unlearned(connection)),
        "parked": count_parked(connection),
        "beat": beat,
        "is_beating": beat is not None and (visit.now - beat).total_seconds() <= _LATE_BEAT_S,
    }
    return Page(template="now.html.j2", title="Now", words=words)
