"""Which vendors may be asked now, what is due on those, and the probe that finds out whether one is back."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.errors import HeldBack, VendorProblem
from worker.flow.means import Means
from worker.store.subjects import SubjectKind, list_due_kinds
from worker.store.vendors import claim_probe, drop_probe, read_pauses, read_vendors

NEEDS: Mapping[SubjectKind, str] = {
    SubjectKind.TICKET: "zendesk",
    SubjectKind.POLL: "zendesk",
    SubjectKind.ESCALATION: "jira",
}
"""The vendor without which a subject of this kind can neither be planned nor written."""

_VENDORS = frozenset(NEEDS.values())
_PROBE_S = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class DueWork:
    """The kinds of which something is due that can be done, and the vendors that may be back."""

    kinds: frozenset[SubjectKind]
    probes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.kinds or self.probes)


def look_for_work(means: Means) -> DueWork:
    """Cheap look without a write. What needs a vendor that is closed is left where it is, at no cost to it."""
    now = means.now()
    clock = now.timestamp()
    with means.database.snapshot() as connection:
        kinds = list_due_kinds(connection, now)
        rows = read_vendors(connection)
        pauses = read_pauses(connection, _VENDORS)
    waits = {name: means.limits.find_wait(name, row, pauses, clock) for name, row in rows.items() if name in _VENDORS}
    probes = tuple(
        name
        for name in waits
        if rows[name].breaker.is_open
        and rows[name].breaker.left(clock) <= 0
        and not clock < (rows[name].probe_until or 0.0) <= clock + _PROBE_S
        and (name not in pauses or pauses[name].left(clock) <= 0)
    )
    return DueWork(kinds=frozenset(kind for kind in kinds if waits.get(NEEDS.get(kind, ""), 0.0) <= 0), probes=probes)


def probe_vendors(means: Means, vendors: tuple[str, ...]) -> bool:
    """Asks vendors that may be back, each by one thread of all; the answer alone opens or closes. True if any did."""
    clock = means.now().timestamp()
    asked = False
    for vendor in vendors:
        with means.database.transaction() as connection:
            won = claim_probe(connection, vendor, clock=clock, until=clock + _PROBE_S)
        if not won:
            continue
        asked = True
        try:
            with means.limits.probe(vendor):
                ask_account(means, vendor)
        except HeldBack:
            with means.database.transaction() as connection:
                drop_probe(connection, vendor)
        except VendorProblem:
            continue
    return asked


def ask_account(means: Means, vendor: str) -> None:
    """The one question that has nothing to do with any ticket or issue: who are we? Raises VendorProblem."""
    if vendor == NEEDS[SubjectKind.ESCALATION]:
        means.tracker.read_account()
    else:
        means.helpdesk.read_account()
