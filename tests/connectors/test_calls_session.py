"""The session over real sockets: what was sent, what came back, and what is known after it went wrong."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import pytest
import requests
import responses

from connectors.calls import VendorSession, build_session, read_with_retries
from connectors.errors import (
    Certainty,
    Forbidden,
    NotFound,
    Refused,
    Throttled,
    Uncertain,
    Unreachable,
    VendorProblem,
)

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

Answer = Callable[[socket.socket], None]


def make_session(base_url: str, *, read_timeout_s: float = 2.0, max_bytes: int = 1_000_000) -> VendorSession:
    return build_session(
        vendor="zendesk",
        base_url=base_url,
        auth=("me@desk.example/token", "t0ken"),
        connect_timeout_s=1.0,
        read_timeout_s=read_timeout_s,
        clock=lambda: NOW,
        max_bytes=max_bytes,
    )


class Peer:
    """A listener that gives each request of each connection to one scripted answer."""

    def __init__(self, answer: Answer) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        try:
            with connection.makefile("rb") as lines:
                while request := read_request(lines):
                    self.requests.append(request)
                    self._answer(connection)
        except OSError:
            return


def read_request(lines: BinaryIO) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = lines.readline()
        if not line:
            return b""
        head += line
    length = re.search(rb"content-length: (\d+)", head.lower())
    return head + (lines.read(int(length[1])) if length else b"")


@contextmanager
def run_peer(answer: Answer) -> Iterator[Peer]:
    peer = Peer(answer)
    with closing(peer):
        yield peer


def say(data: bytes) -> Answer:
    return lambda connection: connection.sendall(data)


def drop(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    connection.close()


def stall(connection: socket.socket) -> None:
    time.sleep(1.0)


def stall_after_headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    time.sleep(1.0)


def drop_in_body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    connection.shutdown(socket.SHUT_RDWR)


def speak_nonsense(connection: socket.socket) -> None:
    connection.sendall(b"SSH-2.0-Other\r\n\r\n")
    connection.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
@pytest.mark.parametrize("answer", [drop, reset, stall, stall_after_headers, drop_in_body, speak_nonsense])
def test_a_lost_answer_is_uncertain_and_nothing_is_sent_twice(method: str, answer: Answer) -> None:
    with run_peer(answer) as peer:
        with make_session(peer.url, read_timeout_s=0.2) as session, pytest.raises(Uncertain) as caught:
            session.call(method, "/api/v2/tickets/1", params={"q": "private words"}, body={"a": 1})
        assert len(peer.requests) == 1
    assert "private words" not in str(caught.value)
    assert str(caught.value).startswith(f"zendesk: {method} /api/v2/tickets/1 failed")


def test_a_refused_connection_was_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with make_session(f"http://127.0.0.1:{port}") as session, pytest.raises(Unreachable) as caught:
        session.call("PUT", "/x", body={})
    assert caught.value.certainty is Certainty.NOT_SENT


def test_a_name_that_does_not_resolve_was_not_sent() -> None:
    with make_session("https://nowhere.invalid") as session, pytest.raises(Unreachable):
        session.call("PUT", "/x", body={})


def test_a_failed_tls_handshake_was_not_sent() -> None:
    def answer_in_the_clear(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        peer = threading.Thread(target=answer_in_the_clear, args=(listener,))
        peer.start()
        with make_session(f"https://127.0.0.1:{listener.getsockname()[1]}") as session, pytest.raises(Unreachable):
            session.call("PUT", "/x", body={})
        peer.join()


def test_an_earlier_failure_does_not_colour_a_later_one() -> None:
    with run_peer(drop) as peer, make_session(peer.url) as session:
        try:
            make_session("https://nowhere.invalid").call("GET", "/x")
        except Unreachable:
            with pytest.raises(Uncertain):
                session.call("PUT", "/x", body={})


def test_connections_are_kept_and_reused() -> None:
    with run_peer(say(OK)) as peer, make_session(peer.url) as session:
        assert [session.call("GET", "/x") for _ in range(3)] == [{}, {}, {}]
        assert peer.connections == 1


def test_an_answer_over_the_limit_is_cut_off() -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n" + b" " * 2_000_000
    with (
        run_peer(say(endless)) as peer,
        make_session(peer.url, max_bytes=10_000) as session,
        pytest.raises(Uncertain, match="AnswerTooLarge"),
    ):
        session.call("GET", "/x")


def test_an_answer_in_drops_ends_at_the_deadline() -> None:
    def dribble(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(100):
            connection.sendall(b"1\r\n \r\n")
            time.sleep(0.05)

    with run_peer(dribble) as peer, make_session(peer.url, read_timeout_s=0.1) as session:
        started = time.monotonic()
        with pytest.raises(Uncertain):
            session.call("GET", "/x")
        assert time.monotonic() - started < 3


def test_a_redirect_is_not_followed_and_a_cookie_is_not_kept() -> None:
    moved = b"HTTP/1.1 301 Moved\r\nLocation: /elsewhere\r\nSet-Cookie: _session=abc\r\nContent-Length: 0\r\n\r\n"
    with run_peer(say(moved)) as peer, make_session(peer.url) as session:
        for _ in range(2):
            with pytest.raises(Uncertain, match="redirected"):
                session.call("POST", "/x", body={})
        assert len(peer.requests) == 2
        assert all(request.startswith(b"POST /x ") and b"_session" not in request for request in peer.requests)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/next", "https://evil.example/next", "https://acme.zendesk.com.evil.example/x"]
)
def test_credentials_never_leave_for_another_host(url: str) -> None:
    with responses.RequestsMock() as web, make_session("https://acme.zendesk.com") as session:
        with pytest.raises(Refused, match="not sent"):
            session.get(url)
        assert len(web.calls) == 0


def test_library_calls_get_our_time_outs_and_typed_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    with responses.RequestsMock() as web, make_session("https://acme.zendesk.com") as session:
        web.get("https://acme.zendesk.com/a", status=403, json={"error": "Forbidden"})
        web.get("https://acme.zendesk.com/b", status=404)
        with pytest.raises(Forbidden):
            session.get("https://acme.zendesk.com/a", timeout=None)
        with pytest.raises(NotFound):
            session.get("https://acme.zendesk.com/b", timeout=900)
        assert [call.request.req_kwargs["timeout"] for call in web.calls] == [(1.0, 2.0), (1.0, 2.0)]


def test_a_loopback_session_ignores_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with run_peer(say(OK)) as peer, make_session(peer.url) as session:
        assert session.call("GET", "/x") == {}


def test_a_session_without_credentials_sends_none_of_the_machines(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine acme.zendesk.com login somebody password s3cret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    session = build_session(
        vendor="zendesk",
        base_url="https://acme.zendesk.com",
        auth=None,
        connect_timeout_s=1,
        read_timeout_s=1,
        clock=lambda: NOW,
    )
    with responses.RequestsMock() as web, session:
        web.post("https://acme.zendesk.com/oauth/tokens", json={})
        session.call("POST", "/oauth/tokens", body={})
        assert "Authorization" not in web.calls[0].request.headers


def test_parameters_are_encoded_and_credentials_are_not_in_messages() -> None:
    with responses.RequestsMock() as web, make_session("https://acme.zendesk.com") as session:
        web.get("https://acme.zendesk.com/api/v2/x", status=401, json={"error": "Couldn't authenticate you"})
        with pytest.raises(VendorProblem) as caught:
            session.call("GET", "/api/v2/x", params={"cursor": "a+b=="})
        assert web.calls[0].request.url.endswith("?cursor=a%2Bb%3D%3D")
    assert "t0ken" not in str(caught.value)
    assert str(caught.value) == "zendesk: GET /api/v2/x answered 401: Couldn't authenticate you"


# --- read_with_retries ---------------------------------------------------------------------------------------


class Script:
    """A read that fails as scripted, then answers."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        return "value"


def fail(kind: type[VendorProblem], retry_after_s: float | None = None, status: int | None = None) -> VendorProblem:
    return kind(vendor="jira", operation="read", detail="x", retry_after_s=retry_after_s, status=status)


@pytest.mark.parametrize(
    "failure",
    [fail(Unreachable), fail(Uncertain), fail(Uncertain, status=502), fail(Throttled), fail(Throttled, 0.0)],
)
def test_a_passing_failure_is_tried_again_within_seconds(failure: VendorProblem) -> None:
    slept: list[float] = []
    script = Script(failure, failure)
    assert read_with_retries(script, sleep=slept.append) == "value"
    assert script.calls == 3
    assert all(0 <= wait <= 1 for wait in slept)


def test_a_short_retry_after_is_obeyed_to_the_letter() -> None:
    slept: list[float] = []
    script = Script(fail(Throttled, 0.75), fail(Uncertain, 1.0, 503))
    assert read_with_retries(script, sleep=slept.append) == "value"
    assert slept == [0.75, 1.0]


@pytest.mark.parametrize(
    "failure",
    [
        fail(Throttled, 60.0),
        fail(Throttled, 1.25),
        fail(Uncertain, 60.0, 503),
        fail(Uncertain, status=301),
        fail(NotFound, status=404),
        fail(Refused, status=400),
        fail(Forbidden, status=403),
    ],
)
def test_what_will_not_pass_within_seconds_is_raised_at_once(failure: VendorProblem) -> None:
    slept: list[float] = []
    script = Script(failure)
    with pytest.raises(type(failure)):
        read_with_retries(script, sleep=slept.append)
    assert (script.calls, slept) == (1, [])


def test_tries_end_with_the_last_failure() -> None:
    script = Script(*[fail(Unreachable) for _ in range(9)])
    with pytest.raises(Unreachable):
        read_with_retries(script, sleep=lambda _: None)
    assert script.calls == 3


def test_a_fault_of_ours_is_not_repeated() -> None:
    script = Script(requests.exceptions.MissingSchema("bug"))
    with pytest.raises(requests.exceptions.MissingSchema):
        read_with_retries(script, sleep=lambda _: None)
    assert script.calls == 1
