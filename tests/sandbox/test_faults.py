"""Scripted trouble on real sockets: what the caller sees, what was done, and what the journal says."""

import time
from typing import Any

import pytest
import requests

from connectors.sandbox.faults import Fault, FaultBook
from connectors.sandbox.server import Sandbox
from tests.sandbox.conftest import Api, make_fields


def create(jira: Api, **options: Any) -> requests.Response:
    return jira("POST", "/issue", json={"fields": make_fields()}, **options)


def last(box: Sandbox) -> tuple[int, str, str]:
    entry = box.journal.entries(vendor="jira", method="POST")[-1]
    return entry.status, entry.effect, entry.fault


def test_drop_after_commits_and_closes_the_socket(box: Sandbox, jira: Api) -> None:
    box.faults.add(Fault(vendor="jira", method="POST", path=r"/issue$", action="drop_after"))
    with pytest.raises(requests.ConnectionError):
        create(jira)
    assert len(box.jira.issues) == 1
    assert last(box) == (0, "committed", "drop_after")
    assert create(jira).status_code == 201


def test_drop_before_commits_nothing(box: Sandbox, jira: Api) -> None:
    box.faults.add(Fault(vendor="jira", method="POST", action="drop_before"))
    with pytest.raises(requests.ConnectionError):
        create(jira)
    assert box.jira.issues == []
    assert last(box) == (0, "none", "drop_before")


@pytest.mark.parametrize(("commit", "issues", "effect"), [(False, 0, "none"), (True, 1, "committed")])
def test_a_status_with_and_without_the_write(box: Sandbox, jira: Api, commit: bool, issues: int, effect: str) -> None:
    headers = {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}
    box.faults.add(Fault(method="POST", action="status", status=503, headers=headers, commit=commit, body="busy"))
    answer = create(jira)
    assert (answer.status_code, answer.text) == (503, "busy")
    assert answer.headers["Retry-After"] == headers["Retry-After"]
    assert len(box.jira.issues) == issues
    assert last(box) == (503, effect, "status")


def test_a_stall_runs_into_the_time_out_after_the_write(box: Sandbox, jira: Api) -> None:
    box.faults.add(Fault(method="POST", action="stall", seconds=0.6))
    with pytest.raises(requests.ConnectionError):
        create(jira, timeout=0.2)
    assert len(box.jira.issues) == 1


def test_slow_waits_and_then_works(box: Sandbox, jira: Api) -> None:
    box.faults.add(Fault(method="POST", action="slow", seconds=0.3))
    began = time.monotonic()
    assert create(jira).status_code == 201
    assert time.monotonic() - began >= 0.3


def test_truncated_and_malformed_answers_follow_the_write(box: Sandbox, jira: Api) -> None:
    box.faults.add(Fault(method="POST", action="truncate"))
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        create(jira)
    box.faults.add(Fault(method="POST", action="malformed"))
    answer = create(jira)
    assert answer.status_code == 201
    with pytest.raises(ValueError, match=r"Expecting|Unterminated|Invalid|Extra"):
        answer.json()
    assert len(box.jira.issues) == 2


def test_a_redirect_is_only_an_answer(box: Sandbox, jira: Api) -> None:
    box.faults.add(Fault(method="POST", action="redirect", location="https://new.example/"))
    answer = create(jira)
    assert (answer.status_code, answer.headers["Location"]) == (301, "https://new.example/")
    assert box.jira.issues == []


def test_rules_count_match_and_repeat() -> None:
    book = FaultBook()
    book.add(Fault(action="status", vendor="zendesk", method="PUT", path=r"/tickets/\d+", times=2, after=1))
    hits = [book.strike_request("zendesk", "PUT", "/api/v2/tickets/5") is not None for _ in range(5)]
    assert hits == [False, True, True, False, False]
    assert book.strike_request("jira", "PUT", "/api/v2/tickets/5") is None
    rolls = []
    for _ in range(2):
        dice = FaultBook()
        dice.add(Fault(action="status", times=None, probability=0.3, seed=7))
        rolls.append([dice.strike_request("jira", "GET", "/x") is not None for _ in range(50)])
    assert rolls[0] == rolls[1]
    assert 5 < sum(rolls[0]) < 25
    book.clear()
    assert book.fired() == 0


def test_an_outage_refuses_connections_and_ends_with_the_state_intact(box: Sandbox, jira: Api) -> None:
    create(jira)
    address = box.jira_url
    box.take_down("jira")
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{address}/rest/api/3/serverInfo", timeout=1)
    box.bring_up("jira")
    assert (box.jira_url, len(box.jira.issues)) == (address, 1)
    assert jira("GET", "/issue/ENG-1").status_code == 200


def test_starting_twice_and_stopping_twice_is_harmless(box: Sandbox) -> None:
    box.start()
    assert requests.get(f"{box.jira_url}/", timeout=5).status_code == 200
    box.stop()
    box.stop()


def test_the_journal_holds_no_credentials(box: Sandbox, jira: Api, zendesk: Api) -> None:
    create(jira)
    zendesk("PUT", "/tickets/1", json={"ticket": {"comment": {"body": "secret words"}}})
    text = repr(box.journal.entries())
    for secret in (*box.environment.values(), "secret words"):
        if not secret.startswith(("http", "escalator")):
            assert secret not in text
    assert [(entry.method, entry.status, entry.effect) for entry in box.journal] == [
        ("POST", 201, "read"),
        ("POST", 201, "committed"),
        ("PUT", 404, "none"),
    ]
