"""Is this machine ready: database, own webhook routes, encoder? Pure: facts in, findings out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from worker.core.findings import CheckFinding, conclude, fault, warn

_OK, _UNSIGNED, _MISSING = 200, 401, 404


@dataclass(frozen=True, kw_only=True, slots=True)
class MachineFacts:
    """What was seen here.

    `database_problem` is why the database does not answer; `has_schema` is None when there is no database yet.
    `answers` are the statuses by which our own routes answered a signed delivery, by vendor, for those whose secret
    is set; None when nothing answers at `address`. `outside` are the same at `public_url`, where that is set.
    """

    database_problem: str | None = None
    has_schema: bool | None = None
    is_sqlite: bool = True
    address: str = ""
    answers: Mapping[str, int | None] = field(default_factory=dict)
    public_url: str = ""
    outside: Mapping[str, int | None] = field(default_factory=dict)
    encoder_problem: str | None = None


def check_machine(facts: MachineFacts) -> tuple[CheckFinding, ...]:
    """Every check of this machine by name."""
    return (
        *conclude("database", _check_database(facts), "answers, and has this version's schema"),
        *(
            finding
            for vendor, status in facts.answers.items()
            for finding in conclude(
                f"{vendor}.delivery",
                _check_delivery(vendor, status, facts.address),
                f"a signed delivery to {facts.address} is believed",
            )
        ),
        *(
            finding
            for vendor, status in facts.outside.items()
            for finding in conclude(
                f"{vendor}.reach",
                _check_reach(vendor, status, facts.public_url),
                f"a signed delivery to {facts.public_url} is believed",
            )
        ),
        *conclude("patterns.encoder", _check_encoder(facts), "is installed"),
    )


def _check_database(facts: MachineFacts) -> Iterator[CheckFinding]:
    if facts.database_problem is not None:
        yield fault(
            "database", f"does not answer: {facts.database_problem}", "correct ESCALATOR_DATABASE_URL, or start it"
        )
    elif facts.has_schema is None:
        yield warn("database", "there is none yet", "nothing: escalator serve makes it")
    elif not facts.has_schema and facts.is_sqlite:
        yield warn("database", "has an older schema", "nothing: escalator serve brings it to this version")
    elif not facts.has_schema:
        yield fault("database", "has an older schema", "run escalator db upgrade")


def _check_delivery(vendor: str, status: int | None, address: str) -> Iterator[CheckFinding]:
    check, secret = f"{vendor}.delivery", f"ESCALATOR_{vendor.upper()}_WEBHOOK_SECRET"
    restart = "restart the service with the settings of now"
    if status is None:
        yield warn(
            check, f"no service answers at {address}, so none was tried", "start escalator serve and look again"
        )
    elif status == _UNSIGNED:
        yield fault(check, f"the service at {address} runs with another {secret}, or another clock", restart)
    elif status == _MISSING:
        yield fault(check, f"the service at {address} runs without {secret}", restart)
    elif status != _OK:
        yield fault(check, f"{address} answers {status}", "is it our service, and is it ready (GET /readyz)?")


def _check_reach(vendor: str, status: int | None, url: str) -> Iterator[CheckFinding]:
    """The way that senders take, with name, proxy and certificate; this machine may be unable to take it."""
    check = f"{vendor}.reach"
    if status is None:
        yield warn(
            check,
            f"nothing answers at {url} from here",
            "is the service up, are name and certificate right, and may this machine reach its own public address?",
        )
    elif status == _UNSIGNED:
        remedy = "let the proxy pass all headers and the body as they are, and restart the service"
        yield fault(check, f"{url} does not believe a signed delivery", remedy)
    elif status == _MISSING:
        yield fault(check, f"{url} has no /webhooks/{vendor}", "let the proxy pass this route to the service")
    elif status != _OK:
        yield fault(check, f"{url} answers {status}", "is it our service, and is it ready (GET /readyz)?")


def _check_encoder(facts: MachineFacts) -> Iterator[CheckFinding]:
    if facts.encoder_problem is not None:
        yield warn(
            "patterns.encoder",
            f"{facts.encoder_problem}: patterns across wording are only suggested",
            "install helpdesk-escalator[semantic], or leave it",
        )
