"""Judges pairs and groups of reports over a window: what the fitted weights make of what the reports show."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from worker.core.patterns.counts import DeskCounts
from worker.core.patterns.report import Link, Member
from worker.core.patterns.scoring import Likeness, describe_group, describe_pair, weigh
from worker.core.patterns.terms import Terms
from worker.core.patterns.vectors import multiply, read_vector
from worker.core.patterns.window import ReportWindow

LEAST_LINK = 0.02
"""The chance below which a likeness is not kept."""
_NO_CHANCE = 1e-4
_MOST_COMPARED = 24


class Judge:
    """The two judgements, each over stored values only."""

    def __init__(self, terms: Terms, counts: DeskCounts, window: ReportWindow) -> None:
        self._terms = terms
        self._counts = counts
        self._window = window

    def rank(self, member: Member) -> list[Link]:
        """The tickets of the window worth comparing with a member, likeliest first; changes nothing."""
        member = replace(member, meaning=member.meaning or self._window.get_meaning(member.id))
        links = self.compare(member, [one for one in self._window.find_candidates(member) if one != member.id])
        return sorted(links, key=lambda link: (-link.chance, link.ticket))

    def compare(self, member: Member, tickets: Sequence[str]) -> list[Link]:
        """The links from a member to these tickets, as far as they are near enough in time."""
        words, concepts = dict(read_vector(member.words)), dict(read_vector(member.concepts))
        near = [one for one in tickets if abs(self._window[one].at - member.at) <= self._terms.reach]
        cosines = self._window.measure(member, near, self._counts.find_center(self._terms.weights.mood.center))
        links = []
        for ticket in near:
            other = self._window[ticket]
            likeness = Likeness(
                words=multiply(words, other.words),
                concepts=multiply(concepts, other.concepts),
                meaning=cosines.get(ticket),
            )
            chance = self.judge_pair(member, other, likeness)
            links.append(Link(ticket=ticket, chance=round(chance, 5), similarity=round(likeness.main, 4)))
        return links

    def judge_pair(self, member: Member, other: Member, likeness: Likeness) -> float:
        """The chance that two reports are about one problem."""
        weights = self._terms.weights.words_pair if likeness.meaning is None else self._terms.weights.meaning_pair
        return weigh(weights, describe_pair(member, other, likeness))

    def find_pair(self, one: Member, other: Member) -> tuple[float, float]:
        """Chance and similarity of two members: as linked, else measured now."""
        link = find_link(one, other)
        if link is None:
            measured = self.compare(one, [other.id]) if other.id in self._window else self.compare(other, [one.id])
            link = measured[0] if measured else None
        return (link.chance, link.similarity) if link else (_NO_CHANCE, 0.0)

    def measure_group(self, member: Member, name: str) -> list[Link]:
        """The links from a member to those of a group that it is compared with."""
        known = {link.ticket: link for link in member.links}
        chosen = [other.id for other in self.choose(name, member) if other.id != member.id]
        missing = [ticket for ticket in chosen if ticket not in known]
        known.update({link.ticket: link for link in self.compare(member, missing)} if missing else {})
        return [known[ticket] for ticket in chosen if ticket in known]

    def choose(self, name: str, member: Member) -> list[Member]:
        """The members of a group to compare with: near in time, the newest of each customer, at most 24."""
        members = self._window.get_group(name)
        return self.pick_newest(other for other in members if abs(other.at - member.at) <= self._terms.window)

    def pick_newest(self, members: Iterable[Member]) -> list[Member]:
        """The newest member of each customer, at most 24."""
        newest = {member.customer: member for member in members}
        return list(newest.values())[-_MOST_COMPARED:]

    def judge_group(self, members: Sequence[Member]) -> tuple[float, bool]:
        """The score of a group, by meaning when enough customers' reports have a vector."""
        judged, by_meaning = self.select_judged(members)
        weights = self._terms.weights.meaning_group if by_meaning else self._terms.weights.words_group
        return weigh(weights, self.describe(judged, by_meaning=by_meaning)), by_meaning

    def select_judged(self, members: Sequence[Member]) -> tuple[Sequence[Member], bool]:
        """Those of the members whose likeness decides, and whether it is that of meaning."""
        meant = [member for member in members if member.meant]
        by_meaning = len(meant) >= self._terms.customers
        return (meant if by_meaning else members), by_meaning

    def describe(self, members: Sequence[Member], *, by_meaning: bool) -> dict[str, float]:
        """The features of a group of members of different customers, from their stored links."""
        own = {member.id for member in members}
        customers = {member.customer for member in members}
        ties = self._list_ties(members)
        outside = [self._find_best_outsider(member, own, customers) for member in members]
        return describe_group(members, ties, outside, by_meaning=by_meaning)

    def _list_ties(self, members: Sequence[Member]) -> list[list[tuple[float, float]]]:
        pairs = {
            (one.id, other.id): self.find_pair(one, other)
            for number, one in enumerate(members)
            for other in members[:number]
        }
        return [
            [pairs.get((one.id, other.id)) or pairs[other.id, one.id] for other in members if other is not one]
            for one in members
        ]

    def _find_best_outsider(self, member: Member, own: set[str], customers: set[str]) -> float:
        chances = [
            chance
            for ticket, chance in self._window.list_chances(member).items()
            if ticket not in own and self._window[ticket].customer not in customers
        ]
        return max((LEAST_LINK, *chances))


def find_link(one: Member, other: Member) -> Link | None:
    """The stored link between two members, whichever of them holds it."""
    for holder, target in ((one, other.id), (other, one.id)):
        for link in holder.links:
            if link.ticket == target:
                return link
    return None
