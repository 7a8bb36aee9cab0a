"""Planned writes as rows and back."""

from collections.abc import Sequence

from pydantic import TypeAdapter

from connectors.effects import Effect, PlannedWrite
from worker.store.effects import EffectRow, Intent

_EFFECTS: TypeAdapter[Effect] = TypeAdapter(Effect)


def spell_intents(planned: Sequence[PlannedWrite]) -> tuple[Intent, ...]:
    """The rows that keep these writes."""
    return tuple(
        Intent(key=write.key, kind=write.effect.kind, payload=_EFFECTS.dump_json(write.effect).decode())
        for write in planned
    )


def read_effect(row: EffectRow) -> Effect:
    """The write that a row keeps."""
    return _EFFECTS.validate_json(row.payload)
