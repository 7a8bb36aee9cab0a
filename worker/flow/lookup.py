"""Looking for issues of ours: through the index, which lags, and past it; and whether the index is to be believed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from connectors.errors import Forbidden, NotFound, Refused
from connectors.records import Issue
from worker.core.copies import is_ours
from worker.core.escalation import spell_marker
from worker.flow.means import Means
from worker.store.doubts import find_canary, find_last_number


@dataclass(frozen=True, kw_only=True, slots=True)
class Hits:
    """Issues of ours that exist, and those that only the index still knows (deleted, or invisible to us now)."""

    live: tuple[Issue, ...] = ()
    ghosts: tuple[Issue, ...] = ()


def list_projects(means: Means) -> tuple[str, ...]:
    """The projects in which an issue of ours may live: people move issues from one target's to another's.

    Only those that our account sees, when it can be asked: one unknown name makes Jira refuse, or find nothing.
    """
    targets = means.policy.routing.targets
    configured = {getattr(targets, name).project for name in type(targets).model_fields} - {""}
    try:
        visible = configured & set(means.tracker.read_projects())
    except (Forbidden, NotFound, Refused):
        visible = configured
    return tuple(sorted(visible or configured))


def search_issues(means: Means, marker: str) -> Hits:
    """Issues of ours by the marker through the index, each proved by a read of its identity."""
    found = [
        issue for issue in means.tracker.find_issues(marker, list_projects(means)) if _is_ours(means, issue, marker)
    ]
    if not found:
        return Hits()
    live = keep_ours(means, means.tracker.read_issues([issue.id for issue in found]), marker)
    known = {issue.id for issue in live}
    return Hits(live=live, ghosts=tuple(issue for issue in found if issue.id not in known))


def probe_issues(means: Means, marker: str, project: str) -> tuple[Issue, ...]:
    """Issues of ours among the next keys of a project, past the index."""
    with means.database.snapshot() as connection:
        last = find_last_number(connection, project)
    return keep_ours(means, means.tracker.probe_issues(marker, project, last), marker)


def keep_ours(means: Means, issues: Iterable[Issue], marker: str) -> tuple[Issue, ...]:
    """Those that are ours beyond doubt or contradiction."""
    return tuple(issue for issue in issues if _is_ours(means, issue, marker))


def find_lag(means: Means, escalation_id: str) -> str | None:
    """Words when the index lags more than the quiet window: it does not see an issue of ours that is older than that.

    An issue that has lost its marker, or is gone, says nothing about the index.
    """
    window = timedelta(seconds=means.timing.windows.whole_s)
    with means.database.snapshot() as connection:
        canary = find_canary(connection, means.now() - window, escalation_id)
    if canary is None:
        return None
    marker = spell_marker(canary.escalation_id)
    hits = means.tracker.find_issues(marker, list_projects(means))
    if any(hit.id == canary.issue.id for hit in hits):
        return None
    is_marked = any(marker in issue.marks for issue in _read_here(means, [canary.issue.id]))
    return (
        f"the search does not find {canary.issue.key} either, which is older than the quiet window"
        if is_marked
        else None
    )


def _read_here(means: Means, ids: Sequence[str]) -> tuple[Issue, ...]:
    projects = list_projects(means)
    return tuple(issue for issue in means.tracker.read_issues(ids) if issue.project in projects)


def _is_ours(means: Means, issue: Issue, marker: str) -> bool:
    own_id = "" if issue.marker is not None else find_own_id(means)
    return is_ours(issue, marker, own_id)


def find_own_id(means: Means) -> str:
    """The id of our account in the tracker, asked once per process."""
    if not means.memory.tracker_id:
        means.memory.tracker_id = means.tracker.read_account().id
    return means.memory.tracker_id
