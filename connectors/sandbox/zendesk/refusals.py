"""Zendesk's own words for refusing a request."""

from connectors.sandbox.exchange import Answer, Json, Refusal


def refuse(status: int, error: str, description: str = "", **more: object) -> Refusal:
    """A refusal in Zendesk's error shape; `more` goes beside `error` and `description`."""
    body: Json = {"error": error}
    if description:
        body["description"] = description
    return Refusal(Answer(status=status, payload={**body, **more}))


def not_found() -> Refusal:
    """404 for a record that does not exist or is deleted."""
    return refuse(404, "RecordNotFound", "Not found")


def invalid(field: str, message: str) -> Refusal:
    """422 for a value or a state that Zendesk does not accept, with the field in `details`."""
    return refuse(
        422,
        "RecordInvalid",
        "Record validation errors",
        details={field: [{"description": message, "error": "InvalidValue"}]},
    )


def malformed() -> Refusal:
    """422 for a body that is not the JSON object asked for."""
    return refuse(422, "Unprocessable Entity", "You provided the wrong type of value for an attribute")


def conflict() -> Refusal:
    """409 of a safe update whose stamp is not the ticket's (Zendesk API reference, ticket collisions)."""
    return refuse(
        409,
        "UpdateConflict",
        "Safe Update prevented the update due to outdated ticket data. Please fetch the latest ticket data"
        " and try again.",
    )


def too_many_values(most: int) -> Refusal:
    """400 for more ids than one call may name."""
    return refuse(400, "TooManyValues", f"The number of values must not exceed {most}", max_count=most)
