"""The audit fails for a weakness, and never calls clean what nobody looked at."""

from typing import Any

import pytest

from tests.audit import judge

CLEAN = {"name": "a", "version": "1", "vulns": []}
WEAK = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]}
ENDLESS = {"name": "c", "version": "3", "vulns": [{"id": "PYSEC-2", "fix_versions": []}]}
UNKNOWN = {"name": "d", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("listed", "code", "words"),
    [
        (None, 0, "nothing was audited"),
        ([UNKNOWN, UNKNOWN], 0, "nothing was audited"),
        ([], 0, "nothing was audited"),
        ([CLEAN, UNKNOWN], 0, "1 packages audited, 1 unknown to the index, 0 weaknesses"),
        ([CLEAN, WEAK], 1, "b 2: PYSEC-1, fixed in 2.1"),
        ([WEAK, UNKNOWN, ENDLESS], 1, "c 3: PYSEC-2, fixed in no version"),
    ],
)
def test_what_the_index_said(listed: list[dict[str, Any]] | None, code: int, words: str) -> None:
    exit_code, lines = judge(listed)
    assert exit_code == code
    assert words in "\n".join(lines)
