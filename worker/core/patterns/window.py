"""The reports that are still compared, with what finds the likely ones among them; rebuilt from rows at a restart."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from heapq import heappop, heappush, nlargest

from worker.core.patterns.encoder import Comparison, VectorWindow
from worker.core.patterns.report import Member
from worker.core.patterns.vectors import TermIndex, multiply

_MOST_BY_WORDS = 80
_MOST_BY_MEANING = 80
_LONGEST_LIST = 4_000
_CONCEPT_SHARE = 0.5
_NO_COMPARISON = Comparison(nearest=(), count=0, mean=0.0, deviation=0.0)


class ReportWindow:
    """Members of the window by key (a growing number), ticket and group."""

    def __init__(self, window: timedelta, vectors: VectorWindow | None) -> None:
        self._window = window
        self._vectors = vectors
        self._words = TermIndex(_LONGEST_LIST)
        self._concepts = TermIndex(_LONGEST_LIST)
        self._members: dict[int, Member] = {}
        self._keys: dict[str, int] = {}
        self._groups: dict[str, list[str]] = {}
        self._ages: list[tuple[float, int]] = []
        self._backlinks: dict[str, dict[str, float]] = {}
        self._next = 0

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, ticket: str) -> bool:
        return ticket in self._keys

    def __getitem__(self, ticket: str) -> Member:
        return self._members[self._keys[ticket]]

    def get_group(self, group: str) -> tuple[Member, ...]:
        """The members of a group that are still in the window, in the order they came."""
        return tuple(self[ticket] for ticket in self._groups.get(group, ()))

    def add(self, member: Member) -> None:
        """Keeps a member."""
        key, self._next = self._next, self._next + 1
        self._members[key] = member
        self._keys[member.id] = key
        self._groups.setdefault(member.group, []).append(member.id)
        heappush(self._ages, (member.at.timestamp(), key))
        self._words.add(key, member.words)
        self._concepts.add(key, member.concepts)
        for link in member.links:
            self._backlinks.setdefault(link.ticket, {})[member.id] = link.chance
        if self._vectors is not None and member.meaning:
            self._vectors.add(key, member.meaning)

    def unite(self, group: str, other: str) -> None:
        """Makes the members of `other` members of `group`."""
        for ticket in self._groups.pop(other, ()):
            key = self._keys[ticket]
            self._members[key] = replace(self._members[key], group=group)
            self._groups.setdefault(group, []).append(ticket)
        self._groups[group].sort(key=lambda ticket: self._keys[ticket])

    def purge(self, newest: float) -> Iterator[Member]:
        """Takes out the members older than the window before `newest` (seconds since the epoch), oldest first."""
        dropped = []
        while self._ages and self._ages[0][0] < newest - self._window.total_seconds():
            _, key = heappop(self._ages)
            member = self._members.pop(key)
            self._forget(key, member)
            if member.meaning:
                dropped.append(key)
            yield member
        if self._vectors is not None and dropped:
            self._vectors.drop(dropped)

    def find_candidates(self, member: Member) -> tuple[dict[str, float | None], Comparison]:
        """The tickets worth comparing, with the cosine of meaning where known, and how the vector lies among all."""
        scores: dict[int, float] = {}
        self._words.score(member.words, scores, 1.0)
        self._concepts.score(member.concepts, scores, _CONCEPT_SHARE)
        found: dict[int, float | None] = dict.fromkeys(
            nlargest(_MOST_BY_WORDS, scores, key=lambda key: (scores[key], -key))
        )
        comparison = _NO_COMPARISON
        if self._vectors is not None and member.meaning:
            comparison = self._vectors.compare(member.meaning, _MOST_BY_MEANING)
            found.update({near.key: near.cosine for near in comparison.nearest})
        return {self._members[key].id: cosine for key, cosine in sorted(found.items())}, comparison

    def measure(self, member: Member, tickets: Iterable[str]) -> dict[str, float]:
        """The cosines of meaning to the vectors of these tickets, as far as they have one."""
        named = [ticket for ticket in tickets if self[ticket].meaning]
        if self._vectors is None or not member.meaning or not named:
            return {}
        cosines = self._vectors.measure(member.meaning, [self._keys[ticket] for ticket in named])
        return dict(zip(named, cosines, strict=True))

    def list_chances(self, member: Member) -> dict[str, float]:
        """The chances of all stored links from and to a member whose other end is in the window."""
        chances = {link.ticket: link.chance for link in member.links if link.ticket in self}
        chances.update(
            {ticket: chance for ticket, chance in self._backlinks.get(member.id, {}).items() if ticket in self}
        )
        return chances

    def _forget(self, key: int, member: Member) -> None:
        del self._keys[member.id]
        self._groups[member.group].remove(member.id)
        if not self._groups[member.group]:
            del self._groups[member.group]
        self._words.drop(key, member.words)
        self._concepts.drop(key, member.concepts)
        self._backlinks.pop(member.id, None)


def compare_words(one: Member, other: Member) -> tuple[float, float]:
    """The cosines of two members' words and concepts."""
    return multiply(dict(one.words), other.words), multiply(dict(one.concepts), other.concepts)
