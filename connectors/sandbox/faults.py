"""Scripted trouble: which requests or webhooks go wrong, how, and how often.

A rule fires for the requests that it matches, at most `times` times, each with `probability` drawn from its
own seeded generator, so that a run with faults can be repeated exactly.
"""

import random
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Action = Literal[
    "status",
    "drop_before",
    "drop_after",
    "stall",
    "slow",
    "truncate",
    "malformed",
    "redirect",
    "duplicate",
    "lose",
    "late",
    "reorder",
]
"""`status` answers with `status`, `body`, `headers` (after the write when `commit`); `drop_before` and
`drop_after` close the socket without a byte, before or after the write; `slow` waits before anything happens;
`stall` writes, sends half of the answer and waits; `truncate` writes, sends half and closes; `malformed`
writes and sends broken JSON; `redirect` answers 301 to `location`. The last four concern webhooks only."""

WEBHOOK_ACTIONS = frozenset({"duplicate", "lose", "late", "reorder"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One rule. `path` is a regular expression searched in path and query (for webhooks: in the subject).

    `times` None means for ever; `seconds` is the wait of slow, stall and late; `after` lets that many
    matching requests pass first.
    """

    action: Action
    vendor: Literal["zendesk", "jira", ""] = ""
    method: str = ""
    path: str = ""
    times: int | None = 1
    after: int = 0
    probability: float = 1.0
    seed: int = 0
    status: int = 503
    body: bytes | str = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    commit: bool = False
    seconds: float = 1.0
    location: str = "https://moved.example/"


class _Rule:
    """A fault with its counters and its own dice."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.pattern = re.compile(fault.path)
        self.dice = random.Random(fault.seed)  # noqa: S311 - repeatable dice, nothing secret
        self.seen = 0
        self.fired = 0

    def fires(self, vendor: str, method: str, subject: str) -> bool:
        fault = self.fault
        if fault.vendor not in ("", vendor) or fault.method.upper() not in ("", method.upper()):
            return False
        if not self.pattern.search(subject) or (fault.times is not None and self.fired >= fault.times):
            return False
        self.seen += 1
        if self.seen <= fault.after or self.dice.random() >= fault.probability:
            return False
        self.fired += 1
        return True


class FaultBook:
    """The rules in force; the first that fires wins."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[_Rule] = []

    def add(self, fault: Fault) -> None:
        """Put a rule in force behind those already there."""
        with self._lock:
            self._rules.append(_Rule(fault))

    def clear(self) -> None:
        """Take every rule out of force."""
        with self._lock:
            self._rules.clear()

    def fired(self) -> int:
        """How often any rule in force has fired."""
        with self._lock:
            return sum(rule.fired for rule in self._rules)

    def strike_request(self, vendor: str, method: str, target: str) -> Fault | None:
        """The fault that this request meets, if any."""
        return self._strike(vendor, method, target, webhook=False)

    def strike_webhook(self, vendor: str, subject: str) -> Fault | None:
        """The fault that this outgoing webhook meets, if any."""
        return self._strike(vendor, "", subject, webhook=True)

    def _strike(self, vendor: str, method: str, subject: str, *, webhook: bool) -> Fault | None:
        with self._lock:
            for rule in self._rules:
                if (rule.fault.action in WEBHOOK_ACTIONS) is webhook and rule.fires(vendor, method, subject):
                    return rule.fault
        return None
