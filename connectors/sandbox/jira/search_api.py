"""JQL over HTTP: search with index lag and reconciliation, parsing, and the dead endpoints."""

import base64
import hashlib
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.sandbox.exchange import Answer, Call, Json
from connectors.sandbox.jira.catalog import API_ACCOUNT_ID
from connectors.sandbox.jira.issues import Issue
from connectors.sandbox.jira.jql import JqlError, Query, Setting, parse_jql
from connectors.sandbox.jira.refusals import refuse
from connectors.sandbox.jira.state import JiraState
from connectors.sandbox.jira.views import JiraViews
from connectors.sandbox.settings import SandboxSettings

_PAGE = 50
_MOST_PER_PAGE = 5000
_MOST_BY_START = 1000
_MOST_RECONCILED = 50
_MOST_ORDER_FIELDS = 7
_MOST_PROPERTIES = 5


class SearchApi:
    """Endpoint functions that find issues."""

    def __init__(self, state: JiraState, views: JiraViews, settings: SandboxSettings) -> None:
        self._state = state
        self._views = views
        self._lag = timedelta(seconds=settings.search_lag_s)
        self._zone = ZoneInfo(settings.jira_time_zone)

    def search(self, call: Call) -> Answer:
        """GET or POST search/jql: bounded JQL, token paging, no total."""
        wanted = _wanted(call)
        text = str(wanted.get("jql") or "")
        query = self._parse(call, text)
        if query.matches is None:
            raise refuse(
                400, "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
            )
        if len(query.order) > _MOST_ORDER_FIELDS:
            raise refuse(400, "The ORDER BY clause must not have more than 7 fields.")
        if len(wanted["properties"]) > _MOST_PROPERTIES:
            raise refuse(400, "No more than 5 properties can be requested.")
        found = self._find(call, query, wanted["reconcile"])
        start = _read_token(str(wanted.get("token") or ""), text)
        page = found[start : start + wanted["size"]]
        last = start + len(page) >= len(found)
        payload: Json = {
            "isLast": last,
            "issues": [
                self._views.issue(issue, wanted["fields"], wanted["properties"], wanted["expand"]) for issue in page
            ],
        }
        if not last:
            payload["nextPageToken"] = _spell_token(start + len(page), text)
        return Answer(payload=payload)

    def search_by_start(self, call: Call) -> Answer:
        """GET or POST search of Data Center: pages by `startAt`, no properties; unknown names are refused."""
        body = call.json() if call.method == "POST" else None
        asked: Json = body if isinstance(body, dict) else dict(call.query)
        query = self._parse(call, str(asked.get("jql") or ""))
        if query.unknown:
            raise refuse(400, "The query names a field or a value that does not exist.")
        found = self._find(call, query, set())
        start, size = int(asked.get("startAt") or 0), min(int(asked.get("maxResults") or _PAGE), _MOST_BY_START)
        fields = asked.get("fields") or ["*navigable"]
        names = fields.split(",") if isinstance(fields, str) else list(fields)
        shown = [self._views.issue(issue, names) for issue in found[start : start + size]]
        page: Json = {"expand": "schema,names", "startAt": start, "maxResults": size, "total": len(found)}
        return Answer(payload={**page, "issues": shown})

    def count(self, call: Call) -> Answer:
        """POST search/approximate-count."""
        query = self._parse(call, str(_wanted(call).get("jql") or ""))
        return Answer(payload={"count": len(self._find(call, query, set()))})

    def parse(self, call: Call) -> Answer:
        """POST jql/parse: the queries with their errors; structures are not spelled out."""
        body = call.json()
        queries = body.get("queries") if isinstance(body, dict) else None
        if not isinstance(queries, list):
            raise refuse(400, "queries must be a list")
        return Answer(payload={"queries": [self._parse_one(call, str(text)) for text in queries]})

    def gone(self, _call: Call) -> Answer:
        """The search that was shut off in 2025."""
        raise refuse(
            410,
            "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. "
            "A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046",
        )

    def _parse(self, call: Call, text: str) -> Query:
        try:
            return parse_jql(text, Setting(now=call.at, account_id=API_ACCOUNT_ID, zone=self._zone))
        except JqlError as error:
            raise refuse(400, str(error)) from None

    def _parse_one(self, call: Call, text: str) -> Json:
        try:
            query = parse_jql(text, Setting(now=call.at, account_id=API_ACCOUNT_ID, zone=self._zone))
        except JqlError as error:
            return {"query": text, "errors": [str(error)]}
        if query.unknown:
            return {"query": text, "errors": ["The query names a field or function that does not exist."]}
        return {"query": text, "structure": {}}

    def _find(self, call: Call, query: Query, reconcile: set[str]) -> list[Issue]:
        if query.unknown or query.matches is None:
            return []
        found = []
        for issue in self._state.issues:
            if issue.get("security") in self._state.hidden_levels:
                continue
            index = issue.fresh() if issue.id in reconcile else issue.indexed(call.at - self._lag)
            if index is not None and query.matches(index):
                found.append((issue, index))
        found.sort(key=lambda pair: pair[1]["order"], reverse=True)
        for name, descending in reversed(query.order):
            found.sort(key=lambda pair: _order_key(pair[1], name), reverse=descending)
        return [issue for issue, _ in found]


def _wanted(call: Call) -> dict[str, Any]:
    if call.method == "POST":
        body = call.json()
        if not isinstance(body, dict):
            raise refuse(400, "There was an error parsing JSON. Check that your request body is valid.")
        size = body.get("maxResults", _PAGE)
        expand = body.get("expand") or []
        wanted: dict[str, Any] = {
            "jql": body.get("jql"),
            "fields": body.get("fields") or ["id"],
            "properties": body.get("properties") or [],
            "expand": expand.split(",") if isinstance(expand, str) else expand,
            "reconcile": body.get("reconcileIssues") or [],
            "token": body.get("nextPageToken"),
        }
    else:
        size = call.count("maxResults", _PAGE, most=_MOST_PER_PAGE)
        wanted = {
            "jql": call.first("jql"),
            "fields": call.every("fields") or ["id"],
            "properties": call.every("properties"),
            "expand": call.every("expand"),
            "reconcile": call.every("reconcileIssues"),
            "token": call.first("nextPageToken"),
        }
    if len(wanted["reconcile"]) > _MOST_RECONCILED:
        raise refuse(400, "reconcileIssues must not have more than 50 ids.")
    if wanted["fields"] == ["id"]:
        wanted["fields"] = []
    wanted["reconcile"] = {str(issue_id) for issue_id in wanted["reconcile"]}
    return {**wanted, "size": max(1, min(int(size), _MOST_PER_PAGE))}


def _order_key(index: dict[str, Any], name: str) -> Any:
    value = index.get(name)
    if name == "key":
        return index["order"][1]
    if isinstance(value, set):
        return min(value, default="")
    if name in ("created", "updated", "duedate"):
        return value.timestamp() if value else 0.0
    return str(value or "")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _spell_token(start: int, text: str) -> str:
    return base64.urlsafe_b64encode(f"{start}:{_digest(text)}".encode()).decode()


def _read_token(token: str, text: str) -> int:
    if not token:
        return 0
    try:
        start, _, digest = base64.urlsafe_b64decode(token).decode().partition(":")
        if digest == _digest(text):
            return int(start)
    except ValueError:
        pass
    raise refuse(400, "The nextPageToken is not valid for this query.")
