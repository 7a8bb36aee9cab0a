"""Logs: coloured lines on a terminal, JSON lines otherwise, always on stderr; never a secret, never a body.

Values may be a customer's words, so nothing in them reaches a terminal as anything but visible text.
"""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = "[hidden]"

_SECRET_WORDS = frozenset(
    {"secret", "token", "password", "passwd", "authorization", "cookie", "signature", "credential", "credentials"}
    | {"apikey", "bearer"}
)
_BODY_WORDS = frozenset({"body", "payload", "headers"})
_KEY_PARTS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+")
_URL_CREDENTIALS = re.compile(r"(?<=://)[^\s/@:]{0,256}:[^\s/@]{1,256}(?=@)")
# Control characters, line and paragraph separators, bidirectional overrides and half surrogates.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_UNSAFE_BUT_LAYOUT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_DEPTH = 6
_OWN_KEYS = frozenset({"_record", "_from_structlog"})  # structlog's own, taken out before anything is written

# These say what they send at lower levels, bodies included; ours say what happened.
_FOREIGN_LEVELS = {
    "zenpy": logging.WARNING,
    "jira": logging.WARNING,
    "urllib3": logging.WARNING,
    "requests": logging.WARNING,
    "requests_oauthlib": logging.WARNING,
    "oauthlib": logging.WARNING,
    "httpx": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "alembic": logging.WARNING,
    "asyncio": logging.WARNING,
    "uvicorn": logging.WARNING,
    # Its warnings are about requests that nobody could read: a stranger could fill the log with them.
    "uvicorn.error": logging.ERROR,
    "uvicorn.access": logging.WARNING,
}


def configure_logging(
    *, stream: TextIO | None = None, as_json: bool | None = None, level: int = logging.INFO
) -> None:
    """Send all logs, ours and the libraries', to `stream` (stderr); `as_json` None means "unless it is a terminal".

    May be called again, and then replaces what was set up before.
    """
    target = stream if stream is not None else sys.stderr
    in_json = as_json if as_json is not None else not target.isatty()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.format_exc_info,
        hide_secrets,
        neutralise_controls,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    _route_stdlib(target, _build_formatter(shared, in_json=in_json), level)


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask values whose key names a secret or a body, at any depth, and credentials inside addresses."""
    return {
        key: value if key in _OWN_KEYS else HIDDEN if _names_secret(key) else _mask(value, _DEPTH)
        for key, value in event.items()
    }


def neutralise_controls(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Make control characters visible, so that no value can move a cursor, start a line or reverse the text.

    Comes after `hide_secrets`, which leaves only plain values behind.
    """
    return {
        _show(key): value if key in _OWN_KEYS else _show_layout(value) if key == "exception" else _neutralise(value)
        for key, value in event.items()
    }


def _build_formatter(shared: list[Processor], *, in_json: bool) -> logging.Formatter:
    renderer: Processor = (
        structlog.processors.JSONRenderer(default=str, ensure_ascii=False)
        if in_json
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )


def _route_stdlib(target: TextIO, formatter: logging.Formatter, level: int) -> None:
    output = logging.StreamHandler(target)
    output.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [output]
    root.setLevel(level)
    for name, cap in _FOREIGN_LEVELS.items():
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(max(cap, level))
    logging.captureWarnings(capture=True)


def _names_secret(key: str) -> bool:
    words = {part.lower() for part in _KEY_PARTS.findall(key)}
    return bool(words & _SECRET_WORDS) or key.lower() in _BODY_WORDS or {"api", "key"} <= words


def _mask(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return _URL_CREDENTIALS.sub(HIDDEN, value) if "://" in value else value
    if isinstance(value, bytes | bytearray):
        return f"[{len(value)} bytes]"
    if isinstance(value, Mapping | list | tuple | set | frozenset) and depth == 0:
        return "[deep]"
    if isinstance(value, Mapping):
        return {
            str(key): HIDDEN if _names_secret(str(key)) else _mask(inner, depth - 1) for key, inner in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_mask(inner, depth - 1) for inner in value]
    return value if isinstance(value, int | float) or value is None else _mask(str(value), depth)


def _neutralise(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_show(str(key)): _neutralise(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_neutralise(inner) for inner in value]
    return value if isinstance(value, int | float) or value is None else _show(str(value))


def _show(text: str) -> str:
    return _UNSAFE.sub(_spell_control, text)


def _show_layout(value: Any) -> str:
    """A traceback keeps its lines."""
    return _UNSAFE_BUT_LAYOUT.sub(_spell_control, str(value))


def _spell_control(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")
