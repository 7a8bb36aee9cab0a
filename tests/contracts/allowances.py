"""What the vendors' documents get wrong, one by one: the only deviations that the contract tests forgive.

Each entry names operations and the exact place, and must still be needed: an unused one fails its test.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowance:
    """One fault of a document; `reason` says what is true instead and how that is known."""

    operations: tuple[str, ...]
    place: str
    reason: str


_EXPORT = "GET /api/v2/incremental/tickets/cursor"
_COMMENTS = "GET /api/v2/tickets/{ticket_id}/comments"
_INCIDENTS = "GET /api/v2/tickets/{ticket_id}/incidents"
_CREATE = "POST /api/v2/tickets"
_UPDATE = "PUT /api/v2/tickets/{ticket_id}"
_ADD_TAGS = "PUT /api/v2/tickets/{ticket_id}/tags"
_REMOVE_TAGS = "DELETE /api/v2/tickets/{ticket_id}/tags"
_TOKEN = "POST /oauth/tokens"
_BY_LIBRARY = (
    "GET /api/v2/users/me",
    "GET /api/v2/users/show_many",
    _INCIDENTS,
    "GET /api/v2/organizations/show_many",
    "GET /api/v2/groups",
)

UNDOCUMENTED = ("/api/v2/jira/links", "/api/v2/business_hours/", "/attachments/", "/stored/")
"""Paths that the vendors' documents leave out and their reference pages tell of; nothing can be held against them."""

ZENDESK_OPERATIONS = frozenset(
    {
        _TOKEN,
        _EXPORT,
        "GET /api/v2/tickets/show_many",
        _COMMENTS,
        "GET /api/v2/tickets/{ticket_id}/audits",
        "GET /api/v2/problems",
        _CREATE,
        _UPDATE,
        _ADD_TAGS,
        _REMOVE_TAGS,
        *_BY_LIBRARY,
    }
)
"""Every operation that the product uses of Zendesk."""

ZENDESK = (
    Allowance(
        operations=tuple(sorted(ZENDESK_OPERATIONS)),
        place="request.security",
        reason="only Basic is declared; the reference also takes OAuth bearer tokens, and minting one needs neither",
    ),
    Allowance(
        operations=_BY_LIBRARY,
        place="request.path.json",
        reason="paths are given without the suffix that zenpy sends and that Zendesk takes on every endpoint",
    ),
    Allowance(
        operations=(_EXPORT,),
        place="request.query.per_page",
        reason="missing; the reference documents it for cursor-based incremental exports",
    ),
    Allowance(
        operations=(_EXPORT,),
        place="request.query.include",
        reason="missing; the reference documents sideloads of the ticket export",
    ),
    Allowance(
        operations=(_INCIDENTS,),
        place="request.query.page[size]",
        reason="no paging is declared; the reference lists incidents with cursor pagination",
    ),
    Allowance(
        operations=(_TOKEN, _ADD_TAGS, _REMOVE_TAGS),
        place="request.body",
        reason="the body is shown in the reference's text and examples only, not modelled",
    ),
    Allowance(
        operations=(_UPDATE,),
        place="request.body.ticket.custom_fields[].value",
        reason="null is not declared; it is what an empty field holds and how one is emptied",
    ),
    Allowance(
        operations=(_UPDATE,),
        place="answer.body.audit.events[].value",
        reason="only text and numbers are declared; the value of a multi-select field is a list",
    ),
    Allowance(
        operations=(_UPDATE,),
        place="answer.status.422",
        reason="refusals are not modelled; the reference answers the update of a closed ticket with RecordInvalid",
    ),
    Allowance(
        operations=(_CREATE,),
        place="answer.status.400",
        reason="refusals are not modelled; the reference answers another body under a used key so",
    ),
    Allowance(
        operations=(_UPDATE,),
        place="answer.status.409",
        reason="refusals are not modelled; the reference answers a safe update with an old stamp with UpdateConflict",
    ),
    Allowance(
        operations=(_COMMENTS,),
        place="answer.status.404",
        reason="refusals are not modelled; a missing or deleted ticket is answered with RecordNotFound",
    ),
    Allowance(
        operations=(_TOKEN,),
        place="answer.status.401",
        reason="refusals are not modelled; wrong client credentials are answered with invalid_client",
    ),
    Allowance(
        operations=(_EXPORT,),
        place="answer.body.tickets[].status",
        reason="`deleted` is missing from the enumeration; the export shows deleted tickets so",
    ),
)

_REST = "/rest/api/3"
_ISSUE = f"{_REST}/issue/{{issueIdOrKey}}"
_TYPES = f"GET {_REST}/issue/createmeta/{{projectIdOrKey}}/issuetypes"
_EDIT = f"PUT {_ISSUE}"
_LIST_COMMENTS = f"GET {_ISSUE}/comment"
_ADD_COMMENT = f"POST {_ISSUE}/comment"
_ATTACH = f"POST {_ISSUE}/attachments"
_TRANSITION = f"POST {_ISSUE}/transitions"
_LINK_ISSUES = f"POST {_REST}/issueLink"
_OFFSET = "declared as RFC 3339; Jira writes the offset without a colon (2026-03-02T09:30:00.000+0000)"

JIRA_OPERATIONS = frozenset(
    {
        f"GET {_REST}/myself",
        f"GET {_REST}/mypermissions",
        f"GET {_REST}/project/search",
        f"GET {_REST}/project/{{projectKeyOrId}}/securitylevel",
        _TYPES,
        f"{_TYPES}/{{issueTypeId}}",
        f"GET {_REST}/search/jql",
        f"POST {_REST}/issue/bulkfetch",
        f"POST {_REST}/issue",
        f"GET {_ISSUE}",
        _EDIT,
        _LIST_COMMENTS,
        _ADD_COMMENT,
        f"POST {_ISSUE}/remotelink",
        _ATTACH,
        f"GET {_REST}/issueLinkType",
        _LINK_ISSUES,
        f"GET {_ISSUE}/transitions",
        _TRANSITION,
    }
)
"""Every operation that the product uses of Jira."""

JIRA = (
    Allowance(operations=(_ADD_COMMENT,), place="answer.body.created", reason=_OFFSET),
    Allowance(operations=(_ADD_COMMENT,), place="answer.body.updated", reason=_OFFSET),
    Allowance(operations=(_LIST_COMMENTS,), place="answer.body.comments[].created", reason=_OFFSET),
    Allowance(operations=(_LIST_COMMENTS,), place="answer.body.comments[].updated", reason=_OFFSET),
    Allowance(operations=(_ATTACH,), place="answer.body[].created", reason=_OFFSET),
    Allowance(
        operations=(_ATTACH,),
        place="request.body",
        reason="a multipart form is declared as a list of Java beans; the text asks for one part named `file`",
    ),
    Allowance(
        operations=(_EDIT, _TRANSITION, _LINK_ISSUES),
        place="answer.body",
        reason="a body is declared for answers that have none: 204, and the 201 of a new issue link",
    ),
    Allowance(
        operations=(_TYPES,),
        place="answer.status.404",
        reason="not declared; a project that is missing or invisible is answered as such all over the API",
    ),
)
