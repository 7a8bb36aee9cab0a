"""The JSON bodies of our smaller writes. Pure; the create has a file of its own (`drafts`).

Jira Cloud REST v3: an edit's `update` verbs add or remove single labels, so that people's labels survive; a
remote link is replaced as a whole, so that whatever is left out of it is lost.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.jira.drafts import clean_labels, trim_summary
from connectors.jira.parse import PROPERTY_KEY
from connectors.ports import IssueChange, RemoteLink

_DESK_INTERNAL = {"key": "sd.public.comment", "value": {"internal": True}}
"""Keeps a comment from the portal's customers when the project is a service desk (Jira Service Management)."""


def spell_change(change: IssueChange) -> dict[str, Any]:
    """The body of an edit; empty when the change changes nothing."""
    fields: dict[str, Any] = {}
    if change.priority is not None:
        fields["priority"] = {"name": change.priority}
    if change.due is not None:
        fields["duedate"] = change.due
    if change.summary is not None:
        fields["summary"] = trim_summary(change.summary)
    labels = [{"add": label} for label in clean_labels(change.add_labels)]
    labels += [{"remove": label} for label in clean_labels(change.remove_labels)]
    body: dict[str, Any] = {"fields": fields} if fields else {}
    return {**body, "update": {"labels": labels}} if labels else body


def spell_comment(rich_text: Any, token: str, mentions: Sequence[str] = ()) -> dict[str, Any]:
    """The body of a comment: its text, our token as a property, and never shown on a service desk's portal.

    `mentions` are account ids (user names on Data Center) that the comment begins with, so that they are notified.
    """
    return {
        "body": _call(rich_text, mentions),
        "properties": [{"key": PROPERTY_KEY, "value": {"token": token}}, _DESK_INTERNAL],
    }


def spell_remote_link(link: RemoteLink) -> dict[str, Any]:
    """The whole remote link; a solved ticket is struck through by `status.resolved`."""
    return {
        "globalId": link.global_id,
        "application": {"type": "com.zendesk", "name": "Zendesk"},
        "relationship": link.relationship,
        "object": {
            "url": link.url,
            "title": trim_summary(link.title),
            "summary": link.summary,
            "status": {"resolved": link.resolved},
        },
    }


def _call(rich_text: Any, mentions: Sequence[str]) -> Any:
    """A mention node of ADF needs only the account's id (Atlassian Document Format, mention); wiki markup a name."""
    if not mentions:
        return rich_text
    if not isinstance(rich_text, Mapping):
        return " ".join(f"[~{name}]" for name in mentions) + f"\n\n{rich_text}"
    spaced = ((_mention(account), {"type": "text", "text": " "}) for account in mentions)
    called = {"type": "paragraph", "content": [node for nodes in spaced for node in nodes]}
    return {**rich_text, "content": [called, *rich_text["content"]]}


def _mention(account: str) -> dict[str, Any]:
    return {"type": "mention", "attrs": {"id": account}}
