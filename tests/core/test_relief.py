"""Plain words that it is well now, or that it is not; look-alikes say nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.records import Comment, Person, Role
from tests.conftest import NOW
from tests.core.making import make_ticket
from worker.core.relief import Relief, find_customer_said, find_said

AGENT = Person(id=31, name="Tom Reed", role=Role.AGENT)


def read(words: str, *, author: int = 11, public: bool = True) -> Relief | None:
    ticket = make_ticket()
    comment = Comment(id=9, author_id=author, public=public, body=words, created_at=NOW)
    ticket = replace(ticket, comments=(*ticket.comments, comment), people=(*ticket.people, AGENT))
    said = find_said(ticket, NOW - timedelta(minutes=1))
    return said.relief if said else None


@pytest.mark.parametrize(
    ("words", "relief"),
    [
        ("Thanks, it works again, the export is complete now.", Relief.SOLVED),
        ("It works now.", Relief.SOLVED),
        ("Yes, all good now. Thank you!", Relief.SOLVED),
        ("Perfect, the problem is solved.", Relief.SOLVED),
        ("Confirmed, working fine since this morning.", Relief.SOLVED),
        ("The export works again since Monday.", Relief.SOLVED),
        ("Geht wieder, danke!", Relief.SOLVED),
        ("Der Export funktioniert jetzt wieder.", Relief.SOLVED),
        ("Das Problem ist behoben, vielen Dank.", Relief.SOLVED),
        ("Ya funciona, muchas gracias.", Relief.SOLVED),
        ("El problema está resuelto.", Relief.SOLVED),
        ("Ça remarche, merci beaucoup.", Relief.SOLVED),
        ("Le problème est résolu.", Relief.SOLVED),
        ("Strange, it went away by itself over night.", Relief.HEALED),
        ("It has not happened again since Friday.", Relief.HEALED),
        ("Das Problem tritt nicht mehr auf.", Relief.HEALED),
        ("Thanks, the workaround with the filter unblocks us.", Relief.EASED),
        ("We can work with that until it is fixed.", Relief.EASED),
        ("Wir können damit gut arbeiten.", Relief.EASED),
        ("Podemos seguir trabajando así.", Relief.EASED),
        ("Nous pouvons continuer ainsi.", Relief.EASED),
        ("Unfortunately that did not help, the export still stops at row 1000.", Relief.DENIED),
        ("Unfortunately the export still stops at row 1000.", Relief.DENIED),
        ("It is back, the same export stops again.", Relief.DENIED),
        ("The problem is back again since this morning.", Relief.DENIED),
        ("It came back today.", Relief.DENIED),
        ("It worked for an hour and then it came back.", Relief.DENIED),
        ("It is worse now, nothing works at all.", Relief.DENIED),
        ("The export works now, but the import still fails.", Relief.DENIED),
        ("Thanks for the workaround, but it does not help us, we are still blocked.", Relief.DENIED),
        ("Sigue sin funcionar, la exportación se detiene.", Relief.DENIED),
        ("Leider funktioniert es immer noch nicht.", Relief.DENIED),
        ("Ça ne marche toujours pas.", Relief.DENIED),
        ("It is not fixed.", Relief.DENIED),
    ],
)
def test_reads_the_customers_plain_words(words: str, relief: Relief) -> None:
    assert read(words) is relief


@pytest.mark.parametrize(
    "words",
    [
        "Thank you for the quick reply.",
        "Thanks, I will try it tomorrow.",
        "Sounds good, I'll test it.",
        "Is it solved now?",
        "Is there a workaround that would unblock us?",
        "I hope it works again soon.",
        "When it works again we can close our books.",
        "Please tell us when the problem is solved.",
        "If the workaround works we can live with it.",
        "Wenn es wieder geht, melden wir uns.",
        "When is your office open over the holidays?",
        "The import works fine, could you look at the export?",
        "We can not work with that.",
        "It should be fixed by Friday.",
    ],
)
def test_look_alikes_say_nothing_good(words: str) -> None:
    assert read(words) in {None, Relief.DENIED}


@pytest.mark.parametrize(
    ("words", "relief"),
    [
        ("Root cause found: a wrong setting on their side.", Relief.FOUND),
        ("It was not a bug after all, they had two filters on.", Relief.FOUND),
        ("This was a false alarm.", Relief.FOUND),
        ("Ursache gefunden: Fehlkonfiguration beim Kunden.", Relief.FOUND),
        ("The customer says it resolved itself.", Relief.HEALED),
        ("Maybe it is a configuration error, please check.", None),
        ("Could this be a false alarm?", None),
        ("I reproduced this on our test account. It is a bug in our export.", None),
        ("As a workaround, export with a filter by month until it is fixed.", None),
        ("It should work now, could you try it once more?", None),
        ("I don't know whether the root cause is found.", None),
    ],
)
@pytest.mark.parametrize("public", [True, False])
def test_our_own_people_are_heard_about_the_cause_only(words: str, relief: Relief | None, public: bool) -> None:
    assert read(words, author=31, public=public) is relief


def test_only_the_customer_is_heard_when_the_customer_is_asked() -> None:
    ticket = make_ticket(people=(*make_ticket().people, AGENT))
    said = (
        Comment(id=8, author_id=11, public=True, body="It works again.", created_at=NOW),
        Comment(id=9, author_id=31, public=False, body="A false alarm.", created_at=NOW + timedelta(hours=1)),
    )
    ticket = replace(ticket, comments=(*ticket.comments, *said))
    last, customer = (find(ticket, NOW - timedelta(hours=1)) for find in (find_said, find_customer_said))
    assert last is not None and last.relief is Relief.FOUND
    assert customer is not None and customer.relief is Relief.SOLVED
    assert find_said(ticket, NOW + timedelta(hours=2)) is None
