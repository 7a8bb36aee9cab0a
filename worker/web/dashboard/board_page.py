"""*Board*: where every escalation stands, and which tickets wait for a person; every count links to its rows."""

from datetime import timedelta
from typing import TypeVar

from sqlalchemy import Connection

from worker.core.assessment import Severity, Target
from worker.core.decision import Action
from worker.core.life import Stage
from worker.store.lessons import list_unlearned
from worker.store.stage_board import (
    Card,
    Filter,
    count_cards,
    count_tickets_by_action,
    list_cards,
    list_ticket_lines,
    read_cards,
)
from worker.web.dashboard.paging import read_page
from worker.web.dashboard.visit import NoSuchPage, Page, Room, Visit

_Choice = TypeVar("_Choice", Stage, Target, Severity)

_IN_A_LANE, _ROWS = 12, 50
_LATELY = timedelta(days=14)
_LANES = (
    ("With the team", (Stage.OPENING, Stage.ACTIVE)),
    ("Fixed, not out yet", (Stage.FIXED,)),
    ("Customer's word awaited", (Stage.RESOLVED, Stage.DECLINED)),
    ("Back in support", (Stage.STOOD_DOWN,)),
)


def show_board(connection: Connection, room: Room, visit: Visit) -> Page:
    """Lanes from what is suggested to what is closed."""
    target = _read(Target, visit.query.get("target"))
    counts = count_cards(connection, Filter(is_open=True, target=target))
    lanes = []
    for name, stages in _LANES:
        cards: list[Card] = []
        for stage in stages:
            cards += list_cards(connection, Filter(is_open=True, stage=stage, target=target), limit=_IN_A_LANE)
        total = sum(number for (stage, _, _), number in counts.items() if stage in stages)
        links = [(stage, sum(n for (one, _, _), n in counts.items() if one is stage)) for stage in stages]
        lanes.append({"name": name, "cards": cards[:_IN_A_LANE], "total": total, "stages": links})
    closed = Filter(is_open=False, target=target, closed_since=visit.now - _LATELY)
    asking = {
        action: list_ticket_lines(connection, action=action, target=target, limit=_IN_A_LANE)
        for action in (Action.ASK, Action.WAIT)
    }
    words = {
        "target": target,
        "targets": [(one, room.policy.routing.targets.find_target(one.value)) for one in Target],
        "by_target": {one: sum(n for (_, to, _), n in counts.items() if to is one) for one in Target},
        "lanes": lanes,
        "asking": asking,
        "asked_total": sum(count_tickets_by_action(connection, tuple(asking), target).values()),
        "closed": list_cards(connection, closed, limit=_IN_A_LANE),
        "closed_total": sum(count_cards(connection, closed).values()),
        "table": _count_table(counts),
        "stages": [stage for stage in Stage if stage is not Stage.CLOSED],
    }
    return Page(template="board.html.j2", title="Board", words=words)


def list_escalation_rows(connection: Connection, room: Room, visit: Visit) -> Page:  # noqa: ARG001 - every page is made so
    """The escalations behind a number."""
    query = visit.query
    state = query.get("state", "")
    if state not in {"", "open", "closed"}:
        raise NoSuchPage
    days = query.get("days", "")
    since = visit.now - timedelta(days=int(days)) if days.isascii() and days.isdigit() and len(days) <= 3 else None  # noqa: PLR2004 - days, not ages
    chosen = Filter(
        is_open={"open": True, "closed": False}.get(state),
        stage=_read(Stage, query.get("stage")),
        target=_read(Target, query.get("target")),
        severity=_read(Severity, query.get("severity")),
        created_since=since,
    )
    page = read_page(visit, "page", _ROWS)
    rows = list_cards(connection, chosen, limit=_ROWS + 1, offset=page.offset)
    words = {
        "rows": rows[:_ROWS],
        "page": page.turn(len(rows)),
        "total": sum(count_cards(connection, chosen).values()),
        "told": " ".join(
            str(part).replace("_", " ")
            for part in (state, query.get("severity"), query.get("target"), query.get("stage"))
            if part
        ),
        "days": days if since else "",
    }
    return Page(template="escalations.html.j2", title="Escalations", words=words)


def list_without_lesson(connection: Connection, room: Room, visit: Visit) -> Page:  # noqa: ARG001 - every page is made so
    """Closed escalations of which nothing was learned yet, newest first."""
    page = read_page(visit, "page", _ROWS)
    ids = list(reversed(list_unlearned(connection)))
    wanted = ids[page.offset : page.offset + _ROWS]
    found = {card.id: card for card in read_cards(connection, wanted)}
    words = {
        "rows": [found[one] for one in wanted if one in found],
        "page": page.turn(len(ids) - page.offset),
        "total": len(ids),
        "told": "closed without a lesson",
        "days": "",
    }
    return Page(template="escalations.html.j2", title="Closed without a lesson", words=words)


def _count_table(counts: dict[tuple[Stage, Target, Severity], int]) -> dict[tuple[Target, Stage], int]:
    table: dict[tuple[Target, Stage], int] = {}
    for (stage, target, _), number in counts.items():
        table[target, stage] = table.get((target, stage), 0) + number
    return table


def _read(kind: type[_Choice], text: str | None) -> _Choice | None:
    try:
        return kind(text) if text else None
    except ValueError:
        raise NoSuchPage from None
