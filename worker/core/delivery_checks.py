"""Would the help desk tell us of a change? Its webhook, the trigger that sets it off, and their secret. Pure."""

import json
from collections.abc import Iterator

from connectors.inspection import DeskInspection, DeskWebhook
from worker.core.findings import CheckFinding, fault, find_unread, warn

DESK_ROUTE = "/webhooks/zendesk"
_SECRET = "ESCALATOR_ZENDESK_WEBHOOK_SECRET"  # noqa: S105 - the name of a setting
_ROLE = "make the user of these credentials an administrator, or ask one to look"
_PROVISION = "escalator provision apply"
_BODY = '{"ticket_id": "{{ticket.id}}"}'
_PLACEHOLDER = "{{ticket.id}}"


def check_desk_webhook(seen: DeskInspection, *, has_secret: bool, public_url: str) -> Iterator[CheckFinding]:
    """Whether a webhook delivers to us, and whether we could believe it."""
    yield from find_unread("zendesk.webhook", seen.unread.get("webhooks"), _ROLE)
    if seen.webhooks is None:
        return
    ours = _list_ours(seen)
    active = [webhook for webhook in ours if webhook.active]
    if not ours:
        yield warn(
            "zendesk.webhook",
            f"none delivers to {DESK_ROUTE}: tickets are found by the poll, a minute later",
            f"{_PROVISION}, or make a webhook to https://your.host{DESK_ROUTE} and a trigger that notifies it",
        )
    elif not active:
        yield fault(
            "zendesk.webhook", f"{ours[0].endpoint} is switched off", f"{_PROVISION}, or activate it in Admin Center"
        )
    elif not has_secret:
        yield fault(
            "zendesk.webhook",
            f"{active[0].endpoint} delivers, and we have no secret to believe it by: the route answers 404",
            f"{_PROVISION}, or copy the webhook's signing secret into {_SECRET}; restart",
        )
    elif public_url and all(webhook.endpoint.rstrip("/") != f"{public_url}{DESK_ROUTE}" for webhook in active):
        yield warn(
            "zendesk.webhook",
            f"it delivers to {active[0].endpoint}, and ESCALATOR_PUBLIC_URL is {public_url}",
            f"{_PROVISION}, or correct the setting",
        )


def check_triggers(seen: DeskInspection) -> Iterator[CheckFinding]:
    """Whether an active trigger notifies each webhook of ours that needs one, with a body that names the ticket."""
    yield from find_unread("zendesk.trigger", seen.unread.get("triggers"), _ROLE)
    if seen.triggers is None:
        return
    for webhook in _list_needing(seen):
        ours = [trigger for trigger in seen.triggers if trigger.webhook_id == webhook.id]
        active = [trigger for trigger in ours if trigger.active]
        if not ours:
            yield fault(
                "zendesk.trigger",
                f"no trigger notifies the webhook to {webhook.endpoint}: it never delivers",
                f"{_PROVISION}, or make a trigger that notifies it with the body {_BODY}",
            )
        elif not active:
            yield fault(
                "zendesk.trigger",
                f"{ours[0].title!r} is switched off: the webhook never delivers",
                f"{_PROVISION}, or activate it in Admin Center, Objects and rules, Triggers",
            )
        for trigger in active:
            if not _names_ticket(trigger.body):
                yield fault(
                    "zendesk.trigger",
                    f"{trigger.title!r} sends a body that names no ticket",
                    f"{_PROVISION}, or write the body {_BODY}",
                )


def tell_triggers(seen: DeskInspection) -> str:
    """What is well about the triggers."""
    return "one sets the webhook off" if _list_needing(seen) else "there is no active webhook that needs one"


def check_desk_secret(seen: DeskInspection) -> Iterator[CheckFinding]:
    """Whether our webhooks sign with a secret of ours."""
    for webhook in _list_signing(seen):
        if not webhook.is_ours_signed:
            yield fault(
                "zendesk.webhook_secret",
                f"{webhook.endpoint} signs with another secret than ours: its deliveries are refused",
                f"{_PROVISION}, or copy the webhook's signing secret into {_SECRET}; restart",
            )


def tell_desk_secret(seen: DeskInspection) -> str:
    """What is well about the secret."""
    return "the webhook's and ours agree" if _list_signing(seen) else "there is no active webhook to compare with"


def _list_ours(seen: DeskInspection) -> list[DeskWebhook]:
    return [webhook for webhook in seen.webhooks or () if webhook.endpoint.rstrip("/").endswith(DESK_ROUTE)]


def _list_needing(seen: DeskInspection) -> list[DeskWebhook]:
    return [webhook for webhook in _list_ours(seen) if webhook.active and webhook.needs_trigger]


def _list_signing(seen: DeskInspection) -> list[DeskWebhook]:
    """The active webhooks that deliver to us and whose secret could be compared."""
    return [webhook for webhook in _list_ours(seen) if webhook.active and webhook.is_ours_signed is not None]


def _names_ticket(body: str) -> bool:
    """A template that becomes a body which the route understands."""
    try:
        parsed = json.loads(body.replace(_PLACEHOLDER, "1"))
    except ValueError:
        return False
    return isinstance(parsed, dict) and str(parsed.get("ticket_id")) == "1" and _PLACEHOLDER in body
