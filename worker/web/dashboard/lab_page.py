"""*Policy lab*: which rules hold now, what simulations of others found, and how to try more."""

from sqlalchemy import Connection

from worker.core.assessment import Target
from worker.core.decision import Action
from worker.core.simulation import Change
from worker.store.simulations import KeptSimulation, list_simulated, list_simulations
from worker.store.stage_board import count_tickets_by_action, count_tickets_by_target
from worker.web.dashboard.paging import read_page
from worker.web.dashboard.plots import Bar, draw_bars
from worker.web.dashboard.visit import NoSuchPage, Page, Room, Visit

_ASKED = (Action.WATCH, Action.ASK)
_CHANGES = (Change.WOULD_OPEN, Change.WOULD_NOT, Change.CHANGED_TARGET, Change.CHANGED_SEVERITY)
_TOLD = {
    Change.WOULD_OPEN: "would go up",
    Change.WOULD_NOT: "would stay",
    Change.CHANGED_TARGET: "other team",
    Change.CHANGED_SEVERITY: "other severity",
    Change.SAME: "same",
}
_ROWS = 100


def show_lab(connection: Connection, room: Room, visit: Visit) -> Page:  # noqa: ARG001 - every page is made so
    """The policy at work, team by team, what it decided of the tickets as they stand, and what was tried."""
    routing = room.policy.routing
    words = {
        "digest": room.policy.digest,
        "targets": [(target, routing.targets.find_target(target.value)) for target in Target],
        "counts": count_tickets_by_action(connection, tuple(Action)),
        "asked": _ASKED,
        "by_target": count_tickets_by_target(connection, _ASKED),
        "simulations": list_simulations(connection),
        "changes": _CHANGES,
        "told": _TOLD,
    }
    return Page(template="lab.html.j2", title="Policy lab", words=words)


def show_simulation(connection: Connection, room: Room, visit: Visit) -> Page:
    """One simulation: what would change, by week and by team, ticket by ticket, and what agents think of it."""
    kept = next((one for one in list_simulations(connection) if one.id == visit.params["id"]), None)
    if kept is None:
        raise NoSuchPage
    try:
        change = Change(visit.query["change"]) if visit.query.get("change") else None
        team = Target(visit.query["team"]) if visit.query.get("team") else None
    except ValueError:
        raise NoSuchPage from None
    page = read_page(visit, "page", _ROWS)
    rows = list_simulated(connection, kept.id, change=change, team=team, limit=_ROWS + 1, offset=page.offset)
    weeks = _count_by_week(kept)
    words = {
        "kept": kept,
        "changes": _CHANGES,
        "told": _TOLD,
        "same": Change.SAME,
        "weeks": weeks,
        "weeks_plot": draw_bars(
            [Bar(label=week[5:], values=tuple(float(row[one]) for one in _CHANGES)) for week, row in weeks],
            title="Tickets that would fare otherwise, by week",
        ),
        "teams": _count_by_team(kept),
        "titles": {target: room.policy.routing.targets.find_target(target.value).title for target in Target},
        "change": change,
        "team": team,
        "rows": rows[:_ROWS],
        "page": page.turn(len(rows)),
    }
    return Page(template="simulation.html.j2", title="Simulation", words=words)


def _count_by_week(kept: KeptSimulation) -> list[tuple[str, dict[Change, int]]]:
    weeks = sorted({row.week for row in kept.weeks})
    return [
        (
            week,
            {one: sum(row.tickets for row in kept.weeks if row.week == week and row.change is one) for one in Change},
        )
        for week in weeks
    ]


def _count_by_team(kept: KeptSimulation) -> list[tuple[Target, dict[Change, int]]]:
    """The teams that it concerns at all."""
    counts = [
        (
            team,
            {one: sum(row.tickets for row in kept.weeks if row.team is team and row.change is one) for one in Change},
        )
        for team in Target
    ]
    return [(team, row) for team, row in counts if any(row.values())]
