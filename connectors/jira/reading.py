"""Finding issues again: by marker through the search index, which lags, and by identity, which does not.

Rules from Jira Cloud REST v3: `search/jql` pages by token only and never says a total; `reconcileIssues` takes
up to 50 ids; `issue/bulkfetch` takes up to 100 and leaves missing or invisible issues out of its answer.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from connectors.errors import NotFound, Refused
from connectors.jira.access import JiraLine, Params
from connectors.jira.answers import VENDOR, doubt, expect_issue, expect_part, find_objects
from connectors.jira.drafts import spell_footer
from connectors.jira.jql import find_marked, find_newest
from connectors.jira.parse import ISSUE_FIELDS, PROPERTY_KEY, parse_comment, read_person
from connectors.records import Issue, IssueComment
from connectors.verdicts import expect_object

_BULK = 100
_RECONCILED = 50
_SEARCH_PAGE = 50
_SEARCH_PAGES = 20
_NEWEST_COMMENTS = 50
_PROBED_AHEAD = 50
_BAD_REQUEST = 400
_LONGEST_NUMBER = 12
_UNKNOWN_VALUE = re.compile(r"does not exist|doesn't exist|not found", re.IGNORECASE)


class IssueReader:
    """The reads of one client."""

    def __init__(self, line: JiraLine, *, marker_field: str = "") -> None:
        self._line = line
        self._marker_field = marker_field
        self._fields = [*ISSUE_FIELDS, *([marker_field] if marker_field else [])]

    def find_issues(self, marker: str, projects: Sequence[str], known_ids: Sequence[str]) -> tuple[Issue, ...]:
        """See `JiraTracker.find_issues`."""
        if not projects:
            raise Refused(vendor=VENDOR, operation="find issues", detail="no project is configured to search in")
        jql = find_marked(marker, spell_footer(marker), projects, self._marker_field)
        try:
            return _keep_ours(self._search(jql, known_ids), marker)
        except Refused as refusal:
            # Some sites refuse a value that no issue has yet, instead of finding nothing.
            if refusal.status == _BAD_REQUEST and marker in refusal.detail and _UNKNOWN_VALUE.search(refusal.detail):
                return ()
            raise

    def probe_issues(self, marker: str, project: str, last_number: int) -> tuple[Issue, ...]:
        """See `JiraTracker.probe_issues`."""
        newest = max((_read_number(issue.key) for issue in self._read_newest(project)), default=0)
        numbers = iter(_list_probed(last_number, newest))
        found: dict[str, Issue] = {}
        while chunk := list(islice(numbers, _BULK)):
            found |= {issue.id: issue for issue in self._probe([f"{project}-{number}" for number in chunk])}
        return _keep_ours(found.values(), marker)

    def read_issues(self, ids_or_keys: Sequence[str]) -> tuple[Issue, ...]:
        """See `JiraTracker.read_issues`."""
        wanted = iter(dict.fromkeys(ids_or_keys))
        found: dict[str, Issue] = {}
        while chunk := list(islice(wanted, _BULK)):
            found |= {issue.id: issue for issue in self._fetch(chunk)}
        return tuple(sorted(found.values(), key=_rank_age))

    def read_comments(self, issue_id: str, read_own_id: Callable[[], str]) -> tuple[IssueComment, ...]:
        """See `JiraTracker.read_comments`."""
        newest: Params = {"orderBy": "-created", "maxResults": _NEWEST_COMMENTS}
        answer = self._line.read(f"issue/{issue_id}/comment", newest)
        expect_part(answer, "comments", list, operation="read comments")
        own_id = read_own_id()
        found = (parse_comment(raw, own_id) for raw in find_objects(answer, "comments"))
        return tuple(sorted((one for one in found if one is not None), key=lambda one: one.created_at))

    def has_comment(self, issue_id: str, token: str, read_own_id: Callable[[], str]) -> bool:
        """See `JiraTracker.has_comment`; who we are is asked only when a comment carries the token."""
        newest: Params = {"orderBy": "-created", "maxResults": _NEWEST_COMMENTS}
        answer = self._line.read(f"issue/{issue_id}/comment", newest)
        expect_part(answer, "comments", list, operation="read comments")
        word = re.compile(rf"(?<![\w:.-]){re.escape(token)}(?![\w:-])")
        comments = find_objects(answer, "comments")
        bearers = [comment for comment in comments if any(map(word.search, _walk_texts(comment.get("body"))))]
        authors = {read_person(comment, "author") for comment in bearers}
        return None in authors or (bool(authors) and read_own_id() in authors)

    def has_file(self, issue_id: str, file_name: str, size: int) -> bool:
        """See `JiraTracker.has_file`."""
        answer = self._line.read(f"issue/{issue_id}", {"fields": "attachment"})
        fields = expect_part(answer, "fields", dict, operation="read attachments")
        attached = find_objects(fields, "attachment")
        return any(file.get("filename") == file_name and file.get("size") in (None, size) for file in attached)

    def has_link(self, issue_id: str, other_id: str) -> bool:
        """True when the issue is linked to the other one, in whatever direction and by whatever type."""
        answer = self._line.read(f"issue/{issue_id}", {"fields": "issuelinks"})
        fields = expect_part(answer, "fields", dict, operation="read issue links")
        ends = (
            link.get(end) for link in find_objects(fields, "issuelinks") for end in ("inwardIssue", "outwardIssue")
        )
        return any(isinstance(end, Mapping) and str(end.get("id")) == other_id for end in ends)

    def read_history(self, issue_id: str) -> Mapping[str, Any]:
        """An issue with its comments and its newest changes."""
        params: Params = {"fields": "comment,status,assignee", "expand": "changelog"}
        answer = self._line.read(f"issue/{issue_id}", params)
        return expect_object(answer, vendor=VENDOR, operation="read history")

    def _probe(self, keys: list[str]) -> Iterator[Issue]:
        """Those of the keys that exist. A site may refuse keys that do not; that proves nothing either."""
        body = {"issueIdsOrKeys": keys, "fields": self._fields, "properties": [PROPERTY_KEY]}
        try:
            answer = self._line.read_by_post("issue/bulkfetch", body)
        except (NotFound, Refused):
            return
        for raw in expect_part(answer, "issues", list, operation="probe issues"):
            yield self._parse(raw, "probe issues")

    def _read_newest(self, project: str) -> tuple[Issue, ...]:
        """The newest issue that the index knows; none when the index cannot be asked."""
        try:
            page = self._read_page(find_newest(project), [], None, size=1)
        except Refused:
            return ()
        return tuple(self._parse(raw, "find newest") for raw in find_objects(page, "issues")[:1])

    def _parse(self, raw: object, operation: str) -> Issue:
        return expect_issue(raw, operation=operation, marker_field=self._marker_field)

    def _search(self, jql: str, known_ids: Sequence[str]) -> tuple[Issue, ...]:
        reconciled = [int(known) for known in known_ids if known.isascii() and known.isdigit()][:_RECONCILED]
        found: dict[str, Issue] = {}
        tokens: list[str | None] = [None]
        while len(tokens) <= _SEARCH_PAGES:
            page = self._read_page(jql, reconciled, tokens[-1])
            raws = expect_part(page, "issues", list, operation="find issues")
            found |= {issue.id: issue for issue in (self._parse(raw, "find issues") for raw in raws)}
            token = page.get("nextPageToken")
            if not token or page.get("isLast") is True:
                return tuple(found.values())
            if token in tokens:
                raise doubt("find issues", "the search repeats a page")
            tokens.append(str(token))
        raise doubt("find issues", "the search does not end")

    def _read_page(
        self, jql: str, reconciled: list[int], token: str | None, *, size: int = _SEARCH_PAGE
    ) -> dict[str, Any]:
        answer = self._line.ask(
            "find issues",
            lambda library: library.enhanced_search_issues(
                jql,
                nextPageToken=token,
                maxResults=size,
                fields=self._fields,
                reconcileIssues=reconciled,
                properties=PROPERTY_KEY,
                json_result=True,
            ),
        )
        return expect_object(answer, vendor=VENDOR, operation="find issues")

    def _fetch(self, ids_or_keys: list[str]) -> Iterator[Issue]:
        body = {"issueIdsOrKeys": ids_or_keys, "fields": self._fields, "properties": [PROPERTY_KEY]}
        answer = self._line.read_by_post("issue/bulkfetch", body)
        for raw in expect_part(answer, "issues", list, operation="read issues"):
            yield self._parse(raw, "read issues")
        # An issue in `issueErrors` exists but did not fit into this answer; a missing one is in neither list.
        for error in find_objects(answer, "issueErrors"):
            yield from self._fetch_alone(str(error.get("id") or ""))

    def _fetch_alone(self, issue_id: str) -> Iterator[Issue]:
        if not issue_id:
            raise doubt("read issues", "an issue could not be read and is not named")
        params = {"fields": ",".join(self._fields), "properties": PROPERTY_KEY}
        try:
            yield self._parse(self._line.read(f"issue/{issue_id}", params), "read issues")
        except NotFound:
            return


def _keep_ours(hits: Iterable[Issue], marker: str) -> tuple[Issue, ...]:
    """The property proves; the label alone counts only when nothing is proved, since a clone copies labels."""
    hits = tuple(hits)
    proved = [hit for hit in hits if hit.marker == marker]
    labelled = [hit for hit in hits if hit.marker is None and marker in hit.marks]
    return tuple(sorted(proved or labelled, key=_rank_age))


def _rank_age(issue: Issue) -> tuple[int, str]:
    return (int(issue.id), "") if issue.id.isdigit() else (0, issue.id)


def _list_probed(last: int, newest: int) -> tuple[int, ...]:
    """Fifty numbers after the last that we know, and fifty on either side of the newest that the index knows."""
    ahead = range(last + 1, last + _PROBED_AHEAD + 1)
    around = range(max(last + 1, newest - _PROBED_AHEAD + 1), newest + _PROBED_AHEAD + 1)
    return tuple(dict.fromkeys((*ahead, *around)))


def _read_number(key: str) -> int:
    number = key.rpartition("-")[2]
    return int(number) if number.isascii() and number.isdigit() and len(number) <= _LONGEST_NUMBER else 0


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
