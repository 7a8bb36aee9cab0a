"""Finds numbers that stand for money or a person: cards, bank accounts, national ids, phones, addresses.

A number counts only when its own check says so (python-stdnum) and it is written as such numbers are; what merely has
as many digits, such as an order number, stays.
"""

import re
from collections.abc import Iterator, Mapping
from types import ModuleType

from stdnum import iban, luhn
from stdnum.de import idnr
from stdnum.es import dni, nie
from stdnum.fr import nir
from stdnum.it import codicefiscale
from stdnum.us import ssn

from mappings.leaks import IN_ADDRESS
from mappings.redaction import Removal

Span = tuple[int, int, Removal]

_GAP = "[ \u00a0\u2007\u2009\u202f.-]"
_CARD = re.compile(rf"(?<![\w+/#])(?<!\d[.,])\d(?:{_GAP}?\d){{12,18}}(?![\w/]|[.,]\d)")
_BRAND = re.compile(r"4|5[1-5]|2[2-7]|3[47]|30[0-5]|36|38|39|6011|64[4-9]|65|62|35|50|5[6-9]|6[037]")
_GROUPS = frozenset({(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3), (4, 4, 4, 1), (4, 4, 5)})
_LENGTHS: Mapping[str, frozenset[int]] = {"4": frozenset({13, 16, 19}), "3": frozenset({14, 15, 16})}
_OTHER_LENGTHS = frozenset({16, 19})
_NUMBERED = re.compile(
    r"\b(?:order|invoice|tracking|parcel|shipment|ticket|case|serial|imei|iccid|sku|ean|gtin|isbn|meter"
    r"|article|item|request|batch"
    r"|transaction|message|correlation|trace|session|event|timestamp|object|record|row|device|id|no|nr"
    r"|n[°º]|ref\w*|bestell\w*"
    r"|auftrag\w*|rechnung\w*|sendung\w*|paket\w*|vorgang\w*|serien\w*|artikel\w*|z[aä]hler\w*|pedido"
    r"|factura|env[ií]o|seguimiento"
    r"|serie|commande|facture|colis|suivi|s[eé]rie)\b[^\d\n]{0,16}\Z",
    re.IGNORECASE,
)
_PAYS = re.compile(
    r"\b(?:card|visa|master ?card|amex|american express|karte\w*|kredit\w*|tarjeta|carte|pan|cc)\b", re.IGNORECASE
)
_BEFORE = 40
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ \u00a0]?[A-Z0-9]{4}){2,7}(?:[ \u00a0]?[A-Z0-9]{1,3})?\b")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_DIALLED = re.compile(
    r"(?<![\w.,:/-])(?:\+[1-9]\d{0,2}|00[1-9]\d{0,2}[ \u00a0/-])(?:[ \u00a0()/.-]{0,3}\d){6,13}(?!\w)"
)
_CALLED = re.compile(
    r"\b(?:phone|tel|telephone|mobile|cell|telefon|handy|mobil|fon|durchwahl|tel[eé]fono|m[oó]vil"
    r"|t[eé]l[eé]phone|t[eé]l|portable"
    r"|(?:call|ring|reach) (?:me|us) (?:at|on|under)|whats ?app)\b\.?[^\w\n]{0,4}(?:(?:no|nr|number|nummer"
    r"|is|ist|es|est)\b[^\w\n]{0,3})?"
    r"(?P<number>\(?\+?\d(?:[ \u00a0()/.-]{0,3}\d){6,13})(?!\w)",
    re.IGNORECASE,
)
_NINO = re.compile(r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b")
_NATIONAL: tuple[tuple[re.Pattern[str], ModuleType], ...] = (
    (re.compile(r"(?<![\w-])\d{8}-?[A-HJ-NP-TV-Z](?![\w-])"), dni),
    (re.compile(r"(?<![\w-])[XYZ]-?\d{7}-?[A-Z](?![\w-])"), nie),
    (
        re.compile(r"(?<![\w-])[12][ .]?\d{2}[ .]?\d{2}[ .]?(?:\d{2}|2[AB])[ .]?\d{3}[ .]?\d{3}[ .]?\d{2}(?![\w-])"),
        nir,
    ),
    (re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])"), ssn),
    (re.compile(r"(?<![\w-])[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z](?![\w-])"), codicefiscale),
)
_GERMAN_ID = re.compile(
    r"\b(?:steuer|idnr|id-nr|identifikations)[^\d\n]{0,30}(?P<number>\d{2}[ ]?\d{3}[ ]?\d{3}[ ]?\d{3})(?!\w)",
    re.IGNORECASE,
)


def find_identifiers(text: str) -> Iterator[Span]:
    """The places of cards and personal identifiers, which may overlap."""
    yield from _find_cards(text)
    for match in _IBAN.finditer(text):
        yield from _find_iban(match)
    hosts = {match.end() for match in IN_ADDRESS.finditer(text)}
    for match in _EMAIL.finditer(text):
        if match.start() + match[0].index("@") + 1 not in hosts:
            yield match.start(), match.end(), Removal.EMAIL
    for match in _DIALLED.finditer(text):
        yield match.start(), match.end(), Removal.PHONE
    for match in _CALLED.finditer(text):
        yield *match.span("number"), Removal.PHONE
    yield from _find_national_ids(text)


def _find_cards(text: str) -> Iterator[Span]:
    for match in _CARD.finditer(text):
        groups = re.split(_GAP, match[0])
        digits = "".join(groups)
        if _is_card(digits, groups) and not _is_other_number(text, match.start(), is_plain=len(groups) == 1):
            yield match.start(), match.end(), Removal.CARD


def _is_card(digits: str, groups: list[str]) -> bool:
    """Written in one piece or in a card's groups, with a brand's first digits and length, and a right check digit."""
    is_written_so = len(groups) == 1 or tuple(map(len, groups)) in _GROUPS
    fits_brand = _BRAND.match(digits) and len(digits) in _LENGTHS.get(digits[0], _OTHER_LENGTHS)
    return bool(is_written_so and fits_brand and len(set(digits)) > 1 and luhn.is_valid(digits))


def _is_other_number(text: str, start: int, *, is_plain: bool) -> bool:
    """True when the words before it call it an order, a parcel or the like, and nothing speaks of a card."""
    before = text[max(0, start - _BEFORE) : start]
    return is_plain and _NUMBERED.search(before) is not None and _PAYS.search(before) is None


def _find_iban(match: re.Match[str]) -> Iterator[Span]:
    """The longest beginning that is an account: words in capitals may follow it."""
    for end in range(match.end(), match.start() + 14, -1):
        candidate = match.string[match.start() : end]
        if candidate[-1].isalnum() and iban.is_valid(candidate.replace("\u00a0", " ")):
            yield match.start(), end, Removal.IBAN
            return


def _find_national_ids(text: str) -> Iterator[Span]:
    for pattern, check in _NATIONAL:
        for match in pattern.finditer(text):
            if check.is_valid(match[0]):
                yield match.start(), match.end(), Removal.NATIONAL_ID
    for match in _NINO.finditer(text):
        yield match.start(), match.end(), Removal.NATIONAL_ID
    for match in _GERMAN_ID.finditer(text):
        if idnr.is_valid(match["number"]):
            yield *match.span("number"), Removal.NATIONAL_ID
