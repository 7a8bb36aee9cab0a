"""Where a vendor lives, so that nothing is ever sent to anybody else.

A paging link is text from outside: following one to a foreign host would hand our credentials to whoever
wrote it. Every session is therefore pinned to one address.
"""

import ipaddress
from dataclasses import dataclass
from urllib.parse import quote

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, kw_only=True, slots=True)
class VendorAddress:
    """A vendor's base URL, checked. `path` has no slash at its end and is empty for most sites."""

    scheme: str
    host: str
    port: int
    path: str = ""

    @property
    def netloc(self) -> str:
        """Host and port as they stand in a URL; a port that the scheme implies is left out."""
        return self.host if self.port == _DEFAULT_PORTS[self.scheme] else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The base URL without a slash at its end."""
        return f"{self.scheme}://{self.netloc}{self.path}"

    @property
    def is_loopback(self) -> bool:
        """True when requests to this address cannot leave the machine."""
        return is_loopback_host(self.host)

    def join(self, path: str) -> str:
        """The URL of a path below the base URL; characters that cannot stand in a path are quoted."""
        return self.url + quote("/" + path.lstrip("/"), safe="/%:@!$&'()*+,;=-._~")

    def covers(self, url: str) -> bool:
        """True when `url` has this address's scheme, host and port, read with the parser that will send it."""
        try:
            parsed = parse_url(url)
        except LocationParseError:
            return False
        scheme = (parsed.scheme or "").lower()
        port = parsed.port or _DEFAULT_PORTS.get(scheme)
        return parsed.auth is None and (scheme, (parsed.host or "").lower(), port) == (
            self.scheme,
            self.host,
            self.port,
        )


def is_loopback_host(host: str) -> bool:
    """True for `localhost` and for loopback IP addresses."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def parse_address(url: str) -> VendorAddress:
    """Checks a base URL: https anywhere, http on loopback only, no credentials, query or fragment in it.

    Raises ValueError whose message says what to write.
    """
    try:
        parsed = parse_url(url.strip())
    except LocationParseError:
        raise ValueError(f"{url!r} is not a URL; write https://HOST") from None
    scheme, host = (parsed.scheme or "").lower(), (parsed.host or "").lower()
    if scheme not in _DEFAULT_PORTS or not host:
        raise ValueError(f"{url!r} is not a web address; write https://HOST")
    if fault := _find_fault(parsed, scheme, host):
        raise ValueError(fault)
    path = (parsed.path or "").rstrip("/")
    return VendorAddress(scheme=scheme, host=host, port=parsed.port or _DEFAULT_PORTS[scheme], path=path)


def _find_fault(parsed: Url, scheme: str, host: str) -> str | None:
    if parsed.auth is not None:
        return f"the address of {host} holds credentials; give them in their own settings"
    if parsed.query is not None or parsed.fragment is not None:
        return f"the address of {host} holds a query or fragment; write only https://HOST"
    if scheme == "http" and not is_loopback_host(host):
        return f"http://{host} would send credentials in the clear; write https://{host}"
    return None
