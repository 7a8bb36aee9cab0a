"""The sandbox: both vendors on two loopback ports of one process, with their webhooks, faults and journal."""

import json
import secrets
import threading
from dataclasses import replace
from typing import Literal, Self

from connectors.sandbox.delivery import Courier, Parcel
from connectors.sandbox.exchange import Json
from connectors.sandbox.faults import FaultBook
from connectors.sandbox.gateway import Gateway
from connectors.sandbox.instants import utc_now
from connectors.sandbox.jira import announcing as jira_announcing
from connectors.sandbox.jira.app import build_jira_app
from connectors.sandbox.jira.issues import Change, Comment, Issue
from connectors.sandbox.jira.state import JiraState
from connectors.sandbox.jira.views import JiraViews
from connectors.sandbox.journal import Journal
from connectors.sandbox.serving import ServerThread
from connectors.sandbox.settings import SandboxSettings
from connectors.sandbox.zendesk import announcing as zendesk_announcing
from connectors.sandbox.zendesk.app import build_zendesk_app
from connectors.sandbox.zendesk.state import ZendeskState
from connectors.sandbox.zendesk.triggers import fire_triggers, list_subscribers

__all__ = ["Sandbox", "SandboxSettings"]

_ZENDESK_WEBHOOK_ID = "01SANDB0XWEBH00K0000000001"
Vendor = Literal["zendesk", "jira"]


class Sandbox:
    """A Zendesk account and a Jira site over HTTP, empty until something is loaded.

    The state lives as long as the object; `stop` and `start` again is an outage of both vendors,
    `take_down` and `bring_up` of one. Use it as a context manager or call `start` and `stop`.
    """

    def __init__(self, settings: SandboxSettings | None = None) -> None:
        self.settings = _with_secrets(settings or SandboxSettings())
        self.faults = FaultBook()
        self.journal = Journal()
        self.courier = Courier(self.faults)
        self._lock = threading.RLock()
        self.zendesk = ZendeskState(self._lock, self._announce_ticket)
        self.jira = JiraState(self._lock, self._announce_issue, is_cloud=self.settings.is_cloud)
        self._target: str | None = None
        self._servers: dict[str, ServerThread] = {
            "zendesk": ServerThread(host=self.settings.host, port=self.settings.zendesk_port, name="sandbox-zendesk"),
            "jira": ServerThread(host=self.settings.host, port=self.settings.jira_port, name="sandbox-jira"),
        }

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def zendesk_url(self) -> str:
        """The address of the Zendesk account."""
        return f"http://{self.settings.host}:{self._servers['zendesk'].port}"

    @property
    def jira_url(self) -> str:
        """The address of the Jira site."""
        return f"http://{self.settings.host}:{self._servers['jira'].port}"

    @property
    def environment(self) -> dict[str, str]:
        """The settings that point the product at this sandbox."""
        settings = self.settings
        token = settings.jira_api_token
        access = {"ESCALATOR_JIRA_EMAIL": settings.jira_email, "ESCALATOR_JIRA_API_TOKEN": token}
        if not settings.is_cloud:
            access = {"ESCALATOR_JIRA_DEPLOYMENT": "datacenter", "ESCALATOR_JIRA_TOKEN": token}
        return {
            "ESCALATOR_ZENDESK_URL": self.zendesk_url,
            "ESCALATOR_ZENDESK_CLIENT_ID": settings.zendesk_client_id,
            "ESCALATOR_ZENDESK_CLIENT_SECRET": settings.zendesk_client_secret,
            "ESCALATOR_ZENDESK_WEBHOOK_SECRET": settings.zendesk_webhook_secret,
            "ESCALATOR_JIRA_URL": self.jira_url,
            **access,
            "ESCALATOR_JIRA_WEBHOOK_SECRET": settings.jira_webhook_secret,
        }

    def start(self) -> None:
        """Serve both vendors and deliver webhooks; harmless when running. Raises OSError for a taken port."""
        self.courier.start()
        for server in self._servers.values():
            server.bind()
        self.bring_up("zendesk")
        self.bring_up("jira")

    def stop(self) -> None:
        """Stop serving and delivering; the state stays."""
        for server in self._servers.values():
            server.stop()
        self.courier.stop()

    def take_down(self, vendor: Vendor) -> None:
        """Refuse connections of one vendor until `bring_up`."""
        self._servers[vendor].stop()

    def bring_up(self, vendor: Vendor) -> None:
        """Serve a vendor on the port that it has."""
        server, settings = self._servers[vendor], self.settings
        server.bind()
        if vendor == "zendesk":
            application = build_zendesk_app(
                self.zendesk, settings, url=self.zendesk_url, jira_url=self.jira_url, lock=self._lock
            )
            latency_s = settings.zendesk_latency_s
        else:
            application = build_jira_app(self.jira, settings, url=self.jira_url, lock=self._lock)
            latency_s = settings.jira_latency_s
        server.start(
            Gateway(
                application,
                vendor=vendor,
                journal=self.journal,
                faults=self.faults,
                latency_s=latency_s,
                lines=server.lines,
                clock_ahead_s=settings.clock_ahead_s,
            )
        )

    def webhook_target(self, url: str | None) -> None:
        """Send webhooks to `/webhooks/zendesk` and `/webhooks/jira` below this address; None turns them off."""
        self._target = url.rstrip("/") if url else None

    def _announce_ticket(self, ticket_id: int, audit: Json, created: bool) -> None:
        for webhook, body in fire_triggers(self.zendesk.tables, ticket_id, audit, created=created):
            self._post_zendesk(str(ticket_id), webhook["endpoint"], body, webhook["id"], webhook["secret"])
        ticket, users = self.zendesk.tables.tickets[ticket_id], self.zendesk.tables.users
        for webhook in list_subscribers(self.zendesk.tables):
            for body in zendesk_announcing.event_bodies(ticket, audit, users, created=created):
                if json.loads(body)["type"] in webhook["subscriptions"]:
                    self._post_zendesk(str(ticket_id), webhook["endpoint"], body, webhook["id"], webhook["secret"])
        if not self._target:
            return
        bodies = [zendesk_announcing.trigger_body(ticket_id)]
        if self.settings.webhook_kind == "event":
            bodies = list(zendesk_announcing.event_bodies(ticket, audit, users, created=created))
        url, secret = f"{self._target}/webhooks/zendesk", self.settings.zendesk_webhook_secret
        for body in bodies:
            self._post_zendesk(str(ticket_id), url, body, _ZENDESK_WEBHOOK_ID, secret)

    def _post_zendesk(self, subject: str, url: str, body: bytes, webhook_id: str, secret: str) -> None:
        parcel = Parcel(
            vendor="zendesk",
            subject=subject,
            url=url,
            body=body,
            sign=zendesk_announcing.SignedPost(secret, webhook_id),
            retry=zendesk_announcing.RetryPolicy(self.settings.webhook_retry_s),
            timeout_s=self.settings.webhook_timeout_s,
        )
        self.courier.post(parcel, delay_s=self.settings.webhook_delay_s)

    def _announce_issue(self, event: str, issue: Issue, change: Change | None, comment: Comment | None) -> None:
        # Data Center tells of a comment with the issue's change, and names no issue in `comment_created`.
        event = event if comment is None or self.settings.is_cloud else "jira:issue_updated"
        rows = self.jira.webhooks.values()
        targets = [
            (row["url"], row.get("secret") or "") for row in rows if row.get("enabled") and event in row["events"]
        ]
        if self._target:
            targets.append((f"{self._target}/webhooks/jira", self.settings.jira_webhook_secret))
        if not targets:
            return
        body = jira_announcing.issue_body(
            JiraViews(self.jira_url, is_cloud=self.settings.is_cloud),
            event=event,
            issue=issue,
            change=change,
            comment=comment,
            at=utc_now(),
        )
        for url, secret in targets:
            parcel = Parcel(
                vendor="jira",
                subject=issue.key,
                url=url,
                body=body,
                sign=jira_announcing.SignedPost(secret),
                retry=jira_announcing.RetryPolicy(
                    self.settings.jira_webhook_retry_s, is_cloud=self.settings.is_cloud
                ),
                timeout_s=self.settings.jira_webhook_timeout_s,
            )
            self.courier.post(parcel, delay_s=self.settings.webhook_delay_s)


def _with_secrets(settings: SandboxSettings) -> SandboxSettings:
    return replace(
        settings,
        zendesk_client_secret=settings.zendesk_client_secret or secrets.token_urlsafe(24),
        zendesk_api_token=settings.zendesk_api_token or secrets.token_urlsafe(24),
        zendesk_webhook_secret=settings.zendesk_webhook_secret or secrets.token_urlsafe(24),
        jira_api_token=settings.jira_api_token or secrets.token_urlsafe(24),
        jira_webhook_secret=settings.jira_webhook_secret or secrets.token_urlsafe(24),
    )
