"""What the web edge must know of a sender of webhooks: which deliveries are its own, and what they say."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Refusal(StrEnum):
    """Why a delivery is not believed."""

    UNSIGNED = "unsigned"
    BAD_SIGNATURE = "bad_signature"
    STALE = "stale"
    TEST_SECRET = "test_secret"  # noqa: S105 - the name of a reason


class Undecodable(ValueError):
    """The body of a believed delivery cannot be read. The message quotes none of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hint:
    """What a delivery says: this subject may have changed. The keys and the body are as in a `Delivery`."""

    subject_kind: str
    subject_id: str
    dedupe_keys: tuple[str, ...]
    body: bytes | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class WebhookSource:
    """One sender, served at `/webhooks/<name>`.

    `verify(body, headers, now)` returns None when the delivery is the sender's. `decode(body, headers)` returns the
    hints in it, none when it concerns nothing of ours, and raises Undecodable.
    """

    name: str
    verify: Callable[[bytes, Mapping[str, str], datetime], Refusal | None]
    decode: Callable[[bytes, Mapping[str, str]], Sequence[Hint]]
