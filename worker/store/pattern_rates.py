"""The rate of alarms as it was last worked out: by the worker, for the metrics and the commands."""

import json
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, func, select

from mappings.patterns import PatternRules
from worker.core.patterns.rate import AlarmRate, rate_alarms
from worker.store.patterns import PatternStanding
from worker.store.progress import read_cursor, save_cursor
from worker.store.schema import pattern_reports, patterns

_RATE = "patterns.rate"
_OPEN = (PatternStanding.FORMING, PatternStanding.SUGGESTED, PatternStanding.RAISED, PatternStanding.REJECTED)


def keep_rate(connection: Connection, rules: PatternRules, now: datetime) -> None:
    """Works the rate out over the slow window before `now`, and keeps it."""
    since, limit = now - rules.slow_window, rules.lanes.raises.by_meaning
    rows = connection.execute(
        select(patterns.c.standing, patterns.c.score).where(
            patterns.c.last_at >= since,
            patterns.c.by_meaning.is_(True),
            patterns.c.score.is_not(None),
            patterns.c.part_of == "",
            patterns.c.standing.in_([standing.value for standing in _OPEN]),
        )
    ).all()
    reports = connection.execute(select(func.count()).where(pattern_reports.c.at >= since)).scalar() or 0
    rate = rate_alarms(
        [row.score for row in rows],
        reports=reports,
        raised=sum(row.standing == PatternStanding.RAISED.value for row in rows),
        limit=None if limit == "never" else limit,
        most_alarms=rules.most_alarms,
    )
    save_cursor(connection, _RATE, json.dumps(asdict(rate)), now)


def read_rate(connection: Connection) -> AlarmRate | None:
    """The rate as it was last kept; None before the first report."""
    kept = read_cursor(connection, _RATE)
    return AlarmRate(**json.loads(kept)) if kept else None
