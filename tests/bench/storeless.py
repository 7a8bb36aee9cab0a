"""The same web application with a store that keeps nothing: the floor that the database is held against."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from worker.delivery import Delivery
from worker.flow.receive import GroupCommit
from worker.health import Health
from worker.log import configure_logging
from worker.serve import announce_ready
from worker.settings import PREFIX
from worker.web.app import WebDependencies, build_app
from worker.web.server import run_web
from worker.webhook_sources import build_zendesk_source


class NoStore:
    """Takes deliveries and forgets them."""

    def add_deliveries(self, deliveries: Sequence[Delivery]) -> int:
        """All of them count as new."""
        return len(deliveries)

    def read_health(self, now: datetime) -> Health:
        """Nothing is known."""
        return Health()

    def can_store(self) -> bool:
        """Always."""
        return True


def main() -> None:
    """Serves as `escalator serve --only web` does, until SIGTERM."""
    configure_logging()
    store = NoStore()
    source = build_zendesk_source((os.environ[f"{PREFIX}ZENDESK_WEBHOOK_SECRET"],), timedelta(minutes=5))
    app = build_app(
        WebDependencies(intake=GroupCommit(store), health=store, sources=(source,), now=lambda: datetime.now(UTC))
    )
    run_web(app, "127.0.0.1", 0, announce_ready)


if __name__ == "__main__":
    main()
