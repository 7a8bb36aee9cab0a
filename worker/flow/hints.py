"""Events that point at an issue: how the web role spells them, and how the escalation reads them."""

import json
from collections.abc import Sequence

from worker.store.inbox import PendingEvent, spell_body

_ISSUE = "issue"
_MOST_HINTS = 20
_LONGEST_ID = 20


def spell_hint(issue_id: str | None) -> bytes | None:
    """The body of an event about an issue that carries an escalation's mark; None when that is no issue's id."""
    return spell_body({_ISSUE: issue_id}) if issue_id is not None and _is_issue_id(issue_id) else None


def list_hinted(events: Sequence[PendingEvent]) -> tuple[str, ...]:
    """The ids of the issues that these events point at, newest first; what cannot be read points at nothing."""
    hinted = (_read_hint(event.body) for event in reversed(events) if event.body is not None)
    return tuple(dict.fromkeys(issue_id for issue_id in hinted if issue_id))[:_MOST_HINTS]


def _read_hint(body: bytes) -> str | None:
    try:
        named = json.loads(body)
    except ValueError:
        return None
    issue_id = named.get(_ISSUE) if isinstance(named, dict) else None
    return issue_id if isinstance(issue_id, str) and _is_issue_id(issue_id) else None


def _is_issue_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID
