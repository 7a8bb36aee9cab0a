"""The two senders of webhooks, as the web edge serves them: whose delivery it is, and what it hints at."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from connectors.jira import webhook as jira_webhook
from connectors.zendesk import webhook as zendesk_webhook
from worker.flow.hints import spell_hint
from worker.store.deliveries import ISSUE
from worker.store.subjects import SubjectKind
from worker.web.sources import Hint, Refusal, Undecodable, WebhookSource

_MARKER = "escalator-"
_MOST_MARKS = 5


def build_zendesk_source(secrets: Sequence[str], max_age: timedelta) -> WebhookSource:
    """Zendesk: triggers' bodies and event envelopes, each about one ticket."""

    def verify(body: bytes, headers: Mapping[str, str], now: datetime) -> Refusal | None:
        fault = zendesk_webhook.verify_delivery(headers, body, secrets, now=now, max_age=max_age)
        return Refusal(fault.value) if fault else None

    return WebhookSource(name="zendesk", verify=verify, decode=_decode_zendesk)


def build_jira_source(secrets: Sequence[str]) -> WebhookSource:
    """Jira: events about issues; the store knows which escalation an issue belongs to."""

    def verify(body: bytes, headers: Mapping[str, str], _now: datetime) -> Refusal | None:
        return None if jira_webhook.is_signed(body, headers, secrets) else Refusal.BAD_SIGNATURE

    return WebhookSource(name="jira", verify=verify, decode=_decode_jira)


def _decode_zendesk(body: bytes, headers: Mapping[str, str]) -> Sequence[Hint]:
    delivery = zendesk_webhook.decode_delivery(headers, body)
    if delivery.ticket_id is None:
        raise Undecodable(delivery.reason or "no ticket is named")
    return [
        Hint(
            subject_kind=SubjectKind.TICKET.value,
            subject_id=str(delivery.ticket_id),
            dedupe_keys=delivery.dedupe_keys,
        )
    ]


def _decode_jira(body: bytes, headers: Mapping[str, str]) -> Sequence[Hint]:
    """A mark names the escalation even before we know the issue, so it goes first; the issue's id goes with it."""
    try:
        delivery = jira_webhook.decode_delivery(body, headers)
    except jira_webhook.Undecodable as problem:
        raise Undecodable(str(problem)) from problem
    keys = delivery.dedupe_keys
    if delivery.markers:
        return [_spell_marked(delivery, number) for number in range(min(len(delivery.markers), _MOST_MARKS))]
    if delivery.issue_id is not None:
        return [Hint(subject_kind=ISSUE, subject_id=delivery.issue_id, dedupe_keys=keys)]
    return []


def _spell_marked(delivery: jira_webhook.Delivery, number: int) -> Hint:
    return Hint(
        subject_kind=SubjectKind.ESCALATION.value,
        # After a change of target the mark of the new issue has a number behind the escalation's id.
        subject_id=delivery.markers[number].removeprefix(_MARKER).partition("-")[0],
        dedupe_keys=tuple(f"{key}:{number}" if number else key for key in delivery.dedupe_keys),
        body=spell_hint(delivery.issue_id),
    )
