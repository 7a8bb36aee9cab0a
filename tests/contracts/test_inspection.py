"""What the inspectors ask is what the vendors document, and the sandbox answers it as they do."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from connectors.inspection import Place
from connectors.jira.access import JiraAccess
from connectors.jira.inspector import JiraInspector
from connectors.sandbox.server import Sandbox, SandboxSettings
from connectors.zendesk.access import ZendeskAccess, build_inspector
from connectors.zendesk.auth import ClientCredentials
from tests.contracts.allowances import UNDOCUMENTED
from tests.contracts.contract import Contract
from tests.contracts.documents import FOLDER_VARIABLE, find_document, read_document
from tests.contracts.recording import Recorder

# Only Basic is declared for Zendesk; its reference also takes OAuth bearer tokens.
_BASIC_ONLY = "request.security"
_FORGIVEN = {
    # Webhooks have a document of their own, and administrators' webhooks of Jira are described in its guides only.
    ("zendesk", "GET /api/v2/webhooks", "request.path"),
    ("zendesk", "GET /api/v2/webhooks/01ABC/signing_secret", "request.path"),
    ("jira", "GET /rest/webhooks/1.0/webhook", "request.path"),
    # Declared as RFC 3339; Jira writes the offset without a colon.
    ("jira", "GET /rest/api/3/serverInfo", "answer.body.buildDate"),
    ("jira", "GET /rest/api/3/serverInfo", "answer.body.serverTime"),
}


def inspect_desk(box: Sandbox) -> None:
    hook = {"id": "01ABC", "endpoint": "https://e.example/webhooks/zendesk", "status": "active", "secret": "s"}
    box.zendesk.tables.webhooks["01ABC"] = hook
    box.zendesk.define_field(900112, "Severity", "tagger", ("critical", "high"))
    access = ZendeskAccess(
        url=box.zendesk_url,
        oauth=ClientCredentials(
            client_id=box.settings.zendesk_client_id, client_secret=box.settings.zendesk_client_secret
        ),
        connect_timeout_s=2,
        read_timeout_s=10,
    )
    seen = build_inspector(access, clock=lambda: datetime.now(UTC), sleep=lambda _: None).inspect(("s",))
    assert seen.unread == {}
    assert seen.webhooks is not None
    assert seen.webhooks[0].is_ours_signed is True


def inspect_tracker(box: Sandbox) -> None:
    access = JiraAccess(
        url=box.jira_url,
        email=box.settings.jira_email,
        token=box.settings.jira_api_token,
        connect_timeout_s=2,
        read_timeout_s=10,
    )
    inspector = JiraInspector(access, clock=lambda: datetime.now(UTC), sleep=lambda _: None)
    seen = inspector.inspect((Place(project="SEC", issue_type="Bug"), Place(project="GONE", issue_type="Bug")))
    assert seen.unread == {}
    assert [place.issue_types for place in seen.places] == [("Bug",), None]


@pytest.mark.parametrize(("vendor", "inspect"), [("zendesk", inspect_desk), ("jira", inspect_tracker)])
def test_it_keeps_the_contract(vendor: str, inspect: Callable[[Sandbox], None]) -> None:
    path = find_document(vendor)
    if not path.is_file():
        pytest.skip(f"the vendor's OpenAPI document {path.name} is not here; {FOLDER_VARIABLE} names its folder")
    with Sandbox(SandboxSettings()) as box:
        recorder = Recorder(box.zendesk_url if vendor == "zendesk" else box.jira_url)
        with recorder.listen():
            inspect(box)
    known = tuple(one for one in recorder.exchanges if not one.path.startswith(UNDOCUMENTED))
    contract = Contract(read_document(path), known)
    told = [exchange for exchange in known if exchange.status < 400 and "/oauth/" not in exchange.path]
    assert len(told) > 6
    faults = {
        (vendor, found.operation, found.place): found.words
        for exchange in told
        for found in contract.judge(exchange)
        if found.place != _BASIC_ONLY
    }
    assert {key: words for key, words in faults.items() if key not in _FORGIVEN} == {}
    assert {key for key in _FORGIVEN if key[0] == vendor} <= set(faults)
