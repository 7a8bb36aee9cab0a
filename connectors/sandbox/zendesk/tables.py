"""What the sandbox's Zendesk account holds, as raw JSON rows, with the marks that order its export."""

import itertools
import zlib
from datetime import UTC, datetime
from typing import Any

from connectors.sandbox.exchange import Json
from connectors.sandbox.instants import spell_zendesk

API_USER_ID = 990000000001
ACCOUNT_ID = 21870400
BRAND_ID = 357330870180

_GROUPS: tuple[tuple[int, str], ...] = ((360000000771, "Support"), (360000000772, "Support L2"))
_TICKET_FIELDS: tuple[tuple[int, str, str], ...] = (
    (900101, "Product", "text"),
    (900102, "Version", "text"),
    (900103, "Plan", "text"),
    (900104, "Environment", "text"),
    (900105, "Jira issue", "text"),
    (900106, "Affected users", "integer"),
    (900107, "Product area", "text"),
    (900108, "Region", "text"),
    (900109, "Device", "text"),
    (900110, "Escalated to", "text"),
    (900111, "Escalation state", "text"),
    (900112, "Escalation severity", "text"),
)
_ORGANIZATION_FIELDS: tuple[tuple[str, str, str], ...] = (
    ("arr", "ARR", "decimal"),
    ("tier", "Tier", "dropdown"),
    ("renewal_date", "Renewal date", "date"),
    ("reference_customer", "Reference customer", "checkbox"),
)


class Tables:
    """Every row of one Zendesk account. Not thread-safe: the owner holds the lock."""

    def __init__(self, now: datetime) -> None:
        self.users: dict[int, Json] = {}
        self.organizations: dict[int, Json] = {}
        self.groups: dict[int, Json] = {}
        self.tickets: dict[int, Json] = {}
        self.comments: dict[int, list[Json]] = {}
        self.audits: dict[int, list[Json]] = {}
        self.slas: dict[int, list[Json]] = {}
        self.metric_sets: dict[int, Json] = {}
        self.ticket_fields: dict[int, Json] = {}
        self.organization_fields: dict[str, Json] = {}
        self.sla_policies: dict[int, Json] = {}
        self.takes_tags = True
        self.jira_links: dict[int, Json] = {}
        self.webhooks: dict[str, Json] = {}
        self.triggers: dict[int, Json] = {}
        self.views: dict[int, Json] = {}
        self.jobs: dict[str, Json] = {}
        self.schedules: list[Json] = []
        self.holidays: dict[int, list[Json]] = {}
        self.files: dict[str, tuple[str, bytes]] = {}
        self.created_by_key: dict[str, tuple[bytes, int]] = {}
        self.marks: dict[int, float] = {}
        self.deleted: dict[int, tuple[Json, list[Json]]] = {}
        self._last_mark = 0.0
        self._ids = itertools.count(700000000001)
        self._seed(now)

    def mint_id(self) -> int:
        """A new id, unique over comments, audits, events, links and people."""
        return next(self._ids)

    def next_ticket_id(self) -> int:
        """The number that the next ticket gets."""
        return max(self.tickets, default=1000) + 1

    def touch(self, ticket_id: int, at: datetime) -> None:
        """Move a ticket's generated timestamp, strictly forward over the whole account."""
        self._last_mark = max(self._last_mark + 1e-6, at.timestamp())
        self.marks[ticket_id] = self._last_mark

    def put_person(self, user: Json, at: datetime) -> None:
        """Store a user with the keys that the API always shows; known keys of an earlier row survive."""
        row = {**_blank_user(spell_zendesk(at)), **self.users.get(user["id"], {}), **user}
        self.users[user["id"]] = row

    def put_organization(self, organization: Json, at: datetime) -> None:
        """Store an organization with the keys that the API always shows."""
        row = {
            **_blank_organization(spell_zendesk(at)),
            **self.organizations.get(organization["id"], {}),
            **organization,
        }
        self.organizations[organization["id"]] = row

    def put_group(self, group: Json, at: datetime) -> None:
        """Store a group with the keys that the API always shows."""
        self.groups[group["id"]] = {**_blank_group(spell_zendesk(at)), **group}

    def put_ticket_field(self, field: Json, at: datetime) -> None:
        """Define a custom ticket field; without a title it is named after its id."""
        self.ticket_fields[field["id"]] = {
            **_blank_field(field["id"], spell_zendesk(at)),
            **self.ticket_fields.get(field["id"], {}),
            **field,
        }

    def drop_ticket_field(self, field_id: int) -> None:
        """Remove a custom ticket field, and its values from all tickets."""
        del self.ticket_fields[field_id]
        for ticket in self.tickets.values():
            if "custom_fields" in ticket:
                ticket["custom_fields"] = [pair for pair in ticket["custom_fields"] if pair["id"] != field_id]

    def put_trigger(self, trigger: Json, at: datetime) -> Json:
        """Store a trigger with the keys that the API always shows, and return its row."""
        moment = spell_zendesk(at)
        blank: Json = {
            "active": True,
            "category_id": None,
            "conditions": {"all": [], "any": []},
            "created_at": moment,
            "updated_at": moment,
            "default": False,
            "description": None,
            "position": len(self.triggers) + 1,
            "raw_title": trigger["title"],
        }
        self.triggers[trigger["id"]] = {**blank, **trigger}
        return self.triggers[trigger["id"]]

    def put_view(self, view: Json, at: datetime) -> Json:
        """Store a view with the keys that the API always shows, and return its row."""
        moment = spell_zendesk(at)
        blank: Json = {
            "active": True,
            "created_at": moment,
            "updated_at": moment,
            "default": False,
            "description": None,
            "position": len(self.views) + 1,
            "raw_title": view["title"],
            "restriction": None,
        }
        self.views[view["id"]] = {**blank, **view}
        return self.views[view["id"]]

    def put_organization_field(self, field: Json, at: datetime) -> None:
        """Define a custom field of organizations."""
        blank = _blank_field(field["id"], spell_zendesk(at))
        kept = ("active", "created_at", "updated_at", "description", "raw_description", "position")
        shown = {name: blank[name] for name in (*kept, "regexp_for_validation")}
        self.organization_fields[field["key"]] = {**shown, "system": False, "raw_title": field["title"], **field}

    def organization_named(self, name: str, at: datetime) -> Json:
        """The organization of this name, made up with a stable id when it is unknown."""
        for organization in self.organizations.values():
            if organization["name"] == name:
                return organization
        made_up = 360000000000 + zlib.crc32(name.encode())
        self.put_organization({"id": made_up, "name": name}, at)
        return self.organizations[made_up]

    def is_staff(self, user_id: int | None) -> bool:
        """Whether a user is an agent or an admin."""
        return self.users.get(user_id or 0, {}).get("role") in ("agent", "admin")

    def _seed(self, now: datetime) -> None:
        self.put_person(
            {
                "id": API_USER_ID,
                "name": "Escalator",
                "email": "escalator@sandbox.example",
                "role": "admin",
                "organization_id": None,
            },
            now,
        )
        for group_id, name in _GROUPS:
            self.put_group({"id": group_id, "name": name, "default": name == "Support"}, now)
        for position, (field_id, title, kind) in enumerate(_TICKET_FIELDS):
            self.put_ticket_field({"id": field_id, "title": title, "type": kind, "position": position}, now)
        for key, title, kind in _ORGANIZATION_FIELDS:
            self.put_organization_field({"id": self.mint_id(), "key": key, "title": title, "type": kind}, now)
        self._seed_rules(now)
        sla_id = self.mint_id()
        sla: Json = {"id": sla_id, "title": "Every ticket", "description": "", "position": 1}
        self.sla_policies[sla_id] = {**sla, "filter": {"all": [], "any": []}, "policy_metrics": []}

    def _seed_rules(self, now: datetime) -> None:
        """What every account has from its first day on: a trigger and a view of somebody else's."""
        unsolved = {"field": "status", "operator": "less_than", "value": "solved"}
        thanks = {"field": "notification_user", "value": ["requester_id", "Received", "{{ticket.id}} is received."]}
        created = {"field": "update_type", "operator": "is", "value": "Create"}
        trigger = {"title": "Notify requester of received request", "actions": [thanks]}
        self.put_trigger(
            {"id": self.mint_id(), **trigger, "conditions": {"all": [created, unsolved], "any": []}}, now
        )
        view = {"title": "All unsolved tickets", "conditions": {"all": [unsolved], "any": []}}
        self.put_view({"id": self.mint_id(), **view, "execution": {"columns": []}}, now)


def _blank_user(at: str) -> Json:
    return {
        "active": True,
        "alias": None,
        "created_at": at,
        "updated_at": at,
        "default_group_id": None,
        "details": None,
        "external_id": None,
        "locale": "en-US",
        "notes": None,
        "phone": None,
        "role": "end-user",
        "suspended": False,
        "tags": [],
        "time_zone": "UTC",
        "user_fields": {},
        "verified": True,
    }


def _blank_organization(at: str) -> Json:
    return {
        "created_at": at,
        "updated_at": at,
        "details": None,
        "domain_names": [],
        "external_id": None,
        "group_id": None,
        "notes": None,
        "organization_fields": {},
        "shared_comments": False,
        "shared_tickets": False,
        "tags": [],
    }


def _blank_group(at: str) -> Json:
    return {
        "created_at": at,
        "updated_at": at,
        "default": False,
        "deleted": False,
        "description": "",
        "is_public": True,
    }


def _blank_field(field_id: int, at: str) -> Json:
    row: dict[str, Any] = {
        "active": True,
        "agent_description": None,
        "collapsed_for_agents": False,
        "created_at": at,
        "updated_at": at,
        "description": "",
        "editable_in_portal": False,
        "position": 9999,
        "raw_description": "",
        "regexp_for_validation": None,
        "removable": True,
        "required": False,
        "required_in_portal": False,
        "tag": None,
        "title": f"Field {field_id}",
        "type": "text",
        "visible_in_portal": False,
    }
    return row


def epoch(mark: float) -> datetime:
    """The instant of an export mark."""
    return datetime.fromtimestamp(mark, UTC)
