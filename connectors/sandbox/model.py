"""A scripted OpenAI-compatible endpoint on loopback: it answers as it is told and keeps what it was asked."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(kw_only=True, slots=True)
class ScriptedModel:
    """What the endpoint answers next (`content` is the model's text, `raw` the whole body) and what it was asked."""

    url: str = ""
    content: str = '{"findings": []}'
    raw: bytes | None = None
    status: int = 200
    delay_s: float = 0.0
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def answer(self) -> bytes:
        """The body of the next answer."""
        told = {"choices": [{"index": 0, "message": {"role": "assistant", "content": self.content}}]}
        return self.raw if self.raw is not None else json.dumps(told).encode()


@contextmanager
def serve_model() -> Iterator[ScriptedModel]:
    """The endpoint while the context lasts; its `url` is what ESCALATOR_LLM_URL takes."""
    script = ScriptedModel()

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            script.asked.append(json.loads(self.rfile.read(length)) | {"path": self.path})
            script.keys.append(self.headers.get("Authorization", ""))
            time.sleep(script.delay_s)
            body = script.answer()
            self.send_response(script.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    script.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
