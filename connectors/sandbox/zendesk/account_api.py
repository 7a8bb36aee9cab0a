"""Everything of the account beside tickets: people, fields, tags, search, schedules, links, jobs."""

import uuid
from collections import Counter

from connectors.sandbox.exchange import Answer, Call, Json, Refusal
from connectors.sandbox.zendesk import updates
from connectors.sandbox.zendesk.paging import page_rows
from connectors.sandbox.zendesk.refusals import invalid, malformed, not_found, refuse
from connectors.sandbox.zendesk.state import ZendeskState
from connectors.sandbox.zendesk.tables import API_USER_ID
from connectors.sandbox.zendesk.ticket_api import read_ids
from connectors.sandbox.zendesk.views import Views

_SEARCH_CAP = 1000
_WEEKDAYS = range(1, 6)
_DAY_MINUTES = 24 * 60


class AccountApi:
    """Endpoint functions over one account's people and settings."""

    def __init__(self, state: ZendeskState, url: str) -> None:
        self._state = state
        self._tables = state.tables
        self._url = url
        self._views = Views(state.tables, url)

    def me(self, _call: Call) -> Answer:
        """GET users/me: the user behind the credentials."""
        return Answer(payload={"user": self._views.users([API_USER_ID])[0]})

    def users(self, call: Call) -> Answer:
        """GET users/show_many."""
        return Answer(payload=page_rows(call, self._url, "users", self._views.users(read_ids(call))))

    def user(self, call: Call) -> Answer:
        """GET users/{id}."""
        return _one("user", self._views.users([int(call.parts["row_id"])]))

    def organizations(self, call: Call) -> Answer:
        """GET organizations/show_many."""
        rows = self._views.organizations(read_ids(call))
        return Answer(payload=page_rows(call, self._url, "organizations", rows))

    def organization(self, call: Call) -> Answer:
        """GET organizations/{id}."""
        return _one("organization", self._views.organizations([int(call.parts["row_id"])]))

    def groups(self, call: Call) -> Answer:
        """GET groups."""
        rows = self._views.groups(self._tables.groups)
        return Answer(payload=page_rows(call, self._url, "groups", rows))

    def group(self, call: Call) -> Answer:
        """GET groups/{id}."""
        return _one("group", self._views.groups([int(call.parts["row_id"])]))

    def ticket_fields(self, call: Call) -> Answer:
        """GET ticket_fields."""
        rows = self._views.ticket_fields()
        return Answer(payload=page_rows(call, self._url, "ticket_fields", rows))

    def organization_fields(self, call: Call) -> Answer:
        """GET organization_fields."""
        base = f"{self._url}/api/v2/organization_fields"
        rows = [{"url": f"{base}/{row['id']}.json", **row} for row in self._tables.organization_fields.values()]
        return Answer(payload=page_rows(call, self._url, "organization_fields", rows))

    def sla_policies(self, call: Call) -> Answer:
        """GET slas/policies: for admins; an account without the plan has no such address."""
        self._require_admin()
        base = f"{self._url}/api/v2/slas/policies"
        rows = [{"url": f"{base}/{row['id']}.json", **row} for row in self._tables.sla_policies.values()]
        return Answer(payload=page_rows(call, self._url, "sla_policies", rows))

    def settings(self, _call: Call) -> Answer:
        """GET account/settings: of the many groups, the one about tickets."""
        return Answer(payload={"settings": {"tickets": {"tagging": self._tables.takes_tags}}})

    def current_token(self, call: Call) -> Answer:
        """GET oauth/tokens/current: what the bearer token may do."""
        kind, _, value = call.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer":
            raise not_found()
        token: Json = {"id": API_USER_ID, "user_id": API_USER_ID, "token": value[:10]}
        return Answer(payload={"token": {**token, "scopes": self._state.token_scope.split()}})

    def tags(self, call: Call) -> Answer:
        """GET tags: the tags in use with their counts."""
        counts = Counter(tag for row in self._tables.tickets.values() for tag in row.get("tags") or [])
        rows: list[Json] = [{"name": name, "count": count} for name, count in counts.most_common()]
        return Answer(payload=page_rows(call, self._url, "tags", rows))

    def search(self, call: Call) -> Answer:
        """GET search: words in subject and description, and `type:`, `status:`, `tags:`, `priority:`."""
        found = self._search(call)[:_SEARCH_CAP]
        rows = [{**self._views.ticket(number, (), call.at), "result_type": "ticket"} for number in found]
        return Answer(payload={**page_rows(call, self._url, "results", rows), "facets": None})

    def search_count(self, call: Call) -> Answer:
        """GET search/count."""
        return Answer(payload={"count": len(self._search(call))})

    def schedules(self, _call: Call) -> Answer:
        """GET business_hours/schedules: weekdays from 9 to 17, minutes since Sunday 00:00."""
        intervals = [
            {"start_time": day * _DAY_MINUTES + 9 * 60, "end_time": day * _DAY_MINUTES + 17 * 60} for day in _WEEKDAYS
        ]
        schedule = {"id": 360000009001, "name": "Weekdays", "time_zone": "UTC", "intervals": intervals}
        rows = self._tables.schedules or [schedule]
        return Answer(payload={"schedules": rows, "count": len(rows)})

    def holidays(self, call: Call) -> Answer:
        """GET business_hours/schedules/{id}/holidays."""
        rows = self._tables.holidays.get(int(call.parts["row_id"]), [])
        return Answer(payload={"holidays": rows, "count": len(rows)})

    def jira_links(self, call: Call) -> Answer:
        """GET jira/links, filtered by ticket or issue."""
        rows = list(self._tables.jira_links.values())
        for name in ("ticket_id", "issue_id"):
            wanted = call.first(f"filter[{name}]") or call.first(name)
            rows = [row for row in rows if not wanted or row[name] == wanted]
        return Answer(payload={"links": rows, "total": len(rows)})

    def create_jira_link(self, call: Call) -> Answer:
        """POST jira/links; not idempotent, as in Zendesk."""
        body = call.json() or {}
        wanted = body.get("link", body) if isinstance(body, dict) else {}
        missing = [name for name in ("ticket_id", "issue_id", "issue_key") if not wanted.get(name)]
        if missing:
            raise invalid(missing[0], f"{missing[0]}: cannot be blank")
        link_id = self._tables.mint_id()
        row: Json = {name: str(wanted[name]) for name in ("ticket_id", "issue_id", "issue_key")}
        self._tables.jira_links[link_id] = {"id": link_id, **row, "url": f"{self._url}/api/v2/jira/links/{link_id}"}
        return Answer(payload={"link": self._tables.jira_links[link_id]})

    def delete_jira_link(self, call: Call) -> Answer:
        """DELETE jira/links/{id}."""
        if self._tables.jira_links.pop(int(call.parts["row_id"]), None) is None:
            raise not_found()
        return Answer(status=204)

    def update_many(self, call: Call) -> Answer:
        """PUT tickets/update_many?ids=: applies the change to each ticket and answers a finished job."""
        body = call.json()
        if not isinstance(body, dict) or not isinstance(body.get("ticket"), dict):
            raise malformed()
        results = [self._update_one(ticket_id, body["ticket"], call) for ticket_id in read_ids(call)]
        job_id = f"V3-{uuid.uuid4().hex}"
        job: Json = {
            "id": job_id,
            "job_type": "Bulk Update Ticket",
            "url": f"{self._url}/api/v2/job_statuses/{job_id}.json",
            "total": len(results),
            "progress": len(results),
            "status": "completed",
            "message": "Completed",
            "results": results,
        }
        self._tables.jobs[job_id] = job
        return Answer(payload={"job_status": {**job, "status": "queued", "progress": None, "results": None}})

    def job_status(self, call: Call) -> Answer:
        """GET job_statuses/{id}."""
        job = self._tables.jobs.get(call.parts["row_id"])
        return _one("job_status", [job] if job else [])

    def unknown(self, _call: Call) -> Answer:
        """Any address that the sandbox does not have."""
        raise refuse(404, "InvalidEndpoint", "Not found")

    def _require_admin(self) -> None:
        if self._tables.users[API_USER_ID]["role"] != "admin":
            raise refuse(403, "Forbidden", "You do not have access to this page.")

    def _update_one(self, ticket_id: int, change: Json, call: Call) -> Json:
        present = self._tables.tickets.get(ticket_id, {}).get("tags") or []
        gone = set(updates.clean_tags(change.get("remove_tags")))
        change = {name: value for name, value in change.items() if name not in ("id", "safe_update")}
        if "additional_tags" in change or gone:
            added = updates.clean_tags(change.get("additional_tags"))
            change["tags"] = [tag for tag in [*present, *added] if tag not in gone]
        try:
            audit = updates.update_ticket(self._tables, ticket_id, change, author_id=API_USER_ID, at=call.at)
        except Refusal as refusal:
            error = refusal.answer.payload["error"]
            return {"id": ticket_id, "success": False, "status": "Failed", "error": error}
        self._state.announce(ticket_id, audit)
        return {"id": ticket_id, "action": "update", "success": True, "status": "Updated"}

    def _search(self, call: Call) -> list[int]:
        words = call.first("query").lower().split()
        rows = self._tables.tickets.items()
        return [number for number, row in sorted(rows) if row["status"] != "deleted" and _matches(row, words)]


def _matches(row: Json, words: list[str]) -> bool:
    text = f"{row.get('subject') or ''} {row.get('description') or ''}".lower()
    for word in words:
        name, colon, value = word.partition(":")
        if not colon:
            if word.strip('"') not in text:
                return False
        elif name == "tags":
            if value not in row["tags"]:
                return False
        elif name in ("status", "priority") and str(row.get(name)) != value:
            return False
    return True


def _one(noun: str, rows: list[Json]) -> Answer:
    if not rows:
        raise not_found()
    return Answer(payload={noun: rows[0]})
