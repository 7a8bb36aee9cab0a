"""What Escalator wants to be set up at both vendors: each part as it should be. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.provisioning import Inventory, Part, PartKind, spell_mark

ZENDESK, JIRA = "zendesk", "jira"
WEBHOOK, TRIGGER, TRACKER_WEBHOOK = "zendesk.webhook", "zendesk.trigger", "jira.webhook"
FIELD_PREFIX = "zendesk.field."
ROUTES: Mapping[str, str] = {ZENDESK: "/webhooks/zendesk", JIRA: "/webhooks/jira"}
TRIGGER_BODY = '{"ticket_id": "{{ticket.id}}"}'
WRITTEN_FIELDS = ("jira_issue", "state", "severity", "target")
"""The ticket fields that we write; the others of fields.toml are only read."""

FIELDS: Mapping[str, tuple[str, str]] = {
    "jira_issue": ("Jira issue", "text"),
    "state": ("Escalation state", "text"),
    "severity": ("Escalation severity", "text"),
    "target": ("Escalated to", "text"),
    "affected_users": ("Affected users", "integer"),
    "product": ("Product", "text"),
    "area": ("Product area", "text"),
    "version": ("Version", "text"),
    "plan": ("Plan", "text"),
    "environment": ("Environment", "text"),
}
"""Each field of fields.toml: its title, and its type in Zendesk."""

_JIRA_EVENTS = (
    "comment_created",
    "comment_updated",
    "jira:issue_created",
    "jira:issue_deleted",
    "jira:issue_updated",
)
_COLUMNS = ("nice_id", "subject", "organization", "assignee", "priority", "updated")


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What is asked for.

    `url` is where senders reach us; `configured` the field ids of the policy, and `projects` its projects, `tags` the
    names of the tags for escalated and suggested tickets. `jira_secret` is what Jira's webhook signs with, and
    `knows_jira_secret` tells that our settings have had it before.
    """

    url: str
    fields: tuple[str, ...] = WRITTEN_FIELDS
    configured: Mapping[str, int] = field(default_factory=dict)
    projects: tuple[str, ...] = ()
    tags: tuple[str, str] = ("escalator_escalated", "escalator_suggested")
    jira_secret: str = field(default="", repr=False)
    knows_jira_secret: bool = False


Inventories = Mapping[str, Inventory]
"""What was found, by vendor; one that is not asked for is absent."""


def list_parts(wish: Wish, held: Inventories, ids: Mapping[str, str]) -> tuple[Part, ...]:
    """Every part as it should be, those that others lean on first; one not made yet has a stand-in for its id."""
    parts: list[Part] = []
    if ZENDESK in held:
        names = _list_fields(wish, ids)
        parts += [_spell_field(name) for name in names]
        parts += [
            _spell_webhook(wish),
            _spell_trigger(held[ZENDESK].account_id, ids),
            *_spell_views(wish, ids, names),
        ]
    if JIRA in held:
        parts.append(_spell_tracker_webhook(wish, held[JIRA].projects))
    return tuple(parts)


def choose_field_ids(wish: Wish, ids: Mapping[str, str]) -> dict[str, int]:
    """What fields.toml should say: the policy's own id where it names one, else that of ours."""
    made = {name.removeprefix(FIELD_PREFIX): int(ids[name]) for name in ids if name.startswith(FIELD_PREFIX)}
    return {name: wish.configured.get(name) or made[name] for name in FIELDS if name in made}


def _list_fields(wish: Wish, ids: Mapping[str, str]) -> tuple[str, ...]:
    """Those of ours: asked for and not named by the policy already, or there from before."""
    return tuple(
        name
        for name in FIELDS
        if f"{FIELD_PREFIX}{name}" in ids or (name in wish.fields and not wish.configured.get(name))
    )


def _spell_field(name: str) -> Part:
    title, kind = FIELDS[name]
    part_name = f"{FIELD_PREFIX}{name}"
    words = "Written by Escalator." if name in WRITTEN_FIELDS else "Read by Escalator."
    content = {"title": title, "description": f"{words} {spell_mark(part_name)}", "active": True, "type": kind}
    return Part(name=part_name, kind=PartKind.FIELD, content=content)


def _spell_webhook(wish: Wish) -> Part:
    content = {
        "name": "Escalator",
        "description": f"Tells Escalator that a ticket has changed. {spell_mark(WEBHOOK)}",
        "endpoint": f"{wish.url}{ROUTES[ZENDESK]}",
        "http_method": "POST",
        "request_format": "json",
        "status": "active",
        "subscriptions": ["conditional_ticket_events"],
    }
    return Part(name=WEBHOOK, kind=PartKind.WEBHOOK, content=content)


def _spell_trigger(account_id: str, ids: Mapping[str, str]) -> Part:
    """Every creation and change but our own; those are hints that nobody needs."""
    happenings = [{"field": "update_type", "operator": "is", "value": value} for value in ("Create", "Change")]
    content = {
        "title": "Escalator: tell it of every change",
        "description": f"Notifies the webhook Escalator. {spell_mark(TRIGGER)}",
        "active": True,
        "all": [{"field": "role", "operator": "is_not", "value": account_id}],
        "any": happenings,
        "actions": [{"field": "notification_webhook", "value": [_stand_in(WEBHOOK, ids), TRIGGER_BODY]}],
    }
    return Part(name=TRIGGER, kind=PartKind.TRIGGER, content=content)


def _spell_views(wish: Wish, ids: Mapping[str, str], fields: Sequence[str]) -> Iterator[Part]:
    """By tag, because a view cannot ask for a text field (Zendesk help, custom fields in views)."""
    shown = [
        str(wish.configured.get(name) or _stand_in(f"{FIELD_PREFIX}{name}", ids))
        for name in WRITTEN_FIELDS
        if name in fields or wish.configured.get(name)
    ]
    for name, title, tag in zip(
        ("escalated", "suggested"), ("Escalated, unsolved", "Escalation suggested"), wish.tags, strict=True
    ):
        part_name = f"zendesk.view.{name}"
        content = {
            "title": title,
            "description": f"Unsolved tickets with the tag {tag}. {spell_mark(part_name)}",
            "active": True,
            "all": [
                {"field": "status", "operator": "less_than", "value": "solved"},
                {"field": "current_tags", "operator": "includes", "value": tag},
            ],
            "any": [],
            "columns": [*_COLUMNS, *shown],
        }
        yield Part(name=part_name, kind=PartKind.VIEW, content=content)


def _spell_tracker_webhook(wish: Wish, visible: Sequence[str]) -> Part:
    """Only the policy's projects, and of those only what exists: a filter with an unknown one is refused."""
    known = {key.upper() for key in visible}
    projects = ", ".join(f'"{key}"' for key in wish.projects if key.upper() in known)
    content = {
        "name": f"Escalator {spell_mark(TRACKER_WEBHOOK)}",
        "url": f"{wish.url}{ROUTES[JIRA]}",
        "events": sorted(_JIRA_EVENTS),
        "jql": f"project in ({projects})" if projects else "",
        "enabled": True,
        "secret": "ours",
    }
    return Part(name=TRACKER_WEBHOOK, kind=PartKind.WEBHOOK, content=content, secret=wish.jira_secret)


def _stand_in(name: str, ids: Mapping[str, str]) -> str:
    return ids.get(name, f"(id of {name})")
