"""*Reports*: how well the clocks were kept, how long things took, and what came back."""

from datetime import timedelta

from sqlalchemy import Connection

from worker.core.assessment import Target
from worker.core.reporting import Past, count_weeks, list_points, measure_spans, rate_cadence
from worker.store.report_rows import MOST, list_past
from worker.web.dashboard.plots import Bar, Dot, draw_bars, draw_dots
from worker.web.dashboard.visit import NoSuchPage, Page, Room, Visit

_DAYS = (7, 30, 90, 365)
_MOST_LISTED = 50


def show_reports(connection: Connection, room: Room, visit: Visit) -> Page:
    """The figures of the last days, with plots and the tables behind them."""
    text = visit.query.get("days", "30")
    if text not in {str(days) for days in _DAYS}:
        raise NoSuchPage
    days = int(text)
    since = visit.now - timedelta(days=days)
    past = list_past(connection, since, visit.now)
    cadence = rate_cadence(past)
    weeks = count_weeks(past, since, visit.now)
    points, plotted = list_points(past), _pick(past)
    titles = {target: room.policy.routing.targets.find_target(target.value).title for target in Target}
    words = {
        "days": days,
        "choices": _DAYS,
        "past": past,
        "is_cut": len(past) >= MOST,
        "cadence": cadence,
        "cadence_plot": draw_bars(
            [
                Bar(label=severity.value, values=((kept.customer_share or 0.0) * 100,))
                for severity, kept in cadence.items()
                if kept.customer_share is not None
            ],
            title="Words to customers in time, per cent by severity",
            most=100.0,
            unit=" %",
        ),
        "spans": measure_spans(past),
        "titles": titles,
        "weeks": weeks,
        "weeks_plot": draw_bars(
            [
                Bar(
                    label=f"{begins.astimezone(room.zone):%d.%m.}",
                    values=tuple(float(week[one]) for one in plotted),
                )
                for begins, week in weeks
            ],
            title="Escalations by week and team",
        ),
        "plotted": plotted,
        "points": points[:_MOST_LISTED],
        "points_total": len(points),
        "points_plot": draw_dots(
            [
                Dot(
                    x=float(point.gaps),
                    y=point.answered_after.total_seconds() / 3600,
                    told=f"{point.gaps} gaps, answered after {point.answered_after.total_seconds() / 3600:.1f} h",
                )
                for point in points[:500]
            ],
            title="Gaps in the brief against hours to the team's first answer",
            across="gaps in the brief",
            up=" h",
        ),
        "lists": {
            "bounced back: the team declined": _choose(past, "declined"),
            "reopened, or taken up again": _choose(past, "reopened"),
            "closed without a lesson": _choose(past, "unlearned"),
        },
    }
    return Page(template="reports.html.j2", title="Reports", words=words)


def _pick(past: tuple[Past, ...]) -> tuple[Target, ...]:
    """The four teams that a plot shows: those with the most escalations."""
    counts = {target: sum(row.target is target for row in past) for target in Target}
    return tuple(sorted(Target, key=lambda target: -counts[target])[:4])


def _choose(past: tuple[Past, ...], name: str) -> tuple[Past, ...]:
    return tuple(row for row in past if getattr(row, name))
