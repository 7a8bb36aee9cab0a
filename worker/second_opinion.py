"""Asks the second reader about one ticket; whatever goes wrong, the rules' reading stands and it is said."""

from dataclasses import dataclass

from connectors.records import Ticket
from connectors.second_reader import NoAnswer, SecondReader
from mappings.policy import Policy
from mappings.redaction import Removal
from worker.core.redaction import mask_ticket
from worker.core.second_reading import MalformedAnswer, Proposal, check_answer, compose_question, make_schema
from worker.core.thread import read_thread

_STANDS = "the rules' reading stands"


@dataclass(frozen=True, kw_only=True, slots=True)
class SecondOpinion:
    """The proposals that count, and in words what became of the question."""

    proposals: tuple[Proposal, ...] = ()
    note: str = ""


def ask_second_reader(reader: SecondReader, ticket: Ticket, policy: Policy) -> SecondOpinion:
    """Return the second reader's opinion; everything secret or personal is removed before it is asked."""
    masked = mask_ticket(ticket, frozenset(Removal))
    thread = read_thread(masked)
    try:
        answer = reader.ask(compose_question(masked, thread, policy), make_schema(policy))
        proposals, refused = check_answer(answer, thread, policy)
    except NoAnswer as problem:
        return SecondOpinion(note=f"the second reader gave no answer: {problem}; {_STANDS}")
    except MalformedAnswer:
        return SecondOpinion(note=f"the second reader's answer broke the schema; {_STANDS}")
    note = f"the second reader proposed {len(proposals)} criteria with a quote"
    return SecondOpinion(proposals=proposals, note=f"{note}, {refused} were refused" if refused else note)
