"""What the provisioner sends to Zendesk is what Zendesk documents, and the sandbox answers it as documented."""

from datetime import UTC, datetime

import pytest

from connectors.provisioning import Part
from connectors.sandbox.server import Sandbox, SandboxSettings
from connectors.zendesk.access import ZendeskAccess, build_provisioner
from connectors.zendesk.auth import ClientCredentials
from tests.contracts.contract import Contract
from tests.contracts.documents import FOLDER_VARIABLE, find_document, read_document
from tests.contracts.recording import Recorder
from worker.core.setup_parts import WEBHOOK, ZENDESK, Wish, list_parts

# Only Basic is declared for Zendesk; its reference also takes OAuth bearer tokens.
_BASIC_ONLY = "request.security"
_BODILESS = ("POST", "PUT")
# Bodies of these two are described in words only; the answer to POST views is declared as 200.
_UNDECLARED = ("/api/v2/ticket_fields", "/api/v2/views")


def _is_forgiven(operation: str, place: str) -> bool:
    method, _, path = operation.partition(" ")
    if path.startswith("/api/v2/webhooks"):
        return place == "request.path"
    is_undeclared = method in _BODILESS and path.startswith(_UNDECLARED)
    return is_undeclared and (
        place == "request.body" or (operation, place) == ("POST /api/v2/views", "answer.status.201")
    )


def provision(box: Sandbox) -> None:
    """Makes every part, makes each once more what it is, and deletes all of them."""
    access = ZendeskAccess(
        url=box.zendesk_url,
        oauth=ClientCredentials(
            client_id=box.settings.zendesk_client_id, client_secret=box.settings.zendesk_client_secret
        ),
        connect_timeout_s=2,
        read_timeout_s=10,
    )
    provisioner = build_provisioner(access, clock=lambda: datetime.now(UTC), sleep=lambda _: None)
    wish, ids = Wish(url="https://e.example"), dict[str, str]()
    held = {ZENDESK: provisioner.take_inventory()}

    def spell(name: str) -> Part:
        return next(part for part in list_parts(wish, held, ids) if part.name == name)

    for name in [part.name for part in list_parts(wish, held, ids)]:
        ids[name] = provisioner.create(spell(name))
    assert provisioner.read_secret(ids[WEBHOOK])
    for name, part_id in ids.items():
        provisioner.update(part_id, spell(name))
    found = {part.name: part for part in provisioner.take_inventory().ours}
    assert {name: dict(part.content) for name, part in found.items()} == {name: spell(name).content for name in ids}
    for part in reversed(found.values()):
        provisioner.delete(part)
        provisioner.delete(part)


def test_it_keeps_the_contract() -> None:
    path = find_document("zendesk")
    if not path.is_file():
        pytest.skip(f"the vendor's OpenAPI document {path.name} is not here; {FOLDER_VARIABLE} names its folder")
    with Sandbox(SandboxSettings()) as box:
        recorder = Recorder(box.zendesk_url)
        with recorder.listen():
            provision(box)
    contract = Contract(read_document(path), recorder.exchanges)
    told = [exchange for exchange in recorder.exchanges if exchange.status < 400 and "/oauth/" not in exchange.path]
    assert len(told) > 25
    faults = {
        (found.operation, found.place): found.words
        for exchange in told
        for found in contract.judge(exchange)
        if found.place != _BASIC_ONLY
    }
    assert {key: words for key, words in faults.items() if not _is_forgiven(*key)} == {}
