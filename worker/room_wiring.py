"""Where the dashboard is built from settings; loaded only when somebody may open it."""

from collections.abc import Callable
from datetime import datetime

from mappings.loader import load_policy
from worker.allowances import read_sizes
from worker.core.plan import Addresses
from worker.credentials import Role, read_accounts
from worker.flow.desk import OperatorDesk
from worker.flow.limits import LANE_PARTS
from worker.ground import now_utc
from worker.settings import Settings
from worker.store.database import Database
from worker.web.app import Annex
from worker.web.dashboard.door import Door
from worker.web.dashboard.routes import list_routes
from worker.web.dashboard.visit import Proxy, Room


def build_dashboard(settings: Settings, database: Database) -> Annex | None:
    """The dashboard's pages; None when nobody may open them."""
    room = build_room(settings, database)
    return open_room(room) if room is not None else None


def open_room(room: Room) -> Annex:
    """The pages of a room, to hang into the application."""
    door = Door(room)
    return Annex(routes=list_routes(door), close=door.close)


def build_room(settings: Settings, database: Database, now: Callable[[], datetime] = now_utc) -> Room | None:
    """What the dashboard's pages use; None when nobody may open it."""
    given = ((settings.dashboard_operator, Role.OPERATOR), (settings.dashboard_viewer, Role.VIEWER))
    accounts = tuple(
        account
        for secret, role in given
        if secret is not None
        for account in read_accounts(secret.get_secret_value(), role)
    )
    proxy = None
    if settings.dashboard_user_header is not None:
        proxy = Proxy(
            header=settings.dashboard_user_header,
            peers=tuple((settings.dashboard_proxies or "").split()),
            operators=frozenset((settings.dashboard_proxy_operators or "").split()),
        )
    if not accounts and proxy is None:
        return None
    policy = load_policy(settings.policy_dir)
    return Room(
        database=database,
        desk=OperatorDesk(database, policy_digest=policy.digest, now=now),
        policy=policy,
        addresses=Addresses(zendesk=settings.zendesk_url or "", jira=settings.jira_url or ""),
        sizes=read_sizes(settings),
        lane_parts=LANE_PARTS,
        accounts=accounts,
        now=now,
        proxy=proxy,
    )
