"""Log lines of a process that must stay small: as `worker.log` writes them, without the library behind it.

Only for values of our own making, since nothing is masked here.
"""

import contextlib
import json
import sys
from datetime import UTC, datetime


def write_line(level: str, event: str, **details: object) -> None:
    """One line on stderr, with its instant: JSON, or words on a terminal. A stderr that is gone is no error."""
    at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    if sys.stderr.isatty():
        line = " ".join([at, f"[{level}]", event, *(f"{name}={value}" for name, value in details.items())])
    else:
        row = details | {"event": event, "level": level, "timestamp": at}
        line = json.dumps(row, default=str, ensure_ascii=False)
    with contextlib.suppress(OSError):
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
