"""How many customers a problem has, by linked incidents, by the group and by what our own people say."""

import re
from itertools import pairwise

from worker.core.assessment import Evidence
from worker.core.criteria.reading import Reading
from worker.core.criteria.technical import is_benign_turn
from worker.core.signals import CUSTOMER, OURS, Signal
from worker.core.thread import Thread
from worker.core.words import fold

_NUMBERS = {
    word: number
    for number, words in {
        2: "second 2nd two zweite zwei dos segundo deux deuxieme another both",
        3: "third 3rd three dritte dritter drei tercer tercera tres trois troisieme",
        4: "fourth 4th four vierte vierter vier cuarto cuarta cuatro quatre quatrieme",
        5: "fifth 5th five funfte funf quinto quinta cinco cinq cinquieme several multiple many mehrere varios varias"
        " plusieurs viele dozen dozens numerous zahlreiche muchos nombreux everyone everybody",
        6: "six sixth sechs seis",
        7: "seven seventh sieben siete sept",
        8: "eight acht ocho huit",
        9: "nine neun nueve neuf",
        10: "ten zehn diez dix",
    }.items()
    for word in words.split()
}
_ADDS = frozenset(
    [
        "other",
        "others",
        "more",
        "further",
        "another",
        "andere",
        "anderen",
        "weitere",
        "otros",
        "otras",
        "autres",
        "mas",
    ]
)
_CAPITAL = r"[A-ZÀ-Ý][\w'&.-]{1,24}"
_NAMED = re.compile(
    rf"\b(?:also|same (?:at|for|from|with)|auch|ebenso|bei|tambi[eé]n|aussi|chez|from|at|both)\b[^.;:]{{0,24}}?"
    rf"({_CAPITAL}(?: {_CAPITAL}){{0,3}}(?:, {_CAPITAL}(?: {_CAPITAL}){{0,3}}){{0,4}})"
    rf",? (?:and|und|y|et|&) (?:the |die |los |les )?({_CAPITAL}|\w+ people)"
)
_NAMES = rf"{_CAPITAL}(?: {_CAPITAL}){{0,3}}"
_TELL = (
    r"(?:both|report\w*|wrote|written|phoned|called|call|rang|asked?|mailed|complain\w*|mention\w*|same|identical|too"
    r"|also|as well|melden|meldet|schreiben|geschrieben|angerufen|ebenfalls|auch|dasselbe|llamaron|escribieron"
    r"|reportan|dicen|tambi[eé]n|mismo|signalent|appel[ée]\w*|[ée]crit|aussi|pareil|want\w*|raised)"
)
_NAMED_FIRST = re.compile(
    rf"({_NAMES}(?:, {_NAMES}){{0,4}}),? (?:and|und|y|et|&) (?:the |die |los |les |from |von |de |chez )?({_NAMES})"
    rf"[^.;:!?]{{0,40}}?\b{_TELL}\b"
)
_NAMED_AFTER = re.compile(
    r"\b(?i:same|also|similar|identical|gleiche\w*|auch|mism[oa]|tambi[eé]n|m[êe]me|aussi)\b[^.;:!?]{0,30}?"
    r"\b(?:from|by|at|of|bei|von|aus|de|en|chez)"
    rf" ({_NAMES}(?:, {_NAMES}){{0,4}}),? (?:and|und|y|et|&) (?:from |by |at |von |bei |de |chez )?({_NAMES})"
)
_NUMBER = r"(?i:two|three|four|five|zwei|drei|vier|dos|tres|cuatro|deux|trois|quatre)"
_NAMED_AND_MORE = re.compile(
    rf"({_NAMES}(?:, {_NAMES}){{0,4}}),? (?:and|und|y|et|&) "
    rf"((?:the|die|los|las|les) (?:other |anderen |otros |otras |autres )?{_NUMBER}"
    rf"|{_NUMBER} (?:more|others|weitere|andere|m[áa]s|autres))\b"
)
_NAMED_TOO = re.compile(
    rf"({_NAMES}(?:, {_NAMES}){{0,4}}), ({_NAMES}) (?:too|also|as well|auch|ebenfalls|ebenso|tambi[eé]n|aussi)\b"
)
# Capitals that name no customer.
_NO_CUSTOMER = frozenset(
    [
        "chrome",
        "firefox",
        "safari",
        "edge",
        "opera",
        "android",
        "ios",
        "ipad",
        "iphone",
        "ipados",
        "windows",
        "mac",
        "macos",
        "linux",
        "outlook",
        "excel",
        "word",
        "teams",
        "slack",
        "security",
        "engineering",
        "legal",
        "sales",
        "finance",
        "product",
        "support",
        "platform",
        "infra",
        "devops",
        "qa",
        "dev",
        "i",
        "we",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "english",
        "german",
        "french",
        "spanish",
        "csv",
        "pdf",
        "api",
        "sdk",
        "l1",
        "l2",
        "l3",
        "login",
        "export",
        "import",
        "he",
        "she",
        "they",
        "it",
        "montag",
        "dienstag",
        "mittwoch",
        "donnerstag",
        "freitag",
        "samstag",
        "sonntag",
        "export",
        "settings",
        "both",
        "after",
        "before",
        "restart",
        "reset",
    ]
)
_COUNT = re.compile(
    r"(?<![\w.,:#/$€£+-])(\d{1,3}(?:,\d{3})+|\d{1,5})(?= (?:[a-zà-ÿ]{3,}|of\b))"
    r"(?! (?:am|pm|uhr|euro|hours?|days?|weeks?|minutes?|stunden|tagen?|h)\b)"
)
_YEARS = range(1990, 2100)
_GROWTH = 3
_JOINS = re.compile(
    r"\b(?:wrote|written|called|rang|reported|gemeldet|geschrieben|angerufen|escrito|llamado|avisado|écrit|signalé|appelé)\b",
    re.I,
)
_AND = re.compile(r" (?:and|und|y|et) ")
_PAIR = re.compile(r"\b(?:both|two|beiden|beide|zwei|dos|deux|ambos|ambas)\b", re.I)
_LONGEST = 4_000


def list_linked(reading: Reading) -> tuple[str, ...]:
    """Names of other customers with linked incidents or in the ticket's group."""
    own = reading.ticket.organization
    names: dict[str, None] = {}
    for incident in reading.ticket.incidents:
        name = incident.organization_name or (str(incident.organization_id) if incident.organization_id else "")
        same = own is not None and (name == own.name or incident.organization_id == own.id)
        if name and not same:
            names[name] = None
    names.update((name, None) for name in reading.context.group_customers if own is None or name != own.name)
    return tuple(names)


def count_customers(reading: Reading) -> int:
    """The customers known to be affected, this one included; 1 when nothing is said of others."""
    linked = 1 + len(list_linked(reading))
    others = _list_others(reading)
    spoken = max((max(_count_words(one.words), _count_list(one.quote)) for one in others), default=1)
    named = max((1 + count for count, _ in find_named(reading)), default=1)
    return max(linked, spoken, named)


def find_named(reading: Reading) -> tuple[tuple[int, Evidence], ...]:
    """Customers that our own people name beside this one, as in "also Acme and Bolt Ltd": how many, and where."""
    found: list[tuple[int, Evidence]] = []
    for turn, utterance in enumerate(reading.thread.utterances):
        if not utterance.is_ours or is_benign_turn(reading, turn):
            continue
        for sentence in utterance.sentences[:60]:
            match = _find_names(sentence.text[:_LONGEST])
            if match:
                quote = utterance.body[sentence.start : sentence.end]
                told = Evidence(
                    fact="other customers are named",
                    quote=quote,
                    speaker=utterance.speaker,
                    at=utterance.at,
                    comment_id=utterance.comment_id,
                    start=sentence.start,
                    end=sentence.end,
                )
                found.append((len(match[1].split(",")) + 1, told))
    return tuple(found)


def _find_names(text: str) -> re.Match[str] | None:
    """The match in which several customers are named; what is known to be no customer's name does not count."""
    for shape in (_NAMED, _NAMED_FIRST, _NAMED_AFTER, _NAMED_AND_MORE, _NAMED_TOO):
        match = shape.search(text)
        if match and not any(name.split()[0].lower() in _NO_CUSTOMER for name in (*match[1].split(", "), match[2])):
            return match
    return None


def _list_others(reading: Reading) -> tuple[Signal, ...]:
    return tuple(one for one in reading.signals.find(("our_others",), OURS) if not is_benign_turn(reading, one.turn))


def _count_words(words: tuple[str, ...]) -> int:
    adds = any(word in _ADDS for word in words)
    counts = [_read_count(word) for word in words]
    most = max((count for count in counts if count), default=2)
    return most + 1 if adds else most


def _read_count(word: str) -> int:
    if word.isdigit() and len(word) <= 6:  # noqa: PLR2004  # no customer base is larger
        return int(word)
    return _NUMBERS.get(fold(word), 0)


def _count_list(quote: str) -> int:
    """This customer and those listed as writing too: "the bakery and the bus company wrote in as well" gives 3."""
    if _JOINS.search(quote) is None:
        return 1
    members = len(_AND.findall(quote[:_LONGEST])) + 1
    return 1 + members + len(_PAIR.findall(quote[:_LONGEST])) if members > 1 else 1


def find_growing_figures(thread: Thread) -> tuple[int, ...]:
    """The largest plain count in each of the customer's messages, when it grows threefold without falling."""
    figures = [
        max(counts)
        for one in thread.list_spoken(*CUSTOMER)[:40]
        if (counts := [int(match[1].replace(",", "")) for match in _COUNT.finditer(one.text[:_LONGEST])])
    ]
    figures = [figure for figure in figures if figure not in _YEARS]
    rises = len(figures) > 1 and all(left < right for left, right in pairwise(figures))
    return tuple(figures) if rises and figures[-1] >= _GROWTH * max(figures[0], 1) else ()
