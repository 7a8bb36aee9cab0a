"""Detects patterns online: each ticket once, in the order they come, each placed by the time it was created.

A detector holds the window in memory; everything in it is a stored value, so that a restart reads rows and goes on
as if nothing had happened, without reading or encoding any text again. The same tickets in the same order give the
same groups, names and announcements. A ticket that is already known changes nothing.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from mappings.pattern_words import PatternWeights
from worker.core.patterns.counts import CONCEPT_MARK, DeskCounts
from worker.core.patterns.encoder import Comparison, Encoder, VectorWindow
from worker.core.patterns.reading import Reader, Reading
from worker.core.patterns.report import Group, Lane, Link, Member, Report, Standing, Step
from worker.core.patterns.scoring import Likeness, describe_group, describe_pair, weigh
from worker.core.patterns.vectors import build_vector, multiply, read_vector
from worker.core.patterns.window import ReportWindow

_LEAST_LINK = 0.02
_MOST_LINKS = 24
_MOST_KEPT_OUTSIDE = 6
_MOST_GROUPS = 12
_MOST_COMPARED = 24
_NO_CHANCE = 1e-4


@dataclass(frozen=True, kw_only=True, slots=True)
class LaneLimits:
    """The least score at which each lane announces. None closes the lane for that kind of score."""

    words: Mapping[Lane, float | None]
    meaning: Mapping[Lane, float | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """What a detector is set to: window, number of customers, limits, fitted weights.

    `join_chance` is the least mean chance at which a ticket joins a group, `unite_chance` that for two groups.
    `raise_mood` is the least mean mood of the reports of a group that raises by itself.
    """

    window: timedelta
    customers: int
    limits: LaneLimits
    weights: PatternWeights
    join_chance: float
    unite_chance: float
    raise_mood: float = float("-inf")


class Groups(dict[str, Group]):
    """Groups by name; one that is neither announced nor part of another is not kept, but can be asked for."""

    def __missing__(self, name: str) -> Group:
        return Group(id=name)


@dataclass(kw_only=True)
class Detector:
    """Groups tickets. `counts` is its memory beyond the window and is stored with the members and groups."""

    terms: Terms
    reader: Reader
    counts: DeskCounts = field(default_factory=DeskCounts)
    encoder: Encoder | None = None
    vectors: VectorWindow | None = None
    groups: Groups = field(default_factory=Groups)
    newest: float = float("-inf")

    def __post_init__(self) -> None:
        self.window = ReportWindow(self.terms.window, self.vectors)
        self._meaning = self.terms.weights.mood.meaning
        self._parts: dict[str, list[str]] = {}

    def restore(self, members: Iterable[Member], groups: Iterable[Group]) -> None:
        """Takes up stored rows: members in the order in which they came, and the groups they name."""
        for group in groups:
            self.groups[group.id] = group
            if group.part_of:
                self._parts.setdefault(group.part_of, []).append(group.id)
        for member in members:
            self.window.add(replace(member, group=self._resolve(member.group)))
            self.newest = max(self.newest, member.at.timestamp())

    def observe(self, report: Report, *, muted: bool = False) -> Step:
        """Takes in one ticket. A ticket that stands in the window already gives its group's present standing."""
        if report.id in self.window:
            member = self.window[report.id]
            group = self.groups[member.group]
            return Step(member=member, standing=self._judge(member), lanes=group.announced, opened=frozenset())
        is_late = report.at.timestamp() < self.newest
        self._advance(report.at.timestamp())
        member = self._join(self._link(self._read(report, muted=muted)))
        self.window.add(member)
        if not is_late:
            self._unite(member)
        return self._announce(replace(member, group=self.window[member.id].group))

    def list_parts(self, name: str) -> tuple[Group, ...]:
        """The groups that directly became part of this one."""
        return tuple(self.groups[part] for part in self._parts.get(name, ()) if part in self.groups)

    def _resolve(self, name: str) -> str:
        while (group := self.groups.get(name)) is not None and group.part_of:
            name = group.part_of
        return name

    def _unite(self, member: Member) -> None:
        """Makes forming groups one with the member's group, or that with an announced one."""
        linked = [link.ticket for link in member.links if link.chance >= self.terms.unite_chance]
        for name in dict.fromkeys(self.window[ticket].group for ticket in linked):
            group, other = self.groups[self.window[member.id].group], self.groups[name]
            if other.id == group.id or not self._are_one(group, other):
                continue
            if not other.announced:
                self._merge(group, other)
            elif not group.announced:
                self._merge(other, group)

    def _merge(self, group: Group, other: Group) -> None:
        self.groups[other.id] = replace(other, part_of=group.id)
        self._parts.setdefault(group.id, []).append(other.id)
        self.window.unite(group.id, other.id)

    def _are_one(self, group: Group, other: Group) -> bool:
        chances = [
            self._find_chance(one, another)
            for one in self.window.get_group(group.id)[-_MOST_COMPARED:]
            for another in self.window.get_group(other.id)[-_MOST_COMPARED:]
            if one.customer != another.customer and abs(one.at - another.at) <= self.terms.window
        ]
        return bool(chances) and sum(chances) / len(chances) >= self.terms.unite_chance

    def _find_chance(self, one: Member, other: Member) -> float:
        return self._find_pair(one, other)[0]

    def _find_pair(self, one: Member, other: Member) -> tuple[float, float]:
        """Chance and similarity of two members: as linked, else measured now."""
        link = _find_link(one, other)
        if link is None:
            measured = self._compare(one, [other.id], self.window.measure(one, [other.id]))
            link = measured[0] if measured else None
        return (link.chance, link.similarity) if link else (_NO_CHANCE, 0.0)

    def _advance(self, at: float) -> None:
        self.newest = max(self.newest, at)
        for old in self.window.purge(self.newest):
            self.counts.add_sentences(old.sentences, old.customer)
            if not self.window.get_group(old.group):
                self._forget_group(old.group)

    def _forget_group(self, name: str) -> None:
        self.groups.pop(name, None)
        for part in self._parts.pop(name, ()):
            self._forget_group(part)

    def _read(self, report: Report, *, muted: bool) -> Member:
        reading = self.reader.read(report, self.counts.is_boilerplate)
        meaning = self._encode(reading)
        member = Member(
            id=report.id,
            customer=report.customer,
            at=report.at,
            group=report.id,
            language=reading.language,
            words=build_vector(reading.terms, lambda term: self.counts.weigh_term(term, {})),
            concepts=build_vector(reading.concepts, lambda name: self.counts.weigh_term(CONCEPT_MARK + name, {})),
            cues=reading.cues,
            found=reading.found,
            sentences=reading.sentences,
            mood=reading.mood,
            leaning=self._lean(meaning),
            meaning=meaning,
            meant=bool(meaning),
            muted=muted,
        )
        self.counts.add_terms([*reading.terms, *(CONCEPT_MARK + name for name in reading.concepts)])
        return member

    def _encode(self, reading: Reading) -> bytes:
        encoder = self.encoder
        if encoder is None or reading.language not in encoder.languages or not reading.text:
            return b""
        pieces = encoder.split(reading.text)
        vector = encoder.encode(pieces, lambda piece: self.counts.weigh_piece(piece, encoder.expect(piece)))
        self.counts.add_pieces(pieces)
        return vector

    def _lean(self, meaning: bytes) -> float:
        if not meaning or len(meaning) != len(self._meaning):
            return 0.0
        numbers = memoryview(meaning).cast("b")
        norm = math.sqrt(sum(number * number for number in numbers))
        leaning = sum(weight * number for weight, number in zip(self._meaning, numbers, strict=True)) / norm
        return round(self.terms.weights.mood.meaning_bias + leaning, 3)

    def _link(self, member: Member) -> Member:
        """The member with its links to the likeliest earlier tickets."""
        links, comparison = self._rank(member)
        self.counts.add_cosines(comparison.count, comparison.mean, comparison.deviation)
        likely = [link for link in links if link.chance >= _LEAST_LINK]
        return replace(member, links=tuple(likely[:_MOST_LINKS]))

    def rank(self, member: Member) -> list[Link]:
        """The tickets of the window worth comparing with a member of it, likeliest first; changes nothing."""
        links, _ = self._rank(replace(member, meaning=member.meaning or self.window.get_meaning(member.id)))
        return links

    def _rank(self, member: Member) -> tuple[list[Link], Comparison]:
        candidates, comparison = self.window.find_candidates(member)
        candidates.pop(member.id, None)
        cosines = {ticket: cosine for ticket, cosine in candidates.items() if cosine is not None}
        cosines.update(self.window.measure(member, [ticket for ticket in candidates if ticket not in cosines]))
        links = self._compare(member, list(candidates), cosines)
        return sorted(links, key=lambda link: (-link.chance, link.ticket)), comparison

    def _compare(self, member: Member, tickets: Sequence[str], cosines: Mapping[str, float]) -> list[Link]:
        words, concepts = dict(read_vector(member.words)), dict(read_vector(member.concepts))
        links = []
        for ticket in tickets:
            other = self.window[ticket]
            if abs(other.at - member.at) > self.terms.window:
                continue
            cosine = cosines.get(ticket)
            likeness = Likeness(
                words=multiply(words, other.words),
                concepts=multiply(concepts, other.concepts),
                meaning=None if cosine is None else self.counts.level_cosine(cosine),
            )
            chance = self.judge_pair(member, other, likeness)
            links.append(Link(ticket=ticket, chance=round(chance, 5), similarity=round(likeness.main, 4)))
        return links

    def judge_pair(self, member: Member, other: Member, likeness: Likeness) -> float:
        """The chance that two reports are about one problem."""
        weights = self.terms.weights.words_pair if likeness.meaning is None else self.terms.weights.meaning_pair
        return weigh(weights, describe_pair(member, other, likeness))

    def _join(self, member: Member) -> Member:
        """The member in the group that is on average likeliest the same problem, linked to all of it."""
        names = list(dict.fromkeys(self.window[link.ticket].group for link in member.links))[:_MOST_GROUPS]
        best, best_chance, best_links = member.id, 0.0, list[Link]()
        for name in names:
            links = self._measure_group(member, name)
            others = [link for link in links if self.window[link.ticket].customer != member.customer] or links
            chance = sum(link.chance for link in others) / len(others) if others else 0.0
            if chance >= self.terms.join_chance and chance > best_chance:
                best, best_chance, best_links = name, chance, links
        known = {link.ticket for link in best_links}
        outside = [link for link in member.links if link.ticket not in known][:_MOST_KEPT_OUTSIDE]
        links = [*best_links, *outside]
        return replace(member, group=best, links=tuple(links))

    def _measure_group(self, member: Member, name: str) -> list[Link]:
        known = {link.ticket: link for link in member.links}
        chosen = [other for other in self._choose(name, member) if other.id != member.id]
        missing = [other.id for other in chosen if other.id not in known]
        measured = self._compare(member, missing, self.window.measure(member, missing))
        known.update({link.ticket: link for link in measured})
        return [known[other.id] for other in chosen if other.id in known]

    def _choose(self, name: str, member: Member) -> list[Member]:
        """The members of a group to compare with: near in time, the newest of each customer, at most 24."""
        near = [other for other in self.window.get_group(name) if abs(other.at - member.at) <= self.terms.window]
        newest = {other.customer: other for other in near}
        return list(newest.values())[-_MOST_COMPARED:]

    def _judge(self, member: Member) -> Standing:
        members = self.window.get_group(member.group)
        near = [other for other in members if abs(other.at - member.at) <= self.terms.window]
        customers = len({other.customer for other in near})
        score, by_meaning = None, False
        if customers >= self.terms.customers:
            score, by_meaning = self.judge_group(self._choose(member.group, member))
        return Standing(
            group=member.group,
            tickets=tuple(other.id for other in near),
            customers=customers,
            score=score,
            by_meaning=by_meaning,
            muted=2 * sum(other.muted for other in near) >= len(near),
        )

    def judge_group(self, members: Sequence[Member]) -> tuple[float, bool]:
        """The score of a group, by meaning when enough customers' reports have a vector."""
        judged, by_meaning = self._select_judged(members)
        weights = self.terms.weights.meaning_group if by_meaning else self.terms.weights.words_group
        return weigh(weights, self.describe(judged, by_meaning=by_meaning)), by_meaning

    def list_figures(self, standing: Standing) -> dict[str, float]:
        """The features from which a standing's score was computed; empty for a group without a score."""
        if standing.score is None:
            return {}
        newest = self.window[standing.tickets[-1]]
        judged, by_meaning = self._select_judged(self._choose(newest.group, newest))
        return self.describe(judged, by_meaning=by_meaning)

    def _sounds_like_a_fault(self, standing: Standing) -> bool:
        """False when the reports, however alike, do not sound like those of a fault that many have."""
        return self.list_figures(standing).get("mean_mood", 0.0) >= self.terms.raise_mood

    def _select_judged(self, members: Sequence[Member]) -> tuple[Sequence[Member], bool]:
        meant = [member for member in members if member.meant]
        by_meaning = len(meant) >= self.terms.customers
        return (meant if by_meaning else members), by_meaning

    def describe(self, members: Sequence[Member], *, by_meaning: bool) -> dict[str, float]:
        """The features of a group of members of different customers, from their stored links."""
        own = {member.id for member in members}
        customers = {member.customer for member in members}
        pairs: list[tuple[float, float]] = []
        outside: list[float] = []
        for index, member in enumerate(members):
            pairs.extend(self._find_pair(member, other) for other in members[:index])
            outside.append(self._find_best_outsider(member, own, customers))
        return describe_group(members, pairs, outside, by_meaning=by_meaning)

    def _find_best_outsider(self, member: Member, own: set[str], customers: set[str]) -> float:
        group = member.group
        chances = [
            chance
            for ticket, chance in self.window.list_chances(member).items()
            if ticket not in own
            and self.window[ticket].group != group
            and self.window[ticket].customer not in customers
        ]
        return max(chances, default=_NO_CHANCE)

    def _announce(self, member: Member) -> Step:
        standing = self._judge(member)
        limits = self.terms.limits.meaning if standing.by_meaning else self.terms.limits.words
        group = self.groups[member.group]
        opened = frozenset(
            lane
            for lane, limit in limits.items()
            if lane not in group.announced
            and limit is not None
            and standing.score is not None
            and standing.score >= limit
            and not standing.muted
            and (lane is not Lane.RAISE or self._sounds_like_a_fault(standing))
        )
        if opened:
            group = replace(group, announced=group.announced | opened)
            self.groups[group.id] = group
        return Step(member=member, standing=standing, lanes=group.announced, opened=opened)


def _find_link(one: Member, other: Member) -> Link | None:
    for holder, target in ((one, other.id), (other, one.id)):
        for link in holder.links:
            if link.ticket == target:
                return link
    return None
