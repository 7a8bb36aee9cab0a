"""The reports that are still compared, with what finds the likely ones among them; rebuilt from rows at a restart."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from heapq import heappop, heappush, nlargest
from sys import intern

from worker.core.patterns.encoder import VectorWindow
from worker.core.patterns.report import Member
from worker.core.patterns.vectors import TermIndex

_MOST_BY_WORDS = 60
_MOST_BY_MEANING = 80
_CONCEPT_SHARE = 0.5


class ReportWindow:
    """Members of the window by key (a growing number), ticket and group. A group of one has no list of its own."""

    def __init__(self, window: timedelta, reach: timedelta, vectors: VectorWindow | None) -> None:
        self._window = window.total_seconds()
        self._reach = reach.total_seconds()
        self._vectors = vectors
        self._words = TermIndex()
        self._concepts = TermIndex()
        self._members: dict[int, Member] = {}
        self._keys: dict[str, int] = {}
        self._groups: dict[str, list[str]] = {}
        self._order: deque[int] = deque()
        self._late: list[tuple[float, int]] = []
        self._young: list[tuple[float, int]] = []
        self._backlinks: dict[str, tuple[str, ...]] = {}
        self._next = 0

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, ticket: str) -> bool:
        return ticket in self._keys

    def __getitem__(self, ticket: str) -> Member:
        return self._members[self._keys[ticket]]

    def get_group(self, group: str) -> tuple[Member, ...]:
        """The members of a group that are still in the window, in the order they came."""
        if group in self._groups:
            return tuple(self[ticket] for ticket in self._groups[group])
        return (self[group],) if group in self and self[group].group == group else ()

    def add(self, member: Member) -> None:
        """Keeps a member; its vector of meaning goes to the place where vectors are compared."""
        key, self._next = self._next, self._next + 1
        if self._vectors is not None and member.meaning:
            self._vectors.add(key, member.meaning)
        member = replace(member, customer=intern(member.customer), meaning=b"", meant=bool(member.meaning))
        if member.group != member.id or member.group in self._groups:
            self._list(member.group).append(member.id)
        self._keys[member.id] = key
        self._place(key, member.at.timestamp())
        heappush(self._young, (member.at.timestamp(), key))
        self._members[key] = member
        self._words.add(key, member.words)
        self._concepts.add(key, member.concepts)
        for link in member.links:
            if link.ticket in self._keys:
                self._backlinks[link.ticket] = (*self._backlinks.get(link.ticket, ()), member.id)

    def move(self, tickets: Iterable[str], group: str) -> None:
        """Makes these tickets members of `group`."""
        for ticket in tickets:
            key = self._keys[ticket]
            old = self._list(self._members[key].group)
            old.remove(ticket)
            if not old:
                del self._groups[self._members[key].group]
            self._members[key] = replace(self._members[key], group=group)
            self._list(group).append(ticket)
        self._groups.get(group, []).sort(key=lambda ticket: self._keys[ticket])

    def sort(self, members: Iterable[Member]) -> list[Member]:
        """Members of the window in the order in which they came."""
        return sorted(members, key=lambda member: self._keys[member.id])

    def age(self, newest: float) -> Iterator[Member]:
        """Each member once, when it is older than the window before `newest` (seconds since the epoch)."""
        while self._young and self._young[0][0] < newest - self._window:
            yield self._members[heappop(self._young)[1]]

    def purge(self, newest: float) -> Iterator[Member]:
        """Takes out the members that are out of reach at `newest`, oldest first; all of them have aged."""
        dropped = []
        for key in sorted(self._list_old(newest - self._reach)):
            member = self._members.pop(key)
            self._forget(key, member)
            if member.meant:
                dropped.append(key)
            yield member
        if self._vectors is not None and dropped:
            self._vectors.drop(dropped)

    def find_candidates(self, member: Member) -> list[str]:
        """The tickets worth comparing: those that share rare words or concepts, and the nearest in meaning."""
        scores: dict[int, float] = {}
        self._words.score(member.words, scores, 1.0)
        self._concepts.score(member.concepts, scores, _CONCEPT_SHARE)
        found = set(nlargest(_MOST_BY_WORDS, scores, key=lambda key: (scores[key], -key)))
        if self._vectors is not None and member.meaning:
            found.update(near.key for near in self._vectors.find_nearest(member.meaning, _MOST_BY_MEANING))
        return [self._members[key].id for key in sorted(found)]

    def measure(self, member: Member, tickets: Iterable[str], center: Sequence[float]) -> dict[str, float]:
        """The cosines of meaning, seen from `center`, to the vectors of these tickets, as far as they have one."""
        named = [ticket for ticket in tickets if self[ticket].meant]
        meaning = member.meaning or self.get_meaning(member.id)
        if self._vectors is None or not meaning or not named:
            return {}
        cosines = self._vectors.measure(meaning, [self._keys[ticket] for ticket in named], center)
        return dict(zip(named, cosines, strict=True))

    def get_meaning(self, ticket: str) -> bytes:
        """The packed vector of a ticket in the window; empty when it has none."""
        if self._vectors is None or ticket not in self or not self[ticket].meant:
            return b""
        return self._vectors.get(self._keys[ticket])

    def list_chances(self, member: Member) -> dict[str, float]:
        """The chances of all stored links from and to a member whose other end is in the window."""
        chances = {link.ticket: link.chance for link in member.links if link.ticket in self}
        for ticket in self._backlinks.get(member.id, ()):
            if ticket in self:
                chances[ticket] = max(link.chance for link in self[ticket].links if link.ticket == member.id)
        return chances

    def _list(self, group: str) -> list[str]:
        if group not in self._groups:
            self._groups[group] = [member.id for member in self.get_group(group)]
        return self._groups[group]

    def _place(self, key: int, at: float) -> None:
        if self._order and at < self._members[self._order[-1]].at.timestamp():
            heappush(self._late, (at, key))
        else:
            self._order.append(key)

    def _list_old(self, limit: float) -> list[int]:
        old = []
        while self._order and self._members[self._order[0]].at.timestamp() < limit:
            old.append(self._order.popleft())
        while self._late and self._late[0][0] < limit:
            old.append(heappop(self._late)[1])
        return old

    def _forget(self, key: int, member: Member) -> None:
        del self._keys[member.id]
        if member.group in self._groups:
            self._groups[member.group].remove(member.id)
            if not self._groups[member.group]:
                del self._groups[member.group]
        self._words.drop(key, member.words)
        self._concepts.drop(key, member.concepts)
        self._backlinks.pop(member.id, None)
