"""Every way a vendor call can fail, as data that a caller can decide on.

The one question that matters after a failed write is whether it may have happened. `Certainty` answers it:
a NOT_SENT or REJECTED write did not happen; an UNCERTAIN one may have and is never sent again blindly.
"""

from collections.abc import Mapping
from enum import StrEnum


class Certainty(StrEnum):
    """What is known of a write after a failed call."""

    NOT_SENT = "not_sent"
    REJECTED = "rejected"
    UNCERTAIN = "uncertain"


class VendorProblem(Exception):
    """A call to a vendor failed. The message is safe to log: no bodies, no headers, no credentials.

    `retry_after_s` is the vendor's wish in seconds, to be obeyed as a minimum. `fields` names the fields
    that the vendor refused, with its words.
    """

    certainty = Certainty.REJECTED

    def __init__(
        self,
        *,
        vendor: str,
        operation: str,
        detail: str,
        status: int | None = None,
        retry_after_s: float | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> None:
        self.vendor = vendor
        self.operation = operation
        self.detail = detail
        self.status = status
        self.retry_after_s = retry_after_s
        self.fields = dict(fields or {})
        answered = f"answered {status}" if status is not None else "failed"
        super().__init__(f"{vendor}: {operation} {answered}: {detail}")


class Unreachable(VendorProblem):
    """No connection was made (refused, DNS, TLS, connect time-out): the request was not sent."""

    certainty = Certainty.NOT_SENT


class HeldBack(VendorProblem):
    """Not sent by our own choice: a limit, a Retry-After or an outage says to wait `retry_after_s` first."""

    certainty = Certainty.NOT_SENT

    def __init__(self, *, vendor: str, operation: str, detail: str, wait_s: float) -> None:
        super().__init__(vendor=vendor, operation=operation, detail=detail, retry_after_s=wait_s)


class Throttled(VendorProblem):
    """429: nothing was done; wait at least `retry_after_s`."""

    certainty = Certainty.NOT_SENT


class Unauthorized(VendorProblem):
    """401: the credentials are wrong or expired; an operator must act."""


class Forbidden(VendorProblem):
    """403: the account may not do this."""


class NotFound(VendorProblem):
    """404 or 410: gone, or invisible to our account; the two cannot be told apart."""


class Conflict(VendorProblem):
    """409: somebody else wrote at the same time; read again and decide again."""


class Refused(VendorProblem):
    """400, 413, 422 and other 4xx: the vendor understood and said no; the same request will fail again."""


class Uncertain(VendorProblem):
    """The request was sent and its outcome is unknown (read time-out, lost connection, 5xx, redirect, bad body)."""

    certainty = Certainty.UNCERTAIN


class UnreadableFile(Exception):
    """The file as a whole cannot be read; the message names it and says why."""
