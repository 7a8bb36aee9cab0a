"""Reads a ticket's conversation as people do: who speaks, when, and which words are their own."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.records import Comment, Person, Ticket
from worker.core.assessment import Speaker
from worker.core.passages import Line, PassageKind, blank_markup, is_greeting, sort_lines
from worker.core.sentences import Sentence, SentenceKind, cut_sentences

__all__ = ["Sentence", "SentenceKind", "Thread", "Utterance", "read_thread"]

# A thread longer than this is read at both ends: how it began and what holds now.
_FIRST_COMMENTS = 60
_LAST_COMMENTS = 240
_LONGEST_BODY = 16_000
_LONGEST_THREAD = 240_000
_SYSTEM_AUTHOR = -1
_OUR_FOOTER = re.compile(r"\bescalator-[0-9a-z-]{2,64}, policy [0-9a-f]{6,64}\s*\Z")
_FOOTER_ROOM = 200
_SYSTEM_CHANNELS = frozenset({"rule", "system", "automation", "trigger"})
_AUTO_REPLY = re.compile(
    r"\b(?:out of (?:the )?office|auto(?:matic|mated)?[- ]?(?:reply|response)|away from (?:my )?(?:desk"
    r"|e-?mail)|on annual leave until"
    r"|this is an auto\w* (?:message|reply|response|generated)|i am (?:currently )?on (?:vacation|holiday"
    r"|leave)|currently out until"
    r"|abwesenheits(?:notiz|assistent)|automatische (?:antwort|abwesenheit)|(?:bin|nicht) (?:derzeit |aktuell "
    r"|bis )?.{0,24}(?:außer haus|nicht im büro|im urlaub)"
    r"|respuesta automática|fuera de la oficina|estoy de vacaciones|réponse automatique|absent(?:e)? du bureau"
    r"|en congés? jusqu)",
    re.I,
)
_AUTO_REPLY_WITHIN = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Utterance:
    """What one person said at one time.

    `text` holds the author's own words only; quoted mail is in `quoted`, machine output in `logs`. `body` is the
    comment's body as it is, into which the sentences' `start` and `end` point. `comment_id` is None when the words
    come from the ticket's description because its comments were not read.
    """

    comment_id: int | None
    author_id: int
    author_name: str
    speaker: Speaker
    at: datetime
    text: str
    body: str
    sentences: tuple[Sentence, ...] = ()
    logs: tuple[str, ...] = ()
    quoted: str = ""
    signature: str = ""
    attachments: tuple[str, ...] = ()
    is_auto_reply: bool = False

    @property
    def is_ours(self) -> bool:
        """True when one of the desk's own people speaks, in public or internally."""
        return self.speaker in {Speaker.AGENT, Speaker.INTERNAL}


@dataclass(frozen=True, kw_only=True, slots=True)
class Thread:
    """A ticket's conversation in order of time."""

    subject: str
    utterances: tuple[Utterance, ...]

    def list_spoken(self, *speakers: Speaker) -> tuple[Utterance, ...]:
        """The utterances of these speakers, in order."""
        return tuple(one for one in self.utterances if one.speaker in speakers)

    @property
    def last_public_reply(self) -> Utterance | None:
        """The latest public reply of our side, the description excepted when an agent wrote it."""
        return next((one for one in reversed(self.utterances[1:]) if one.speaker is Speaker.AGENT), None)


def read_thread(ticket: Ticket) -> Thread:
    """The conversation of `ticket`, in bounded time; a ticket read without comments gives its description."""
    comments = _choose_comments(ticket)
    people = {person.id: person for person in ticket.people}
    return Thread(
        subject=" ".join(ticket.subject[:500].split()), utterances=tuple(_read_all(ticket, comments, people))
    )


def _choose_comments(ticket: Ticket) -> Sequence[Comment]:
    if not ticket.comments:
        return (_describe(ticket),) if ticket.description.strip() else ()
    others = [comment for comment in ticket.comments if not _is_our_note(comment)]
    ordered = sorted(others, key=lambda comment: comment.created_at)
    if len(ordered) <= _FIRST_COMMENTS + _LAST_COMMENTS:
        return ordered
    return [*ordered[:_FIRST_COMMENTS], *ordered[-_LAST_COMMENTS:]]


def _is_our_note(comment: Comment) -> bool:
    """What Escalator wrote itself is no evidence; every note of ours ends with its token and the policy's digest."""
    return not comment.public and _OUR_FOOTER.search(comment.body[-_FOOTER_ROOM:]) is not None


def _describe(ticket: Ticket) -> Comment:
    return Comment(
        id=0,
        author_id=ticket.submitter_id or ticket.requester_id,
        public=True,
        body=ticket.description,
        created_at=ticket.created_at,
        via_channel=ticket.via_channel or "web",
    )


def _read_all(ticket: Ticket, comments: Sequence[Comment], people: dict[int, Person]) -> Iterator[Utterance]:
    left = _LONGEST_THREAD
    for number, comment in enumerate(comments):
        share = max(min(_LONGEST_BODY, left), 1_000)
        left -= min(len(comment.body), share)
        person = people.get(comment.author_id)
        yield _read_comment(comment, person, _tell_speaker(comment, person, ticket), share, is_first=number == 0)


def _tell_speaker(comment: Comment, person: Person | None, ticket: Ticket) -> Speaker:
    if comment.author_id == _SYSTEM_AUTHOR or comment.via_channel in _SYSTEM_CHANNELS:
        return Speaker.SYSTEM
    if not comment.public:
        return Speaker.INTERNAL
    if person is not None:
        return Speaker.AGENT if person.is_staff else Speaker.CUSTOMER
    is_assignee = comment.author_id == ticket.assignee_id and comment.author_id != ticket.requester_id
    return Speaker.AGENT if is_assignee else Speaker.CUSTOMER


def _read_comment(
    comment: Comment, person: Person | None, speaker: Speaker, share: int, *, is_first: bool
) -> Utterance:
    clean = blank_markup(comment.body[:share])
    lines = sort_lines(clean, person.name if person else "")
    if is_first and not _has_own_words(clean, lines):
        lines = tuple(_adopt(line) for line in lines)
    text = _join(clean, lines, PassageKind.OWN)
    is_auto = _is_auto_reply(text, speaker)
    return Utterance(
        comment_id=comment.id or None,
        author_id=comment.author_id,
        author_name=person.name if person else "",
        speaker=Speaker.SYSTEM if is_auto else speaker,
        at=comment.created_at,
        text="" if is_auto else text,
        body=comment.body,
        sentences=() if is_auto or comment.is_ours else tuple(_cut_own(clean, lines)),
        logs=tuple(_list_logs(clean, lines)),
        quoted=_join(clean, lines, PassageKind.QUOTED),
        signature=_join(clean, lines, PassageKind.SIGNATURE),
        attachments=tuple(one.file_name for one in comment.attachments),
        is_auto_reply=is_auto,
    )


def _is_auto_reply(text: str, speaker: Speaker) -> bool:
    return speaker is Speaker.CUSTOMER and _AUTO_REPLY.search(text[:_AUTO_REPLY_WITHIN]) is not None


def _has_own_words(clean: str, lines: Sequence[Line]) -> bool:
    return any(line.kind is PassageKind.OWN and clean[line.start : line.end].strip() for line in lines)


def _adopt(line: Line) -> Line:
    """A ticket that is nothing but a forwarded mail is about that mail."""
    return Line(start=line.start, end=line.end, kind=PassageKind.OWN) if line.kind is PassageKind.QUOTED else line


def _join(clean: str, lines: Sequence[Line], kind: PassageKind) -> str:
    return "\n".join(
        clean[line.start : line.end].strip()
        for line in lines
        if line.kind is kind and not (kind is PassageKind.OWN and is_greeting(clean[line.start : line.end]))
    ).strip()


def _cut_own(clean: str, lines: Sequence[Line]) -> Iterator[Sentence]:
    for start, end in _list_runs(clean, lines, PassageKind.OWN):
        yield from cut_sentences(clean, start, end)


def _list_logs(clean: str, lines: Sequence[Line]) -> Iterator[str]:
    for start, end in _list_runs(clean, lines, PassageKind.LOG):
        yield clean[start:end].strip("\n")


def _list_runs(clean: str, lines: Sequence[Line], kind: PassageKind) -> Iterator[tuple[int, int]]:
    """Spans of neighbouring lines of one kind; lines that only greet are left out."""
    start: int | None = None
    end = 0
    for line in lines:
        if line.kind is kind and not (kind is PassageKind.OWN and is_greeting(clean[line.start : line.end])):
            start = line.start if start is None else start
            end = line.end
        elif start is not None:
            yield start, end
            start = None
    if start is not None:
        yield start, end
