"""From an address and credentials to clients: the only place where Zendesk sessions are opened."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from connectors.calls import VendorSession, build_session
from connectors.gate import Gate, Guard
from connectors.zendesk.auth import VENDOR, BearerAuth, ClientCredentials, TokenKeeper
from connectors.zendesk.client import ZendeskClient
from connectors.zendesk.desk import place_for_zenpy
from connectors.zendesk.inspector import ZendeskInspector
from connectors.zendesk.limits import measure_request, read_rates
from connectors.zendesk.provisioner import ZendeskProvisioner


@dataclass(frozen=True, kw_only=True, slots=True)
class ZendeskAccess:
    """Where an account is and who we are there: an OAuth client, or an email with an API token.

    Time-outs in seconds. The OAuth client is used when both are given.
    """

    url: str
    oauth: ClientCredentials | None = None
    email: str = ""
    api_token: str = field(default="", repr=False)
    connect_timeout_s: float
    read_timeout_s: float


def build_client_factory(
    access: ZendeskAccess,
    *,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
    gate: Gate | None = None,
) -> Callable[[], ZendeskClient]:
    """A factory of clients, one for each thread; they share one OAuth token and one gate.

    Nothing is sent yet. Raises ValueError when the address or the credentials cannot be used.
    """
    open_session = _build_session_factory(access, clock=clock, gate=gate)
    return lambda: ZendeskClient(open_session(), clock=clock, sleep=sleep)


def build_inspector(
    access: ZendeskAccess,
    *,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
    gate: Gate | None = None,
) -> ZendeskInspector:
    """Looks at the account's set-up, on a session of its own; raises ValueError as `build_client_factory`."""
    open_session = _build_session_factory(access, clock=clock, gate=gate)
    return ZendeskInspector(open_session(), clock=clock, sleep=sleep, has_token=access.oauth is not None)


def build_provisioner(
    access: ZendeskAccess,
    *,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
    gate: Gate | None = None,
) -> ZendeskProvisioner:
    """Sets up the account, on a session of its own; raises ValueError as `build_client_factory`."""
    return ZendeskProvisioner(_build_session_factory(access, clock=clock, gate=gate)(), sleep=sleep)


def _build_session_factory(
    access: ZendeskAccess, *, clock: Callable[[], datetime], gate: Gate | None
) -> Callable[[], VendorSession]:
    address = place_for_zenpy(access.url)
    guard = Guard(gate=gate, measure=measure_request, read=read_rates) if gate is not None else None

    def open_session(auth: BearerAuth | tuple[str, str] | None) -> VendorSession:
        return build_session(
            vendor=VENDOR,
            base_url=address.url,
            auth=auth,
            connect_timeout_s=access.connect_timeout_s,
            read_timeout_s=access.read_timeout_s,
            clock=clock,
            guard=guard,
        )

    auth: BearerAuth | tuple[str, str]
    if access.oauth is not None:
        auth = BearerAuth(TokenKeeper(access.oauth, open_session(None), clock=clock), guard)
    elif access.email and access.api_token:
        auth = (f"{access.email}/token", access.api_token)
    else:
        raise ValueError("Zendesk needs an OAuth client (id and secret) or an email with an API token")
    return lambda: open_session(auth)
