"""An invented Jira site whose answers are scripted by `responses`."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import responses

SITE = "https://quarry.example"
API = f"{SITE}/rest/api/3"


class Clock:
    """A clock that stands still until a sleep or a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


def spell_screen(*fields: str, levels: tuple[str, ...] = ()) -> dict[str, Any]:
    """A createmeta page of fields with these ids; priorities are the shipped five."""
    priorities = [{"id": str(at), "name": name} for at, name in enumerate(("Highest", "High", "Medium", "Low"), 1)]
    shown: list[dict[str, Any]] = []
    for name in ("summary", "description", *fields):
        kind = "array" if name in ("labels", "customfield_10060") else "string"
        field: dict[str, Any] = {"fieldId": name, "key": name, "name": name, "required": False, "operations": ["set"]}
        field["schema"] = {"type": kind}
        if name == "priority":
            field["allowedValues"] = priorities
        if name == "security" and levels:
            field["allowedValues"] = [{"id": str(at), "name": level} for at, level in enumerate(levels, 700)]
        shown.append(field)
    return {"startAt": 0, "maxResults": 100, "total": len(shown), "fields": shown}


def add_screen(jira: responses.RequestsMock, *fields: str, levels: tuple[str, ...] = ()) -> None:
    """Script both createmeta reads of project OPS and issue type Bug."""
    types = [{"id": "10001", "name": "Bug"}, {"id": "10002", "name": "Task"}]
    page = {"startAt": 0, "maxResults": 100, "total": 2, "issueTypes": types}
    jira.get(f"{API}/issue/createmeta/OPS/issuetypes", json=page)
    jira.get(f"{API}/issue/createmeta/OPS/issuetypes/10001", json=spell_screen(*fields, levels=levels))


def read_bodies(jira: responses.RequestsMock, method: str, path: str) -> list[Any]:
    """The JSON bodies of the requests sent to this path, in order."""
    calls = [call.request for call in jira.calls if call.request.method == method]
    return [
        json.loads(request.body or "null") for request in calls if str(request.url).split("?")[0] == f"{API}/{path}"
    ]
