"""What really went over the sockets: every request as it was sent and its answer as it came."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

_ENCODINGS = ("content-encoding", "transfer-encoding", "content-length")


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """One request and its answer; `verb` is what of our client was called."""

    verb: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    body: bytes
    status: int
    answer_type: str
    answer: bytes

    @property
    def content_type(self) -> str:
        """The media type of the request with its parameters; empty without a body."""
        named = (value for name, value in self.headers if name.lower() == "content-type")
        return next(named, "") if self.body else ""


class Recorder:
    """Collects the exchanges with one address while `listen` is entered; `verb` labels the next ones."""

    def __init__(self, address: str) -> None:
        self.exchanges: list[Exchange] = []
        self.verb = ""
        self._address = address

    @contextmanager
    def listen(self) -> Iterator[None]:
        """Records below every `requests` session; sessions send as they would without it."""
        send = HTTPAdapter.send

        def send_and_record(adapter: HTTPAdapter, request: requests.PreparedRequest, **how: Any) -> requests.Response:
            response = send(adapter, request, **how)
            if (request.url or "").startswith(self._address):
                self.exchanges.append(_describe(self.verb, request, response))
            return response

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(HTTPAdapter, "send", send_and_record)
            yield


def _describe(verb: str, request: requests.PreparedRequest, response: requests.Response) -> Exchange:
    url = urlsplit(request.url or "")
    body = request.body or b""
    return Exchange(
        verb=verb,
        method=request.method or "",
        path=url.path,
        query=tuple(parse_qsl(url.query, keep_blank_values=True)),
        headers=tuple(request.headers.items()),
        body=body.encode() if isinstance(body, str) else bytes(body),
        status=response.status_code,
        answer_type=response.headers.get("Content-Type", ""),
        answer=_read_and_rewind(response),
    )


def _read_and_rewind(response: requests.Response) -> bytes:
    """The whole body; the response keeps a fresh copy of it for the client to read."""
    content: bytes = response.raw.read(decode_content=True)
    headers = {name: value for name, value in response.headers.items() if name.lower() not in _ENCODINGS}
    response.raw = HTTPResponse(
        body=io.BytesIO(content), status=response.status_code, headers=headers, preload_content=False
    )
    return content
