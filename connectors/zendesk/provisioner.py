"""Setting up a Zendesk account: the webhook, its trigger, ticket fields and views, each found by our mark.

The mark stands in a part's description, which all four have. What Zendesk answers is brought into the form in
which we write it, so that a difference is somebody's change and not a matter of spelling.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from connectors.calls import JsonObject, VendorSession, expect_object, read_with_retries
from connectors.errors import NotFound, Unauthorized, Uncertain
from connectors.provisioning import FoundPart, Inventory, Part, PartKind, Stranger, find_mark
from connectors.zendesk.auth import VENDOR
from connectors.zendesk.paging import Params, walk_pages
from connectors.zendesk.values import read_id, read_object, read_objects, read_text, read_word

T = TypeVar("T")
Read = Callable[[JsonObject], dict[str, Any]]

_API = "/api/v2"
_MOST_PAGES = 50
_PLURALS: Mapping[PartKind, str] = {
    PartKind.WEBHOOK: "webhooks",
    PartKind.TRIGGER: "triggers",
    PartKind.FIELD: "ticket_fields",
    PartKind.VIEW: "views",
}
_WEBHOOK_KEYS = ("name", "description", "endpoint", "http_method", "request_format", "status")
_ID = re.compile(r"[0-9A-Za-z]{1,40}")


class ZendeskProvisioner:
    """The Provisioner port on one account, for one thread."""

    def __init__(self, session: VendorSession, *, sleep: Callable[[float], None]) -> None:
        self._session = session
        self._sleep = sleep

    def take_inventory(self) -> Inventory:
        """See `Provisioner`; Unauthorized also when Zendesk takes us for its anonymous user."""
        me = read_id(read_object(self._get(f"{_API}/users/me", {}).get("user")).get("id"))
        if me is None:
            detail = "Zendesk does not know these credentials"
            raise Unauthorized(vendor=VENDOR, operation="GET users/me", detail=detail)
        webhooks = list(self._list(PartKind.WEBHOOK))
        fields = list(self._list(PartKind.FIELD))
        found = [
            *_find_ours(PartKind.FIELD, fields),
            *_find_ours(PartKind.WEBHOOK, webhooks),
            *_find_ours(PartKind.TRIGGER, self._list(PartKind.TRIGGER)),
            *_find_ours(PartKind.VIEW, self._list(PartKind.VIEW)),
        ]
        return Inventory(
            ours=tuple(found),
            strangers=tuple(_list_strangers(webhooks)),
            field_ids=frozenset(read_id(row.get("id")) or 0 for row in fields if row.get("active") is not False),
            account_id=str(me),
        )

    def create(self, part: Part) -> str:
        """See `Provisioner`."""
        path = f"{_API}/{_PLURALS[part.kind]}"
        noun = _PLURALS[part.kind].removesuffix("s")
        answer = self._session.call("POST", path, body={noun: _spell_body(part)})
        operation = f"POST {path}"
        made = read_object(expect_object(answer, vendor=VENDOR, operation=operation).get(noun))
        made_id = _read_part_id(made)
        if not made_id:
            raise Uncertain(vendor=VENDOR, operation=operation, detail="the answer names nothing that was made")
        return made_id

    def update(self, part_id: str, part: Part) -> None:
        """See `Provisioner`."""
        noun = _PLURALS[part.kind].removesuffix("s")
        self._session.call("PUT", self._place(part.kind, part_id), body={noun: _spell_body(part)})

    def delete(self, part: FoundPart) -> None:
        """See `Provisioner`; deleting a ticket field deletes its values on all tickets."""
        try:
            self._session.call("DELETE", self._place(part.kind, part.id))
        except NotFound:
            return

    def read_secret(self, webhook_id: str) -> str | None:
        """The signing secret of a webhook (Zendesk API reference, webhooks: signing secret)."""
        answer = self._get(f"{self._place(PartKind.WEBHOOK, webhook_id)}/signing_secret", {})
        secret = read_text(read_object(answer.get("signing_secret")).get("secret"))
        if not secret:
            detail = "the answer holds no secret"
            raise Uncertain(vendor=VENDOR, operation="GET signing_secret", detail=detail)
        return secret

    def _place(self, kind: PartKind, part_id: str) -> str:
        if not _ID.fullmatch(part_id):
            raise ValueError(f"{part_id!r} is no id")
        return f"{_API}/{_PLURALS[kind]}/{part_id}"

    def _list(self, kind: PartKind) -> Iterator[JsonObject]:
        noun = _PLURALS[kind]
        path = f"{_API}/{noun}"
        for page in walk_pages(lambda params: self._get(path, params), {}, operation=f"GET {path}", most=_MOST_PAGES):
            yield from read_objects(page.get(noun))

    def _get(self, path: str, params: Params) -> JsonObject:
        answer = read_with_retries(lambda: self._session.call("GET", path, params=params), sleep=self._sleep)
        return expect_object(answer, vendor=VENDOR, operation=f"GET {path}")


def _find_ours(kind: PartKind, rows: Any) -> Iterator[FoundPart]:
    for row in rows:
        name = find_mark(VENDOR, read_text(row.get("description")))
        part_id = _read_part_id(row)
        if name is not None and part_id:
            yield FoundPart(name=name, kind=kind, id=part_id, content=_READERS[kind](row))


def _list_strangers(rows: Sequence[JsonObject]) -> Iterator[Stranger]:
    for row in rows:
        if find_mark(VENDOR, read_text(row.get("description"))) is None:
            yield Stranger(
                id=_read_part_id(row), title=read_text(row.get("name")), endpoint=read_text(row.get("endpoint"))
            )


def _read_part_id(row: JsonObject) -> str:
    """The id: a number, or a word for webhooks."""
    number = read_id(row.get("id"))
    return str(number) if number is not None else read_word(row.get("id")) or ""


def _read_webhook(row: JsonObject) -> dict[str, Any]:
    kinds = row.get("subscriptions")
    subscriptions = [str(kind) for kind in kinds] if isinstance(kinds, list) else []
    return {**{key: read_text(row.get(key)) for key in _WEBHOOK_KEYS}, "subscriptions": subscriptions}


def _read_trigger(row: JsonObject) -> dict[str, Any]:
    return {
        **_read_head(row),
        **_read_conditions(row),
        "actions": [
            {"field": read_text(action.get("field")), "value": _read_value(action.get("value"))}
            for action in read_objects(row.get("actions"))
        ],
    }


def _read_field(row: JsonObject) -> dict[str, Any]:
    return {**_read_head(row), "type": read_text(row.get("type"))}


def _read_view(row: JsonObject) -> dict[str, Any]:
    columns = read_objects(read_object(row.get("execution")).get("columns"))
    return {**_read_head(row), **_read_conditions(row), "columns": [str(column.get("id")) for column in columns]}


def _read_head(row: JsonObject) -> dict[str, Any]:
    return {
        "title": read_text(row.get("title")),
        "description": read_text(row.get("description")),
        "active": row.get("active") is not False,
    }


def _read_conditions(row: JsonObject) -> dict[str, Any]:
    held = read_object(row.get("conditions"))
    return {
        name: [_read_condition(condition) for condition in read_objects(held.get(name))] for name in ("all", "any")
    }


def _read_condition(condition: JsonObject) -> dict[str, Any]:
    return {
        "field": read_text(condition.get("field")),
        "operator": read_text(condition.get("operator")),
        "value": _read_value(condition.get("value")),
    }


def _read_value(value: object) -> Any:
    """Ids come as numbers or as text; both mean the same."""
    return [str(part) for part in value] if isinstance(value, list) else str(value)


_READERS: Mapping[PartKind, Read] = {
    PartKind.WEBHOOK: _read_webhook,
    PartKind.TRIGGER: _read_trigger,
    PartKind.FIELD: _read_field,
    PartKind.VIEW: _read_view,
}


def _spell_body(part: Part) -> dict[str, Any]:
    """The body of a create or an update (Zendesk API reference: triggers, views, ticket fields, webhooks)."""
    content = dict(part.content)
    if part.kind is PartKind.TRIGGER:
        conditions = {"all": content.pop("all"), "any": content.pop("any")}
        return {**content, "conditions": conditions}
    if part.kind is PartKind.VIEW:
        columns = [int(column) if column.isdigit() else column for column in content.pop("columns")]
        return {**content, "output": {"columns": columns, "sort_by": "updated", "sort_order": "desc"}}
    return content
