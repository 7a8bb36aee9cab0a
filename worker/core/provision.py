"""The steps from what is set up at both vendors to what should be. Pure.

A part of ours is known by its mark. Nothing else is touched; what stands in the way is a conflict for a person.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any

from connectors.provisioning import FoundPart, Part, PartKind, spell_mark
from worker.core.setup_parts import ROUTES, ZENDESK, Inventories, Wish, list_parts

_DIGEST_LENGTH = 12


class Action(StrEnum):
    """What a step does to its part."""

    CREATE = "create"
    CHANGE = "change"
    DELETE = "delete"
    KEEP = "keep"


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One thing that a step changes; `before` is None where there is nothing yet."""

    key: str
    before: Any
    after: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """What to do with one part, and what would differ afterwards."""

    action: Action
    name: str
    kind: PartKind
    found: FoundPart | None = None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ProvisionPlan:
    """All steps in order, and what stands in the way; with a conflict nothing may be done."""

    steps: tuple[Step, ...]
    conflicts: tuple[str, ...] = ()

    @property
    def pending(self) -> tuple[Step, ...]:
        """The steps that write."""
        return tuple(step for step in self.steps if step.action is not Action.KEEP)

    @property
    def digest(self) -> str:
        """Stands for the plan: the same again only while nothing has changed."""
        told = [
            [
                step.action.value,
                step.name,
                step.found.id if step.found else "",
                [str(change) for change in step.changes],
            ]
            for step in self.pending
        ]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:_DIGEST_LENGTH]


def plan_setup(wish: Wish, held: Inventories) -> ProvisionPlan:
    """The steps to what is wished for."""
    ids = find_ids(held)
    parts = list_parts(wish, held, ids)
    ours = _group_ours(held)
    steps = [plan_part(part, ours.get(part.name, ()), wish) for part in parts]
    doubles, conflicts = _judge_doubles(ours)
    return ProvisionPlan(
        steps=(*steps, *doubles), conflicts=(*_find_lost_fields(wish, held), *_find_strangers(wish, held), *conflicts)
    )


def plan_removal(held: Inventories, *, keep_fields: bool) -> ProvisionPlan:
    """The steps that delete every part of ours, those that lean on others first."""
    ours = _group_ours(held)
    order = {PartKind.VIEW: 0, PartKind.TRIGGER: 1, PartKind.WEBHOOK: 2, PartKind.FIELD: 3}
    found = [one for group in ours.values() for one in group if not (keep_fields and one.kind is PartKind.FIELD)]
    steps = (
        Step(action=Action.DELETE, name=one.name, kind=one.kind, found=one)
        for one in sorted(found, key=lambda one: (order[one.kind], one.name, one.id))
    )
    _, conflicts = _judge_doubles(ours)
    return ProvisionPlan(steps=tuple(steps), conflicts=conflicts)


def find_ids(held: Inventories) -> dict[str, str]:
    """The ids of the parts that are there already, by name."""
    return {name: group[0].id for name, group in _group_ours(held).items()}


def plan_part(part: Part, found: Sequence[FoundPart], wish: Wish) -> Step:
    """What to do with one part; of several with its mark the first is it."""
    if not found:
        changes = tuple(Change(key=key, before=None, after=value) for key, value in part.content.items())
        return Step(action=Action.CREATE, name=part.name, kind=part.kind, changes=changes)
    held = _tell_secret(found[0].content, wish)
    changes = tuple(
        Change(key=key, before=held.get(key), after=value)
        for key, value in part.content.items()
        if held.get(key) != value
    )
    action = Action.CHANGE if changes else Action.KEEP
    return Step(action=action, name=part.name, kind=part.kind, found=found[0], changes=changes)


def _tell_secret(content: Mapping[str, Any], wish: Wish) -> Mapping[str, Any]:
    """Whether a webhook signs with a secret of ours; nobody can read which it is, so an unknown one is renewed."""
    if "signed" not in content:
        return content
    return {**content, "secret": "none" if not content["signed"] else "ours" if wish.knows_jira_secret else "unknown"}


def _group_ours(held: Inventories) -> dict[str, tuple[FoundPart, ...]]:
    """Ours by name, of each the oldest first."""
    found = sorted(
        (part for inventory in held.values() for part in inventory.ours),
        key=lambda part: (part.name, len(part.id), part.id),
    )
    return {name: tuple(group) for name, group in groupby(found, key=lambda part: part.name)}


def _judge_doubles(ours: Mapping[str, Sequence[FoundPart]]) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """A second one that equals the first was made after a lost answer; one that differs may be a person's copy."""
    steps: list[Step] = []
    conflicts: list[str] = []
    for name, group in ours.items():
        for other in group[1:]:
            if other.content == group[0].content:
                steps.append(Step(action=Action.DELETE, name=name, kind=other.kind, found=other))
            else:
                conflicts.append(
                    f"{name}: {group[0].id} and {other.id} both carry our mark {spell_mark(name)} and differ; "
                    "take it out of the one that is not ours"
                )
    return tuple(steps), tuple(conflicts)


def _find_lost_fields(wish: Wish, held: Inventories) -> Iterator[str]:
    if ZENDESK not in held:
        return
    for name, number in wish.configured.items():
        if number and number not in held[ZENDESK].field_ids:
            yield (
                f"fields.toml: zendesk.{name} = {number}: there is no active ticket field with this id; "
                "write the id of one that exists, or 0 to have one made"
            )


def _find_strangers(wish: Wish, held: Inventories) -> Iterator[str]:
    for vendor, inventory in held.items():
        endpoint = f"{wish.url}{ROUTES[vendor]}"
        for stranger in inventory.strangers:
            if stranger.endpoint.rstrip("/") == endpoint:
                yield (
                    f"{vendor}: the webhook {stranger.title!r} ({stranger.id}), which is not ours, delivers to "
                    f"{endpoint} already; delete it, or go on without provision"
                )
