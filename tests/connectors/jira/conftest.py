"""A tracker on the invented site, and a draft to send there."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import responses

from connectors.jira.access import JiraAccess
from connectors.jira.client import JiraTracker
from connectors.ports import IssueDraft
from tests.connectors.jira.site import SITE, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def jira() -> Iterator[responses.RequestsMock]:
    """Jira's scripted answers; a call that none is scripted for fails the test."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def build_tracker(clock: Clock) -> Iterator[Callable[..., JiraTracker]]:
    built: list[JiraTracker] = []

    def build(**changes: Any) -> JiraTracker:
        defaults = {
            "url": SITE,
            "email": "robot@quarry.example",
            "token": "t0ken",
            "connect_timeout_s": 1.0,
            "read_timeout_s": 2.0,
        }
        built.append(JiraTracker(JiraAccess(**{**defaults, **changes}), clock=clock, sleep=clock.sleep))
        return built[-1]

    yield build
    for tracker in built:
        tracker.close()


@pytest.fixture
def tracker(build_tracker: Callable[..., JiraTracker]) -> JiraTracker:
    return build_tracker()


@pytest.fixture
def draft() -> IssueDraft:
    return IssueDraft(
        project="OPS",
        issue_type="Bug",
        summary="Imports stop at row 4096",
        description="Imports **stop** for `Tarn & Co`.",
        marker="escalator-k7f3",
        priority="High",
        due="2026-04-03",
        labels=("from-zendesk", "sev high"),
        properties={"escalation": "k7f3", "ticket": 4711},
    )


@pytest.fixture
def read_golden() -> Callable[[str], Any]:
    folder = Path(__file__).parent / "golden"
    return lambda name: json.loads((folder / name).read_text(encoding="utf-8"))
