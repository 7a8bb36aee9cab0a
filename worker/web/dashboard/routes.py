"""What the dashboard serves where."""

from starlette.routing import Route

from worker.web.dashboard.backfill_page import show_backfill, steer_backfill
from worker.web.dashboard.board_page import list_escalation_rows, list_without_lesson, show_board
from worker.web.dashboard.door import Door
from worker.web.dashboard.escalation_page import give_order, show_escalation
from worker.web.dashboard.lab_page import show_lab, show_simulation
from worker.web.dashboard.now_page import show_now
from worker.web.dashboard.ops_page import settle_letter, show_letter, show_ops, show_writes
from worker.web.dashboard.pattern_pages import judge_pattern, show_pattern, show_patterns
from worker.web.dashboard.report_page import show_reports
from worker.web.dashboard.ticket_page import escalate_ticket, find_anything, list_tickets, show_ticket


def list_routes(door: Door) -> tuple[Route, ...]:
    """The routes of all pages, orders and static files."""
    pages = {
        "/": show_now,
        "/board": show_board,
        "/escalations": list_escalation_rows,
        "/escalations/unlearned": list_without_lesson,
        "/escalations/{id}": show_escalation,
        "/tickets": list_tickets,
        "/tickets/{id}": show_ticket,
        "/find": find_anything,
        "/patterns": show_patterns,
        "/patterns/{id}": show_pattern,
        "/ops": show_ops,
        "/ops/letters/{id}": show_letter,
        "/ops/backfills/{id}": show_backfill,
        "/writes": show_writes,
        "/reports": show_reports,
        "/lab": show_lab,
        "/lab/simulations/{id}": show_simulation,
    }
    orders = {
        "/escalations/{id}/{order}": (give_order, show_escalation),
        "/tickets/{id}/escalate": (escalate_ticket, show_ticket),
        "/patterns/{id}/{verdict}": (judge_pattern, show_pattern),
        "/ops/letters/{id}/{verb}": (settle_letter, show_letter),
        "/ops/backfills/{id}/{step}": (steer_backfill, show_backfill),
    }
    return (
        Route("/login", door.show_login, methods=["GET"]),
        Route("/login", door.log_in, methods=["POST"]),
        Route("/logout", door.log_out, methods=["POST"]),
        Route("/assets/{name}", door.answer_asset, methods=["GET"]),
        *(Route(path, door.show(make), methods=["GET"]) for path, make in pages.items()),
        *(Route(path, door.act(carry, restore), methods=["POST"]) for path, (carry, restore) in orders.items()),
    )
