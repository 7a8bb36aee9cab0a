"""How one thread reaches one Jira: the `jira` library for set-up and reads, our own session under it.

The library alone would repeat a POST after a lost answer, follow a redirect that turns it into a GET, sleep on
a 429 and wait for ever. Its session is therefore replaced by a `VendorSession`, which sends once and raises
VendorProblem; writes, and reads that the library has no current endpoint for, go through that session directly.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar, cast

import requests
from jira import JIRA
from jira.exceptions import JIRAError

from connectors.calls import VendorSession, build_session, classify_response, parse_address, read_with_retries
from connectors.gate import Gate, Guard
from connectors.jira.answers import VENDOR, doubt
from connectors.jira.deployment import CLOUD, Deployment
from connectors.jira.limits import measure_request, read_rates
from connectors.verdicts import find_date

T = TypeVar("T")
Params = Mapping[str, str | int | list[str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class JiraAccess:
    """Where a Jira is and who we are there: an email with an API token, or a bearer token alone.

    `site_url` is what people open when `url` is an API gateway (`https://api.atlassian.com/ex/jira/…`).
    `marker_field` is the id of a custom field that holds the marker instead of a label. Time-outs in seconds.
    """

    url: str
    email: str = ""
    token: str = field(repr=False)
    connect_timeout_s: float
    read_timeout_s: float
    deployment: Deployment = CLOUD
    site_url: str = ""
    marker_field: str = ""

    def browse_url(self, key: str) -> str:
        """The page of an issue, as a person opens it."""
        return f"{(self.site_url or self.url).rstrip('/')}/browse/{key}"


class JiraLine:
    """One thread's line to Jira: reads repeat within seconds, writes are sent once. Only VendorProblem is raised."""

    def __init__(
        self,
        access: JiraAccess,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        gate: Gate | None = None,
    ) -> None:
        self._root = f"/rest/api/{access.deployment.rest_version}"
        self._clock = clock
        self._sleep = sleep
        self._library = _build_library(access)
        self._session = _replace_session(self._library, access, clock, gate)

    def ask(self, operation: str, question: Callable[[JIRA], T]) -> T:
        """A read through the library; whatever it cannot make sense of is Uncertain."""

        def put_question() -> T:
            try:
                return question(self._library)
            except (JIRAError, ValueError, requests.RequestException) as error:
                detail = f"the answer was not understood ({type(error).__name__})"
                raise doubt(operation, detail) from None

        return read_with_retries(put_question, sleep=self._sleep)

    def read(self, path: str, params: Params | None = None) -> Any:
        """A GET of a path below the REST root: its JSON."""
        return read_with_retries(
            lambda: self._session.call("GET", self._place(path), params=params), sleep=self._sleep
        )

    def read_site(self, path: str) -> Any:
        """A GET of a path below the site itself, beside the REST root: its JSON."""
        return read_with_retries(lambda: self._session.call("GET", path), sleep=self._sleep)

    def write_site(self, method: str, path: str, body: object) -> Any:
        """One write to a path below the site itself, sent once: its JSON, None when the answer has no body."""
        return self._session.call(method, path, body=body)

    def read_clock(self) -> datetime | None:
        """The site's own clock, to the second, by the Date header of an answer that needs no rights."""
        url = self._session.address.join(self._place("serverInfo"))
        response = read_with_retries(lambda: self._session.get(url), sleep=self._sleep)
        return find_date(response.headers.get("Date"))

    def read_by_post(self, path: str, body: object) -> Any:
        """A read that Jira takes as a POST (it changes nothing and may be repeated)."""
        return read_with_retries(lambda: self._session.call("POST", self._place(path), body=body), sleep=self._sleep)

    def write(self, method: str, path: str, body: object) -> Any:
        """One write, sent once: its JSON, None when the answer has no body."""
        return self._session.call(method, self._place(path), body=body)

    def upload(self, path: str, file_name: str, content: bytes) -> Any:
        """One multipart upload, sent once."""
        response = self._session.post(
            self._session.address.join(self._place(path)),
            files={"file": (file_name, content, "application/octet-stream")},
            headers={"Content-Type": None},
        )
        return classify_response(response, vendor=VENDOR, operation=f"POST {path}", now=self._clock())

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _place(self, path: str) -> str:
        return f"{self._root}/{path}"


def _build_library(access: JiraAccess) -> JIRA:
    """The library without any of its calls at construction (server info, login, update check)."""
    secrets = {"basic_auth": (access.email, access.token)} if access.email else {"token_auth": access.token}
    library = JIRA(
        server=parse_address(access.url).url,
        options={"rest_api_version": access.deployment.rest_version, "check_update": False},
        get_server_info=False,
        validate=False,
        logging=False,
        max_retries=0,
        timeout=(access.connect_timeout_s, access.read_timeout_s),
        **cast("dict[str, Any]", secrets),
    )
    # Without server info the library does not know that it talks to Cloud, and searches a dead endpoint.
    library.deploymentType = access.deployment.kind
    # An empty cache of field names would cost a GET of all fields before the first search.
    library._fields_cache_value = {"id": "id"}
    return library


def _replace_session(
    library: JIRA, access: JiraAccess, clock: Callable[[], datetime], gate: Gate | None
) -> VendorSession:
    theirs = library._session
    ours = build_session(
        vendor=VENDOR,
        base_url=access.url,
        auth=cast("Any", theirs.auth),
        connect_timeout_s=access.connect_timeout_s,
        read_timeout_s=access.read_timeout_s,
        clock=clock,
        guard=Guard(gate=gate, measure=measure_request, read=read_rates) if gate is not None else None,
    )
    names = ("Accept", "Cache-Control", "Content-Type", "X-Atlassian-Token")
    ours.headers.update({name: theirs.headers[name] for name in names if name in theirs.headers})
    library._session = cast("Any", ours)
    return ours
