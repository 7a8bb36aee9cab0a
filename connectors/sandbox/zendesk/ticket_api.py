"""The ticket endpoints: show, list, export, comments, audits, incidents, create, update, tags, delete."""

from typing import Any

from connectors.sandbox.exchange import Answer, Call, Json
from connectors.sandbox.settings import SandboxSettings
from connectors.sandbox.zendesk import exports, intake, updates
from connectors.sandbox.zendesk.paging import page_rows
from connectors.sandbox.zendesk.refusals import malformed, refuse, too_many_values
from connectors.sandbox.zendesk.state import ZendeskState
from connectors.sandbox.zendesk.tables import API_USER_ID
from connectors.sandbox.zendesk.updates import check_stamp, live_ticket
from connectors.sandbox.zendesk.views import Views

_MOST_IDS = 100


class TicketApi:
    """Endpoint functions over one account's tickets."""

    def __init__(self, state: ZendeskState, settings: SandboxSettings, url: str) -> None:
        self._state = state
        self._tables = state.tables
        self._settings = settings
        self._url = url
        self._views = Views(state.tables, url)

    def show(self, call: Call) -> Answer:
        """GET tickets/{id}."""
        ticket_id = int(call.parts["ticket_id"])
        live_ticket(self._tables, ticket_id)
        include = call.every("include")
        shown = self._views.ticket(ticket_id, include, call.at)
        return Answer(payload={"ticket": shown, **self._views.sideloads([ticket_id], include)})

    def show_many(self, call: Call) -> Answer:
        """GET tickets/show_many?ids=: at most 100, missing and deleted ones silently left out."""
        return Answer(payload=self._listing(call, self._known(read_ids(call))))

    def list_all(self, call: Call) -> Answer:
        """GET tickets."""
        return Answer(payload=self._listing(call, self._known(sorted(self._tables.tickets))))

    def export(self, call: Call) -> Answer:
        """GET incremental/tickets/cursor."""
        lag_s = self._settings.export_lag_s
        start = exports.read_start(call, lag_s)
        shown, position, ended = exports.select_page(self._tables, call, start, lag_s)
        cursor = exports.spell_cursor(position)
        include = call.every("include")
        return Answer(
            payload={
                "tickets": [self._views.ticket(ticket_id, include, call.at) for ticket_id in shown],
                **self._views.sideloads(shown, include),
                "after_url": f"{self._url}/api/v2/incremental/tickets/cursor.json?cursor={cursor}",
                "after_cursor": cursor,
                "before_url": None,
                "before_cursor": None,
                "end_of_stream": ended,
            }
        )

    def comments(self, call: Call) -> Answer:
        """GET tickets/{id}/comments, oldest first unless asked otherwise."""
        ticket_id = self._ticket_id(call)
        rows = list(self._tables.comments[ticket_id])
        if call.first("sort_order") == "desc" or call.first("sort") == "-created_at":
            rows.reverse()
        page = page_rows(call, self._url, "comments", rows)
        if "users" in call.every("include"):
            page["users"] = self._views.users(comment["author_id"] for comment in page["comments"])
        return Answer(payload=page)

    def audits(self, call: Call) -> Answer:
        """GET tickets/{id}/audits."""
        rows = list(self._tables.audits[self._ticket_id(call)])
        if call.first("sort_order") == "desc" or call.first("sort") in ("-created_at", "-id"):
            rows.reverse()
        return Answer(payload=page_rows(call, self._url, "audits", rows))

    def incidents(self, call: Call) -> Answer:
        """GET tickets/{id}/incidents: the tickets linked to a problem."""
        problem_id = self._ticket_id(call)
        linked = [
            ticket_id
            for ticket_id, row in sorted(self._tables.tickets.items())
            if row.get("problem_id") == problem_id and row["status"] != "deleted"
        ]
        return Answer(payload=self._listing(call, linked))

    def problems(self, call: Call) -> Answer:
        """GET problems: tickets of type problem, the latest updated first."""
        rows = self._tables.tickets
        found = [number for number in self._known(list(rows)) if rows[number].get("type") == "problem"]
        found.sort(key=lambda number: str(rows[number]["updated_at"]), reverse=True)
        return Answer(payload=self._listing(call, found))

    def create(self, call: Call) -> Answer:
        """POST tickets; an Idempotency-Key seen before answers the ticket that it made."""
        key = call.headers.get("idempotency-key", "")
        if key in self._tables.created_by_key:
            body, ticket_id = self._tables.created_by_key[key]
            if body != call.body:
                raise refuse(400, "IdempotentRequestError", "The key was used with different parameters")
            return self._created(call, ticket_id, lookup="hit")
        ticket_id, audit = intake.create_ticket(
            self._tables, _wanted(call, "ticket"), author_id=API_USER_ID, at=call.at
        )
        if key:
            self._tables.created_by_key[key] = (call.body, ticket_id)
        self._state.announce(ticket_id, audit, created=True)
        return self._created(call, ticket_id, lookup="miss" if key else "")

    def update(self, call: Call) -> Answer:
        """PUT tickets/{id}: one atomic update, one audit."""
        ticket_id = int(call.parts["ticket_id"])
        change = _wanted(call, "ticket")
        audit = updates.update_ticket(self._tables, ticket_id, change, author_id=API_USER_ID, at=call.at)
        self._state.announce(ticket_id, audit)
        return Answer(payload={"ticket": self._views.ticket(ticket_id, (), call.at), "audit": audit})

    def delete(self, call: Call) -> Answer:
        """DELETE tickets/{id}."""
        self._state.delete_ticket(int(call.parts["ticket_id"]))
        return Answer(status=204)

    def tags(self, call: Call) -> Answer:
        """GET tickets/{id}/tags."""
        return self._tags_answer(self._ticket_id(call))

    def add_tags(self, call: Call) -> Answer:
        """PUT tickets/{id}/tags adds."""
        ticket_id, tags = self._tag_change(call)
        return self._apply_tags(call, ticket_id, [*self._tables.tickets[ticket_id]["tags"], *tags])

    def set_tags(self, call: Call) -> Answer:
        """POST tickets/{id}/tags replaces."""
        ticket_id, tags = self._tag_change(call)
        return self._apply_tags(call, ticket_id, tags, status=201)

    def remove_tags(self, call: Call) -> Answer:
        """DELETE tickets/{id}/tags removes those named in the body or the query."""
        ticket_id, tags = self._tag_change(call)
        kept = [tag for tag in self._tables.tickets[ticket_id]["tags"] if tag not in tags]
        return self._apply_tags(call, ticket_id, kept)

    def _tag_change(self, call: Call) -> tuple[int, list[str]]:
        ticket_id = int(call.parts["ticket_id"])
        body = call.json() or {}
        if not isinstance(body, dict):
            raise malformed()
        check_stamp(live_ticket(self._tables, ticket_id), body)
        return ticket_id, updates.clean_tags(body.get("tags") or call.every("tags"))

    def _apply_tags(self, call: Call, ticket_id: int, tags: list[str], *, status: int = 200) -> Answer:
        audit = updates.update_ticket(self._tables, ticket_id, {"tags": tags}, author_id=API_USER_ID, at=call.at)
        self._state.announce(ticket_id, audit)
        return self._tags_answer(ticket_id, status=status)

    def _tags_answer(self, ticket_id: int, *, status: int = 200) -> Answer:
        return Answer(status=status, payload={"tags": list(self._tables.tickets[ticket_id]["tags"])})

    def _created(self, call: Call, ticket_id: int, *, lookup: str) -> Answer:
        return Answer(
            status=201,
            payload={
                "ticket": self._views.ticket(ticket_id, (), call.at),
                "audit": self._tables.audits[ticket_id][0],
            },
            headers={
                "Location": f"{self._url}/api/v2/tickets/{ticket_id}.json",
                **({"x-idempotency-lookup": lookup} if lookup else {}),
            },
        )

    def _listing(self, call: Call, ticket_ids: list[int]) -> Json:
        include = call.every("include")
        rows = [self._views.ticket(ticket_id, include, call.at) for ticket_id in ticket_ids]
        page = page_rows(call, self._url, "tickets", rows)
        shown = [row["id"] for row in page["tickets"]]
        return {**page, **self._views.sideloads(shown, include)}

    def _known(self, ticket_ids: list[int]) -> list[int]:
        rows = self._tables.tickets
        return [number for number in ticket_ids if number in rows and rows[number]["status"] != "deleted"]

    def _ticket_id(self, call: Call) -> int:
        return int(live_ticket(self._tables, int(call.parts["ticket_id"]))["id"])


def read_ids(call: Call) -> list[int]:
    """The ids of a show_many call, each once; raises Refusal over 100 or for anything but numbers."""
    words = call.every("ids")
    if len(words) > _MOST_IDS:
        raise too_many_values(_MOST_IDS)
    if not words or not all(word.isdigit() for word in words):
        raise refuse(400, "InvalidValue", "ids: must be a comma-separated list of numbers")
    return list(dict.fromkeys(int(word) for word in words))


def _wanted(call: Call, noun: str) -> Json:
    body: Any = call.json()
    if not isinstance(body, dict) or not isinstance(body.get(noun), dict):
        raise malformed()
    return dict(body[noun])
