"""Forged deliveries over real sockets to the real edge on a real database: refused alike, and nothing is stored."""

import base64
import gzip
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from connectors.zendesk.webhook import TEST_SECRET
from tests.web.serving import run_server
from tests.web.sockets import Answer, send, spell_post
from worker.settings import Settings
from worker.store.database import Database
from worker.store.migrate import upgrade_database
from worker.store.schema import inbox, wakes
from worker.web_wiring import build_web

SECRET, PREVIOUS, REMOVED = "secret-of-today", "secret-of-yesterday", "secret-of-last-year"
JIRA_SECRET = "secret-of-jira"
TICKET = b'{"ticket_id": "41"}'
ISSUE = b'{"timestamp": 1775037600000, "webhookEvent": "jira:issue_updated", "issue": {"id": "10007"}}'
SIGNATURE, STAMP = "X-Zendesk-Webhook-Signature", "X-Zendesk-Webhook-Signature-Timestamp"
INVOCATION = "X-Zendesk-Webhook-Invocation-Id"
HUB, IDENTIFIER = "X-Hub-Signature", "X-Atlassian-Webhook-Identifier"

Header = tuple[str, str | bytes]
Forgery = tuple[bytes, tuple[Header, ...]]


def spell_stamp(age: timedelta = timedelta(0)) -> str:
    return (datetime.now(UTC) - age).strftime("%Y-%m-%dT%H:%M:%SZ")


def sign(body: bytes, stamp: str, secret: str = SECRET) -> str:
    digest = hmac.new(secret.encode(), stamp.encode() + body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def zendesk(
    body: bytes = TICKET, *, secret: str = SECRET, age: timedelta = timedelta(0), invocation: str = "01HX"
) -> tuple[Header, ...]:
    stamp = spell_stamp(age)
    return ((SIGNATURE, sign(body, stamp, secret)), (STAMP, stamp), (INVOCATION, invocation))


def sign_jira(body: bytes = ISSUE, secret: str = JIRA_SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def jira(body: bytes = ISSUE, *, secret: str = JIRA_SECRET, identifier: str = "j-1") -> tuple[Header, ...]:
    return ((HUB, sign_jira(body, secret)), (IDENTIFIER, identifier))


def change(headers: tuple[Header, ...], **values: str | bytes) -> tuple[Header, ...]:
    """The headers with these by short name: `signature`, `stamp`, `hub`."""
    names = {"signature": SIGNATURE, "stamp": STAMP, "hub": HUB}
    new = {names[name]: value for name, value in values.items()}
    return tuple((name, new.get(name, value)) for name, value in headers)


def drop(headers: tuple[Header, ...], name: str) -> tuple[Header, ...]:
    return tuple(pair for pair in headers if pair[0] != name)


def read(headers: tuple[Header, ...], name: str) -> str:
    return str(dict(headers)[name])


def shift_a_byte() -> Forgery:
    """What is signed is timestamp and body without anything between them, so a byte may change sides."""
    headers = zendesk()
    stamp = read(headers, STAMP)
    return stamp[-1].encode() + TICKET, change(headers, stamp=stamp[:-1])


def shift_a_brace() -> Forgery:
    headers = zendesk()
    return TICKET[1:], change(headers, stamp=read(headers, STAMP) + "{")


ZENDESK_FORGERIES: dict[str, Callable[[], Forgery]] = {
    "no header at all": lambda: (TICKET, ()),
    "no signature": lambda: (TICKET, drop(zendesk(), SIGNATURE)),
    "no timestamp": lambda: (TICKET, drop(zendesk(), STAMP)),
    "an empty signature": lambda: (TICKET, change(zendesk(), signature="")),
    "another secret": lambda: (TICKET, zendesk(secret="guessed")),
    "an empty secret": lambda: (TICKET, zendesk(secret="")),
    "a secret that was removed after a rotation": lambda: (TICKET, zendesk(secret=REMOVED)),
    "the public test secret": lambda: (TICKET, zendesk(secret=TEST_SECRET)),
    "the other vendor's secret": lambda: (TICKET, zendesk(secret=JIRA_SECRET)),
    "another body": lambda: (b'{"ticket_id": "42"}', zendesk()),
    "a longer body": lambda: (TICKET + b" ", zendesk()),
    "no body": lambda: (b"", zendesk()),
    "another timestamp": lambda: (TICKET, change(zendesk(), stamp=spell_stamp(timedelta(seconds=7)))),
    "the same instant in another zone": lambda: (
        TICKET,
        change(zendesk(), stamp=datetime.now(UTC).isoformat(timespec="seconds")),
    ),
    "too old": lambda: (TICKET, zendesk(age=timedelta(minutes=6))),
    "too far in the future": lambda: (TICKET, zendesk(age=timedelta(minutes=-6))),
    "a year that no clock reaches": lambda: (
        TICKET,
        ((SIGNATURE, sign(TICKET, "9999-12-31T23:59:59-23:59")), (STAMP, "9999-12-31T23:59:59-23:59")),
    ),
    "a timestamp that is none": lambda: (TICKET, ((SIGNATURE, sign(TICKET, "now")), (STAMP, "now"))),
    "the signature of the other route": lambda: (TICKET, ((SIGNATURE, sign_jira(TICKET, SECRET)), zendesk()[1])),
    "the header of the other route": lambda: (TICKET, jira(TICKET, secret=SECRET)),
    "both headers twice": lambda: (TICKET, zendesk() * 2),
    "a second signature behind the right one": lambda: (TICKET, (*zendesk(), (SIGNATURE, "AAAA"))),
    "a second timestamp before the right one": lambda: (
        TICKET,
        ((STAMP, spell_stamp(timedelta(days=1))), *zendesk()),
    ),
    "two signatures in one header": lambda: (
        TICKET,
        change(zendesk(), signature=read(zendesk(), SIGNATURE) + ", " + read(zendesk(), SIGNATURE)),
    ),
    "bytes beyond ASCII": lambda: (TICKET, change(zendesk(), signature=b"\xff" * 44)),
    "the right signature with a space that HTTP does not know": lambda: (
        TICKET,
        change(zendesk(), signature=read(zendesk(), SIGNATURE).encode() + b"\xa0"),
    ),
    "base64 without its padding": lambda: (
        TICKET,
        change(zendesk(), signature=read(zendesk(), SIGNATURE).rstrip("=")),
    ),
    "base64 in its other alphabet": lambda: (
        TICKET,
        change(zendesk(), signature=read(zendesk(), SIGNATURE).translate(str.maketrans("+/=", "-_ ")).strip() + "-_"),
    ),
    "the digest in hex": lambda: (
        TICKET,
        change(zendesk(), signature=base64.b64decode(read(zendesk(), SIGNATURE)).hex()),
    ),
    "a signature without end": lambda: (TICKET, change(zendesk(), signature="A" * 9000)),
    "a byte moved from the timestamp to the body": shift_a_byte,
    "a byte moved from the body to the timestamp": shift_a_brace,
    "a body packed after it was signed": lambda: (
        gzip.compress(TICKET),
        (*zendesk(), ("Content-Encoding", "gzip")),
    ),
}

JIRA_FORGERIES: dict[str, Callable[[], Forgery]] = {
    "no header at all": lambda: (ISSUE, ()),
    "an empty signature": lambda: (ISSUE, change(jira(), hub="sha256=")),
    "another secret": lambda: (ISSUE, jira(secret="guessed")),
    "an empty secret": lambda: (ISSUE, jira(secret="")),
    "a secret that was removed after a rotation": lambda: (ISSUE, jira(secret=REMOVED)),
    "another body": lambda: (ISSUE.replace(b"10007", b"10008"), jira()),
    "a longer body": lambda: (ISSUE + b"\n", jira()),
    "the method missing": lambda: (ISSUE, change(jira(), hub=sign_jira().removeprefix("sha256="))),
    "the method in capitals": lambda: (ISSUE, change(jira(), hub=sign_jira().replace("sha256", "SHA256"))),
    "the digest in capitals": lambda: (ISSUE, change(jira(), hub="sha256=" + sign_jira()[7:].upper())),
    "the digest cut": lambda: (ISSUE, change(jira(), hub=sign_jira()[:-2])),
    "a weaker method": lambda: (
        ISSUE,
        change(jira(), hub="sha1=" + hmac.new(JIRA_SECRET.encode(), ISSUE, hashlib.sha1).hexdigest()),
    ),
    "no method": lambda: (ISSUE, change(jira(), hub="none=" + sign_jira()[7:])),
    "the header twice": lambda: (ISSUE, (*jira(), (HUB, sign_jira()))),
    "a wrong one before the right one": lambda: (ISSUE, ((HUB, "sha256=00"), *jira())),
    "bytes beyond ASCII": lambda: (ISSUE, change(jira(), hub=b"sha256=" + b"\xe9" * 64)),
    "the signature of the other route": lambda: (ISSUE, zendesk(ISSUE, secret=JIRA_SECRET)),
}

FORGERIES = [
    pytest.param(f"/webhooks/{vendor}", forge, id=f"{vendor}: {name}")
    for vendor, forgeries in (("zendesk", ZENDESK_FORGERIES), ("jira", JIRA_FORGERIES))
    for name, forge in forgeries.items()
]


class Edge:
    """The web role on a database, as it is wired for production."""

    def __init__(self, url: str, database: Database) -> None:
        self.url = url
        self.database = database

    def post(self, path: str, body: bytes, *headers: Header) -> Answer:
        return send(self.url, spell_post(path, body, *headers))

    def count(self) -> tuple[int, int]:
        """Rows of the inbox, and wakes."""
        with self.database.snapshot() as connection:
            kept = connection.execute(select(func.count(inbox.c.id))).scalar_one()
            return kept, connection.execute(select(func.count(wakes.c.id))).scalar_one()


def build_settings(database_url: str, **values: str) -> Settings:
    return Settings(database_url=database_url, **values)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    url = f"sqlite:///{tmp_path_factory.mktemp('edge') / 'escalator.db'}"
    settings = build_settings(
        url,
        zendesk_webhook_secret=SECRET,
        zendesk_webhook_secret_previous=PREVIOUS,
        jira_webhook_secret=JIRA_SECRET,
    )
    with Database(url) as database:
        upgrade_database(database)
        with run_server(build_web(settings, database)) as address:
            yield Edge(address, database)


@pytest.mark.parametrize(("path", "forge"), FORGERIES)
def test_a_forged_delivery_is_refused_like_every_other_and_stores_nothing(
    edge: Edge, path: str, forge: Callable[[], Forgery]
) -> None:
    before = edge.count()
    body, headers = forge()
    answer = edge.post(path, body, *headers)
    plain = edge.post(path, b"anything")
    assert (answer.status, answer.body) == (401, b"")
    assert [pair for pair in answer.headers if pair[0] != "date"] == [
        pair for pair in plain.headers if pair[0] != "date"
    ]
    assert edge.count() == before


@pytest.mark.parametrize("secret", [SECRET, PREVIOUS])
def test_a_genuine_delivery_wakes_its_ticket_once_however_often_it_is_replayed(edge: Edge, secret: str) -> None:
    headers = zendesk(secret=secret, invocation=f"first-{secret}")
    before = edge.count()
    assert edge.post("/webhooks/zendesk", TICKET, *headers).status == 200
    after = edge.count()
    assert (after[0] - before[0], after[1] - before[1]) == (1, 1)
    replays = [
        headers,
        (*drop(headers, INVOCATION), (INVOCATION, "another")),
        drop(headers, INVOCATION),
        (*headers, (INVOCATION, "twice")),
        (*headers, ("Content-Encoding", "gzip"), ("Content-Type", "text/plain")),
        tuple((name.upper(), value) for name, value in drop(headers, INVOCATION)),
        change(headers, signature=f"  {read(headers, SIGNATURE)} \t"),
        change(drop(headers, INVOCATION), stamp=f"{read(headers, STAMP)} "),
    ]
    assert {edge.post("/webhooks/zendesk", TICKET, *replay).status for replay in replays} == {200}
    assert edge.post("/webhooks/zendesk?again=1", TICKET, *headers).status == 200
    assert edge.count() == after


def test_a_replay_that_comes_before_the_original_takes_its_place(edge: Edge) -> None:
    headers = zendesk(b'{"ticket_id": 77}', invocation="late")
    before = edge.count()
    assert edge.post("/webhooks/zendesk", b'{"ticket_id": 77}', *drop(headers, INVOCATION)).status == 200
    assert edge.post("/webhooks/zendesk", b'{"ticket_id": 77}', *headers).status == 200
    assert edge.count() == (before[0] + 1, before[1] + 1)


def test_a_jira_delivery_counts_once_however_it_is_named(edge: Edge) -> None:
    """The issue is nobody's here, so the row is kept for its keys and wakes nobody."""
    before = edge.count()
    names = [((IDENTIFIER, "j-1"),), ((IDENTIFIER, "j-1"),), ((IDENTIFIER, "j-2"),), (), ((IDENTIFIER, "x" * 4000),)]
    signed = (HUB, sign_jira())
    assert {edge.post("/webhooks/jira", ISSUE, signed, *name).status for name in names} == {200}
    assert edge.count() == (before[0] + 1, before[1])


def test_a_packed_body_is_never_unpacked(edge: Edge) -> None:
    """A sender could sign what it packed; to unpack it would be a bomb's chance, so it is no JSON and no hint."""
    before = edge.count()
    bomb = gzip.compress(b"0" * 50_000_000)
    assert edge.post("/webhooks/zendesk", bomb, *zendesk(bomb), ("Content-Encoding", "gzip")).status == 200
    assert edge.count() == before


@pytest.mark.parametrize("path", ["/webhooks/zendesk", "/webhooks/jira"])
def test_an_oversized_body_is_refused_before_its_signature_counts(edge: Edge, path: str) -> None:
    before = edge.count()
    body = json.dumps({"ticket_id": 41, "pad": "x" * 1_100_000}).encode()
    headers = (*zendesk(body), *jira(body))
    assert edge.post(path, body, *headers).status == 413
    chunks = b"".join(
        b"8000\r\n" + body[at : at + 0x8000].ljust(0x8000) + b"\r\n" for at in range(0, len(body), 0x8000)
    )
    head = spell_post(path, b"", *headers, ("Transfer-Encoding", "chunked"), length=False)
    assert send(edge.url, head + chunks + b"0\r\n\r\n").status in {413, 0}
    assert edge.count() == before


@pytest.mark.parametrize("path", ["/webhooks/zendesk", "/webhooks/jira", "/webhooks/zendesk/", "/webhooks", "/x"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "PUT"])
def test_without_a_secret_a_route_is_like_any_that_never_was(tmp_path: Path, path: str, method: str) -> None:
    with Database(f"sqlite:///{tmp_path / 'escalator.db'}") as database:
        upgrade_database(database)
        settings = build_settings(f"sqlite:///{tmp_path / 'escalator.db'}")
        with run_server(build_web(settings, database)) as url:
            request = spell_post(path, TICKET, *zendesk()).replace(b"POST", method.encode(), 1)
            answer, other = send(url, request), send(url, request.replace(path.encode(), b"/never-was", 1))
    assert answer.status == 404
    assert (answer.headers, answer.body) == (other.headers, other.body)


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/readyz", "/metrics", "/webhooks/zendesk", "/webhooks/jira", "/x"]
)
def test_no_answer_names_the_software_or_its_version_or_echoes_the_host(edge: Edge, path: str) -> None:
    for method in ("GET", "POST", "HEAD", "TRACE", "OPTIONS"):
        request = spell_post(path, b"").replace(b"POST", method.encode(), 1)
        for sent in (request, request.replace(path.encode(), path.encode() + b"/", 1)):
            answer = send(edge.url, sent)
            assert answer.status < 500
            assert not {"server", "x-powered-by", "via", "location"} & {name for name, _ in answer.headers}
            text = repr(answer).lower()
            assert not any(word in text for word in ("uvicorn", "starlette", "python", "escalator.test"))
