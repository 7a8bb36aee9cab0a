"""*Policy lab*: which rules hold now, and how to try others before they do."""

from sqlalchemy import Connection

from worker.core.assessment import Target
from worker.core.decision import Action
from worker.store.stage_board import count_tickets_by_action, count_tickets_by_target
from worker.web.dashboard.visit import Page, Room, Visit

_ASKED = (Action.WATCH, Action.ASK)


def show_lab(connection: Connection, room: Room, visit: Visit) -> Page:  # noqa: ARG001 - every page is made so
    """The policy at work, team by team, and what it decided of the tickets as they stand."""
    routing = room.policy.routing
    words = {
        "digest": room.policy.digest,
        "targets": [(target, routing.targets.find_target(target.value)) for target in Target],
        "counts": count_tickets_by_action(connection, tuple(Action)),
        "asked": _ASKED,
        "by_target": count_tickets_by_target(connection, _ASKED),
    }
    return Page(template="lab.html.j2", title="Policy lab", words=words)
