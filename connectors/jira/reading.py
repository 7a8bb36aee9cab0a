"""Finding issues again: by marker through the search index, which lags, and by identity, which does not.

Rules from Jira Cloud REST v3: `search/jql` pages by token only and never says a total; `reconcileIssues` takes
up to 50 ids; `issue/bulkfetch` takes up to 100 and leaves missing or invisible issues out of its answer.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from connectors.errors import NotFound, Refused
from connectors.jira.access import JiraLine, Params
from connectors.jira.answers import VENDOR, doubt, expect_issue, expect_part, find_objects
from connectors.jira.drafts import spell_footer
from connectors.jira.jql import find_marked
from connectors.jira.parse import ISSUE_FIELDS, PROPERTY_KEY
from connectors.records import Issue
from connectors.verdicts import expect_object

_BULK = 100
_RECONCILED = 50
_SEARCH_PAGE = 50
_SEARCH_PAGES = 20
_NEWEST_COMMENTS = 50


class IssueReader:
    """The reads of one client."""

    def __init__(self, line: JiraLine, *, marker_field: str = "") -> None:
        self._line = line
        self._marker_field = marker_field

    def find_issues(self, marker: str, projects: Sequence[str], known_ids: Sequence[str]) -> tuple[Issue, ...]:
        """See `JiraTracker.find_issues`."""
        if not projects:
            raise Refused(vendor=VENDOR, operation="find issues", detail="no project is configured to search in")
        jql = find_marked(marker, spell_footer(marker), projects, self._marker_field)
        return _keep_ours(self._search(jql, known_ids), marker)

    def read_issues(self, ids_or_keys: Sequence[str]) -> tuple[Issue, ...]:
        """See `JiraTracker.read_issues`."""
        wanted = iter(dict.fromkeys(ids_or_keys))
        found: dict[str, Issue] = {}
        while chunk := list(islice(wanted, _BULK)):
            found |= {issue.id: issue for issue in self._fetch(chunk)}
        return tuple(sorted(found.values(), key=_rank_age))

    def has_comment(self, issue_id: str, token: str) -> bool:
        """True when one of the fifty newest comments carries the token as a word of its own."""
        newest: Params = {"orderBy": "-created", "maxResults": _NEWEST_COMMENTS}
        answer = self._line.read(f"issue/{issue_id}/comment", newest)
        expect_part(answer, "comments", list, operation="read comments")
        word = re.compile(rf"(?<![\w:.-]){re.escape(token)}(?![\w:-])")
        comments = find_objects(answer, "comments")
        return any(word.search(text) for comment in comments for text in _walk_texts(comment.get("body")))

    def read_file_names(self, issue_id: str) -> frozenset[str]:
        """The names of the files attached to an issue."""
        answer = self._line.read(f"issue/{issue_id}", {"fields": "attachment"})
        fields = expect_part(answer, "fields", dict, operation="read attachments")
        return frozenset(str(attached.get("filename")) for attached in find_objects(fields, "attachment"))

    def _search(self, jql: str, known_ids: Sequence[str]) -> tuple[Issue, ...]:
        reconciled = [int(known) for known in known_ids if known.isascii() and known.isdigit()][:_RECONCILED]
        found: dict[str, Issue] = {}
        tokens: list[str | None] = [None]
        while len(tokens) <= _SEARCH_PAGES:
            page = self._read_page(jql, reconciled, tokens[-1])
            raws = expect_part(page, "issues", list, operation="find issues")
            found |= {issue.id: issue for issue in (expect_issue(raw, operation="find issues") for raw in raws)}
            token = page.get("nextPageToken")
            if not token or page.get("isLast") is True:
                return tuple(found.values())
            if token in tokens:
                raise doubt("find issues", "the search repeats a page")
            tokens.append(str(token))
        raise doubt("find issues", "the search does not end")

    def _read_page(self, jql: str, reconciled: list[int], token: str | None) -> dict[str, Any]:
        answer = self._line.ask(
            "find issues",
            lambda library: library.enhanced_search_issues(
                jql,
                nextPageToken=token,
                maxResults=_SEARCH_PAGE,
                fields=list(ISSUE_FIELDS),
                reconcileIssues=reconciled,
                properties=PROPERTY_KEY,
                json_result=True,
            ),
        )
        return expect_object(answer, vendor=VENDOR, operation="find issues")

    def _fetch(self, ids_or_keys: list[str]) -> Iterator[Issue]:
        body = {"issueIdsOrKeys": ids_or_keys, "fields": list(ISSUE_FIELDS), "properties": [PROPERTY_KEY]}
        answer = self._line.read_by_post("issue/bulkfetch", body)
        for raw in expect_part(answer, "issues", list, operation="read issues"):
            yield expect_issue(raw, operation="read issues")
        # An issue in `issueErrors` exists but did not fit into this answer; a missing one is in neither list.
        for error in find_objects(answer, "issueErrors"):
            yield from self._fetch_alone(str(error.get("id") or ""))

    def _fetch_alone(self, issue_id: str) -> Iterator[Issue]:
        if not issue_id:
            raise doubt("read issues", "an issue could not be read and is not named")
        params = {"fields": ",".join(ISSUE_FIELDS), "properties": PROPERTY_KEY}
        try:
            yield expect_issue(self._line.read(f"issue/{issue_id}", params), operation="read issues")
        except NotFound:
            return


def _keep_ours(hits: Iterable[Issue], marker: str) -> tuple[Issue, ...]:
    """The property proves; the label alone counts only when nothing is proved, since a clone copies labels."""
    hits = tuple(hits)
    proved = [hit for hit in hits if hit.marker == marker]
    labelled = [hit for hit in hits if hit.marker is None and marker in hit.labels]
    return tuple(sorted(proved or labelled, key=_rank_age))


def _rank_age(issue: Issue) -> tuple[int, str]:
    return (int(issue.id), "") if issue.id.isdigit() else (0, issue.id)


def _walk_texts(rich: object) -> Iterator[str]:
    """The text runs of an ADF document, or the one text of wiki markup; no recursion, whatever the depth."""
    pending: list[object] = [rich]
    while pending:
        node = pending.pop()
        if isinstance(node, str):
            yield node
        elif isinstance(node, list):
            pending.extend(node)
        elif isinstance(node, Mapping):
            pending.extend((node.get("text"), node.get("content")))
