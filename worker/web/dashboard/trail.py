"""The steps of a timeline in words, one line each, for people."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from worker.store.trail import Step

_WRITES = {
    "ticket.update": "note and fields on the ticket",
    "ticket.tag": "tags on the ticket",
    "ticket.problem": "link to the problem ticket",
    "problem.open": "opening the problem ticket",
    "issue.open": "opening the issue",
    "issue.link": "link from the issue to the ticket",
    "issue.attach": "the brief as an attachment",
    "issue.copy": "copy of a file",
    "issue.change": "change of the issue",
    "issue.comment": "comment on the issue",
    "issue.relate": "link to an earlier issue",
    "twin.link": "link to the duplicate issue",
    "twin.comment": "comment on an issue that was left",
    "twin.close": "closing an issue that was left",
}
_STATES = {
    "intended": "waits to be sent",
    "started": "was sent; the answer is not known yet",
    "done": "done",
    "rejected": "refused",
    "unknown": "was sent and never found again",
    "skipped": "not sent: nothing wants it any more",
    "dropped": "given up by an operator",
}
_HAPPENINGS = {
    "issue_opened": "the receiving team has it",
    "issue_fixed": "the issue is fixed",
    "issue_released": "the fix is out",
    "issue_declined": "the team declined it",
    "issue_reopened": "the issue was reopened",
    "eased": "support takes it back",
    "worsened": "it is needed again",
    "confirmed": "the customer is content",
    "denied": "the customer says that it is not solved",
    "finished": "every ticket is closed",
    "ended": "a person closed it",
    "moved": "it goes to another team",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One entry: `kind` chooses its mark, `detail` is what more there is to say."""

    at: datetime
    subject: str
    kind: str
    told: str
    details: tuple[str, ...] = ()
    policy_digest: str = ""


def tell_steps(steps: Sequence[Step]) -> tuple[Line, ...]:
    """The steps in words, newest first; that a write was done is told once, by the write itself."""
    return tuple(_tell(step) for step in reversed(steps) if step.event != "written")


def name_write(kind: str) -> str:
    """A kind of write in words."""
    return _WRITES.get(kind, kind)


def name_state(state: str) -> str:
    """Where a write stands, in words."""
    return _STATES.get(state, state)


def _tell(step: Step) -> Line:
    told, details = _TELLERS.get(step.event, _tell_other)(step.data)
    if step.event not in _TELLERS:
        told = step.event.replace("_", " ")
    return Line(
        at=step.at,
        subject=_spell_subject(step.subject),
        kind=_find_kind(step),
        told=told,
        details=tuple(detail for detail in details if detail),
        policy_digest=step.policy_digest or "",
    )


def _spell_subject(subject: str) -> str:
    kind, _, name = subject.partition(":")
    return f"#{name}" if kind == "ticket" else kind


def _find_kind(step: Step) -> str:
    if step.event == "write":
        state = str(step.data.get("state"))
        return {"rejected": "bad", "unknown": "bad", "done": "write"}.get(state, "wait")
    if step.event in {"ordered", "snoozed", "learned", "replayed", "dropped", "confirm", "reject", "split", "merge"}:
        return "person"
    return "bad" if step.event in {"parked", "rejected", "bounced", "twins_found"} else "plain"


Told = tuple[str, Sequence[str]]


def _tell_write(data: Mapping[str, object]) -> Told:
    state = str(data.get("state"))
    words = f"{name_write(str(data.get('kind')))}: {name_state(state)}"
    key = re.sub(r"[0-9a-f]{16}", "…", str(data.get("key", "")))
    return words, (str(data.get("error") or ""), f"key {key}" if state != "done" else "")


def _tell_decided(data: Mapping[str, object]) -> Told:
    to = f" to {data['target']}" if data.get("target") else ""
    severity = f", {data['severity']}" if data.get("severity") else ""
    return f"decided: {data.get('action')}{to}{severity}", _list(data.get("reasons"))


def _tell_stepped(data: Mapping[str, object]) -> Told:
    happening = _HAPPENINGS.get(str(data.get("happening")), str(data.get("happening")))
    to = str(data.get("to")).replace("_", " ")
    return f"now {to}: {happening}", _list(data.get("reasons"))


def _tell_ordered(data: Mapping[str, object]) -> Told:
    order = str(data.get("order")).replace("_", " ")
    return f"{data.get('by')} ordered: {order}", (str(data.get("reason") or ""),)


def _tell_asked(data: Mapping[str, object]) -> Told:
    return f"question {data.get('number')} to the team", _list(data.get("reasons"))


def _tell_snoozed(data: Mapping[str, object]) -> Told:
    return f"{data.get('by')} put a clock to sleep until {data.get('until')}", (str(data.get("reason") or ""),)


def _tell_seen(data: Mapping[str, object]) -> Told:
    if data.get("missing"):
        return f"{data.get('key')} is not there any more", ()
    resolution = f", {data['resolution']}" if data.get("resolution") else ""
    return f"{data.get('key')} is {data.get('status')}{resolution}", ()


def _tell_moved(data: Mapping[str, object]) -> Told:
    left = f"; left behind: {', '.join(_list(data['left']))}" if data.get("left") else ""
    unsure = (f"may have arrived there: {', '.join(_list(data['unsure']))}",) if data.get("unsure") else ()
    return f"went from {data.get('from')} to {data.get('to')}{left}", (*_list(data.get("reasons")), *unsure)


def _tell_other(data: Mapping[str, object]) -> Told:
    return "", tuple(f"{name.replace('_', ' ')}: {'; '.join(_list(value))}" for name, value in data.items() if value)


def _list(value: object) -> tuple[str, ...]:
    if isinstance(value, list | tuple):
        return tuple(map(str, value))
    return (str(value),) if value not in (None, "") else ()


_TELLERS: Mapping[str, Callable[[Mapping[str, object]], Told]] = {
    "write": _tell_write,
    "decided": _tell_decided,
    "stepped": _tell_stepped,
    "ordered": _tell_ordered,
    "asked": _tell_asked,
    "snoozed": _tell_snoozed,
    "issue_seen": _tell_seen,
    "moved": _tell_moved,
}
