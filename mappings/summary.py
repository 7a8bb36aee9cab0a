"""The one line by which people know an issue: severity first, then what it does to the customer, then the ticket."""

from mappings.escaping import flatten_text

SUMMARY_LIMIT = 255
"""The longest summary that Jira takes ("Summary can't exceed 255 characters."), in UTF-16 units."""

_SHORTEST_WORD_CUT = 0.5


def summarise_issue(severity: str, title: str, ticket_id: int | str) -> str:
    """Return `[Escalation][HIGH] title (ZD-12345)` on one line of at most 255 characters.

    A longer title is cut at a word and ends in "…"; severity and ticket are never cut.
    """
    head = f"[Escalation][{flatten_text(severity).upper()}] "
    tail = f" (ZD-{ticket_id})"
    return head + cut_line(title, SUMMARY_LIMIT - _measure(head + tail)) + tail


def cut_line(text: str, limit: int) -> str:
    """Return the text on one line of at most `limit` UTF-16 units, cut at a word where one is near, with "…"."""
    flat = flatten_text(text)
    if _measure(flat) <= limit:
        return flat
    room = flat
    while _measure(room) > limit - 1:
        room = room[: len(room) - max(1, (_measure(room) - limit) // 2)]
    at_word = room.rfind(" ")
    if not flat.startswith(room + " ") and at_word >= len(room) * _SHORTEST_WORD_CUT:
        room = room[:at_word]
    return room.rstrip(" ,;:-") + "…"


def _measure(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
