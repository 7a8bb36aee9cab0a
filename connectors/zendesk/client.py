"""Zendesk as a help desk: zenpy where it reads well, our session where it would lose or double something.

Under zenpy go: the cursor export (zenpy takes no support_type_scope and drops page sizes), show_many with
sideloads (it loses them with its cache off), comments with their authors, audits newest first, and all writes
(it knows no metadata, no per-call certainty, and marks objects dirty across threads).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

import structlog

from connectors.calls import JsonObject, VendorSession, expect_object, read_with_retries
from connectors.errors import NotFound, Unauthorized, Uncertain
from connectors.ports import IncidentChange, ProblemDraft, TicketReply, TicketUpdate
from connectors.records import (
    Comment,
    ExportPage,
    Incident,
    IssueRef,
    NoteFound,
    Person,
    Schedule,
    Ticket,
    VendorAccount,
)
from connectors.zendesk.auth import VENDOR
from connectors.zendesk.desk import MOST_IDS, ZenpyDesk
from connectors.zendesk.files import fetch_file
from connectors.zendesk.paging import walk_pages
from connectors.zendesk.parse import (
    MARK,
    Sideloads,
    UnreadableTicket,
    parse_comment,
    parse_incident,
    parse_organization,
    parse_person,
    parse_sideloads,
    parse_ticket,
)
from connectors.zendesk.schedules import PATH as SCHEDULES
from connectors.zendesk.schedules import parse_holidays, parse_schedules
from connectors.zendesk.values import read_id, read_instant, read_object, read_objects, read_word, spell_stamp

T = TypeVar("T")
Params = Mapping[str, str | int]

_SIDELOADS = "users,organizations,groups,slas,metric_sets"
_LINKS = "/api/v2/jira/links"
_TICKETS = "/api/v2/tickets"
_EXPORT_PAGE = 1_000
# The reference refuses a start time of the most recent minute.
_EXPORT_TIP_S = 61
# Zendesk keeps at most 5,000 comments on a ticket (Zendesk help centre, ticket limits).
_MOST_COMMENT_PAGES = 51
_MOST_AUDIT_PAGES = 50
_MOST_PROBLEM_PAGES = 20

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class ZendeskClient:
    """The Helpdesk port on one Zendesk account, for one thread.

    Reads repeat within seconds; writes are sent once. Raises only VendorProblem.
    """

    def __init__(
        self, session: VendorSession, *, clock: Callable[[], datetime], sleep: Callable[[float], None]
    ) -> None:
        self._session = session
        self._clock = clock
        self._sleep = sleep
        self._desk = ZenpyDesk(session)

    def read_account(self) -> VendorAccount:
        """Who our credentials are; Unauthorized also when Zendesk takes us for its anonymous user."""
        user = self._repeat(self._desk.read_myself)
        person = parse_person(user)
        if person is None:
            raise Unauthorized(
                vendor=VENDOR, operation="read_account", detail="Zendesk does not know these credentials"
            )
        return VendorAccount(id=str(person.id), name=person.name, is_admin=person.role == "admin")

    def read_export(self, *, cursor: str | None, start_time: int | None) -> ExportPage:
        """One page of the cursor export, AI agents' tickets included (Zendesk API reference, incremental exports).

        A try that fails is repeated with a smaller page: large ones are what times out. A start time within
        the last minute is moved back, since Zendesk refuses it. Deleted tickets have status `deleted`.
        """
        place = self._place_in_export(cursor, start_time)
        sizes = iter((_EXPORT_PAGE, _EXPORT_PAGE // 4, _EXPORT_PAGE // 16))

        def read_page() -> JsonObject:
            size = next(sizes, _EXPORT_PAGE // 16)
            params = {**place, "per_page": size, "include": _SIDELOADS, "support_type_scope": "all"}
            return self._get("/api/v2/incremental/tickets/cursor", params)

        page = self._repeat(read_page)
        return ExportPage(
            tickets=_parse_tickets(page),
            cursor=read_word(page.get("after_cursor")) or cursor,
            end_of_stream=page.get("end_of_stream") is True,
        )

    def read_tickets(self, ticket_ids: Sequence[int]) -> tuple[Ticket, ...]:
        """Up to 100 tickets in one call, in no particular order; ids that are gone or invisible are absent."""
        ids = list(dict.fromkeys(ticket_ids))
        if len(ids) > MOST_IDS:
            raise ValueError(f"at most {MOST_IDS} tickets in one call, not {len(ids)}")
        if not ids:
            return ()
        params = {"ids": ",".join(map(str, ids)), "include": _SIDELOADS}
        return _parse_tickets(self._repeat(lambda: self._get("/api/v2/tickets/show_many", params)))

    def read_comments(self, ticket_id: int) -> tuple[tuple[Comment, ...], tuple[Person, ...]]:
        """All comments in order of time, and the people who wrote them (deleted users may be missing)."""
        path, operation = f"/api/v2/tickets/{ticket_id}/comments", "read_comments"
        comments: list[Comment] = []
        people: dict[int, Person] = {}
        for page in walk_pages(
            self._page_reader(path), {"include": "users"}, operation=operation, most=_MOST_COMMENT_PAGES
        ):
            people |= parse_sideloads(page).people
            rows = read_objects(page.get("comments"))
            comments += [parse_comment(row, default_instant=self._clock()) for row in rows]
        authors = {comment.author_id for comment in comments if comment.author_id > 0}
        people |= self._find_people(authors - people.keys())
        ordered = sorted(comments, key=lambda comment: comment.created_at)
        return tuple(ordered), tuple(people[author] for author in sorted(authors & people.keys()))

    def read_incidents(self, ticket_id: int) -> tuple[Incident, ...]:
        """The tickets linked to a problem ticket, with the names of their organisations, in order of id."""
        rows = self._repeat(lambda: self._desk.list_incidents(ticket_id))
        wanted = sorted({found for row in rows if (found := read_id(row.get("organization_id")))})
        shown = self._repeat(lambda: self._desk.show_organizations(wanted)) if wanted else []
        organizations = {found.id: found for found in map(parse_organization, shown) if found}
        incidents = filter(None, (parse_incident(row, organizations) for row in rows))
        return tuple(sorted(incidents, key=lambda incident: incident.id))

    def fetch_file(self, url: str, max_bytes: int) -> bytes:
        """The content of a comment's file, asked for once; see `connectors.zendesk.files`."""
        return fetch_file(self._session, url, max_bytes, clock=self._clock)

    def read_schedules(self) -> tuple[Schedule, ...]:
        """The account's schedules; an account whose plan has none answers 404."""
        try:
            return parse_schedules(self._repeat(lambda: self._get(SCHEDULES, {})))
        except NotFound:
            return ()

    def read_holidays(self, schedule: Schedule) -> Schedule:
        """The schedule with its holidays."""
        path = f"{SCHEDULES}/{schedule.id}/holidays"
        return replace(schedule, holidays=parse_holidays(self._repeat(lambda: self._get(path, {}))))

    def find_update(self, ticket_id: int, token: str) -> NoteFound | None:
        """The newest update of ours with this token; looks at the newest 5,000 audits."""
        path, operation = f"/api/v2/tickets/{ticket_id}/audits", "find_update"
        pages = walk_pages(
            self._page_reader(path), {"sort": "-created_at"}, operation=operation, most=_MOST_AUDIT_PAGES
        )
        for page in pages:
            for audit in read_objects(page.get("audits")):
                custom = read_object(read_object(audit.get("metadata")).get("custom"))
                if custom.get(MARK) == token:
                    return NoteFound(
                        ticket_id=ticket_id,
                        audit_id=read_id(audit.get("id")) or 0,
                        token=token,
                        created_at=read_instant(audit.get("created_at")) or self._clock(),
                    )
        return None

    def update_ticket(self, update: TicketUpdate) -> None:
        """One PUT with note, fields, group and audit metadata; never tags, which a PUT would replace.

        A closed ticket raises Refused with `fields["status"]` (Zendesk API reference, update ticket).
        """
        path = f"/api/v2/tickets/{update.ticket_id}"
        answer = self._session.call("PUT", path, body={"ticket": _describe_update(update)})
        expect_object(answer, vendor=VENDOR, operation=f"PUT {path}")

    def send_reply(self, reply: TicketReply) -> None:
        """One PUT with a public comment. Raises Conflict when the ticket changed since `updated_at`.

        `safe_update` compares the stamp (Zendesk API reference, protecting against ticket update collisions).
        """
        path = f"/api/v2/tickets/{reply.ticket_id}"
        ticket: JsonObject = {
            "metadata": {MARK: reply.token},
            "comment": {"html_body": reply.html, "public": True},
            "safe_update": True,
            "updated_stamp": spell_stamp(reply.updated_at),
        }
        answer = self._session.call("PUT", path, body={"ticket": ticket})
        expect_object(answer, vendor=VENDOR, operation=f"PUT {path}")

    def add_tags(self, ticket_id: int, tags: Sequence[str]) -> None:
        """Adds tags and leaves all others; PUT adds where POST would replace (Zendesk API reference, tags)."""
        if tags:
            self._session.call("PUT", f"/api/v2/tickets/{ticket_id}/tags", body={"tags": list(tags)})

    def remove_tags(self, ticket_id: int, tags: Sequence[str]) -> None:
        """Removes only these tags."""
        if tags:
            self._session.call("DELETE", f"/api/v2/tickets/{ticket_id}/tags", body={"tags": list(tags)})

    def link_issue(self, ticket_id: int, issue: IssueRef) -> None:
        """One link for Zendesk's Jira app, not idempotent and for admins only (Zendesk API reference, Jira links)."""
        body = {"link": {"ticket_id": str(ticket_id), "issue_id": issue.id, "issue_key": issue.key}}
        answer = self._session.call("POST", _LINKS, body=body)
        expect_object(answer, vendor=VENDOR, operation=f"POST {_LINKS}")

    def has_issue(self, ticket_id: int, issue_id: str) -> bool:
        """True when one of the ticket's links names the issue."""
        page = self._repeat(lambda: self._get(_LINKS, {"filter[ticket_id]": str(ticket_id)}))
        return any(str(link.get("issue_id")) == issue_id for link in read_objects(page.get("links")))

    def create_problem(self, draft: ProblemDraft) -> int:
        """One POST; for two hours the same key makes no second ticket (Zendesk API reference, idempotency)."""
        ticket: JsonObject = {
            "subject": draft.subject,
            "type": "problem",
            "comment": {"html_body": draft.note_html, "public": False},
            "tags": list(draft.tags),
            "metadata": {MARK: draft.key},
        }
        answer = self._session.call("POST", _TICKETS, body={"ticket": ticket}, headers={"Idempotency-Key": draft.key})
        operation = f"POST {_TICKETS}"
        made = read_object(expect_object(answer, vendor=VENDOR, operation=operation).get("ticket"))
        number = read_id(made.get("id"))
        if number is None:
            raise Uncertain(vendor=VENDOR, operation=operation, detail="the answer names no ticket")
        return number

    def find_problem(self, tag: str) -> int | None:
        """The oldest problem ticket with this tag; looks at the 2,000 that changed last, past every index."""
        pages = walk_pages(
            self._page_reader("/api/v2/problems"), {}, operation="find_problem", most=_MOST_PROBLEM_PAGES
        )
        rows = (row for page in pages for row in read_objects(page.get("tickets")))
        found = [read_id(row.get("id")) for row in rows if tag in (row.get("tags") or ())]
        return min((number for number in found if number is not None), default=None)

    def change_incident(self, change: IncidentChange) -> None:
        """One PUT; only an incident has a problem ticket (Zendesk API reference, tickets)."""
        path = f"/api/v2/tickets/{change.ticket_id}"
        ticket: JsonObject = {
            "problem_id": change.problem_id,
            "safe_update": True,
            "updated_stamp": spell_stamp(change.updated_at),
        }
        if change.problem_id is not None:
            ticket["type"] = "incident"
        answer = self._session.call("PUT", path, body={"ticket": ticket})
        expect_object(answer, vendor=VENDOR, operation=f"PUT {path}")

    def find_group(self, name: str) -> int | None:
        """The id of the group with this name: letter by letter, else whatever its case."""
        groups = [group for group in self._repeat(self._desk.list_groups) if group.get("deleted") is not True]
        by_name = {read_word(group.get("name")): read_id(group.get("id")) for group in groups}
        by_folded_name = {(known or "").casefold(): group_id for known, group_id in by_name.items()}
        return by_name.get(name) or by_folded_name.get(name.casefold())

    def _place_in_export(self, cursor: str | None, start_time: int | None) -> dict[str, str | int]:
        if cursor is not None:
            return {"cursor": cursor}
        if start_time is None:
            raise ValueError("the first page of the export needs a start time")
        return {"start_time": max(0, min(start_time, int(self._clock().timestamp()) - _EXPORT_TIP_S))}

    def _find_people(self, ids: Iterable[int]) -> dict[int, Person]:
        wanted = sorted(ids)
        shown = self._repeat(lambda: self._desk.show_users(wanted)) if wanted else []
        return {found.id: found for found in map(parse_person, shown) if found}

    def _page_reader(self, path: str) -> Callable[[Params], JsonObject]:
        return lambda params: self._repeat(lambda: self._get(path, params))

    def _get(self, path: str, params: Params) -> JsonObject:
        return expect_object(self._session.call("GET", path, params=params), vendor=VENDOR, operation=f"GET {path}")

    def _repeat(self, call: Callable[[], T]) -> T:
        return read_with_retries(call, sleep=self._sleep)


def _parse_tickets(answer: JsonObject) -> tuple[Ticket, ...]:
    """The tickets of an answer; one that cannot be read is logged and left out, so it holds up no other."""
    sideloads: Sideloads = parse_sideloads(answer)
    tickets = []
    for item in read_objects(answer.get("tickets")):
        try:
            tickets.append(parse_ticket(item, sideloads))
        except UnreadableTicket as problem:
            log.warning("ticket.unreadable", ticket=read_id(item.get("id")), reason=str(problem))
    return tuple(tickets)


def _describe_update(update: TicketUpdate) -> JsonObject:
    """The ticket of a PUT. `metadata` on an update is kept under `metadata.custom` of its audit."""
    ticket: JsonObject = {"metadata": {MARK: update.token}}
    if update.note_html is not None:
        # Without `public` a comment takes the visibility of the ticket's first one.
        ticket["comment"] = {"html_body": update.note_html, "public": False}
    if update.fields:
        values = {key: list(value) if isinstance(value, tuple) else value for key, value in update.fields.items()}
        ticket["custom_fields"] = [{"id": field_id, "value": value} for field_id, value in values.items()]
    if update.group_id is not None:
        ticket["group_id"] = update.group_id
    return ticket
