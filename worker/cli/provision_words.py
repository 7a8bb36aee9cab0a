"""What `provision` says: a plan as text with each difference, and as JSON."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from worker.cli.output import blank_controls
from worker.core.provision import Action, ProvisionPlan, Step

_SIGNS = {Action.CREATE: "+", Action.CHANGE: "~", Action.DELETE: "-", Action.KEEP: " "}
_LONGEST = 160


def word_plan(plan: ProvisionPlan) -> str:
    """A line for each part, its differences below it, and the counts with the plan's name."""
    lines: list[str] = []
    for step in plan.steps:
        lines += [word_step(step, ""), *_word_changes(step)]
    lines += [f"! {conflict}" for conflict in plan.conflicts]
    counts = {action: sum(1 for step in plan.steps if step.action is action) for action in Action}
    told = ", ".join(f"{count} to {action.value}" for action, count in counts.items() if count)
    return "\n".join([*lines, f"plan {plan.digest}: {told or 'nothing to do'}"])


def word_step(step: Step, part_id: str) -> str:
    """One step in a line."""
    known = part_id or (step.found.id if step.found else "")
    return f"{_SIGNS[step.action]} {step.action.value} {step.name} ({step.kind.value}{f' {known}' if known else ''})"


def spell_plan(plan: ProvisionPlan) -> dict[str, Any]:
    """The plan as JSON."""
    return {"plan": plan.digest, "steps": spell_steps(plan.steps), "conflicts": list(plan.conflicts)}


def spell_steps(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """Steps as JSON."""
    return [
        {
            "part": step.name,
            "kind": step.kind.value,
            "action": step.action.value,
            "id": step.found.id if step.found else None,
            "changes": [
                {"key": change.key, "before": change.before, "after": change.after} for change in step.changes
            ],
        }
        for step in steps
    ]


def _word_changes(step: Step) -> Iterator[str]:
    for change in step.changes:
        after = _word_value(change.after)
        if step.action is Action.CREATE:
            yield f"      {change.key}: {after}"
        else:
            yield f"      {change.key}: {_word_value(change.before)} -> {after}"


def _word_value(value: Any) -> str:
    text = blank_controls(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
