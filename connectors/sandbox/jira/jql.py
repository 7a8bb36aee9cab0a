"""A small JQL: parse, check, and match against an indexed issue.

Enough for a client that looks issues up: AND, OR, NOT, parentheses, `= != ~ !~ in not in < <= > >= is is not`,
ORDER BY. A field or value that the site does not know makes the whole query find nothing, without an error,
as public Jira Cloud sites do.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<sign>!=|!~|<=|>=|[=~<>(),])|(?P<word>[^\s=!~<>(),"']+))"""
)
_RELATIVE = re.compile(r"([+-]?)(\d+)([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_NAMES = {
    "key": "key", "issuekey": "key", "issue": "key", "id": "key",
    "project": "project", "labels": "labels", "status": "status", "statuscategory": "statuscategory",
    "priority": "priority", "issuetype": "issuetype", "type": "issuetype", "resolution": "resolution",
    "assignee": "assignee", "reporter": "reporter", "creator": "creator", "summary": "summary",
    "description": "description", "text": "text", "created": "created", "updated": "updated",
    "duedate": "duedate", "due": "duedate", "level": "security", "security": "security",
    "cf[10050]": "customfield_10050", "escalation marker": "customfield_10050",
    "customfield_10050": "customfield_10050",
}  # fmt: skip
_DATES = frozenset({"created", "updated", "duedate"})
_TEXTS = frozenset({"summary", "description", "text"})
_EMPTY = frozenset({"empty", "null"})

Index = Mapping[str, Any]
"""An indexed issue: JQL field name to a set of lower-case spellings, a text, or an instant."""


class JqlError(ValueError):
    """The query cannot be read; the text is what Jira would say."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """A word, a sign or a quoted string of a query."""

    text: str
    quoted: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """A parsed query: a test of one indexed issue, and the fields to order by (name, descending)."""

    matches: Callable[[Index], bool] | None
    order: tuple[tuple[str, bool], ...]
    unknown: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """What the words of a query depend on: the present, the caller, and the caller's time zone."""

    now: datetime
    account_id: str
    zone: ZoneInfo


def parse_jql(text: str, setting: Setting) -> Query:
    """Parse a query; raises JqlError with Jira's kind of message."""
    return _Parser(_split(text), setting).parse()


def _split(text: str) -> list[Token]:
    tokens, position, source = [], 0, text.rstrip()
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None:
            raise JqlError(f"Error in the JQL Query: The character '{source[position]}' is not expected here.")
        quoted = match["quoted"]
        raw = quoted[1:-1] if quoted is not None else match["sign"] or match["word"]
        tokens.append(Token(text=re.sub(r"\\(.)", r"\1", raw) if quoted else raw, quoted=quoted is not None))
        position = match.end()
    return tokens


class _Parser:
    """Recursive descent over the tokens; each rule returns a test."""

    def __init__(self, tokens: list[Token], setting: Setting) -> None:
        self._tokens = tokens
        self._setting = setting
        self._at = 0
        self._unknown = False

    def parse(self) -> Query:
        matches = None if self._peeks("order") or not self._tokens else self._or()
        order = self._order() if self._take("order") else ()
        if self._at < len(self._tokens):
            text = self._tokens[self._at].text
            raise JqlError(f"Error in the JQL Query: Expecting either 'OR' or 'AND' but got '{text}'.")
        return Query(matches=matches, order=order, unknown=self._unknown)

    def _or(self) -> Callable[[Index], bool]:
        tests = [self._and()]
        while self._take("or"):
            tests.append(self._and())
        return tests[0] if len(tests) == 1 else lambda index: any(test(index) for test in tests)

    def _and(self) -> Callable[[Index], bool]:
        tests = [self._not()]
        while self._take("and"):
            tests.append(self._not())
        return tests[0] if len(tests) == 1 else lambda index: all(test(index) for test in tests)

    def _not(self) -> Callable[[Index], bool]:
        if self._take("not"):
            inner = self._not()
            return lambda index: not inner(index)
        if self._take("("):
            inner = self._or()
            self._expect(")")
            return inner
        return self._clause()

    def _clause(self) -> Callable[[Index], bool]:
        name = _NAMES.get(self._next("a field name").text.lower(), "")
        self._unknown = self._unknown or not name
        sign = self._operator()
        if sign in ("in", "not in"):
            self._expect("(")
            values = [self._value()]
            while self._take(","):
                values.append(self._value())
            self._expect(")")
        else:
            values = [self._value()]
        return self._test(name, sign, values)

    def _operator(self) -> str:
        sign = self._next("an operator").text.lower()
        if sign == "not":
            self._expect("in")
            return "not in"
        if sign == "is":
            return "is not" if self._take("not") else "is"
        if sign not in ("=", "!=", "~", "!~", "<", "<=", ">", ">=", "in"):
            raise JqlError(f"Error in the JQL Query: Expecting operator but got '{sign}'.")
        return sign

    def _value(self) -> str:
        token = self._next("a value")
        if not token.quoted and self._take("("):
            self._expect(")")
            return self._function(token.text)
        if not token.quoted and token.text.lower() in _EMPTY:
            return ""
        return token.text

    def _function(self, name: str) -> str:
        match name.lower():
            case "currentuser":
                return self._setting.account_id
            case "now":
                return self._setting.now.isoformat()
            case "startofday":
                local = self._setting.now.astimezone(self._setting.zone)
                return local.replace(hour=0, minute=0, second=0, microsecond=0).isoformat()
        self._unknown = True
        return ""

    def _test(self, name: str, sign: str, values: list[str]) -> Callable[[Index], bool]:
        if sign in ("<", "<=", ">", ">=") or (name in _DATES and sign in ("=", "!=") and values[0]):
            bound = self._instant(values[0])
            return lambda index: _compare(index.get(name), sign, bound)
        if sign in ("~", "!~") or name in _TEXTS:
            words = re.findall(r"\w+", values[0].lower())
            found = _text_test(name, words)
            return found if sign != "!~" else lambda index: not found(index)
        wanted = {value.lower() for value in values}
        if sign in ("!=", "not in"):
            return lambda index: bool(index.get(name)) and not _has(index.get(name), wanted)
        positive = sign != "is not"
        return lambda index: _has(index.get(name), wanted) is positive

    def _instant(self, text: str) -> datetime:
        relative = _RELATIVE.fullmatch(text)
        if relative:
            span = timedelta(**{_UNITS[relative[3]]: int(relative[2])})
            return self._setting.now - span if relative[1] == "-" else self._setting.now + span
        try:
            read = datetime.fromisoformat(text.replace("/", "-"))
        except ValueError:
            raise JqlError(f"Error in the JQL Query: Date value '{text}' is invalid.") from None
        return read if read.tzinfo else read.replace(tzinfo=self._setting.zone)

    def _order(self) -> tuple[tuple[str, bool], ...]:
        self._expect("by")
        fields = []
        while True:
            name = _NAMES.get(self._next("a field name").text.lower(), "")
            descending = self._take("desc")
            if not descending:
                self._take("asc")
            fields.append((name, descending))
            if not self._take(","):
                return tuple(fields)

    def _peeks(self, word: str) -> bool:
        if self._at >= len(self._tokens):
            return False
        token = self._tokens[self._at]
        return not token.quoted and token.text.lower() == word

    def _take(self, word: str) -> bool:
        if self._peeks(word):
            self._at += 1
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._take(word):
            got = self._tokens[self._at].text if self._at < len(self._tokens) else "the end"
            raise JqlError(f"Error in the JQL Query: Expecting '{word}' but got '{got}'.")

    def _next(self, what: str) -> Token:
        if self._at >= len(self._tokens):
            raise JqlError(f"Error in the JQL Query: Expecting {what} but got the end.")
        self._at += 1
        return self._tokens[self._at - 1]


def _compare(value: Any, sign: str, bound: datetime) -> bool:  # noqa: PLR0911 - one exit per sign
    if not isinstance(value, datetime):
        return False
    match sign:
        case "<":
            return value < bound
        case "<=":
            return value <= bound
        case ">":
            return value > bound
        case ">=":
            return value >= bound
        case "=":
            return value == bound
    return value != bound


def _has(value: Any, wanted: set[str]) -> bool:
    if not value:
        return "" in wanted
    return bool(set(value) & wanted)


def _text_test(name: str, words: list[str]) -> Callable[[Index], bool]:
    def test(index: Index) -> bool:
        text = str(index.get(name) or "").lower()
        return all(word in text for word in words)

    return test
