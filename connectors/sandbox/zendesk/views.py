"""Rows as the Zendesk API shows them: addresses, always-present keys, sideloads, remaining SLA time."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from connectors.sandbox.exchange import Json
from connectors.sandbox.instants import parse_instant
from connectors.sandbox.zendesk.tables import BRAND_ID, Tables

_TICKET_DEFAULTS: Json = {
    "external_id": None,
    "via": {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}},
    "type": None,
    "subject": None,
    "raw_subject": None,
    "description": None,
    "priority": None,
    "status": "new",
    "recipient": None,
    "requester_id": None,
    "submitter_id": None,
    "assignee_id": None,
    "organization_id": None,
    "group_id": None,
    "collaborator_ids": [],
    "follower_ids": [],
    "email_cc_ids": [],
    "forum_topic_id": None,
    "problem_id": None,
    "has_incidents": False,
    "is_public": True,
    "due_at": None,
    "tags": [],
    "custom_fields": [],
    "satisfaction_rating": {"score": "unoffered"},
    "sharing_agreement_ids": [],
    "custom_status_id": None,
    "encoded_id": "",
    "followup_ids": [],
    "brand_id": BRAND_ID,
    "allow_channelback": False,
    "allow_attachments": True,
    "from_messaging_channel": False,
    "support_type": "agent",
}
_HOUR = 60


class Views:
    """Renders rows of `tables` with addresses below `url`."""

    def __init__(self, tables: Tables, url: str) -> None:
        self._tables = tables
        self._url = url

    def ticket(self, ticket_id: int, include: Iterable[str], at: datetime) -> Json:
        """One ticket, with the sideloads that live on the ticket itself."""
        row = self._tables.tickets[ticket_id]
        fields = self._fields(row)
        shown: Json = {
            "url": f"{self._url}/api/v2/tickets/{ticket_id}.json",
            **_TICKET_DEFAULTS,
            **row,
            "custom_fields": fields,
            "fields": fields,
            "generated_timestamp": int(self._tables.marks.get(ticket_id, 0)),
        }
        wanted = set(include)
        if "slas" in wanted:
            shown["slas"] = {"policy_metrics": self.policy_metrics(ticket_id, at)}
        if "metric_sets" in wanted:
            shown["metric_set"] = self.metric_set(ticket_id)
        return shown

    def sideloads(self, ticket_ids: Sequence[int], include: Iterable[str]) -> Json:
        """The sideload arrays of a ticket answer, one per name asked for."""
        wanted = set(include)
        rows = [self._tables.tickets[ticket_id] for ticket_id in ticket_ids]
        arrays: Json = {}
        if "users" in wanted:
            names = ("requester_id", "submitter_id", "assignee_id")
            people = [row.get(name) for row in rows for name in names]
            people += [
                person
                for row in rows
                for name in ("collaborator_ids", "follower_ids", "email_cc_ids")
                for person in row.get(name) or []
            ]
            arrays["users"] = self.users(people)
        if "organizations" in wanted:
            arrays["organizations"] = self.organizations(row.get("organization_id") for row in rows)
        if "groups" in wanted:
            arrays["groups"] = self.groups(row.get("group_id") for row in rows)
        if "metric_sets" in wanted:
            arrays["metric_sets"] = [self.metric_set(ticket_id) for ticket_id in ticket_ids]
        if "brands" in wanted:
            arrays["brands"] = [{"id": BRAND_ID, "name": "Sandbox", "active": True}] if rows else []
        return arrays

    def policy_metrics(self, ticket_id: int, at: datetime) -> list[Json]:
        """The SLA clocks with the distance to their breach in one of days, hours or minutes."""
        return [_clock(metric, at) for metric in self._tables.slas.get(ticket_id, [])]

    def metric_set(self, ticket_id: int) -> Json:
        """The metric set of a ticket."""
        row = self._tables.metric_sets.get(ticket_id, {})
        return {"url": f"{self._url}/api/v2/ticket_metrics/{row.get('id', ticket_id)}.json", **row}

    def users(self, ids: Iterable[int | None]) -> list[Json]:
        """The users of these ids that exist, each once."""
        return self._found(self._tables.users, ids, "users")

    def organizations(self, ids: Iterable[int | None]) -> list[Json]:
        """The organizations of these ids that exist, each once."""
        return self._found(self._tables.organizations, ids, "organizations")

    def groups(self, ids: Iterable[int | None]) -> list[Json]:
        """The groups of these ids that exist, each once."""
        return self._found(self._tables.groups, ids, "groups")

    def ticket_fields(self) -> list[Json]:
        """Every custom ticket field."""
        return self._found(self._tables.ticket_fields, self._tables.ticket_fields, "ticket_fields")

    def _found(self, rows: dict[int, Json], ids: Iterable[int | None], noun: str) -> list[Json]:
        known = dict.fromkeys(row_id for row_id in ids if row_id in rows)
        return [
            {"url": f"{self._url}/api/v2/{noun}/{row_id}.json", **rows[row_id]}
            for row_id in known
            if row_id is not None
        ]

    def _fields(self, row: Json) -> list[Json]:
        values = {pair["id"]: pair["value"] for pair in row.get("custom_fields", [])}
        return [{"id": field_id, "value": values.get(field_id)} for field_id in self._tables.ticket_fields]


def _clock(metric: Json, at: datetime) -> Json:
    shown: dict[str, Any] = {
        "breach_at": metric.get("breach_at"),
        "stage": metric["stage"],
        "metric": metric["metric"],
    }
    if metric.get("breach_at") is None:
        return shown
    minutes = int((parse_instant(metric["breach_at"]) - at).total_seconds() // 60)
    if abs(minutes) < _HOUR:
        return {**shown, "minutes": minutes}
    if abs(minutes) < 48 * _HOUR:
        return {**shown, "hours": int(minutes / _HOUR)}
    return {**shown, "days": int(minutes / (24 * _HOUR))}
