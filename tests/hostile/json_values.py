"""JSON that no vendor should send, from a seed: wrong types, odd texts, deep nests, numbers without measure."""

import json
import random
from collections.abc import Callable
from typing import Any

ODD_TEXTS = (
    "",
    " ",
    "\x00",
    "\ud800",
    "\udfff\ud800",
    "a\x00b\x07\x1b[31m",
    "\u202egnp.exe\u202c",
    "\u2066x\u2069\u200b\ufeff",
    "العربية עברית",
    "👩\u200d👩\u200d👧\u200d👦🏳️\u200d🌈" * 3,
    "e" + "\u0301" * 500,
    "٤٢",
    "1e999",
    "-0",
    "NaN",
    "null",
    "zen:ticket:99999999999999999999",
    "zen:event-type:ticket.",
    "2026-02-30T25:61:61Z",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "{{ticket.requester.email}}{% raw %}",
    "<script>alert(1)</script>",
    "{code}{panel}[~admin]!x.png!",
    "'; DROP TABLE inbox; --",
    "../../../../etc/passwd",
    "%s%n%x{0}{0.__class__}",
)
ODD_NUMBERS = (0, -1, 1, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 10**400, 0.1, -0.0, 1e308, 5e-324, 1.5e10)
LEAVES: tuple[Any, ...] = (None, True, False, *ODD_NUMBERS, *ODD_TEXTS)


def pick_value(dice: random.Random, depth: int = 3) -> Any:
    """Any JSON value, nested at most `depth` levels."""
    kind = dice.random()
    if depth == 0 or kind < 0.7:
        return dice.choice(LEAVES)
    if kind < 0.85:
        return [pick_value(dice, depth - 1) for _ in range(dice.randrange(4))]
    return {pick_key(dice): pick_value(dice, depth - 1) for _ in range(dice.randrange(4))}


def pick_key(dice: random.Random) -> str:
    """A key that somebody may look up, or none at all."""
    known = ("id", "ticket_id", "type", "subject", "detail", "issue", "fields", "labels", "comments", "name", "key")
    return dice.choice(known) if dice.random() < 0.8 else str(dice.choice(ODD_TEXTS))


def mutate(value: Any, dice: random.Random, changes: int) -> Any:
    """The value with some of its places changed for another value, left out or doubled; the original stays."""
    mutated = json.loads(json.dumps(value))
    for _ in range(changes):
        holders = list(_list_holders(mutated))
        if not holders:
            return pick_value(dice)
        _change_one(dice.choice(holders), dice)
    return mutated


def null_everything(value: Any) -> Any:
    """The same shape with null for every leaf."""
    if isinstance(value, dict):
        return {key: null_everything(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [null_everything(inner) for inner in value]
    return None


def spell(value: Any) -> bytes:
    """The bytes of it; half surrogates are written as escapes, as a vendor's own writer does."""
    return json.dumps(value).encode()


def pick_bytes(dice: random.Random, template: Callable[[], Any]) -> bytes:
    """A body: usually JSON of nearly the right shape, sometimes cut, garbled, nested without end or no JSON."""
    shapes: tuple[tuple[float, Callable[[], bytes]], ...] = (
        (0.05, lambda: dice.randbytes(dice.randrange(200))),
        (0.03, lambda: dice.choice((b"[", b'{"a":', b'[{"ticket":')) * dice.randrange(1, 50_000)),
        (0.02, lambda: b'{"ticket_id":' + b"9" * dice.randrange(1, 9_000) + b"}"),
        (0.10, lambda: spell(pick_value(dice, 5))),
        (0.80, lambda: _garble(spell(mutate(template(), dice, dice.randrange(1, 6))), dice)),
    )
    (make,) = dice.choices([make for _, make in shapes], [weight for weight, _ in shapes])
    return make()


def _garble(body: bytes, dice: random.Random) -> bytes:
    """Mostly the body as it is, else cut or with foreign bytes in it."""
    kind, at = dice.random(), dice.randrange(len(body) + 1)
    if kind < 0.06:
        return body[:at]
    return body[:at] + dice.randbytes(3) + body[at:] if kind < 0.12 else body


def _list_holders(value: Any) -> Any:
    if isinstance(value, dict | list) and value:
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _list_holders(inner)


def _change_one(holder: Any, dice: random.Random) -> None:
    at = dice.choice(list(holder)) if isinstance(holder, dict) else dice.randrange(len(holder))
    kind = dice.random()
    if kind < 0.15:
        del holder[at]
    elif kind < 0.25:
        holder[at] = [holder[at]] * dice.randrange(1, 4)
    elif kind < 0.35:
        holder[at] = {"id": holder[at]}
    else:
        holder[at] = pick_value(dice)
