"""What all forms have: the reason, which the audit keeps, and what the page showed when it was made."""

import json
from collections.abc import Mapping

from worker.web.dashboard.visit import BadForm, Visit

_LONGEST_SEEN = 20_000


def read_reason(visit: Visit) -> str:
    """The reason; raises BadForm when there is none."""
    reason = visit.read("reason")
    if not reason:
        raise BadForm("Write why; the audit keeps it, and both sides are told.")
    return reason


def read_seen(visit: Visit) -> Mapping[str, str]:
    """What the page showed; raises BadForm when the form does not say so."""
    try:
        seen = json.loads(visit.read("seen", _LONGEST_SEEN))
    except ValueError:
        raise BadForm("The form is not whole; open the page again.") from None
    if not isinstance(seen, dict) or not seen or not all(isinstance(value, str) for value in seen.values()):
        raise BadForm("The form is not whole; open the page again.")
    return seen


def read_numbers(visit: Visit, name: str) -> tuple[int, ...]:
    """The numbers that were chosen in a field."""
    chosen = visit.form.get(name, ())
    return tuple(int(text) for text in chosen if text.isascii() and text.isdigit() and len(text) <= 18)  # noqa: PLR2004 - 64 bits
