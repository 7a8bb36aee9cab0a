"""Holds exchanges to a vendor's document: requests strictly, answers loosely.

openapi-core knows parameters, bodies, security and answers. Beyond it a request deviates when its path, its
method, a query parameter or the very presence of a body is not documented.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.templating.media_types.exceptions import MediaTypeNotFound
from openapi_core.templating.responses.exceptions import ResponseNotFound
from openapi_core.validation.request.exceptions import ParameterValidationError
from werkzeug.datastructures import Headers, ImmutableMultiDict

from tests.contracts.documents import Json, choose_object, close_schema, cut_document, relax_schema
from tests.contracts.recording import Exchange

_HOST = "https://vendor.example"
_SUFFIX = ".json"
_PLACEHOLDER = re.compile(r"\{[^{}/]+\}")
_WORDS_LENGTH = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Deviation:
    """Where an exchange leaves the document: `place` is exact and stable, `words` are for people."""

    operation: str
    place: str
    words: str = field(compare=False)

    def __str__(self) -> str:
        return f"{self.operation}: {self.place}: {self.words}"


@dataclass(kw_only=True)
class _Asked:
    """A request as openapi-core wants it."""

    method: str
    path: str
    parameters: RequestParameters
    content_type: str
    body: bytes | None
    host_url: str = _HOST


@dataclass(frozen=True, kw_only=True)
class _Answered:
    """An answer as openapi-core wants it."""

    status_code: int
    content_type: str
    data: bytes
    headers: Headers


class Contract:
    """One vendor's document, cut to the operations that some exchanges used."""

    def __init__(self, document: Json, exchanges: Iterable[Exchange]) -> None:
        self._paths: Json = document["paths"]
        self._document = document
        self._templates = [(template, _compile_template(template)) for template in self._paths]
        used = {found for exchange in exchanges if (found := self._find_operation(exchange))}
        config = Config(spec_validator_cls=None)
        self._strict = OpenAPI.from_dict(cut_document(document, used, close_schema), config=config)
        self._loose = OpenAPI.from_dict(cut_document(document, used, relax_schema), config=config)

    def name_operation(self, exchange: Exchange) -> str:
        """The operation as METHOD and path template; the path as it was sent when none is documented."""
        found = self._find_operation(exchange)
        return f"{exchange.method} {found[0] if found else exchange.path}"

    def judge(self, exchange: Exchange) -> tuple[Deviation, ...]:
        """All deviations of one exchange, in order of place."""
        found = self._find_operation(exchange)
        operation = self.name_operation(exchange)
        if found is None:
            return (Deviation(operation=operation, place="request.path", words="no such operation"),)
        places = dict(self._judge_request(exchange, *found))
        places |= self._judge_answer(exchange)
        return tuple(
            Deviation(operation=operation, place=place, words=words[:_WORDS_LENGTH])
            for place, words in sorted(places.items())
        )

    def _find_operation(self, exchange: Exchange) -> tuple[str, str] | None:
        """The template with the fewest placeholders, and the method in lower case."""
        path, method = exchange.path.removesuffix(_SUFFIX), exchange.method.lower()
        matching = [template for template, pattern in self._templates if pattern.fullmatch(path)]
        fitting = [template for template in matching if method in self._paths[template]]
        return (min(fitting, key=lambda template: template.count("{")), method) if fitting else None

    def _judge_request(self, exchange: Exchange, template: str, method: str) -> Iterator[tuple[str, str]]:
        if exchange.path.endswith(_SUFFIX):
            yield "request.path.json", "the path has a suffix that is not documented"
        item = self._paths[template]
        parameters = [*item.get("parameters", ()), *item[method].get("parameters", ())]
        known = set(_name_query(self._resolve(parameter) for parameter in parameters))
        if not self._is_authorized(exchange, item[method]):
            yield "request.security", "none of the documented ways to authenticate"
        for name, _ in exchange.query:
            if name not in known:
                yield f"request.query.{name}", "no such query parameter"
        if exchange.body and "requestBody" not in item[method]:
            yield "request.body", "no body is documented"
        for error in self._strict.iter_request_errors(_spell_request(exchange)):
            yield from _place_errors("request", error)

    def _judge_answer(self, exchange: Exchange) -> Iterator[tuple[str, str]]:
        answered = _Answered(
            status_code=exchange.status,
            content_type=exchange.answer_type,
            data=exchange.answer,
            headers=Headers({"Content-Type": exchange.answer_type}),
        )
        for error in self._loose.iter_response_errors(_spell_request(exchange), answered):
            yield from _place_errors("answer", error)

    def _is_authorized(self, exchange: Exchange, operation: Json) -> bool:
        """Whether the Authorization header is of a kind that one of the named schemes takes."""
        wanted = operation["security"] if "security" in operation else self._document.get("security", [])
        schemes = self._document.get("components", {}).get("securitySchemes", {})
        kinds = {_name_scheme(schemes[name]) for requirement in wanted for name in requirement}
        sent = next((value for name, value in exchange.headers if name.lower() == "authorization"), "")
        return not kinds or sent.partition(" ")[0].lower() in kinds

    def _resolve(self, part: Json) -> Json:
        found: Any = part
        if "$ref" in part:
            found = self._document
            for step in part["$ref"].removeprefix("#/").split("/"):
                found = found[step]
        return dict(found)


def _compile_template(template: str) -> re.Pattern[str]:
    literals = [re.escape(literal) for literal in _PLACEHOLDER.split(template)]
    return re.compile("[^/]+".join(literals))


def _name_query(parameters: Iterable[Json]) -> Iterator[str]:
    """The names that a query may use; a deep object is spelled `page[size]`."""
    for parameter in parameters:
        if parameter["in"] != "query":
            continue
        yield parameter["name"]
        if parameter.get("style") == "deepObject":
            properties = choose_object(parameter["schema"])["properties"]
            yield from (f"{parameter['name']}[{key}]" for key in properties)


def _name_scheme(scheme: Json) -> str:
    """The first word of the Authorization header under a security scheme."""
    return str(scheme["scheme"]).lower() if scheme["type"] == "http" else "bearer"


def _spell_request(exchange: Exchange) -> _Asked:
    return _Asked(
        method=exchange.method.lower(),
        path=exchange.path.removesuffix(_SUFFIX),
        parameters=RequestParameters(
            query=ImmutableMultiDict(exchange.query),
            header=Headers(list(exchange.headers)),
            cookie=ImmutableMultiDict(),
        ),
        content_type=exchange.content_type,
        body=exchange.body or None,
    )


def _place_errors(side: str, error: Exception) -> Iterator[tuple[str, str]]:
    """Where in the request or the answer an error of openapi-core is, and what it says."""
    cause = error.__cause__ or error
    if isinstance(cause, ResponseNotFound):
        yield f"{side}.status.{cause.http_status}", str(cause)
    elif isinstance(cause, MediaTypeNotFound):
        yield f"{side}.media_type", str(cause)
    else:
        where = f"query.{error.name}" if isinstance(error, ParameterValidationError) else "body"
        details = getattr(cause, "schema_errors", None)
        if not details:
            yield f"{side}.{where}", f"{type(cause).__name__}: {cause}"
        for detail in details or ():
            yield f"{side}.{where}{_spell_place(detail.absolute_path)}", detail.message


def _spell_place(steps: Iterable[str | int]) -> str:
    return "".join("[]" if isinstance(step, int) else f".{step}" for step in steps)
