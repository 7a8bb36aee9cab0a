"""Finds secrets in text by what they look like: keys, tokens, passwords and connection strings.

Token formats are their issuers' documented prefixes. Every pattern is linear: repetitions are bounded or end at a
character that they cannot hold themselves.
"""

import re
from collections.abc import Iterator

from mappings.redaction import Removal

Span = tuple[int, int, Removal]

_KEY_START = re.compile(r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----")
_KEY_END = re.compile(r"-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----")
_LONGEST_KEY = 20_000
_TOKEN = re.compile(
    r"\b(?:eyJ[\w-]{8,1000}\.[\w-]{4,8000}(?:\.[\w-]{0,2000})?"  # JSON Web Token
    r"|(?:AKIA|ASIA|AROA|AIDA|ANPA|ANVA|AGPA|ABIA|ACCA)[A-Z0-9]{16}"  # AWS
    r"|gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\w{22,255}"  # GitHub
    r"|gl(?:pat|dt|rt|ptt|cbt|soat)-[\w-]{20,255}"  # GitLab
    r"|xox[abeoprs]-[\w-]{10,255}|xapp-[\w-]{10,255}"  # Slack
    r"|[srp]k_(?:live|test)_[A-Za-z0-9]{10,255}|whsec_[A-Za-z0-9+/=]{16,255}"  # Stripe
    r"|sk-[A-Za-z0-9_-]{20,255}"  # OpenAI, Anthropic
    r"|AIza[\w-]{35}|ya29\.[\w-]{20,500}|GOCSPX-[\w-]{20,64}"  # Google
    r"|SG\.[\w-]{16,64}\.[\w-]{16,64}"  # SendGrid
    r"|ATATT3[\w=-]{20,500}|ATCTT3[\w=-]{20,500}"  # Atlassian
    r"|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"  # Shopify
    r"|npm_[A-Za-z0-9]{36}|pypi-[\w-]{50,500}|dop_v1_[a-f0-9]{64}|hf_[A-Za-z0-9]{30,64}"
    r"|glc_[A-Za-z0-9+/=]{32,500}|AGE-SECRET-KEY-1[A-Z0-9]{50,70}|key-[0-9a-f]{32})"
)
_HOOK = re.compile(r"https://hooks\.slack\.com/(?P<secret>(?:services|workflows)/[\w/-]{10,200})")
_HEADER = re.compile(
    r"\b(?:authorization[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?:(?:bearer|basic|token|digest|apikey)\s{1,3})?"
    r"|bearer\s{1,3})"
    r"(?P<secret>[A-Za-z0-9._~+/=-]{12,8000})",
    re.IGNORECASE,
)
_ASSIGNED = re.compile(
    r"\b(?:[\w-]{0,30}(?:api[_ -]?key|access[_ -]?key(?:[_ -]?id)?|access[_ -]?token|auth[_ -]?token"
    r"|refresh[_ -]?token"
    r"|secret[_ -]?(?:access[_ -]?)?key|client[_ -]?secret|app[_ -]?secret|signing[_ -]?secret"
    r"|private[_ -]?key|session[_ -]?(?:id|token)"
    r"|shared[_ -]?secret)|secret|token|x-api-key|jsessionid|phpsessid|api[- ]schl[uü]ssel"
    r"|clave (?:de )?api|cl[eé] (?:d'|de l')?api)"
    r"[\"']?\s{0,3}(?:[:=]|is|ist|lautet|es|est)\s{0,3}[\"'«“]?(?P<secret>[A-Za-z0-9._~+/=@$!%&*#?^-]{8,2000})",
    re.IGNORECASE,
)
IN_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@]{0,100}:(?P<secret>[^\s/@]{1,200})@", re.IGNORECASE)
"""A password in an address, as in `postgres://app:secret@host`."""
_IN_QUERY = re.compile(
    r"[?&](?:access_token|token|sig|signature|x-amz-signature|x-amz-security-token|api_?key|key|code|secret"
    r"|password|pwd)="
    r"(?P<secret>[^&\s\"'<>#]{8,2000})",
    re.IGNORECASE,
)
_PASSWORD = re.compile(
    r"\b(?P<name>pass(?:word|wort|wd|phrase|code|w[oö]rter)|pwd|kennwort|zugangscode|contrase[nñ]a|clave"
    r"|mots? de passe|mdp|pin|pw)"
    r"(?P<for>(?: (?!is\b|ist\b|es\b|est\b|was\b|lautet\b|war\b|era\b|:)[\w@.'’-]{1,40}){0,4})\s{0,3}"
    r"(?:(?P<firm>[:=]|->|→)|\b(?:is|was|ist|war|lautet|lautete|es|era|est|[eé]tait|now|jetzt"
    r"|ahora)\b:?)\s{0,3}"
    r"[\"'«“„`]?\s?(?P<secret>[^\s\"'»”“`]{3,128})",
    re.IGNORECASE,
)
_WORDS_OF_PROSE = re.compile(r"[^\W\d_]{1,128}[.,;:!?)]{0,8}\Z")
_ENDS = ".,;:!?)]}"


def find_leaks(text: str) -> Iterator[Span]:
    """The places of keys, tokens and passwords, which may overlap."""
    yield from _find_keys(text)
    for match in _TOKEN.finditer(text):
        yield match.start(), match.end(), Removal.SECRET
    for pattern in (_HOOK, _HEADER, _IN_QUERY):
        for match in pattern.finditer(text):
            yield *match.span("secret"), Removal.SECRET
    for match in _ASSIGNED.finditer(text):
        if _looks_random(match["secret"]):
            yield *match.span("secret"), Removal.SECRET
    for match in IN_ADDRESS.finditer(text):
        yield *match.span("secret"), Removal.PASSWORD
    yield from _find_passwords(text)


def _find_keys(text: str) -> Iterator[Span]:
    """From the first line of a key to its last; a key that was cut off reaches as far as one may."""
    for start in _KEY_START.finditer(text):
        end = _KEY_END.search(text, start.end(), start.end() + _LONGEST_KEY)
        yield start.start(), end.end() if end else min(len(text), start.end() + _LONGEST_KEY), Removal.PRIVATE_KEY


def _find_passwords(text: str) -> Iterator[Span]:
    for match in _PASSWORD.finditer(text):
        start, end = match.span("secret")
        secret = match["secret"].rstrip(_ENDS) or match["secret"]
        if _is_password(secret, match, text):
            yield start, start + max(len(secret), 1) if len(secret) < end - start else end, Removal.PASSWORD


def _is_password(secret: str, match: re.Match[str], text: str) -> bool:
    """A word of prose is one only where it stands alone after a colon: "Password: sunshine"."""
    if match["name"].casefold() == "pin":
        return secret.isdigit() and 4 <= len(secret) <= 8  # noqa: PLR2004 - as PINs are
    if not _WORDS_OF_PROSE.match(secret):
        return any(letter.isalnum() for letter in secret)
    if secret[1:].lower() != secret[1:] and secret != secret.upper():
        return True
    rest = text[match.end("secret") : match.end("secret") + 2].lstrip(" \t.,\"'»”")
    return match["firm"] is not None and not match["for"].strip() and rest[:1] in {"", "\n", "\r"}


def _looks_random(secret: str) -> bool:
    bare = secret.rstrip(_ENDS)
    has_digit = any(letter.isdigit() for letter in bare)
    return len(bare) >= 8 and has_digit and any(letter.isalpha() for letter in bare)  # noqa: PLR2004 - shorter are words
