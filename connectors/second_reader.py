"""A language model behind an OpenAI-compatible endpoint, asked for one JSON answer at a time.

Only this file knows the protocol (OpenAI API reference, "Create chat completion": `response_format` with a strict
JSON schema). It keeps answers by the content of the question, spends no more than its budget, and says plainly
when it has no answer; what an answer is worth is decided elsewhere.
"""

import hashlib
import json
import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from connectors.addresses import parse_address

_MINUTE_S, _DAY_S = 60.0, 86_400.0
_MOST_BYTES = 1_000_000
_MOST_TOKENS = 2_000
_OK = 200


class NoAnswer(Exception):
    """The second reader gave no answer that can be used; the message says why, without the ticket's text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReaderAccess:
    """Where the model is, how long one answer may take in seconds, how many questions it gets, where answers stay."""

    url: str
    model: str
    key: str
    timeout_s: float
    per_minute: int
    per_day: int
    cache: Path | None = None


@dataclass(kw_only=True, slots=True)
class SecondReader:
    """Asks the model; one for each process, whose budget it keeps."""

    access: ReaderAccess
    monotonic: Callable[[], float]
    _asked: deque[float] = field(default_factory=deque)

    def ask(self, messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any]) -> str:
        """Return the answer's JSON text, from the cache where it holds one; raises NoAnswer."""
        question = {
            "model": self.access.model,
            "messages": list(messages),
            "temperature": 0,
            "max_tokens": _MOST_TOKENS,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "reading", "strict": True, "schema": schema},
            },
        }
        body = json.dumps(question, ensure_ascii=False, sort_keys=True).encode()
        kept = self._find_kept(body)
        if kept is not None and kept.is_file():
            return kept.read_text(encoding="utf-8")
        self._spend()
        answer = _read_answer(self._send(body))
        if kept is not None:
            _keep(kept, answer)
        return answer

    def _find_kept(self, body: bytes) -> Path | None:
        cache = self.access.cache
        return cache / f"{hashlib.sha256(body).hexdigest()}.json" if cache else None

    def _spend(self) -> None:
        now = self.monotonic()
        while self._asked and now - self._asked[0] >= _DAY_S:
            self._asked.popleft()
        recent = sum(1 for at in self._asked if now - at < _MINUTE_S)
        if recent >= self.access.per_minute or len(self._asked) >= self.access.per_day:
            raise NoAnswer("its budget is spent")
        self._asked.append(now)

    def _send(self, body: bytes) -> bytes:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.access.key}"}
        url = parse_address(self.access.url).join("chat/completions")
        try:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.post(
                    url,
                    data=body,
                    headers=headers,
                    timeout=self.access.timeout_s,
                    allow_redirects=False,
                    stream=True,
                )
                if answer.status_code != _OK:
                    raise NoAnswer(f"it answered {answer.status_code}")
                content = answer.raw.read(_MOST_BYTES + 1, decode_content=True)
        except requests.Timeout:
            raise NoAnswer("it did not answer in time") from None
        except (requests.RequestException, OSError) as error:
            raise NoAnswer(f"it could not be reached ({type(error).__name__})") from None
        if len(content) > _MOST_BYTES:
            raise NoAnswer("its answer is too long")
        return bytes(content)


def _read_answer(content: bytes) -> str:
    try:
        text = json.loads(content)["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        raise NoAnswer("its answer is malformed") from None
    if not isinstance(text, str):
        raise NoAnswer("its answer is malformed")
    return text


def _keep(place: Path, answer: str) -> None:
    """Written beside and moved there, so that nobody reads half an answer."""
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_suffix(f".{os.getpid()}")
    beside.write_text(answer, encoding="utf-8")
    beside.replace(place)
