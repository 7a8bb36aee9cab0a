"""`patterns detect FILE`: rows of one lane, errors, ignored senders."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from tests.patterns.making import OUTAGE
from worker.cli import patterns

app = typer.Typer()
patterns.register(app)


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def make_rows(customers: str) -> list[dict[str, Any]]:
    return [
        {
            "id": f"t{n}", "org": customer, "requester": f"ada@{customer}.example", "channel": "email",
            "created_at": f"2026-03-02T{9 + n:02}:00:00Z", "subject": OUTAGE[n % 4][0], "body": OUTAGE[n % 4][1],
        }
        for n, customer in enumerate(customers)
    ]  # fmt: skip


def run(*arguments: str) -> tuple[int, list[dict[str, Any]]]:
    result = CliRunner().invoke(app, ["patterns", "detect", *arguments])
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


def test_rows_are_the_announcement_and_its_updates(tmp_path: Path) -> None:
    file = write(tmp_path / "t.jsonl", make_rows("abcd"))
    code, rows = run(str(file), "--lane", "suggest", "--words-only", "--window", "14d")
    assert code == 0
    assert [(row["type"], row["at"], row["cluster"], row["tickets"]) for row in rows] == [
        ("flag", "t2", "t0", ["t0", "t1", "t2"]),
        ("flag", "t3", "t0", ["t0", "t1", "t2", "t3"]),
    ]


def test_words_alone_raise_nothing(tmp_path: Path) -> None:
    assert run(str(write(tmp_path / "t.jsonl", make_rows("abcdef"))), "--words-only") == (0, [])


def test_an_unreadable_row_is_printed_and_the_rest_is_judged(tmp_path: Path) -> None:
    file = write(tmp_path / "t.jsonl", [*make_rows("ab"), {"id": "bad", "subject": "x"}, *make_rows("abc")[2:]])
    code, rows = run(str(file), "--lane", "suggest", "--words-only")
    assert code == 1
    assert [row.get("id") or row["at"] for row in rows] == ["bad", "t2"]


def test_own_organizations_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "patterns.toml").write_text('ignored_organizations = ["b"]\n', encoding="utf-8")
    file = write(tmp_path / "t.jsonl", make_rows("abc"))
    assert run(str(file), "--lane", "suggest", "--words-only", "--policy", str(tmp_path)) == (0, [])


def test_a_row_given_twice_counts_once(tmp_path: Path) -> None:
    rows = make_rows("abc")
    file = write(tmp_path / "t.jsonl", [rows[0], rows[0], rows[1], rows[2], rows[2]])
    assert len(run(str(file), "--lane", "suggest", "--words-only")[1]) == 1


@pytest.mark.parametrize("window", ["soon", "0s", "-3d"])
def test_a_wrong_window_is_a_usage_error(tmp_path: Path, window: str) -> None:
    assert run(str(write(tmp_path / "t.jsonl", [])), f"--window={window}")[0] == 2
