"""The operator's files that set-up commands write: settings as an environment file, and field ids in fields.toml.

An environment file is read by systemd, by container engines and by a shell, so a value is written bare when it may
be, else in single quotes, which all three take alike. Both files are replaced whole or not at all.
"""

import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from pathlib import Path

_BARE = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")
_LINE = re.compile(r"(?:export\s{1,8})?([A-Z][A-Z0-9_]{0,80})=(.*)")
_PRIVATE = 0o600


class UnwritableSetup(Exception):
    """A file cannot be written as it would have to be; the message says which, and what to do instead."""


def quote_value(name: str, value: str) -> str:
    """One line of an environment file; raises UnwritableSetup for a value that has no common spelling."""
    if _BARE.fullmatch(value):
        return f"{name}={value}"
    if "'" in value or not value.isprintable():
        raise UnwritableSetup(f"{name} holds a quote or a control character, which no environment file can spell")
    return f"{name}='{value}'"


def read_settings_file(path: Path) -> dict[str, str]:
    """The settings of an environment file by name, quotes taken off; none when there is no such file."""
    if not path.is_file():
        return {}
    matches = (_LINE.fullmatch(line.strip()) for line in path.read_text(encoding="utf-8").splitlines())
    return {match[1]: _unquote(match[2].strip()) for match in matches if match and match[2].strip()}


def merge_settings_file(path: Path, values: Mapping[str, str | None]) -> None:
    """Sets these settings and leaves every other line; None comments one out. A new file is for its owner only."""
    known = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    pending, lines = dict(values), []
    for line in known:
        match = _LINE.fullmatch(line.strip().removeprefix("#").strip())
        name = match[1] if match else ""
        if name in pending and (pending[name] is not None or not line.strip().startswith("#")):
            value = pending.pop(name)
            lines.append(f"#{name}=" if value is None else quote_value(name, value))
        elif name in values and not line.strip().startswith("#"):
            lines.append(f"#{line}")
        else:
            lines.append(line)
    lines += [quote_value(name, value) for name, value in pending.items() if value is not None]
    write_file(path, "\n".join(lines) + "\n", mode=_PRIVATE)


def spell_field_ids(ids: Mapping[str, int]) -> str:
    """The lines of fields.toml that name these fields."""
    return "[zendesk]\n" + "".join(f"{name} = {number}\n" for name, number in ids.items())


def set_field_ids(path: Path, ids: Mapping[str, int]) -> None:
    """Sets these ids in fields.toml and leaves every other line; raises UnwritableSetup when that cannot be done."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    changed = _edit_table(text, ids)
    try:
        table = tomllib.loads(changed).get("zendesk")
    except tomllib.TOMLDecodeError:
        table = None
    if not isinstance(table, dict) or any(table.get(name) != number for name, number in ids.items()):
        raise UnwritableSetup(
            f"{path}: it cannot be changed safely; write these lines yourself:\n{spell_field_ids(ids)}"
        )
    if changed != text:
        write_file(path, changed, mode=path.stat().st_mode & 0o777 if path.is_file() else 0o644)


def write_file(path: Path, text: str, *, mode: int) -> None:
    """Replaces the file in one step; nobody else can read a private one at any time."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)  # noqa: PTH105 - the same
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise UnwritableSetup(f"{path} cannot be written: {error.strerror}") from error


def _edit_table(text: str, ids: Mapping[str, int]) -> str:
    """The text with each key set under its `[zendesk]` header, which is added when it is missing."""
    lines, pending, header = text.splitlines(), dict(ids), None
    inside = False
    for number, line in enumerate(lines):
        bare = line.partition("#")[0].strip()
        if bare.startswith("["):
            inside = bare == "[zendesk]"
            header = number if inside else header
        name, equals, _ = (part.strip() for part in bare.partition("="))
        if inside and equals and name in pending:
            comment = line[len(line.partition("#")[0]) :]
            lines[number] = f"{name} = {pending.pop(name)}{f'  {comment}' if comment else ''}"
    fresh = [f"{name} = {number}" for name, number in pending.items()]
    if header is not None:
        lines[header + 1 : header + 1] = fresh
    elif fresh:
        lines += [*([""] if lines else []), "[zendesk]", *fresh]
    return "\n".join(lines) + "\n"


def _unquote(value: str) -> str:
    is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if is_quoted else value
