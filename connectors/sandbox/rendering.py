"""The sandbox's own pages: one template environment that escapes everything, and small forms without scripts."""

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from jinja2 import ChainableUndefined, Environment, FileSystemLoader

from connectors.sandbox.exchange import Answer, Call, Refusal
from connectors.sandbox.instants import parse_instant

_TEMPLATES = Path(__file__).parent / "templates"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'"
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400


def render_page(template: str, **values: Any) -> Answer:
    """Render a template to a page that may load nothing and run nothing."""
    text = _environment().get_template(template).render(**values)
    return Answer(
        content=text.encode(),
        media_type="text/html",
        headers={
            "Content-Security-Policy": _POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        },
    )


def missing_page(what: str) -> Answer:
    """A 404 page that names what was not found."""
    return Answer(status=404, content=f"{what} was not found".encode(), media_type="text/plain")


def read_form(call: Call) -> dict[str, str]:
    """The fields of a form sent from the sandbox's own page; raises Refusal 403 for any other origin."""
    origin = call.headers.get("origin")
    if origin and urlsplit(origin).netloc != call.headers.get("host"):
        raise Refusal(Answer(status=403, content=b"cross-origin form", media_type="text/plain"))
    fields = parse_qs(call.body.decode(errors="replace"), keep_blank_values=True)
    return {name: values[0].strip() for name, values in fields.items()}


def see_other(path: str) -> Answer:
    """Send the browser back to a page after a form."""
    return Answer(status=303, content=b"", headers={"Location": path})


def safe_address(address: object) -> str:
    """An address that a page may link to: http, https and mailto; `#` for every other scheme."""
    text = str(address)
    return text if urlsplit(text).scheme.lower() in ("http", "https", "mailto") else "#"


def spell_distance(instant: datetime | str, now: datetime) -> str:
    """How far an instant is from now, in the largest fitting unit: `3 h ago`, `in 5 min`."""
    moment = parse_instant(instant) if isinstance(instant, str) else instant
    seconds = int((moment - now).total_seconds())
    size = abs(seconds)
    if size < _MINUTE_S:
        amount = f"{size} s"
    elif size < _HOUR_S:
        amount = f"{size // _MINUTE_S} min"
    elif size < 2 * _DAY_S:
        amount = f"{size // _HOUR_S} h"
    else:
        amount = f"{size // _DAY_S} days"
    return f"in {amount}" if seconds > 0 else f"{amount} ago"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["distance"] = spell_distance
    environment.filters["address"] = safe_address
    return environment
