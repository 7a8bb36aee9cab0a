"""What holds for every command alike: examples that can be run, refusal of unknown words, a word before harm."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from tests.cli.calling import call, set_settings
from worker.cli.app import app
from worker.cli.examples import EXAMPLES
from worker.store.database import Database
from worker.store.migrate import upgrade_database

READS = "reads only"
SERVES = "runs until it is told to stop, or works as the service does"
REASON = "needs --reason, and each is undone by another word"
UNDONE = "is undone by another word"
YES = "needs --yes"

GUARDS = {
    "audit": READS,
    "backfill cancel": YES,
    "backfill pause": UNDONE,
    "backfill plan": READS,
    "backfill report": READS,
    "backfill resume": "goes on with a plan that was started with --yes",
    "backfill run": YES,
    "backfill status": READS,
    "brief": READS,
    "close": REASON,
    "config check": READS,
    "config diff": READS,
    "config password": READS,
    "db upgrade": "adds what is missing",
    "deadletters drop": YES,
    "deadletters list": READS,
    "deadletters replay": "looks before it sends",
    "deadletters show": READS,
    "deescalate": REASON,
    "demo": SERVES,
    "doctor": READS,
    "due": READS,
    "erase": YES,
    "escalate": REASON,
    "explain": READS,
    "export": READS,
    "health": READS,
    "init": "overwrites nothing without --force",
    "patterns confirm": UNDONE,
    "patterns detect": READS,
    "patterns list": READS,
    "patterns merge": UNDONE,
    "patterns mute": UNDONE,
    "patterns reject": UNDONE,
    "patterns reopen": UNDONE,
    "patterns show": READS,
    "patterns split": UNDONE,
    "poll": SERVES,
    "provision apply": YES,
    "provision plan": READS,
    "provision remove": YES,
    "provision verify": READS,
    "sandbox": SERVES,
    "score": READS,
    "serve": SERVES,
    "similar": READS,
    "simulate": READS,
    "snooze": REASON,
    "status": READS,
}


def walk(command: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    below = getattr(command, "commands", None)
    if below is None:
        yield place, command
    for name, one in (below or {}).items():
        yield from walk(one, f"{place} {name}".strip())


COMMANDS = dict(walk(typer.main.get_command(app)))
each_command = pytest.mark.parametrize("name", sorted(COMMANDS))


@each_command
def test_help_says_what_it_does_and_shows_examples(name: str) -> None:
    result = call(*name.split(), "--help")
    assert result.exit_code == 0
    assert COMMANDS[name].help
    assert name in EXAMPLES, "write examples in worker/cli/examples.py"
    for example in EXAMPLES[name]:
        assert example in result.stdout
    options = [parameter for parameter in COMMANDS[name].params if parameter.param_type_name == "option"]
    assert [option.name for option in options if not option.help] == []


@pytest.mark.parametrize("example", [line for lines in EXAMPLES.values() for line in lines])
def test_examples_are_understood(example: str) -> None:
    program, *words = shlex.split(example)
    assert program == "escalator"
    name = next(
        name for name in sorted(EXAMPLES, key=len, reverse=True) if words[: len(name.split())] == name.split()
    )
    assert example in EXAMPLES[name]
    COMMANDS[name].make_context(name, words[len(name.split()) :])


@each_command
def test_an_unknown_word_is_exit_2_and_changes_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    set_settings(monkeypatch)
    result = call(*name.split(), "--no-such-option")
    assert result.exit_code == 2
    assert "no-such-option" in result.stderr
    assert result.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [("nonsense",), ("backfill", "nonsense"), ("--nonsense",)])
def test_an_unknown_command_is_exit_2(words: tuple[str, ...]) -> None:
    assert call(*words).exit_code == 2


def test_every_command_says_what_guards_it() -> None:
    assert sorted(GUARDS) == sorted(COMMANDS)


@each_command
def test_what_cannot_be_undone_has_its_word(name: str) -> None:
    options = {spelling for parameter in COMMANDS[name].params for spelling in parameter.opts}
    assert ("--yes" in options) == (GUARDS[name] == YES)
    if GUARDS[name] == REASON:
        assert "--reason" in options


# `close` asks once it knows that the escalation is open; tests/flow/test_life_commands.py has it.
@pytest.mark.parametrize("name", ["deescalate", "escalate", "snooze"])
def test_a_reason_is_asked_for(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_settings(monkeypatch, database_url=f"sqlite:///{tmp_path / 'e.db'}")
    with Database(f"sqlite:///{tmp_path / 'e.db'}") as database:
        upgrade_database(database)
    words = ("--for", "4h") if name == "snooze" else ()
    result = call(name, "4711", *words)
    assert result.exit_code == 2
    assert "reason" in result.stderr


@pytest.mark.parametrize("words", [("drop", "--all", "--reason", "why")])
def test_dropping_all_needs_its_word(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_settings(monkeypatch, database_url=f"sqlite:///{tmp_path / 'e.db'}")
    with Database(f"sqlite:///{tmp_path / 'e.db'}") as database:
        upgrade_database(database)
    result = call("deadletters", *words)
    assert result.exit_code == 2
    assert "--yes" in result.stderr
    assert call("deadletters", *words, "--yes").exit_code == 0


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_completes(shell: str) -> None:
    """As a shell asks: first for its script, then for the words that may follow."""
    # The entry point's own name decides the variable, as it does for the installed command.
    code = "import sys; sys.argv[0] = 'escalator'; from worker.cli.app import app; app(prog_name='escalator')"
    environment = os.environ | {"_ESCALATOR_COMPLETE": f"source_{shell}"}
    script = subprocess.run((sys.executable, "-c", code), env=environment, capture_output=True, text=True, check=True)
    assert "_ESCALATOR_COMPLETE" in script.stdout
    if shell == "bash":
        asked = environment | {
            "_ESCALATOR_COMPLETE": "complete_bash",
            "COMP_WORDS": "escalator backfill ",
            "COMP_CWORD": "2",
        }
        found = subprocess.run((sys.executable, "-c", code), env=asked, capture_output=True, text=True, check=False)
        assert {"plan", "run", "resume", "report"} <= set(found.stdout.split())
