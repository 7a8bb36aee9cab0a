"""Row by row: what an answer of a vendor means."""

import json
from datetime import UTC, datetime

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from connectors.calls import classify_response, expect_object, parse_retry_after
from connectors.errors import (
    Certainty,
    Conflict,
    Forbidden,
    NotFound,
    Refused,
    Throttled,
    Unauthorized,
    Uncertain,
    VendorProblem,
)
from connectors.verdicts import clean_words

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)

ZENDESK_CLOSED = {
    "error": "RecordInvalid",
    "description": "Record validation errors",
    "details": {"status": [{"description": "Status: closed prevents ticket update"}]},
}
JIRA_FIELDS = {"errorMessages": ["Nope."], "errors": {"duedate": "Field 'duedate' cannot be set."}}


def make_response(status: int, body: object = b"", **headers: str) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    response._content = content
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return response


def classify(response: requests.Response) -> object:
    return classify_response(response, vendor="zendesk", operation="read", now=NOW)


@pytest.mark.parametrize(
    ("status", "kind", "certainty"),
    [
        (301, Uncertain, Certainty.UNCERTAIN),
        (302, Uncertain, Certainty.UNCERTAIN),
        (304, Uncertain, Certainty.UNCERTAIN),
        (400, Refused, Certainty.REJECTED),
        (401, Unauthorized, Certainty.REJECTED),
        (403, Forbidden, Certainty.REJECTED),
        (404, NotFound, Certainty.REJECTED),
        (405, Refused, Certainty.REJECTED),
        (408, Uncertain, Certainty.UNCERTAIN),
        (409, Conflict, Certainty.REJECTED),
        (410, NotFound, Certainty.REJECTED),
        (413, Refused, Certainty.REJECTED),
        (422, Refused, Certainty.REJECTED),
        (429, Throttled, Certainty.NOT_SENT),
        (500, Uncertain, Certainty.UNCERTAIN),
        (502, Uncertain, Certainty.UNCERTAIN),
        (503, Uncertain, Certainty.UNCERTAIN),
        (504, Uncertain, Certainty.UNCERTAIN),
        (599, Uncertain, Certainty.UNCERTAIN),
    ],
)
@pytest.mark.parametrize("body", [b"", b"<html>Oops</html>", {"error": "Words"}, [1], b"null", b"\xff\xfe"])
def test_every_status_has_one_meaning_whatever_its_body(
    status: int, kind: type[VendorProblem], certainty: Certainty, body: object
) -> None:
    with pytest.raises(VendorProblem) as caught:
        classify(make_response(status, body))
    assert type(caught.value) is kind
    assert caught.value.certainty is certainty
    assert caught.value.status == status


@pytest.mark.parametrize(
    ("status", "body", "value"),
    [
        (200, {"a": 1}, {"a": 1}),
        (201, [1], [1]),
        (204, b"", None),
        (200, b"", None),
    ],
)
def test_success_gives_the_value(status: int, body: object, value: object) -> None:
    assert classify(make_response(status, body)) == value


@pytest.mark.parametrize("body", [b"<html>", b"{", b"\xff\xff", b"[" * 100_000])
def test_a_success_that_is_not_json_is_uncertain(body: bytes) -> None:
    with pytest.raises(Uncertain, match="not JSON"):
        classify(make_response(200, body))


@pytest.mark.parametrize("value", [None, [], "text", 3])
def test_an_answer_of_another_shape_is_uncertain(value: object) -> None:
    with pytest.raises(Uncertain):
        expect_object(value, vendor="jira", operation="create")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("1.5", 1.5),
        (" 7 ", 7.0),
        ("-3", 0.0),
        ("Sun, 01 Mar 2026 12:01:30 GMT", 90.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("Sun, 01 Mar 2026 13:00:30 +0100", 30.0),
        ("soon", None),
        ("", None),
        ("nan", None),
        ("inf", None),
        (None, None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_kept_in_seconds(header: str | None, seconds: float | None, status: int) -> None:
    headers = {} if header is None else {"Retry_After": header}
    with pytest.raises(VendorProblem) as caught:
        classify(make_response(status, b"slow down", **headers))
    assert caught.value.retry_after_s == seconds


@given(st.text())
def test_any_retry_after_is_none_or_a_wait(text: str) -> None:
    seconds = parse_retry_after(text, now=NOW)
    assert seconds is None or 0 <= seconds < float("inf")


@pytest.mark.parametrize(
    ("body", "detail", "fields"),
    [
        (
            ZENDESK_CLOSED,
            "RecordInvalid; Record validation errors; status: Status: closed prevents ticket update",
            {"status": "Status: closed prevents ticket update"},
        ),
        (
            JIRA_FIELDS,
            "Nope.; duedate: Field 'duedate' cannot be set.",
            {"duedate": "Field 'duedate' cannot be set."},
        ),
        ({"error": {"title": "Forbidden", "message": "No access"}}, "Forbidden; No access", {}),
        ({"errors": [{"code": "X", "title": "Bad", "detail": "Worse"}]}, "Bad; Worse; X", {}),
        ({"errorMessages": [], "errors": {}}, "no reason given", {}),
        ({"details": {"base": [{"description": "A"}, {"description": "B"}]}}, "base: A; B", {"base": "A; B"}),
        ({"details": {"base": None, "x": 3}}, "base: ; x:", {"base": "", "x": ""}),
        ({"details": "text", "errors": "text"}, "no reason given", {}),
    ],
)
def test_the_vendors_short_words_are_told(body: object, detail: str, fields: dict[str, str]) -> None:
    with pytest.raises(Refused) as caught:
        classify(make_response(422, body))
    assert caught.value.detail == detail
    assert caught.value.fields == fields


def test_words_are_short_and_on_one_line_and_bodies_are_not_told() -> None:
    secret = "card 4111 1111 1111 1111"
    body = {"description": "bad\r\nfake: line\x1b[31m " + "x" * 5_000, "ticket": {"subject": secret}}
    with pytest.raises(Refused) as caught:
        classify(make_response(400, body))
    assert len(caught.value.detail) <= 200
    assert caught.value.detail.isprintable()
    assert secret not in str(caught.value)


def test_an_html_page_is_not_told() -> None:
    with pytest.raises(Uncertain) as caught:
        classify(make_response(502, b"<html>internal host 10.0.0.1</html>"))
    assert "internal host" not in str(caught.value)


def test_a_redirect_names_only_the_host() -> None:
    with pytest.raises(Uncertain) as caught:
        classify(make_response(301, b"", Location="https://moved.example/login?token=s3cret"))
    assert "moved.example" in str(caught.value)
    assert "s3cret" not in str(caught.value)


@given(st.text(), st.integers(min_value=2, max_value=50))
def test_cleaned_words_are_printable_and_within_the_limit(text: str, limit: int) -> None:
    line = clean_words(text, limit=limit)
    assert len(line) <= limit
    assert line.isprintable()
