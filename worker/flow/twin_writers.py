"""Writes to an issue of ours that is one too many (link it, say why, close it), and links to earlier issues.

They tidy up. What Jira refuses here is left as it is and never holds up the escalation's own writes.
"""

import json

from connectors.effects import CloseTwin, CommentTwin, LinkTwin, RelateIssue
from connectors.errors import Certainty, Unauthorized, VendorProblem
from connectors.records import StatusCategory
from worker.core.recovery import Lookup
from worker.flow.means import Means
from worker.flow.unsent import before_sending
from worker.flow.writer import DONE, Look, Sight, Writer, spell_found
from worker.store.effects import EffectRow


def _send_link(means: Means, _row: EffectRow, effect: LinkTwin) -> str:
    with before_sending():
        is_linked = means.tracker.has_link(effect.issue_id, effect.survivor_id)
    if not is_linked:
        means.tracker.link_duplicate(effect.issue_id, effect.survivor_id)
    return DONE


def _find_link(means: Means, _look: Look, effect: LinkTwin) -> Sight:
    return spell_found(means.tracker.has_link(effect.issue_id, effect.survivor_id))


def _send_relation(means: Means, _row: EffectRow, effect: RelateIssue) -> str:
    with before_sending():
        is_linked = means.tracker.has_link(effect.issue_id, effect.other_id)
    if not is_linked:
        means.tracker.link_related(effect.issue_id, effect.other_id)
    return DONE


def _find_relation(means: Means, _look: Look, effect: RelateIssue) -> Sight:
    return spell_found(means.tracker.has_link(effect.issue_id, effect.other_id))


def _send_comment(means: Means, row: EffectRow, effect: CommentTwin) -> str:
    means.tracker.add_comment(effect.issue_id, effect.markdown, row.key)
    return DONE


def _find_comment(means: Means, look: Look, effect: CommentTwin) -> Sight:
    return spell_found(means.tracker.has_comment(effect.issue_id, look.row.key))


def _send_close(means: Means, _row: EffectRow, effect: CloseTwin) -> str:
    """A person may have begun to work on it since it was judged untouched; then it is theirs to close."""
    with before_sending():
        is_closed = _is_closed(means, effect.issue_id)
        is_touched = not is_closed and means.tracker.was_touched(effect.issue_id)
    closed = is_closed or (not is_touched and means.tracker.close_issue(effect.issue_id))
    return json.dumps({"closed": closed, "touched": is_touched})


def _find_close(means: Means, _look: Look, effect: CloseTwin) -> Sight:
    found = _is_closed(means, effect.issue_id)
    return Sight(outcome=json.dumps({"closed": True, "touched": False})) if found else Sight()


def _is_closed(means: Means, issue_id: str) -> bool:
    """An issue that is gone needs no closing."""
    issues = means.tracker.read_issues([issue_id])
    return not issues or issues[0].category is StatusCategory.DONE


def _is_final(problem: VendorProblem) -> bool:
    return problem.certainty is Certainty.REJECTED and not isinstance(problem, Unauthorized)


LINK: Writer[LinkTwin] = Writer(
    vendor="jira", lookup=Lookup.DIRECT, send=_send_link, find=_find_link, is_final=_is_final
)
RELATE: Writer[RelateIssue] = Writer(
    vendor="jira", lookup=Lookup.DIRECT, send=_send_relation, find=_find_relation, is_final=_is_final
)
COMMENT: Writer[CommentTwin] = Writer(
    vendor="jira", lookup=Lookup.DIRECT, send=_send_comment, find=_find_comment, is_final=_is_final
)
CLOSE: Writer[CloseTwin] = Writer(
    vendor="jira", lookup=Lookup.DIRECT, send=_send_close, find=_find_close, is_final=_is_final
)
