"""Looking at a Zendesk account's set-up: reads only, each part by itself, so that one refusal hides no other part."""

import hmac
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from connectors.calls import JsonObject, VendorSession, classify_response, expect_object, read_with_retries
from connectors.errors import NotFound, Unauthorized
from connectors.inspection import DeskField, DeskInspection, DeskTrigger, DeskWebhook, Parts
from connectors.records import Schedule, VendorAccount
from connectors.verdicts import find_date
from connectors.zendesk.auth import VENDOR
from connectors.zendesk.paging import Params, walk_pages
from connectors.zendesk.parse import parse_person
from connectors.zendesk.schedules import PATH as SCHEDULES
from connectors.zendesk.schedules import parse_schedules
from connectors.zendesk.values import read_id, read_object, read_objects, read_text, read_word

T = TypeVar("T")

_MOST_PAGES = 20
_BY_TRIGGER = "conditional_ticket_events"


class ZendeskInspector:
    """The DeskInspector port on one account; `has_token` tells that we hold an OAuth token with scopes."""

    def __init__(
        self,
        session: VendorSession,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        has_token: bool,
    ) -> None:
        self._session = session
        self._clock = clock
        self._sleep = sleep
        self._has_token = has_token

    def inspect(self, webhook_secrets: Sequence[str]) -> DeskInspection:
        """All that can be read; nothing more is asked when our credentials are not accepted."""
        parts = Parts()
        met = parts.take("account", self._meet)
        if met is None:
            return DeskInspection(unread=parts.unread)
        account, clock_ahead_s = met
        return DeskInspection(
            account=account,
            clock_ahead_s=clock_ahead_s,
            scopes=parts.take("scopes", self._read_scopes) if self._has_token else None,
            fields=parts.take("fields", self._read_fields),
            organization_fields=parts.take("organization_fields", self._read_organization_fields),
            groups=parts.take("groups", self._read_groups),
            takes_tags=parts.take("tags", self._read_tagging),
            sla_policies=parts.take("sla", self._count_sla_policies),
            schedules=parts.take("schedules", self._read_schedules),
            webhooks=parts.take("webhooks", lambda: self._read_webhooks(webhook_secrets)),
            triggers=parts.take("triggers", self._read_triggers),
            unread=parts.unread,
        )

    def _meet(self) -> tuple[VendorAccount, float | None]:
        """Who we are, and how far the account's clock is ahead of ours."""
        operation = "GET /api/v2/users/me"
        url = self._session.address.join("/api/v2/users/me")
        response = self._repeat(lambda: self._session.get(url))
        now = self._clock()
        answer = classify_response(response, vendor=VENDOR, operation=operation, now=now)
        user = read_object(expect_object(answer, vendor=VENDOR, operation=operation).get("user"))
        person = parse_person(user)
        if person is None:
            raise Unauthorized(vendor=VENDOR, operation=operation, detail="Zendesk does not know these credentials")
        date = find_date(response.headers.get("Date"))
        account = VendorAccount(id=str(person.id), name=person.name, is_admin=person.role == "admin")
        return account, (date - now).total_seconds() if date is not None else None

    def _read_scopes(self) -> tuple[str, ...]:
        token = read_object(self._get("/api/v2/oauth/tokens/current", {}).get("token"))
        scopes = token.get("scopes")
        words = scopes if isinstance(scopes, list) else read_text(scopes).split()
        return tuple(word for word in words if isinstance(word, str))

    def _read_fields(self) -> tuple[DeskField, ...]:
        return tuple(_parse_field(row) for row in self._list("/api/v2/ticket_fields", "ticket_fields"))

    def _read_organization_fields(self) -> tuple[str, ...]:
        rows = self._list("/api/v2/organization_fields", "organization_fields")
        return tuple(read_text(row.get("key")) for row in rows if row.get("active") is not False)

    def _read_groups(self) -> tuple[str, ...]:
        rows = self._list("/api/v2/groups", "groups")
        return tuple(read_text(row.get("name")) for row in rows if row.get("deleted") is not True)

    def _read_tagging(self) -> bool:
        """Whether tickets take tags (Zendesk API reference, account settings: tickets.tagging)."""
        settings = read_object(self._get("/api/v2/account/settings", {}).get("settings"))
        return read_object(settings.get("tickets")).get("tagging") is not False

    def _count_sla_policies(self) -> int:
        """How many there are; an account whose plan has none answers 404."""
        try:
            return len(read_objects(self._get("/api/v2/slas/policies", {}).get("sla_policies")))
        except NotFound:
            return 0

    def _read_schedules(self) -> tuple[Schedule, ...]:
        """The business hours; an account whose plan has none answers 404."""
        try:
            return parse_schedules(self._get(SCHEDULES, {}))
        except NotFound:
            return ()

    def _read_webhooks(self, secrets: Sequence[str]) -> tuple[DeskWebhook, ...]:
        return tuple(
            DeskWebhook(
                id=read_word(row.get("id")) or "",
                needs_trigger=row.get("subscriptions") in (None, [], [_BY_TRIGGER]),
                endpoint=read_text(row.get("endpoint")),
                active=row.get("status") == "active",
                is_ours_signed=self._compare_secret(read_word(row.get("id")), secrets),
            )
            for row in self._list("/api/v2/webhooks", "webhooks")
        )

    def _read_triggers(self) -> tuple[DeskTrigger, ...]:
        """Those that notify a webhook (Zendesk, actions reference: notification_webhook)."""
        return tuple(
            DeskTrigger(
                title=read_text(row.get("title")),
                active=row.get("active") is not False,
                webhook_id=read_text(value[0]),
                body=read_text(value[1]),
            )
            for row in self._list("/api/v2/triggers", "triggers")
            for action in read_objects(row.get("actions"))
            if action.get("field") == "notification_webhook"
            and isinstance(value := action.get("value"), list)
            and len(value) > 1
        )

    def _compare_secret(self, webhook_id: str | None, secrets: Sequence[str]) -> bool | None:
        """True when the webhook signs with one of the secrets; None when it has gone meanwhile."""
        if webhook_id is None or not webhook_id.isalnum():
            return None
        try:
            answer = self._get(f"/api/v2/webhooks/{webhook_id}/signing_secret", {})
        except NotFound:
            return None
        used = read_text(read_object(answer.get("signing_secret")).get("secret")).encode()
        return any(hmac.compare_digest(used, secret.encode()) for secret in secrets)

    def _list(self, path: str, noun: str) -> Iterator[JsonObject]:
        for page in walk_pages(lambda params: self._get(path, params), {}, operation=f"GET {path}", most=_MOST_PAGES):
            yield from read_objects(page.get(noun))

    def _get(self, path: str, params: Params) -> JsonObject:
        answer = self._repeat(lambda: self._session.call("GET", path, params=params))
        return expect_object(answer, vendor=VENDOR, operation=f"GET {path}")

    def _repeat(self, call: Callable[[], T]) -> T:
        return read_with_retries(call, sleep=self._sleep)


def _parse_field(row: JsonObject) -> DeskField:
    options = read_objects(row.get("custom_field_options"))
    return DeskField(
        id=read_id(row.get("id")) or 0,
        title=read_text(row.get("title")),
        type=read_text(row.get("type")),
        active=row.get("active") is not False,
        choices=tuple(read_text(option.get("value")) for option in options),
    )
