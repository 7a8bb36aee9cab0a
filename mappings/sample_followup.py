"""Invented follow-ups on which their templates are tried."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from mappings.brief import Brief, LinkRef, TagNames
from mappings.environment import Markdown
from mappings.followup import (
    CUSTOMER_TEXTS,
    LANGUAGES,
    CarriedComment,
    CustomerWords,
    DigestLine,
    DueWord,
    Question,
    SentReply,
    StageStep,
    name_customer_text,
)

_AT = datetime(2026, 11, 4, 9, 30, tzinfo=UTC)
_CUSTOMER = CustomerWords(
    name="Maren",
    subject="Manifests come out empty",
    progress="started",
    is_news=True,
    next_by="4 Nov 2026, 09:30 UTC",
)
_CUSTOMERS = (
    _CUSTOMER,
    replace(_CUSTOMER, name="", progress="waiting", is_news=False, next_by=None),
    replace(_CUSTOMER, progress="fixed"),
    replace(_CUSTOMER, progress="solved"),
)
_STEPS = (
    StageStep(
        title="Stood down:",
        reasons=("A workaround unblocks the customer",),
        advice="Support goes on with it. Nothing more is needed from you.",
        wants_lesson=True,
    ),
    StageStep(title="Solved by Engineering:", reasons=(), advice="Please ask the customer.", wants_confirmation=True),
)
_DUE = DueWord(overdue_at=_AT, is_overdue=False, reasons=("high: a word every 4 h to 8 h",))


def list_followup_samples(brief: Brief, issue: LinkRef) -> Mapping[str, tuple[Mapping[str, object], ...]]:
    """Return, for each follow-up template's file name, the contexts it must be able to render."""
    draft = Markdown("> Hello Maren,\n>\n> we are still working on it.")
    tags = TagNames()
    questions = (
        Question(number=1, still_open=(), reasons=(), prefix="Support:"),
        Question(number=3, still_open=("who takes it",), reasons=("2 questions are unanswered",), prefix="Support:"),
    )
    carried = CarriedComment(text="Clear the cache *twice*.", author="Ana Silva", at=_AT)
    own: dict[str, tuple[Mapping[str, object], ...]] = {
        "issue_comment_ask.md.j2": tuple(
            {"brief": brief, "question": question, "stub": stub} for question in questions for stub in (False, True)
        ),
        "issue_comment_stage.md.j2": tuple(
            {"brief": brief, "step": step, "stub": stub} for step in _STEPS for stub in (False, True)
        ),
        "note_ask.md.j2": tuple({"brief": brief, "question": question} for question in questions),
        "note_stage.md.j2": (
            {"brief": brief, "issue": issue, "step": _STEPS[0], "draft": draft, "sends": False, "tags": tags},
            {"brief": brief, "issue": None, "step": _STEPS[1], "draft": None, "sends": False, "tags": tags},
            {"brief": brief, "issue": issue, "step": _STEPS[1], "draft": draft, "sends": True, "tags": tags},
        ),
        "note_draft.md.j2": tuple(
            {"brief": brief, "due": due, "draft": draft, "tags": tags}
            for due in (_DUE, replace(_DUE, is_overdue=True, reasons=()))
        ),
        "note_digest.md.j2": (
            {
                "brief": brief,
                "issue": issue,
                "lines": (
                    DigestLine(at=_AT, number=2),
                    DigestLine(at=_AT, author="Ana *Silva*"),
                    DigestLine(at=_AT),
                ),
            },
        ),
        "note_sent.md.j2": tuple(
            {"brief": brief, "sent": SentReply(kind=kind, severity="high", at=_AT), "tags": tags}
            for kind in ("update", "confirm")
        ),
        "note_snoozed.md.j2": ({"brief": brief, "until": _AT, "tags": tags},),
        "note_carried.md.j2": tuple(
            {"brief": brief, "issue": issue, "carried": one} for one in (carried, replace(carried, author=None))
        ),
    }
    return own | dict(_list_customer_samples())


def _list_customer_samples() -> Iterator[tuple[str, tuple[Mapping[str, object], ...]]]:
    for kind in CUSTOMER_TEXTS:
        for language in LANGUAGES:
            yield name_customer_text(kind, language), tuple({"customer": one} for one in _CUSTOMERS)
