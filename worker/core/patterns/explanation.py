"""Why a group is one: for each member its nearest member and what both share, and the nearest ticket left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from worker.core.patterns.detector import Detector
from worker.core.patterns.judge import find_link
from worker.core.patterns.report import Member, Standing, Vector
from worker.core.patterns.vectors import read_vector

_MOST_SHARED = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Nearest:
    """Another ticket beside a member: the chance that both are one problem, what they share, and hours apart."""

    ticket: str
    chance: float
    similarity: float
    hours_apart: float
    words: tuple[str, ...]
    codes: tuple[str, ...]
    concepts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class MemberReason:
    """One member with the cues found in it and the nearest of the other members; None when it stands alone."""

    ticket: str
    language: str
    by_meaning: bool
    cues: tuple[str, ...]
    nearest: Nearest | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """The reasons of a group. `figures` are the features that its score was computed from."""

    group: str
    score: float | None
    by_meaning: bool
    figures: Mapping[str, float]
    members: tuple[MemberReason, ...]
    left_out: Nearest | None


def explain_group(detector: Detector, standing: Standing) -> Explanation:
    """Explains a group as it stands in the detector's window."""
    members = [detector.window[ticket] for ticket in standing.tickets]
    return Explanation(
        group=standing.group,
        score=standing.score,
        by_meaning=standing.by_meaning,
        figures=detector.list_figures(standing),
        members=tuple(_explain_member(detector, member, members) for member in members),
        left_out=_find_left_out(detector, members),
    )


def _explain_member(detector: Detector, member: Member, members: Sequence[Member]) -> MemberReason:
    links = [(find_link(member, other), other) for other in members if other.id != member.id]
    known = [(link, other) for link, other in links if link is not None]
    best = max(known, key=lambda pair: (pair[0].chance, pair[1].id), default=None)
    return MemberReason(
        ticket=member.id,
        language=member.language,
        by_meaning=member.meant,
        cues=member.found,
        nearest=compare_members(detector, member, best[1], best[0].chance, best[0].similarity) if best else None,
    )


def _find_left_out(detector: Detector, members: Sequence[Member]) -> Nearest | None:
    own = {member.id for member in members}
    best: tuple[float, str, Member] | None = None
    for member in members:
        for ticket, chance in detector.window.list_chances(member).items():
            if ticket not in own and (best is None or (chance, ticket) > best[:2]):
                best = (chance, ticket, member)
    if best is None:
        return None
    chance, ticket, member = best
    other = detector.window[ticket]
    link = find_link(member, other)
    return compare_members(detector, member, other, chance, link.similarity if link else 0.0)


def compare_members(detector: Detector, member: Member, other: Member, chance: float, similarity: float) -> Nearest:
    """What two members share, with the numbers of their likeness."""
    concepts = _share(member.concepts, other.concepts)
    words = _share(member.words, other.words)
    names = detector.counts.name_terms([*words, *concepts])
    terms = [names[number] for number in words if number in names]
    return Nearest(
        ticket=other.id,
        chance=chance,
        similarity=similarity,
        hours_apart=round(abs((member.at - other.at).total_seconds()) / 3600.0, 1),
        words=tuple(term for term in terms if not term.startswith("#"))[:_MOST_SHARED],
        codes=tuple(term[1:] for term in terms if term.startswith("#"))[:_MOST_SHARED],
        concepts=tuple(names[number] for number in concepts if number in names)[:_MOST_SHARED],
    )


def _share(vector: Vector, other: Vector) -> list[int]:
    """The numbers of the terms of both, those first that bring them nearest."""
    theirs = dict(read_vector(other))
    shared = [(-weight * theirs[number], number) for number, weight in read_vector(vector) if number in theirs]
    return [number for _, number in sorted(shared)]
