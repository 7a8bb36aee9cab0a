"""What this machine needs: each fact and the finding that follows from it."""

import pytest

from worker.core.findings import Verdict
from worker.core.machine_checks import MachineFacts, check_machine

WELL = {"has_schema": True, "address": "http://127.0.0.1:8080", "answers": {"zendesk": 200, "jira": 200}}


@pytest.mark.parametrize(
    ("facts", "check", "verdict", "words"),
    [
        ({"has_schema": False, "is_sqlite": False}, "database", Verdict.FAILURE, "escalator db upgrade"),
        ({"has_schema": False, "is_sqlite": True}, "database", Verdict.WARNING, "serve brings it"),
        ({"has_schema": None}, "database", Verdict.WARNING, "serve makes it"),
        ({"database_problem": "refused"}, "database", Verdict.FAILURE, "ESCALATOR_DATABASE_URL"),
        ({"answers": {"jira": 503}}, "jira.delivery", Verdict.FAILURE, "/readyz"),
        ({"answers": {"jira": None}}, "jira.delivery", Verdict.WARNING, "escalator serve"),
        ({"outside": {"zendesk": None}}, "zendesk.reach", Verdict.WARNING, "public address"),
        ({"outside": {"zendesk": 401}}, "zendesk.reach", Verdict.FAILURE, "pass all headers"),
        ({"outside": {"jira": 404}}, "jira.reach", Verdict.FAILURE, "pass this route"),
        ({"outside": {"jira": 502}}, "jira.reach", Verdict.FAILURE, "/readyz"),
        ({"encoder_problem": "numpy is missing"}, "patterns.encoder", Verdict.WARNING, "[semantic]"),
    ],
)
def test_a_fact_and_its_finding(facts: dict[str, object], check: str, verdict: Verdict, words: str) -> None:
    found = check_machine(MachineFacts(**WELL | facts))  # type: ignore[arg-type]
    (finding,) = (finding for finding in found if finding.verdict is not Verdict.OK)
    assert (finding.check, finding.verdict) == (check, verdict)
    assert words in finding.remedy


def test_all_is_well() -> None:
    found = check_machine(MachineFacts(**WELL))  # type: ignore[arg-type]
    assert {finding.verdict for finding in found} == {Verdict.OK}
    assert [finding.check for finding in found] == [
        "database",
        "zendesk.delivery",
        "jira.delivery",
        "patterns.encoder",
    ]
