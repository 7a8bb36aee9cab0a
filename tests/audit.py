"""Asks the index for known weaknesses of the pinned dependencies; exit 1 only when there are some.

Without an index that answers, and for packages that it does not know, nothing can be said: then one line says that.
pip-audit alone would call a list that was skipped as a whole free of weaknesses.
"""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LOCK = Path(__file__).resolve().parent.parent / "requirements.lock"
PATIENCE_S = 90


def ask_index(lock: Path) -> list[dict[str, Any]] | None:
    """What is known of each pinned package; None when nobody answered."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--require-hashes", "--disable-pip"]
    command += ["--format", "json", "--progress-spinner", "off", "--timeout", "5"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        listed: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError, TypeError):
        return None
    return listed


def judge(listed: Sequence[dict[str, Any]] | None) -> tuple[int, list[str]]:
    """The exit code and the lines to print."""
    if listed is None:
        return 0, ["audit: no vulnerability service answers here; nothing was audited"]
    unknown = sum("skip_reason" in one for one in listed)
    if unknown == len(listed):
        return 0, ["audit: the index knows nothing of these packages' weaknesses; nothing was audited"]
    found = [
        f"{one['name']} {one['version']}: {weak['id']}, fixed in {', '.join(weak['fix_versions'] or ['no version'])}"
        for one in listed
        for weak in one.get("vulns", ())
    ]
    summary = (
        f"audit: {len(listed) - unknown} packages audited, {unknown} unknown to the index, {len(found)} weaknesses"
    )
    return int(bool(found)), [summary, *found]


def main() -> int:
    """Prints what was found."""
    if importlib.util.find_spec("pip_audit") is None:
        sys.stdout.write("audit: pip-audit is not installed; run make install with a lock file that has it\n")
        return 0
    code, lines = judge(ask_index(LOCK))
    sys.stdout.write("\n".join(lines) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
