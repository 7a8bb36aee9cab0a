"""Administrators' webhooks: the older address of Cloud and of Data Center up to 9, and the one of Data Center 10.

Both keep rows of one shape; a secret is shown by neither.
"""

from connectors.sandbox.exchange import Answer, Call, Json
from connectors.sandbox.jira.refusals import refuse
from connectors.sandbox.jira.state import JiraState


class WebhookApi:
    """Endpoint functions over the site's webhooks, for administrators of Jira only."""

    def __init__(self, state: JiraState, url: str) -> None:
        self._state = state
        self._url = url

    def list_all(self, _call: Call) -> Answer:
        """GET webhooks/1.0/webhook."""
        self._require_admin()
        return Answer(payload=[_show(row) for row in self._state.webhooks.values()])

    def create(self, call: Call) -> Answer:
        """POST webhooks/1.0/webhook: 201; the secret cannot be read back."""
        self._require_admin()
        body = _read_webhook(call)
        webhook_id = self._state.mint_id()
        address = f"{self._url}/rest/webhooks/1.0/webhook/{webhook_id}"
        self._state.webhooks[webhook_id] = {"enabled": True, **body, "self": address}
        return Answer(status=201, payload=_show(self._state.webhooks[webhook_id]))

    def update(self, call: Call) -> Answer:
        """PUT webhooks/1.0/webhook/{id}: a secret that is left out stays."""
        self._require_admin()
        row = self._find(call)
        row.update(_read_webhook(call))
        return Answer(payload=_show(row))

    def delete(self, call: Call) -> Answer:
        """DELETE either address."""
        self._require_admin()
        self._find(call)
        del self._state.webhooks[call.parts["webhook"]]
        return Answer(status=204)

    def list_configured(self, _call: Call) -> Answer:
        """GET jira-webhook/1.0/webhooks."""
        self._require_admin()
        return Answer(payload=[_show_configured(number, row) for number, row in self._state.webhooks.items()])

    def create_configured(self, call: Call) -> Answer:
        """POST jira-webhook/1.0/webhooks: filters and secret are parts of the configuration."""
        self._require_admin()
        webhook_id = self._state.mint_id()
        self._state.webhooks[webhook_id] = _read_configured(_read_webhook(call), {})
        return Answer(status=201, payload=_show_configured(webhook_id, self._state.webhooks[webhook_id]))

    def update_configured(self, call: Call) -> Answer:
        """PUT jira-webhook/1.0/webhooks/{id}."""
        self._require_admin()
        row = self._find(call)
        row.update(_read_configured(_read_webhook(call), row))
        return Answer(payload=_show_configured(call.parts["webhook"], row))

    def _find(self, call: Call) -> Json:
        row = self._state.webhooks.get(call.parts["webhook"])
        if row is None:
            raise refuse(404, "No webhook with this id.")
        return row

    def _require_admin(self) -> None:
        if not self._state.is_admin:
            raise refuse(403, "You do not have permission to manage webhooks.")


def _read_webhook(call: Call) -> Json:
    body = call.json()
    if not isinstance(body, dict) or not all(body.get(name) for name in ("name", "url", "events")):
        raise refuse(400, "A webhook needs a name, a url and events.")
    return body


def _read_configured(body: Json, known: Json) -> Json:
    configuration = body.get("configuration") or {}
    return {
        "name": body["name"],
        "url": body["url"],
        "events": body["events"],
        "enabled": body.get("active", True),
        "filters": {"issue-related-events-section": configuration.get("FILTERS", "")},
        "secret": configuration.get("secret") or known.get("secret", ""),
    }


def _show(webhook: Json) -> Json:
    kept = {name: value for name, value in webhook.items() if name != "secret"}
    return {**kept, "isSigned": bool(webhook.get("secret"))}


def _show_configured(webhook_id: str, webhook: Json) -> Json:
    secret = {"secret": "********"} if webhook.get("secret") else {}
    filters = (webhook.get("filters") or {}).get("issue-related-events-section", "")
    return {
        "id": int(webhook_id),
        "name": webhook["name"],
        "url": webhook["url"],
        "events": webhook["events"],
        "active": webhook.get("enabled", True),
        "configuration": {"FILTERS": filters, **secret},
        "scopeType": "global",
        "sslVerificationRequired": True,
    }
