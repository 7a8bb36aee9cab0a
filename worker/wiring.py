"""The one place where concrete things are built from settings."""

import os
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import structlog
from starlette.applications import Starlette

from connectors.jira.access import JiraAccess
from connectors.jira.client import JiraTracker
from connectors.ports import Helpdesk, Tracker
from connectors.zendesk.access import ZendeskAccess, build_client_factory
from connectors.zendesk.auth import ClientCredentials
from mappings.loader import load_policy
from mappings.policy import Policy
from worker.core.plan import Addresses
from worker.core.recovery import Windows
from worker.core.texts import TemplateTexts
from worker.flow.means import Means, Memory, Timing
from worker.flow.receive import GroupCommit
from worker.settings import Settings
from worker.store.database import Database
from worker.store.deliveries import WebStore
from worker.web.app import WebDependencies, build_app
from worker.web.sources import WebhookSource
from worker.webhook_sources import build_jira_source, build_zendesk_source

_INSTALL_LOOKBACK = timedelta(hours=1)
_CONNECT_TIMEOUT_S = 5.0
_LATE_BEAT_S = 30.0
_ID_BYTES = 8


def now_utc() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


def open_database(settings: Settings) -> Database:
    """The database of the settings; nothing is contacted yet."""
    return Database(settings.database_url.get_secret_value())


def read_policy(settings: Settings) -> Policy:
    """The shipped policy with the operator's overlay; raises PolicyProblem with every mistake."""
    return load_policy(settings.policy_dir)


def build_texts(policy: Policy, folder: Path | None, addresses: Addresses | None = None) -> TemplateTexts:
    """What people read, from the shipped templates and those of the policy folder."""
    templates = folder / "templates" if folder else None
    return TemplateTexts(
        policy=policy,
        overlay=templates if templates and templates.is_dir() else None,
        addresses=addresses or Addresses(zendesk="", jira=""),
    )


def make_helpdesk(settings: Settings) -> Helpdesk:
    """One client of the help desk."""
    return _build_helpdesk_factory(settings)()


def make_tracker(settings: Settings, policy: Policy) -> Tracker:
    """One client of the tracker."""
    token = settings.jira_token or settings.jira_api_token
    access = JiraAccess(
        url=settings.jira_url or "",
        email=(settings.jira_email or "") if settings.jira_token is None else "",
        token=token.get_secret_value() if token else "",
        connect_timeout_s=min(_CONNECT_TIMEOUT_S, settings.request_timeout.total_seconds()),
        read_timeout_s=settings.request_timeout.total_seconds(),
        marker_field=policy.fields.jira.marker_field,
    )
    return JiraTracker(access, clock=now_utc, sleep=time.sleep)


@dataclass(frozen=True, kw_only=True)
class MakeMeans:
    """Makes the means of one thread: its own clients on the shared database, policy and memory."""

    settings: Settings
    policy: Policy
    database: Database
    memory: Memory = field(default_factory=Memory)
    owner: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}")

    @cached_property
    def _helpdesks(self) -> Callable[[], Helpdesk]:
        """One factory, so that all threads share one access token."""
        return _build_helpdesk_factory(self.settings)

    def __call__(self) -> Means:
        """Fresh clients; everything else is shared."""
        addresses = Addresses(zendesk=self.settings.zendesk_url or "", jira=self.settings.jira_url or "")
        return Means(
            database=self.database,
            helpdesk=self._helpdesks(),
            tracker=make_tracker(self.settings, self.policy),
            policy=self.policy,
            timing=_read_timing(self.settings),
            addresses=addresses,
            texts=build_texts(self.policy, self.settings.policy_dir, addresses),
            memory=self.memory,
            owner=self.owner,
            now=now_utc,
            monotonic=time.monotonic,
            mint_id=lambda: secrets.token_hex(_ID_BYTES),
            log=structlog.get_logger("escalator"),
        )


def check_access(means: Means) -> None:
    """Proves both credentials; raises the VendorProblem of the first that is not accepted or does not answer."""
    means.helpdesk.read_account()
    means.tracker.read_account()


def build_web_store(database: Database) -> WebStore:
    """The web role's side of the store."""
    return WebStore(database, late_after_s=_LATE_BEAT_S)


def build_web(settings: Settings, database: Database) -> Starlette:
    """The web application: routes exist only for senders whose secret is known."""
    store = build_web_store(database)
    sources: list[WebhookSource] = []
    if settings.zendesk_webhook_secrets:
        sources.append(build_zendesk_source(settings.zendesk_webhook_secrets, settings.webhook_max_age))
    if settings.jira_webhook_secrets:
        sources.append(build_jira_source(settings.jira_webhook_secrets))
    return build_app(WebDependencies(intake=GroupCommit(store), health=store, sources=sources, now=now_utc))


def _build_helpdesk_factory(settings: Settings) -> Callable[[], Helpdesk]:
    secret, token = settings.zendesk_client_secret, settings.zendesk_api_token
    oauth = None
    if settings.zendesk_client_id and secret:
        oauth = ClientCredentials(client_id=settings.zendesk_client_id, client_secret=secret.get_secret_value())
    access = ZendeskAccess(
        url=settings.zendesk_url or "",
        oauth=oauth,
        email=settings.zendesk_email or "",
        api_token=token.get_secret_value() if token else "",
        connect_timeout_s=min(_CONNECT_TIMEOUT_S, settings.request_timeout.total_seconds()),
        read_timeout_s=settings.request_timeout.total_seconds(),
    )
    return build_client_factory(access, clock=now_utc, sleep=time.sleep)


def _read_timing(settings: Settings) -> Timing:
    return Timing(
        poll_every=settings.poll_every,
        issue_poll_every=settings.issue_poll_every,
        sweep_every=settings.sweep_every,
        lease=settings.lease,
        windows=Windows(
            request_s=settings.request_timeout.total_seconds(),
            lag_s=settings.search_lag.total_seconds(),
            quiet_s=settings.create_quiet_window.total_seconds(),
        ),
        poll_from=settings.poll_from or now_utc() - _INSTALL_LOOKBACK,
        exports_per_minute=settings.zendesk_exports_per_minute,
        updates_per_minute=settings.zendesk_updates_per_minute,
    )
