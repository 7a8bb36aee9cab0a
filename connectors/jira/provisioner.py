"""Setting up a Jira site: the one webhook of ours, found by the mark in its name."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from connectors.gate import Gate
from connectors.jira.access import JiraAccess, JiraLine
from connectors.jira.admin_webhooks import AdminWebhook, AdminWebhooks
from connectors.jira.answers import VENDOR
from connectors.jira.client import JiraTracker
from connectors.jira.screens import Screens
from connectors.provisioning import FoundPart, Inventory, Part, PartKind, Stranger, find_mark


class JiraProvisioner:
    """The Provisioner port on one site."""

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
        line = JiraLine(access, clock=clock, sleep=sleep, gate=gate)
        self._screens = Screens(line.read, clock=clock, is_cloud=access.deployment.is_cloud)
        self._webhooks = AdminWebhooks(line, is_cloud=access.deployment.is_cloud)

    def take_inventory(self) -> Inventory:
        """See `Provisioner`."""
        account = self._tracker.read_account()
        rows = self._webhooks.list_all()
        names = {row.id: find_mark(VENDOR, row.name) for row in rows}
        return Inventory(
            ours=tuple(_spell_found(name, row) for row in rows if (name := names[row.id]) is not None and row.id),
            strangers=tuple(
                Stranger(id=row.id, title=row.name, endpoint=row.url) for row in rows if names[row.id] is None
            ),
            account_id=account.id,
            projects=self._screens.read_projects(),
        )

    def create(self, part: Part) -> str:
        """See `Provisioner`."""
        return self._webhooks.create(_spell_webhook(part))

    def update(self, part_id: str, part: Part) -> None:
        """See `Provisioner`."""
        self._webhooks.update(part_id, _spell_webhook(part))

    def delete(self, part: FoundPart) -> None:
        """See `Provisioner`."""
        self._webhooks.delete(part.id)

    def read_secret(self, webhook_id: str) -> str | None:  # noqa: ARG002 - the port's signature
        """None: Jira shows a secret to nobody."""
        return None


def _spell_webhook(part: Part) -> AdminWebhook:
    content = part.content
    return AdminWebhook(
        name=content["name"],
        url=content["url"],
        events=tuple(content["events"]),
        jql=content["jql"],
        enabled=content["enabled"],
        secret=part.secret,
    )


def _spell_found(name: str, row: AdminWebhook) -> FoundPart:
    content: dict[str, Any] = {
        "name": row.name,
        "url": row.url,
        "events": list(row.events),
        "jql": row.jql,
        "enabled": row.enabled,
        "signed": row.is_signed,
    }
    return FoundPart(name=name, kind=PartKind.WEBHOOK, id=row.id, content=content)
