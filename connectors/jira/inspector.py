"""Looking at a Jira site's set-up: reads only, each part by itself, so that one refusal hides no other part."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from connectors.errors import Forbidden, NotFound
from connectors.gate import Gate
from connectors.inspection import (
    CreateField,
    Parts,
    Place,
    PlaceInspection,
    TrackerInspection,
    TrackerWebhook,
)
from connectors.jira.access import JiraAccess, JiraLine
from connectors.jira.admin_webhooks import AdminWebhooks
from connectors.jira.answers import VENDOR, find_objects
from connectors.jira.client import JiraTracker
from connectors.jira.screens import NamedId, ScreenField, Screens, find_named, parse_choices
from connectors.records import VendorAccount
from connectors.verdicts import expect_object


class JiraInspector:
    """The TrackerInspector port on one site."""

    def __init__(
        self,
        access: JiraAccess,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        gate: Gate | None = None,
    ) -> None:
        """Opens no connection; raises ValueError when the address or the marker field is not a usable one."""
        self._tracker = JiraTracker(access, clock=clock, sleep=sleep, gate=gate)
        self._line = JiraLine(access, clock=clock, sleep=sleep, gate=gate)
        self._screens = Screens(self._line.read, clock=clock, is_cloud=access.deployment.is_cloud)
        self._webhooks = AdminWebhooks(self._line, is_cloud=access.deployment.is_cloud)
        self._clock = clock

    def inspect(self, places: Sequence[Place]) -> TrackerInspection:
        """All that can be read; nothing more is asked when our credentials are not accepted."""
        parts = Parts()
        clock_ahead_s = parts.take("clock", self._compare_clocks)
        account: VendorAccount | None = parts.take("account", self._tracker.read_account)
        if account is None:
            return TrackerInspection(clock_ahead_s=clock_ahead_s, unread=parts.unread)
        return TrackerInspection(
            account=account,
            clock_ahead_s=clock_ahead_s,
            projects=parts.take("projects", self._screens.read_projects),
            places=tuple(self._inspect_place(place) for place in places),
            link_types=parts.take("link_types", self._read_link_types),
            webhooks=parts.take("webhooks", self._read_webhooks),
            unread=parts.unread,
        )

    def _compare_clocks(self) -> float | None:
        date = self._line.read_clock()
        return (date - self._clock()).total_seconds() if date is not None else None

    def _inspect_place(self, place: Place) -> PlaceInspection:
        parts = Parts()
        types = parts.take("issue_types", lambda: self._read_types(place.project))
        if types is None:
            return PlaceInspection(place=place, unread=parts.unread)
        chosen = find_named(types, place.issue_type)
        fields = None
        if chosen is not None:
            fields = parts.take("fields", lambda: self._read_create_fields(place))
        return PlaceInspection(
            place=place,
            permissions=parts.take("permissions", lambda: self._tracker.read_permissions(place.project)),
            issue_types=tuple(kind.name for kind in types),
            fields=fields,
            visible_levels=parts.take("levels", lambda: self._read_levels(place.project)),
            can_be_done=parts.take("statuses", lambda: self._can_be_done(place)),
            unread=parts.unread,
        )

    def _read_types(self, project: str) -> tuple[NamedId, ...]:
        return self._screens.read_issue_types(project)

    def _read_create_fields(self, place: Place) -> tuple[CreateField, ...]:
        screen = self._screens.read(place.project, place.issue_type)
        return tuple(_describe_field(known) for known in screen.fields.values())

    def _read_levels(self, project: str) -> tuple[str, ...] | None:
        """The levels whose issues we may see (Jira Cloud REST v3, project security levels); None if not told."""
        try:
            answer = self._line.read(f"project/{quote(project, safe='')}/securitylevel")
        except (Forbidden, NotFound):
            return None
        levels = answer.get("levels") if isinstance(answer, Mapping) else None
        return tuple(level.name for level in parse_choices(levels))

    def _can_be_done(self, place: Place) -> bool | None:
        """Whether the issue type's workflow knows a status of the category done; None when it is not told."""
        answer = self._line.read(f"project/{quote(place.project, safe='')}/statuses")
        wanted = place.issue_type.strip().casefold()
        for kind in answer if isinstance(answer, list) else []:
            if isinstance(kind, Mapping) and wanted in {str(kind.get(part)).casefold() for part in ("name", "id")}:
                return any(_is_done(status) for status in find_objects(kind, "statuses"))
        return None

    def _read_link_types(self) -> tuple[str, ...]:
        answer = expect_object(self._line.read("issueLinkType"), vendor=VENDOR, operation="read link types")
        return tuple(str(kind.get("name")) for kind in find_objects(answer, "issueLinkTypes"))

    def _read_webhooks(self) -> tuple[TrackerWebhook, ...] | None:
        """What an administrator registered; None for anybody else, who may not see it."""
        try:
            rows = self._webhooks.list_all()
        except (Forbidden, NotFound):
            return None
        return tuple(TrackerWebhook(url=row.url, active=row.enabled, is_signed=row.is_signed) for row in rows)


def _describe_field(known: ScreenField) -> CreateField:
    return CreateField(
        id=known.id,
        name=known.name,
        required=known.required,
        has_default=known.has_default,
        choices=tuple(choice.name for choice in known.allowed),
    )


def _is_done(status: Mapping[str, Any]) -> bool:
    category = status.get("statusCategory")
    return isinstance(category, Mapping) and category.get("key") == "done"
