"""HTTP requests that no honest client sends, from a seed, as bytes."""

import base64
import hashlib
import hmac
import random
from datetime import UTC, datetime

from tests.hostile.json_values import pick_bytes

ZENDESK_SECRET, JIRA_SECRET = "fuzz-secret-zendesk", "fuzz-secret-jira"
PATHS = (
    *("/", "/healthz", "/readyz", "/metrics", "/webhooks/zendesk", "/webhooks/jira", "/webhooks/zendesk/", "//"),
    *("/webhooks", "/webhooks/../metrics", "/webhooks/%7Aendesk", "/%00", "/%ff%fe", "/%c0%ae%c0%ae/", "/%", "*"),
    *("/x?%00=%ff", "/healthz?" + "a=b&" * 500, "/" + "a" * 4000, "http://evil.example/healthz", "/\\evil", "?", "#"),
    *("//evil.example/webhooks/zendesk", "/webhooks/zendesk;x=1", "/docs", "/openapi.json", "/healthz\t", "/é"),
)
METHODS = (
    *("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT", "PRI", "PROPFIND", "get"),
    *("X", "G" * 300, "PO ST", "\x00", "POST\r\n"),
)
VERSIONS = ("HTTP/1.1", "HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/9.9", "HTTP/1.1 ", "ICY", "", "HTTP/1.1\x00")
HEADERS = (
    *(b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding: chunked, identity"),
    *(b"Transfer-Encoding : chunked", b"Transfer-Encoding: \x0bchunked", b"Transfer-Encoding:\tchunked", b" : x"),
    *(
        b"Content-Length: 5",
        b"Content-Length: 5, 6",
        b"Content-Length: -1",
        b"Content-Length: +5",
        b"Content-Length: 0x5",
    ),
    *(
        b"Content-Length: 99999999999999999999999",
        b"Content-Length: 1048577",
        b"content-length: 5\r\nContent-Length: 6",
    ),
    *(b"Expect: 100-continue", b"Expect: 200-ok", b"Connection: keep-alive, upgrade", b"Upgrade: websocket"),
    *(
        b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
        b"Connection: Transfer-Encoding",
        b"Host: evil\r\nHost: x",
    ),
    *(
        b"Host: [::1",
        b"Host: x:99999",
        b"Host: \xff\xfe",
        b"X: " + b"y" * 9000,
        b"Folded: a\r\n b\r\n\tc",
        b"NoColon",
    ),
    *(
        b": empty",
        b"X-\x00: 1",
        b"X: \x00",
        b"X: a\rb",
        b"X: a\nb",
        b"Cookie: " + b"a=b;" * 900,
        b"Range: bytes=0-,1-",
    ),
    *(
        b"Content-Encoding: gzip",
        b"Content-Type: multipart/form-data",
        b"Accept: */*;q=nan",
        b"Trailer: X-Hub-Signature",
    ),
    *(
        b"X-Forwarded-For: 127.0.0.1",
        b"X-HTTP-Method-Override: DELETE",
        b"Authorization: Basic !!!",
        b"Accept-Encoding: br",
    ),
)


def pick_request(dice: random.Random) -> bytes:
    """One request or a few behind one another: signed and odd inside, or odd outside."""
    kind = dice.random()
    if kind < 0.45:
        return _spell_signed(dice)
    if kind < 0.5:
        return dice.randbytes(dice.randrange(1, 3000))
    requests = b"".join(_spell_odd(dice) for _ in range(dice.choice((1, 1, 1, 2, 5, 30))))
    return requests if dice.random() < 0.8 else requests[: dice.randrange(len(requests))]


def _spell_signed(dice: random.Random) -> bytes:
    """A delivery that carries the right signature for whatever it says."""
    if dice.random() < 0.5:
        body = pick_bytes(dice, _make_zendesk_event if dice.random() < 0.5 else lambda: {"ticket_id": "41"})
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        digest = hmac.new(ZENDESK_SECRET.encode(), stamp.encode() + body, hashlib.sha256).digest()
        headers = [
            b"X-Zendesk-Webhook-Signature: " + base64.b64encode(digest),
            b"X-Zendesk-Webhook-Signature-Timestamp: " + stamp.encode(),
            b"X-Zendesk-Webhook-Invocation-Id: " + dice.choice((b"1", b"\xff" * 50, b"x" * 4000, b"")),
        ]
        path = b"/webhooks/zendesk"
    else:
        body = pick_bytes(dice, make_jira_event)
        digest_hex = hmac.new(JIRA_SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers = [
            b"X-Hub-Signature: sha256=" + digest_hex.encode(),
            b"X-Atlassian-Webhook-Identifier: " + dice.choice((b"1", b"\xe9" * 300, b"x" * 4000, b"")),
        ]
        path = b"/webhooks/jira"
    if dice.random() < 0.2:
        headers.append(dice.choice(HEADERS))
    sizes = [b"Content-Length: " + str(len(body)).encode()]
    if dice.random() < 0.2:
        sizes, body = [b"Transfer-Encoding: chunked"], _spell_chunks(dice, body)
    return b"\r\n".join([b"POST " + path + b" HTTP/1.1", b"Host: x", *headers, *sizes, b"", body])


def _spell_odd(dice: random.Random) -> bytes:
    method, path, version = dice.choice(METHODS), dice.choice(PATHS), dice.choice(VERSIONS)
    if dice.random() < 0.6:
        method, version = dice.choice(METHODS[:8]), "HTTP/1.1"
    first = f"{method} {path} {version}".encode(
        dice.choice(("utf-8", "utf-16-le")) if dice.random() < 0.1 else "utf-8"
    )
    headers = [b"Host: x"] if dice.random() < 0.8 else []
    headers += [dice.choice(HEADERS) for _ in range(dice.choice((0, 0, 1, 1, 2, 5, 120)))]
    end = dice.choice((b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r"))
    body = dice.choice((b"", b"", b"hello", dice.randbytes(50), _spell_chunks(dice, b"hello"), b"x" * 70_000))
    return end.join([first, *headers, b"", body])


def _spell_chunks(dice: random.Random, body: bytes) -> bytes:
    size = dice.choice((1, 7, 4096))
    chunks = [body[at : at + size] for at in range(0, min(len(body), 500 * size), size)]
    spelt = b"".join(b"%x%s\r\n%s\r\n" % (len(chunk), dice.choice((b"", b";x=1")), chunk) for chunk in chunks)
    tail = (b"0\r\n\r\n", b"0\r\nX-Hub-Signature: a\r\n\r\n", b"", b"ffffffffffffffffff\r\n", b"-1\r\n", b"0\r\n")
    return spelt + dice.choice(tail)


def _make_zendesk_event() -> dict[str, object]:
    return {
        "type": "zen:event-type:ticket.comment_added",
        "account_id": 1,
        "id": "cbe4028c",
        "time": "2026-03-01T11:59:00Z",
        "subject": "zen:ticket:41",
        "detail": {"id": "41", "status": "OPEN", "tags": ["a"]},
        "event": {"comment": {"body": "words", "is_public": True}, "meta": {"sequence": {"id": "1"}}},
    }


def make_jira_event() -> dict[str, object]:
    """An event about an issue of ours, as Jira sends it."""
    return {
        "timestamp": 1775037600000,
        "webhookEvent": "jira:issue_updated",
        "issue": {"id": "10042", "key": "OPS-7", "fields": {"labels": ["escalator-k7"], "description": "h2. x"}},
        "changelog": {"id": "1", "items": [{"field": "resolution", "toString": "Done"}]},
    }
