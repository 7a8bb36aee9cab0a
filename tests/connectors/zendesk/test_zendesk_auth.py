"""OAuth client credentials: minting, sharing, renewing, and what a failed mint says about the call behind it."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import responses

from connectors.calls import VendorSession, build_session
from connectors.errors import Certainty, Throttled, Unauthorized, Unreachable, VendorProblem
from connectors.zendesk.auth import BearerAuth, ClientCredentials, TokenKeeper

SITE = "https://kiln.zendesk.com"
TOKENS = f"{SITE}/oauth/tokens"


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def open_session(clock: Clock, auth: BearerAuth | None = None) -> VendorSession:
    return build_session(
        vendor="zendesk", base_url=SITE, auth=auth, connect_timeout_s=1, read_timeout_s=1, clock=clock
    )


@pytest.fixture
def keeper(clock: Clock) -> TokenKeeper:
    credentials = ClientCredentials(client_id="escalator", client_secret="sh-h-h")
    return TokenKeeper(credentials, open_session(clock), clock=clock)


@pytest.fixture
def session(keeper: TokenKeeper, clock: Clock) -> VendorSession:
    return open_session(clock, BearerAuth(keeper))


def grant(web: responses.RequestsMock, token: str, **fields: object) -> None:
    web.post(TOKENS, status=201, json={"access_token": token, "token_type": "bearer", **fields})


def tokens_used(web: responses.RequestsMock, path: str) -> list[str]:
    return [call.request.headers["Authorization"] for call in web.calls if call.request.url == SITE + path]


def test_the_credentials_are_exchanged_once_for_many_calls(
    web: responses.RequestsMock, session: VendorSession
) -> None:
    grant(web, "t1", expires_in=1800)
    web.get(f"{SITE}/x", json={})
    for _ in range(3):
        session.call("GET", "/x")
    assert tokens_used(web, "/x") == ["Bearer t1"] * 3
    assert json.loads(web.calls[0].request.body or b"") == {
        "grant_type": "client_credentials",
        "client_id": "escalator",
        "client_secret": "sh-h-h",
        "scope": "read write",
    }
    assert "Authorization" not in web.calls[0].request.headers


@pytest.mark.parametrize(
    ("expires_in", "still_good_s", "renewed_s"),
    [(1800, 1739, 1740), (300, 269, 270), (None, 1739, 1740), ("soon", 1739, 1740), (0, 1739, 1740)],
)
def test_a_token_is_renewed_a_while_before_its_end(
    web: responses.RequestsMock,
    keeper: TokenKeeper,
    clock: Clock,
    *,
    expires_in: object,
    still_good_s: int,
    renewed_s: int,
) -> None:
    grant(web, "t1", expires_in=expires_in)
    grant(web, "t2", expires_in=1800)
    start = clock.now
    assert keeper.obtain() == "t1"
    clock.now = start + timedelta(seconds=still_good_s)
    assert keeper.obtain() == "t1"
    clock.now = start + timedelta(seconds=renewed_s)
    assert keeper.obtain() == "t2"


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_after_a_401_the_request_is_sent_once_more_with_a_new_token(
    web: responses.RequestsMock, session: VendorSession, method: str
) -> None:
    grant(web, "t1", expires_in=1800)
    web.add(method, f"{SITE}/x", status=401, json={"error": "invalid_token"})
    grant(web, "t2", expires_in=1800)
    web.add(method, f"{SITE}/x", json={"done": True})
    assert session.call(method, "/x", body={"a": 1}) == {"done": True}
    assert tokens_used(web, "/x") == ["Bearer t1", "Bearer t2"]
    assert [call.request.body for call in web.calls if call.request.url == f"{SITE}/x"] == [b'{"a": 1}'] * 2


def test_a_second_401_is_the_answer(web: responses.RequestsMock, session: VendorSession) -> None:
    grant(web, "t1")
    grant(web, "t2")
    web.get(f"{SITE}/x", status=401)
    with pytest.raises(Unauthorized):
        session.call("GET", "/x")
    assert len(tokens_used(web, "/x")) == 2


def test_only_the_token_that_was_refused_is_dropped(web: responses.RequestsMock, keeper: TokenKeeper) -> None:
    grant(web, "t1")
    keeper.obtain()
    keeper.drop("t0")
    assert keeper.obtain() == "t1"
    assert len(web.calls) == 1


@pytest.mark.parametrize(
    ("status", "body", "kind", "certainty"),
    [
        (401, {"error": "invalid_client"}, Unauthorized, Certainty.REJECTED),
        (400, {"error": "invalid_scope"}, Unauthorized, Certainty.REJECTED),
        (403, {}, Unauthorized, Certainty.REJECTED),
        (404, {}, Unauthorized, Certainty.REJECTED),
        (429, {}, Throttled, Certainty.NOT_SENT),
        (500, {}, Unreachable, Certainty.NOT_SENT),
        (503, {}, Unreachable, Certainty.NOT_SENT),
        (302, {}, Unreachable, Certainty.NOT_SENT),
        (201, [], Unreachable, Certainty.NOT_SENT),
        (201, {"access_token": None}, Unreachable, Certainty.NOT_SENT),
    ],
)
def test_without_a_token_the_write_behind_it_was_certainly_not_sent(
    web: responses.RequestsMock,
    session: VendorSession,
    *,
    status: int,
    body: object,
    kind: type[VendorProblem],
    certainty: Certainty,
) -> None:
    web.post(TOKENS, status=status, json=body)
    with pytest.raises(VendorProblem) as caught:
        session.call("PUT", "/x", body={})
    assert type(caught.value) is kind
    assert caught.value.certainty is certainty
    assert [call.request.url for call in web.calls] == [TOKENS]


def test_a_failed_renewal_after_a_401_is_not_uncertain(web: responses.RequestsMock, session: VendorSession) -> None:
    grant(web, "t1")
    web.put(f"{SITE}/x", status=401)
    web.post(TOKENS, status=502)
    with pytest.raises(Unreachable):
        session.call("PUT", "/x", body={})


def test_threads_share_one_mint(web: responses.RequestsMock, keeper: TokenKeeper) -> None:
    grant(web, "t1")
    obtained: list[str] = []
    threads = [threading.Thread(target=lambda: obtained.append(keeper.obtain())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert obtained == ["t1"] * 8
    assert len(web.calls) == 1


def test_secrets_do_not_show() -> None:
    assert "sh-h-h" not in repr(ClientCredentials(client_id="escalator", client_secret="sh-h-h"))
