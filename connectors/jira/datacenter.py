"""Finding issues again on Jira Data Center, which has no search by token, no reconciliation and no reading in bulk.

A search pages by `startAt` and shows no entity properties (Jira Data Center REST v2, search), so it only names
candidates: each is then read by identity, past the index, which is also how a known issue is read.
"""

from collections.abc import Iterator, Sequence

from connectors.errors import NotFound, Refused
from connectors.jira.answers import doubt, expect_part, find_objects
from connectors.jira.jql import find_newest
from connectors.jira.parse import read_identity
from connectors.jira.reading import IssueReader
from connectors.records import Issue

_PAGE = 50
_PAGES = 20


class DataCenterReader(IssueReader):
    """The reads of one client on Data Center."""

    def _search(self, jql: str, known_ids: Sequence[str]) -> tuple[Issue, ...]:
        known = [issue_id for issue_id in known_ids if issue_id.isascii() and issue_id.isdigit()]
        wanted = dict.fromkeys((*self._find_ids(jql), *known[:_PAGE]))
        return tuple(issue for issue_id in wanted for issue in self._fetch_alone(issue_id))

    def _find_ids(self, jql: str) -> list[str]:
        """The ids of all hits; raises Uncertain for a search that does not end."""
        found: list[str] = []
        for _ in range(_PAGES):
            page = self._read_hits(jql, start=len(found), size=_PAGE)
            found += page
            if len(page) < _PAGE:
                return found
        raise doubt("find issues", "the search does not end")

    def _read_hits(self, jql: str, *, start: int, size: int) -> list[str]:
        answer = self._line.read("search", {"jql": jql, "startAt": start, "maxResults": size, "fields": "summary"})
        expect_part(answer, "issues", list, operation="find issues")
        return [read_identity(raw)[0] for raw in find_objects(answer, "issues") if raw.get("id") and raw.get("key")]

    def _read_newest(self, project: str) -> tuple[Issue, ...]:
        """The newest issue that the index knows; none when the index cannot be asked."""
        try:
            hits = self._read_hits(find_newest(project), start=0, size=1)
        except Refused:
            return ()
        return tuple(issue for issue_id in hits for issue in self._fetch_alone(issue_id))

    def _probe(self, keys: list[str]) -> Iterator[Issue]:
        """Those of the keys that exist; nothing that cannot be read proves anything."""
        for key in keys:
            try:
                yield from self._fetch_alone(key)
            except (NotFound, Refused):
                continue

    def _fetch(self, ids_or_keys: list[str]) -> Iterator[Issue]:
        for one in ids_or_keys:
            yield from self._fetch_alone(one)
