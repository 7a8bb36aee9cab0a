"""Copying a ticket's file to the issue: fetched, called by its content, and put there once.

A convenience: the file stays on the ticket, so what cannot be copied holds up nothing else.
"""

import hashlib
import json

from connectors.effects import CopyFile
from connectors.errors import Certainty, NotFound, Refused, Unauthorized, Uncertain, Unreachable, VendorProblem
from worker.core.assessment import Target
from worker.core.files import spell_file_name
from worker.core.recovery import Lookup
from worker.flow.means import Means
from worker.flow.writer import Look, Sight, Writer
from worker.store.effects import EffectRow, EffectState, list_effects
from worker.store.escalations import read_escalation
from worker.store.subjects import SubjectKind


def _send_copy(means: Means, row: EffectRow, effect: CopyFile) -> str:
    issue_id = _find_place(means, effect)
    try:
        content = _fetch(means, effect)
    except VendorProblem as problem:
        if not _is_refusal(problem):
            raise
        return _decline(means, effect, problem)
    digest = hashlib.sha256(content).hexdigest()
    if digest in _list_digests(means, row, effect, issue_id):
        return _spell(issue_id, digest)
    try:
        means.tracker.attach_file(issue_id, spell_file_name(effect.file_name, digest), content)
    except VendorProblem as problem:
        if not _is_refusal(problem) or isinstance(problem, NotFound):
            raise
        return _decline(means, effect, problem)
    return _spell(issue_id, digest)


def _find_copy(means: Means, _look: Look, effect: CopyFile) -> Sight:
    """It is called by its content, so that is fetched again."""
    issue_id, content = _find_place(means, effect), _fetch(means, effect)
    digest = hashlib.sha256(content).hexdigest()
    is_there = means.tracker.has_file(issue_id, spell_file_name(effect.file_name, digest), len(content))
    return Sight(outcome=_spell(issue_id, digest) if is_there else None)


def _find_place(means: Means, effect: CopyFile) -> str:
    """The issue, unless it is a matter of Security's by now."""
    with means.database.snapshot() as connection:
        escalation = read_escalation(connection, effect.escalation_id)
    if escalation is None or escalation.issue is None or escalation.target is Target.SECURITY:
        raise Refused(vendor="jira", operation="copy file", detail="there is no issue that it may be copied to")
    return escalation.issue.id


def _fetch(means: Means, effect: CopyFile) -> bytes:
    """The content. A store of files that cannot be reached now is asked again when the issue is looked at next."""
    try:
        return means.helpdesk.fetch_file(effect.url, effect.max_bytes)
    except (Uncertain, Unreachable) as problem:
        detail = f"not fetched for now: {problem.detail}"
        raise _NotNow(vendor=problem.vendor, operation=problem.operation, detail=detail) from problem


class _NotNow(Refused):
    """Skipped, and intended again by the next plan."""


def _is_refusal(problem: VendorProblem) -> bool:
    return problem.certainty is Certainty.REJECTED and not isinstance(problem, Unauthorized | _NotNow)


def _decline(means: Means, effect: CopyFile, problem: VendorProblem) -> str:
    means.log.warning(
        "not_copied", escalation=effect.escalation_id, attachment=effect.attachment_id, detail=str(problem)
    )
    return json.dumps({"copied": False, "reason": str(problem)})


def _list_digests(means: Means, row: EffectRow, effect: CopyFile, issue_id: str) -> frozenset[str]:
    """The contents that were copied to this issue before, whatever they were called."""
    with means.database.snapshot() as connection:
        rows = list_effects(connection, SubjectKind.ESCALATION, effect.escalation_id)
    done = [one for one in rows if one.kind == row.kind and one.state is EffectState.DONE and one.outcome]
    outcomes = [json.loads(one.outcome or "{}") for one in done]
    return frozenset(one["digest"] for one in outcomes if one.get("issue") == issue_id and "digest" in one)


def _spell(issue_id: str, digest: str) -> str:
    return json.dumps({"copied": True, "issue": issue_id, "digest": digest})


def _is_gone(means: Means, effect: CopyFile) -> bool:
    return not means.tracker.read_issues([_find_place(means, effect)])


COPY: Writer[CopyFile] = Writer(
    vendor="jira",
    lookup=Lookup.DIRECT,
    send=_send_copy,
    find=_find_copy,
    is_final=lambda problem: isinstance(problem, _NotNow),
    is_gone=_is_gone,
)
