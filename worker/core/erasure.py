"""Taking a person out of what is kept: whom it concerns, and which words are theirs. Pure; on plain JSON values."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

ERASED = "[erased]"
NOBODY = 0
"""The number of a person who was erased."""

_CODE = re.compile(r"[A-Za-z0-9_.:/+\-]{0,80}")
_LEAST_NAME = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """All by which one person is known: numbers of the help desk, addresses, names."""

    ids: frozenset[int] = frozenset()
    emails: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    @property
    def searched(self) -> tuple[str, ...]:
        """What is looked for in every text: addresses, and names that are told apart from common words."""
        names = {name for name in self.names if len(name) >= _LEAST_NAME and len(name.split()) > 1}
        return tuple(sorted(self.emails | names, key=lambda text: (-len(text), text)))


def read_identity(text: str) -> Identity | None:
    """The person that an operator names by number or address; None when it is neither."""
    wanted = text.strip()
    if wanted.isascii() and wanted.isdigit() and len(wanted) <= 18:  # noqa: PLR2004 - 64 bits
        return Identity(ids=frozenset({int(wanted)}))
    return Identity(emails=frozenset({wanted.casefold()})) if _is_address(wanted) else None


def _is_address(text: str) -> bool:
    name, _, host = text.partition("@")
    return bool(name and host) and "@" not in host and not any(map(str.isspace, text))


def learn_identity(known: Identity, people: Iterable[Mapping[str, Any]]) -> Identity:
    """The identity with what the people of a ticket add to it."""
    ids, emails, names = set(known.ids), set(known.emails), set(known.names)
    for one in people:
        email = str(one.get("email") or "").casefold()
        if one.get("id") in ids or (email and email in emails):
            ids.add(int(one["id"]))
            emails |= {email} - {""}
            names |= {" ".join(str(one.get("name") or "").split())} - {""}
    return Identity(ids=frozenset(ids), emails=frozenset(emails), names=frozenset(names))


def is_involved(ticket: Mapping[str, Any], identity: Identity) -> bool:
    """True for a kept ticket on which the person wrote or is named among the people."""
    people = {one.get("id") for one in ticket.get("people", ())}
    authors = {one.get("author_id") for one in ticket.get("comments", ())}
    return not identity.ids.isdisjoint(people | authors | {ticket.get("requester_id"), ticket.get("submitter_id")})


def strip_person(ticket: Mapping[str, Any], identity: Identity) -> dict[str, Any]:
    """The kept ticket without the person's words, name, address and number; everything else stays."""
    comments = [
        one | {"body": ERASED, "attachments": [], "author_id": NOBODY}
        if one.get("author_id") in identity.ids
        else one
        for one in ticket.get("comments", ())
    ]
    people = [
        one | {"id": NOBODY, "name": ERASED, "email": None} if one.get("id") in identity.ids else one
        for one in ticket.get("people", ())
    ]
    stripped = dict(ticket) | {"comments": comments, "people": people}
    if ticket.get("submitter_id") in identity.ids:
        stripped["submitter_id"] = NOBODY
    if comments and comments[0]["author_id"] == NOBODY:
        stripped["description"] = ERASED
    return stripped


def blank_texts(value: Any) -> Any:
    """The value with every text removed; numbers and codes (ids, states, criteria, instants) stay."""
    if isinstance(value, str):
        return value if _CODE.fullmatch(value) else ERASED
    if isinstance(value, list):
        return [blank_texts(one) for one in value]
    if isinstance(value, dict):
        return {key: blank_texts(one) for key, one in value.items()}
    return value


def compile_search(identity: Identity) -> re.Pattern[str] | None:
    """Finds the person's addresses and full names in any text, whatever the case; None when there is nothing to find.

    The words of a name may be apart by any blanks.
    """
    spelt = [r"\s+".join(map(re.escape, text.split())) for text in identity.searched]
    return re.compile(rf"(?<!\w)(?:{'|'.join(spelt)})(?!\w)", re.IGNORECASE) if spelt else None


def remove_found(value: Any, search: re.Pattern[str]) -> Any:
    """The value with what the search finds replaced, in keys as well."""
    if isinstance(value, str):
        return search.sub(ERASED, value)
    if isinstance(value, list):
        return [remove_found(one, search) for one in value]
    if isinstance(value, dict):
        return {remove_found(key, search): remove_found(one, search) for key, one in value.items()}
    return value
