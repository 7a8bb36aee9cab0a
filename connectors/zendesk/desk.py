"""The zenpy library on our session: what it reads well, and nothing that it does behind our back.

zenpy would sleep on every 429 without a limit, repeat a PUT four times, answer from a cache that never expires
and fetch one object for each property touched. On a `VendorSession` with its cache off it does none of these,
and its objects leave this file as plain JSON, so no property can fetch later.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any, TypeVar

from zenpy import Zenpy
from zenpy.lib.exception import APIException, ZenpyException

from connectors.addresses import VendorAddress, parse_address
from connectors.calls import JsonObject, VendorSession
from connectors.errors import Uncertain
from connectors.zendesk.auth import VENDOR

T = TypeVar("T")

MOST_IDS = 100
"""How many ids one show_many call takes (Zendesk API reference, show many)."""

_MOST_LISTED = 2_000


class ZenpyDesk:
    """zenpy's reads as JSON objects; raises only VendorProblem. For one thread, like its session."""

    def __init__(self, session: VendorSession) -> None:
        # At DEBUG zenpy logs whole response bodies, which are customers' words.
        logging.getLogger("zenpy").setLevel(logging.WARNING)
        # zenpy takes a session as it is, and adds no adapter of its own, when this attribute is true.
        session.authorized = True  # type: ignore[attr-defined]
        subdomain, _, domain = session.address.netloc.partition(".")
        self._zenpy = Zenpy(
            subdomain=subdomain,
            domain=domain,
            session=session,
            timeout=session.timeout_s,
            disable_cache=True,
        )
        for api in (self._zenpy.users, self._zenpy.groups, self._zenpy.organizations, self._zenpy.tickets):
            api.protocol = session.address.scheme

    def read_myself(self) -> JsonObject:
        """The user whose credentials we hold; without an id when Zendesk takes us for nobody."""
        return self._ask("read_account", lambda: _export(self._zenpy.users.me()))

    def list_groups(self) -> list[JsonObject]:
        """All groups."""
        return self._ask("list_groups", lambda: _export_all(self._zenpy.groups()))

    def list_incidents(self, ticket_id: int) -> list[JsonObject]:
        """The tickets linked to a problem ticket, at most 2,000."""
        return self._ask("list_incidents", lambda: _export_all(self._zenpy.tickets.incidents(ticket_id)))

    def show_users(self, ids: Sequence[int]) -> list[JsonObject]:
        """Users by id; unknown ones are absent."""
        return self._ask("show_users", lambda: _show_many(self._zenpy.users, ids))

    def show_organizations(self, ids: Sequence[int]) -> list[JsonObject]:
        """Organisations by id; unknown ones are absent."""
        return self._ask("show_organizations", lambda: _show_many(self._zenpy.organizations, ids))

    def _ask(self, operation: str, question: Callable[[], T]) -> T:
        """zenpy's own errors are about answers that it cannot make sense of: it has no classification to keep."""
        try:
            return question()
        except (ZenpyException, APIException, AttributeError, KeyError, TypeError, ValueError) as error:
            detail = f"the answer was not understood ({type(error).__name__})"
            raise Uncertain(vendor=VENDOR, operation=operation, detail=detail) from None


def place_for_zenpy(url: str) -> VendorAddress:
    """The address of an account as zenpy can spell it: a host with a dot and no path.

    Raises ValueError with advice for others; `localhost` becomes 127.0.0.1.
    """
    address = parse_address(url)
    if address.path:
        raise ValueError(f"{address.url} has a path; write only {address.scheme}://{address.netloc}")
    if address.host == "localhost":
        return VendorAddress(scheme=address.scheme, host="127.0.0.1", port=address.port)
    if "." not in address.host:
        raise ValueError(f"{address.host} cannot be reached by name here; write http://127.0.0.1:{address.port}")
    return address


def _show_many(api: Any, ids: Sequence[int]) -> list[JsonObject]:
    chunks = (ids[start : start + MOST_IDS] for start in range(0, len(ids), MOST_IDS))
    return [item for chunk in chunks for item in _export_all(api(ids=list(chunk)))]


def _export_all(found: Iterable[Any]) -> list[JsonObject]:
    return [_export(item) for item in islice(found, _MOST_LISTED)]


def _export(item: Any) -> JsonObject:
    """A zenpy object as JSON. What zenpy could not parse has no `to_dict`, which `_ask` reports."""
    exported = item.to_dict()
    if not isinstance(exported, dict):
        raise TypeError("not an object")
    return exported
