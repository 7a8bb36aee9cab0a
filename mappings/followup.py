"""What follow-ups can say after the hand-over: the records that their templates are written against."""

from dataclasses import dataclass
from datetime import datetime

from mappings.environment import spell_instant

LANGUAGES = ("en", "de", "es", "fr")
"""The languages in which the shipped texts for customers exist; others get the first."""

CUSTOMER_TEXTS = ("update", "confirm", "declined", "stood_down")
"""The kinds of text for customers: `customer_<kind>.<language>.md.j2`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The question for progress. `number` counts those without an answer, `prefix` marks words meant for support."""

    number: int
    still_open: tuple[str, ...]
    reasons: tuple[str, ...]
    prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StageStep:
    """A step in the life of an escalation: what happened, why, and what is wanted of the reader."""

    title: str
    reasons: tuple[str, ...]
    advice: str
    wants_lesson: bool = False
    wants_confirmation: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DueWord:
    """Why a customer is owed a word, and until when."""

    overdue_at: datetime
    is_overdue: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerWords:
    """All that a text for a customer may say. It knows of no other customer, no issue and no name of a colleague.

    `progress` is one of waiting, started, fixed, solved; `is_news` when that is new since our last word. `next_by` is
    spelled in the customer's language.
    """

    name: str
    subject: str
    progress: str
    is_news: bool = False
    next_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedComment:
    """A comment that the receiving team marked for support."""

    text: str
    author: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestLine:
    """Something that happened on the issue: our question with this number, or else a word of the team."""

    at: datetime
    author: str | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentReply:
    """A text that went to the customer by itself: of which kind (`update` or `confirm`), and when."""

    kind: str
    severity: str
    at: datetime


def name_customer_text(kind: str, language: str) -> str:
    """The template's file name for a text of this kind, in the language or else in English."""
    return f"customer_{kind}.{language if language in LANGUAGES else LANGUAGES[0]}.md.j2"


def spell_moment(instant: datetime, language: str) -> str:
    """An instant as it is written in the language, with its zone."""
    zone = instant.tzname() or "UTC"
    form = {"de": "%d.%m.%Y um %H:%M Uhr", "es": "%d/%m/%Y a las %H:%M", "fr": "%d/%m/%Y à %H:%M"}.get(language)
    return f"{instant.strftime(form)} ({zone})" if form else spell_instant(instant)
