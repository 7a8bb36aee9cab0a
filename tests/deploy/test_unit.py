"""The systemd unit: what systemd itself says of it where it is there, and its structure everywhere."""

import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from tests.deploy.commands import find_fault
from worker.serve import Patience

UNIT = Path(__file__).parents[2] / "deploy" / "escalator.service"
ANALYZE = shutil.which("systemd-analyze")
_MOST_EXPOSED = 20
"""Tenths of systemd's exposure level, which goes from 0 (nothing) to 100."""


def read_unit() -> dict[str, dict[str, list[str]]]:
    """Sections, keys and all their values, in order; raises for a line that is none."""
    sections: dict[str, dict[str, list[str]]] = {}
    section = ""
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("["):
            section = line.strip("[]")
            sections[section] = defaultdict(list)
            continue
        key, equals, value = line.partition("=")
        assert equals, line
        sections[section][key].append(value)
    return sections


def test_it_runs_the_service_as_somebody_without_rights() -> None:
    service = read_unit()["Service"]
    (command,) = service["ExecStart"]
    assert find_fault(command.split()[1:]) is None
    assert service["User"] not in (["root"], [])
    assert service["NoNewPrivileges"] == ["yes"]
    assert service["CapabilityBoundingSet"] == [""]
    assert service["ProtectSystem"] == ["strict"]
    assert service["StateDirectory"] == ["escalator"]


def test_a_wrong_configuration_is_not_tried_again_and_a_step_at_hand_is_finished() -> None:
    service = read_unit()["Service"]
    assert service["Restart"] == ["always"]
    assert service["RestartPreventExitStatus"] == ["2"]
    assert int(service["TimeoutStopSec"][0].removesuffix("s")) > Patience().grace


@pytest.mark.skipif(ANALYZE is None, reason="no systemd on this machine")
def test_systemd_takes_it_and_finds_it_confined(tmp_path: Path) -> None:
    assert ANALYZE is not None
    # The path of an installation that is not there would be the only complaint.
    copy = tmp_path / "escalator.service"
    copy.write_text(UNIT.read_text(encoding="utf-8").replace("/opt/escalator/bin/escalator", "/bin/true"))
    verified = subprocess.run([ANALYZE, "verify", str(copy)], capture_output=True, text=True, timeout=60, check=False)
    assert (verified.returncode, verified.stderr.strip()) == (0, "")
    rated = subprocess.run(
        [ANALYZE, "security", "--offline=true", f"--threshold={_MOST_EXPOSED}", str(copy)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert rated.returncode == 0, rated.stdout[-400:]
