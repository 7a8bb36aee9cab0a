"""Our requests are what the vendors document, and the sandbox answers as they do."""

import json
from collections.abc import Iterable
from dataclasses import replace

import pytest

from connectors.jira.client import JiraTracker
from connectors.zendesk.client import ZendeskClient
from tests.contracts import allowances, jira_verbs, zendesk_verbs
from tests.contracts.allowances import Allowance
from tests.contracts.conftest import Trial
from tests.contracts.recording import Exchange

VENDORS = ("zendesk", "jira")
_SPOKEN = [("zendesk", verb) for verb in zendesk_verbs.VERBS if verb not in zendesk_verbs.UNDOCUMENTED]
_SPOKEN += [("jira", verb) for verb in ("set_stage", *jira_verbs.VERBS) if verb not in jira_verbs.SILENT]
_TABLES = (("zendesk", allowances.ZENDESK), ("jira", allowances.JIRA))
_FORGIVEN = [
    pytest.param(vendor, operation, entry.place, id=f"{operation}: {entry.place}")
    for vendor, table in _TABLES
    for entry in table
    for operation in entry.operations
]
_EXTRA = "x_not_documented"
_FIRST_ERROR = 400


def _name_verbs(client: type) -> set[str]:
    return {name for name, member in vars(client).items() if callable(member) and not name.startswith("_")}


def test_every_verb_is_driven() -> None:
    assert _name_verbs(ZendeskClient) == set(zendesk_verbs.VERBS)
    assert _name_verbs(JiraTracker) == set(jira_verbs.VERBS)


@pytest.mark.parametrize(("trial", "verb"), _SPOKEN, indirect=["trial"])
def test_a_verb_keeps_the_contract(trial: Trial, verb: str) -> None:
    assert any(exchange.verb == verb for exchange in trial.exchanges)
    assert trial.find_faults(verb) == []


def test_silent_verbs_send_nothing(jira_trial: Trial) -> None:
    assert not jira_verbs.SILENT & {exchange.verb for exchange in jira_trial.exchanges}


@pytest.mark.parametrize(
    ("trial", "expected"),
    [("zendesk", allowances.ZENDESK_OPERATIONS), ("jira", allowances.JIRA_OPERATIONS)],
    indirect=["trial"],
    ids=VENDORS,
)
def test_the_operations_are_those_that_are_listed(trial: Trial, expected: frozenset[str]) -> None:
    succeeded = [exchange for exchange in trial.exchanges if exchange.status < _FIRST_ERROR]
    assert {trial.contract.name_operation(exchange) for exchange in succeeded} == expected


@pytest.mark.parametrize(("trial", "operation", "place"), _FORGIVEN, indirect=["trial"])
def test_an_allowance_is_still_needed(trial: Trial, operation: str, place: str) -> None:
    assert (operation, place) in {(found.operation, found.place) for found in trial.deviations}


@pytest.mark.parametrize("table", [table for _, table in _TABLES], ids=VENDORS)
def test_an_allowance_gives_its_reason_once(table: tuple[Allowance, ...]) -> None:
    pairs = [(operation, entry.place) for entry in table for operation in entry.operations]
    assert len(set(pairs)) == len(pairs)
    assert all(entry.reason for entry in table)


@pytest.mark.parametrize("trial", VENDORS, indirect=True)
def test_a_query_parameter_too_many_is_seen_everywhere(trial: Trial) -> None:
    for exchange in trial.exchanges:
        longer = replace(exchange, query=(*exchange.query, (_EXTRA, "1")))
        assert f"request.query.{_EXTRA}" in _name_places(trial, longer)


@pytest.mark.parametrize("trial", VENDORS, indirect=True)
def test_a_property_too_many_is_seen_in_every_documented_body(trial: Trial) -> None:
    tried = 0
    for exchange in trial.exchanges:
        if "json" not in exchange.content_type or "request.body" in _name_places(trial, exchange):
            continue
        body = json.loads(exchange.body) | {_EXTRA: 1}
        assert "request.body" in _name_places(trial, replace(exchange, body=json.dumps(body).encode()))
        tried += 1
    assert tried


@pytest.mark.parametrize("trial", VENDORS, indirect=True)
def test_an_answer_of_another_kind_is_seen(trial: Trial) -> None:
    tried = 0
    for exchange in _list_modelled_answers(trial):
        assert "answer.body" in _name_places(trial, replace(exchange, answer=b'"done"')), exchange.path
        tried += 1
    assert tried


def _list_modelled_answers(trial: Trial) -> Iterable[Exchange]:
    """Answers with a body under a documented status: those to refusals are often documented without one."""
    for exchange in trial.exchanges:
        if exchange.answer and exchange.status < _FIRST_ERROR:
            yield exchange


def _name_places(trial: Trial, exchange: Exchange) -> set[str]:
    return {found.place for found in trial.contract.judge(exchange)}
