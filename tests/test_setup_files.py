"""The operator's files: a shell reads what was written, other lines stay, and what is unsafe is left alone."""

import stat
import subprocess
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.setup_files import (
    UnwritableSetup,
    merge_settings_file,
    quote_value,
    read_settings_file,
    set_field_ids,
)

VALUES = st.text(st.characters(codec="ascii", exclude_categories=("Cc",), exclude_characters="'"), max_size=40)


@pytest.mark.parametrize("value", ["plain", "a b", '$HOME `id` \\ "x" !#;&|', "postgresql://u:p%40@h/d?x=y&z"])
def test_a_shell_reads_the_value_that_was_written(tmp_path: Path, value: str) -> None:
    path = tmp_path / "escalator.env"
    merge_settings_file(path, {"ESCALATOR_X": value})
    script = f'set -a; . "{path}"; printf %s "$ESCALATOR_X"'
    told = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout == value
    assert read_settings_file(path) == {"ESCALATOR_X": value}


@given(VALUES)
def test_what_is_quoted_is_read_again(value: str) -> None:
    line = quote_value("NAME", value)
    assert "\n" not in line
    assert line.partition("=")[2].strip("'") == value


@pytest.mark.parametrize("value", ["it's", "two\nlines"])
def test_a_value_without_a_common_spelling_is_refused(value: str) -> None:
    with pytest.raises(UnwritableSetup, match="NAME"):
        quote_value("NAME", value)


def test_lines_are_set_taken_out_and_otherwise_left(tmp_path: Path) -> None:
    path = tmp_path / "escalator.env"
    path.write_text("# mine\n#A_ONE=\nA_TWO=old\nA_TWO=older\n\nB=kept\n", encoding="utf-8")
    path.chmod(0o644)
    merge_settings_file(path, {"A_ONE": "1", "A_TWO": "2", "A_THREE": "3"})
    assert read_settings_file(path) == {"A_ONE": "1", "A_TWO": "2", "B": "kept", "A_THREE": "3"}
    assert path.read_text(encoding="utf-8").startswith("# mine\nA_ONE=1\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    merge_settings_file(path, {"A_ONE": None, "A_THREE": None})
    assert read_settings_file(path) == {"A_TWO": "2", "B": "kept"}
    assert [other.name for other in tmp_path.iterdir()] == ["escalator.env"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only words\n",
        "[zendesk]\nstate = 7 # mine\n[jira]\nmarker_field = ''\n",
        "[jira]\nmarker_field = ''\n\n[zendesk.organization]\narr = 'a'\n",
        "[jira.priority]\nhigh = 'High'\n[zendesk]\n",
    ],
)
def test_field_ids_are_set_and_all_else_means_what_it_did(tmp_path: Path, text: str) -> None:
    path = tmp_path / "fields.toml"
    path.write_text(text, encoding="utf-8")
    set_field_ids(path, {"state": 12, "target": 13})
    before, after = tomllib.loads(text), tomllib.loads(path.read_text(encoding="utf-8"))
    assert after.pop("zendesk") == before.pop("zendesk", {}) | {"state": 12, "target": 13}
    assert after == before
    set_field_ids(path, {"state": 0})
    assert tomllib.loads(path.read_text(encoding="utf-8"))["zendesk"]["state"] == 0


@pytest.mark.parametrize("text", ["zendesk = { state = 1 }\n", "zendesk.state = 1\n", "not toml at all ["])
def test_a_file_that_cannot_be_changed_safely_is_left(tmp_path: Path, text: str) -> None:
    path = tmp_path / "fields.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UnwritableSetup, match="state = 12"):
        set_field_ids(path, {"state": 12})
    assert path.read_text(encoding="utf-8") == text


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnwritableSetup, match="cannot be written"):
        merge_settings_file(tmp_path / "gone" / "escalator.env", {"A": "1"})
