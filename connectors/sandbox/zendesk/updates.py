"""What one update does to a ticket: the comment, the changed fields, the audit and everything that follows."""

from datetime import datetime
from typing import Any

from connectors.sandbox.exchange import Json
from connectors.sandbox.instants import parse_instant, spell_zendesk
from connectors.sandbox.zendesk import metrics
from connectors.sandbox.zendesk.markup import Lookup, clean_html, html_of_text, tidy_text
from connectors.sandbox.zendesk.refusals import conflict, invalid, not_found
from connectors.sandbox.zendesk.tables import API_USER_ID, Tables

PLAIN_FIELDS = (
    "subject", "type", "priority", "status", "group_id", "assignee_id", "organization_id", "problem_id",
    "external_id", "due_at", "requester_id", "recipient", "custom_status_id", "is_public", "support_type",
)  # fmt: skip
_PRIORITIES = ("urgent", "high", "normal", "low", None)
_TYPES = ("problem", "incident", "question", "task", None)
_STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
_MOST_COMMENTS = 5000
_API_VIA: Json = {"channel": "api", "source": {"from": {}, "to": {}, "rel": None}}


def update_ticket(
    tables: Tables,
    ticket_id: int,
    change: Json,
    *,
    author_id: int,
    at: datetime,
    via: Json | None = None,
    trusted: bool = False,
) -> Json:
    """Apply one update as Zendesk would and return its audit; raises Refusal and then changes nothing.

    `trusted` skips what only the API refuses (a closed ticket), for the tests' own hand.
    """
    ticket = live_ticket(tables, ticket_id)
    _check(tables, ticket, change, trusted=trusted)
    update = _Update(tables, ticket, author_id, at, via or _API_VIA)
    update.add_comment(change.get("comment"))
    update.set_plain({name: change[name] for name in PLAIN_FIELDS if name in change})
    update.merge_fields(change.get("custom_fields") or change.get("fields") or [])
    if "tags" in change:
        update.set_tags(change["tags"])
    return update.finish(change.get("metadata") or {})


def add_tags(tables: Tables, ticket_id: int, tags: list[str], *, author_id: int, at: datetime) -> Json:
    """Add tags and leave the others alone; the audit that says so."""
    present = live_ticket(tables, ticket_id)["tags"]
    change = {"tags": [*present, *clean_tags(tags)]}
    return update_ticket(tables, ticket_id, change, author_id=author_id, at=at, trusted=True)


def remove_tags(tables: Tables, ticket_id: int, tags: list[str], *, author_id: int, at: datetime) -> Json:
    """Remove tags and leave the others alone; the audit that says so."""
    gone = set(clean_tags(tags))
    kept = [tag for tag in live_ticket(tables, ticket_id)["tags"] if tag not in gone]
    return update_ticket(tables, ticket_id, {"tags": kept}, author_id=author_id, at=at, trusted=True)


def live_ticket(tables: Tables, ticket_id: int) -> Json:
    """The raw row of a ticket that exists and is not deleted; raises Refusal 404."""
    ticket = tables.tickets.get(ticket_id)
    if ticket is None or ticket["status"] == "deleted":
        raise not_found()
    return ticket


def check_stamp(ticket: Json, holder: Json) -> None:
    """Refuse a safe update whose stamp is not the ticket's `updated_at`; any value of the key counts."""
    if "safe_update" not in holder:
        return
    try:
        stamp = parse_instant(str(holder.get("updated_stamp")))
    except ValueError:
        raise conflict() from None
    if stamp.replace(microsecond=0) != parse_instant(ticket["updated_at"]):
        raise conflict()


def clean_tags(tags: Any) -> list[str]:
    """Tags as Zendesk keeps them: lower case, split at blanks, each once."""
    words = tags.split() if isinstance(tags, str) else [str(tag) for tag in tags or []]
    return list(dict.fromkeys(part.lower() for word in words for part in word.split()))


def placeholder_lookup(tables: Tables, ticket: Json) -> Lookup:
    """The values of the placeholders that the sandbox knows; everything else is empty, as in Zendesk."""
    requester = tables.users.get(ticket.get("requester_id") or 0, {})
    assignee = tables.users.get(ticket.get("assignee_id") or 0, {})
    organization = tables.organizations.get(ticket.get("organization_id") or 0, {})
    comments = tables.comments.get(ticket["id"], [])
    values = {
        "ticket.id": ticket["id"],
        "ticket.title": ticket.get("subject"),
        "ticket.description": ticket.get("description"),
        "ticket.status": ticket.get("status"),
        "ticket.priority": ticket.get("priority"),
        "ticket.tags": " ".join(ticket.get("tags") or []),
        "ticket.requester.name": requester.get("name"),
        "ticket.requester.email": requester.get("email"),
        "ticket.assignee.name": assignee.get("name"),
        "ticket.organization.name": organization.get("name"),
        "ticket.latest_comment": comments[-1]["body"] if comments else "",
        "ticket.comments_formatted": "\n\n".join(comment["body"] for comment in comments),
        "current_user.name": tables.users[API_USER_ID]["name"],
        "current_user.email": tables.users[API_USER_ID]["email"],
    }
    return lambda name: str(values.get(name) or "")


def _check(tables: Tables, ticket: Json, change: Json, *, trusted: bool) -> None:
    check_stamp(ticket, change)
    if ticket["status"] == "closed" and not trusted:
        raise invalid("status", "Status: closed prevents ticket update")
    for name, allowed in (("priority", _PRIORITIES), ("type", _TYPES), ("status", _STATUSES)):
        if name in change and change[name] not in allowed:
            raise invalid(name, f"{name.capitalize()}: {change[name]} is not a valid {name}")
    if change.get("status") == "solved" and not (change.get("assignee_id") or ticket.get("assignee_id")):
        raise invalid("base", "Assignee: is required when solving a ticket")
    for name, rows in (("group_id", tables.groups), ("assignee_id", tables.users)):
        if change.get(name) is not None and change[name] not in rows:
            raise invalid(name.removesuffix("_id"), f"{name}: {change[name]} does not exist")
    if change.get("comment") and len(tables.comments.get(ticket["id"], [])) >= _MOST_COMMENTS:
        raise invalid("comment", "Comment: the maximum number of comments has been reached")


class _Update:
    """One update in the making: collects the audit's events while it changes the row."""

    def __init__(self, tables: Tables, ticket: Json, author_id: int, at: datetime, via: Json) -> None:
        self._tables = tables
        self._ticket = ticket
        self._author_id = author_id
        self._at = at
        self._via = via
        self._audit_id = tables.mint_id()
        self._events: list[Json] = []

    def add_comment(self, comment: Json | None) -> None:
        if not comment or not (comment.get("body") or comment.get("html_body")):
            return
        author_id = int(comment.get("author_id") or self._author_id)
        public = bool(comment.get("public", self._ticket.get("is_public", True)))
        row = self._comment_row(comment, author_id, public=public)
        self._tables.comments.setdefault(self._ticket["id"], []).append(row)
        self._events.append({**row, "audit_id": self._audit_id})
        metrics.count_comment(self._tables, self._ticket["id"], row)
        metrics.count_update(self._tables, self._ticket["id"], author_id, self._at)
        if public and author_id == self._ticket.get("requester_id"):
            self._reopen()

    def set_plain(self, values: Json) -> None:
        if "group_id" in values and "assignee_id" not in values and values["group_id"]:
            values = {**values, "assignee_id": None} if self._leaves_group(values["group_id"]) else values
        if values.get("assignee_id") and self._ticket["status"] == "new" and "status" not in values:
            values = {**values, "status": "open"}
        for name, value in values.items():
            before = self._ticket.get(name)
            if before == value or (name == "status" and value == "new"):
                continue
            self._ticket[name] = value
            if name == "subject":
                self._ticket["raw_subject"] = value
            if name == "problem_id" and value in self._tables.tickets:
                self._tables.tickets[value]["has_incidents"] = True
            self._note_change(name, before, value)
            if name == "status":
                metrics.count_status(self._tables, self._ticket["id"], str(before), str(value), self._at)
            elif name in ("group_id", "assignee_id") and value:
                metrics.count_assignment(self._tables, self._ticket["id"], name, self._at)

    def merge_fields(self, pairs: list[Json] | dict[str, Any]) -> None:
        if isinstance(pairs, dict):
            pairs = [{"id": key, "value": value} for key, value in pairs.items()]
        values = {pair["id"]: pair["value"] for pair in self._ticket.get("custom_fields", [])}
        for pair in pairs:
            field = self._tables.ticket_fields.get(int(pair["id"]))
            if field is None or not _accepts(field, pair.get("value")):
                continue
            before, after = values.get(field["id"]), pair.get("value")
            if before != after:
                values[field["id"]] = after
                self._note_change(str(field["id"]), before, after)
                self._mirror_as_tag(field, before, after)
        self._ticket["custom_fields"] = [{"id": key, "value": value} for key, value in values.items()]

    def set_tags(self, tags: Any) -> None:
        before, after = self._ticket.get("tags") or [], sorted(clean_tags(tags))
        if sorted(before) != after:
            self._ticket["tags"] = after
            self._note_change("tags", before, after)

    def finish(self, metadata: Json) -> Json:
        ticket_id = self._ticket["id"]
        audit: Json = {
            "id": self._audit_id,
            "ticket_id": ticket_id,
            "created_at": spell_zendesk(self._at),
            "author_id": self._author_id,
            "metadata": {"system": {"client": "sandbox", "ip_address": "127.0.0.1"}, "custom": metadata},
            "events": self._events,
            "via": self._via,
        }
        if self._events:
            self._ticket["updated_at"] = spell_zendesk(self._at)
            metrics.count_update(self._tables, ticket_id, self._author_id, self._at)
            self._tables.audits.setdefault(ticket_id, []).append(audit)
            self._tables.touch(ticket_id, self._at)
            for event in self._events:
                if event["type"] == "Comment":
                    self._tables.comments[ticket_id][-1]["metadata"] = audit["metadata"]
        return audit

    def _comment_row(self, comment: Json, author_id: int, *, public: bool) -> Json:
        staff = self._tables.is_staff(author_id)
        lookup = placeholder_lookup(self._tables, self._ticket) if staff else None
        if comment.get("html_body"):
            html_body, plain = clean_html(str(comment["html_body"]), lookup)
            body = plain
        else:
            body = plain = tidy_text(str(comment["body"]), lookup)
            html_body = html_of_text(body)
        return {
            "id": self._tables.mint_id(),
            "type": "Comment",
            "author_id": author_id,
            "body": body,
            "html_body": html_body,
            "plain_body": plain,
            "public": public,
            "attachments": [],
            "audit_id": self._audit_id,
            "via": self._via,
            "created_at": spell_zendesk(self._at),
            "metadata": {"system": {}, "custom": {}},
        }

    def _reopen(self) -> None:
        if self._ticket["status"] in ("pending", "hold", "solved"):
            self.set_plain({"status": "open"})

    def _leaves_group(self, group_id: Any) -> bool:
        return bool(self._ticket.get("assignee_id")) and self._ticket.get("group_id") != group_id

    def _mirror_as_tag(self, field: Json, before: Any, after: Any) -> None:
        if field["type"] == "tagger":
            kept = [tag for tag in self._ticket.get("tags") or [] if tag != before]
            self.set_tags([*kept, after] if after else kept)

    def _note_change(self, name: str, before: Any, after: Any) -> None:
        self._events.append(
            {
                "id": self._tables.mint_id(),
                "type": "Change",
                "field_name": name,
                "value": after,
                "previous_value": before,
            }
        )


def _accepts(field: Json, value: Any) -> bool:
    if field["type"] == "tagger" and value is not None:
        return value in [option["value"] for option in field.get("custom_field_options", [])]
    return True
