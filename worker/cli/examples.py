"""How each command is called, for its help: nobody has to guess, and a test runs every line of it."""

from collections.abc import Mapping

import typer

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "audit": ("escalator audit 4711", "escalator audit ENG-12 --json"),
    "backfill cancel": ("escalator backfill cancel 3f2a9c41 --yes",),
    "backfill pause": ("escalator backfill pause 3f2a9c41",),
    "backfill plan": (
        "escalator backfill plan --since 2026-01-01",
        "escalator backfill plan --since 2026-01-01 --json",
    ),
    "backfill report": ("escalator backfill report 3f2a9c41 --csv", "escalator backfill report 3f2a9c41 --json"),
    "backfill resume": ("escalator backfill resume 3f2a9c41",),
    "backfill run": ("escalator backfill run 3f2a9c41 --max-create 20 --yes",),
    "backfill status": ("escalator backfill status", "escalator backfill status 3f2a9c41 --json"),
    "brief": ("escalator brief 4711", "escalator brief tickets.jsonl --lint"),
    "close": ('escalator close 4711 --reason "the customer said so on the phone"',),
    "config check": ("escalator config check", "escalator config check --policy ./policy"),
    "config diff": ("escalator config diff --policy ./policy",),
    "config password": ("escalator config password",),
    "db upgrade": ("escalator db upgrade",),
    "deadletters drop": ('escalator deadletters drop ticket:4711 --reason "done by hand"',),
    "deadletters list": ("escalator deadletters list", "escalator deadletters list --json"),
    "deadletters replay": ("escalator deadletters replay ticket:4711", "escalator deadletters replay --all"),
    "deadletters show": ("escalator deadletters show ticket:4711",),
    "deescalate": ('escalator deescalate 4711 --reason "a setting was wrong"',),
    "demo": ("escalator demo",),
    "doctor": ("escalator doctor", "escalator doctor --json"),
    "due": ("escalator due --within 2h",),
    "erase": ("escalator erase --requester ines@falk.example", "escalator erase --requester 4711 --yes"),
    "escalate": ('escalator escalate 4711 --target engineering --reason "the VIP called"',),
    "explain": ("escalator explain 4711", "escalator explain tickets.jsonl --json"),
    "export": ("escalator export --since 2026-03-01",),
    "health": ("escalator health", "escalator health --here"),
    "init": ("escalator init", "escalator init --dir ./escalator --stdin"),
    "patterns confirm": ("escalator patterns confirm P-7",),
    "patterns detect": ("escalator patterns detect reports.jsonl --lane suggest",),
    "patterns list": ("escalator patterns list",),
    "patterns merge": ("escalator patterns merge P-7 P-9",),
    "patterns mute": ('escalator patterns mute P-7 --reason "how-to questions"',),
    "patterns reject": ("escalator patterns reject P-7",),
    "patterns reopen": ("escalator patterns reopen P-7",),
    "patterns show": ("escalator patterns show P-7",),
    "patterns split": ("escalator patterns split P-7 4711 4712",),
    "poll": ("escalator poll --once --json",),
    "provision apply": ("escalator provision apply --yes", "escalator provision apply --plan 4f0c1d22"),
    "provision plan": ("escalator provision plan --url https://escalator.example.com",),
    "provision remove": ("escalator provision remove --yes", "escalator provision remove --only jira --yes"),
    "provision verify": ("escalator provision verify",),
    "sandbox": ("escalator sandbox",),
    "score": ("escalator score tickets.jsonl --json", "escalator score 4711 --policy ./policy"),
    "serve": ("escalator serve", "escalator serve --only worker"),
    "similar": ("escalator similar 4711",),
    "simulate": (
        "escalator simulate --policy ./policy --since 90d",
        "escalator simulate --policy ./policy --against current --json",
    ),
    "snooze": ('escalator snooze 4711 --for 4h --reason "the fix is being tested"',),
    "status": ("escalator status", "escalator status --json"),
}
"""The examples of each command by its words; as the shell takes them."""


def add_examples(app: typer.Typer, place: str = "") -> None:
    """Puts the examples at the end of each command's help, one on a line."""
    for command in app.registered_commands:
        name = f"{place}{command.name}"
        if name in EXAMPLES:
            command.epilog = _spell_examples(EXAMPLES[name])
    for group in app.registered_groups:
        if group.typer_instance is not None:
            add_examples(group.typer_instance, f"{place}{group.name} ")


def _spell_examples(examples: tuple[str, ...]) -> str:
    # click keeps the lines of a paragraph that begins with this mark.
    return "\b\nExamples:\n" + "\n".join(f"  {example}" for example in examples)
