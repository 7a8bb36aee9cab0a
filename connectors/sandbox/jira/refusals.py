"""Jira's own words for refusing a request."""

from connectors.sandbox.exchange import Answer, Refusal


def refuse(status: int, *messages: str, errors: dict[str, str] | None = None) -> Refusal:
    """A refusal in Jira's error shape: messages for the whole request, errors by field."""
    return Refusal(Answer(status=status, payload={"errorMessages": list(messages), "errors": errors or {}}))


def no_issue() -> Refusal:
    """404 for an issue that does not exist, is deleted or may not be seen: Jira does not say which."""
    return refuse(404, "Issue does not exist or you do not have permission to see it.")


def no_field(name: str) -> str:
    """What Jira says of a field that the screen does not have."""
    return f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."
