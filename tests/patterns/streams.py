"""Reads the rows of a stream as reports."""

from datetime import datetime
from typing import Any

from worker.core.patterns.report import Report


def read_report(row: dict[str, Any]) -> Report:
    """One ticket of a stream."""
    return Report(
        id=row["id"],
        customer=row["org"],
        at=datetime.fromisoformat(row["created_at"]),
        subject=row["subject"],
        body=row["body"],
        author_name=row["requester"],
    )
