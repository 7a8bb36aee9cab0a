"""Detects patterns online: each ticket once, in the order they come, each placed by the time it was created.

A detector holds the window in memory; everything in it is a stored value, so that a restart reads rows and goes on
as if nothing had happened, without reading or encoding any text again. The same tickets in the same order give the
same groups, names and announcements. A ticket that is already known changes nothing.

A ticket joins an announced group that is likely the same problem. Otherwise the sets of tickets around it are judged,
and the best becomes a group when a lane would announce it, wherever its tickets stood before; then, for the lane that
suggests, sets over the slow window. Else the ticket stands with those that it is likeliest one problem with, and
forms. A late ticket moves no earlier one out of its group.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from worker.core.patterns.counts import CONCEPT_MARK, DeskCounts
from worker.core.patterns.encoder import Encoder, VectorWindow
from worker.core.patterns.judge import LEAST_LINK, Judge
from worker.core.patterns.reading import Reader, Reading
from worker.core.patterns.report import Group, Lane, Link, Member, Report, Standing, Step
from worker.core.patterns.sets import find_odds, grow_sets
from worker.core.patterns.terms import Terms
from worker.core.patterns.vectors import build_vector
from worker.core.patterns.window import ReportWindow

_MOST_LINKS = 24
_MOST_KEPT_OUTSIDE = 6
_MOST_GROUPS = 12
_MOST_AROUND = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """Where a ticket goes, which earlier ones come along, and, for a set of the slow lane, how that stands."""

    group: str
    moved: tuple[str, ...] = ()
    standing: Standing | None = None


class Groups(dict[str, Group]):
    """Groups by name; one that is neither announced nor settled is not kept, but can be asked for."""

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
        self.window = ReportWindow(self.terms.window, self.terms.reach, self.vectors)
        self.judge = self.make_judge()

    def make_judge(self) -> Judge:
        """What judges pairs and groups."""
        return Judge(self.terms, self.counts, self.window)

    def restore(self, members: Iterable[Member], groups: Iterable[Group]) -> None:
        """Takes up stored rows: members in the order in which they came, and the groups they name."""
        stored = {group.id: group for group in groups}
        for group in stored.values():
            if not group.part_of and not group.is_free:
                self.groups[group.id] = group
        for member in members:
            self.window.add(replace(member, group=_resolve(member.group, stored)))
            self.newest = max(self.newest, member.at.timestamp())
        # What was learned from the old ones is stored with the counts.
        list(self.window.age(self.newest))

    def observe(self, report: Report, *, muted: bool = False) -> Step:
        """Takes in one ticket. A ticket that stands in the window already gives its group's present standing."""
        if report.id in self.window:
            member = self.window[report.id]
            group = self.groups[member.group]
            return Step(member=member, standing=self._judge(member), lanes=group.announced, opened=frozenset())
        is_late = report.at.timestamp() < self.newest
        self._advance(report.at.timestamp())
        read = self._read(report, muted=muted)
        likely = [link for link in self.judge.rank(read) if link.chance >= LEAST_LINK][:_MOST_LINKS]
        near = [link for link in likely if abs(self.window[link.ticket].at - read.at) <= self.terms.window]
        member = replace(read, links=tuple(near))
        place = self._place(member, is_late=is_late)
        place = place or self._place_slowly(replace(read, links=tuple(likely)), is_late=is_late)
        place = place or _Place(group=self._find_likeliest(member, announced=False) or member.id)
        left = dict.fromkeys(self.window[ticket].group for ticket in place.moved)
        self.window.move(place.moved, place.group)
        member = replace(member, group=place.group)
        member = replace(member, links=self._keep_links(member, place, likely))
        self.window.add(member)
        self._learn_old()
        return self._announce(member, place, tuple(left))

    def _place(self, member: Member, *, is_late: bool) -> _Place | None:
        announced = self._find_likeliest(member, announced=True)
        if announced:
            return _Place(group=announced, moved=() if is_late else self._find_fellows(member, announced))
        found = self.choose_set(list(self._grow(member, is_late=is_late)))
        if found is not None and self._find_lanes(*found):
            return self._name_set(member, found[0])
        return None

    def _place_slowly(self, member: Member, *, is_late: bool) -> _Place | None:
        """A set over the slow window that is worth suggesting, when there is such a lane."""
        if self.terms.slow_window is None:
            return None
        found = self.choose_set(list(self._grow(member, is_late=is_late)))
        if found is None or Lane.SUGGEST not in self._find_lanes(*found):
            return None
        chosen, score, by_meaning = found
        place = self._name_set(member, chosen)
        tickets = tuple(one.id for one in (*self.window.sort(chosen[1:]), member))
        standing = Standing(
            group=place.group, tickets=tickets, customers=len(chosen), score=score, by_meaning=by_meaning
        )
        return replace(place, standing=standing)

    def _find_likeliest(self, member: Member, *, announced: bool) -> str:
        """The announced or forming group that the member is on average likeliest one problem with, or nothing."""
        names = dict.fromkeys(self.window[link.ticket].group for link in member.links)
        best, best_chance = "", 0.0
        for name in [name for name in names if bool(self.groups[name].announced) is announced][:_MOST_GROUPS]:
            links = self.judge.measure_group(member, name)
            others = [link for link in links if self.window[link.ticket].customer != member.customer] or links
            chance = sum(link.chance for link in others) / len(others) if others else 0.0
            if chance >= self.terms.join_chance and chance > best_chance:
                best, best_chance = name, chance
        return best

    def _find_fellows(self, member: Member, name: str) -> tuple[str, ...]:
        """Tickets near the member that stand elsewhere and belong to its announced group as much as it does."""
        fellows = []
        for link in member.links:
            other = self.window[link.ticket]
            if link.chance < self.terms.unite_chance or not self.groups[other.group].is_free:
                continue
            others = [one for one in self.judge.choose(name, other) if one.customer != other.customer]
            chances = [link.chance, *(self._find_chance(other, one) for one in others)]
            if sum(chances) / len(chances) >= self.terms.unite_chance:
                fellows.append(other.id)
        return tuple(fellows)

    def _grow(self, member: Member, *, is_late: bool) -> Iterator[tuple[Member, ...]]:
        around = [] if member.muted else [self.window[link.ticket] for link in member.links]
        pool = [
            other
            for other in around
            if not other.muted
            and self.groups[other.group].is_free
            and (not is_late or len(self.window.get_group(other.group)) == 1)
        ]
        return grow_sets(
            member,
            pool[:_MOST_AROUND],
            customers=self.terms.customers,
            least_chance=LEAST_LINK,
            find_chance=self._find_chance,
        )

    def choose_set(self, sets: Sequence[tuple[Member, ...]]) -> tuple[tuple[Member, ...], float, bool] | None:
        """The set with the best score, that score, and whether it is one by meaning; None when there is no set."""
        judged = [(members, *self.judge.judge_group(members)) for members in sets]
        return max(judged, key=lambda one: one[1], default=None)

    def _name_set(self, member: Member, chosen: Sequence[Member]) -> _Place:
        """A set keeps the name of the oldest group that it takes over whole; else it is named by the member."""
        own = {one.id for one in chosen}
        names = dict.fromkeys(one.group for one in self.window.sort(chosen[1:]))
        whole = (name for name in names if all(one.id in own for one in self.window.get_group(name)))
        name = next(whole, member.id)
        return _Place(group=name, moved=tuple(one.id for one in self.window.sort(chosen[1:]) if one.group != name))

    def _keep_links(self, member: Member, place: _Place, likely: Sequence[Link]) -> tuple[Link, ...]:
        """The links to all that the member's group is judged by, and the likeliest beside it."""
        slow = place.standing.tickets if place.standing else ()
        own = [link for link in likely if link.ticket in slow] or self.judge.measure_group(member, member.group)
        known = {link.ticket for link in own}
        return (*own, *[link for link in member.links if link.ticket not in known][:_MOST_KEPT_OUTSIDE])

    def _find_chance(self, one: Member, other: Member) -> float:
        return self.judge.find_pair(one, other)[0]

    def _learn_old(self) -> None:
        """Boilerplate is learned from what left the window only, or a pasted error would be lost when it matters."""
        for old in self.window.age(self.newest):
            self.counts.add_sentences(old.sentences, old.customer)

    def _advance(self, at: float) -> None:
        self.newest = max(self.newest, at)
        self._learn_old()
        for old in self.window.purge(self.newest):
            if not self.window.get_group(old.group):
                self.groups.pop(old.group, None)

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
        if vector:
            self.counts.add_vector(vector)
        return vector

    def _lean(self, meaning: bytes) -> float:
        mood = self.terms.weights.mood
        if not meaning or len(meaning) != len(mood.meaning):
            return 0.0
        numbers = memoryview(meaning).cast("b")
        norm = math.sqrt(sum(number * number for number in numbers))
        leaning = sum(weight * number for weight, number in zip(mood.meaning, numbers, strict=True)) / norm
        return round(mood.meaning_bias + leaning, 3)

    def _judge(self, member: Member) -> Standing:
        members = self.window.get_group(member.group)
        near = [other for other in members if abs(other.at - member.at) <= self.terms.window]
        customers = len({other.customer for other in near})
        score, by_meaning = None, False
        if customers >= self.terms.customers:
            score, by_meaning = self.judge.judge_group(self.judge.choose(member.group, member))
        return Standing(
            group=member.group,
            tickets=tuple(other.id for other in near),
            customers=customers,
            score=score,
            by_meaning=by_meaning,
            muted=2 * sum(other.muted for other in near) >= len(near),
        )

    def list_figures(self, standing: Standing) -> dict[str, float]:
        """The features from which a standing's score was computed; empty for a group without a score."""
        if standing.score is None:
            return {}
        members = self.judge.pick_newest(self.window[ticket] for ticket in standing.tickets)
        judged, by_meaning = self.judge.select_judged(members)
        return self.judge.describe(judged, by_meaning=by_meaning)

    def _find_lanes(self, members: Sequence[Member], score: float | None, by_meaning: bool) -> frozenset[Lane]:
        """The lanes that these members open: to raise they sound like a fault, each tied to another."""
        lanes = self.terms.limits.list_open(score, by_meaning=by_meaning)
        if Lane.RAISE in lanes:
            judged, _ = self.judge.select_judged(members)
            figures = self.judge.describe(judged, by_meaning=by_meaning)
            is_fault = figures["mean_mood"] >= self.terms.raise_mood
            is_tied = figures["weakest_tie"] >= find_odds(self.terms.raise_tie)
            lanes = lanes if is_fault and is_tied else lanes - {Lane.RAISE}
        return lanes

    def _announce(self, member: Member, place: _Place, left: tuple[str, ...]) -> Step:
        standing, group = place.standing or self._judge(member), self.groups[member.group]
        opened = frozenset({Lane.SUGGEST}) if place.standing is not None else frozenset[Lane]()
        if not opened and standing.score is not None and not standing.muted:
            judged = self.judge.choose(member.group, member)
            opened = self._find_lanes(judged, standing.score, standing.by_meaning) - group.announced
        if opened:
            group = replace(group, announced=group.announced | opened)
            self.groups[group.id] = group
        return Step(
            member=member, standing=standing, lanes=group.announced, opened=opened, moved=place.moved, left=left
        )


def _resolve(name: str, groups: dict[str, Group]) -> str:
    """The group that this one became part of, because a person said so."""
    while (group := groups.get(name)) is not None and group.part_of:
        name = group.part_of
    return name
