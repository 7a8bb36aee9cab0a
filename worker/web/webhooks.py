"""POST /webhooks/<source>: believe it, store it, and only then say so.

The status is chosen for what the sender does with it (Zendesk, webhook retries and circuit breaker): 503 with a
Retry-After below a minute is sent again, 500 is lost, and 409 would be sent again, so a duplicate is a 200.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog
from starlette.requests import Request
from starlette.responses import Response

from worker.delivery import Delivery, Intake, NotStored
from worker.web.body import BODY_LIMIT_BYTES, BODY_SECONDS, BodyRefused, read_body
from worker.web.figures import DeliveryFigures
from worker.web.sources import Hint, Undecodable, WebhookSource

RETRY_AFTER_S = 30
_KEY_LENGTH = 255
_SUBJECT_LENGTH = 64
_LIVE_LANE = 0
_COMPLAINT_EVERY = timedelta(seconds=10)

_log = structlog.get_logger(__name__)


class WebhookDoor:
    """The endpoint of one source."""

    def __init__(
        self, source: WebhookSource, *, intake: Intake, figures: DeliveryFigures, now: Callable[[], datetime]
    ) -> None:
        self._source = source
        self._intake = intake
        self._figures = figures
        self._now = now
        self._complained: dict[str, datetime] = {}

    async def answer(self, request: Request) -> Response:
        """Take one delivery: 200 stored (or known, or nothing to store), 401, 408, 413, or 503 to be sent again."""
        now = self._now()
        try:
            body = await read_body(request, limit_bytes=BODY_LIMIT_BYTES, limit_s=BODY_SECONDS)
        except BodyRefused as refused:
            self._complain(refused.outcome, now)
            return Response(status_code=refused.status, headers={"Connection": "close"})
        refusal = self._source.verify(body, request.headers, now)
        if refusal is not None:
            self._complain(refusal.value, now)
            return Response(status_code=401)
        return await self._store(body, request.headers, now)

    async def _store(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Response:
        try:
            hints = [hint for hint in self._source.decode(body, headers) if _is_storable(hint)]
        except Undecodable as problem:
            self._complain("unparsable", now, problem=str(problem))
            return Response(status_code=200)
        try:
            for hint in hints:
                await self._intake.accept(self._spell_delivery(hint, now))
        except NotStored as problem:
            self._complain("not_stored", now, problem=str(problem))
            return Response(status_code=503, headers={"Retry-After": str(RETRY_AFTER_S)})
        self._figures.count(self._source.name, "accepted" if hints else "ignored")
        for hint in hints:
            _log.info("webhook.received", source=self._source.name, **{hint.subject_kind: hint.subject_id})
        return Response(status_code=200)

    def _spell_delivery(self, hint: Hint, now: datetime) -> Delivery:
        return Delivery(
            source=self._source.name,
            dedupe_keys=tuple(_bound_key(key) for key in hint.dedupe_keys),
            subject_kind=hint.subject_kind,
            subject_id=hint.subject_id,
            lane=_LIVE_LANE,
            received_at=now,
            body=hint.body,
        )

    def _complain(self, outcome: str, now: datetime, **details: str) -> None:
        """Count it, and log it unless the same was logged a moment ago: strangers must not fill the log."""
        number = self._figures.count(self._source.name, outcome)
        last = self._complained.get(outcome)
        if last is None or now - last >= _COMPLAINT_EVERY:
            self._complained[outcome] = now
            _log.warning("webhook.refused", source=self._source.name, outcome=outcome, total=number, **details)


def _is_storable(hint: Hint) -> bool:
    """A subject that no column could hold is none of ours, and would fail the commit that others share with it."""
    return 0 < len(hint.subject_id) <= _SUBJECT_LENGTH and hint.subject_id.isprintable()


def _bound_key(key: str) -> str:
    """The key as a store can keep it: printable, of bounded length, still different for different keys."""
    if len(key) <= _KEY_LENGTH and key.isprintable():
        return key
    return "sha256:" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
