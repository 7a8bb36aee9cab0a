"""A short soak; `make soak` is the long one."""

from pathlib import Path

import pytest

from tests.crash.soak import soak


@pytest.mark.slow
def test_a_thousand_webhooks_with_faults_on_leave_nothing_behind(tmp_path: Path, database_url: str) -> None:
    outcome = soak(tmp_path, database_url, webhooks=1_000, rate=60.0, seed=3)
    assert outcome.violations == ()
    assert outcome.acked > 900
    assert set(outcome.memory.samples) == {"web", "worker"}
