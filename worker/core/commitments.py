"""What stands between us and the customer: our last public word, what they count on, by when, and how far they go."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectors.records import SlaClock, SlaStage, Ticket
from worker.core import wishes
from worker.core.assessment import Assessment, Evidence, Speaker
from worker.core.sentences import SentenceKind
from worker.core.telling import Fact, Told, clip_words, drop_greeting, find_last_told, make_fact
from worker.core.thread import Thread

_GIST = 240
_END_OF_WORK = 17
_END_OF_EVENING = 22
_SOLUTION_CLOCKS = frozenset({"requester_wait_time", "agent_work_time", "total_resolution_time"})
_LAST_DAY = 31
_NO_ANSWERS: Mapping[str, Fact] = {}
_RISKY = ("business.executive", "business.high_value_at_risk")
_WEARY = ("time.not_progressing", "time.waiting_long", "time.open_beyond_sla")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january januar enero janvier jan", "february februar febrero février feb", "march märz marzo mars mar",
            "april abril avril apr", "may mai mayo", "june juni junio juin jun", "july juli julio juillet jul",
            "august agosto août aug", "september septiembre septembre sep", "october oktober octubre octobre oct",
            "november noviembre novembre nov", "december dezember diciembre décembre dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "monday montag lunes lundi", "tuesday dienstag martes mardi", "wednesday mittwoch miércoles mercredi",
            "thursday donnerstag jueves jeudi", "friday freitag viernes vendredi", "saturday samstag sábado samedi",
            "sunday sonntag domingo dimanche",
        )
    )
    for name in names.split()
}  # fmt: skip
_DAYS = {
    "tonight": 0, "today": 0, "eod": 0, "noon": 0, "midnight": 0, "heute": 0, "hoy": 0, "ce soir": 0,
    "tomorrow": 1, "morgen": 1, "mañana": 1, "demain": 1,
}  # fmt: skip
_DATE = re.compile(r"(\d{1,2})(?:st|nd|rd|th|\.)? (?:of |de )?([a-zéûäö]{3,10})", re.IGNORECASE)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_END_OF = re.compile(r"end of ([a-z]{3,10})", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What the customer expects, the words that say by when and the day they name, and what binds us first.

    `deadline` is the next due instant of an SLA clock that binds the solution or, when earlier, the end of the day
    that the customer named; `deadline_reason` says which.
    """

    expectation: Fact | None = None
    by: str | None = None
    by_day: datetime | None = None
    deadline: datetime | None = None
    deadline_reason: str | None = None


def find_last_update(thread: Thread) -> Fact | None:
    """Our last public reply with its gist, the first sentences of it."""
    reply = thread.last_public_reply
    if reply is None:
        return None
    told = " ".join(sentence.text for sentence in reply.sentences) or reply.text
    return Fact(
        text=clip_words(drop_greeting(told), _GIST), speaker=reply.speaker, at=reply.at, comment_id=reply.comment_id
    )


def find_wanted(
    told: Sequence[Told], ticket: Ticket, now: datetime, answers: Mapping[str, Fact] = _NO_ANSWERS
) -> Wanted:
    """Return what the customer expects, and the deadline that follows from SLA and thread.

    What an agent answered to a checklist (fields customer_expectation and deadline) outweighs what was gathered.
    """
    one = _find_wish(told)
    answer = answers.get("deadline")
    by = answer.text if answer else _find_time(one) if one else None
    said_at = answer.at if answer else one.utterance.at if one else now
    named = read_day(by, said_at) if by else None
    deadline, reason = _choose_deadline(ticket, named, by or "", now)
    return Wanted(
        expectation=answers.get("customer_expectation", make_fact(one) if one else None),
        by=by,
        by_day=named,
        deadline=deadline,
        deadline_reason=reason,
    )


def find_risk(told: Sequence[Told], assessment: Assessment) -> tuple[str | None, Fact | None]:
    """How likely the customer takes it further ("High", "Raised", "No sign so far"), and the words that show it."""
    said = [one for one in told if one.speaker is Speaker.CUSTOMER]
    shown = find_last_told(said, wishes.LEAVING)
    if shown is not None or any(name in assessment.criteria for name in _RISKY):
        return "High", make_fact(shown) if shown else _find_evidence(assessment, _RISKY)
    tempted = find_last_told(said, wishes.COMPETITOR)
    if tempted is not None:
        return "Raised", make_fact(tempted)
    if any(name in assessment.criteria for name in _WEARY):
        return "Raised: they have waited long", _find_evidence(assessment, _WEARY)
    return ("No sign of it in the thread so far", None) if said else (None, None)


def read_day(words: str, said_at: datetime) -> datetime | None:
    """The end of the day that the words name (17:00 UTC, 22:00 for a night); None when they name none."""
    lowered = words.lower()
    day = _read_date(lowered, said_at) or _read_weekday(lowered, said_at)
    hour = _END_OF_EVENING if "night" in lowered or "soir" in lowered else _END_OF_WORK
    return day.astimezone(UTC).replace(hour=hour, minute=0, second=0, microsecond=0) if day else None


def _find_wish(told: Sequence[Told]) -> Told | None:
    """The customer's last wish with a time, else a day when something is due, else a wish, else a question to us."""
    said = [one for one in told if one.speaker is Speaker.CUSTOMER]
    wished = [one for one in said if wishes.EXPECTS.search(one.text)]
    timed = [one for one in wished if _find_time(one)]
    dated = [one for one in said if wishes.BY_WHEN.search(one.text) and wishes.DUE.search(one.text)]
    asked = [one for one in said if one.sentence.kind is SentenceKind.QUESTION and not wishes.HOW_TO.search(one.text)]
    return next((chosen[-1] for chosen in (timed, dated, wished, asked) if chosen), None)


def _find_time(one: Told) -> str | None:
    match = wishes.BY_WHEN.search(one.text)
    if match is None and wishes.EXPECTS.search(one.text):
        match = wishes.ON_DAY.search(one.text)
    return match["by"] if match else None


def _choose_deadline(
    ticket: Ticket, named: datetime | None, words: str, now: datetime
) -> tuple[datetime | None, str | None]:
    options = [
        (clock.breach_at, f"the SLA clock {clock.metric.replace('_', ' ')} ends then")
        for clock in ticket.sla or ()
        if _binds_the_solution(clock) and clock.breach_at is not None and clock.breach_at > now
    ]
    if named is not None and named > now:
        options.append((named, f"the customer said “{words}”"))
    return min(options) if options else (None, None)


def _binds_the_solution(clock: SlaClock) -> bool:
    """Reply clocks bind support; only the clocks of the whole wait bind the team that is to solve it."""
    return clock.metric in _SOLUTION_CLOCKS and clock.stage in {SlaStage.ACTIVE, SlaStage.BREACHED}


def _read_date(words: str, said_at: datetime) -> datetime | None:
    iso = _ISO.search(words)
    if iso:
        return _make_day(int(iso[1]), int(iso[2]), int(iso[3]))
    end = _END_OF.search(words)
    if end and end[1] in _MONTHS:
        return _find_coming(_MONTHS[end[1]], _LAST_DAY, said_at)
    date = _DATE.search(words)
    return _find_coming(_MONTHS[date[2]], int(date[1]), said_at) if date and date[2] in _MONTHS else None


def _find_coming(month: int, day: int, said_at: datetime) -> datetime | None:
    """The next such day, or the month's last one when it has fewer days."""
    year = said_at.year + (month < said_at.month)
    return next((made for last in range(day, 27, -1) if (made := _make_day(year, month, last))), None) or _make_day(
        year, month, day
    )


def _make_day(year: int, month: int, day: int) -> datetime | None:
    try:
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None


def _read_weekday(words: str, said_at: datetime) -> datetime | None:
    for word in _WORD.findall(words):
        if word in _DAYS:
            return said_at + timedelta(days=_DAYS[word])
        if word in _WEEKDAYS:
            return said_at + timedelta(days=(_WEEKDAYS[word] - said_at.weekday()) % 7 or 7)
    return None


def _find_evidence(assessment: Assessment, names: Sequence[str]) -> Fact | None:
    for finding in assessment.findings:
        if finding.id in names and finding.is_met:
            quoted = next((one for one in finding.evidence if one.quote and one.at), None)
            if quoted is not None:
                return _spell_evidence(quoted)
    return None


def _spell_evidence(evidence: Evidence) -> Fact | None:
    if evidence.at is None:
        return None
    return Fact(
        text=clip_words(evidence.quote),
        speaker=evidence.speaker or Speaker.CUSTOMER,
        at=evidence.at,
        comment_id=evidence.comment_id,
        start=evidence.start,
        end=evidence.end,
    )
