"""Fetching the file of a comment: from the account itself, or from where it says that its files lie, without us.

An attachment's address answers with a redirect to Zendesk's store of files. That host gets no credentials, and no
other host than Zendesk's own is asked at all (Zendesk API reference, ticket attachments).
"""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urljoin

import requests
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from connectors.addresses import VendorAddress
from connectors.calls import VendorSession, build_session
from connectors.errors import Refused
from connectors.verdicts import REDIRECTS
from connectors.zendesk.auth import VENDOR

_OPERATION = "fetch file"
_STORES = (".zdusercontent.com", ".zendesk.com")


def fetch_file(session: VendorSession, url: str, max_bytes: int, *, clock: Callable[[], datetime]) -> bytes:
    """The content of a file; one redirect is followed. Raises VendorProblem, Refused for any other host."""
    answer = session.download(url, max_bytes=max_bytes)
    if answer.status_code not in REDIRECTS:
        return _read_content(answer)
    target = urljoin(answer.url or url, answer.headers.get("Location", ""))
    store = build_session(
        vendor=VENDOR,
        base_url=_name_store(target, session.address),
        auth=None,
        connect_timeout_s=session.timeout_s[0],
        read_timeout_s=session.timeout_s[1],
        clock=clock,
        max_bytes=max_bytes,
    )
    with store:
        found = store.download(target, max_bytes=max_bytes)
    if found.status_code in REDIRECTS:
        raise Refused(vendor=VENDOR, operation=_OPERATION, detail="the store of files points elsewhere again")
    return _read_content(found)


def _name_store(target: str, address: VendorAddress) -> str:
    """The address of the host that a redirect names, if it is Zendesk's; raises Refused."""
    if address.covers(target):
        return f"{address.scheme}://{address.netloc}"
    try:
        parsed = parse_url(target)
    except LocationParseError:
        raise _refuse_host() from None
    host = (parsed.host or "").lower()
    if parsed.scheme != "https" or parsed.port or parsed.auth or not host.endswith(_STORES):
        raise _refuse_host()
    return f"https://{host}"


def _refuse_host() -> Refused:
    return Refused(vendor=VENDOR, operation=_OPERATION, detail="the file does not lie with Zendesk")


def _read_content(answer: requests.Response) -> bytes:
    """The bytes; a page to log in at is no file."""
    if answer.headers.get("Content-Type", "").lower().startswith("text/html"):
        raise Refused(vendor=VENDOR, operation=_OPERATION, detail="the answer is a web page; may our account see it?")
    content: bytes = answer.content
    return content
