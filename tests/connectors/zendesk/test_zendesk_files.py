"""Where a file may be fetched from: the account and Zendesk's own store, which never sees our credentials."""

from datetime import UTC, datetime

import pytest
import requests
import responses

from connectors.calls import VendorSession, build_session
from connectors.errors import NotFound, Refused, Unreachable, VendorProblem
from connectors.zendesk.files import fetch_file

ACCOUNT = "https://acme.zendesk.com"
FILE = f"{ACCOUNT}/attachments/token/x1/?name=log.txt"
STORE = "https://p18.zdusercontent.com/attachment/1/x1?token=abc"


@pytest.fixture
def session() -> VendorSession:
    return build_session(
        vendor="zendesk",
        base_url=ACCOUNT,
        auth=("kim@acme.example/token", "secret"),
        connect_timeout_s=1,
        read_timeout_s=2,
        clock=now,
    )


def now() -> datetime:
    return datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def point(location: str, url: str = FILE) -> None:
    responses.get(url, status=302, headers={"Location": location}, body="")


@responses.activate
def test_the_store_gets_no_credentials(session: VendorSession) -> None:
    point(STORE)
    responses.get(STORE, body=b"row 1000", content_type="text/plain")
    assert fetch_file(session, FILE, 100, clock=now) == b"row 1000"
    account, store = (call.request.headers for call in responses.calls)
    assert "Authorization" in account
    assert "Authorization" not in store


@pytest.mark.parametrize(
    "location",
    [
        "https://thief.example/x",
        "http://p18.zdusercontent.com/x",
        "https://zdusercontent.com.thief.example/x",
        "https://thief.example/.zdusercontent.com",
        "https://evilzdusercontent.com/x",
        "https://kim:secret@p18.zdusercontent.com/x",
        "https://p18.zdusercontent.com:8443/x",
        "//thief.example/x",
        "file:///etc/passwd",
        "http://169.254.169.254/latest/meta-data",
        "https://thief.example\\@p18.zdusercontent.com/x",
    ],
)
@responses.activate
def test_no_other_host_is_asked(session: VendorSession, location: str) -> None:
    point(location)
    with pytest.raises(Refused):
        fetch_file(session, FILE, 100, clock=now)
    assert len(responses.calls) == 1


@responses.activate
def test_an_address_elsewhere_is_never_asked(session: VendorSession) -> None:
    with pytest.raises(Refused, match=r"is not https://acme\.zendesk\.com"):
        fetch_file(session, "https://thief.example/attachments/token/x1", 100, clock=now)
    assert len(responses.calls) == 0


@responses.activate
def test_one_redirect_is_enough(session: VendorSession) -> None:
    point(STORE)
    point("https://p19.zdusercontent.com/y", STORE)
    with pytest.raises(Refused, match="points elsewhere again"):
        fetch_file(session, FILE, 100, clock=now)


@pytest.mark.parametrize(("status", "problem"), [(404, NotFound), (403, VendorProblem), (500, VendorProblem)])
@responses.activate
def test_what_the_store_answers_is_told(session: VendorSession, status: int, problem: type[VendorProblem]) -> None:
    point(STORE)
    responses.get(STORE, status=status, body=b"{}", content_type="application/json")
    with pytest.raises(problem):
        fetch_file(session, FILE, 100, clock=now)


@responses.activate
def test_a_store_that_cannot_be_reached_is_unreachable(session: VendorSession) -> None:
    point(STORE)
    responses.get(STORE, body=requests.exceptions.ConnectTimeout())
    with pytest.raises(Unreachable):
        fetch_file(session, FILE, 100, clock=now)


@responses.activate
def test_a_larger_file_is_not_read_to_its_end(session: VendorSession) -> None:
    point(STORE)
    responses.get(STORE, body=b"x" * 1_000_000, content_type="text/plain")
    with pytest.raises(Refused, match="larger than 1000 bytes"):
        fetch_file(session, FILE, 1_000, clock=now)
