"""Where the web role is built from settings: no vendor's client, no policy, and no page that nobody may open."""

from starlette.applications import Starlette

from worker.flow.receive import GroupCommit
from worker.ground import now_utc
from worker.settings import Settings
from worker.store.database import Database
from worker.store.deliveries import WebStore
from worker.web.app import Annex, WebDependencies, build_app
from worker.web.sources import WebhookSource
from worker.webhook_sources import build_jira_source, build_zendesk_source

_LATE_BEAT_S = 30.0


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
    return build_app(
        WebDependencies(
            intake=GroupCommit(store),
            health=store,
            sources=sources,
            now=now_utc,
            dashboard=_build_dashboard(settings, database),
        )
    )


def _build_dashboard(settings: Settings, database: Database) -> Annex | None:
    """None for those who have none, so that its policy and templates are not even loaded."""
    if not any((settings.dashboard_operator, settings.dashboard_viewer, settings.dashboard_user_header)):
        return None
    from worker.room_wiring import build_dashboard  # noqa: PLC0415 - a third of the role's memory

    return build_dashboard(settings, database)
