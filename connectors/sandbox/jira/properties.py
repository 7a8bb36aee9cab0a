"""Entity properties of issues and comments: hidden JSON that only integrations see."""

from typing import Any

from connectors.sandbox.exchange import Answer, Call
from connectors.sandbox.jira.issues import Comment
from connectors.sandbox.jira.refusals import refuse
from connectors.sandbox.jira.state import JiraState

_MOST_KEY = 255
_MOST_VALUE = 32_768


def read_properties(given: Any) -> dict[str, Any]:
    """The properties of a create, edit or comment body; raises Refusal 400."""
    if given is None:
        return {}
    if not isinstance(given, list):
        raise refuse(400, "properties must be a list of objects with key and value")
    for item in given:
        if not isinstance(item, dict) or not item.get("key") or "value" not in item:
            raise refuse(400, "Each property needs a key and a value.")
        _check(str(item["key"]), str(item["value"]))
    return {str(item["key"]): item["value"] for item in given}


def _check(key: str, text: str) -> None:
    if len(key) > _MOST_KEY:
        raise refuse(400, "The property key is longer than 255 characters.")
    if len(text) > _MOST_VALUE:
        raise refuse(400, "The property value is longer than 32768 characters.")


class PropertyApi:
    """Endpoint functions over issue and comment properties."""

    def __init__(self, state: JiraState, api: str) -> None:
        self._state = state
        self._api = api

    def keys(self, call: Call) -> Answer:
        """GET issue/{idOrKey}/properties or comment/{id}/properties."""
        base = f"{self._api}{call.path.partition('/rest/api/3')[2]}"
        return Answer(payload={"keys": [{"key": key, "self": f"{base}/{key}"} for key in self._properties(call)]})

    def show(self, call: Call) -> Answer:
        """GET one property; 404 when it is not set."""
        key, properties = call.parts["key"], self._properties(call)
        if key not in properties:
            raise refuse(404, f"The property with key '{key}' does not exist.")
        return Answer(payload={"key": key, "value": properties[key]})

    def put(self, call: Call) -> Answer:
        """PUT one property: 201 when new, 200 when replaced."""
        key, properties = call.parts["key"], self._properties(call)
        value = call.json()
        if value is None and call.body.strip() != b"null":
            raise refuse(400, "The property value must be valid JSON.")
        _check(key, call.body.decode(errors="replace"))
        known = key in properties
        properties[key] = value
        return Answer(status=200 if known else 201, payload={})

    def delete(self, call: Call) -> Answer:
        """DELETE one property."""
        if self._properties(call).pop(call.parts["key"], None) is None:
            raise refuse(404, f"The property with key '{call.parts['key']}' does not exist.")
        return Answer(status=204)

    def _properties(self, call: Call) -> dict[str, Any]:
        if "issue" in call.parts:
            return self._state.find(call.parts["issue"]).properties
        return find_comment(self._state, call.parts["comment"]).properties


def find_comment(state: JiraState, comment_id: str) -> Comment:
    """The comment of this id on any visible issue; raises Refusal 404."""
    for issue in state.issues:
        for comment in issue.comments:
            if comment.id == comment_id and issue.get("security") not in state.hidden_levels:
                return comment
    raise refuse(404, "Can not find a comment for the id: " + comment_id)
