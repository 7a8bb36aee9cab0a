"""What administrators set up in an account: webhooks, triggers, ticket fields and views."""

import re
import secrets
import uuid
from collections.abc import Iterable
from typing import Any

from connectors.sandbox.exchange import Answer, Call, Json
from connectors.sandbox.instants import spell_zendesk
from connectors.sandbox.zendesk.paging import page_rows
from connectors.sandbox.zendesk.refusals import invalid, malformed, not_found, refuse
from connectors.sandbox.zendesk.state import ZendeskState
from connectors.sandbox.zendesk.tables import API_USER_ID
from connectors.sandbox.zendesk.triggers import CONDITIONAL, NOTIFY, find_condition_fault, name_webhooks
from connectors.sandbox.zendesk.views import Views

_FIELD_TYPES = (
    "text", "textarea", "checkbox", "date", "integer", "decimal", "regexp", "multiselect", "tagger",
)  # fmt: skip
_VIEW_BASES = frozenset({"status", "type", "group_id", "assignee_id", "requester_id"})
_MOST_COLUMNS = 10
_EVENT = re.compile(r"zen:event-type:[\w.]+")
_READ_ONLY_FIELD = ("id", "url", "created_at", "updated_at", "removable", "raw_title", "raw_description")


class SetupApi:
    """Endpoint functions over what an account is set up with; writing is for administrators."""

    def __init__(self, state: ZendeskState, url: str) -> None:
        self._tables = state.tables
        self._url = url
        self._views = Views(state.tables, url)

    def webhooks(self, call: Call) -> Answer:
        """GET webhooks: without their secrets."""
        self._require_admin()
        rows = [_hide_secret(row) for row in self._tables.webhooks.values()]
        return Answer(payload=page_rows(call, self._url, "webhooks", rows))

    def webhook(self, call: Call) -> Answer:
        """GET webhooks/{id}."""
        self._require_admin()
        return Answer(payload={"webhook": _hide_secret(self._find(self._tables.webhooks, call.parts["row_id"]))})

    def create_webhook(self, call: Call) -> Answer:
        """POST webhooks: 201 with an id; its signing secret is minted here and read on its own."""
        self._require_admin()
        given = _read_part(call, "webhook")
        _check_webhook(given)
        webhook_id = uuid.uuid4().hex.upper()[:26]
        at = spell_zendesk(call.at)
        self._tables.webhooks[webhook_id] = {
            **given,
            "id": webhook_id,
            "created_at": at,
            "updated_at": at,
            "secret": secrets.token_urlsafe(32),
        }
        return Answer(status=201, payload={"webhook": _hide_secret(self._tables.webhooks[webhook_id])})

    def update_webhook(self, call: Call) -> Answer:
        """PUT webhooks/{id}: replaces it, but for its secret; 204."""
        self._require_admin()
        row = self._find(self._tables.webhooks, call.parts["row_id"])
        given = _read_part(call, "webhook")
        _check_webhook(given)
        if given["subscriptions"] != row["subscriptions"]:
            raise refuse(400, "BadRequest", "subscriptions cannot be changed after creation")
        row.update(given, updated_at=spell_zendesk(call.at))
        return Answer(status=204)

    def delete_webhook(self, call: Call) -> Answer:
        """DELETE webhooks/{id}: 204; refused while an active trigger notifies it."""
        self._require_admin()
        row = self._find(self._tables.webhooks, call.parts["row_id"])
        if any(
            row["id"] in name_webhooks(trigger) for trigger in self._tables.triggers.values() if trigger["active"]
        ):
            raise refuse(400, "BadRequest", "The webhook is in use by an active trigger.")
        del self._tables.webhooks[row["id"]]
        return Answer(status=204)

    def signing_secret(self, call: Call) -> Answer:
        """GET shows, POST resets the signing secret of a webhook."""
        self._require_admin()
        webhook = self._find(self._tables.webhooks, call.parts["row_id"])
        if call.method == "POST":
            webhook["secret"] = secrets.token_urlsafe(32)
        return Answer(
            status=201 if call.method == "POST" else 200,
            payload={"signing_secret": {"algorithm": "SHA256", "secret": webhook["secret"]}},
        )

    def triggers(self, call: Call) -> Answer:
        """GET triggers."""
        rows = [self._show(row, "triggers") for row in self._tables.triggers.values()]
        return Answer(payload=page_rows(call, self._url, "triggers", rows))

    def trigger(self, call: Call) -> Answer:
        """GET triggers/{id}."""
        row = self._find(self._tables.triggers, int(call.parts["row_id"]))
        return Answer(payload={"trigger": self._show(row, "triggers")})

    def create_trigger(self, call: Call) -> Answer:
        """POST triggers: 201; its webhooks must exist."""
        self._require_admin()
        given = self._read_trigger(call)
        row = self._tables.put_trigger({"id": self._tables.mint_id(), **given}, call.at)
        return Answer(status=201, payload={"trigger": self._show(row, "triggers")})

    def update_trigger(self, call: Call) -> Answer:
        """PUT triggers/{id}: conditions and actions are replaced as a whole."""
        self._require_admin()
        row = self._find(self._tables.triggers, int(call.parts["row_id"]))
        row.update(self._read_trigger(call), updated_at=spell_zendesk(call.at))
        return Answer(payload={"trigger": self._show(row, "triggers")})

    def delete_trigger(self, call: Call) -> Answer:
        """DELETE triggers/{id}."""
        self._require_admin()
        del self._tables.triggers[self._find(self._tables.triggers, int(call.parts["row_id"]))["id"]]
        return Answer(status=204)

    def ticket_field(self, call: Call) -> Answer:
        """GET ticket_fields/{id}."""
        row = self._find(self._tables.ticket_fields, int(call.parts["row_id"]))
        return Answer(payload={"ticket_field": self._show(row, "ticket_fields")})

    def create_ticket_field(self, call: Call) -> Answer:
        """POST ticket_fields: 201."""
        self._require_admin()
        given = _read_part(call, "ticket_field")
        if not given.get("title"):
            raise invalid("title", "Title: cannot be blank")
        if given.get("type", "text") not in _FIELD_TYPES:
            raise invalid("type", f"Type: {given.get('type')} is not valid")
        if given.get("type") in ("tagger", "multiselect") and not given.get("custom_field_options"):
            raise invalid("custom_field_options", "Custom field options: at least one is needed")
        field_id = self._tables.mint_id()
        writable = {name: value for name, value in given.items() if name not in _READ_ONLY_FIELD}
        self._tables.put_ticket_field({"id": field_id, **writable}, call.at)
        return Answer(
            status=201, payload={"ticket_field": self._show(self._tables.ticket_fields[field_id], "ticket_fields")}
        )

    def update_ticket_field(self, call: Call) -> Answer:
        """PUT ticket_fields/{id}; the type stays."""
        self._require_admin()
        row = self._find(self._tables.ticket_fields, int(call.parts["row_id"]))
        given = _read_part(call, "ticket_field")
        row.update({name: value for name, value in given.items() if name not in (*_READ_ONLY_FIELD, "type")})
        row["updated_at"] = spell_zendesk(call.at)
        return Answer(payload={"ticket_field": self._show(row, "ticket_fields")})

    def delete_ticket_field(self, call: Call) -> Answer:
        """DELETE ticket_fields/{id}: 204; its values on tickets go with it."""
        self._require_admin()
        row = self._find(self._tables.ticket_fields, int(call.parts["row_id"]))
        self._tables.drop_ticket_field(row["id"])
        return Answer(status=204)

    def views(self, call: Call) -> Answer:
        """GET views."""
        rows = [self._show(row, "views") for row in self._tables.views.values()]
        return Answer(payload=page_rows(call, self._url, "views", rows))

    def view(self, call: Call) -> Answer:
        """GET views/{id}."""
        return Answer(
            payload={"view": self._show(self._find(self._tables.views, int(call.parts["row_id"])), "views")}
        )

    def create_view(self, call: Call) -> Answer:
        """POST views: answers 201 with the conditions and the execution that come of it."""
        self._require_admin()
        row = self._tables.put_view({"id": self._tables.mint_id(), **self._read_view(call)}, call.at)
        return Answer(status=201, payload={"view": self._show(row, "views")})

    def update_view(self, call: Call) -> Answer:
        """PUT views/{id}."""
        self._require_admin()
        row = self._find(self._tables.views, int(call.parts["row_id"]))
        row.update(self._read_view(call), updated_at=spell_zendesk(call.at))
        return Answer(payload={"view": self._show(row, "views")})

    def delete_view(self, call: Call) -> Answer:
        """DELETE views/{id}."""
        self._require_admin()
        del self._tables.views[self._find(self._tables.views, int(call.parts["row_id"]))["id"]]
        return Answer(status=204)

    def _read_trigger(self, call: Call) -> Json:
        given = _read_part(call, "trigger")
        conditions = given.get("conditions") or {}
        _check_conditions([*(conditions.get("all") or []), *(conditions.get("any") or [])])
        actions = given.get("actions")
        if not given.get("title") or not isinstance(actions, list) or not actions:
            raise invalid("base", "Trigger: needs a title and at least one action")
        for action in actions:
            value = action.get("value") if isinstance(action, dict) else None
            if not isinstance(action, dict) or not action.get("field"):
                raise invalid("actions", "Actions: each needs a field")
            if action["field"] == NOTIFY and not self._knows_webhook(value):
                raise invalid("actions", "Actions: the webhook does not exist")
        return {name: value for name, value in given.items() if name not in ("id", "url", "created_at", "default")}

    def _knows_webhook(self, value: Any) -> bool:
        return isinstance(value, list) and len(value) == 2 and value[0] in self._tables.webhooks  # noqa: PLR2004

    def _read_view(self, call: Call) -> Json:
        given = _read_part(call, "view")
        every, some = given.get("all") or [], given.get("any") or []
        _check_conditions([*every, *some])
        if not given.get("title") or not any(condition["field"] in _VIEW_BASES for condition in every):
            raise invalid("base", "View: needs a title and a condition on status, type, group, assignee or requester")
        output = given.get("output") or {}
        columns = output.get("columns") or ["subject", "requester", "created"]
        if len(columns) > _MOST_COLUMNS:
            raise invalid("output", "Output: at most 10 columns")
        shown = [self._spell_column(column) for column in columns]
        execution = {"columns": shown, "fields": shown, **{k: v for k, v in output.items() if k != "columns"}}
        kept: Json = {
            name: given[name] for name in ("title", "description", "active", "restriction") if name in given
        }
        return {**kept, "conditions": {"all": every, "any": some}, "execution": execution}

    def _spell_column(self, column: Any) -> Json:
        """A custom field is named by its id, as a number or as text."""
        if not str(column).isdigit():
            return {"id": str(column), "title": str(column).replace("_", " ").capitalize()}
        field = self._find(self._tables.ticket_fields, int(column))
        address = f"{self._url}/api/v2/ticket_fields/{field['id']}.json"
        return {"id": field["id"], "title": field["title"], "type": field["type"], "url": address}

    def _show(self, row: Json, noun: str) -> Json:
        return {"url": f"{self._url}/api/v2/{noun}/{row['id']}.json", **row}

    def _find(self, rows: dict[Any, Json], row_id: Any) -> Json:
        if row_id not in rows:
            raise not_found()
        return rows[row_id]

    def _require_admin(self) -> None:
        if self._tables.users[API_USER_ID]["role"] != "admin":
            raise refuse(403, "Forbidden", "You do not have access to this page.")


def _read_part(call: Call, noun: str) -> Json:
    body = call.json()
    part = body.get(noun) if isinstance(body, dict) else None
    if not isinstance(part, dict):
        raise malformed()
    return part


def _check_webhook(given: Json) -> None:
    """The parts that the webhooks API asks for (Zendesk API reference, webhooks)."""
    for name in ("name", "endpoint", "http_method", "request_format", "status", "subscriptions"):
        if not given.get(name):
            raise refuse(400, "BadRequest", f"webhook.{name} is required")
    kinds = given["subscriptions"]
    if kinds != [CONDITIONAL] and not all(_EVENT.fullmatch(str(kind)) for kind in kinds):
        raise refuse(400, "BadRequest", "webhook.subscriptions are not known")


def _check_conditions(conditions: Iterable[Any]) -> None:
    for condition in conditions:
        fault = find_condition_fault(condition)
        if fault is not None:
            raise invalid("conditions", f"Conditions: {fault}")


def _hide_secret(row: Json) -> Json:
    return {name: value for name, value in row.items() if name != "secret"}
