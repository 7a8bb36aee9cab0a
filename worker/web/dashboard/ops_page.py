"""*Ops*: is it alive, is it behind, what did it write, what is stuck, and the way out."""

import math
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from worker.core.limits import Level, Limit, size_budget
from worker.desk import Word
from worker.store.audit import list_audit
from worker.store.budgets import read_shared_levels
from worker.store.deadletters import DeadLetter, count_dead_letters, list_dead_letters, read_dead_letter
from worker.store.degraded import find_degraded
from worker.store.effects import EffectState
from worker.store.ops_board import (
    count_writes,
    list_beats,
    list_cursors,
    list_last_deliveries,
    list_vendors,
    list_writes,
    read_lag,
)
from worker.store.status import read_lateness, read_status
from worker.store.subjects import SubjectKind
from worker.store.vendors import spell_clock
from worker.web.dashboard.backfill_page import list_plans
from worker.web.dashboard.forms import read_reason, read_seen
from worker.web.dashboard.paging import read_page
from worker.web.dashboard.trail import name_state, name_write
from worker.web.dashboard.visit import NoSuchPage, Page, Room, Visit

_MOST_LETTERS, _ROWS = 50, 100
_LATE_S = 120.0
_DAY = timedelta(days=1)
_UNANNOUNCED = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class BudgetLine:
    """How much of a limit's burst is used up now, and how many calls each lane may still make at once."""

    name: str
    count: int
    period_s: float
    used: float
    left: tuple[tuple[str, int], ...]
    remaining: int | None


def show_ops(connection: Connection, room: Room, visit: Visit) -> Page:
    """The service at one glance."""
    now, clock = visit.now, visit.now.timestamp()
    status, lateness = read_status(connection, now), read_lateness(connection, now)
    beats = list_beats(connection)
    newest = max(beats.values(), default=None)
    written = count_writes(connection, now - _DAY)
    words = {
        "status": status,
        "lateness": timedelta(seconds=lateness) if lateness is not None else None,
        "is_late": lateness is not None and lateness > _LATE_S,
        "beats": beats,
        "is_beating": newest is not None and (now - newest).total_seconds() <= _LATE_S,
        "lag": read_lag(connection),
        "degraded": find_degraded(connection, now),
        "vendors": list_vendors(connection, clock),
        "spell_clock": spell_clock,
        "budgets": list(_list_budgets(connection, room, clock)),
        "lanes": [lane.name.lower().replace("_", " ") for lane in room.lane_parts],
        "letters": list_dead_letters(connection, most=_MOST_LETTERS),
        "letters_total": count_dead_letters(connection),
        "written": sorted(written.items(), key=lambda row: (row[0][0], row[0][1].value)),
        "written_total": sum(written.values()),
        "name_write": name_write,
        "name_state": name_state,
        "cursors": list_cursors(connection),
        "deliveries": list_last_deliveries(connection),
        "plans": list_plans(connection, now),
        "now_s": clock,
    }
    return Page(template="ops.html.j2", title="Ops", words=words)


def show_letter(connection: Connection, room: Room, visit: Visit) -> Page:  # noqa: ARG001 - every page is made so
    """One dead letter: what stopped, what it holds up, what happened before, and the way out."""
    name, _, subject_id = visit.params["id"].partition(":")
    letter = read_dead_letter(connection, SubjectKind(name), subject_id) if name in set(SubjectKind) else None
    if letter is None:
        raise NoSuchPage
    words = {
        "one": letter,
        "name_write": name_write,
        "name_state": name_state,
        "way_out": _find_way_out(letter),
        "history": tuple(reversed(list_audit(connection, letter.kind, letter.subject_id)[-30:])),
        "seen": {"reason": letter.reason, "writes": " ".join(f"#{write.id}" for write in letter.writes)},
        "once": secrets.token_hex(8),
        "changes": (),
        "problem": None,
    }
    return Page(template="letter.html.j2", title=f"Dead letter {letter.id}", words=words)


def settle_letter(room: Room, visit: Visit) -> str:
    """Replays or drops a dead letter and returns where to go."""
    verb = visit.params["verb"]
    if verb not in {"replay", "drop"}:
        raise NoSuchPage
    reason = read_reason(visit) if verb == "drop" else visit.read("reason")
    word = Word(by=visit.name, reason=reason, command_id=visit.read("once", 64), seen=read_seen(visit))
    if verb == "replay":
        room.desk.replay(visit.params["id"], word)
        return "/ops?done=replayed#letters"
    room.desk.drop(visit.params["id"], word)
    return "/ops?done=dropped#letters"


def show_writes(connection: Connection, room: Room, visit: Visit) -> Page:  # noqa: ARG001 - every page is made so
    """The writes behind a number."""
    try:
        state = EffectState(visit.query["state"]) if visit.query.get("state") else None
    except ValueError:
        raise NoSuchPage from None
    kind = visit.query.get("kind") or None
    since = visit.now - _DAY if visit.query.get("since") == "day" else None
    page = read_page(visit, "page", _ROWS)
    told = (name_write(kind) if kind else "", name_state(state.value) if state else "")
    rows = list_writes(connection, kind=kind, state=state, since=since, limit=_ROWS + 1, offset=page.offset)
    words = {
        "rows": rows[:_ROWS],
        "page": page.turn(len(rows)),
        "told": ", ".join(part for part in told if part),
        "is_day": since is not None,
        "name_write": name_write,
        "name_state": name_state,
    }
    return Page(template="writes.html.j2", title="Writes", words=words)


def _find_way_out(letter: DeadLetter) -> str:
    if letter.is_unknown:
        return (
            "Look on the other side whether it happened. A replay looks for it first and sends it once more at most; "
            "dropping lets it be."
        )
    if letter.writes:
        return "Correct what the reason names, then replay; or drop it. A new event tries again by itself."
    if letter.kind is SubjectKind.TICKET:
        return "A new event on the ticket reads it again; a replay does so now. Dropping forgets what waits."
    return "A new event on the issue or a ticket plans it again; a replay does so now. Dropping leaves it until then."


def _list_budgets(connection: Connection, room: Room, clock: float) -> Iterator[BudgetLine]:
    levels = read_shared_levels(connection)
    for name, limit in room.sizes.items():
        level = levels.get(name, Level())
        if limit.count >= _UNANNOUNCED and level.capacity is None:
            continue
        yield _measure(name, limit, level, room, clock)


def _measure(name: str, limit: Limit, level: Level, room: Room, clock: float) -> BudgetLine:
    budget = size_budget(limit, level.capacity)
    used = min(float(budget.burst), max(0.0, (level.tat - clock) / budget.interval_s))
    is_known = level.remaining is not None and (level.resets_at or 0.0) > clock
    return BudgetLine(
        name=name,
        count=budget.count,
        period_s=budget.period_s,
        used=used / budget.burst,
        left=tuple(
            (lane.name.lower().replace("_", " "), max(0, math.floor(budget.burst * part - used + 1e-6)))
            for lane, part in room.lane_parts.items()
        ),
        remaining=level.remaining if is_known else None,
    )
