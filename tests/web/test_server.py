"""The web edge over real sockets: what only a real server can show."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.web.serving import (
    FixedHealth,
    MemoryStore,
    build_test_app,
    post_burst,
    run_server,
    spell_request,
)
from tests.web.sockets import connect
from worker.flow.receive import GroupCommit
from worker.web import protocol, webhooks
from worker.web.listener import AddressUnavailable, bind_listener, name_url


def read_all(connection: socket.socket) -> bytes:
    received = bytearray()
    try:
        while chunk := connection.recv(65536):
            received += chunk
    except ConnectionResetError:
        pass
    return bytes(received)


def trickle(connection: socket.socket, drop: bytes) -> float:
    """Sends a drop again and again until the server ends the connection; how many seconds that took."""
    began = time.monotonic()
    connection.settimeout(0.05)
    while time.monotonic() - began < 10:
        try:
            connection.sendall(drop)
            if not connection.recv(65536):
                break
        except TimeoutError:
            continue
        except ConnectionError:
            break
    return time.monotonic() - began


def flood(connection: socket.socket, wave: bytes, *, limit: int = 64 * 1024 * 1024, pause_s: float = 0.0) -> int:
    """Sends and never reads until the server ends the connection; how many bytes went out."""
    sent = 0
    try:
        while sent < limit:
            sent += connection.send(wave)
            time.sleep(pause_s)
    except ConnectionError:
        pass
    return sent


def test_two_hundred_connections_at_once_cost_two_commits() -> None:
    store = MemoryStore()
    intake = GroupCommit(store)

    async def run(url: str) -> set[int]:
        limits = httpx.Limits(max_connections=200)
        async with httpx.AsyncClient(base_url=url, limits=limits, timeout=20) as client:
            return await post_burst(store, intake, client, 200)

    with run_server(build_test_app(store, intake=intake)) as url:
        assert asyncio.run(run(url)) == {200}
    assert store.batches == [1, 199]


def test_the_server_does_not_say_what_it_is() -> None:
    with run_server(build_test_app(MemoryStore())) as url:
        answer = httpx.get(f"{url}/healthz")
    assert answer.status_code == 200
    assert "server" not in answer.headers


def test_an_oversized_body_is_cut_off_while_it_is_sent() -> None:
    with run_server(build_test_app(MemoryStore())) as url, connect(url) as connection:
        connection.sendall(b"POST /webhooks/zendesk HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        sent = 0
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        try:
            while sent < 64 * 1024 * 1024:
                connection.sendall(chunk)
                sent += 0x10000
        except OSError:
            pass
        assert sent < 64 * 1024 * 1024
        with connect(url) as second:
            second.sendall(b"POST /webhooks/zendesk HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n")
            answer = read_all(second)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer.lower()


def test_a_slow_body_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "BODY_SECONDS", 0.3)
    with run_server(build_test_app(MemoryStore())) as url, connect(url) as connection:
        connection.sendall(b"POST /webhooks/zendesk HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab")
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("said", [b"", b"POST /webhooks/zendesk HTTP/1.1\r\nHost: x\r\nX-Slow: "])
def test_a_connection_that_never_finishes_its_head_is_closed(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.3)
    with run_server(build_test_app(MemoryStore())) as url, connect(url) as connection:
        connection.sendall(said)
        began = time.monotonic()
        assert read_all(connection) == b""
        assert time.monotonic() - began < 5


def test_the_time_for_a_head_does_not_run_while_the_answer_is_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.2)
    body, headers = spell_request(7)
    with run_server(build_test_app(MemoryStore(seconds=0.6))) as url:
        assert httpx.post(f"{url}/webhooks/zendesk", content=body, headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/", "/webhooks/none", "/webhooks/zendesk"])
def test_a_body_that_never_ends_is_cut_off_where_nobody_reads_it(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "MESSAGE_SECONDS", 0.3)
    with run_server(build_test_app(MemoryStore())) as url, connect(url) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n".encode())
        assert trickle(connection, b"x") < 5


def test_a_flood_of_body_is_cut_off_where_nobody_reads_it() -> None:
    with run_server(build_test_app(MemoryStore())) as url, connect(url) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert flood(connection, b"10000\r\n" + b"x" * 0x10000 + b"\r\n") < 64 * 1024 * 1024


def test_line_ends_between_requests_keep_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.3)
    with run_server(build_test_app(MemoryStore())) as url, connect(url) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert trickle(connection, b"\r\n") < 5


def test_a_client_that_reads_no_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(protocol, "PIPELINE_LIMIT", 10**9)
    monkeypatch.setattr(protocol, "HEAD_LIMIT_BYTES", 10**9)
    few = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 8
    with run_server(build_test_app(MemoryStore())) as url, connect(url) as connection:
        assert flood(connection, few, limit=8 * 1024 * 1024, pause_s=0.001) < 8 * 1024 * 1024


def test_requests_that_wait_behind_one_another_have_a_limit() -> None:
    store = MemoryStore()
    with run_server(build_test_app(store)) as url:
        with connect(url) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 8)
            connection.shutdown(socket.SHUT_WR)
            assert 1 <= read_all(connection).count(b"HTTP/1.1 200 ") <= 8
        with connect(url) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 20_000)
            assert read_all(connection).count(b"HTTP/1.1 ") <= 2 * protocol.PIPELINE_LIMIT
        assert httpx.get(f"{url}/healthz").status_code == 200


def test_an_endless_head_is_cut_off() -> None:
    with run_server(build_test_app(MemoryStore())) as url, connect(url) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ")
        sent = 0
        try:
            while sent < 16 * 1024 * 1024:
                connection.sendall(b"x" * 8192)
                sent += 8192
        except OSError:
            pass
    assert sent < 16 * 1024 * 1024


@pytest.mark.parametrize("size", [100, 20_000])
def test_a_head_of_usual_size_is_read_however_it_is_cut(size: int) -> None:
    head = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: " + b"x" * size + b"\r\n\r\n"
    with run_server(build_test_app(MemoryStore())) as url, connect(url) as connection:
        for start in range(0, len(head), 1000):
            connection.sendall(head[start : start + 1000])
        assert read_all(connection).startswith(b"HTTP/1.1 200 ")


def test_a_second_request_on_the_same_connection_is_served() -> None:
    with run_server(build_test_app(MemoryStore())) as url, httpx.Client(base_url=url) as client:
        for number in range(5):
            body, headers = spell_request(number, invocation=str(number))
            assert client.post("/webhooks/zendesk", content=body, headers=headers).status_code == 200


def test_a_store_that_is_down_and_comes_back() -> None:
    store, health = MemoryStore(), FixedHealth()
    body, headers = spell_request(7)
    with run_server(build_test_app(store, health=health)) as url:
        store.broken = health.broken = True
        down = httpx.post(f"{url}/webhooks/zendesk", content=body, headers=headers)
        assert (down.status_code, down.headers["retry-after"]) == (503, "30")
        assert httpx.get(f"{url}/readyz").status_code == 503
        store.broken = health.broken = False
        assert httpx.post(f"{url}/webhooks/zendesk", content=body, headers=headers).status_code == 200
        time.sleep(1.1)
        assert httpx.get(f"{url}/readyz").status_code == 200


def test_after_a_restart_a_delivery_that_was_stored_is_still_known() -> None:
    store = MemoryStore()
    body, headers = spell_request(7)
    for _ in range(2):
        with run_server(build_test_app(store)) as url:
            assert httpx.post(f"{url}/webhooks/zendesk", content=body, headers=headers).status_code == 200
    assert len(store.kept) == 1


def test_an_address_in_use_is_named() -> None:
    with bind_listener("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(AddressUnavailable, match=f"127.0.0.1:{port}: Address already in use"):
            bind_listener("127.0.0.1", port)


def test_a_url_can_be_opened_wherever_the_socket_listens() -> None:
    with bind_listener("0.0.0.0", 0) as listener:  # noqa: S104 - what the test is about
        assert name_url(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"


PROGRAM = """
from tests.web.serving import MemoryStore, build_test_app
from worker.log import configure_logging
from worker.serve import announce_ready
from worker.web.server import run_web
configure_logging()
store = MemoryStore(seconds=0.7)
run_web(build_test_app(store), "127.0.0.1", 0, announce_ready)
print("stored", len(store.kept))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_finishes_what_is_under_way_and_ends_in_peace(number: signal.Signals) -> None:
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    body, headers = spell_request(7)
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, env=environment, text=True
    ) as child:
        assert child.stdout is not None
        url = json.loads(child.stdout.readline())["url"]
        with connect(url) as connection:
            head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            request = f"POST /webhooks/zendesk HTTP/1.1\r\nHost: x\r\n{head}Content-Length: {len(body)}\r\n\r\n"
            connection.sendall(request.encode() + body)
            time.sleep(0.3)
            child.send_signal(number)
            assert read_all(connection).startswith(b"HTTP/1.1 200 ")
        assert child.wait(15) == 0
        assert child.stdout.read() == "stored 1\n"
