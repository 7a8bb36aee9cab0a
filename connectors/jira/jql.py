"""The two sentences of JQL that we speak, and the quoting that keeps values from becoming sentences.

A query is always bound to projects: the enhanced search refuses unbounded ones, and an unknown name in JQL
is answered with an empty result rather than an error, so names come from configuration only.
"""

import re
from collections.abc import Sequence

_CUSTOM_FIELD = re.compile(r"customfield_([0-9]{1,12})")


def quote(value: str) -> str:
    """Return a JQL string literal that means exactly this value; control characters become spaces."""
    printable = "".join(letter if letter.isprintable() else " " for letter in value)
    escaped = printable.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def is_custom_field(name: str) -> bool:
    """True for the id of a custom field (`customfield_10050`)."""
    return _CUSTOM_FIELD.fullmatch(name) is not None


def find_marked(marker: str, footer: str, projects: Sequence[str], marker_field: str = "") -> str:
    """Return the query for issues in these projects that carry the marker, oldest first.

    The marker is a label, or the value of the custom field `marker_field` (an id such as `customfield_10050`);
    `footer` is the word that stands for it in the description, where a screen takes no labels. Text is searched
    by words (`~`), so such a hit still has to be proved. Raises ValueError without projects: Jira refuses an
    unbounded query.
    """
    if not projects:
        raise ValueError("a search needs at least one project")
    bound = ", ".join(quote(project) for project in projects)
    carried = f"{_name_field(marker_field)} = {quote(marker)} OR description ~ {quote(footer)}"
    return f"project in ({bound}) AND ({carried}) ORDER BY created ASC"


def find_newest(project: str) -> str:
    """Return the query for a project's issues, newest first."""
    return f"project = {quote(project)} ORDER BY created DESC"


def _name_field(marker_field: str) -> str:
    number = _CUSTOM_FIELD.fullmatch(marker_field)
    return f"cf[{number.group(1)}]" if number else "labels"
