import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from worker.log import HIDDEN, configure_logging, hide_secrets, neutralise_controls


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def open_log(*, as_json: bool = True) -> io.StringIO:
    stream = io.StringIO()
    configure_logging(stream=stream, as_json=as_json)
    return stream


def read_lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_json_lines_say_what_when_and_where() -> None:
    stream = open_log()
    structlog.get_logger("worker.flow").info("effect.done", ticket=41, effect="note:41", seconds=0.5, tags=("a", "b"))
    (line,) = read_lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "effect.done",
        "level": "info",
        "logger": "worker.flow",
        "ticket": 41,
        "effect": "note:41",
        "seconds": 0.5,
        "tags": ["a", "b"],
    }


def test_json_unless_it_is_a_terminal() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for stream, starts in ((io.StringIO(), "{"), (Terminal(), "\x1b[")):
        configure_logging(stream=stream)
        structlog.get_logger("x").info("started")
        assert stream.getvalue().startswith(starts)


def test_a_second_set_up_replaces_the_first() -> None:
    first = open_log()
    second = open_log()
    structlog.get_logger("x").info("started")
    assert first.getvalue() == ""
    assert len(read_lines(second)) == 1


@pytest.mark.parametrize(
    "name", ["zenpy", "zenpy.lib.api", "jira", "jira.client", "urllib3.connectionpool", "uvicorn"]
)
def test_libraries_say_nothing_below_a_warning(name: str) -> None:
    stream = open_log()
    logging.getLogger(name).debug("POST body: %s", "my password is swordfish")
    logging.getLogger(name).info("POST body: %s", "my password is swordfish")
    assert stream.getvalue() == ""
    logging.getLogger(name).warning("pool is full for %s", "host")
    (line,) = read_lines(stream)
    assert (line["event"], line["level"], line["logger"]) == ("pool is full for host", "warning", name)


def test_requests_that_cannot_be_read_do_not_fill_the_log() -> None:
    stream = open_log()
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    assert stream.getvalue() == ""
    logging.getLogger("uvicorn.error").error("Exception in ASGI application")
    assert len(read_lines(stream)) == 1


def test_warnings_are_logged() -> None:
    stream = open_log()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn("old thing", DeprecationWarning, stacklevel=1)
        logging.captureWarnings(capture=False)
    assert "old thing" in stream.getvalue()


@pytest.mark.parametrize(
    ("key", "is_hidden"),
    [
        ("secret", True),
        ("client_secret", True),
        ("api_token", True),
        ("apiToken", True),
        ("X-Zendesk-Webhook-Signature", True),
        ("Authorization", True),
        ("password", True),
        ("api_key", True),
        ("set-cookie", True),
        ("body", True),
        ("headers", True),
        ("tokens_left", False),
        ("issue_key", False),
        ("dedupe_key", False),
        ("ticket", False),
        ("policy_digest", False),
        ("secretary", False),
    ],
)
def test_keys_that_name_a_secret_or_a_body(key: str, is_hidden: bool) -> None:
    for event in ({key: "swordfish"}, {"outer": {key: "swordfish"}}, {"outer": [{"inner": {key: "swordfish"}}]}):
        assert ("swordfish" not in json.dumps(hide_secrets(None, "info", event))) is is_hidden


def test_secrets_inside_values() -> None:
    stream = open_log()
    problem = ValueError("no connection to postgresql://escalator:swordfish@db.example/escalator")
    log = structlog.get_logger("x")
    log.info("a", url="https://user:swordfish@host/path", secret_object=SecretStr("swordfish"), raw=b"swordfish")
    log.info("b", value=SecretStr("swordfish"), problem=problem)
    try:
        raise problem
    except ValueError:
        log.exception("c")
    assert "swordfish" not in stream.getvalue()
    first, second, third = read_lines(stream)
    assert first["url"] == f"https://{HIDDEN}@host/path"
    assert first["raw"] == "[9 bytes]"
    assert second["problem"] == f"no connection to postgresql://{HIDDEN}@db.example/escalator"
    assert "ValueError" in third["exception"]


@pytest.mark.parametrize("as_json", [True, False])
def test_no_value_reaches_a_terminal_as_a_command(as_json: bool) -> None:
    stream = open_log(as_json=as_json)
    nasty = "\x1b]0;owned\x07\x1b[2J\nlevel=error forged\r\x9b31m\u202egnp.exe"
    log = structlog.get_logger("x")
    log.warning("odd", subject=nasty, inner={"k": [nasty]}, **{f"key{nasty}": 1})
    logging.getLogger("library").warning("said %s", nasty)
    text = stream.getvalue()
    assert text.count("\n") == 2
    for char in "\x07\r\x9b\u202e":
        assert char not in text
    for escape in ("\x1b]0", "\x1b[2J"):
        assert escape not in text


def test_a_traceback_keeps_its_lines_and_nothing_else() -> None:
    stream = open_log(as_json=False)
    try:
        int("\x1b[2Jboo\x07")
    except ValueError:
        structlog.get_logger("x").exception("failed")
    text = stream.getvalue()
    assert "Traceback (most recent call last)" in text
    assert text.count("\n") > 3
    assert "\x1b[2J" not in text
    assert "\x07" not in text


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(event=st.dictionaries(st.text(max_size=8), values, max_size=4))
def test_whatever_is_logged_becomes_one_line_of_json(event: dict[str, Any]) -> None:
    shown = neutralise_controls(None, "info", hide_secrets(None, "info", event))
    line = json.dumps(shown, ensure_ascii=False)
    assert line.isprintable() or all(ord(char) >= 0xA0 for char in line if not char.isprintable())
    line.encode()
