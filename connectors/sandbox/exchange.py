"""One request and one answer, free of any web framework, so that every endpoint is a plain function."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What goes back: a status, a JSON value or raw content, and extra headers."""

    status: int = 200
    payload: Any = None
    content: bytes | None = None
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    def encode(self) -> bytes:
        """The body as bytes; empty for 204."""
        if self.content is not None:
            return self.content
        return b"" if self.status == 204 else json.dumps(self.payload, ensure_ascii=False).encode()  # noqa: PLR2004


class Refusal(Exception):
    """Carries the answer that refuses a request in the vendor's own error shape."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"refused with {answer.status}")
        self.answer = answer


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One request as an endpoint sees it; header names are lower case, `at` is its only clock."""

    method: str
    path: str
    at: datetime
    parts: Mapping[str, str]
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes

    def first(self, name: str, default: str = "") -> str:
        """The first value of a query parameter."""
        return next((value for key, value in self.query if key == name), default)

    def every(self, *names: str) -> list[str]:
        """All values of a repeated or comma-separated query parameter."""
        values = [value for key, value in self.query if key in names]
        return [part.strip() for value in values for part in value.split(",") if part.strip()]

    def has(self, name: str) -> bool:
        """Whether the query names the parameter at all."""
        return any(key == name for key, _ in self.query)

    def count(self, name: str, default: int, *, most: int) -> int:
        """A positive query number, bounded by `most`; the default when it is absent or senseless."""
        text = self.first(name)
        return max(1, min(int(text), most)) if text.isdigit() else default

    def offset(self, name: str) -> int:
        """A query number from 0; 0 when it is absent or senseless."""
        text = self.first(name)
        return int(text) if text.isdigit() else 0

    def json(self) -> Any:
        """The body as JSON, or None when it is not JSON."""
        try:
            return json.loads(self.body or b"null")
        except ValueError:
            return None
