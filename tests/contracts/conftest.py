"""One run of every verb per vendor and session, recorded once and judged by many tests."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from connectors.sandbox.server import Sandbox, SandboxSettings
from tests.contracts import allowances, jira_verbs, zendesk_verbs
from tests.contracts.allowances import Allowance
from tests.contracts.contract import Contract, Deviation
from tests.contracts.documents import FOLDER_VARIABLE, find_document, read_document
from tests.contracts.recording import Exchange, Recorder


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One vendor's document and everything that was said to its sandbox."""

    contract: Contract
    exchanges: tuple[Exchange, ...]
    deviations: frozenset[Deviation]
    allowances: tuple[Allowance, ...]

    def find_faults(self, verb: str) -> list[str]:
        """What is wrong with the exchanges of a verb and not forgiven, in words."""
        forgiven = {(operation, entry.place) for entry in self.allowances for operation in entry.operations}
        judged = (
            found for exchange in self.exchanges if exchange.verb == verb for found in self.contract.judge(exchange)
        )
        return sorted({str(found) for found in judged if (found.operation, found.place) not in forgiven})


@pytest.fixture(scope="session")
def zendesk_trial() -> Trial:
    """Every verb of the Zendesk client."""
    return _try_vendor("zendesk", zendesk_verbs.set_stage, zendesk_verbs.VERBS, allowances.ZENDESK)


@pytest.fixture(scope="session")
def jira_trial() -> Trial:
    """Every verb of the Jira client."""
    return _try_vendor("jira", jira_verbs.set_stage, jira_verbs.VERBS, allowances.JIRA)


@pytest.fixture
def trial(request: pytest.FixtureRequest) -> Trial:
    """The trial of the vendor that a test is parametrized with."""
    found: Trial = request.getfixturevalue(f"{request.param}_trial")
    return found


def _try_vendor(
    vendor: str,
    set_stage: Callable[[Sandbox], Any],
    verbs: Mapping[str, Callable[[Any], None]],
    forgiven: tuple[Allowance, ...],
) -> Trial:
    path = find_document(vendor)
    if not path.is_file():
        pytest.skip(f"the vendor's OpenAPI document {path.name} is not here; {FOLDER_VARIABLE} names its folder")
    with Sandbox(SandboxSettings(export_lag_s=0.0, search_lag_s=0.0)) as box:
        recorder = Recorder(box.zendesk_url if vendor == "zendesk" else box.jira_url)
        with recorder.listen():
            recorder.verb = "set_stage"
            stage = set_stage(box)
            for name, verb in verbs.items():
                recorder.verb = name
                verb(stage)
    exchanges = tuple(one for one in recorder.exchanges if not one.path.startswith(allowances.UNDOCUMENTED))
    contract = Contract(read_document(path), exchanges)
    deviations = frozenset(found for exchange in exchanges for found in contract.judge(exchange))
    return Trial(contract=contract, exchanges=exchanges, deviations=deviations, allowances=forgiven)
