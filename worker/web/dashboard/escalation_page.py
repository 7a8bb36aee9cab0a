"""*Escalation*: why it went up, whom it touches, what its brief lacks, both clocks, the issue, and what was done."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import quote

from sqlalchemy import Connection

from mappings.durations import parse_duration
from worker.core.assessment import MissingItem
from worker.core.escalation import Escalation, EscalationState
from worker.core.life import LIFE
from worker.core.review import HAPPENINGS, Order
from worker.core.seen import spell_seen
from worker.desk import Word
from worker.store.clocks import TEAM, list_clocks, list_snoozes
from worker.store.escalations import list_last_members, read_brief, read_escalation, read_issue_seen
from worker.store.lessons import list_lessons
from worker.store.stage_board import read_ticket_lines
from worker.store.subjects import SubjectKind
from worker.store.tickets import TicketState, read_states
from worker.store.trail import list_ever, list_trail
from worker.web.dashboard.forms import read_reason, read_seen
from worker.web.dashboard.ticket_page import list_waiting
from worker.web.dashboard.trail import tell_steps
from worker.web.dashboard.visit import BadForm, NoSuchPage, Page, Room, Visit

_MOST_TREES, _MOST_TICKETS, _MOST_STEPS = 6, 60, 150
_LONGEST_SNOOZE = timedelta(days=30)
_ORDERS = {"deescalate": Order.STAND_DOWN, "close": Order.CLOSE, "escalate": Order.TAKE_UP}


def show_escalation(connection: Connection, room: Room, visit: Visit) -> Page:
    """Everything about one escalation."""
    known = read_escalation(connection, visit.params["id"])
    if known is None:
        raise NoSuchPage
    is_open = known.state is EscalationState.OPEN
    ticket_ids = known.tickets if is_open else list_last_members(connection, known)
    shown = ticket_ids[:_MOST_TICKETS]
    states = read_states(connection, shown[:_MOST_TREES])
    ever = list_ever(connection, known.id)
    steps = list_trail(connection, known.id, ever[:_MOST_TICKETS])
    clocks = {clock.ticket_id: clock for clock in list_clocks(connection, known.id)}
    words = {
        "one": known,
        "is_open": is_open,
        "target": room.policy.routing.targets.find_target(known.target.value).title,
        "ticket_ids": ticket_ids,
        "shown": shown,
        "states": states,
        "lacks": _list_lacks(list(states.values())),
        "lines": read_ticket_lines(connection, shown),
        "left": tuple(ticket_id for ticket_id in ever if ticket_id not in ticket_ids),
        "fates": {fate.ticket_id: fate for fate in known.fates},
        "clocks": [clocks[key] for key in (TEAM, *ticket_ids) if key in clocks] if is_open else [],
        "snoozes": {key[1]: snooze for key, snooze in list_snoozes(connection, [known.id]).items()},
        "brief": read_brief(connection, known.id),
        "lessons": list_lessons(connection, known.id),
        "seen_at": read_issue_seen(connection, known.id),
        "steps": tell_steps(steps[-_MOST_STEPS:]),
        "more_steps": max(0, len(steps) - _MOST_STEPS),
        "waiting": list_waiting(connection, SubjectKind.ESCALATION, known.id),
        "orders": list_possible(known),
        "seen": spell_seen(known),
        "once": secrets.token_hex(8),
        "changes": (),
        "problem": None,
    }
    return Page(template="escalation.html.j2", title=known.title or f"Escalation {known.id}", words=words)


def list_possible(known: Escalation) -> tuple[str, ...]:
    """The orders that can follow from where the escalation stands."""
    if known.state is not EscalationState.OPEN:
        return ()
    return tuple(name for name, order in _ORDERS.items() if HAPPENINGS[order] in LIFE[known.course.stage])


def give_order(room: Room, visit: Visit) -> str:
    """Carries out the form of an escalation and returns where to go."""
    escalation_id, wanted = visit.params["id"], visit.params["order"]
    back = f"/escalations/{quote(escalation_id, safe='')}"
    lesson = visit.read("lesson")
    word = Word(by=visit.name, reason=visit.read("reason"), command_id=visit.read("once", 64), seen=read_seen(visit))
    if wanted == "learn":
        if not lesson:
            raise BadForm("Write what was learned: the cause, and what helps.")
        room.desk.learn(escalation_id, lesson, word)
        return f"{back}?done=learned"
    read_reason(visit)
    if wanted == "snooze":
        room.desk.snooze(escalation_id, _read_clock(visit), _read_span(visit), word)
        return f"{back}?done=snoozed"
    if wanted not in _ORDERS:
        raise NoSuchPage
    room.desk.instruct(escalation_id, _ORDERS[wanted], word, lesson=lesson if wanted == "close" else "")
    return f"{back}?done=ordered"


def _list_lacks(states: Sequence[TicketState]) -> tuple[MissingItem, ...]:
    """What the team asks for and none of these tickets has."""
    asked = [{item.field: item for item in state.assessment.missing} for state in states if state.assessment]
    return tuple(item for field, item in asked[0].items() if all(field in one for one in asked)) if asked else ()


def _read_clock(visit: Visit) -> int:
    text = visit.read("clock", 20)
    if not (text.isascii() and text.isdigit()):
        raise BadForm("Choose the clock that is to sleep.")
    return int(text)


def _read_span(visit: Visit) -> timedelta:
    try:
        span = parse_duration(visit.read("lasting", 20))
    except ValueError as problem:
        raise BadForm(f"How long: {problem}") from None
    if not timedelta(0) < span <= _LONGEST_SNOOZE:
        raise BadForm("How long: write a duration up to 30 days, such as 4h or 2d.")
    return span
