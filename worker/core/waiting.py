"""What was decided and does not get through: since when, why, and whom it needs. Told on the ticket once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from connectors.effects import PlannedWrite, UpdateTicket
from connectors.records import TicketStatus
from mappings.brief import Wait
from worker.core.assessment import Target
from worker.core.escalation import Escalation
from worker.core.plan import Member, Texts

_OPENING = "open"

_DROPPED = "dropped"


class Hold(StrEnum):
    """Why a write waits: for its turn, for certainty; or it was refused, is in doubt for good, or was dropped."""

    TURN = "turn"
    DOUBT = "doubt"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    DROPPED = "dropped"


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitingWrite:
    """A write that is not done, since it was decided."""

    id: int
    kind: str
    hold: Hold
    since: datetime
    error: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """How the writes of an escalation and of one of its tickets stand.

    `changed_at` is when the escalation last changed, `failure` why it could not be planned. `outage` and `remedy`
    are the tracker's, while it fails. `told` names the troubles that the ticket was told of.
    """

    changed_at: datetime
    writes: tuple[WaitingWrite, ...] = ()
    own: tuple[WaitingWrite, ...] = ()
    failure: str | None = None
    outage: str | None = None
    remedy: str | None = None
    told: frozenset[str] = frozenset()

    def has_dropped(self, kind: str) -> bool:
        """True when an operator gave up the newest write of this kind."""
        newest = next((write for write in reversed(self.writes) if write.kind == kind), None)
        return newest is not None and newest.hold is Hold.DROPPED


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """One thing that waits; its name tells it from others of the same ticket."""

    name: str
    wait: Wait


_WORDS = {
    "issue.open": "open the issue",
    "issue.link": "link the issue to the ticket",
    "issue.attach": "attach the brief to the issue",
    "issue.copy": "copy a file to the issue",
    "issue.change": "show the new severity on the issue",
    "issue.comment": "comment on the issue",
    "issue.relate": "link the issue to an earlier one",
    "ticket.update": "write a note and fields here",
    "ticket.problem": "link the problem ticket",
    "problem.open": "open the problem ticket",
    "ticket.link": "show the issue in Zendesk's Jira app",
    "ticket.reply": "write to the customer",
    "ticket.tag": "set the tags here",
}
_NOBODY = "nobody needs to do anything: it goes on by itself"


def name_opening(escalation: Escalation) -> str:
    """The trouble of an escalation that has no issue yet with the team that it is with."""
    return f"{_OPENING}-{escalation.moves + 1}" if escalation.moves else _OPENING


def find_trouble(escalation: Escalation, standing: Standing, ticket_id: int) -> Trouble | None:
    """What waits longest, however long that is; None when all that was decided has happened."""
    if escalation.issue is None and escalation.target is not Target.L2:
        return _find_opening(escalation, standing)
    if standing.own:
        write = standing.own[0]
        return Trouble(name=f"t{write.id}", wait=_describe(write, "Zendesk", f"ticket:{ticket_id}", standing))
    writes = [write for write in standing.writes if write.hold is not Hold.DROPPED]
    if _has_old_severity(escalation) and not standing.has_dropped("issue.change"):
        change = next((write for write in writes if write.kind == "issue.change"), None)
        return Trouble(name=f"r{escalation.revision}", wait=_await("issue.change", change, escalation, standing))
    if writes:
        return Trouble(name=f"w{writes[0].id}", wait=_await(writes[0].kind, writes[0], escalation, standing))
    return None


def find_patience_end(
    trouble: Trouble | None, standing: Standing, *, now: datetime, patience: timedelta
) -> datetime | None:
    """When the trouble is to be told if it then still is one, or when to see whether one that was told is over."""
    if trouble is None:
        return None
    ends = trouble.wait.since + patience
    return ends if ends > now and trouble.name not in standing.told else now + patience


def plan_waiting(
    member: Member,
    escalation: Escalation,
    standing: Standing,
    texts: Texts,
    *,
    now: datetime,
    patience: timedelta,
) -> tuple[PlannedWrite, ...]:
    """The notes about what has waited longer than `patience`, and about what is over; each once.

    That an issue was opened at last is told by the note that names it.
    """
    if member.ticket.status in {TicketStatus.CLOSED, TicketStatus.DELETED}:
        return ()
    trouble = find_trouble(escalation, standing, member.ticket.id)
    told = {name for name in standing.told if name.partition("-")[0] != _OPENING}
    over = sorted(told - {_DROPPED, trouble.name if trouble else ""})
    waits = [("over", name, Wait(what="", since=now, is_over=True)) for name in over]
    if trouble is not None and (trouble.name == _DROPPED or now - trouble.wait.since >= patience):
        waits.append(("waiting", trouble.name, trouble.wait))
    return tuple(
        PlannedWrite(
            key=f"{kind}:{escalation.id}:{member.ticket.id}:{name}",
            effect=UpdateTicket(ticket_id=member.ticket.id, note=texts.write_waiting_note(member, escalation, wait)),
        )
        for kind, name, wait in waits
    )


def _find_opening(escalation: Escalation, standing: Standing) -> Trouble:
    write = next((one for one in standing.writes if one.kind == "issue.open"), None)
    name = _DROPPED if write is not None and write.hold is Hold.DROPPED else name_opening(escalation)
    return Trouble(name=name, wait=_await("issue.open", write, escalation, standing))


def _has_old_severity(escalation: Escalation) -> bool:
    changed = escalation.revision > 0 and escalation.issue_severity is not escalation.severity
    return changed and escalation.issue is not None and escalation.issue_missing_since is None


def _await(kind: str, write: WaitingWrite | None, escalation: Escalation, standing: Standing) -> Wait:
    """The wait for a write to the issue, also while it is not even planned."""
    place = f"escalation:{escalation.id}"
    if write is not None:
        return _describe(write, "Jira", place, standing)
    remedy = _ask_operator(place) if standing.failure else _find_remedy(standing)
    return Wait(what=_WORDS[kind], since=standing.changed_at, reason=_tell_unplanned(standing), remedy=remedy)


def _tell_unplanned(standing: Standing) -> str:
    if standing.failure:
        return f"it could not be prepared: {standing.failure}"
    return f"Jira does not answer: {standing.outage}" if standing.outage else "its turn has not come yet"


def _describe(write: WaitingWrite, vendor: str, place: str, standing: Standing) -> Wait:
    reason, remedy = _explain(write, vendor, place, standing)
    return Wait(what=_WORDS.get(write.kind, write.kind), since=write.since, reason=reason, remedy=remedy)


def _explain(write: WaitingWrite, vendor: str, place: str, standing: Standing) -> tuple[str, str]:
    if write.hold is Hold.REFUSED:
        return f"{vendor} does not take it: {write.error}", _ask_operator(place)
    if write.hold is Hold.UNKNOWN:
        return f"{vendor} did not say whether it happened, and it was not found there", _ask_operator(place)
    if write.hold is Hold.DROPPED:
        return write.error or "an operator dropped it", "nothing more is tried"
    if write.hold is Hold.DOUBT:
        return f"{vendor} did not say whether it happened; it is being looked for", _NOBODY
    if standing.outage:
        return f"{vendor} does not answer: {standing.outage}", _find_remedy(standing)
    return "its turn has not come yet", _NOBODY


def _find_remedy(standing: Standing) -> str:
    """The vendor's remedy when somebody must act on it."""
    remedy = standing.remedy or ""
    return f"an operator must act: {remedy}" if remedy and not remedy.startswith("nothing") else _NOBODY


def _ask_operator(place: str) -> str:
    return f"an operator must act; escalator deadletters show {place} says how"
