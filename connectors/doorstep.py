"""Knocking at our own webhook routes as a sender would, to see whether a delivery would be believed.

The bodies name no ticket and no issue, so that nothing is stored for them.
"""

from collections.abc import Mapping
from datetime import datetime

import requests

from connectors.jira import webhook as jira_webhook
from connectors.zendesk import webhook as zendesk_webhook

_ZENDESK_BODY = b'{"escalator": "doctor"}'
_JIRA_BODY = b'{"webhookEvent": "escalator:doctor"}'


def knock_as_zendesk(url: str, secret: str, *, now: datetime, timeout_s: float) -> int | None:
    """The status with which the service at `url` answers a signed delivery; None when nothing answers there."""
    headers = zendesk_webhook.sign_delivery(_ZENDESK_BODY, secret, now=now)
    return _post(f"{url}/webhooks/zendesk", _ZENDESK_BODY, headers, timeout_s)


def knock_as_jira(url: str, secret: str, *, timeout_s: float) -> int | None:
    """The status with which the service at `url` answers a signed delivery; None when nothing answers there."""
    return _post(f"{url}/webhooks/jira", _JIRA_BODY, jira_webhook.sign_delivery(_JIRA_BODY, secret), timeout_s)


def _post(url: str, body: bytes, headers: Mapping[str, str], timeout_s: float) -> int | None:
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.post(
                url,
                data=body,
                headers={**headers, "Content-Type": "application/json"},
                timeout=timeout_s,
                allow_redirects=False,
            )
        except requests.RequestException:
            return None
    return answer.status_code
