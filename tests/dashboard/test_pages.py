"""What every page shows, and to whom."""

import re
from urllib.parse import unquote, urljoin

import httpx
import pytest
from sqlalchemy import text

from tests.dashboard.conftest import Open, play_small
from tests.dashboard.pages import log_in, serve_dashboard
from tests.dashboard.story import HOSTILE, OPERATOR, PLAN, REFUSED, TRIED, VIEWER, Played
from worker.room_wiring import build_room
from worker.settings import Settings
from worker.store.database import Database
from worker.store.escalations import find_by_tickets

PAGES = (
    "/", "/board", "/board?target=engineering", "/escalations", "/escalations?state=open&severity=high&days=7",
    "/escalations/unlearned", "/tickets", "/tickets?action=keep", f"/tickets/{HOSTILE}", "/tickets/510", "/find",
    "/find?q=zzz", "/patterns", "/patterns?standing=muted", "/patterns/9001", "/ops", "/writes",
    "/writes?state=rejected&since=day", f"/ops/letters/ticket:{REFUSED}", "/reports", "/reports?days=7", "/lab",
    f"/ops/backfills/{PLAN}", f"/ops/backfills/{PLAN}?outcome=joined",
    f"/lab/simulations/{TRIED}", f"/lab/simulations/{TRIED}?change=would_not&team=engineering",
    "/lab/simulations/empty",
)  # fmt: skip


def find_escalation(played: Played, ticket_id: int = HOSTILE) -> str:
    with Database(played.settings.database_url.get_secret_value()) as database, database.snapshot() as connection:
        return find_by_tickets(connection, [ticket_id])[ticket_id].id


@pytest.mark.parametrize("path", PAGES)
def test_a_page_answers_without_a_script_of_a_stranger(open_pages: Open, path: str) -> None:
    answer = open_pages().get(path)
    assert answer.status_code in ({404} if path == "/find?q=zzz" else {200})
    assert answer.headers["cache-control"] == "no-store"
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "<script>" not in answer.text
    assert not re.search(r"<[^>]*\s(on\w+|style)\s*=", re.sub(r'"[^"]*"', '""', answer.text))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", answer.text)


def test_every_link_of_every_page_leads_somewhere(open_pages: Open, played: Played) -> None:
    client, seen, waiting = open_pages(), set[str](), ["/"]
    while waiting:
        path = waiting.pop()
        seen.add(unquote(path))
        answer = client.get(path)
        assert answer.status_code == 200, path
        links = re.findall(r'(?:href|src)="([^"]*)"', answer.text)
        for link in (one.replace("&amp;", "&") for one in links):
            if link.startswith(("http://127.0.0.1", "#")):
                continue
            assert link.startswith(("/", "?")), link
            target = urljoin(f"http://x{path}", link).removeprefix("http://x").split("#")[0]
            # A ticket that another system knows and we have not read has no page.
            if target not in seen and not target.startswith("/tickets/900"):
                waiting.append(target)
                seen.add(target)
    assert f"/escalations/{find_escalation(played)}" in seen
    assert f"/ops/letters/ticket:{REFUSED}" in seen


def test_an_escalation_says_why_and_what_to_do(open_pages: Open, played: Played) -> None:
    page = open_pages().get(f"/escalations/{find_escalation(played)}").text
    for words in (
        "Why it went up",
        "our side confirmed a defect",
        "payroll is due",
        "What it lacks",
        "Falk &amp; Co",
    ):
        assert words in page
    for words in ("Clocks", "The team", "ENG-1", "otto ordered: escalate", "Take back into support", "Put a clock"):
        assert words in page
    assert "&lt;script&gt;document.title=" in page
    assert "{{7*7}}" in page
    assert "javascript:" not in re.sub(r"\(javascript:", "(", page)


def test_a_viewer_sees_no_form_but_the_search_and_the_way_out(open_pages: Open, played: Played) -> None:
    client = open_pages(VIEWER)
    for path in (
        f"/escalations/{find_escalation(played)}",
        "/tickets/510",
        "/patterns/9001",
        f"/ops/letters/ticket:{REFUSED}",
    ):
        page = client.get(path)
        assert page.status_code == 200
        assert re.findall(r'<form[^>]*action="([^"]*)"', page.text) == ["/find", "/logout"]


def test_times_say_how_far_away_and_exactly(open_pages: Open, played: Played) -> None:
    marked = r'<time datetime="2026-03-02T[\d:]+Z" title="Mon 2 Mar 2026, \d\d:\d\d UTC" data-near>[^<]+ ago<'
    assert re.search(marked, open_pages().get("/").text)


@pytest.mark.parametrize(
    "path",
    ["/escalations/none", "/tickets/4", "/tickets/x", "/patterns/none", "/ops/letters/ticket:4", "/ops/letters/x",
     "/ops/backfills/none", f"/ops/backfills/{PLAN}?outcome=x",
     "/lab/simulations/none", f"/lab/simulations/{TRIED}?change=x",
     "/writes?state=x", "/patterns?standing=x", "/board?target=x", "/escalations?state=x", "/tickets?action=x",
     "/assets/none.css", "/assets/..%2f..%2fsettings.py", "/reports?days=8"],
)  # fmt: skip
def test_what_is_not_there_is_a_readable_404(open_pages: Open, path: str) -> None:
    answer = open_pages().get(path)
    assert answer.status_code == 404
    assert "Traceback" not in answer.text


def test_a_ticket_or_an_issue_is_found_by_its_name(open_pages: Open, played: Played) -> None:
    client = open_pages()
    escalation = f"/escalations/{find_escalation(played)}"
    for query, place in (("510", "/tickets/510"), ("%23501", escalation), ("eng-1", escalation)):
        answer = client.get(f"/find?q={query}", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, place)


def test_a_database_that_is_away_is_a_readable_503(played_copy: Played, open_copy: Open) -> None:
    client = open_copy()
    with (
        Database(played_copy.settings.database_url.get_secret_value()) as database,
        database.transaction() as connection,
    ):
        connection.execute(text("ALTER TABLE clocks RENAME TO elsewhere"))
    answer = client.get("/")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "30"
    assert "database does not answer" in answer.text
    assert "elsewhere" not in answer.text
    assert "SELECT" not in answer.text


def test_without_credentials_there_is_no_dashboard(played: Played) -> None:
    settings = played.settings.model_copy(update={"dashboard_viewer": None, "dashboard_operator": None})
    with Database(played.settings.database_url.get_secret_value()) as database:
        assert build_room(settings, database) is None
    with serve_dashboard(Played(settings=settings, now=played.now)) as url:
        nowhere = httpx.get(f"{url}/nowhere")
        for path in ("/", "/login", "/board", "/assets/dashboard.css", "/logout", "/find"):
            answer = httpx.get(url + path)
            assert (answer.status_code, answer.content) == (404, nowhere.content)
            assert answer.headers.keys() == nowhere.headers.keys()


def test_every_page_is_made_on_both_stores(database: Database, tmp_path_factory: pytest.TempPathFactory) -> None:
    played = play_small(tmp_path_factory.mktemp("both"), database.engine.url.render_as_string(hide_password=False))
    with serve_dashboard(played) as url, httpx.Client(base_url=url, follow_redirects=True, timeout=30) as client:
        assert log_in(client, OPERATOR).status_code == 200
        for path in (*PAGES, f"/escalations/{find_escalation(played)}"):
            assert client.get(path).status_code == (404 if path == "/find?q=zzz" else 200), path


def test_pages_cannot_write(database: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)read-?only"), database.reading(longest_s=5) as connection:
        connection.execute(text("DELETE FROM tickets"))
    with database.transaction() as connection:
        connection.execute(text("DELETE FROM tickets"))


def test_settings_without_secrets_in_their_words() -> None:
    shown = repr(Settings(dashboard_viewer="vera:hidden-word"))  # type: ignore[arg-type]
    assert "hidden-word" not in shown


def test_a_simulation_is_told_and_its_numbers_lead_to_the_tickets(open_pages: Open) -> None:
    client = open_pages()
    lab = client.get("/lab").text
    assert f'href="/lab/simulations/{TRIED}?change=would_not#tickets"' in lab
    told = client.get(f"/lab/simulations/{TRIED}").text
    assert "What <bdi>&lt;i&gt;bare&lt;/i&gt;</bdi> would change" in told
    assert f'href="/lab/simulations/{TRIED}?change=would_not&amp;team=engineering#tickets"' in told
    assert re.search(r"engineering.confirmed_bug</th><td class=\"num\">1</td><td class=\"num\">2<", told)
    chosen = client.get(f"/lab/simulations/{TRIED}?change=would_not&team=engineering").text
    assert f'<a href="/tickets/{HOSTILE}">#{HOSTILE}</a>' in chosen
    assert "None of them is like that." in client.get(f"/lab/simulations/{TRIED}?change=would_open").text
    assert "there was nothing to read again" in client.get("/lab/simulations/empty").text
