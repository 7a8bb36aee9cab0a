"""*Patterns*: the same issue from several customers, forming and found, and what people say of it."""

import secrets
from urllib.parse import quote

from sqlalchemy import Connection

from worker.core.patterns.orders import Verdict
from worker.core.seen import spell_tickets
from worker.desk import Word
from worker.store.audit import list_audit
from worker.store.escalations import find_by_pattern
from worker.store.pattern_rates import read_rate
from worker.store.pattern_views import view_pattern
from worker.store.patterns import PatternStanding, count_patterns, list_pattern_page, list_reports, read_pattern
from worker.store.stage_board import read_ticket_lines
from worker.store.subjects import SubjectKind
from worker.web.dashboard.forms import read_numbers, read_reason, read_seen
from worker.web.dashboard.paging import read_page
from worker.web.dashboard.visit import BadForm, NoSuchPage, Page, Room, Visit

_ROWS, _MOST_REPORTS, _LEAST = 30, 100, 2
_HIDDEN = (PatternStanding.REJECTED, PatternStanding.MUTED)


def show_patterns(connection: Connection, room: Room, visit: Visit) -> Page:
    """Patterns from two customers on, newest first, and how often they are raised."""
    try:
        wanted = PatternStanding(visit.query["standing"]) if visit.query.get("standing") else None
    except ValueError:
        raise NoSuchPage from None
    shown = (wanted,) if wanted else tuple(one for one in PatternStanding if one not in _HIDDEN)
    page = read_page(visit, "page", _ROWS)
    rows = list_pattern_page(connection, shown, _LEAST, limit=_ROWS + 1, offset=page.offset)
    lines = read_ticket_lines(connection, [int(row.id) for row in rows if row.id.isdigit()])
    words = {
        "rows": rows[:_ROWS],
        "lines": lines,
        "page": page.turn(len(rows)),
        "standings": tuple(PatternStanding),
        "counts": count_patterns(connection, _LEAST),
        "wanted": wanted,
        "needed": room.policy.patterns.customers,
        "rate": read_rate(connection),
    }
    return Page(template="patterns.html.j2", title="Patterns", words=words)


def show_pattern(connection: Connection, room: Room, visit: Visit) -> Page:
    """Why a pattern is one: its tickets and customers, what they share, and the verdicts that can be given."""
    pattern = read_pattern(connection, visit.params["id"])
    if pattern is None:
        raise NoSuchPage
    reports = list_reports(connection, pattern.id)
    shown = reports[-_MOST_REPORTS:]
    explanation = dict(pattern.explanation or {})
    words = {
        "one": pattern,
        "reports": tuple(reversed(shown)),
        "total": len(reports),
        "customers": len({report.member.customer for report in reports}),
        "lines": read_ticket_lines(connection, [report.ticket_id for report in shown]),
        "reasons": {str(member.get("ticket")): member for member in explanation.get("members", ())},  # type: ignore[attr-defined]
        "left_out": explanation.get("left_out"),
        "figures": explanation.get("figures") or {},
        "escalations": find_by_pattern(connection, view_pattern(pattern, reports)),
        "others": [
            row
            for row in list_pattern_page(connection, tuple(PatternStanding), _LEAST, limit=_ROWS, offset=0)
            if row.id != pattern.id
        ],
        "history": tuple(reversed(list_audit(connection, SubjectKind.PATTERN, pattern.id)[-30:])),
        "needed": room.policy.patterns.customers,
        "seen": {
            "standing": pattern.standing.value,
            "tickets": spell_tickets(report.ticket_id for report in reports),
        },
        "once": secrets.token_hex(8),
        "changes": (),
        "problem": None,
    }
    return Page(template="pattern.html.j2", title=f"Pattern {pattern.id}", words=words)


def judge_pattern(room: Room, visit: Visit) -> str:
    """Gives a verdict and returns where to go."""
    pattern_id = visit.params["id"]
    try:
        verdict = Verdict(visit.params["verdict"])
    except ValueError:
        raise NoSuchPage from None
    word = Word(by=visit.name, reason=read_reason(visit), command_id=visit.read("once", 64), seen=read_seen(visit))
    tickets = read_numbers(visit, "ticket") if verdict is Verdict.SPLIT else ()
    other = visit.read("other", 64) if verdict is Verdict.MERGE else ""
    if verdict is Verdict.MERGE and not other:
        raise BadForm("Write the name of the pattern that is the same problem.")
    room.desk.judge_pattern(pattern_id, verdict, word, tickets=tickets, other=other)
    return f"/patterns/{quote(pattern_id, safe='')}?done=judged"
