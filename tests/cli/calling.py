"""Calls the command line in this process, with no settings but those of the test."""

import json
import os
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from worker.cli.app import app
from worker.settings import PREFIX


def set_settings(monkeypatch: pytest.MonkeyPatch, **settings: str) -> None:
    """Only these settings, by their names without the prefix, whatever the environment says."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    for name, value in settings.items():
        monkeypatch.setenv(PREFIX + name.upper(), value)


def call(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def call_json(*words: str, exit_code: int = 0) -> Any:
    result = call(*words, "--json")
    assert result.exit_code == exit_code, (result.output, result.exception)
    return json.loads(result.stdout)
