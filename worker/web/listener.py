"""The listening socket of the web role, which a supervisor may hold for it."""

import socket

BACKLOG = 2048
"""How many connections wait while nobody accepts them."""


class AddressUnavailable(OSError):
    """Nothing can listen at the address; the message says which and why."""


def bind_listener(host: str, port: int) -> socket.socket:
    """A listening TCP socket; port 0 picks a free one. Raises AddressUnavailable."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's algorithm off only on a socket that names its protocol; else answers wait 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise AddressUnavailable(f"cannot listen at {host}:{port}: {error.strerror or error}") from error
    listener.setblocking(False)
    return listener


def name_url(listener: socket.socket) -> str:
    """The address of the socket as a URL that a client on this machine can open."""
    host, port = listener.getsockname()[:2]
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - it is read, not bound
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"
