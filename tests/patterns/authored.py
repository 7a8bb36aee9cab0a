"""Turns the authored texts into streams of tickets: other arrival orders, customers, times and mail noise by seed.

A stream has the same form as any file for `patterns detect`, and labels beside it that only a scorer may read.
"""

import json
import random
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

TEXTS = Path(__file__).parent / "texts"
_START = datetime(2025, 9, 1, 6, tzinfo=UTC)
_DAYS = 45
_KEPT_WHOLE, _KEPT_ONE = 0.45, 0.35
_CUSTOMERS = 60
_BACKGROUND_CUSTOMERS = 200
_GREETINGS = (
    "Hi,",
    "Hello,",
    "Good morning,",
    "Dear support,",
    "Hello team,",
    "Hi there,",
    "Good afternoon,",
    "Guten Tag,",
)
_OPENERS = (
    "Hope all is well.",
    "Sorry to write once more.",
    "I'm contacting you for our office.",
    "Thanks for your quick help last time.",
)
_CLOSERS = (
    "Please get back to me as soon as possible.", "It is rather urgent.", "Screenshot attached.", "Please advise.",
    "We have been customers for years.", "Our customer number is {n}.", "I checked the help pages without success.",
    "Please call me back if needed.", "Can you look into it?", "What can we do?",
    "Any news on this?", "Is anybody working on it?", "Looking forward to your answer.", "I have restarted already.",
)  # fmt: skip
_REGARDS = ("Best regards,", "Kind regards", "Thanks,", "Cheers", "Many thanks,", "Mit freundlichen Grüßen", "Best")
_FIRST = (
    "Ada",
    "Bela",
    "Cora",
    "Dan",
    "Edda",
    "Finn",
    "Gesa",
    "Hal",
    "Ida",
    "Jon",
    "Kira",
    "Leo",
    "Mona",
    "Nick",
    "Olga",
    "Pia",
)
_LAST = (
    "Arndt",
    "Brook",
    "Cairn",
    "Dorn",
    "Elm",
    "Fuchs",
    "Grey",
    "Hunt",
    "Ives",
    "Krug",
    "Lund",
    "Marsh",
    "Ohm",
    "Pratt",
)
_ROLES = ("Office", "Head of Operations", "IT", "Team Lead", "Assistant", "Controller", "Administration")
_VAGUE = ("Help", "Problem", "Question", "Please help", "(no subject)", "Issue", "Urgent", "Request")
_DISCLAIMER = (
    "This message is confidential and intended only for the addressee. "
    "If you are not the intended recipient, please delete it."
)
_FORM = (
    "\n\n--- sent with the contact form ---\nCustomer: {n}\nBrowser: Firefox {v}\n"
    "System: Windows 11\nPage: https://app.example/{p}"
)
_QUOTE = (
    "\n\nOn Mon, 4 Aug 2025 at 09:15, Support <support@vendor.example> wrote:\n> Hello,\n"
    "> your request was solved. How did we do?"
)
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Block:
    """Texts of one kind: all about the same issue, or (kind `single`) each about its own."""

    kind: str
    name: str
    area: str
    texts: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Stream:
    """Tickets in order of time, and their labels."""

    tickets: tuple[Row, ...]
    labels: tuple[Row, ...]

    def drop_incidents(self) -> "Stream":
        """The background alone: every alarm on it is false."""
        kept = {row["id"] for row in self.labels if row["kind"] != "incident"}
        return Stream(
            tuple(row for row in self.tickets if row["id"] in kept),
            tuple(row for row in self.labels if row["id"] in kept),
        )

    def thin_incidents(self, seed: int) -> "Stream":
        """Leaves one report of a third of the incidents and two of a fifth: faults that hardly anybody else has."""
        rng = random.Random(seed)
        issues: dict[str, list[str]] = {}
        for row in self.labels:
            if row["kind"] == "incident":
                issues.setdefault(row["issue"], []).append(row["id"])
        kinds: dict[str, str] = {}
        dropped: set[str] = set()
        for ids in issues.values():
            chance = rng.random()
            if chance < _KEPT_WHOLE:
                continue
            left = rng.sample(ids, 1 if chance < _KEPT_WHOLE + _KEPT_ONE else min(2, len(ids)))
            kinds.update(dict.fromkeys(left, "single" if len(left) == 1 else "trap_two_orgs"))
            dropped |= set(ids) - set(left)
        return Stream(
            tuple(row for row in self.tickets if row["id"] not in dropped),
            tuple(
                {**row, "kind": kinds.get(row["id"], row["kind"])} for row in self.labels if row["id"] not in dropped
            ),
        )

    def write(self, prefix: Path) -> None:
        """Writes `PREFIX.tickets.jsonl` and `PREFIX.labels.jsonl`."""
        for part, rows in (("tickets", self.tickets), ("labels", self.labels)):
            lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            prefix.with_name(f"{prefix.name}.{part}.jsonl").write_text(lines, encoding="utf-8")


def read_blocks(product: str) -> tuple[Block, ...]:
    """The blocks of an authored product."""
    blocks: list[Block] = []
    for line in (TEXTS / f"{product}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("@"):
            _, kind, *names = line.split()
            blocks.append(Block(kind, names[0], names[-1]))
        elif line and not line.startswith("#"):
            subject, body = line.split("|", 1)
            blocks[-1].texts.append((subject.strip(), body.strip()))
    return tuple(blocks)


def read_stream(prefix: Path) -> Stream:
    """A stream from `PREFIX.tickets.jsonl` and `PREFIX.labels.jsonl`."""
    parts = []
    for part in ("tickets", "labels"):
        lines = prefix.with_name(f"{prefix.name}.{part}.jsonl").read_text(encoding="utf-8").splitlines()
        parts.append(tuple(json.loads(line) for line in lines if line))
    return Stream(*parts)


def make_stream(blocks: Sequence[Block], seed: int, *, customers: int = _CUSTOMERS, days: int = _DAYS) -> Stream:
    """One arrival order of all texts."""
    rng = random.Random(seed)
    rows = [row for block in blocks for row in _place(block, rng, customers, days)]
    rows.sort(key=lambda row: (row["at"], row["subject"], row["body"]))
    tickets, labels = [], []
    for number, row in enumerate(rows):
        ticket_id = str(70001 + 3 * number)
        tickets.append(_dress(row, ticket_id, rng))
        labels.append(
            {"id": ticket_id, "issue": row["issue"], "kind": row["kind"], "area": row["area"], "followup": False}
        )
    return Stream(tuple(tickets), tuple(labels))


_KINDS = {"two": "trap_two_orgs", "same": "trap_same_org", "spread": "trap_spread_out"}


def _place(block: Block, rng: random.Random, customers: int, days: int) -> Iterator[Row]:
    count = len(block.texts)
    if block.kind == "single":
        times = [rng.uniform(0, days) for _ in range(count)]
        who = [rng.randrange(customers) for _ in range(count)]
    elif block.kind == "spread":
        first = rng.uniform(0, 4)
        times, who = [first + 20 * n for n in range(count)], rng.sample(range(customers), count)
    elif block.kind == "chronic":
        times, who = [rng.uniform(0, days) for _ in range(count)], rng.sample(range(customers), count)
    else:
        first = rng.uniform(0, days - 13)
        times = [first + gap for gap in _draw_gaps(rng, count)]
        who = rng.sample(range(customers), count) if block.kind != "same" else [rng.randrange(customers)] * count
    for number, ((subject, body), at, customer) in enumerate(zip(block.texts, times, who, strict=True)):
        single = block.kind == "single"
        yield {
            "issue": f"{block.area}-{block.name}-{number}" if single else f"{block.kind}-{block.name}",
            "kind": _KINDS.get(block.kind, block.kind),
            "area": block.area,
            "subject": subject,
            "body": body,
            "at": at,
            "customer": customer,
        }


def _draw_gaps(rng: random.Random, count: int) -> list[float]:
    """Days after the first report. Quartiles of pairs' gaps are near 0.1, 1.6 and 5 days, as in real trackers."""
    if rng.random() < 0.2:
        return [rng.expovariate(10) for _ in range(count)]
    longest = rng.uniform(5, 13)
    return [rng.expovariate(10) if rng.random() < 0.4 else rng.uniform(0, longest) for _ in range(count)]


def _dress(row: Row, ticket_id: str, rng: random.Random) -> Row:
    first, last = rng.choice(_FIRST), rng.choice(_LAST)
    number = rng.randrange(10000, 99999)
    subject, body = row["subject"], row["body"]
    if rng.random() < 0.15:
        body, subject = f"{subject}. {body}", rng.choice(_VAGUE)
    elif rng.random() < 0.1:
        subject = rng.choice((subject.upper(), f"Re: {subject}", f"Fwd: {subject}", f"[EXT] {subject}"))
    if rng.random() < 0.15:
        body = _mistype(body, rng)
    before = [rng.choice(_OPENERS)] if rng.random() < 0.2 else []
    after = rng.sample(_CLOSERS, rng.choice((0, 0, 1, 1, 2)))
    text = " ".join([*before, body, *after]).replace("{n}", str(number))
    if rng.random() < 0.7:
        text = f"{rng.choice(_GREETINGS)}\n{text}"
    email = f"{first}.{last}@customer{row['customer']}.example".lower()
    text += _end_mail(rng, first, last, email, number)
    return {
        "id": ticket_id,
        "org": f"org-{row['customer']:03d}",
        "requester": email,
        "created_at": (_START + timedelta(days=row["at"])).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "channel": "email",
        "subject": subject,
        "body": text,
    }


def _end_mail(rng: random.Random, first: str, last: str, email: str, number: int) -> str:
    if rng.random() < 0.3:
        return _FORM.format(n=number, v=rng.randrange(120, 140), p=rng.choice(("home", "list", "settings")))
    end = ""
    if rng.random() < 0.7:
        end += f"\n\n{rng.choice(_REGARDS)}\n{first} {last}"
        if rng.random() < 0.5:
            end += f"\n{rng.choice(_ROLES)}\n+43 {number} 77\n{email}"
    if rng.random() < 0.2:
        end += f"\n\n{_DISCLAIMER}"
    return end + (_QUOTE if rng.random() < 0.12 else "")


def _mistype(text: str, rng: random.Random) -> str:
    at = rng.randrange(1, max(2, len(text) - 2))
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def make_background(seed: int, count: int, *, days: float) -> Stream:
    """Everyday tickets of nine desks put together from parts: no two have the same thing and the same trouble.

    At most 5,400, as many of each desk.
    """
    rng = random.Random(seed)
    parts = tomllib.loads((TEXTS / "background.toml").read_text(encoding="utf-8"))
    block = Block("single", "background", "everyday")
    for domain in parts["domains"]:
        troubles = [*((True, fault) for fault in domain["faults"]), *((False, ask) for ask in domain["asks"])]
        pairs = [(thing, trouble) for thing in domain["objects"] for trouble in troubles]
        for thing, (is_fault, trouble) in rng.sample(pairs, count // len(parts["domains"])):
            block.texts.append(_word_trouble(parts, thing, trouble, is_fault=is_fault, rng=rng))
    return make_stream((block,), seed, days=round(days), customers=_BACKGROUND_CUSTOMERS)


def _word_trouble(
    parts: dict[str, Any], thing: str, trouble: str, *, is_fault: bool, rng: random.Random
) -> tuple[str, str]:
    context = rng.choice(parts["contexts"]).replace("{n}", str(rng.randrange(900)))
    detail = rng.choice(parts["details"]) if rng.random() < 0.5 else ""
    if is_fault:
        start = rng.choice(parts["starts"]).replace("{o}", thing).replace("{f}", trouble)
        return f"{thing} {trouble}".capitalize(), f"{start} {detail} {context}".replace("  ", " ")
    return thing.capitalize(), f"{trouble.replace('{o}', thing)} {detail} {context}"
