"""Pages for people: the ticket list and one ticket with its conversation, fields, tags and SLA clocks."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from markupsafe import Markup

from connectors.sandbox.exchange import Answer, Call, Json
from connectors.sandbox.instants import parse_instant
from connectors.sandbox.rendering import missing_page, read_form, render_page, see_other
from connectors.sandbox.settings import SandboxSettings
from connectors.sandbox.zendesk.markup import clean_html
from connectors.sandbox.zendesk.state import ZendeskState
from connectors.sandbox.zendesk.tables import API_USER_ID


class AgentPages:
    """What an agent would see in the browser; open to anybody on loopback."""

    def __init__(self, state: ZendeskState, settings: SandboxSettings, *, jira_url: str) -> None:
        self._state = state
        self._tables = state.tables
        self._settings = settings
        self._jira_url = jira_url

    def list_tickets(self, call: Call) -> Answer:
        """GET /agent: every ticket, the latest updated first."""
        rows = [row for row in self._tables.tickets.values() if row["status"] != "deleted"]
        rows.sort(key=lambda row: (str(row["updated_at"]), row["id"]), reverse=True)
        tickets = [self._line(row, call.at) for row in rows]
        return render_page("tickets.html.j2", tickets=tickets, jira_url=self._jira_url)

    def show_ticket(self, call: Call) -> Answer:
        """GET /agent/tickets/{id}."""
        row = self._tables.tickets.get(int(call.parts["ticket_id"]))
        if row is None:
            return missing_page(f"Ticket {call.parts['ticket_id']}")
        ticket_id = row["id"]
        return render_page(
            "ticket.html.j2",
            ticket=row,
            requester=self._tables.users.get(row.get("requester_id") or 0, {}),
            assignee=self._tables.users.get(row.get("assignee_id") or 0, {}),
            organization=self._tables.organizations.get(row.get("organization_id") or 0, {}),
            group=self._tables.groups.get(row.get("group_id") or 0, {}),
            comments=[self._comment(comment) for comment in self._tables.comments[ticket_id]],
            fields=self._fields(row),
            clocks=_clocks(self._tables.slas.get(ticket_id, []), call.at),
            audits=list(reversed(self._changes(ticket_id))),
            jira_url=self._jira_url,
            now=call.at,
        )

    def reply(self, call: Call) -> Answer:
        """POST /agent/tickets/{id}/reply: somebody writes a comment on the page."""
        ticket_id, form = int(call.parts["ticket_id"]), read_form(call)
        row = self._tables.tickets.get(ticket_id)
        if row is None:
            return missing_page(f"Ticket {ticket_id}")
        if form.get("body"):
            as_customer = form.get("as") == "customer"
            author_id = row["requester_id"] if as_customer else row.get("assignee_id")
            self._state.add_comment(
                ticket_id,
                author_id=author_id or API_USER_ID,
                body=form["body"],
                public=form.get("as") != "note",
            )
        return see_other(f"/agent/tickets/{ticket_id}")

    def _line(self, row: Json, now: datetime) -> dict[str, Any]:
        organization = self._tables.organizations.get(row.get("organization_id") or 0, {})
        clocks = _clocks(self._tables.slas.get(row["id"], []), now)
        comments = self._tables.comments.get(row["id"], [])
        ours = any(comment["author_id"] == API_USER_ID for comment in comments)
        return {
            **row,
            "organization": organization.get("name", ""),
            "breached": any(clock["late"] for clock in clocks),
            "distance": row["updated_at"],
            "now": now,
            "noted": ours,
        }

    def _comment(self, comment: Json) -> dict[str, Any]:
        author = self._tables.users.get(comment["author_id"], {})
        cleaned, _ = clean_html(comment.get("html_body") or "")
        return {
            **comment,
            "author": author.get("name", "Unknown"),
            "role": author.get("role", "end-user"),
            "html": Markup(cleaned),  # noqa: S704 - clean_html has escaped text and kept known tags only
        }

    def _fields(self, row: Json) -> list[tuple[str, Any]]:
        values: Iterable[Json] = row.get("custom_fields") or []
        return [
            (self._tables.ticket_fields[pair["id"]]["title"], pair["value"])
            for pair in values
            if pair["value"] not in (None, "") and pair["id"] in self._tables.ticket_fields
        ]

    def _changes(self, ticket_id: int) -> list[dict[str, Any]]:
        rows = []
        for audit in self._tables.audits[ticket_id]:
            changes = [self._named(event) for event in audit["events"] if event["type"] == "Change"]
            if changes:
                author = self._tables.users.get(audit["author_id"], {}).get("name", "Unknown")
                rows.append({"at": audit["created_at"], "author": author, "changes": changes})
        return rows

    def _named(self, event: Json) -> Json:
        name = str(event["field_name"])
        if name.isdigit() and int(name) in self._tables.ticket_fields:
            return {**event, "field_name": self._tables.ticket_fields[int(name)]["title"]}
        return event


def _clocks(rows: list[Json], now: datetime) -> list[dict[str, Any]]:
    clocks = []
    for row in rows:
        running = row["stage"] in ("active", "breached")
        breach_at = row.get("breach_at")
        late = bool(running and breach_at and parse_instant(breach_at) <= now)
        name = row["metric"].replace("_", " ").capitalize()
        clocks.append({"name": name, "stage": row["stage"], "breach_at": breach_at, "late": late})
    return sorted(clocks, key=lambda clock: (not clock["late"], clock["name"]))
