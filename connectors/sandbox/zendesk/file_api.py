"""Files of comments: the account's address of each, which points to a store, and the store itself."""

from connectors.sandbox.exchange import Answer, Call
from connectors.sandbox.zendesk.refusals import not_found, refuse
from connectors.sandbox.zendesk.state import ZendeskState


class FileApi:
    """Endpoint functions over the files of one account."""

    def __init__(self, state: ZendeskState) -> None:
        self._files = state.tables.files

    def locate(self, call: Call) -> Answer:
        """GET attachments/token/{number}: where it is stored."""
        number = call.parts["number"]
        if number not in self._files:
            raise not_found()
        return Answer(status=302, payload={}, headers={"Location": f"/stored/{number}"})

    def fetch(self, call: Call) -> Answer:
        """GET stored/{number}: the file itself; the store refuses whoever hands it credentials."""
        if "authorization" in call.headers:
            raise refuse(400, "InvalidRequest", "Only one auth mechanism allowed")
        found = self._files.get(call.parts["number"])
        if found is None:
            raise not_found()
        media_type, content = found
        return Answer(content=content, media_type=media_type)
