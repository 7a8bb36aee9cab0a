"""Webhooks that administrators of Jira register, at whichever address a site has for them.

Cloud and Data Center up to 9 keep them at `/rest/webhooks/1.0/webhook`, Data Center from 10 on at
`/rest/jira-webhook/1.0/webhooks` with filter and secret in a `configuration` (Atlassian, Jira webhooks). No site
shows a secret; the older address says `isSigned`, the newer masks the secret.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.errors import NotFound
from connectors.jira.access import JiraLine
from connectors.jira.answers import doubt

_OLD = "/rest/webhooks/1.0/webhook"
_NEW = "/rest/jira-webhook/1.0/webhooks"
_FILTER = "issue-related-events-section"


@dataclass(frozen=True, kw_only=True, slots=True)
class AdminWebhook:
    """One webhook; `id` is empty before it is made, and an empty `secret` leaves the one that it has."""

    id: str = ""
    name: str
    url: str
    events: tuple[str, ...]
    jql: str = ""
    enabled: bool = True
    is_signed: bool = False
    secret: str = field(default="", repr=False)


class AdminWebhooks:
    """The webhooks of one site; writes are sent once. Forbidden, or NotFound, for those who are no administrators."""

    def __init__(self, line: JiraLine, *, is_cloud: bool) -> None:
        self._line = line
        self._has_new = not is_cloud

    def list_all(self) -> tuple[AdminWebhook, ...]:
        """Every webhook of the site, whoever made it."""
        rows = self._read()
        if not isinstance(rows, list):
            raise doubt("list webhooks", "the answer is no list")
        return tuple(self._parse(row) for row in rows if isinstance(row, Mapping))

    def create(self, wanted: AdminWebhook) -> str:
        """Makes it, and returns its id."""
        made = self._line.write_site("POST", self._place(), self._spell(wanted))
        made_id = self._parse(made).id if isinstance(made, Mapping) else ""
        if not made_id:
            raise doubt("create webhook", "the answer names no webhook")
        return made_id

    def update(self, webhook_id: str, wanted: AdminWebhook) -> None:
        """Replaces it."""
        self._line.write_site("PUT", f"{self._place()}/{webhook_id}", self._spell(wanted))

    def delete(self, webhook_id: str) -> None:
        """Deletes it; one that has gone already is no fault."""
        try:
            self._line.write_site("DELETE", f"{self._place()}/{webhook_id}", None)
        except NotFound:
            return

    def _read(self) -> Any:
        if self._has_new:
            try:
                return self._line.read_site(_NEW)
            except NotFound:
                self._has_new = False
        return self._line.read_site(_OLD)

    def _place(self) -> str:
        return _NEW if self._has_new else _OLD

    def _parse(self, row: Mapping[str, Any]) -> AdminWebhook:
        held = row.get("configuration")
        configuration = held if isinstance(held, Mapping) else {}
        sections = row.get("filters")
        filters = sections if isinstance(sections, Mapping) else {}
        enabled = row.get("active" if self._has_new else "enabled")
        return AdminWebhook(
            id=_read_id(row),
            name=str(row.get("name") or ""),
            url=str(row.get("url") or ""),
            events=tuple(sorted(_list_words(row.get("events")))),
            jql=str((configuration.get("FILTERS") if self._has_new else filters.get(_FILTER)) or ""),
            enabled=enabled is not False,
            is_signed=row.get("isSigned") is True or bool(configuration.get("secret")),
        )

    def _spell(self, wanted: AdminWebhook) -> dict[str, Any]:
        body: dict[str, Any] = {"name": wanted.name, "url": wanted.url, "events": list(wanted.events)}
        if self._has_new:
            secret = {"secret": wanted.secret} if wanted.secret else {}
            return {**body, "active": wanted.enabled, "configuration": {"FILTERS": wanted.jql, **secret}}
        secret = {"secret": wanted.secret} if wanted.secret else {}
        return {**body, "enabled": wanted.enabled, "filters": {_FILTER: wanted.jql}, "excludeBody": False, **secret}


def _read_id(row: Mapping[str, Any]) -> str:
    """The newer address names an id; the older one a link that ends with it."""
    found = row.get("id") if row.get("id") is not None else str(row.get("self") or "").rpartition("/")[2]
    text = str(found)
    return text if text.isascii() and text.isdigit() else ""


def _list_words(words: object) -> Iterator[str]:
    yield from (str(word) for word in (words if isinstance(words, Sequence) and not isinstance(words, str) else ()))
