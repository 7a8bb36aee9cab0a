"""Requests as bytes on a socket: what no client library would send."""

import socket
import time
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came back before the connection ended or the time was up; status 0 when nothing did."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    closed: bool


def connect(url: str, timeout_s: float = 10.0) -> socket.socket:
    """An open connection to the server."""
    host, port = url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=timeout_s)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def spell_post(path: str, body: bytes, *headers: tuple[str, str | bytes], length: bool = True) -> bytes:
    """A POST; headers may stand twice and hold any bytes."""
    lines = [b"POST " + path.encode() + b" HTTP/1.1", b"Host: escalator.test", b"Connection: close"]
    for name, value in headers:
        lines.append(name.encode() + b": " + (value.encode() if isinstance(value, str) else value))
    if length:
        lines.append(b"Content-Length: " + str(len(body)).encode())
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def send(url: str, data: bytes, *, wait_s: float = 10.0) -> Answer:
    """Sends the bytes as they are and reads until the server closes or `wait_s` is over."""
    with connect(url) as connection:
        return exchange(connection, data, wait_s=wait_s)


def exchange(connection: socket.socket, data: bytes, *, wait_s: float = 10.0) -> Answer:
    """Sends the bytes on this connection and reads until the server closes it or `wait_s` is over."""
    received, closed, ends = bytearray(), False, time.monotonic() + wait_s
    try:
        connection.sendall(data)
        while (left := ends - time.monotonic()) > 0:
            connection.settimeout(left)
            chunk = connection.recv(65536)
            if not chunk:
                closed = True
                break
            received += chunk
    except TimeoutError:
        pass
    except (ConnectionError, BrokenPipeError):
        closed = True
    return read_answer(bytes(received), closed=closed)


def read_answer(received: bytes, *, closed: bool = True) -> Answer:
    """The first answer in the bytes, with all that follows its head as its body."""
    head, _, body = received.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    status = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
    pairs = tuple((name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in rest))
    return Answer(status=status, headers=pairs, body=body, closed=closed)
