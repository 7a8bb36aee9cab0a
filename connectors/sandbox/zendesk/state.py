"""The sandbox's Zendesk account as tests and stories see it: load, read, change, and hear what changed."""

import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from connectors.sandbox.exchange import Json
from connectors.sandbox.instants import spell_zendesk, utc_now
from connectors.sandbox.zendesk import intake, updates
from connectors.sandbox.zendesk.exports import scrub
from connectors.sandbox.zendesk.tables import API_USER_ID, Tables

_WEB: Json = {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}}
_TO_NEXT_SECOND = timedelta(microseconds=999_999)
ChangeListener = Callable[[int, Json, bool], None]


class ZendeskState:
    """All of one account behind one lock; every change calls `on_change(ticket_id, audit, created)`."""

    def __init__(self, lock: threading.RLock, on_change: ChangeListener) -> None:
        self.lock = lock
        self.tables = Tables(utc_now())
        self.tokens: dict[str, float] = {}
        self.token_scope = "read write"  # noqa: S105 - what a token may do
        self._on_change = on_change

    @property
    def tickets(self) -> dict[int, Json]:
        """The raw ticket rows by id; read them, change them through the methods."""
        return self.tables.tickets

    def comments(self, ticket_id: int) -> list[Json]:
        """Copies of a ticket's comments, oldest first."""
        with self.lock:
            return [dict(comment) for comment in self.tables.comments.get(ticket_id, [])]

    def notes(self, ticket_id: int) -> list[Json]:
        """The internal comments of a ticket that the API's own user wrote."""
        return [
            comment
            for comment in self.comments(ticket_id)
            if not comment["public"] and comment["author_id"] == API_USER_ID
        ]

    def jira_links(self, ticket_id: int) -> list[Json]:
        """What Zendesk's Jira app shows beside a ticket."""
        with self.lock:
            rows = self.tables.jira_links.values()
            return [dict(row) for row in rows if row["ticket_id"] == str(ticket_id)]

    def audits(self, ticket_id: int) -> list[Json]:
        """Copies of a ticket's audits, oldest first."""
        with self.lock:
            return [dict(audit) for audit in self.tables.audits.get(ticket_id, [])]

    def field(self, ticket_id: int, field_id: int) -> Any:
        """The value of a custom field, None when it is not set."""
        with self.lock:
            pairs = self.tables.tickets[ticket_id].get("custom_fields", [])
            return next((pair["value"] for pair in pairs if pair["id"] == field_id), None)

    def load_records(
        self, records: Iterable[Json], *, shift: timedelta | None = None, announce: bool = True
    ) -> list[int]:
        """Store golden-format records; the tickets appear in the export now, and fire webhooks if announced.

        `shift` moves every timestamp; None maps each record's own `now` to the present.
        """
        with self.lock:
            at = utc_now()
            loaded = [intake.load_record(self.tables, record, shift=shift, at=at) for record in records]
            for ticket_id in loaded if announce else ():
                audits = self.tables.audits[ticket_id]
                if audits:
                    self._on_change(ticket_id, audits[0], True)
            return loaded

    def define_field(self, field_id: int, title: str, kind: str = "text", options: Sequence[str] = ()) -> None:
        """Define a custom ticket field; `kind` is a Zendesk field type, options make a drop-down list."""
        choices = [
            {"id": self.tables.mint_id(), "name": option, "raw_name": option, "value": option, "default": False}
            for option in options
        ]
        row: Json = {"id": field_id, "title": title, "type": kind}
        with self.lock:
            self.tables.put_ticket_field({**row, "custom_field_options": choices} if choices else row, utc_now())

    def add_comment(
        self,
        ticket_id: int,
        *,
        author_id: int,
        body: str = "",
        html_body: str = "",
        public: bool = True,
    ) -> Json:
        """Let somebody comment; a requester's public comment reopens. The audit."""
        comment = {"body": body, "html_body": html_body, "public": public, "author_id": author_id}
        return self._update(ticket_id, {"comment": comment}, author_id)

    def attach_file(
        self, ticket_id: int, name: str, content: bytes, *, media_type: str = "text/plain", url: str = ""
    ) -> Json:
        """Put a file on the newest comment of a ticket; `url` is where the account answers. The attachment's row."""
        with self.lock:
            number = self.tables.mint_id()
            self.tables.files[str(number)] = (media_type, content)
            row: Json = {
                "id": number,
                "file_name": name,
                "content_url": f"{url}/attachments/token/{number}/?name={quote(name)}",
                "content_type": media_type,
                "size": len(content),
            }
            self.tables.comments[ticket_id][-1]["attachments"].append(row)
            self.touch(ticket_id)
            return row

    def update_ticket(self, ticket_id: int, *, author_id: int | None = None, **changes: Any) -> Json:
        """Change fields by their API names (`priority="urgent"`, `custom_fields=[...]`, `tags=[...]`)."""
        return self._update(ticket_id, changes, author_id)

    def add_tags(self, ticket_id: int, *tags: str, author_id: int | None = None) -> Json:
        """Add tags as an agent does in the browser."""
        with self.lock:
            author = author_id or self._agent_of(ticket_id)
            audit = updates.add_tags(self.tables, ticket_id, list(tags), author_id=author, at=utc_now())
            self.announce(ticket_id, audit)
            return audit

    def remove_tags(self, ticket_id: int, *tags: str, author_id: int | None = None) -> Json:
        """Remove tags as an agent does in the browser."""
        with self.lock:
            author = author_id or self._agent_of(ticket_id)
            audit = updates.remove_tags(self.tables, ticket_id, list(tags), author_id=author, at=utc_now())
            self.announce(ticket_id, audit)
            return audit

    def set_sla(
        self,
        ticket_id: int,
        metric: str,
        *,
        breach_in_s: float | None = None,
        breach_at: datetime | None = None,
        stage: str = "active",
    ) -> None:
        """Set one SLA clock. Changes no ticket: no export row and no webhook, exactly as a breach in Zendesk."""
        with self.lock:
            if breach_in_s is not None:
                breach_at = utc_now() + timedelta(seconds=breach_in_s)
            clocks = self.tables.slas.setdefault(ticket_id, [])
            clocks[:] = [clock for clock in clocks if clock["metric"] != metric]
            moment = spell_zendesk(breach_at + _TO_NEXT_SECOND) if breach_at is not None else None
            clocks.append({"metric": metric, "stage": stage, "breach_at": moment})

    def delete_ticket(self, ticket_id: int) -> None:
        """Delete a ticket: sub-resources answer 404, the export shows it scrubbed."""
        with self.lock:
            row = updates.live_ticket(self.tables, ticket_id)
            self.tables.deleted[ticket_id] = (dict(row), list(self.tables.comments[ticket_id]))
            scrub(self.tables, ticket_id, utc_now())

    def restore_ticket(self, ticket_id: int) -> None:
        """Restore a deleted ticket with all it had: it appears in the export again, with an update of its own."""
        with self.lock:
            row, comments = self.tables.deleted.pop(ticket_id)
            at = utc_now()
            self.tables.tickets[ticket_id] = {**row, "updated_at": spell_zendesk(at)}
            self.tables.comments[ticket_id] = comments
            self.tables.touch(ticket_id, at)

    def purge_ticket(self, ticket_id: int) -> None:
        """Delete a deleted ticket for good: the export names it once more, and nothing restores it."""
        with self.lock:
            del self.tables.deleted[ticket_id]
            self.tables.touch(ticket_id, utc_now())

    def mark_as_spam(self, ticket_id: int) -> None:
        """Mark a ticket as spam: its requester is suspended, the ticket is gone (Zendesk API reference, tickets)."""
        with self.lock:
            requester = self.tables.tickets[ticket_id]["requester_id"]
            self.tables.put_person({"id": requester, "suspended": True}, utc_now())
            self.delete_ticket(ticket_id)

    def delete_user(self, user_id: int) -> None:
        """Delete a user for good: no sideload and no show_many names them any more."""
        with self.lock:
            del self.tables.users[user_id]

    def merge_tickets(self, source_id: int, target_id: int) -> None:
        """Merge one ticket into another: the source closes with `closed_by_merge`, both get a private comment."""
        with self.lock:
            note = {"body": f"Request #{source_id} was closed and merged into this request.", "public": False}
            self._update(target_id, {"comment": note}, None)
            note = {"body": f"This request was closed and merged into request #{target_id}.", "public": False}
            tags = [*self.tables.tickets[source_id]["tags"], "closed_by_merge"]
            self._update(source_id, {"comment": note, "status": "closed", "tags": tags}, None)

    def touch(self, ticket_id: int) -> None:
        """A system update: the ticket reappears in the export with an unchanged `updated_at`, no webhook."""
        with self.lock:
            self.tables.touch(ticket_id, utc_now())

    def revoke_tokens(self) -> None:
        """Make every OAuth token invalid, as when it expires or is revoked by hand."""
        with self.lock:
            self.tokens.clear()

    def announce(self, ticket_id: int, audit: Json, *, created: bool = False) -> None:
        """Tell the listener of an audit; an update without events is no update."""
        if audit["events"]:
            self._on_change(ticket_id, audit, created)

    def _update(self, ticket_id: int, change: Json, author_id: int | None) -> Json:
        with self.lock:
            audit = updates.update_ticket(
                self.tables,
                ticket_id,
                change,
                author_id=author_id or self._agent_of(ticket_id),
                at=utc_now(),
                via=_WEB,
                trusted=True,
            )
            self.announce(ticket_id, audit)
            return audit

    def _agent_of(self, ticket_id: int) -> int:
        assignee = self.tables.tickets.get(ticket_id, {}).get("assignee_id")
        if assignee:
            return int(assignee)
        return next((user["id"] for user in self.tables.users.values() if user["role"] == "agent"), API_USER_ID)
